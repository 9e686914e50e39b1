"""The measure of steering: statistics that say what they mean, chance of a deaf model, success of one that listens."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from small import STEPS, V, tune

from lab.benchmarks.steering import (
    NAMES,
    cell_values,
    draw,
    main,
    nearer,
    print_steering,
    real_pieces,
    statistics,
)
from symgen.corpus import PieceRecord, Store
from symgen.corpus.store import STORE_VERSION, write_store
from symgen.music.score import Part, Score
from symgen.tokens import Header, encode

BARS = {
    "jig": "{}:1 {}:1 {}:1 {}:1",
    "reel": "{}:.75 {}:.25 {}:.75 {}:.25 {}:.75 {}:.25 {}:.75 {}:.25",
}


def piece(style: str, number: int) -> Score:
    """Four bars of 4/4: one style in quarters, the other in dotted figures, or a bar of the other style among them."""
    rng = np.random.default_rng([number, len(style)])
    styles = [style] * 3 + [str(rng.choice(list(BARS)))]
    names = [str(name) for name in rng.choice(["C4", "E4", "G4", "A4", "B4"], 32)]
    bars = [BARS[one].format(*names[8 * i : 8 * i + 8]) for i, one in enumerate(styles)]
    return tune("|".join(bars))


def store_of(folder: Path, count: int, *, period: str = "") -> Path:
    """A store of so many pieces of each style."""
    folder.mkdir()
    rows, records, start = [], [], 0
    for style in BARS:
        for number in range(count):
            events = encode(piece(style, number), V, style=style)[0]
            header = replace(events.header, period=period)
            split = ("train", "test")[number % 2]
            name = f"{style} {number}"
            record = PieceRecord(start, len(events), split, name, "", "", "written", name, header)
            rows.append(events.fields)
            records.append(record.to_json())
            start += len(events)
    index = {
        "version": STORE_VERSION,
        "vocabulary": V.to_json(),
        "vocabulary_hash": V.hash,
        "pieces": records,
    }
    write_store(folder, lambda: rows, start, index)
    return folder


class Writer:
    """Stands for a model: it writes the style that it is asked for, or it does not listen."""

    name, styles, periods, voices, vocabulary = "writer", ("jig", "reel"), (), 0, V

    def __init__(self, *, deaf: bool = False) -> None:
        self.deaf = deaf

    def take_like(self, header: Header, *, seed: int) -> Any:
        return SimpleNamespace(score=piece("jig" if self.deaf else header.style, 1000 + seed))


def named(score: Score) -> dict[str, float]:
    return dict(zip(NAMES, statistics(score).tolist(), strict=False))


def test_statistics_of_a_melody() -> None:
    found = named(tune("G4:1|C4:.75 F4:.25 F4:1 C5:2|C4:.75 F4:.25 F4:1 C5:2", pickup="1/4"))
    assert found == pytest.approx(
        {
            "notes per quarter": 1.0,
            "mean duration (quarters)": 1.0,
            "dotted pairs": 2 / 8,
            "off-beat onsets": 2 / 8,
            "range (semitones)": 12.0,
            "leaps beyond a fourth": 4 / 8,
            "repeated bars": 0.5,
        }
    )


def test_off_beat_in_a_compound_meter() -> None:
    assert named(tune("C4:.5 D4:.5 E4:.5 C4:1.5", meter="6/8"))["off-beat onsets"] == 0.5


def test_statistics_of_several_parts() -> None:
    upper, lower = tune("C5:1 D5:1 E5:2").parts[0], tune("C3:2 G3:2").parts[0]
    score = Score((lower, upper, Part()), STEPS)
    found = named(score)
    assert found["notes per quarter"] == 0.75
    assert found["polyphony"] == 2.0
    assert found["mean pitch of the lowest part"] == 51.5
    assert found["parts that begin together"] == pytest.approx((1 + 0.5 + 1) / 3)
    assert len(statistics(Score((Part(), Part())))) == len(NAMES)


@pytest.mark.parametrize("deaf", [False, True])
def test_a_model_that_listens_steers_and_a_deaf_one_is_right_half_the_time(
    deaf: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store, model = Store.open(store_of(tmp_path / "store", 20)), Writer(deaf=deaf)
    pieces = real_pieces(store, model, "style")  # type: ignore[arg-type]
    drawn = draw(model, pieces, "style", 5, 1)  # type: ignore[arg-type]
    assert [each.real.record.split for each in drawn] == ["test"] * 10
    assert all(each.asked[1][0] != each.asked[0][0] for each in drawn)
    hits = nearer(drawn, cell_values(pieces))
    assert hits[:, 2].tolist() == [1.0] * 10
    assert hits[:, :2].mean() == (0.5 if deaf else 1.0)
    changes = dict(zip(NAMES, print_steering(drawn, cell_values(pieces), "style", 1), strict=False))
    assert float(changes["notes per quarter"].split()[0]) == (
        0.0 if deaf else pytest.approx(1, abs=0.1)
    )
    text = "0.500 [0.500, 0.500]" if deaf else "1.000 [1.000, 1.000]"
    assert capsys.readouterr().out.splitlines()[-1].endswith(f"{text} |")


def test_the_command(tiny_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store, table = store_of(tmp_path / "store", 20), tmp_path / "pieces.csv"
    arguments = [str(tiny_folder), str(store), "--count", "2"]
    assert main([*arguments, "--out", str(table)]) == 0
    text = capsys.readouterr().out
    assert "| style | samples | notes per quarter | sampled |" in text
    assert "| reel | 2 | 1.9" in text
    assert "| all | 4 |" in text
    assert "polyphony" not in text
    with table.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert sorted((row["own"], row["asked"]) for row in rows) == sorted(
        (own, asked) for own in BARS for asked in BARS for _ in range(2)
    )
    assert main(arguments) == 0
    assert capsys.readouterr().out == text, "the same seed gives the same tables"


def test_what_cannot_be_measured(
    tiny_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    few, store = store_of(tmp_path / "few", 19), store_of(tmp_path / "store", 20, period="baroque")
    for arguments, status, text in [
        ([str(tmp_path / "none")], 4, "none"),
        ([str(few)], 2, "fewer than two"),
        ([str(store), "--control", "period"], 2, "period"),
        ([str(store), "--out", str(tmp_path)], 3, "is a folder"),
    ]:
        assert main([str(tiny_folder), *arguments]) == status
        caught = capsys.readouterr()
        assert text in caught.err
        assert caught.err.count("\n") == 1
        assert caught.out == ""
