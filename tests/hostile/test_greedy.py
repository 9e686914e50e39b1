"""Small files that ask for much are refused in one line, or cost little."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lab.benchmarks import greedy_files
from lab.benchmarks.greedy import FILES, single_track
from symgen.formats import Limits, load_tune
from symgen.formats.limits import check_length
from symgen.formats.midi import write_midi
from symgen.formats.notation import WorkerPool, read_tunes
from symgen.midi.events import encode_vlq
from symgen.music.meter import Meter
from symgen.music.score import MeterChange, Note, Part, Score
from symgen.system.errors import FormatError

ROOT = Path(__file__).parents[2]
NOTATION = [name for name in FILES if not name.endswith(".mid")]


@pytest.fixture(scope="module")
def pool() -> Iterator[WorkerPool]:
    with WorkerPool(60) as made:
        yield made


def check_modest(read: Callable[[], Iterable[Score]], path: Path) -> None:
    """What is read lasts no longer than its notes account for; else one line names the file."""
    said = f"{path}: fits"
    try:
        assert all(map(is_modest, read()))
    except FormatError as error:
        said = str(error)
    assert said.startswith(f"{path}: ")
    assert "\n" not in said


def is_modest(score: Score) -> bool:
    """Whether it lasts no longer than its notes account for."""
    onsets = np.unique(score.note_array()[:, 0])
    return score.seconds(score.music_end) <= 120 + 4 * len(onsets)


@pytest.mark.parametrize("name", [name for name in FILES if name not in NOTATION])
def test_midi(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(FILES[name]())
    check_modest(lambda: [load_tune(path).score], path)


@pytest.mark.parametrize("name", NOTATION)
def test_notation(name: str, tmp_path: Path, pool: WorkerPool) -> None:
    path = tmp_path / name
    path.write_bytes(FILES[name]())
    check_modest(lambda: [tune.score for tune in read_tunes(path, pool=pool)], path)


# -- what is too long, and what is not ---------------------------------------------------

BAR = 1920
"""Ticks of a bar of 4/4, which lasts 2 s."""


def held(bars: int) -> Score:
    return Score((Part((Note(0, 60, bars * BAR),)),))


def test_two_minutes_and_four_seconds_a_moment() -> None:
    check_length(held(62), "x")
    with pytest.raises(
        FormatError,
        match=r"x: lasts 126 s, but notes begin at 1 moments only; .* --limit seconds=N",
    ):
        check_length(held(63), "x")
    check_length(held(63), "x", Limits(seconds=126))
    with pytest.raises(FormatError, match="lasts 128 s"):  # two notes at one moment
        check_length(Score((Part((Note(0, 60, 10), Note(0, 64, 64 * BAR))),)), "x")
    check_length(Score((Part((Note(0, 60, 10), Note(10, 64, 63 * BAR + 1910))),)), "x")


def test_a_part_may_rest_while_others_play() -> None:
    busy = Part(tuple(Note(960 * i, 60 + i % 5, 480) for i in range(600)))
    check_length(Score((busy, Part((Note(0, 40, 480), Note(290 * BAR, 40, 480))))), "x")
    alone = Score((Part((Note(0, 40, 480), Note(290 * BAR, 40, 480))),))
    with pytest.raises(FormatError, match="lasts 582 s, but"):
        check_length(alone, "x")


def test_a_drone_below_a_tune_is_music() -> None:
    tune = Part(tuple(Note(480 * i, 60 + i % 5, 480) for i in range(600)))
    check_length(Score((tune, Part((Note(0, 36, 480 * 600), Note(0, 43, 480 * 600))))), "x")


def test_notes_together_last_ten_minutes_and_eight_seconds_each() -> None:
    def organ(notes: int) -> Score:
        return Score(tuple(Part((Note(0, 30 + i, 50 * BAR),)) for i in range(notes)))

    check_length(organ(6), "x")
    with pytest.raises(FormatError, match="holds 7 notes, but they last 700 s together"):
        check_length(organ(7), "x")
    check_length(organ(7), "x", Limits(seconds=100))


def test_bars_are_accounted_for() -> None:
    short = (MeterChange(0, Meter(1, 32)),)
    notes = tuple(Note(60 * i, 60, 60) for i in range(10))
    check_length(replace(Score((Part(notes),)), meters=short), "x")
    late = (*notes, Note(60 * 161, 60, 60))
    with pytest.raises(FormatError, match="has 165 bars, but notes begin in 11 of them only"):
        check_length(Score((Part((*notes, Note(60 * 164, 60, 60))),), meters=short), "x")
    check_length(Score((Part(late),), meters=short), "x")
    check_length(
        Score((Part((*notes, Note(60 * 164, 60, 60))),), meters=short), "x", Limits(tokens=1000)
    )


def test_the_last_bar_counts_as_a_whole() -> None:
    score = Score((Part((Note(0, 60, 480),)),), meters=(MeterChange(0, Meter(255, 1)),))
    with pytest.raises(FormatError, match="lasts 510 s"):
        check_length(score, "x")


def test_silence_at_the_end_costs_nothing(tmp_path: Path) -> None:
    data = single_track(b"\x00\x90\x3c\x50\x60\x3c\x00" + encode_vlq(0x0FFFFF) + b"\xff\x01\x00")
    (tmp_path / "a.mid").write_bytes(data)
    score = load_tune(tmp_path / "a.mid").score
    assert (score.music_end, score.length) == (96, 96 + 0x0FFFFF)
    check_length(score, "x")


def test_nothing_of_many_tempos_is_quadratic() -> None:
    """50,000 changes and as many notes: what took the square of it would not end."""
    from symgen.music.score import TempoChange

    tempos = tuple(TempoChange.of_bpm(i, 100 + i % 50) for i in range(50_000))
    score = Score((Part(tuple(Note(i, 60, 1) for i in range(50_000))),), tempos=tempos)
    check_length(score, "x")


# -- through the command line ------------------------------------------------------------

COMMANDS = {
    "vary": ("a note held 60 bars.mid", "vary {} --seed 1 --particles 2 -o a.mid"),
    "continue": ("32 parts, each one note of 12 bars.mid", "continue {} --seed 1 -o a.mid"),
    "render": ("a note after 60 bars.mid", "render {} -o a.wav"),
    "harmonize": ("a meter of 255 to 1.mid", "harmonize {} --seed 1 -o a.mid"),
    "a meter that nobody counts": ("a bar of 19 seconds.mid", "continue {} --tempo 60 -o a.mid"),
    "corpus": ("one note held 913 bars.mid", "corpus {} -o store"),
}


@pytest.mark.skipif(os.name != "posix", reason="needs limits on the time of processes")
@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, marks=pytest.mark.long if case in ("continue", "harmonize") else ())
        for case in COMMANDS
    ],
)
def test_commands_end_soon(case: str, tmp_path: Path) -> None:
    """Within 30 s of the processor, where most take one, and in one line if they refuse."""
    name, line = COMMANDS[case]
    (tmp_path / name).write_bytes(FILES[name]())
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_CPU, (30, 30)); "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (50 * 2**20,) * 2); "
        "from symgen.__main__ import main; sys.exit(main())"
    )
    words = [name if word == "{}" else word for word in line.split()]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert done.returncode in (0, 2, 3), done.stderr
    if done.returncode:
        (refusal,) = done.stderr.splitlines()
        assert refusal.startswith("symgen: ")


def test_new_bars_may_be_asked_for_where_those_of_the_tune_are_too_long(tmp_path: Path) -> None:
    from symgen.cli import main

    path = tmp_path / "a.mid"
    path.write_bytes(FILES["a bar of 19 seconds.mid"]())
    assert main(["continue", str(path), "--tempo", "60", "-o", str(tmp_path / "b.mid")]) == 3
    assert (
        main(
            [
                "continue",
                str(path),
                "--tempo",
                "60",
                "--meter",
                "3/4",
                "-o",
                str(tmp_path / "b.mid"),
            ]
        )
        == 0
    )


@pytest.mark.long
@pytest.mark.parametrize("name", FILES)
def test_every_command_over_every_file(name: str, tmp_path: Path) -> None:
    """At most 5 s of the processor, 300 MB of memory and 50 MB of files, or one line."""
    (tmp_path / name).write_bytes(FILES[name]())
    costs = [greedy_files.measure(tmp_path / name, command) for command in greedy_files.COMMANDS]
    assert [cost for cost in costs if cost.is_too_much] == []


def test_long_rests_go_round(tmp_path: Path) -> None:
    """What is welcome is written and read again without a word."""
    score = held(60)
    (tmp_path / "a.mid").write_bytes(write_midi(score))
    found = load_tune(tmp_path / "a.mid")
    assert (found.score.parts[0].notes, found.problems) == (score.parts[0].notes, ())
