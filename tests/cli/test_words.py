"""What commands say and take for granted: the lines they print, and the values of options that are not given."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from symgen import __version__
from symgen.cli import _inputs, _one_line, doctor, main, progress, reading
from symgen.cli.commands import make_parser
from symgen.cli.describing import (
    check_written,
    copied_share,
    describe,
    report_checks,
    written_facts,
)
from symgen.cli.gan import _figures, _train_options
from symgen.cli.gan import _show as show_gan
from symgen.cli.learning import _pair, train_options
from symgen.cli.learning import _show as show_training
from symgen.cli.media import _target
from symgen.cli.options import Context, UsageError, value
from symgen.cli.outputs import _numbered, beside, name_targets, printable_path
from symgen.cli.progress import CLEAR, ProgressLine, counted
from symgen.cli.reading import heard_notices, read_piece, seconds_of
from symgen.cli.reports import (
    _copies_facts,
    _copies_line,
    _floor_line,
    _of_score,
    _printable,
    _text,
)
from symgen.cli.signals import StopRequest, Terminated, _exception
from symgen.cli.transcribing import _describe, _given, _number, _played_facts, _played_notices
from symgen.cli.writing import _part_lines, _tell_prompt, bar_range
from symgen.copies.report import CopyReport, Floor, Match
from symgen.formats import save_score
from symgen.music.meter import Meter
from symgen.music.score import MeterChange, Note, Part, Score, TempoChange
from symgen.nets.checkpoint import SIZES
from symgen.system.errors import ControlError, FormatError
from symgen.verification import Check

Told = pytest.CaptureFixture[str]

WRITING = {"count": 1, "temperature": 1.0, "top_p": 0.98}
MATCH = Match(notes=14, row=3, part=1, bars=(2, 5), title="Kesh", source="set")


# -- options -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "given"),
    [
        ("generate", {**WRITING, "candidates": 1}),
        ("continue T", {**WRITING, "candidates": 1, "tune": "T"}),
        (
            "transcribe R",
            {
                "count": 1,
                "grid": "16",
                "key": "auto",
                "meter": "auto",
                "tempo": "auto",
                "model": "transcriber",
                "recording": "R",
            },
        ),
        ("infill T --bars 2", {**WRITING, "tune": "T", "bars": "2"}),
        ("vary T", {**WRITING, "tune": "T", "amount": 0.3}),
        ("harmonize T", {**WRITING, "tune": "T", "temperature": 0.8}),
        ("render F", {"files": ["F"], "pan": "auto", "rate": 44100}),
        ("plot F", {"file": "F"}),
        (
            "corpus S -o O",
            {
                "sources": ["S"],
                "output": "O",
                "grid": 12,
                "parts": "all",
                "repeats": "written",
                "styles": "dances",
                "min_bars": 4,
                "max_bars": 512,
                "min_parts": 1,
                "max_parts": 32,
            },
        ),
        ("train S -o O", {"source": "S", "output": "O", "device": "auto"}),
        ("copies F", {"files": ["F"], "model": "folk"}),
        (
            "evaluate G --reference R",
            {"generated": "G", "reference": "R", "resamples": 1000, "split": "test"},
        ),
        ("info", {}),
        ("doctor", {}),
        (
            "gan train S -o O",
            {"store": "S", "output": "O", "device": "auto", "preset": "bars"},
        ),
        ("gan sample", {"count": 16, "model": "gan", "surer": 0.8}),
        (
            "gan augment S -o O",
            {
                "bars": 16,
                "count": 500,
                "model": "gan",
                "output": "O",
                "store": "S",
                "surer": 0.8,
            },
        ),
        (
            "gan evaluate S",
            {
                "bars": 16,
                "count": 300,
                "model": "gan",
                "split": "test",
                "store": "S",
                "surer": 0.8,
            },
        ),
    ],
)
def test_what_is_taken_where_nothing_is_given(line: str, given: dict[str, Any]) -> None:
    """All options that say something; the others are None, False, 0 or empty."""
    found = vars(make_parser().parse_args(line.split()))
    said = {name: value for name, value in found.items() if value}
    del said["job"]
    said.pop("control_names", None)
    assert said == given


@pytest.mark.parametrize(
    "line",
    [
        "infill T",
        "corpus S",
        "train S",
        "evaluate G",
        "gan augment S",
        "gan train S",
        "",
        "gan",
        "render",
    ],
)
def test_what_must_be_given(line: str) -> None:
    with pytest.raises(UsageError, match="required"):
        make_parser().parse_args(line.split())


@pytest.mark.parametrize(
    ("command", "texts"),
    [
        ("generate", ("bars to write", "(default 16)", "(default 0.98)")),
        ("continue", ("(default 8)", "(default 1)")),
        ("harmonize", ("(default 0.8)", "(default 0.98)")),
        ("corpus", ("(default 512)", "(default dances)")),
    ],
)
def test_help_tells_what_is_usual(command: str, texts: tuple[str, ...], capsys: Told) -> None:
    with pytest.raises(SystemExit):
        make_parser().parse_args([command, "--help"])
    told = " ".join(capsys.readouterr().out.split())
    for text in texts[1:]:
        assert text in told
    assert "(default None)" not in told


def test_an_option_tells_its_default() -> None:
    option = value("-n --count", "N", "pieces", int, 3)
    assert (option.names, option.how["help"]) == (("-n", "--count"), "pieces (default 3)")
    assert value("--x", "N", "text").how["help"] == "text"
    assert value("--x", "N", "text").how["required"] is False


def test_the_line_that_gives_the_same_again() -> None:
    for seed, line in ((None, "symgen generate --seed 7"), (0, "symgen generate")):
        assert Context(argparse.Namespace(seed=seed), "symgen generate").line_with(7) == line


def test_what_a_command_reads() -> None:
    options = argparse.Namespace(
        files=["a", "b"], model=None, facts=["set=c"], soundfont="d", x="e"
    )
    assert _inputs(options) == {"a": "file", "b": "file", "c": "table", "d": "soundfont"}


@pytest.mark.parametrize(
    ("text", "line"),
    [("a\n  b", "a b"), ("\x1b[31mred\x07", "?[31mred?"), ("\x9f é", "? é"), ("\t", "")],
)
def test_errors_are_one_line(text: str, line: str) -> None:
    assert _one_line(text) == line


@pytest.mark.parametrize(
    ("text", "found"),
    [("5-8", (5, 8)), ("5", (5, 5)), ("5-", (5, 5)), ("0", (0, 0)), ("8-8", (8, 8))],
)
def test_ranges_of_bars(text: str, found: tuple[int, int]) -> None:
    assert bar_range(text, "bars") == found


@pytest.mark.parametrize("text", ["8-5", "-5", "a", "", "1-2-3", "1234567890", "1 - 2"])
def test_what_is_no_range_of_bars(text: str) -> None:
    with pytest.raises(ControlError, match=r"bars .* write it like 1-8"):
        bar_range(text, "bars")


@pytest.mark.parametrize(
    ("text", "pair"), [("a=b", ("a", "b")), ("a=b=c", ("a", "b=c")), ("a=", ("a", ""))]
)
def test_pairs(text: str, pair: tuple[str, str]) -> None:
    assert _pair(text, "hold_out") == pair
    with pytest.raises(ControlError, match="hold-out 'a': write NAME=TEXT"):
        _pair("a", "hold_out")


def test_words_that_mean_nothing_is_known() -> None:
    assert [_given(text) for text in ("auto", "6/8", None)] == [None, "6/8", None]
    assert [_number(text) for text in ("auto", "96.5", None)] == [None, 96.5, None]
    with pytest.raises(ControlError, match="such as 96, or auto"):
        _number("fast")


# -- files -------------------------------------------------------------------------------


def named(**more: Any) -> argparse.Namespace:
    usual = {"output": None, "count": 1, "overwrite": False, "soundfont": None}
    return argparse.Namespace(**{**usual, "wav": False, "plot": False, **more})


def test_names_of_what_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert _numbered(Path("a/x.mid"), 1) == [Path("a/x.mid")]
    assert _numbered(Path("a/x.mid"), 2) == [Path("a/x-1.mid"), Path("a/x-2.mid")]
    options = named(wav=True, xml=True, report=True)
    assert beside(Path("x.mid"), options) == {
        "wav": Path("x.wav"),
        "xml": Path("x.musicxml"),
        "report": Path("x.json"),
    }
    assert beside(Path("x.musicxml"), named(xml=True)) == {}
    assert name_targets(named(output="b.mid", count=2), "a") == [Path("b-1.mid"), Path("b-2.mid")]
    for count in (0, 100_001):
        with pytest.raises(ControlError, match=r"must be 1\.\.100000"):
            name_targets(named(count=count), "a")
    assert len(name_targets(named(output="c.mid", count=3, overwrite=True), "a")) == 3
    with pytest.raises(ControlError, match="soundfont: is for --wav"):
        name_targets(named(soundfont="x"), "a")
    with pytest.raises(ControlError, match="name a file that ends in"):
        name_targets(named(output="c.txt"), "a")


@pytest.mark.skipif(sys.platform == "win32", reason="a backslash parts names there")
@pytest.mark.parametrize(
    ("name", "line"),
    [("a b", "a b"), ("a\nb", "a\\nb"), ("é", "é"), ("a\\b", "a\\\\b"), ("\udcff", "\\udcff")],
)
def test_names_in_one_line(name: str, line: str) -> None:
    assert printable_path(name) == line


def test_where_sound_goes(tmp_path: Path) -> None:
    def target(output: str | None, *files: str) -> Path:
        return _target(Path("d/a.mid"), argparse.Namespace(output=output, files=files))

    assert target(None, "d/a.mid") == Path("d/a.wav")
    assert target("x.FLAC", "d/a.mid") == Path("x.FLAC")
    assert target("out", "d/a.mid", "b.mid") == Path("out/a.wav")
    assert target(str(tmp_path), "d/a.mid") == tmp_path / "a.wav"
    (tmp_path / "v1.2").mkdir()
    assert target(str(tmp_path / "v1.2"), "d/a.mid") == tmp_path / "v1.2" / "a.wav"
    with pytest.raises(ControlError, match="is one file, but 2 are to be rendered"):
        target("x.wav", "d/a.mid", "b.mid")
    with pytest.raises(ControlError, match="or a folder"):
        target("x.txt", "d/a.mid")


# -- what is read ------------------------------------------------------------------------


def test_notices_of_what_was_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first three problems, and how many more; of a book the first tune."""
    options = argparse.Namespace(limit=[], count_in=0)
    for problems, count, expected in (
        (2, 1, ["x.abc: p0", "x.abc: p1"]),
        (3, 1, ["x.abc: p0", "x.abc: p1", "x.abc: p2"]),
        (
            5,
            7,
            [
                *("x.abc: a book of 7 tunes, the first is taken", "x.abc: p0", "x.abc: p1"),
                *("x.abc: p2", "x.abc: and 2 more such lines"),
            ],
        ),
    ):
        tune = SimpleNamespace(problems=tuple(f"p{i}" for i in range(problems)), count=count)
        monkeypatch.setattr(reading, "load_tune", lambda *_, tune=tune, **__: tune)
        assert read_piece("x.abc", options) == (tune, expected)
    with pytest.raises(ControlError, match="count-in: is for recordings"):
        read_piece("x.abc", argparse.Namespace(limit=[], count_in=4))


