import numpy as np
import pytest

from symgen.audio.encoding import wav_header
from symgen.audio.loudness import LoudnessMeter
from symgen.audio.performance import GRAIN, assign_channels, key_strokes
from symgen.audio.soundfonts import nearest_program, open_soundfont
from symgen.music.score import Note, Part, Score, TempoChange
from symgen.music.tempo import tick_seconds


def test_the_shipped_font(monkeypatch):
    monkeypatch.delenv("SYMGEN_SOUNDFONT", raising=False)
    font = open_soundfont()
    assert len(font.presets) == 25
    assert font.presets[0, 73] == "Flute"
    assert font.kits == {0}
    assert len(font.programs) == 24


@pytest.mark.parametrize(
    ("program", "instead"),
    [
        (73, 73),
        (68, 71),
        (74, 73),
        (41, 42),
        (110, 40),
        (105, 25),
        (1, 0),
        (127, 0),
        (14, 11),
        (58, 57),
    ],
)
def test_nearest_program(program, instead):
    assert nearest_program(program, open_soundfont().programs) == instead


def test_nearest_program_in_odd_fonts():
    assert nearest_program(40, frozenset({120})) == 120
    assert nearest_program(40, frozenset()) is None


def parts(count, **kind):
    return tuple(Part((Note(0, 60, 480),), **kind) for _ in range(count))


def test_each_part_has_a_channel():
    score = Score((*parts(30, program=5), *parts(2, is_drum=True), Part()))
    assert assign_channels(score)[:32] == tuple(range(32))


def test_hundreds_of_parts_share_channels():
    score = Score((*parts(200, program=5), *parts(200, program=7)))
    assert assign_channels(score) == (0,) * 200 + (1,) * 200


def test_seconds_follow_the_tempo_map():
    score = Score(
        (Part((Note(0, 60, 9000),)),),
        tempos=(TempoChange(0, 400_000), TempoChange(700, 1_000_003), TempoChange(5000, 6_012)),
    )
    ticks = np.array([[0, 699, 700], [701, 5000, 9000]])
    assert tick_seconds(score, ticks) == pytest.approx(np.vectorize(score.seconds)(ticks))


def keys(*notes):
    return key_strokes(Score((Part(notes),)), (0,), 64_000)[:, [0, 1, 3, 4]].tolist()


def test_keys_are_held_one_at_a_time():
    # 480 ticks are half a second: 32,000 frames at this rate.
    assert keys(Note(0, 60, 480, 70)) == [[0, 32_000, 60, 70]]
    assert keys(Note(0, 60, 960, 70), Note(480, 60, 240, 90)) == [
        [0, 32_000, 60, 70],
        [32_000, 64_000, 60, 90],
    ]
    assert keys(Note(0, 60, 480, 70), Note(0, 60, 960, 50)) == [[0, 64_000, 60, 70]]
    assert keys(Note(0, 60, 480, 70), Note(480, 60, 480, 70)) == [
        [0, 32_000, 60, 70],
        [32_000, 64_000, 60, 70],
    ]
    # Of three on one key the longest decides, whichever begins first.
    assert keys(Note(0, 60, 960), Note(240, 60, 240), Note(240, 60, 480)) == [
        [0, 16_000, 60, 80],
        [16_000, 64_000, 60, 80],
    ]
    # A key of another pitch, or the same one after a rest, has nothing to do with it.
    assert keys(Note(0, 60, 960), Note(240, 61, 240), Note(960, 60, 480)) == [
        [0, 64_000, 60, 80],
        [16_000, 32_000, 61, 80],
        [64_000, 96_000, 60, 80],
    ]


def test_short_notes_last_a_grain():
    score = Score((Part((Note(0, 60, 1), Note(1, 60, 1))),), resolution=32767)
    assert key_strokes(score, (0,), 8000)[:, :2].tolist() == [[0, GRAIN]]


@pytest.mark.parametrize("rate", [44100, 48000])
def test_loudness_of_the_standard_sine(rate):
    # BS.1770-4: a full-scale sine of 997 Hz in one channel reads -3.01 LUFS.
    meter, size = LoudnessMeter(rate), round(rate * 0.4)
    time = np.arange(10 * size) / rate
    sound = np.stack([np.sin(2 * np.pi * 997 * time), np.zeros_like(time)], axis=1).astype(
        np.float32
    )
    for start in range(0, len(sound), size):
        meter.add(sound[start : start + size])
    assert meter.loudness == pytest.approx(-3.01, abs=0.03)
    assert meter.peak == pytest.approx(1, abs=1e-3)


def test_silence_has_no_loudness():
    meter = LoudnessMeter(8000)
    meter.add(np.zeros((3200, 2), dtype=np.float32))
    meter.add(np.zeros((0, 2), dtype=np.float32))
    assert meter.loudness == -np.inf


def test_header_of_two_frames():
    assert wav_header(2, 8000).hex(" ", 4) == (
        "52494646 2c000000 57415645 666d7420 10000000 01000200 401f0000 007d0000 04001000 64617461 08000000"
    )
