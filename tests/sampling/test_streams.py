"""Bar by bar: streams, progress, and several threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from small import REAL_TUNES, tune

from symgen.music.controls import Controls
from symgen.music.score import Score
from symgen.system.errors import ControlError
from symgen.writing.generator import Progress
from symgen.writing.infilling import infill
from symgen.writing.model import Model

FOUR = Controls(bars=4, key="C major", meter="3/4")
GRACE = REAL_TUNES["Amazing Grace"]


def prompt() -> Score:
    return tune(GRACE[3], meter=GRACE[0], pickup=GRACE[1], resolution=480)


def test_a_stream_grows_by_a_bar_and_ends_with_the_piece(tiny: Model) -> None:
    pieces = list(tiny.stream(FOUR, seed=3))
    assert [len(piece.bars) for piece in pieces] == [1, 2, 3, 4]
    assert pieces[-1] == tiny.generate(FOUR, seed=3)
    for before, after in pairwise(pieces):
        notes = [note for note in after.parts[0].notes if note.onset < before.length]
        cut = [(n.onset, n.pitch, min(n.duration, before.length - n.onset)) for n in notes]
        assert cut == [(n.onset, n.pitch, n.duration) for n in before.parts[0].notes]


def test_a_plan_of_meters_streams_in_its_bars(tiny: Model) -> None:
    pieces = list(tiny.stream(Controls(meter="2x4/4,1x3/4,2x6/8"), seed=1))
    assert [piece.length / piece.resolution for piece in pieces] == [4, 8, 11, 14, 17]


def test_a_continuation_streams_behind_its_prompt(tiny: Model) -> None:
    score = prompt()
    pieces = list(tiny.stream(Controls(bars=3), tune=score, seed=5))
    assert pieces[-1] == tiny.continue_(score, bars=3, seed=5)
    assert len({piece.length for piece in pieces}) == len(pieces) == 3
    for piece in pieces:
        assert piece.parts[0].notes[: score.note_count] == score.parts[0].notes


def test_a_stream_may_be_left_and_nothing_is_drawn_ahead(tiny: Model) -> None:
    told: list[Progress] = []
    stream = tiny.reporting(told.append).stream(Controls(bars=500), seed=1)
    assert told == []
    assert len(next(stream).bars) == 1
    assert told == [Progress(1, 1, 1, 500)]
    # While it rests, the same thread writes other pieces.
    assert tiny.generate(FOUR, seed=3) == tiny.generate(FOUR, seed=3)
    assert len(next(stream).bars) == 2


def test_bad_streams_are_refused_before_the_first_bar(tiny: Model) -> None:
    with pytest.raises(ControlError, match="style 'polka'"):
        tiny.stream(Controls(style="polka"))
    with pytest.raises(ControlError, match="part 7"):
        tiny.stream(tune=prompt(), part=7)


def test_progress_is_told_bar_by_bar(tiny: Model) -> None:
    told: list[Progress] = []
    model = tiny.reporting(told.append)
    pieces = model.generate(FOUR, count=2, seed=3)
    assert told == [Progress(take, 2, bar, 4) for take in (1, 2) for bar in (1, 2, 3, 4)]
    assert pieces == tiny.generate(FOUR, count=2, seed=3)
    told.clear()
    infill(prompt(), (2, 3), model=model, seed=1, particles=2)
    assert [one.bar for one in told] == sorted({one.bar for one in told})
    assert len(told) >= 2


def test_progress_may_stop_the_writing(tiny: Model) -> None:
    class EnoughError(Exception):
        pass

    def stop(progress: Progress) -> None:
        if progress.bar == 2:
            raise EnoughError

    with pytest.raises(EnoughError):
        tiny.reporting(stop).generate(FOUR, seed=3)
    assert len(tiny.generate(FOUR, seed=3).bars) == 4


def test_threads_do_not_disturb_each_other(tiny: Model) -> None:
    def write(seed: int) -> tuple[Score, ...]:
        return (
            tiny.generate(FOUR, seed=seed),
            tiny.continue_(prompt(), bars=2, seed=seed),
            infill(prompt(), (2, 3), model=tiny, seed=seed, particles=2).score,
            [*tiny.stream(FOUR, seed=seed)][-1],
        )

    alone = [write(seed) for seed in range(4)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(write, range(4), timeout=120)) == alone


def test_whoever_is_told_may_write_too(tiny: Model) -> None:
    told: list[int] = []

    def write(progress: Progress) -> None:
        told.append(len(tiny.generate(Controls(bars=progress.bar), seed=1).bars))

    infill(prompt(), (2, 3), model=tiny.reporting(write), seed=1, particles=2)
    assert len(told) >= 2
