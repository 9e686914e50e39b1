"""What commands take for granted: values of options that are not given, names of files, what is read."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from symgen import __version__
from symgen.cli import reading
from symgen.cli.commands import make_parser
from symgen.cli.learning import _pair
from symgen.cli.media import _sound_target
from symgen.cli.options import Context, UsageError, value
from symgen.cli.outputs import _numbered, beside, name_targets, printable_path
from symgen.cli.reading import heard_notices, read_piece, seconds_of
from symgen.cli.running import read_files
from symgen.cli.telling import one_line
from symgen.cli.transcribing import _describe, _given, _number, _played_facts, _played_notices
from symgen.cli.writing import bar_range
from symgen.copies.report import Match
from symgen.music.meter import Meter
from symgen.music.score import MeterChange, Note, Part, Score, TempoChange
from symgen.system.errors import ControlError
from symgen.training.options import TrainOptions

Told = pytest.CaptureFixture[str]

MANY = {"jobs": 1}
WRITING = {"count": 1, "temperature": 1.0, "top_p": 0.98}
MATCH = Match(notes=14, row=3, part=1, bars=(2, 5), title="Kesh", source="set")


# -- options -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "given"),
    [
        ("generate", {**WRITING, "candidates": 1}),
        ("continue T", {**WRITING, "candidates": 1, **MANY, "tune": ["T"]}),
        (
            "transcribe R",
            {
                "count": 1,
                "grid": "16",
                "key": "auto",
                "meter": "auto",
                "tempo": "auto",
                "model": "transcriber",
                **MANY,
                "recording": ["R"],
            },
        ),
        ("infill T --bars 2", {**WRITING, **MANY, "tune": ["T"], "bars": "2"}),
        ("vary T", {**WRITING, **MANY, "tune": ["T"], "amount": 0.3}),
        ("harmonize T", {**WRITING, **MANY, "tune": ["T"], "temperature": 0.8}),
        (
            "accompany T --style S",
            {**MANY, "count": 1, "tune": ["T"], "style": "S", "drums": "style"},
        ),
        ("render F", {**MANY, "file": ["F"], "mix": "auto", "pan": "auto", "rate": 44100}),
        ("plot F", {**MANY, "file": ["F"]}),
        (
            "corpus S -o O",
            {
                "sources": ["S"],
                "output": "O",
                "grid": 12,
                "parts": "all",
                "repeats": "written",
                "styles": "dances",
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
        ("edit T", {**MANY, "tune": ["T"], "count": 1}),
        ("play F", {"piece": "F"}),
        ("styles", {}),
        ("history", {"count": 20}),
        ("again 3", {"piece": 3}),
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
    del said["job"], said["color"], said["command"]
    said.pop("control_names", None)
    said.pop("many", None)
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


def test_the_help_of_train_tells_its_defaults(capsys: Told) -> None:
    with pytest.raises(SystemExit):
        make_parser().parse_args(["train", "--help"])
    told = " ".join(capsys.readouterr().out.split())
    usual = TrainOptions()
    for name in ("steps", "transpose", "patience", "seed"):
        after = told.partition(f" --{name} N ")[2]
        default = after.partition("(default ")[2].partition(")")[0]
        assert default.partition(",")[0] == str(getattr(usual, name))
    for name in ("epochs", "batch", "rate"):  # the plan chooses them
        assert told.partition(f" --{name} N ")[2].partition("(default: ")[2].startswith("by ")


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
    assert read_files(options) == {"a": "file", "b": "file", "c": "table", "d": "soundfont"}


@pytest.mark.parametrize(
    ("text", "line"),
    [("a\n  b", "a b"), ("\x1b[31mred\x07", "?[31mred?"), ("\x9f é", "? é"), ("\t", "")],
)
def test_errors_areone_line(text: str, line: str) -> None:
    assert one_line(text) == line


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
def test_names_inone_line(name: str, line: str) -> None:
    assert printable_path(name) == line


def test_where_sound_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "d").mkdir()

    def target(output: str | None, **more: object) -> Path:
        given = {"file": "d/a.mid", "out_dir": None, "overwrite": False} | more
        return _sound_target(argparse.Namespace(output=output, **given))

    assert target(None) == Path("d/a.wav")
    assert target(None, out_dir="out") == Path("out/a.wav")
    assert target(None, stem="a-2", overwrite=True) == Path("d/a-2.wav")
    assert target("x.FLAC") == Path("x.FLAC")
    assert target("out") == Path("out/a.wav")
    assert target(str(tmp_path)) == tmp_path / "a.wav"
    (tmp_path / "v1.2").mkdir()
    assert target(str(tmp_path / "v1.2")) == tmp_path / "v1.2" / "a.wav"
    with pytest.raises(ControlError, match="or a folder"):
        target("x.txt")


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
