"""Edits, playing, the table of models, and takes that are chosen, from the command line."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from commands import Command, files, refused
from small import tune

from symgen.formats import load_score, save_score

pytestmark = pytest.mark.usefixtures("here")


@pytest.fixture
def here(command: Command) -> None:
    save_score(tune("C4 D4 E4 F4|G4 A4 B4 C5|G4 E4 F4 D4|C4:4"), "tune.mid")


def test_several_edits_at_once(command: Command) -> None:
    done = command(
        "edit", "tune.mid", "--bars", "2-3", "--transpose", "D", "--quantize", "1/2", "--tempo", "90", "--instrument",
        "flute", "--json",
    )  # fmt: skip
    (facts,) = map(json.loads, done.out)
    assert facts["bars"] == 2
    assert (facts["tempo"], facts["instruments"], facts["lost"]) == (90.0, ["Flute"], [])
    score = load_score(facts["path"])
    assert {note.onset % (2 * score.resolution) for note in score.parts[0].notes} == {0}
    assert done.err == []


def test_a_file_stays_of_its_kind(command: Command) -> None:
    save_score(load_score("tune.mid"), "tune.musicxml")
    assert command("edit", "tune.musicxml", "--transpose", "-3").out == ["tune-edited.musicxml"]
    assert command("edit", "tune.mid", "-o", "new.musicxml").out == ["new.musicxml"]
    Path("tune.kar").write_bytes(Path("tune.mid").read_bytes())
    done = command("edit", "tune.kar")
    assert done.out == ["tune-edited.mid"]
    assert done.err == [
        (
            "tune.kar: nothing to change was named, so it is as it was; "
            "there are --transpose, --quantize, --tempo, --instrument and --bars"
        )
    ]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("--transpose 99", "tune.mid: transpose +99: the highest note, C5,"),
        ("--transpose H", "write semitones such as"),
        ("--quantize 1/5", "quantize '1/5'"),
        ("--tempo 0", "tempo '0'"),
        ("--instrument kazoo-ish", "unknown; nearest"),
        ("--bars 9", "bars 9-9: the piece has bars 1-4"),
        ("--part 3 --transpose 1", "part 3: the piece has parts 1-1"),
        ("-o tune.mid", "another output"),
        ("-o x.txt", "name a file that ends in"),
    ],
)
def test_edits_that_make_no_sense(words: str, told: str, command: Command) -> None:
    done = command("edit", "tune.mid", *words.split(), "--overwrite")
    refused(done, 3 if "bars 9" in told or "+99" in told else 2, told)
    assert files() == ["tune.mid"]


def test_drums_alone_stay(command: Command) -> None:
    score = load_score("tune.mid")
    drums = (replace(score.parts[0], is_drum=True),)
    save_score(replace(score, parts=drums, source=None), "drums.mid")
    done = command("edit", "drums.mid", "--transpose", "2")
    assert (done.status, done.err) == (0, ["drums.mid: has drums alone, which stay as they are"])
    assert load_score("drums-edited.mid") == load_score("drums.mid")


def test_a_recording_is_to_be_written_down_first(command: Command) -> None:
    Path("hum.wav").write_bytes(b"RIFF")
    refused(command("edit", "hum.wav"), 2, "symgen transcribe hum.wav")


# -- playing -----------------------------------------------------------------------------


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, object]]:
    """Keep what would be played."""
    from symgen.audio import playing

    kept: list[tuple[str, object]] = []
    monkeypatch.setattr(playing, "play", lambda score, **how: kept.append((score.note_count, how)))
    monkeypatch.setattr(playing, "play_recording", lambda path: kept.append((path, {})))
    return kept


def test_files_recordings_and_pieces_are_played(
    command: Command,
    heard: list[tuple[str, object]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.delenv("SYMGEN_NO_HISTORY")
    monkeypatch.setenv("SYMGEN_DATA", str(tmp_path / "data"))
    Path("hum.wav").write_bytes(b"RIFF")
    command("edit", "tune.mid", "--bars", "1")
    assert command("play", "tune.mid").err == ["playing tune.mid (0:08); Ctrl-C stops"]
    command("play", "hum.wav")
    command("play", "1", "--driver", "alsa", "--feel", "0.5")
    plain = {"soundfont": None, "settings": {}, "feel": None}
    alsa = {"soundfont": None, "settings": {"audio.driver": "alsa"}, "feel": 0.5}
    assert heard == [(13, plain), ("hum.wav", {}), (4, alsa)]
    refused(command("play", "missing.mid"), 3, "no such file")
    refused(command("play", "tune.mid", "--driver", "file"), 2, "makes no sound")


def test_pieces_are_played_when_all_are_written(
    generate: Command, heard: list[tuple[str, object]]
) -> None:
    done = generate("-n", "2", "--seed", "1", "-o", "a.mid", "--play")
    assert done.out == ["a-1.mid", "a-2.mid"]
    assert [line.split(" (")[0] for line in done.err] == ["playing a-1.mid", "playing a-2.mid"]
    assert len(heard) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="players are programs of other systems")
def test_a_computer_without_sound_is_told_of_in_one_line(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from symgen.audio import synthesizer

    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    monkeypatch.setattr("symgen.audio.playing.play_live", lambda *_: False)
    assert synthesizer
    done = command("play", "tune.mid")
    assert done.status == 5
    assert done.err[-1].startswith("symgen: nothing here can play sound: ")


# -- models ------------------------------------------------------------------------------


def test_the_table_of_models(command: Command) -> None:
    table = command("styles").out
    assert table[0].split() == ["model", "writes", "styles", "periods", "instruments"]
    assert {"folk", "chorale", "piano", "chamber"} <= {line.split()[0] for line in table if line}
    assert max(map(len, table)) <= 80
    rows = [json.loads(line) for line in command("styles", "--json").out]
    folk = next(row for row in rows if row["model"] == "folk")
    assert (folk["default"], folk["writes"]) == (True, "a melody")
    assert "slip jig" in folk["styles"]
    (one,) = command("styles", "--model", "piano", "--json").out
    assert "nocturne" in json.loads(one)["styles"]
    refused(command("styles", "--model", "pianola"), 4, "unknown")


def test_presets_stand_below_the_table_of_models(command: Command) -> None:
    table = command("styles").out
    below = table[table.index("presets: symgen generate --preset NAME") + 1 :]
    assert "  sad         slow and low, in a minor key" in below
    assert len(below) == 11
    assert not any("preset" in line for line in command("styles", "--model", "folk").out)


# -- takes -------------------------------------------------------------------------------


def test_kept_takes_are_numbered_best_first(command: Command) -> None:
    line = ("generate", "--bars", "2", "--seed", "1", "--candidates", "5", "-n", "3", "-o", "k.mid")
    done = command(*line, "--json")
    facts = [json.loads(text) for text in done.out]
    ranks = [one["rank"] for one in facts]
    assert ranks == sorted(ranks)
    odds = [one["score"]["odds"] for one in facts]
    assert odds == sorted(odds, reverse=True)
    assert done.err[0].startswith("3 of 5 takes kept; ")
    assert [row.split()[-1] for row in done.err[1:]] == ["piece", "k-1.mid", "k-2.mid", "k-3.mid"]
    assert float(done.err[2].split()[3]) == pytest.approx(odds[0], abs=0.01)


def test_a_page_compares_the_takes(generate: Command) -> None:
    done = generate("-n", "2", "--seed", "3", "-o", "a.mid", "--sheet", "takes.html")
    assert done.out == ["a-1.mid", "a-2.mid", "takes.html"]
    page = Path("takes.html").read_text(encoding="utf-8")
    assert page.count("<article") == 2
    assert "--seed 3" in page
    refused(generate("--sheet", "takes.html", "-o", "b.mid"), 2, "takes.html: exists already")
    refused(generate("--sheet", "takes.doc", "-o", "b.mid"), 2, "ends in .html")
    assert "b.mid" not in files()
    told = generate("--seed", "1", "-o", "c.mid", "--sheet", "c.html", "--json")
    assert [json.loads(line)["path"] for line in told.out] == ["c.mid"]
    assert told.err == ["page: c.html"]


def test_a_page_of_what_was_made_of_a_tune(command: Command, tiny_folder: Path) -> None:
    how = ("--model", tiny_folder, "--particles", "2", "-n", "2", "--seed", "1")
    done = command("vary", "tune.mid", *how, "--sheet", "v.html", "--out-dir", "o")
    assert done.out[-1] == str(Path("o/v.html"))
    assert "Takes of tune" in Path("o/v.html").read_text(encoding="utf-8")
    refused(command("vary", "tune.mid", "tune.mid", *how, "--sheet", "v.html"), 2, "for one file")
