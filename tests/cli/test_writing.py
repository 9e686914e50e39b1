"""`symgen generate` and `symgen continue`, in process."""

from __future__ import annotations

import json
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from commands import Command, Result, files, refused
from small import tune

from symgen.cli.commands import make_parser
from symgen.formats import load_score, save_score
from symgen.music.controls import Controls
from symgen.music.meter import Meter
from symgen.music.score import Part, Score
from symgen.verification import Check
from symgen.writing.generator import Generator, Take

# -- generate ----------------------------------------------------------------------------


def test_generate_prints_the_path(generate: Command) -> None:
    result = generate("-o", "x.mid", "--seed", 3)
    assert result == Result(0, ["x.mid"], [])
    assert files() == ["x.mid"]
    assert len(load_score("x.mid").bars) == 2


def test_a_seed_that_was_drawn_is_printed_and_gives_the_same_bytes(generate: Command) -> None:
    result = generate()
    assert result.status == 0
    (line,) = result.err
    seed = line.removeprefix("seed ")
    assert result.out == [f"symgen-{seed}.mid"] == files()
    assert generate("-o", "again.mid", "--seed", seed).status == 0
    assert Path("again.mid").read_bytes() == Path(result.out[0]).read_bytes()


def test_many_pieces_are_numbered_and_the_first_is_the_only_one(generate: Command) -> None:
    result = generate("-o", "x.mid", "-n", 3, "--seed", 9)
    assert result.out == ["x-1.mid", "x-2.mid", "x-3.mid"] == files()
    generate("-o", "one.mid", "--seed", 9)
    generate("-o", "three.mid", "--seed", 11)
    assert Path("one.mid").read_bytes() == Path("x-1.mid").read_bytes()
    assert Path("three.mid").read_bytes() == Path("x-3.mid").read_bytes()


def test_everything_beside_the_piece(generate: Command) -> None:
    result = generate("-o", "deep/x.mid", "--wav", "--xml", "--plot", "--seed", 1)
    assert result.status == 0
    assert result.out == ["deep/x.mid", "deep/x.wav", "deep/x.musicxml", "deep/x.png"]
    assert sorted(p.name for p in Path("deep").iterdir()) == [
        "x.mid",
        "x.musicxml",
        "x.png",
        "x.wav",
    ]
    with wave.open("deep/x.wav") as file:
        assert (file.getframerate(), file.getnchannels()) == (44100, 2)
        assert file.getnframes() > 44100
    assert Path("deep/x.png").read_bytes().startswith(b"\x89PNG")
    assert "<score-partwise" in Path("deep/x.musicxml").read_text()


def test_json_says_what_was_made(generate: Command) -> None:
    result = generate(
        "-o", "x.mid", "-n", 2, "--seed", 5, "--json", "--plot", "--meter", "6/8", "--tempo", 90
    )
    rows = [json.loads(line) for line in result.out]
    assert [row["path"] for row in rows] == ["x-1.mid", "x-2.mid"]
    assert [row["plot"] for row in rows] == ["x-1.png", "x-2.png"]
    for i, row in enumerate(rows):
        expected = {
            "seed": 5 + i,
            "bars": 2,
            "new_bars": 2,
            "meter": "6/8",
            "tempo": 90.0,
            "model": "tiny",
        }
        assert {name: row[name] for name in expected} == expected
        assert (row["key"], row["style"]) == ("D dorian", "jig")
        assert row["notes"] == load_score(row["path"]).note_count


def test_the_report_proves_the_controls_on_the_file(generate: Command) -> None:
    asked = (
        "--bars",
        4,
        "--key",
        "D dorian",
        "--strict-key",
        "--range",
        "C4-C6",
        "--grid",
        "1/8",
        "--density",
        "2-8",
    )
    result = generate("-o", "x.mid", *asked, "--end", "--report", "-n", 2, "--max-polyphony", 1)
    assert result.err[0].startswith("seed ")
    reports = [
        json.loads(Path(f"x-{number}.json").read_text(encoding="utf-8")) for number in (1, 2)
    ]
    names = {"bars", "key", "strict_key", "range", "max_polyphony", "grid", "density", "end"}
    for report in reports:
        assert set(report["controls"]) == names
        assert all(check["met"] for name, check in report["controls"].items() if name != "key")
        assert report["copied"] is None  # this model has no index
        assert report["command"].endswith(f"--seed {reports[0]['seed']}")
    assert reports[1]["seed"] == reports[0]["seed"] + 1


