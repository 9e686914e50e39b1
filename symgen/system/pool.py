"""Work for several processes or threads at once, and its results in order."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from symgen.system.errors import ControlError, MissingDependencyError, SymgenError
from symgen.system.processes import Fault, Worker

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["Workers", "check_jobs", "in_order"]

_START_SECONDS = 120.0
_MOST_JOBS = 1024

T = TypeVar("T")


def check_jobs(jobs: int) -> int:
    """Return how many pieces of work are done at once, if that is a number that makes sense."""
    if isinstance(jobs, bool) or not isinstance(jobs, int) or not 1 <= jobs <= _MOST_JOBS:
        raise ControlError(f"jobs {jobs!r}: must be 1..{_MOST_JOBS}, such as the number of cores")
    return jobs


def in_order(work: Iterable[Callable[[], T]], threads: int, *, ahead: int = 2) -> Iterator[T]:
    """Yield what each call returns, in the order of the calls, while up to `threads` of them run."""
    # Lazy: at most `ahead` calls a thread are taken before the result of theirs is asked for. What a
    # call raises is raised in its place, and ends it all. A thread shares Python's lock with the
    # others, so a call should wait for a child process: `Workers.ask`, or `subprocess.run` with
    # `child_options`. Whoever stops early gets control at once; calls that still run end with
    # their process, so close what they wait for (`with Workers(...)` around the loop does it).
    #
    #     with Workers(command, explain) as workers:
    #         calls = (partial(workers.ask, {"file": name}) for name in names)
    #         for answer in in_order(calls, jobs):
    waiting: deque[Future[T]] = deque()
    executor = ThreadPoolExecutor(threads)
    try:
        for call in work:
            waiting.append(executor.submit(call))
            while len(waiting) >= ahead * threads or (waiting and waiting[0].done()):
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        executor.shutdown(wait=False, cancel_futures=True)


class Workers:
    """As many child processes as there are threads that ask at a time."""

    # `command`: what python runs; the process says a line of JSON when it is ready, and answers each
    # line with one. `explain` makes the error to raise of a fault. `seconds`: for one question,
    # without the start of a process; no limit if left out. `most`: bytes of the longest answer.
    # `what`: what messages call the process.

    # Plain subprocesses with pipes: no script needs a ``__main__`` guard, nothing is pickled, and
    # one that hangs or takes too much memory is killed and replaced.

    def __init__(
        self,
        command: Sequence[str],
        explain: Callable[[Fault], SymgenError],
        *,
        seconds: float | None = None,
        most: int = 2**16,
        what: str = "the process that works",
    ) -> None:
        self._command, self._explain, self._what = command, explain, what
        self._seconds = threading.TIMEOUT_MAX if seconds is None else seconds
        self._most = most
        self._idle: list[Worker] = []
        self._busy: set[Worker] = set()
        self._closed = False
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End all processes; those that are at work are killed, and whoever waits for them is told."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
            for worker in self._busy:
                worker.process.kill()
        for worker in idle:
            worker.stop()

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        """Send a question to a process and wait for its answer; a process that fails is replaced."""
        worker = self._take()
        try:
            answer = self.answer(worker, question)
        except BaseException:
            worker.stop()
            self._give(worker, usable=False)
            raise
        self._give(worker, usable=True)
        return answer

    def answer(self, worker: Worker, question: dict[str, Any]) -> dict[str, Any]:
        """Return what one process answers."""
        return worker.ask(question, self._seconds, self._most)

    def start(self) -> Worker:
        """Start a process and wait until it is ready."""
        worker = Worker(self._command, self._explain)
        try:
            worker.ask(None, _START_SECONDS)
        except SymgenError:
            worker.stop()
            raise MissingDependencyError(
                f"{self._what} does not start; see `symgen doctor`"
            ) from None
        except BaseException:
            worker.stop()
            raise
        return worker

    @property
    def is_closed(self) -> bool:
        """Whether its processes were ended, so that there is no use in asking again."""
        return self._closed

    def _take(self) -> Worker:
        while True:
            with self._lock:
                if self._closed:
                    raise self._explain("broken")
                worker = self._idle.pop() if self._idle else None
            if worker is None:
                worker = self.start()
            if not worker.is_alive:
                worker.stop()
                continue
            with self._lock:
                self._busy.add(worker)
                closed = self._closed
            if closed:  # it was closed while the process started
                worker.process.kill()
            return worker

    def _give(self, worker: Worker, *, usable: bool) -> None:
        with self._lock:
            self._busy.discard(worker)
            if usable and not self._closed:
                self._idle.append(worker)
                return
        worker.stop()