def test_how_long_a_recording_may_be() -> None:
    assert seconds_of(argparse.Namespace(limit=[])) == 1800
    assert seconds_of(argparse.Namespace(limit=["seconds=60"])) == 60
    assert seconds_of(argparse.Namespace(limit=["notes=60"])) == 1800


def heard(count: int = 1, *, pickup: bool = False) -> Any:
    notes = tuple(Note(480 * i, 60, 480) for i in range(count))
    score = Score((Part(notes, 73),))
    return SimpleNamespace(
        score=score,
        tempo=96.123,
        tempo_confidence=0.876,
        seconds=3.14159,
        meter=Meter(6, 8),
        has_pickup=pickup,
        key="D major",
        tuning=-12.34,
        notices=("noisy",),
        crowded=0.12345,
    )


def test_what_was_heard_is_told() -> None:
    assert heard_notices(heard(), "x.wav") == [
        (
            "x.wav: heard 1 note in 3.1 s, 96.12 quarters a minute (confidence 0.88), 6/8, key D major, "
            "tuning -12 cents"
        ),
        "x.wav: noisy",
    ]
    assert "heard 2 notes in 3.1 s" in heard_notices(heard(2), "x")[0]
    assert "6/8 with a pickup, key" in heard_notices(heard(pickup=True), "x")[0]
    told = _describe(heard(5), Path("x.wav"), Path("y.mid"), {"wav": Path("y.wav")})
    assert told == {
        "path": "y.mid",
        "wav": "y.wav",
        "recording": "x.wav",
        "seconds": 3.142,
        "notes": 5,
        "bars": 2,
        "tempo": 96.12,
        "tempo_confidence": 0.876,
        "meter": "6/8",
        "pickup": False,
        "key": "D major",
        "tuning": -12.3,
        "crowded": 0.123,
        "instrument": "Flute",
        "notices": ["noisy"],
        "version": __version__,
    }


