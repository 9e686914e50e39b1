"""What is said where nothing is asked, lines without a command, and how much is said in which color."""

from __future__ import annotations

import logging
import re
import shlex
import sys
from pathlib import Path

import pytest
from commands import Command, files, refused

from symgen.cli import telling
from symgen.cli.commands import make_parser
from symgen.cli.front import EXAMPLES, with_command
from symgen.cli.options import UsageError
from symgen.cli.telling import Manner, color_of, detail, has_color, is_shown, note, speaking, timed

Told = pytest.CaptureFixture[str]
Patch = pytest.MonkeyPatch

RED = "\x1b[1;31msymgen:\x1b[0m "


# -- the front page ----------------------------------------------------------------------


def test_bare_symgen_shows_five_examples(command: Command) -> None:
    result = command()
    assert (result.status, result.err) == (0, [])
    lines = [line for line in result.out if line.startswith("  symgen ")]
    assert len(lines) == len(EXAMPLES) == 5
    assert "symgen --help" in result.out[-1]


@pytest.mark.parametrize("line", EXAMPLES)
def test_the_examples_make_sense(line: str) -> None:
    words = with_command(shlex.split(line)[1:], make_parser())
    assert make_parser().parse_args(words).job


# -- a line without a command ------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "same"),
    [
        ("tune.mid --bars 2", "continue tune.mid --bars 2"),
        ("-q TUNE.MXL", "-q continue TUNE.MXL"),
        ("--color never hum.m4a -v", "--color never continue hum.m4a -v"),
        ("--col=never -qv a/b.abc", "--col=never -qv continue a/b.abc"),
        ("- --bars 2", "continue - --bars 2"),
        ("plain", "continue plain"),  # a file that is there
        ("./generate", "continue ./generate"),
        ("generate", "generate"),
        ("help", "--help"),
        ("help gan sample", "gan sample --help"),
        ("folder", "folder"),
        ("nosuch", "nosuch"),
        ("-q", "-q"),
        ("x" * 400, "x" * 400),
        ("a\0b", "a\0b"),
    ],
)
def test_a_tune_is_continued(line: str, same: str, tmp_path: Path, monkeypatch: Patch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("plain").touch()
    Path("generate").touch()
    Path("folder").mkdir()
    assert with_command(line.split(), make_parser()) == same.split()


@pytest.mark.parametrize("line", ["--bars 8", "--tempo=90 tune.mid", "-n 4"])
def test_options_follow_a_command(line: str) -> None:
    with pytest.raises(UsageError, match="options follow a command, as in symgen generate -"):
        with_command(line.split(), make_parser())


def test_a_tune_alone_goes_on(go_on: Command, command: Command, tiny_folder: Path) -> None:
    long = go_on("--seed", 3, "-o", "long.mid")
    short = command("tune.mid", "--model", tiny_folder, "--bars", 2, "--seed", 3, "-o", "short.mid")
    assert (long.status, short.status) == (0, 0)
    assert Path("long.mid").read_bytes() == Path("short.mid").read_bytes()
    refused(command("missing.mid"), 3, "missing.mid: no such file")
    refused(command("missing"), 2, "no command 'missing'")


# -- how much is said --------------------------------------------------------------------


def test_quiet_says_nothing_but_paths_and_errors(generate: Command, command: Command) -> None:
    assert generate("-o", "a.mid").err
    for where in (("generate", "-q"), ("-q", "generate")):
        quiet = command(*where, *generate_words(), "-o", "b.mid", "--overwrite")
        assert (quiet.status, quiet.out, quiet.err) == (0, ["b.mid"], [])
    refused(generate("-q", "-o", "a.mid"), 2, "exists already")


def generate_words() -> list[str]:
    return ["--bars", "2", "--model", "folk"]


def test_verbose_tells_the_model_and_times(generate: Command) -> None:
    told = generate("-v", "--seed", 1, "-o", "a.mid")
    assert told.out == ["a.mid"]
    assert any(re.fullmatch(r"model tiny: .* parameters.*", line) for line in told.err)
    assert any(re.fullmatch(r"in all: [0-9.]+ s", line) for line in told.err)
    assert generate("--seed", 1, "-o", "b.mid").err == []
    assert files() == ["a.mid", "b.mid"]


def test_notes_and_details(capsys: Told) -> None:
    def say() -> str:
        note("a note")
        detail("a detail")
        with timed("work"):
            pass
        return capsys.readouterr().err

    assert say() == "a note\n"
    with speaking(Manner(quiet=True, verbose=True)):
        assert say() == ""
    with speaking(Manner(verbose=True)):
        assert re.fullmatch(r"a note\na detail\nwork: 0\.\d\d s\n", say())
    with speaking(Manner(names=(("/x/stdin.mid", "standard input"),))):
        note("/x/stdin.mid: is odd")
        assert capsys.readouterr().err == "standard input: is odd\n"


@pytest.mark.parametrize(
    ("manner", "said"),
    [
        (Manner(quiet=True), "bad\n"),
        (Manner(verbose=True), "fine\nodd\nbad\n"),
    ],
)
def test_the_logger_of_the_package_speaks_alike(manner: Manner, said: str, capsys: Told) -> None:
    logger = logging.getLogger("symgen")
    before = (logger.level, logger.propagate, list(logger.handlers))
    with speaking(manner):
        logger.info("fine")
        logger.warning("odd")
        logger.error("bad")
    assert capsys.readouterr().err == said
    assert (logger.level, logger.propagate, logger.handlers) == before


def test_how_far_work_is_is_shown_on_a_terminal(monkeypatch: Patch) -> None:
    assert not is_shown()
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    assert is_shown()
    with speaking(Manner(quiet=True)):
        assert not is_shown()


# -- colors ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("color", "environment", "terminal", "expected"),
    [
        ("auto", {}, False, False),
        ("auto", {}, True, True),
        ("auto", {"NO_COLOR": "1"}, True, False),
        ("auto", {"NO_COLOR": ""}, True, True),
        ("auto", {"FORCE_COLOR": "1"}, False, True),
        ("auto", {"FORCE_COLOR": "1", "NO_COLOR": "1"}, True, False),
        ("auto", {"TERM": "dumb"}, True, False),
        ("always", {"NO_COLOR": "1"}, False, True),
        ("never", {"FORCE_COLOR": "1"}, True, False),
    ],
)
def test_where_there_is_color(
    color: str, environment: dict[str, str], terminal: bool, expected: bool, monkeypatch: Patch
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: terminal)
    with speaking(Manner(color=color)):
        assert has_color(sys.stdout) is expected