def test_a_control_that_is_not_met_is_told(
    generate: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "symgen.writing.takes.check_piece",
        lambda *_, **__: [Check("range", "C4-C5", "C4-D5", met=False)],
    )
    result = generate("-o", "x.mid", "--bars", 2, "--seed", 1, "--json")
    assert any("x.mid: range C4-C5 is not met: found C4-D5" in line for line in result.err)
    assert json.loads(result.out[0])["controls"]["range"] == {
        "asked": "C4-C5",
        "found": "C4-D5",
        "met": False,
    }


def test_what_is_not_given_is_as_in_the_library() -> None:
    options = make_parser().parse_args(["generate"])
    names = ("temperature", "top_p", "top_k")
    assert [getattr(options, name) for name in names] == [
        getattr(Controls(), name) for name in names
    ]


def test_musicxml_may_be_the_piece_itself(generate: Command) -> None:
    assert generate("-o", "x.musicxml", "--xml", "--seed", 1).out == ["x.musicxml"]
    assert files() == ["x.musicxml"]


def test_controls_reach_the_piece(generate: Command) -> None:
    options = [
        "--key",
        "E major",
        "--strict-key",
        "--meter",
        "3/4",
        "--tempo",
        "75",
        "--instrument",
        "violin",
    ]
    assert generate(
        "-o", "x.mid", "--seed", 1, "--temperature", "2", "--top-p", "1", "--top-k", "50", *options
    ).out
    score = load_score("x.mid")
    assert {note.pitch % 12 for note in score.parts[0].notes} <= {1, 3, 4, 6, 8, 9, 11}
    assert [bar.meter for bar in score.bars] == [Meter(3, 4)] * 2
    assert score.tempos[0].bpm == pytest.approx(75)
    assert score.parts[0].program == 40


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--bars", "0"], ["bars 0"]),
        (["--key", "H"], ["key 'H'"]),
        (["--meter", "5"], ["meter '5'"]),
        (["--meter", "1/128"], ["1/128"]),
        (["--tempo", "0"], ["tempo 0"]),
        (["--tempo", "nan"], ["tempo nan"]),
        (["--instrument", "kazoophone"], ["kazoophone", "unknown"]),
        (["--style", "tango"], ["style 'tango'", "jig, reel"]),
        (["--style", "jig", "--meter", "4/4"], ["jig", "4/4", "6/8"]),
        (["--temperature", "0"], ["temperature"]),
        (["--top-p", "2"], ["top-p"]),
        (["--top-k", "-1"], ["top-k"]),
        (["--seed", "-1"], ["seed -1"]),
        (["--count", "0"], ["count 0"]),
        (["--strict-key"], ["strict-key", "--key"]),
        (["--bars", "1000", "--meter", "255/1"], ["bars 1000 of 255/1", "200,000 quarters"]),
        (["-o", "x.wav"], [".mid", ".musicxml"]),
        (["-o", "x"], [".mid"]),
    ],
    ids=str,
)
def test_a_bad_control_is_refused_and_leaves_no_file(
    generate: Command, options: list[str], words: list[str]
) -> None:
    result = generate("-o", "x.mid", "--wav", "--plot", "--seed", 1, *options)
    refused(result, 2, *words)
    assert files() == []


def test_existing_files_are_kept_unless_told_otherwise(generate: Command) -> None:
    Path("x.mid").write_text("mine")
    refused(generate("-o", "x.mid", "--seed", 1), 2, "x.mid", "exists already", "--overwrite")
    Path("y.png").write_text("mine")
    refused(generate("-o", "y.mid", "--plot", "--seed", 1), 2, "y.png", "exists already")
    Path("z-2.mid").write_text("mine")
    refused(generate("-o", "z.mid", "-n", 2, "--seed", 1), 2, "z-2.mid")
    assert files() == ["x.mid", "y.png", "z-2.mid"]
    assert {Path(name).read_text() for name in files()} == {"mine"}
    assert generate("-o", "x.mid", "--overwrite", "--seed", 1).out == ["x.mid"]
    assert load_score("x.mid").note_count


def test_a_folder_that_cannot_be_written(generate: Command) -> None:
    Path("file").write_text("mine")
    refused(generate("-o", "file/x.mid", "--seed", 1), 3, "file/x.mid", "cannot be written")
    Path("folder.mid").mkdir()
    refused(generate("-o", "folder.mid", "--seed", 1), 3, "is a folder")
    assert files() == ["file", "folder.mid"]


