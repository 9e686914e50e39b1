"""Sets of pieces beside each other: reading, tables, intervals, reports."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from small import corpus_tunes
from small_tunes import pieces_of, tune, walks

import symgen
from symgen.copies.reference import Reference, longest_match
from symgen.evaluation.bootstrap import Estimate, mean_estimates, ratio_estimate, resamples
from symgen.evaluation.comparison import (
    Settings,
    compare,
    copy_metrics,
    estimate_table,
    piece_metrics,
    structure_metrics,
)
from symgen.evaluation.pieces import Piece, PieceSet, estimate_key, read_pieces
from symgen.music.score import KeyChange, Note, Part, Score
from symgen.music.theory import Key
from symgen.system.errors import ControlError, ExistsError, FormatError

GOLDEN = Path(__file__).parent / "golden" / "evaluation.json"
A, B, C = "C4 D4 E4 F4", "G4 F4 E4 D4", "C4:4"
DRUMS = Score((Part((Note(0, 36, 12), Note(24, 38, 12)), is_drum=True),), 12)
QUICK = Settings(seed=3, resamples=50, classifiers=False)


def golden_sets() -> tuple[list[Score], list[Score]]:
    """Two small sets with a chorale-like piece and drums in one of them."""
    real = corpus_tunes(6)
    four = [tune(line) for line in ("C5 D5 E5 C5", "G4 A4 G4 G4", "E4 F4 E4 E4", "C3 D3 C3 C3")]
    chords = four[0].with_parts([score.parts[0] for score in four])
    return [*walks(4), chords, DRUMS], real


def golden_tables() -> str:
    """The tables of these sets as text; ``python tests/evaluation/test_comparison.py`` writes them anew."""
    found = compare(*(read_pieces(scores) for scores in golden_sets()), QUICK)
    rounded = {
        name: {
            row: {column: float(f"{value:.9g}") for column, value in cells.items()}
            for row, cells in table.items()
        }
        for name, table in found.tables.items()
    }
    return json.dumps(rounded, indent=1) + "\n"


# -- pieces ------------------------------------------------------------------------------


def test_keys_are_estimated_without_the_last_note() -> None:
    score = tune("G4:2 B4 D5|G5:2 D5 B4|C5 A4 F#4 D4|G4:2 B4 A4|E4:4")
    assert estimate_key(score) == Key(7, "major")
    assert estimate_key(score.transposed(2)) == Key(9, "major")
    assert estimate_key(replace(score, keys=(KeyChange(0, 1),))) == Key(7, "major")
    # a signature that the notes do not keep is not believed
    assert estimate_key(replace(score, keys=(KeyChange(0, -5),))) == Key(7, "major")
    assert estimate_key(DRUMS) == Key(0, "major")


def test_sets_do_not_depend_on_order_or_names() -> None:
    scores = walks(5)
    one = PieceSet("a", tuple(pieces_of(scores)))
    other = PieceSet(
        "b", tuple(reversed([replace(piece, name=f"x{piece.name}") for piece in pieces_of(scores)]))
    )
    assert [piece.digest for piece in one.pieces] == [piece.digest for piece in other.pieces]
    assert one.pieces[0].digest == Piece("", one.pieces[0].score.with_resolution(96)).digest


def test_a_file_that_goes_on_for_a_tick_has_no_further_bar(tmp_path: Path) -> None:
    whole = tune(f"{A}|{B}", resolution=480)
    symgen.save_score(replace(whole, length=whole.length + 1), tmp_path / "a.mid")
    (piece,) = read_pieces(tmp_path / "a.mid").pieces
    assert structure_metrics(piece)["bars"] == 2
    symgen.save_score(replace(whole, length=2 * whole.length), tmp_path / "b.mid")
    assert structure_metrics(read_pieces(tmp_path / "b.mid").pieces[0])["empty_bars"] == 1 / 2


def test_few_pieces_are_told() -> None:
    few, enough = [tune(A)], [tune(A)] * 20
    plain = Settings(resamples=10, classifiers=False)
    found = compare(read_pieces(few), read_pieces(enough), plain)
    told = "generated: only 1 piece, so its intervals are too narrow; 20 or more hold"
    assert [note for note in found.notes if "narrow" in note] == [told]


def test_unreadable_files_are_listed(tmp_path: Path) -> None:
    symgen.save_score(tune(A, resolution=480), tmp_path / "good.mid")
    (tmp_path / "bad.mid").write_bytes(b"no music")
    found = read_pieces(tmp_path)
    assert [piece.name for piece in found.pieces] == ["good.mid"]
    assert len(found.left_out) == 1
    assert "bad.mid" in found.left_out[0]
    (tmp_path / "good.mid").unlink()
    with pytest.raises(
        FormatError, match=r"holds no piece that can be evaluated; left out: .*bad\.mid"
    ):
        read_pieces(tmp_path)
    (tmp_path / "bad.mid").unlink()
    with pytest.raises(FormatError, match="holds no file"):
        read_pieces(tmp_path)
    with pytest.raises(FormatError, match="no piece"):
        read_pieces([Score()])
    with pytest.raises(ControlError, match="split 'all'"):
        read_pieces(tmp_path, split="all")


# -- figures -----------------------------------------------------------------------------


def test_structure_by_hand() -> None:
    found = structure_metrics(Piece("", tune(f"{A}|{A}|{B}|{A}|-|{C}")))
    assert found["bars"] == 6
    assert found["repeated_bars"] == 2 / 6
    assert found["similarity_1"] == 1 / 5
    assert found["empty_bars"] == 1 / 6
    assert {name for name in found if name.startswith("similarity")} == {
        f"similarity_{n}" for n in (1, 2, 4)
    }


def test_the_tonic_at_the_end() -> None:
    body = "G4:2 B4 D5|G5:2 D5 B4|C5 A4 F#4 D4|G4:2 B4 A4"
    for last, expected in {"G4:4": 1, "G3:4": 1, "E4:4": 0, "F#4:4": 0}.items():
        assert structure_metrics(Piece("", tune(f"{body}|{last}")))["ends_on_tonic"] == expected


def test_what_is_not_defined_is_absent() -> None:
    assert structure_metrics(Piece("", DRUMS)) == {}
    assert set(piece_metrics(Piece("", DRUMS))) == {"notes", "empty_beat_rate"}
    one = piece_metrics(Piece("", tune("C4")))
    assert "similarity_1" not in one
    assert "average_ioi" not in one
    assert one["notes"] == 1


def test_copies() -> None:
    known = walks(3)
    training = Reference(known)
    assert copy_metrics(Piece("", known[1].transposed(3)), training) == {
        "longest_match": 64.0,
        "copied_share": 1.0,
    }
    for score in walks(6, 50):
        assert copy_metrics(Piece("", score), training)["longest_match"] == longest_match(
            score, training
        )
    assert copy_metrics(Piece("", DRUMS), training) == {}
    assert copy_metrics(Piece("", tune(A)), training).keys() == {"longest_match"}


def test_means_are_of_the_pieces_that_have_the_figure() -> None:
    rows = [{"a": 1.0, "b": 4.0}, {"a": 3.0}]
    table = estimate_table({"generated": rows, "reference": [{}]}, QUICK)
    assert table["a"]["generated"] == 2
    assert table["a"]["generated_count"] == 2
    assert table["a"]["generated_low"] == 1
    assert table["a"]["generated_high"] == 3
    assert table["b"] == {"generated": 4.0, "generated_count": 1.0}


# -- intervals ---------------------------------------------------------------------------


def test_intervals_shrink_and_cover() -> None:
    rng = np.random.default_rng(0)
    hits, widths = 0, []
    for trial in range(100):
        values = rng.normal(5, 2, 40)
        (found,) = mean_estimates(values[:, None], resamples(40, 400, trial, "test"))
        assert found is not None
        assert found.low is not None
        assert found.high is not None
        hits += found.low <= 5 <= found.high
        widths.append(found.high - found.low)
    assert 85 <= hits <= 100
    assert np.mean(widths) == pytest.approx(2 * 1.96 * 2 / 40**0.5, rel=0.1)


def test_ratios_weigh_pieces_by_their_size() -> None:
    weights = resamples(2, 100, 0, "test")
    assert weights.sum(axis=1).tolist() == [2] * 100
    found = ratio_estimate(np.array([10.0, 2.0]), np.array([1.0, 2.0]), weights)
    assert (found.value, found.low, found.high, found.count) == (4, 1, 10, 2)
    assert ratio_estimate(np.array([3.0]), np.array([2.0]), resamples(1, 10, 0, "")) == Estimate(
        1.5, None, None, 1
    )


# -- all together ------------------------------------------------------------------------


def test_the_golden_tables() -> None:
    expected = json.loads(GOLDEN.read_text(encoding="utf-8"))
    found = json.loads(golden_tables())
    assert found.keys() == expected.keys()
    for name, table in expected.items():
        assert list(found[name]) == list(table)
        for row, cells in table.items():
            assert found[name][row] == pytest.approx(cells, rel=1e-6, abs=1e-9), (name, row)


def test_the_reference_beside_itself() -> None:
    scores = walks(12)
    found = compare(
        read_pieces(scores), read_pieces(scores), replace(QUICK, classifiers=False)
    ).tables
    for cells in found["metrics"].values():
        assert cells["generated"] == cells["reference"]
    assert all(cells["kl"] == 0 for cells in found["divergences"].values())
    assert all(
        cells["overlap"] > 0.7 for cells in found["distances"].values() if "overlap" in cells
    )


@pytest.mark.parametrize("scores", [[DRUMS], [tune("C4")], [tune(A)], [tune("-|C4|-")]], ids=len)
def test_one_piece_alone_gives_a_sane_report(scores: list[Score]) -> None:
    for real in (scores, walks(3)):
        found = compare(read_pieces(scores), read_pieces(real), replace(QUICK, classifiers=True))
        values = [
            v for table in found.tables.values() for cells in table.values() for v in cells.values()
        ]
        assert np.isfinite(values).all()
        assert "classifiers" not in found.tables
        assert "nan" not in found.to_markdown()
        assert any("classifiers: need 10 pieces" in note for note in found.notes)


def test_a_report_is_written_whole(tmp_path: Path) -> None:
    real, ours = walks(4), walks(4, 20)
    found = symgen.evaluate(ours, real, resamples=20, classifiers=False)
    paths = found.save(tmp_path / "report")
    names = [
        "report.md",
        "report.json",
        "tables.csv",
        "pieces.csv",
        "metrics.png",
        "distances.png",
        "histograms.png",
    ]
    assert [path.name for path in paths] == names
    again = symgen.evaluate(ours[::-1], real[::-1], resamples=20, classifiers=False)
    assert (again.to_markdown(), again.tables_csv()) == (found.to_markdown(), found.tables_csv())
    assert paths[0].read_text(encoding="utf-8") == found.to_markdown()
    with pytest.raises(ExistsError, match=r"report\.md"):
        symgen.Evaluation({}, {}).save(tmp_path / "report")
    reseeded = symgen.evaluate(ours, real, resamples=20, classifiers=False, seed=1)
    other, same = (one.tables["metrics"]["pitch_class_entropy"] for one in (reseeded, found))
    assert other["generated"] == same["generated"]
    assert other["generated_low"] != same["generated_low"]


def test_settings_out_of_range() -> None:
    for more in ({"seed": -1}, {"resamples": 0}):
        with pytest.raises(ControlError, match="resample"):
            symgen.evaluate(walks(1), walks(1), **more)


if __name__ == "__main__":
    GOLDEN.parent.mkdir(exist_ok=True)
    GOLDEN.write_text(golden_tables(), encoding="utf-8")
