"""Classifiers that tell what differs and nothing else, on the features that fit."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from small_tunes import pieces_of, walks

from symgen.evaluation import judges
from symgen.evaluation.comparison import Settings, compare
from symgen.evaluation.discriminator import KINDS
from symgen.evaluation.judges import area, features_for, judge_sets, make_folds
from symgen.evaluation.pieces import Piece, read_pieces
from symgen.music.score import Note, Part, Score
from symgen.system.errors import ControlError

SETTINGS = Settings(seed=3, resamples=50)


def over_bass(scores: list[Score], *intervals: int) -> list[Score]:
    """Put a second voice below melodies, at intervals that take turns."""
    found = []
    for score in scores:
        notes = score.parts[0].notes
        bass = [
            Note(n.onset, n.pitch - intervals[i % len(intervals)], n.duration)
            for i, n in enumerate(notes)
        ]
        found.append(score.with_parts([*score.parts, Part(tuple(bass))]))
    return found


@pytest.fixture
def _quick_judges(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judges, "_TREES", 20)
    monkeypatch.setattr(judges, "_EPOCHS", 3)


def test_areas_by_hand() -> None:
    assert area(np.array([0.0, 1.0]), np.array([1.0, 2.0])).tolist() == [[1, 1], [0.5, 1]]
    assert area(np.array([1.0]), np.array([1.0])).mean() == 0.5


def test_what_belongs_together_is_held_out_together() -> None:
    one, other = walks(12), walks(12, 100)
    pieces = [
        *pieces_of(one),
        *pieces_of(one[:6]),
        *(Piece("", s, group=f"g{i // 3}") for i, s in enumerate(other)),
    ]
    labels = np.repeat([0, 1], [12, 18])
    folds = make_folds(pieces, labels, 1)
    assert folds[:6].tolist() == folds[12:18].tolist()
    assert all(len(set(folds[start : start + 3])) == 1 for start in range(18, 30, 3))
    assert set(folds.tolist()) == set(range(5))
    assert make_folds(pieces, labels, 1).tolist() == folds.tolist()


@pytest.mark.usefixtures("_quick_judges")
@pytest.mark.parametrize("name", judges.JUDGES)
def test_judges_tell_what_differs_and_nothing_else(name: str) -> None:
    if name != "gru":
        pytest.importorskip("sklearn", reason="scikit-learn is an extra: bench")
    real, leaping = pieces_of(walks(24)), pieces_of(walks(24, 100, leaps=3))
    auc, floor = judge_sets(name, real, leaping, seed=1, resamples=50)
    assert auc.value > 0.9
    assert 0.15 < floor.value < 0.85
    assert floor.low is not None
    assert floor.high is not None
    assert floor.low <= floor.value <= floor.high
    itself, _ = judge_sets(name, real[:10], real[:10], seed=1, resamples=50)
    assert itself.value == 0.5


@pytest.mark.usefixtures("_quick_judges")
@pytest.mark.parametrize("name", judges.FEATURE_JUDGES)
@pytest.mark.parametrize("kind", KINDS)
def test_features_of_both_kinds_tell_what_differs_and_nothing_else(kind: str, name: str) -> None:
    pytest.importorskip("sklearn", reason="scikit-learn is an extra: bench")
    real = pieces_of(over_bass(walks(60), 3, 7, 12))
    leaping = pieces_of(over_bass(walks(30, 100, leaps=3), 12, 3, 7))
    auc, floor = judge_sets(name, real, leaping, seed=1, resamples=20, kind=kind)
    assert auc.value > 0.95
    assert 0.25 < floor.value < 0.75
    halves, _ = judge_sets(name, real[::2], real[1::2], seed=1, resamples=20, kind=kind)
    assert 0.25 < halves.value < 0.75
    again = [Piece(piece.name, piece.score) for piece in real]
    assert judge_sets(name, again, leaping, seed=1, resamples=20, kind=kind) == (auc, floor)


@pytest.mark.usefixtures("_quick_judges")
@pytest.mark.parametrize("name", judges.FEATURE_JUDGES)
def test_what_differs_below_the_melody_is_told_by_voices_alone(name: str) -> None:
    pytest.importorskip("sklearn", reason="scikit-learn is an extra: bench")
    consonant, fourths = (
        pieces_of(over_bass(walks(24, first), *below))
        for first, below in ((0, (3, 4)), (50, (5, 6)))
    )
    by_melody, by_voices = (
        judge_sets(name, consonant, fourths, seed=1, resamples=20, kind=kind)[0].value
        for kind in ("melody", "voices")
    )
    assert 0.2 < by_melody < 0.8
    assert by_voices > 0.95


def test_features_fit_most_of_the_pieces() -> None:
    melodies, duets = pieces_of(walks(3)), pieces_of(over_bass(walks(3), 4))
    legato = Score((Part(tuple(Note(12 * i, 60 + i, 13) for i in range(20))),), 12)
    assert (
        features_for(melodies) == features_for([]) == features_for(pieces_of([legato])) == "melody"
    )
    assert features_for(duets) == features_for([*duets, *melodies[:2]]) == "voices"
    assert features_for([*duets, *melodies]) == "melody"


@pytest.mark.usefixtures("_quick_judges")
def test_a_report_says_which_features_were_used() -> None:
    pytest.importorskip("sklearn", reason="scikit-learn is an extra: bench")
    melodies, duets = walks(10), over_bass(walks(10, 30), 4, 7)
    for ours, real, kind, text in (
        (duets, melodies, "melody", "Features: of the melody."),
        (melodies, duets, "voices", "Features: of all voices"),
    ):
        found = compare(read_pieces(ours), read_pieces(real), SETTINGS)
        assert found.to_json()["features"] == kind
        assert text in found.to_markdown()


@pytest.mark.usefixtures("_quick_judges")
def test_the_gru_gives_torch_its_threads_and_numbers_back() -> None:
    import torch

    torch.manual_seed(5)
    expected = torch.rand(3).tolist()
    torch.manual_seed(5)
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        two = judge_sets(
            "gru", pieces_of(walks(10)), pieces_of(walks(10, 50)), seed=0, resamples=10
        )
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(threads)
    assert torch.rand(3).tolist() == expected
    assert (
        judge_sets("gru", pieces_of(walks(10)), pieces_of(walks(10, 50)), seed=0, resamples=10)
        == two
    )


@pytest.mark.usefixtures("_quick_judges")
def test_without_scikit_learn_the_other_tables_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("sklearn", "sklearn.ensemble"):
        monkeypatch.setitem(sys.modules, name, None)
    found = compare(read_pieces(walks(10)), read_pieces(walks(10, 40)), SETTINGS)
    assert set(found.tables["classifiers"]) == {"gru"}
    assert sum("pip install 'symgen[bench]'" in note for note in found.notes) == 2
    assert "features" not in found.facts
    assert "Features:" not in found.to_markdown()


@pytest.mark.usefixtures("_quick_judges")
def test_one_piece_many_times_is_refused() -> None:
    pytest.importorskip("sklearn")
    pieces = pieces_of(walks(12))
    with pytest.raises(ControlError, match="more different pieces"):
        judge_sets("logistic", pieces, [pieces[0]] * 12, seed=0, resamples=10)
