"""The rhythm of tunes: where in the bar the next note begins, as learned from tunes.

This is the prior from which `symgen.beats` knows a quarter from an eighth, and a jig from a reel.
Each meter is a mixture of a few manners (a hymn in quarters, a reel in eighths), a tune keeping
to one; each is a conditional logit over the steps from note to note: what a step says by the
place in the beat where it begins, and what the place in the bar says to which it leads. Fitted by
expectation and maximization with ``python -m lab fit-beats``, on the train split of 4,050 tunes
of O'Neill, Ryan, Aird and miscFolk as music21 distributes them, of Ceol Rince na hEireann and of
the Open Hymnal; in two of three passes over a tune 5 % of its notes are left out, as a
transcription may.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgen.beats.tables import read_table
from symgen.music.meter import Meter

__all__ = ["KNOWN_METERS", "TICKS", "BeatKind", "Rhythm", "beat_kind", "rhythm_of"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TICKS = 12
"""Steps of a quarter note."""

_LEARNED = read_table("rhythm")

KNOWN_METERS = tuple(Meter.parse(name) for name in _LEARNED)
"""The meters that are told apart. 2/2 is heard as 4/4, 12/8 as 6/8."""

# Where notes begin in a beat of so many steps: on sixteenths, and in quarters on triplets.
_PLACES = {12: (0, 3, 4, 6, 8, 9), 18: (0, 3, 6, 9, 12, 15)}
# Steps from note to note, by the length of the beat.
_STEPS = {
    12: (3, 4, 6, 8, 9, 12, 15, 16, 18, 20, 21, 24, 30, 36, 42, 48),
    18: (3, 6, 9, 12, 15, 18, 21, 24, 27, 30, 33, 36, 45, 54),
}
# Whole beats that a step may have beside its part of one.
_BEATS = 4
# Share of steps that follow no rule.
_ANY = 0.03
# Log probability of each beat more than the table goes.
_FAR = -0.7


@dataclass(frozen=True, eq=False)
class BeatKind:
    """Chances of places and steps within a beat, whatever the meter."""

    # Its length in steps of `TICKS`: 12, or 18 where the beat is a dotted quarter.
    beat: int
    # (places,): where notes begin.
    places: Ints
    # (places, places): from place to place, 0 or more and less than a beat.
    steps: Ints
    # (places, places, beats): log probability of a step from place to place and some beats more.
    odds: Floats
    # (places,): log probability of the place of the first note.
    first: Floats


@dataclass(frozen=True, eq=False)
class Rhythm:
    """Chances of places and steps in the bars of a meter."""

    meter: Meter
    # Lengths in steps of `TICKS`.
    bar: int
    beat: int
    # (manners,): how usual each manner is.
    shares: Floats
    # (manners, bar, most + 1): log probability of a step by the place in the bar where it begins;
    # steps of no rule have a low one.
    odds: Floats
    # (bar,): log probability of the place of the first note.
    first: Floats

    def log_probabilities(self, ticks: Ints, shifts: Ints) -> Floats:
        """Return the log probability of notes and manner, (shifts, manners), for bar lines at ticks ``-shifts``.

        `ticks` (notes,) ascend, at least one.
        """
        place = (ticks[None, :] + shifts[:, None]) % self.bar
        steps = np.diff(ticks)
        most = self.odds.shape[-1] - 1
        far = _FAR / self.beat * np.maximum(steps - most, 0).sum()
        step = np.minimum(steps, most)[None, :]
        odds = self.odds[:, place[:, :-1], step].sum(axis=-1)
        begin = self.first[place[:, 0]]
        said = odds + far + np.log(self.shares)[:, None]
        return np.asarray(said.T + begin[:, None])

    @property
    def mean_odds(self) -> Floats:
        """Log probability of steps whatever the manner, shape (bar, most + 1)."""
        chances = np.einsum("m,mbs->bs", self.shares, np.exp(self.odds))
        return np.asarray(np.log(chances))


@cache
def rhythm_of(meter: Meter) -> Rhythm:
    """Return what is likely in a meter; of one that was not learned, in bars of the nearest that was."""
    name = _nearest(meter)
    beat = 18 if _is_compound(meter) else 12
    bar = round(meter.quarters * TICKS)
    known_bar = round(Meter.parse(name).quarters * TICKS)
    places = [place for place in range(known_bar) if place % beat in _PLACES[beat]]
    learned = _LEARNED[name]
    odds = np.stack(
        [_manner_odds(manner, known_bar, beat, places) for manner in learned["manners"]]
    )
    first = np.full(known_bar, 0.03 / len(places))
    for place, share in learned["first"].items():
        first[int(place)] += 0.97 * share
    index = np.arange(bar) % known_bar
    shares = np.array([manner["share"] for manner in learned["manners"]])
    shares /= shares.sum()
    return Rhythm(meter, bar, beat, shares, odds[:, index], np.log(first[index]))


def _manner_odds(manner: dict[str, Any], bar: int, beat: int, places: list[int]) -> Floats:
    """Return the log probabilities of steps by the place where they begin, shape (bar, longest step + 1)."""
    steps = _STEPS[beat]
    # Steps of no rule have this share each: a note that was missed, or found where there is none.
    rare = _ANY / len(steps)
    odds = np.full((bar, steps[-1] + 1), np.log(rare))
    for place in places:
        by_step = manner["steps"][_PLACES[beat].index(place % beat)]
        known = [i for i, step in enumerate(steps) if (place + step) % beat in _PLACES[beat]]
        reached = [places.index((place + steps[i]) % bar) for i in known]
        values = np.take(by_step, known) + np.take(manner["places"], reached)
        chances = np.exp(values - values.max())
        chances = (1 - _ANY) * chances / chances.sum() + rare
        odds[place, [steps[i] for i in known]] = np.log(chances)
    return odds


def _is_compound(meter: Meter) -> bool:
    return meter.beat_quarters.numerator == 3


def _nearest(meter: Meter) -> str:
    """Name the learned meter whose bars are most like those of a meter."""
    if str(meter) in _LEARNED:
        return str(meter)
    if _is_compound(meter):
        return "9/8" if meter.numerator % 9 == 0 else "6/8"
    if meter.quarters % 4 == 0:
        return "4/4"
    return "3/4" if meter.quarters % 3 == 0 else "2/4"


@cache
def beat_kind(beat: int) -> BeatKind:
    """Return what is likely within beats of 12 or of 18 steps, in the mean of the meters that have them."""
    places = np.array(_PLACES[beat])
    steps = (places[None, :] - places[:, None]) % beat
    rhythms = [rhythm for rhythm in map(rhythm_of, KNOWN_METERS) if rhythm.beat == beat]
    chances = np.zeros((len(places), len(places), _BEATS + 1))
    first = np.zeros(len(places))
    count = len(rhythms)
    for rhythm in rhythms:
        odds = np.exp(rhythm.mean_odds)
        for i, place in enumerate(places):
            first[i] += np.exp(rhythm.first[place::beat]).sum() / count
            for beats in range(_BEATS + 1):
                inside = np.minimum(steps[i] + beats * beat, odds.shape[1] - 1)
                chances[i, :, beats] += odds[place::beat][:, inside].mean(axis=0) / count
    return BeatKind(beat, places, steps, np.log(chances), np.log(first))
