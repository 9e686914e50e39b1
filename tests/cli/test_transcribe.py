"""`symgen transcribe`, and recordings where a tune is read, in process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from commands import Command, Result, files, refused
from tones import SCALE, hears, melody, rows_of, write_sound

from symgen.formats import load_score, save_score
from symgen.music.meter import Meter
from symgen.music.score import Note, Part, Score

TUNE = [*SCALE, *reversed(SCALE)]


@pytest.fixture
def hum(command: Command, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run commands beside ``hum.wav``, a scale up and down."""
    hears(monkeypatch, rows_of(TUNE), tuning=4.0)
    write_sound("hum.wav", melody(TUNE))
    return command


def test_the_melody_is_written_and_told(hum: Command) -> None:
    result = hum("transcribe", "hum.wav", "--tempo", 120, "--meter", "4/4")
    assert (result.status, result.out) == (0, ["hum-transcribed.mid"])
    (line,) = result.err
    assert line.startswith(
        "hum.wav: heard 16 notes in 8.0 s, 120 quarters a minute (confidence 1.00), 4/4"
    )
    assert line.endswith("key C major, tuning +4 cents")
    assert load_score("hum-transcribed.mid").note_count == 16
    assert files() == ["hum-transcribed.mid", "hum.wav"]


def test_everything_beside_it(hum: Command) -> None:
    result = hum(
        "transcribe",
        "hum.wav",
        "-o",
        "out/x.mid",
        "--wav",
        "--xml",
        "--plot",
        "--instrument",
        "violin",
    )
    assert result.out == ["out/x.mid", "out/x.wav", "out/x.musicxml", "out/x.png"]
    assert Path("out/x.png").read_bytes().startswith(b"\x89PNG")
    assert load_score("out/x.mid").parts[0].program == 40
    again = hum("transcribe", "hum.wav", "-o", "out/y.mid", "--plot", "--instrument", "violin")
    assert again.out == ["out/y.mid", "out/y.png"]
    for one, other in (("out/x.mid", "out/y.mid"), ("out/x.png", "out/y.png")):
        assert Path(one).read_bytes() == Path(other).read_bytes()


def test_json_says_what_was_heard(hum: Command) -> None:
    (line,) = hum(
        "transcribe", "hum.wav", "--json", "--tempo", 120, "--key", "a minor", "--meter", "4/4"
    ).out
    facts = json.loads(line)
    expected = {
        "path": "hum-transcribed.mid", "recording": "hum.wav", "seconds": 8.0, "notes": 16, "meter": "4/4",
        "tempo_confidence": 1.0, "key": "A minor", "tuning": 4.0, "instrument": "Acoustic Grand Piano",
        "notices": [],
    }  # fmt: skip
    assert {name: facts[name] for name in expected} == expected
    assert facts["tempo"] == pytest.approx(120, rel=0.01)
    score = load_score("hum-transcribed.mid")
    assert (facts["bars"], facts["pickup"]) == (
        sum(bar.number > 0 for bar in score.bars),
        score.has_pickup,
    )


def test_auto_is_the_default(hum: Command) -> None:
    assert hum("transcribe", "hum.wav", "-o", "a.mid").status == 0
    hum(
        "transcribe",
        "hum.wav",
        "-o",
        "b.mid",
        "--tempo",
        "auto",
        "--meter",
        "auto",
        "--key",
        "auto",
        "--grid",
        16,
    )
    assert Path("a.mid").read_bytes() == Path("b.mid").read_bytes()
    assert hum("transcribe", "hum.wav", "-o", "c.mid", "--no-quantize").status == 0


@pytest.mark.parametrize(("options", "status", "word"), [
    (["--tempo", "fast"], 2, "tempo 'fast'"), (["--tempo", "5"], 2, "tempo 5"), (["--meter", "x"], 2, "meter 'x'"),
    (["--key", "H"], 2, "key 'H'"), (["--grid", "7"], 2, "grid '7'"), (["--count-in", "1"], 2, "count-in 1"),
(["-o", "x.ogg"], 2, ".mid"),
    (["--instrument", "kazoophone"], 2, "kazoophone"), (["--soundfont", "x.sf2"], 2, "--wav"),
    (["--limit", "seconds=5"], 3, "lasts 0:08 minutes or more, up to 0:05"), (["--limit", "x=5"], 2, "limit 'x=5'"),
])  # fmt: skip
def test_what_cannot_be_done(hum: Command, options: list[str], status: int, word: str) -> None:
    refused(hum("transcribe", "hum.wav", "-o", "x.mid", *options), status, word)
    assert files() == ["hum.wav"]


