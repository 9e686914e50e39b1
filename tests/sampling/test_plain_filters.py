"""The filters, guides and watches leave what plain ones leave, which start from nothing at each call."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import plain_endings
import plain_filters
import plain_forcing
import plain_guides
import plain_keeping
import plain_limits
import plain_watches
import pytest
from random_pieces import Asked, Pair, draw_pieces, events_of, random_header
from small import V, plain_header

from symgen.music.charts import ChordChart
from symgen.music.constraints import Density, Form, NoteGrid, PitchRange
from symgen.music.players import player_of
from symgen.music.theory import Key
from symgen.sampling import endings, filters, forcing, guides, keeping, limits, part_limits, watches
from symgen.sampling.charting import PlacedTones
from symgen.tokens import Header
from symgen.tokens.prefix import Prefix
from symgen.tokens.vocabulary import TIME

_SEEDS = range(24)
_CHORDS = ChordChart.parse("| C | G7/B N.C. | Am F/G Dm |")


def pair(fast: Any, plain: Any, *given: Any, **named: Any) -> Pair:
    """Make one kind twice, from the same."""
    return Pair(fast(*given, **named), plain(*given, **named))


def grammar_of(kind: str, parts: int) -> Pair:
    return pair(
        filters.Grammar,
        plain_filters.Grammar,
        V,
        parts=parts,
        monophonic=kind == "melody",
        voices=kind == "voices",
    )


# A violin, a piano, a double bass.
_PLAYERS = (player_of(40), player_of(0), player_of(43))


def some_limits(rng: random.Random, parts: int) -> list[part_limits.PartLimit]:
    found = [
        part_limits.PartLimit(
            low=rng.choice((0, 48)),
            high=rng.choice((127, 72)),
            chord=rng.choice((128, 2)),
            polyphony=rng.choice((128, 1, 3)),
            together=rng.choice((128, 3)),
            places=rng.choice((None, frozenset(range(0, 24, 3)), frozenset({0, 6, 12, 18}))),
            shortest=rng.choice((1, 3)),
            longest=rng.choice((1 << 24, 24)),
            rate=rng.choice((None, 3.0, 8.5)),
        )
        for _ in range(parts)
    ]
    return [
        replace(limit, player=_PLAYERS[part % len(_PLAYERS)]) if limit.polyphony == 3 else limit
        for part, limit in enumerate(found)
    ]


def some_form(rng: random.Random, bars: int, texts: Sequence[str]) -> Form | None:
    """Return one into whose sections the bars divide."""
    fitting = [form for form in map(Form.parse, texts) if bars % len(form.sections) == 0]
    return rng.choice(fitting) if fitting else None


def limits_pair(rng: random.Random, parts: int, first: int, stop: int) -> Pair:
    return pair(
        part_limits.PartLimits,
        plain_keeping.PartLimits,
        some_limits(rng, parts),
        V,
        lanes=[rng.randrange(parts) for _ in range(parts)],
        first=first,
        stop=stop,
    )


def rhythm_pair(rng: random.Random, parts: int, first: int, stop: int) -> Pair:
    rates = [rng.choice((0.0, 2.0, 6.0, 20.0)) for _ in range(parts)]
    phrase = rng.choice((1, 2, 4))
    return pair(keeping.RhythmGuide, plain_keeping.RhythmGuide, phrase, first, rates, stop)


def pitch_pair(rng: random.Random, header: Header, first: int) -> Pair:
    scale = [pitch for pitch in range(128) if pitch % 12 in {0, 2, 4, 5, 7, 9, 11}]
    both: list[list[Any]] = [[], []]
    for made, room in zip(both, (limits, plain_limits), strict=True):
        made.append(room.Tones(range(40, 90)))
        made.append(room.Tones(scale))
        placed = PlacedTones(_CHORDS, header, V, first)
        made.append(room.ChordTones(placed, header.bar_meters, V, first))
    kept = rng.sample(range(3), rng.randint(1, 3))
    fast, plain = ([made[i] for i in kept] for made in both)
    return Pair(limits.Pitches(fast), plain_limits.Pitches(plain))


def ending_pair(rng: random.Random, kind: str, parts: int, bars: int) -> Pair:
    closing = endings.Closing(
        strong=rng.choice((frozenset({0}), frozenset({0, 24}))),
        bar=rng.choice((-1, bars - 1, bars - 2)),
        bass=rng.randrange(parts),
        monophonic_parts=kind != "chords",
        most=rng.choice((128, 2, 3)),
        span=rng.choice((PitchRange(0, 127), PitchRange(40, 80))),
    )
    return pair(endings.Ending, plain_endings.Ending, Key(rng.randrange(12), "major"), V, closing)


def some_filters(rng: random.Random, kind: str, header: Header, first: int) -> list[Pair]:
    """Return the grammar, and some of all other filters."""
    parts, bars = len(header.programs), header.bars
    new, stop = bars - first, rng.choice((1 << 24, bars - 1))
    density = Density(rng.randint(1, 4), rng.randint(4, 30))
    coming = {(12 * rng.randrange(60), rng.randrange(parts)): rng.randrange(128) for _ in range(40)}
    closing = frozenset({bars - 1}) if rng.random() < 0.5 else frozenset[int]()
    grid = NoteGrid(rng.choice((1, 2, 4)), rng.random() < 0.5)
    form = some_form(rng, new, ("AABA", "AA'BA", "AB", "A"))
    found = [
        pair(filters.NoUnison, plain_filters.NoUnison),
        pair(filters.NoParallels, plain_filters.NoParallels, parts, rng.choice((None, coming))),
        pair(filters.FromBar, plain_filters.FromBar, first),
        pitch_pair(rng, header, first),
        pair(limits.MostNotes, plain_limits.MostNotes, rng.randint(1, 5)),
        pair(limits.OnGrid, plain_limits.OnGrid, grid, V),
        pair(
            limits.BarDensity,
            plain_limits.BarDensity,
            density,
            unit=rng.choice((1, 6)),
            first=first,
            monophonic_parts=kind != "chords",
            closing=closing,
        ),
        ending_pair(rng, kind, parts, bars),
        limits_pair(rng, parts, first, stop),
        rhythm_pair(rng, parts, first, stop),
    ]
    if new >= len(form.sections):
        found.append(pair(filters.FormPlan, plain_filters.FormPlan, form, V, first=first, bars=new))
    kept = [each for each in found if rng.random() < 0.4]
    silent = [
        pair(filters.OnlyBarLine, plain_filters.OnlyBarLine),
        pair(filters.Differs, plain_filters.Differs, first, 1, rng.randrange(48, 72)),
    ]
    for each in silent:
        each.holds = False
    return [grammar_of(kind, parts), *kept, *silent]


def some_guides(rng: random.Random, header: Header, first: int) -> list[Pair]:
    parts, new = len(header.programs), header.bars - first
    form = some_form(rng, new, ("AABA", "AA'BA'", "AA'"))
    placed = PlacedTones(_CHORDS, header, V, first)
    found = [
        rhythm_pair(rng, parts, first, 1 << 24),
        pair(keeping.ToneGuide, plain_keeping.ToneGuide, frozenset({0, 2, 4, 7}), first),
        pair(guides.VariationGuide, plain_guides.VariationGuide, 0.7, 0.5),
        pair(guides.ChordGuide, plain_guides.ChordGuide, placed, first),
    ]
    if form:
        found.append(pair(guides.VariedGuide, plain_guides.VariedGuide, form, first, new))
    return found


def given_pair(rng: random.Random, kind: str, header: Header) -> Pair:
    """Give some notes of a piece, and let others be drawn in some spans."""
    parts = len(header.programs)
    events = events_of(rng, header, grammar_of(kind, parts), voices=parts)
    count = int((events.fields[:, TIME] < V.skip).sum())
    share = rng.choice((0.1, 0.6, 1.0))
    kept = np.array([rng.random() < share for _ in range(count)], dtype=bool)
    starts, free = header.bar_starts.tolist(), {}
    for part in rng.sample(range(parts), rng.randint(1, parts)):
        bars = [rng.randrange(header.bars) for _ in range(rng.randint(1, 4))]
        free[part] = [(starts[bar], starts[min(bar + 2, header.bars)]) for bar in bars]
    refused = frozenset(
        (12 * rng.randrange(40), rng.randrange(parts), rng.randrange(128)) for _ in range(300)
    )
    plans = [(rng.choice((None, 0)), rng.choice((None, 60))) for _ in range(header.bars)]
    held = limits_pair(rng, parts, 0, 1 << 24) if rng.random() < 0.6 else None
    made = pair(
        forcing.FixedNotes,
        plain_forcing.FixedNotes,
        events,
        kept,
        free,
        V,
        plans=plans,
        monophonic_parts=kind != "chords",
        refused=refused,
    )
    return Pair(
        made.fast.within(held.fast if held else None),
        made.plain.within(held.plain if held else None),
    )


def parts_of(rng: random.Random, kind: str) -> int:
    return 1 if kind == "melody" else rng.randint(2 if kind == "voices" else 1, 4)


@pytest.mark.parametrize("kind", ["melody", "voices", "chords"])
def test_filters_and_guides_leave_what_plain_ones_leave(kind: str) -> None:
    asked, narrowed = 0, set[str]()
    for seed in _SEEDS:
        rng = random.Random(f"{kind} {seed}")  # noqa: S311
        parts = parts_of(rng, kind)
        header = random_header(rng, parts)
        first = rng.choice((0, 0, 1, 3)) if header.bars > 4 else 0
        some = Asked(some_filters(rng, kind, header, first), some_guides(rng, header, first), first)
        draw_pieces(rng, header, some, voices=parts)
        asked += some.count
        narrowed |= some.narrowed
    assert asked > 10_000
    kinds = {name.split()[0] for name in narrowed}
    wanted = {"Grammar", "NoUnison", "FromBar", "FormPlan", "Pitches", "MostNotes", "OnGrid"}
    wanted |= {"BarDensity", "Ending", "PartLimits", "RhythmGuide", "ToneGuide", "VariationGuide"}
    wanted |= {"VariedGuide", "ChordGuide", "OnlyBarLine"}
    never = {"melody": {"NoUnison", "MostNotes"}, "voices": {"NoUnison"}, "chords": set[str]()}
    assert wanted - kinds <= never[kind]
    assert kind == "melody" or "NoParallels" in kinds


@pytest.mark.parametrize("kind", ["melody", "voices", "chords"])
def test_given_notes_leave_what_plain_ones_leave(kind: str) -> None:
    asked, narrowed = 0, set[str]()
    for seed in _SEEDS:
        rng = random.Random(f"given {kind} {seed}")  # noqa: S311
        parts = parts_of(rng, kind)
        header = random_header(rng, parts, bars=6)
        given = given_pair(rng, kind, header)
        some = Asked([grammar_of(kind, parts), given])
        draw_pieces(rng, header, some, voices=parts)
        asked += some.count
        narrowed |= some.narrowed
    assert asked > 5_000
    fields = {"time", "pitch", "duration", "velocity", "form", "goal"}
    fields |= {"part"} if kind != "melody" else set()
    assert {f"FixedNotes {name}" for name in fields} <= narrowed


def loop_of(rng: random.Random, prefix: Prefix, bars: int) -> None:
    """Go on with some bars out of very few."""
    for _ in range(min(bars, prefix.bars_left)):
        prefix.push([V.bar, 0, 0, 0, 0, 0])
        for step in rng.choice(((), (0,), (0, 12), (12, 6))):
            prefix.push([step, 0, rng.choice((60, 62)), 6, 80, 0])


@pytest.mark.parametrize("form", [None, "AABA", "AA'"])
@pytest.mark.parametrize("first", [0, 4, 9])
def test_loops_are_found_as_plainly_in_pieces_that_are_drawn_in_turns_and_again(
    first: int, form: str | None
) -> None:
    rng, header = random.Random(f"{first} {form}"), plain_header(44)  # noqa: S311
    new = header.bars - first
    plan = Form.parse(form) if form else None
    new -= new % (len(plan.sections) if plan else 1)
    given = ((3, 2), first, new, plan)
    fast, plain = watches.LoopWatch(*given), plain_watches.LoopWatch(*given)
    pieces = [Prefix(header, V) for _ in range(3)]
    answers = set()
    for _ in range(300):
        take = rng.randrange(3)
        piece = pieces[take]
        loop_of(rng, piece, rng.randint(1, 3))
        for bar in range(max(0, piece.bar - 2), min(piece.bar + 1, first + new)):
            answer = plain.accepts(piece, bar)
            assert fast.accepts(piece, bar) == answer
            answers.add(answer)
        if piece.bars_left == 0:
            pieces[take] = Prefix(header, V)
        elif rng.random() < 0.4:
            pieces[rng.randrange(3)] = piece.copy()
    assert answers == {True, False}


def test_no_note_is_the_same_object_as_that_of_another_piece() -> None:
    # The watch takes two pieces with one object as their last note for one.
    one, other = (Prefix(random_header(random.Random(0), 1), V) for _ in range(2))  # noqa: S311
    for piece in (one, other):
        piece.push([V.bar, 0, 0, 0, 0, 0])
        piece.push([0, 0, 60, 6, 80, 0])
    assert one.notes[0] == other.notes[0]
    assert one.notes[0] is not other.notes[0]
    assert one.copy().notes[0] is one.notes[0]
