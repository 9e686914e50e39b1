"""How much of a file is read: beyond it the file is refused, before it costs memory or time."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

from symgen.errors import ControlError, FormatError
from symgen.score import Score

__all__ = ["DEFAULT_LIMITS", "Limits", "check_score", "count_tokens", "parse_limits"]


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that is read of one file.

    Parameters
    ----------
    bytes : int
        Of the file; of an archive, of what is unpacked from it.
    tracks : int
        Of a MIDI file; parts of notation.
    events : int
        Of a MIDI file, those that are left out counted too.
    changes : int
        Of tempo, metre and key in a MIDI file.
    notes : int
        Of a piece.
    seconds : int
        From the start to the end of the file, as its tempos say.
    tokens : int
        Events that a network would read: see `count_tokens`.

    Raises
    ------
    ControlError
        If one is below 1.
    """

    bytes: int = 32 * 2**20
    tracks: int = 1024
    events: int = 1_000_000
    changes: int = 50_000
    notes: int = 200_000
    seconds: int = 6 * 3600
    tokens: int = 300_000

    def __post_init__(self) -> None:
        for field in fields(self):
            if getattr(self, field.name) < 1:
                raise ControlError(f"limit {field.name} {getattr(self, field.name)}: must be 1 or more")

    def refusal(self, name: str, kind: str, found: float, where: str = "") -> FormatError:
        """Return the error for a file that exceeds a limit.

        Parameters
        ----------
        name : str
            The file.
        kind : str
            The field of this class.
        found : float
            How many there are, as far as they were counted.
        where : str
            Such as ``" at byte 99"``.
        """
        most = getattr(self, kind)
        return FormatError(
            f"{name}: has more than {most:,} {kind} ({found:,.0f}){where}; "
            f"split the piece, or allow more with --limit {kind}=N"
        )


DEFAULT_LIMITS = Limits()
_LONGEST = 8
"""Quarters that one event can last; see `symgen.tokens.vocabulary`."""


def parse_limits(texts: list[str]) -> Limits:
    """Read limits such as ``["notes=500000", "seconds=90000"]``; the others stay as they are.

    Raises
    ------
    ControlError
        If a name is unknown or a value is no whole number above 0.
    """
    limits, names = DEFAULT_LIMITS, [field.name for field in fields(Limits)]
    for text in texts:
        name, sign, value = text.partition("=")
        if name not in names or not sign or not value.isdecimal() or len(value) > 15:
            raise ControlError(f"limit {text!r}: write NAME=N with one of {', '.join(names)}")
        limits = replace(limits, **{name: int(value)})
    return limits


def count_tokens(score: Score) -> int:
    """Return about how many events a network would read: one a bar, and one for each eight quarters of a note."""
    longest = _LONGEST * score.resolution
    notes = sum(-(-note.duration // longest) for part in score.parts for note in part.notes)
    starts = [change.tick for change in score.meters]
    bars = 0
    for change, stop in zip(score.meters, [*starts[1:], score.length], strict=True):
        step = max(1, round(change.meter.quarters * score.resolution))
        bars += -(-max(0, min(stop, score.length) - change.tick) // step)
    return notes + bars


def check_score(score: Score, name: str, limits: Limits) -> Score:
    """Return the score if it keeps to the limits.

    Raises
    ------
    FormatError
        If it does not.
    """
    found = {
        "tracks": len(score.parts),
        "notes": score.note_count,
        "seconds": score.seconds(score.length),
        "tokens": count_tokens(score),
    }
    for kind, value in found.items():
        if value > getattr(limits, kind):
            raise limits.refusal(name, kind, value)
    return score
