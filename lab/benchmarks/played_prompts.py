"""Prompts of 8 bars that people played, and how loud and how late each of their notes is."""

from __future__ import annotations

import csv
import io
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lab.benchmarks.free_playing import Playing, play_freely
from lab.benchmarks.pulse import is_held_out, is_test_song, read_beats
from lab.stretches import stretch
from symgen.formats import load_score
from symgen.music.meter import Meter
from symgen.music.score import MeterChange, Part, Score, TempoChange
from symgen.system.errors import SymgenError

Floats = NDArray[np.float64]

BARS = 8
FEWEST_NOTES = 32
RESOLUTION = 480
ASPECTS = ("velocity", "onset")

Label = tuple[str, int, int]
"""Of a cell: what a part does, its number, and the key of a drum or -1."""


@dataclass(frozen=True)
class Example:
    """Some bars, those that follow them, and the kind of music that they are of."""

    kind: str
    name: str
    prompt: Score
    follows: Score | None = None


@dataclass
class Cells:
    """Velocities and lateness of notes by cell and by place; one aspect."""

    values: dict[tuple[Label, int], list[float]] = field(default_factory=lambda: defaultdict(list))

    def of_label(self) -> dict[Label, list[float]]:
        """Return all values of each label."""
        found: dict[Label, list[float]] = defaultdict(list)
        for (label, _), row in self.values.items():
            found[label] += row
        return found

    @property
    def deviation(self) -> float:
        """Deviation of all values."""
        return float(np.std([value for row in self.values.values() for value in row]))


def read_cells(
    score: Score, roles: Sequence[str], begin: int = 0, *, by_bar: bool = False
) -> dict[str, Cells]:
    """Return velocities and lateness in milliseconds of the notes from a tick on, at places of a bar or of all."""
    found = {name: Cells() for name in ASPECTS}
    step = score.resolution / 4
    starts = np.array([bar.start for bar in score.bars], dtype=np.int64)
    second = 60_000 / (score.tempos[-1].bpm * score.resolution)
    for number, (part, role) in enumerate(zip(score.parts, roles, strict=False)):
        for onset, _, pitch, velocity in part.note_array().tolist():
            nearest = round(onset / step) * step
            if nearest < begin:
                continue
            bar = max(0, int(np.searchsorted(starts, nearest + 1e-9, side="right")) - 1)
            place = round((nearest - (0 if by_bar else float(starts[bar]))) / step)
            label = (role, number, pitch if part.is_drum else -1)
            found["velocity"].values[label, place].append(float(velocity))
            found["onset"].values[label, place].append((onset - nearest) * second)
    return found


# -- prompts -----------------------------------------------------------------------------


def halves(kind: str, name: str, score: Score, first: int) -> Example | None:
    """Cut a prompt and what follows; None where there are too few bars or notes."""
    bars = [bar for bar in score.bars if bar.number > 0]
    if len(bars) < first + 2 * BARS:
        return None
    start, middle = bars[first].start, bars[first + BARS].start
    whole = stretch(score, start, bars[first + 2 * BARS - 1].end)
    whole = replace_maps(whole, score, start)
    prompt = replace_maps(stretch(score, start, middle), score, start)
    enough = prompt.note_count >= FEWEST_NOTES and whole.note_count > prompt.note_count
    same = len(whole.parts) == len(prompt.parts)
    return Example(kind, name, prompt, whole if same else None) if enough else None


def replace_maps(score: Score, source: Score, start: int) -> Score:
    """Return a stretch with the meter and the tempo that hold where it begins."""
    meter = [change.meter for change in source.meters if change.tick <= start][-1:]
    tempo = [change.bpm for change in source.tempos if change.tick <= start][-1:]
    return Score(
        score.parts,
        score.resolution,
        tuple(TempoChange.of_bpm(0, bpm) for bpm in tempo) or (TempoChange(0),),
        tuple(MeterChange(0, each) for each in meter) or (MeterChange(0, Meter(4, 4)),),
        length=score.length,
    )


def on_beats(score: Score, beats: Floats, first: int) -> Score:
    """Lay a song on its beats, a quarter each, its first bar at tick 0; what is before is left out."""
    numbers = np.arange(len(beats)) - first

    def laid(part: Part) -> Part:
        rows = part.note_array()
        for column, ticks in ((0, rows[:, 0].copy()), (1, rows[:, :2].sum(axis=1))):
            times = np.array([score.seconds(int(tick)) for tick in ticks])
            rows[:, column] = np.rint(RESOLUTION * np.interp(times, beats, numbers))
        rows[:, 1] = np.maximum(1, rows[:, 1] - rows[:, 0])
        return Part.from_array(rows[rows[:, 0] >= 0], part.program, part.is_drum, part.name)

    tempo = TempoChange.of_bpm(0, 60 / float(np.median(np.diff(beats))))
    return Score(tuple(map(laid, score.parts)), RESOLUTION, (tempo,))


