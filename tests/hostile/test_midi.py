"""Hostile MIDI: every damaged file is read in its one meaning or refused in one line, fast and in little memory."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import mido
import pytest

from hostile.mutants import mutants
from hostile.reading import peak_memory
from symgen.formats.midi import read_midi_tunes
from symgen.system.errors import FormatError

HERE = Path(__file__).parent
SHARED = HERE.parents[1].parent / "shared" / "conformance"
MAX_SECONDS, MAX_MEMORY = 2.0, 300  # of one processor; MB
Row = dict[str, Any]


def read_all(count: int, seed: int, *files: Path) -> tuple[list[Row], int]:
    """Read mutants in two fresh processes that hash strings differently; return their rows and the peak memory."""
    command = [
        sys.executable,
        str(HERE / "reading.py"),
        str(count),
        str(seed),
        "0",
        "1",
        *map(str, files),
    ]
    children = [
        subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(hash_seed),
        )
        for hash_seed in ("1", "2")
    ]
    answers = [child.communicate(timeout=900) for child in children]
    assert [child.returncode for child in children] == [0, 0], answers[0][1][-2000:]
    rows = [[json.loads(line) for line in out.splitlines()] for out, _ in answers]
    peaks = [found.pop()["peak"] for found in rows]
    tokens = [[(row["name"], row["verdict"], row["hash"]) for row in found] for found in rows]
    assert tokens[0] == tokens[1]
    for row, other in zip(*rows, strict=True):
        row["seconds"] = min(
            row["seconds"], other["seconds"]
        )  # of two readings, against a busy machine
    return rows[0], max(peaks)


def environment(hash_seed: str = "0") -> dict[str, str]:
    return {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(HERE.parents[1])}


def check(rows: list[Row], peak: int) -> None:
    assert [row for row in rows if row["seconds"] > MAX_SECONDS] == []
    assert [row for row in rows if row.get("nonsense")] == []
    assert [
        row for row in rows if "\n" in row.get("error", "") or "; " not in row.get("error", "; ")
    ] == []
    assert peak < MAX_MEMORY
    read = [row for row in rows if row["verdict"] == "read"]
    assert len(read) > len(rows) / 10  # the mutants are no mere noise
    assert any(row["warnings"] for row in read)


def test_500_mutants() -> None:
    rows, peak = read_all(500, 1)
    assert len(rows) == 500
    check(rows, peak)


@pytest.mark.long
def test_10000_mutants() -> None:
    rows, peak = read_all(10_000, 2)
    assert len(rows) == 10_000
    check(rows, peak)


def test_the_same_seed_gives_the_same_mutants() -> None:
    assert list(mutants(60, 5)) == list(mutants(60, 5))
    assert len({data for _, data in mutants(60, 5)}) > 50


def some_mutants(each: int) -> list[tuple[str, bytes]]:
    """As many that hold notes as such that are refused or hold none, and a huge one."""
    found: dict[bool, list[tuple[str, bytes]]] = {True: [], False: []}
    for name, data in mutants(60, 3):
        try:
            readable = bool(read_midi_tunes(data)[0].score.note_count)
        except FormatError:
            readable = False
        found[readable].append((name, data))
    huge = [row for row in mutants(100, 3) if row[0].startswith("huge")]
    return [*found[True][:each], *found[False][:each], *huge]


@pytest.mark.parametrize(("command", "each"), [("info", 3), ("render", 2), ("continue", 2)])
def test_mutants_through_the_command_line(command: str, each: int, tmp_path: Path) -> None:
    """Refused: status 3 and one line; read: status 0. Never a traceback, and nothing is left of what failed."""
    found = []
    for number, (name, data) in enumerate(some_mutants(each)):
        file = tmp_path / f"{number}.mid"
        file.write_bytes(data)
        target = tmp_path / ("out.wav" if command == "render" else "out.mid")
        out = [] if command == "info" else ["-o", str(target)]
        done, memory = run([sys.executable, "-m", "symgen", command, str(file), *out])
        lines = done.stderr.strip().splitlines()
        assert "Traceback" not in done.stderr
        assert done.returncode in (0, 3), (name, done.stderr)
        assert target.exists() == (done.returncode == 0 and command != "info")
        target.unlink(missing_ok=True)
        if done.returncode:
            assert len(lines) == 1
            assert lines[0].startswith(f"symgen: {file}: ")
        assert memory < MAX_MEMORY or command != "info"
        assert sorted(path.suffix for path in tmp_path.iterdir()) == [".mid"] * (len(found) + 1)
        found.append(done.returncode)
    assert {0, 3} == set(found)


def run(command: list[str]) -> tuple[subprocess.CompletedProcess[str], int]:
    """Run a command; return what it said and its peak memory in MB."""
    child = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
        stdin=subprocess.DEVNULL,
    )
    peak = 0
    while True:
        with suppress(IndexError, OSError):  # it has just ended
            peak = max(peak, peak_memory(child.pid))
        with suppress(subprocess.TimeoutExpired):
            out, err = child.communicate(timeout=0.02)
            return subprocess.CompletedProcess(command, child.returncode, out, err), peak


# -- files of other projects -----------------------------------------------------------------


def verdicts() -> dict[str, tuple[str, str]]:
    """Return the table: verdict and remark by file."""
    lines = (HERE / "conformance.tsv").read_text(encoding="utf-8").splitlines()[1:]
    return {
        name: (verdict, remark) for name, verdict, remark in (line.split("\t") for line in lines)
    }


def conformance_files() -> list[Path]:
    if not SHARED.is_dir():
        pytest.skip("the files of other projects are not here")
    return sorted(path for path in (SHARED / "midi").rglob("*") if path.is_file())


def independent_notes(path: Path) -> list[tuple[int, int, int, int]]:
    """Pitch, onset, duration and velocity of each note, by mido; the oldest of a key end first."""
    file = mido.MidiFile(path, clip=True)
    tracks = file.tracks
    if file.type == 2:
        tracks = [
            track for track in tracks if any(m.type == "note_on" and m.velocity for m in track)
        ][:1]
    notes = []
    for track in tracks:
        tick, sounding = 0, []
        for message in track:
            tick += message.time
            if message.type not in ("note_on", "note_off"):
                continue
            key = message.channel, message.note
            if message.type == "note_on" and message.velocity:
                sounding.append((key, tick, message.velocity))
                continue
            first = next((onset for other, onset, _ in sounding if other == key), None)
            ended = [note for note in sounding if note[:2] == (key, first)]
            sounding = [note for note in sounding if note not in ended]
            notes += [
                (key[1], onset, max(1, tick - onset), velocity) for _, onset, velocity in ended
            ]
        notes += [
            (key[1], onset, max(1, tick - onset), velocity) for key, onset, velocity in sounding
        ]
    return sorted(notes)


def test_each_conformance_file_has_its_verdict() -> None:
    table = verdicts()
    for path in conformance_files():
        verdict, remark = table.pop(f"{path.parent.name}/{path.name}")
        if verdict == "refused":
            with pytest.raises(FormatError, match=re.escape(remark)):
                read_midi_tunes(path.read_bytes(), path.name)
            continue
        tune = read_midi_tunes(path.read_bytes(), path.name)[0]
        assert verdict == ("warned" if tune.problems else "read")
        assert remark in " / ".join(tune.problems)
        notes = sorted(
            (n.pitch, n.onset, n.duration, n.velocity) for p in tune.score.parts for n in p.notes
        )
        try:
            expected = independent_notes(path)
        except (OSError, EOFError):  # mido does not read it; these files hold one C major scale
            expected = notes
            assert [pitch for pitch, *_ in sorted(notes, key=lambda n: n[1])] == [
                60,
                62,
                64,
                65,
                67,
                69,
                71,
                72,
            ]
        assert notes == expected
    assert table == {}


def test_conformance_files_in_two_processes() -> None:
    rows, peak = read_all(0, 0, *conformance_files())
    assert [row for row in rows if row.get("nonsense") or row["seconds"] > MAX_SECONDS] == []
    assert peak < MAX_MEMORY
