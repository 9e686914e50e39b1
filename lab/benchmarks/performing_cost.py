"""What performing costs: CPU time a note by kind of music, cold and warm, where it goes, and the size of the weights.

    python -m lab performing-cost CORPORA [--pieces 12] [--profile]

Each piece is performed as `symgen perform` does, reading and writing left out; the time is that of the process. Cold is
the first piece of a fresh process, imports and weights included; warm are the others. One thread, no C library needed.
"""

from __future__ import annotations

import cProfile
import json
import pstats
import subprocess
import sys
import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from lab.benchmarks.common import print_table
from lab.benchmarks.performed_pieces import pieces_of
from lab.commands import command_parser
from lab.modules import ROOT
from symgen.formats import load_score
from symgen.formats.midi import write_midi
from symgen.music.score import Score
from symgen.performer.perform import perform
from symgen.system.resources import data_folder

PLAYERS = ("kit-player", "player")
KINDS = ("drums", "piano", "songs with piano", "quartets", "bands")
_FEWEST = 200
"""Notes of a piece; of shorter ones what each piece costs outweighs what a note does."""
_COLD = """
import sys, time
data = sys.stdin.buffer.read()
import symgen
score = symgen.load_score(data)
before = time.process_time()
symgen.perform(score, feel=1.0)
print(time.process_time() - before)
"""


def cold_seconds(score: Score) -> float:
    """Return the CPU time of the first performance of a fresh process, imports of the players included."""
    done = subprocess.run(
        [sys.executable, "-c", _COLD],
        input=write_midi(score),
        capture_output=True,
        check=True,
        cwd=ROOT,
    )
    return float(json.loads(done.stdout))


def warm_seconds(scores: Sequence[Score]) -> list[float]:
    """Return the CPU time of the performance of each score."""
    found = []
    for score in scores:
        before = time.process_time()
        perform(score, feel=1.0)
        found.append(time.process_time() - before)
    return found


def weights() -> list[list[object]]:
    """Return name and size of the weights of the players."""
    folders = [data_folder("models") / name for name in PLAYERS]
    sizes = [sum(path.stat().st_size for path in each.glob("*.safetensors")) for each in folders]
    return [*([name, size] for name, size in zip(PLAYERS, sizes, strict=True)), ["all", sum(sizes)]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables."""
    parser = command_parser(__name__, __doc__)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--pieces", type=int, default=12, help="of each kind")
    parser.add_argument("--profile", action="store_true", help="print the functions that cost most")
    options = parser.parse_args(arguments)
    profile = cProfile.Profile()
    rows: list[list[object]] = []
    for kind in KINDS:
        drawn = pieces_of(options.corpora, kind, 10 * options.pieces, np.random.default_rng(0))
        chosen = (piece.score for piece in drawn if piece.score.note_count >= _FEWEST)
        scores = [load_score(write_midi(score)) for score in islice(chosen, options.pieces)]
        perform(scores[0])
        spent = warm_seconds(scores)
        if options.profile:
            profile.runcall(warm_seconds, scores)
        notes = np.array([score.note_count for score in scores])
        a_note = 1000 * np.array(spent) / notes
        total = 1000 * sum(spent) / int(notes.sum())
        first = cold_seconds(scores[0])
        rows.append([kind, len(scores), int(notes.sum()), total, float(a_note.max()), first])
    print_table(["kind", "pieces", "notes", "ms a note", "most of a piece", "cold, s"], rows)
    print_table(["weights", "bytes"], weights())
    if options.profile:
        pstats.Stats(profile).sort_stats("tottime").print_stats(25)
    return 0