@pytest.mark.parametrize(
    ("line", "color"),
    [
        ("generate", "auto"),
        ("generate --color always", "always"),
        ("--colour=never generate", "never"),
        ("generate --color", "auto"),
        ("--color always x --color never", "never"),
    ],
)
def test_the_color_is_known_before_the_line_is_read(line: str, color: str) -> None:
    assert color_of(line.split()) == color


@pytest.mark.parametrize("words", [["--help"], ["generate", "--help"], ["gan", "train", "--help"]])
def test_help_says_the_same_in_color(words: list[str], capsys: Told, monkeypatch: Patch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    texts = []
    for color in ("always", "never"):
        with speaking(Manner(color=color)), pytest.raises(SystemExit):
            make_parser().parse_args(words)
        texts.append(capsys.readouterr().out)
    colored, plain = texts
    assert "\x1b[" in colored
    assert "\x1b[" not in plain
    bare = re.sub(r"\x1b\[[0-9;]*m", "", colored)
    assert bare.split() == plain.split()


def test_errors_begin_in_red(command: Command) -> None:
    assert command("--color", "always", "nosuch").err[0].startswith(RED)
    assert command("--color", "always", "info", "gone.mid").err[0].startswith(RED)
    assert command("nosuch").err[0].startswith("symgen: ")
    refused(command("--color", "blue"), 2, "--color", "'blue'", "always")


def test_plain_help_loads_nothing_for_color() -> None:
    """Neither rich nor what logs is paid for where nobody looks."""
    import subprocess

    code = (
        "import sys\nfrom symgen.cli import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
        "print([n for n in ('rich', 'rich_argparse', 'logging', 'numpy') if n in sys.modules])"
    )
    for words in ([], ["--help"], ["generate", "--help"]):
        line = [sys.executable, "-c", code, *words]
        done = subprocess.run(line, capture_output=True, text=True, check=True)
        assert done.stdout.splitlines()[-1] == "[]"


def test_no_manner_is_left_behind(generate: Command) -> None:
    generate("-q", "-o", "a.mid")
    assert telling._MANNER.get() == Manner()
