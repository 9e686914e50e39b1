"""The chorale benchmark as a command: tiny data, tables, figures of each piece, drawn chorales."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

import symgen
from lab.benchmarks.chorales import published
from lab.benchmarks.chorales.chorales16 import encode_splits, measure, train
from lab.benchmarks.chorales.command import main
from lab.benchmarks.chorales.drawing import describe, draw_chorale, save_chorale
from lab.benchmarks.chorales.fit import Recipe

CHORD = np.array([[67, 62, 59, 43]])


def small_data(folder: Path) -> Path:
    """Two pieces a split: chords of a cadence, each held for a quarter."""
    chords = np.array(
        [[67, 62, 59, 43], [69, 62, 54, 50], [71, 62, 55, 43], [72, 64, 55, 48], [71, 62, 55, 43]]
    )
    piece = np.repeat(chords, 4, axis=0)
    (folder / "jsb").mkdir()
    splits = {name: [piece.tolist(), (piece + 2).tolist()] for name in ("train", "valid", "test")}
    (folder / "jsb" / "Jsb16thSeparated.json").write_text(json.dumps(splits), encoding="utf-8")
    return folder


def test_tables_of_the_chorales(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    work = tmp_path / "work"
    arguments = [
        "--data",
        str(small_data(tmp_path)),
        "--work",
        str(work),
        "--minutes",
        "0.005",
        "--seeds",
        "2",
    ]
    assert main([*arguments, "--sets", "chorales", "chords", "--draw", "1"]) == 0
    first = capsys.readouterr().out
    assert "| this network, 2 seeds | test |" in first
    assert "| TonicNet, all five tokens | valid | 2.287 |  | 0.317 |" in first
    assert (work / "chorale-0.mid").is_file()
    with (work / "per_piece.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["network"] for row in rows} == {"seed 0", "seed 1", "ensemble"}
    assert len(rows) == 2 * 2 * 3 + 2 * 2
    assert all(float(row["nats_per_frame"]) > 0 and row["frames"] == "20" for row in rows)
    assert main([*arguments, "--sets", "chorales", "chords", "--draw", "1"]) == 0
    assert capsys.readouterr().out == first, "trained networks are taken from the folder"


def test_data_that_are_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(tmp_path), "--sets", "chorales"]) == 3
    assert "czhuang/JSB-Chorales-dataset" in capsys.readouterr().err


@pytest.mark.long
def test_training_lowers_the_cost() -> None:
    rng = np.random.default_rng(0)
    pieces = [np.repeat(60 + rng.integers(-2, 3, (6, 4)), 4, axis=0) for _ in range(4)]
    data = encode_splits({"train": pieces, "valid": pieces[:1]})
    costs = []
    for minutes in (1e-6, 0.03):
        recipe = Recipe(
            minutes=minutes, channels=4, head=16, dropout=0.0, rate=1e-2, average=0.8, batch=4
        )
        costs.append(measure(train("x", data, recipe, None).net, data["train"]).nats_per_frame)
    assert costs[1] < 0.7 * costs[0]


def test_a_drawn_chorale_has_the_length_asked_for(tmp_path: Path) -> None:
    piece = np.repeat(CHORD, 8, axis=0)
    net = train(
        "x",
        encode_splits({"train": [piece], "valid": [piece]}),
        Recipe(minutes=0.001, channels=4),
        None,
    ).net
    first, again, other = (draw_chorale(net, 21, seed) for seed in (3, 3, 4))
    assert first.shape == (21, 4)
    assert (first == again).all()
    assert (first != other).any()
    save_chorale(piece, tmp_path / "a.mid")
    score = symgen.load_score(tmp_path / "a.mid")
    assert [
        [(note.pitch, note.onset, note.duration) for note in part.notes] for part in score.parts
    ] == [[(pitch, 0, 960)] for pitch in CHORD[0]]


def test_what_is_said_of_chorales() -> None:
    fifths = np.array([[67, 62, 55, 48], [69, 62, 57, 47]])
    facts = describe([fifths])
    assert facts["parallel fifths and octaves, of moves in pairs"] == pytest.approx(1 / 3)
    assert facts["soprano moves of a second or less"] == 1.0
    assert facts["frames with voices crossed"] == 0.0
    assert describe([fifths[:, ::-1]])["frames with voices crossed"] == 1.0


def test_published_figures_in_bits() -> None:
    bits = {figure.model: round(figure.bits_per_frame, 2) for figure in published.CHORALES}
    assert bits["Music Transformer, relative, all relations"] == 1.93
    assert bits["TonicNet, all five tokens"] == 2.29
    assert bits["Coconet, chronological"] == 2.52
