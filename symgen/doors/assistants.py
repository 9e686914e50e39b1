"""A server for assistants: the Model Context Protocol on standard input and output."""

from __future__ import annotations

import logging
import os
from functools import partial
from typing import TYPE_CHECKING, Any

from symgen import __version__
from symgen.doors.calls import ToolAnswer, ToolCalls
from symgen.doors.lines import Call
from symgen.doors.tools import TOOLS, tool_schema
from symgen.system.errors import SymgenError
from symgen.system.text import one_line

if TYPE_CHECKING:
    from mcp.server.lowlevel import Server

__all__ = ["serve"]

_AT_ONCE = max(1, min(4, os.cpu_count() or 1))
_BEAT = 1.0
"""Seconds between two notes that the work goes on."""
_TOLD = (
    "Writes and works on symbolic music in one folder of this machine; names of files are relative to it. "
    "Each tool lists its legal values. Controls that hold are kept exactly, those that steer make something likelier; "
    "every answer says which controls the written file keeps."
)


def serve(calls: ToolCalls) -> None:
    """Answer a client until it closes standard input, which takes the thread; what is printed elsewhere is lost."""
    import anyio

    logging.getLogger("mcp").setLevel(logging.CRITICAL)
    anyio.run(_serve, calls)


async def _serve(calls: ToolCalls) -> None:
    from mcp.server.stdio import stdio_server

    server = make_server(calls)
    async with stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options())


def make_server(calls: ToolCalls) -> Server[Any]:
    """Return the server, which works on several calls at once."""
    import anyio
    import mcp_types as types
    from mcp.server.lowlevel import Server

    limiter = anyio.CapacityLimiter(_AT_ONCE)

    async def list_tools(_context: Any, _params: Any) -> types.ListToolsResult:
        tools = [
            types.Tool(name=tool.name, description=tool.text, input_schema=tool_schema(tool.name))
            for tool in TOOLS.values()
        ]
        return types.ListToolsResult(tools=tools)

    async def call_tool(context: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
        call = Call()
        work = partial(_answered, calls, params.name, params.arguments or {}, call)
        async with anyio.create_task_group() as group:
            group.start_soon(_beat, context)
            try:
                text, data, failed = await anyio.to_thread.run_sync(
                    work, abandon_on_cancel=True, limiter=limiter
                )
            except anyio.get_cancelled_exc_class():
                call.end()
                raise
            group.cancel_scope.cancel()
        return types.CallToolResult(
            content=[types.TextContent(type="text", text=text)],
            structured_content=data or None,
            is_error=failed,
        )

    return Server(
        "symgen",
        version=__version__,
        instructions=_TOLD,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


def _answered(
    calls: ToolCalls, name: str, given: dict[str, Any], call: Call
) -> tuple[str, dict[str, Any], bool]:
    """Return the text and the data of an answer, and whether it tells of an error."""
    try:
        found: ToolAnswer = calls.answer(name, given, call)
    except SymgenError as error:
        return one_line(str(error)), {}, True
    return found.text, dict(found.data), False


async def _beat(context: Any) -> None:
    """Tell a client that wants to know of it that the work goes on."""
    import anyio

    seconds = 0.0
    while True:
        await anyio.sleep(_BEAT)
        seconds += _BEAT
        await context.session.report_progress(seconds, None, f"at work for {seconds:.0f} s")