def test_recordings_that_cannot_be_used(command: Command) -> None:
    Path("text.wav").write_text("la la la")
    Path("phone.m4a").write_bytes(b"\0\0\0\x20ftypM4A ")
    write_sound("silent.wav", melody([(0, 1)]))
    write_sound("hum.wav", melody(SCALE))
    Path("tune.mid").write_bytes(b"MThd")
    before = files()
    for name, word in (
        ("gone.wav", "no such file"),
        ("text.wav", "is no recording of a kind that is read"),
        ("phone.m4a", "AAC"),
        ("silent.wav", "silent.wav: is silent"),
        ("tune.mid", "tune.mid: "),
        (".", "is a folder"),
    ):
        refused(command("transcribe", name, "-o", "x.mid"), 3, word)
    refused(
        command("transcribe", "hum.wav", "--model", "nosuch"), 4, "nosuch: holds no transcriber"
    )
    assert files() == before


def test_midi_played_without_a_click_is_written_down(command: Command) -> None:
    Path("played.mid").write_bytes(
        (Path(__file__).parents[1] / "beats" / "data" / "prompt_mild.mid").read_bytes()
    )
    done = command("transcribe", "played.mid", "-o", "written.mid", "--json")
    assert done.status == 0, done.err
    facts = json.loads(done.out[0])
    assert facts["unclicked"]
    assert facts["bars"] == 12
    assert 75 < facts["tempo"] < 81
    score = load_score("written.mid")
    assert score.note_count == load_score("played.mid").note_count
    step = score.resolution // 12
    assert all(note.onset % step == note.end % step == 0 for note in score.parts[0].notes)
    assert (facts["tempo_confidence"], facts["meter_confidence"]) > (0.8, 0.5)
    assert done.err[-1].startswith(
        "played.mid: played without a click, read at 76.94 quarters a minute in 4/4"
    )


