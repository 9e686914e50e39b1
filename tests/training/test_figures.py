"""Numbers of training one by one: rates, masks, batches, budgets, what is usual in a corpus."""

from __future__ import annotations

import math
import random
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from small import V, corpus_tunes, plain_header
from torch import nn

from symgen.nets.batches import Masking
from symgen.system.errors import CheckpointError
from symgen.tokens import Events, encode
from symgen.tokens.events import Notes
from symgen.training import TrainOptions, traits
from symgen.training.fit import Position, Schedule, ScoredObjective, TrainProgress, Update, _Loop
from symgen.training.objective import _draw_batches, _draw_mask, _rate_factor
from symgen.training.run import Run, generator_state, set_generator
from symgen.training.tasks import _count_voices, _fixed_fields, load_split, some_records
from symgen.training.tensors import numpy_weights, pick_device, update_mean


def seeded(seed: int) -> random.Random:
    """Return a generator."""
    return random.Random(seed)  # noqa: S311 - music, not secrets


# -- rates, masks, batches ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("done", "factor"),
    [
        (0.0, 1 / 21),
        (0.01, 11 / 21),
        (0.02, 1.0),
        # A quarter, half and all of the cosine that falls to a fiftieth.
        (0.265, 0.02 + 0.49 * (1 + math.sqrt(0.5))),
        (0.51, 0.51),
        (1.0, 0.02),
    ],
)
def test_the_rate_rises_and_falls(done: float, factor: float) -> None:
    assert _rate_factor(done) == pytest.approx(factor)


@pytest.mark.parametrize(
    ("lowest", "highest", "transpose", "low", "high"),
    [
        (60, 70, 5, -5, 5),
        (2, 70, 5, -2, 5),
        (60, 124, 5, -5, 3),
        (0, 127, 5, 0, 0),
        (60, 70, 0, 0, 0),
    ],
)
def test_pieces_are_moved_within_the_pitches_of_midi(
    lowest: int, highest: int, transpose: int, low: int, high: int
) -> None:
    rng = seeded(1)
    shifts = Counter(_draw_mask((lowest, highest), transpose, rng).shift for _ in range(600))
    assert sorted(shifts) == list(range(low, high + 1))
    if high > low:
        # Half stay where they are, and one of those that move.
        expected = 0.5 + 0.5 / (high - low + 1)
        assert shifts[0] / 600 == pytest.approx(expected, abs=0.06)


def test_what_a_piece_hides_and_how_often() -> None:
    rng = seeded(2)
    masks = [_draw_mask((60, 70), 0, rng) for _ in range(4000)]
    shares = [
        np.mean([getattr(mask, name) for mask in masks])
        for name in ("style", "key", "bars_left", "period", "ensemble")
    ]
    assert shares == pytest.approx([0.3, 0.15, 0.15, 0.3, 0.15], abs=0.02)
    assert Masking() == Masking(0, False, False, False, False, False)


def test_batches_hold_pieces_of_about_equal_length() -> None:
    split: Any = SimpleNamespace(lengths=np.array([100, 10, 101, 11, 50]))
    found = [_draw_batches(split, 2, seeded(seed)) for seed in range(20)]
    groups = {frozenset(map(frozenset, batches)) for batches in found}
    assert groups == {frozenset({frozenset({1, 3}), frozenset({4, 0}), frozenset({2})}),
                      frozenset({frozenset({1, 3}), frozenset({4, 2}), frozenset({0})})}  # fmt: skip
    assert len({tuple(map(len, batches)) for batches in found}) == 3  # in any order


@pytest.mark.parametrize(
    ("events", "chosen"),
    [(0, [0, 1, 2, 3, 4]), (50, [0, 1, 2, 3, 4]), (49, [0, 1, 2, 3]), (20, [0, 2]), (1, [0])],
)
def test_some_pieces_are_spread_evenly(events: int, chosen: list[int]) -> None:
    records: Any = [SimpleNamespace(length=10, number=i) for i in range(5)]
    assert [record.number for record in some_records(records, events)] == chosen


# -- budgets -----------------------------------------------------------------------------


def loop_at(schedule: Schedule, **at: Any) -> _Loop:
    objective: Any = SimpleNamespace(score=lambda row: row["score"])
    callbacks: Any = SimpleNamespace(clock=lambda: 7.0)
    run: Any = None
    loggers: Any = None
    return _Loop(objective, run, schedule, callbacks, Position(**at), loggers)


