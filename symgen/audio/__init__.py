"""Sound: a score becomes a sound file, through FluidSynth or, without it, through a small synthesizer of our own."""

from __future__ import annotations

from symgen.audio.encoding import SOUND_SUFFIXES
from symgen.audio.rendering import RenderOptions, RenderReport, render
from symgen.audio.soundfonts import Soundfont, open_soundfont

__all__ = [
    "SOUND_SUFFIXES",
    "RenderOptions",
    "RenderReport",
    "Soundfont",
    "open_soundfont",
    "render",
]
