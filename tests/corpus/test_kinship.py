"""Where a corpus draws its lines between works: what is kin, what leaks, what is held out."""

import hashlib
import json
from collections import Counter
from dataclasses import replace

import kin_tools
import numpy as np
import pytest
from kin_tools import Work, find_duplicates, find_kin, group_works, leaking_works

from symgen.corpus import CorpusOptions, spill
from symgen.corpus.dedupe import Signature, sign_scores
from symgen.corpus.heldout import HeldOut, chord_grams, frame_grams, read_held_out
from symgen.corpus.labels import merge_rare
from symgen.corpus.split import _CROWD, plain_title, split_of
from symgen.music.score import Note, Part, Score
from symgen.system.errors import FormatError

ALL_TRAIN = CorpusOptions(
    ratios=(1.0, 0.0, 0.0), kin=0.6, near=0.9, hold_out={"test": "x", "valid": "x"}
)


def grams(first, count):
    """A signature of so many n-grams in a row, which has nothing else."""
    hashes = np.arange(first, first + count, dtype=np.uint64)
    return Signature(frozenset([f"{first} {count}"]), hashes)


def work(name, signature, held="", *, source="set", title=""):
    return Work(name, signature, held, source, title)


def assigned(works, options=ALL_TRAIN):
    """Splits by name, and the names and reasons of what was left out."""
    return kin_tools.assigned(works, options)[:2]


def groups(works, options=ALL_TRAIN):
    return kin_tools.assigned(works, options)[2]


@pytest.fixture(autouse=True, params=["memory", "disk"])
def _where_grams_lie(request, monkeypatch):
    if request.param == "disk":
        monkeypatch.setattr(spill, "BUCKET", 1)
        monkeypatch.setattr(spill, "_CHUNK", 7)


# -- kin, doubles, leaks -----------------------------------------------------------------


@pytest.mark.parametrize(("shared", "stays"), [(30, True), (31, False)])
@pytest.mark.parametrize("held_first", [True, False])
def test_what_a_held_out_work_is_made_of_is_no_training(shared, stays, held_first):
    """Up to 30 % of the 100 n-grams that are held out may be trained on; of 200 in the other work."""
    works = [work("held", grams(0, 100), "test"), work("made", grams(100 - shared, 200))]
    splits, dropped = assigned(works if held_first else works[::-1])
    assert splits == {"set/held": "test"} | ({"set/made": "train"} if stays else {})
    assert dropped == ({} if stays else {"set/made": "held out"})


def test_kin_of_what_is_held_out_goes_with_it_unless_it_may_only_be_trained_on():
    """61 of 100 n-grams in common is kin, 60 is not."""
    for source, splits in (
        ("set", {"set/held": "test", "set/kin": "test"}),
        ("made", {"set/held": "test"}),
    ):
        options = replace(ALL_TRAIN, train_only=("made",), leak=0.65)
        works = [work("held", grams(0, 100), "test")]
        works.append(work("kin", grams(39, 100), source=source))
        found, dropped = assigned(works, options)
        assert found == splits
        assert dropped == ({} if source == "set" else {"made/kin": "held out"})
    works = [work("held", grams(0, 100), "test"), work("other", grams(40, 100))]
    assert assigned(works, replace(ALL_TRAIN, leak=0.65))[0]["set/other"] == "train"


def test_of_two_splits_the_first_that_is_held_out_wins():
    works = [work("a", grams(0, 100), "test"), work("b", grams(30, 100), "valid")]
    for order in (("test", "valid"), ("valid", "test")):
        options = replace(ALL_TRAIN, hold_out=dict.fromkeys(order, "x"), leak=1.0)
        assert set(assigned(works, options)[0].values()) == {order[0]}


def test_of_doubles_the_first_stays_unless_the_other_is_held_out():
    """More than 90 of 100 n-grams in common is a double."""
    for held, out in (("", "set/b"), ("test", "set/a")):
        works = [work("a", grams(0, 100)), work("b", grams(9, 100), held)]
        splits, dropped = assigned(works)
        assert dropped == {out: "duplicate"}
        assert set(splits.values()) == {held or "train"}
    works = [work("a", grams(0, 100)), work("b", grams(10, 100))]
    assert assigned(works)[1] == {}