@pytest.mark.parametrize(
    ("schedule", "at", "done"),
    [
        (Schedule(epochs=4), {"epoch": 1, "batch": 1, "batches": 2}, 0.375),
        (Schedule(epochs=4), {"epoch": 1, "batches": 2}, 0.25),
        (Schedule(minutes=2), {"seconds": 30.0}, 0.25),
        (Schedule(epochs=4, minutes=2), {"epoch": 1, "seconds": 90.0}, 0.75),
        (Schedule(epochs=4, minutes=2), {"epoch": 3, "seconds": 30.0}, 0.75),
        (Schedule(epochs=1), {"epoch": 2}, 1.0),
        (Schedule(), {"epoch": 2, "seconds": 9.0}, 0.0),
    ],
)
def test_the_share_of_a_budget(schedule: Schedule, at: dict[str, Any], done: float) -> None:
    assert loop_at(schedule, **at)._done() == done


@pytest.mark.parametrize(
    ("scores", "stale"), [([], 0), ([1.0], 0), ([1.0, 1.0], 1), ([1.0, 2.0, 0.0, 2.0], 2)]
)
def test_validations_since_the_best(scores: list[float], stale: int) -> None:
    rows = [{"score": score} for score in scores]
    assert loop_at(Schedule(), rows=rows)._stale() == stale


@pytest.mark.parametrize(
    ("schedule", "at", "over"),
    [
        (Schedule(epochs=1), {"epoch": 1}, True),
        (Schedule(epochs=1), {"epoch": 1, "batch": 1, "batches": 2}, False),
        (Schedule(minutes=1, validations=2), {"seconds": 60.0, "batch": 1, "batches": 2}, True),
        (Schedule(minutes=1), {"seconds": 59.0}, False),
        (Schedule(patience=2), {"rows": [{"score": 1.0}] * 3}, True),
        (Schedule(patience=2), {"rows": [{"score": 1.0}] * 2}, False),
    ],
)
def test_when_a_run_is_over(schedule: Schedule, at: dict[str, Any], over: bool) -> None:
    assert loop_at(schedule, **at)._is_over() is over


@pytest.mark.parametrize(
    ("schedule", "step", "validates"),
    [
        (Schedule(validate_every=3), 7, False),
        (Schedule(validate_every=3), 8, True),
        (Schedule(), 99, False),
    ],
)
def test_updates_between_validations(schedule: Schedule, step: int, validates: bool) -> None:
    loop = loop_at(schedule, step=step, since=5)
    assert loop._validates(Update(1.0, 1)) is validates
    assert loop._validates(None)


def test_how_far_a_run_is() -> None:
    loop = loop_at(Schedule(minutes=1), step=3, epoch=2, seconds=15.0)
    loop._loss = 1.5
    assert loop._progress(Update(1.5, 30), 2.0) == TrainProgress(3, 2, 1.5, 15.0, 45.0, 0.25)
    assert loop._progress(None, 2.0) == TrainProgress(3, 2, 1.5, done=0.25)


def test_positions_of_earlier_versions_know_less() -> None:
    at = Position.from_facts({"step": 3, "seconds": 2.345, "rows": [], "batch": 2, "new": 1})
    assert (at.step, at.batch, at.batches, at.epoch) == (3, 2, 0, 0)
    assert at.figures == {"step": 3, "seconds": 2.3}
    for name in ("step", "seconds", "rows"):
        facts = {"step": 3, "seconds": 2.0, "rows": []}
        del facts[name]
        with pytest.raises(KeyError):
            Position.from_facts(facts)


def test_the_best_network_has_its_figures_rounded(tmp_path: Path) -> None:
    from symgen.nets.checkpoint import Model, NetConfig

    kept: list[Any] = []
    objective = ScoredObjective(Run(tmp_path, "", {}), lambda *each: kept.append(each))
    model = Model(NetConfig(), V, {}, {"name": "tiny", "metrics": {}})
    rows = [{"score": 9.0}, {"score": 0.123456, "step": 3}]
    objective.keep(model, rows, best=False)
    assert kept == []
    objective.keep(model, rows, best=True)
    ((network, folder),) = kept
    assert network.info == {"name": "tiny", "metrics": {"score": 0.1235, "step": 3.0}}
    assert folder == tmp_path / "best"
    assert objective.score({"score": 2.0}) == 2.0


