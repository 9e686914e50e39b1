"""What a part plays over the chords of an example, over the chords of a tune."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from symgen.accompanying.examples import Example, Section
from symgen.accompanying.moving import degree_moved, fit_pitches, signed_interval
from symgen.accompanying.struck import Struck, cut_at
from symgen.music.harmony import PlacedChord, chord_beat
from symgen.music.instruments import compass
from symgen.music.meter import Bar
from symgen.music.roles import Role
from symgen.music.theory import QUALITIES, Key

__all__ = ["Refitting", "Span"]

# Lowest pitch of a bass of four strings.
_LOWEST_BASS = 28
# A part goes so many semitones beyond what it has in the example.
_BEYOND = 5
# A tone that leads to the next root is no further from it.
_LEADS = 3
# What is left of a note under a new chord is struck again if it is no shorter than this part of a beat.
_SHORTEST = 0.3


@dataclass(frozen=True, slots=True)
class Span:
    """From where to where a chord sounds."""

    start: int
    end: int
    chord: PlacedChord


class Refitting:
    """Gives the notes of one part of an example the chords of a tune."""

    def __init__(self, example: Example, number: int, key: Key, spans: Sequence[Span]) -> None:
        self._number, self._key, self._spans = number, key, spans
        self._starts = [span.start for span in spans]
        part = example.parts[number]
        pitches = [
            note.pitch for section in example.sections for note in section.score.parts[number].notes
        ]
        low, high = (0, 127) if part.is_drum else compass(part.program)
        self._span = max(low, min(pitches) - _BEYOND), min(high, max(pitches) + _BEYOND)
        self._ladders: dict[tuple[str, PlacedChord], list[int]] = {}
        self._before: dict[tuple[str, PlacedChord], dict[int, int]] = {}
        self._fitted: dict[tuple[str, PlacedChord, PlacedChord], dict[int, int]] = {}

    def refitted(
        self, section: Section, struck: Sequence[Struck], role: Role, bar: Bar
    ) -> Iterator[Struck]:
        """Yield the notes of a bar over the chords that sound in it; nothing where none does."""
        beat = bar.length / max(1, round(bar.meter.quarters / chord_beat(bar.meter)))
        changes = [start for start in self._starts if bar.start < start < bar.end]
        pieces = [piece for each in struck for piece in _pieces(each, changes, beat)]
        pieces.sort(key=lambda piece: (piece.start, piece.pitch))
        firsts = {piece.start for piece in pieces}
        for piece in pieces:
            span = self._heard(piece, beat)
            if span is None:
                continue
            source = section.chord_at(piece.source)
            if role in ("chords", "pad"):
                pitch = self._fit(section, source, span.chord)[piece.pitch]
            elif role == "bass":
                strong = _is_strong(piece.start, bar) or piece.start == span.start
                # A chord that goes on from the bar before may have another tone in its bass.
                opens = span.start >= bar.start and piece.start == min(
                    (first for first in firsts if first >= span.start), default=piece.start
                )
                pitch = self._bass(piece, source, span, beat, strong=strong, opens=opens)
            else:
                pitch = self._by_degree(piece.pitch, source, span.chord)
            yield replace(piece, pitch=pitch)

    def _heard(self, piece: Struck, beat: float) -> Span | None:
        """Return the chord that a note belongs to: the next one if it comes in early and is held over."""
        place = bisect_right(self._starts, piece.start) - 1
        if place < 0 or self._spans[place].end <= piece.start:
            return None
        if place + 1 < len(self._spans):
            coming = self._spans[place + 1]
            ahead = coming.start - piece.start
            if ahead <= beat / 2 and piece.whole_end > coming.start + ahead:
                place += 1
        return self._spans[place] if self._spans[place].chord.is_chord else None

    def _fit(self, section: Section, source: PlacedChord, target: PlacedChord) -> dict[int, int]:
        """Return what becomes of all that the part plays over a chord in a section."""
        source, target = replace(source, at=0), replace(target, at=0)
        here = section.name, source
        if here not in self._ladders:
            self._ladders[here] = sorted(_pitches_over(section, self._number, source))
        found = self._fitted.get((*here, target))
        if found is None:
            found = fit_pitches(
                self._ladders[here],
                source,
                target,
                self._key,
                self._span,
                self._before.get(here, {}),
            )
            self._fitted[(*here, target)] = found
        self._before[here] = found
        return found

    def _by_degree(self, pitch: int, source: PlacedChord, target: PlacedChord) -> int:
        """Return a pitch moved with the root, as the same degree of the chord or the scale."""
        interval = (pitch - source.root) % 12
        root = pitch - interval + signed_interval(target.root, source.root)
        return self._within(root + degree_moved(interval, source, target, self._key))

    def _bass(
        self,
        piece: Struck,
        source: PlacedChord,
        span: Span,
        beat: float,
        *,
        strong: bool,
        opens: bool,
    ) -> int:
        """Return a tone of the bass: the bass of the chord first, its tones on strong beats, and what leads on."""
        chord, interval = span.chord, (piece.pitch - source.root) % 12
        # What lies below its root, such as a fifth, stays below it where there is room.
        root = piece.pitch - interval + signed_interval(chord.root, source.root)
        if opens or interval == 0:
            return self._within(root + signed_interval(chord.bass, chord.root), low=_LOWEST_BASS)
        moved = degree_moved(interval, source, chord, self._key)
        is_tone = (chord.root + moved) % 12 in chord.pitch_classes
        if strong and not is_tone:
            return self._within(root, low=_LOWEST_BASS)
        place = bisect_right(self._starts, span.start)
        if not is_tone and place < len(self._spans) and span.end - piece.start <= beat:
            leads = signed_interval(piece.pitch, source.root)
            coming = self._spans[place].chord
            if (
                coming.is_chord
                and abs(leads) <= _LEADS
                and interval not in QUALITIES[source.quality]
            ):
                there = piece.pitch - leads + signed_interval(coming.bass, source.root)
                return self._within(there + leads, low=_LOWEST_BASS)
        return self._within(root + moved, low=_LOWEST_BASS)

    def _within(self, pitch: int, *, low: int = 0) -> int:
        """Return a pitch by octaves within the range of the part."""
        lowest, highest = max(low, self._span[0]), self._span[1]
        while pitch > highest and pitch - 12 >= lowest:
            pitch -= 12
        while pitch < lowest:
            pitch += 12
        return pitch


def _pitches_over(section: Section, number: int, source: PlacedChord) -> set[int]:
    """Return what a part plays in a section while a chord sounds; what is held over is heard over two."""
    ends = [*(chord.at for chord in section.chords[1:]), section.score.length]
    return {
        note.pitch
        for chord, end in zip(section.chords, ends, strict=True)
        if replace(chord, at=0) == source
        for note in section.score.parts[number].notes
        if note.onset < end and note.end > chord.at
    }


def _pieces(struck: Struck, changes: Sequence[int], beat: float) -> Iterator[Struck]:
    """Yield what each chord has of a note, without short rests of it."""
    rest = struck
    for tick in changes:
        *done, rest = cut_at(rest, tick)
        yield from done
    if rest is struck or rest.end - rest.start >= _SHORTEST * beat:
        yield rest


def _is_strong(tick: int, bar: Bar) -> bool:
    """Whether a tick opens a bar, or the second half of one that has two."""
    halves = bar.meter.numerator % 2 == 0 and bar.meter.numerator % 3 != 0
    compound = bar.meter.numerator in (6, 12) and bar.meter.denominator >= 8
    return tick == bar.start or ((halves or compound) and 2 * (tick - bar.start) == bar.length)