def test_how_a_played_file_was_read_is_told() -> None:
    """Nine notes of a quarter at 100, one of which fell on another; a pickup of one quarter."""
    before = Score(
        (Part(tuple(Note(480 * i, 60, 480) for i in range(9))),),
        tempos=(TempoChange.of_bpm(0, 100),),
    )
    meters = (MeterChange(0, Meter(1, 4)), MeterChange(480, Meter(4, 4)))
    after = Score((Part(before.parts[0].notes[:8], 40),), meters=meters)
    facts = _played_facts(after, None, before)
    assert facts == {
        "seconds": 5.4,
        "notes": 8,
        "left_out": 1,
        "bars": 2,
        "unclicked": False,
        "tempo": 120.0,
        "tempo_confidence": 1.0,
        "file_tempo": 100.0,
        "meter": "4/4",
        "meter_confidence": 1.0,
        "pickup": True,
        "instruments": ["Violin"],
    }
    source = Path("x.mid")
    assert _played_notices(source, facts | {"key": "C major"}, None) == [
        "x.mid: keeps to the beat of its file, 100 quarters a minute in 4/4; 2 bars, key C major",
        "x.mid: 1 notes fall on others of the same key and are left out",
    ]
    grid = SimpleNamespace(confidence=0.49951, meter_confidence=0.77777)

    class Found(SimpleNamespace):
        def __str__(self) -> str:
            return "93 quarters a minute in 4/4"

    pulse: Any = Found(grid=grid)
    facts = _played_facts(after, pulse, after) | {"key": "C major"}
    assert (facts["unclicked"], facts["left_out"]) == (True, 0)
    assert (facts["tempo_confidence"], facts["meter_confidence"]) == (0.5, 0.778)
    read = "x.mid: played without a click, read at 93 quarters a minute in 4/4 (confidence 0.50)"
    assert _played_notices(source, facts, pulse) == [f"{read}; 2 bars, key C major"]
    unsure = _played_notices(source, facts | {"tempo_confidence": 0.49}, pulse)
    assert unsure[1] == "x.mid: the tempo is uncertain; give it with --tempo N"


