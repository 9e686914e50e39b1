"""Sound: a score becomes a sound file, through FluidSynth or, without it, through a small synthesizer of our own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symgen.system.lazy import lazy_names

if TYPE_CHECKING:
    from symgen.audio.encoding import SOUND_SUFFIXES as SOUND_SUFFIXES
    from symgen.audio.rendering import RenderOptions as RenderOptions
    from symgen.audio.rendering import RenderReport as RenderReport
    from symgen.audio.rendering import render as render
    from symgen.audio.rendering import render_async as render_async
    from symgen.audio.soundfonts import Soundfont as Soundfont
    from symgen.audio.soundfonts import open_soundfont as open_soundfont
else:
    __getattr__, __dir__, __all__ = lazy_names(
        __name__,
        {
            "encoding": "SOUND_SUFFIXES",
            "rendering": "RenderOptions RenderReport render render_async",
            "soundfonts": "Soundfont open_soundfont",
        },
    )
