"""Notation that asks for much: memory, time, the disk, numbers and repeats."""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from notation_mutants import ABC, KRN, SEEDS, XML
from notation_tools import refusal, run

from symgen.formats.limits import Limits
from symgen.formats.measures import Measure, expand_repeats
from symgen.formats.notation import Tune, WorkerPool, ask_pieces, pieces_of, read_tunes
from symgen.music.meter import COMMON_TIME
from symgen.system.errors import FormatError, MissingDependencyError
from symgen.system.processes import OUT_OF_MEMORY, Worker

BAR = '<measure number="3">'


POSIX = pytest.mark.skipif(sys.platform == "win32", reason="this system has no such limits")


LINUX = pytest.mark.skipif(sys.platform != "linux", reason="this system does not refuse memory")


# -- memory, time and the disk -----------------------------------------------------------


@LINUX
def test_hungry_files_end_in_one_line(tmp_path: Path) -> None:
    import resource

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    large = XML.replace(BAR, "<a/>" * 1_500_000 + BAR, 1).encode()
    with WorkerPool(60, memory=220) as pool:
        assert refusal(tmp_path / "a.xml", large, pool) == (
            "needs more than 220 MB of memory to read; split or simplify it"
        )
        (tmp_path / "b.xml").write_bytes(SEEDS[".musicxml"])
        assert read_tunes(tmp_path / "b.xml", pool=pool)[0].score.note_count == 6
    assert (
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000
    )  # kilobytes of this process


LIMITS_HELD = """
import sys
from symgen.system import worker
worker.limit_memory(800 * 2**20)
try:
    bytearray(900 * 2**20)
except MemoryError:
    print("no memory")
try:
    with open(sys.argv[1], "w") as file:
        file.write("x")
except OSError as error:
    print("no file")
"""


@LINUX
def test_a_reader_gets_no_more_memory_and_writes_no_file(tmp_path: Path) -> None:
    done = run(LIMITS_HELD, str(tmp_path / "x"))
    assert done.stdout.split("\n") == ["no memory", "no file", ""], done.stderr


@POSIX
def test_a_reader_that_nobody_stops_ends_by_itself() -> None:
    import signal

    start = "from symgen.system import worker; "
    assert run(f"{start}worker.limit_work(0.1)\nwhile True: pass").returncode == -signal.SIGPROF
    assert run(f"{start}worker.watch_memory(2**20)").returncode == OUT_OF_MEMORY


READY = "import os, sys, time; out = sys.stdout.buffer; out.write(b'{}\\n'); out.flush(); sys.stdin.readline(); "


READERS = {
    "time.sleep(60)": "took more than 1 s to read",
    "out.write(b'{'); out.flush(); time.sleep(60)": "took more than 1 s to read",
    "os._exit(1)": "the reader broke down over it",
    "os._exit(77)": "needs more than 1,536 MB of memory",
    "out.write(b'{}')": "the reader broke down over it",
    r"""out.write(b'{"error": "' + b'x' * 2**26 + b'"}\n')""": "the reader broke down over it",
    r"out.write(b'hello\n')": "the reader gave no answer that makes sense",
    r"out.write(b'[1]\n')": "the reader gave no answer that makes sense",
    r"out.write(b'{}\n')": "the reader gave no answer that makes sense",
    r"out.write(b'[' * 2**20 + b'\n')": "the reader gave no answer that makes sense",
    r"""out.write(b'{"pieces": 3}\n')""": "the reader gave no answer that makes sense",
    r"""out.write(b'{"error": "a\\n\\u001b[31mb"}\n')""": r"a \[31mb",
}


@pytest.mark.parametrize("code", READERS)
def test_readers_gone_wrong(code: str, tmp_path: Path) -> None:
    start = time.monotonic()
    with WorkerPool(1, command=("-c", READY + code)) as pool:
        assert re.match(READERS[code], refusal(tmp_path / "a.abc", ABC.encode(), pool))
    assert time.monotonic() - start < 40  # those that sleep do so for a minute


def test_a_reader_that_does_not_start() -> None:
    with (
        WorkerPool(1, command=("-c", "raise SystemExit(1)")) as pool,
        pytest.raises(MissingDependencyError, match="does not start; see"),
    ):
        pool.ask({})


def test_an_interrupt_leaves_no_process_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    started = []

    class Pool(WorkerPool):
        def start(self) -> Worker:
            started.append(super().start())
            return started[-1]

    with Pool(60, command=("-c", READY + "time.sleep(60)")) as pool:
        with monkeypatch.context() as patch:
            patch.setattr(json, "dumps", _interrupt)
            with pytest.raises(KeyboardInterrupt):
                pool.ask({})
        assert not started[0].is_alive


def _interrupt(*_: object) -> str:
    raise KeyboardInterrupt


def places(value: object, path: tuple[object, ...] = ()) -> Iterator[tuple[object, ...]]:
    yield path
    if isinstance(value, (dict, list)):
        for key, child in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(child, (*path, key))