def test_groups_are_named_by_their_first_name():
    works = [work("b", grams(0, 100)), work("a", grams(30, 100)), work("c", grams(500, 100))]
    assert groups(works) == ["set/a", "set/a", "set/c"]


def test_a_held_out_tune_made_of_training_tunes_is_trained_on():
    """Its name puts it into the test part; 16 of its 100 n-grams in each of two training works is too much."""
    names = [f"tune {i}" for i in range(400)]
    ratios = (0.9, 0.05, 0.05)
    test = next(name for name in names if split_of(f"set/{name}", ratios) == "test")
    train = [name for name in names if split_of(f"set/{name}", ratios) == "train"][:20]
    for shared, split in ((16, "train"), (15, "test")):
        works = [work(test, grams(0, 100))]
        works.append(work(train[0], grams(100 - shared, 100)))
        low = Signature(frozenset("x"), np.arange(shared, dtype=np.uint64))
        works.append(work(train[1], low))
        works += [work(name, grams(1000 * i + 1000, 50)) for i, name in enumerate(train[2:])]
        options = replace(ALL_TRAIN, ratios=ratios, kin=1.0, near=1.0)
        assert assigned(works, options)[0][f"set/{test}"] == split


def test_works_of_one_name_are_joined_unless_they_are_many():
    for count, different in ((_CROWD, 1), (_CROWD + 1, _CROWD + 1)):
        works = [work(f"op1-{i:02}", grams(1000 * i, 50)) for i in range(count)]
        options = replace(ALL_TRAIN, works={"set": r"^(op\d+)"})
        assert len(set(groups(works, options))) == different
    assert _CROWD == 24


def test_tunes_of_one_title_are_joined_unless_they_are_many():
    for count, different in ((8, 1), (9, 9)):
        works = [
            work(str(i), grams(1000 * i, 50), title=f"The Maid's Reel No. {i}")
            for i in range(count)
        ]
        assert len(set(groups(works))) == different


@pytest.mark.parametrize(
    ("title", "plain"),
    [("The Maid's Reel No. 3", "maids"), ("A Slip Jig", ""), ("Untitled 7", ""), ("X of Y", "x y")],
)
def test_titles_without_what_many_have(title, plain):
    assert plain_title(title) == plain


def test_a_split_is_where_the_hash_of_a_key_falls():
    ratios = (0.5, 0.2, 0.3)
    for number in range(60):
        digest = hashlib.sha256(f"set/{number}".encode()).hexdigest()
        point = int(digest[:16], 16) / 2**64
        expected = "train" if point < 0.5 else "valid" if point < 0.7 else "test"
        assert split_of(f"set/{number}", ratios) == expected
    assert split_of("x", (0.0, 0.0, 0.0)) == "train"


@pytest.mark.parametrize(("count", "pairs"), [(40, 780), (41, 0)])
def test_what_forty_works_have_in_common_is_a_scale(count, pairs):
    kin = find_kin([grams(5, 1)] * count)
    assert (len(kin.first), int(kin.shared.sum())) == (pairs, pairs)
    assert (kin.first < kin.second).all()


def test_limits_are_not_passed_by_what_reaches_them():
    """Of 10 n-grams 3 in common."""
    signs = [grams(0, 10), grams(7, 10)]
    kin = find_kin(signs)
    assert list(kin) == [(0, 1, 3)]
    titles = ["", ""]
    assert group_works(signs, kin, titles, share=0.3) == [0, 1]
    assert group_works(signs, kin, titles, share=0.29) == [0, 0]
    assert group_works([grams(0, 100), grams(97, 10)], kin, titles, share=0.29) == [0, 0]
    assert find_duplicates(signs, kin, limit=0.3) == {}
    assert find_duplicates(signs, kin, limit=0.29) == {1: 0}
    assert leaking_works(signs, ["train", "test"], limit=0.3) == []
    assert leaking_works(signs, ["train", "test"], limit=0.29) == [1]
    assert leaking_works(signs, ["valid", "test"], limit=0.29) == []


