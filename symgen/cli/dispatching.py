"""Run a command line: do its job once, or for each of many files."""

from __future__ import annotations

import shlex

from symgen.cli.front import PIPE, Line
from symgen.cli.options import Result
from symgen.cli.running import read_files, run_job

__all__ = ["run_line"]


def run_line(line: Line) -> Result:
    """Run a command line that was read."""
    options = line.options
    if options.many:
        files = vars(options)[options.many]
        if len(files) > 1:
            from symgen.cli.batch import run_each

            return run_each(line, {**line.files, **read_files(options)})
        setattr(options, options.many, files[0])

    def run() -> Result:
        inputs = {**line.files, **read_files(options)}
        return run_job(options, shlex.join(["symgen", *line.words]), inputs)

    if PIPE not in line.words:
        return run()
    from symgen.cli.piping import run_piped

    return run_piped(options, run)
