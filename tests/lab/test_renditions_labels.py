"""Labels against what is in the sound: where notes begin, how high they are, where they end."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from renditions_tunes import TUNE

from lab.renditions.accompaniment import accompany
from lab.renditions.clips import ClipOptions, make_clip
from lab.renditions.instruments import RANGES, Player, PlayOptions, audible_ends
from lab.renditions.performance import draw_manner, perform
from lab.renditions.singers import draw_singer
from lab.renditions.voice import WHISTLE_SPAN, sing, speak, whistle
from symgen.audio.reading import RATE
from symgen.audio.soundfonts import open_soundfont

Floats = NDArray[np.float64]
Samples = NDArray[np.float32]

ROWS = np.array(
    [(0.2 + i, 0.9 + i, pitch, 0.7) for i, pitch in enumerate((60, 64, 67, 72))], dtype=np.float64
)


@pytest.fixture(scope="module")
def player() -> Player:
    return Player(open_soundfont())


def deviation(samples: Samples, start: float, end: float, pitch: float) -> float:
    """Cents by which the best comb of harmonics lies beside a pitch, within a semitone."""
    piece = samples[round(start * RATE) : round(end * RATE)]
    size = 1 << 16
    spectrum = np.sqrt(np.abs(np.fft.rfft(piece * np.hanning(len(piece)), size)))
    cents = np.arange(-100, 101, 2)
    combs = 440.0 * 2 ** ((pitch - 69 + cents[:, None] / 100) / 12) * np.arange(1, 6)
    sums = np.interp(combs * size / RATE, np.arange(len(spectrum)), spectrum).sum(axis=1)
    return float(cents[np.argmax(sums)])


def rise(samples: Samples, onset: float) -> float:
    """Seconds from an onset after silence to a tenth of the peak that follows."""
    first = round((onset - 0.1) * RATE)
    piece = np.abs(samples[first : first + RATE // 4])
    return float(np.argmax(piece > 0.1 * piece.max()) / RATE - 0.1)


@pytest.mark.parametrize("program", [0, 24, 40, 56, 71, 73])
def test_instruments_sound_when_and_as_high_as_the_rows_say(player: Player, program: int) -> None:
    for cents in (0.0, -37.0):
        samples = player.play(program, ROWS, ROWS[:, 1], 4.5, PlayOptions(cents))
        assert samples.dtype == np.float32
        assert len(samples) == round(4.5 * RATE)
        for onset, end, pitch, _ in ROWS:
            # sampled players swing by themselves
            assert abs(deviation(samples, onset + 0.1, end - 0.1, pitch + cents / 100)) <= (
                20 if program == 40 else 10
            )
        assert -0.003 <= rise(samples, ROWS[0, 0]) <= player.sound(program).latency + 0.015


def test_sounds_that_fade_end_where_they_are_gone(player: Player) -> None:
    rows = np.array([(0.1, 0.4, 60, 0.8), (2.0, 5.9, 84, 0.8)])
    samples = player.play(0, rows, rows[:, 1], 6.5)
    ends = audible_ends(samples, rows, rows[:, 1])
    assert ends[0] == pytest.approx(0.4, abs=0.03)
    assert rows[1, 0] + 0.3 < ends[1] <= 5.95
    assert player.sound(0).fades
    assert not player.sound(73).fades


def test_a_bend_is_heard(player: Player) -> None:
    bends = np.array([[0.0, 0.0], [1.0, 80.0]])
    samples = player.play(73, ROWS[:2], ROWS[:2, 1], 2.5, PlayOptions(10.0, bends=bends))
    assert abs(deviation(samples, 0.3, 0.8, 60.1)) <= 10
    assert abs(deviation(samples, 1.3, 1.8, 64.9)) <= 10


def test_singers_sing_what_the_rows_say() -> None:
    found = []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        singer = draw_singer(rng)
        rows = ROWS - np.array([0, 0, 60 - (singer.span[0] + 2), 0])
        samples, heard = sing(rows, singer, 4.5, rng)
        assert samples.dtype == np.float32
        assert np.isfinite(samples).all()
        assert len(heard) == len(rows)
        assert np.abs(heard[:, 0] - rows[:, 0]).max() <= 0.1
        assert np.abs(heard[:, 2] - rows[:, 2]).max() <= 1.5
        found += [abs(deviation(samples, a + 0.1, b - 0.05, p)) for a, b, p, _ in heard]
    assert np.median(found) <= 10
    assert np.max(found) <= 60


def test_voices_begin_near_their_labels() -> None:
    late = []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        singer = draw_singer(rng)
        samples, heard = sing(
            ROWS - np.array([0, 0, 60 - (singer.span[0] + 2), 0]), singer, 4.5, rng
        )
        late.append(rise(samples, heard[0, 0]))
    # a consonant may be heard up to a tenth of a second before its vowel
    assert np.median(late) == pytest.approx(0, abs=0.05)
    assert -0.13 <= min(late) <= max(late) <= 0.03


def test_whistles_are_near_to_sines() -> None:
    rng = np.random.default_rng(3)
    rows = ROWS + np.array([0, 0, WHISTLE_SPAN[0] - 60 + 2, 0])
    samples, heard = whistle(rows, draw_singer(rng), 4.5, rng)
    for onset, end, pitch, _ in heard:
        piece = samples[round((onset + 0.1) * RATE) : round((end - 0.1) * RATE)]
        power = np.abs(np.fft.rfft(piece * np.hanning(len(piece)))) ** 2
        tone = round(440 * 2 ** ((pitch - 69) / 12) * len(piece) / RATE)
        assert power[tone - 20 : tone + 21].sum() > 0.9 * power.sum()


def test_speech_has_no_note_that_stands() -> None:
    samples = speak(draw_singer(np.random.default_rng(2)), 5.0, np.random.default_rng(2))
    assert len(samples) == 5 * RATE
    assert samples.std() > 0


def test_instruments_keep_to_their_range() -> None:
    for seed in range(20):
        rng = np.random.default_rng(seed)
        low, high = RANGES[73]
        pitches = perform(TUNE, rng, draw_manner(rng), (low, high)).rows[:, 2]
        assert low <= pitches.min() <= pitches.max() <= high


def test_chords_stay_below_the_melody() -> None:
    rng = np.random.default_rng(1)
    performance = perform(TUNE, rng, draw_manner(rng), (60, 84))
    others = accompany(performance, rng)
    assert len(others) > 3
    for onset, end, pitch, _ in others:
        with_it = performance.rows[
            (performance.rows[:, 1] > onset + 0.05) & (performance.rows[:, 0] < end - 0.05)
        ]
        assert not len(with_it) or pitch < with_it[:, 2].min()


def test_an_accompanied_clip_says_what_else_sounds() -> None:
    options = ClipOptions(
        (open_soundfont().path,), voice=0.0, negative=0.0, accompaniment=1.0, seconds=(3.0, 5.0)
    )
    assert len(make_clip(TUNE, np.random.default_rng(4), options).others) > 0
