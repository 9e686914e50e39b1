"""What a terminal shows while work takes long."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from small import tune

from symgen.audio.rendering import render
from symgen.cli import progress
from symgen.cli.progress import Bar, counted, working
from symgen.cli.telling import Manner, note, say, speaking
from symgen.music.controls import Controls
from symgen.system.following import advanced, followed, planned, step
from symgen.writing.generator import Generator
from symgen.writing.infilling import infill

Told = pytest.CaptureFixture[str]


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Errors go to a terminal 80 columns wide, on which each look is drawn."""
    monkeypatch.setattr(progress, "is_shown", lambda: True)
    monkeypatch.setattr(progress, "_EVERY", 0.0)
    for name, value in {"COLUMNS": "80", "TERM": "xterm", "NO_COLOR": "1"}.items():
        monkeypatch.setenv(name, value)


def looks(text: str) -> list[str]:
    """What was drawn, one look after the other, without bars, times and codes."""
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "\r", text)
    lines = [re.sub(r"[━╸╺\- ]+", " ", line).strip() for line in re.split(r"[\r\n]+", plain)]
    return [re.sub(r" [0-9:]*:[0-9:]+ left$", "", line.replace(" : : left", "")) for line in lines]


def seen(text: str) -> list[str]:
    """The same without what is drawn twice."""
    found = [look for look in looks(text) if look]
    return [look for i, look in enumerate(found) if not i or found[i - 1] != look]


# -- writing -----------------------------------------------------------------------------


def test_a_terminal_shows_the_bars(tiny: Generator, terminal: None, capsys: Told) -> None:
    with progress.shown(tiny, patience=-1.0) as model:
        assert model.generate(Controls(bars=3), count=2, seed=1) == tiny.generate(
            Controls(bars=3), count=2, seed=1
        )
    expected = [f"writing take {take} of 2, bar {bar} of 3" for take in (1, 2) for bar in (1, 2, 3)]
    assert seen(capsys.readouterr().err) == expected


def test_tunes_that_are_worked_on_are_shown_too(
    tiny: Generator, terminal: None, capsys: Told
) -> None:
    with progress.shown(tiny, patience=-1.0) as model:
        infill(tune("C4 D4 E4 F4|G4 A4 B4 C5|G4 E4 F4 D4|C4:4"), (2, 3), model=model, seed=1)
    told = seen(capsys.readouterr().err)
    assert told
    assert all(re.fullmatch(r"writing bar \d of \d", look) for look in told)


def test_short_work_files_and_quiet_see_nothing(
    tiny: Generator, monkeypatch: pytest.MonkeyPatch, capsys: Told
) -> None:
    with progress.shown(tiny, patience=-1.0) as model:
        assert model is tiny
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    with progress.shown(tiny) as model:
        model.generate(Controls(bars=1), seed=1)
    with speaking(Manner(quiet=True)), progress.shown(tiny, patience=-1.0) as model:
        assert model is tiny
    monkeypatch.setenv("TERM", "dumb")
    with progress.shown(tiny, patience=-1.0) as model:
        assert model is tiny
    assert capsys.readouterr().err == ""


# -- all other work ----------------------------------------------------------------------


def test_long_work_says_how_far_it_is(terminal: None, capsys: Told) -> None:
    with working("listening", patience=-1.0):
        advanced(1, 4)
        advanced(4, 4)
    with working("comparing", "pieces", patience=-1.0), planned(8):
        step(2)
        step(7)
    advanced(1, 2)
    step()
    assert seen(capsys.readouterr().err) == [
        "listening 25%", "listening 100%", "comparing 2 of 8 pieces", "comparing 8 of 8 pieces",
    ]  # fmt: skip


def test_the_time_that_is_left_is_shown(
    terminal: None, monkeypatch: pytest.MonkeyPatch, capsys: Told
) -> None:
    now = [0.0]
    with working("listening", patience=-1.0) as bar:
        bar.show(0, 20)
        bar._display.get_time = lambda: now[0]
        bar._display.reset(*bar._display.task_ids)
        for second in range(5):
            now[0] = float(second)
            bar.show(second, 20)
    last = re.findall(
        r"(\d+:\d\d:\d\d) left", re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", capsys.readouterr().err)
    )
    assert last[-1] == "0:00:16"


def test_counts_are_shown_ten_times_a_second(
    terminal: None, monkeypatch: pytest.MonkeyPatch, capsys: Told
) -> None:
    now = [1.0]
    monkeypatch.setattr(progress, "monotonic", lambda: now[0])
    monkeypatch.setattr(progress, "_EVERY", 0.1)
    with counted("reading", "tunes") as follow:
        for number, time in enumerate((1.5, 2.0, 2.0625, 2.25, 2.3125)):
            now[0] = time
            follow(number, 9)
    assert seen(capsys.readouterr().err) == ["reading 1 of 9 tunes", "reading 3 of 9 tunes"]


def test_what_is_said_stands_on_a_line_of_its_own(terminal: None, capsys: Told) -> None:
    bar = Bar("writing", patience=-1.0)
    bar.show(1, 2)
    say("a.mid")
    note("odd")
    bar.show(2, 2)
    bar.hide()
    told = capsys.readouterr()
    assert told.out == "a.mid\n"
    # The line is gone before the note, and drawn anew behind it.
    before, _, after = told.err.partition("odd\n")
    assert before.endswith("\x1b[1A\x1b[2K")
    assert "writing" in after
    assert after.endswith("\x1b[1A\x1b[2K")


def test_rendering_says_how_far_it_is(tmp_path: Path) -> None:
    told: list[tuple[float, float]] = []
    score = tune("C4 D4 E4 F4|G4 A4 B4 C5|G4 E4 F4 D4|C4:4")
    with followed(lambda done, total: told.append((done, total))):
        followed_to = render(score, tmp_path / "a.wav", rate=8000)
    plain = render(score, tmp_path / "b.wav", rate=8000)
    assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()
    assert followed_to.seconds == plain.seconds
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert len(told) > 3
    assert all(0 < done <= total for done, total in told)
