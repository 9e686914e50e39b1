"""Pieces that commands read: within limits, with notices of what was not as it should be."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from symgen.cli.progress import working
from symgen.formats import READABLE, Limits, Tune, load_tune
from symgen.formats.limits import parse_limits
from symgen.formats.tunes import tune_notices
from symgen.performer.marks import holds_score
from symgen.system.errors import ControlError

if TYPE_CHECKING:
    from symgen.transcriber.transcribe import Transcription

__all__ = ["heard_notices", "is_heard", "limits_of", "read_piece", "seconds_of"]


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
    """Tell whether a file is a recording."""
    if Path(path).suffix.lower() in READABLE:
        return False
    from symgen.audio.reading import is_recording

    return is_recording(path)


def read_piece(
    path: str, options: argparse.Namespace, *, allow_empty: bool = False
) -> tuple[Tune, list[str]]:
    """Read a piece, or write down a recording, with notices."""
    # Which one of a book it is, what was left out or repaired.
    #
    # A recording is taken to be in the tempo, meter, key and grid that are asked for, where a
    # command has these options, behind a count-in. The notices are for the end of the command: one
    # that fails says nothing but why.
    if is_heard(path):
        return _transcribed(path, options)
    if vars(options).get("count_in"):
        raise ControlError(f"count-in: is for recordings, {path} is none; leave it out")
    tune = load_tune(path, allow_empty=allow_empty, limits=limits_of(options))
    return tune, [*tune_notices(tune, path), *_performed_notices(tune, path, options)]


def _performed_notices(tune: Tune, path: str, options: argparse.Namespace) -> list[str]:
    """Say where the score of a performance is, to who writes more of it."""
    # Its end slows down, which is no place to go on from.
    if not (vars(options).get("control_names") and holds_score(tune.score)):
        return []
    return [
        f"{path}: is a performance; `symgen perform {path} --feel 0` gives the score to go on from"
    ]


def _transcribed(path: str, options: argparse.Namespace) -> tuple[Tune, list[str]]:
    from symgen.audio.reading import read_audio
    from symgen.transcriber.transcribe import listen

    given = vars(options)
    recording = read_audio(path, seconds=seconds_of(options))
    meter = given.get("meter")
    if meter is not None and ("x" in meter or "*" in meter):
        meter = None  # a plan of meters says what is to be written, not what was played
    with working("listening"):
        heard = listen(
            recording,
            tempo=given.get("tempo"),
            meter=meter,
            key=given.get("key"),
            grid=given.get("grid") or 16,
            count_in=given.get("count_in") or 0,
        )
    return Tune(heard.score), heard_notices(heard, path)


def heard_notices(heard: Transcription, path: str) -> list[str]:
    """Say what was heard in a recording."""
    count = heard.score.note_count
    pickup = " with a pickup" if heard.has_pickup else ""
    tempo = f"{heard.tempo:.4g} quarters a minute (confidence {heard.tempo_confidence:.2f})"
    first = (
        f"{path}: heard {count} note{'s' * (count != 1)} in {heard.seconds:.1f} s, {tempo}, {heard.meter}{pickup}, "
        f"key {heard.key}, tuning {heard.tuning:+.0f} cents"
    )
    return [first, *(f"{path}: {notice}" for notice in heard.notices)]