# -- what is written ---------------------------------------------------------------------


def prompt(**more: Any) -> Any:
    drums = Part((Note(0, 36, 480),), is_drum=True)
    parts = (Part((Note(0, 60, 480),), name="Flute"), Part((Note(0, 50, 480),)), drums, Part())
    report = SimpleNamespace(max_shift=0.01, moved=2, notes=9)
    usual = {"score": Score(parts), "part": 0, "parts": (0,), "bars": 4, "meter": Meter(3, 4)}
    usual |= {"key": "G major", "key_origin": "signature", "inferred": None, "played": None}
    return SimpleNamespace(**{**usual, "report": report, "lanes": (0,), "drums": (), **more})


class Inferred(SimpleNamespace):
    def __str__(self) -> str:
        return "quarters"


def test_what_a_prompt_is_taken_for(capsys: Told) -> None:
    def told(options: argparse.Namespace, **more: Any) -> list[str]:
        found = prompt(**more)
        _tell_prompt(found.score, found, options)
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
    take: Any = SimpleNamespace(new_bars=Score)

    def model(report: CopyReport | None) -> Any:
        index = report and SimpleNamespace(find=lambda _: report)
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
    assert found["parts"] == ["Flute: 7 notes", "drums: 1 notes", "Solo: 0 notes"]
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
                "x: shares; longest match 8 notes, bar 3 of part 1, as in K (s); "
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
    assert capsys.readouterr().err == f"{CLEAR}d{CLEAR}e\n"
    on_terminal(monkeypatch, live=False)
    monkeypatch.setattr(progress, "monotonic", lambda: 0.0)
    line = ProgressLine(-1.0)
    line.show("a")
    line.keep("b")
    assert capsys.readouterr().err == "b\n"


