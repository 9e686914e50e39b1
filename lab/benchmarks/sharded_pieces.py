"""What packed pieces cost, and whether shards that are killed and made again give the same bytes.

    python -m lab sharded-pieces [--count 10000] [--bars 16] [--shards 8] [--kills 20] [--seed 0]

All shards are made twice, each by a process of its own that works alone. The second time they are killed (SIGKILL)
after a random share of the CPU time that they took the first time, and started again with the same line. CPU time is
that of whole processes with their start; memory is what the system counts for them while they work.
"""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from lab.benchmarks.common import print_table
from lab.commands import command_parser
from lab.modules import ROOT
from symgen.formats.packs import Packs

_LOOK_SECONDS = 0.01
_SINGLE = 20
"""Pieces that are held to what the plain command writes."""
_TICKS, _PAGE = os.sysconf("SC_CLK_TCK"), resource.getpagesize()


@dataclass(frozen=True)
class _Run:
    """A process that made a shard, or was killed over it."""

    seconds: float
    # While it worked: CPU seconds, and the memory that it held in MB.
    held: list[tuple[float, float]] = field(default_factory=list)


def main(arguments: Sequence[str]) -> int:
    """Print the table."""
    parser = command_parser(__name__, __doc__)
    parser.add_argument("--count", type=int, default=10_000, metavar="N", help="pieces in all")
    parser.add_argument("--bars", type=int, default=16, metavar="N", help="bars of each")
    parser.add_argument("--shards", type=int, default=8, metavar="N", help="shards")
    parser.add_argument("--kills", type=int, default=20, metavar="N", help="processes to kill")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the random moments")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch:
        bench = _Bench(Path(scratch), options.count, options.bars, options.shards)
        print_table(["what", "figure"], list(bench.rows(options.kills, options.seed)))
    return 0


@dataclass(frozen=True)
class _Bench:
    """Shards in a folder."""

    folder: Path
    count: int
    bars: int
    shards: int

    def rows(self, kills: int, seed: int) -> Iterator[list[object]]:
        """Measure, and yield the rows of the table."""
        runs = [self._shard("once", number) for number in range(1, self.shards + 1)]
        again = self._shard("once", 1)
        seconds = sum(run.seconds for run in runs)
        files = _files(self.folder / "once")
        yield ["pieces, bars of each", f"{self.count:,}, {self.bars}"]
        yield ["shards, parts", f"{self.shards}, {len(files) // 2}"]
        yield ["CPU ms a piece, with all starts", f"{seconds / self.count * 1000:.2f}"]
        yield ["CPU hours of a million pieces", f"{seconds / self.count * 1e6 / 3600:.2f}"]
        yield ["CPU seconds of a shard that is there", f"{again.seconds:.2f}"]
        yield from self._sizes(files)
        yield from _memory(runs[0])
        yield from self._disturbed(runs, kills, seed, files)
        yield ["pieces equal to the plain command's", self._singles(seed)]

    def _sizes(self, files: dict[str, bytes]) -> Iterator[list[object]]:
        packs = Packs.find(self.folder / "once")
        midi = sum(len(piece.midi) for shard in packs.paths for piece in packs.pieces(shard))
        packed = sum(map(len, files.values()))
        yield ["bytes a piece, as MIDI", f"{midi / self.count:.0f}"]
        yield ["bytes a piece, packed with markers", f"{packed / self.count:.0f}"]
        yield ["GB of a million pieces", f"{packed / self.count / 1000:.2f}"]

    def _disturbed(
        self, runs: Sequence[_Run], kills: int, seed: int, files: dict[str, bytes]
    ) -> Iterator[list[object]]:
        """Make the shards once more, killed at random moments, and look at what came of it."""
        chance = np.random.default_rng(seed)
        killed, spent = 0, 0.0
        for number, run in enumerate(runs, 1):
            for _ in range(-(-kills // self.shards)):
                found = self._shard("killed", number, float(chance.random()) * run.seconds)
                killed, spent = killed + 1, spent + found.seconds
            spent += self._shard("killed", number).seconds
        made = _files(self.folder / "killed")
        seconds = sum(run.seconds for run in runs)
        yield ["processes killed", killed]
        yield ["CPU time with them / without", f"{spent / seconds:.2f}"]
        equal = sum(made.get(name) == data for name, data in files.items())
        yield ["files equal, of", f"{equal} of {len(files)}"]
        yield ["files left over", len(set(made) - set(files))]

    def _singles(self, seed: int) -> str:
        """Hold some pieces to what `symgen generate --seed N` writes."""
        numbers = np.random.default_rng(seed).choice(
            self.count, min(_SINGLE, self.count), replace=False
        )
        packs = Packs.find(self.folder / "killed")
        same = 0
        for shard, chosen in packs.wanted(numbers.tolist()).items():
            for piece in packs.pieces(shard, chosen):
                path = self.folder / "single.mid"
                _run(self._line(["--seed", str(piece.number), "-o", str(path), "--overwrite"]))
                same += path.read_bytes() == piece.midi
        return f"{same} of {len(numbers)}"

    def _shard(self, name: str, number: int, seconds: float | None = None) -> _Run:
        shard = ["--shard", f"{number}/{self.shards}", "--jobs", "1", "-n", str(self.count)]
        return _run(self._line([*shard, "-o", str(self.folder / name)]), seconds)

    def _line(self, words: Sequence[str]) -> list[str]:
        start = [sys.executable, "-m", "symgen", "generate", "--no-config", "--no-history", "-q"]
        return [*start, "--bars", str(self.bars), *words]


def _run(line: Sequence[str], seconds: float | None = None) -> _Run:
    """Run a command line to its end, or kill it after so many CPU seconds."""
    held: list[tuple[float, float]] = []
    with subprocess.Popen(line, cwd=ROOT, stdout=subprocess.DEVNULL) as child:
        while not os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
            held.append(_look_at(child.pid))
            if seconds is not None and held[-1][0] >= seconds:
                child.kill()
                break
            time.sleep(_LOOK_SECONDS)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in (0, -signal.SIGKILL):
        raise SystemExit(f"{' '.join(line)}: ended with {child.returncode}")
    return _Run(usage.ru_utime + usage.ru_stime, held)


def _look_at(process: int) -> tuple[float, float]:
    """Return the CPU seconds of a process so far, and the MB that it holds."""
    stat = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    pages = int(stat[21])
    return (int(stat[11]) + int(stat[12])) / _TICKS, pages * _PAGE / 1e6


def _memory(run: _Run) -> Iterator[list[object]]:
    """Tell whether memory grows while a shard is made."""
    for name, (start, end) in {"second": (0.25, 0.5), "last": (0.75, 1.0)}.items():
        looks = [mb for used, mb in run.held if start <= used / run.seconds <= end]
        yield [f"MB held in the {name} quarter of a shard", f"{max(looks, default=0):.1f}"]


def _files(folder: Path) -> dict[str, bytes]:
    """Return all files of a folder, hidden ones too."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
