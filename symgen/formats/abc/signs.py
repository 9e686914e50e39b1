"""What stands in a bar of one line: notes, chords and rests, each as long as a note value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from itertools import islice, pairwise
from math import ceil

from symgen.formats.abc.placing import (
    AbcBar,
    Strike,
    abc_bars,
    coarse_steps,
    is_named,
    moved_by,
    on_steps,
    strikes_of,
    whole_end,
)
from symgen.formats.values import NoteValue, split_duration
from symgen.music.score import Score

__all__ = ["LineCursor", "Sign", "off_grid", "on_grid", "signs_in", "steps_for"]


@dataclass(frozen=True, slots=True)
class Sign:
    """A note, a chord or a rest as one sign."""

    # quarters
    onset: Fraction
    length: Fraction
    pitches: tuple[int, ...]
    value: NoteValue | None
    # whether it goes on from the sign before, and into the next
    tied_in: bool = False
    tied_on: bool = False

    @property
    def ratio(self) -> tuple[int, int]:
        """Notes of its tuplet, and in the time of how many."""
        return (self.value.actual, self.value.normal) if self.value else (1, 1)


class LineCursor:
    """Hands out the strikes of a line bar by bar."""

    def __init__(self, strikes: Sequence[Strike]) -> None:
        self._strikes, self._first = strikes, 0

    def within(self, bar: AbcBar) -> list[Strike]:
        """Return what sounds in a bar; bars come in order."""
        found = []
        for strike in islice(self._strikes, self._first, None):
            if strike.onset >= bar.end:
                break
            found.append(strike)
        ended = sum(strike.end <= bar.end for strike in found)
        self._first += ended
        return found


def signs_in(strikes: Sequence[Strike], bar: AbcBar, cuts: Sequence[Fraction]) -> list[Sign]:
    """Return notes and the rests between them as signs, each as long as a note value."""
    found: list[Sign] = []
    now = bar.start
    for strike in strikes:
        onset, end = max(strike.onset, bar.start), min(strike.end, bar.end)
        found += _spell_out(Sign(now, onset - now, (), None), cuts)
        whole = Sign(onset, end - onset, strike.pitches, None)
        found += _spell_out(
            replace(whole, tied_in=strike.onset < onset, tied_on=strike.end > end), cuts
        )
        now = end
    return found + _spell_out(Sign(now, bar.end - now, (), None), cuts)


def _spell_out(sign: Sign, cuts: Sequence[Fraction]) -> list[Sign]:
    """Divide a note or a rest at the cuts that fall into it, and into note values."""
    end = sign.onset + sign.length
    places = [sign.onset, *(cut for cut in cuts if sign.onset < cut < end), end]
    found: list[Sign] = []
    for start, stop in pairwise(places):
        length = stop - start
        if not length:
            continue
        for piece, value in _values(start, length):
            found.append(Sign(start, piece, sign.pitches, value, True, True))
            start += piece
    if not sign.pitches:
        return [replace(one, tied_in=False, tied_on=False) for one in found]
    if found:
        found[0] = replace(found[0], tied_in=sign.tied_in)
        found[-1] = replace(found[-1], tied_on=sign.tied_on)
    return found


def _values(start: Fraction, length: Fraction) -> list[tuple[Fraction, NoteValue | None]]:
    """Return the note values that a length is written with; where they are many, they go from quarter to quarter."""
    found = _split(length)
    ahead = ceil(start) - start or Fraction(1)
    if found[0][1] is None and ahead < length:
        rest = _values(start + ahead, length - ahead)
        return [*_values(start, ahead), *rest]
    return list(found)


@lru_cache(maxsize=4096)
def _split(length: Fraction) -> tuple[tuple[Fraction, NoteValue | None], ...]:
    scale = 3360 * length.denominator  # a multiple of all parts that note values have
    pieces = split_duration(int(length * scale), scale)
    return tuple((Fraction(ticks, scale), value) for ticks, value in pieces)


# -- times that ABC has ----------------------------------------------------------------


def on_grid(score: Score) -> Score:
    """Return the score with all notes and rests as long as note values add up to."""
    steps = steps_for(score)
    return on_steps(score, steps) if steps else whole_end(score)


def steps_for(score: Score) -> int:
    """Return the steps a quarter to which all notes go where some cannot be written as they are, else 0."""
    notes = (note for part in score.parts for note in part.notes)
    if all(is_named(note, score.resolution) for note in notes) and _all_written(whole_end(score)):
        return 0
    return coarse_steps(score)


def off_grid(score: Score) -> int:
    """Count the notes that are not written where they are."""
    steps = steps_for(score)
    return moved_by(score, steps) if steps else 0


def _all_written(score: Score) -> bool:
    """Whether note values add up to all notes and rests."""
    bars = abc_bars(score)
    for part in score.parts:
        for line in strikes_of(part.notes, score.resolution):
            cursor = LineCursor(line)
            for bar in bars:
                signs = signs_in(cursor.within(bar), bar, ())
                if any(sign.value is None for sign in signs):
                    return False
    return True
