"""The arithmetic of sound: the built-in synthesizer, loudness, gains, files."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from symgen.audio.encoding import check_kind, max_seconds, ogg_checksum, ogg_page, with_serial
from symgen.audio.fallback import (
    _DRUMS,
    _TIMBRES,
    Curve,
    Gestures,
    Stroke,
    _add_stroke,
    _drum_table,
    _envelope,
    _wave_table,
    builtin_blocks,
    follow,
)
from symgen.audio.loudness import LoudnessMeter
from symgen.audio.performance import (
    BEND,
    CONTROLLER,
    NOTE_OFF,
    NOTE_ON,
    PRESET,
    RESET,
    Messages,
    Performance,
    Playing,
    make_messages,
    note_messages,
)
from symgen.audio.writing import MAX_PEAK, TARGET_LOUDNESS, Draft, write_sound
from symgen.music.score import Note, Part, Score
from symgen.system.errors import ControlError, RenderError

RATE = 8000


def told(*rows: tuple[int, int, int, int]) -> Messages:
    """Messages to channel 0: frame, kind and two data bytes."""
    made = make_messages(len(rows))
    for row, values in zip(made, rows, strict=True):
        row["frame"], row["kind"], row["first"], row["second"] = values
    return made


# -- the built-in sounds -----------------------------------------------------------------


def test_a_curve_holds_its_values() -> None:
    """1 up to frame 10, 3 up to frame 20, then 2."""
    curve = Curve(1.0)
    curve.put(10, 3.0)
    curve.put(20, 2.0)
    frames = np.array([0, 9, 10, 19, 20, 25])
    assert curve.at(frames).tolist() == [1, 1, 3, 3, 2, 2]
    assert curve.area(frames).tolist() == [0, 9, 10, 37, 40, 50]


def test_keys_pedals_and_presets_are_followed() -> None:
    strokes, _ = follow(
        told(
            (0, PRESET, 1, 7),
            (0, NOTE_ON, 60, 90),
            (10, NOTE_ON, 62, 80),
            (20, NOTE_OFF, 60, 0),
            # held by the pedal, then struck again
            (30, CONTROLLER, 64, 64),
            (40, NOTE_OFF, 62, 0),
            (50, NOTE_ON, 62, 70),
            (60, NOTE_OFF, 62, 0),
            (70, CONTROLLER, 64, 63),
            (80, NOTE_ON, 64, 60),
            (80, NOTE_OFF, 64, 0),
            (90, NOTE_ON, 65, 50),
            (100, CONTROLLER, 123, 0),
            (110, NOTE_ON, 66, 40),
            (115, CONTROLLER, 120, 0),
            (120, NOTE_ON, 67, 30),
            (130, RESET, 0, 0),
            (140, NOTE_ON, 68, 20),
            (150, CONTROLLER, 1, 0),
        )
    )
    assert [(s.down, s.up, s.pitch, s.velocity) for s in strokes] == [
        (0, 20, 60, 90),
        (10, 50, 62, 80),
        (50, 70, 62, 70),
        (80, 81, 64, 60),
        (90, 100, 65, 50),
        (110, 115, 66, 40),
        (120, 130, 67, 30),
        (140, 150, 68, 20),
    ]
    assert {(s.bank, s.program) for s in strokes} == {(1, 7)}


def test_controllers_are_followed() -> None:
    """The wheel at the top is nearly 2 semitones, after parameter 0 is set to 12 an octave."""
    _, found = follow(
        told(
            (1, CONTROLLER, 7, 127),
            (2, CONTROLLER, 11, 64),
            (3, CONTROLLER, 10, 0),
            (4, CONTROLLER, 10, 64),
            (5, CONTROLLER, 10, 127),
            (6, BEND, 0, 0),
            (7, CONTROLLER, 6, 12),
            (8, CONTROLLER, 101, 0),
            (9, CONTROLLER, 100, 0),
            (10, CONTROLLER, 6, 12),
            (11, CONTROLLER, 99, 1),
            (12, CONTROLLER, 6, 24),
            (13, CONTROLLER, 121, 0),
            (14, BEND, 127, 127),
            (15, RESET, 0, 0),
            (16, BEND, 0, 0),
        )
    )
    gestures = found[0]
    level = (100 / 127) ** 2
    frames = np.arange(17)
    assert gestures.volume.at(frames)[[0, 1, 14, 15]] == pytest.approx([level, 1, 1, level])
    at = gestures.level(frames)
    assert at[[0, 1, 2, 13]] == pytest.approx([1, 1 / level, (64 / 127) ** 2 / level, 1 / level])
    assert gestures.pan.at(frames)[[0, 3, 4, 5, 15]].tolist() == [0.5, 0, 0.5, 1, 0.5]
    bends = gestures.bend.at(frames)
    assert bends[[0, 6, 7, 10, 12, 13, 15]] == pytest.approx(
        [1, 2 ** (-1 / 6), 2 ** (-1 / 6), 0.5, 0.5, 1, 1]
    )
    assert bends[14] == pytest.approx(2 ** (8191 / 8192))
    assert bends[16] == pytest.approx(2 ** (-1 / 6))


@pytest.mark.parametrize(("program", "seconds"), [(0, 0.7), (48, 1.4), (88, 2.8), (19, 0.35)])
def test_a_note_sounds_for_seven_times_its_release(program: int, seconds: float) -> None:
    """Half a second, and 0.10, 0.20, 0.40 or 0.05 s of release; in blocks of 0.4 s."""
    score = Score((Part((Note(0, 60, 480),), program),))
    blocks = list(builtin_blocks(Performance(note_messages(score, RATE)), Playing(rate=RATE)))
    assert {len(block) for block in blocks} == {3200}
    assert len(blocks) == -(-(0.496 + seconds) // 0.4)
    short = builtin_blocks(Performance(note_messages(score, RATE)), Playing(rate=RATE, frames=5000))
    assert [len(block) for block in short] == [3200, 1800]


@pytest.mark.parametrize(
    ("part", "length", "strength", "peak", "samples"),
    [
        (
            Part((Note(0, 60, 480, 100), Note(480, 64, 240, 80))),
            12800,
            0.0670551,
            0.2618189,
            [-0.05794, -0.06359, 0.043727, -0.106231],
        ),
        (
            Part((Note(0, 38, 60, 120), Note(240, 42, 60, 90)), is_drum=True),
            12800,
            0.0257839,
            0.3154233,
            [0.121254, 0.040408, -0.00056, -0.000023],
        ),
        (
            Part((Note(240, 48, 960, 70),), 48),
            22400,
            0.0440860,
            0.1452102,
            [0.0, 0.0, -0.075133, -0.037475],
        ),
    ],
    ids=["piano", "drums", "strings"],
)
def test_the_sound_of_instruments(
    part: Part, length: int, strength: float, peak: float, samples: list[float]
) -> None:
    """As it has been in all versions: the same score gives the same bytes."""
    performance = Performance(note_messages(Score((part,)), RATE))
    sound = np.concatenate(list(builtin_blocks(performance, Playing(rate=RATE)))).astype(float)
    assert len(sound) == length
    assert np.sqrt(np.mean(sound**2)) == pytest.approx(strength, rel=1e-5)
    assert np.abs(sound).max() == pytest.approx(peak, rel=1e-5)
    assert sound[[100, 1000, 4100, 5000], 0] == pytest.approx(samples, abs=2e-6)
    assert sound[:, 0] == pytest.approx(sound[:, 1])


def test_envelopes() -> None:
    """The piano at C4: up in 3 ms, down by e in 1.2 s, and by e in 0.1 s once the key is up."""
    seconds = np.array([0.0, 0.0015, 0.003, 1.2, 1.3])
    shape = _envelope(_TIMBRES[0], seconds, 1.2, 60)
    decays = np.exp(-seconds / 1.2)
    assert shape == pytest.approx(decays * [0, 0.5, 1, 1, np.exp(-1)])
    # Two octaves higher it dies away twice as fast; an organ does not.
    assert _envelope(_TIMBRES[0], np.array([0.6]), 1.2, 84) == pytest.approx(np.exp([-1.0]))
    assert _envelope(_TIMBRES[2], np.array([5.0, 5.05]), 5.0, 60) == pytest.approx([1, np.exp(-1)])


def test_a_wave_has_its_harmonics() -> None:
    """Of the piano at 440 Hz, in 8000 Hz: eight, each of ``k ** -1.6``, the even ones times 0.8."""
    spectrum = np.abs(np.fft.rfft(_wave_table(_TIMBRES[0], 69, RATE)))
    number = np.arange(1, 9)
    expected = number**-1.6 * np.where(number % 2 == 0, 0.8, 1.0)
    assert spectrum[1:9] / spectrum[1] == pytest.approx(expected)
    assert spectrum[9:].max() < 1e-6 * spectrum[1]
    assert np.mean(_wave_table(_TIMBRES[0], 69, RATE) ** 2) == pytest.approx(0.5)
    deep = np.abs(np.fft.rfft(_wave_table(_TIMBRES[0], 21, 44100)))
    assert np.count_nonzero(deep > 1e-6 * deep[1]) == 40
    assert np.count_nonzero(np.abs(np.fft.rfft(_wave_table(_TIMBRES[0], 120, RATE))) > 1) == 1


def test_pan_is_even_power() -> None:
    """All the way left, and a third of the way: the squares of both sides are 2 of the middle."""
    stroke = Stroke(0, 800, 0, 69, 127, 0, 16)
    blocks = []
    for pan in (0.5, 0.0, 1 / 3):
        gestures = Gestures(pan=Curve(pan))
        block = np.zeros((400, 2))
        assert _add_stroke(block, 0, stroke, gestures, RATE)
        blocks.append(block)
    middle, left, third = (np.sqrt(np.mean(block**2, axis=0)) for block in blocks)
    assert middle[0] == pytest.approx(middle[1])
    assert left == pytest.approx([2**0.5 * middle[0], 0], abs=1e-9)
    assert third == pytest.approx(np.sqrt(2) * middle[0] * np.array([3**0.5 / 2, 0.5]))
    # Release is over after 0.35 s: 800 + 2800 frames.
    for start, more in ((3199, True), (3200, False), (4000, False)):
        assert _add_stroke(np.zeros((400, 2)), start, stroke, Gestures(), RATE) == more


def test_drums_glide_and_hiss() -> None:
    """A bass drum from 120 to 48 Hz with a tenth of noise, gone by e in 0.12 s."""
    table = _drum_table(36, RATE)
    assert len(table) == 9600
    seconds = np.arange(9600) / RATE
    glide = 48 + 72 * np.exp(-seconds / 0.05)
    tone = 0.9 * 1.5 * np.sin(2 * np.pi * np.cumsum(glide) / RATE) * np.exp(-seconds / 0.12)
    rest = (table - tone) / np.exp(-seconds / 0.12)
    assert np.sqrt(np.mean(rest**2)) == pytest.approx(0.1 * 0.5**0.5, rel=0.05)
    assert _DRUMS[36] == (120, 48, 0.1, 0.12)
    # A closed hi-hat is noise alone.
    assert (
        np.abs(_drum_table(42, RATE)[:80]).max() > 20 * np.abs(_drum_table(42, RATE)[1600:]).max()
    )


# -- loudness and files ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rate", "loudness", "peak"),
    [
        (8000, -12.4591355, 0.4287517),
        (11025, -12.5297481, 0.4447776),
        (44100, -12.6719753, 0.4447776),
    ],
)
def test_loudness_of_three_tones(rate: int, loudness: float, peak: float) -> None:
    """60, 440 and 3000 Hz, one side half as loud; blocks that are 40 dB softer do not count."""
    meter, size = LoudnessMeter(rate), round(rate * 0.4)
    time = np.arange(5 * size) / rate
    tones = ((0.3, 440), (0.1, 60), (0.05, 3000))
    one = sum(strength * np.sin(2 * np.pi * hertz * time) for strength, hertz in tones)
    sound = np.stack([one, np.asarray(one) / 2], axis=1).astype(np.float32)
    for number in range(5):
        block = sound[number * size : (number + 1) * size]
        meter.add(block * np.float32(1 if number < 3 else 0.01))
    meter.add(sound[:10])
    assert meter.loudness == pytest.approx(loudness, abs=1e-4)
    assert meter.peak == pytest.approx(peak, rel=1e-5)


def noise(frames: int, level: float) -> np.ndarray[Any, np.dtype[np.float32]]:
    draw = np.random.default_rng(3)
    return (level * draw.uniform(-1, 1, (frames, 2))).astype(np.float32)


def test_the_gain_of_a_file(tmp_path: Path) -> None:
    """Noise is brought to -16 LUFS; a single click, which is soft on the whole, to the highest peak."""
    steady = noise(3200, 0.01)
    facts = write_sound(tmp_path / "a.wav", [steady], RATE, source="x")
    meter = LoudnessMeter(RATE)
    meter.add(steady)
    assert facts.gain == pytest.approx(10 ** ((TARGET_LOUDNESS - meter.loudness) / 20))
    assert facts.frames == 3200
    assert facts.peak == pytest.approx(facts.gain * float(np.abs(steady).max()), abs=1e-4)
    click = noise(3200, 0.001)
    click[100] = 0.5
    facts = write_sound(tmp_path / "b.wav", [click], RATE, source="x")
    assert facts.gain == pytest.approx(MAX_PEAK / 0.5)
    assert facts.peak == pytest.approx(10**-0.05, abs=1e-4)
    # A part that is louder than the whole sets the limit for all.
    click = noise(3200, 0.004)
    click[100] = 0.5
    facts = write_sound(
        tmp_path / "c.wav",
        [click],
        RATE,
        source="x",
        stems=[
            (tmp_path / "d.wav", lambda frames: [2 * click]),
            (tmp_path / "e.wav", lambda _: [-click]),
        ],
    )
    assert facts.gain == pytest.approx(MAX_PEAK / 1.0)


@pytest.mark.parametrize("cuts", [(), (3200,), (7, 3190), (0, 1, 2, 3203, 9599), (6400, 9600)])
def test_how_sound_comes_does_not_matter(cuts: tuple[int, ...], tmp_path: Path) -> None:
    """In blocks of any length; and a whole that is measured as it comes is as loud as one that is measured later."""
    sound = noise(10_000, 0.1) * np.linspace(0.1, 1, 10_000, dtype=np.float32)[:, None]
    (whole, late), paths = (tmp_path / "a.wav", tmp_path / "b.wav"), (tmp_path / "c.wav",)
    first = write_sound(whole, [sound], RATE, source="x")
    second = write_sound(paths[0], np.split(sound, cuts), RATE, source="x")
    assert (first, whole.read_bytes()) == (second, paths[0].read_bytes())
    stems = [(tmp_path / "d.wav", lambda _: [sound])]
    assert write_sound(late, [sound], RATE, source="x", stems=stems).gain == first.gain


@pytest.mark.parametrize("level", [1e-3, 0.05, 0.9])
def test_power_is_that_of_the_spectrum_in_single_precision(level: float) -> None:
    block: NDArray[np.float32] = noise(3200, level)
    meter = LoudnessMeter(RATE)
    meter.add(block)
    spectrum = np.fft.rfft(block, n=3200, axis=0).astype(np.complex64)
    power = (np.square(spectrum.real) + np.square(spectrum.imag)).sum(axis=1)
    assert meter._powers == [float(meter._weights @ power)]
    assert meter.peak == float(np.abs(block).max())


def test_the_end_is_faded_out_unless_it_goes_round(tmp_path: Path) -> None:
    """Over 50 ms, 400 frames: the last one is 1 of 401, the one before the fade is whole."""
    sound = noise(3200, 0.1)
    for loop in (None, 3200):
        facts = write_sound(tmp_path / "a.wav", [sound], RATE, source="x", loop=loop)
        data = np.frombuffer((tmp_path / "a.wav").read_bytes()[44:], dtype="<i2").reshape(-1, 2)
        whole = sound.astype(float) * facts.gain * 32767
        shares = np.minimum(1, np.arange(3200, 0, -1) / 401) if loop is None else np.ones(3200)
        assert np.abs(data - whole * shares[:, None]).max() <= 0.51
    with pytest.raises(RenderError, match="gives no sound"):
        write_sound(tmp_path / "b.wav", [np.full((3200, 2), 1e-5, np.float32)], RATE, source="x")


def test_a_draft_folds_and_sums() -> None:
    draft = Draft(io.BytesIO(), 10, "x")
    row = np.arange(1, 12, dtype=np.float32)
    for factor in (9, 1, 2):
        draft.add(
            [np.stack([factor * row[:6]] * 2, axis=1), np.stack([factor * row[6:]] * 2, axis=1)]
        )
    draft.sum_up()
    assert np.concatenate(list(draft.blocks(0)))[:, 0].tolist() == (3 * row).tolist()
    draft.fold(4)
    # 1 + 5 + 9, 2 + 6 + 10, 3 + 7 + 11, 4 + 8
    assert np.concatenate(list(draft.blocks(1)))[:, 1].tolist() == [15, 18, 21, 12]
    assert (draft.frames, draft.takes) == (4, 3)
    assert [len(block) for block in draft.blocks(2)] == [4]
    with pytest.raises(RenderError):
        draft.add([np.full((1, 2), 1e6, np.float32)])


@pytest.mark.parametrize(("rate", "seconds"), [(44100, 24347.9), (8000, 134217.7)])
def test_the_longest_wav(rate: int, seconds: float) -> None:
    """2 ** 32 bytes less the header, four a frame."""
    assert max_seconds(rate) == pytest.approx(seconds, abs=0.1)
    whole = max_seconds(rate) * rate * 4
    assert 2**32 - 44 <= whole <= 2**32 - 37


def test_pages_of_ogg() -> None:
    """A head of 27 bytes, two segments of 3 and 1; flag 4 ends a stream."""
    head = struct.pack("<4sBBqIIIB", b"OggS", 0, 4, 9, 7, 1, 0, 2)
    page = head + bytes([3, 1]) + b"abcd"
    whole = with_serial(page, 1)
    found = ogg_page(b"xx" + whole + b"yy", 2)
    assert found is not None
    assert (found.stop, found.is_last) == (2 + len(page), True)
    assert found.checksum == ogg_checksum(whole)
    assert whole[14:18] == b"\1\0\0\0"
    assert (whole[:14], whole[26:]) == (page[:14], page[26:])
    assert ogg_page(whole[:28], 0) is None
    assert ogg_page(whole[:26], 0) is None
    assert ogg_page(whole[:29], 0) is not None
    assert ogg_page(b"x" + whole, 0) is None


@pytest.mark.parametrize(
    ("name", "rate", "words"),
    [
        ("x.wav", 9000, ""),
        ("x.flac", 9000, ""),
        ("x.MP3", 44100, ""),
        ("x.mp3", 9000, "an MP3 file may have 8000, 11025"),
        ("x.aiff", 44100, "name a file that ends in .wav"),
    ],
)
def test_kinds_and_rates_that_go_together(name: str, rate: int, words: str) -> None:
    if words:
        with pytest.raises(ControlError, match=words):
            check_kind(Path(name), rate)
    else:
        check_kind(Path(name), rate)
