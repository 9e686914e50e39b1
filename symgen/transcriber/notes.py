"""From what the network says of each frame to notes: onsets, ends, pitches, tuning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from symgen.audio.reading import RATE
from symgen.transcriber.checkpoint import LOWEST_PITCH, PITCH_BINS
from symgen.transcriber.inference import Frames, InferenceTranscriber
from symgen.transcriber.spectrum import FRAMES_PER_SECOND, HOP, find_level

__all__ = [
    "DEFAULT_WEIGHTS",
    "DetectedNotes",
    "Segment",
    "SegmentWeights",
    "detect_notes",
    "estimate_tuning",
    "find_segments",
    "notes_of_frames",
    "round_pitches",
    "settle_ends",
]

Floats = NDArray[np.float64]

_MEMORY = 12.0
"""Seconds over which the tuning of a singer is taken to be the same."""
_WHOLE = 2.0
"""How much the whole recording counts beside what is near."""
_LONGEST = 1.0
_NONE, _SURE = 0.2, 0.45
"""How much the fractions of the pitches must agree, 0..1, for a tuning to be believed, and to be believed wholly."""


def estimate_tuning(rows: Floats) -> tuple[float, Floats]:
    """Estimate the tuning from pitches that are not rounded."""
    # `rows`: shape (notes, 4), note rows: onset and offset in seconds, pitch, strength; returns
    # cents above concert pitch, -50..50, of the whole; returns shape (notes,), cents at each note;
    # follows a slow drift, and may leave -50..50.
    # The mean direction of their fractions on a circle.
    #
    # Singers whose pitches lie anywhere between the semitones have none: the less the fractions
    # agree, the more the tuning is drawn towards concert pitch.
    if not len(rows):
        return 0.0, np.zeros(0)
    onsets, pitches = rows[:, 0], rows[:, 2]
    weight = np.clip(rows[:, 1] - onsets, 0.02, _LONGEST)
    turns = weight * np.exp(2j * np.pi * pitches)
    whole = turns.sum()
    angle = float(np.angle(whole))
    notes_near = _near(np.ones(len(rows)), onsets).real
    local = _near(turns, onsets) + _WHOLE * whole / len(rows) * notes_near
    apart = np.angle(local * np.exp(-1j * angle))
    agreement = abs(whole) / weight.sum()
    belief = float(np.clip((agreement - _NONE) / (_SURE - _NONE), 0.0, 1.0))
    cents = 100 / (2 * np.pi) * belief
    return angle * cents, (angle + _follow(apart)) * cents


def _near(values: NDArray[Any], times: Floats) -> NDArray[np.complex128]:
    """Return the sum of all values at each time, those further off counting less, exponentially."""
    fade = np.exp(-np.diff(times) / _MEMORY)
    sums = values.astype(np.complex128)
    after = sums.copy()
    for i in range(1, len(sums)):
        sums[i] += fade[i - 1] * sums[i - 1]
        after[-1 - i] += fade[-i] * after[-i]
    return np.asarray(sums + after - values)


def _follow(angles: Floats) -> Floats:
    """Unwrap, and return to the nearest turn around 0."""
    unwrapped = np.unwrap(angles)
    turns = np.round(np.median(unwrapped) / (2 * np.pi))
    return np.asarray(unwrapped - 2 * np.pi * turns)


def round_pitches(rows: Floats, tuning: Floats) -> NDArray[np.int64]:
    """Round pitches to semitones after the tuning at each note is taken off."""
    # `rows` has shape (notes, 4); `tuning`: shape (notes,), cents.
    return np.clip(np.rint(rows[:, 2] - tuning / 100), 0, 127).astype(np.int64)


_BEFORE, _AFTER = 2, 3
"""Frames to each side of a place between which the level falls."""
_FALL, _STAYS = 5.0, 4.0
"""Decibels by which it falls there, and by which it stays below."""
_SETTLED, _DEEP = 4, 14.0
"""So many frames further on it is so many decibels below: a voice that only sinks does not end."""
_LINGERS = 2
"""Frames that a note is heard on while it falls."""
_SOONEST = 5
"""Frames from the beginning of a note in which its attack rings off."""


def settle_ends(rows: Floats, samples: NDArray[np.float32]) -> Floats:
    """Bring the ends of notes forward to where their sound breaks off."""
    # `rows`: shape (notes, 4), note rows: onset and offset in seconds, pitch, strength; by onset,
    # one at a time; `samples`: shape (samples,), the recording, at `symgen.audio.reading.RATE`;
    # returns shape (notes, 4), the same with other offsets, none later than before.
    # A network hears a release or a room as a part of the note; those who write notes down do not.
    level = _levels(samples)
    settled = rows.copy()
    for row in settled:
        first = round(row[0] * FRAMES_PER_SECOND) + _SOONEST
        last = round(row[1] * FRAMES_PER_SECOND) + 1
        place = _first_fall(level[first:last])
        if place is not None:
            end = (first + place + _LINGERS) / FRAMES_PER_SECOND
            row[1] = min(row[1], end)
    return settled


def _first_fall(level: Floats) -> int | None:
    """Return the first frame of a note at which its level falls for good."""
    width = _BEFORE + _AFTER
    if len(level) <= width:
        return None
    after = level[width:]
    before = level[: len(after)]
    loudest_after = np.maximum.accumulate(after[::-1])[::-1]
    settled = np.append(loudest_after, np.full(_SETTLED, -np.inf))[_SETTLED:]
    falls = after - before <= -_FALL
    stays = loudest_after <= before - _STAYS
    deepens = settled <= before - _DEEP
    found = np.flatnonzero(falls & stays & deepens)
    return _BEFORE + int(found[0]) if len(found) else None


def _levels(samples: NDArray[np.float32]) -> Floats:
    """Return the level of each frame in decibels, over two hops about it."""
    sums = np.concatenate([[0.0], np.cumsum(np.square(samples, dtype=np.float64))])
    centers = np.arange(0, len(samples), HOP)
    low, high = np.maximum(centers - HOP, 0), np.minimum(centers + HOP, len(samples))
    power = (sums[high] - sums[low]) / np.maximum(high - low, 1)
    return np.asarray(10.0 * np.log10(power + 1e-12))


@dataclass(frozen=True, slots=True)
class SegmentWeights:
    """How the evidence is weighed."""

    # Chosen on clips of a soundfont that training never saw and on sung ones.

    candidate: float = 0.1  # chance of an onset from which a place is looked at
    sustain: float = 0.1  # how much a frame's pitch counts beside the onsets
    start: float = -0.2  # added to the log odds of an onset for each note
    # Least chance that a frame gives to any pitch, so that no single frame decides
    floor: float = 0.02
    change: float = 0.7  # semitones by which a pitch must jump to make a place without an onset
    shortest: float = 0.05  # seconds of the shortest note


DEFAULT_WEIGHTS = SegmentWeights()
_GAP = 2
"""Frames to each side of a place that are compared."""
_LOOK_BACK = 10
"""Places to which a note may reach back over others that were left out."""


class Segment(NamedTuple):
    """A note: seconds, frames, and the bin of its pitch."""

    onset: float
    offset: float
    first: int
    last: int
    bin: int


def find_segments(frames: Frames, weights: SegmentWeights = DEFAULT_WEIGHTS) -> list[Segment]:
    """Cut a recording into notes and rests."""
    places = _candidates(frames, weights)
    if not places:
        return []
    evidence = _Evidence(frames, weights)
    stops = [*places, len(frames.onset)]
    # Dynamic programming: the best way to a stop goes on from the best way to an earlier one, so
    # that all ways to cut are weighed in one pass and no early choice is final.
    # best[i]: the best score of all before stop i; back[i]: the stop at which the note before it begins, or -1 where
    # the stretch before it is a rest.
    best, back = [evidence.silence(0, stops[0])], [-1]
    for i in range(1, len(stops)):
        scores = [(best[i - 1] + evidence.silence(stops[i - 1], stops[i]), -1)]
        starts = range(max(0, i - _LOOK_BACK), i)
        scores += [(best[j] + evidence.note(stops[j], stops[i]), j) for j in starts]
        score, origin = max(scores)
        best.append(score)
        back.append(origin)
    found = []
    at = len(stops) - 1
    while at > 0:
        origin = back[at]
        if origin < 0:
            at -= 1
            continue
        segment = evidence.segment(stops[origin], stops[at])
        if segment.offset - segment.onset >= weights.shortest:
            found.append(segment)
        at = origin
    return found[::-1]


class _Evidence:
    """Sums over frames, so that a stretch of any length costs the same."""

    def __init__(self, frames: Frames, weights: SegmentWeights) -> None:
        pitch = frames.pitch.astype(np.float64)
        # A voice wavers: a pitch is held where one of its neighbors is, too.
        wide = pitch.copy()
        wide[:, 1:PITCH_BINS] += pitch[:, : PITCH_BINS - 1]
        wide[:, : PITCH_BINS - 1] += pitch[:, 1:PITCH_BINS]
        logs = np.log(np.maximum(wide, weights.floor))
        self._sums = np.concatenate([np.zeros((1, logs.shape[1])), np.cumsum(logs, axis=0)])
        chances = np.clip(frames.onset.astype(np.float64), 1e-3, 1 - 1e-3)
        # An onset's chance is spread over some frames: the odds are those of the best near by.
        beside = np.maximum(np.append(chances[1:], 0), np.append(0, chances[:-1]))
        near = np.maximum(chances, beside)
        self._odds = np.log(near / (1 - near)) + weights.start
        self._onset, self._weights = frames.onset, weights

    def silence(self, first: int, last: int) -> float:
        """Score a stretch without a note."""
        return float(self._weights.sustain * (self._sums[last, -1] - self._sums[first, -1]))

    def note(self, first: int, last: int) -> float:
        """Score a stretch that holds a note and then, perhaps, a rest; or that is no note after all."""
        best, stop = self._fit(first, last)
        sums = self._sums
        sounding = sums[stop, best] - sums[first, best]
        held = sounding + sums[last, -1] - sums[stop, -1]
        return float(self._odds[first] + self._weights.sustain * held)

    def segment(self, first: int, last: int) -> Segment:
        """Return the note of a stretch."""
        best, stop = self._fit(first, last)
        onset = (first + _peak_shift(self._onset, first)) / FRAMES_PER_SECOND
        return Segment(onset, stop / FRAMES_PER_SECOND, first, stop, best)

    def _fit(self, first: int, last: int) -> tuple[int, int]:
        """Return the bin of the pitch that fits a stretch best, and the frame at which it ends."""
        sums = self._sums[first : last + 1]
        gain = (sums[:, :-1] - sums[0, :-1]) - (sums[:, -1:] - sums[0, -1])
        place = int(np.argmax(gain[1:])) if last > first else 0
        stop, best = divmod(place, PITCH_BINS)
        return best, first + stop + 1


def _peak_shift(onset: NDArray[np.float32], frame: int) -> float:
    """Return where in between frames a peak stands, by a parabola, -0.5..0.5."""
    if not 0 < frame < len(onset) - 1:
        return 0.0
    left, center, right = (float(value) for value in onset[frame - 1 : frame + 2])
    bend = left - 2 * center + right
    if bend >= 0 or center < max(left, right):
        return 0.0
    return max(-0.5, min(0.5, 0.5 * (left - right) / bend))


def _candidates(frames: Frames, weights: SegmentWeights) -> list[int]:
    """Return the frames at which a note may begin: peaks of the onset, jumps of the pitch, voices that set in."""
    onset = frames.onset
    padded = np.concatenate([[-1.0], onset, [-1.0]])
    is_peak = (onset > padded[:-2]) & (onset >= padded[2:])
    places: list[int] = np.flatnonzero(is_peak & (onset >= weights.candidate)).tolist()
    best = frames.pitch[:, :PITCH_BINS].argmax(axis=1)
    voiced = frames.pitch[:, PITCH_BINS] < 0.5
    then, now = slice(0, -2 * _GAP), slice(2 * _GAP, None)
    differ = np.abs(best[now] - best[then]) > 3 * weights.change
    sets_in = voiced[now] & (~voiced[then] | differ)
    jumps = (np.flatnonzero(sets_in) + _GAP).tolist()
    # A jump near an onset is that onset.
    taken = np.zeros(len(onset) + 8, dtype=np.bool_)
    for peak in places:
        taken[max(0, peak - 4) : peak + 5] = True
    for start, stop in _runs(jumps):
        middle = (start + stop) // 2
        if not taken[middle]:
            places.append(middle)
            taken[middle : middle + 5] = True
    return sorted(places)


def _runs(frames: list[int]) -> list[tuple[int, int]]:
    """Return the stretches of neighboring frames."""
    runs: list[tuple[int, int]] = []
    for frame in frames:
        if runs and frame == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], frame)
        else:
            runs.append((frame, frame))
    return runs


_LOUDEST_SECONDS = 0.08
_QUIET = -30.0
"""Decibels beside the loud frames at which a note counts as hardly heard."""
_BAND = 3
"""Bins to each side of a pitch that its fine place is measured from."""


@dataclass(frozen=True, slots=True)
class DetectedNotes:
    """What was heard in a recording."""

    # shape (notes, 4); onset and offset in seconds, pitch as a MIDI number (A4 = 69 at 440 Hz,
    # fractional, as it sounded), strength 0..1; by onset, one note at a time
    rows: Floats
    # shape (notes,); MIDI numbers: the pitches rounded after the performer's tuning was taken off
    pitches: NDArray[np.int64]
    tuning: float  # cents that the performer was above concert pitch, -50..50
    crowded: float  # share of the melody's time in which other notes sound beside it, 0..1
    clarity: float  # how sure the pitch of the melody was, 0..1; low in speech and noise


_NO_NOTES = DetectedNotes(np.zeros((0, 4)), np.zeros(0, dtype=np.int64), 0.0, 0.0, 0.0)


def detect_notes(samples: NDArray[np.float32], net: InferenceTranscriber) -> DetectedNotes:
    """Find the notes of a melody."""
    # `samples`: shape (samples,), at `symgen.audio.reading.RATE`, full scale is 1.
    if len(samples) and len(samples) * FRAMES_PER_SECOND >= RATE:
        return notes_of_frames(net.frames(samples), samples)
    return _NO_NOTES


def notes_of_frames(frames: Frames, samples: NDArray[np.float32]) -> DetectedNotes:
    """Find the notes in what the network says of the frames of a recording."""
    # `samples`: shape (samples,), the recording, from which their strength is taken.
    segments = find_segments(frames)
    if not segments:
        return _NO_NOTES
    rows = np.array([[s.onset, s.offset, _fine_pitch(frames.pitch, s), 0.0] for s in segments])
    rows = settle_ends(rows, samples)
    rows[:, 3] = _strengths(rows, samples)
    tuning, local = estimate_tuning(rows)
    inside = np.zeros(len(frames.pitch), dtype=np.bool_)
    for segment in segments:
        inside[segment.first : segment.last] = True
    best = frames.pitch[inside, :PITCH_BINS].max(axis=1)
    return DetectedNotes(
        rows=rows,
        pitches=round_pitches(rows, local),
        tuning=tuning,
        crowded=float(frames.crowd[inside].mean()),
        clarity=float(best.mean()),
    )


def _fine_pitch(chances: NDArray[np.float32], segment: Segment) -> float:
    """Return the center of the pitch of a note, from the middle of it."""
    length = segment.last - segment.first
    trim = min(length // 5, 8)
    middle = chances[segment.first + trim : segment.last - trim // 2, :PITCH_BINS]
    mass = middle.sum(axis=0, dtype=np.float64)
    low, high = max(0, segment.bin - _BAND), min(PITCH_BINS, segment.bin + _BAND + 1)
    near = mass[low:high]
    center = float((near * np.arange(low, high)).sum() / max(near.sum(), 1e-12))
    return LOWEST_PITCH + (center - 1) / 3


def _strengths(rows: Floats, samples: NDArray[np.float32]) -> Floats:
    """Return how loud each note is where it is loudest, 0..1, by the decibels beside the loud frames."""
    level, size = find_level(samples), int(_LOUDEST_SECONDS * RATE)
    found = np.empty(len(rows))
    for i, (start, end) in enumerate(rows[:, :2]):
        first = int(start * RATE)
        piece = samples[first : max(int(end * RATE), first + size)].astype(np.float64)
        parts = np.array_split(piece, max(1, len(piece) // size))
        power = max((float(np.mean(np.square(part))) for part in parts if len(part)), default=0.0)
        decibels = 10 * np.log10(max(power, 1e-12)) - 20 * np.log10(level)
        found[i] = 1.0 + decibels / -_QUIET
    return np.clip(found * 0.8, 0.05, 1.0)
