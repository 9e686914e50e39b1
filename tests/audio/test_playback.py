"""What a MIDI file plays, heard in the samples; with FluidSynth and with the built-in sounds."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import mido
import numpy as np
import pytest
from pieces import case, controls, midi, notes, piece, program, say
from smallfont import banked_font
from wavs import Wav, read_wav

from symgen.audio import open_soundfont, render
from symgen.audio import playback as clock
from symgen.audio.performance import BEND, CONTROLLER, NOTE_OFF, NOTE_ON, PRESET, RESET
from symgen.audio.playback import file_messages
from symgen.audio.synthesizer import import_fluidsynth
from symgen.formats.midi import read_midi, write_midi
from symgen.music.score import Note, Part, Score

needs_library = pytest.mark.skipif(
    import_fluidsynth() is None, reason="libfluidsynth is not installed"
)
FLUTE, ORGAN, VIOLIN, PIANO, TROMBONE = 73, 16, 40, 0, 57


@pytest.fixture(params=[pytest.param("fluidsynth", marks=needs_library), "builtin"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.delenv("SYMGEN_SOUNDFONT", raising=False)
    if request.param == "builtin":
        monkeypatch.setitem(sys.modules, "fluidsynth", None)
    return str(request.param)


def heard(score: Score, folder: Path, **options: object) -> Wav:
    render(score, folder / "a.wav", overwrite=True, **{"feel": 0, **options})  # type: ignore[arg-type]
    return read_wav(folder / "a.wav")


def decibels(level: float, other: float) -> float:
    return float(20 * np.log10(max(level, 1e-6) / max(other, 1e-6)))


def strongest(wav: Wav, start: float, end: float) -> float:
    cut = wav.samples[int(start * wav.rate) : int(end * wav.rate)].sum(axis=1)
    power = np.abs(np.fft.rfft(cut * np.hanning(len(cut)), n=4 * len(cut)))
    return float(np.argmax(power) * wav.rate / (4 * len(cut)))


# -- what is heard -----------------------------------------------------------------------


def test_a_part_of_volume_0_is_silent(engine: str, tmp_path: Path) -> None:
    wav = heard(case("muted.mid"), tmp_path)
    assert strongest(wav, 0.05, 0.45) == pytest.approx(1046.5, abs=4)
    assert wav.strength(130.8, 0, 4) < 1e-3
    left, right = np.sqrt(np.mean((wav.samples / 32767) ** 2, axis=0))
    assert abs(decibels(left, right)) < 1  # the one part that is heard sits in the middle


def test_pan(engine: str, tmp_path: Path) -> None:
    left, right = np.sqrt(np.mean((heard(case("pan.mid"), tmp_path).samples / 32767) ** 2, axis=0))
    assert decibels(left, right) >= 15


def test_the_pedal_holds_notes(engine: str, tmp_path: Path) -> None:
    wav = heard(case("pedal.mid"), tmp_path)
    on = np.mean([wav.rms(i * 0.5, i * 0.5 + 0.083) for i in range(8)])
    between = np.mean([wav.rms(i * 0.5 + 0.25, i * 0.5 + 0.45) for i in range(7)])
    assert between >= 0.5 * on


def test_bends_have_their_range(engine: str, tmp_path: Path) -> None:
    ranged = [*controls(101, 0), *controls(100, 0), *controls(6, 12)]
    bends = [say(960, "pitchwheel", pitch=4096), say(1920, "pitchwheel", pitch=-8192)]
    wav = heard(piece([program(FLUTE), *ranged, *bends, *notes(69, length=2880)]), tmp_path)
    found = [wav.fundamental(i + 0.2, i + 0.9, low=100) for i in range(3)]
    assert found == pytest.approx([440, 440 * 2**0.5, 220], rel=0.012)


def test_a_bend_goes_two_semitones_at_first(engine: str, tmp_path: Path) -> None:
    wav = heard(
        piece([program(ORGAN), say(0, "pitchwheel", pitch=-8192), *notes(69, length=960)]), tmp_path
    )
    assert wav.fundamental(0.2, 0.9, low=200) == pytest.approx(440 * 2 ** (-2 / 12), rel=0.004)


@pytest.mark.parametrize("number", [7, 11])
def test_volume_and_expression(number: int, engine: str, tmp_path: Path) -> None:
    def fall(*values: int) -> float:
        said = [program(FLUTE), *controls(number, *values, every=960), *notes(69, length=1920)]
        wav = heard(piece(said), tmp_path)
        return decibels(wav.rms(1.3, 1.9), wav.rms(0.3, 0.9))

    assert fall(100, 50) - fall(100, 100) == pytest.approx(40 * np.log10(0.5), abs=0.2)


def test_controllers_go_back(engine: str, tmp_path: Path) -> None:
    said = [*controls(11, 20), *controls(121, 0, start=960), *notes(69, 69, length=960)]
    wav = heard(piece([program(ORGAN), *said]), tmp_path)
    assert decibels(wav.rms(1.3, 1.9), wav.rms(0.3, 0.9)) > 25


def test_a_reset_of_the_synthesizer(engine: str, tmp_path: Path) -> None:
    reset = (960, mido.Message("sysex", data=(0x7E, 0x7F, 9, 1)))
    said = [
        program(ORGAN),
        *controls(7, 30),
        reset,
        program(ORGAN, 960),
        *notes(69, 69, length=960),
    ]
    wav = heard(piece(said), tmp_path)
    assert decibels(wav.rms(1.3, 1.9), wav.rms(0.3, 0.9)) == pytest.approx(
        40 * np.log10(100 / 30), abs=1.5
    )


def test_a_drum_channel_of_gs(engine: str, tmp_path: Path) -> None:
    render(case("gs_drum.mid"), tmp_path / "a.wav", stems=True)
    wav = read_wav(tmp_path / "a-1-drums-2.wav")
    assert wav.strength(65.4, 0, 0.4) < 0.5  # C2, what key 36 would be on a melodic channel
    assert wav.rms(0.5, 0.6) > 3 * wav.rms(0.4, 0.49)


@needs_library
def test_program_changes_inside_a_track(tmp_path: Path) -> None:
    said = [program(TROMBONE), program(FLUTE, 960), *notes(60, 60, length=960)]
    alone = {
        number: heard(piece([program(number), *notes(60, length=960)]), tmp_path)
        for number in (TROMBONE, FLUTE)
    }
    wav = heard(piece(said), tmp_path)
    partials = [261.6 * k for k in range(1, 9)]
    for start, number in ((0, TROMBONE), (1, FLUTE)):
        here = [wav.strength(f, start + 0.3, start + 0.9) for f in partials]
        there = [alone[number].strength(f, 0.3, 0.9) for f in partials]
        assert here == pytest.approx(there, abs=0.03)


@needs_library
def test_banks(tmp_path: Path) -> None:
    (tmp_path / "a.sf2").write_bytes(banked_font())
    said = [*controls(0, 8), program(FLUTE), *notes(69, length=960)]
    said += [*controls(0, 0, start=960), program(FLUTE, 960), *notes(69, start=960, length=960)]
    wav = heard(piece(said), tmp_path, soundfont=tmp_path / "a.sf2")
    assert strongest(wav, 0.2, 0.9) == pytest.approx(880, rel=0.01)
    assert strongest(wav, 1.2, 1.9) == pytest.approx(440, rel=0.01)


@needs_library
def test_a_bank_that_the_font_has_not_is_named(tmp_path: Path) -> None:
    report = render(piece([*controls(0, 8), program(FLUTE), *notes(69)]), tmp_path / "a.wav")
    assert report.notices == (
        "FluidR3Mono_24.sf3 holds no Flute (73) of bank 8: that of bank 0 plays instead",
    )
    silent = piece([program(FLUTE), program(8), program(FLUTE), *notes(69)])
    assert render(silent, tmp_path / "a.wav", overwrite=True).notices == ()


@needs_library
def test_modulation_pressure_and_soft_pedals_reach_the_synthesizer(tmp_path: Path) -> None:
    plain = heard(piece([program(FLUTE), *notes(69, length=1920)]), tmp_path).samples
    for said in (controls(1, 127), [say(0, "aftertouch", value=127)], controls(91, 127)):
        assert (
            np.abs(
                heard(piece([program(FLUTE), *said, *notes(69, length=1920)]), tmp_path).samples
                - plain
            ).max()
            > 99
        )
    wav = heard(
        piece([program(ORGAN), *controls(66, 127, start=240), *notes(69), *notes(81, start=960)]),
        tmp_path,
    )
    assert wav.rms(0.7, 0.9) > 0.5 * wav.rms(0.2, 0.4)


@needs_library
@pytest.mark.skipif(
    shutil.which("fluidsynth") is None, reason="the program fluidsynth is not installed"
)
def test_the_samples_are_those_of_the_program_fluidsynth(tmp_path: Path) -> None:
    head = [
        (0, mido.MetaMessage("set_tempo", tempo=431_000)),
        (1111, mido.MetaMessage("set_tempo", tempo=777_001)),
    ]
    bends = [say(tick, "pitchwheel", pitch=3 * tick - 4000) for tick in range(0, 1920, 31)]
    pedals = [*controls(64, 127, 0, 90, 0, every=333), *controls(10, 20, 100, every=700)]
    one = [
        program(80),
        *controls(101, 0),
        *controls(100, 0),
        *controls(6, 7),
        *bends,
        *notes(60, 64, 60, 67),
    ]
    two = [
        program(0, channel=3),
        *controls(7, 80, channel=3),
        *notes(48, 52, 55, 48, channel=3, length=301),
    ]
    drums = [*notes(36, 42, 38, 46, 42, 36, channel=9, length=97)]
    (tmp_path / "a.mid").write_bytes(midi(head, [*one, *pedals], two, drums))
    command = [
        "fluidsynth",
        "-ni",
        "-g",
        "0.5",
        "-o",
        "synth.chorus.active=0",
        "-F",
        str(tmp_path / "b.wav"),
    ]
    font = open_soundfont().path
    subprocess.run([*command, str(font), str(tmp_path / "a.mid")], check=True, capture_output=True)
    report = render(read_midi((tmp_path / "a.mid").read_bytes()), tmp_path / "a.wav", pan="off")
    ours = read_wav(tmp_path / "a.wav").samples[: 2 * 44100] / report.gain
    theirs = read_wav(tmp_path / "b.wav").samples[64:][
        : len(ours)
    ]  # it begins when a first buffer has been played
    # What is left is rounding with dither, and the order of what is sent within a buffer.
    assert np.sqrt(np.mean((ours - theirs) ** 2)) < 2
    assert np.abs(ours - theirs).max() < 0.01 * np.abs(theirs).max()


def test_all_of_everything_is_played(engine: str, tmp_path: Path) -> None:
    wav = heard(case("everything.mid"), tmp_path)
    assert 20.8 < wav.seconds < 26.9
    assert wav.distinct > 1000


# -- messages ----------------------------------------------------------------------------


def told(score: Score, *kinds: int, rate: int = 64_000) -> list[tuple[int, ...]]:
    """Frames (of which there are 66.7 a tick), kinds, channels and data of messages."""
    rows = file_messages(score, rate).tolist()
    return [row[:5] for row in rows if not kinds or row[1] in kinds]


def test_messages_keep_their_order() -> None:
    said = [*controls(64, 0, 127, start=480, every=0), *notes(60, 62)]
    assert told(piece(said)) == [
        (0, PRESET, 0, 0, 0),
        (0, NOTE_ON, 0, 60, 90),
        (32_000, CONTROLLER, 0, 64, 0),
        (32_000, CONTROLLER, 0, 64, 127),
        (32_000, NOTE_OFF, 0, 60, 0),
        (32_000, NOTE_ON, 0, 62, 90),
        (64_000, NOTE_OFF, 0, 62, 0),
        (64_000, CONTROLLER, 0, 64, 0),
        (64_000, CONTROLLER, 0, 66, 0),
    ]


def test_a_key_that_is_struck_again_is_let_go_before() -> None:
    struck = [say(0, "note_on", note=60, velocity=90), say(480, "note_on", note=60, velocity=91),
              say(480, "note_off", note=60), say(960, "note_off", note=60)]  # fmt: skip
    assert told(piece(struck), NOTE_ON, NOTE_OFF) == [
        (0, NOTE_ON, 0, 60, 90),
        (32_000, NOTE_OFF, 0, 60, 0),
        (32_000, NOTE_ON, 0, 60, 91),
        (64_000, NOTE_OFF, 0, 60, 0),
    ]


def test_a_key_goes_up_with_the_last_note_that_holds_it() -> None:
    """Our own files have notes that overlap on a key in tracks of their own."""
    score = Score((Part((Note(0, 60, 960), Note(480, 60, 240))),))
    assert told(read_midi(write_midi(score)), NOTE_ON, NOTE_OFF) == [
        (0, NOTE_ON, 0, 60, 80),
        (32_000, NOTE_ON, 0, 60, 80),
        (64_000, NOTE_OFF, 0, 60, 0),
    ]


def test_each_port_has_channels_of_its_own() -> None:
    other = [(0, mido.MetaMessage("midi_port", port=3)), *notes(60, channel=2)]
    assert told(piece(notes(60, channel=2), other), NOTE_ON) == [
        (0, NOTE_ON, 2, 60, 90),
        (0, NOTE_ON, 18, 60, 90),
    ]


def test_parts_that_share_a_channel_can_be_kept_apart() -> None:
    tracks = [*controls(7, 50), *notes(60)], notes(64), [*notes(67, channel=5)]
    assert [row[2:4] for row in told(piece(*tracks), NOTE_ON)] == [(0, 60), (0, 64), (5, 67)]
    rows = file_messages(piece(*tracks), 8000, apart=True)
    assert rows[rows["kind"] == NOTE_ON][["channel", "first"]].tolist() == [
        (0, 60),
        (16, 64),
        (5, 67),
    ]
    assert rows[(rows["kind"] == CONTROLLER) & (rows["first"] == 7)]["channel"].tolist() == [0, 16]


def test_parts_of_one_channel_with_programs_of_their_own_are_kept_apart() -> None:
    """So are files of our own that have more than fifteen parts. A part that names no program takes that of all."""
    tracks = [program(FLUTE), *notes(60)], [program(VIOLIN), *notes(64)], notes(67)
    presets = told(piece(*tracks), PRESET)
    assert [row[2:] for row in presets] == [
        (0, 0, FLUTE),
        (17, 0, FLUTE),
        (16, 0, VIOLIN),
        (17, 0, VIOLIN),
    ]
    alike = [program(FLUTE), *notes(60)], [program(FLUTE), *notes(64)]
    assert {row[2] for row in told(piece(*alike), NOTE_ON)} == {0}


def test_more_parts_than_channels(engine: str, tmp_path: Path) -> None:
    parts = [
        Part((Note(i * 480, 62 + i, 480),), program=(FLUTE, ORGAN)[i == 19]) for i in range(20)
    ]
    score = read_midi(write_midi(Score(tuple(parts))))
    assert len({row[2] for row in told(score, NOTE_ON)}) == 16
    wav = heard(score, tmp_path)
    for i in (0, 8, 9, 10, 15, 16, 18):
        pitch = 440 * 2 ** ((62 + i - 69) / 12)
        assert wav.fundamental(i * 0.5 + 0.15, i * 0.5 + 0.45, low=200) == pytest.approx(
            pitch, rel=0.015
        )


def test_a_thousand_tracks_of_one_channel_stay_on_it() -> None:
    crowd = [notes(60 + i % 12, start=i * 10) for i in range(300)]
    assert {row[2] for row in told(piece(*crowd), NOTE_ON)} == {0}
    assert set(file_messages(piece(*crowd), 8000, apart=True)["channel"].tolist()) == {0}


@pytest.mark.parametrize(
    ("data", "bank"),
    [((), 8), ((0x7E, 0x7F, 9, 1), 0), ((0x41, 16, 0x42, 0x12, 0x40, 0, 0x7F, 0, 0x41), 8),
     ((0x43, 16, 0x4C, 0, 0, 0x7E, 0), 4)],
)  # fmt: skip
def test_banks_are_counted_as_the_file_says(data: tuple[int, ...], bank: int) -> None:
    head = [(0, mido.Message("sysex", data=data))] if data else []
    score = piece([*head, *controls(0, 8), *controls(32, 4), program(FLUTE), *notes(60)])
    assert told(score, PRESET)[-1] == (0, PRESET, 0, bank, FLUTE)
    assert len(told(score, RESET)) == len(head)


def test_drums_have_kits() -> None:
    assert told(piece([program(16, channel=9), *notes(36, channel=9)]), PRESET) == [
        (0, PRESET, 9, 128, 16)
    ]
    assert [row[2:4] for row in told(case("gs_drum.mid"), PRESET)] == [(10, 128), (0, 0)]


def test_messages_are_sent_when_fluidsynth_sends_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a tick early, on the first whole millisecond, in buffers of 64 frames: here of a millisecond."""

    def frames(*tempos: tuple[int, int], ticks: tuple[int, ...]) -> list[float]:
        head = [(tick, mido.MetaMessage("set_tempo", tempo=tempo)) for tick, tempo in tempos]
        score = piece(
            [
                *head,
                *[say(tick, "pitchwheel", pitch=1) for tick in ticks],
                *notes(60, length=max(ticks) + 1),
            ]
        )
        return [row[0] / 64 for row in told(score, BEND)]

    # A tick is 1.0417 ms: tick 100 is due at 99.5 * 1.0417 = 103.6 ms, at 120 to the minute.
    assert frames(ticks=(1, 100, 960)) == [1, 104, 1000]
    # From tick 100 on a tick lasts 2.0833 ms, counted from the 104 ms at which the player found that tick.
    assert frames((100, 1_000_000), ticks=(100, 101, 150)) == [104, 106, 208]
    # Half a tick of 10 ms early: too much if 1 ms is allowed, and then the score is followed.
    assert frames((0, 4_800_000), ticks=(1, 100)) == [5, 995]
    monkeypatch.setattr(clock, "_FARTHEST", 0.001)
    assert frames((0, 4_800_000), ticks=(1, 100)) == [10, 1000]


def test_pedals_are_lifted_with_the_file() -> None:
    def end(last: int) -> int:
        return int(
            file_messages(piece([*controls(64, 127), *notes(60)], end=last), 64_000)["frame"].max()
        )

    assert end(480) == 32_000
    assert end(960) == 64_000
    assert end(960 * 3600) == 32_000 + 30 * 64_000  # no more than half a minute
    lifted = piece([*controls(64, 127, 0, every=960), *notes(60)], end=960 * 3600)
    assert file_messages(lifted, 64_000)["frame"].max() == 64_000


def test_what_comes_after_the_music_is_left_out() -> None:
    score = piece(
        [*notes(60), *controls(7, 1, start=960 * 3600), say(960 * 3600, "pitchwheel", pitch=9)]
    )
    assert told(score, BEND) == []
    assert file_messages(score, 64_000)["frame"].max() == 32_000


def test_a_note_that_is_never_let_go_ends_as_it_is_read() -> None:
    score = piece([say(0, "note_on", note=60, velocity=90), *notes(72, 72, 72, 72, 72, 72)])
    assert (128_000, NOTE_OFF, 0, 60, 0) in told(score)
