"""The line that shows how far training is: what has room, in words, and never more than a line."""

from __future__ import annotations

import io
import sys

import pytest

from symgen.cli import progress as progress_module
from symgen.cli.watching import TrainingLine, status_line
from symgen.training import TrainProgress

WORDS = ("bits a note", "events")
AT = TrainProgress(step=40, epoch=2, loss=2.3456, rate=12_345.0, left=754.0, done=0.25)


def test_all_is_shown_where_there_is_room() -> None:
    assert status_line(AT, (3.0, 2.5, 2.25), WORDS, width=200) == (
        "━━━━━───────────────  25%  pass 3  2.346 bits a note  held out 2.250  █▃▁  12,345 events/s  13 min left"
    )


def test_no_line_is_wider_than_the_terminal() -> None:
    lengths = set()
    for width in range(1, 130):
        text = status_line(AT, (3.0, 2.5), WORDS, width=width)
        assert len(text) <= width
        lengths.add(len(text))
    assert "2.346 bits a note" in status_line(AT, (3.0, 2.5), WORDS, width=30)
    assert "left" in status_line(AT, (3.0, 2.5), WORDS, width=40)


def test_what_is_not_known_is_left_out() -> None:
    start = TrainProgress(step=1, epoch=0, loss=9.0)
    assert status_line(start, (), WORDS, width=80) == f"{'─' * 10}  0%  pass 1  9.000 bits a note"
    endless = TrainProgress(step=1, epoch=0, loss=9.0, left=float("inf"), done=2.0)
    assert "left" not in status_line(endless, (), WORDS, width=80)


def test_plain_signs_where_no_others_can_be_written() -> None:
    text = status_line(AT, (3.0, 2.5), WORDS, width=200, signs=False)
    assert text.isascii()
    assert text.startswith("#####.......")


@pytest.mark.parametrize("no_color", ["", "1"])
def test_a_terminal_sees_one_line_written_over(
    no_color: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress_module, "is_shown", lambda: True)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", no_color)
    monkeypatch.setenv("FORCE_COLOR", "1")
    err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    monkeypatch.setattr(sys, "stderr", err)
    line = TrainingLine(*WORDS)
    for _ in range(50):  # of looks that come at once the first is drawn
        line.show(AT)
    line.keep("step 40: 2.5", 2.5)
    err.seek(0)
    text = err.buffer.read().decode()
    assert text.count("bits a note") == 1
    assert ("\x1b[36m" in text) == (not no_color)
    assert text.endswith("step 40: 2.5\n")


def test_a_file_gets_lines_alone(capsys: pytest.CaptureFixture[str]) -> None:
    line = TrainingLine(*WORDS)
    line.show(AT)
    line.keep("step 40: 2.5", 2.5)
    assert capsys.readouterr().err == "step 40: 2.5\n"