def test_models_that_cannot_be_used(command: Command, tmp_path: Path) -> None:
    refused(command("generate", "--model", "nosuch", "-o", "x.mid"), 4, "'nosuch'", "unknown")
    Path("empty").mkdir()
    refused(command("generate", "--model", "empty", "-o", "x.mid"), 4, "holds no model")
    Path("empty/model.json").write_text("{")
    refused(command("generate", "--model", "empty", "-o", "x.mid"), 4, "cannot be read")
    assert files() == ["empty"]


def test_a_soundfont_without_sound(generate: Command) -> None:
    refused(
        generate("-o", "x.mid", "--soundfont", "font.sf2", "--seed", 1), 2, "soundfont", "--wav"
    )
    assert files() == []


def test_pieces_are_written_as_they_come(
    generate: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Generator.takes

    def two(self: Generator, *arguments: Any, **more: Any) -> Iterator[Take]:
        yield from list(real(self, *arguments, **more))[:2]
        assert files() == ["x-1.mid", "x-2.mid"]
        raise KeyboardInterrupt

    monkeypatch.setattr(Generator, "takes", two)
    result = generate("-o", "x.mid", "-n", 3)
    assert (result.status, result.out) == (130, ["x-1.mid", "x-2.mid"])
    assert [line.split()[0] for line in result.err] == ["seed", "symgen:"]


def test_a_soundfont_that_is_not_there(generate: Command) -> None:
    Path("font.sf2").write_text("no font")
    for name in ("font.sf2", "missing.sf2"):
        refused(generate("-o", "x.mid", "--wav", "--soundfont", name, "--seed", 1), 5, name)
        assert files() == ["font.sf2"]


def test_an_interrupt(generate: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("symgen.writing.generator.Generator.takes", stop)
    result = generate("-o", "x.mid", "--seed", 1)
    assert result == Result(130, [], ["symgen: interrupted"])
    assert files() == []


# -- continue ----------------------------------------------------------------------------


def test_continue_keeps_the_tune_and_tells_what_it_took(go_on: Command) -> None:
    result = go_on("--seed", 1)
    assert result.out == ["tune-continued.mid"]
    told = "120 quarters a minute, D4-D5, 2.31 notes a bar, grid 1/8"
    assert result.err == [f"continuing part 1 of 1: 16 bars in 3/4, key G major (inferred); {told}"]
    prompt, score = load_score("tune.mid"), load_score("tune-continued.mid")
    assert score.parts[0].notes[: prompt.note_count] == prompt.parts[0].notes
    assert len(score.bars) == len(prompt.bars) + 2


def test_continue_writes_the_new_bars_alone(go_on: Command) -> None:
    result = go_on("--no-prompt", "-o", "new.mid", "--seed", 1, "--json", "--plot")
    score = load_score("new.mid")
    assert [bar.meter for bar in score.bars] == [Meter(3, 4)] * 2
    row = json.loads(result.out[0])
    assert (row["path"], row["plot"], row["bars"], row["new_bars"]) == ("new.mid", "new.png", 2, 2)
    assert row["notes"] == score.note_count


def test_continue_from_some_bars(go_on: Command) -> None:
    assert go_on("--use-bars", "1-4", "-o", "x.mid", "--seed", 1, "--end", "--key", "G").status == 0
    first = load_score("tune.mid").slice_bars(1, 4)
    assert load_score("x.mid").parts[0].notes[: first.note_count] == first.parts[0].notes
    assert len(load_score("x.mid").bars) == 6
    for text in ("4-1", "x", "1-", "-3", "²", "1-²", "1" * 5000, "١-٢"):
        result = go_on(f"--use-bars={text}", "-o", "y.mid", "--seed", 1)
        assert result.status == (0 if text == "1-" else 2), text
    refused(go_on("--use-bars", "10-40", "-o", "z.mid", "--seed", 1), 3, "bars 0-16")
    assert not Path("z.mid").exists()


def test_continue_one_part(go_on: Command) -> None:
    notes = load_score("tune.mid").parts[0].notes
    save_score(Score((Part(notes), Part(notes, 40, name="Fiddle"))), "tune.mid", overwrite=True)
    result = go_on("--part", 2, "-o", "x.mid", "--seed", 1)
    assert "continuing part 2 of 2 (Fiddle)" in result.err[0]
    assert [part.program for part in load_score("x.mid").parts] == [40]
    refused(go_on("--part", 3, "-o", "y.mid", "--seed", 1), 2, "part 3", "1..2")


def test_continue_a_tune_in_abc(command: Command, tiny_folder: Path) -> None:
    Path("jig.abc").write_text("X:1\nT:A Jig\nM:6/8\nL:1/8\nK:Ador\nA2B c2d|e3 d2B|A2B c2B|A6|\n")
    result = command("continue", "jig.abc", "--model", tiny_folder, "--bars", 4, "--seed", 1)
    assert result.out == ["jig-continued.mid"]
    assert "4 bars in 6/8" in result.err[0]
    assert len(load_score("jig-continued.mid").bars) == 8


def test_tunes_that_cannot_be_continued(command: Command, tiny_folder: Path) -> None:
    Path("empty.mid").write_bytes(b"")
    for name in ("text.mid", "tune.doc"):
        Path(name).write_text("dear diary")
    save_score(Score((Part(),)), "silent.mid")
    before = files()
    for name, word in (
        ("missing.mid", "no such file"),
        ("empty.mid", "empty.mid"),
        ("text.mid", "text.mid"),
        ("silent.mid", "holds no notes"),
        ("tune.doc", ".mid"),
    ):
        refused(command("continue", name, "-o", "x.mid", "--model", tiny_folder), 3, word)
    assert files() == before


# -- infill, vary, harmonize -------------------------------------------------------------


def test_infill_and_vary_write_and_describe(command: Command, tiny_folder: Path) -> None:
    save_score(tune("C4 E4 G4 E4|F4 A4 G4 D4|C4 E4 G4 E4|C4:4", resolution=480), Path("tune.mid"))
    for verb, more in (("infill", ("--bars", "2")), ("vary", ("--amount", 0.2))):
        result = command(
            verb, "tune.mid", *more, "--model", tiny_folder, "--json", "-n", 2, "--particles", 2
        )
        assert result.status == 0, result
        assert len(result.err) == 1
        first, second = (json.loads(line) for line in result.out)
        assert second["seed"] == first["seed"] + 1
        assert 0 < first["kept"] < 1
        again = command(verb, "tune.mid", *more, "--model", tiny_folder, "-o", f"{verb}.mid", "--particles", 2,
                        "--seed", first["seed"])  # fmt: skip
        assert Path(again.out[0]).read_bytes() == Path(first["path"]).read_bytes()


def test_what_was_rewritten_is_reported(command: Command, tiny_folder: Path) -> None:
    save_score(tune("C4 E4 G4 E4|F4 A4 G4 D4|C4 E4 G4 E4|C4:4", resolution=480), Path("tune.mid"))
    for verb, more in (("infill", ("--bars", "2-3")), ("vary", ("--amount", 0.25))):
        written = (
            "--range",
            "C4-A4",
            "--key",
            "C major",
            "--strict-key",
            "-o",
            f"{verb}.mid",
            "--report",
        )
        result = command(
            verb, "tune.mid", *more, "--model", tiny_folder, "--particles", 2, "--seed", 1, *written
        )
        assert result.status == 0, result
        facts = json.loads(Path(f"{verb}.json").read_text(encoding="utf-8"))
        assert {name: check["met"] for name, check in facts["controls"].items()} == {
            "kept": True, "key": True, "strict_key": True, "range": True,
        }  # fmt: skip
        assert facts["controls"]["range"]["asked"] == "C4-A4"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("infill", "tune.mid", "--bars", "7-9"), ["bars 7-9"]),
        (("infill", "tune.mid", "--bars", "x"), ["bars 'x'"]),
        (("vary", "tune.mid", "--amount", "2"), ["amount"]),
        (("harmonize", "tune.mid"), ["does not write single voices"]),
        (("infill", "tune.mid", "--bars", "1", "--particles", "0"), ["particles"]),
    ],
)
def test_what_cannot_be_rewritten(
    command: Command, tiny_folder: Path, arguments: tuple[str, ...], words: list[str]
) -> None:
    save_score(tune("C4 E4 G4 E4|F4 A4 G4 D4|C4 E4 G4 E4|C4:4", resolution=480), Path("tune.mid"))
    before = files()
    refused(command(*arguments, "--model", tiny_folder), 2, *words)
    assert files() == before
