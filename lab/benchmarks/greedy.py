"""Small files that ask for much: silence for hours, notes without end, bars by the thousand, bombs."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable, Iterable

from symgen.midi.events import encode_vlq

__all__ = ["END", "FILES", "chunk", "single_track"]

END = b"\x00\xff\x2f\x00"

Q = 96
"""Ticks a quarter."""
BAR = 4 * Q


def chunk(body: bytes, tag: bytes = b"MTrk") -> bytes:
    """Give a part of a MIDI file its name and length."""
    return tag + struct.pack(">I", len(body)) + body


def single_track(body: bytes, *, division: int = 96, kind: int = 1) -> bytes:
    """Make a MIDI file of the events of one track."""
    return b"MThd" + struct.pack(">IHHH", 6, kind, 1, division) + chunk(body + END)


def _time(ticks: int) -> bytes:
    return encode_vlq(ticks)


def _note(pitch: int = 60, before: int = 0, ticks: int = Q, channel: int = 0) -> bytes:
    return (
        _time(before)
        + bytes((0x90 | channel, pitch, 80))
        + _time(ticks)
        + bytes((0x80 | channel, pitch, 64))
    )


def _wait(ticks: int) -> bytes:
    """Let time pass, more than one number can say."""
    step = 0x0FFFFFFF
    return b"".join(
        _time(min(step, ticks - done)) + b"\xff\x01\x00" for done in range(0, ticks, step)
    )


def _tempo(bpm: float) -> bytes:
    return b"\x00\xff\x51\x03" + struct.pack(">I", min(0xFFFFFF, round(60e6 / bpm)))[1:]


def _meter(top: int, power: int, before: int = 0) -> bytes:
    return _time(before) + b"\xff\x58\x04" + bytes((top, power, 24, 8))


def _tracks(bodies: Iterable[bytes], division: int = Q) -> bytes:
    made = [chunk(body + END) for body in bodies]
    return b"MThd" + struct.pack(">IHHH", 6, 1, len(made), division) + b"".join(made)


TUNE = b"".join(_note(60 + i % 8) for i in range(16))
"""Four bars of quarters."""

MIDI: dict[str, Callable[[], bytes]] = {
    "one note held 913 bars": lambda: single_track(_note(ticks=913 * BAR)),
    "one note held 913 bars after a tune": lambda: single_track(TUNE + _note(ticks=913 * BAR)),
    "one note held below a tune": lambda: _tracks([_note(36, ticks=400 * BAR), TUNE]),
    "a note after six hours": lambda: single_track(TUNE + _note(before=10_700 * BAR)),
    "six hours, then a tune": lambda: single_track(_note(before=10_700 * BAR) + TUNE),
    "a bar of rest between long gaps": lambda: single_track(b"".join(_note(before=60 * BAR) for _ in range(100))),
    "a note every ten bars": lambda: single_track(b"".join(_note(before=10 * BAR) for _ in range(200))),
    "endless silence after a tune": lambda: single_track(TUNE + _wait(10_700 * BAR)),
    "no tempo at all, nearly": lambda: single_track(_tempo(4) + TUNE * 4),
    "a slow tune": lambda: single_track(_tempo(10) + TUNE * 8),
    "a breakneck tempo": lambda: single_track(_tempo(9_999) + _note(ticks=80_000 * BAR)),
    "32 parts, each one note": lambda: _tracks([_note(40 + i, ticks=913 * BAR, channel=i % 9) for i in range(32)]),
    "32 parts, each one note, half an hour": lambda: _tracks(
        [_note(40 + i, ticks=890 * BAR, channel=i % 9) for i in range(32)]
    ),
    "1,000 parts, each one note": lambda: _tracks(
        [_note(20 + i % 90, ticks=30 * BAR, channel=i % 9) for i in range(1000)]
    ),
    "2,000 notes at once, held": lambda: single_track(
        b"".join(b"\x00%c%c\x50" % (0x90 | channel, pitch) for channel in range(16) for pitch in range(128))
        + b"".join(
            _time(BAR * 64 * (not channel and not pitch)) + b"%c%c\x40" % (0x80 | channel, pitch)
            for channel in range(16)
            for pitch in range(128)
        )
    ),
    "the pedal stays down": lambda: single_track(b"\x00\xb0\x40\x7f" + TUNE * 20 + _wait(100 * BAR)),
    "100,000 empty bars": lambda: single_track(_tempo(9_999) + TUNE + _wait(100_000 * BAR)),
    "bars of a 128th": lambda: single_track(_meter(1, 7) + TUNE * 8 + _note(ticks=100 * BAR)),
    "a meter of 255 to 1": lambda: single_track(_meter(255, 0) + TUNE),
    "another meter at each 128th": lambda: single_track(
        b"".join(_meter(1 + i % 2, 7, 3) for i in range(8_000)) + TUNE
    ),
    "a tempo at each tick": lambda: single_track(
        b"".join(_tempo(60 + i % 100).replace(b"\x00\xff\x51", b"\x01\xff\x51", 1) for i in range(8_000)) + TUNE
    ),
    "one tick a quarter": lambda: single_track(
        b"".join(_note(ticks=1) for _ in range(16)) + _note(ticks=8_000), division=1
    ),
    "32,767 ticks a quarter": lambda: single_track(_note(ticks=0x0FFFFFFF), division=32_767),
    "an ocean of bends": lambda: single_track(b"\x00\xe0\x00\x40" + b"\x00\x00\x41" * 300_000 + TUNE),
    "a text of 30 MB": lambda: single_track(b"\x00\xff\x01" + _time(30 * 2**20) + bytes(30 * 2**20) + TUNE),
    "many notes of a tick": lambda: single_track(b"\x00\x90\x3c\x50" + b"\x01\x3c\x00\x00\x3c\x50" * 5_000),
    "drums for ever": lambda: single_track(_note(36, ticks=913 * BAR, channel=9) + _note(38, channel=9)),
    "a note held 60 bars": lambda: single_track(_note(ticks=60 * BAR)),
    "a note after 60 bars": lambda: single_track(TUNE + _note(before=60 * BAR)),
    "32 parts, each one note of 12 bars": lambda: _tracks(
        [_note(40 + i, ticks=12 * BAR, channel=i % 9) for i in range(32)]
    ),
    "a bar of 19 seconds": lambda: single_track(_tempo(120) + _meter(38, 2) + TUNE),
}  # fmt: skip


def _xml(measures: str, divisions: int = 1, attributes: str = "") -> bytes:
    return (
        '<?xml version="1.0"?><score-partwise version="3.1"><part-list><score-part id="P1"><part-name>A</part-name>'
        f'</score-part></part-list><part id="P1"><measure number="1"><attributes><divisions>{divisions}</divisions>'
        f"<time><beats>4</beats><beat-type>4</beat-type></time>{attributes}</attributes>{_xml_note(divisions)}</measure>"
        f"{measures}</part></score-partwise>"
    ).encode()


def _xml_note(duration: int, more: str = "") -> str:
    return f"<note><pitch><step>C</step><octave>4</octave></pitch><duration>{duration}</duration>{more}</note>"


def _bars(count: int, inside: str = "") -> str:
    return "".join(
        f'<measure number="{number}">{inside}</measure>' for number in range(2, count + 2)
    )


def _repeat(direction: str, times: str = "") -> str:
    return f'<barline><repeat direction="{direction}"{times}/></barline>'


def _zipped(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


CONTAINER = b'<?xml version="1.0"?><container><rootfiles><rootfile full-path="a.xml"/></rootfiles></container>'
XML: dict[str, Callable[[], bytes]] = {
    "a note of 100 million quarters.musicxml": lambda: _xml(_bars(1, _xml_note(10**8))),
    "a note of 4,000 quarters.musicxml": lambda: _xml(_bars(1, _xml_note(4_000))),
    "far forward.musicxml": lambda: _xml(
        _bars(1, f"<forward><duration>{10**8}</duration></forward>{_xml_note(1)}")
    ),
    "forward 4,000 quarters.musicxml": lambda: _xml(
        _bars(1, f"<forward><duration>4000</duration></forward>{_xml_note(1)}")
    ),
    "a rest of a million bars.musicxml": lambda: _xml(
        _bars(
            1,
            "<attributes><measure-style><multiple-rest>1000000</multiple-rest></measure-style></attributes>",
        )
    ),
    "20,000 empty bars.musicxml": lambda: _xml(_bars(20_000)),
    "1,900 empty bars.musicxml": lambda: _xml(_bars(1_900)),
    "1,000 empty bars.musicxml": lambda: _xml(_bars(1_000)),
    "a billion repeats.musicxml": lambda: _xml(
        _bars(2, _xml_note(1) + _repeat("backward", ' times="1000000000"'))
    ),
    "repeats all the way.musicxml": lambda: _xml(
        _bars(300, _repeat("forward") + _xml_note(1) + _repeat("backward"))
    ),
    "a billion staves.musicxml": lambda: _xml(
        _bars(1, _xml_note(1)), attributes="<staves>1000000000</staves>"
    ),
    "a tempo of nothing.musicxml": lambda: _xml(_bars(8, '<sound tempo="0.001"/>' + _xml_note(1))),
    "a million beats a bar.musicxml": lambda: _xml(
        _bars(
            2,
            "<attributes><time><beats>1000000</beats><beat-type>1</beat-type></time></attributes>"
            + _xml_note(1),
        )
    ),
    "a prime of divisions.musicxml": lambda: _xml(
        _bars(4, _xml_note(999_983)), divisions=1_000_003
    ),
    "nested 100,000 deep.musicxml": lambda: _xml("<a>" * 100_000 + "</a>" * 100_000),
    "bomb.mxl": lambda: _zipped({"META-INF/container.xml": CONTAINER, "a.xml": b" " * 2**28}),
    "a whole score, packed well.mxl": lambda: _zipped(
        {"META-INF/container.xml": CONTAINER, "a.xml": _xml(_bars(20_000, _xml_note(4)))}
    ),
}

ABC_HEAD = "X:1\nT:a\nM:4/4\nL:1/4\nK:C\n"
ABC: dict[str, str] = {
    "a long note.abc": f"{ABC_HEAD}CDEF|C99999999|\n",
    "a note of 900 bars.abc": f"{ABC_HEAD}CDEF|C3600|\n",
    "a rest of a million bars.abc": f"{ABC_HEAD}CDEF|Z1000000|CDEF|\n",
    "a rest of 900 bars.abc": f"{ABC_HEAD}CDEF|Z900|CDEF|\n",
    "a rest inside a bar.abc": f"{ABC_HEAD}CDEF|z99999999C|\n",
    "a tiny unit.abc": "X:1\nT:a\nM:1/128\nL:1/1024\nK:C\n" + "C/1024D/1024|" * 500,
    "a huge unit.abc": "X:1\nM:4/4\nL:1000000/1\nK:C\nCDEF|\n",
    "a million beats.abc": "X:1\nM:1000000/1\nL:1/4\nK:C\nCDEF|CDEF|\n",
    "repeats.abc": f"{ABC_HEAD}|{':' * 2000} CDEF {':' * 2000}|\n",
    "repeats one after another.abc": (ABC_HEAD + "|: CDEF :|" * 100),
    "parts played for ever.abc": "X:1\nT:a\nM:4/4\nL:1/4\nP:((((A99)99)99)99)99\nK:C\nP:A\nCDEF|\n",
    "a slow tempo.abc": f"X:1\nM:4/4\nL:1/4\nQ:1/4=0.001\nK:C\n{'CDEF|' * 8}\n",
    "tuplets.abc": f"{ABC_HEAD}(999999999:1:999999999 CDEF|\n",
    "broken rhythm.abc": f"{ABC_HEAD}C{'>' * 5000}D|\n",
    "endless ties.abc": (ABC_HEAD + "C4-|" * 5000),
    "a chord of thousands.abc": (ABC_HEAD + "[" + "CDEFGABc" * 5000 + "]|\n"),
    "overlays.abc": (ABC_HEAD + "CDEF" + "&CDEF" * 2000 + "|\n"),
}

KERN: dict[str, str] = {
    "a maxima of maximas.krn": f"**kern\n*M4/4\n4c\n{'0' * 30}c\n*-\n",
    "dots.krn": f"**kern\n*M4/4\n4c\n1{'.' * 5000}c\n*-\n",
    "a huge ratio.krn": "**kern\n*M4/4\n4c\n1%100000000c\n*-\n",
    "a note of 900 bars.krn": "**kern\n*M4/4\n4c\n1%900c\n*-\n",
    "splitting spines.krn": (
        "**kern\n*M4/4\n"
        + "".join("\t".join(["*^"] * 2**i) + "\n" for i in range(14))
        + "\t".join(["4c"] * 2**14)
    ),
    "rests.krn": ("**kern\n*M4/4\n4c\n" + "=\n1r\n" * 3000 + "4c\n*-\n"),
    "nothing, line after line.krn": ("**kern\n*M4/4\n4c\n" + ".\n" * 20_000 + "4c\n*-\n"),
    "1,900 lines of nothing.krn": (
        "**kern\n*M4/4\n4c\n" + "=\n1r\n" * 50 + ".\n" * 1_800 + "4c\n*-\n"
    ),
    "sections again and again.krn": (
        f"**kern\n*>[{','.join(['A'] * 3000)}]\n*>A\n*M4/4\n4c\n4d\n4e\n4f\n*-\n"
    ),
}

FILES: dict[str, Callable[[], bytes]] = {
    **{f"{name}.mid": make for name, make in MIDI.items()}, **XML,
    **{name: text.encode for name, text in {**ABC, **KERN}.items()},
}  # fmt: skip
"""Content by file name."""
