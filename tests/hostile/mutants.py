"""Damaged MIDI files, the same ones for the same seed."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Iterator

from small import random_score

from lab.benchmarks.greedy import END, chunk, single_track
from symgen.formats.midi import write_midi
from symgen.midi.events import encode_vlq

__all__ = ["mutants", "seeds_of_mutants"]

NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
EVENTS = (
    b"\xff\x51\x03\x00\x00\x00", b"\xff\x51\x03\x00\x00\x01", b"\xff\x51\x03\xff\xff\xff", b"\xff\x51\x00",
    b"\xff\x58\x00", b"\xff\x59\x00", b"\xff\x58\x04\x00\x02\x18\x08", b"\xff\x58\x04\x04\xff\x18\x08",
    b"\xff\x58\x04\xff\x07\x00\x00", b"\xff\x59\x02\x80\xff", b"\xff\x2f\x05abcde", b"\xff\x2f\x00",
    b"\xff\x03\x84\x80\x80\x00", b"\xff\x7f\x0d\x7dsymgen:empty", b"\xff\x7f\x0c\x7dsymgen:more",
    b"\xff\x7f\x0b\x7dsymgen:end", b"\xf0\xff\xff\xff\x7f", b"\xf7\x01\xf7", b"\xf8", b"\xf1\x90", b"\xf2\x01",
    b"\xf4", b"\xfe", b"\x90\x3c\x40", b"\x3c\x40", b"\x80\x3c\x40", b"\xc0\x7f", b"\xd5\xff", b"\xe0\x00",
    b"\xb0\x40\x7f", b"\x99\x00\x7f", b"\xff", b"\xff\x01", b"\xff\x20\x01\x09", b"\xff\x21\x01\x00",
    b"\xff\x54\x05\x00\x00\x00\x00\x00",
)  # fmt: skip
DELTAS = (
    b"\x00",
    b"\x60",
    b"\x81\x00",
    b"\xff\x7f",
    b"\xff\xff\xff\x7f",
    b"\x80\x80\x80\x80\x00",
    b"\xff\xff\xff\xff\x7f",
    b"",
)

Change = Callable[[bytearray, random.Random], object]


def seeds_of_mutants() -> list[bytes]:
    """Whole files of all kinds, small ones."""
    files = [
        write_midi(
            random_score(seed, bars=4, parts=1 + seed % 3, chords=seed % 2 == 0, meter=meter)
        )
        for seed, meter in enumerate(("4/4", "6/8", "3/4", "5/8", "2/2", "12/16"))
    ]
    running = b"\x00\x90" + b"".join(
        b"\x0c%c\x50\x0c%c\x00" % (60 + i % 12, 60 + i % 12) for i in range(40)
    )
    names = b"\x00\xff\x03\x05Fl\xc3\xb6te\x00\xc1\x49\x00\xff\x59\x02\xfd\x01"
    plain = single_track(names + running)
    riff = (
        b"RIFF"
        + struct.pack("<I", len(plain) + 12)
        + b"RMIDdata"
        + struct.pack("<I", len(plain))
        + plain
    )
    longer = (
        plain[:4]
        + struct.pack(">I", 10)
        + plain[8:14]
        + b"\0\0\0\0"
        + chunk(b"hello", b"XFIH")
        + plain[14:]
    )
    patterns = b"MThd" + struct.pack(">IHHH", 6, 2, 3, 480) + 3 * chunk(running + END)
    film = single_track(running, division=0xE728)
    return [
        *files,
        plain,
        riff,
        longer,
        patterns,
        film,
        single_track(b"\x00\xf0\x05\x7e\x7f\x09\x01\xf7" + running),
    ]


def _flip(data: bytearray, draw: random.Random) -> None:
    for _ in range(draw.choice((1, 1, 1, 2, 5, 30))):
        data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)


def _replace(data: bytearray, draw: random.Random) -> None:
    at = draw.randrange(len(data))
    data[at : at + draw.choice((1, 2, 4))] = draw.randbytes(draw.choice((0, 1, 2, 4, 9)))


def _cut(data: bytearray, draw: random.Random) -> None:
    del data[draw.randrange(len(data)) :]


def _remove(data: bytearray, draw: random.Random) -> None:
    at = draw.randrange(len(data))
    del data[at : at + draw.choice((1, 1, 2, 3, 10, 100))]


def _double(data: bytearray, draw: random.Random) -> None:
    at = draw.randrange(len(data))
    piece = data[at : at + draw.choice((1, 4, 40, 400))]
    data[at:at] = piece * draw.choice((1, 2, 20))


def _lie(data: bytearray, draw: random.Random) -> None:
    """A wrong format, count, division or chunk length."""
    tags = [i for tag in (b"MThd", b"MTrk", b"RIFF", b"data") for i in _places(data, tag)]
    if not tags or draw.random() < 0.4:
        at, size = draw.choice(((4, 4), (8, 2), (10, 2), (12, 2)))
    else:
        at, size = draw.choice(tags) + 4, 4
    data[at : at + size] = (draw.choice(NUMBERS) % (1 << 8 * size)).to_bytes(size, "big")


def _insert(data: bytearray, draw: random.Random) -> None:
    """Events that break the standard, or come close, between other events or anywhere."""
    borders = [i + 8 for i in _places(data, b"MTrk")] + [
        i - 1 for i in _places(data, b"\xff\x2f\x00")
    ]
    at = draw.choice(borders) if borders and draw.random() < 0.8 else draw.randrange(len(data))
    events = b"".join(
        draw.choice(DELTAS[:5]) + draw.choice(EVENTS) for _ in range(draw.choice((1, 1, 3, 20)))
    )
    data[at:at] = events
    if draw.random() < 0.8:  # let the length of the chunk agree
        for place in [i for i in _places(data, b"MTrk") if i < at][-1:]:
            size = int.from_bytes(data[place + 4 : place + 8], "big") + len(events)
            data[place + 4 : place + 8] = (size % 2**32).to_bytes(4, "big")


def _shuffle(data: bytearray, draw: random.Random) -> None:
    at, size = draw.randrange(len(data)), draw.choice((2, 8, 64))
    piece = list(data[at : at + size])
    draw.shuffle(piece)
    data[at : at + size] = bytes(piece)


def _places(data: bytes, tag: bytes) -> list[int]:
    found, at = [], data.find(tag)
    while at >= 0:
        found.append(at)
        at = data.find(tag, at + 1)
    return found


def _value(data: bytearray, draw: random.Random) -> None:
    """Another number where one stands, most of them data bytes and short waits."""
    for _ in range(draw.choice((1, 3, 10))):
        places = [i for i in range(14, len(data)) if data[i] < 0x80]
        if places:
            data[draw.choice(places)] = draw.choice(
                (0, 1, 0x2F, 0x40, 0x51, 0x7F, draw.randrange(128))
            )


CHANGES: tuple[Change, ...] = (
    *(_flip, _flip, _replace, _cut, _remove, _double, _lie, _shuffle),
    *(_insert, _insert, _insert, _value, _value),
)


def _from_nothing(draw: random.Random) -> bytes:
    """A file of events drawn at random, with whole chunks: most of the time it is in step."""
    events = []
    for _ in range(draw.choice((3, 30, 300))):
        kind = draw.choice((0x80, 0x90, 0x90, 0x90, 0xB0, 0xC0, 0xE0)) | draw.choice((0, 1, 9, 15))
        size = 1 if kind & 0xE0 == 0xC0 else 2
        event = bytes([kind, *(draw.randrange(128) for _ in range(size))])
        events.append(
            draw.choice(DELTAS[:4]) + (draw.choice(EVENTS) if draw.random() < 0.03 else event)
        )
    return single_track(
        b"".join(events), division=draw.choice((1, 24, 96, 480, 32767)), kind=draw.choice((0, 1, 2))
    )


def _huge(draw: random.Random) -> bytes:
    """Many events, tracks or bytes, or very long times."""
    count = draw.choice((50_000, 199_000, 200_001, 999_000, 1_000_001))
    vlq = encode_vlq(draw.choice((0, 1, 300, 0x0FFFFFFF)))
    return draw.choice((
        lambda: single_track(b"\x00\xb0\x07\x01" + b"\x00\x07\x01" * count),
        lambda: single_track(b"\x00\x90\x3c\x01" + b"\x01\x3c\x00\x00\x3c\x01" * count),
        lambda: single_track(b"\x00\x90\x3c\x01" + b"\x01\x3c\x01" * count),
        lambda: single_track((vlq + b"\xff\x51\x03\x07\xa1\x20" + vlq + b"\xff\x51\x03\x03\xa1\x20") * 30_000),
        lambda: single_track((b"\x01\xff\x58\x04\x01\x07\x18\x08\x01\xff\x58\x04\x03\x07\x18\x08") * 20_000),
        lambda: single_track((vlq + b"\x90\x3c\x40" + vlq + b"\x3c\x00") * 9, division=draw.choice((1, 32767))),
        lambda: b"MThd" + struct.pack(">IHHH", 6, 1, 60_000, 96) + chunk(END) * 60_000,
        lambda: single_track(b"\x00\xff\x03" + encode_vlq(8_000_000) + b"A" * 8_000_000),
        lambda: single_track(b"\x00\xf8" * count),
        lambda: single_track(b"".join(b"\x00%c%c\x40" % (0x90 | i % 16, i % 128) for i in range(60_000))),
    ))()  # fmt: skip


def mutants(count: int, seed: int = 0) -> Iterator[tuple[str, bytes]]:
    """Yield names and bytes of damaged files.

    Parameters
    ----------
    count : int
        Of these one in a hundred is huge, and one in ten is made out of nothing.
    seed : int
    """
    whole = seeds_of_mutants()
    for number in range(count):
        draw = random.Random(f"{seed} {number}")  # noqa: S311
        if number % 100 == 99:
            yield f"huge {number}", _huge(draw)
        elif number % 10 == 9:
            yield f"random {number}", _from_nothing(draw)
        else:
            data = bytearray(draw.choice(whole))
            changes = draw.choices(CHANGES, k=draw.choice((1, 1, 1, 2, 4)))
            for change in changes:
                if len(data) > 14:
                    change(data, draw)
            yield f"{'+'.join(change.__name__[1:] for change in changes)} {number}", bytes(data)
