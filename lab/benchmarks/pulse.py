"""How well the pulse of MIDI is found that was played without a click, and that no other file is touched.

    python -m lab pulse CORPORA                        # the folder of the zips; minutes
    python -m lab pulse CORPORA --only alarms --count 100
    python -m lab pulse CORPORA --only pop909 --songs 60

`alarms`: files whose notes follow the file's beat, `--count` of each zip: as they are; eight bars of them; each note up
to 15 ms early or late; and swung besides. A pulse found there is a false alarm, but where the file's beat is none: the
files of `freedoom` with 68 or 89 ticks a quarter count the ticks of a game at a tempo that nobody hears.

`pop909`: the half of the songs by which the preferred tempo was not chosen (what counts as off the grid was settled
with a look at some songs of both halves). Their files name the tempo, but most do not count from a beat. `as they are`:
the songs whose beats lie 40 ms or more off the file's sixteenths, and then the others; `tempo taken away`: as files at
120 that sound the same. Beats: F-measure of mir_eval (70 ms). Tempo: the median, right to 4 %. Bar lines: those of the
recording that POP909 gives, at the nearest beats.

`played`: eight bars or more of `freedoom` and `lieder`, of works by which the weights were not fitted, played with
drift, early and late, in a file at 120.
"""

from __future__ import annotations

import hashlib
import io
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import mir_eval
import numpy as np
from numpy.typing import NDArray

from lab.benchmarks.common import print_table
from lab.benchmarks.free_playing import Playing, humanized, play_freely
from lab.commands import command_parser
from symgen.beats.lattice import share_on_grid
from symgen.beats.pulse import Pulse, find_pulse
from symgen.beats.strokes import Clock
from symgen.formats import load_tune
from symgen.music.score import Note, Score, TempoChange
from symgen.system.errors import FormatError

Floats = NDArray[np.float64]
ON_GRID = (
    "freedoom", "lieder_cc0", "osq_cc0", "nottingham", "openhymnal", "oneills1850", "cre", "airds", "jsfakes",
    "chopin_fe", "polish", "groove",
)  # fmt: skip
HELD_OUT = 8
"""Of ten works, those from this one on were not fitted on."""


