"""The command line, in process: paths on stdout, one line an error, and the exit statuses."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import wave
from pathlib import Path

import pytest
from commands import Command, Result, files, refused
from small import corpus_tunes, tune, write_tunes

import symgen
from symgen.cli import main
from symgen.corpus import Store

# -- help --------------------------------------------------------------------------------


def test_help_lists_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--help"])
    assert caught.value.code == 0
    text = capsys.readouterr().out
    for name in (
        "generate",
        "continue",
        "transcribe",
        "render",
        "plot",
        "corpus",
        "train",
        "info",
        "doctor",
    ):
        assert f"\n  {name} " in text
        with pytest.raises(SystemExit) as inner:
            main([name, "--help"])
        assert inner.value.code == 0
        assert capsys.readouterr().out.startswith(f"usage: symgen {name}")


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"symgen {symgen.__version__}\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["compose"],
        ["generate", "--bars", "x"],
        ["generate", "--wings"],
        ["continue"],
        ["corpus", "x"],
    ],
    ids=str,
)
def test_a_command_line_that_makes_no_sense(command: Command, arguments: list[str]) -> None:
    refused(command(*arguments), 2, "--help")


# -- render, plot, info, doctor ----------------------------------------------------------


def test_render_and_plot(go_on: Command, command: Command) -> None:
    result = command("render", "tune.mid", "--rate", 8000)
    assert (result.status, result.out) == (0, ["tune.wav"])
    with wave.open("tune.wav") as file:
        assert file.getframerate() == 8000
    assert command("plot", "tune.mid") == Result(0, ["tune.png"], [])
    assert command("plot", "tune.mid", "-o", "a/b.png") == Result(0, ["a/b.png"], [])
    before = Path("tune.wav").read_bytes()
    assert command("render", "tune.mid", "--rate", 8000).out == ["tune-2.wav"]
    assert command("plot", "tune.mid").out == ["tune-2.png"]
    refused(command("render", "tune.mid", "-o", "tune.wav"), 2, "tune.wav", "exists already")
    refused(command("plot", "tune.mid", "-o", "tune.png"), 2, "tune.png", "exists already")
    assert Path("tune.wav").read_bytes() == before == Path("tune-2.wav").read_bytes()


def test_render_writes_other_kinds_stems_and_loops(go_on: Command, command: Command) -> None:
    stems = command("render", "tune.mid", "--rate", 8000, "-o", "out/x.flac", "--stems", "--loop")
    assert stems.status == 0
    assert stems.out[0] == "out/x.flac"
    assert len(stems.out) > 1
    assert all(re.fullmatch(r"out/x-[0-9]+-[\w-]+\.flac", name) for name in stems.out[1:])
    assert sorted(map(str, Path("out").iterdir())) == sorted(stems.out)
    plain = command(
        "render",
        "tune.mid",
        "--rate",
        8000,
        "--pan",
        "off",
        "--chorus",
        "--no-reverb",
        "-o",
        "y.ogg",
    )
    assert plain.out == ["y.ogg"]
    refused(
        command("render", "tune.mid", "--pan", "left", "-o", "z.wav"),
        2,
        "pan 'left': use auto or off",
    )


def test_render_and_plot_refuse(go_on: Command, command: Command) -> None:
    refused(command("render", "missing.mid"), 3, "missing.mid", "no such file")
    refused(command("render", "tune.mid", "--rate", 1), 2, "rate")
    refused(command("render", "tune.mid", "-o", "x.aac"), 2, ".wav, .flac, .ogg, .mp3")
    refused(command("render", "tune.mid", "other.mid", "-o", "x.wav"), 2, "name a folder")
    refused(command("render", "tune.mid", "--soundfont", "missing.sf2"), 5, "missing.sf2")
    refused(
        command("render", "tune.mid", "--soundfont", "tune.mid"),
        5,
        "is no SF2 or SF3 file",
        "--soundfont",
    )
    refused(command("render", "tune.mid", "--soundfont", "."), 5, "is a folder")
    refused(command("plot", "missing.mid"), 3, "no such file")
    refused(command("plot", "tune.mid", "-o", "x.bmp"), 2, ".png, .svg, .pdf")
    assert files() == ["tune.mid"]


def test_nothing_is_left_behind(go_on: Command, command: Command, tiny_folder: Path) -> None:
    command("render", "missing.mid", "-o", "out/")
    command("plot", "missing.mid", "-o", "out/x.png")
    command("generate", "--model", "nosuch", "-o", "new/deep/x.mid")
    command("continue", "missing.mid", "--model", tiny_folder, "-o", "new/deep/x.mid")
    command("train", "nosuch", "-o", "run")
    command("train", "tune.mid", "-o", "deep/run", "--resume")
    command("corpus", "nosuch", "-o", "new/deep/store")
    assert files() == ["tune.mid"]


def test_one_file_by_two_names_is_rendered_to_two(go_on: Command, command: Command) -> None:
    twice = command("render", "tune.mid", Path("tune.mid").absolute(), "--rate", 8000)
    assert [Path(path).name for path in twice.out] == ["tune.wav", "tune-2.wav"]


LONG = "x" * 300


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["generate", "--model", LONG, "-o", "x.mid"], 4),
        (["generate", "-o", f"{LONG}.mid"], 3),
        (["info", LONG], 3),
        (["info", f"{LONG}.mid"], 3),
        (["render", "tune.mid", "-o", LONG], 3),
        (["render", "tune.mid", "-o", f"{LONG}.wav"], 3),
        (["plot", "tune.mid", "-o", f"{LONG}.png"], 3),
        (["continue", f"{LONG}.mid"], 3),
        (["corpus", LONG, "-o", "store"], 3),
        (["corpus", "tune.mid", "-o", LONG], 3),
        (["train", LONG, "-o", "run"], 3),
        (["train", "tune.mid", "-o", LONG], 3),
    ],
    ids=lambda value: " ".join(value)[:30] if isinstance(value, list) else str(value),
)
def test_names_that_no_file_can_have(
    go_on: Command, command: Command, arguments: list[str], status: int
) -> None:
    refused(command(*arguments), status, "long")
    assert files() == ["tune.mid"]


def test_names_that_are_no_text(go_on: Command, command: Command) -> None:
    name = os.fsdecode(b"t\xff$_$\x07.mid")
    try:
        shutil.copy("tune.mid", name)
    except OSError:
        pytest.skip("this file system wants names that are text")
    assert command("plot", name).out == ["t\\udcff$_$\\x07.png"]
    assert command("render", name, "--rate", 8000).out == ["t\\udcff$_$\\x07.wav"]
    refused(command("info", os.fsdecode(b"\xff.mid")), 3, "\\udcff.mid: no such file")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
@pytest.mark.parametrize("arguments", [["info"], ["doctor", "--json"]], ids=str)
def test_output_that_cannot_be_written(arguments: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "symgen.cli", *arguments]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 3
    (line,) = done.stderr.splitlines()
    assert line.startswith("symgen: cannot write what is to be printed (No space left on device)")


@pytest.mark.skipif(os.name != "posix", reason="needs a shell of POSIX")
@pytest.mark.parametrize(("closed", "arguments", "status"), [
    (">&-", "info gone.mid", 3), (">&-", "--version", 0), (">&-", "plot tune.mid -o a.png", 0), (">&-", "nonsense", 2),
    ("2>&-", "info gone.mid", 3), ("2>&-", "plot tune.mid -o b.png", 0), ("2>&-", "nonsense", 2),
    (">&- 2>&- <&-", "plot tune.mid -o c.png", 0), ("2>/dev/full", "info gone.mid", 3), ("2>/dev/full", "nonsense", 2),
])  # fmt: skip
def test_closed_streams(closed: str, arguments: str, status: int, go_on: Command) -> None:
    line = f"{shlex.quote(sys.executable)} -m symgen.cli {arguments} {closed}"
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False)
    told = closed.startswith("2") and not status
    assert (done.returncode, done.stdout) == (status, "b.png\n" if told else "")
    assert "Traceback" not in done.stderr
    if " -o " in arguments:
        (name,) = (word for word in arguments.split() if word.endswith(".png"))
        assert Path(name).read_bytes().startswith(b"\x89PNG")


def test_info_of_a_piece(go_on: Command, command: Command) -> None:
    result = command("info", "tune.mid", "--json")
    facts = json.loads(result.out[0])
    assert facts["path"] == "tune.mid"
    expected = {
        "bars": 16,
        "pickup": True,
        "meter": ["3/4"],
        "tempo": [120.0],
        "key": "G major",
        "resolution": 480,
    }
    assert {name: facts[name] for name in expected} == expected
    text = command("info", "tune.mid").out
    assert "key          G major" in text
    refused(command("info", "missing.mid"), 3, "no such file")
    Path("notes.txt").write_text("hello")
    refused(command("info", "notes.txt"), 3, "neither music nor a model")


def test_info_of_a_model(command: Command, tiny_folder: Path) -> None:
    facts = json.loads(command("info", tiny_folder, "--json").out[0])
    assert (facts["name"], facts["styles"]) == ("tiny", ["jig", "reel"])
    assert facts["metrics"] == {"valid_bits_per_note": 9.5}
    assert "styles       jig, reel" in command("info", tiny_folder).out
    refused(command("info", "nosuch"), 4, "'nosuch'")
    assert command("info").status == 0


def test_doctor(command: Command) -> None:
    result = command("doctor", "--json")
    assert result.status == 0
    checks = [json.loads(line) for line in result.out]
    assert {"name", "ok", "detail", "remedy"} == set(checks[0])
    assert len(command("doctor").out) >= len(checks)


# -- corpus and train --------------------------------------------------------------------


def test_from_files_to_a_model_that_writes(command: Command) -> None:
    write_tunes(Path("tunes"), corpus_tunes(10))
    result = command("corpus", "tunes", "-o", "store", "--licence", "tunes=CC0")
    assert (result.status, result.out) == (0, ["store"])
    assert any("CC0" in line for line in result.err)
    kept = len(Store.open("store"))
    assert kept > 0
    facts = json.loads(command("info", "store", "--json").out[0])
    assert (facts["path"], facts["pieces"], sum(facts["splits"].values())) == ("store", kept, kept)
    assert facts["sources"] == [f"tunes (CC0): {kept} kept, {10 - kept} dropped"]
    assert facts["meters"] == {"4/4": kept}
    text = command("info", "store").out
    assert f"pieces       {kept}" in text
    assert "styles       (none) " + str(kept) in text
    tiny = ["--hidden", 8, "--head", 8, "--device", "cpu", "--precision", "float32", "--epochs", 1]
    trained = command("train", "store", "-o", "run", *tiny)
    assert (trained.status, trained.out) == (0, ["run"])
    assert any(line.startswith("best: ") for line in trained.err)
    facts = json.loads(command("info", "run", "--json").out[0])
    assert (facts["name"], facts["pieces"], facts["sources"]) == ("run", kept, ["tunes (CC0)"])
    assert command("generate", "--model", "run", "-o", "x.mid", "--seed", 1, "--bars", 4).out == [
        "x.mid"
    ]
    refused(command("train", "store", "-o", "run", *tiny), 2, "holds a run already", "--resume")
    assert command("train", "store", "-o", "run", *tiny[:-1], 2, "--resume").status == 0
    plain = command("train", "store", "-o", "plain", "--net", "plain", *tiny)
    refused(plain, 2, "in the lab: python -m lab train-baseline")


def test_a_small_folder_is_trained_on_and_resumed_with_its_own_network(command: Command) -> None:
    write_tunes(Path("tunes"), corpus_tunes(6))
    how = ["--device", "cpu", "--precision", "float32", "--epochs"]
    small = ["--hidden", 8, "--head", 8]
    trained = command("train", "tunes", "-o", "run", *small, *how, 1)
    assert trained.status == 0
    assert any(line.startswith("kept ") for line in trained.err)
    assert any(line.startswith("dropped ") for line in trained.err)
    store = Store.open("run/corpus")
    assert store.pieces("train")
    assert store.pieces("valid")
    assert command("train", "tunes", "-o", "run", "--resume", *how, 2).status == 0
    assert command("train", "tunes", "-o", "run", "--resume", "--hidden", 8, *how, 2).status == 0
    refused(
        command("train", "tunes", "-o", "run", "--resume", "--size", "small", "--head", 8, "--no-copy", *how, 3),
        2, "the run has hidden 8, not 128", "copy True, not False",
    )  # fmt: skip
    refused(command("train", "tunes", "-o", "other", "--resume"), 4, "nothing to resume")


def test_a_dry_run_tells_and_writes_nothing(command: Command) -> None:
    write_tunes(Path("tunes"), corpus_tunes(6))
    before = files()
    told = command("train", "tunes", "-o", "run", "--dry-run", "--device", "cpu")
    assert told.status == 0
    assert told.out[0].startswith("small corpus: ")
    assert "it begins with folk" in told.out[0]
    assert [line.split()[0] for line in told.out[2:]] == [
        "network", "work", "time", "memory", "disk",
    ]  # fmt: skip
    assert files() == before
    refused(command("train", "tunes", "-o", "run", "--dry-run", "--resume"), 4, "nothing to resume")


@pytest.mark.parametrize(
    ("arguments", "status", "word"),
    [
        (["train", "missing", "-o", "run"], 3, "no such file"),
        (["train", "tunes", "-o", "run", "--size", "giant"], 2, "size 'giant': use s, m, l"),
        (["train", "tunes", "-o", "run", "--net", "lstm"], 2, "use event"),
        (["train", "tunes", "-o", "run", "--epochs", "0"], 2, "epochs 0"),
        (["train", "tunes", "-o", "run", "--rate", "nan"], 2, "rate nan"),
        (["train", "tunes", "-o", "run", "--hidden", "0"], 2, "network"),
        (["train", "tunes", "-o", "run", "--dropout", "2"], 2, "dropout 2.0"),
        (["train", "tunes", "-o", "run", "--device", "tpu"], 2, "device 'tpu'"),
        (["train", "tunes", "-o", "run", "--resume", "--overwrite"], 2, "one of them"),
        (["train", "tunes", "-o", "run"], 3, "no piece is left"),
        (["corpus", "missing", "-o", "store"], 3, "missing"),
        (["corpus", "tunes", "-o", "store"], 3, "no piece is left"),
        (["corpus", "tunes", "-o", "tunes"], 2, "exists"),
        (["corpus", "tunes", "-o", "store", "--grid", "7"], 2, "grid 7"),
        (["corpus", "tunes", "-o", "store", "--licence", "CC0"], 2, "NAME=TEXT"),
        (["corpus", "tunes", "-o", "store", "--velocity", "200"], 2, "velocity 200"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else str(value),
)
def test_what_cannot_be_learned_from(
    command: Command, arguments: list[str], status: int, word: str
) -> None:
    write_tunes(Path("tunes"), [tune("C4|D4", resolution=480)])
    refused(command(*arguments), status, word)
    assert not Path("store").exists()
    assert not Path("run").exists()