def test_n_grams_are_of_twelve_notes():
    def scale(count):
        return Score((Part(tuple(Note(480 * i, 60 + i * i % 7, 480) for i in range(count))),))

    assert [len(sign_scores([scale(count)]).grams) for count in (11, 12, 13)] == [0, 1, 2]
    both = sign_scores([scale(12), scale(13)])
    assert (len(both.exact), len(both.grams)) == (2, 2)


# -- held out ----------------------------------------------------------------------------


def test_pieces_are_the_same_from_more_than_three_tenths_on():
    piece = frozenset(range(10))
    held = HeldOut({"test": [piece], "valid": [piece, frozenset(range(100, 120))]})
    for form, split in (
        (range(7, 17), ""),
        (range(6, 16), "test"),
        (range(6, 100), "test"),
        (range(114, 134), ""),
        (range(113, 133), "valid"),
        ((), ""),
    ):
        assert held.split_of([frozenset(form)]) == split
    assert held.split_of([frozenset([50]), frozenset(range(5))]) == "test"


def test_grams_of_chords():
    """Five chords, rests and repetitions left out; the shape of each and the steps between their basses."""
    frames = [[60, 64], [60, 64], [], [-1, 62], [60], [59, 62], [57]]
    assert len(frame_grams(frames)) == 1
    assert frame_grams(frames) == frame_grams([[p + 3 for p in f if p >= 0] for f in frames])
    assert frame_grams(frames[:-1]) == frozenset()
    assert frame_grams(frames) != frame_grams([*frames[:-1], [56]])
    assert len(frame_grams([*frames, [55], [57]])) == 3
    # What follows a run changes nothing in it.
    assert frame_grams(frames) < frame_grams([*frames, [55, 62, 70]])
    assert len(frame_grams([[0], [2], [4], [5], [7]])) == 1
    drums = Part((Note(0, 36, 480),), is_drum=True)
    chords = [Part(tuple(Note(480 * i, p, 480) for i, p in enumerate((60, 62, 60, 59, 57))))]
    assert chord_grams(Score((*chords, drums))) == frame_grams([[60], [62], [60], [59], [57]])
    # A pitch of two parts sounds until both end.
    double = Part((Note(0, 60, 960),))
    assert chord_grams(Score((*chords, double))) == frame_grams([[60], [60, 62], [60], [59], [57]])


def test_what_can_be_held_out(tmp_path):
    path = tmp_path / "held.json"
    path.write_text(json.dumps({"test": [[[60], [62], [64], [65]]], "valid": 3}))
    for split, message in (
        ("test", "no piece of 5 chords"),
        ("valid", "no lists"),
        ("x", "no lists"),
    ):
        with pytest.raises(FormatError, match=message):
            read_held_out({split: path})
    path.write_text(json.dumps({"test": [[[60], [62], [64], [65], [67]], []]}))
    assert len(read_held_out({"test": path}).pieces["test"]) == 1


def test_rare_styles_are_merged():
    styles = ["waltz"] * 10 + ["mazurka"]
    changes = merge_rare(styles)
    assert Counter(changes.get(style, style) for style in styles) == {"waltz": 10, "": 1}


def test_a_small_corpus_is_checked_with_what_resembles_nothing_else():
    """Half of each of the first two works stands in the other; the third, which comes later, stands alone."""
    ratios = (0.9, 0.1, 0.0)
    names = [f"tune {i}" for i in range(60) if split_of(f"set/tune {i}", ratios) == "train"][:3]
    names.sort(key=lambda name: hashlib.sha256(f"set/{name}".encode()).digest())
    signs = (grams(0, 100), grams(50, 100), grams(500, 100))
    works = [work(name, sign) for name, sign in zip(names, signs, strict=True)]
    splits, dropped = assigned(works, replace(ALL_TRAIN, ratios=ratios))
    assert list(splits.values()) == ["train", "train", "valid"]
    assert dropped == {}
