"""Drums of a score are played by a kit with one clock."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from kits_by_hand import backbeat, random_kit, random_model

from symgen.music.drum_kit import DRUMS, drum_of_keys
from symgen.music.score import Note, Part, Score
from symgen.performer import kit
from symgen.performer.kit import KitPlaying, play_kit, shared_clock
from symgen.performer.kit_checkpoint import read_kit_player, save_kit_player
from symgen.performer.kit_memory import REMEMBERED, KitMemory
from symgen.performer.kit_strokes import (
    INSTRUMENTS,
    SEEN,
    Strokes,
    instrument_of_keys,
    seen_of_strokes,
)
from symgen.system.errors import CheckpointError


def _rng(seed: int = 0) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(seed))


def _played(score: Score, style: str | None = "rock", seed: int = 0) -> KitPlaying:
    return play_kit(score, np.arange(score.note_count), style, _rng(seed))


def _behind(score: Score, playing: KitPlaying) -> np.ndarray:
    """Return seconds behind the written time, clock and all."""
    return playing.late + np.interp(score.note_array()[:, 0], *playing.clock.T)


@pytest.fixture
def unlearned(monkeypatch: pytest.MonkeyPatch) -> None:
    player = random_kit()
    monkeypatch.setattr(kit, "load_kit_player", lambda: player)


@pytest.mark.usefixtures("unlearned")
def test_a_seed_gives_the_same_and_another_one_something_else() -> None:
    score = backbeat()
    one, same, other = _played(score), _played(score), _played(score, seed=1)
    for name in ("velocity", "late", "clock"):
        assert np.array_equal(getattr(one, name), getattr(same, name))
        assert not np.array_equal(getattr(one, name), getattr(other, name))
    assert not np.array_equal(one.velocity, _played(score, "jazz").velocity)
    # What is no style of drums says nothing.
    assert np.array_equal(_played(score, None).late, _played(score, "chorale").late)


@pytest.mark.usefixtures("unlearned")
def test_what_is_played_is_in_range() -> None:
    score = backbeat()
    for seed in range(5):
        playing = _played(score, seed=seed)
        assert playing.velocity.min() >= 1
        assert playing.velocity.max() <= 127
        assert np.abs(_behind(score, playing)).max() <= 0.12 + 1e-9
        assert playing.clock[0, 0] == 0
        assert playing.clock[-1, 0] == score.length
        assert (np.diff(playing.clock[:, 0]) > 0).all()


@pytest.mark.usefixtures("unlearned")
def test_flams_are_rigid_and_the_first_stroke_is_as_much_softer_as_it_is_written() -> None:
    score = backbeat()
    lead = Note(480 - 25, 38, 10, 40)
    part = score.parts[0]
    flam = replace(score, parts=(part.with_notes(sorted([*part.notes, lead])),))
    notes, playing = flam.note_array(), _played(flam)
    first = int(np.flatnonzero(notes[:, 0] == 480 - 25)[0])
    main = int(np.flatnonzero((notes[:, 0] == 480) & (notes[:, 2] == 38))[0])
    # Beyond what the shared clock bends between them, they are apart as they are written.
    bend = np.interp([455, 480], *playing.clock.T)
    behind = _behind(flam, playing)
    assert behind[first] - behind[main] == pytest.approx(bend[0] - bend[1], abs=1e-9)
    assert abs(behind[first] - behind[main]) < 0.01
    assert playing.velocity[first] == pytest.approx(max(1.0, playing.velocity[main] / 2))
    # The others are played as if there were no flam.
    plain = _played(score)
    assert np.array_equal(np.delete(playing.velocity, first), plain.velocity)


def test_one_clock_holds_what_all_strokes_of_a_beat_share() -> None:
    score = backbeat()
    ticks = score.note_array()[:, 0]
    swing = 0.02 * np.sin(2 * np.pi * ticks / 3840)
    habit = np.where(score.note_array()[:, 2] == 38, 0.004, 0.0)
    clock = shared_clock(score, ticks, swing + habit + 0.005)
    # What the kit is behind all the time is no clock, and stays with the strokes.
    assert abs(clock[:, 1].mean()) < 0.004
    beats = clock[2:-2]
    assert np.corrcoef(beats[:, 1], np.sin(2 * np.pi * beats[:, 0] / 3840))[0, 1] > 0.98
    assert beats[:, 1].max() > 0.01


@pytest.mark.usefixtures("unlearned")
def test_any_key_any_place_and_no_stroke_at_all_are_played() -> None:
    keys = Part(tuple(Note(7 * key, key, 5, 90) for key in range(128)), is_drum=True)
    odd = Score((keys,), resolution=50)
    assert len(_played(odd).velocity) == 128
    assert len(_played(Score((), length=480)).velocity) == 0
    half = play_kit(odd, np.arange(10, 20), None, _rng())
    assert len(half.late) == 10


def test_each_key_has_an_instrument_and_the_kit_its_own() -> None:
    table = instrument_of_keys()
    assert table.min() >= 0
    assert table.max() < INSTRUMENTS
    drums = drum_of_keys()
    own = (drums >= 0) & (table < len(DRUMS))
    assert np.array_equal(table[own], drums[own])
    assert table[[37, 44, 53]].tolist() == [9, 10, 11]
    assert table[70] == 3


def test_strokes_see_their_place_and_what_is_struck_around_them() -> None:
    place = np.array([0, 0, 6, 12])
    strokes = Strokes(np.array([0, 2, 2, 1]), place, place, np.zeros(4, np.int64), np.full(4, 0.5))
    seen = seen_of_strokes(strokes)
    assert seen.shape == (4, SEEN)
    later = replace(strokes, step=strokes.step + 480, bar=strokes.bar + 10)
    assert np.array_equal(seen, seen_of_strokes(later))
    without = Strokes(*(getattr(strokes, name)[:3] for name in strokes.__dataclass_fields__))
    assert not np.array_equal(seen[:3], seen_of_strokes(without))


def test_memory_of_an_onset_opens_only_when_it_is_over() -> None:
    memory = KitMemory()
    assert memory.recall(0, 0, 0, (0, 0)) == [*[0.0] * 14, -1.0, *[0.0] * 44]
    memory.add(0, 0, (0, 0), 96, 0.03)
    second = memory.recall(2, 0, 0, (1, 1))
    assert len(second) == REMEMBERED
    assert second[3:6] == [0.0] * 3
    memory.add(2, 0, (1, 1), 64, 0.0)
    third = memory.recall(2, 6, 6, (2, 1))
    assert third[3] == pytest.approx(0.25)
    assert third[7:9] == [0.0, 0.0]
    # Of its two contexts the second has been played.
    assert third[-10:-4] == [0.0, 0.0, 0.0, 1.0, 0.0, 0.0]


def test_a_player_is_stored_and_read(tmp_path: Path) -> None:
    model = random_model()
    save_kit_player(model, tmp_path)
    assert read_kit_player(tmp_path).config == model.config
    next(tmp_path.glob("*.safetensors")).write_bytes(b"x")
    with pytest.raises(CheckpointError):
        read_kit_player(tmp_path)


def test_the_shipped_player_accents_the_backbeat_and_stays_near_the_beat() -> None:
    player = kit.load_kit_player()
    assert player.parameters < 250_000
    score = backbeat()
    found = [_played(score, "rock", seed) for seed in range(6)]
    key = score.note_array()[:, 2]
    velocity = np.mean([playing.velocity for playing in found], axis=0)
    assert velocity[key == 38].mean() > velocity[key == 42].mean() + 10
    late = np.array([_behind(score, playing) for playing in found])
    assert 0.003 < late.std() < 0.04


def test_the_kit_is_as_loud_as_it_is_written() -> None:
    def struck(levels: tuple[int, int]) -> list[float]:
        bars = [
            Note(1920 * bar + 240 * i, key, 60, levels[bar >= 8])
            for bar in range(16)
            for i in range(8)
            for key in ((36, 42) if i % 4 == 0 else (42,))
        ]
        score = Score((Part(tuple(bars), is_drum=True),), length=16 * 1920)
        rows = np.arange(score.note_count)
        played = play_kit(score, rows, "rock", np.random.default_rng(1)).velocity
        half = score.note_array()[:, 0] < 8 * 1920
        return [float(np.percentile(played[one], 75)) for one in (half, ~half)]

    soft, loud = struck((50, 100))
    assert loud / soft == pytest.approx(2.0, rel=0.2)
    even = struck((80, 80))
    assert even == pytest.approx([80, 80], rel=0.15)
