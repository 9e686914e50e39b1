"""How much of a file is read: beyond it the file is refused, before it costs memory or time."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from numbers import Real

import numpy as np
from numpy.typing import NDArray

from symgen.music.meter import Meter
from symgen.music.note_tables import longest_note
from symgen.music.score import Score
from symgen.system.errors import ControlError, FormatError
from symgen.system.words import ByName

__all__ = [
    "DEFAULT_LIMITS",
    "WRITTEN_LIMITS",
    "Limits",
    "check_length",
    "check_line",
    "check_score",
    "count_tokens",
    "parse_limits",
]


@dataclass(frozen=True, slots=True)
class Limits(ByName):
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
        Of tempo, meter and key in a MIDI file.
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
            value = getattr(self, field.name)
            if not isinstance(value, Real) or value < 1:
                raise ControlError(f"limit {field.name} {value}: must be 1 or more")

    def refusal(self, name: str, kind: str, found: float, where: str = "") -> FormatError:
        """Return the error for a file that exceeds a limit."""
        most = getattr(self, kind)
        return FormatError(
            f"{name}: has more than {most:,} {kind} ({found:,.0f}){where}; "
            f"split the piece, or allow more with --limit {kind}=N"
        )


DEFAULT_LIMITS = Limits()
WRITTEN_LIMITS = replace(Limits(*[2**62] * len(fields(Limits))), bytes=2**28)
"""For what was written here: it is as long as it is."""
_LONGEST = 8
"""Quarters that one event can last; see `symgen.tokens.vocabulary`."""
_FAR = 2**62
"""No tick of music lies beyond it; numpy has no number that is twice as large."""
_SPARE_SECONDS, _SECONDS_A_MOMENT = 120, 4
_SPARE_BARS, _BARS_A_BAR = 120, 4
_SPARE_SILENT_BARS = 20_000
"""Bars of silence after the last note, which cost little."""
_SPARE_HELD, _HELD_A_NOTE = 600, 8
# How long a piece may last, how many bars it may have, and how long its notes may last together: a
# file of a few bytes can ask for hours of work. Of 4,000 real MIDI files of twenty kinds none has
# more than 3.4 s for each moment at which notes begin, 2.2 bars for each bar in which some do, or
# 2.2 s a note, but for a few that last seconds.


def parse_limits(texts: list[str]) -> Limits:
    """Read limits such as ``["notes=500000", "seconds=90000"]``; the others stay as they are."""
    limits, names = DEFAULT_LIMITS, [field.name for field in fields(Limits)]
    for text in texts:
        name, sign, value = text.partition("=")
        if name not in names or not sign or not value.isdecimal() or len(value) > 15:
            raise ControlError(f"limit {text!r}: write NAME=N with one of {', '.join(names)}")
        limits = replace(limits, **{name: int(value)})
    return limits


def count_tokens(score: Score) -> int:
    """Return about how many events a network would read: one a bar, and one for each eight quarters of a note."""
    return _count_tokens(score, _meter_runs(score), longest_note(score.parts))


def check_score(score: Score, name: str, limits: Limits) -> Score:
    """Return the score if it keeps to the limits and lasts no longer than its notes account for."""
    runs, longest = _meter_runs(score), longest_note(score.parts)
    found = {
        "tracks": len(score.parts),
        "notes": score.note_count,
        "seconds": score.seconds(score.length),
        "tokens": _count_tokens(score, runs, longest),
    }
    for kind, value in found.items():
        if value > getattr(limits, kind):
            raise limits.refusal(name, kind, value)
    _check_length(score, runs, longest, name, limits)
    return score


def check_length(score: Score, name: str, limits: Limits = DEFAULT_LIMITS) -> None:
    """Refuse a piece of more than two minutes that is mostly silence or held notes."""
    _check_length(score, _meter_runs(score), longest_note(score.parts), name, limits)


def _check_length(score: Score, runs: list[_Run], longest: int, name: str, limits: Limits) -> None:
    # Whoever asks for another limit of seconds, or of tokens (bars), knows what he does.
    notes, end = score.note_count, score.music_end
    if not notes:
        return
    if limits.seconds == DEFAULT_LIMITS.seconds:
        seconds = score.seconds(_bar_line(runs, end))
        if seconds > _SPARE_SECONDS:
            moments = len(_onsets(score))
            if seconds > _SPARE_SECONDS + _SECONDS_A_MOMENT * moments:
                but = f"notes begin at {moments:,} moments only"
                raise _sparse(name, f"lasts {seconds:,.0f} s", but, "seconds")
        slowest = max([change.microseconds for change in score.tempos]) / 1e6
        if longest * slowest > _HELD_A_NOTE * score.resolution:
            held = _time_held(score)
            if held > _SPARE_HELD + _HELD_A_NOTE * notes:
                but = f"they last {held:,.0f} s together"
                raise _sparse(name, f"holds {notes:,} notes", but, "seconds")
    if limits.tokens == DEFAULT_LIMITS.tokens:
        all_bars = sum(count for _, _, count in runs)
        if all_bars <= _SPARE_BARS:
            return
        bars, filled = _count_bars(runs, _onsets(score), end)
        if max(bars, all_bars - _SPARE_SILENT_BARS) > _SPARE_BARS + _BARS_A_BAR * filled:
            but = f"notes begin in {filled:,} of them only"
            raise _sparse(name, f"has {all_bars:,} bars", but, "tokens")


def _onsets(score: Score) -> NDArray[np.int64]:
    """Return the moments at which notes begin, which are sorted."""
    starts = score.note_array()[:, 0]
    is_first = np.concatenate([[True], starts[1:] > starts[:-1]])
    return np.compress(is_first, starts)


def _count_tokens(score: Score, runs: list[_Run], longest: int) -> int:
    most, pieces = _LONGEST * score.resolution, score.note_count
    if longest > most:
        pieces = int((-(-score.note_array()[:, 1] // most)).sum())
    return pieces + sum(bars for _, _, bars in runs)


def _sparse(name: str, what: str, but: str, kind: str) -> FormatError:
    return FormatError(
        f"{name}: {what}, but {but}; cut out the silence or the long notes, or allow it with --limit {kind}=N"
    )


def _time_held(score: Score) -> float:
    """Return how long notes last together, in seconds."""
    starts, lengths = score.note_array()[:, :2].T
    tick = 1 / score.resolution / 1e6
    if len(score.tempos) == 1:
        return float(lengths.sum()) * score.tempos[0].microseconds * tick
    changes = [(change.tick, change.microseconds) for change in score.tempos]
    ticks, tempos = np.array(changes, dtype=np.float64).T
    before = np.concatenate([[0.0], np.cumsum(np.diff(ticks) * tempos[:-1])])

    def total(places: NDArray[np.int64]) -> float:
        run = np.searchsorted(ticks, places, side="right") - 1
        return float((before[run] + (places - ticks[run]) * tempos[run]).sum())

    return (total(starts + lengths) - total(starts)) * tick


_Run = tuple[int, int, int]
"""Where a meter begins, how long its bars are, in ticks, and how many there are."""


def _meter_runs(score: Score) -> list[_Run]:
    """Return the runs of bars of one meter."""
    stops = [change.tick for change in score.meters[1:]]
    runs = []
    for change, stop in zip(score.meters, [*stops, score.length], strict=True):
        step = _bar_length(change.meter, score.resolution)
        length = max(0, min(stop, score.length) - change.tick)
        runs.append((change.tick, step, -(-length // step)))
    return runs


@lru_cache(maxsize=64)
def _bar_length(meter: Meter, resolution: int) -> int:
    return min(_FAR, max(1, round(meter.quarters * resolution)))


def _bar_line(runs: list[_Run], tick: int) -> int:
    """Return where the bar ends that ends at a tick or in which it lies."""
    start, step = next((start, step) for start, step, _ in reversed(runs) if start < tick)
    return start - (start - tick) // step * step


def _count_bars(runs: list[_Run], onsets: NDArray[np.int64], end: int) -> tuple[int, int]:
    """Count the bars up to a tick, and those in which notes begin."""
    bars = filled = 0
    for start, step, count in runs:
        bounds = min(_FAR, start), min(_FAR, start + step * count)
        first, last = np.searchsorted(onsets, bounds)
        places = (onsets[first:last] - bounds[0]) // step
        filled += min(len(places), 1) + int(np.count_nonzero(places[1:] != places[:-1]))
        bars += max(0, min(count, -(-(end - start) // step)))
    return bars, filled


# -- lines of text ---------------------------------------------------------------------

# Patterns go back and forth in a line, and numbers are lengths of time: a text of a few bytes can ask
# for a million bars, or for hours of matching.
_LONGEST_LINE = 20_000
_METER = r"(?:M:|\*M(?!M))\s*([^/\s]+)"
_MOST_BEATS = 255
_LONG_NUMBER = r"(?<![.\d])\d{5,}"


def check_line(line: str, *, numbers: bool) -> None:
    """Refuse a line of ABC or kern that is longer, or has larger numbers, than music needs."""
    if len(line) > _LONGEST_LINE:
        raise FormatError(
            f"has a line of more than {_LONGEST_LINE:,} characters ({line[:20]!r}...); split it"
        )
    found = re.search(_LONG_NUMBER, line, re.ASCII) if numbers else None
    if found:
        raise FormatError(
            f"has the number {found[0][:20]} (in {line.strip()[:20]!r}); use at most 4 digits"
        )
    meter = re.match(_METER, line) if numbers else None
    beats = re.findall(r"\d+", meter[1], re.ASCII) if meter else []
    if meter and sum(map(int, beats)) > _MOST_BEATS:
        raise FormatError(f"has the meter {meter[1][:20]}; use at most {_MOST_BEATS} beats")
