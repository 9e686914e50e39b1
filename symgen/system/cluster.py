"""Plain functions called on the workers of a dask scheduler, each call as often as it takes until it is done."""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from symgen.system.errors import ControlError, SymgenError
from symgen.system.requirements import require
from symgen.system.text import one_line

__all__ = ["run_on_cluster"]

_ADDRESS = re.compile(r"(tcp|tls|ws|wss|ucx)://[^\s/]+:[0-9]+")
_CONNECT_SECONDS, _WORKER_SECONDS = 10, 120
# Calls that wait for each thread of a worker.
_AHEAD = 2
# So often dask itself does a call again whose worker has ended (4 times), before it counts as failed.
_ROUNDS = 10

Call = tuple[Any, ...]


def run_on_cluster(
    address: str,
    function: Callable[..., Any],
    calls: Sequence[Callable[[], Call]],
    done: Callable[[int, Any], None],
) -> None:
    """Call a function of a module for each list of arguments; `done` hears the number of a call and its result."""
    # Arguments are made when a worker is about to need them. Each call may be done more than once, and
    # half: where a worker ends, another one begins it anew.
    if not _ADDRESS.fullmatch(address):
        raise ControlError(
            f"scheduler {address!r}: write tcp://HOST:PORT, as `dask scheduler` says"
        )
    distributed = require("distributed")
    with _quiet(), _client(distributed, address) as client:
        try:
            _run(distributed, client, address, (function, calls, done))
        except (OSError, TimeoutError) as error:
            raise _gone(address, error) from None


def _run(
    distributed: Any,
    client: Any,
    address: str,
    work: tuple[Callable[..., Any], Sequence[Callable[[], Call]], Callable[[int, Any], None]],
) -> None:
    function, calls, done = work
    waiting, rounds = list(reversed(range(len(calls)))), dict.fromkeys(range(len(calls)), 0)
    numbers: dict[str, int] = {}
    running = distributed.as_completed(loop=client.loop)

    def start() -> None:
        while waiting and len(numbers) < _AHEAD * max(1, sum(client.nthreads().values())):
            number = waiting.pop()
            future = client.submit(function, *calls[number](), pure=False)
            numbers[future.key] = number
            running.add(future)

    start()
    for future in running:
        number = numbers.pop(future.key)
        if future.status == "finished":
            done(number, future.result())
        elif future.status == "error":
            error = future.exception()
            if not isinstance(error, distributed.KilledWorker) or rounds[number] >= _ROUNDS:
                raise _failed(address, error)
            rounds[number] += 1
            waiting.append(number)
        else:
            raise _gone(address)
        start()


@contextmanager
def _client(distributed: Any, address: str) -> Iterator[Any]:
    try:
        client = distributed.Client(address, timeout=_CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        reason = one_line(str(error), 80) or "no answer"
        raise ControlError(
            f"scheduler {address}: cannot be reached ({reason}); start one with: dask scheduler"
        ) from None
    try:
        try:
            client.wait_for_workers(1, timeout=_WORKER_SECONDS)
        except TimeoutError:
            raise SymgenError(
                f"scheduler {address}: has no worker; start some with: dask worker {address}"
            ) from None
        yield client
    finally:
        with suppress(Exception):  # a scheduler that is gone
            client.close(timeout=2)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep dask from telling of each lost connection on many lines."""
    logger = logging.getLogger("distributed")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


def _gone(address: str, error: BaseException | None = None) -> SymgenError:
    reason = one_line(str(error), 80) if error else "connection lost"
    return SymgenError(
        f"scheduler {address}: is gone ({reason or 'no answer'}); what is done is kept: "
        "start it again, and the same command does what is missing"
    )


def _failed(address: str, error: BaseException) -> SymgenError:
    if isinstance(error, SymgenError):
        return error
    if isinstance(error, ModuleNotFoundError):
        return SymgenError(
            f"scheduler {address}: its workers cannot do it ({error}); install the same symgen there"
        )
    return SymgenError(
        f"scheduler {address}: a worker failed ({one_line(f'{type(error).__name__}: {error}', 160)}); "
        "what is done is kept"
    )
