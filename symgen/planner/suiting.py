"""Plans that suit a line which is there already: many drafts side by side, weighed by how well they fit it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from symgen.music.chord_beats import SILENT, Heard
from symgen.music.harmony import PlacedChord
from symgen.music.theory import QUALITIES, Key
from symgen.planner.beats import Beats
from symgen.planner.planner import (
    Drawing,
    Planner,
    PlanRequest,
    known_sonorities,
    pick,
    placed_plan,
)
from symgen.planner.sonorities import SONORITIES, sonority_table
from symgen.system.resampling import resampled

__all__ = ["draw_suiting"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_SUIT = 23
# Drafts side by side, fewer of a long line, so that one takes seconds too.
_MOST, _FEWEST, _BEATS = 96, 16, 24_000
# Chords that are given lead the drafts beside them, so that fewer do.
_MOST_BESIDE = 24
# Beats of given chords behind what is drawn by which drafts are weighed.
_AHEAD = 8
# What a kind of chord costs, or a bass, that chords which are given have not; how many of their changes tell
# where chords change.
_STRANGE, _PLAIN, _MOST_CHANGES = 4.0, {"", "m", "7"}, 0.9
# What a tone costs that is none of the chord, in log odds: on the beat, and all through it; another bass.
_ON_BEAT, _LATER, _OTHER_BASS = 4.0, 1.5, 4.0


def draw_suiting(
    planner: Planner,
    request: PlanRequest,
    heard: Heard,
    key: Key,
    *,
    seed: int,
    is_bass: bool = False,
) -> tuple[PlacedChord, ...]:
    """Draw a plan that suits what a line sounds in each beat, chords that are given kept; one seed gives one plan."""
    # A particle filter: each draft draws its next chord by what the planner expects and the line says
    # together, and drafts that were surprised by the line, or by a chord that is given behind them, give way
    # to those that were not.
    rng, how = np.random.Generator(np.random.PCG64([seed, _SUIT])), Drawing()
    beats = request.beats()
    known = known_sonorities(request, beats, key)
    free = int((known < 0).sum())
    most = _MOST if free == len(known) else _MOST_BESIDE
    drafts = max(_FEWEST, min(most, _BEATS // max(1, free)))
    state, weights = planner.begin(request, 1, key), np.zeros(1)
    costs = _costs(heard, sonority_table(key.tonic), is_bass=is_bass)
    if free < len(known):
        costs += _strange(request.given, key)
    may_change, drawn = _may_change(known, beats), -1
    for beat, (cost, given) in enumerate(zip(costs, known.tolist(), strict=True)):
        if given >= 0:
            if len(state) > 1 and beat - drawn > _AHEAD:
                state, weights = state.chosen(np.array([weights.argmax()])), np.zeros(1)
            if len(state) > 1:
                weights += planner.logits(state)[:, given]
            planner.push(state, np.full(len(state), given))
            continue
        if len(state) == 1:
            state, weights = state.chosen(np.zeros(drafts, np.int64)), np.zeros(drafts)
        drawn = beat
        planner.plan_phrases(state, rng, how.close)
        odds = planner.logits(state) - cost
        if not may_change[beat]:
            odds = _held(odds, state.memory.last)
        weights += np.logaddexp.reduce(odds, axis=1)
        planner.push(state, pick(odds, rng))
        kept = resampled(weights, rng)
        if kept is not None:
            state, weights = state.chosen(kept), np.zeros(len(kept))
    row = state.memory.sonorities[int(weights.argmax())]
    return placed_plan(request, row, beats, known, key)


def _costs(heard: Heard, chords: Sequence[PlacedChord], *, is_bass: bool) -> Floats:
    """Return what each sonority costs on each beat, shape (beats, sonorities)."""
    struck = heard.begun
    later = np.maximum(heard.filled - struck, 0.0)
    tones = np.zeros((len(chords), 12))
    for number, chord in enumerate(chords):
        if chord.is_chord:
            tones[number, [(chord.root + step) % 12 for step in QUALITIES[chord.quality]]] = 1.0
    outside = 1.0 - tones
    basses = np.array([chord.bass for chord in chords])
    told = (heard.lowest < SILENT)[:, None] if is_bass else np.zeros((len(struck), 1), dtype=bool)
    wrong = told & (basses != heard.lowest[:, None] % 12)
    found: Floats = _ON_BEAT * struck @ outside.T + _LATER * later @ outside.T
    found += _OTHER_BASS * wrong
    return found


def _strange(given: Sequence[PlacedChord], key: Key) -> Floats:
    """Return what each sonority costs beside chords that are given, shape (sonorities,): kinds and basses they lack."""
    kinds = {chord.quality for chord in given} | _PLAIN
    inverted = any(chord.bass != chord.root for chord in given)
    return np.array([
        _STRANGE * (chord.quality not in kinds) + _STRANGE * (chord.bass != chord.root and not inverted)
        for chord in sonority_table(key.tonic)
    ])  # fmt: skip


def _may_change(known: Ints, beats: Beats) -> NDArray[np.bool_]:
    """Tell on which beats chords may change: on such as most of the given ones do."""
    changes = np.flatnonzero((known[1:] >= 0) & (known[:-1] >= 0) & (known[1:] != known[:-1])) + 1
    if not len(changes):
        return np.ones(len(known), dtype=bool)
    usual = np.quantile(beats.levels[changes], _MOST_CHANGES, method="higher")
    # What follows given chords may begin on any beat.
    found: NDArray[np.bool_] = (beats.levels <= usual) | (known >= 0)
    return found


def _held(odds: Floats, last: Ints) -> Floats:
    """Let nothing but the last chord go on; before the first one all may begin."""
    goes_on = last < SONORITIES
    found = np.full_like(odds, -np.inf)
    found[~goes_on] = odds[~goes_on]
    rows = np.flatnonzero(goes_on)
    found[rows, last[rows]] = odds[rows, last[rows]]
    return found
