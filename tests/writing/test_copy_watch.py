"""What watches for copies bar by bar, beside a plain one that looks at the whole piece each time."""

from __future__ import annotations

import numpy as np
import pytest

from symgen.copies.index import CopyIndex
from symgen.music.meter import Meter
from symgen.music.score import Note, Part, Score
from symgen.tokens import BarRun, Header, Vocabulary
from symgen.tokens.prefix import Prefix
from symgen.writing.copying import CopyWatch

BARS = 24


class PlainWatch:
    """The whole piece up to the end of a bar, each time."""

    def __init__(self, index: CopyIndex, most: int, *, first: int, parts: int, grid: int) -> None:
        self.index, self.most, self.first, self.parts, self.grid = index, most, first, parts, grid

    def accepts(self, prefix: Prefix, bar: int) -> bool:
        start = prefix.bar_start_note(max(0, self.first))
        parts: list[list[Note]] = [[] for _ in range(self.parts)]
        rows = zip(prefix.onsets[start:], prefix.notes[start:], strict=True)
        for onset, (part, pitch, duration, _) in rows:
            if onset < prefix.starts[bar + 1]:
                parts[part].append(Note(onset, pitch, max(1, duration)))
        score = Score(tuple(Part(tuple(notes)) for notes in parts), self.grid)
        return self.index.find(score).longest < self.most


def header(parts: int, grid: int = 12) -> Header:
    run = BarRun(BARS, Meter(4, 4), 4 * grid)
    return Header((run,), programs=(0,) * parts, drums=(False,) * parts, names=("",) * parts)


def bar_of(prefix: Prefix, rng: np.random.Generator, parts: int, v: Vocabulary) -> Prefix:
    """One more bar out of few pitches, so that stretches return; each part may rest."""
    grown = prefix.copy()
    grown.push([v.bar, 0, 0, 0, 0, 0])
    playing = [part for part in range(parts) if rng.random() < 0.85]
    for beat in range(4):
        advance = v.grid if beat else 0
        for part in playing:
            if rng.random() < 0.95:
                pitch = 60 + 12 * part + int(rng.choice([0, 0, 0, 2]))
                grown.push([advance, part, pitch, v.grid, 80, 0])
                advance = 0
        if advance:
            grown.push([advance, playing[0] if playing else 0, 60, v.grid, 80, 0])
    return grown


def whole(prefix: Prefix, parts: int, grid: int) -> Score:
    notes: list[list[Note]] = [[] for _ in range(parts)]
    for onset, (part, pitch, duration, _) in zip(prefix.onsets, prefix.notes, strict=True):
        notes[part].append(Note(onset, pitch, duration))
    return Score(tuple(Part(tuple(each)) for each in notes), grid)


@pytest.mark.parametrize("bits", [16, 8])
@pytest.mark.parametrize("grid", [12, 24])
@pytest.mark.parametrize(("parts", "first"), [(1, 0), (1, 7), (3, -1), (4, 5)])
def test_it_refuses_the_bars_that_the_plain_one_refuses(
    bits: int, grid: int, parts: int, first: int
) -> None:
    v, rng = Vocabulary(grid), np.random.default_rng([bits, grid, parts])
    plan = header(parts, grid)
    tune = Prefix(plan, v)
    for _ in range(BARS):
        tune = bar_of(tune, rng, parts, v)
    found = whole(tune, parts, grid)
    limit = None if bits == 16 else len(CopyIndex.build([(found, "a", "b")]).to_bytes()) - 1
    index = CopyIndex.build([(found, "a", "b")], limit=limit)
    assert index.bits == bits
    refused = accepted = 0
    for most in (8, 9, 11, 14):
        args = {"first": first, "parts": parts, "grid": grid}
        plain, watch = PlainWatch(index, most, **args), CopyWatch(index, most, **args)
        piece = Prefix(plan, v)
        for bar in range(BARS):
            for _ in range(3):
                grown = bar_of(piece, rng, parts, v)
                asked = bar >= first and rng.random() < 0.8  # the last try stands unasked
                if not asked:
                    break
                answer = plain.accepts(grown, bar)
                assert watch.accepts(grown, bar) is answer
                refused, accepted = refused + (not answer), accepted + answer
                if answer:
                    break
            piece = grown
    assert refused > 5
    assert accepted > 5


def test_a_late_bar_is_looked_at_with_as_few_notes_as_an_early_one() -> None:
    seen: list[int] = []

    class Index:
        shortest = 8

        def find(self, score: Score) -> object:
            seen.append(score.note_count)
            return type("Found", (), {"longest": 0})

    v, rng, piece = Vocabulary(), np.random.default_rng(1), Prefix(header(1), Vocabulary())
    watch = CopyWatch(Index(), 10, first=0, parts=1, grid=12)  # type: ignore[arg-type]
    for bar in range(BARS):
        piece = bar_of(piece, rng, 1, v)
        assert watch.accepts(piece, bar)
    assert len(seen) <= BARS
    assert max(seen) <= 10 + 4


def test_a_bar_without_notes_copies_nothing() -> None:
    """Such as the last one: there is no note behind it either."""
    v, piece = Vocabulary(), Prefix(header(1), Vocabulary())
    rng = np.random.default_rng(2)
    for _ in range(3):
        piece = bar_of(piece, rng, 1, v)
    index = CopyIndex.build([(whole(piece, 1, 12), "a", "b")])
    args = {"first": 0, "parts": 1, "grid": 12}
    plain, watch = PlainWatch(index, 40, **args), CopyWatch(index, 40, **args)
    piece.push([v.bar, 0, 0, 0, 0, 0])
    assert plain.accepts(piece, 3) is watch.accepts(piece, 3) is True
    nothing = Prefix(header(1), v)
    nothing.push([v.bar, 0, 0, 0, 0, 0])
    assert CopyWatch(index, 40, **args).accepts(nothing, 0)
