"""The speed run: when a run counts, what is written of it, and the board in the docs."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.benchmarks import speedrun
from lab.benchmarks.speedrun import BOARD, RECIPE, TARGET, Attempt, counts, entry, read_board
from lab.modules import ROOT


def attempts(*test: float) -> list[Attempt]:
    return [Attempt(2.0 + i, {"valid": 1.9, "test": bits}, 7) for i, bits in enumerate(test)]


def test_a_run_counts_where_each_of_three_seeds_is_there() -> None:
    assert counts(attempts(TARGET, 1.9, 1.94))
    assert not counts(attempts(1.9, 1.9))
    assert not counts(attempts(1.9, 1.9, 1.951))
    assert not counts([Attempt(1.0, {"valid": 1.8}, 7)] * 3)


def test_an_entry_tells_means_and_the_recipe() -> None:
    row = entry("me", RECIPE, attempts(1.9, 1.92, 1.94))
    assert (row["minutes"], row["test"], row["seeds"]) == ("3.00", "1.920", "3")
    assert f"minutes={RECIPE.minutes:g}" in row["recipe"].split()


def test_entries_are_added_and_read_fastest_first(tmp_path: Path) -> None:
    path = tmp_path / "board.csv"
    path.write_text(BOARD.read_text(encoding="utf-8"), encoding="utf-8")
    known = len(read_board(path))
    fast = {**entry("fast", RECIPE, attempts(1.9, 1.9, 1.9)), "minutes": "0.01"}
    speedrun.add_entry(fast, path)
    assert read_board(path)[0] == fast
    assert len(read_board(path)) == known + 1


def test_the_head_of_the_board_is_what_the_command_trains() -> None:
    first = read_board()[0]
    assert float(first["test"]) <= TARGET
    assert first["recipe"] == entry("", RECIPE, attempts(1.9, 1.9, 1.9))["recipe"]


def test_the_page_shows_the_board() -> None:
    text = (ROOT / "docs" / "speedrun.md").read_text(encoding="utf-8")
    for row in read_board():
        assert f"| {row['minutes']} | {row['name']} |" in text


@pytest.mark.parametrize("text", ["speed=2", "minutes=soon", "minutes"])
def test_a_recipe_that_is_none(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert speedrun.main(["--set", text]) == 3
    assert text.partition("=")[0] in capsys.readouterr().err
