"""Write some bars of a tune anew."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from symgen.formats import load_tune
from symgen.formats.tunes import Music, Tune
from symgen.music.controls import Controls
from symgen.music.meter import convert_ticks
from symgen.music.pins import Pin, pinned_score
from symgen.music.score import Note, Score
from symgen.sampling.continuation import Prompt
from symgen.sampling.forcing import FixedNotes, Span, bar_plans
from symgen.sampling.guides import variation_guides
from symgen.sampling.inference import most_at_once
from symgen.system.errors import ControlError
from symgen.tokens import Events
from symgen.tokens.events import Notes, event_notes
from symgen.writing.generator import Generator, load_model, seeds
from symgen.writing.rewritten import Chosen, Rewritten, share_kept
from symgen.writing.symbols import reach_symbols
from symgen.writing.tunes import (
    AHEAD,
    Habits,
    Place,
    first_of_tied,
    habits_of,
    merged,
    named_rest,
    part_limits,
    read_as,
    read_pins,
    read_tune,
    rhythm_guides,
    side_by_side,
    worked_on,
)

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["infill", "infills"]


def infill(
    tune: Music | Tune,
    bars: tuple[int, int],
    *,
    model: Generator | None = None,
    controls: Controls | None = None,
    seed: int | None = None,
    **which: Unpack[Chosen],
) -> Rewritten:
    """Write some bars of a tune anew; all others stay as they are.

    Drawn are several takes side by side, and of them one that makes the bars that follow likely.

    Parameters
    ----------
    tune : Score, path, bytes, PrettyMIDI, MidiFile or music21 stream
    bars : (int, int)
        The first and the last bar to write, counted from 1; 0 is a pickup.
    model : Generator, optional
        The one for melodies if left out: it writes the melody anew. One of several parts writes all but the drums.
    controls : Controls, optional
        Key, range, grid and what else holds for the new bars; a `variation` above 0.5 repeats less of the tune.
    seed : int, optional
        The same one gives the same version; drawn if left out.
    **which
        `part`: 1 for the first part; write in that one only, the others stay. `parts`: the same of several, roles,
        names or numbers such as ``"bass,2"``. `pins`: notes that stay exactly, such as ``"5.1:C5,6"``; see
        `symgen.music.pins.find_pins`. `particles`: takes side by side; with 1 there is no look ahead; 16 if left out,
        fewer where there are very many notes.

    Returns
    -------
    Rewritten

    Raises
    ------
    FormatError
        If the tune cannot be read, or holds no melody.
    ControlError
        If it has no such bars or notes, or a control has a bad value.
    """
    return next(infills(tune, bars, model=model, controls=controls, seed=seed, **which))


def infills(
    tune: Music | Tune,
    bars: tuple[int, int],
    *,
    count: int = 1,
    model: Generator | None = None,
    controls: Controls | None = None,
    seed: int | None = None,
    **which: Unpack[Chosen],
) -> Iterator[Rewritten]:
    """Write some bars of a tune anew, one take at a time; the tune is read once for all of them.

    Parameters
    ----------
    tune, bars, model, controls, **which
        As in `infill`.
    count : int
        How many takes.
    seed : int, optional
        Of the first take; the next one has the next seed, and is what `infill` gives with that. Drawn if left out.

    Yields
    ------
    Rewritten

    Raises
    ------
    FormatError
        If the tune cannot be read, or holds no melody.
    ControlError
        If it has no such bars or notes, or a control has a bad value. Both come before the first take.
    """
    model, controls = model or load_model(), controls or Controls()
    _check_span(bars)
    found = tune if isinstance(tune, Tune) else load_tune(tune)
    prompt = read_tune(
        found, model, controls, which.get("part"), which.get("parts"), through=bars[1]
    )
    gap = _Gap(
        prompt,
        _bar_indices(prompt.score, bars),
        worked_on(prompt, which.get("part")),
        read_pins(which.get("pins"), found, prompt),
        model,
        controls,
        _empty_end(found.score, prompt.score),
    )
    wanted, particles = seeds(count, seed), which.get("particles")
    return (gap.take(one, particles, (place, count)) for place, one in enumerate(wanted, 1))


def _empty_end(tune: Score, read: Score) -> int:
    """Return the tick at which the last bar of a tune ends, if bars without notes at its end were not read; else 0."""
    if len(tune.bars) <= len(read.bars):
        return 0
    return convert_ticks(tune.bars[-1].end, tune.resolution, read.resolution)


@dataclass(frozen=True)
class _Gap:
    """Some bars of a tune that are written anew, with what all takes share."""

    prompt: Prompt
    # Indices of the first bar and of the last one.
    bars: tuple[int, int]
    # The parts of the network that are written.
    lanes: tuple[int, ...]
    # What stays in these bars, in the ticks of the prompt.
    pins: frozenset[Pin]
    model: Generator
    controls: Controls
    # Where the tune ends, bars without notes counted, in the ticks of the prompt.
    end: int = 0

    @property
    def ticks(self) -> tuple[int, int]:
        """First tick, and first tick after it."""
        bars = self.prompt.score.bars
        return bars[self.bars[0]].start, bars[self.bars[1]].end

    def stays(self, owner: int, note: Note) -> bool:
        """Whether a note of a part that is written stays."""
        start, end = self.ticks
        return not start <= note.onset < end or Pin(owner + 1, note.onset, note.pitch) in self.pins

    @cached_property
    def events(self) -> Events:
        """The tune with its goals and its plan of chords."""
        return self.model.planned_tune(self.prompt)

    @cached_property
    def places(self) -> frozenset[Place]:
        """What is read of notes that stay; one outside that was struck early may be read as one inside."""
        return frozenset(
            place
            for owner, places in read_as(self.prompt, self.model).items()
            for note, place in zip(self.prompt.score.parts[owner].notes, places, strict=True)
            if self.stays(owner, note)
        )

    @cached_property
    def kept(self) -> Score:
        """What has to stay of the tune."""
        chosen, score = {self.prompt.lanes[lane] for lane in self.lanes}, self.prompt.score
        return score.with_parts([
            part.with_notes(note for note in part.notes if i not in chosen or self.stays(i, note))
            for i, part in enumerate(score.parts)
        ])  # fmt: skip

    @cached_property
    def draws_chords(self) -> bool:
        """Whether chords are drawn anew: where nothing sounds that goes with the old ones, and no symbol says them."""
        prompt = self.prompt
        alone = len(self.lanes) == len(prompt.lanes)
        return alone and not reach_symbols(prompt.score, *self.ticks)

    @cached_property
    def sung(self) -> list[Span]:
        """The beats of the bars in which pinned notes sound, which keep their chords, in grid steps."""
        header, score, grid = self.events.header, self.prompt.score, self.model.vocabulary.grid
        found: set[Span] = set()
        for note in (note for part in self.pinned.parts for note in part.notes):
            first, end = (tick * grid / score.resolution for tick in (note.onset, note.end))
            for bar in range(self.bars[0], self.bars[1] + 1):
                start, stop = header.bar_starts[bar : bar + 2].tolist()
                beat = int(header.bar_meters[bar].beat_quarters * grid)
                beats = ((step, min(step + beat, stop)) for step in range(start, stop, beat))
                found |= {each for each in beats if each[0] < end and first < each[1]}
        return sorted(found)

    @cached_property
    def habits(self) -> Habits:
        """What each part of the network usually does."""
        return habits_of(self.prompt, self.model)

    @cached_property
    def pinned(self) -> Score:
        """The pinned notes alone."""
        return pinned_score(self.prompt.score, self.pins)

    def take(self, seed: int, particles: int | None, turn: tuple[int, int]) -> Rewritten:
        """Write the bars; `turn` says which take it is, of how many."""
        prompt, model, controls, lanes = self.prompt, self.model, self.controls, self.lanes
        events, span = self.events, (self.bars[0], self.bars[1] + 1)
        look = side_by_side(
            particles,
            events,
            (span[0], min(span[1] + AHEAD, events.header.bars)),
            model,
            free=(span[1] - span[0]) * len(lanes),
        )
        look = replace(look, take=turn[0], takes=turn[1])
        if self.draws_chords:
            events = model.replanned(events, span, controls, seed, self.sung)
        given, kept = _given(events, self.bars, lanes, model, self.places)
        rhythm = rhythm_guides(self.habits, model, span)
        given = given.within(part_limits(prompt, controls, model, span, self.habits), rhythm)
        guides = [*rhythm, *variation_guides(controls)]
        drawn = model.draw_around(events, given, controls, seed=seed, look=look, guides=guides)
        score = merged(prompt, drawn, model, given=kept, first=self.ticks[0])
        if self.draws_chords:
            score = model.with_new_symbols(score, prompt, drawn, span, seed)
        score = replace(score, length=max(score.length, self.end))
        return Rewritten(
            score,
            seed,
            prompt,
            share_kept(prompt.score, score),
            self.kept,
            particles=look.particles,
            notices=named_rest(prompt, lanes),
            pinned=self.pinned,
        )


def _given(
    events: Events,
    bars: tuple[int, int],
    lanes: tuple[int, ...],
    model: Generator,
    places: frozenset[Place],
) -> tuple[FixedNotes, NDArray[np.bool_]]:
    """Return what stays, and which of the notes: in the bars no form, no goal, and nothing of some parts."""
    starts = events.header.bar_starts
    gap = (int(starts[bars[0]]), int(starts[bars[1] + 1]))
    notes = event_notes(events.fields, events.header, model.vocabulary)
    kept = (notes.onset < gap[0]) | (notes.onset >= gap[1]) | ~np.isin(notes.part, lanes)
    rows = zip(notes.part.tolist(), notes.onset.tolist(), notes.pitch.tolist(), strict=True)
    inside = ~kept
    kept |= np.array([row in places for row in rows], dtype=bool)
    kept = kept[first_of_tied(events, notes, model.vocabulary)] | kept
    held = kept & inside
    planned = np.ones(events.header.bars, dtype=bool)
    planned[bars[0] : bars[1] + 1] = False
    plans = bar_plans(events, model.vocabulary, forms=planned)
    free = {lane: _room(notes, lane, held, gap, alone=model.monophonic_parts) for lane in lanes}
    return FixedNotes(
        events, kept, free, model.vocabulary, plans=plans, monophonic_parts=model.monophonic_parts
    ), kept


def _room(
    notes: Notes, lane: int, held: NDArray[np.bool_], gap: Span, *, alone: bool
) -> list[Span]:
    """Return the spans that a part has for new notes: as many at once as it has elsewhere, less those that are held."""
    mine = held & (notes.part == lane)
    most = 1 if alone and mine.any() else _most_at_once(notes, lane)
    left = np.full(gap[1] - gap[0], most)
    for onset, duration in zip(notes.onset[mine], notes.duration[mine], strict=True):
        left[onset - gap[0] : onset + duration - gap[0]] -= 1
    spans: list[Span] = []
    for level in range(most):
        edges = np.diff(np.concatenate([[False], left > level, [False]]).astype(np.int8))
        starts, stops = (np.flatnonzero(edges == sign) + gap[0] for sign in (1, -1))
        spans += zip(starts.tolist(), stops.tolist(), strict=True)
    return spans


def _most_at_once(notes: Notes, lane: int) -> int:
    """Return how many notes of a part of the network sound at once at most, one at least."""
    mine = notes.part == lane
    return max(1, most_at_once(notes.onset[mine], notes.onset[mine] + notes.duration[mine]))


def _check_span(bars: tuple[int, int]) -> None:
    pair = isinstance(bars, tuple | list) and len(bars) == 2
    if not pair or not all(hasattr(bar, "__index__") for bar in bars):
        raise ControlError(f"bars {bars!r}: write the first and the last one, such as (5, 8)")


def _bar_indices(score: Score, bars: tuple[int, int]) -> tuple[int, int]:
    """Return the indices of the first and the last bar, of numbers as a musician counts."""
    numbers = [bar.number for bar in score.bars]
    if not numbers[0] <= bars[0] <= bars[1] <= numbers[-1]:
        raise ControlError(
            f"bars {bars[0]}-{bars[1]}: the tune has bars {numbers[0]}-{numbers[-1]}"
        )
    return numbers.index(bars[0]), numbers.index(bars[1])
