"""Call the tools of `symgen mcp` through a real client: each call gives a file that keeps its controls, or one line.

    python -m lab mcp-calls [--calls 300] [--seed 1]

A third of the calls are hostile or contradictory: names that lead out of the folder, wrong types, unknown names,
huge values, broken files. Those must give one line. Exit status 1 if any call does something else, or if a file
outside of the folder or one that was there before has changed.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from lab.benchmarks.common import print_table
from lab.benchmarks.mcp_hostile import broken_files, hostile_calls
from lab.commands import command_parser
from lab.modules import ROOT
from symgen import generate
from symgen.doors.tools import TOOLS, tool_schema
from symgen.music.control_table import CONTROLS
from symgen.system.files import make_folder, sha256, write_atomic
from symgen.system.text import one_line

__all__ = ["main"]

Given = dict[str, Any]

_AT_ONCE = 2
_MOST_CONTROLS = 3
_LONGEST = 300
_TUNES = {
    "folk.mid": "jig",
    "waltz.musicxml": "waltz",
    "choir.mid": "chorale",
    "sub/reel.abc": "reel",
}
_WORDS: Mapping[str, Sequence[Any]] = {
    "bars": (2, 4, 8, 12),
    "meter": ("3/4", "4/4", "6/8", "2/4"),
    "tempo": (60, 96, 132.5),
    "range": ("C4-C6", "G3-E5", "C2-C7"),
    "density": ("2-12", "1-16"),
    "chords": ("C G Am F", "| Dm G | C | F | G7 |"),
    "form": ("AABA", "ABAB", "AA'BA"),
    "parts": ("bass,drums", "melody,bass,drums", "all"),
    "instruments": (["violin", "cello"], ["flute", "harp"]),
    "max_copy": (12, 20),
    "candidates": (1, 2),
    "particles": (4, 16),
    "fills": (0, 4),
    "part": (1,),
    "temperature": (0.8, 1.0, 1.1),
    "max_polyphony": (1, 2, 4, 16),
    "grid": ("1/8", "1/16", "1/8t"),
    "swing": (0.5, 0.66),
    "variation": (0.2, 0.8),
    "amount": (0.1, 0.5),
    "loosen": (0.0, 0.3),
    "first_bar": (1, 2),
    "min_notes": (8, 12),
    "seed": (1, 7, 2**40),
    "count": (1, 2),
    "top_k": (0, 20),
    "top_p": (0.9, 0.98),
}
"""What musicians ask for, where a schema gives limits or a pattern."""
_LEFT_OUT = ("tune", "file", "output", "overwrite", "labels", "style_from", "wav", "model", "feel")


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the calls, and print what came of them by tool."""
    parser = command_parser(__name__, __doc__)
    parser.add_argument("--calls", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        return _measured(Path(name).resolve(), options.calls, options.seed)


def _measured(place: Path, count: int, seed: int) -> int:
    """Call the tools in a folder of tunes beside which a file lies that nobody may touch."""
    folder = make_folder(place / "shared")
    _lay_out(folder)
    write_atomic(place / "secret.mid", (folder / "folk.mid").read_bytes())
    before = _contents(place)
    draws = random.Random(seed)  # noqa: S311 - which calls are made
    hostile = hostile_calls()
    draws.shuffle(hostile)
    bad = hostile[: count // 3]
    good = [_sensible(draws, number) for number in range(count - len(bad))]
    rows = [(name, given, True) for name, given in bad] + [(*each, False) for each in good]
    draws.shuffle(rows)
    results = _called(folder, rows)
    found = [
        (name, is_bad, *_judged(folder, given, is_bad, result))
        for (name, given, is_bad), result in zip(rows, results, strict=True)
    ]
    faults = [
        one_line(f"{name}: {why}", _LONGEST) for name, _, what, why in found if what == "fault"
    ]
    after = _contents(place)
    faults += [f"{path}: has changed" for path, text in before.items() if after.get(path) != text]
    faults += [
        f"{path}: lies outside" for path in after if path.parent == place and path not in before
    ]
    _print(found)
    print("\n".join(faults) or "no faults: nothing else came back, and no other file has changed")
    return bool(faults)


def _lay_out(folder: Path) -> None:
    make_folder(folder / "sub")
    for number, (name, style) in enumerate(_TUNES.items()):
        generate(bars=8, seed=number, style=style).save(folder / name)
    broken_files(folder)


def _contents(place: Path) -> dict[Path, str]:
    return {path: sha256(path.read_bytes()) for path in place.rglob("*") if path.is_file()}


# -- sensible calls ------------------------------------------------------------------------


def _sensible(draws: random.Random, number: int) -> tuple[str, Given]:
    """Draw a tool, and a few values for it that its schema lists."""
    names = [name for name in TOOLS if name != "list_files"]
    tool = TOOLS[names[number % len(names)]]
    schema = tool_schema(tool.name)
    given: Given = {}
    if tool.reads:
        given[tool.reads] = draws.choice([*_TUNES])
    known = schema["properties"]
    free = [each for each in known if each not in _LEFT_OUT]
    wanted = draws.sample(free, min(len(free), draws.randint(1, _MOST_CONTROLS)))
    if tool.name == "report":
        wanted = ["bars", *wanted]
    for each in dict.fromkeys([*schema["required"], *wanted]):
        if each not in given:
            given[each] = _value(draws, tool.name, each, known[each])
    for each, needs in schema.get("dependentRequired", {}).items():
        for other in needs if each in given else ():
            given.setdefault(other, _value(draws, tool.name, other, known[other]))
    if tool.writes and draws.random() < 0.5:
        given["output"] = f"{tool.name}-{number}{draws.choice(tool.writes[:1])}"
    return tool.name, given


def _value(draws: random.Random, tool: str, name: str, legal: Mapping[str, Any]) -> Any:
    if name == "bars" and tool in ("infill", "describe"):
        return draws.choice(("2", "3-4", "5-8"))
    if name in _WORDS:
        return draws.choice(_WORDS[name])
    if legal.get("type") == "boolean":
        return True
    values = [each for part in (legal, *legal.get("anyOf", ())) for each in part.get("enum", ())]
    return draws.choice(values)


# -- calls and what came of them -----------------------------------------------------------------


def _called(folder: Path, rows: Sequence[tuple[str, Given, bool]]) -> list[Any]:
    """Start the server, and make all calls, two at a time."""
    import anyio
    from mcp.client.client import Client
    from mcp.client.stdio import StdioServerParameters, stdio_client

    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "symgen", "mcp", "--folder", str(folder)],
        env={"PYTHONPATH": str(ROOT)},
    )
    results: list[Any] = [None] * len(rows)

    async def work(client: Client, numbers: Iterator[int]) -> None:
        for number in numbers:
            name, given, _ = rows[number]
            results[number] = await client.call_tool(name, given)

    async def run() -> None:
        with Path(os.devnull).open("w", encoding="utf-8") as unread:
            await speak(Client(stdio_client(server, unread)))

    async def speak(speaker: Client) -> None:
        async with speaker as client, anyio.create_task_group() as group:
            numbers = iter(range(len(rows)))
            for _ in range(_AT_ONCE):
                group.start_soon(work, client, numbers)

    anyio.run(run)
    return results


