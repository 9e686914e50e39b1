"""Recordings written down by a child process with limits of time and memory."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from symgen.formats.parcels import unpack_tune
from symgen.formats.tunes import Tune
from symgen.music.score import TempoChange
from symgen.studio.document import Document
from symgen.system.errors import FormatError, error_called
from symgen.system.files import scratch_folder, write_atomic
from symgen.system.processes import Fault, Worker

__all__ = ["Heard", "hear", "heard_notes"]

_COMMAND = ("-m", "symgen.studio.hear_worker")
_SECONDS = 300.0
_MEGABYTES = 3072
_TURN = threading.BoundedSemaphore(2)
"""Recordings that are written down at one time."""
_MOST_ANSWER = 8 * 2**20
_TEMPOS = (20.0, 400.0)
_SOFTEST, _RANGE = 40, 80
_STEPS_A_QUARTER = 4


@dataclass(frozen=True)
class Heard:
    """What was heard: a tune, and its notes as they were played.

    Attributes
    ----------
    tune : Tune
    rows : list of list of float
        Onset and end in seconds, pitch and strength (0..1) of each note.
    """

    tune: Tune
    rows: list[list[float]]


def hear(name: str, data: bytes, tempo: float | None = None) -> Heard:
    """Write down the melody of a recording.

    Parameters
    ----------
    name : str
        Of the file; messages begin with it.
    data : bytes
    tempo : float, optional
        Quarter notes a minute; found if left out or outside of 20..400.

    Raises
    ------
    FormatError
        If it is no recording, no melody is heard, or it takes more than five minutes.
    """
    if tempo is not None and not _TEMPOS[0] <= tempo <= _TEMPOS[1]:
        tempo = None

    def explain(fault: Fault) -> FormatError:
        reason = {
            "late": f"took more than {_SECONDS:g} s to write down",
            "memory": f"needs more than {_MEGABYTES:,} MB of memory to write down",
        }.get(fault, "cannot be written down, it may be damaged")
        return FormatError(f"{name}: {reason}; record a shorter one, as WAV")

    with _TURN, scratch_folder(tempfile.gettempdir()) as folder:
        file = folder / "recording"
        write_atomic(file, data)
        with Worker([*_COMMAND, str(_MEGABYTES)], explain) as child:
            question = {"file": str(file), "name": name, "tempo": tempo}
            answer = child.ask(question, _SECONDS, _MOST_ANSWER)
    if "error" in answer:
        text = str(answer["error"]).replace(str(file), name)
        raise error_called(answer.get("kind"))(text)
    return Heard(unpack_tune(answer["tune"]), answer["rows"])


def heard_notes(
    document: Document, rows: Sequence[Sequence[float]], start: int
) -> list[dict[str, Any]]:
    """Return notes that were heard in the ticks and at the tempos of a document, on its sixteenths.

    Parameters
    ----------
    document : Document
    rows : sequence
        As of `Heard`.
    start : int
        The tick at which the recording begins.
    """
    step = max(1, round(document.head.resolution / _STEPS_A_QUARTER))
    found = []
    for onset, end, pitch, strength in rows:
        first, last = (_tick(document, start, seconds) for seconds in (onset, end))
        begin = round(first / step) * step
        values = {
            "onset": begin,
            "pitch": min(127, max(0, round(pitch))),
            "duration": max(step, round((last - first) / step) * step),
            "velocity": _SOFTEST + round(_RANGE * min(1.0, max(0.0, strength))),
        }
        found.append(values)
    return found


def _tick(document: Document, start: int, seconds: float) -> float:
    """Return the tick that sounds so many seconds after another one."""
    tempos: tuple[TempoChange, ...] = document.head.tempos
    tick, left = float(start), seconds
    ends = [*(change.tick for change in tempos[1:]), None]
    for change, end in zip(tempos, ends, strict=True):
        if end is not None and end <= tick:
            continue
        a_tick = change.microseconds / 1e6 / document.head.resolution
        if end is None or tick + left / a_tick <= end:
            return tick + left / a_tick
        left -= (end - tick) * a_tick
        tick = float(end)
    return tick
