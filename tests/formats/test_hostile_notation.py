"""Notation files that want to harm: bombs, entities, hungry ones, pickles that lie in wait, readers gone wrong."""

from __future__ import annotations

import io
import re
import struct
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from notation_mutants import CONTAINER, SEEDS, XML, pack
from notation_tools import refusal, run

from symgen.formats.notation import WorkerPool, ask_pieces, read_tunes

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
