"""The best row of chords for a melody: what suits each beat, at the rate at which they may change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symgen.harmonizer.checkpoint import QUALITIES
from symgen.harmonizer.inference import InferenceHarmonizer, shipped_harmonizer
from symgen.harmonizer.melody import STRUCK, MelodyBeats
from symgen.music.harmony import PLAN_QUALITIES, PlacedChord, only_changes
from symgen.music.score import Note, Score
from symgen.music.theory import QUALITIES as STEPS
from symgen.music.theory import Key

__all__ = ["RATES", "Wish", "choose_chords", "weigh_chords"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

RATES = {"bar": 0, "half bar": 1, "beat": 2}
"""Where chords may change: on beats whose level, as `symgen.music.harmony.chord_beats` gives it, is no higher."""

_STATES = 12 * QUALITIES
# What a quality says beside its root, what the chord before says beside the melody, and what speaks
# for a change on a bar line, in the middle of a bar, and elsewhere. Chosen on training songs.
_QUALITY, _BEFORE = 0.5, 0.3
_CHANGE = (0.4, 0.2, 0.0)
# How far chance may lift a chord at a temperature of 1, as a log chance.
_DARING = 0.25
_NEVER = -1e9


@dataclass(frozen=True, slots=True)
class Wish:
    """What chords are to keep to."""

    # A name in `RATES`.
    rate: str = "half bar"
    # Whether the last chord is the tonic.
    closes: bool = False
    # Whether all tones lie in the key.
    strict: bool = False
    # 0 takes the best row, above it others are drawn too.
    temperature: float = 0.0


def choose_chords(
    score: Score,
    line: Sequence[Note],
    key: Key,
    wish: Wish,
    *,
    seed: int = 0,
    harmonizer: InferenceHarmonizer | None = None,
) -> tuple[PlacedChord, ...]:
    """Return chords for one note at a time over the bars of a score, in ticks, from its first bar on."""
    melody = MelodyBeats.of(score, line, key)
    if not len(melody.starts):
        return ()
    harmonizer = harmonizer or shipped_harmonizer()
    fit, follows, changes = weigh_chords(harmonizer, melody, key, wish)
    may_change = changes > _NEVER
    if wish.temperature:
        draw = np.random.default_rng(seed)
        lifted = draw.gumbel(size=(int(may_change.sum()), _STATES))
        fit[may_change] += _DARING * wish.temperature * lifted
    if wish.closes:
        _close(fit, melody, key, may_change)
    row = _best(fit, follows, changes)
    roots, qualities = np.divmod(row, QUALITIES)
    placed = zip(melody.starts.tolist(), roots.tolist(), qualities.tolist(), strict=True)
    return only_changes(
        PlacedChord(tick, (root + melody.tonic) % 12, PLAN_QUALITIES[quality])
        for tick, root, quality in placed
    )


def weigh_chords(
    harmonizer: InferenceHarmonizer, melody: MelodyBeats, key: Key, wish: Wish
) -> tuple[Floats, Floats, Floats]:
    """Return what speaks for each chord on each beat, for each behind each other one, and for a change on each beat."""
    may_change = melody.levels <= RATES[wish.rate]
    may_change[0] = True
    changes = np.where(may_change, np.array(_CHANGE)[melody.levels], _NEVER)
    follows = _BEFORE * harmonizer.follows.astype(np.float64)
    return _fit(harmonizer, melody, key, wish), follows, changes


def _fit(harmonizer: InferenceHarmonizer, melody: MelodyBeats, key: Key, wish: Wish) -> Floats:
    """Return how well each chord suits each beat, shape (beats, states); a state is ``root * QUALITIES + quality``."""
    roots, qualities = harmonizer.judge(melody.inputs)
    fit = roots[:, :12, None].astype(np.float64) + _QUALITY * qualities[:, :12]
    found: Floats = fit.reshape(len(fit), _STATES)
    if wish.strict:
        found[:, ~_within(key, melody.tonic)] = _NEVER
    return found


def _within(key: Key, tonic: int) -> NDArray[np.bool_]:
    """Return which chords have all their tones in a key."""
    scale = {(tone - tonic) % 12 for tone in key.scale}
    return np.array([
        all((root + step) % 12 in scale for step in STEPS[quality])
        for root in range(12)
        for quality in PLAN_QUALITIES
    ])  # fmt: skip


def _close(fit: Floats, melody: MelodyBeats, key: Key, may_change: NDArray[np.bool_]) -> None:
    """Let the last chord be the tonic, from the strong beat on in which the last note begins."""
    struck = np.flatnonzero(melody.inputs[:, STRUCK])
    last = int(struck[-1]) if len(struck) else len(fit) - 1
    strong = np.flatnonzero((may_change & (melody.levels < 2))[: last + 1])
    begins = int(strong[-1]) if len(strong) else 0
    tonic = ((key.tonic - melody.tonic) % 12) * QUALITIES + PLAN_QUALITIES.index("m" * key.minor)
    kept = fit[begins:, tonic].copy()
    fit[begins:] = _NEVER
    fit[begins:, tonic] = kept


def _best(fit: Floats, follows: Floats, bonus: Floats) -> Ints:
    """Return the likeliest row of states (Viterbi 1967); `bonus` speaks for a change on each beat."""
    stays = np.arange(_STATES)
    follows = follows.copy()
    np.fill_diagonal(follows, _NEVER)
    total, backs = fit[0], []
    for beat in range(1, len(fit)):
        ways = total[:, None] + follows
        best = ways.argmax(axis=0)
        changed = ways[best, stays] + bonus[beat]
        is_new = changed > total
        backs.append(np.where(is_new, best, stays))
        total = np.where(is_new, changed, total) + fit[beat]
    row = [int(total.argmax())]
    for back in reversed(backs):
        row.append(int(back[row[-1]]))
    return np.array(row[::-1], dtype=np.int64)
