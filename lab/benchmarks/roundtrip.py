"""Count the events of real MIDI files that come back from `symgen continue` and `symgen infill`.

    python -m lab roundtrip SOURCE... [--count 30] [--notes 1500] [--seed 1]

A SOURCE is a folder or a zip of MIDI files; as many are taken of each, drawn by the seed, of 4 bars or more and of so
many notes at most. Compared are, with mido, all events of each track with their ticks (end of track aside), the format,
the division and the number of tracks. Of infill, notes that begin in the bars that are written anew are left out.
"""

from __future__ import annotations

import random
import tempfile
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import mido

from lab.commands import command_parser
from symgen.cli import main as symgen
from symgen.formats import load_score
from symgen.system.errors import SymgenError

Event = tuple[int, str]
_BARS = (3, 4)
"""Those that infill writes anew."""


@dataclass(frozen=True)
class File:
    """What mido reads: format, division, and of each track its events with their ticks."""

    format: int
    division: int
    tracks: tuple[Counter[Event], ...]


def read(path: Path, gap: tuple[int, int] = (0, 0)) -> File:
    """Read a file; notes that begin in the gap are left out."""
    midi = mido.MidiFile(path, charset="latin1", clip=True)
    return File(
        midi.type, midi.ticks_per_beat, tuple(Counter(_events(track, gap)) for track in midi.tracks)
    )


def _events(track: mido.MidiTrack, gap: tuple[int, int]) -> Iterator[Event]:
    tick = 0
    begun: dict[tuple[int, int], list[int]] = defaultdict(list)
    for message in track:
        tick += message.time
        if message.type == "end_of_track":
            continue
        onset = -1
        if message.type == "note_on" and message.velocity:
            onset = tick
            begun[message.channel, message.note].append(tick)
        elif message.type in ("note_on", "note_off") and begun[message.channel, message.note]:
            onset = begun[message.channel, message.note].pop(0)
        if not gap[0] <= onset < gap[1]:
            yield tick, str(message.copy(time=0))


def kept(before: File, after: File) -> tuple[int, int]:
    """Count the events that are where they were, and all; none counts if the files are of another shape."""
    total = sum(sum(track.values()) for track in before.tracks)
    shape = (before.format, before.division, len(before.tracks))
    if shape != (after.format, after.division, len(after.tracks)):
        return 0, total
    there = sum(
        sum((old & new).values()) for old, new in zip(before.tracks, after.tracks, strict=True)
    )
    return there, total


def run(*arguments: object) -> str:
    """Run a command, and return what it says on stderr if it fails."""
    said = StringIO()
    with redirect_stderr(said), redirect_stdout(StringIO()):
        status = symgen([str(argument) for argument in arguments])
    return said.getvalue().strip() if status else ""


def files(source: Path, rng: random.Random) -> Iterator[tuple[str, bytes]]:
    """Yield the MIDI files of a folder or a zip in an order of chance."""
    if source.is_dir():
        paths = sorted(
            path for path in source.rglob("*") if path.suffix.lower() in (".mid", ".midi")
        )
        for path in rng.sample(paths, len(paths)):
            yield path.name, path.read_bytes()
        return
    with zipfile.ZipFile(source) as archive:
        names = sorted(
            name for name in archive.namelist() if name.lower().endswith((".mid", ".midi"))
        )
        for name in rng.sample(names, len(names)):
            yield Path(name).name, archive.read(name)


def prompts(sources: list[Path], count: int, notes: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """Yield as many files of each source as make `count` together."""
    for number, source in enumerate(sources):
        wanted = count // len(sources) + (number < count % len(sources))
        for name, data in files(source, random.Random(seed)):  # noqa: S311
            if not wanted:
                break
            try:
                score = load_score(data)
            except SymgenError:
                continue
            if (
                score.note_count <= notes
                and len(score.bars) >= _BARS[1]
                and any(not p.is_drum for p in score.parts)
            ):
                wanted -= 1
                yield f"{source.stem}/{name}", data


def measure(data: bytes, folder: Path) -> tuple[list[tuple[int, int]], str]:
    """Send a file through both commands; return what is kept and what went wrong."""
    prompt, target = folder / "prompt.mid", folder / "out.mid"
    prompt.write_bytes(data)
    how = (prompt, "-o", target, "--overwrite", "--seed", 1)
    found, faults = [], []
    start, end = load_score(prompt).bar_ticks(*_BARS)
    bars = f"{_BARS[0]}-{_BARS[1]}"
    runs = (
        (("continue", *how, "--bars", 4), (0, 0)),
        (("infill", *how, "--bars", bars, "--particles", 2), (start, end)),
    )
    for command, gap in runs:
        fault = run(*command)
        faults += [f"{command[0]}: {fault}"] * bool(fault)
        before = read(prompt, gap)
        found.append((0, kept(before, before)[1]) if fault else kept(before, read(target, gap)))
    return found, "; ".join(faults)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a row for each file, and the sum."""
    parser = command_parser(__name__, __doc__)
    parser.add_argument("sources", nargs="+", type=Path)
    parser.add_argument("--count", type=int, default=30)
    parser.add_argument("--notes", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    print("| file | format | tracks | events | continue | infill |\n|---|---|---|---|---|---|")
    sums = [Counter[str](), Counter[str]()]
    number = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, data in prompts(options.sources, options.count, options.notes, options.seed):
            found, fault = measure(data, Path(folder))
            file = read(Path(folder) / "prompt.mid")
            shares = " | ".join(f"{there}/{total}" for there, total in found)
            print(
                f"| {name[:48]} | {file.format} | {len(file.tracks)} | {found[0][1]} | {shares} | {fault}",
                flush=True,
            )
            for total, (there, whole) in zip(sums, found, strict=True):
                total.update(there=there, all=whole)
            number += 1
    shares = " | ".join(f"{100 * total['there'] / max(1, total['all']):.2f} %" for total in sums)
    print(f"| {number} files | | | {sums[0]['all']} | {shares} |")
    return 0
