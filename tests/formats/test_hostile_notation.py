"""Notation files that want to harm: bombs, entities, hungry ones, pickles that lie in wait, readers gone wrong."""

from __future__ import annotations

import io
import json
import re
import struct
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from notation_mutants import ABC, CONTAINER, KRN, SEEDS, XML, pack

from symgen.formats.limits import Limits
from symgen.formats.measures import Measure, expand_repeats
from symgen.formats.notation import Tune, WorkerPool, ask_pieces, pieces_of, read_tunes
from symgen.music.meter import COMMON_TIME
from symgen.system.errors import FormatError, MissingDependencyError
from symgen.system.processes import OUT_OF_MEMORY, Worker, child_options

BAR = '<measure number="3">'
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="this system has no such limits")
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="this system does not refuse memory")


@pytest.fixture(scope="module")
def pool() -> Iterator[WorkerPool]:
    with WorkerPool(20) as workers:
        yield workers


def refusal(path: Path, data: bytes, pool: WorkerPool, limits: Limits | None = None) -> str:
    path.write_bytes(data)
    with pytest.raises(FormatError) as caught:
        read_tunes(path, pool=pool, limits=limits or Limits())
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert message.isprintable()
    return message.removeprefix(f"{path}: ")


def run(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python with this package, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False, timeout=60,
        **child_options(),
    )  # fmt: skip


# -- archives ----------------------------------------------------------------------------


