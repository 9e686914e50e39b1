"""What the benchmarks share: tables, tunes to measure with, and readers that are not symgen's own."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import mido

import symgen
from lab.modules import ROOT
from symgen.corpus import Store
from symgen.evaluation.bootstrap import Estimate
from symgen.music.keys import find_key
from symgen.music.theory import Key
from symgen.system.errors import FormatError
from symgen.tokens import decode

MODES = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
}
LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


@dataclass(frozen=True)
class Tune:
    """A real tune, and what is known of it."""

    name: str
    score: symgen.Score
    key: Key
    style: str = ""


@dataclass(frozen=True)
class Facts:
    """A MIDI file as mido reads it; times in ticks from its start."""

    resolution: int
    notes: tuple[tuple[int, int, int, int], ...]
    """Rows of onset, duration, pitch, velocity, sorted."""
    meters: tuple[tuple[int, int, int], ...]
    """Rows of tick, numerator, denominator."""
    tempos: tuple[tuple[int, int], ...]
    """Rows of tick, microseconds per quarter."""
    end: int
    """Tick of the last end-of-track event."""

    @property
    def bar(self) -> int:
        """Ticks of a bar in the last meter."""
        _, numerator, denominator = self.meters[-1] if self.meters else (0, 4, 4)
        return 4 * self.resolution * numerator // denominator


def read_with_mido(path: Path) -> Facts:
    """Read a file with mido; a note off ends the oldest note of its pitch that sounds."""
    midi = mido.MidiFile(path)
    notes, meters, tempos, end = [], [], [], 0
    for track in midi.tracks:
        tick, open_notes = 0, defaultdict(list)
        for message in track:
            tick += message.time
            if message.type == "time_signature":
                meters.append((tick, message.numerator, message.denominator))
            elif message.type == "set_tempo":
                tempos.append((tick, message.tempo))
            elif message.type == "note_on" and message.velocity:
                open_notes[message.channel, message.note].append((tick, message.velocity))
            elif message.type in ("note_on", "note_off"):
                sounding = open_notes[message.channel, message.note]
                if sounding:
                    onset, velocity = sounding.pop(0)
                    notes.append((onset, tick - onset, message.note, velocity))
        end = max(end, tick)
    return Facts(
        midi.ticks_per_beat, tuple(sorted(notes)), tuple(sorted(meters)), tuple(sorted(tempos)), end
    )


def scale(key: str) -> set[int]:
    """Pitch classes of a key such as ``"F# minor"``, worked out here and not by symgen."""
    return {(tonic(key) + step) % 12 for step in MODES[key.split(" ", 1)[1]]}


def tonic(key: str) -> int:
    """Pitch class on which a key rests."""
    name = key.split(" ", 1)[0]
    return (LETTERS[name[0]] + {"#": 1, "b": -1}.get(name[1:], 0)) % 12


def load_tunes(source: Path, *, split: str = "test") -> list[Tune]:
    """Read tunes from a store (one split), a folder or a zip of MIDI files; files that cannot be read are left out."""
    if (source / "index.json").exists():
        store = Store.open(source)
        return [
            Tune(record.title, score, record.header.key or guess_key(score), record.header.style)
            for record in store.pieces(split)
            for score in [decode(store.events(record), store.vocabulary)]
        ]
    if source.is_dir():
        files = ((path.name, path.read_bytes()) for path in sorted(source.rglob("*.mid")))
    else:
        archive = zipfile.ZipFile(source)
        files = (
            (name, archive.read(name))
            for name in sorted(archive.namelist())
            if name.endswith(".mid")
        )
    tunes = []
    for name, data in files:
        try:
            score = symgen.load_score(data)
        except FormatError as error:
            print(f"left out: {name}: {error}", file=sys.stderr)
            continue
        tunes.append(Tune(name, score, guess_key(score)))
    return tunes


def trimmed(tune: Tune) -> Tune:
    """End a tune with the bar of its last note; MIDI files often go on for a tick or more."""
    return replace(tune, score=replace(tune.score, length=0))


def guess_key(score: symgen.Score) -> Key:
    """Find a key from the notes, weighted by their length, and the key signature where there is one."""
    notes = score.note_array()
    sharps = score.keys[0].sharps if score.keys else None
    return find_key(notes[:, 2].tolist(), notes[:, 1].tolist(), sharps=sharps)


def run_symgen(
    arguments: Iterable[str | Path], *, cwd: Path, prefix: Sequence[str] = (), **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own, from another folder."""
    code = "import sys; from symgen.cli import main; sys.exit(main())"
    command = [*prefix, sys.executable, "-c", code, *map(str, arguments)]
    variables = (
        os.environ
        | {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
        | environment
    )
    return subprocess.run(
        command, cwd=cwd, env=variables, capture_output=True, text=True, check=False
    )


def show_estimate(found: Estimate | None) -> str:
    """Write a figure with its 95 % interval, or nothing."""
    if found is None:
        return ""
    interval = f" [{found.low:.3f}, {found.high:.3f}]" if found.low is not None else ""
    return f"{found.value:.3f}{interval}"


def print_table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a Markdown table; floats with three decimals."""
    print("| " + " | ".join(header) + " |")
    print("|" + "---|" * len(header))
    for row in rows:
        print(
            "| "
            + " | ".join(f"{cell:.3f}" if isinstance(cell, float) else str(cell) for cell in row)
            + " |"
        )
