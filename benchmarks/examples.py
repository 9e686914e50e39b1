"""Ten examples with fixed seeds, as MIDI, WAV and piano roll, and what can be counted in them.

    python benchmarks/examples.py [-o out/examples] [--candidates 1]

Each row of `EXAMPLES` is one call of `symgen generate`; a row whose model does not come along is left out.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path

from common import guess_key, print_table, run_symgen

import symgen
from symgen.evaluation import tune_metrics
from symgen.models import model_names
from symgen.theory import pitch_name

EXAMPLES = (
    ("jig", "folk", "--style jig --meter 6/8 --key G --bars 32 --end --seed 1"),
    ("reel", "folk", "--style reel --meter 4/4 --key D --bars 32 --end --seed 2"),
    ("hornpipe", "folk", "--style hornpipe --meter 4/4 --key A --bars 16 --end --seed 3"),
    ("waltz", "folk", "--style waltz --meter 3/4 --key G --bars 32 --end --instrument violin --seed 4"),
    ("slip-jig", "folk", "--style 'slip jig' --meter 9/8 --key 'E dorian' --bars 16 --end --seed 5"),
    ("air", "folk", "--style air --meter 3/4 --key 'A minor' --bars 16 --tempo 84 --end --instrument oboe --seed 6"),
    ("chorale", "chorale", "--style chorale --meter 4/4 --key 'G minor' --bars 12 --tempo 72 --end --seed 7"),
    ("hymn", "chorale", "--style hymn --meter 4/4 --key F --bars 16 --tempo 84 --end --seed 8"),
    ("mazurka", "piano", "--style mazurka --meter 3/4 --key 'A minor' --bars 24 --tempo 132 --seed 9"),
    ("nocturne", "piano", "--style nocturne --meter 4/4 --key 'Eb major' --bars 16 --tempo 66 --seed 10"),
)


def describe(name: str, path: Path) -> list[object]:
    """One row about a written file."""
    score = symgen.load_score(path)
    key = guess_key(score)
    found = tune_metrics(score, key)
    notes = score.note_array()
    low, high, last = (pitch_name(int(pitch)) for pitch in (notes[:, 2].min(), notes[:, 2].max(), notes[-1, 2]))
    bars = sum(bar.number > 0 for bar in score.bars)
    return [name, bars, len(notes), str(key), f"{low}-{high}", found["repeated_bars"], found["notes_in_key"], last]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", type=Path, default=Path("out/examples"))
    parser.add_argument("--candidates", type=int, default=1)
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    rows = []
    for name, model, text in EXAMPLES:
        if model not in model_names():
            print(f"{name}: left out, there is no model {model}", file=sys.stderr)
            continue
        path = options.output.resolve() / f"{name}.mid"
        more = ["--model", model, "--wav", "--plot", "--overwrite", "--candidates", str(options.candidates), "-o", path]
        done = run_symgen(["generate", *shlex.split(text), *more], cwd=options.output)
        if done.returncode:
            print(done.stderr, file=sys.stderr)
            return done.returncode
        rows.append(describe(name, path))
    print_table(["piece", "bars", "notes", "key found", "range", "repeated bars", "in that key", "last note"], rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
