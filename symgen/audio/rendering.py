"""From a score to a WAV file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from symgen.audio.events import Voice, assign_voices, key_strokes
from symgen.audio.fallback import symusic_blocks
from symgen.audio.soundfonts import Soundfont, open_soundfont
from symgen.audio.synthesizer import TAIL_SECONDS, fluidsynth_blocks, import_fluidsynth
from symgen.audio.wav import max_seconds, write_wav
from symgen.errors import ControlError, FormatError, RenderError
from symgen.files import PathLike, check_writable
from symgen.score import Score

__all__ = ["RenderReport", "render"]

Engine = Literal["fluidsynth", "symusic"]

_RATES = (8000, 96000)
_NO_LIBRARY = "libfluidsynth was not found: symusic's plainer synthesizer was used; `symgen doctor` says how to install the library"


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
    engine : {"fluidsynth", "symusic"}
        What played.
    soundfont : Path
        What it played with.
    notices : tuple of str
        One line for each thing that is not as the score asks for.
    """

    path: Path
    seconds: float
    peak: float
    engine: Engine
    soundfont: Path
    notices: tuple[str, ...]


def render(
    score: Score, path: PathLike, *, soundfont: PathLike | None = None, rate: int = 44100, overwrite: bool = False
) -> RenderReport:
    """Play a score into a 16-bit stereo WAV file.

    The loudness is brought to -18 LUFS with no sample above -1 dB; the sound dies
    away after the last note, within 6 seconds. The same score gives the same bytes.
    Memory does not grow with the length (with FluidSynth).

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
    if not _RATES[0] <= rate <= _RATES[1]:
        raise ControlError(f"rate {rate}: use {_RATES[0]}..{_RATES[1]} frames a second, such as 44100")
    if not score.note_count:
        raise FormatError(f"{path}: the piece holds no notes, there is nothing to render")
    check_writable(path, overwrite=overwrite)
    font = open_soundfont(soundfont)
    voices, notices = assign_voices(score, font)
    keys = key_strokes(score, voices, rate)
    if not len(keys):
        raise RenderError(f"soundfont {font.path}: holds no preset for any part; take a General MIDI font")
    _check_length(int(keys[:, 1].max()) / rate, rate)
    engine, blocks = _open_engine(font, voices, keys, rate)
    if engine == "symusic":
        notices = (_NO_LIBRARY, *notices)
    facts = write_wav(path, blocks, rate, source=str(font.path))
    return RenderReport(path, facts.frames / rate, facts.peak, engine, font.path, notices)


def _open_engine(
    font: Soundfont, voices: tuple[Voice | None, ...], keys: NDArray[np.int64], rate: int
) -> tuple[Engine, Iterator[NDArray[np.float32]]]:
    fluidsynth = import_fluidsynth()
    if fluidsynth is None:
        return "symusic", symusic_blocks(font, voices, keys, rate)
    return "fluidsynth", fluidsynth_blocks(fluidsynth, font, voices, keys, rate)


def _check_length(seconds: float, rate: int) -> None:
    limit = max_seconds(rate) - TAIL_SECONDS
    if seconds > limit:
        raise RenderError(
            f"the piece lasts {seconds / 3600:.1f} hours, a WAV file at {rate} frames a second holds {limit / 3600:.1f}; "
            "render a part of it, or take a lower rate"
        )
