"""Pieces as plain lists and dicts, to pass between processes and to keep in a cache as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from symgen.meter import Meter
from symgen.score import KeyChange, MeterChange, Note, Part, Score, TempoChange
from symgen.theory import Key

__all__ = ["Candidate", "Drop", "score_from_plain", "score_to_plain"]


@dataclass(frozen=True)
class Drop:
    """A piece that was left out.

    Parameters
    ----------
    reason : str
        One of a few fixed phrases, to be counted.
    detail : str
        What exactly.
    locator : str
        Source, file and tune.
    """

    reason: str
    detail: str
    locator: str


@dataclass(frozen=True)
class Candidate:
    """A piece that was read and is not yet judged.

    Parameters
    ----------
    score : Score
        The music.
    source, locator : str
        Where it came from; two forms of one tune (as written, as played) share a locator.
    title : str
        May be empty.
    key : Key or None
        As the source gives it.
    rhythm : str
        The source's word for the kind of tune, may be empty.
    form : str
        ``"written"`` or ``"played"`` (repeats expanded).
    problems : tuple of str
        What the reader had to say, such as bars of a wrong length.
    """

    score: Score
    source: str
    locator: str
    title: str = ""
    key: Key | None = None
    rhythm: str = ""
    form: str = "written"
    problems: tuple[str, ...] = ()

    @property
    def work(self) -> str:
        """What all forms of the tune share."""
        return f"{self.source}/{self.locator}"


def score_to_plain(score: Score) -> dict[str, Any]:
    """Turn a score into lists and numbers that JSON can hold."""
    return {
        "resolution": score.resolution,
        "length": score.length,
        "parts": [
            {"program": p.program, "drum": p.is_drum, "name": p.name,
             "notes": [[n.onset, n.pitch, n.duration, n.velocity] for n in p.notes]} for p in score.parts
        ],
        "tempos": [[t.tick, t.microseconds] for t in score.tempos],
        "meters": [[m.tick, m.meter.numerator, m.meter.denominator] for m in score.meters],
        "keys": [[k.tick, k.sharps, k.minor] for k in score.keys],
    }  # fmt: skip


def score_from_plain(plain: Mapping[str, Any]) -> Score:
    """Undo `score_to_plain`.

    Raises
    ------
    KeyError, TypeError, FormatError
        If the value was not made by it.
    """
    return Score(
        tuple(Part(tuple(Note(*n) for n in p["notes"]), p["program"], p["drum"], p["name"]) for p in plain["parts"]),
        plain["resolution"],
        tuple(TempoChange(*t) for t in plain["tempos"]),
        tuple(MeterChange(tick, Meter(n, d)) for tick, n, d in plain["meters"]),
        tuple(KeyChange(*k) for k in plain["keys"]),
        plain["length"],
    )
