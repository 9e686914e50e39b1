"""Harmony of a piece: which chords stand on its beats, how their roots move, and how it closes.

Chords are read as in `symgen.evaluation.slices`: what sounds as a beat begins is a set of pitch classes, and the set
has a name or none. No reader that a model learns from or plans with has a part in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symgen.evaluation.slices import CHORDS, NO_ROOT, SILENT, Slices, cut, name_chords
from symgen.evaluation.table import BarContent
from symgen.music.score import Score
from symgen.music.theory import Key

__all__ = [
    "WINDOW",
    "BeatChords",
    "chords_on_beats",
    "contour_share",
    "harmony_metrics",
    "name_cadence",
    "returning_contours",
]

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

WINDOW = 16
"""Beats in which chords are counted."""

_FOURTH, _FIFTH = 5, 7
_OTHER = CHORDS.index("other")
_FEWEST_NOTES = 4
"""Notes from which on a bar has a contour: nearly every bar of fewer notes looks like some other."""


@dataclass(frozen=True)
class BeatChords:
    """The chord on each beat, from the first note to the last end."""

    # shape (beats,) each: index of `CHORDS`, pitch class or `NO_ROOT`, lowest pitch class or
    # `SILENT`, and whether the beat opens a bar
    kinds: Ints
    roots: Ints
    basses: Ints
    opens_bar: Flags

    @property
    def known(self) -> Flags:
        """Which beats have a chord with a root; shape (beats,)."""
        return np.asarray(self.roots != NO_ROOT)

    @property
    def names(self) -> Ints:
        """Kind and root as one number of each beat that has a root."""
        return (len(CHORDS) * self.roots + self.kinds)[self.known]

    @property
    def root_steps(self) -> Ints:
        """Semitones from root to root, 1 to 11, wherever the root changes."""
        moves = np.diff(self.roots[self.known]) % 12
        return np.asarray(moves[moves != 0])

    @property
    def changes(self) -> Flags:
        """At which beats a chord begins that is not the one known before; shape (beats,)."""
        found = np.zeros(len(self.roots), dtype=bool)
        names = self.names
        found[np.flatnonzero(self.known)[1:]] = names[1:] != names[:-1]
        return found


def chords_on_beats(slices: Slices) -> BeatChords:
    """Name what sounds as each beat begins."""
    kinds, roots = name_chords(slices.classes[slices.beats])
    lowest = slices.lowest[slices.beats]
    basses = np.where(lowest == SILENT, SILENT, lowest % 12)
    return BeatChords(kinds, roots, basses, slices.strong)


def harmony_metrics(score: Score, key: Key) -> dict[str, float]:
    """Measure the chords of a piece, but of one in which no two notes sound together only its contours."""
    slices = cut(score)
    found: dict[str, float] = {}
    bars = slices.line(slices.highest).bar_contents()
    if bars:
        found["contour_returns"] = contour_share(bars)
    if not slices.counts.max(initial=0) > 1:
        return found
    chords = chords_on_beats(slices)
    return found | _coverage(slices, chords) | _motion(chords) | _close(slices, chords, key)


def _coverage(slices: Slices, chords: BeatChords) -> dict[str, float]:
    """How much of a piece has a chord that can be named."""
    kinds, _ = name_chords(slices.classes)
    unnamed = slices.span[kinds == _OTHER].sum() / slices.span.sum()
    found = {"chord_coverage": 1 - float(unnamed)}
    if len(chords.kinds):
        found["beats_without_chord"] = float(np.mean(chords.kinds == _OTHER))
    return found


def _motion(chords: BeatChords) -> dict[str, float]:
    """How roots move, and how fast chords change: the harmonic rhythm."""
    # Root motion and harmonic rhythm after Piston (1941), Harmony, chapters 3 and 5; counted as in
    # the chord transitions of Yang and Lerch (2020) and the histograms of Yeh et al. (2021).
    found: dict[str, float] = {}
    steps = chords.root_steps
    if len(steps):
        found["roots_by_fourth"] = float(np.isin(steps, (_FOURTH, _FIFTH)).mean())
    beats = len(chords.kinds)
    if beats > 1:
        found["chord_changes"] = float(chords.changes.sum() / (beats - 1))
        for name, where in (("bar_lines", chords.opens_bar), ("inside_bars", ~chords.opens_bar)):
            if where[1:].any():
                found[f"chord_changes_{name}"] = float(chords.changes[1:][where[1:]].mean())
    counts = [
        len(np.unique(chords.names[start : start + WINDOW]))
        for start in range(0, len(chords.names) - WINDOW + 1, WINDOW)
    ]
    if counts:
        found["distinct_chords"] = float(np.mean(counts))
    return found


def _close(slices: Slices, chords: BeatChords, key: Key) -> dict[str, float]:
    """How the last two chords and the outer voices end."""
    _, last_root = name_chords(slices.classes[-1:])
    top = slices.highest[slices.highest != SILENT][-1]
    bass = _without_repeats(chords.basses[chords.basses != SILENT])
    to_tonic = [(key.tonic + _FIFTH) % 12, key.tonic]
    cadence = name_cadence(chords.roots[chords.known].tolist(), key)
    found = {
        "closes_on_tonic_chord": float(last_root[0] == key.tonic),
        "closes_soprano_on_tonic": float(top % 12 == key.tonic),
        "closes_bass_5_1": float(bass[-2:].tolist() == to_tonic),
    }
    return found | {f"cadence_{name}": float(name == cadence) for name in _CADENCES}


_CADENCES = ("authentic", "plagal", "half", "deceptive")


def name_cadence(roots: Sequence[int], key: Key) -> str:
    """Name the cadence that a phrase ends with, by its roots, or return an empty string."""
    # ``"authentic"``, ``"plagal"``, ``"half"`` or ``"deceptive"``.
    # `roots`: pitch classes of the chords of the phrase; a root that stays counts once. As in
    # Aldwell and Schachter (1978), Harmony and Voice Leading: V-I, IV-I, what ends on V, and V-VI.
    # Inversions are not told apart, so that V-I is an authentic cadence also if imperfect.
    degrees = [
        (root - key.tonic) % 12 for root in _without_repeats(np.array(roots, dtype=np.int64))
    ]
    if not degrees:
        return ""
    if degrees[-1] == _FIFTH:
        return "half"
    sixth = 8 if key.minor else 9
    ends = {(_FIFTH, 0): "authentic", (_FOURTH, 0): "plagal", (_FIFTH, sixth): "deceptive"}
    return ends.get((degrees[-2], degrees[-1]), "") if len(degrees) > 1 else ""


def _without_repeats(values: Ints) -> Ints:
    """Leave out what is equal to the value before."""
    return np.asarray(values[np.diff(values, prepend=-2) != 0])


def contour_share(bars: Sequence[BarContent]) -> float:
    """Share of the bars whose contour returns."""
    return float(returning_contours(bars).mean())


def returning_contours(bars: Sequence[BarContent]) -> Flags:
    """Tell which bars have the rhythm and the intervals of an earlier one, transposed or not."""
    # Returns shape (bars,). Bars of fewer than four notes return nothing. Translations in pitch and time as in the
    # pattern discovery of Meredith, Lemstroem and Wiggins (2002), but of whole bars.
    seen: set[BarContent] = set()
    found = np.zeros(len(bars), dtype=bool)
    for number, bar in enumerate(bars):
        if len(bar) < _FEWEST_NOTES:
            continue
        contour = tuple((place, pitch - bar[0][1], duration) for place, pitch, duration in bar)
        found[number] = contour in seen
        seen.add(contour)
    return found
