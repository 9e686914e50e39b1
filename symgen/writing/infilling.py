"""Write some bars of a tune anew."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symgen.formats.tunes import Music, Tune
from symgen.music.controls import Controls
from symgen.music.score import Score
from symgen.sampling.continuation import Prompt
from symgen.sampling.forcing import FixedNotes, bar_plans
from symgen.sampling.inference import most_at_once
from symgen.system.errors import ControlError
from symgen.tokens import Events
from symgen.tokens.events import Notes, event_notes
from symgen.writing.generator import Generator, load_model, seeds
from symgen.writing.rewritten import Rewritten, share_kept
from symgen.writing.symbols import reach_symbols
from symgen.writing.tunes import (
    AHEAD,
    Place,
    merged,
    named_rest,
    part_limits,
    read_as,
    read_tune,
    rhythm_guides,
    side_by_side,
    worked_on,
)

__all__ = ["infill"]


def infill(
    tune: Music | Tune,
    bars: tuple[int, int],
    *,
    model: Generator | None = None,
    controls: Controls | None = None,
    seed: int | None = None,
    part: int | None = None,
    particles: int | None = None,
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
        Key, range, grid, density and what else holds for the new bars.
    seed : int, optional
        The same one gives the same version; drawn if left out.
    part : int, optional
        1 for the first part: write in that one only, the others stay.
    particles : int, optional
        Takes side by side; with 1 there is no look ahead. 16 if left out, fewer where there are very many notes.

    Returns
    -------
    Rewritten

    Raises
    ------
    FormatError
        If the tune cannot be read, or holds no melody.
    ControlError
        If it has no such bars, or a control has a bad value.
    """
    model, controls = model or load_model(), controls or Controls()
    _check_span(bars)
    return _infilled(
        read_tune(tune, model, controls, part),
        bars,
        model,
        controls,
        seeds(1, seed)[0],
        part,
        particles,
    )


def _infilled(
    prompt: Prompt,
    bars: tuple[int, int],
    model: Generator,
    controls: Controls,
    seed: int,
    part: int | None,
    particles: int | None,
) -> Rewritten:
    first, last = _bar_indices(prompt.score, bars)
    events, lanes = model.planned_tune(prompt), worked_on(prompt, part)
    span, free = (first, min(last + 1 + AHEAD, events.header.bars)), (last + 1 - first) * len(lanes)
    look = side_by_side(particles, events, span, model, free=free)
    start, end = prompt.score.bars[first].start, prompt.score.bars[last].end
    # Chords are drawn anew only where nothing else sounds that goes with the old ones, and no symbol says them.
    draws_chords = len(lanes) == len(prompt.lanes) and not reach_symbols(prompt.score, start, end)
    if draws_chords:
        events = model.replanned(events, (first, last + 1), controls, seed)
    given, kept = _given(events, (first, last), lanes, model, _outside(prompt, model, start, end))
    rhythm = rhythm_guides(prompt, model, (first, last + 1))
    given = given.within(part_limits(prompt, controls, model, (first, last + 1)), rhythm)
    drawn = model.draw_around(events, given, controls, seed=seed, look=look, guides=rhythm)
    score = merged(prompt, drawn, model, given=kept, first=start)
    if draws_chords:
        score = model.with_new_symbols(score, prompt, drawn, (first, last + 1), seed)
    stays = _without(prompt.score, [prompt.lanes[lane] for lane in lanes], start, end)
    share, rest = share_kept(prompt.score, score), named_rest(prompt, lanes)
    return Rewritten(score, seed, prompt, share, stays, particles=look.particles, notices=rest)


def _outside(prompt: Prompt, model: Generator, start: int, end: int) -> set[Place]:
    """Return what is read of notes outside of a stretch; a note that was struck early may be read as one inside."""
    return {
        place
        for owner, places in read_as(prompt, model).items()
        for note, place in zip(prompt.score.parts[owner].notes, places, strict=True)
        if not start <= note.onset < end
    }


def _given(
    events: Events,
    bars: tuple[int, int],
    lanes: tuple[int, ...],
    model: Generator,
    outside: set[Place],
) -> tuple[FixedNotes, NDArray[np.bool_]]:
    """Return what stays, and which of the notes: in the bars no form, no goal, and nothing of some parts."""
    starts = events.header.bar_starts
    gap = (int(starts[bars[0]]), int(starts[bars[1] + 1]))
    notes = event_notes(events.fields, events.header, model.vocabulary)
    kept = (notes.onset < gap[0]) | (notes.onset >= gap[1]) | ~np.isin(notes.part, lanes)
    places = zip(notes.part.tolist(), notes.onset.tolist(), notes.pitch.tolist(), strict=True)
    kept |= np.array([place in outside for place in places], dtype=bool)
    planned = np.ones(events.header.bars, dtype=bool)
    planned[bars[0] : bars[1] + 1] = False
    plans = bar_plans(events, model.vocabulary, forms=planned)
    free = {lane: [gap] * _most_at_once(notes, lane) for lane in lanes}
    return FixedNotes(
        events, kept, free, model.vocabulary, plans=plans, monophonic_parts=model.monophonic_parts
    ), kept


def _without(score: Score, chosen: list[int], start: int, end: int) -> Score:
    """Return a score without what begins in a stretch of some parts."""
    return score.with_parts([
        part.with_notes(note for note in part.notes if i not in chosen or not start <= note.onset < end)
        for i, part in enumerate(score.parts)
    ])  # fmt: skip


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
