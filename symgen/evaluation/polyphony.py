"""Numbers that describe music in several voices to a classifier: harmony, voice leading, texture and cadence."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from symgen.evaluation.metrics import line_features
from symgen.evaluation.slices import CHORDS, NO_ROOT, SILENT, Slices, cut, name_chords
from symgen.evaluation.table import STEPS
from symgen.music.score import Score
from symgen.music.theory import Key

__all__ = ["PIECE_FEATURES", "VOICE_FEATURES", "piece_features", "voice_features"]

Ints = NDArray[np.int64]

_CONSONANT = (0, 3, 4, 5, 7, 8, 9)
_MOST = 5
_LEAP = 4
_TRIADS = [CHORDS.index(name) for name in ("major", "minor")]
_LONG = 2 * STEPS
_PHRASE = 4


def piece_features(score: Score, key: Key) -> dict[str, float]:
    """Describe music in several voices by about 350 numbers."""
    slices = cut(score)
    found: dict[str, float] = {}
    for name, outer in {"top": slices.highest, "bass": slices.lowest}.items():
        for feature, value in line_features(slices.line(outer), key).items():
            found[f"{name}_{feature}"] = value
    return found | _describe(slices, key)


def voice_features(score: Score, key: Key) -> dict[str, float]:
    """Describe what sounds together, and how it moves."""
    # Harmony as in the chord and interval histograms of Huang and Wu et al. (2016, 2018) and Yang
    # and Lerch (2020), voice leading as taught for four parts; the selection is our own.
    return _describe(cut(score), key)


def _describe(slices: Slices, key: Key) -> dict[str, float]:
    return {
        **_density(slices),
        **_intervals(slices),
        **_harmony(slices, key),
        **_leading(slices),
        **_parts(slices),
        **_rhythm(slices),
        **_cadence(slices, key),
    }


def _share(flags: NDArray[np.bool_], weights: Ints | None = None) -> float:
    """Weighted share of what is true; 0 of nothing."""
    total = float(len(flags) if weights is None else weights.sum())
    found = flags.sum() if weights is None else weights[flags].sum()
    return float(found) / total if total else 0.0


def _mean(values: NDArray[np.generic]) -> float:
    return float(values.mean()) if values.size else 0.0


def _density(slices: Slices) -> dict[str, float]:
    counts = slices.counts
    found = {f"sounding_{n}": _share(counts == n, slices.span) for n in range(_MOST)}
    found[f"sounding_{_MOST}_or_more"] = _share(counts >= _MOST, slices.span)
    weights = slices.span / max(1, slices.span.sum())
    mean = float(counts @ weights)
    found["sounding"] = mean
    found["sounding_spread"] = float(np.sqrt(np.square(counts - mean) @ weights))
    found["sounding_changes"] = _share(np.diff(counts) != 0)
    return found


def _intervals(slices: Slices) -> dict[str, float]:
    """Shares of the intervals between the outer voices, and of interval classes of all pairs."""
    sound_together = slices.counts > 1
    outer = (slices.highest - slices.lowest)[sound_together]
    span = slices.span[sound_together]
    found = {f"outer_interval_{i}": _share(outer % 12 == i, span) for i in range(12)}
    found["outer_distance"] = float(outer @ span) / max(1, span.sum())
    strong = np.unique(slices.beats[slices.strong])
    strong = strong[sound_together[strong]]
    distance = slices.highest[strong] - slices.lowest[strong]
    found["outer_consonant_on_bar_lines"] = _share(np.isin(distance % 12, _CONSONANT))
    classes = slices.sounding.reshape(len(slices.span), 11, 12).sum(axis=1)
    pairs = np.array([_pairs(classes, i) @ slices.span for i in range(7)], dtype=np.float64)
    pairs /= max(1.0, pairs.sum())
    return found | {f"pair_interval_{i}": float(share) for i, share in enumerate(pairs)}


def _pairs(classes: Ints, interval: int) -> NDArray[np.float64]:
    """Pairs of notes of an interval class in each slice."""
    if interval == 0:
        return np.asarray((classes * (classes - 1)).sum(axis=1) / 2)
    pairs = (classes * np.roll(classes, interval, axis=1)).sum(axis=1)
    # A tritone is met from both ends.
    return np.asarray(pairs / (2 if interval == 6 else 1))


def _harmony(slices: Slices, key: Key) -> dict[str, float]:
    """Shares of the chords on beats, of their roots and inversions, and of the steps from chord to chord."""
    classes = slices.classes[slices.beats]
    kinds, roots = name_chords(classes)
    bass = slices.lowest[slices.beats] % 12
    found: dict[str, float] = {}
    for place, chosen in (("bar_line", slices.strong), ("beat", ~slices.strong)):
        for kind, name in enumerate(CHORDS):
            found[f"{name}_on_{place}"] = _share(kinds[chosen] == kind)
    known = roots != NO_ROOT
    degrees = (roots[known] - key.tonic) % 12
    found |= {f"root_{i}": _share(degrees == i) for i in range(12)}
    found["root_position"] = _share(bass[known] == roots[known])
    inside = np.isin(np.arange(12), list(key.scale))
    found["chords_in_key"] = 1 - _share(np.any(classes & ~inside, axis=1))
    moves = np.diff(degrees) % 12
    found["chord_stays"] = _share(moves == 0)
    moving = moves[moves != 0]
    found |= {f"root_moves_{i}": _share(moving == i) for i in range(1, 12)}
    found["fifth_to_tonic"] = _share((degrees[:-1] == 7) & (degrees[1:] == 0))
    chords = set(zip(kinds.tolist(), roots.tolist(), strict=True))
    found["distinct_chords"] = len(chords) / max(1, len(kinds))
    return found


def _leading(slices: Slices) -> dict[str, float]:
    """How pairs of parts move: parallels, contrary motion, crossings and the space between neighbors."""
    names = ("parallel_fifths", "parallel_octaves", "contrary", "similar", "oblique")
    moved = dict.fromkeys(names, 0)
    total = 0
    for one, other in combinations(slices.voices, 2):
        both = (one != SILENT) & (other != SILENT)
        steady = both[:-1] & both[1:]
        first, second = np.diff(one)[steady], np.diff(other)[steady]
        distance = abs(one - other) % 12
        before, after = distance[:-1][steady], distance[1:][steady]
        together = first * second > 0
        moved["parallel_fifths"] += int((together & (before == 7) & (after == 7)).sum())
        moved["parallel_octaves"] += int((together & (before == 0) & (after == 0)).sum())
        moved["contrary"] += int((first * second < 0).sum())
        moved["similar"] += int(together.sum())
        moved["oblique"] += int(((first == 0) != (second == 0)).sum())
        total += int(((first != 0) | (second != 0)).sum())
    found = {name: count / max(1, total) for name, count in moved.items()}
    return found | _spacing(slices)


def _spacing(slices: Slices) -> dict[str, float]:
    """Distances of neighboring parts."""
    upper, lower = slices.voices[:-1], slices.voices[1:]
    both = (upper != SILENT) & (lower != SILENT)
    gaps = upper - lower
    every, above, lowest = gaps[both], gaps[:-1][both[:-1]], gaps[-1:][both[-1:]]
    return {
        "crossings": _share(every < 0),
        "unisons": _share(every == 0),
        "gap": _mean(every),
        "gap_spread": float(every.std()) if len(every) else 0.0,
        "gap_above_octave": _share(above > 12),
        "lowest_gap": _mean(lowest),
    }


def _parts(slices: Slices) -> dict[str, float]:
    """Range, steps and rhythm of the highest part, the lowest one, and the others on average."""
    rows = [_part(slices, i) for i in range(len(slices.voices))]
    groups = {"highest": rows[:1], "lowest": rows[1:][-1:], "inner": rows[1:-1]}
    found = {}
    for group, chosen in groups.items():
        for name in _part(slices, -1):
            values = [row[name] for row in chosen]
            found[f"{group}_{name}"] = float(np.mean(values)) if values else 0.0
    return found


def _part(slices: Slices, index: int) -> dict[str, float]:
    pitch = slices.voices[index] if len(slices.voices) else np.zeros(0, dtype=np.int64)
    starts = slices.starts[index] if len(slices.voices) else np.zeros(0, dtype=bool)
    notes = pitch[starts]
    steps = np.abs(np.diff(notes))
    return {
        "center": _mean(notes),
        "range": float(np.ptp(notes)) if len(notes) else 0.0,
        "leaps": _share(steps > _LEAP),
        "wide_leaps": _share(steps > 7),
        "single_steps": _share((steps > 0) & (steps < 3)),
        "repeats": _share(steps == 0),
        "rests": _share(pitch == SILENT, slices.span),
        "notes_per_quarter": STEPS * len(notes) / max(1, int(slices.span.sum())),
    }


def _rhythm(slices: Slices) -> dict[str, float]:
    """Onsets in common, and how the texture changes from bar to bar."""
    at = slices.begun > 0
    begin = slices.starts[:, at].sum(axis=0)
    on_beats = np.intersect1d(slices.beats, np.flatnonzero(at))
    found = {
        "notes_per_onset": _mean(slices.begun[at]),
        "notes_per_onset_spread": float(slices.begun[at].std()) if at.any() else 0.0,
        "parts_per_onset": _mean(begin) / max(1, len(slices.voices)),
        "all_parts_begin": _share(begin == len(slices.voices)),
        "onsets_on_beats": len(on_beats) / max(1, int(at.sum())),
    }
    bars = len(slices.table.bar_steps)
    notes = np.bincount(slices.bar, weights=slices.begun, minlength=bars)
    time = np.bincount(slices.bar, weights=slices.span, minlength=bars)
    pitch_time = np.bincount(slices.bar, weights=slices.span * slices.counts, minlength=bars)
    sounding = pitch_time / np.maximum(1, time)
    found["notes_in_bar"] = _mean(notes)
    found["notes_in_bar_spread"] = float(notes.std()) if bars else 0.0
    found["notes_in_bar_changes"] = _mean(np.abs(np.diff(notes)))
    found["sounding_changes_by_bar"] = _mean(np.abs(np.diff(sounding)))
    phrase_ends = np.arange(bars) % _PHRASE == _PHRASE - 1
    longest = np.zeros(bars)
    np.maximum.at(longest, slices.bar, slices.span)
    found["long_slices"] = _share(slices.span >= _LONG)
    found["longest_slice_ends_phrase"] = _mean(longest[phrase_ends])
    found["longest_slice_elsewhere"] = _mean(longest[~phrase_ends])
    return found


def _cadence(slices: Slices, key: Key) -> dict[str, float]:
    """Chord at the end, and the way there."""
    last = slices.sounding[-1:]
    classes = slices.classes[-1:]
    kinds, roots = name_chords(classes)
    bass, top = (
        (line[line != SILENT][-1:] - key.tonic) % 12 for line in (slices.lowest, slices.highest)
    )
    heard = np.nonzero(slices.begun)[0]
    basses, tops = ((line[heard] - key.tonic) % 12 for line in (slices.lowest, slices.highest))
    bars = len(slices.table.bar_steps)
    found = {
        f"last_{name}": _share(kinds == CHORDS.index(name))
        for name in ("single", "fifth", "major", "minor")
    }
    found |= {
        "last_root_is_tonic": _share(roots == key.tonic),
        "last_bass_is_tonic": _share(bass == 0),
        "last_bass_is_root": _share((bass + key.tonic) % 12 == roots)
        if len(bass) == len(roots)
        else 0.0,
        "last_top_is_tonic": _share(top == 0),
        "last_is_complete": _share(
            np.isin(kinds, _TRIADS) & classes[np.arange(len(roots)), (roots + 7) % 12]
        ),
        "last_notes": _mean(last.sum(axis=1)),
        "last_begin_together": _mean(slices.begun[heard[-1:]]) / max(1, len(slices.voices)),
        "last_onset_to_end": float(slices.span[heard[-1] :].sum()) / STEPS if len(heard) else 0.0,
        "bass_5_to_1": _share((basses[-2:-1] == 7) & (basses[-1:] == 0)),
        "top_7_to_1": _share((tops[-2:-1] == 11) & (tops[-1:] == 0)),
        "top_2_to_1": _share((tops[-2:-1] == 2) & (tops[-1:] == 0)),
        "onsets_in_last_bar": float((slices.bar[heard] == bars - 1).sum()),
        "onsets_in_bar_before": float((slices.bar[heard] == bars - 2).sum()),
    }
    return found


VOICE_FEATURES: tuple[str, ...] = tuple(voice_features(Score(), Key(0, "major")))
"""Names of the features, in the order of the columns."""

PIECE_FEATURES: tuple[str, ...] = tuple(piece_features(Score(), Key(0, "major")))
"""Names of what `piece_features` gives."""
