"""The judges of the benchmarks: they pass what is right and name what is wrong."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from lab.__main__ import main
from lab.commands import COMMANDS, first_line
from symgen.formats import save_score
from symgen.music.meter import Meter
from symgen.music.score import MeterChange, Note, Part, Score, TempoChange


def benchmark(name: str) -> Any:
    return import_module(f"lab.benchmarks.{name}")


def piece(bars: int, pitches: tuple[int, ...] = (62, 66, 69)) -> Score:
    """Fill bars of 3/4 at 97 quarters a minute."""
    notes = tuple(Note(480 * i, pitches[i % len(pitches)], 480) for i in range(3 * bars))
    meters, tempos = (MeterChange(0, Meter(3, 4)),), (TempoChange.of_bpm(0, 97),)
    return Score((Part(notes),), 480, tempos, meters, length=bars * 1440)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_says_what_it_does(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main([name, "--help"])
    shown = capsys.readouterr().out
    assert end.value.code == 0
    assert shown.startswith(f"usage: python -m lab {name}")
    assert first_line(COMMANDS[name]) in shown
    assert shown.count(f"python -m lab {name}") > 1


def test_the_commands_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    shown = capsys.readouterr().out
    assert [name for name in COMMANDS if f"  {name} " not in shown] == []
    assert main(["no-such"]) == 2


def test_the_judge_of_controls(tmp_path: Path) -> None:
    controls = benchmark("controls")
    asked = {"bars": 4, "meter": "3/4", "tempo": 97, "key": "D major"}
    right = piece(4)
    half_empty = right.with_parts([right.parts[0].with_notes(right.parts[0].notes[:6])])
    for number, (score, changes, faults) in enumerate(
        [
            (right, {}, set()),
            (right, {"bars": 5}, {"wrong bars"}),
            (right, {"meter": "6/8"}, {"wrong meter"}),
            (right, {"tempo": 98}, {"wrong tempo"}),
            (right, {"key": "F major"}, {"outside the scale"}),
            (half_empty, {}, {"last bar silent"}),
            (right, {"end": True}, {"not closed on the tonic"}),  # on the fifth
            (piece(4, (62, 69, 62)), {"end": True}, set()),
            (right.with_parts([Part()]), {}, {"empty"}),
        ]
    ):
        path = tmp_path / f"{number}.mid"
        save_score(score, path)
        assert controls.check(path, **(asked | changes)) == faults
    (tmp_path / "text.mid").write_text("no music", encoding="utf-8")
    assert controls.check(tmp_path / "text.mid", **asked) == {"undecodable"}


def test_the_judge_of_continuations(tmp_path: Path) -> None:
    judge, read = benchmark("continuation").check, benchmark("common").read_with_mido
    save_score(piece(4), tmp_path / "before.mid")
    before = read(tmp_path / "before.mid")
    longer = piece(12)
    louder = longer.parts[0].with_notes(
        [replace(longer.parts[0].notes[0], velocity=81), *longer.parts[0].notes[1:]]
    )
    prompt_only = longer.with_parts([longer.parts[0].with_notes(longer.parts[0].notes[:12])])
    for number, (score, faults) in enumerate(
        [
            (longer, set()),
            (longer.with_resolution(960), set()),
            (longer.with_parts([louder]), {"prompt changed"}),
            (prompt_only, {"nothing new"}),
            (replace(longer, length=13 * 1440), {"prompt changed", "wrong new bars"}),
            (replace(longer, tempos=()), {"tempo changed"}),
        ]
    ):
        path = tmp_path / f"{number}.mid"
        save_score(score, path)
        assert judge(before, read(path), 8) == (faults, 0)


def test_a_tune_cut_at_its_last_bar_line_is_counted(tmp_path: Path) -> None:
    judge, read = benchmark("continuation").check, benchmark("common").read_with_mido
    open_end = piece(5)
    part = open_end.parts[0].with_notes(open_end.parts[0].notes[:13])
    save_score(open_end.with_parts([part], length=0), tmp_path / "a.mid")
    save_score(piece(12), tmp_path / "b.mid")
    assert judge(read(tmp_path / "a.mid"), read(tmp_path / "b.mid"), 8) == (set(), 1)


def test_the_judge_of_second_halves() -> None:
    second_half = benchmark("second_half")
    whole = piece(8)
    prompt = second_half.first_half(whole)
    assert second_half.judge(whole, whole, prompt)[1] == second_half.Row(True, True, True, True, 1)
    other = replace(whole, parts=piece(8, (61, 66, 68)).parts)
    _, row = second_half.judge(whole, other, prompt)
    assert row == second_half.Row(False, True, False, False, 1)
    longer = piece(10)
    assert not second_half.judge(whole, longer, prompt)[1].has_bars
    assert second_half.summary([row, row])[2:] == [1.0, 1.0]


def test_held_out_loss_is_measured_on_both_splits(
    store_folder: Path, tiny_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["held-out", str(store_folder), "--model", str(tiny_folder)]) == 0
    told = capsys.readouterr()
    rows = [line.split("|")[1].strip() for line in told.out.splitlines()]
    assert rows[2:] == ["valid", "test"]
    assert "pitch" in told.out
    assert "was trained on another store" in told.err