def read_scores(
    archive: Path, count: int, chosen: Callable[[str], bool] | None = None
) -> Iterator[tuple[str, Score]]:
    """Yield files of a zip, evenly from all or from those that are chosen by name."""
    with zipfile.ZipFile(archive) as file:
        names = sorted(name for name in file.namelist() if name.endswith(".mid"))
        names = [name for name in names if chosen is None or chosen(name)]
        for name in names[:: max(1, len(names) // count)][:count]:
            with suppress(FormatError):
                yield name, load_tune(file.read(name)).score


def is_held_out(archive: str, name: str) -> bool:
    """Tell whether a work was left out of the fit; versions of one work go together."""
    base = Path(name).name
    return (
        zlib.crc32((base.split("_", 1)[-1] if archive == "freedoom" else base[:30]).encode()) % 10
        >= HELD_OUT
    )


# -- alarms ------------------------------------------------------------------------------


def some_bars(score: Score, rng: np.random.Generator, bars: int = 8) -> Score:
    if len(score.bars) < bars:
        return score
    first = int(rng.integers(0, len(score.bars) - bars + 1))
    return score.slice_ticks(score.bars[first].start, score.bars[first + bars - 1].end)


VARIANTS: dict[str, Callable[[Score, np.random.Generator], Score]] = {
    "as they are": lambda score, _: score,
    "eight bars": some_bars,
    "15 ms": lambda score, rng: humanized(score, rng, 0.015),
    "15 ms, eight bars": lambda score, rng: humanized(some_bars(score, rng), rng, 0.015),
    "15 ms, swung": lambda score, rng: humanized(
        score, rng, 0.015, float(rng.choice([0.58, 0.62, 2 / 3]))
    ),
}


def count_alarms(corpora: Path, count: int) -> None:
    rows = []
    for name in ON_GRID:
        alarms = dict.fromkeys(VARIANTS, 0)
        files, odd = 0, 0
        for where, score in read_scores(corpora / f"{name}.zip", count):
            files += 1
            if score.resolution in (68, 89):
                odd += find_pulse(score) is not None
                continue
            for variant, change in VARIANTS.items():
                changed = change(score, np.random.default_rng(zlib.crc32(where.encode())))
                alarms[variant] += changed.note_count > 0 and find_pulse(changed) is not None
        rows.append([name, files, *alarms.values(), odd])
    print_table(["zip", "files", *VARIANTS, "ticks of a game"], rows)


# -- pop909 ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Judged:
    """What is right of a pulse; a pulse that was not found is the file's own."""

    found: bool
    beats: float
    ratio: float
    lines: tuple[float, float]


def beat_times(score: Score, pulse: Pulse | None) -> tuple[Floats, Floats]:
    """Return the beats and the bar lines in seconds."""
    clock = Clock.played(score)
    if pulse is None:
        beats = clock.to_seconds(np.arange(0, score.music_end, score.resolution))
        return beats, clock.to_seconds(
            np.array([bar.start for bar in score.bars], dtype=np.float64)
        )
    beats = clock.to_seconds(pulse.grid.beats)
    bar = round(pulse.meter.quarters / pulse.meter.beat_quarters)
    return beats, beats[pulse.grid.first_downbeat % bar :: bar]


def judge(score: Score, pulse: Pulse | None, beats: Floats, lines: Floats) -> Judged:
    found, found_lines = beat_times(score, pulse)
    near = [
        float(np.mean([np.abs(there - time).min() < 0.07 for time in here]))
        for here, there in ((found_lines, lines), (lines, found_lines))
    ]
    ratio = float(np.median(np.diff(beats)) / np.median(np.diff(found)))
    return Judged(
        pulse is not None, float(mir_eval.beat.f_measure(beats, found)), ratio, (near[0], near[1])
    )


def without_tempos(score: Score) -> Score:
    """Return a file at 120 quarters a minute that sounds the same."""
    clock, second = Clock.played(score), 2 * score.resolution

    def moved(note: Note) -> Note:
        onset, end = (
            round(float(time) * second) for time in clock.to_seconds([note.onset, note.end])
        )
        return Note(onset, note.pitch, max(1, end - onset), note.velocity)

    parts = [part.with_notes(map(moved, part.notes)) for part in score.parts]
    return Score(tuple(parts), score.resolution, (TempoChange(0),))


def is_test_song(name: str) -> bool:
    """Tell the half of the songs by which the preferred tempo was not chosen."""
    return int(hashlib.md5(name.encode(), usedforsecurity=False).hexdigest(), 16) % 2 == 1


def read_beats(archive: zipfile.ZipFile, song: str) -> tuple[Floats, Floats]:
    """Return the beats of a song, and those of them at which bars begin."""
    beats = np.loadtxt(io.BytesIO(archive.read(f"ann/{song}/beat_midi.txt")))[:, 0]
    recorded = np.loadtxt(io.BytesIO(archive.read(f"ann/{song}/beat_audio.txt")))
    first = recorded[recorded[:, 1] == 1, 0]
    return beats, np.unique([beats[np.argmin(np.abs(beats - time))] for time in first])


def off_sixteenths(score: Score, beats: Floats) -> float:
    """Return how far beats lie off the sixteenths of a file on the whole, in seconds."""
    quarters = Clock.played(score).to_ticks(beats) / score.resolution
    turn = np.angle(np.exp(8j * np.pi * quarters).mean()) / (8 * np.pi)
    return float(abs(turn) * 60 / score.tempos[0].bpm)


def measure_pop909(corpora: Path, songs: int) -> None:
    path = corpora / "pop909.zip"
    with zipfile.ZipFile(path) as archive:
        every = [
            (score, *read_beats(archive, name.removesuffix(".mid")))
            for name, score in read_scores(
                path, 10_000, lambda name: "/" not in name and is_test_song(name)
            )
            if share_on_grid(score) < 0.6
        ]
    every = every[:: max(1, len(every) // songs)][:songs]
    off = [off_sixteenths(score, beats) >= 0.04 for score, beats, _ in every]
    groups = {
        "as they are": [song for song, is_off in zip(every, off, strict=True) if is_off],
        "the other songs": [song for song, is_off in zip(every, off, strict=True) if not is_off],
        "tempo taken away": [
            (without_tempos(score), beats, lines) for score, beats, lines in every
        ],
    }
    rows = []
    for label, group in groups.items():
        start = time.process_time()
        pulses = [find_pulse(score) for score, _, _ in group]
        spent = (time.process_time() - start) / len(group)
        judged = [
            judge(score, pulse, beats, lines)
            for (score, beats, lines), pulse in zip(group, pulses, strict=True)
        ]
        rows.append([label, *summary(judged), spent])
    print_table(["POP909", *SUMMARY, "CPU s"], rows)


SUMMARY = (
    "songs", "pulse found", "beats F", "F >= .9", "tempo", "octave", "double", "half",
    "bar lines found", "bar lines right",
)  # fmt: skip


def summary(judged: Sequence[Judged]) -> list[object]:
    ratios = np.array([each.ratio for each in judged])

    def near(factor: float) -> float:
        return float(np.mean(np.abs(ratios / factor - 1) < 0.04))

    beats = np.array([each.beats for each in judged])
    octave = float(np.mean(np.min(np.abs(ratios[:, None] / [0.5, 1, 2] - 1), axis=1) < 0.04))
    lines = np.mean([each.lines for each in judged], axis=0)
    return [
        len(judged),
        float(np.mean([each.found for each in judged])),
        float(beats.mean()),
        float(np.mean(beats >= 0.9)),
        near(1),
        octave,
        near(2),
        near(0.5),
        float(lines[0]),
        float(lines[1]),
    ]


# -- played ------------------------------------------------------------------------------


def measure_played(corpora: Path, songs: int) -> None:
    rows = []
    for name in ("freedoom", "lieder_cc0"):
        judged = []
        for where, score in read_scores(corpora / f"{name}.zip", songs, partial(is_held_out, name)):
            rng = np.random.default_rng(zlib.crc32(where.encode()))
            prompt = some_bars(score, rng, 16)
            if share_on_grid(score) < 0.7 or prompt.note_count < 40:
                continue
            played = play_freely(prompt, Playing.drawn(prompt.tempos[0].bpm, rng), rng)
            beat = float(prompt.bars[-1].meter.beat_quarters)
            last = prompt.length / prompt.resolution
            beats = played.times(np.arange(0, last, beat))
            lines = played.times(np.array([bar.start / prompt.resolution for bar in prompt.bars]))
            judged.append(judge(played.score, find_pulse(played.score), beats, lines))
        rows.append([name, *summary(judged)])
    print_table(["played freely", *SUMMARY], rows)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser(__name__, __doc__)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--only", choices=("alarms", "pop909", "played"))
    parser.add_argument("--count", type=int, default=100, help="files of each zip for the alarms")
    parser.add_argument("--songs", type=int, default=60)
    args = parser.parse_args(arguments)
    if args.only in (None, "alarms"):
        count_alarms(args.corpora, args.count)
    if args.only in (None, "pop909"):
        measure_pop909(args.corpora, args.songs)
    if args.only in (None, "played"):
        measure_played(args.corpora, args.songs)
    return 0
