"""The pitched player: features, its network in numpy and in torch, and what it makes of a score."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

import symgen
from symgen.music.score import Part, Score
from symgen.performer.checkpoint import PlayerConfig, player_shapes
from symgen.performer.features import FEATURES, note_features, score_notes
from symgen.performer.groups import Groups
from symgen.performer.inference import InferencePlayer, find_player
from symgen.performer.manners import manner_of
from symgen.performer.pitched import play_pitched

QUARTER = 480


def two_parts(bars: int = 8, velocity: int = 80) -> Score:
    """Return a melody of eighths over chords of a half note."""
    tune = [(480 * i // 2, 240, 67 + (3 * i) % 12, velocity) for i in range(8 * bars)]
    chords = [(960 * i, 960, pitch, velocity) for i in range(2 * bars) for pitch in (48, 52, 55)]
    parts = (Part.from_array(tune, name="Melody"), Part.from_array(chords, name="Chords"))
    return Score(parts, QUARTER)


def drawn_player(config: PlayerConfig, seed: int = 3) -> InferencePlayer:
    """Return a player whose weights are drawn."""
    rng = np.random.default_rng(seed)
    weights = {
        name: (0.3 * rng.normal(size=shape)).astype(np.float32)
        for name, shape in player_shapes(config).items()
    }
    weights["deviation"] = np.ones(len(FEATURES), dtype=np.float32)
    weights["strays"] = np.array([[0.5, 0.3, 0.5]] * len(config.aspects), dtype=np.float32)
    return InferencePlayer(config, weights)


def column(score: Score, name: str) -> NDArray[np.float32]:
    rows = np.arange(score.note_count)
    found: NDArray[np.float32] = note_features(score_notes(score, rows))[:, FEATURES.index(name)]
    return found


# -- groups ------------------------------------------------------------------------------


def test_groups_know_their_rows() -> None:
    groups = Groups.of(np.array([5, 2, 5, 9, 2]))
    values = np.array([1.0, 7.0, 3.0, 4.0, 7.0])
    assert groups.sizes.tolist() == [2, 2, 1]
    assert groups.highest(values).tolist() == [3, 7, 3, 4, 7]
    assert groups.lowest(values).tolist() == [1, 7, 1, 4, 7]
    assert groups.rank(values).tolist() == [0, 0, 1, 0, 1]
    assert groups.doubled(values).tolist() == [0, 1, 0, 0, 1]


def test_no_rows_are_no_groups() -> None:
    groups = Groups.of(np.zeros(0, dtype=np.int64))
    assert len(groups) == 0
    assert groups.highest(np.zeros(0)).tolist() == []


# -- features ----------------------------------------------------------------------------


def test_features_of_places() -> None:
    score = Score((Part.from_array([(240 * i, 240, 60 + i, 80) for i in range(8)]),), QUARTER)
    assert column(score, "first").tolist() == [1, 0, 0, 0, 0, 0, 0, 0]
    assert column(score, "half").tolist() == [0, 0, 0, 0, 1, 0, 0, 0]
    assert column(score, "beat").tolist() == [0, 0, 1, 0, 0, 0, 1, 0]
    assert column(score, "eighth").tolist() == [0, 1, 0, 1, 0, 1, 0, 1]


def test_features_of_chords() -> None:
    score = two_parts(1)
    notes = score.note_array()
    first = notes[:, 0] == 0
    # The note of the melody, then the chord from its lowest note up.
    assert column(score, "own_rank")[first].tolist() == [0, 0, 0.5, 1]
    assert column(score, "is_top")[first].tolist() == [1, 0, 0, 0]
    assert column(score, "bass")[first].tolist() == [0, 1, 0, 0]
    assert column(score, "melody")[first].tolist() == [1, 0, 0, 0]
    # The chord is still held under the second eighth of the melody.
    second = notes[:, 0] == 240
    assert column(score, "over_sounding")[second] * 12 == pytest.approx([70 - 48])


def test_features_of_lines_and_phrases() -> None:
    rows = [(0, 480, 60, 80), (480, 480, 64, 80), (960, 480, 62, 80), (2400, 480, 62, 80)]
    score = Score((Part.from_array(rows),), QUARTER)
    assert (12 * column(score, "before_top")).tolist() == [0, -4, 2, 0]
    assert (12 * column(score, "after_top")).tolist() == [4, -2, 0, 0]
    assert column(score, "phrase_first").tolist() == [1, 0, 0, 1]
    assert column(score, "phrase_last").tolist() == [0, 0, 1, 1]
    assert column(score, "rest").tolist() == [0, 0, 2, 3]
    assert column(score, "struck_soon")[2] == pytest.approx(math.log2(3))


def test_features_do_not_see_velocities_or_resolution() -> None:
    score = two_parts()
    rows = np.arange(score.note_count)
    louder = two_parts(velocity=31).with_resolution(960)
    here = note_features(score_notes(score, rows))
    there = note_features(score_notes(louder, rows))
    np.testing.assert_allclose(here, there, atol=1e-5)
    assert np.isfinite(here).all()


def test_a_single_note_has_features() -> None:
    score = Score((Part.from_array([(0, 480, 60, 80)]),), QUARTER)
    assert np.isfinite(note_features(score_notes(score, np.arange(1)))).all()


# -- the network -------------------------------------------------------------------------


def test_numpy_plays_as_torch() -> None:
    torch = pytest.importorskip("torch")
    from symgen.performer.fitting import FitOptions, fit_player
    from symgen.performer.lessons import lesson_of
    from symgen.performer.net import PlayerNet
    from symgen.performer.played import read_played

    config = PlayerConfig(hidden=8, reaches=(1, 2), aspects=("velocity", "late"), members=2)
    score = two_parts()
    played = read_played(score)
    lessons = [lesson_of(played, config.aspects)]
    model = fit_player(lessons, config, FitOptions(minutes=0.001, notes=64, batch=2))
    weights = {
        name: torch.from_numpy(np.array(value))
        for name, value in model.weights.items()
        if name[0].isdigit()
    }
    from symgen.performer.fitting import Course

    course = Course(lessons, {name: np.asarray(model.weights[name]) for name in NORMS})
    nets = []
    for member in range(2):
        net = PlayerNet(config).eval()
        net.load_state_dict({
            name.partition(".")[2]: value
            for name, value in weights.items()
            if name.startswith(f"{member}.")
        })  # fmt: skip
        nets.append(net)
    there = course.judged(nets, lessons[0])
    notes = score_notes(played.score, played.rows)
    said, strays = InferencePlayer(config, model.weights).judge(notes)
    # Lessons hold features in 16 bits.
    np.testing.assert_allclose(said, there[:, :2], atol=5e-3)
    np.testing.assert_allclose(np.log(strays), there[:, 2:], atol=5e-3)


NORMS = ("mean", "deviation", "said_mean", "said_deviation")


def test_parts_do_not_see_each_other_in_their_own_line() -> None:
    # Convolutions over the chords of a part must not reach into the part that is laid behind it.
    config = PlayerConfig(hidden=6, reaches=(1, 4))
    player = drawn_player(config)
    seen = np.random.default_rng(0).normal(size=(40, 6)).astype(np.float32)
    line = np.repeat([0, 1], 20)
    groups = Groups.of(np.arange(40))
    own = player._members[0]
    both = player._follow(own, "own", seen, groups, line)
    half = Groups.of(np.arange(20))
    alone = player._follow(own, "own", seen[:20], half, line[:20])
    other = player._follow(own, "own", seen[20:], half, line[20:])
    np.testing.assert_allclose(both, np.concatenate([alone, other]), rtol=1e-5, atol=1e-5)


# -- playing -----------------------------------------------------------------------------


def test_the_shipped_player_raises_what_people_stress() -> None:
    score = two_parts()
    rows = np.arange(score.note_count)
    said, strays = find_player().judge(score_notes(score, rows))
    part = score.note_array()[:, 4]
    assert said[part == 0, 0].mean() > said[part == 1, 0].mean()
    assert (strays > 0).all()
    alone = play_pitched(score, rows, manner_of(score), np.random.default_rng(0))
    assert alone.late is None
    assert alone.held is None
    assert alone.velocity.std() > 5
    assert alone.velocity.min() >= 1
    assert alone.velocity.max() <= 127


def test_written_dynamics_stay() -> None:
    score = two_parts(16)
    table = score.note_array()
    soft = np.where(table[:, 0] < score.length // 2, 50, 95)
    parts = [
        Part.from_array(
            np.column_stack([table[mine, :3], soft[mine]]), name=score.parts[number].name
        )
        for number in (0, 1)
        for mine in [table[:, 4] == number]
    ]
    written = replace(score, parts=tuple(parts))
    rows = np.arange(written.note_count)
    manner = manner_of(written)
    rng = [np.random.default_rng(1) for _ in range(2)]
    flat = play_pitched(score, rows, manner, rng[0]).velocity
    played = play_pitched(written, rows, manner, rng[1]).velocity
    far = np.abs(table[:, 0] - score.length // 2) > 4 * QUARTER
    first = table[:, 0] < score.length // 2
    assert np.mean(played[far & first] - flat[far & first]) == pytest.approx(-30, abs=3)
    assert np.mean(played[far & ~first] - flat[far & ~first]) == pytest.approx(15, abs=3)


def test_an_accent_on_the_beat_that_was_typed_is_replaced() -> None:
    score = two_parts(16)
    notes = score.note_array()
    typed = np.where(notes[:, 0] % QUARTER == 0, 90, 70)
    parts = [
        Part.from_array(np.column_stack([notes[notes[:, 4] == i, :3], typed[notes[:, 4] == i]]))
        for i in (0, 1)
    ]
    accented = replace(
        score,
        parts=tuple(
            replace(part, name=each.name) for part, each in zip(parts, score.parts, strict=True)
        ),
    )
    rows = np.arange(len(notes))
    manner = manner_of(score)
    one = play_pitched(score, rows, manner, np.random.default_rng(4)).velocity
    other = play_pitched(accented, rows, manner, np.random.default_rng(4)).velocity
    tune = notes[:, 4] == 0
    inner = tune & (notes[:, 0] > 4 * QUARTER) & (notes[:, 0] < score.length - 4 * QUARTER)
    assert np.ptp((other - one)[inner]) < 3


def test_a_player_of_one_s_own_says_when_and_how_long() -> None:
    config = PlayerConfig(hidden=8, aspects=("velocity", "late", "held"))
    score = two_parts()
    rows = np.arange(score.note_count)
    player = drawn_player(config)
    played = play_pitched(score, rows, manner_of(score), np.random.default_rng(0), player)
    assert played.late is not None
    assert played.held is not None
    assert played.late.shape == played.held.shape == (len(rows),)
    assert (played.held > 0).all()


def test_the_same_seed_plays_the_same() -> None:
    score = two_parts()
    rows = np.arange(score.note_count)
    manner = manner_of(score)
    one, same, other = (
        play_pitched(score, rows, manner, np.random.default_rng(seed)).velocity
        for seed in (5, 5, 6)
    )
    assert (one == same).all()
    assert (one != other).any()


def test_no_notes_are_played_too() -> None:
    score = two_parts()
    none = np.zeros(0, dtype=np.int64)
    found = play_pitched(score, none, manner_of(score), np.random.default_rng(0))
    assert found.velocity.shape == (0,)


def test_a_performance_has_the_spread_of_its_manner() -> None:
    score = two_parts(32)
    played = symgen.perform(score, feel=1, style="piano", seed=2)
    manner = manner_of(score, "piano")
    for part in played.parts:
        spread = part.note_array()[:, 3].std()
        assert 0.4 * manner.spread < spread < 1.6 * manner.spread
