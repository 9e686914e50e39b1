"""Chords under a melody, and chords in a row, by the measures of the literature on harmonizing.

Definitions follow Yeh, Hsiao, Fukayama, Kitahara, Genchel, Liu, Dong, Chen, Leong and Yang (2021), Automatic melody
harmonization with triad chords: a comparative study, with a bar of 4/4 as 48 steps, as there. Departures: chords may
have any tones, not those of triads alone; a row of chords has one a beat, where they have two in a bar; and what sounds
without a chord is left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symgen.evaluation.slices import CHORDS, SILENT, Slices, cut, name_chords
from symgen.evaluation.table import STEPS
from symgen.music.meter import convert_ticks
from symgen.music.score import Score
from symgen.music.theory import Chord
from symgen.system.errors import ControlError

__all__ = [
    "ChordedLine",
    "chord_melody_metrics",
    "chord_row_metrics",
    "chorded_line",
    "melody_metrics",
    "tonal_centroids",
]

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]

_STEP = 2
_FOURTH = 5
_CONSONANT = (0, 3, 4, 7, 8, 9)
_BARE = [CHORDS.index(name) for name in ("silent", "single", "fifth", "other")]


@dataclass(frozen=True)
class ChordedLine:
    """The highest line of a piece and its chords, step by step and beat by beat."""

    # shape (steps,): pitch, and that of the note that follows, `SILENT` in rests and where none follows
    pitch: Ints
    follows: Ints
    # shape (steps, 12) and (beats, 12); the tones of the chord, none where there is no chord
    chords: Flags
    row: Flags


def chord_melody_metrics(score: Score) -> dict[str, float]:
    """Measure the chord symbols of a piece, or if it has none the chords that sound on its beats."""
    slices = cut(score)
    if not len(slices.span):
        return {}
    line = chorded_line(score, slices)
    return melody_metrics(line) | chord_row_metrics(line.row)


def melody_metrics(line: ChordedLine) -> dict[str, float]:
    """Measure how a melody fits its chords: CTnCTR, PCS and MCTD of Yeh et al."""
    counts = (line.pitch != SILENT) & line.chords.any(axis=1)
    pitch, follows, chords = line.pitch[counts], line.follows[counts], line.chords[counts]
    if not len(pitch):
        return {}
    is_tone = chords[np.arange(len(pitch)), pitch % 12]
    # A tone outside the chord is in its place if the next note is a step away.
    is_proper = ~is_tone & (follows != SILENT) & (np.abs(follows - pitch) <= _STEP)
    # The melody is taken to lie above the chord.
    above = (pitch[:, None] - np.arange(12)) % 12
    consonance = np.where(np.isin(above, _CONSONANT), 1, np.where(above == _FOURTH, 0, -1))
    notes = np.eye(12, dtype=bool)[pitch % 12]
    distance = np.linalg.norm(tonal_centroids(notes) - tonal_centroids(chords), axis=1)
    return {
        "chord_tone_ratio": float((is_tone | is_proper).mean()),
        "pitch_consonance": float(consonance[chords].mean()),
        "melody_tonal_distance": float(distance.mean()),
    }


def chord_row_metrics(row: Flags) -> dict[str, float]:
    """Measure a row of chords, shape (chords, 12): CHE in nats, CC and CTD of Yeh et al."""
    known = row[row.any(axis=1)]
    if not len(known):
        return {}
    counts = np.unique(known @ (1 << np.arange(12)), return_counts=True)[1]
    shares = counts / counts.sum()
    found = {
        "chord_entropy": float(-(shares * np.log(shares)).sum()),
        "chord_count": float(len(counts)),
    }
    if len(known) > 1:
        steps = np.diff(tonal_centroids(known), axis=0)
        found["chord_tonal_distance"] = float(np.linalg.norm(steps, axis=1).mean())
    return found


def tonal_centroids(tones: Flags) -> Floats:
    """Place sets of pitch classes, shape (sets, 12), in the space of fifths and thirds, shape (sets, 6)."""
    # Harte, Sandler and Gasser (2006), Detecting harmonic change in musical audio: circles of
    # fifths, minor thirds and major thirds, with radii 1, 1 and 0.5.
    angles = np.arange(12)[:, None] * np.array([7 / 6, 3 / 2, 2 / 3]) * np.pi
    radii = np.array([1.0, 1.0, 0.5])
    places = np.concatenate([radii * np.sin(angles), radii * np.cos(angles)], axis=1)
    return np.asarray(tones @ places / np.maximum(1, tones.sum(axis=1, keepdims=True)))


def chorded_line(score: Score, slices: Slices) -> ChordedLine:
    """Lay the highest line of a piece and its chords side by side."""
    table = slices.line(slices.highest)
    start = int(slices.table.onset[0])
    times = np.arange(start, start + int(slices.span.sum()))
    later = np.searchsorted(table.onset, times, side="right")
    at, tones = _symbols(score) if score.chords else _sounding(slices)
    tones = np.concatenate([np.zeros((1, 12), dtype=bool), tones])
    return ChordedLine(
        pitch=np.repeat(slices.highest, slices.span),
        follows=np.append(table.pitch, SILENT)[later],
        chords=tones[np.searchsorted(at, times, side="right")],
        row=tones[np.searchsorted(at, slices.beat_at, side="right")],
    )


def _symbols(score: Score) -> tuple[Ints, Flags]:
    """Read where the chord symbols of a piece stand, and their tones."""
    tones = np.zeros((len(score.chords), 12), dtype=bool)
    for row, change in zip(tones, score.chords, strict=True):
        row[_tones_of(change.name)] = True
    ticks = np.array([change.tick for change in score.chords], dtype=np.int64)
    return convert_ticks(ticks, score.resolution, STEPS), tones


def _tones_of(symbol: str) -> list[int]:
    """Return the tones of a chord symbol; none of one that says that there is no chord, or of an unknown kind."""
    try:
        return sorted(Chord.parse(symbol).pitch_classes)
    except ControlError:
        return []


def _sounding(slices: Slices) -> tuple[Ints, Flags]:
    """Take what sounds on a beat for its chord, if it has a name and more than a root and a fifth."""
    classes = slices.classes[slices.beats]
    kinds, _ = name_chords(classes)
    return slices.beat_at, classes & ~np.isin(kinds, _BARE)[:, None]
