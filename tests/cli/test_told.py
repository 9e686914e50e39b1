"""What commands say: of pieces, of copies, of progress, and how they end."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from told_tools import MATCH, Told, prompt

from symgen.cli import progress
from symgen.cli.commands import make_parser
from symgen.cli.describing import (
    report_checks,
)
from symgen.cli.gan import _figures, _train_options
from symgen.cli.gan import _show as show_gan
from symgen.cli.learning import _show as show_training
from symgen.cli.progress import CLEAR, ProgressLine
from symgen.cli.reports import (
    _copies_facts,
    _copies_line,
    _floor_line,
    _of_score,
    _printable,
    _text,
)
from symgen.cli.writing import Continued, _part_lines, _tell_prompt
from symgen.copies.report import CopyReport, Floor, Match
from symgen.music.meter import Meter
from symgen.music.score import MeterChange, Note, Part, Score, TempoChange
from symgen.verification import Check
from symgen.writing.reporting import copied_share

WRITING = {"count": 1, "temperature": 1.0, "top_p": 0.98}


class Inferred(SimpleNamespace):
    def __str__(self) -> str:
        return "quarters"


def test_what_a_prompt_is_taken_for(capsys: Told) -> None:
    def told(options: argparse.Namespace, **more: Any) -> list[str]:
        found = prompt(**more)
        _tell_prompt(Continued(found.score), found, options)
        return capsys.readouterr().err.splitlines()

    free, second = argparse.Namespace(part=None), argparse.Namespace(part=2)
    first, rest = (
        told(free, parts=(0, 1), drums=(2,), lanes=(0, 1)),
        told(second, part=1, parts=(1,)),
    )
    assert first == [
        "continuing 2 of 4 parts: 4 bars in 3/4, key G major (signature)",
        "  part 3: drums, take up the bars of the prompt",
    ]
    assert rest[0] == "continuing part 2 of 4: 4 bars in 3/4, key G major (signature)"
    assert rest[1].startswith("  does not go on: part 1, 3; this model writes melodies")
    habits = Inferred(parts=("eighths", None))
    lines = told(free, inferred=habits, lanes=(0, 1), parts=(0, 1), drums=(2,))
    assert lines[0].endswith("(signature); quarters")
    assert lines[1] == "  part 1 (Flute): eighths"
    named = told(free, drums=(1, 2))
    assert named[0].startswith("continuing part 1 of 4 (Flute): 4 bars")
    alone = _part_lines(prompt(inferred=Inferred(parts=("eighths",)), drums=(1, 2)))
    assert [line[:8] for line in alone] == ["  part 2", "  part 3"]
    pulse = SimpleNamespace(file_bpm=120.0)
    shifted = SimpleNamespace(max_shift=0.0112, moved=2, notes=9)
    lines = told(free, played=SimpleNamespace(pulse=pulse), report=shifted, drums=(1, 2))
    assert lines[1].endswith("where the file says 120; the new bars go on so")
    assert lines[-1] == (
        "2 of 9 notes lie off the grid; the model reads them moved by up to 0.011 quarters, "
        "the file keeps them as they are"
    )


def test_controls_that_are_not_met_are_told(capsys: Told) -> None:
    checks = [Check("max_copy", 5, 4, True), Check("top_p", 1, 2, False)]
    assert report_checks(Path("x.mid"), checks).keys() == {"max_copy", "top_p"}
    assert capsys.readouterr().err == "x.mid: top-p 1 is not met: found 2\n"


def test_what_a_piece_shares_with_training_tunes() -> None:
    new = Score((Part((Note(0, 60, 480),)),))
    take: Any = SimpleNamespace(new_bars=lambda: new, of_style=())

    def model(report: CopyReport | None) -> Any:
        index = SimpleNamespace(find=lambda _: report) if report else None
        if index:
            index.of_others = index
        return SimpleNamespace(copy_index=lambda: index)

    assert copied_share(take, model(None)) is None
    assert copied_share(take, model(CopyReport(40, 0.123456, MATCH))) == {
        "longest": 14,
        "share": 0.1235,
        "title": "Kesh",
        "source": "set",
        "bars": [2, 5],
    }
    assert copied_share(take, model(CopyReport(40, 0.0, None))) == {"longest": 0, "share": 0.0}


# -- reports -----------------------------------------------------------------------------


def test_facts_of_a_score() -> None:
    """A pickup of a quarter and two bars of 3/4 at 90: 7 quarters of 2/3 of a second."""
    notes = tuple(Note(480 * i, pitch, 480) for i, pitch in enumerate((67, 72, 76, 79, 72, 71, 60)))
    meters = (MeterChange(0, Meter(1, 4)), MeterChange(480, Meter(3, 4)))
    drums = Part((Note(0, 36, 60),), is_drum=True)
    score = Score(
        (Part(notes, 73), drums, Part((), 40, name="Solo")),
        480,
        (TempoChange.of_bpm(0, 90),),
        meters,
    )
    found = _of_score(score)
    assert found["parts"] == ["Flute: 7 notes", "drums: 1 note", "Solo: 0 notes"]
    facts = ("notes", "bars", "pickup", "meter", "key", "range", "resolution")
    assert [found[name] for name in facts] == [8, 2, True, ["3/4"], "C major", "C4-G5", 480]
    assert found["seconds"] == pytest.approx(14 / 3, abs=1e-3)
    assert found["tempo"] == [pytest.approx(90, abs=1e-3)]
    silent = _of_score(Score((drums,)))
    assert (silent["key"], silent["range"], silent["meter"]) == ("none", "none", ["4/4"])


def test_lines_of_facts() -> None:
    assert _text({"": 2, "jig": 1}) == "(none) 2, jig 1"
    assert (_text({}), _text([1, "a"]), _text(None)) == ("none", "1, a", "None")
    assert _printable("a\x1bb é") == "a?b é"


@pytest.mark.parametrize(
    ("report", "verdict", "line"),
    [
        (
            CopyReport(40, 0.354, MATCH),
            "copy",
            (
                "x: copy: more than 99 of 100 real tunes share; longest match 14 notes, bars 2-5 of part 2, "
                "as in Kesh (set); 35% of 40 notes in matches of 12 or more"
            ),
        ),
        (
            CopyReport(40, 0.0, Match(8, 0, 0, (3, 3), "K", "s")),
            "",
            (
                "x: longest match 8 notes, bar 3 of part 1, as in K (s); "
                "0% of 40 notes in matches of 12 or more"
            ),
        ),
        (
            CopyReport(40, 0.0, None),
            "usual",
            "x: usual: no more than 9 of 10 real tunes share; no match of 8 notes or more",
        ),
    ],
)
def test_lines_on_copies(report: CopyReport, verdict: str, line: str) -> None:
    assert _copies_line("x", report, 12, 8, verdict) == line


def test_facts_on_copies() -> None:
    assert _copies_facts(CopyReport(40, 0.123456, MATCH)) == {
        "notes": 40,
        "longest": 14,
        "share": 0.1235,
        "part": 2,
        "bars": [2, 5],
        "title": "Kesh",
        "source": "set",
    }
    nothing = _copies_facts(CopyReport(40, 0.0, None))
    assert [name for name, found in nothing.items() if found is None] == [
        *("part", "bars", "title", "source")
    ]
    floor = Floor(30, (9.0, 12.0, 20.4), (0.0, 0.25, 0.5))
    assert _floor_line("folk", floor) == (
        "folk: 30 real tunes that it was not trained on share at most "
        "9 notes and 0% (half), 12 notes and 25% (90 %), 20 notes and 50% (99 %)"
    )
    assert _floor_line("folk", Floor()) == "folk: no held-out tunes to compare with"


# -- progress ----------------------------------------------------------------------------


def on_terminal(monkeypatch: pytest.MonkeyPatch, *, live: bool) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: live)
    monkeypatch.setenv("TERM", "xterm")


def test_a_line_is_written_over_on_a_terminal_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: Told
) -> None:
    clock = iter([10.0, 10.0, 10.5, 11.0, 11.5])
    monkeypatch.setattr(progress, "monotonic", lambda: next(clock))
    on_terminal(monkeypatch, live=True)
    line = ProgressLine(1.0)
    for text in "abcd":
        line.show(text)
    line.keep("e")
    # Shown after 11 s, not at 11 s.
    assert capsys.readouterr().err == f"\rd\x1b[K{CLEAR}e\n"
    on_terminal(monkeypatch, live=False)
    monkeypatch.setattr(progress, "monotonic", lambda: 0.0)
    line = ProgressLine(-1.0)
    line.show("a")
    line.keep("b")
    assert capsys.readouterr().err == "b\n"


class Lines:
    """Takes what is shown and what is kept."""

    def __init__(self) -> None:
        self.told: list[object] = []

    def show(self, progress: Any) -> None:
        self.told.append(("shown", progress.step))

    def keep(self, text: str, figure: float | None = None) -> None:
        self.told.append((text, figure))


def test_steps_of_training() -> None:
    lines: Any = Lines()
    step = SimpleNamespace(
        step=7, loss=2.34567, rate=12345.6, left=150.0, metrics=None, done=0.25, busy=0.0
    )
    show_training(lines, step)
    figures = {
        "valid_bits_per_note": 3.21987,
        "valid_bits_per_16th": 1.5,
        "train_bits_per_note": 3.0,
    }
    show_training(lines, SimpleNamespace(**{**vars(step), "metrics": figures}))
    show_gan(lines, step)
    show_gan(lines, SimpleNamespace(**{**vars(step), "metrics": {"kl_place": 0.5}}))
    assert lines.told == [
        ("shown", 7),
        (
            "step 7: 3.220 bits a note, 1.500 a 16th on held-out pieces (training 3.000)",
            figures["valid_bits_per_note"],
        ),
        ("shown", 7),
        ("step 7: bits from real bars: places 0.500", None),
    ]
    row = {"kl_interval": 0.1, "kl_pitch_class": 0.25, "unique_bars": 0.875}
    assert (
        _figures(row)
        == "bits from real bars: intervals 0.100, pitch classes 0.250, 88% of the bars differ"
    )
    assert _figures({"unique_bars": 1.0}) == "no figures"


def test_options_of_a_gan() -> None:
    options = make_parser().parse_args(
        ["gan", "train", "S", "-o", "O", "--grid", "12", "--batch", "6", "--seed", "0"]
    )
    found = _train_options(options)
    assert (found.net.grid, found.batch, found.seed, found.device) == (12, 6, 0, "auto")
