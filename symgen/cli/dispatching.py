"""Run a command line: do its job once, or for each of many files."""

from __future__ import annotations

import shlex

from symgen.cli.front import Line
from symgen.cli.options import Result
from symgen.cli.running import read_files, run_job

__all__ = ["run_line"]


def run_line(line: Line) -> Result:
    """Run a command line that was read."""
    options, inputs = line.options, {**line.files, **read_files(line.options)}
    if options.many:
        files = vars(options)[options.many]
        if len(files) > 1:
            from symgen.cli.batch import run_each

            return run_each(line, inputs)
        setattr(options, options.many, files[0])
    return run_job(options, shlex.join(["symgen", *line.words]), inputs)
