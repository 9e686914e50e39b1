"""One command for many files: each as if it were alone, several at once if that is asked for."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from symgen.cli.front import Line
from symgen.cli.lines import PIPE
from symgen.cli.loading import keeping_models
from symgen.cli.options import Result
from symgen.cli.progress import counted
from symgen.cli.running import run_job
from symgen.cli.telling import clear_line, complain_of, note, one_line
from symgen.system.errors import ControlError, MissingDependencyError, SymgenError
from symgen.system.pool import Workers, check_jobs, in_order
from symgen.system.processes import Fault

__all__ = ["Answer", "Task", "do_task", "run_each"]

_WORKER = "symgen.cli.batch_worker"
_MOST_BYTES = 2**28


@dataclass(frozen=True)
class Task:
    """A command for one of many files."""

    file: str
    options: argparse.Namespace
    # The command line that does the same.
    line: str
    # What the whole command reads; see `read_files`.
    inputs: dict[str, str]


@dataclass(frozen=True)
class Answer:
    """What came of it in another process: the exit status, and what there is to print."""

    status: int
    out: str = ""
    err: str = ""


def run_each(line: Line, typed: Sequence[str], inputs: Mapping[str, str]) -> Result:
    """Run a command for each of its files; what fails is told of in a line, and the others go on."""
    # `typed` are the words of the line that name the files, patterns among them.
    options = line.options
    jobs = check_jobs(options.jobs)
    _check(options)
    rest = [w for w in line.words if w != "--" and not any(w is file for file in typed)]
    tasks = list(_tasks(options, rest, dict(inputs)))
    with counted("working", "files") as follow:
        statuses = []
        for status in _statuses(tasks, jobs):
            statuses.append(status)
            follow(len(statuses), len(tasks))
    failed = sum(status != 0 for status in statuses)
    told = f"{len(tasks)} files: {len(tasks) - failed} done" + f", {failed} failed" * bool(failed)
    return Result([told], max(statuses))


def _statuses(tasks: Sequence[Task], jobs: int) -> Iterator[int]:
    """Do all tasks, and yield what each ends with, in order."""
    if jobs == 1:
        with keeping_models():
            yield from map(do_task, tasks)
        return
    with Workers(["-m", _WORKER], _broken, most=_MOST_BYTES, what="the process that works") as pool:
        answers = in_order((partial(_asked, pool, task) for task in tasks), min(jobs, len(tasks)))
        for task, answer in zip(tasks, answers, strict=True):
            yield _told(task, answer)


def _check(options: argparse.Namespace) -> None:
    """Refuse what makes sense for one file only."""
    given, count = vars(options), len(vars(options)[options.many])
    output = given.get("output")
    if PIPE in given[options.many]:
        raise ControlError(f"{PIPE}: is one file, but there are {count} to work on; give it alone")
    if output and not (options.job == "media:render" and not Path(output).suffix):
        raise ControlError(
            f"output {output}: is one file, but there are {count} to work on; name a folder with --out-dir"
        )
    for name in ("play", "sheet"):
        if given.get(name) and given[name] != ".pdf":
            raise ControlError(f"{name}: is for one file, and there are {count}; leave it out")


def _tasks(options: argparse.Namespace, rest: list[str], inputs: dict[str, str]) -> Iterator[Task]:
    """Yield what is to be done for each file."""
    # One seed for all: each file is written as it would be alone with that seed.
    files: list[str] = vars(options)[options.many]
    if "seed" in vars(options) and options.seed is None:
        from symgen.sampling.seeds import seeds

        options.seed = seeds(1, None)[0]
        rest += ["--seed", str(options.seed)]
        note(f"seed {options.seed}")
    for file, stem in zip(files, _stems(files), strict=True):
        one = argparse.Namespace(**{**vars(options), options.many: str(file), "stem": stem})
        dashes = ["--"] * file.startswith("-")
        line = shlex.join(["symgen", *rest, *dashes, file])
        yield Task(str(file), one, line, inputs)


def _stems(files: Sequence[str]) -> Iterator[str | None]:
    """Yield what tells files of one name apart, such as ``x-2``; nothing for the first of a name."""
    used: Counter[str] = Counter()
    names = {Path(file).stem.casefold() for file in files}
    for file in files:
        stem = Path(file).stem
        used[stem.casefold()] += 1
        if used[stem.casefold()] == 1:
            yield None
            continue
        while (other := f"{stem}-{used[stem.casefold()]}").casefold() in names:
            used[stem.casefold()] += 1
        yield other


def do_task(task: Task) -> int:
    """Do it in this process, and return the exit status."""
    try:
        result = run_job(task.options, task.line, task.inputs)
    except SymgenError as error:
        complain_of(task.file, error)
        return error.exit_status
    for notice in result.notices:
        note(one_line(notice))
    return result.status


def _asked(workers: Workers, task: Task) -> Answer | SymgenError:
    """Let another process do it."""
    question: dict[str, Any] = {
        "folder": str(Path.cwd()),
        "file": task.file,
        "options": vars(task.options),
        "line": task.line,
        "inputs": task.inputs,
    }
    try:
        return Answer(**workers.ask(question))
    except MissingDependencyError:
        raise
    except SymgenError as error:  # the process broke down over this file
        return error


def _broken(fault: Fault) -> SymgenError:
    what = "needed too much memory" if fault == "memory" else "broke down"
    return SymgenError(f"the process that worked on it {what}; try it alone")


def _told(task: Task, answer: Answer | SymgenError) -> int:
    """Print what another process had to say."""
    if isinstance(answer, SymgenError):
        complain_of(task.file, answer)
        return answer.exit_status
    for text, stream in ((answer.err, sys.stderr), (answer.out, sys.stdout)):
        if text:
            clear_line()
            print(text, end="", file=stream, flush=True)
    return answer.status