def test_no_value_of_a_reply_is_trusted(pool: WorkerPool) -> None:
    reply = ask_pieces(pool, SEEDS[".abc"], ".abc")
    assert pieces_of(reply)[0][1].score.note_count > 10
    text = json.dumps(reply)
    wrong = []
    for path in places(reply):
        if not path or "notes" in path:
            continue
        for nonsense in (None, -1, 1.5, "x", [], {}, True, float("nan"), 10**30):
            changed = json.loads(text)
            home = changed
            for key in path[:-1]:
                home = home[key]
            home[path[-1]] = nonsense
            try:
                pieces_of(changed)
            except FormatError as error:
                wrong.append(str(error))
    assert len(wrong) > 1000
    assert all(
        re.match(r"the reader gave no answer|score: has more than", message) for message in wrong
    )


# -- numbers and repeats -----------------------------------------------------------------

HEAD = "X:1\nM:4/4\nL:1/4\nK:C\n"


NOTATION = {
    "a.abc": (f"{HEAD}C99999999|", "has the number 99999999"),
    "b.abc": (f"{HEAD}(99999:2:99999CDE|", "has the number 99999"),
    "c.abc": (HEAD.replace("4/4", "9999/8") + "CDEF|", "has the meter 9999"),
    "d.abc": (HEAD + "C" * 30_000, "has a line of more than 20,000 characters"),
    "e.abc": (
        HEAD.replace("1/4\n", "1/4\nQ:1/4=4\n") + "C999 " * 2,
        "has more than 21,600 seconds",
    ),
    "a.krn": (KRN.replace("4AA]", "99999AA]"), "has the number 99999"),
    "b.krn": (KRN.replace("*M3/4", "*M3000/4"), "has the meter 3000"),
    "c.krn": (KRN.replace("8GG", "8" + "G" * 30_000), "has a line of more than 20,000 characters"),
    "a.xml": (
        XML.replace("<duration>12<", "<duration>999999999999<"),
        "has a <duration> of 999999999999",
    ),
    "b.xml": (XML.replace("<beats>2<", "<beats>99999<"), "has a <beats> of 99999"),
    "c.xml": (
        XML.replace("<divisions>6<", "<divisions>0<"),
        "has <divisions> of '0'; correct the number",
    ),
    "d.xml": (
        XML.replace('<ending number="2"', '<ending number="2-5000"'),
        "has an ending for pass 5000",
    ),
    "e.xml": (
        XML.replace(BAR, "<a>" * 200 + "</a>" * 200 + BAR),
        "nests elements more than 100 deep",
    ),
    "f.xml": (XML.replace(BAR, "<a/>" * 2_100_000 + BAR), "has more than 2,000,000 elements"),
    "g.xml": (
        XML.replace("<duration>12<", "<duration>99999999<"),
        "has more than 21,600 seconds|cannot be read",
    ),
}


@pytest.mark.parametrize("name", NOTATION)
def test_numbers_that_no_music_needs(name: str, tmp_path: Path, pool: WorkerPool) -> None:
    text, message = NOTATION[name]
    (tmp_path / name).write_text(text, encoding="utf-8")
    ask_pieces(pool, SEEDS[".abc"], ".abc")
    start = time.monotonic()
    with pytest.raises(FormatError, match=message):
        _of_one(read_tunes(tmp_path / name, pool=pool))
    assert time.monotonic() - start < 10


def _of_one(tunes: tuple[Tune, ...]) -> None:
    raise FormatError(tunes[0].unreadable)


def test_repeats_end() -> None:
    passes = frozenset(range(1, 100))
    bar = Measure(COMMON_TIME.quarters, COMMON_TIME, endings=passes)
    many = [bar] * 1500 + [Measure(bar.length, bar.meter, ends_repeat=True, endings=passes)]
    with pytest.raises(FormatError, match="more than 100,000 measures, its repeats played"):
        expand_repeats(many, "played")
    assert len(expand_repeats(many, "written")) == 1501


@pytest.mark.parametrize(
    ("limits", "message"),
    [
        (Limits(bytes=600), r"has more than 600 bytes \(601\)"),
        (Limits(notes=3), r"has more than 3 notes \(\d+\)"),
        (Limits(seconds=1), r"has more than 1 seconds \(\d+\)"),
        (Limits(tokens=4), r"has more than 4 tokens \(\d+\)"),
        (Limits(tracks=1), r"has more than 1 tracks \(2\)"),
    ],
)
def test_limits_have_messages_of_their_own(
    limits: Limits, message: str, tmp_path: Path, pool: WorkerPool
) -> None:
    for suffix in (".musicxml", ".krn"):
        if limits.bytes > 600 or suffix != ".krn":
            found = refusal(tmp_path / f"a{suffix}", SEEDS[suffix], pool, limits)
            assert re.match(f"{message}; split the piece, or allow more with --limit", found)
    if limits.bytes > 600:
        (tmp_path / "a.abc").write_bytes(SEEDS[".abc"])
        assert re.search(
            message, read_tunes(tmp_path / "a.abc", pool=pool, limits=limits)[0].unreadable
        )


def test_tempos_that_no_piece_has_are_left_out(tmp_path: Path, pool: WorkerPool) -> None:
    for tempo in ("1e300", "10001", "0.5", "-3", "0"):
        (tmp_path / "a.xml").write_text(
            XML.replace('<sound tempo="96"/>', "").replace(">96<", f">{tempo}<")
        )
        try:
            score = read_tunes(tmp_path / "a.xml", pool=pool)[0].score
        except FormatError:
            continue
        assert [change.microseconds for change in score.tempos] == [500_000], tempo
