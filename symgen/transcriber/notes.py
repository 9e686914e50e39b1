"""From what the network says of each frame to notes: when they begin and end, their pitch, the performer's tuning."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symgen.audio.spectrum import FRAMES_PER_SECOND, RATE, find_level
from symgen.transcriber.checkpoint import LOWEST_PITCH, PITCH_BINS
from symgen.transcriber.ends import settle_ends
from symgen.transcriber.inference import Frames, InferenceTranscriber
from symgen.transcriber.segments import Segment, find_segments
from symgen.transcriber.tuning import estimate_tuning, round_pitches

__all__ = ["Heard", "hear_notes", "notes_of_frames"]

Floats = NDArray[np.float64]

_LOUDEST_SECONDS = 0.08
_QUIET = -30.0
"""Decibels beside the loud frames at which a note counts as hardly heard."""
_BAND = 3
"""Bins to each side of a pitch that its fine place is measured from."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard in a recording."""

    # shape (notes, 4); onset and offset in seconds, pitch as a MIDI number (A4 = 69 at 440 Hz,
    # fractional, as it sounded), strength 0..1; by onset, one note at a time
    rows: Floats
    # shape (notes,); MIDI numbers: the pitches rounded after the performer's tuning was taken off
    pitches: NDArray[np.int64]
    tuning: float  # cents that the performer was above concert pitch, -50..50
    crowded: float  # share of the melody's time in which other notes sound beside it, 0..1
    clarity: float  # how sure the pitch of the melody was, 0..1; low in speech and noise


def hear_notes(samples: NDArray[np.float32], net: InferenceTranscriber) -> Heard:
    """Find the notes of a melody.

    `samples`: shape (samples,), at `symgen.audio.spectrum.RATE`, full scale is 1.
    """
    if len(samples) and len(samples) * FRAMES_PER_SECOND >= RATE:
        return notes_of_frames(net.frames(samples), samples)
    return Heard(np.zeros((0, 4)), np.zeros(0, dtype=np.int64), 0.0, 0.0, 0.0)


def notes_of_frames(frames: Frames, samples: NDArray[np.float32]) -> Heard:
    """Find the notes in what the network says of the frames of a recording.

    `samples`: shape (samples,), the recording, from which their strength is taken.
    """
    segments = find_segments(frames)
    if not segments:
        return Heard(np.zeros((0, 4)), np.zeros(0, dtype=np.int64), 0.0, 0.0, 0.0)
    rows = np.array([[s.onset, s.offset, _fine_pitch(frames.pitch, s), 0.0] for s in segments])
    rows = settle_ends(rows, samples)
    rows[:, 3] = _strengths(rows, samples)
    tuning, local = estimate_tuning(rows)
    inside = np.zeros(len(frames.pitch), dtype=np.bool_)
    for segment in segments:
        inside[segment.first : segment.last] = True
    best = frames.pitch[inside, :PITCH_BINS].max(axis=1) if inside.any() else np.zeros(1)
    return Heard(
        rows,
        round_pitches(rows, local),
        tuning,
        float(frames.crowd[inside].mean()) if inside.any() else 0.0,
        float(best.mean()),
    )


def _fine_pitch(chances: NDArray[np.float32], segment: Segment) -> float:
    """Return the center of the pitch of a note, from the middle of it."""
    length = segment.last - segment.first
    trim = min(length // 5, 8)
    mass = chances[segment.first + trim : segment.last - trim // 2, :PITCH_BINS].sum(
        axis=0, dtype=np.float64
    )
    low, high = max(0, segment.bin - _BAND), min(PITCH_BINS, segment.bin + _BAND + 1)
    near = mass[low:high]
    center = float((near * np.arange(low, high)).sum() / max(near.sum(), 1e-12))
    return LOWEST_PITCH + (center - 1) / 3


def _strengths(rows: Floats, samples: NDArray[np.float32]) -> Floats:
    """Return how loud each note is where it is loudest, 0..1, by the decibels beside the loud frames."""
    level, size = find_level(samples), int(_LOUDEST_SECONDS * RATE)
    found = np.empty(len(rows))
    for i, (start, end) in enumerate(rows[:, :2]):
        piece = samples[int(start * RATE) : max(int(end * RATE), int(start * RATE) + size)].astype(
            np.float64
        )
        steps = max(1, len(piece) // size)
        power = max(
            float(np.mean(np.square(part))) if len(part) else 0.0
            for part in np.array_split(piece, steps)
        )
        found[i] = 1.0 + (10 * np.log10(max(power, 1e-12)) - 20 * np.log10(level)) / -_QUIET
    return np.clip(found * 0.8, 0.05, 1.0)
