"""How the benchmarks of speed measure: one pinned core, CPU time, medians of runs that take turns, ratios.

A *sample* is a function that does some work and returns the CPU seconds that a unit of it took, such as a note;
`per_unit` makes one of a function, `Worker.sample` one of a function that runs with the `symgen` of another checkout.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from statistics import median
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from lab.modules import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typing_extensions import Self

__all__ = [
    "RUNS",
    "STEEP",
    "Answer",
    "Sample",
    "Worker",
    "alternate",
    "cpu_time",
    "exponent",
    "growth",
    "per_unit",
    "pin",
    "run_child",
    "serve",
]

RUNS = 5
STEEP = 1.15
"""An exponent above this is marked: the cost grows faster than the size."""
Sample = Callable[[], float]
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_ALL_CORES = "LAB_ALL_CORES"
_START = (
    "import sys; import symgen; sys.path.insert(0, sys.argv[1]); "
    "from lab.benchmarks.timing import serve; del sys.path[0]; serve(sys.argv[2])"
)
"""The lab comes from this checkout, and `symgen`, here and in what the worker starts, from the one on the path."""


# -- time --------------------------------------------------------------------------------


def pin(core: int | None = 0) -> None:
    """Keep this process, and what it will start, on one core where the system can do that; none: on all of them."""
    if hasattr(os, "sched_setaffinity"):
        every = range(os.cpu_count() or 1)
        with suppress(OSError):  # a container may forbid that core
            os.sched_setaffinity(0, every if core is None else {core})


def cpu_time() -> float:
    """Return the CPU seconds of this process and of the children that it has waited for."""
    return time.process_time() + sum(os.times()[2:4])


def per_unit(work: Callable[[], float | None]) -> Sample:
    """Make a sample of a function that returns how many units it did; nothing counts as one."""

    def sample() -> float:
        start = cpu_time()
        units = work()
        return (cpu_time() - start) / (1.0 if units is None else units)

    return sample


def alternate(samples: Mapping[str, Sample], *, runs: int = RUNS) -> dict[str, float]:
    """Take samples in turn, after one more of each that does not count, and return their medians."""
    for sample in samples.values():
        sample()
    taken: dict[str, list[float]] = {name: [] for name in samples}
    for _ in range(runs):
        for name, sample in samples.items():
            taken[name].append(sample())
    return {name: median(each) for name, each in taken.items()}


# -- growth ------------------------------------------------------------------------------


def exponent(sizes: Sequence[float], costs: Sequence[float]) -> float:
    """Fit cost = a * size ** exponent by least squares of the logarithms."""
    return float(np.polyfit(np.log(sizes), np.log(costs), 1)[0])


def growth(name: str, sizes: Sequence[float], costs: Sequence[float]) -> list[object]:
    """Make a row of a table: what grows, from which size and cost to which, the exponent, marked if it is steep."""
    fitted = exponent(sizes, costs)
    mark = " (steep)" if fitted > STEEP else ""
    return [
        name,
        f"{sizes[0]:,g} to {sizes[-1]:,g}",
        f"{costs[0]:.3g} to {costs[-1]:.3g}",
        f"{fitted:.2f}{mark}",
    ]


# -- child processes ---------------------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    """What a child process did."""

    value: Any
    """What its function returned, as JSON; of a command, its standard output."""
    seconds: float
    """CPU time, with that of its own children."""
    wall: float
    peak: float
    """Largest memory so far, MB, of the process itself."""


def run_child(command: Sequence[str | Path], *, checkout: Path = ROOT, cwd: Path) -> Answer:
    """Run a command to its end with the `symgen` of a checkout."""
    start = time.perf_counter()
    with subprocess.Popen(
        list(map(str, command)), cwd=cwd, env=_environment(checkout), stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        said = child.stdout.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))}: status {child.returncode}")
    return Answer(
        said.decode("utf-8", "replace"),
        usage.ru_utime + usage.ru_stime,
        time.perf_counter() - start,
        _megabytes(usage.ru_maxrss),
    )


class Worker:
    """A process of its own that runs functions of a module of this lab with the `symgen` of some checkout."""

    # It keeps to the core of this process; `variables` are added to its environment.

    def __init__(
        self, module: str, *, checkout: Path = ROOT, all_cores: bool = False, **variables: str
    ) -> None:
        if not (checkout / "symgen").is_dir():
            raise SystemExit(f"{checkout}: no checkout of symgen")
        self._process = subprocess.Popen(
            [sys.executable, "-c", _START, str(ROOT), module],
            env=_environment(checkout) | variables | ({_ALL_CORES: "1"} if all_cores else {}),
            cwd=checkout,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.communicate()

    def call(self, function: str, **arguments: Any) -> Answer:
        """Run a function of the module with arguments that JSON can hold."""
        asked, said = self._process.stdin, self._process.stdout
        assert asked is not None
        assert said is not None
        asked.write(json.dumps([function, arguments]).encode() + b"\n")
        asked.flush()
        line = said.readline()
        if not line:
            raise RuntimeError(f"{function}: the worker has ended; its error stands above")
        return Answer(**json.loads(line))

    def sample(self, function: str, **arguments: Any) -> Sample:
        """Make a sample of a function that returns how many units it did; nothing counts as one."""

        def take() -> float:
            answer = self.call(function, **arguments)
            return answer.seconds / (1.0 if answer.value is None else float(answer.value))

        return take


def serve(module: str) -> None:
    """Answer the calls of a `Worker`, in its process."""
    if os.environ.get(_ALL_CORES):
        pin(None)
    functions = import_module(module)
    with _answers() as answers:
        for line in sys.stdin:
            name, arguments = json.loads(line)
            value: list[Any] = []

            def work(
                name: str = name, arguments: dict[str, Any] = arguments, value: list[Any] = value
            ) -> None:
                value.append(getattr(functions, name)(**arguments))

            start = time.perf_counter()
            seconds = per_unit(work)()
            answer = Answer(value[0], seconds, time.perf_counter() - start, _peak())
            answers.write(json.dumps(vars(answer)).encode() + b"\n")
            answers.flush()


@contextmanager
def _answers() -> Iterator[IO[bytes]]:
    """Keep the standard output for answers: what a function prints goes where errors go."""
    with os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(2, 1)
        yield answers


def _environment(checkout: Path) -> dict[str, str]:
    # The first run keeps the compiled modules of a checkout, as an installation does: without them the
    # next ones would measure the compiler.
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    paths = [str(checkout), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    return kept | {"PYTHONPATH": os.pathsep.join(paths)} | dict.fromkeys(_THREADS, "1")


def _peak() -> float:
    import resource

    return _megabytes(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def _megabytes(maxrss: float) -> float:
    return maxrss / (1e6 if sys.platform == "darwin" else 1e3)
