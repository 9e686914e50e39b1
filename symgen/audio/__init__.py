"""Sound: a score becomes a WAV file, through FluidSynth or, without it, through a small synthesizer of our own."""

from __future__ import annotations

from symgen.audio.rendering import RenderReport, render
from symgen.audio.soundfonts import Soundfont, open_soundfont

__all__ = ["RenderReport", "Soundfont", "open_soundfont", "render"]
