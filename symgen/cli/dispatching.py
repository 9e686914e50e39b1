"""Run a command line: do its job once, or for each of many files."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from glob import glob
from pathlib import Path

from symgen.cli.front import Line
from symgen.cli.lines import PIPE
from symgen.cli.options import Result
from symgen.cli.running import read_files, run_job

__all__ = ["run_line"]


def run_line(line: Line) -> Result:
    """Run a command line that was read."""
    options = line.options
    if options.many:
        typed = vars(options)[options.many]
        files = list(_expanded(typed))
        setattr(options, options.many, files)
        if len(files) > 1:
            from symgen.cli.batch import run_each

            return run_each(line, typed, {**line.files, **read_files(options)})
        setattr(options, options.many, files[0])

    def run() -> Result:
        inputs = {**line.files, **read_files(options)}
        return run_job(options, shlex.join(["symgen", *line.words]), inputs)

    if PIPE not in line.words:
        return run()
    from symgen.cli.piping import run_piped

    return run_piped(options, run)


def _expanded(files: Sequence[str]) -> Iterator[str]:
    """Yield the files that patterns such as ``*.mid`` stand for, where no shell has done so."""
    for file in files:
        is_pattern = any(mark in file for mark in "*?[") and not Path(file).exists()
        yield from (sorted(glob(file)) if is_pattern else []) or [file]  # noqa: PTH207 - absolute ones too