def archive(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as made:
        for name, data in members:
            made.writestr(zipfile.ZipInfo(name), data, method)
    return file.getvalue()


def patched(data: bytes, sign: bytes, offset: int, form: str, value: int) -> bytes:
    """Write a number into all records of a kind."""
    changed = bytearray(data)
    for match in re.finditer(re.escape(sign), data):
        struct.pack_into(form, changed, match.start() + offset, value)
    return bytes(changed)


def lying(size: int, told: int) -> bytes:
    """An archive whose member is larger than it says, or smaller."""
    data = archive(("music.xml", b"\0" * size))
    return patched(patched(data, b"PK\1\2", 24, "<L", told), b"PK\3\4", 22, "<L", told)


def overlapping(count: int) -> bytes:
    """An archive whose directory names one member again and again."""
    data = archive(("music.xml", b"<a/>" * 2**17))
    start, end = data.index(b"PK\1\2"), data.index(b"PK\5\6")
    directory = data[start:end] * count
    tail = bytearray(data[end:])
    struct.pack_into("<HHL", tail, 8, count, count, len(directory))
    return data[:start] + directory + bytes(tail)


def crowded(told: int | None) -> bytes:
    """An archive of very many empty members, and what it says of their number."""
    data = archive(("music.xml", b""))
    start, end = data.index(b"PK\1\2"), data.index(b"PK\5\6")
    directory = data[start:end] * 60_000
    tail = bytearray(data[end:])
    struct.pack_into("<HHL", tail, 8, told or 60_000, told or 60_000, len(directory))
    return data[:start] + directory + bytes(tail)


NESTED = archive(("a.xml", archive(("b.xml", archive(("c.xml", b" " * 2**20))))))
BOMBS: dict[str, tuple[Callable[[], bytes], str]] = {
    "1000:1": (
        lambda: archive(("music.xml", b" " * 2**26)),
        r"has more than 33,554,432 bytes \(67,108,864\)",
    ),
    "1000:1 below the limit": (
        lambda: archive(("music.xml", b" " * 2**24)),
        "unpacks .* so is no piece of music",
    ),
    "nested": (lambda: NESTED, "is no well-formed XML|is in an encoding"),
    "many members": (lambda: crowded(None), "holds more than 1000 files"),
    "many members, one told": (lambda: crowded(1), "holds more than 1000 files"),
    "some members": (lambda: crowded(None)[:1], "is no compressed MusicXML file"),
    "overlapping": (lambda: overlapping(900), "has more than 33,554,432 bytes"),
    "larger than told": (lambda: lying(2**26, 100), "is a damaged archive"),
    "smaller than told": (lambda: lying(100, 2**31), "has more than 33,554,432 bytes"),
    "a little smaller than told": (
        lambda: lying(100, 2**20),
        "is a damaged archive|no well-formed XML",
    ),
    "bzip2": (
        lambda: archive(("a.xml", b" "), method=zipfile.ZIP_BZIP2),
        "is packed in an unusual way",
    ),
    "locked": (lambda: patched(pack(b"<a/>"), b"PK\1\2", 8, "<H", 1), "is locked with a password"),
    "upwards": (lambda: archive(("../a.xml", b"<a/>")), "points out of the archive"),
    "rooted": (lambda: archive(("/a.xml", b"<a/>")), "points out of the archive"),
    "backwards": (lambda: archive(("..\\a.xml", b"<a/>")), "points out of the archive"),
    "drive": (lambda: archive(("C:a.xml", b"<a/>")), "points out of the archive"),
    "long container": (
        lambda: archive(("META-INF/container.xml", CONTAINER.encode() + b" " * 2**17)),
        "holds a META",
    ),
    "entity in container": (
        lambda: archive(
            ("META-INF/container.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'),
            ("a.xml", b"<a/>"),
        ),
        "is no partwise MusicXML",
    ),
    "zip64": (
        lambda: b"PK\6\7" + b"\0" * 16 + b"PK\5\6" + b"\0" * 18,
        "holds more than 1000 files",
    ),
}


@pytest.mark.parametrize("name", BOMBS)
def test_zip_bombs_are_refused_at_once(name: str, tmp_path: Path, pool: WorkerPool) -> None:
    if name == "nested":
        ask_pieces(
            pool, SEEDS[".musicxml"], ".musicxml"
        )  # this one comes as far as a process: one is there
    make, message = BOMBS[name]
    data = make()
    assert len(data) < 5_000_000
    start = time.process_time()
    found = refusal(tmp_path / "a.mxl", data, pool)
    assert time.process_time() - start < 1
    assert re.match(message, found) or re.search(f"{message}.*; ", found), found


def test_what_is_left_of_the_checks_is_music(tmp_path: Path, pool: WorkerPool) -> None:
    """A container in another encoding, a picture beside the music, a comment at the end, no container at all."""
    container = ('<?xml version="1.0" encoding="UTF-16"?>' + CONTAINER.split("?>")[1]).encode(
        "utf-16"
    )
    other = XML.replace("96", "72").encode()
    for members in (
        [
            ("META-INF/container.xml", container),
            ("a.xml", other),
            ("a.png", b"\x89PNG"),
            ("music.xml", XML.encode()),
        ],
        [("a.txt", b"x"), ("Music.MusicXML", XML.encode())],
    ):
        file = io.BytesIO(archive(*members))
        with zipfile.ZipFile(file, "a") as made:
            made.comment = b"PK\5\6 is what a comment may say"[4:]
        (tmp_path / "a.mxl").write_bytes(file.getvalue())
        (tune,) = read_tunes(tmp_path / "a.mxl", pool=pool)
        assert round(tune.score.tempos[0].bpm) == 96


# -- entities ----------------------------------------------------------------------------

LAUGHS = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
DOCTYPES = {
    "laughs": (f'[<!ENTITY l0 "ha">{LAUGHS}]', "&l9;", "declares the entity 'l1'"),
    "blow-up": (
        f'[<!ENTITY big "{"x" * 100_000}">]',
        "&big;" * 10_000,
        "declares the entity 'big'",
    ),
    "file": ('[<!ENTITY x SYSTEM "FILE">]', "&x;", "declares the entity 'x'"),
    "parameter": ('[<!ENTITY % x SYSTEM "FILE"> %x;]', "", "declares the entity 'x'"),
    "outside": ('SYSTEM "FILE" [<!ENTITY % y "z"> %y;]', "", "declares the entity 'y'"),
    "attributes": (
        f'[<!ATTLIST note x CDATA "{"x" * 1000}">]',
        "",
        "declares attributes of its own",
    ),
    "unknown": ('SYSTEM "FILE"', "&x;", "uses the entity 'x', which is not declared"),
}


def with_doctype(doctype: str, text: str, file: Path) -> bytes:
    document = re.sub(r"<!DOCTYPE[^>]*>", f"<!DOCTYPE score-partwise {doctype}>", XML).replace(
        "Trumpet<", f"{text}<", 1
    )
    return document.replace("FILE", file.as_uri()).encode()


@pytest.mark.parametrize("name", DOCTYPES)
def test_entities_are_refused(name: str, tmp_path: Path, pool: WorkerPool) -> None:
    doctype, text, message = DOCTYPES[name]
    secret = tmp_path / "secret.txt"
    secret.write_text('<!ENTITY x "do not read this">')
    start = time.process_time()
    for suffix in (".musicxml", ".mxl"):
        data = with_doctype(doctype, text, secret)
        found = refusal(tmp_path / f"a{suffix}", pack(data) if suffix == ".mxl" else data, pool)
        assert message in found
        assert "do not read" not in found
    assert time.process_time() - start < 2


WATCHED = """
import sys
from pathlib import Path
from symgen.system.errors import SymgenError
from symgen.formats.notation import parse_notation
from symgen.formats.limits import DEFAULT_LIMITS
secret, *files = sys.argv[1:]
texts = [Path(file).read_bytes() for file in files]
parse_notation(texts[0], ".xml", "written", DEFAULT_LIMITS)  # loads what is loaded once
seen = []
sys.addaudithook(lambda event, given: seen.append((event, str(given[:1]))))
for text in texts:
    try:
        parse_notation(text, ".xml", "written", DEFAULT_LIMITS)
    except (SymgenError, SyntaxError):
        pass
kinds = ("open", "socket", "urllib", "os.", "subprocess", "pickle", "shutil", "ctypes")
print([event for event in seen if event[0].startswith(kinds)])
open(secret).close()
print("secret.txt" in seen[-1][1])
"""


def test_nothing_is_opened_for_an_entity_or_a_doctype(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("do not read this")
    files = [tmp_path / f"{number}.xml" for number in range(len(DOCTYPES) + 2)]
    files[0].write_text(XML, encoding="utf-8")  # with the DOCTYPE that all programs write
    files[1].write_bytes(
        with_doctype('SYSTEM "FILE"', "", secret)
    )  # a plain one is welcome, and not opened
    for file, (doctype, text, _) in zip(files[2:], DOCTYPES.values(), strict=True):
        file.write_bytes(with_doctype(doctype, text, secret))
    done = run(WATCHED, str(secret), *map(str, files))
    assert done.stdout.split("\n") == ["[]", "True", ""], done.stderr


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
