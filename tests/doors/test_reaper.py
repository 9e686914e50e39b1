"""The scripts for REAPER, run in a stand-in for it against a real studio."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from symgen.system.processes import child_options

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "doors" / "reaper"
HOST = Path(__file__).with_name("reaper_host.lua")
LUA = next((name for name in ("lua5.4", "lua5.3") if shutil.which(name)), "")
QUARTER = 960
HEARD = [60, 62, 64, 65, 67, 69, 71, 72, 67, 64, 65, 62, 60, 64, 67, 60]

pytestmark = [
    pytest.mark.skipif(not LUA, reason="Lua 5.3 or 5.4 is not installed"),
    pytest.mark.skipif(not Path("/usr/bin/curl").exists(), reason="curl is not installed"),
]


@pytest.fixture(scope="module")
def link(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The start link of a studio that runs."""
    pytest.importorskip("starlette")
    pytest.importorskip("uvicorn")
    folder = tmp_path_factory.mktemp("projects")
    options = ["--no-browser", "--port", "0", "--folder", str(folder)]
    with subprocess.Popen(
        [sys.executable, "-m", "symgen", "studio", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        **child_options(),
    ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.terminate()


def played(script: str, answers: str, link: str, resources: Path) -> dict[str, list[str]]:
    """Run a script in the stand-in: what it left, by the first word of each line."""
    done = subprocess.run(
        [LUA, str(HOST), str(SCRIPTS / script), str(resources), answers, link],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "http_proxy": "http://127.0.0.1:9"},
        timeout=300,
    )
    found: dict[str, list[str]] = {}
    for line in done.stdout.splitlines():
        name, _, rest = line.partition(" ")
        found.setdefault(name, []).append(rest)
    return found


def notes(take: str) -> list[tuple[int, ...]]:
    """Start, stop, channel and pitch of the notes that are not muted, in order."""
    words = [word.split(",") for word in take.partition("|")[2].split()]
    return sorted(tuple(map(int, word[:4])) for word in words if word[4] == "false")


BEFORE = [(i * QUARTER, (i + 1) * QUARTER, 0, pitch) for i, pitch in enumerate(HEARD)]


def test_new_bars_behind_the_item(link: str, tmp_path: Path) -> None:
    found = played("symgen_continue.lua", "4,2", link, tmp_path)
    first, *new = found["take"]
    assert notes(first) == BEFORE
    assert len(new) == 2
    assert new[0] != new[1]
    for take in new:
        assert notes(take)[:16] == BEFORE
        assert len(notes(take)) > 16
        assert all(0 <= start < stop <= 32 * QUARTER for start, stop, *_ in notes(take))
        assert "0,960,0,30,true" in take  # muted notes are left alone
    assert found["quarters"] == ["32"]
    assert found["active"] == ["2"]
    assert found["undo"] == ["1 symgen: continue"]
    assert found["said"][-1].startswith("symgen: 2 new takes. take 1 of 2, bars 5 to 8")
    assert list(tmp_path.iterdir()) == []


def test_the_bars_of_the_time_selection(link: str, tmp_path: Path) -> None:
    found = played("symgen_infill.lua", "2", link, tmp_path)
    for take in found["take"][1:]:
        kept = [note for note in notes(take) if not 4 * QUARTER <= note[0] < 12 * QUARTER]
        assert kept == BEFORE[:4] + BEFORE[12:]
        assert notes(take) != BEFORE
    assert found["quarters"] == ["16"]


def test_some_notes_of_the_item(link: str, tmp_path: Path) -> None:
    found = played("symgen_vary.lua", "0.4,1", link, tmp_path)
    changed = set(notes(found["take"][1])) ^ set(BEFORE)
    assert 0 < len(changed) < 32
    assert found["quarters"] == ["16"]


@pytest.mark.parametrize(
    ("answers", "told"),
    [("0,2", "bars"), ("many,2", "'many' is no number"), ("leave", "")],
)
def test_what_is_wrong_is_one_line(answers: str, told: str, link: str, tmp_path: Path) -> None:
    found = played("symgen_continue.lua", answers, link, tmp_path)
    assert len(found["take"]) == 1
    assert "undo" not in found or found["undo"] == ["0 nil"]
    boxes = found.get("box", [])
    assert [told in box and "\n" not in box for box in boxes] == [True] * bool(told)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        ("http://127.0.0.1:9/?token=abc", "cannot be reached"),
        ("nonsense", "that is no start link"),
        ("TOKEN", "start link"),
    ],
)
def test_a_link_that_leads_nowhere(bad: str, told: str, link: str, tmp_path: Path) -> None:
    wrong = link[:-4] + "xxxx" if bad == "TOKEN" else bad
    found = played("symgen_vary.lua", "0.4,1", wrong, tmp_path)
    (box,) = found["box"]
    assert told in box
    assert len(found["take"]) == 1


def test_the_link_may_stand_in_a_file(link: str, tmp_path: Path) -> None:
    (tmp_path / "symgen-link.txt").write_text(f"{link}\n", encoding="utf-8")
    found = played("symgen_vary.lua", "0.4,1", "nonsense", tmp_path)
    assert len(found["take"]) == 2
