"""Ten examples of each model with fixed seeds, as MIDI, WAV and piano roll, and what can be counted in them.

    python -m lab examples [MODEL ...] [-o out/examples] [--candidates 1]

Each row of `EXAMPLES` is one call of `symgen generate`.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

import symgen
from lab.benchmarks.common import guess_key, print_table, run_symgen
from lab.benchmarks.tune_metrics import tune_metrics
from lab.commands import command_parser
from symgen.music.theory import pitch_name

EXAMPLES = {
    "folk": {
        "jig": "--style jig --meter 6/8 --key G --bars 32 --end --seed 1",
        "reel": "--style reel --meter 4/4 --key D --bars 32 --end --seed 2",
        "hornpipe": "--style hornpipe --meter 4/4 --key A --bars 16 --end --seed 3",
        "waltz": "--style waltz --meter 3/4 --key G --bars 32 --end --instrument violin --seed 4",
        "slip-jig": "--style 'slip jig' --meter 9/8 --key 'E dorian' --bars 16 --end --seed 5",
        "air": "--style air --meter 3/4 --key 'A minor' --bars 16 --tempo 84 --end --instrument oboe --seed 6",
        "polka": "--style polka --meter 2/4 --key D --bars 16 --seed 7",
        "strathspey": "--style strathspey --meter 4/4 --key 'A mixolydian' --bars 16 --seed 8",
        "march": "--style march --meter 2/4 --key Bb --bars 16 --seed 9",
        "free": "--bars 16 --seed 10",
    },
    "chorale": {
        "minor": "--style chorale --period baroque --meter 4/4 --key 'G minor' --bars 12 --tempo 72 --end --seed 1",
        "major": "--style chorale --period baroque --meter 4/4 --key D --bars 12 --tempo 72 --end --seed 2",
        "in-three": "--style chorale --period baroque --meter 3/4 --key F --bars 16 --tempo 84 --end --seed 3",
        "open": "--style chorale --period baroque --meter 4/4 --key 'A minor' --bars 12 --tempo 72 --seed 4",
        "hymn": "--style hymn --meter 4/4 --key F --bars 16 --tempo 84 --end --seed 5",
        "hymn-in-three": "--style hymn --meter 3/4 --key Eb --bars 16 --tempo 96 --end --seed 6",
        "hymn-open": "--style hymn --meter 4/4 --key G --bars 16 --tempo 84 --seed 7",
        "motet": "--style motet --period renaissance --meter 2/1 --key 'D dorian' --bars 12 --seed 8",
        "mass": "--style mass --meter 4/4 --key C --bars 16 --seed 9",
        "free": "--bars 12 --tempo 72 --seed 10",
    },
    "piano": {
        "mazurka": "--style mazurka --meter 3/4 --key 'A minor' --bars 24 --tempo 132 --seed 1",
        "mazurka-major": "--style mazurka --meter 3/4 --key Bb --bars 24 --tempo 132 --seed 2",
        "nocturne": "--style nocturne --meter 4/4 --key 'Eb major' --bars 16 --tempo 66 --seed 3",
        "waltz": "--style waltz --meter 3/4 --key Ab --bars 24 --tempo 160 --seed 4",
        "polonaise": "--style polonaise --meter 3/4 --key A --bars 16 --tempo 92 --seed 5",
        "prelude": "--style prelude --meter 4/4 --key 'E minor' --bars 12 --tempo 60 --seed 6",
        "etude": "--style etude --meter 4/4 --key C --bars 12 --tempo 120 --seed 7",
        "krakowiak": "--style krakowiak --meter 2/4 --key F --bars 16 --tempo 120 --seed 8",
        "song": "--style song --meter 2/4 --key G --bars 16 --seed 9",
        "free": "--bars 16 --seed 10",
    },
    "chamber": {
        "quartet": "--style quartet --meter 4/4 --key D --bars 16 --tempo 120 --seed 1",
        "quartet-slow": "--style quartet --meter 3/4 --key F --bars 16 --tempo 66 --seed 2",
        "quartet-minor": "--style quartet --meter 2/4 --key 'C minor' --bars 16 --tempo 112 --seed 3",
        "song": "--style song --period romantic --meter 4/4 --key G --bars 12 --tempo 80 --seed 4",
        "song-in-three": "--style song --period romantic --meter 6/8 --key 'A minor' --bars 12 --tempo 60 --seed 5",
        "mass": "--style mass --meter 4/4 --key C --bars 12 --seed 6",
        "motet": "--style motet --period renaissance --meter 2/1 --key 'G dorian' --bars 10 --seed 7",
        "symphony": "--style symphony --meter 4/4 --key D --bars 12 --tempo 132 --seed 8",
        "trio": "--instruments flute,violin,cello --meter 3/4 --key C --bars 16 --seed 9",
        "free": "--bars 12 --seed 10",
    },
}


def describe(name: str, path: Path) -> list[object]:
    """One row about a written file."""
    score = symgen.load_score(path)
    key = guess_key(score)
    found = tune_metrics(score, key)
    notes = score.note_array()
    low, high, last = (
        pitch_name(int(pitch)) for pitch in (notes[:, 2].min(), notes[:, 2].max(), notes[-1, 2])
    )
    bars = sum(bar.number > 0 for bar in score.bars)
    return [
        name,
        bars,
        len(notes),
        str(key),
        f"{low}-{high}",
        found["repeated_bars"],
        found["notes_in_key"],
        last,
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser(__name__, __doc__)
    parser.add_argument(
        "models", nargs="*", metavar="MODEL", help=f"of {', '.join(EXAMPLES)}; all by default"
    )
    parser.add_argument("-o", "--output", type=Path, default=Path("out/examples"))
    parser.add_argument("--candidates", type=int, default=1)
    options = parser.parse_args(arguments)
    if unknown := set(options.models) - set(EXAMPLES):
        parser.error(f"no examples of {', '.join(sorted(unknown))}")
    rows = []
    for model in options.models or EXAMPLES:
        folder = options.output.resolve() / model
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in EXAMPLES[model].items():
            path = folder / f"{name}.mid"
            more = [
                "--model",
                model,
                "--wav",
                "--plot",
                "--overwrite",
                "--candidates",
                options.candidates,
                "-o",
                path,
            ]
            done = run_symgen(["generate", *shlex.split(text), *more], cwd=folder)
            if done.returncode:
                print(done.stderr, file=sys.stderr)
                return done.returncode
            rows.append(describe(f"{model}: {name}", path))
    print_table(
        [
            "piece",
            "bars",
            "notes",
            "key found",
            "range",
            "repeated bars",
            "in that key",
            "last note",
        ],
        rows,
    )
    return 0
