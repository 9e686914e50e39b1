"""Eight tunes of the GAN from fixed seeds, as MIDI and OGG, and what can be counted in them.

    python -m lab gan-samples [-o docs/gan] [--model gan]

Each row of `SAMPLES` is one call of `symgen gan sample`; the last one goes on from the second tune.
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile
import soxr

from lab.benchmarks.common import print_table, run_symgen
from lab.commands import command_parser

SAMPLES = {
    "free": "--bars 8 --seed 1",
    "jig": "--bars 8 --meter 6/8 --key G --instrument flute --seed 2",
    "reel": "--bars 16 --meter 4/4 --key D --tempo 200 --instrument fiddle --seed 3",
    "waltz": "--bars 16 --meter 3/4 --key A --instrument accordion --seed 4",
    "minor": "--bars 8 --meter 4/4 --key 'A minor' --instrument oboe --seed 5",
    "dorian": "--bars 8 --meter 6/8 --key 'E dorian' --instrument whistle --seed 6",
    "mixolydian": "--bars 8 --meter 4/4 --key 'D mixolydian' --instrument clarinet --seed 7",
    "jig-goes-on": "--bars 8 --prime jig.mid --seed 8",
}
RATE = 22050


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser(__name__, __doc__)
    parser.add_argument("-o", "--output", type=Path, default=Path("docs/gan"))
    parser.add_argument("--model", default="gan")
    options = parser.parse_args(arguments)
    options.output.mkdir(parents=True, exist_ok=True)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name, controls in SAMPLES.items():
            rows.append(make(name, controls, Path(folder), options))
    print_table(
        (
            "tune",
            "options",
            "notes",
            "bars",
            "key",
            "longest shared stretch",
            "seconds",
            "distinct values",
        ),
        rows,
    )
    return 0


def make(name: str, controls: str, folder: Path, options: argparse.Namespace) -> tuple[object, ...]:
    """Write one tune, and count."""
    model = str(Path(options.model).resolve()) if Path(options.model).exists() else options.model
    arguments = ["gan", "sample", "-n", "1", *shlex.split(controls), "--model", model]
    run = run_symgen([*arguments, "--wav", "--json", "-o", f"{name}.mid"], cwd=folder)
    if run.returncode:
        sys.exit(f"{name}: {run.stderr}")
    facts = json.loads(run.stdout)
    sound, rate = soundfile.read(folder / f"{name}.wav", always_2d=True)
    mono = sound.mean(axis=1)
    soundfile.write(
        options.output / f"{name}.ogg",
        soxr.resample(mono, rate, RATE),
        RATE,
        format="OGG",
        subtype="VORBIS",
    )
    (options.output / f"{name}.mid").write_bytes((folder / f"{name}.mid").read_bytes())
    shared = facts["copied"]["longest"] if facts["copied"] else "?"
    values = len(np.unique(np.round(sound * 32768).astype(int)))
    return (
        name,
        f"`{controls}`",
        facts["notes"],
        facts["bars"],
        facts["key"],
        shared,
        round(len(mono) / rate, 1),
        values,
    )
