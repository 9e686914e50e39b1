"""Plans that suit a line which is there already: many drafts side by side, weighed by how well they fit it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from symgen.music.chord_beats import SILENT, Heard
from symgen.music.harmony import PlacedChord, only_changes
from symgen.music.theory import QUALITIES, Key
from symgen.planner.planner import Drawing, Planner, PlanRequest, pick
from symgen.planner.sonorities import chord_at, sonority_table
from symgen.system.resampling import resampled

__all__ = ["draw_suiting"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_SUIT = 23
# Drafts side by side, fewer of a long line, so that one takes seconds too.
_MOST, _FEWEST, _BEATS = 96, 16, 24_000
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
    """Draw a plan that suits what a line sounds in each beat; one seed gives one plan."""
    # A particle filter: each draft draws its next chord by what the planner expects and the line says
    # together, and drafts that were surprised by the line give way to those that were not.
    rng, how = np.random.Generator(np.random.PCG64([seed, _SUIT])), Drawing()
    beats = request.beats()
    drafts = max(_FEWEST, min(_MOST, _BEATS // max(1, len(beats))))
    state, weights = planner.begin(request, drafts, key), np.zeros(drafts)
    costs = _costs(heard, sonority_table(key.tonic), is_bass=is_bass)
    for cost in costs:
        planner.plan_phrases(state, rng, how.close)
        odds = planner.logits(state) - cost
        weights += np.logaddexp.reduce(odds, axis=1)
        planner.push(state, pick(odds, rng))
        kept = resampled(weights, rng)
        if kept is not None:
            state, weights = state.chosen(kept), np.zeros(len(kept))
    best = int(weights.argmax())
    row = state.memory.sonorities[best]
    starts = beats.starts.tolist()
    return only_changes(
        chord_at(start, int(each), key.tonic) for start, each in zip(starts, row, strict=True)
    )


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
