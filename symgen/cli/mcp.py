"""``symgen mcp``: a server for assistants, which speaks with one client over standard input and output."""

from __future__ import annotations

from symgen.cli.options import Context, Result
from symgen.cli.watch import LINE_WORKER
from symgen.doors.calls import ToolCalls
from symgen.doors.folders import SharedFolder
from symgen.doors.lines import LineWorkers
from symgen.system.requirements import need

__all__ = ["mcp"]

_SECONDS = 600.0
"""The longest that one call may take."""


def mcp(context: Context) -> Result:
    """Serve a client until it closes standard input."""
    need("mcp")
    from symgen.doors.assistants import serve

    folder = SharedFolder.open(context.options.folder)
    with LineWorkers(LINE_WORKER, seconds=_SECONDS) as workers:
        serve(ToolCalls(folder, workers))
    return Result()
