"""What is compared, and the likelihoods beside it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from report_tools import REPORT
from small_tunes import pieces_of, tune, walks

from symgen.copies.reference import Reference
from symgen.evaluation import pieces as reading
from symgen.evaluation.comparison import Settings, _distance_row, compare, copy_metrics
from symgen.evaluation.distances import compare_densities, scott_bandwidth
from symgen.evaluation.evaluate import Likelihood, _estimates, _rates, _split_of, evaluate
from symgen.evaluation.judges import _SIZES, make_folds, note_rows
from symgen.evaluation.pieces import Piece, _of_store, read_pieces, shares
from symgen.formats import save_score
from symgen.music.meter import Meter
from symgen.music.score import KeyChange, MeterChange, Note, Part, Score
from symgen.music.theory import Key
from symgen.system.errors import ControlError, FormatError

DRUMS = Part((Note(0, 36, 12),), is_drum=True)


# -- what is compared --------------------------------------------------------------------


def test_facts_keys_and_pieces_of_a_comparison() -> None:
    """Three melodies, of which two are in minor, and drums that have no key, beside one melody in C."""
    other = tune("A4 B4 C5 E5|A4:2 G#4 B4|A4:4 |A3:4")
    silent = Score()
    ours = [*walks(2), other, Score((DRUMS,), 12), silent]
    found = compare(read_pieces(ours), read_pieces(walks(1)), Settings(3, 20, classifiers=False))
    facts = {"reference": "scores", "reference_pieces": 1, "generated": "scores"}
    assert found.facts == {**facts, "generated_pieces": 4, "seed": 3, "resamples": 20}
    assert found.left_out == ("generated: score 5: holds no notes",)
    assert [note for note in found.notes if "narrow" not in note] == [
        "copies: the reference has no training part to search, as it is no store",
        "classifiers: not asked for",
    ]
    keys = {piece.name: piece.key for piece in found.pieces if piece.side == "generated"}
    assert keys == {"score 1": "C major", "score 2": "E minor", "score 3": "A minor", "score 4": ""}
    assert found.tables["keys"] == {
        "major": {"reference": 1.0, "generated": pytest.approx(1 / 3)},
        "minor": {"reference": 0.0, "generated": pytest.approx(2 / 3)},
    }
    # One piece has no halves.
    assert set(found.tables["divergences"]["kl_place"]) == {"kl"}
    assert "copies" not in found.tables
    curve = found.curves["histogram interval"]
    assert {side: float(values.sum()) for side, values in curve.items()} == pytest.approx(
        {"reference": 1, "generated": 1}
    )


def test_floors_are_of_every_other_piece() -> None:
    found = compare(
        read_pieces(walks(2)), read_pieces(walks(5, 10)), Settings(0, 5, classifiers=False)
    )
    real = read_pieces(walks(5, 10)).pieces
    halves = (read_pieces([piece.score for piece in real[i::2]]) for i in (1, 0))
    again = compare(*halves, Settings(0, 5, classifiers=False)).tables
    for name, cells in found.tables["divergences"].items():
        assert cells["kl_floor"] == pytest.approx(again["divergences"][name]["kl"])


def test_distances_of_one_feature() -> None:
    """Reference 0 1 3 7, so that 0 3 and 1 7 are its halves, and 2 5 generated."""
    real, ours = ([np.array([float(x)]) for x in row] for row in ((0, 1, 3, 7), (2, 5)))
    cells, samples = _distance_row(real, ours)
    inner, between = np.array([1.0, 3, 7, 2, 6, 4]), np.array([2.0, 5, 1, 4, 1, 2, 5, 2])
    assert samples["within_reference"].tolist() == inner.tolist()
    assert samples["within_generated"].tolist() == [3]
    assert samples["between"].tolist() == between.tolist()
    alike = compare_densities(inner, between)
    means = {"within_reference": 23 / 6, "within_generated": 3, "between": 22 / 8}
    # One distance alone has no density: neither the generated pieces nor a half of the reference.
    assert cells == pytest.approx({**means, **alike})
    real += [np.array([12.0]), np.array([13.0])]
    halves = np.array([3.0, 12, 9]), np.array([1.0, 7, 13, 2, 4, 10, 11, 5, 1])
    floor = compare_densities(*halves)
    found = _distance_row(real, ours)[0]
    assert (found["overlap_floor"], found["kl_floor"]) == (floor["overlap"], floor["kl"])
    own = _distance_row(ours, real)[0]
    assert (own["overlap_generated"], own["kl_generated"]) == (found["overlap"], found["kl"])


def test_two_distances_have_a_density() -> None:
    """Their deviation is the root of 2: times 2 to the power of -1/5."""
    assert scott_bandwidth(np.array([1.0, 3.0])) == pytest.approx(2**0.5 * 2**-0.2)
    assert scott_bandwidth(np.array([1.0])) == 0
    assert compare_densities(np.array([1.0, 3.0]), np.array([1.0, 3.0]))["overlap"] == 1


def test_copies_are_looked_for_from_twelve_notes_on() -> None:
    known = walks(1)[0]
    notes = known.parts[0].notes
    training = Reference([known])
    for count, expected in ((12, {"longest_match", "copied_share"}), (11, {"longest_match"})):
        part = Part(notes[:count])
        assert copy_metrics(Piece("", Score((part, DRUMS), 12)), training).keys() == expected
    assert copy_metrics(Piece("", Score((DRUMS,), 12)), training) == {}


@pytest.mark.parametrize(("seed", "resamples"), [(2**32, 1), (-1, 1), (0, 0)])
def test_seeds_and_resamples_out_of_range(seed: int, resamples: int) -> None:
    with pytest.raises(ControlError, match="0 to 2"):
        evaluate(walks(1), walks(1), seed=seed, resamples=resamples, classifiers=False)


def test_a_key_signature_is_believed_from_85_percent_on() -> None:
    """17 of 20 quarters before the last note lie in G major, none of them an F sharp; then 16."""
    for wrong, tonic in ((3, 7), (4, None)):
        pitches = [67, 69, 71, 72, 74] * 3 + [67] * (5 - wrong) + [68] * wrong + [60]
        notes = tuple(Note(12 * i, pitch, 12) for i, pitch in enumerate(pitches))
        score = Score((Part(notes), DRUMS), 12, keys=(KeyChange(0, 1),))
        key = Piece("", score).key
        assert (tonic is None) or key == Key(tonic, "major")
        unsigned = Piece("", Score((Part(notes),), 12)).key
        assert (tonic is not None) or key == unsigned


def test_shares_of_what_is_most_frequent() -> None:
    assert list(shares(["b", "a", "c", "c", "c"]).items()) == [("c", 0.6), ("a", 0.2), ("b", 0.2)]
    assert shares([]) == {}


def test_rows_of_notes() -> None:
    """Interval (0: none, 13: the same pitch), degree in G, duration, time since the last note, place."""
    score = tune("G4:9 -:3|A3:.5 B4:.5 G4|C5", meter="12/4")
    piece = Piece("", score)
    piece.__dict__["key"] = Key(7, "major")
    assert note_rows(piece).tolist() == [
        [0, 0, 97, 0, 0],
        [3, 2, 6, 97, 0],
        [25, 4, 6, 6, 6],
        [9, 0, 12, 6, 12],
        [18, 5, 12, 97, 0],
    ]
    for count, kept in ((512, range(512)), (513, [*range(256), *range(257, 513)])):
        long = Score((Part(tuple(Note(12 * i, 60 + i % 9, 12) for i in range(count))),), 12)
        pitches = [60 + i % 9 for i in kept]
        found = Piece("", long)
        degrees = [(pitch - found.key.tonic) % 12 for pitch in pitches]
        assert note_rows(found)[:, 1].tolist() == degrees


def test_folds_are_even() -> None:
    """Ten pieces of each set: two of each in every fold."""
    pieces = pieces_of([*walks(10), *walks(10, 30)])
    folds = make_folds(pieces, np.repeat([0, 1], 10), 4)
    for half in (folds[:10], folds[10:]):
        assert np.bincount(half, minlength=5).tolist() == [2] * 5


def test_classes_of_notes_have_room() -> None:
    """The highest class of each column: 12 semitones up or more, a major 7th, 97 steps or more."""
    notes = (Note(0, 60, 200), Note(99, 83, 1), Note(297, 60, 5))
    piece = Piece("", Score((Part(notes),), 12, meters=(MeterChange(0, Meter(30, 4)),)))
    piece.__dict__["key"] = Key(0, "major")
    assert [int(size) for size in note_rows(piece).max(axis=0) + 1] == list(_SIZES)


# -- likelihoods -------------------------------------------------------------------------


def test_rates_of_likelihoods() -> None:
    """30 bits and 10 over 4 notes and 8 sixteenths; with another piece of 20 bits over 6 and 2."""
    one = Likelihood({"pitch": 30.0, "time": 10.0}, 4, 8.0)
    other = Likelihood({"pitch": 20.0}, 6, 2.0)
    assert _rates(one) == {"bits_per_note": 10.0, "bits_per_16th": 5.0}
    assert _rates(Likelihood({}, 0, 0.0, "too long")) == {}
    found = _estimates([one, other], "generated", Settings(0, 200))
    values = {name: cells["generated"] for name, cells in found.items()}
    assert values == {
        "bits_per_note": 6.0,
        "bits_per_16th": 6.0,
        "bits_per_note_pitch": 5.0,
        "bits_per_note_time": 1.0,
    }
    cells = found["bits_per_note"]
    assert cells["generated_count"] == 2
    assert (cells["generated_low"], cells["generated_high"]) == pytest.approx((10 / 3, 10))
    assert _estimates([], "generated", Settings()) == {}


def test_a_model_of_one_part_is_not_asked_for_two() -> None:
    model: Any = SimpleNamespace(config=SimpleNamespace(fixed=(("part", 0),)))
    part = Part((Note(0, 60, 12),))
    task: Any = None
    assert _split_of(Piece("", Score((part, part), 12)), model, task) == (
        "has 2 parts, the model knows one"
    )


def test_names_of_what_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(reading, "decode", lambda *_: tune("C4"))
    rows = [
        SimpleNamespace(source="set", locator="a", form=form, group="g")
        for form in ("written", "played")
    ]
    store: Any = SimpleNamespace(
        path=Path("x/store"), pieces=lambda split: rows if split == "test" else [],
        events=lambda _: None, vocabulary=None,
    )  # fmt: skip
    found = _of_store(store, "test")
    assert [piece.name for piece in found.pieces] == ["set/a", "set/a (played)"]
    assert (found.name, found.pieces[0].group) == ("store (test)", "group g")
    with pytest.raises(FormatError, match="holds no pieces in its valid split"):
        _of_store(store, "valid")
    save_score(tune("C4", resolution=480), tmp_path / "a.mid")
    save_score(Score(), tmp_path / "b.mid")
    assert read_pieces(tmp_path).left_out == (f"{tmp_path.name}/b.mid: holds no notes",)


def test_many_pieces_of_one_reason_are_one_line() -> None:
    parts = [f"likelihood: reference: {i}: b.mid: has 3 parts, the model knows one" for i in "abcd"]
    two = ["generated: x.mid: holds no notes", "generated: y.mid: holds no notes"]
    found = replace(REPORT, notes=tuple(parts), left_out=tuple(two))
    lines = found.to_markdown().splitlines()
    assert (
        "- likelihood: reference: 4 pieces, such as a: b.mid, b: b.mid, c: b.mid: has 3 parts, the model knows one"
        in lines
    )
    assert [line for line in lines if "holds no notes" in line] == [f"- {line}" for line in two]
    assert found.to_json()["notes"] == parts
