"""What a terminal shows while pieces are written."""

from __future__ import annotations

import sys

import pytest

from symgen.cli import progress
from symgen.music.controls import Controls
from symgen.writing.model import Model


def test_a_terminal_shows_the_bars_and_is_left_clean(
    tiny: Model, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with progress.shown(tiny, patience=-1.0) as model:
        assert model.generate(Controls(bars=3), count=2, seed=1) == tiny.generate(
            Controls(bars=3), count=2, seed=1
        )
    shown = capsys.readouterr().err
    assert shown.split(progress.CLEAR) == [
        "", *(f"take {take} of 2, bar {bar} of 3" for take in (1, 2) for bar in (1, 2, 3)), "",
    ]  # fmt: skip


def test_short_work_and_files_see_nothing(
    tiny: Model, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with progress.shown(tiny) as model:
        assert model is tiny
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with progress.shown(tiny) as model:
        model.generate(Controls(bars=1), seed=1)
    assert capsys.readouterr().err == ""
