"""What a corpus costs beside MidiTok's `tokenize_dataset`: time, growth, memory and hashes; and the start of training.

    python -m lab speed-corpus CORPORA [--sets NAME,...] [--sizes 100,1000] [--against CHECKOUT] [--runs 5]

CORPORA is a folder of zips of MIDI files, of which as many are taken from each set; what is missing up to a size are
transposed copies. CPU time is that of all processes, each begun anew, on one pinned core; the clock on the wall is
read on all cores, in turns. Ratios above 1 say that symgen needs less.
"""

from __future__ import annotations

import json
import os
import random
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import cycle
from pathlib import Path
from statistics import median

import symgen
from lab.benchmarks.common import print_table
from lab.benchmarks.timing import RUNS, Answer, growth, pin, run_child
from lab.commands import command_parser
from lab.modules import ROOT
from symgen.system.errors import FormatError

_FOLK = ("airds", "cre", "miscfolk", "oneills1850", "ryans")
_SIZES = "100,1000"

_BUILD = """
import json, sys, symgen
source, store, jobs = sys.argv[1:]
options = symgen.CorpusOptions(workers=int(jobs))
report = symgen.build_corpus([source], store, options=options, overwrite=True)
from pathlib import Path
index = json.loads((Path(store) / "index.json").read_text())
print(json.dumps([index["events_sha256"], report.kept]))
"""
_TOKENIZE = """
import sys
from pathlib import Path
import miditok
source, output = map(Path, sys.argv[1:])
config = miditok.TokenizerConfig(use_programs=True, use_tempos=True, use_time_signatures=True)
files = sorted(source.glob("*.mid"))
with open("progress.txt", "w") as sys.stderr:
    miditok.REMI(config).tokenize_dataset(files, output, verbose=False)
"""
_TRAIN = """
import sys, time
start = time.process_time()
from symgen.corpus import Store
from symgen.nets.checkpoint import SIZES
from symgen.trainer import train
from symgen.training import TrainOptions
first = []
report = lambda progress: first or first.append(time.process_time() - start)
options = TrainOptions(net=SIZES["small"], batch=4, steps=64)
train(Store.open(sys.argv[1]), sys.argv[2], options=options, report=report, stop=lambda: True, overwrite=True)
print(first[0])
"""


def main(arguments: Sequence[str]) -> int:
    """Print the tables."""
    parser = command_parser(__name__, __doc__)
    parser.add_argument("corpora", type=Path, metavar="CORPORA", help="folder of zips")
    parser.add_argument("--sets", default=",".join(_FOLK), metavar="NAME,...", help="zips to take")
    parser.add_argument("--sizes", default=_SIZES, metavar="N,...", help="files")
    parser.add_argument("--against", type=Path, metavar="CHECKOUT", help="another checkout")
    parser.add_argument("--runs", type=int, default=RUNS, metavar="N", help="runs of each")
    options = parser.parse_args(arguments)
    sizes = [int(size) for size in options.sizes.split(",")]
    with tempfile.TemporaryDirectory() as scratch:
        bench = _Bench(Path(scratch), options.against, options.runs)
        for size in sizes:
            write_files(options.corpora, options.sets.split(","), size, bench.folder(size))
        bench.begin(sizes[0])
        pin()
        print(f"\nCPU of all processes, files of {options.sets}\n")
        bench.costs(sizes)
        pin(None)
        print("\nThe clock on the wall, all cores, two processes\n")
        bench.walls(sizes)
        pin()
        print("\nCPU from the start of training to its first update\n")
        bench.starts(sizes[-1])
    return 0


