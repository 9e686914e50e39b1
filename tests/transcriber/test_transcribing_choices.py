"""Clicks, limits, notices and pictures of a transcription, at the boundaries, worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from tones import hears

from symgen.audio.reading import RATE, Recording
from symgen.beats.grid import BeatGrid
from symgen.music.meter import COMMON_TIME, Meter
from symgen.music.score import KeyChange, Note, Part, Score
from symgen.music.theory import Key
from symgen.system.errors import ControlError, FormatError
from symgen.transcriber import plots
from symgen.transcriber.plots import Picture
from symgen.transcriber.quantize import (
    _attacks,
    _first_even,
    _refine,
    score_from_rows,
    unquantized_score,
)
from symgen.transcriber.spectrum import BINS, log_spectrogram
from symgen.transcriber.transcribe import (
    Transcription,
    TranscriptionOptions,
    _check_sound,
    _detect,
    _left_out,
    _notices,
)

NET: Any = None

# -- clicks ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("times", "heights", "found"),
    [
        ([0, 0.5, 1], {}, [0, 1, 2]),
        ([0, 0.2, 0.4], {}, [0, 1, 2]),  # from 0.2 to 2 seconds apart
        ([0, 0.19, 0.38], {}, None),
        ([0, 2, 4], {}, [0, 1, 2]),
        ([0, 2.01, 4.02], {}, None),
        ([0, 1, 2.119], {}, [0, 1, 2]),  # 0.12 of a step early or late
        ([0, 1, 2.121], {}, None),
        ([0, 1, 1.881], {}, [0, 1, 2]),
        ([0, 1, 1.879], {}, None),
        ([0, 0.5, 1], {1: 0.15}, [0, 1, 2]),
        ([0, 0.5, 1], {2: 0.149}, None),
        ([0, 0.5, 0.6, 1], {2: 6.6}, [0, 1, 3]),
        ([0, 0.5, 0.6, 1], {2: 6.7}, None),  # something louder between them
        ([0, 0.5, 1, 1.1], {3: 10}, [0, 1, 2]),  # but not behind
        ([0, 0.1, 0.15, 1, 2], {}, [0, 3, 4]),  # two attacks are passed over
        ([0, 0.05, 0.1, 0.15, 1, 2], {}, [1, 4, 5]),
        ([0.1, 0.5, 0.92, 1.34], {}, [0, 1, 2]),  # the earliest that is even enough
        ([0, 1], {}, None),
    ],
)
def test_the_first_three_even_attacks(
    times: list[float], heights: dict[int, float], found: list[int] | None
) -> None:
    loud = np.array([heights.get(i, 1.0) for i in range(len(times))])
    row = _first_even(np.array(times), loud, 3)
    assert (None if row is None else row.tolist()) == (found and [times[i] for i in found])


def test_the_step_is_the_mean_of_those_before() -> None:
    """After 0, 1 and 2.1 the fourth is due at 3.15, give or take 0.126."""
    for last, even in ((3.27, True), (3.28, False), (3.03, True), (3.02, False)):
        row = _first_even(np.array([0, 1, 2.1, last]), np.ones(4), 4)
        assert (row is not None) is even


@pytest.mark.parametrize(
    ("values", "start", "found"),
    [
        ({5: 0.29, 7: 0.31, 10: 1.0}, 8, 7), ({5: -0.31, 10: 1.0}, 8, 5), ({3: 1.0, 10: 0.9}, 8, 10),
        ({10: 0.2, 15: 1.0, 16: 9.0}, 8, 15), ({0: 1.0, 9: 0.5}, 2, 0),
    ],
)  # fmt: skip
def test_an_attack_begins_at_three_tenths_of_its_height(
    values: dict[int, float], start: int, found: int
) -> None:
    """From a frame of four samples before the one at `start` to one behind it."""
    bright = np.zeros(24)
    bright[list(values)] = list(values.values())
    assert _refine(bright, start, 4) == found


def ticks_at(heights: dict[int, float], frames: int = 60) -> NDArray[np.float64]:
    """Single samples in frames of four."""
    samples = np.zeros(4 * frames)
    for frame, height in heights.items():
        samples[4 * frame + 1] = height
    return samples


@pytest.mark.parametrize(
    ("heights", "frames", "found"),
    [
        ({10: 1, 35: 1}, 60, {10: 1, 35: 1}),
        ({10: 1, 34: 1}, 60, {10: 1}),  # within a tenth of a second the first one counts
        ({10: 1, 34: 1.9}, 60, {10: 1}),
        ({10: 1, 34: 2.1}, 60, {34: 2.1}),  # unless the second is twice as high
        ({10: 1, 40: 0.021}, 60, {10: 1, 40: 0.021}),
        ({10: 1, 40: 0.019}, 60, {10: 1}),
        ({10: 1, 21: 1.5}, 60, {10: 1.5}),  # the height is that of the next twelve frames
        ({10: 1, 22: 1.5}, 60, {10: 1}),
        ({10: 1, 13: 1.6, 40: 1}, 60, {10: 1, 40: 1}),  # a rise is half as much again as what was
        ({3: 1, 58: 1}, 60, {3: 1, 58: 1}),  # the end does not come before the beginning
        ({3: 1}, 4, {3: 1}),
        ({2: 1}, 3, {}),
        ({}, 60, {}),
    ],
)
def test_attacks_are_sudden_rises(
    heights: dict[int, float], frames: int, found: dict[int, float]
) -> None:
    """At 1000 samples a second a frame has four; a single sample rises by itself over the root of two."""
    times, high = _attacks(ticks_at(heights, frames), 1000)
    assert times.tolist() == pytest.approx([(4 * frame + 1) / 1000 for frame in found])
    scale = np.sqrt(0.5)
    rises = [height - (0.5 if height == 1.6 else 0) for height in found.values()]
    assert high.tolist() == pytest.approx([scale * rise for rise in rises])


# -- scores ------------------------------------------------------------------------------


def row(onset: float, end: float, pitch: float = 60, strength: float = 0.5) -> list[float]:
    return [onset, end, pitch, strength]


def test_played_times_in_milliseconds() -> None:
    """At 120 a quarter lasts 500 ms: twice 480 ticks are enough; notes end where the next begins."""
    rows = np.array([
        row(-0.1, 0.1), row(0.25, 1.0, 61.5, 0), row(0.5, 0.5, 140, 1), row(0.75, 1.0, -3, 2), row(1, 1.1, 60, 0.6),
    ])  # fmt: skip
    score = unquantized_score(rows, 120)
    assert score.resolution == 960
    assert [(n.onset, n.duration, n.pitch, n.velocity) for n in score.parts[0].notes] == [
        (0, 192, 60, 64), (480, 480, 62, 1), (960, 1, 127, 127), (1440, 480, 0, 127), (1920, 192, 60, 76),
    ]  # fmt: skip
    assert [unquantized_score(rows, bpm).resolution for bpm in (125, 124, 1000, 4)] == [
        480,
        960,
        480,
        15_360,
    ]


def grid(meter: Meter = COMMON_TIME) -> BeatGrid:
    """Two beats a second, of which the one at 0 begins a bar."""
    return BeatGrid(0.5 * np.arange(-4, 40), meter, 120.0, 1.0, 4, Fraction(0))


def test_rows_on_a_grid_by_hand() -> None:
    rows = np.array([row(0, 0.45, 60, 0), row(0.5, 0.95, 61.6, 1.0)])
    score = score_from_rows(rows, grid(), key=Key(9, "harmonic minor"))
    assert [(n.pitch, n.velocity) for n in score.parts[0].notes] == [(60, 1), (62, 127)]
    assert score.keys == (KeyChange(0, 0, True),)
    assert score_from_rows(rows, grid(), key=Key(2, "dorian")).keys == (KeyChange(0, 0, False),)
    assert score_from_rows(rows, grid()).keys == ()
    empty = score_from_rows(np.zeros((0, 4)), grid(), program=5, key=Key(7, "major"))
    assert (empty.parts[0].program, empty.keys, empty.length) == (5, (KeyChange(0, 1),), 0)
    assert [(change.tick, round(change.bpm)) for change in empty.tempos] == [(0, 120)]


@pytest.mark.parametrize(("end", "lines"), [(4.0, 3), (4.1, 4), (2.0, 2), (0.1, 2)])
def test_bar_lines_reach_the_end(end: float, lines: int) -> None:
    rows = np.array([row(0, end)])
    score = Score((Part((Note(0, 60, 480),)),))
    found = Transcription(score, rows, 5.0, 0.0, 0.0, grid(), Key(0, "major"), rows[:, 2])
    assert found.bar_lines.tolist() == pytest.approx([2.0 * i for i in range(lines)])
    assert found.tempo == 120
    assert not found.has_pickup


# -- what is asked, refused and told -----------------------------------------------------


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("tempo", [20, 400, 90.5], [19.9, 400.1, True]), ("count_in", [0, 2, 16], [1, 17, 2.5, "4"]),
    ],
)  # fmt: skip
def test_limits_of_what_is_asked(name: str, good: list[Any], bad: list[Any]) -> None:
    for value in good:
        assert getattr(TranscriptionOptions(**{name: value}), name) == value
    for value in bad:
        with pytest.raises(ControlError):
            TranscriptionOptions(**{name: value})


def test_what_is_asked_by_default() -> None:
    plain = TranscriptionOptions()
    assert (plain.grid, plain.count_in, plain.quantize, plain.program) == (16, 0, True, 0)
    assert (plain.tempo, plain.meter, plain.key) == (None, None, None)
    assert plain.model == "transcriber"


@pytest.mark.parametrize(
    ("samples", "peak", "heard"),
    [(1600, 0.5, True), (1599, 0.5, False), (1600, 2.1e-4, True), (1600, 1.9e-4, False)],
)
def test_the_shortest_and_the_softest(samples: int, peak: float, heard: bool) -> None:
    sound = np.zeros(samples, dtype=np.float32)
    sound[7] = -peak
    recording = Recording(sound, 16000)
    if heard:
        _check_sound(recording)
        return
    with pytest.raises(FormatError, match=r"too short|is silent"):
        _check_sound(recording)


@pytest.mark.parametrize(
    ("clarity", "length", "speech"),
    [(0.29, 0.099, True), (0.3, 0.05, False), (0.1, 0.101, False), (0.0, 0.05, True)],
)
def test_fleeting_pitches_that_are_not_clear_are_speech(
    monkeypatch: pytest.MonkeyPatch, clarity: float, length: float, speech: bool
) -> None:
    """The median length counts."""
    rows = np.array([row(i, i + (length if i else 0.9)) for i in range(5)])
    hears(monkeypatch, rows, clarity=clarity)
    recording = Recording(np.ones(16000, dtype=np.float32), 16000)
    if speech:
        with pytest.raises(FormatError, match="as in speech"):
            _detect(recording, NET, np.zeros(0))
        return
    assert len(_detect(recording, NET, np.zeros(0)).rows) == 5


def test_clicks_are_silenced_for_80_milliseconds(monkeypatch: pytest.MonkeyPatch) -> None:
    given = hears(monkeypatch, np.array([row(0.6, 0.9)]))
    recording = Recording(np.ones(16000, dtype=np.float32), 16000)
    _detect(recording, NET, np.array([0.1, 0.4]))
    _detect(recording, NET, np.zeros(0))
    assert [int(np.argmax(samples)) for samples in given] == [7680, 0]
    assert recording.samples.all()  # its own are not touched


@pytest.mark.parametrize(
    ("heard", "confidence", "asked", "told"),
    [
        ({}, 0.5, {}, []),
        ({"crowded": 0.2}, 1, {}, ["several notes sound at once"]),
        ({"crowded": 0.19}, 1, {}, []),
        ({"tuning": 15.0}, 1, {}, ["it is tuned 15 cents above"]),
        ({"tuning": -15.0}, 1, {}, ["it is tuned 15 cents below"]),
        ({"tuning": 14.9}, 1, {}, []),
        ({}, 0.49, {}, ["the tempo of 120 quarters a minute is uncertain (49%)"]),
        ({}, 0.49, {"tempo": 120}, []),
    ],
)
def test_what_is_told(
    heard: dict[str, float], confidence: float, asked: dict[str, Any], told: list[str]
) -> None:
    facts: Any = SimpleNamespace(**{"crowded": 0.0, "tuning": 0.0} | heard)
    lines = list(
        _notices(facts, replace(grid(), confidence=confidence), TranscriptionOptions(**asked))
    )
    assert len(lines) == len(told)
    assert all(line.startswith(words) for line, words in zip(lines, told, strict=True))


def test_notes_left_out_are_counted() -> None:
    score = Score((Part((Note(0, 60, 480),)),))
    assert list(_left_out(score, 1)) == []
    (told,) = _left_out(score, 3)
    assert told.startswith("2 of 3 notes have no place")


# -- the picture -------------------------------------------------------------------------


def picture(seconds: float, *pitches: float, bars: int = 4, first: int = 1) -> Picture:
    rows = np.array(
        [row(0.5 * i, 0.5 * i + 0.4, pitch) for i, pitch in enumerate(pitches or (60,))]
    )
    samples = np.zeros(round(seconds * RATE), dtype=np.float32)
    return Picture(samples, rows, 0.5 * np.arange(4), 2.0 * np.arange(bars), first)


@pytest.fixture
def axes() -> Axes:
    return Figure().add_subplot()


@pytest.mark.parametrize(
    ("seconds", "rows", "width"),
    [(1, 1, 6.5), (10, 1, 8.7), (16, 1, 13.0), (16.1, 2, 13.0), (192, 12, 13.0), (240, 12, 13.0)],
)
def test_long_recordings_are_broken_into_rows(
    monkeypatch: pytest.MonkeyPatch, seconds: float, rows: int, width: float
) -> None:
    asked = []

    def spectrum(samples: Any, columns: int) -> NDArray[np.float32]:
        asked.append(columns)
        return np.zeros((100, BINS), dtype=np.float32)

    monkeypatch.setattr(plots, "_spectrum", spectrum)
    monkeypatch.setattr(plots, "_draw_spectrum", lambda *_: None)
    figure = plots._draw(picture(seconds))
    assert figure.get_size_inches().tolist() == pytest.approx([width, 2.7 * rows + 0.6])
    limits = [each.get_xlim() for each in figure.axes]
    step = seconds / rows
    assert limits == [pytest.approx((i * step, (i + 1) * step)) for i in range(rows)]
    assert asked == [1600 * rows]


@pytest.mark.parametrize(
    ("pitches", "low", "high"),
    [((60.3, 64.6), 52.5, 84.5), ((37.0, 60.0), 34.5, 79.5), ((110.0,), 102.5, 118.5)],
)
def test_the_notes_are_shown_with_room_around_them(
    monkeypatch: pytest.MonkeyPatch, pitches: tuple[float, ...], low: float, high: float
) -> None:
    """Seven semitones below, and an octave more above, as far as the spectrum reaches: 35 to 118."""
    monkeypatch.setattr(plots, "_draw_spectrum", lambda *_: None)
    figure = plots._draw(picture(1, *pitches))
    assert figure.axes[0].get_ylim() == (low, high)


def test_a_column_is_the_loudest_of_its_frames() -> None:
    times = np.arange(1600) / RATE
    sound = (np.sin(2 * np.pi * 440 * times) * np.linspace(0, 0.5, 1600)).astype(np.float32)
    whole = log_spectrogram(sound)[:, :, 0]
    assert np.allclose(plots._spectrum(sound, 10), whole)
    found = plots._spectrum(sound, 3)
    assert found.shape == (3, BINS)
    assert np.allclose(found, [whole[:4].max(0), whole[4:8].max(0), whole[8:].max(0)])


def test_the_spectrum_stands_at_its_time_and_pitch(axes: Axes) -> None:
    """Ten columns of 0.2 s: from 0.5 to 1 second are columns 2 to 4."""
    spectrum = np.arange(10 * BINS, dtype=np.float32).reshape(10, BINS)
    plots._draw_spectrum(axes, spectrum, 2.0, (0.5, 1.0))
    (image,) = axes.images
    assert image.get_extent() == pytest.approx([0.4, 1.0, 35 - 1 / 6, 35 + 251.5 / 3])
    assert np.array_equal(image.get_array(), spectrum[2:5].T)
    plots._draw_spectrum(axes, spectrum, 2.0, (1.9, 2.1))
    assert axes.images[1].get_extent()[:2] == pytest.approx([1.8, 2.0])


@pytest.mark.parametrize(
    ("count", "first", "span", "numbers"),
    [
        (24, 1, (0, 100), list(range(1, 25))),
        (25, 1, (0, 100), list(range(1, 26, 2))),
        (25, 0, (0, 100), list(range(1, 25, 2))),
        (49, 1, (0, 100), list(range(1, 50, 3))),
        (6, 1, (4, 8), [3, 4]),
        (6, 0, (3.9, 8.1), [2, 3, 4]),
    ],
)
def test_bars_are_numbered(
    axes: Axes, count: int, first: int, span: tuple[float, float], numbers: list[int]
) -> None:
    plots._draw_lines(axes, picture(1, bars=count, first=first), span)
    assert [text.get_text() for text in axes.texts] == [str(number) for number in numbers]
    assert [text.get_position()[0] for text in axes.texts] == [2.0 * (n - first) for n in numbers]


def test_notes_have_boxes_and_names(axes: Axes) -> None:
    shown = picture(9, 60.4, 61.6, 63, 64)
    plots._draw_notes(axes, shown.rows, (0.4, 1.5))  # the first has ended, the last not begun
    assert [text.get_text() for text in axes.texts] == ["D4", "D#4"]
    (boxes,) = axes.collections
    corners = boxes.get_paths()[0].vertices
    assert corners[:4].tolist() == pytest.approx(
        np.array([[0.5, 61.1], [0.9, 61.1], [0.9, 62.1], [0.5, 62.1]])
    )
    assert len(boxes.get_paths()) == 2
    other = Figure().add_subplot()
    plots._draw_notes(other, shown.rows, (0.2, 0.5))  # it has begun in the row before
    assert [len(other.texts), len(other.collections)] == [0, 1]


@pytest.mark.parametrize(("count", "names"), [(60, 60), (61, 0)])
def test_many_notes_have_no_names(axes: Axes, count: int, names: int) -> None:
    plots._draw_notes(axes, picture(1, *[60.0] * count).rows, (0, 100))
    assert len(axes.texts) == names


@pytest.mark.parametrize(("high", "labels"), [(90, 18), (91, 3)])
def test_few_octaves_are_labelled_at_each_natural(axes: Axes, high: int, labels: int) -> None:
    plots._label(axes, 60, high)
    found = [label.get_text() for label in axes.get_yticklabels()]
    assert len(found) == labels
    assert found[:2] == (["C4", "D4"] if labels > 3 else ["C4", "C5"])
