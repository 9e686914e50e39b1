"""A server for assistants, spoken to by a real client, and what it refuses."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from small import tune

from symgen.cli.watch import LINE_WORKER
from symgen.doors.arguments import check_arguments
from symgen.doors.calls import ToolCalls
from symgen.doors.folders import SharedFolder
from symgen.doors.lines import Call, LineWorkers
from symgen.doors.tools import TOOLS, TUNES, tool_schema
from symgen.formats import save_score
from symgen.system.errors import ControlError, FormatError, SymgenError

MELODY = tune("C4 D4 E4 F4|G4 A4 B4 C5|G4 E4 F4 D4|C4:4")


@pytest.fixture(scope="module")
def workers() -> Any:
    with LineWorkers(LINE_WORKER, seconds=120) as found:
        yield found


@pytest.fixture
def calls(tmp_path: Path, workers: LineWorkers) -> ToolCalls:
    save_score(MELODY, tmp_path / "tune.mid")
    return ToolCalls(SharedFolder.open(tmp_path), workers)


# -- files -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "", " ", "../tune.mid", "in/../../tune.mid", "/etc/tune.mid", "~/tune.mid", "C:/tune.mid", "C:tune.mid",
        "tune.mid:x.mid", "https://example.org/tune.mid",
        "..\\tune.mid", "tune.mid\0", "tune\n.mid", ".tune.mid", "-tune.mid", "in/.hidden/tune.mid", "tune.json",
        "tune", "x" * 5000 + ".mid", "\ud800.mid",
    ],
)  # fmt: skip
def test_names_that_lead_nowhere_good(name: str, tmp_path: Path) -> None:
    folder = SharedFolder.open(tmp_path)
    for use in (
        lambda: folder.to_read(name, TUNES),
        lambda: folder.to_write(name, TUNES, overwrite=True),
    ):
        with pytest.raises(ControlError) as caught:
            use()
        assert "\n" not in str(caught.value)
        assert len(str(caught.value)) < 250


def test_links_out_of_the_folder(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    save_score(MELODY, tmp_path / "tune.mid")
    try:
        (inner / "out.mid").symlink_to(tmp_path / "tune.mid")
        (inner / "up").symlink_to(tmp_path)
        (inner / "self.mid").symlink_to("self.mid")
    except OSError:
        pytest.skip("no links here")
    folder = SharedFolder.open(inner)
    for name in ("out.mid", "up/tune.mid", "up/new.mid"):
        with pytest.raises(ControlError, match="a link out of the folder"):
            folder.to_write(name, TUNES, overwrite=True)
        with pytest.raises(ControlError, match="a link out of the folder"):
            folder.to_read(name, TUNES)
    with pytest.raises((FormatError, ControlError)):
        folder.to_read("self.mid", TUNES)
    assert list(folder.files(TUNES)) == []


def test_files_that_may_be_read(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name in ("a.mid", "in/b.abc", "c.txt", ".d.mid"):
        (tmp_path / name).write_bytes(b"xy")
    folder = SharedFolder.open(tmp_path)
    assert list(folder.files(TUNES)) == [("a.mid", 2), ("in/b.abc", 2)]
    assert folder.to_read("in/b.abc", TUNES) == "in/b.abc"
    with pytest.raises(SymgenError, match="exists already"):
        folder.to_write("a.mid", TUNES, overwrite=False)
    with pytest.raises(FormatError, match="no such file"):
        folder.to_read("e.mid", TUNES)


# -- arguments -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TOOLS)
def test_schemas_are_schemas(name: str) -> None:
    validator = pytest.importorskip("jsonschema").Draft202012Validator
    schema = tool_schema(name)
    validator.check_schema(schema)
    assert json.loads(json.dumps(schema)) == schema
    assert set(schema["required"]) <= set(schema["properties"])
    assert all(values.get("description") for values in schema["properties"].values())


@pytest.mark.parametrize(
    ("name", "given", "told"),
    [
        ("generate", {"barz": 4}, "did you mean bars?"),
        ("generate", {"bars": "4"}, "must be a whole number 1..1000"),
        ("generate", {"bars": True}, "must be a whole number"),
        ("generate", {"tempo": 10**400}, "must be a number"),
        ("generate", {"style": "jigg"}, "did you mean jig?"),
        ("generate", {"end": "yes"}, "must be of the type boolean"),
        ("generate", {"output": ["a.mid"]}, "must be of the type string"),
        ("generate", {"strict_chords": True}, "needs chords"),
        ("infill", {"tune": "a.mid"}, "bars is missing"),
        ("infill", {"tune": "a.mid", "bars": "--output=x"}, "is not legal"),
        ("harmonize", {"tune": "a.mid", "voice": "alto"}, "must be one of soprano, bass"),
        ("accompany", {"tune": "a.mid", "style": "/etc/passwd"}, "must be one of"),
        ("generate", {"form": "A" * 50_000}, "is longer than 4000 signs"),
        ("vary", {"tune": "a.mid", "amount": 2}, "must be a number 0.0..1.0"),
    ],
)
def test_arguments_that_are_not_legal(name: str, given: dict[str, Any], told: str) -> None:
    pytest.importorskip("jsonschema")
    with pytest.raises(ControlError) as caught:
        check_arguments(name, given)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


# -- what tools do -----------------------------------------------------------------------------


def test_a_file_and_what_it_keeps(calls: ToolCalls, tmp_path: Path) -> None:
    pytest.importorskip("jsonschema")
    asked = {"bars": 4, "range": "C4-C6", "end": False, "seed": 1, "output": "sub/new.mid"}
    (piece,) = calls.answer("generate", asked).data["pieces"]
    assert piece["path"] == "sub/new.mid"
    assert (tmp_path / "sub" / "new.mid").is_file()
    assert piece["met"]
    assert {"bars", "range"} <= set(piece["controls"])
    with pytest.raises(SymgenError, match="exists already"):
        calls.answer("generate", asked)
    held = calls.answer("report", {"file": "sub/new.mid", "bars": 5, "first_bar": 2})
    (row,) = held.data["pieces"]
    assert row["controls"]["bars"] == {"asked": 5, "found": 3, "met": False}
    assert "not met: bars: asked 5, found 3" in held.text


def test_what_the_command_line_refuses_is_one_line(calls: ToolCalls, tmp_path: Path) -> None:
    pytest.importorskip("jsonschema")
    (tmp_path / "broken.mid").write_bytes(b"MThd")
    for name, given, told in (
        ("generate", {"instrument": "flute", "instruments": ["violin"]}, "give one of them"),
        ("continue", {"tune": "broken.mid"}, "broken.mid"),
        ("report", {"file": "broken.mid", "bars": 4}, "broken.mid"),
        ("infill", {"tune": "tune.mid", "bars": "9"}, "bars"),
        ("nothing", {}, "is no tool"),
    ):
        with pytest.raises(SymgenError) as caught:
            calls.answer(name, given)
        assert told in str(caught.value)
        assert "\n" not in str(caught.value)
        assert "Traceback" not in str(caught.value)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["broken.mid", "tune.mid"]


def test_the_other_tools(calls: ToolCalls) -> None:
    pytest.importorskip("jsonschema")
    assert calls.answer("list_files", {}).text.startswith("tune.mid (")
    assert "Length: 4 bars" in calls.answer("describe", {"file": "tune.mid"}).text
    assert calls.answer("render", {"file": "tune.mid"}).data == {"path": "tune.wav"}
    assert calls.answer("copies", {"file": "tune.mid"}).data["path"] == "tune.mid"


def test_a_call_that_is_ended_leaves_no_file(calls: ToolCalls, tmp_path: Path) -> None:
    pytest.importorskip("jsonschema")
    call = Call()
    call.end()
    with pytest.raises(SymgenError, match="was ended before it was done"):
        calls.answer("generate", {"bars": 4, "output": "a.mid"}, call)
    assert not (tmp_path / "a.mid").exists()
    assert calls.answer("generate", {"bars": 1, "output": "a.mid"}).data["pieces"]


# -- the protocol ------------------------------------------------------------------------------


def spoken(folder: Path, speak: Callable[[Any], Any]) -> Any:
    """Start the server, and speak with it as clients do."""
    anyio = pytest.importorskip("anyio")
    client = pytest.importorskip("mcp.client.client")
    from mcp.client.stdio import StdioServerParameters, stdio_client

    paths = os.pathsep.join(path for path in sys.path if path)
    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "symgen", "mcp", "--folder", str(folder)],
        env={"PYTHONPATH": paths},
    )

    async def run() -> Any:
        with Path(os.devnull).open("w", encoding="utf-8") as unread:
            async with client.Client(stdio_client(server, unread)) as speaker:
                return await speak(speaker)

    return anyio.run(run)


def test_a_client_gets_files_and_lines(tmp_path: Path) -> None:
    save_score(MELODY, tmp_path / "tune.mid")

    async def speak(client: Any) -> list[Any]:
        listed = await client.list_tools()
        assert [tool.name for tool in listed.tools] == list(TOOLS)
        return [
            await client.call_tool("vary", {"tune": "tune.mid", "output": "b.mid", "seed": 1}),
            await client.call_tool("vary", {"tune": "../tune.mid"}),
            await client.call_tool("vary", {"tune": 1}),
        ]

    good, outside, wrong = spoken(tmp_path, speak)
    assert not good.is_error
    assert good.structured_content["pieces"][0]["path"] == "b.mid"
    assert (tmp_path / "b.mid").is_file()
    for bad in (outside, wrong):
        assert bad.is_error
        assert len(bad.content[0].text.splitlines()) == 1


def test_calls_side_by_side_one_of_them_cancelled(tmp_path: Path) -> None:
    import anyio

    async def speak(client: Any) -> list[bool]:
        done: list[bool] = []

        async def write(name: str) -> None:
            found = await client.call_tool("generate", {"bars": 1, "output": name})
            done.append(found.is_error)

        with anyio.move_on_after(3):
            await client.call_tool("generate", {"bars": 1000, "count": 16, "output": "long.mid"})
            done.append(True)
        async with anyio.create_task_group() as group:
            group.start_soon(write, "a.mid")
            group.start_soon(write, "b.mid")
        return done

    assert spoken(tmp_path, speak) == [False, False]
    assert {path.name for path in tmp_path.iterdir()} >= {"a.mid", "b.mid"}
