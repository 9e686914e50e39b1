"""Accompaniments of lead sheets: the printed chords as a pianist or a guitarist might play them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import cycle, pairwise

import numpy as np

from lab.chords.cases import NO_CHORD, Case, KnownChord
from lab.chords.kinds import tones_of
from symgen.music.harmony import chord_beats
from symgen.music.score import Note, Part

__all__ = ["PATTERNS", "UNSEEN", "accompanied"]

# Middles of the ranges of bass and chords, and what a bass may reach.
_BASS, _CHORD = 43, 60
_MIDDLE: tuple[int, ...] = (56, 60, 64)
_LOWEST, _HIGHEST = 33, 55
# Share of the chords without a printed bass that are played over their third or fifth.
_INVERTED = 0.25


@dataclass(frozen=True)
class _Span:
    """A chord within one bar: its beats as ticks, the last one its end; its pitches, and the bass that comes next."""

    ticks: tuple[int, ...]
    bass: int
    upper: tuple[int, ...]
    following: int
    is_compound: bool

    @property
    def beats(self) -> Iterator[tuple[int, int]]:
        return pairwise(self.ticks)


Pattern = Callable[[_Span], Iterator[Note]]


def _held(pitches: Sequence[int], start: int, end: int, share: float = 1.0) -> Iterator[Note]:
    length = max(1, round(share * (end - start)))
    return (Note(start, pitch, length) for pitch in pitches)


def _parts_of(start: int, end: int, count: int) -> list[tuple[int, int]]:
    ticks = [start + round(i * (end - start) / count) for i in range(count + 1)]
    return [(a, b) for a, b in pairwise(ticks) if b > a]


def _block(span: _Span) -> Iterator[Note]:
    yield from _held((span.bass, *span.upper), span.ticks[0], span.ticks[-1])


def _pulse(span: _Span) -> Iterator[Note]:
    yield from _held((span.bass,), span.ticks[0], span.ticks[-1])
    for start, end in span.beats:
        yield from _held(span.upper, start, end, 0.9)


def _oompah(span: _Span) -> Iterator[Note]:
    beats = list(span.beats)
    if len(beats) == 1:
        beats = _parts_of(*beats[0], 2)
    # In a bar of four the bass comes again in its middle, on the next tone below.
    tones = [pitch - octave for pitch in span.upper for octave in (12, 24)]
    again = max((pitch for pitch in tones if _LOWEST <= pitch < span.bass), default=span.bass)
    basses = {0: span.bass} | ({2: again} if len(beats) == 4 else {})
    for number, (start, end) in enumerate(beats):
        pitches = (basses[number],) if number in basses else span.upper
        yield from _held(pitches, start, end, 0.8)


def _broken(span: _Span) -> Iterator[Note]:
    yield from _held((span.bass,), span.ticks[0], span.ticks[-1], 0.95)
    low, *_, high = span.upper
    middle = span.upper[len(span.upper) // 2]
    figure = cycle((low, middle, high) if span.is_compound else (low, high, middle, high))
    for beat in span.beats:
        for start, end in _parts_of(*beat, 3 if span.is_compound else 2):
            yield Note(start, next(figure), end - start)


def _arpeggio(span: _Span) -> Iterator[Note]:
    row = (span.bass, *span.upper, *(pitch + 12 for pitch in span.upper[:2]))
    figure = cycle((*row, *row[-2:1:-1]))
    for beat in span.beats:
        for start, end in _parts_of(*beat, 3 if span.is_compound else 2):
            yield Note(start, next(figure), end - start)


def _rolling(span: _Span) -> Iterator[Note]:
    """Play sixteenths from the bass through the chord and back; no bass is held."""
    figure = cycle((span.bass, span.upper[0], *span.upper[1:][::-1]))
    for beat in span.beats:
        for start, end in _parts_of(*beat, 6 if span.is_compound else 4):
            yield Note(start, next(figure), end - start)


def _close(span: _Span) -> Iterator[Note]:
    """Play the right hand alone."""
    for start, end in span.beats:
        yield from _held(span.upper, start, end)


def _guide(span: _Span) -> Iterator[Note]:
    """Play the bass on each beat, and two tones over it."""
    for start, end in span.beats:
        yield Note(start, span.bass, max(1, (end - start) * 3 // 4))
    yield from _held(span.upper[-2:], span.ticks[0], span.ticks[-1])


def _walking(span: _Span) -> Iterator[Note]:
    """Walk with the bass in beats, the last one a semitone from where it goes, and play chords between them."""
    beats = list(span.beats)
    tones = sorted({span.bass, *(pitch - 12 for pitch in span.upper)})
    near = [pitch for pitch in tones if abs(pitch - span.bass) <= 9] or [span.bass]
    for number, (start, end) in enumerate(beats):
        pitch = span.bass if number == 0 else near[number % len(near)]
        if number and number == len(beats) - 1:
            pitch = span.following + (1 if span.following < span.bass else -1)
        yield Note(start, pitch, end - start)
        (_, half) = ((start, end), (start + end) // 2)
        if number % 2 == 0 and half < end:
            yield from _held(span.upper, half, end, 0.9)


def _strum(span: _Span) -> Iterator[Note]:
    """Play syncopated chords as on a guitar."""
    strings = (span.bass, *span.upper)
    for number, beat in enumerate(span.beats):
        halves = _parts_of(*beat, 2)
        if number % 2 == 0:
            yield from _held(strings, *halves[0], 0.9)
        if number % 2 or len(span.ticks) == 2:
            yield from _held(span.upper, *halves[-1], 0.9)


PATTERNS: dict[str, Pattern] = {
    "block chords": _block,
    "repeated chords": _pulse,
    "bass and chords in turn": _oompah,
    "broken chords": _broken,
    "arpeggios": _arpeggio,
    "rolling sixteenths": _rolling,
    "right hand alone": _close,
    "guide tones": _guide,
}
"""Manners of playing that the reader learns from."""

UNSEEN: dict[str, Pattern] = {"walking bass": _walking, "syncopated guitar": _strum}
"""Manners of playing that it is measured on alone."""


def accompanied(case: Case, pattern: str, seed: int) -> Case:
    """Return a lead sheet with an accompaniment; some chords are inverted, and the truth says so."""
    rng = np.random.default_rng(seed)
    play = (PATTERNS | UNSEEN)[pattern]
    score = case.score
    starts, ends, _ = chord_beats(score.bars, score.resolution)
    # Without a bass nothing tells an inversion.
    truth = case.truth if play is _close else _inverted(case.truth, rng)
    sounding = [chord for chord in truth if chord.root != NO_CHORD]
    bass, upper = _BASS, _MIDDLE
    voiced = []
    for chord in sounding:
        bass = _nearest(chord.bass, (bass + _BASS) // 2)
        upper = _voicing(chord, upper)
        voiced.append((bass, upper))
    notes: list[Note] = []
    grid = sorted({*starts.tolist(), *ends.tolist()[-1:]})
    lines = [bar.start for bar in score.bars]
    for number, (chord, (bass, upper)) in enumerate(zip(sounding, voiced, strict=True)):
        following = voiced[min(number + 1, len(voiced) - 1)][0]
        for bar in score.bars[max(0, bisect_right(lines, chord.start) - 1) :]:
            if bar.start >= chord.end:
                break
            start, end = max(chord.start, bar.start), min(chord.end, bar.end)
            ticks = (start, *(tick for tick in grid if start < tick < end), end)
            if end > start:
                compound = bar.meter.beat_quarters.numerator == 3
                notes += play(_Span(ticks, bass, upper, following, compound))
    parts = (*score.parts, Part(tuple(notes)))
    return replace(case, score=replace(score, parts=parts, chords=()), truth=truth)


def _inverted(truth: Sequence[KnownChord], rng: np.random.Generator) -> tuple[KnownChord, ...]:
    found: list[KnownChord] = []
    for chord in truth:
        tones = [(chord.root + step) % 12 for step in tones_of(chord.quality)[:3]]
        is_free = chord.root != NO_CHORD and chord.bass == chord.root
        if is_free and rng.random() < _INVERTED:
            # Over the tone that is nearest to the bass before, or any.
            bass = int(rng.choice(tones[1:])) if len(tones) > 1 else chord.bass
            chord = replace(chord, bass=bass)
        found.append(chord)
    return tuple(found)


def _nearest(tone: int, middle: int) -> int:
    """Return the pitch of a bass tone that is nearest to another pitch."""
    pitches = range(_LOWEST + (tone - _LOWEST) % 12, _HIGHEST + 1, 12)
    return min(pitches, key=lambda pitch: abs(pitch - middle))


def _voicing(chord: KnownChord, before: Sequence[int]) -> tuple[int, ...]:
    """Return the tones of a chord in close position, where they move least from the chord before."""
    tones = tones_of(chord.quality)
    # Five tones are too many for a hand: the root is in the bass.
    kept = [(chord.root + step) % 12 for step in (tones if len(tones) < 5 else tones[1:5])]
    kept.sort()
    middle = (sum(before) / len(before) + _CHORD) / 2
    turns = [kept[turn:] + [tone + 12 for tone in kept[:turn]] for turn in range(len(kept))]
    positions = [tuple(tone + octave for tone in row) for row in turns for octave in (36, 48, 60)]
    return min(positions, key=lambda row: abs(sum(row) / len(row) - middle))