def pop_songs(corpora: Path) -> Iterator[Example]:
    with zipfile.ZipFile(corpora / "pop909.zip") as archive:
        for name in sorted(archive.namelist()):
            if "/" in name or not name.endswith(".mid") or not is_test_song(name):
                continue
            beats, lines = read_beats(archive, name.removesuffix(".mid"))
            places = np.searchsorted(beats, lines)
            if set(np.diff(places).tolist()) != {4}:
                continue
            song = on_beats(load_score(archive.read(name)), beats, int(places[0]))
            found = halves("pop", name, song, 16)
            if found:
                yield found


def free_songs(corpora: Path) -> Iterator[Example]:
    """Yield songs of the other end of the list, played with drift, early and late, in files at 120."""
    songs = list(pop_songs(corpora))
    for song in songs[::-1]:
        rng = np.random.default_rng(zlib.crc32(song.name.encode()))
        playing = Playing.drawn(song.prompt.tempos[0].bpm, rng)
        yield Example("free", song.name, play_freely(song.prompt, playing, rng).score)


def grooves(corpora: Path) -> Iterator[Example]:
    with zipfile.ZipFile(corpora / "groove.zip") as archive:
        table = next(name for name in archive.namelist() if name.endswith("info.csv"))
        rows = csv.DictReader(io.StringIO(archive.read(table).decode()))
        folder, names = table.removesuffix("info.csv"), set(archive.namelist())
        for row in rows:
            name = folder + row["midi_filename"]
            if row["split"] == "train" or row["beat_type"] != "beat" or name not in names:
                continue
            score = load_score(archive.read(name))
            found = halves("drums", row["id"], score, 0)
            if found:
                yield found


def bands(corpora: Path) -> Iterator[Example]:
    with zipfile.ZipFile(corpora / "freedoom.zip") as archive:
        for name in filter(partial(is_held_out, "freedoom"), sorted(archive.namelist())):
            if not name.endswith(".mid"):
                continue
            with suppress(SymgenError):
                score = load_score(archive.read(name))
                found = halves("bands", name, score, 8) if len(score.parts) > 2 else None
                if found:
                    yield found


def timed(corpora: Path) -> Iterator[Example]:
    """Yield bands, each part as late as one drum of a recording is in the same bar at the same sixteenth."""
    takes = [each for each in grooves(corpora) if each.follows]
    for number, band in enumerate(bands(corpora)):
        take = takes[number % len(takes)].follows
        if band.follows is None or take is None or band.prompt.meters != take.meters:
            continue
        follows = as_late(band.follows, take)
        prompt = stretch(follows, 0, band.prompt.length)
        if len(prompt.parts) == len(follows.parts):
            yield Example("timed", band.name, prompt, follows)


def as_late(score: Score, take: Score) -> Score:
    """Return a piece whose parts are as late as the drums of a recording, those with most strokes first."""
    late = read_cells(take, ["drums"] * len(take.parts), by_bar=True)["onset"].values
    labels = sorted(
        {label for label, _ in late}, key=lambda label: (-len(of_drum(late, label)), label)
    )
    second = score.tempos[0].bpm * score.resolution / 60_000
    step, parts = score.resolution / 4, []
    for number, part in enumerate(score.parts):
        places, behind = np.array(sorted(of_drum(late, labels[number % len(labels)]).items())).T
        rows = part.note_array()
        at = np.rint(rows[:, 0] / step)
        nearest = np.abs(at[:, None] - places).argmin(axis=1)
        rows[:, 0] = np.maximum(0, rows[:, 0] + np.rint(behind[nearest] * second).astype(np.int64))
        parts.append(Part.from_array(rows, part.program, part.is_drum, part.name))
    return score.with_parts(parts)


def of_drum(values: Mapping[tuple[Label, int], Sequence[float]], label: Label) -> dict[int, float]:
    """Return how late a drum is on the mean by sixteenth."""
    return {place: float(np.mean(row)) for (each, place), row in values.items() if each == label}


def files(folders: Sequence[Path]) -> Iterator[Example]:
    for path in sorted(path for folder in folders for path in folder.rglob("*.mid*")):
        try:
            score = load_score(path)
        except SymgenError:
            continue
        found = halves("files", path.name, score, 0)
        if found:
            yield found
