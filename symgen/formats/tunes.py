"""A tune out of a notation file, and its form as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from symgen.meter import Meter
from symgen.score import KeyChange, MeterChange, Note, Part, Score, TempoChange
from symgen.theory import Key

__all__ = ["UNREADABLE", "Tune", "tune_from_json", "tune_to_json"]

UNREADABLE = "cannot be read"
"""How the problem begins of a tune that has no notes for it."""


@dataclass(frozen=True, slots=True)
class Tune:
    """A piece with what its file says about it.

    Parameters
    ----------
    score : Score
        The music.
    title : str
        May be empty.
    key : Key or None
        With its mode, if the file names it.
    rhythm : str
        ABC's ``R:`` in lower case, such as ``"jig"``, or empty.
    number : str
        ABC's ``X:``, or empty.
    problems : tuple of str
        Bars that do not fill their metre, or why the tune cannot be read.
    count : int
        How many tunes the file holds.
    """

    score: Score
    title: str = ""
    key: Key | None = None
    rhythm: str = ""
    number: str = ""
    problems: tuple[str, ...] = ()
    count: int = 1

    @property
    def unreadable(self) -> str:
        """Why the tune cannot be read, or empty."""
        return next((problem for problem in self.problems if problem.startswith(UNREADABLE)), "")


def tune_to_json(tune: Tune) -> dict[str, Any]:
    """Return a tune as plain lists and numbers; `tune_from_json` reads them."""
    score = tune.score
    return {
        "title": tune.title,
        "key": [tune.key.tonic, tune.key.mode] if tune.key else None,
        "rhythm": tune.rhythm,
        "number": tune.number,
        "problems": list(tune.problems),
        "count": tune.count,
        "score_title": score.title,
        "resolution": score.resolution,
        "length": score.length,
        "parts": [
            [p.program, p.is_drum, p.name, [[n.onset, n.pitch, n.duration, n.velocity] for n in p.notes]]
            for p in score.parts
        ],
        "tempos": [[c.tick, c.microseconds] for c in score.tempos],
        "meters": [[c.tick, c.meter.numerator, c.meter.denominator] for c in score.meters],
        "keys": [[c.tick, c.sharps, c.minor] for c in score.keys],
    }


def tune_from_json(data: dict[str, Any]) -> Tune:
    """Return the tune that `tune_to_json` wrote."""

    def part(program: int, is_drum: bool, name: str, notes: Sequence[Sequence[int]]) -> Part:
        return Part(tuple(Note(*note) for note in notes), program, is_drum, name)

    score = Score(
        tuple(part(*item) for item in data["parts"]),
        data["resolution"],
        tuple(TempoChange(*item) for item in data["tempos"]),
        tuple(MeterChange(tick, Meter(*meter)) for tick, *meter in data["meters"]),
        tuple(KeyChange(*item) for item in data["keys"]),
        data["length"],
        data["score_title"],
    )
    key = Key(*data["key"]) if data["key"] else None
    problems = tuple(data["problems"])
    return Tune(score, data["title"], key, data["rhythm"], data["number"], problems, data["count"])