def test_counts_are_shown_ten_times_a_second(monkeypatch: pytest.MonkeyPatch, capsys: Told) -> None:
    now = [1.0]
    monkeypatch.setattr(progress, "monotonic", lambda: now[0])
    on_terminal(monkeypatch, live=True)
    with counted("tunes") as follow:
        for number, time in enumerate((2.0, 2.0625, 2.25, 2.3125)):
            now[0] = time
            follow(number, 9)
    assert capsys.readouterr().err == f"{CLEAR}0 of 9 tunes{CLEAR}2 of 9 tunes{CLEAR}"


class Lines:
    """Takes what is shown and what is kept."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.show: Callable[[str], None] = self.told.append
        self.keep: Callable[[str], None] = lambda text: self.told.append(f"kept {text}")


def test_steps_of_training() -> None:
    lines: Any = Lines()
    step = SimpleNamespace(step=7, loss=2.34567, rate=12345.6, left=150.0, metrics=None, done=0.25)
    show_training(lines, step)
    show_training(lines, SimpleNamespace(**{**vars(step), "left": 1e6}))
    figures = {
        "valid_bits_per_note": 3.21987,
        "valid_bits_per_16th": 1.5,
        "train_bits_per_note": 3.0,
    }
    show_training(lines, SimpleNamespace(**{**vars(step), "metrics": figures}))
    show_gan(lines, step)
    show_gan(lines, SimpleNamespace(**{**vars(step), "metrics": {"kl_place": 0.5}}))
    assert lines.told == [
        "step 7  2.346 bits a note  12,346 events/s  2 min left",
        "step 7  2.346 bits a note  12,346 events/s  ",
        "kept step 7: 3.220 bits a note, 1.500 a 16th on held-out pieces (training 3.000)",
        "step 7  gap 2.35  25%",
        "kept step 7: bits from real bars: places 0.500",
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


# -- signals and installation ------------------------------------------------------------


def test_a_second_signal_ends_at_once(capsys: Told) -> None:
    request = StopRequest()
    assert not request.is_set()
    request.receive(signal.SIGTERM, None)
    assert (request.is_set(), request.status) == (True, 143)
    assert capsys.readouterr().err == "\nstopping after this step; once more to stop at once\n"
    with pytest.raises(KeyboardInterrupt):
        request.receive(signal.SIGINT, None)
    with pytest.raises(Terminated):
        request.receive(signal.SIGTERM, None)
    assert request.status == 143
    assert Terminated().status == 143
    assert isinstance(_exception(signal.SIGINT), KeyboardInterrupt)


@pytest.mark.parametrize(
    ("version", "ok"), [((3, 10, 0), True), ((3, 9, 9), False), ((4, 0, 0), True)]
)
def test_pythons(version: tuple[int, ...], ok: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "sys", SimpleNamespace(version_info=version))
    check = doctor._check_python()
    assert (check.ok, check.remedy) == (ok, "" if ok else "install Python 3.10 or newer")


def test_requirements_have_their_versions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "requires", lambda _: ["numpy>=1.26", "pretty-midi<1", "torch"])
    assert doctor._requirement("numpy") == "numpy>=1.26"
    assert doctor._requirement("pretty_midi") == "pretty-midi<1"
    assert doctor._requirement("mido") == "mido"
    monkeypatch.setattr(doctor, "requires", lambda _: None)
    assert doctor._requirement("numpy") == "numpy"


def test_findings_are_told(monkeypatch: pytest.MonkeyPatch, capsys: Told) -> None:
    found = (
        doctor.Check("a", True, "x", "r"),
        doctor.Check("b", False, "y", "do"),
        doctor.Check("c", False, "z"),
    )
    monkeypatch.setattr(doctor, "diagnose", lambda: found)
    for json, lines in (
        (False, ["ok  a: x", "NO  b: y", "    do", "NO  c: z"]),
        (True, ['{"name": "a", "ok": true, "detail": "x", "remedy": "r"}']),
    ):
        result = doctor.doctor(Context(argparse.Namespace(json=json), ""))
        assert (result.status, result.notices) == (0, ())
        assert capsys.readouterr().out.splitlines()[: len(lines)] == lines


def test_one_system_has_one_installer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where all programs are there, a Mac takes brew all the same."""
    monkeypatch.setattr(doctor.shutil, "which", lambda name: name)
    for system, line in (
        ("Darwin", "brew install fluid-synth"),
        ("Linux", "sudo apt-get install libfluidsynth3"),
    ):
        monkeypatch.setattr(doctor.platform, "system", lambda system=system: system)
        assert doctor.install_line() == line


