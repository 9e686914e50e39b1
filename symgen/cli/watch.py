"""``symgen watch``: a folder in which each new tune gets its takes."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillAtWork
from contextlib import suppress
from pathlib import Path
from time import sleep

from symgen.cli.door_commands import VERBS
from symgen.cli.options import Context, Result
from symgen.cli.running import parse
from symgen.cli.signals import stop_signals
from symgen.cli.telling import complain_of, note, say
from symgen.doors.lines import LineAnswer, LineWorkers
from symgen.doors.watching import Ready, WatchedFolder
from symgen.system.errors import ControlError, SymgenError
from symgen.system.files import locked_folder, make_folder

__all__ = ["LINE_WORKER", "watch"]

LINE_WORKER = "symgen.cli.line_worker"
"""The module that runs lines in a child process."""
_PASSED_ON = ("bars", "style", "key", "parts", "amount", "count", "seed", "format", "feel")
"""Options with a value that the line of each tune is given as well."""
_FLAGS = ("wav", "xml", "overwrite", "no_history")
_AWAKE = 0.2
"""Seconds between two looks for Ctrl-C."""


def watch(context: Context) -> Result:
    """Write takes for each file that comes into a folder, until Ctrl-C."""
    options = context.options
    if not 0.1 <= options.every <= 3600:
        raise ControlError(f"every {options.every:g}: must be 0.1..3600 seconds")
    words = _words(options)
    how = shlex.join(words)
    source, output = Path(options.folder), Path(options.output)
    folder = WatchedFolder(source, output, how)
    make_folder(output)
    with (
        locked_folder(output),
        LineWorkers(LINE_WORKER) as workers,
        stop_signals(is_mute=True) as asked,
    ):
        line = [*words, f"--out-dir={output}", "--quiet"]

        def work(ready: Ready) -> LineAnswer | None:
            return _awaited(workers, [*line, "--", str(ready.path)], asked.is_set)

        if options.once:
            return _once(folder, options.every, work)
        note(f"watching {source}: {how}; takes go into {output}; Ctrl-C ends it")
        done = 0
        while not asked.is_set():
            done += sum(status == 0 for status in _each(folder, work, asked.is_set))
            _pause(options.every, asked.is_set)
    return Result([f"{done} {'file' if done == 1 else 'files'} done"])


def _once(
    folder: WatchedFolder, seconds: float, work: Callable[[Ready], LineAnswer | None]
) -> Result:
    """Do what is there and wholly written."""
    statuses = list(_each(folder, work, bool))
    sleep(seconds)
    statuses += _each(folder, work, bool)
    for path in folder.waiting:
        note(f"{path}: is still being written; run it again")
    failed = sum(status != 0 for status in statuses)
    told = f"{len(statuses) - failed} done" + f", {failed} failed" * bool(failed)
    return Result([told], max(statuses, default=0))


def _each(
    folder: WatchedFolder,
    work: Callable[[Ready], LineAnswer | None],
    is_over: Callable[[], bool],
) -> Iterator[int]:
    """Work on each file that is ready, and yield the status with which that ends."""
    for ready in folder.look():
        if is_over():
            return
        try:
            answer = work(ready)
        except SymgenError as error:
            complain_of(str(ready.path), error)
            folder.finish(ready, is_done=False)
            yield error.exit_status
            continue
        if answer is None:
            return
        for path in answer.out.splitlines():
            say(path)
        if answer.status:
            complain_of(str(ready.path), SymgenError(answer.error))
        folder.finish(ready, is_done=answer.status == 0)
        yield answer.status


def _awaited(
    workers: LineWorkers, words: list[str], is_over: Callable[[], bool]
) -> LineAnswer | None:
    """Run a line; return nothing if all is to end, and then at once."""
    with ThreadPoolExecutor(1) as executor:
        answer = executor.submit(workers.run, words, Path.cwd())
        while not is_over():
            with suppress(StillAtWork):
                return answer.result(_AWAKE)
        workers.close()
        return None


def _pause(seconds: float, is_over: Callable[[], bool]) -> None:
    while seconds > 0 and not is_over():
        sleep(min(seconds, _AWAKE))
        seconds -= _AWAKE


def _words(options: argparse.Namespace) -> list[str]:
    """Return the line of a tune, but for where its takes go."""
    given = vars(options)
    words = list(VERBS[options.verb])
    for name in _PASSED_ON:
        words += [f"--{name}={given[name]}"] * (given[name] is not None)
    words += [f"--{name.replace('_', '-')}" for name in _FLAGS if given[name]]
    words += ["--no-config"] * bool(options.no_config)
    words += _split(given["with"] or "")
    # What the verb does not know is told before anything is awaited.
    known = vars(parse([*words, "tune.mid"]).options)
    for name in ("output", "out_dir"):
        if known.get(name):
            raise ControlError(f"with: {name} is for the takes of all tunes; name it with -o alone")
    return words


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError as error:
        raise ControlError(f"with {text!r}: cannot be read ({error}); close the quotes") from None
