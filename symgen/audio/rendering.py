"""From a score to a WAV file."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from symgen.audio.events import assign_voices, key_strokes
from symgen.audio.fallback import builtin_blocks
from symgen.audio.isolation import isolated_blocks
from symgen.audio.soundfonts import GENERAL_MIDI, Soundfont, open_soundfont
from symgen.audio.synthesizer import TAIL_SECONDS, fluidsynth_blocks, import_fluidsynth
from symgen.audio.wav import max_seconds, write_wav
from symgen.errors import ControlError, FormatError, RenderError
from symgen.files import PathLike, check_writable
from symgen.score import Score

__all__ = ["RenderReport", "render"]

Engine = Literal["fluidsynth", "builtin"]

_RATES = (8000, 96000)
_NO_LIBRARY = (
    "libfluidsynth was not found: plain built-in sounds were used instead of the soundfont; "
    "`symgen doctor` says how to install it"
)


@dataclass(frozen=True, slots=True)
class RenderReport:
    """What a rendering gave.

    Parameters
    ----------
    path : Path
        The WAV file.
    seconds : float
        Its length.
    peak : float
        Highest absolute sample, 1.0 is full scale.
    engine : {"fluidsynth", "builtin"}
        What played.
    soundfont : Path or None
        What it played with; None for the built-in sounds.
    notices : tuple of str
        One line for each thing that is not as the score asks for.
    """

    path: Path
    seconds: float
    peak: float
    engine: Engine
    soundfont: Path | None
    notices: tuple[str, ...]


def render(
    score: Score, path: PathLike, *, soundfont: PathLike | None = None, rate: int = 44100, overwrite: bool = False
) -> RenderReport:
    """Play a score into a 16-bit stereo WAV file.

    The loudness is brought to -16 LUFS with no sample above -1 dB; the sound dies
    away after the last note, within 6 seconds. The same score gives the same bytes.
    Memory does not grow with the length.

    Parameters
    ----------
    score : Score
        The piece, with at least one note.
    path : path
        The WAV file.
    soundfont : path, optional
        An SF2 or SF3 file; without it ``$SYMGEN_SOUNDFONT``, else the font that comes with symgen.
    rate : int
        Frames per second, 8000..96000.
    overwrite : bool
        Whether an existing file may be replaced.

    Raises
    ------
    FormatError
        If the score holds no notes or the file cannot be written.
    ExistsError
        If the file exists and `overwrite` is false.
    ControlError
        If `rate` is out of range.
    RenderError
        If the soundfont is missing or damaged or gives no sound, or the piece is too long for a WAV file.
    """
    path = Path(path)
    _check_request(score, path, rate)
    check_writable(path, overwrite=overwrite)
    font = open_soundfont(soundfont)
    fluidsynth = import_fluidsynth()
    voices, notices = assign_voices(score, font if fluidsynth else GENERAL_MIDI)
    keys = key_strokes(score, voices, rate)
    _check_keys(keys, font, rate)
    if fluidsynth is None:
        sound = builtin_blocks(voices, keys, rate)
        facts = write_wav(path, sound, rate, source="the built-in sounds", overwrite=overwrite)
        return RenderReport(path, facts.frames / rate, facts.peak, "builtin", None, (_NO_LIBRARY, *notices))
    # A font that is not known may break the library down, and the process with it.
    play = partial(fluidsynth_blocks, fluidsynth) if font.shipped else isolated_blocks
    with closing(play(font, voices, keys, rate)) as blocks:
        facts = write_wav(path, blocks, rate, source=f"soundfont {font.path}", overwrite=overwrite)
    return RenderReport(path, facts.frames / rate, facts.peak, "fluidsynth", font.path, notices)


def _check_request(score: Score, path: Path, rate: int) -> None:
    if rate != int(rate) or not _RATES[0] <= rate <= _RATES[1]:
        raise ControlError(f"rate {rate}: use {_RATES[0]}..{_RATES[1]} frames a second, such as 44100")
    if not score.note_count:
        raise FormatError(f"{path}: the piece holds no notes, there is nothing to render")


def _check_keys(keys: NDArray[np.int64], font: Soundfont, rate: int) -> None:
    if not len(keys):
        raise RenderError(f"soundfont {font.path}: holds no preset for any part; take a General MIDI font")
    seconds, limit = int(keys[:, 1].max()) / rate, max_seconds(rate) - TAIL_SECONDS
    if seconds > limit:
        raise RenderError(
            f"the piece lasts {seconds / 3600:.1f} hours, "
            f"a WAV file at {rate} frames a second holds {limit / 3600:.1f}; "
            "render a part of it, or take a lower rate"
        )
