"""The judge of takes: its arithmetic by hand, its file, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from small_tunes import tune

from symgen.evaluation.discriminator import KINDS, Discriminator, feature_rows, fold_of
from symgen.music.theory import Key
from symgen.system.errors import CheckpointError

FEATURES = KINDS["melody"][0]
KEY = Key(0, "major")


def arrays(folds: int = 2, *, trees: int = 3, seed: int = 0) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    count, nets, units = len(FEATURES), 2, 4
    return {
        "center": rng.normal(size=(folds, count)).astype(np.float32),
        "scale": rng.uniform(1, 2, size=(folds, count)).astype(np.float32),
        "inner": rng.normal(size=(folds, nets, count, units)).astype(np.float32),
        "inner_bias": rng.normal(size=(folds, nets, units)).astype(np.float32),
        "outer": rng.normal(size=(folds, nets, units)).astype(np.float32),
        "outer_bias": rng.normal(size=(folds, nets)).astype(np.float32),
        "tree_feature": rng.integers(0, count, size=(folds, trees, 3)).astype(np.int16),
        "tree_threshold": rng.normal(size=(folds, trees, 3)),
        "tree_value": rng.normal(size=(folds, trees, 4)).astype(np.float32),
        "tree_start": rng.normal(size=folds),
    }


def slow_odds(a: dict[str, Any], fold: int, row: Any) -> float:
    scaled = (row - a["center"][fold]) / a["scale"][fold]
    nets = []
    for net in range(a["inner"].shape[1]):
        inner = np.maximum(scaled @ a["inner"][fold, net] + a["inner_bias"][fold, net], 0)
        nets.append(inner @ a["outer"][fold, net] + a["outer_bias"][fold, net])
    total = a["tree_start"][fold]
    for tree in range(a["tree_feature"].shape[1]):
        node = 0
        while node < 3:
            right = row[a["tree_feature"][fold, tree, node]] > a["tree_threshold"][fold, tree, node]
            node = 2 * node + 1 + int(right)
        total += a["tree_value"][fold, tree, node - 3]
    return float((np.mean(nets) + total) / 2)


def test_log_odds_agree_with_a_slow_sum() -> None:
    a = arrays()
    rows = np.random.default_rng(1).normal(size=(7, len(FEATURES)))
    found = Discriminator("melody", a).log_odds(rows)
    assert found.shape == (2, 7)
    for fold in range(2):
        assert found[fold] == pytest.approx([slow_odds(a, fold, row) for row in rows])


def test_a_piece_is_judged_alone_and_without_the_silence_after_it() -> None:
    judge = Discriminator("melody", arrays())
    one, other = tune("C4 D4 E4 F4|C4"), tune("G4 F4 E4 D4|C4 C4 C4 C4")
    both = judge.judge([one, other], [KEY, KEY])
    assert judge.judge([other], [KEY]) == pytest.approx(both[1:])
    assert judge.judge([tune("C4 D4 E4 F4|C4|-")], [KEY]) == pytest.approx(both[:1])
    assert len(judge.judge([], [])) == 0
    assert feature_rows("melody", [], []).shape == (0, len(FEATURES))


def test_a_file_gives_the_same_judge() -> None:
    judge = Discriminator("melody", arrays())
    data = judge.to_bytes()
    again = Discriminator.from_bytes(data)
    rows = np.random.default_rng(2).normal(size=(5, len(FEATURES)))
    np.testing.assert_allclose(
        again.log_odds(rows), judge.log_odds(rows), atol=0.01
    )  # 16-bit weights
    assert again.to_bytes() == data


def test_damaged_files_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    data = Discriminator("melody", arrays()).to_bytes()
    for bad in (b"", data[:100], data[: len(data) // 2], b"\xff" * 64):
        with pytest.raises(CheckpointError, match="discriminator: damaged"):
            Discriminator.from_bytes(bad)
    monkeypatch.setitem(KINDS, "melody", (FEATURES[::-1], KINDS["melody"][1]))
    with pytest.raises(CheckpointError, match="other features"):
        Discriminator.from_bytes(data)


@pytest.mark.parametrize(
    ("name", "cut"), [("scale", 1), ("outer", 2), ("tree_value", 2), ("inner", 0)]
)
def test_arrays_that_do_not_fit_are_refused(name: str, cut: int) -> None:
    a = arrays()
    a[name] = np.delete(a[name], 0, axis=cut)
    with pytest.raises(CheckpointError, match="discriminator: its "):
        Discriminator("melody", a)


def test_a_work_keeps_its_fold() -> None:
    assert [fold_of(name, 5) for name in ("a", "b", "The Kesh")] == [2, 1, 3]  # crc32 modulo 5
    assert {fold_of(str(i), 5) for i in range(50)} == set(range(5))
