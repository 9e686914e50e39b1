"""What a filter costs does not grow with the piece: Python calls are counted, not time."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import numpy as np
import pytest
from small import V, plain_header
from steps import drafted

from symgen.music.charts import ChordChart
from symgen.music.constraints import Density, Form, NoteGrid
from symgen.music.theory import Key
from symgen.sampling.charting import PlacedTones
from symgen.sampling.endings import Closing, Ending
from symgen.sampling.filters import FormPlan, FromBar, Grammar, NoParallels, NoUnison
from symgen.sampling.forcing import FixedNotes
from symgen.sampling.guides import ChordGuide, VariationGuide, VariedGuide
from symgen.sampling.keeping import RhythmGuide, ToneGuide
from symgen.sampling.limits import BarDensity, ChordTones, MostNotes, OnGrid, Pitches, Tones
from symgen.sampling.part_limits import PartLimit, PartLimits
from symgen.sampling.watches import LoopWatch
from symgen.tokens import Events, Header
from symgen.tokens.prefix import Prefix
from symgen.tokens.vocabulary import FIELDS

_PARTS = 3
# Notes of a short and of a long piece; a bar has ten.
_SHORT, _LONG = 50, 5_000
_CHORDS = ChordChart.parse("C F G")


def rows_of(notes: int) -> Iterator[list[int]]:
    """Bars of ten notes, the last of them open; one part falls silent after the first bar."""
    rng = random.Random(7)  # noqa: S311
    for number in range(notes):
        if number % 10 == 0:
            yield [V.bar, 0, 60, 0, 0, 0 if number < 100 else rng.choice((0, 1, 2))]
        part = number % 10 % (2 if number >= 10 else _PARTS)
        yield [4 if number % 10 else 0, part, rng.randrange(50, 80), 6, 80, 0]


def header_of(notes: int) -> Header:
    more = {"programs": (0,) * _PARTS, "drums": (False,) * _PARTS, "names": ("",) * _PARTS}
    return plain_header(notes // 10, **more)


def calls_in(action: Callable[[], Any]) -> int:
    """Count the calls of functions, those written in C too."""
    count = 0

    def counted(_: FrameType, event: str, __: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(counted)
    try:
        action()
    finally:
        sys.setprofile(None)
    return count


def made(kind: str, header: Header, rows: list[list[int]]) -> Any:
    bars, limits = header.bars, [PartLimit(places=frozenset(range(24)), rate=9.0)] * _PARTS
    placed = PlacedTones(_CHORDS, header, V, 0)
    tones = [Tones(range(40, 90)), ChordTones(placed, header.bar_meters, V, 0)]
    form = Form.parse("A" * bars)
    varied = Form(tuple(("A", bar > 0) for bar in range(bars)))
    density = {"unit": 1, "first": 0, "monophonic_parts": True, "closing": frozenset[int]()}
    return {
        "Grammar": lambda: Grammar(V, parts=_PARTS, voices=True),
        "NoUnison": NoUnison,
        "NoParallels": lambda: NoParallels(_PARTS),
        "FormPlan": lambda: FormPlan(form, V, first=0, bars=bars),
        "FromBar": lambda: FromBar(0),
        "Pitches": lambda: Pitches(tones),
        "MostNotes": lambda: MostNotes(1),
        "OnGrid": lambda: OnGrid(NoteGrid(2, triplets=True), V),
        "BarDensity": lambda: BarDensity(Density(9, 20), **density),
        "Ending": lambda: Ending(Key(0, "major"), V, Closing(bass=2)),
        "PartLimits": lambda: PartLimits(limits, V, lanes=(0, 0, 1), first=0),
        "RhythmGuide": lambda: RhythmGuide(8, 0, [9.0] * _PARTS),
        "ToneGuide": lambda: ToneGuide(frozenset({0, 2}), 0),
        "ChordGuide": lambda: ChordGuide(placed, 0),
        "VariationGuide": lambda: VariationGuide(0.7),
        "VariedGuide": lambda: VariedGuide(varied, 0, bars),
        "FixedNotes": lambda: given(header, rows),
    }[kind]()


def given(header: Header, rows: list[list[int]]) -> FixedNotes:
    events = Events(np.array(rows, dtype=np.uint8), header)
    count = sum(row[0] < V.skip for row in rows)
    kept = np.arange(count) % 2 == 0
    free = {part: [(0, int(header.bar_starts[-1]))] for part in range(_PARTS)}
    plans = [(None, None)] * header.bars
    return FixedNotes(events, kept, free, V, plans=plans, monophonic_parts=False)


def asked(one: Any, prefix: Prefix) -> int:
    """Count the calls of asking about each field of the next note."""
    draft = drafted(time=2, part=1, pitch=60)
    found = 0
    for name in ("time", "part", "pitch", "duration", "velocity"):
        size = V.sizes[FIELDS.index(name)]
        for method in ("allow", "bias"):
            if hasattr(one, method):
                act = getattr(one, method)
                more = (np.ones(size, dtype=bool),) if method == "allow" else ()
                found += calls_in(
                    lambda act=act, name=name, more=more: act(name, prefix, draft, *more)
                )
    return found


@pytest.mark.parametrize(
    "kind",
    [
        *("Grammar", "NoUnison", "NoParallels", "FormPlan", "FromBar", "Pitches", "MostNotes"),
        *("OnGrid", "BarDensity", "Ending", "PartLimits", "RhythmGuide", "ToneGuide"),
        *("ChordGuide", "VariationGuide", "VariedGuide", "FixedNotes"),
    ],
)
def test_calls_for_a_note_do_not_grow_with_the_piece(kind: str) -> None:
    # Eight notes of the last bar stand. What is found once a piece was asked for before.
    found = []
    for notes in (_SHORT, _LONG):
        header, rows = header_of(notes), list(rows_of(notes))[:-2]
        prefix = Prefix(header, V, voices=_PARTS)
        one = made(kind, header, rows)
        for row in rows:
            prefix.push(row)
            if len(prefix.onsets) in (notes - 9, notes - 3):
                asked(one, prefix)
        found.append(asked(one, prefix))
    short, long = found
    assert long <= 1.3 * short + 5
    assert long <= 150  # of all fields together


def test_calls_for_a_bar_that_is_looked_at_do_not_grow_with_the_piece() -> None:
    header, found = header_of(_LONG), []
    prefix, watch = Prefix(header, V, voices=_PARTS), LoopWatch((3, 2), 0, header.bars)
    for row in rows_of(_LONG):
        bar = prefix.bar
        prefix.push(row)
        if row[0] == V.bar and bar >= 0:
            again = prefix.copy()
            found.append(calls_in(lambda bar=bar, again=again: watch.accepts(again, bar)))
    assert max(found) < 100
    assert max(found[-10:]) <= 1.3 * max(found[5:15])
