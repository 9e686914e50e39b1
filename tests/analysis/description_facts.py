"""Checks a description against the notes, with code that shares nothing with what wrote it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from itertools import pairwise

import pytest

from symgen.analysis.beat import on_its_beat
from symgen.analysis.describing import Description
from symgen.analysis.parts import PartDescription
from symgen.analysis.reading import read_bars
from symgen.music.keys import infer_key
from symgen.music.score import Note, Part, Score

LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
SIGNS = {"": 0, "sharp": 1, "flat": -1, "double sharp": 2, "double flat": -2}
PITCH = r"([A-G])(?: (double sharp|double flat|sharp|flat) |)((?: ?minus )?\d+)"

Content = tuple[tuple[int, int, int, int], ...]


def midi(letter: str, sign: str | None, octave: str) -> int:
    """Read a spoken pitch."""
    number = int(octave.replace("minus", "-").replace(" ", ""))
    return 12 * (number + 1) + LETTERS[letter] + SIGNS[sign or ""]


def bar_lines(score: Score) -> list[tuple[int, int, int]]:
    """Return number, start and end of each bar, from the meters alone."""
    found = []
    number = 1
    for i, change in enumerate(score.meters):
        stop = score.meters[i + 1].tick if i + 1 < len(score.meters) else None
        length = max(
            1, round(4 * change.meter.numerator / change.meter.denominator * score.resolution)
        )
        tick = change.tick
        while tick < score.length and (stop is None or tick < stop):
            end = tick + length if stop is None else min(tick + length, stop)
            found.append([number, tick, end])
            number, tick = number + 1, end
    if score.has_pickup:
        found = [[number - 1, start, end] for number, start, end in found]
    return [(number, start, end) for number, start, end in found]


class Lines:
    """Bar lines, to look up the bar of a tick."""

    def __init__(self, score: Score) -> None:
        self.rows = bar_lines(score)
        self.starts = [start for _, start, _ in self.rows]

    def at(self, tick: int) -> tuple[int, int, int]:
        return self.rows[max(0, bisect_right(self.starts, tick) - 1)]


def content(score: Score) -> dict[int, Content]:
    """Return what each full bar holds, on twelve places a quarter."""
    lines = Lines(score)
    found: dict[int, list[tuple[int, int, int, int]]] = {
        number: [] for number, _, _ in lines.rows if number
    }
    for index, part in enumerate(score.parts):
        for note in part.notes:
            number, start, _ = lines.at(note.onset)
            if number:
                place = _twelfths(note.onset - start, score.resolution)
                length = max(1, _twelfths(note.duration, score.resolution))
                found[number].append((index, place, note.pitch, length))
    return {number: tuple(sorted(notes)) for number, notes in found.items()}


def _twelfths(ticks: int, resolution: int) -> int:
    return int(ticks * 12 / resolution + 0.5)


def check(facts: Description, score: Score) -> None:
    """Fail if anything that a description says of a score is not so."""
    laid, played = on_its_beat(score)
    assert facts.seconds == pytest.approx(laid.seconds(laid.length), abs=0.01)
    assert (facts.played is None) == (played is None)
    if played is None:
        assert facts.notes == sum(len(part.notes) for part in score.parts)
    check_whole(facts, laid)
    for part, told in zip(laid.parts, facts.parts, strict=True):
        check_part(told, part, laid)
    check_form(facts, laid)
    check_melody(facts, laid)
    check_chords(facts, laid)
    check_words(facts)
    check_reading(laid, read_bars(laid))


def check_whole(facts: Description, score: Score) -> None:
    lines = bar_lines(score)
    assert facts.bars == len(lines) - (lines[:1] != [] and lines[0][0] == 0)
    assert bool(facts.pickup) == score.has_pickup
    if facts.pickup:
        assert facts.pickup == (lines[0][2] - lines[0][1]) / score.resolution
    meters = score.meters[1 if score.has_pickup else 0 :]
    assert [m.meter for m in facts.meters] == [str(change.meter) for change in meters]
    assert [t.quarters_a_minute for t in facts.tempos] == [
        pytest.approx(60e6 / t.microseconds, abs=0.01) for t in score.tempos
    ]
    places = [(m.bar, c.tick) for m, c in zip(facts.meters, meters, strict=True)]
    places += [(t.bar, c.tick) for t, c in zip(facts.tempos, score.tempos, strict=True)]
    places += [(s.bar, c.tick) for s, c in zip(facts.signatures, score.keys, strict=True)]
    for bar, tick in places:
        if lines and tick < lines[-1][2]:
            assert next(n for n, start, end in lines if start <= tick < end) == bar
    pitched = [note for part in score.parts if not part.is_drum for note in part.notes]
    assert (str(facts.key) if facts.key else None) == (str(infer_key(score)) if pitched else None)
    velocities = [note.velocity for part in score.parts for note in part.notes]
    if facts.dynamics:
        assert (facts.dynamics.softest, facts.dynamics.loudest) == (
            min(velocities),
            max(velocities),
        )
        assert facts.dynamics.mean == pytest.approx(sum(velocities) / len(velocities), abs=0.06)
    else:
        assert not velocities


def top(part: Part) -> list[Note]:
    """Return the highest note of each onset."""
    highest: dict[int, Note] = {}
    for note in part.notes:
        if note.onset not in highest or highest[note.onset].pitch < note.pitch:
            highest[note.onset] = note
    return [highest[onset] for onset in sorted(highest)]


def check_part(told: PartDescription, part: Part, score: Score) -> None:
    assert told.notes == len(part.notes)
    assert told.is_drum == part.is_drum
    if not part.notes:
        return
    lines = Lines(score)

    def number(tick: int) -> int:
        return lines.at(tick)[0]

    assert told.first_bar == number(min(note.onset for note in part.notes))
    assert told.last_bar == number(max(note.end for note in part.notes) - 1)
    full = max(1, len([line for line in lines.rows if line[0] > 0]))
    assert told.notes_a_bar == pytest.approx(len(part.notes) / full, abs=0.006)
    if part.is_drum:
        assert told.lowest is None
        assert sum(drum.strokes for drum in told.drums) == len(part.notes)
        return
    pitches = [note.pitch for note in part.notes]
    assert (told.lowest, told.highest) == (min(pitches), max(pitches))
    assert told.longest_note is not None
    assert (
        told.longest_note.quarters == max(note.duration for note in part.notes) / score.resolution
    )
    assert any(
        note.duration / score.resolution == told.longest_note.quarters
        and note.pitch == told.longest_note.pitch
        and number(note.onset) == told.longest_note.bar
        for note in part.notes
    )
    check_silence(told, part, score)
    check_motion(told, part)


def check_silence(told: PartDescription, part: Part, score: Score) -> None:
    marks = sorted({0, score.music_end, *(t for n in part.notes for t in (n.onset, n.end))})
    ends = sorted(note.end for note in part.notes)
    starts = sorted(note.onset for note in part.notes)
    silent, rests, i, j, run = 0, [], 0, 0, 0
    for a, b in pairwise(marks):
        while i < len(starts) and starts[i] <= a:
            i += 1
        while j < len(ends) and ends[j] <= a:
            j += 1
        if i == j:
            silent += b - a
            if 0 < i < len(starts):
                run += b - a
        else:
            rests.append(run)
            run = 0
    assert told.silent == pytest.approx(silent / score.music_end, abs=0.001)
    longest = max(rests, default=0)
    if told.longest_rest:
        assert told.longest_rest.quarters == pytest.approx(longest / score.resolution)
        assert told.longest_rest.first <= told.longest_rest.last
    else:
        assert longest <= score.resolution / 4


def check_motion(told: PartDescription, part: Part) -> None:
    line = [note.pitch for note in top(part)]
    sizes = [abs(b - a) for a, b in pairwise(line)]
    if told.motion:
        shares = told.motion.repeats, told.motion.steps, told.motion.thirds, told.motion.leaps
        counts = [
            sum(size in span for size in sizes) for span in ((0,), (1, 2), (3, 4), range(5, 128))
        ]
        assert shares == tuple(pytest.approx(count / len(sizes)) for count in counts)
        assert told.motion.widest == max(sizes)
    else:
        assert not sizes


def check_form(facts: Description, score: Score) -> None:
    bars = content(score)
    lengths = {number: end - start for number, start, end in bar_lines(score)}
    repeats = dict(facts.repeats)
    seen: dict[object, int] = {}
    for number, notes in bars.items():
        first = seen.setdefault((lengths[number], notes), number)
        assert repeats.get(number) == (first if first != number and notes else None)
    if not facts.sections:
        return
    covered = [n for section in facts.sections for n in range(section.first, section.last + 1)]
    assert covered == sorted(bars)
    for section in facts.sections:
        if section.source is None:
            continue
        first, last = section.source
        assert last - first == section.last - section.first
        assert last < section.first
        pairs = list(
            zip(range(first, last + 1), range(section.first, section.last + 1), strict=True)
        )
        different = tuple(b for a, b in pairs if bars[a] != bars[b] or lengths[a] != lengths[b])
        assert section.changed == different
        assert (section.kind == "same") == (not different)
        pitched = [not part.is_drum for part in score.parts]
        if section.kind == "varied" and any(
            pitched[n[0]] for notes in bars.values() for n in notes
        ):
            old, new = (
                Counter((i, part, place, pitch) for i, pair in enumerate(pairs)
                        for part, place, pitch, _ in bars[pair[side]] if pitched[part])
                for side in (0, 1)
            )  # fmt: skip
            common = len(old.keys() & new.keys())
            assert 2 * common >= max(len(old), len(new))


def check_melody(facts: Description, score: Score) -> None:
    if not facts.melody:
        assert not any(part.notes and not part.is_drum for part in score.parts)
        return
    part = score.parts[facts.melody - 1]
    line = top(part)
    assert facts.opening[0].first == line[0].pitch
    for before, after in pairwise(facts.opening):
        assert before.last == after.first
        assert (before.last > before.first) != (after.last > after.first)
    spans = {number: (start, end) for number, start, end in bar_lines(score)}
    assert facts.key is not None
    for cadence in facts.cadences:
        start, end = spans[cadence.bar]
        assert cadence.pitch in {note.pitch for note in line if start <= note.onset < end}
        assert cadence.degree == (cadence.pitch - facts.key.tonic) % 12
        assert cadence.kind in ("full", "plagal", "half", "deceptive", "open", "none")
        if cadence.kind == "full" and not facts.chords:
            assert cadence.degree == 0


def check_chords(facts: Description, score: Score) -> None:
    numbers = {line[0] for line in bar_lines(score)}
    places = [(chord.bar, chord.beat) for chord in facts.chords]
    assert places == sorted(places)
    assert {bar for bar, _ in places} <= numbers
    assert all(beat >= 1 for _, beat in places)
    assert facts.chords_printed == bool(score.chords)


def check_words(facts: Description) -> None:
    """Read the text again: numbers and pitches in it are those of the facts."""
    text = str(facts)
    for sign in "#♯♭%|*_\t":
        assert sign not in re.sub(r"(?m)^(Title|Part \d+|Opening|Chords).*$", "", text)
    ranges = [
        (midi(*groups[:3]), midi(*groups[3:]))
        for groups in re.findall(rf"It ranges from {PITCH} to {PITCH},", text)
    ]
    stated = [
        (p.lowest, p.highest) for p in facts.parts if p.lowest is not None and p.lowest != p.highest
    ]
    assert ranges == stated
    if facts.notes:
        assert re.findall(r"^Part (\d+):", text, re.MULTILINE) == [
            str(p.number) for p in facts.parts
        ]
    letters = " ".join(section.letter for section in facts.sections)
    told = next((line for line in text.splitlines() if line.startswith("Form: ")), "")
    back = sum(section.source is not None for section in facts.sections)
    if 0 < len(facts.sections) <= 12:
        assert told.startswith(f"Form: {letters}.")
    elif facts.sections:
        words = {1: "one", 2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight", 9: "nine",
                 10: "ten", 11: "eleven", 12: "twelve"}  # fmt: skip
        come = "comes" if back == 1 else "come"
        assert (
            f"{len(facts.sections)} sections, {words.get(back, back)} of them {come} back." in told
        )


def check_reading(score: Score, text: str) -> None:
    """Read what was read out: each bar has the pitches that it has."""
    several = len(score.parts) > 1
    told: dict[tuple[int, int], Counter[int]] = defaultdict(Counter)
    lines, places = text.splitlines(), Lines(score)
    numbers = [line[0] for line in places.rows]
    if not numbers or not score.parts:
        assert text == "There are no notes."
        return
    assert len(lines) == len(numbers) * len(score.parts)
    for i, line in enumerate(lines):
        place, part = divmod(i, len(score.parts) or 1)
        where, _, events = line.partition(": ") if not several else _split(line)
        number = 0 if where.startswith("The pickup") else int(where.split()[1].rstrip(","))
        assert number == numbers[place]
        if not score.parts[part].is_drum:
            struck = ", ".join(event for event in events.split(", ") if "held over" not in event)
            told[number, part].update(midi(*groups) for groups in re.findall(PITCH, struck))
    for part, notes in enumerate(score.parts):
        if notes.is_drum:
            continue
        found: dict[int, Counter[int]] = defaultdict(Counter)
        for note in notes.notes:
            found[places.at(note.onset)[0]][note.pitch] += 1
        for number in numbers:
            assert told[number, part] == found[number], (number, part)


def _split(line: str) -> tuple[str, str, str]:
    """Divide a line whose part may be called anything."""
    where, _, events = line.rpartition(": ")
    return where, ": ", events
