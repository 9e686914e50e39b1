"""Metrics of one tune: length, repetition, ending, key; and the numbers that describe it to a classifier."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from symgen.evaluation.table import BarContent, NoteTable, note_table
from symgen.music.score import Score
from symgen.music.theory import MODES, Key

__all__ = [
    "FEATURES",
    "LAGS",
    "LONG_LOOP",
    "line_features",
    "loop_bars",
    "pitch_class_entropy",
    "repeated_share",
    "scale_consistency",
    "self_similarity",
    "tune_features",
]

LAGS = (1, 2, 4, 8, 16)
LONG_LOOP = 8
_LOOP_PERIODS = (1, 2, 3, 4)


def repeated_share(bars: Sequence[BarContent]) -> float:
    """Share of bars that repeat an earlier bar literally."""
    # Same onsets in the bar, pitches and durations.
    #
    # Empty bars count as bars, but repeat nothing.
    #
    # Own definition; related to the exact repetition counts of Collins et al. (2011), Improved
    # methods for pattern discovery in music.
    seen: set[BarContent] = set()
    repeats = 0
    for bar in bars:
        repeats += bool(bar) and bar in seen
        seen.add(bar)
    return repeats / len(bars) if bars else 0.0


def self_similarity(bars: Sequence[BarContent], lag: int) -> float:
    """Share of bars that are equal to the bar `lag` before, among those that have one."""
    # 0 if none has.
    #
    # A self-similarity matrix (Foote 1999, Visualizing music and audio using self-similarity) of
    # bars under equality, read along one diagonal.
    later = bars[lag:]
    if not later:
        return 0.0
    # Two empty bars are not alike: silence repeats nothing.
    equal = sum(bool(old) and old == new for old, new in zip(bars, later, strict=False))
    return equal / len(later)


def loop_bars(bars: Sequence[BarContent]) -> int:
    """Length in bars of the longest literal loop."""
    # A loop is a block of 1 to 4 bars that sounds at least twice in a row; its length counts all
    # rounds, an unfinished last one too. A repeated section of 8 bars is form and no loop.
    #
    # Own definition.
    longest = 0
    for period in _LOOP_PERIODS:
        run = 0
        for before, bar in zip(bars, bars[period:], strict=False):
            run = run + 1 if bar and bar == before else 0
            if run >= period:
                longest = max(longest, run + period)
    return longest


def pitch_class_entropy(pitches: NDArray[np.int64]) -> float:
    """Entropy of the pitch classes of the notes, in bits, 0..3.58."""
    # Wu and Yang (2020), The Jazz Transformer on the front line; as `pitch_class_entropy` of MusPy
    # (Dong et al. 2020), but 0 instead of NaN without notes.
    counts = np.bincount(pitches % 12, minlength=12)
    share = counts[counts > 0] / max(1, counts.sum())
    return float(abs(-(share * np.log2(share)).sum()))


def scale_consistency(pitches: NDArray[np.int64]) -> float:
    """Largest share of notes that lie in one major or natural minor scale."""
    # Mogren (2016), C-RNN-GAN; as `scale_consistency` of MusPy (Dong et al. 2020), but 0 instead of
    # NaN without notes. Each minor scale has the notes of a major one.
    counts = np.bincount(pitches % 12, minlength=12)
    major = np.array(MODES["major"])
    best = max(counts[(major + tonic) % 12].sum() for tonic in range(12))
    return float(best / max(1, counts.sum()))


_INTERVAL_EDGES = (-7, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 8)
_DURATIONS = (3, 4, 6, 8, 9, 12, 18, 24, 36, 48)
_PLACES_IN_BEAT = (0, 3, 4, 6, 8, 9, 12)


def tune_features(score: Score, key: Key) -> dict[str, float]:
    """Describe a melody by about 100 numbers."""
    # Histograms after Yang and Lerch (2020), On the
    # evaluation of generative models in music; endings are our own.
    return line_features(note_table(score).top_line(), key)


def line_features(line: NoteTable, key: Key) -> dict[str, float]:
    """Describe a single line as `tune_features` does."""
    bars = line.bar_contents()
    return {**_structure(bars), **_notes(line, key), **_melody(line), **_ending(line, bars, key)}


def _structure(bars: list[BarContent]) -> dict[str, float]:
    rhythms = [_rhythm(bar) for bar in bars]
    counts = [len(bar) for bar in bars] or [0]
    found = {
        "notes_per_bar": float(np.mean(counts)),
        "notes_per_bar_spread": float(np.std(counts)),
        "empty_bars": float(np.mean([not count for count in counts])),
        "repeated_bars": repeated_share(bars),
        "repeated_rhythms": repeated_share(rhythms),
        "distinct_rhythms": len(set(rhythms)) / max(1, len(bars)),
        "loop_share": loop_bars(bars) / max(1, len(bars)),
        # Bars whose first two notes open an earlier bar too.
        "same_starts": repeated_share([bar[:2] for bar in bars]),
    }
    for lag in (*LAGS, 3, 6, 12):
        found[f"similarity_{lag}"] = self_similarity(bars, lag)
    for lag in LAGS:
        found[f"rhythm_similarity_{lag}"] = self_similarity(rhythms, lag)
    half = len(bars) // 2
    found["similarity_of_halves"] = self_similarity(bars, half) if half else 0.0
    return found


def _rhythm(bar: BarContent) -> BarContent:
    return tuple((place, 0, duration) for place, _, duration in bar)


def _notes(line: NoteTable, key: Key) -> dict[str, float]:
    degrees = (line.pitch - key.tonic) % 12
    intervals = np.digitize(np.diff(line.pitch), _INTERVAL_EDGES)
    found = _shares("pitch_class", degrees, 12)
    found |= _shares("interval", intervals, len(_INTERVAL_EDGES) + 1)
    for steps in _DURATIONS:
        found[f"duration_{steps}"] = _mean(line.duration == steps)
    found["duration_other"] = _mean(~np.isin(line.duration, _DURATIONS))
    beats = line.beat_steps[line.bar] if len(line) else line.place
    in_beat = line.place % np.maximum(1, beats)
    for steps in _PLACES_IN_BEAT:
        found[f"place_in_beat_{steps}"] = _mean(in_beat == steps)
    found["on_bar_line"] = _mean(line.place == 0)
    found["tonic_on_bar_line"] = _mean(degrees[line.place == 0] == 0)
    found["notes_in_key"] = _mean(np.isin(line.pitch % 12, list(key.scale)))
    found["pitch_class_entropy"] = pitch_class_entropy(line.pitch)
    return found


def _melody(line: NoteTable) -> dict[str, float]:
    pitch = line.pitch
    intervals = np.diff(pitch)
    moves = intervals[intervals != 0]
    turns = np.sign(moves[1:]) != np.sign(moves[:-1])
    leaps = np.abs(intervals) > 4
    answered = np.sign(intervals[:-1]) * np.sign(intervals[1:]) < 0
    ends = line.onset + line.duration
    returns = (pitch[2:] == pitch[:-2]) & (pitch[1:-1] != pitch[:-2])
    return {
        "range": float(np.ptp(pitch)) if len(line) else 0.0,
        "pitch_spread": float(pitch.std()) if len(line) else 0.0,
        "mean_size_of_intervals": _mean(np.abs(intervals)),
        "turns": _mean(turns),
        "leaps_answered": _mean(answered[leaps[:-1]]),
        "rests": _mean(line.onset[1:] > ends[:-1]),
        "same_duration_again": _mean(line.duration[1:] == line.duration[:-1]),
        "trills": _mean(returns),
    }


def _ending(line: NoteTable, bars: list[BarContent], key: Key) -> dict[str, float]:
    last_bar = bars[-1] if bars else ()
    # Every fourth bar: where phrases of folk tunes close.
    sections = [bar for bar in bars[3::4] if bar]
    closing = [(bar[-1][1] - key.tonic) % 12 for bar in sections]
    degree = (line.pitch - key.tonic) % 12
    approach = np.diff(line.pitch)[-1:]
    last_place = line.place[-1:]
    bar_steps = line.bar_steps[-1:] if len(line) else np.ones(1)
    beat_steps = np.maximum(1, line.beat_steps[-1:]) if len(line) else np.ones(1)
    again_after_8 = len(bars) > 8 and bool(last_bar) and bars[-9] == last_bar
    return {
        "ends_on_tonic": _mean(degree[-1:] == 0),
        "ends_on_third_or_fifth": _mean(np.isin(degree[-1:], (3, 4, 7))),
        "ends_on_beat": _mean(last_place % beat_steps == 0),
        "last_duration": _mean(line.duration[-1:] / bar_steps),
        "last_place": _mean(last_place / bar_steps),
        "last_step_down": _mean(np.isin(approach, (-1, -2))),
        "last_step_up": _mean(np.isin(approach, (1, 2))),
        "last_note_repeats": _mean(approach == 0),
        "last_bar_notes": float(len(last_bar)),
        "last_bar_seen": float(bool(last_bar) and last_bar in bars[:-1]),
        "last_bar_as_8_before": float(again_after_8),
        "starts_on_tonic": _mean(degree[:1] == 0),
        "starts_on_fifth": _mean(degree[:1] == 7),
        "fourth_bars_close_on_tonic": _mean(np.array(closing) == 0),
        "fourth_bars_notes": _mean(np.array([len(bar) for bar in sections])),
    }


def _shares(name: str, values: NDArray[np.int64], count: int) -> dict[str, float]:
    """Shares of the values 0 to `count` - 1."""
    counts = np.bincount(values, minlength=count)
    shares = counts / max(1, counts.sum())
    return {f"{name}_{i}": float(share) for i, share in enumerate(shares)}


def _mean(values: NDArray[np.generic] | Sequence[float]) -> float:
    found = np.asarray(values, dtype=np.float64)
    return float(found.mean()) if found.size else 0.0


FEATURES: tuple[str, ...] = tuple(tune_features(Score(), Key(0, "major")))
"""Names of the features, in the order of the columns."""
