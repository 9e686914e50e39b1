"""What MIDI files and events cost: read, saved, encoded and decoded, beside pretty_midi and MidiTok.

    python -m lab speed-reading CORPORA [--against CHECKOUT] [--count 30] [--seed 1] [--runs 5] [--core 0]

CORPORA holds zips of MIDI files; of each kind of music so many files are drawn by the seed, those that can be read and
encoded. All work is in memory: files are bytes, read with all checks. pretty_midi reads and writes the same files,
MidiTok's REMI turns what symusic has read of them into tokens and back. CPU time on one pinned core, medians of runs
that take turns. `--against` measures another checkout of symgen in the same run; ratios above 1 say that this checkout
is faster. Memory is what scores hold after they were read, as Python counts it.
"""

from __future__ import annotations

import random
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from lab.benchmarks.common import print_table
from lab.benchmarks.speed_files import usable
from lab.benchmarks.timing import RUNS, Sample, Worker, alternate, growth, pin
from lab.commands import command_parser

__all__ = ["KINDS", "choose", "main"]

_WORK = "lab.benchmarks.speed_files"
KINDS = {
    "folk": ("cre", "ryans", "airds"),
    "pop": ("pop909",),
    "orchestra": ("osq_cc0", "freedoom", "polish"),
}
_JOBS = {
    "read": ("read", "read_rival", {}),
    "save, new": ("save", "save_rival", {"fresh": True}),
    "save, into its file": ("save", "save_rival", {"fresh": False}),
    "encode": ("encode_scores", "encode_rival", {}),
    "decode": ("decode_events", "decode_rival", {}),
}
_RIVALS = {"encode": "MidiTok", "decode": "MidiTok"}
_SIZES = (100, 1_000, 10_000, 100_000)


def choose(corpora: Path, kind: str, folder: Path, count: int, seed: int) -> int:
    """Unpack files of a kind of music, and return how many."""
    names = [
        (archive, name)
        for archive in KINDS[kind]
        if (corpora / f"{archive}.zip").is_file()
        for name in sorted(zipfile.ZipFile(corpora / f"{archive}.zip").namelist())
        if name.endswith(".mid")
    ]
    random.Random(seed).shuffle(names)  # noqa: S311 - a choice that can be made again
    folder.mkdir(parents=True)
    found = 0
    for archive, name in names:
        if found == count:
            break
        path = folder / f"{found}.mid"
        path.write_bytes(zipfile.ZipFile(corpora / f"{archive}.zip").read(name))
        found += usable(str(path))
    if not found:
        raise SystemExit(f"{corpora}: holds none of {', '.join(KINDS[kind])}")
    for path in folder.iterdir():
        if int(path.stem) >= found:
            path.unlink()
    return found


def _rows(folder: str, kind: str, workers: Sequence[Worker], runs: int) -> Iterator[list[object]]:
    """Measure each job, of this checkout, the rival and, where there is one, of the other checkout."""
    for job, (mine, rival, words) in _JOBS.items():
        again = {"job": mine, "folder": folder, **words}
        samples: dict[str, Sample] = {
            "mine": workers[0].sample("often", **again),
            "rival": workers[0].sample("often", job=rival, folder=folder),
        }
        if len(workers) > 1:
            samples["other"] = workers[1].sample("often", **again)
        times = alternate(samples, runs=runs)
        row: list[object] = [kind, job, f"{1e6 * times['mine']:.2f}"]
        row.append(f"{_RIVALS.get(job, 'pretty_midi')} {1e6 * times['rival']:.2f}")
        row.append(f"{times['rival'] / times['mine']:.1f}")
        if len(workers) > 1:
            row.append(f"{times['other'] / times['mine']:.1f}")
        yield row


def _growth(worker: Worker, sizes: Sequence[int], runs: int) -> Iterator[list[object]]:
    for what in ("read", "save", "encode", "decode"):
        samples = {str(notes): worker.sample("growing", what=what, notes=notes) for notes in sizes}
        times = alternate(samples, runs=runs)
        yield growth(what, sizes, [1e3 * times[str(notes)] for notes in sizes])


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what a note costs to be read, saved, encoded and decoded."""
    parser = command_parser(__spec__.name, __doc__)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--against", type=Path)
    parser.add_argument("--count", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--core", type=int, default=0)
    options = parser.parse_args(arguments)
    pin(options.core)
    with ExitStack() as stack:
        workers = [stack.enter_context(Worker(_WORK))]
        if options.against:
            workers.append(stack.enter_context(Worker(_WORK, checkout=options.against.resolve())))
        work = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        rows, held = list[list[object]](), list[list[object]]()
        for kind in KINDS:
            count = choose(options.corpora, kind, work / kind, options.count, options.seed)
            folder = str(work / kind)
            memory = [f"{worker.call('memory', folder=folder).value:,.0f}" for worker in workers]
            held.append([kind, count, *memory])
            rows += _rows(folder, kind, workers, options.runs)
        against = ["times the other checkout"] if options.against else []
        print_table(["music", "work", "us a note", "rival", "times the rival", *against], rows)
        print()
        other = ["the other checkout"] if options.against else []
        print_table(["memory of scores", "files", "bytes a note", *other], held)
        print()
        header = ["growth", "notes", "ms", "exponent"]
        print_table(header, _growth(workers[0], _SIZES, options.runs))
    return 0
