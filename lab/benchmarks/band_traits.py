"""What some bars of a band are like, as numbers: harmony, rhythm, texture, and how they differ from those before.

No limit, guide or watch of the sampler is looked up, and no reader of chords that a model has learned from: chords are
those of `symgen.evaluation.slices`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgen.evaluation.harmony import chords_on_beats
from symgen.evaluation.slices import CHORDS, NO_ROOT, cut
from symgen.evaluation.table import STEPS, NoteTable, note_table
from symgen.evaluation.texture import sounding_counts, vertical_intervals
from symgen.music.score import Score

__all__ = ["BandTraits", "band_notes", "changes"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Traits = dict[str, float]

LAGS = (1, 2, 4)
# Classes of strokes: what a drum kit has.
KIT = {
    "kick": (35, 36),
    "snare": (37, 38, 39, 40),
    "hat": (42, 44, 46),
    "cymbal": (49, 51, 52, 53, 55, 57, 59),
    "tom": (41, 43, 45, 47, 48, 50),
}
_LEAP = 4
_LONG = 96


def _mean(values: Sequence[float] | NDArray[Any]) -> float:
    return float(np.mean(values)) if len(values) else 0.0


def _spread(values: Sequence[float] | NDArray[Any]) -> float:
    return float(np.std(values)) if len(values) else 0.0


def _entropy(values: Iterable[Any]) -> float:
    """Entropy in bits of what is counted."""
    counts = np.array(list(Counter(values).values()), np.float64)
    share = counts / max(1.0, counts.sum())
    return float(-(share * np.log2(share)).sum())


def _alike(one: Counter[Any], other: Counter[Any]) -> float:
    """Share that two bags have in common, 1 where both are empty."""
    every = sum((one | other).values())
    return sum((one & other).values()) / every if every else 1.0


@dataclass(frozen=True)
class BandTraits:
    """Some bars of a band."""

    score: Score
    bars: int

    @cached_property
    def tables(self) -> list[NoteTable]:
        """Notes of each pitched part that plays, the lowest part last."""
        found = [
            note_table(self.score.with_parts([part]))
            for part in self.score.parts
            if part.notes and not part.is_drum
        ]
        return sorted(found, key=lambda table: -float(table.pitch.mean()))

    @cached_property
    def drums(self) -> NoteTable:
        """All strokes."""
        parts = [part for part in self.score.parts if part.is_drum]
        return note_table(self.score.with_parts(parts), drums=True)

    def named(self) -> Traits:
        """Describe the bars."""
        found = {**self._harmony(), **self._texture(), **self._struck()}
        every = note_table(self.score)
        found |= self._rhythm("all", every)
        found |= self._returns("all", [every])
        parts = {"bass": self.tables[-1:], "top": self.tables[:1], "inner": self.tables[1:-1]}
        for name, tables in parts.items():
            rows = [{**self._rhythm(name, each), **_line(name, each)} for each in tables]
            rows = rows or [
                {
                    **self._rhythm(name, every.keep(every.pitch < 0)),
                    **_line(name, every.keep(every.pitch < 0)),
                }
            ]
            found |= {key: _mean([row[key] for row in rows]) for key in rows[0]}
            found |= self._returns(name, tables)
        return found | self._returns("parts", self.tables)

    def _harmony(self) -> Traits:
        slices = cut(self.score)
        chords = chords_on_beats(slices)
        kinds, roots, known = chords.kinds, chords.roots, chords.known
        found = {f"chord {name}": _mean(kinds == number) for number, name in enumerate(CHORDS)}
        found["chord changes"] = _mean(chords.changes[1:])
        found["chord changes on bar lines"] = _mean(chords.changes[1:][chords.opens_bar[1:]])
        found["chord changes inside"] = _mean(chords.changes[1:][~chords.opens_bar[1:]])
        found["chords, different"] = float(len(np.unique(chords.names)))
        found["roots, different"] = float(len(np.unique(roots[known])))
        found["roots, entropy"] = _entropy(roots[known].tolist())
        steps = chords.root_steps
        found["roots by fourth or fifth"] = _mean(np.isin(steps, (5, 7)))
        found["roots by step"] = _mean(np.isin(steps, (1, 2, 10, 11)))
        found["roots by third"] = _mean(np.isin(steps, (3, 4, 8, 9)))
        found["bass has the root"] = _mean(chords.basses[known] == roots[known])
        for lag in (1, 2, 4, 8, 16):
            both = known[lag:] & known[:-lag]
            found[f"root of {lag} beats before"] = _mean((roots[lag:] == roots[:-lag])[both])
        found["root of the first"] = _mean(roots[known] == next(iter(roots[known]), NO_ROOT))
        table = slices.table
        shares = np.bincount(table.pitch % 12, table.duration, 12)
        shares = np.sort(shares / max(1.0, shares.sum()))[::-1]
        found["pitch classes, entropy"] = float(-(shares * np.log2(shares + 1e-9)).sum())
        found["pitch classes outside of seven"] = float(shares[7:].sum())
        pairs = vertical_intervals(table)
        pairs = pairs / max(1.0, pairs.sum())
        found |= {f"interval class {number}": float(share) for number, share in enumerate(pairs)}
        return found

    def _texture(self) -> Traits:
        every = note_table(self.score)
        counts = sounding_counts(every)
        heard = counts[counts > 0]
        struck = np.unique(every.onset, return_counts=True)[1]
        found = {
            "sounding": _mean(heard),
            "sounding, spread": _spread(heard),
            "silence": 1 - len(heard) / max(1, STEPS * 4 * self.bars),
            "notes at an onset": _mean(struck),
            "notes at an onset, spread": _spread(struck),
            "parts": float(len(self.tables)),
        }
        plays = np.array(
            [np.bincount(t.bar, minlength=self.bars)[: self.bars] > 0 for t in self.tables]
        )
        plays = plays.reshape(len(self.tables), self.bars)
        found["parts in a bar"] = _mean(plays.mean(0)) if plays.size else 0.0
        found["parts in a bar, spread"] = _spread(plays.sum(0))
        found["parts that come and go"] = _mean(np.diff(plays.astype(int), axis=1) != 0)
        together, doubled, parallel, contrary, distance = [], [], [], [], []
        for one, other in combinations(self.tables, 2):
            at, mine, theirs = np.intersect1d(one.onset, other.onset, return_indices=True)
            together.append(
                len(at) / max(1, min(len(np.unique(one.onset)), len(np.unique(other.onset))))
            )
            gap = one.pitch[mine] - other.pitch[theirs]
            doubled.append(_mean(gap % 12 == 0))
            moves = np.diff(one.pitch[mine]), np.diff(other.pitch[theirs])
            parallel.append(_mean((moves[0] == moves[1]) & (moves[0] != 0)))
            contrary.append(_mean(moves[0] * moves[1] < 0))
            distance.append(abs(float(one.pitch.mean() - other.pitch.mean())))
        found |= {
            "parts begin together": _mean(together),
            "parts doubled": _mean(doubled),
            "parts parallel": _mean(parallel),
            "parts contrary": _mean(contrary),
            "parts apart": _mean(distance),
        }
        with_drums = np.isin(every.onset, self.drums.onset)
        found["notes with a stroke"] = _mean(with_drums) if len(self.drums) else 0.0
        return found

    def _struck(self) -> Traits:
        """Describe the drums."""
        table = self.drums
        found = self._rhythm("drums", table) | self._returns("drums", [table])
        found["drums, strokes at once"] = len(table) / max(1, len(np.unique(table.onset)))
        found["drums, kinds"] = float(len(np.unique(table.pitch)))
        found["drums, entropy"] = _entropy(table.pitch.tolist())
        for name, keys in KIT.items():
            mine = np.isin(table.pitch, keys)
            found[f"{name}, share"] = _mean(mine)
            beats = table.place[mine] % (2 * STEPS)
            found[f"{name}, on the beat"] = _mean(beats == 0)
            found[f"{name}, on the other beat"] = _mean(beats == STEPS)
            for bar, place in ((0, "first bar"), (3, "fourth bar"), (7, "last bar")):
                found[f"{name}, {place}"] = (
                    float((mine & (table.bar == bar)).sum()) - mine.sum() / self.bars
                )
        return found

    def _rhythm(self, name: str, table: NoteTable) -> Traits:
        """Describe where notes begin and how long they are."""
        onsets = np.unique(table.onset)
        gaps = np.diff(onsets)
        notes = np.bincount(table.bar, minlength=self.bars)[: self.bars].astype(np.float64)
        usual = max(1.0, float(notes.mean()))
        found = {
            "notes in a bar": _mean(notes),
            "notes in a bar, spread": _spread(notes) / usual,
            "notes from bar to bar": _mean(np.abs(np.diff(notes))) / usual,
            "empty bars": _mean(notes == 0),
            "notes in the first bar": float(notes[0]) / usual,
            "notes in the fourth bar": float(notes[3]) / usual,
            "notes in the last bar": float(notes[-1]) / usual,
            "last onset": float(table.onset.max(initial=0)) / (4.0 * STEPS * self.bars),
            "first onset": float(table.onset.min(initial=0)) / (4.0 * STEPS),
            "gaps": _mean(np.log2(gaps)) if len(gaps) else 0.0,
            "gaps, entropy": _entropy(gaps.tolist()),
            "longest gap": float(gaps.max(initial=0)) / STEPS,
            "places, entropy": _entropy(table.place.tolist()),
            "on beats": _mean(table.place % STEPS == 0),
            "on half beats": _mean(table.place % STEPS == STEPS // 2),
            "on triplets": _mean(np.isin(table.place % STEPS, (4, 8, 2, 10))),
            "elsewhere": _mean(~np.isin(table.place % STEPS, (0, 2, 3, 4, 6, 8, 9, 10))),
            "on bar lines": _mean(table.place == 0),
        }
        if name != "drums":
            found["durations"] = _mean(np.log2(table.duration))
            found["durations, entropy"] = _entropy(table.duration.tolist())
            following = np.interp(table.onset, onsets[:-1], gaps) if len(gaps) else table.duration
            found["filled"] = _mean(np.minimum(2, table.duration / np.maximum(1, following)))
        return {f"{name}, {key}": value for key, value in found.items()}

    def _returns(self, name: str, tables: Sequence[NoteTable]) -> Traits:
        """Describe how much of a bar stood in earlier ones: notes, and rhythm alone."""
        found = {}
        for kind in ("notes", "rhythm"):
            rows = [self._bags(table, kind) for table in tables]
            for lag in LAGS:
                likes = [
                    _alike(bars[i], bars[i - lag])
                    for bars in rows
                    for i in range(lag, self.bars)
                    if bars[i]
                ]
                found[f"{name}, {kind} of {lag} bars before"] = _mean(likes)
                found[f"{name}, {kind} of {lag} bars before, exact"] = _mean(
                    [like == 1 for like in likes]
                )
            nearest = [
                max((_alike(bars[i], bars[j]) for j in range(i)), default=0.0)
                for bars in rows
                for i in range(1, self.bars)
                if bars[i]
            ]
            found[f"{name}, {kind} of any bar before"] = _mean(nearest)
            found[f"{name}, {kind} nearly of a bar before"] = _mean(
                [0.6 < like < 1 for like in nearest]
            )
        return found

    def _bags(self, table: NoteTable, kind: str) -> list[Counter[Any]]:
        bars: list[Counter[Any]] = [Counter() for _ in range(self.bars)]
        for bar, place, pitch in zip(table.bar, table.place, table.pitch, strict=True):
            if bar < self.bars:
                bars[bar][(int(place), int(pitch) if kind == "notes" else 0)] += 1
        return bars


def _line(name: str, table: NoteTable) -> Traits:
    """Describe how a part moves."""
    line = table.top_line()
    moves = np.diff(line.pitch)
    size = np.abs(moves)
    turns = moves[1:] * moves[:-1]
    changed = np.flatnonzero(moves == 0)
    runs = np.split(moves, np.flatnonzero(moves != 0)) if len(moves) else []
    found = {
        "height": _mean(table.pitch),
        "range": float(np.ptp(table.pitch)) if len(table) else 0.0,
        "pitches": float(len(np.unique(table.pitch))),
        "pitches, entropy": _entropy(table.pitch.tolist()),
        "repeats": len(changed) / max(1, len(moves)),
        "longest repeat": float(max((len(run) for run in runs), default=0)),
        "steps": _mean((size > 0) & (size < 3)),
        "leaps": _mean(size > _LEAP),
        "octaves": _mean(size == 12),
        "wide leaps": _mean(size > 12),
        "turns": _mean(turns < 0),
        "moves, entropy": _entropy(moves.tolist()),
        "notes at an onset": len(table) / max(1, len(line)),
        "long notes": _mean(table.duration >= 2 * STEPS),
        "short notes": _mean(table.duration <= STEPS // 4),
    }
    return {f"{name}, {key}": value for key, value in found.items()}


def changes(before: Traits, after: Traits) -> Traits:
    """Put beside each figure of new bars how it differs from that of the bars before."""
    return after | {f"{name}, change": after[name] - before[name] for name in after}


def band_notes(score: Score, most: int = 512) -> Ints:
    """Describe notes by classes for a network, free of transposition: shape (notes, 6)."""
    pitched = [part for part in score.parts if part.notes and not part.is_drum]
    pitched.sort(key=lambda part: -sum(note.pitch for note in part.notes) / len(part.notes))
    drums = [part for part in score.parts if part.notes and part.is_drum]
    bass = note_table(score.with_parts(pitched[-1:]))
    tonic = int(np.bincount(bass.pitch % 12, bass.duration, 12).argmax()) if len(bass) else 0
    rows = []
    for number, part in enumerate([*drums, *pitched]):
        table = note_table(score.with_parts([part]), drums=True)
        role = 0 if part.is_drum else 1 + min(6, number)
        degree = table.pitch % 12 if part.is_drum else 12 + (table.pitch - tonic) % 12
        height = table.pitch // 12
        duration = np.zeros_like(table.onset) if part.is_drum else np.minimum(table.duration, _LONG)
        rows.append(
            np.stack(
                [
                    table.onset,
                    np.full_like(table.onset, role),
                    degree,
                    height,
                    duration,
                    np.minimum(table.place, _LONG),
                ],
                1,
            )
        )
    every = np.concatenate(rows)
    every = every[np.lexsort((every[:, 1], every[:, 0]))]
    since = np.minimum(np.diff(every[:, 0], prepend=every[:1, 0]), _LONG)
    found = np.concatenate([every[:, 1:], since[:, None]], axis=1)
    return (
        found if len(found) <= most else np.concatenate([found[: most // 2], found[-most // 2 :]])
    )
