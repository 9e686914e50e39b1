"""One of several takes: which one is kept, and that nothing else depends on it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from small import REAL_TUNES, random_model, save_model, tune

from symgen.evaluation.discriminator import KINDS, Discriminator
from symgen.music.controls import Controls
from symgen.nets.checkpoint import LANGUAGE_MODEL
from symgen.nets.network import attach_file
from symgen.sampling.seeds import candidate_seeds, resample
from symgen.system.errors import ControlError
from symgen.writing.choosing import Chooser
from symgen.writing.model import Model, load_model

EIGHT = Controls(bars=2, key="C major")


@pytest.fixture(scope="module")
def ranked(tmp_path_factory: pytest.TempPathFactory) -> Model:
    """A model with a discriminator that likes many notes."""
    names = KINDS["melody"][0]
    shapes = {
        "inner": (1, 1, len(names), 1),
        "inner_bias": (1, 1, 1),
        "outer": (1, 1, 1),
        "outer_bias": (1, 1),
    }
    arrays = {name: np.zeros(shape) for name, shape in shapes.items()}
    arrays |= {"center": np.zeros((1, len(names))), "scale": np.ones((1, len(names)))}
    arrays |= {
        "tree_feature": np.zeros((1, 1, 1), dtype=np.int16),
        "tree_threshold": np.zeros((1, 1, 1)),
    }
    arrays |= {"tree_value": np.zeros((1, 1, 2)), "tree_start": np.zeros(1)}
    arrays["inner"][0, 0, names.index("notes_per_bar"), 0] = arrays["outer"][0, 0, 0] = 1
    folder = save_model(tmp_path_factory.mktemp("models") / "ranked", random_model())
    attach_file(LANGUAGE_MODEL, folder, "discriminator", Discriminator("melody", arrays).to_bytes())
    return load_model(folder)


def test_a_take_of_the_group_is_kept_by_its_odds(ranked: Model) -> None:
    take = next(ranked.takes(EIGHT, seed=3, candidates=6))
    header = next(ranked.takes(EIGHT, seed=3)).header
    counts = [
        ranked.take_like(header, seed=seed).score.note_count for seed in candidate_seeds(3, 6)
    ]
    assert len(set(counts)) > 1
    odds = [count / 2 / 2 for count in counts]  # a mean of networks and trees; two bars
    assert take.score.note_count == counts[resample(odds, 3)]
    assert take.rank == 1 + sum(count > take.score.note_count for count in counts)
    assert take.seed == 3
    assert take.scores
    assert take.scores.odds == pytest.approx(take.score.note_count / 2 / 2)
    assert [one.odds for one in take.table] == pytest.approx(odds)
    kept = [one.kept for one in take.table].index(True)
    assert take.scores == take.table[kept]
    assert take.header == header
    assert take.score.title == f"symgen tiny seed 3, take {kept + 1} of 6"


def test_one_candidate_changes_nothing(ranked: Model) -> None:
    plain, one = ranked.generate(EIGHT, seed=3), ranked.generate(EIGHT, seed=3, candidates=1)
    assert one == plain
    assert one.title == "symgen tiny seed 3"
    assert next(ranked.takes(EIGHT, seed=3)).scores is None


def test_several_are_kept_out_of_one_group(ranked: Model) -> None:
    takes = list(ranked.takes(EIGHT, seed=3, count=3, candidates=5))
    group = [
        ranked.take_like(takes[0].header, seed=seed).score.note_count
        for seed in candidate_seeds(3, 5)
    ]
    assert [one.odds * 4 for one in takes[0].table] == pytest.approx(group)
    assert [sum(one.kept for one in take.table) for take in takes] == [3, 3, 3]
    assert len({take.score.title for take in takes}) == len({take.rank for take in takes}) == 3
    assert [take.score for take in takes] == ranked.generate(EIGHT, seed=3, count=3, candidates=5)


def test_each_piece_of_a_group_may_have_its_own_plan(ranked: Model) -> None:
    open_key = Controls(bars=1)
    plans = {str(next(ranked.takes(open_key, seed=seed)).header.key) for seed in range(3)}
    kept = {str(take.header.key) for take in ranked.takes(open_key, seed=0, count=3, candidates=30)}
    assert kept <= plans


def test_what_is_kept_is_unlike_what_was_kept(ranked: Model) -> None:
    """Two of three takes are the same piece: the third one comes in, however bad its odds."""
    chooser = Chooser(ranked.discriminator(), None, {}, ranked.vocabulary)
    one, other = ranked.takes(EIGHT, seed=3, count=2)
    for seed in range(20):
        kept = chooser.choose([one, one, other], 2, seed)
        assert sorted(take.score.note_count for take in kept) == sorted(
            take.score.note_count for take in (one, other)
        )


def test_what_is_kept_is_unlike_all_that_were_kept(ranked: Model) -> None:
    """Not the last one only: of two that are the same, one is kept, whatever came between."""
    chooser = Chooser(ranked.discriminator(), None, {}, ranked.vocabulary)
    one, other, third = ranked.takes(EIGHT, seed=3, count=3)
    for seed in range(40):
        kept = chooser.choose([one, one, one, one, other, third], 3, seed)
        assert {take.seed for take in kept} == {one.seed, other.seed, third.seed}


def test_scores_say_what_a_piece_is_like(ranked: Model) -> None:
    loop = tune("C4 D4 E4 F4|" * 7 + "G4 E4 D4 C4", resolution=12)
    take = next(ranked.takes(Controls(bars=8, key="C major"), seed=1))
    norms = {"": {"mean": [4.0] + [0.0] * 7, "deviation": [2.0] * 8, "returns": [[8, 3, 2]]}}
    chooser = Chooser(ranked.discriminator(), None, {"norms": norms}, ranked.vocabulary)
    (scores,) = chooser.scores([replace(take, score=loop, bits=2.5)])
    assert (scores.bits_a_note, scores.returns, scores.loops, scores.ends) == (
        2.5,
        (7, 6),
        True,
        True,
    )
    assert scores.longest_copy is None
    assert scores.distance is not None
    (plain,) = Chooser(ranked.discriminator(), None, {}, ranked.vocabulary).scores([take])
    assert (plain.distance, plain.loops, plain.copy) == (None, False, "")
    json.dumps(scores.to_json())


def test_likelihoods_are_of_the_new_notes(ranked: Model) -> None:
    sure, even, wild = (
        np.mean(
            [take.bits for take in ranked.takes(Controls(bars=4, temperature=t), count=8, seed=1)]
        )
        for t in (0.5, 1.0, 2.0)
    )
    assert 0 < sure < even < wild


def test_more_pieces_than_candidates_are_refused(ranked: Model) -> None:
    with pytest.raises(ControlError, match="candidates 2: fewer than the 4 pieces to keep of them"):
        ranked.takes(count=4, candidates=2)


def test_takes_are_kept_as_often_as_their_odds_say() -> None:
    odds = [0.0, 1.0, -3.0]
    counts = np.bincount([resample(odds, seed) for seed in range(3000)], minlength=3)
    assert counts / 3000 == pytest.approx(np.exp(odds) / np.exp(odds).sum(), abs=0.03)
    assert resample([-900.0, 900.0, -900.0], 1) == 1
    assert resample([5.0], 1) == 0


def test_seeds_of_candidates_begin_with_the_piece_and_never_meet() -> None:
    assert candidate_seeds(7, 1) == [7]
    assert candidate_seeds(7, 9)[:4] == candidate_seeds(7, 4)
    drawn = [seed for first in range(50) for seed in candidate_seeds(first, 20)]
    assert len(set(drawn)) == len(drawn)
    assert all(0 <= seed < 2**63 for seed in drawn)


def test_continuations_are_ranked_too(ranked: Model) -> None:
    meter, pickup, _, text = REAL_TUNES["Amazing Grace"]
    score = tune(text, meter=meter, pickup=pickup, resolution=480)
    counts = [
        ranked.continue_(score, bars=2, seed=seed).note_count for seed in candidate_seeds(5, 5)
    ]
    best = ranked.continue_(score, bars=2, seed=5, candidates=5)
    assert best.note_count in counts
    assert best.parts[0].notes[: score.note_count] == score.parts[0].notes
    assert best == ranked.continue_(score, bars=2, seed=5, candidates=5)


def test_a_model_without_a_discriminator_says_so(tiny: Model, tiny_folder: Path) -> None:
    for model in (tiny, load_model(tiny_folder)):
        with pytest.raises(
            ControlError, match="has no discriminator to rank takes by; leave --candidates out"
        ):
            model.takes(candidates=2)


@pytest.mark.parametrize("candidates", [0, -1, 1025])
def test_a_bad_number_is_refused(ranked: Model, candidates: int) -> None:
    with pytest.raises(ControlError, match=r"candidates .*: must be 1..1024"):
        ranked.takes(candidates=candidates)