def _judged(folder: Path, given: Given, is_bad: bool, result: Any) -> tuple[str, str]:
    """Say what came of a call, and why that is a fault if it is one."""
    text = "\n".join(block.text for block in result.content)
    if result.is_error:
        is_line = len(text.splitlines()) == 1 and 10 < len(text) < 500 and "Traceback" not in text
        return (
            ("refused", text if is_bad else f"{given}: {text}")
            if is_line
            else ("fault", f"{given}: no plain line: {text[:300]}")
        )
    if is_bad:
        return "fault", f"{given}: was accepted: {text[:200]}"
    data = result.structured_content or {}
    pieces = data.get("pieces", [data] if "path" in data else [])
    missing = [piece["path"] for piece in pieces if not (folder / piece["path"]).is_file()]
    if missing:
        return "fault", f"{given}: no file {missing[0]}"
    if "unchecked" in str(data):  # a report may find what it likes
        return "met", ""
    unmet = [
        name
        for piece in pieces
        for name, check in piece.get("controls", {}).items()
        if not check["met"]
    ]
    held = [name for name in unmet if name not in CONTROLS or CONTROLS[name].effect == "holds"]
    if held:
        return "fault", f"{given}: does not hold {', '.join(held)}: {text[:300]}"
    return ("steered" if unmet else "met"), ", ".join(unmet)


def _print(found: Sequence[tuple[str, bool, str, str]]) -> None:
    counts = Counter((name, is_bad, what) for name, is_bad, what, _ in found)
    names = [*TOOLS, *sorted({name for name, *_ in found} - set(TOOLS))]
    kinds = (
        (False, "met"),
        (False, "steered"),
        (False, "refused"),
        (True, "refused"),
    )
    rows = [[name, *(str(counts[(name, *kind)]) for kind in kinds)] for name in names]
    rows = [row for row in rows if any(cell != "0" for cell in row[1:])]
    totals = [str(sum(int(row[column]) for row in rows)) for column in range(1, 5)]
    heads = [
        "tool",
        "kept all",
        "what steers not kept",
        "sensible, refused in a line",
        "hostile, refused in a line",
    ]
    print_table(heads, [*rows, ["all", *totals]])
    for name, is_bad, what, why in found:
        if what == "refused" and not is_bad:
            print(f"  {name}: {one_line(why, _LONGEST)}")