class _Bench:
    """The measuring of folders of some sizes."""

    def __init__(self, scratch: Path, against: Path | None, runs: int) -> None:
        self._scratch, self._runs = scratch, runs
        self._checkouts = {"symgen": ROOT} | ({"before": against.resolve()} if against else {})

    def folder(self, size: int) -> Path:
        """Return the folder of so many files."""
        return self._scratch / f"files-{size}"

    def _child(self, code: str, *words: object, checkout: Path = ROOT) -> Answer:
        command = [sys.executable, "-c", code, *map(str, words)]
        return run_child(command, checkout=checkout, cwd=self._scratch)

    def _build(self, size: int, jobs: int, checkout: Path) -> Answer:
        return self._child(_BUILD, self.folder(size), self._store(size), jobs, checkout=checkout)

    def _store(self, size: int) -> Path:
        return self._scratch / f"store-{size}"

    def _tokenize(self, size: int) -> Answer:
        return self._child(_TOKENIZE, self.folder(size), self._scratch / f"tokens-{size}")

    def _turns(self, ways: Mapping[str, Callable[[], Answer]]) -> dict[str, list[Answer]]:
        """Run each way in turn."""
        found: dict[str, list[Answer]] = {name: [] for name in ways}
        for _ in range(self._runs):
            for name, way in ways.items():
                found[name].append(way())
        return found

    def _ways(self, size: int, jobs: Sequence[int]) -> dict[str, Callable[[], Answer]]:
        ways = {
            f"{name}, jobs {count}": partial(self._build, size, count, checkout)
            for name, checkout in self._checkouts.items()
            for count in jobs
        }
        return {**ways, "MidiTok": partial(self._tokenize, size)}

    def begin(self, size: int) -> None:
        """Run each way once, so that all modules are compiled."""
        for way in self._ways(size, (1, 2)).values():
            way()

    def costs(self, sizes: Sequence[int]) -> None:
        """Print CPU time, memory and hashes."""
        rows, seconds = [], dict[str, list[float]]()
        for size in sizes:
            found = self._turns(self._ways(size, (1, 2)))
            rival = median(answer.seconds for answer in found["MidiTok"])
            for name, answers in found.items():
                cost = median(answer.seconds for answer in answers)
                seconds.setdefault(name, []).append(cost)
                told = [] if name == "MidiTok" else json.loads(answers[-1].value)
                peak = max(answer.peak for answer in answers)
                rows.append([f"{size:,}", name, 1e3 * cost / size, rival / cost, f"{peak:.0f}",
                             *((told and [told[0][:12], told[1]]) or ["", ""])])  # fmt: skip
        print_table(
            ["files", "what", "CPU ms a file", "MidiTok beside it", "peak MB", "store", "kept"],
            rows,
        )
        if len(sizes) > 1:
            print()
            print_table(["what", "files", "CPU s", "exponent"],
                        [growth(name, sizes, costs) for name, costs in seconds.items()])  # fmt: skip

    def walls(self, sizes: Sequence[int]) -> None:
        """Print how long it takes beside MidiTok."""
        rows = []
        for size in sizes:
            found = self._turns(self._ways(size, (2,)))
            times = {name: median(a.wall for a in answers) for name, answers in found.items()}
            rows += [[f"{size:,}", name, times["MidiTok"] / wall] for name, wall in times.items()]
        print_table(["files", "what", "MidiTok beside it"], rows)

    def starts(self, size: int) -> None:
        """Print when training begins to learn."""
        ways = {
            name: partial(
                self._child, _TRAIN, self._store(size), self._scratch / "run", checkout=at
            )
            for name, at in self._checkouts.items()
        }
        found = self._turns(ways)
        rows = [[name, median(float(a.value) for a in answers)] for name, answers in found.items()]
        print_table(["what", "CPU s"], rows)


def write_files(corpora: Path, sets: Sequence[str], size: int, folder: Path) -> None:
    """Write so many MIDI files into a folder, as many of each set."""
    folder.mkdir(parents=True)
    each = -(-size // len(sets))
    known = [path for name in sets for path in _first(corpora / f"{name}.zip", each, folder)]
    written = list(known)
    for shift in cycle((1, -1, 2, -2, 3, -3, 4, -4, 5, -5)):
        for path in known:
            if len(written) >= size:
                break
            if (target := _transposed(path, shift, len(written))) is not None:
                written.append(target)
        else:
            continue
        break
    for path in written[size:]:
        path.unlink()


def _first(archive: Path, count: int, folder: Path) -> Iterator[Path]:
    """Write some files of a set, chosen by chance, always the same."""
    with zipfile.ZipFile(archive) as opened:
        names = sorted(name for name in opened.namelist() if name.lower().endswith(".mid"))
        random.Random(1).shuffle(names)  # noqa: S311 - which files, not secrets
        for number, name in enumerate(names[:count]):
            target = folder / f"{archive.stem}-{number:05d}.mid"
            target.write_bytes(opened.read(name))
            yield target


def _transposed(path: Path, shift: int, number: int) -> Path | None:
    """Write a transposed copy of a file; none of one that cannot be read or moved so far."""
    target = path.with_name(f"{path.stem}-{number:06d}.mid")
    try:
        symgen.save_score(symgen.load_score(path).transposed(shift), target)
    except (FormatError, symgen.SymgenError):
        return None
    return target


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    sys.exit(main(sys.argv[1:]))