@pytest.mark.parametrize(
    ("error", "status", "line"),
    [
        (OSError(28, "No space", "f.mid"), 3, "f.mid: cannot be read or written (No space); "),
        (OSError(28, "No space"), 3, "cannot write what is to be printed (No space); "),
        (BrokenPipeError(), 0, ""),
        (KeyboardInterrupt(), 130, "interrupted"),
        (Terminated(), 143, "terminated"),
        (Terminated(1), 129, "terminated"),
        (ControlError("a\nb"), 2, "a b"),
    ],
)
def test_how_a_command_ends(
    error: BaseException, status: int, line: str, monkeypatch: pytest.MonkeyPatch, capsys: Told
) -> None:
    def fail(_: object) -> int:
        raise error

    silenced: list[bool] = []
    monkeypatch.setattr("symgen.cli._silence", lambda: silenced.append(True))
    monkeypatch.setattr("symgen.cli._command", fail)
    assert main([]) == status
    told = capsys.readouterr().err
    assert told.startswith(f"symgen: {line}") if line else not told
    assert bool(silenced) == (isinstance(error, OSError))


def test_facts_of_a_written_piece() -> None:
    """Part 1 of a prompt of four bars goes on for eight; the take is the second of three."""
    score = Score((Part(tuple(Note(480 * i, 60, 480) for i in range(8)), 73),))
    scores = SimpleNamespace(to_json=lambda: {"real": 0.5})
    going_on = prompt(new_bars=8, inferred=SimpleNamespace(to_json=lambda: {"grid": 12}))
    take: Any = SimpleNamespace(
        header=SimpleNamespace(key=None, bars=2, meter=Meter(4, 4), style="", period="modern"),
        prompt=going_on,
        seed=5,
        repeats=True,
        bits=3.14159,
        scores=scores,
        rank=2,
        table=[scores, scores, scores],
    )
    model: Any = SimpleNamespace(name="folk", copy_index=lambda: None)
    found = describe(take, score, Path("x.mid"), {"wav": Path("x.wav")}, model)
    assert found == {
        "path": "x.mid",
        "wav": "x.wav",
        "seed": 5,
        "bars": 2,
        "new_bars": 8,
        "key": "G major",
        "meter": "3/4",
        "tempo": 120.0,
        "style": None,
        "period": "modern",
        "instruments": ["Flute"],
        "notes": 8,
        "model": "folk",
        "version": __version__,
        "copied": None,
        "inferred": {
            "key": "G major",
            "key_origin": "signature",
            "meter": "3/4",
            "bars": 4,
            "parts": [1],
            "grid": 12,
        },
        "repeats_prompt": True,
        "bits_a_note": 3.142,
        "score": {"real": 0.5},
        "rank": 2,
        "candidates": 3,
        "scores": [{"real": 0.5}] * 3,
    }
    new = describe(
        SimpleNamespace(**{**vars(take), "prompt": None, "bits": None, "scores": None}),  # type: ignore[arg-type]
        score,
        Path("x.mid"),
        {},
        model,
    )
    assert (new["new_bars"], new["key"], new["meter"], new["bits_a_note"]) == (2, None, "4/4", None)
    assert "inferred" not in new
    assert "rank" not in new


