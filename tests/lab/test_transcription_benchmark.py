"""The judges of the benchmark of transcription: they pass what is right and name what is wrong."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lab.benchmarks import transcription

ROWS = np.array(
    [[0.5, 0.9, 60.2, 0.8], [1.0, 1.4, 62.2, 0.8], [1.5, 2.4, 64.2, 0.8], [2.5, 2.9, 62.2, 0.8]]
)


def benchmark(name: str) -> Any:
    return import_module(f"lab.benchmarks.{name}")


@pytest.mark.parametrize(
    "name", sorted(path.stem for path in Path(transcription.__file__).parent.glob("[!_]*.py"))
)
def test_every_part_can_be_imported(name: str) -> None:
    assert benchmark(f"transcription.{name}").__doc__


def moved(seconds: float = 0.0, semitones: float = 0.0) -> Any:
    rows = ROWS.copy()
    rows[1, :2] += seconds
    rows[1, 2] += semitones
    return rows


@pytest.mark.parametrize(
    ("heard", "faults"),
    [
        (ROWS, [4, 4, 4, 0, 0, 0, 0, 0]),
        (moved(seconds=0.1), [4, 4, 3, 1, 0, 0, 0, 0]),
        (moved(semitones=-12), [4, 4, 3, 0, 1, 0, 0, 0]),
        (moved(seconds=0.2), [4, 4, 3, 0, 0, 1, 1, 0]),
        (ROWS[:2], [4, 2, 2, 0, 0, 2, 0, 0]),
        (ROWS + np.array([0.03, 0.03, 0, 0]), [4, 4, 4, 0, 0, 0, 0, 30]),
    ],
)
def test_what_became_of_notes(heard: Any, faults: list[int]) -> None:
    assert benchmark("transcription.singing").name_faults(ROWS, heard) == faults


def test_notes_are_matched_as_mir_eval_does() -> None:
    pytest.importorskip("mir_eval", reason="comes with the extra bench")
    match = benchmark("transcription.metrics").match_notes
    none = np.zeros((0, 4))
    assert match(ROWS, ROWS).whole == match(none, none).notes == 1.0
    assert match(ROWS, none).notes == match(none, ROWS).onsets == 0.0
    late = match(ROWS, moved(seconds=0.08))
    assert (late.notes, late.loose) == (0.75, 1.0)
    longer = ROWS.copy()
    longer[0, 1] += 0.09
    assert (match(ROWS, longer).notes, match(ROWS, longer).whole) == (1.0, 0.75)


def test_tempos_are_told_apart() -> None:
    is_right = benchmark("transcription.metrics").tempo_is_right
    assert is_right(100, 104.9)
    assert not is_right(100, 106)
    assert not is_right(100, 200)
    assert is_right(100, 201, octaves=True)
    assert is_right(90, 30, octaves=True)
    assert not is_right(100, 150, octaves=True)


@pytest.mark.parametrize(
    ("what", "status", "lines", "verdict"),
    [
        ("silence, 10 s", 3, ["is silent"], "ok"),
        ("silence, 10 s", 0, ["heard 2 notes"], "invented notes"),
        ("two flutes", 0, ["several notes sound at once; transcription is monophonic"], "ok"),
        ("two flutes", 0, ["heard 40 notes"], "does not tell that it is not monophonic"),
        ("empty file", 3, ["is empty", "and more"], "2 lines"),
        ("empty file", 1, ["Traceback (most recent call last):"], "broke"),
        ("a pipe", -1, ["no answer in 300 s"], "broke"),
    ],
)
def test_answers_to_bad_recordings_are_judged(
    what: str, status: int, lines: list[str], verdict: str
) -> None:
    assert benchmark("transcription.robustness").judge(what, status, lines) == verdict


def test_of_notes_at_once_the_strongest_stays() -> None:
    rows = [[0.0, 1.0, 60, 0.9], [0.1, 0.9, 72, 0.3], [0.95, 2.0, 62, 0.8]]
    assert benchmark("transcription.rivals").top_notes(rows) == [
        [0.0, 0.95, 60, 0.9],
        [0.95, 2.0, 62, 0.8],
    ]


def test_noise_is_as_loud_as_it_says() -> None:
    clips = benchmark("transcription.clips")
    tone = np.sin(2 * np.pi * 440 * np.arange(32_000) / 16_000).astype(np.float32)
    power = np.abs(np.fft.rfft(clips.make_noisy(tone, 0))) ** 2
    music = power[870:891].sum()
    assert 10 * np.log10(music / (power.sum() - music)) == pytest.approx(clips.NOISE_BELOW, abs=1.5)
