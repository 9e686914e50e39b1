"""Calls of tools: from arguments to a command line, and from what it printed to an answer."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from symgen.doors.arguments import check_arguments
from symgen.doors.folders import MOST_LISTED, SharedFolder
from symgen.doors.lines import Call, LineAnswer, LineWorkers
from symgen.doors.tools import RECORDINGS, TOOLS, TUNES, Tool
from symgen.system.errors import ControlError, SymgenError
from symgen.system.text import did_you_mean, one_line

__all__ = ["ToolAnswer", "ToolCalls"]

_ALONE = ("--no-config", "--no-history")
_KEPT = (
    "path", "wav", "seed", "bars", "new_bars", "notes", "key", "meter", "tempo", "style", "instruments", "model",
    "kept", "controls", "unchecked", "lost",
)  # fmt: skip
"""What an assistant is told of a piece; the command line tells more."""


@dataclass(frozen=True)
class ToolAnswer:
    """What a tool answers: a text to read, and the same as data."""

    text: str
    data: Mapping[str, Any] = field(default_factory=dict)


class ToolCalls:
    """The tools at work in one folder."""

    def __init__(self, folder: SharedFolder, workers: LineWorkers) -> None:
        self._folder, self._workers = folder, workers

    def answer(self, name: str, given: Mapping[str, Any], call: Call | None = None) -> ToolAnswer:
        """Do what a tool is called for.

        Raises
        ------
        SymgenError
            If the tool is not known, an argument is not legal, or the work fails; in one line.
        """
        if name not in TOOLS:
            hint = did_you_mean(name, TOOLS) or f"; there are {', '.join(TOOLS)}"
            raise ControlError(f"{one_line(name, 60)!r}: is no tool{hint}")
        check_arguments(name, given)
        tool = TOOLS[name]
        if name == "list_files":
            return self._listed()
        if name == "report":
            return self._checked(tool, given, call)
        done = self._run(self._words(tool, given), call)
        if tool.verb:
            return _pieces(done)
        if name == "copies":
            return _copies(json.loads(done.out))
        if name == "render":
            path = done.out.strip()
            return ToolAnswer(path, {"path": path})
        return ToolAnswer(done.out.strip())

    def _run(self, words: list[str], call: Call | None) -> LineAnswer:
        done = self._workers.run(words, self._folder.root, call)
        if done.status:
            raise SymgenError(done.error)
        return done

    def _words(self, tool: Tool, given: Mapping[str, Any]) -> list[str]:
        """Return the command line of a call, in which all names of files are checked."""
        words = [tool.name, *tool.options(given), _ALONE[0]]
        if tool.verb:
            words += ["--json", _ALONE[1]]
        if tool.name == "copies":
            words.append("--json")
        if "style_from" in given:
            words.append(f"--style-from={self._folder.to_read(given['style_from'], TUNES)}")
        if "output" in given:
            overwrite = given.get("overwrite", False)
            name = self._folder.to_write(given["output"], tool.writes, overwrite=overwrite)
            words.append(f"--output={name}")
        elif tool.writes:
            words.append("--out-dir=.")
        if tool.reads:
            words += ["--", self._folder.to_read(given[tool.reads], tool.suffixes)]
        return words

    def _listed(self) -> ToolAnswer:
        found: list[dict[str, Any]] = []
        for name, size in self._folder.files(RECORDINGS):
            if len(found) == MOST_LISTED:
                break
            found.append({"path": name, "bytes": size})
        lines = [f"{row['path']} ({row['bytes']} bytes)" for row in found]
        more = [f"only the first {MOST_LISTED} are listed"] * (len(found) == MOST_LISTED)
        return ToolAnswer("\n".join([*lines, *more]) or "no files yet", {"files": found})

    def _checked(self, tool: Tool, given: Mapping[str, Any], call: Call | None) -> ToolAnswer:
        controls = {name: value for name, value in given.items() if name in tool.controls}
        if not controls:
            raise ControlError("report: name a control that the file is to be held to, such as key")
        question = {
            "file": self._folder.to_read(given["file"], tool.suffixes),
            "controls": controls,
            "first_bar": given.get("first_bar"),
        }
        done = self._workers.check(question, self._folder.root, call)
        if done.status:
            raise SymgenError(done.error)
        return _pieces(done)


def _pieces(done: LineAnswer) -> ToolAnswer:
    """Tell of the pieces that were written, and what else was said."""
    rows = [_kept(json.loads(line)) for line in done.out.splitlines()]
    told = [one_line(line) for line in done.err.splitlines() if not line.startswith("seed ")]
    lines = [line for row in rows for line in _lines(row)]
    return ToolAnswer("\n".join([*lines, *told]), {"pieces": rows, "notices": told})


def _kept(row: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: row[name] for name in _KEPT if row.get(name) is not None}
    kept["met"] = all(check["met"] for check in row.get("controls", {}).values())
    return kept


def _lines(row: Mapping[str, Any]) -> Iterator[str]:
    """Say in lines what a piece is, and what it was asked for and does not keep."""
    checks = row.get("controls", {})
    said = [row["path"] + ":", f"{row.get('bars', '?')} bars, {row.get('notes', '?')} notes"]
    if "seed" in row:
        said[-1] += f", seed {row['seed']}"
    met = [name for name, check in checks.items() if check["met"]]
    if met:
        said[-1] += f"; met: {', '.join(met)}"
    yield " ".join(said)
    for name, check in checks.items():
        if not check["met"]:
            yield one_line(f"not met: {name}: asked {check['asked']}, found {check['found']}", 300)


def _copies(row: Mapping[str, Any]) -> ToolAnswer:
    text = (
        f"{row['path']}: {row['verdict']}: longest match {row['longest']} notes in a row, "
        f"{row['share']:.0%} of the notes in matches of {row['min_notes']} or more"
    )
    if row.get("title"):
        text += f"; nearest: {row['title']}"
    kept = ("path", "verdict", "longest", "share", "min_notes", "title", "source", "bars", "model")
    return ToolAnswer(one_line(text), {name: row[name] for name in kept if name in row})
