"""What a corpus costs as it grows: CPU seconds, memory and disk of `symgen corpus`, one process on one core.

    python -m lab corpus-growth CORPORA [--sets NAME,...] [--sizes 1000,10000] [--shards 8] [--scratch FOLDER]

CORPORA is a folder of zips of MIDI files. What is missing up to a size are copies with some notes moved, so that they
are no doubles. `--shards` measures the largest size in so many parts too: one of them, and the joining. Files and
stores are left in FOLDER if it is given, and files that lie there are taken.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from itertools import count, islice
from pathlib import Path

import numpy as np

from lab.benchmarks.common import print_table
from lab.benchmarks.speed_corpus import write_files
from lab.benchmarks.timing import Answer, growth, pin, run_child
from lab.commands import command_parser
from symgen.formats import load_score, save_score
from symgen.music.score import Part, Score
from symgen.system.errors import SymgenError

_FOLK = "airds,cre,miscfolk,oneills1850,ryans"
_FIRST = 2_000
"""Files that are taken as they are, at most; all others are varied copies of them."""
_MOVED = 1 / 6
"""Share of the notes that a copy moves: every n-gram of 12 notes holds one of them, nearly."""
_BUILD = """
import json, sys
from pathlib import Path
import symgen
from symgen.corpus.build import prepare_shard
from symgen.system.shards import Shard
source, store, shard = sys.argv[1:]
options = symgen.CorpusOptions(workers=1)
if shard:
    made = prepare_shard([source], store, Shard.parse(shard), options=options)
    print(json.dumps(["", made.pieces]))
else:
    report = symgen.build_corpus([source], store, options=options)
    with (Path(store) / "index.json").open() as file:
        print(json.dumps([file.readline()[14:26], report.kept]))
"""


def main(arguments: Sequence[str]) -> int:
    """Print the tables."""
    parser = command_parser(__name__, __doc__)
    parser.add_argument("corpora", type=Path, metavar="CORPORA", help="folder of zips")
    parser.add_argument("--sets", default=_FOLK, metavar="NAME,...", help="zips to take")
    parser.add_argument("--sizes", default="1000,10000", metavar="N,...", help="files")
    parser.add_argument("--shards", type=int, default=0, metavar="N", help="parts of the largest")
    parser.add_argument("--scratch", type=Path, metavar="FOLDER", help="where files are kept")
    options = parser.parse_args(arguments)
    sizes = [int(size) for size in options.sizes.split(",")]
    with tempfile.TemporaryDirectory() as temporary:
        scratch = (options.scratch or Path(temporary)).resolve()
        for size in sizes:
            write_varied(options.corpora, options.sets.split(","), size, scratch / f"varied-{size}")
        pin()
        _growth(scratch, sizes)
        if options.shards:
            print()
            _shards(scratch, sizes[-1], options.shards)
    return 0


def write_varied(corpora: Path, sets: Sequence[str], size: int, folder: Path) -> None:
    """Write so many MIDI files into folders of a thousand, unless they lie there."""
    if folder.is_dir():
        return
    draft = folder.with_name(f"{folder.name}-draft")
    write_files(corpora, sets, min(size, _FIRST), draft)
    known = sorted(draft.glob("*.mid"))
    for number, path in enumerate(known):
        path.rename(_place(draft, number))
    originals = [_place(draft, number) for number in range(len(known))]
    wanted = (
        (path, seed) for seed in count(1) for path in originals
    )  # each of them, and then each once more
    written = len(known)
    for path, seed in islice(wanted, 20 * size):
        if written >= size:
            break
        try:
            save_score(varied(load_score(path), seed), _place(draft, written))
        except SymgenError:
            continue
        written += 1
    draft.rename(folder)


def _place(folder: Path, number: int) -> Path:
    path = folder / f"{number // 1000:04d}" / f"tune-{number:07d}.mid"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def varied(score: Score, seed: int) -> Score:
    """Move some notes of a score by some semitones."""
    draw = np.random.default_rng(seed)
    parts = []
    for part in score.parts:
        notes = part.note_array().copy()
        if not part.is_drum:
            steps = draw.integers(1, 5, len(notes)) * draw.choice([-1, 1], len(notes))
            moved = draw.random(len(notes)) < _MOVED
            notes[:, 2] = np.clip(notes[:, 2] + steps * moved, 1, 126)
        parts.append(Part.from_array(notes, part.program, part.is_drum, part.name))
    return replace(score, parts=tuple(parts), source=None)


def _build(scratch: Path, size: int, store: Path, shard: str = "") -> Answer:
    words = [str(scratch / f"varied-{size}"), str(store), shard]
    return run_child([sys.executable, "-c", _BUILD, *words], cwd=scratch)


def _growth(scratch: Path, sizes: Sequence[int]) -> None:
    rows, seconds, peaks = [], [], []
    for size in sizes:
        store = scratch / f"store-{size}-{os.getpid()}"
        answer = _build(scratch, size, store)
        _, kept = json.loads(answer.value)
        seconds.append(answer.seconds)
        peaks.append(answer.peak)
        bytes_ = sum(path.stat().st_size for path in store.iterdir())
        cost = (1e3 * answer.seconds / size, f"{answer.peak:.0f}", bytes_ / size)
        rows.append([f"{size:,}", f"{kept:,}", f"{answer.seconds:.1f}", *cost])
    heads = ["files", "kept", "CPU s", "CPU ms a file", "peak MB", "bytes of the store a file"]
    print_table(heads, rows)
    if len(sizes) > 1:
        print()
        names = ["what", "files", "from to", "exponent"]
        table = [growth("CPU s", sizes, seconds), growth("peak MB", sizes, peaks)]
        print_table(names, table)


def _shards(scratch: Path, size: int, shards: int) -> None:
    store = scratch / f"store-{size}-in-parts-{os.getpid()}"
    rows = []
    for number in range(1, shards + 1):
        answer = _build(scratch, size, store, f"{number}/{shards}")
        rows.append([f"part {number}/{shards}", f"{answer.seconds:.1f}", f"{answer.peak:.0f}"])
    parts = sum(path.stat().st_size for path in (store / "parts").iterdir())
    answer = _build(scratch, size, store)
    rows.append(["joining", f"{answer.seconds:.1f}", f"{answer.peak:.0f}"])
    print_table(["what", "CPU s", "peak MB"], rows)
    print(f"\nbytes of the parts a file: {parts / size:,.0f}")


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    sys.exit(main(sys.argv[1:]))