def test_what_is_known_of_played_midi_holds(command: Command) -> None:
    Path("played.mid").write_bytes(
        (Path(__file__).parents[1] / "beats" / "data" / "prompt_mild.mid").read_bytes()
    )
    asked = ("--key", "D dorian", "--instrument", "flute", "--grid", 8, "--tempo", 78)
    assert command("transcribe", "played.mid", "-o", "a.mid", *asked).status == 0
    score = load_score("a.mid")
    assert (score.keys[0].sharps, score.parts[0].program) == (0, 73)
    assert all(note.onset % (score.resolution // 2) == 0 for note in score.parts[0].notes)
    assert command("transcribe", "played.mid", "-o", "b.mid", "--no-quantize").status == 0
    assert any(
        note.onset % (load_score("b.mid").resolution // 12)
        for note in load_score("b.mid").parts[0].notes
    )


def test_midi_that_keeps_to_its_beat_stays_on_it(command: Command) -> None:
    save_score(
        Score((Part(tuple(Note(240 * i + i % 3, 60 + i % 5, 230) for i in range(64))),)), "even.mid"
    )
    done = command("transcribe", "even.mid", "-o", "written.mid")
    assert done.err[-1].startswith(
        "even.mid: keeps to the beat of its file, 120 quarters a minute in 4/4; 8 bars"
    )
    assert [note.onset for note in load_score("written.mid").parts[0].notes] == [
        240 * i for i in range(64)
    ]


def test_the_recording_is_never_replaced(hum: Command) -> None:
    before = Path("hum.wav").read_bytes()
    refused(hum("transcribe", "hum.wav", "-o", "hum.mid", "--wav"), 2, "hum.wav", "exists already")
    refused(
        hum("transcribe", "hum.wav", "-o", "hum.mid", "--wav", "--overwrite"),
        2,
        "is the recording itself",
        "-o",
    )
    Path("x.mid").write_text("mine")
    refused(hum("transcribe", "hum.wav", "-o", "x.mid"), 2, "exists already")
    assert Path("hum.wav").read_bytes() == before
    assert Path("x.mid").read_text() == "mine"
    assert hum("transcribe", "hum.wav", "-o", "x.mid", "--overwrite").out == ["x.mid"]


# -- where a tune is read ----------------------------------------------------------------


def test_a_recording_is_continued(hum: Command, tiny_folder: Path) -> None:
    asked = ("--model", tiny_folder, "--bars", 2, "--seed", 1, "--tempo", 120, "--meter", "4/4")
    result = hum("continue", "hum.wav", *asked)
    assert (result.status, result.out) == (0, ["hum-continued.mid"])
    assert result.err[0].startswith("continuing part 1 of 1: 4 bars in 4/4, key C major")
    assert result.err[1].startswith("hum.wav: heard 16 notes in 8.0 s, 120 quarters a minute")
    hum("transcribe", "hum.wav", "-o", "t.mid", "--tempo", 120, "--meter", "4/4")
    hum("continue", "t.mid", *asked, "-o", "u.mid")
    assert load_score("hum-continued.mid").parts[0].notes == load_score("u.mid").parts[0].notes


def test_what_is_asked_of_the_new_bars_is_known_of_the_recording(
    hum: Command, tiny_folder: Path
) -> None:
    asked = ("--model", tiny_folder, "--bars", 2, "--seed", 1)
    assert (
        hum(
            "continue",
            "hum.wav",
            *asked,
            "--tempo",
            60,
            "--meter",
            "3/4",
            "--key",
            "F",
            "-o",
            "a.mid",
        ).status
        == 0
    )
    score = load_score("a.mid")
    assert score.tempos[0].bpm == pytest.approx(60, rel=0.02)
    assert {bar.meter for bar in score.bars} == {Meter(3, 4)}
    assert score.keys[0].sharps == -1
    assert (
        hum(
            "continue", "hum.wav", *asked[:2], "--seed", 1, "--meter", "1x3/4,1x4/4", "-o", "b.mid"
        ).status
        == 0
    )
    write_sound("hum.wav", melody([(60, 8)]))
    for verb in ("continue", "transcribe"):
        more = asked if verb == "continue" else ()
        refused(
            hum(verb, "hum.wav", *more, "--count-in", 4, "-o", "c.mid"), 3, "hum.wav: no count-in"
        )
    refused(
        hum("continue", "a.mid", *asked, "--count-in", 4, "-o", "c.mid"),
        2,
        "count-in: is for recordings",
    )


def test_a_recording_is_rewritten_rendered_drawn_and_described(
    hum: Command, tiny_folder: Path
) -> None:
    more = ("--model", tiny_folder, "--particles", 2, "--seed", 1)
    assert hum("infill", "hum.wav", "--bars", "2", *more).out == ["hum-infilled.mid"]
    assert hum("vary", "hum.wav", *more).out == ["hum-varied.mid"]
    assert hum("plot", "hum.wav").out == ["hum.png"]
    assert hum("render", "hum.wav", "--rate", 8000).out == ["hum-2.wav"]
    assert hum("render", "hum.wav", "-o", "out.wav", "--rate", 8000).out == ["out.wav"]
    facts = json.loads(hum("info", "hum.wav", "--json").out[0])
    assert (facts["notes"], facts["key"]) == (16, "C major")


def test_the_network_that_listens_can_be_described(command: Command) -> None:
    refused(command("info", "x.wav"), 3, "no such file")
    assert command("info", "nosuch") == Result(4, [], command("info", "nosuch").err)


def test_other_commands_load_nothing_that_listens(command: Command, tiny_folder: Path) -> None:
    code = (
        "import sys; from symgen.cli import main\n"
        f"main(['generate', '--bars', '2', '--seed', '1', '--model', {str(tiny_folder)!r}, '-o', 'x.mid'])\n"
        "main(['continue', 'x.mid', '--bars', '2', '--seed', '1', '-o', 'y.mid'])\n"
        "own = ('symgen.transcri', 'symgen.audio', 'symgen.nets.transcri')\n"
        "heard = [name for name in sys.modules if name.startswith(own)]\n"
        "print(sorted({'soundfile', 'soxr', 'torch', 'matplotlib'} & set(sys.modules)), heard)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["x.mid", "y.mid", "[] []"]


# -- training ----------------------------------------------------------------------------


@pytest.mark.parametrize("options", [[], ["store", "-o", "run", "--val-soundfont", "b.sf2"]])
def test_training_says_where_it_went(command: Command, options: list[str]) -> None:
    refused(command("train-transcriber", *options), 2, "python -m lab train-transcriber")