def test_a_run_that_diverges_names_its_rate(tmp_path: Path) -> None:
    error = Run(tmp_path, "", {"rate": 0.003}).diverged("loss", 7, ", here")
    assert isinstance(error, CheckpointError)
    assert str(error).startswith(f"{tmp_path}: the loss is no number any more at step 7, here; go")
    assert str(error).endswith("--resume and a lower --rate than 0.003")


@pytest.mark.parametrize("rng", [seeded(3), np.random.default_rng(3)])
def test_generators_go_on_where_they_stood(rng: Any) -> None:
    rng.random()
    state = generator_state(rng)
    ahead = [rng.random() for _ in range(3)]
    set_generator(rng, state)
    assert [rng.random() for _ in range(3)] == ahead
    assert generator_state(None) is None


@pytest.mark.parametrize(
    ("step", "decay", "share"), [(0, 0.99, 0.1), (8, 0.99, 0.5), (8, 0.4, 0.4), (1000, 0.5, 0.5)]
)
def test_a_mean_follows_its_network(step: int, decay: float, share: float) -> None:
    mean, net = nn.Linear(1, 1), nn.Linear(1, 1)
    nn.init.constant_(mean.weight, 1.0)
    nn.init.constant_(net.weight, 0.0)
    update_mean(mean, net, step, decay)
    assert float(mean.weight.detach()) == pytest.approx(share)
    arrays = numpy_weights(mean)
    update_mean(mean, net, step, decay)
    assert float(arrays["weight"][0, 0]) == pytest.approx(share)
    assert pick_device("cpu") == torch.device("cpu")


def test_options_of_a_run_go_through_plain_data() -> None:
    options = TrainOptions(epochs=3, rate=0.5, device="cpu")
    data = options.to_json()
    assert "device" not in data
    assert "net" not in data
    assert TrainOptions.from_json({**data, "new": 1}) == TrainOptions(epochs=3, rate=0.5)
    usual = TrainOptions()
    assert (usual.epochs, usual.batch, usual.steps, usual.rate) == (40, 32, 256, 3e-3)
    assert (usual.transpose, usual.patience, usual.valid_events, usual.clip) == (5, 8, 200_000, 1.0)
    assert (usual.minutes, usual.validate_every, usual.save_every, usual.seed) == (0.0, 0, 0, 0)


# -- what is usual -----------------------------------------------------------------------