def test_where_new_bars_begin(tmp_path: Path) -> None:
    score = Score((Part((Note(0, 60, 480),)),))
    save_score(score, tmp_path / "x.mid")
    for played, begun, written, expected in (
        (None, None, None, 0),
        (None, None, 480, 480),
        (True, prompt(end=960), 480, 960),
        (True, None, 480, 0),
    ):
        take: Any = SimpleNamespace(played=played, score=score, prompt=begun, written_end=written)
        assert written_facts(tmp_path / "x.mid", take)[1] == expected


@pytest.mark.parametrize(
    ("repeats", "returns", "told"),
    [(True, False, True), (True, True, False), (False, False, False), (False, True, False)],
)
def test_bars_that_only_repeat_the_prompt_are_told(
    repeats: bool, returns: bool, told: bool, tmp_path: Path, capsys: Told
) -> None:
    save_score(Score((Part((Note(0, 60, 480),)),)), tmp_path / "x.mid")
    take: Any = SimpleNamespace(
        repeats=repeats, checks=lambda *_, **__: [], new_bars=Score, played=None, written_end=None
    )
    found = SimpleNamespace(find=lambda _: CopyReport(40, 0.5, MATCH))
    model: Any = SimpleNamespace(copy_index=lambda: found)
    # A match of 14 notes is one too many where 14 are asked for, and none at all where 15 are.
    for most, met in ((14, False), (15, True)):
        controls: Any = SimpleNamespace(max_copy=most, asks_for_returns=returns)
        checks = check_written(tmp_path / "x.mid", take, controls, model, with_prompt=False)
        assert checks["max_copy"]["met"] == met
        assert ("repeat the prompt note for note" in capsys.readouterr().err) == told


def test_models_that_are_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "data_folder", lambda _: tmp_path)
    (tmp_path / "transcriber").mkdir()
    (tmp_path / "readme.md").write_text("")
    check = doctor._check_models()
    assert (check.ok, check.detail) == (False, f"{tmp_path} holds no model")
    for name in ("folk", "chamber"):
        (tmp_path / name).mkdir()
    check = doctor._check_models()
    assert (check.ok, check.detail) == (True, f"chamber, folk in {tmp_path}")

    def missing(_: str) -> Path:
        raise FormatError("nothing there")

    monkeypatch.setattr(doctor, "data_folder", missing)
    check = doctor._check_models()
    assert (check.ok, check.detail) == (False, "nothing there")
    assert check.remedy.startswith("install symgen again")


@pytest.mark.parametrize(
    ("count", "detail"),
    [(0, "no CUDA device: the processor does the work"), (2, "CUDA: GPU 0, GPU 1")],
)
def test_accelerators(count: int, detail: str, monkeypatch: pytest.MonkeyPatch) -> None:
    cuda = SimpleNamespace(
        is_available=lambda: count > 0,
        device_count=lambda: count,
        get_device_name=lambda number: f"GPU {number}",
    )
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=cuda))  # type: ignore[arg-type]
    assert doctor._check_accelerator() == doctor.Check("accelerator", True, detail)


def test_folders_that_can_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    assert doctor._check_folder().ok

    def refuse(*_: object, **__: object) -> None:
        raise FormatError("read only")

    monkeypatch.setattr(doctor, "check_writable", refuse)
    assert not doctor._check_folder().ok


def test_options_of_a_network() -> None:
    def options(line: str) -> Any:
        return train_options(make_parser().parse_args(["train", "S", "-o", "O", *line.split()]))

    usual = options("")
    assert (usual.net, usual.device) == (SIZES["base"], "auto")
    assert options("--size small").net == SIZES["small"]
    found = options("--size small --hidden 8 --batch 3 --seed 0 --precision float32")
    assert found.net == replace(SIZES["small"], hidden=8)
    assert (found.batch, found.seed, found.precision) == (3, 0, "float32")
    assert (found.rate, found.epochs) == (usual.rate, usual.epochs)
    plain = options("--no-copy").net
    assert (plain.copy, plain.features) == (False, True)
    plain = options("--no-features").net
    assert (plain.copy, plain.features) == (False, False)
    for line, words in (
        ("--size huge", "use small, base"),
        ("--net plain", "is in the lab"),
        ("--net other", "use event"),
    ):
        with pytest.raises(ControlError, match=words):
            options(line)
