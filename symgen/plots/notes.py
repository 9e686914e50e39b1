"""The notes of a score as boxes: where each one stands, how it looks, and what it shares its place with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symgen.music.score import Score
from symgen.plots.colors import velocity_opacity
from symgen.plots.staves import Scale

__all__ = ["Counts", "Look", "PlacedNotes", "Values", "place_notes"]

Values = NDArray[np.float64]
Counts = NDArray[np.int64]

_TALL, _DRUM_TALL = 0.86, 1.4
_DRUM_QUARTERS = 0.2
_SHADES = 6


@dataclass(frozen=True, slots=True)
class Look:
    """How notes look: those that look alike are drawn at once."""

    part: int
    is_prompt: bool
    opacity: float


@dataclass(frozen=True)
class PlacedNotes:
    """Notes in ticks and semitones, one element for each."""

    onset: Counts
    end: Values  # where its box ends: that of a drum tells no duration
    top: Values  # in semitones, as the bottom
    bottom: Values
    key: Counts  # which look it has
    looks: tuple[Look, ...]

    def by_look(self) -> Iterator[tuple[Look, NDArray[np.bool_]]]:
        """Yield each look, and which notes have it."""
        for number, look in enumerate(self.looks):
            yield look, self.key == number


def place_notes(score: Score, scale: Scale, prompt_end: int | None) -> PlacedNotes:
    """Place all notes; those that begin before `prompt_end` are the prompt."""
    onset, duration, pitch, velocity, part = score.note_array().T
    drum = np.array([part.is_drum for part in score.parts])[part]
    end = np.where(drum, onset + _DRUM_QUARTERS * score.resolution, onset + duration)
    heights = np.zeros((2, 128))
    heights[0] = np.arange(128)
    for drum_pitch in scale.drums:
        heights[1, drum_pitch] = scale.height(drum_pitch, drum=True)
    slot, slots = _share_places(onset, end, pitch + 128 * drum, part)
    tall = np.where(drum, _DRUM_TALL, _TALL)
    top = heights[drum.astype(int), pitch] + tall / 2 - tall * slot / slots
    shade = np.rint((_SHADES - 1) * _loudness(velocity)).astype(np.int64)
    is_prompt = onset < prompt_end if prompt_end is not None else np.zeros(len(onset), bool)
    found, key = np.unique(
        np.stack([part, is_prompt, np.where(is_prompt, _SHADES - 1, shade)]),
        axis=1,
        return_inverse=True,
    )
    looks = tuple(
        Look(int(index), bool(prompt), _opacity(int(level))) for index, prompt, level in found.T
    )
    return PlacedNotes(onset, end, top, top - tall / slots, key.reshape(-1), looks)


def _loudness(velocity: Counts) -> Values:
    """Return the velocities between the palest and the fullest, 0..1."""
    table = np.array([velocity_opacity(value) for value in range(128)])
    palest = table[0]
    return np.asarray((table[velocity] - palest) / (1 - palest))


def _opacity(level: int) -> float:
    palest = velocity_opacity(0)
    return palest + (1 - palest) * level / (_SHADES - 1)


def _share_places(onset: Counts, end: Values, place: Counts, part: Counts) -> tuple[Counts, Counts]:
    """Return for each note which share of its height it gets, and into how many that is cut."""
    # Parts that sound a pitch at once would hide each other: each gets a band of its own.
    order = np.lexsort((onset, place))
    far = float(end.max(initial=0)) + 1
    starts, stops = onset[order] + place[order] * far, end[order] + place[order] * far
    latest = np.maximum.accumulate(stops)
    apart = np.ones(len(order), bool)
    apart[1:] = starts[1:] >= latest[:-1]
    cluster = np.cumsum(apart) - 1
    parts = int(part.max(initial=0)) + 1
    pairs, found = np.unique(cluster * parts + part[order], return_inverse=True)
    of_cluster = pairs // parts
    first = np.searchsorted(of_cluster, of_cluster)
    slot, slots = np.empty_like(order), np.empty_like(order)
    slot[order] = (np.arange(len(pairs)) - first)[found.reshape(-1)]
    slots[order] = np.bincount(of_cluster)[cluster]
    return slot, slots
