"""How the commands read a piece: within limits, and with a word on what was not as it should be."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from symgen.formats import READABLE, Limits, Tune, load_tune
from symgen.formats.limits import parse_limits
from symgen.system.errors import ControlError

if TYPE_CHECKING:
    from symgen.transcriber.transcribe import Transcription

__all__ = ["is_heard", "limits_of", "read_piece", "seconds_of", "tell_heard"]

_LINES = 3


def limits_of(options: argparse.Namespace) -> Limits:
    """Return the limits that the options ask for."""
    return parse_limits(options.limit)


def seconds_of(options: argparse.Namespace) -> float:
    """Return how long a recording may be: 30 minutes, unless the options say otherwise."""
    from symgen.audio.reading import MOST_SECONDS

    limits = limits_of(options)
    return (
        float(limits.seconds)
        if any(text.startswith("seconds=") for text in options.limit)
        else MOST_SECONDS
    )


def is_heard(path: str) -> bool:
    """Tell whether a file is a recording, which is listened to."""
    if Path(path).suffix.lower() in READABLE:
        return False
    from symgen.audio.reading import is_recording

    return is_recording(path)


def read_piece(path: str, options: argparse.Namespace, *, allow_empty: bool = False) -> Tune:
    """Read a piece, or write down a recording; note which one of a book it is, and what was left out or repaired.

    The notices are printed when the command has done its work: one that fails says nothing but why.

    Parameters
    ----------
    path : str
    options : Namespace
        With `limit`, a list of ``NAME=N``, and `notices`, a list that gets lines of text. A recording is taken to be
        in the `tempo`, `meter`, `key` and `grid` that are asked for, if any are, behind a `count_in`.
    allow_empty : bool
        Whether a piece without notes is welcome.

    Raises
    ------
    FormatError, ControlError
        As `symgen.formats.load_tune`, `symgen.transcriber.transcribe.listen` and `parse_limits`.
    """
    if is_heard(path):
        return _listen(path, options)
    if getattr(options, "count_in", 0):
        raise ControlError(f"count-in: is for recordings, {path} is none; leave it out")
    tune = load_tune(path, allow_empty=allow_empty, limits=limits_of(options))
    if tune.count > 1:
        options.notices.append(f"{path}: a book of {tune.count} tunes, the first is taken")
    options.notices += [f"{path}: {problem}" for problem in tune.problems[:_LINES]]
    if len(tune.problems) > _LINES:
        options.notices.append(f"{path}: and {len(tune.problems) - _LINES} more such lines")
    return tune


def _listen(path: str, options: argparse.Namespace) -> Tune:
    """Write down the melody of a recording."""
    from symgen.audio.reading import read_audio
    from symgen.transcriber.transcribe import listen

    recording = read_audio(path, seconds=seconds_of(options))
    meter = getattr(options, "meter", None)
    heard = listen(
        recording,
        tempo=getattr(options, "tempo", None),
        # A plan of meters says what is to be written, not what was played.
        meter=None if meter is None or "x" in meter or "*" in meter else meter,
        key=getattr(options, "key", None),
        grid=getattr(options, "grid", None) or 16,
        count_in=getattr(options, "count_in", 0),
    )
    tell_heard(heard, path, options)
    return Tune(heard.score)


def tell_heard(heard: Transcription, path: str, options: argparse.Namespace) -> None:
    """Note what was heard in a recording."""
    count = heard.score.note_count
    pickup = " with a pickup" if heard.has_pickup else ""
    tempo = f"{heard.tempo:.4g} quarters a minute (confidence {heard.tempo_confidence:.2f})"
    options.notices.append(
        f"{path}: heard {count} note{'s' * (count != 1)} in {heard.seconds:.1f} s, {tempo}, {heard.meter}{pickup}, "
        f"key {heard.key}, tuning {heard.tuning:+.0f} cents"
    )
    options.notices += [f"{path}: {notice}" for notice in heard.notices]
