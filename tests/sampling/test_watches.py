"""Bars that are drawn again: blocks that return too often, stretches that are copied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from drawing import draw_piece
from small import TINY, random_model

from symgen.copies.index import CopyIndex
from symgen.music.constraints import Form
from symgen.music.controls import Controls
from symgen.music.meter import Meter
from symgen.music.score import Note, Part, Score
from symgen.nets.inference import InferenceNet
from symgen.nets.session import Session
from symgen.sampling import sampler
from symgen.sampling.events import Drawing, draw_event
from symgen.sampling.filters import Grammar
from symgen.sampling.sampler import draw_bars
from symgen.sampling.watches import LoopWatch, loop_watch, most_usual
from symgen.tokens import BarRun, Header
from symgen.tokens.events import event_notes
from symgen.tokens.prefix import Prefix
from symgen.tokens.statistics import bar_contents, most_returns
from symgen.writing.copying import CopyWatch

FREE = replace(TINY, fixed=())
NET = InferenceNet(random_model())
NETS = {
    "melody": NET,
    "goals": InferenceNet(random_model(replace(FREE, goals=True), seed=2, scale=1.0)),
    "voices": InferenceNet(random_model(replace(FREE, voices=3, layers=2), seed=3, scale=1.0)),
}
V = NET.vocabulary
INFO = {"norms": {"": {"returns": [[8, 3, 2], [16, 5, 3]]}, "reel": {"returns": [[16, 9, 9]]}}}


def header(bars: int) -> Header:
    return Header((BarRun(bars, Meter(4, 4), 4 * V.grid),))


def prefix(pitches: str) -> Prefix:
    """Bars of two half notes each, one letter a bar: both are its pitch."""
    found = Prefix(header(len(pitches)), V)
    for letter in pitches:
        found.push([V.bar, 0, 0, 0, 0, 0])
        for time in (0, 2 * V.grid):
            found.push([time, 0, ord(letter), 2 * V.grid, 80, 0])
    return found


def refused(watch: LoopWatch, pitches: str) -> list[int]:
    """Bars that are not accepted."""
    return [
        bar for bar in range(len(pitches)) if not watch.accepts(prefix(pitches[: bar + 1]), bar)
    ]


@pytest.mark.parametrize(
    ("pitches", "bars"),
    [
        ("AAAA", [3]),
        ("ABABABAB", [5, 6, 7]),
        ("ABCDABCD", []),
        ("ABACADA", [6]),
        ("AABBCCDD", []),
        ("ABABAB", [5]),
    ],
)
def test_blocks_of_one_bar_and_of_two(pitches: str, bars: list[int]) -> None:
    assert refused(LoopWatch((3, 2), 0, len(pitches)), pitches) == bars


def test_a_prompt_that_returns_may_go_on_so() -> None:
    assert refused(LoopWatch((2, 1), 4, 4), "AAAAAAAA") == []
    assert refused(LoopWatch((2, 1), 4, 4), "ABCDABCD") == [5, 6, 7]
    assert refused(LoopWatch((2, 1), 4, 4), "AAAABBBB") == [6, 7]


def test_bars_that_return_by_a_form_do_not_count() -> None:
    form = Form.parse("AABA")
    assert refused(LoopWatch((1, 1), 0, 8, form), "ABABCDAB") == []
    assert refused(LoopWatch((1, 1), 0, 8, form), "ABABAAAB") == [4, 5]


def test_norms_by_style_and_length() -> None:
    assert [most_usual(INFO, style, bars) for style, bars in (("", 8), ("air", 9), ("reel", 9))] == [
        (3, 2), (5, 3), (9, 9),
    ]  # fmt: skip
    assert most_usual(INFO, "", 40) == (13, 8)
    assert most_usual({}, "", 8) == ()
    assert loop_watch(Controls(), {}, "", first=0, bars=8) is None
    assert loop_watch(Controls(variation=0.2), INFO, "", first=0, bars=8) is None
    assert loop_watch(Controls(variation=0.5), INFO, "", first=0, bars=8)


class Refuse:
    """Bars with many notes, and of each bar the first draft."""

    def __init__(self, most: int) -> None:
        self.most, self.seen = most, dict[int, int]()

    def accepts(self, prefix: Prefix, bar: int) -> bool:
        self.seen[bar] = self.seen.get(bar, 0) + 1
        return (
            self.seen[bar] > 1
            and prefix.bar_start_note(bar + 1) - prefix.bar_start_note(bar) <= self.most
        )


@pytest.mark.parametrize("seed", range(5))
def test_a_bar_that_is_refused_is_drawn_again_and_the_others_stand(seed: int) -> None:
    watch, filters = Refuse(1), [Grammar(V, monophonic=True)]
    lengths: list[int] = []
    for session in draw_bars(Session(NET, header(6)), seed=seed, filters=filters, watches=[watch]):
        lengths.append(session.length)
        rows = session.events.fields
        if len(lengths) > 1:
            assert (rows[: lengths[-2] - 1] == before[: lengths[-2] - 1]).all()  # noqa: F821 - of the round before
        before = rows  # noqa: F841
    assert len(lengths) == 6
    assert sorted(watch.seen) == list(range(6))
    assert min(watch.seen.values()) >= 2
    notes = event_notes(rows, header(6), V)
    for bar, content in enumerate(bar_contents(notes, header(6))):
        assert len(content) <= 1 or watch.seen[bar] == 9


@pytest.mark.parametrize("seed", range(8))
def test_cold_pieces_do_not_loop(seed: int) -> None:
    filters, plan = [Grammar(V, monophonic=True)], header(16)
    events = draw_piece(
        Session(NET, plan), seed=seed, filters=filters, watches=[LoopWatch((2, 1), 0, 16)]
    )
    bars = bar_contents(event_notes(events.fields, plan, V), plan)
    assert [most_returns(bars, size) <= most for size, most in ((1, 2), (2, 1))] == [True, True]


def melody(pitches: Sequence[int]) -> Score:
    return Score(
        (Part(tuple(Note(V.grid * i, pitch, V.grid) for i, pitch in enumerate(pitches))),), V.grid
    )


def test_copies_are_heard_up_to_the_bar() -> None:
    copied = [60, 62, 64, 67, 65, 69, 71, 72, 60, 71, 59, 72, 58, 73, 57, 74]
    index = CopyIndex.build([(melody([p + 3 for p in copied]), "a tune", "here")])
    found = Prefix(header(4), V)
    watch = CopyWatch(index, 10, first=0, parts=1, grid=V.grid)
    accepted = []
    for bar in range(4):
        found.push([V.bar, 0, 0, 0, 0, 0])
        for time, pitch in enumerate(copied[4 * bar : 4 * bar + 4]):
            found.push([V.grid if time else 0, 0, pitch, V.grid, 80, 0])
        accepted.append(watch.accepts(found, bar))
    assert accepted == [True, True, False, False]


@pytest.mark.parametrize(("most", "first", "notes"), [(5, 0, 2), (6, 0, 4), (6, 1, 2), (6, -1, 4)])
def test_copies_are_of_new_bars_and_shorter_than_asked(most: int, first: int, notes: int) -> None:
    seen: list[int] = []

    class Index:
        shortest = 8

        def find(self, score: Score) -> object:
            seen.append(score.note_count)
            return type("Found", (), {"longest": 5})

    watch = CopyWatch(Index(), most, first=first, parts=1, grid=V.grid)  # type: ignore[arg-type]
    assert watch.accepts(prefix("ABC"), 1) is (most == 6)
    assert max(seen) == notes


@pytest.mark.parametrize("seed", range(6))
def test_a_bar_that_is_drawn_again_differs(seed: int) -> None:
    """A watch that hates what it saw first, at the lowest temperature: the same bar does not come again."""
    plan, drafts = header(5), dict[int, list[object]]()

    class Anew:
        def accepts(self, prefix: Prefix, bar: int) -> bool:
            notes = range(prefix.bar_start_note(bar), prefix.bar_start_note(bar + 1))
            drafts.setdefault(bar, []).append(
                [(prefix.onsets[i], prefix.notes[i][1]) for i in notes]
            )
            return len(drafts[bar]) > 2

    cold = Drawing(temperature=0.05)
    draw_piece(
        Session(NET, plan),
        seed=seed,
        filters=[Grammar(V, monophonic=True)],
        drawing=cold,
        watches=[Anew()],
    )
    assert [len(found) for found in drafts.values()] == [3] * 5
    assert all(
        before != after or not before
        for found in drafts.values()
        for before, after in pairwise(found)
    )


class Replayed(sampler._Lines):
    """Goes back to a line by reading the piece up to it again, event by event: slow, and the reference."""

    def pass_by(self, session: Session) -> None:
        self._next = session
        self._length = session.length

    def go_on(self) -> None:
        super().go_on()
        self._rows = [] if self._last is None else self._last._rows[: self._length]
        self._bits = [] if self._last is None else self._last._bits[: self._length]

    def back(self) -> Session:
        assert self._last is not None
        old = self._last
        session = Session(old.net, old.header, hide_end=old.prefix.hides_end)
        for row in self._rows:
            session.begin()
            session.force(row)
        session.begin()
        session._bits = list(self._bits)
        self.again = True
        return session


@pytest.mark.parametrize("net", NETS)
@pytest.mark.parametrize("seed", range(5))
def test_a_bar_drawn_again_goes_on_as_if_the_piece_were_read_up_to_its_line(
    net: str, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Moody:
        def __init__(self) -> None:
            self.calls = 0

        def accepts(self, prefix: Prefix, bar: int) -> bool:
            self.calls += 1
            return self.calls % 3 == 0

    def piece() -> tuple[list[list[int]], float]:
        found = draw_bars(
            Session(NETS[net], header(7)),
            seed=seed,
            filters=[Grammar(V)],
            watches=[Moody()],
        )
        last = list(found)[-1]
        return last.events.fields.tolist(), last.bits

    kept = piece()
    monkeypatch.setattr(sampler, "_Lines", Replayed)
    assert piece() == kept


def test_a_copy_has_the_bits_that_were_drawn_up_to_it() -> None:
    session, rng = Session(NET, header(4)), np.random.default_rng(1)
    copies = []
    for _ in range(12):
        copies.append((session.copy(), session.bits))
        draw_event(session, [Grammar(V)], Drawing(), rng)
    assert 0 == copies[0][1] < copies[7][1] < session.bits
    assert all(copy.bits == bits for copy, bits in copies)
