"""What each part of a piece does: compass, density, rests, longest note, drums."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from symgen.analysis.phrases import Motion, find_motion, melody_of
from symgen.music.instruments import drum_name, program_name
from symgen.music.meter import Bar
from symgen.music.score import Note, Part, Score

__all__ = ["Drum", "PartDescription", "Rest", "Sustained", "describe_part", "most_at_once"]

# A beat is where a drum mostly plays if it has this share of its strokes.
_MOSTLY = 0.3
# What is shorter than this part of a quarter is articulation, no rest.
_SHORT = 4


@dataclass(frozen=True)
class Sustained:
    """The longest note of a part."""

    pitch: int
    # Length in quarter notes.
    quarters: float
    bar: int


@dataclass(frozen=True)
class Rest:
    """The longest stretch in which a part is silent between its notes."""

    quarters: float
    # Bars in which it begins and ends.
    first: int
    last: int


@dataclass(frozen=True)
class Drum:
    """One drum of a kit."""

    name: str
    strokes: int
    # Beats of the bar, from 1, on which it mostly plays.
    beats: tuple[float, ...]


@dataclass(frozen=True)
class PartDescription:
    """One part; pitches are MIDI numbers."""

    number: int
    name: str
    instrument: str
    is_drum: bool
    notes: int
    # None without pitched notes.
    lowest: int | None = None
    highest: int | None = None
    # Most notes that sound at once.
    at_once: int = 0
    notes_a_bar: float = 0.0
    # Bars in which its first note begins and its last note ends.
    first_bar: int = 0
    last_bar: int = 0
    # Share of the time of the piece in which it is silent.
    silent: float = 0.0
    motion: Motion | None = None
    longest_note: Sustained | None = None
    longest_rest: Rest | None = None
    drums: tuple[Drum, ...] = ()


def describe_part(score: Score, index: int) -> PartDescription:
    """Describe one part of a score, counted from 0."""
    part, bars = score.parts[index], score.bars
    instrument = "Drums" if part.is_drum else program_name(part.program)
    if not part.notes:
        return PartDescription(index + 1, part.name, instrument, part.is_drum, 0)
    first, last = part.notes[0].onset, part.end
    full = max(1, sum(bar.number > 0 for bar in bars))
    sounding = _sounding(part)
    silent = 1 - sum(end - start for start, end in sounding) / max(1, score.music_end)
    pitches = [note.pitch for note in part.notes]
    longest = max(part.notes, key=lambda note: (note.duration, -note.onset))
    pitched = not part.is_drum
    return PartDescription(
        number=index + 1,
        name=part.name,
        instrument=instrument,
        is_drum=part.is_drum,
        notes=len(part.notes),
        lowest=min(pitches) if pitched else None,
        highest=max(pitches) if pitched else None,
        at_once=most_at_once(part.notes, score.resolution),
        notes_a_bar=round(len(part.notes) / full, 2),
        first_bar=_number(bars, first),
        last_bar=_number(bars, last - 1),
        silent=round(max(0.0, silent), 3),
        motion=find_motion(melody_of(part), bars) if pitched else None,
        longest_note=Sustained(
            longest.pitch, longest.duration / score.resolution, _number(bars, longest.onset)
        )
        if pitched
        else None,
        longest_rest=_longest_rest(sounding, score) if pitched else None,
        drums=_drums(part, score) if part.is_drum else (),
    )


def most_at_once(notes: Sequence[Note], resolution: int) -> int:
    """Count the most notes that sound at once; a little overlap of a line is none."""
    near = resolution // 12
    marks = [(note.onset, 1) for note in notes]
    marks += [(max(note.onset + 1, note.end - near), -1) for note in notes]
    sounding = most = 0
    for _, change in sorted(marks):
        sounding += change
        most = max(most, sounding)
    return most


def _number(bars: Sequence[Bar], tick: int) -> int:
    return bars[max(0, bisect_right([bar.start for bar in bars], tick) - 1)].number


def _sounding(part: Part) -> list[tuple[int, int]]:
    """Return the spans in which any note sounds."""
    spans: list[tuple[int, int]] = []
    for note in part.notes:
        if spans and note.onset <= spans[-1][1]:
            spans[-1] = spans[-1][0], max(spans[-1][1], note.end)
        else:
            spans.append((note.onset, note.end))
    return spans


def _longest_rest(sounding: Sequence[tuple[int, int]], score: Score) -> Rest | None:
    gaps = [(after[0] - before[1], before[1]) for before, after in pairwise(sounding)]
    length, start = max(gaps, key=lambda gap: (gap[0], -gap[1]), default=(0, 0))
    if length * _SHORT <= score.resolution:
        return None
    first, last = _number(score.bars, start), _number(score.bars, start + length - 1)
    return Rest(length / score.resolution, first, last)


def _drums(part: Part, score: Score) -> tuple[Drum, ...]:
    """Describe the drums of a kit, the busiest first."""
    bars, starts = score.bars, [bar.start for bar in score.bars]
    strokes = Counter(note.pitch for note in part.notes)
    places: dict[int, Counter[Fraction]] = {pitch: Counter() for pitch in strokes}
    for note in part.notes:
        bar = bars[max(0, bisect_right(starts, note.onset) - 1)]
        place = (note.onset - bar.start) / (float(bar.meter.beat_quarters) * score.resolution)
        # What comes just before a bar line is early on the first beat.
        around = max(1, round(bar.length / (float(bar.meter.beat_quarters) * score.resolution)))
        places[note.pitch][Fraction(round(2 * place), 2) % around] += 1
    found = []
    for pitch, count in sorted(strokes.items(), key=lambda pair: (-pair[1], pair[0])):
        often = [place for place, times in places[pitch].items() if times >= _MOSTLY * count]
        beats = tuple(sorted(float(place) + 1 for place in often))
        found.append(Drum(drum_name(pitch).lower(), count, beats))
    return tuple(found)
