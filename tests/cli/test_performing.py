"""``symgen perform``, and ``--feel`` of the commands that write."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from commands import Command, files, refused
from small import tune

from symgen.formats import load_score, save_score
from symgen.music.score import Score
from symgen.performer.perform import perform, written

pytestmark = pytest.mark.usefixtures("here")

TUNE = tune("C4 D4 E4 F4|G4 A4 B4 C5|G4 E4 F4 D4|C4:4", resolution=480)
# A text, and events that leave out their status: nothing that we write looks like that.
FOREIGN = bytes.fromhex(
    "4d546864000000060000000100604d54726b0000001d"
    "00ff010268690090 3c50 60 3c00 00 4050 60 4000 00 4350 60 4300 00ff2f00".replace(" ", "")
)


@pytest.fixture
def here(command: Command, request: pytest.FixtureRequest) -> None:
    if "go_on" not in request.fixturenames:  # which has a tune of its own
        save_score(TUNE, "tune.mid")


def rows(score: Score) -> list[list[int]]:
    """Return pitch and part of each note, as they stand one after the other."""
    found: list[list[int]] = score.note_array()[:, [2, 4]].tolist()
    return found


def test_a_performance_lies_beside_and_gives_its_score_back(command: Command) -> None:
    done = command("perform", "tune.mid")
    assert (done.status, done.out) == (0, ["tune-performed.mid"])
    (told,) = done.err
    assert told.startswith("tune.mid: played as folk, feel 0.7: velocit")
    played = load_score("tune-performed.mid")
    assert rows(played) == rows(TUNE)
    assert [bar.start for bar in played.bars] == [bar.start for bar in TUNE.bars]
    again = command("perform", "tune-performed.mid", "--feel", "0", "-o", "back.mid")
    assert again.err == ["tune-performed.mid: as written"]
    assert Path("back.mid").read_bytes() == Path("tune.mid").read_bytes()
    command("perform", "tune-performed.mid", "--feel", "0.7", "-o", "anew.mid")
    assert Path("anew.mid").read_bytes() == Path("tune-performed.mid").read_bytes()


def test_no_feel_gives_the_bytes_of_any_midi_file(command: Command) -> None:
    Path("foreign.mid").write_bytes(FOREIGN)
    assert load_score("foreign.mid").to_bytes() != FOREIGN
    assert command("perform", "foreign.mid", "--feel", "0", "-o", "a.mid").status == 0
    assert Path("a.mid").read_bytes() == FOREIGN


def test_nothing_is_replaced(command: Command) -> None:
    command("perform", "tune.mid")
    assert command("perform", "tune.mid").out == ["tune-performed-2.mid"]
    refused(command("perform", "tune.mid", "-o", "tune-performed.mid"), 2, "exists")
    refused(command("perform", "tune.mid", "-o", "tune.mid", "--overwrite"), 2, "tune.mid")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("perform tune.mid -o a.abc", "notation holds no performance"),
        ("perform tune.mid --style polka", "style 'polka'"),
        ("perform tune.mid --feel 1.5", "feel 1.5: use 0"),
        ("render tune.mid --feel 2", "feel 2.0: use 0"),
        ("edit tune.mid --feel -1", "feel -1.0: use 0"),
        ("generate --bars 2 --feel nan", "feel nan: use 0"),
        ("drums --bars 2 --feel 2", "feel 2.0: use 0"),
        ("generate --packed --feel 1 -o parts", "feel: is not for packed parts"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_written(
    command: Command, words: str, told: str
) -> None:
    before = files()
    refused(command(*words.split()), 2, told)
    assert files() == before


def test_facts_are_told_as_json(command: Command) -> None:
    done = command("perform", "tune.mid", "--json", "--report", "--seed", "4", "--style", "piano")
    (facts,) = map(json.loads, done.out)
    assert (facts["feel"], facts["style"], facts["seed"], facts["notes"]) == (0.7, "piano", 4, 13)
    assert facts == json.loads(Path("tune-performed.json").read_text(encoding="utf-8"))
    velocity = load_score("tune-performed.mid").note_array()[:, 3]
    assert facts["velocities"] == [velocity.min(), velocity.max()]


def test_notation_is_read_and_many_files_are(command: Command) -> None:
    save_score(TUNE, "tune.abc")
    save_score(TUNE, "other.musicxml")
    done = command("perform", "tune.abc", "other.musicxml", "--out-dir", "played")
    assert sorted(Path(path).name for path in done.out) == [
        "other-performed.mid",
        "tune-performed.mid",
    ]
    assert rows(load_score("played/tune-performed.mid")) == rows(TUNE)


def test_it_stands_in_a_pipe(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def piped(data: bytes, *words: str) -> bytes:
        source = SimpleNamespace(buffer=io.BytesIO(data), isatty=lambda: False)
        sent = SimpleNamespace(
            buffer=io.BytesIO(), isatty=lambda: False, write=str, flush=lambda: None
        )
        monkeypatch.setattr(sys, "stdin", source)
        monkeypatch.setattr(sys, "stdout", sent)
        assert command("perform", "-", "-o", "-", *words).status == 0
        return sent.buffer.getvalue()

    data = Path("tune.mid").read_bytes()
    assert piped(piped(data), "--feel", "0") == data


def test_written_pieces_are_performed_where_that_is_asked_for(command: Command) -> None:
    save_score(TUNE, "tune.abc")
    command("edit", "tune.abc", "--transpose", "2", "--xml", "-o", "plain.mid")
    done = command("edit", "tune.abc", "--transpose", "2", "--feel", "1", "--xml", "-o", "a.mid")
    assert done.status == 0
    score = load_score("plain.mid")
    assert Path("a.mid").read_bytes() == perform(score, feel=1).to_bytes()
    assert written(load_score("a.mid")).to_bytes() == Path("plain.mid").read_bytes()
    assert Path("a.musicxml").read_bytes() == Path("plain.musicxml").read_bytes()
    assert files().count("a.mid") == 1


def test_generated_pieces_are_held_to_their_controls_when_performed(generate: Command) -> None:
    asked = ("--seed", "1", "--key", "G", "--strict-key", "--range", "C4-C6", "--json")
    plain = generate(*asked, "-o", "plain.mid")
    felt = generate(*asked, "-o", "a.mid", "--feel", "1")
    (before,), (after,) = (map(json.loads, done.out) for done in (plain, felt))
    assert after["feel"] == 1
    assert "feel" not in before
    assert after["controls"] == before["controls"]
    assert all(check["met"] for check in after["controls"].values())
    assert rows(load_score("a.mid")) == rows(load_score("plain.mid"))


def test_a_prompt_stays_as_it_is_in_front_of_new_bars(go_on: Command) -> None:
    assert go_on("--seed", "1", "--feel", "1", "-o", "a.mid").status == 0
    before, after = (load_score(name).note_array() for name in ("tune.mid", "a.mid"))
    assert (after[: len(before)] == before).all()
    assert len(after) > len(before)


def test_without_feel_sound_is_performed_and_the_file_is_not(command: Command) -> None:
    command("edit", "tune.mid", "--transpose", "2", "--wav", "-o", "a.mid")
    assert load_score("a.mid").note_array()[:, 3].tolist() == [TUNE.parts[0].notes[0].velocity] * 13
    command("render", "a.mid", "-o", "b.wav")
    assert Path("a.wav").read_bytes() == Path("b.wav").read_bytes()
    command("perform", "a.mid", "-o", "c.mid")
    command("render", "c.mid", "-o", "c.wav")
    assert Path("c.wav").read_bytes() == Path("b.wav").read_bytes()
    command("perform", "a.mid", "--feel", "1", "--wav", "-o", "d.mid")
    command("render", "a.mid", "--feel", "1", "-o", "e.wav")
    assert Path("d.wav").read_bytes() == Path("e.wav").read_bytes()
    command("render", "d.mid", "--feel", "0", "-o", "f.wav")
    command("edit", "a.mid", "--feel", "0", "--wav", "-o", "g.mid")
    assert Path("f.wav").read_bytes() == Path("g.wav").read_bytes()


def test_notation_of_a_performance_is_its_score(command: Command) -> None:
    command("perform", "tune.mid", "--feel", "1", "-o", "played.mid")
    for name in ("tune", "played"):
        done = command("edit", f"{name}.mid", "--xml", "-o", f"{name}.abc")
        assert done.status == 0
    for suffix in (".abc", ".musicxml"):
        assert Path(f"played{suffix}").read_bytes() == Path(f"tune{suffix}").read_bytes()


def test_who_goes_on_from_a_performance_is_told_of_its_score(
    command: Command, tiny_folder: Path
) -> None:
    command("perform", "tune.mid", "-o", "played.mid")
    asked = ("--model", tiny_folder, "--bars", "2", "--seed", "1")
    plain = command("continue", "tune.mid", *asked, "-o", "a.mid")
    done = command("continue", "played.mid", *asked, "-o", "b.mid")
    told = [line for line in done.err if "is a performance" in line]
    assert told == [
        "played.mid: is a performance; `symgen perform played.mid --feel 0` gives the score to go on from"
    ]
    assert not [line for line in plain.err if "is a performance" in line]
