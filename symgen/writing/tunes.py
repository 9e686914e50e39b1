"""Reading a tune that is to be worked on, and putting new notes into it."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from symgen.formats import load_tune
from symgen.formats.tunes import Music, Tune
from symgen.midi.joining import restored
from symgen.music.controls import Controls
from symgen.music.lines import holds_drums_only
from symgen.music.meter import convert_ticks
from symgen.music.pins import Pin, Pins, find_pins
from symgen.music.score import Note, Score
from symgen.sampling.continuation import Prompt, Written, read_prompt
from symgen.sampling.expression import Accents, playable
from symgen.sampling.inference import PartHabits, find_habits
from symgen.sampling.keeping import RhythmGuide, phrase_bars
from symgen.sampling.part_limits import PartLimits, make_limits
from symgen.sampling.particles import Lookahead, usual_particles
from symgen.sampling.planning import check_labels
from symgen.sampling.swing import straightened
from symgen.system.errors import ControlError, FormatError
from symgen.tokens import Events, Vocabulary
from symgen.tokens.codec import decode
from symgen.tokens.events import Notes, event_notes
from symgen.tokens.vocabulary import DURATION, TIME
from symgen.writing.generator import Generator
from symgen.writing.part_names import asks_for_drums, what_stays

__all__ = [
    "AHEAD",
    "Habits",
    "Place",
    "first_of_tied",
    "habits_of",
    "merged",
    "named_rest",
    "on_ticks",
    "part_limits",
    "read_as",
    "read_notes",
    "read_pins",
    "read_together",
    "read_tune",
    "rhythm_guides",
    "side_by_side",
    "worked_on",
]

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
# Part of the network, grid step and pitch of a note.
Place = tuple[int, int, int]

Habits = tuple[PartHabits | None, ...]
"""What each part of the network usually does; nothing of one without notes."""

# Bars behind what is written anew that are asked how likely they are.
AHEAD = 4
# So many notes a part may have in a bar that is written anew.
_NOTES_A_BAR = 6


def read_tune(
    tune: Music | Tune,
    model: Generator,
    controls: Controls,
    part: int | None,
    parts: str | Sequence[str | int] | None = None,
    *,
    through: int = 0,
) -> Prompt:
    """Read a whole tune; a model of several parts reads them all, whichever are to be worked on.

    Bars without notes at its end are left out, but for those up to bar `through`.
    """
    check_labels(controls, model.labels)
    if part is not None and parts is not None:
        raise ControlError("part, parts: both say which parts are written anew; give one of them")
    found = tune if isinstance(tune, Tune) else load_tune(tune)
    writes: Written = "pitched" if model.voices > 0 else "melody"
    if asks_for_drums(found.score, part, parts):
        # Drums are read where they are named, or are all there is.
        if model.writes != "all":
            raise FormatError(
                f"the tune: drums are to be written, and model {model.name!r} writes none; take --model band"
            )
        writes = "drums" if holds_drums_only(found.score) else "all"
        part, parts = None, parts if part is None else (part,)
    return read_prompt(
        found,
        model.vocabulary,
        controls=controls,
        part=part,
        parts=parts,
        writes=writes,
        adds_bars=False,
        through=through,
    )


def read_pins(pins: Pins | None, tune: Tune, prompt: Prompt) -> frozenset[Pin]:
    """Return the pinned notes of a tune in the ticks of its prompt, which may have more of them."""
    old, new = tune.score.resolution, prompt.score.resolution
    return frozenset(
        replace(pin, onset=convert_ticks(pin.onset, old, new))
        for pin in find_pins(pins, tune.score)
    )


def worked_on(prompt: Prompt, part: int | None) -> tuple[int, ...]:
    """Return the parts of the network that may change: all, or those of the parts that are asked for."""
    # Parts that are named leave the others silent; so does a part of drums.
    return tuple(
        lane
        for lane, owner in enumerate(prompt.lanes)
        if owner not in prompt.silent and (part is None or prompt.silent or owner == prompt.part)
    )


def named_rest(prompt: Prompt, lanes: tuple[int, ...]) -> tuple[str, ...]:
    """Name the parts that hold notes and are not worked on."""
    busy = {prompt.lanes[lane] for lane in lanes}
    rest = [i for i, part in enumerate(prompt.score.parts) if part.notes and i not in busy]
    return (what_stays(prompt.score, rest),) if rest else ()


def side_by_side(
    particles: int | None,
    events: Events,
    span: tuple[int, int],
    model: Generator,
    *,
    free: float = 0.0,
) -> Lookahead:
    """Return how takes are drawn in a span of bars: if no number is given, as many as are not too much work."""
    # `free` is how many bars of parts are free for new notes, of which there may be many.
    if particles is None:
        bars = np.cumsum(events.fields[:, TIME] == model.vocabulary.bar) - 1
        there = int(((bars >= span[0]) & (bars < span[1])).sum())
        particles = usual_particles(max(there, span[1] - span[0] + int(free * _NOTES_A_BAR)))
    return Lookahead(particles, span)


def merged(
    prompt: Prompt,
    drawn: Events,
    model: Generator,
    *,
    given: Mask,
    lost: Mask | None = None,
    sources: Ints | None = None,
    first: int = 0,
) -> Score:
    """Put the notes that were drawn in the place of those that were not given."""
    # `given` and `lost`, shape (notes,), say which notes of the prompt's events stay and which go;
    # `sources`, shape (bars,), names for each bar the one whose new notes it has too; no new note
    # begins before tick `first`.
    score, grid = prompt.score, model.vocabulary.grid
    notes = event_notes(prompt.events.fields, prompt.events.header, model.vocabulary)
    keys = list(zip(notes.part.tolist(), notes.onset.tolist(), notes.pitch.tolist(), strict=True))
    stays = {key for key, keep in zip(keys, given, strict=True) if keep}
    goes = {key for key, gone in zip(keys, ~given if lost is None else lost, strict=True) if gone}
    left = {
        owner: [
            note
            for note, place in zip(score.parts[owner].notes, places, strict=True)
            if place not in goes
        ]
        for owner, places in read_as(prompt, model).items()
    }
    made = decode(drawn, model.vocabulary, resolution=grid).parts
    for lane, (owner, part) in enumerate(zip(prompt.lanes, made, strict=True)):
        new = [note for note in part.notes if (lane, note.onset, note.pitch) not in stays]
        if sources is not None:
            new += _returning(new, drawn.header.bar_starts, sources)
        fresh = prompt.playing.played(
            lane,
            _on_ticks(new, score, grid),
            score,
            range(len(score.bars)),
            swing=prompt.swing,
            loudness=model.draws_no_velocity,
            first=first,
        )
        left[owner] += playable(fresh, left[owner])
    whole = [part.with_notes(left[i]) if i in left else part for i, part in enumerate(score.parts)]
    return restored(score.with_parts(whole))


def read_as(prompt: Prompt, model: Generator) -> dict[int, list[Place]]:
    """Return lane, step and pitch of what each note is read as, by the parts that the network reads."""
    # A note that was played is read as one of its pitch in about its place.
    grid, resolution = model.vocabulary.grid, prompt.score.resolution
    read: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for lane, part in enumerate(decode(prompt.events, model.vocabulary, resolution=grid).parts):
        for note in part.notes:
            insort(read.setdefault((prompt.lanes[lane], note.pitch), []), (note.onset, lane))
    straight = straightened(prompt.score, prompt.swing).parts
    found: dict[int, list[Place]] = {}
    for owner in prompt.parts:
        found[owner] = []
        for note in straight[owner].notes:
            step, lane = _nearest(read[owner, note.pitch], note.onset * grid / resolution)
            found[owner].append((lane, step, note.pitch))
    return found


def read_notes(prompt: Prompt, model: Generator, pins: Collection[Pin]) -> frozenset[Place]:
    """Return what pinned notes are read as."""
    return frozenset(
        place
        for owner, places in read_as(prompt, model).items()
        for note, place in zip(prompt.score.parts[owner].notes, places, strict=True)
        if Pin(owner + 1, note.onset, note.pitch) in pins
    )


def read_together(prompt: Prompt, model: Generator) -> frozenset[Place]:
    """Return what several notes are read as, such as two strokes of a drum in one step."""
    places = Counter(place for found in read_as(prompt, model).values() for place in found)
    return frozenset(place for place, count in places.items() if count > 1)


def _nearest(places: list[tuple[int, int]], step: float) -> tuple[int, int]:
    """Return the nearest to a step of places that are sorted by onset."""
    after = bisect_left(places, (step, 0))
    return min(places[max(0, after - 1) : after + 1], key=lambda place: abs(place[0] - step))


def first_of_tied(events: Events, notes: Notes, vocabulary: Vocabulary) -> Ints:
    """Return for each note the first event of the tied ones that it belongs to, shape (notes,)."""
    rows = events.fields[events.fields[:, TIME] < vocabulary.skip]
    first = np.arange(len(notes))
    waiting: dict[tuple[int, int, int], int] = {}
    for i in range(len(notes)):
        key = int(notes.onset[i]), int(notes.part[i]), int(notes.pitch[i])
        first[i] = waiting.pop(key, i)
        if rows[i, DURATION] == vocabulary.tie:
            waiting[key[0] + vocabulary.longest, key[1], key[2]] = int(first[i])
    return first


def _returning(notes: list[Note], starts: Ints, sources: Ints) -> list[Note]:
    """Return the new notes of bars once more for each bar that has them too."""
    bars = np.searchsorted(starts, [note.onset for note in notes], side="right") - 1
    return [
        replace(note, onset=int(note.onset - starts[bar] + starts[there]))
        for note, bar in zip(notes, bars.tolist(), strict=True)
        for there in np.flatnonzero(sources == bar).tolist()
        if there != bar
    ]


def on_ticks(notes: Sequence[Note], score: Score, like: int, model: Generator) -> list[Note]:
    """Give notes on the grid the ticks of a score, and velocities like those of one of its parts."""
    made = _on_ticks(notes, score, model.vocabulary.grid)
    if not model.draws_no_velocity:
        return made
    accents = Accents.of(score.parts[like].notes, score.bars, score.resolution)
    return accents.apply(made, score.bars, score.resolution)


def _on_ticks(notes: Sequence[Note], score: Score, grid: int) -> list[Note]:
    def tick(step: int) -> int:
        return convert_ticks(step, grid, score.resolution)

    return [
        Note(tick(n.onset), n.pitch, max(1, tick(n.end) - tick(n.onset)), n.velocity) for n in notes
    ]


def habits_of(prompt: Prompt, model: Generator) -> Habits:
    """Return what each part of the network usually does."""
    header = prompt.events.header
    return find_habits(prompt.events, model.vocabulary, bars=header.bars, lanes=prompt.lanes)


def part_limits(
    prompt: Prompt,
    controls: Controls,
    model: Generator,
    bars: tuple[int, int],
    habits: Habits | None = None,
) -> PartLimits:
    """Return what keeps the parts as they are elsewhere, from one bar up to another one."""
    header, lanes = prompt.events.header, prompt.lanes
    found = habits_of(prompt, model) if habits is None else habits
    limits = make_limits(found, controls, header, rhythm=not model.info.get("monophonic"))
    return PartLimits(limits, model.vocabulary, lanes=lanes, first=bars[0], stop=bars[1])


def rhythm_guides(habits: Habits, model: Generator, bars: tuple[int, int]) -> list[RhythmGuide]:
    """Return what leads the rhythm of several parts from one bar up to another one: the bars before them, if any."""
    if model.info.get("monophonic") or not bars[0]:
        return []
    rates = [each.notes_per_bar if each else 0.0 for each in habits]
    return [RhythmGuide(phrase_bars(bars[0]), bars[0], rates, bars[1])]
