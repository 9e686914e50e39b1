"""How a machine is made use of while training: the threads of its cores, and how busy its GPU is."""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

import torch

__all__ = ["busy_share", "choose_threads", "keep_freed_memory", "restored_threads"]

T = TypeVar("T")

_TRIAL = 0.5
"""Seconds that a trial takes, about."""
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""Numbers of ``mallopt``, as ``malloc.h`` of glibc has them."""
_KEPT = 1 << 30
"""Bytes that a process may hold without using them."""
_MARGIN = 0.95
"""More threads are taken where they need less than this share of the time: cores are wanted elsewhere too."""


def choose_threads(
    work: Callable[[], object],
    most: int,
    *,
    clock: Callable[[], float] = time.perf_counter,
) -> int:
    """Try some work with 1, 2, 4 ... threads, at most `most`, and leave torch with the number that was fastest."""
    counts = [1 << i for i in range(most.bit_length()) if 1 << i < most] + [most]
    chosen, fastest = counts[0], 0.0
    for count in counts if len(counts) > 1 else []:
        torch.set_num_threads(count)
        work()  # the first run makes what later ones find
        seconds: list[float] = []
        started = clock()
        # The shortest run: a busy machine may be in the way of one of them, hardly of all.
        while not seconds or clock() - started < _TRIAL / len(counts):
            begun = clock()
            work()
            seconds.append(clock() - begun)
        if not fastest or min(seconds) < _MARGIN * fastest:
            chosen, fastest = count, min(seconds)
    torch.set_num_threads(chosen)
    return chosen


def keep_freed_memory() -> None:
    """Let the C library keep what is freed: else each update asks the system for it again, page by page."""
    with suppress(OSError, AttributeError, TypeError):  # systems without glibc go on as they are
        library = ctypes.CDLL(None)
        library.gnu_get_libc_version  # noqa: B018 - asks whether it is there
        for setting in (_TRIM_THRESHOLD, _MMAP_THRESHOLD):
            library.mallopt(setting, _KEPT)


@contextmanager
def restored_threads() -> Iterator[None]:
    """Set the number of torch's threads back to what it was."""
    before = torch.get_num_threads()
    try:
        yield
    finally:
        torch.set_num_threads(before)


def busy_share(work: Callable[[], T]) -> tuple[T, float]:
    """Do some work on a CUDA device; return its result, and the share of the time that its kernels took."""
    from torch.profiler import ProfilerActivity, profile

    torch.cuda.synchronize()
    with profile(activities=[ProfilerActivity.CUDA]) as found:
        started = time.perf_counter()
        result = work()
        torch.cuda.synchronize()
        seconds = time.perf_counter() - started
    spent = sum(event.self_device_time_total for event in found.key_averages()) / 1e6
    return result, min(1.0, spent / max(seconds, 1e-9))
