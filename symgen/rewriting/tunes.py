"""Reading a tune that is to be worked on, and putting new notes into it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgen.formats import load_tune
from symgen.formats.tunes import Tune
from symgen.generator import Generator
from symgen.meter import convert_ticks
from symgen.rewriting.rewritten import name_parts
from symgen.sampling import Controls
from symgen.sampling.continuation import Prompt, read_prompt
from symgen.sampling.expression import Accents
from symgen.sampling.particles import usual_particles
from symgen.sampling.swing import straightened, swung_notes
from symgen.score import Note, Score
from symgen.tokens import Events
from symgen.tokens.codec import decode
from symgen.tokens.notes import event_notes
from symgen.tokens.vocabulary import TIME

__all__ = ["AHEAD", "merged", "named_rest", "on_ticks", "read_tune", "side_by_side", "worked_on"]

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

AHEAD = 4
"""Bars behind what is written anew that are asked how likely they are."""


def read_tune(tune: Any, model: Generator, controls: Controls, part: int | None) -> Prompt:
    """Read a whole tune; a model of several parts reads them all, whichever is to be worked on."""
    found = tune if isinstance(tune, Tune) else load_tune(tune)
    several = model.voices > 0
    return read_prompt(found, model.vocabulary, controls=controls, part=part, several=several, more=False)


def worked_on(prompt: Prompt, part: int | None) -> tuple[int, ...]:
    """Return the places among the parts of the network of those that may change: all, or the one asked for."""
    return tuple(range(len(prompt.parts))) if part is None else (prompt.parts.index(prompt.part),)


def side_by_side(particles: int | None, events: Events, span: tuple[int, int], model: Generator) -> int:
    """Return how many takes are drawn side by side in a span of bars, unless so many were asked for."""
    if particles is not None:
        return particles
    bars = np.cumsum(events.fields[:, TIME] == model.vocabulary.bar) - 1
    return usual_particles(int(((bars >= span[0]) & (bars < span[1])).sum()))


def named_rest(prompt: Prompt, places: tuple[int, ...]) -> tuple[str, ...]:
    """Name the parts that hold notes and are not worked on."""
    busy = {prompt.parts[place] for place in places}
    rest = [i for i, part in enumerate(prompt.score.parts) if part.notes and i not in busy]
    stays = "stays as it is" if len(rest) == 1 else "stay as they are"
    return (f"{name_parts(prompt.score, rest)} {stays}",) if rest else ()


def merged(
    prompt: Prompt,
    drawn: Events,
    model: Generator,
    *,
    given: Mask,
    lost: Mask | None = None,
    sources: Ints | None = None,
) -> Score:
    """Put the notes that were drawn in the place of those that were not given.

    Parameters
    ----------
    prompt : Prompt
    drawn : Events
        As far as it was drawn.
    model : Generator
    given : ndarray of bool, shape (notes,)
        Which notes of the prompt's events were given.
    lost : ndarray of bool, shape (notes,), optional
        Which notes go; those that were not given if left out.
    sources : ndarray of int64, shape (bars,), optional
        For each bar the one whose new notes it has too.
    """
    grid, score = model.vocabulary.grid, prompt.score
    notes = event_notes(prompt.events.fields, prompt.events.header, model.vocabulary)
    keys = list(zip(notes.part.tolist(), notes.onset.tolist(), notes.pitch.tolist(), strict=True))
    stays = {key for key, keep in zip(keys, given, strict=True) if keep}
    goes = {key for key, gone in zip(keys, ~given if lost is None else lost, strict=True) if gone}
    fresh, parts = decode(drawn, model.vocabulary, resolution=grid).parts, list(score.parts)
    straight = straightened(score, prompt.swing).parts

    def key(place: int, note: Note) -> tuple[int, int, int]:
        return place, (2 * note.onset * grid + score.resolution) // (2 * score.resolution), note.pitch

    for place, i in enumerate(prompt.parts):
        pairs = zip(parts[i].notes, straight[i].notes, strict=True)
        old = [note for note, there in pairs if key(place, there) not in goes]
        new = [note for note in fresh[place].notes if (place, note.onset, note.pitch) not in stays]
        if sources is not None:
            new += _returning(new, drawn.header.bar_starts, sources)
        made = swung_notes(on_ticks(new, prompt, i, model), score, prompt.swing)
        parts[i] = parts[i].with_notes([*old, *made])
    return score.with_parts(parts)


def _returning(notes: list[Note], starts: Ints, sources: Ints) -> list[Note]:
    """Return the new notes of bars once more for each bar that has them too."""
    bars = np.searchsorted(starts, [note.onset for note in notes], side="right") - 1
    return [
        replace(note, onset=int(note.onset - starts[bar] + starts[there]))
        for note, bar in zip(notes, bars.tolist(), strict=True)
        for there in np.flatnonzero(sources == bar).tolist()
        if there != bar
    ]


def on_ticks(notes: list[Note], prompt: Prompt, like: int, model: Generator) -> list[Note]:
    """Give notes on the grid the ticks of the tune, and velocities like those of one of its parts."""
    grid, score = model.vocabulary.grid, prompt.score

    def tick(step: int) -> int:
        return convert_ticks(step, grid, score.resolution)

    made = [Note(tick(n.onset), n.pitch, max(1, tick(n.end) - tick(n.onset)), n.velocity) for n in notes]
    if not model.draws_no_velocity:
        return made
    accents = Accents.of(score.parts[like].notes, score.bars, score.resolution)
    return accents.apply(made, score.bars, score.resolution)
