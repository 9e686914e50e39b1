"""An example laid over the chords of a tune, bar by bar: what `symgen accompany` and full songs are made with."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from symgen.accompanying.bar_fitting import fit_bar
from symgen.accompanying.examples import Example, Section
from symgen.accompanying.refitting import Refitting, Span
from symgen.accompanying.struck import Struck, clipped, joined
from symgen.music.harmony import PlacedChord
from symgen.music.meter import Bar
from symgen.music.roles import Role
from symgen.music.score import Note, Part
from symgen.music.theory import Key

__all__ = ["ENDING", "INTRO", "Layout", "PlannedBar", "lay_example", "plan_bars"]

INTRO, ENDING = "Intro", "Ending"
"""The sections that stand before a piece and behind it."""

_FILL, _MAINS = "Fill", ("Main A", "Main B")
# The crash and the bass drum, which close a piece where the kit has them.
_CLOSING_DRUMS = (36, 49)
# Velocities are moved by so much at most, and stay within these bounds.
_TOUCH, _SOFTEST, _LOUDEST = 3, 8, 124


@dataclass(frozen=True, slots=True)
class PlannedBar:
    """A bar of the piece, and what of the example is played in it."""

    bar: Bar
    # A name in `symgen.accompanying.examples.SECTIONS`.
    section: str
    # Which bar since the section began, from 0; a section of the example comes round.
    number: int
    # What who has nothing in the section plays.
    main: str = _MAINS[0]
    # What is struck first is held.
    closes: bool = False


@dataclass(frozen=True)
class Layout:
    """Where and how an example is played."""

    bars: tuple[PlannedBar, ...]
    # In ticks; nothing is played where no chord sounds, but by the drums.
    chords: tuple[PlacedChord, ...]
    key: Key
    # Ticks a quarter.
    resolution: int
    roles: tuple[Role, ...]
    seed: int = 0
    # Of roles that have one of their own.
    seeds: Mapping[Role, int] = field(default_factory=dict)
    # Velocities are multiplied by it.
    level: float = 1.0


def plan_bars(
    bars: Sequence[Bar],
    starts: Sequence[int],
    letters: Sequence[str],
    *,
    intro: int = 0,
    ending: int = 0,
) -> tuple[PlannedBar, ...]:
    """Plan full bars: `starts` are the places in `bars` where sections begin, `letters` names them, as in ``AABA``.

    The first `intro` bars are the introduction, the last `ending` bars the ending; without one the last bar closes.
    The first start is that of the bar behind the introduction.
    """
    last = len(bars) - ending
    planned = [PlannedBar(bar, INTRO, number) for number, bar in enumerate(bars[:intro])]
    known = sorted(set(letters), key=letters.index)
    alone = len(known) == 1
    stops = [*starts[1:], last]
    for place, (start, stop, letter) in enumerate(zip(starts, stops, letters, strict=True)):
        # A tune that says one thing again and again is played in two ways by turns.
        main = _MAINS[(place if alone else known.index(letter)) % 2]
        planned += [
            PlannedBar(bars[number], main, number - start, main) for number in range(start, stop)
        ]
        if stop < last and stop - start > 1:
            planned[-1] = replace(planned[-1], section=_FILL)
    planned += [PlannedBar(bar, ENDING, number) for number, bar in enumerate(bars[last:])]
    if planned:
        planned[-1] = replace(planned[-1], closes=not ending)
    return tuple(planned)


def lay_example(example: Example, layout: Layout) -> tuple[Part, ...]:
    """Return the parts of an example over chords, those alone that have a role that is asked for, named by role."""
    parts = []
    for number, role in enumerate(example.roles):
        if role in layout.roles and role != "melody":
            player = example.parts[number]
            notes = _played(example, number, role, layout)
            parts.append(replace(player, name=_name(example.roles, number)).with_notes(notes))
    return tuple(part for part in parts if part.note_count)


def _name(roles: Sequence[Role], number: int) -> str:
    """Name a part by its role, with a number where it is not the first one."""
    before = roles[:number].count(roles[number])
    return roles[number].title() + (f" {before + 1}" if before else "")


def _played(example: Example, number: int, role: Role, layout: Layout) -> list[Note]:
    """Return the notes of one part."""
    seed = layout.seeds.get(role, layout.seed)
    chance = random.Random(f"{role} {number} {seed}")  # noqa: S311
    spans = list(_chord_spans(layout))
    refitting = Refitting(example, number, layout.key, spans)
    struck: list[Struck] = []
    for section, planned in _in_sections(example, number, layout.bars):
        order = _bar_order(len(planned), len(section.bars), chance)
        for place, bar in zip(order, planned, strict=True):
            found = list(_bar_notes(section, number, replace(bar, number=place), layout))
            if role != "drums":
                found = list(refitting.refitted(section, found, role, bar.bar))
            struck += found
    touched = (_touched(each, layout.level, chance) for each in joined(struck))
    return list(_apart(touched))


def _in_sections(
    example: Example, number: int, bars: Sequence[PlannedBar]
) -> Iterator[tuple[Section, list[PlannedBar]]]:
    """Yield bars that follow each other with the section that a part plays in them."""
    has = {
        section.name: section
        for section in example.sections
        if section.score.parts[number].note_count
    }
    own = [section.name for section in example.sections if section.name in has]
    usual = next((name for name in (*_MAINS, *own) if name in has), "")
    # Who plays in one variation alone rests in the other, in a piece that has both.
    mains = {bar.section for bar in bars}.intersection(_MAINS)
    if mains.intersection(has):
        usual = ""

    def name(bar: PlannedBar) -> str:
        there = example.section(bar.section)
        # Who rests in an introduction rests; in a fill all but the drums may go on.
        if bar.section in (INTRO, ENDING) and there:
            return bar.section
        return next((each for each in (bar.section, bar.main, usual) if each in has), "")

    for section, group in groupby(bars, key=name):
        found = example.section(section)
        if found is not None:
            yield found, list(group)


def _bar_order(count: int, bars: int, chance: random.Random) -> list[int]:
    """Return which bar of a section is played in each of so many bars: now and then another one than the next."""
    order = []
    for number in range(count):
        place = number % bars
        # The first bar and the last one of a section keep their places.
        if 0 < place < bars - 1 and chance.random() < 0.5:
            # Claves, and many lines of a bass, go over two bars.
            place = chance.randrange(place % 2, bars - 1, 2)
        order.append(place)
    return order


def _bar_notes(
    section: Section, number: int, planned: PlannedBar, layout: Layout
) -> Iterator[Struck]:
    """Yield what a part plays in a bar, as the example has it but for the time."""
    part, bar = section.score.parts[number], planned.bar
    notes = part.notes
    if planned.closes:
        yield from _closing(notes, bar, is_drum=part.is_drum)
        return
    pieces = fit_bar(bar, layout.resolution, planned.number, section.bars, section.score.resolution)
    for piece in pieces:
        yield from clipped(notes, piece, bar.end, splits=not part.is_drum)


def _closing(notes: Sequence[Note], bar: Bar, *, is_drum: bool) -> Iterator[Struck]:
    """Yield what a part strikes first, held for a bar; of drums what closes."""
    first = notes[0].onset
    drums = {note.pitch: note for note in notes if note.pitch in _CLOSING_DRUMS}
    opening = {note.pitch: note for note in notes if note.onset == first}
    for note in (drums or opening if is_drum else opening).values():
        length = min(note.duration, bar.length) if is_drum else bar.length
        yield Struck(bar.start, bar.start + length, note.pitch, note.velocity, note.onset, -1)


def _chord_spans(layout: Layout) -> Iterator[Span]:
    """Yield from where to where each chord sounds."""
    end = layout.bars[-1].bar.end if layout.bars else 0
    stops = [*(chord.at for chord in layout.chords), end][1:]
    for chord, stop in zip(layout.chords, stops, strict=True):
        if stop > chord.at:
            yield Span(chord.at, stop, chord)


def _touched(struck: Struck, level: float, chance: random.Random) -> Note:
    velocity = round(struck.velocity * level) + chance.randint(-_TOUCH, _TOUCH)
    velocity = min(_LOUDEST, max(_SOFTEST, velocity))
    return Note(struck.start, struck.pitch, max(1, struck.end - struck.start), velocity)


def _apart(notes: Iterator[Note]) -> Iterator[Note]:
    """Yield notes of which none sounds into the next one of its pitch; of two at one time the first stays."""
    by_pitch: dict[int, Note] = {}
    for note in sorted(notes):
        before = by_pitch.get(note.pitch)
        if before is not None:
            if before.onset == note.onset:
                continue
            yield replace(before, duration=min(before.duration, note.onset - before.onset))
        by_pitch[note.pitch] = note
    yield from by_pitch.values()
