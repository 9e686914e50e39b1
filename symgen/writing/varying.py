"""Change some notes of a tune, and keep its form."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from symgen.formats import load_tune
from symgen.formats.tunes import Music, Tune
from symgen.midi.joining import restored
from symgen.music.controls import Controls
from symgen.music.pins import Pin, pinned_score
from symgen.sampling.continuation import Prompt, of_some_bars
from symgen.sampling.forcing import FixedNotes, bar_plans
from symgen.system.errors import ControlError
from symgen.tokens import Events
from symgen.tokens.events import Notes, event_notes
from symgen.tokens.vocabulary import FORM, TIME
from symgen.writing.generator import Generator, load_model, seeds
from symgen.writing.rewritten import Chosen, Rewritten, share_kept
from symgen.writing.tunes import (
    AHEAD,
    Place,
    first_of_tied,
    merged,
    named_rest,
    part_limits,
    read_notes,
    read_pins,
    read_together,
    read_tune,
    side_by_side,
    worked_on,
)

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["Able", "vary", "vary_lanes"]

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

# So much likelier than a note on the beat one off the beat is changed.
_OFF_BEAT = 3.0


def vary(
    tune: Music | Tune,
    amount: float = 0.3,
    *,
    model: Generator | None = None,
    controls: Controls | None = None,
    seed: int | None = None,
    **which: Unpack[Chosen],
) -> Rewritten:
    """Change some notes of a tune and keep its form: bars that were the same stay so.

    Parameters
    ----------
    tune : Score, path, bytes, PrettyMIDI, MidiFile or music21 stream
    amount : float
        Share of the notes that may change, 0..1; those off the beat first.
    model, controls, seed, **which
        As in `infill`. Of bars that are the same, a note that is pinned in one stays in all.

    Returns
    -------
    Rewritten

    Raises
    ------
    FormatError
        If the tune cannot be read, or holds no melody.
    ControlError
        If the amount is no share, or a control has a bad value.
    """
    if not isinstance(amount, Real) or not 0 <= amount <= 1:
        raise ControlError(f"amount {amount}: must be 0..1, the share of the notes that may change")
    model, controls, one = model or load_model(), controls or Controls(), seeds(1, seed)[0]
    found = tune if isinstance(tune, Tune) else load_tune(tune)
    prompt = of_some_bars(read_tune(found, model, controls, which.get("part"), which.get("parts")))
    return vary_lanes(
        prompt,
        Able(worked_on(prompt, which.get("part")), read_pins(which.get("pins"), found, prompt)),
        amount,
        model=model,
        controls=controls,
        seed=one,
        particles=which.get("particles"),
    )


@dataclass(frozen=True)
class Able:
    """What may change of a tune."""

    # Parts of the network.
    lanes: tuple[int, ...]
    # Notes of them that stay, in the ticks of the prompt.
    pins: frozenset[Pin] = frozenset()


def vary_lanes(
    prompt: Prompt,
    able: Able,
    amount: float,
    *,
    model: Generator,
    controls: Controls,
    seed: int,
    particles: int | None = None,
) -> Rewritten:
    """Change a share of the notes of some parts of the network."""
    events, one = model.planned_tune(prompt), seed
    # What several notes are read as stays: they could not change as one.
    held = read_notes(prompt, model, able.pins) | read_together(prompt, model)
    changes = _changes(events, able.lanes, amount, model, one, held)
    score, count = restored(prompt.score), 0
    if changes.notes.any():
        look = side_by_side(
            particles, events, changes.span(events), model, free=changes.free_bars(events)
        )
        limits, count = (
            part_limits(prompt, controls, model, (0, events.header.bars)),
            look.particles,
        )
        given = changes.given(events, model).within(limits)
        drawn = model.draw_around(events, given, controls, seed=one, look=look)
        lost = changes.notes | changes.follow
        score = merged(
            prompt, drawn, model, given=~changes.notes, lost=lost, sources=changes.sources
        )
    share, rest = share_kept(prompt.score, score), named_rest(prompt, able.lanes)
    return Rewritten(
        score,
        one,
        prompt,
        share,
        prompt.score,
        1 - amount,
        count,
        rest,
        pinned=pinned_score(prompt.score, able.pins),
    )


@dataclass(frozen=True)
class _Changes:
    """What is to change."""

    # The notes of the tune.
    all: Notes
    # Those that change.
    notes: Mask
    # Those that change with them, in bars that are the same.
    follow: Mask
    # For each bar the first one that it repeats note for note, or itself.
    sources: Ints

    def span(self, events: Events) -> tuple[int, int]:
        """Return the first bar with a change, and the bar up to which the notes behind the last one are asked."""
        bars = self.all.bar[self.notes]
        return int(bars.min()), min(int(bars.max()) + 1 + AHEAD, events.header.bars)

    def free_bars(self, events: Events) -> float:
        """Return how many bars the changing notes last together."""
        steps = events.header.bar_starts[-1] / events.header.bars
        return float(self.all.duration[self.notes].sum() / steps)

    def given(self, events: Events, model: Generator) -> FixedNotes:
        """Return what stays; each note that changes leaves its place to others that are not its own again."""
        onset, part, pitch = (
            column[self.notes].tolist()
            for column in (self.all.onset, self.all.part, self.all.pitch)
        )
        ends = (self.all.onset + self.all.duration)[self.notes].tolist()
        free: dict[int, list[tuple[int, int]]] = {}
        for start, end, owner in zip(onset, ends, part, strict=True):
            free.setdefault(owner, []).append((start, end))
        refused, v = frozenset(zip(onset, part, pitch, strict=True)), model.vocabulary
        plans = bar_plans(events, v, forms=np.ones(events.header.bars, dtype=bool))
        return FixedNotes(
            events,
            ~self.notes,
            free,
            v,
            plans=plans,
            monophonic_parts=model.monophonic_parts,
            refused=refused,
        )


def _changes(
    events: Events,
    lanes: tuple[int, ...],
    amount: float,
    model: Generator,
    seed: int,
    held: frozenset[Place] = frozenset(),
) -> _Changes:
    """Choose notes that may change, off the beat first; those of a bar that repeats another one follow it."""
    notes = event_notes(events.fields, events.header, model.vocabulary)
    first = first_of_tied(events, notes, model.vocabulary)
    tied = np.flatnonzero(first != np.arange(len(notes)))
    sources = _sources(
        events, model, alone={*notes.bar[tied].tolist(), *notes.bar[first[tied]].tolist()}
    )
    able = np.isin(notes.part, lanes) & (sources[notes.bar] == notes.bar)
    if held:
        able &= ~_held(notes, held, sources, events)
    rng = np.random.Generator(np.random.PCG64([seed, 4]))
    weight = np.where(notes.onset % model.vocabulary.grid == 0, 1.0, _OFF_BEAT) * rng.random(
        len(notes)
    )
    times = np.bincount(sources, minlength=events.header.bars)[notes.bar]
    heads = np.arange(len(notes)) == first
    wanted = int(amount * (heads & np.isin(notes.part, lanes)).sum() + 1e-9)
    chosen = np.zeros(len(notes), dtype=bool)
    for i in np.argsort(-weight).tolist():
        if heads[i] and able[i] and times[i] <= wanted:
            chosen[i], wanted = True, wanted - int(times[i])
    changed = chosen[first]
    return _Changes(notes, changed, _followers(notes, changed, sources, events), sources)


def _rows(notes: Notes, events: Events) -> list[tuple[int, int, int]]:
    """Return place in the bar, part and pitch of each note."""
    place = notes.onset - events.header.bar_starts[notes.bar]
    return list(zip(place.tolist(), notes.part.tolist(), notes.pitch.tolist(), strict=True))


def _held(notes: Notes, held: frozenset[Place], sources: Ints, events: Events) -> Mask:
    """Return which notes are pinned, or stand where one is pinned in a bar that repeats theirs."""
    rows, firsts = _rows(notes, events), sources[notes.bar].tolist()
    places = zip(notes.part.tolist(), notes.onset.tolist(), notes.pitch.tolist(), strict=True)
    pinned = {
        (bar, row) for bar, row, place in zip(firsts, rows, places, strict=True) if place in held
    }
    return np.array(
        [(bar, row) in pinned for bar, row in zip(firsts, rows, strict=True)], dtype=bool
    )


def _followers(notes: Notes, changed: Mask, sources: Ints, events: Events) -> Mask:
    """Return which notes stand in a bar that repeats another one where that one changes."""
    rows = _rows(notes, events)
    gone = {
        (bar, row) for bar, row, goes in zip(notes.bar.tolist(), rows, changed, strict=True) if goes
    }
    follow = [
        (bar, row) in gone for bar, row in zip(sources[notes.bar].tolist(), rows, strict=True)
    ]
    return np.array(follow, dtype=bool) & ~changed


def _sources(events: Events, model: Generator, alone: Collection[int]) -> Ints:
    """Return for each bar the first bar that it repeats note for note, or itself, as for bars that stand alone."""
    forms = events.fields[events.fields[:, TIME] == model.vocabulary.bar, FORM].tolist()
    found: list[int] = []
    for bar, form in enumerate(forms):
        lag = model.vocabulary.form_lag(form)
        repeats = model.vocabulary.is_literal(form) and 0 < lag <= bar and bar not in alone
        found.append(found[bar - lag] if repeats else bar)
    return np.array(found, dtype=np.int64)
