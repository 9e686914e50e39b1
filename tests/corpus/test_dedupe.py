import numpy as np
import pytest
from kin_tools import find_duplicates, find_kin, group_works, leaking_works

from symgen.corpus import spill
from symgen.corpus.dedupe import GRAM, Signature, sign_scores
from symgen.corpus.options import SPLITS, check_ratios
from symgen.corpus.split import fill_split, split_of
from symgen.music.score import Note, Part, Score
from symgen.system.errors import ControlError


@pytest.fixture(autouse=True, params=["memory", "disk"])
def _where_grams_lie(request, monkeypatch):
    if request.param == "disk":
        monkeypatch.setattr(spill, "BUCKET", 1)
        monkeypatch.setattr(spill, "_CHUNK", 7)


def _join(first, second):
    at = first.length
    notes = [Note(n.onset + at, n.pitch, n.duration) for n in second.parts[0].notes]
    return Score((Part((*first.parts[0].notes, *notes)),))


def test_transposed_tunes_are_the_same(make_tune):
    signs = [
        sign_scores([make_tune(1)]),
        sign_scores([make_tune(2)]),
        sign_scores([make_tune(1).transposed(5)]),
    ]
    assert find_duplicates(signs, find_kin(signs), limit=0.7) == {2: 0}


def test_resolution_does_not_matter(make_tune):
    first, second = sign_scores([make_tune(1)]), sign_scores([make_tune(1).with_resolution(960)])
    assert np.array_equal(first.grams, second.grams)
    assert first.exact == second.exact


def test_short_tunes_are_compared_whole():
    tune = Score((Part(tuple(Note(i * 480, 60 + i, 480) for i in range(6))),))
    signs = [sign_scores([tune]), sign_scores([tune.transposed(2)])]
    assert len(signs[0].grams) == 0
    assert find_duplicates(signs, find_kin(signs), limit=0.7) == {1: 0}


def test_a_near_copy_is_a_duplicate_and_half_a_copy_is_kin(make_tune):
    long = make_tune(1, bars=32)
    near = _join(make_tune(1, bars=32), make_tune(9, bars=4))
    half = _join(long, make_tune(7, bars=40))
    signs = [sign_scores([score]) for score in (long, near, half, make_tune(3))]
    kin = find_kin(signs)
    assert find_duplicates(signs, kin, limit=0.7) == {1: 0}
    assert group_works(signs, kin, ["", "", "", ""], share=0.25) == [0, 0, 0, 3]


def test_a_double_of_a_double_is_kept_where_it_is_unlike_what_was_kept():
    first, second = np.arange(100, 200, dtype=np.uint64), np.arange(120, 220, dtype=np.uint64)
    third = np.arange(
        140, 240, dtype=np.uint64
    )  # like the second, which is left out, and not like the first
    signs = [Signature(frozenset(str(i)), grams) for i, grams in enumerate((first, second, third))]
    assert find_duplicates(signs, find_kin(signs), limit=0.7) == {1: 0}
    assert find_duplicates(signs[1:], find_kin(signs[1:]), limit=0.7) == {1: 0}


def test_kin_are_counted_exactly(make_tune):
    tunes = [make_tune(seed, bars=16) for seed in (1, 2)]
    tunes.append(_join(*tunes))
    signs = [sign_scores([tune]) for tune in tunes]
    kin = find_kin(signs)
    expected = {
        (a, b): len(np.intersect1d(signs[a].grams, signs[b].grams))
        for a, b in ((0, 1), (0, 2), (1, 2))
    }
    found = dict(
        zip(
            zip(kin.first.tolist(), kin.second.tolist(), strict=True),
            kin.shared.tolist(),
            strict=True,
        )
    )
    assert found == {pair: count for pair, count in expected.items() if count}
    assert found[0, 2] == len(signs[0].grams)


def test_titles_join_unless_too_many_bear_them(make_tune):
    signs = [sign_scores([make_tune(seed)]) for seed in range(4)]
    kin = find_kin(signs)
    assert group_works(signs, kin, ["maid", "", "maid", ""], share=0.25) == [0, 1, 0, 3]
    assert group_works(signs, kin, ["x", "x", "x", "x"], share=0.25, crowd=3) == [0, 1, 2, 3]


def test_leaks_are_found(make_tune):
    tunes = [make_tune(1, bars=16), make_tune(2, bars=16)]
    signs = [sign_scores([tune]) for tune in (*tunes, _join(*tunes), make_tune(5))]
    assert leaking_works(signs, ["train", "test", "valid", "test"], limit=0.3) == [2]
    assert leaking_works(signs, ["test"] * 4, limit=0.3) == []


def test_nothing_to_compare():
    kin = find_kin([])
    assert kin.shared.size == 0
    assert sign_scores([Score()]).grams.size == 0
    assert GRAM == 12


def test_splits_depend_on_the_key_alone():
    names = [split_of(f"tune {i}") for i in range(4000)]
    assert names == [split_of(f"tune {i}") for i in range(4000)]
    shares = [names.count(name) / len(names) for name in SPLITS]
    assert shares == pytest.approx([0.9, 0.05, 0.05], abs=0.015)
    assert {split_of(str(i), (0.0, 0.0, 1.0)) for i in range(50)} == {"test"}


@pytest.mark.parametrize("count", [1, 2, 3, 9, 10, 30])
@pytest.mark.parametrize("start", SPLITS)
def test_small_corpora_have_something_to_validate_and_to_test(count, start):
    splits = {f"tune {i}": start for i in range(count)}
    for name in SPLITS:
        chosen = fill_split(name, splits, (0.9, 0.05, 0.05))
        assert chosen == fill_split(name, dict(reversed(splits.items())), (0.9, 0.05, 0.05))
        if chosen:
            splits[chosen] = name
    found = set(splits.values())
    assert found >= {"train"}
    assert ("valid" in found) == (count >= 2)
    assert ("test" in found) == (count >= 10 or (start == "test" and count >= 3))


def test_a_split_is_filled_with_what_resembles_nothing_else():
    splits = {"a": "train", "b": "train", "c": "train"}
    assert fill_split("valid", splits, (0.9, 0.1, 0.0), lambda group: group != "b") == "b"
    assert fill_split("valid", splits, (0.9, 0.1, 0.0), lambda group: True) in splits
    assert fill_split("valid", splits, (1.0, 0.0, 0.0)) is None


@pytest.mark.parametrize("ratios", [(0.9, 0.1), (0.9, 0.2, 0.1), (1.1, -0.1, 0.0)])
def test_ratios_are_checked(ratios):
    with pytest.raises(ControlError, match="add up to 1"):
        check_ratios(ratios)
