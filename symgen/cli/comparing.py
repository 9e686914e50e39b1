"""``symgen runs`` and ``symgen compare``: training runs in a table, and side by side."""

from __future__ import annotations

import json

from symgen.cli.options import Context, Result
from symgen.cli.telling import complain_of, note
from symgen.runs.listing import find_runs, read_run, summary_table
from symgen.system.errors import ControlError
from symgen.system.files import check_writable

__all__ = ["compare", "runs"]

_PAGE = "compared.html"


def runs(context: Context) -> Result:
    """List runs; of one that cannot be read it is told in a line why."""
    options = context.options
    found = list(find_runs(options.folders or ["."], complain_of))
    if options.json:
        for run in found:
            print(json.dumps(run.to_json()), flush=True)
    elif found:
        print("\n".join(summary_table(found)))
    else:
        note("no runs here; `symgen train TUNES -o RUN` makes one")
    return Result()


def compare(context: Context) -> Result:
    """Compare runs."""
    from symgen.cli.outputs import print_paths
    from symgen.runs.comparing import compare_runs, compared_tables, comparison_lines, named_runs

    options = context.options
    if len(options.runs) == 1:
        raise ControlError(f"{options.runs[0]}: compare it with what? Name two runs or more")
    page = options.output or ("" if options.json else _PAGE)
    if page:
        check_writable(page, overwrite=options.overwrite)
    found = [read_run(folder) for folder in options.runs]
    if options.json:
        names = named_runs(found)
        tables = compared_tables(found)
        print(json.dumps({"runs": names, "tables": tables}))
    else:
        print("\n".join(comparison_lines(found)))
    if page:
        compare_runs(found, page, overwrite=options.overwrite, complain=complain_of)
        print_paths(page, to_stderr=True)
    return Result()
