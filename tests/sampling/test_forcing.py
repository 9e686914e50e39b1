"""Drawing around given notes: no dead end, no wall, no number that is none."""

from __future__ import annotations

import warnings
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from drawing import draw_piece
from numpy.typing import NDArray
from small import TINY, plain_header, random_events, random_model

from symgen.nets.inference import InferenceNet
from symgen.nets.session import Session
from symgen.sampling.events import Drawing
from symgen.sampling.filters import Draft, Filter, Grammar, NoUnison
from symgen.sampling.forcing import FixedNotes, Plan, bar_plans
from symgen.sampling.particles import Lookahead, draw_around
from symgen.system.errors import ControlError
from symgen.tokens import Events
from symgen.tokens.events import Notes, event_notes
from symgen.tokens.prefix import Prefix

PARTS = 3
NET = InferenceNet(random_model(replace(TINY, fixed=(("velocity", 80),), voices=PARTS), scale=1.5))
V = NET.vocabulary
GRAMMAR: list[Filter] = [Grammar(V, parts=PARTS), NoUnison()]


def plans_of(events: Events) -> list[Plan]:
    return bar_plans(events, V, forms=np.ones(events.header.bars, dtype=bool))


def around(
    events: Events, kept: NDArray[np.bool_], free: dict[int, list[tuple[int, int]]], particles: int
) -> Notes:
    given = FixedNotes(events, kept, free, V, plans=plans_of(events), monophonic_parts=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drawn = draw_around(
            Session(NET, events.header), given, seed=1, filters=GRAMMAR, look=Lookahead(particles)
        )
    return event_notes(drawn.fields, drawn.header, V)


def most_at_once(notes: Notes, part: int, step: int) -> int:
    return int(
        ((notes.part == part) & (notes.onset <= step) & (notes.onset + notes.duration > step)).sum()
    )


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("particles", [1, 3])
def test_new_notes_are_as_many_at_once_as_there_is_room(seed: int, particles: int) -> None:
    events = random_events(seed, parts=PARTS, chords=True, bars=6)
    old = event_notes(events.fields, events.header, V)
    kept = np.random.default_rng(seed).random(len(old)) > 0.3
    free: dict[int, list[tuple[int, int]]] = {}
    for i in np.flatnonzero(~kept).tolist():
        free.setdefault(int(old.part[i]), []).append(
            (int(old.onset[i]), int(old.onset[i] + old.duration[i]))
        )
    new = around(events, kept, free, particles)
    wanted = Counter(
        zip(
            old.onset[kept].tolist(), old.part[kept].tolist(), old.pitch[kept].tolist(), strict=True
        )
    )
    assert not wanted - Counter(
        zip(new.onset.tolist(), new.part.tolist(), new.pitch.tolist(), strict=True)
    )
    for part in range(PARTS):
        for step in range(0, int(events.header.bar_starts[-1]), 3):
            assert most_at_once(new, part, step) <= most_at_once(old, part, step)


def test_a_free_part_whose_chord_reaches_the_highest_pitch_gives_way() -> None:
    """Once it had no pitch left, and the sampler went on with numbers that are none, without end."""

    class Up:
        """Only the highest pitches."""

        def allow(
            self, field: str, prefix: Prefix, draft: Draft, allowed: NDArray[np.bool_]
        ) -> None:
            if field == "pitch":
                allowed[:126] = False

    events = random_events(2, parts=PARTS, chords=True, bars=2)
    count = len(event_notes(events.fields, events.header, V))
    given = FixedNotes(
        events,
        np.ones(count, dtype=bool),
        {0: [(0, 96)] * 9},
        V,
        plans=plans_of(events),
        monophonic_parts=False,
    )
    drawn = draw_around(
        Session(NET, events.header), given, seed=3, filters=[*GRAMMAR, Up()], look=Lookahead(2)
    )
    notes = event_notes(drawn.fields, drawn.header, V)
    new = notes.pitch[notes.pitch >= 126]
    assert len(new)
    assert (
        max(
            Counter(
                zip(notes.onset.tolist(), notes.part.tolist(), notes.pitch.tolist(), strict=True)
            ).values()
        )
        == 1
    )


class Without:
    """Nothing is left of a field, of one part or of all."""

    def __init__(self, field: str, part: int | None = None) -> None:
        self.field, self.part = field, part

    def allow(self, field: str, prefix: Prefix, draft: Draft, allowed: NDArray[np.bool_]) -> None:
        if field == self.field and self.part in (None, draft.part):
            allowed[:] = False


@pytest.mark.parametrize("field", ["pitch", "duration"])
def test_what_leads_nowhere_is_not_drawn(field: str) -> None:
    header = plain_header(4, programs=(0,) * PARTS, drums=(False,) * PARTS, names=("",) * PARTS)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        piece = draw_piece(Session(NET, header), seed=1, filters=[*GRAMMAR, Without(field, 1)])
    assert set(event_notes(piece.fields, header, V).part.tolist()) == {0, 2}


def test_nothing_at_all_is_refused() -> None:
    header = plain_header(4, programs=(0,) * PARTS, drums=(False,) * PARTS, names=("",) * PARTS)
    with pytest.raises(ControlError, match="loosen a control"):
        draw_piece(
            Session(NET, header), seed=1, filters=[*GRAMMAR, Without("pitch")], drawing=Drawing()
        )


ALONE = InferenceNet(random_model(replace(TINY, fixed=(("part", 0), ("velocity", 80)), voices=1)))


class OnlyOnBeats:
    """No pitch is left off the beat; raises an error once it has been asked too often."""

    def __init__(self, beat: int) -> None:
        self.beat, self.asked = beat, 0

    def allow(self, field: str, prefix: Prefix, draft: Draft, allowed: NDArray[np.bool_]) -> None:
        self.asked += 1
        assert self.asked < 20_000, "the same dead end, again and again"
        if field == "time" and allowed.sum() > 1:
            allowed[prefix.vocabulary.skip] = False
        if field == "pitch" and (prefix.now + draft.time) % self.beat:
            allowed[:] = False


@pytest.mark.parametrize("seed", range(3))
def test_a_fixed_part_that_leads_nowhere_closes_the_time_before_it(seed: int) -> None:
    events = random_events(seed, parts=1, bars=8)
    header, steps = events.header, int(events.header.bar_starts[-1])
    old = event_notes(events.fields, header, ALONE.vocabulary)
    beat = ALONE.vocabulary.grid
    kept = np.arange(len(old)) == len(old) // 2
    given = FixedNotes(
        events,
        kept,
        {0: [(0, int(old.onset[kept][0])), (int((old.onset + old.duration)[kept][0]), steps)]},
        ALONE.vocabulary,
        plans=bar_plans(events, ALONE.vocabulary, forms=np.ones(header.bars, dtype=bool)),
        monophonic_parts=False,
    )
    drawn = draw_around(
        Session(ALONE, header),
        given,
        seed=seed,
        filters=[Grammar(ALONE.vocabulary), OnlyOnBeats(beat)],
        drawing=Drawing(top_k=1),
        look=Lookahead(3),
    )
    notes = event_notes(drawn.fields, header, ALONE.vocabulary)
    pin = int(old.onset[kept][0]), int(old.pitch[kept][0])
    places = set(zip(notes.onset.tolist(), notes.pitch.tolist(), strict=True))
    assert pin in places
    assert all(onset % beat == 0 for onset, pitch in places - {pin})
    assert len(places) > 2


def test_nothing_at_all_behind_a_fixed_part_is_refused() -> None:
    class Nothing(OnlyOnBeats):
        def allow(
            self, field: str, prefix: Prefix, draft: Draft, allowed: NDArray[np.bool_]
        ) -> None:
            super().allow(field, prefix, draft, allowed)
            if field == "pitch":
                allowed[:] = False

    with pytest.raises(ControlError, match="loosen a control"):
        draw_piece(
            Session(ALONE, plain_header(4)),
            seed=1,
            filters=[Grammar(ALONE.vocabulary), Nothing(1)],
        )
