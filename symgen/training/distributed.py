"""The processes that train one network together, as ``torchrun`` starts them; one alone costs nothing."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from symgen.system.errors import CheckpointError, ControlError, SymgenError
from symgen.system.files import locked_folder, new_folder

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from symgen.training.fit import Callbacks

__all__ = ["ALONE", "Ranks", "join_ranks", "was_restarted"]

T = TypeVar("T")

_RANK, _SIZE, _LOCAL_RANK = "RANK", "WORLD_SIZE", "LOCAL_RANK"
_RESTARTS = "TORCHELASTIC_RESTART_COUNT"
_START, _PATIENCE = timedelta(minutes=2), timedelta(minutes=10)
"""How long a process waits for the others to come, and to do what they are to do."""
_MEETING = timedelta(seconds=25)
"""How long processes connect to each other once all are there: one that is killed meanwhile never answers."""
_LOOK = 0.02
"""Seconds between two looks at whether the first process has done what others wait for."""
_TOLD = "told"
_DONE, _FAILED, _YES, _NO = "done", "failed", "yes", "no"
_RESUME = "go on from the last checkpoint with --resume"


class Ranks:
    """The processes of one training, numbered by rank; these are no more than one."""

    rank, size = 0, 1

    @property
    def is_first(self) -> bool:
        """Whether this is the process that writes and tells."""
        return self.rank == 0

    def own(self, count: int) -> range:
        """Say which of so many things are this process's share."""
        return range(self.rank, count, self.size)

    def device(self, device: torch.device) -> torch.device:
        """Return the device of this process, and let all of them find each other."""
        return device

    def callbacks(self, callbacks: Callbacks) -> Callbacks:
        """Let one process report, and all go by one clock and stop together."""
        return callbacks

    def sum(self, numbers: Tensor) -> None:
        """Add up the numbers of all processes, in place."""

    def sum_named(self, values: dict[str, float]) -> dict[str, float]:
        """Add up what all processes have under each name."""
        return values

    def ahead(self, work: Callable[[], T], rest: Callable[[], T]) -> T:
        """Let the first process do some work, and the others the rest of it when it is done."""
        return work() if self.is_first else rest()

    def as_first(self, find: Callable[[], bool]) -> bool:
        """Return what the first process finds, before the others have been met."""
        return find()

    def of_first(self, value: T) -> T:
        """Return what the first process has there."""
        return value

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Let one process alone tell of an error that ends them all."""
        yield

    @contextmanager
    def writing(self, folder: Path) -> Iterator[None]:
        """Make and hold the folder that the first process writes in."""
        if not self.is_first:
            yield
            return
        with new_folder(folder), locked_folder(folder):
            yield


ALONE = Ranks()


@cache
def join_ranks() -> Ranks:
    """Return the processes that this one was started with."""
    if int(os.environ.get(_SIZE) or 1) < 2:
        return ALONE
    return _Several()


def was_restarted() -> bool:
    """Whether ``torchrun --max-restarts`` has started this process in place of one that ended."""
    return int(os.environ.get(_RESTARTS) or 0) > 0


class _Several(Ranks):
    """Two processes or more."""

    def __init__(self) -> None:
        from torch import distributed
        from torch.distributed.rendezvous import rendezvous

        self._dist = distributed
        try:
            table, self.rank, self.size = next(rendezvous("env://", timeout=_START))
            prefix = _agree(table, self.rank, self.size)
        except (RuntimeError, ValueError) as error:
            raise _no_meeting(error) from None
        self._store = distributed.PrefixStore(prefix, table)  # type: ignore[attr-defined]
        self._is_met, self._keys = False, 0

    def device(self, device: torch.device) -> torch.device:
        import torch

        local = int(os.environ.get(_LOCAL_RANK) or self.rank)
        if device.type == "cuda":
            if local >= torch.cuda.device_count():
                raise ControlError(
                    f"{local + 1} processes or more on a machine with {torch.cuda.device_count()} CUDA "
                    "devices; start as many as there are with torchrun --nproc-per-node, or pass --device cpu"
                )
            device = torch.device("cuda", local)
            torch.cuda.set_device(device)
        if not self._is_met:
            # What is small is told on the CPU: it notices at once if a process is gone.
            with self._together():
                self._store.set_timeout(_MEETING)  # where each looks for the address of the other
                self._dist.init_process_group(
                    "nccl" if device.type == "cuda" else "gloo",
                    store=self._store,
                    rank=self.rank,
                    world_size=self.size,
                    timeout=_MEETING,
                )
                self._small = self._dist.new_group(backend="gloo", timeout=_MEETING)
                for group in (None, self._small):
                    # torch has no public name for it.
                    self._dist.distributed_c10d._set_pg_timeout(_PATIENCE, group)
                self._store.set_timeout(_PATIENCE)
        self._is_met = True
        return device

    def callbacks(self, callbacks: Callbacks) -> Callbacks:
        def clock() -> float:
            return self.of_first(callbacks.clock())

        def stops() -> bool:
            return self.sum_named({"": float(callbacks.stops())})[""] > 0

        own = callbacks if self.is_first else replace(callbacks, report=None, note=None, loggers=())
        return replace(own, should_stop=stops, clock=clock)

    def sum(self, numbers: Tensor) -> None:
        with self._together():
            self._dist.all_reduce(numbers)

    def sum_named(self, values: dict[str, float]) -> dict[str, float]:
        found: list[Any] = [None] * self.size
        with self._together():
            self._dist.all_gather_object(found, values, self._small)
        total: dict[str, float] = {}
        for own in found:
            for name, value in own.items():
                total[name] = total.get(name, 0.0) + value
        return total

    def ahead(self, work: Callable[[], T], rest: Callable[[], T]) -> T:
        key = self._next_key()
        if not self.is_first:
            if self._heard(key) == _FAILED:
                error = _lost()
                error.is_told = True
                raise error
            return rest()
        said = _FAILED
        try:
            result = work()
            said = _DONE
        finally:
            with suppress(RuntimeError):  # whoever listened is gone
                self._store.set(key, said)
        return result

    def as_first(self, find: Callable[[], bool]) -> bool:
        key = self._next_key()
        if self.is_first:
            found = find()
            with self._together():
                self._store.set(key, _YES if found else _NO)
            return found
        return self._heard(key) == _YES

    def of_first(self, value: T) -> T:
        found = [value]
        with self._together():
            self._dist.broadcast_object_list(found, 0, self._small)
        return found[0]

    def _next_key(self) -> str:
        self._keys += 1
        return f"said/{self._keys}"

    def _heard(self, key: str) -> str:
        """Wait for what the first process says, as long as it is there."""
        with self._together():
            # Not inside torch, where no signal would be heeded.
            while not self._store.check([key]):
                time.sleep(_LOOK)
            return bytes(self._store.get(key)).decode()

    @contextmanager
    def telling(self) -> Iterator[None]:
        try:
            yield
        except SymgenError as error:
            error.is_told = error.is_told or self._is_told()
            raise

    def _is_told(self) -> bool:
        try:
            return bool(self._store.add(_TOLD, 1) > 1)
        except RuntimeError:
            return False

    @contextmanager
    def _together(self) -> Iterator[None]:
        try:
            yield
        except RuntimeError:
            raise _lost() from None


def _agree(table: Any, rank: int, size: int) -> str:
    """Agree on a name for this start, by a table that processes of earlier starts have written in too."""
    # The first process answers whatever others say, until each has heard it: what is left of those
    # that are gone is answered too, and nobody hears it.
    own, until = secrets.token_hex(8), time.monotonic() + _START.total_seconds()
    if rank:
        table.set(f"symgen/hello/{rank}", own)
    answered: set[str] = set()
    while time.monotonic() < until:
        if rank and table.check([f"symgen/answer/{own}"]):
            name = bytes(table.get(f"symgen/answer/{own}")).decode()
            table.set(f"symgen/{name}/heard/{rank}", "")
            return f"symgen/{name}"
        others = range(1, size) if not rank else ()
        for other in others:
            if table.check([f"symgen/hello/{other}"]):
                said = bytes(table.get(f"symgen/hello/{other}")).decode()
                if said not in answered:
                    table.set(f"symgen/answer/{said}", own)
                    answered.add(said)
        if not rank and table.check([f"symgen/{own}/heard/{other}" for other in others]):
            return f"symgen/{own}"
        time.sleep(_LOOK)
    raise RuntimeError("timeout")


def _lost() -> CheckpointError:
    return CheckpointError(f"another process of this training has ended; {_RESUME}")


def _no_meeting(error: Exception) -> ControlError:
    """Say why the processes do not find each other."""
    where = f"{os.environ.get('MASTER_ADDR', '')}:{os.environ.get('MASTER_PORT', '')}"
    text = str(error)
    if "in use" in text or "EADDRINUSE" in text:
        return ControlError(
            f"{where}: the port is in use, perhaps by another training; choose another one "
            "with torchrun --master-port, or pass --standalone"
        )
    if isinstance(error, ValueError):
        reason = text.partition("rendezvous: ")[2] or text.partition("\n")[0]
        return ControlError(f"{_SIZE} is set, but {reason}; start it with torchrun, or unset it")
    return ControlError(
        f"{where}: the other processes were not found there; start all of them with torchrun, "
        "with one --rdzv-endpoint for all machines"
    )
