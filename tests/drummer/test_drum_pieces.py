"""Drums for the bars of a piece, and pieces of drums alone."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from drums_by_hand import groove, random_drummer, random_model

from symgen.drummer.checkpoint import read_drummer, save_drummer
from symgen.drummer.drummer import Drummer, DrumRequest, Hit, load_drummer
from symgen.drummer.grooves import FILL
from symgen.drummer.pieces import DrumPiece, drum_piece
from symgen.drummer.playing import Manner, _events, _phases, play_drums
from symgen.music.drum_kit import KEYS, OTHER_KEYS
from symgen.music.meter import Bar, Meter, lay_bars
from symgen.system.errors import CheckpointError, ControlError

FOUR = Meter(4, 4)
KIT = {*KEYS, *OTHER_KEYS.values()}


def _bars(count: int, meter: Meter = FOUR, resolution: int = 480) -> tuple[Bar, ...]:
    length = count * meter.bar_ticks(resolution)
    return lay_bars([(0, meter)], resolution, length, has_pickup=False)


def test_one_seed_gives_the_same_hits_and_more_bars_change_none() -> None:
    drummer, few = random_drummer(), DrumRequest(("4/4",) * 2, (48,) * 2, style="rock")
    more = DrumRequest(("4/4",) * 4, (48,) * 4, style="rock")
    hits = drummer.draw(few, seed=3)
    assert hits == drummer.draw(few, seed=3)
    assert hits == tuple(hit for hit in drummer.draw(more, seed=3) if hit.bar < 2)
    assert hits != drummer.draw(few, seed=4)
    assert {hit.step for hit in hits} <= set(range(48))


def test_what_was_played_before_is_heard() -> None:
    drummer = random_drummer()
    plain = DrumRequest(("4/4",) * 2, (48,) * 2)
    led = DrumRequest(("4/4",) * 2, (48,) * 2, before=groove())
    assert drummer.draw(plain, seed=1) != drummer.draw(led, seed=1)


def test_bars_of_any_meter_are_played() -> None:
    meters = ("7/8", "4/4", "4/4", "3/4", "17/16")
    steps = (42, 48, 48, 36, 51)
    hits = random_drummer().draw(DrumRequest(meters, steps), seed=1)
    assert {hit.bar for hit in hits} == set(range(5))
    assert all(hit.step < steps[hit.bar] for hit in hits)


def test_fills_stand_where_sections_end_and_where_they_are_asked_for() -> None:
    phases = _phases(8, [0, 4])
    assert phases == [0, 1, 2, 3] * 2
    assert _events(phases, [0, 4], Manner()) == (0, -1, -1, FILL, 0, -1, -1, -1)
    assert _events(phases, [0, 4], Manner(fills=2)) == (0, FILL) * 4
    assert _events(_phases(4, [0]), [0], Manner(fills=0)) == (0,) * 4
    with pytest.raises(ControlError, match="fills -1: must be 0 or more"):
        Manner(fills=-1)


def test_a_part_stays_within_its_bars_and_its_kit() -> None:
    for resolution in (480, 1, 7, 96):
        bars = _bars(3, Meter(3, 4), resolution)
        manner = Manner("waltz", is_loose=True)
        part = play_drums(bars, resolution, manner, seed=2, drummer=random_drummer())
        assert part.is_drum
        assert part.notes
        assert {note.pitch for note in part.notes} <= KIT
        assert max(note.end for note in part.notes) <= bars[-1].end
        for key in KIT:
            own = [note for note in part.notes if note.pitch == key]
            assert all(a.end <= b.onset for a, b in pairwise(own))


def test_a_pickup_is_silent_and_no_bars_have_no_drums() -> None:
    bars = (Bar(0, 0, 480, FOUR), Bar(1, 480, 2400, FOUR))
    part = play_drums(bars, 480, Manner(), seed=1, starts=(1,), drummer=random_drummer())
    assert min(note.onset for note in part.notes) >= 480
    assert not play_drums((), 480, Manner(), seed=1).notes


def test_a_piece_can_close_with_one_stroke() -> None:
    part = play_drums(_bars(2), 480, Manner(closes=True), seed=1, drummer=random_drummer())
    last = [note for note in part.notes if note.onset >= 1920]
    assert [(note.onset, note.pitch) for note in last] == [(1920, 36), (1920, 49)]


def test_a_piece_of_drums_has_the_bars_the_tempo_and_the_meter_that_are_asked_for() -> None:
    score = drum_piece(DrumPiece("funk", 3, 97.0, Meter(6, 8)), seed=5)
    assert [str(bar.meter) for bar in score.bars] == ["6/8"] * 3
    assert score.tempos[0].bpm == pytest.approx(97, abs=0.001)
    assert str(drum_piece(DrumPiece("waltz", 1), seed=5).bars[0].meter) == "3/4"
    with pytest.raises(ControlError, match=r"bars 0: must be 1\.\.4096"):
        DrumPiece(bars=0)


def test_the_shipped_drummer_plays_a_backbeat() -> None:
    drummer = load_drummer()
    assert drummer.net.parameters < 250_000
    hits = [
        hit
        for seed in range(4)
        for hit in _played(drummer, seed)
    ]  # fmt: skip
    on_two_and_four = np.mean(
        [hit.step in (12, 36) for hit in hits if hit.drum == 1 and hit.velocity >= 80]
    )
    assert on_two_and_four > 0.4


def _played(drummer: Drummer, seed: int) -> tuple[Hit, ...]:
    request = DrumRequest(("4/4",) * 4, (48,) * 4, 100, "rock", (0,) * 4, before=groove())
    return drummer.draw(request, seed=seed)


def test_a_drummer_is_stored_and_read(tmp_path: Path) -> None:
    model = random_model()
    save_drummer(model, tmp_path)
    assert read_drummer(tmp_path).config == model.config
    next(tmp_path.glob("*.safetensors")).write_bytes(b"x")
    with pytest.raises(CheckpointError):
        read_drummer(tmp_path)