def notes_of(*rows: tuple[int, int, int]) -> Notes:
    """Onset, part and duration; the pitch is of no account."""
    onset, part, duration = np.array(rows, dtype=np.int64).T
    return Notes(onset, part, np.full(len(rows), 60), duration, onset // 48)


def test_notes_that_overlap_in_all_and_in_their_parts() -> None:
    notes = notes_of((0, 0, 12), (6, 1, 12), (12, 0, 12), (23, 0, 1), (24, 1, 1))
    # Before the one before has ended: 6 < 12, 12 < 18, 23 < 24; 24 = 24 is none.
    assert traits.count_overlaps(notes.onset, notes.duration) == 3
    assert traits.count_own_overlaps(notes) == 1
    far = notes_of((0, 0, 500), (400, 1, 9), (20, 1, 9))
    assert traits.count_own_overlaps(far) == 1


def measured(style: str, bars: int, *returns: tuple[int, int]) -> list[Any]:
    return [traits._Measured(style, bars, [float(i)] * 8, pair) for i, pair in enumerate(returns)]


def test_norms_need_sixty_pieces() -> None:
    few, many = measured("air", 8, *[(1, 1)] * 59), measured("reel", 8, *[(1, 1)] * 60)
    assert sorted(traits._style_norms([*few, *many])) == ["", "reel"]
    assert traits._style_norms(few) == {}
    assert traits._style_norms(many)["reel"]["mean"] == [29.5] * 8
    assert traits._style_norms(many)["reel"]["deviation"] == [17.3181] * 8


def test_returns_of_ninety_nine_in_a_hundred() -> None:
    """Of 200 pieces the greatest but one counts, by size; a longer piece has no less."""
    short = measured("", 8, *[(2, 1)] * 197, (5, 1), (7, 3), (9, 4))
    long = measured("", 9, *[(3, 2)] * 60)
    assert traits._norms([*short, *long], [])["returns"] == [[8, 7, 3], [16, 7, 3]]
    # Pieces of 17 bars are too few; those of a style with few take those of all.
    rare = measured("", 17, *[(9, 9)] * 59)
    assert traits._norms([*short, *rare], [])["returns"] == [[8, 7, 3]]
    assert traits._norms(short, rare * 2)["returns"] == [[8, 7, 3], [24, 9, 9]]


def test_the_most_frequent_come_first() -> None:
    counts = Counter({("4/4", (1, 2)): 1, ("3/4", (3,)): 5})
    assert traits._rows(counts) == [["3/4", [3], 5], ["4/4", [1, 2], 1]]
    many = Counter({(str(i),): 1 for i in range(501)})
    assert len(traits._rows(many)) == 500


# -- what a network is fitted to ---------------------------------------------------------


class _Store:
    """Pieces of a corpus without a file."""

    vocabulary = V

    def __init__(self, *pieces: Events) -> None:
        self._pieces = pieces

    def pieces(self) -> Any:
        return [SimpleNamespace(number=i, header=piece.header, source="here", locator=str(i))
                for i, piece in enumerate(self._pieces)]  # fmt: skip

    def events(self, record: Any) -> Events:
        return self._pieces[record.number]


def rows_of(*notes: tuple[int, int, int, int], parts: int = 1) -> Events:
    """Time, part, duration and velocity of notes in one bar."""
    header = plain_header(1, programs=(0,) * parts, drums=(False,) * parts, names=("",) * parts)
    rows = [(V.bar, 0, 0, 0, 0, 0), *((t, p, 60 + i, d, v, 0) for i, (t, p, d, v) in enumerate(notes)),
            (V.end, 0, 0, 0, 0, 0)]  # fmt: skip
    return Events(np.array(rows, dtype=np.uint8), header)


@pytest.mark.parametrize(
    ("varied", "fixed"), [(0, ["part", "velocity"]), (1, ["part"]), (2, ["part"])]
)
def test_a_field_is_drawn_if_one_in_twenty_pieces_varies_it(varied: int, fixed: list[str]) -> None:
    plain, louder = rows_of((0, 0, 12, 70)), rows_of((0, 0, 12, 70), (12, 0, 12, 80))
    store: Any = _Store(*[louder] * varied, *[plain] * (20 - varied))
    found = dict(_fixed_fields(store, store.pieces()))
    assert sorted(found) == fixed
    assert found.get("velocity", 70) == 70


@pytest.mark.parametrize(
    ("chords", "expected"),
    # So many of 40 notes begin before the one before them has ended: more than one in twenty.
    [(2, (0, True)), (3, (1, False))],
)
def test_parts_are_followed_where_notes_overlap(chords: int, expected: tuple[int, bool]) -> None:
    plain, chord = rows_of((0, 0, 12, 70), (12, 0, 12, 70)), rows_of((0, 0, 12, 70), (0, 0, 12, 70))
    store: Any = _Store(*[chord] * chords, *[plain] * (20 - chords))
    assert _count_voices(store, store.pieces()) == expected


def test_all_but_the_largest_pieces_say_how_many_parts() -> None:
    def piece(parts: int) -> Events:
        return rows_of((0, 0, 12, 70), (0, 1, 12, 70), parts=parts)

    store: Any = _Store(*[piece(2)] * 19, piece(5))
    assert _count_voices(store, store.pieces()) == (5, True)
    store = _Store(*[piece(2)] * 20, piece(5))
    assert _count_voices(store, store.pieces()) == (2, True)
    store = _Store(piece(12))
    assert _count_voices(store, store.pieces()) == (8, True)


def test_what_is_known_of_a_split() -> None:
    tune = encode(corpus_tunes(1)[0], V)[0]
    empty = rows_of()
    store: Any = _Store(tune, empty)
    task: Any = SimpleNamespace(prepare=len, place=lambda piece, _: piece)
    split = load_split(store, store.pieces(), task)
    notes = tune.fields[tune.fields[:, 0] < V.skip]
    assert split.pieces == split.lengths.tolist() == [len(tune), 2]
    assert split.ranges.tolist() == [[notes[:, 2].min(), notes[:, 2].max()], [64, 64]]
    assert (split.notes, split.sixteenths) == (len(notes), 9 * 16)
    assert split.names == ("here/0", "here/1")
