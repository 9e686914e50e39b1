"""Play pitched notes: how loud each is, and where a player was taught so, how late it is and how long it sounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symgen.music.score import Score
from symgen.performer.features import ScoreNotes, score_notes
from symgen.performer.groups import Groups
from symgen.performer.inference import InferencePlayer, find_player
from symgen.performer.levels import SLOW_BARS, slow_level
from symgen.performer.manners import Manner

__all__ = ["PitchedPlaying", "play_pitched"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Standard deviation of the velocities of a part in songs, in the units of the network.
_USUAL = 0.86
# Nearer to the ends of the range than this, velocities are pressed together.
_LOUDEST, _SOFTEST, _SOFT = 127.0, 8.0, 12.0


@dataclass(frozen=True, eq=False)
class PitchedPlaying:
    """How notes are played, in the order of the rows that were asked for."""

    # (notes,), 1..127.
    velocity: Floats
    # (notes,), share of the written duration, and seconds behind the clock; None where the player was not taught it.
    held: Floats | None
    late: Floats | None


def play_pitched(
    score: Score,
    rows: Ints,
    manner: Manner,
    rng: np.random.Generator,
    player: InferencePlayer | None = None,
) -> PitchedPlaying:
    """Play the notes `rows` of a score, indices into `Score.note_array` of notes that are no drums, rising.

    Velocities stand around the slow movement of those that are written; what is flat or an accent on the beat is
    replaced by what players do.
    """
    player = player or find_player()
    if not len(rows):
        none = np.zeros(0)
        return PitchedPlaying(none, none, none)
    notes = score_notes(score, rows)
    said, strays = player.judge(notes)
    drawn = np.empty_like(said)
    for i, shares in enumerate(player.strays.tolist()):
        drawn[:, i] = said[:, i] + strays[:, i] * _stray(notes.own, notes.part, shares, rng)
    drawn = drawn * player.said_deviation + player.said_mean
    by_aspect = dict(zip(player.config.aspects, drawn.T, strict=True))
    written = score.note_array()[rows, 3].astype(np.float64)
    held = by_aspect.get("held")
    return PitchedPlaying(
        velocity=_velocities(notes, written, by_aspect.get("velocity"), manner),
        held=None if held is None else np.exp(held),
        late=by_aspect.get("late"),
    )


def _velocities(
    notes: ScoreNotes, written: Floats, deviation: Floats | None, manner: Manner
) -> Floats:
    """Lay deviations around the level that is written, those of each part around its own."""
    if deviation is None:
        return written
    parts = Groups.of(notes.part)
    mean = parts.of_groups(deviation, np.add) / parts.sizes
    own = deviation - mean[parts.index]
    velocity = _level(notes, written) + manner.spread / _USUAL * own
    if len(parts) > 1 and (notes.part == notes.melody).any():
        velocity += manner.melody * ((notes.part == notes.melody) - 0.5)
    return _pressed(velocity)


def _level(notes: ScoreNotes, written: Floats) -> Floats:
    """Return the mean of what is written around each note, of its part, over about two bars."""
    found = np.empty(len(written))
    reach = SLOW_BARS / 2 * notes.lengths[notes.bar]
    parts = Groups.of(notes.part)
    for start, size in zip(parts.starts.tolist(), parts.sizes.tolist(), strict=True):
        mine = parts.order[start : start + size]
        found[mine] = slow_level(notes.onset[mine], written[mine], reach[mine])
    return found


def _pressed(velocity: Floats) -> Floats:
    """Press velocities together that come near to the ends of the range, and keep their order."""
    high, low = _LOUDEST - _SOFT, _SOFTEST + _SOFT
    over, under = np.maximum(velocity - high, 0), np.maximum(low - velocity, 0)
    found = np.clip(velocity, low, high)
    found += _SOFT * (np.tanh(over / _SOFT) - np.tanh(under / _SOFT))
    return found


def _stray(own: Groups, part: Ints, shares: Sequence[float], rng: np.random.Generator) -> Floats:
    """Draw how notes stray, of deviation 1; `shares` as of `symgen.performer.checkpoint.STRAYS`."""
    common, slow, memory = shares
    steps = rng.normal(size=len(own))
    moved = np.empty(len(own))
    value, before, fresh = 0.0, -1, float(np.sqrt(1 - memory**2))
    lines = part[own.first_notes].tolist()
    for i, (step, line) in enumerate(zip(steps.tolist(), lines, strict=True)):
        value = step if line != before else memory * value + fresh * step
        moved[i], before = value, line
    chord, alone = rng.normal(size=len(own)), rng.normal(size=len(own.index))
    together = np.sqrt(slow) * moved + np.sqrt(max(0.0, common - slow)) * chord
    strayed: Floats = together[own.index] + np.sqrt(1 - max(common, slow)) * alone
    return strayed
