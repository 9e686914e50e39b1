"""``-``: a tune from standard input, a piece to standard output."""

from __future__ import annotations

import io
import json
import sys
import wave
from collections.abc import Callable
from pathlib import Path

import pytest
from commands import files
from small import REAL_TUNES, tune

from symgen.cli import main
from symgen.cli.piping import _suffix
from symgen.formats import load_score, save_score

Run = Callable[..., tuple[int, bytes, str]]


@pytest.fixture
def piped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> Run:
    """Run a command in an empty folder, and send it a file."""
    monkeypatch.chdir(tmp_path)

    def run(line: str, data: bytes = b"", *, terminal: bool = False) -> tuple[int, bytes, str]:
        stream = io.TextIOWrapper(io.BytesIO(data))
        monkeypatch.setattr(stream, "isatty", lambda: terminal, raising=False)
        monkeypatch.setattr(sys, "stdin", stream)
        status = main(line.split())
        told = capsysbinary.readouterr()
        return status, told.out, told.err.decode()

    return run


@pytest.fixture
def midi(tmp_path: Path) -> bytes:
    meter, pickup, _, text = REAL_TUNES["Amazing Grace"]
    path = tmp_path / "elsewhere" / "tune.mid"
    save_score(tune(text, meter=meter, pickup=pickup, resolution=480), path)
    return path.read_bytes()


def clean() -> list[str]:
    """What lies in the folder beside what the tests made."""
    return [name for name in files() if name != "elsewhere"]


# -- in ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "made"),
    [
        ("- --bars 2 --seed 1", "stdin-continued.mid"),
        ("continue - --bars 2 --seed 1 -o a.mid", "a.mid"),
        ("vary - --particles 2 --seed 1 --format musicxml", "stdin-varied.musicxml"),
        ("edit - --transpose 2", "stdin-edited.mid"),
        ("render - --rate 8000", "stdin.wav"),
        ("render - --rate 8000 --format flac", "stdin.flac"),
        ("plot -", "stdin.png"),
        ("gan sample -n 1 --bars 2 --seed 1 --prime - -o a.mid", "a.mid"),
    ],
)
def test_a_tune_is_read_from_standard_input(line: str, made: str, piped: Run, midi: bytes) -> None:
    status, out, err = piped(line, midi)
    assert status == 0, err
    assert out.decode().splitlines() == [made]
    assert clean() == [made]
    assert "stdin." not in err


def test_it_is_the_same_as_from_a_file(piped: Run, midi: bytes) -> None:
    piped("continue - --bars 2 --seed 1 -o a.mid", midi)
    piped("continue elsewhere/tune.mid --bars 2 --seed 1 -o b.mid")
    assert Path("a.mid").read_bytes() == Path("b.mid").read_bytes()


def test_messages_and_facts_call_it_standard_input(piped: Run, midi: bytes) -> None:
    status, out, _ = piped("info - --json", midi)
    assert (status, json.loads(out)["path"]) == (0, "standard input")
    status, out, err = piped("transcribe - --json -o a.mid", midi)
    assert status == 0
    assert err.startswith("standard input: ")
    status, _, err = piped("continue - --part 9", midi)
    assert status != 0
    assert "/" not in err


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "standard input: is empty"),
        (b"MThd", "standard input: "),
        (b"just words\n", "standard input: holds no ABC tune"),
        (b"\0\1\2\xff" * 99, "standard input: "),
        (b"\0\0\0\x20ftypM4A ", "standard input: is an AAC or MP4 recording"),
    ],
)
def test_what_is_no_tune_is_refused(data: bytes, said: str, piped: Run) -> None:
    status, out, err = piped("continue -", data)
    assert (status, out) == (3, b"")
    assert err.startswith(f"symgen: {said}")
    assert err.count("\n") == 1
    assert clean() == []


@pytest.mark.parametrize(
    ("head", "suffix"),
    [
        (b"MThd\0\0", ".mid"),
        (b"RIFF\0\0\0\0WAVE", ".wav"),
        (b"fLaC", ".wav"),
        (b"ID3\4", ".mp3"),
        (b"\xff\xfb\x90", ".mp3"),
        (b"FORM\0\0\0\0AIFF", ".aiff"),
        (b"PK\3\4", ".mxl"),
        (b"<?xml version", ".musicxml"),
        (b"**kern\n", ".krn"),
        (b"X:1\nK:C\n", ".abc"),
        (b"T:No number\nK:C\n", ".abc"),
        (b"\0\0\0", ".mid"),
    ],
)
def test_the_first_bytes_say_what_it_is(head: bytes, suffix: str) -> None:
    assert _suffix(head) == suffix


# -- out ---------------------------------------------------------------------------------


def test_a_piece_is_written_to_standard_output(piped: Run) -> None:
    status, out, err = piped("generate --bars 2 --seed 1 -o -")
    assert (status, err) == (0, "")
    piped("generate --bars 2 --seed 1 -o a.mid")
    assert out == Path("a.mid").read_bytes()
    assert clean() == ["a.mid"]


@pytest.mark.parametrize(
    ("line", "start"),
    [
        ("generate --bars 2 --seed 1 -o - --format musicxml", b"<?xml"),
        ("generate --bars 2 --seed 1 -o - --format wav", b"RIFF"),
        ("edit - --transpose 2 -o -", b"MThd"),
        ("infill - --bars 2 --particles 2 -o - -q", b"MThd"),
        ("harmonize - --particles 2 --seed 1 -o -", b"MThd"),
        ("transcribe - -o -", b"MThd"),
        ("render - --rate 8000 -o -", b"RIFF"),
        ("render - --rate 8000 -o - --format flac", b"fLaC"),
        ("plot - -o - --format svg", b"<svg"),
        ("plot - -o -", b"\x89PNG"),
    ],
)
def test_other_kinds_and_commands(line: str, start: bytes, piped: Run, midi: bytes) -> None:
    status, out, err = piped(line, midi)
    assert status == 0, err
    assert out.startswith(start)
    assert clean() == []


def test_the_sound_is_that_of_the_piece(piped: Run, midi: bytes, tmp_path: Path) -> None:
    _, out, _ = piped("render - --rate 8000 -o -", midi)
    piped("render elsewhere/tune.mid --rate 8000 -o a.wav")
    assert out == Path("a.wav").read_bytes()
    with wave.open(io.BytesIO(out)) as file:
        assert file.getframerate() == 8000


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("generate -o - -n 2", "count is 2"),
        ("generate -o - --wav", "leave --wav out"),
        ("generate -o - --json", "leave --json out"),
        ("corpus x -o -", "writes a folder"),
        ("train x -o -", "writes a folder"),
        ("continue - -", "is one file, but there are 2"),
        ("generate -o x.mid --format musicxml", "does not end in .musicxml"),
        ("generate --format wav", "is for -o - alone"),
        ("generate --format png", "invalid choice"),
    ],
)
def test_what_cannot_be_piped(line: str, said: str, piped: Run) -> None:
    status, out, err = piped(line)
    assert (status, out) == (2, b"")
    assert said in err
    assert clean() == []


def test_terminals_are_refused(piped: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    status, _, err = piped("continue -", terminal=True)
    assert status == 3
    assert "is a terminal" in err
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    status, _, err = piped("generate -o -")
    assert status == 2
    assert "is a terminal" in err


def test_formats_name_files(piped: Run) -> None:
    assert piped("generate --bars 1 --seed 1 --format musicxml")[1] == b"symgen-1.musicxml\n"
    assert load_score("symgen-1.musicxml").note_count
