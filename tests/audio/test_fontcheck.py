"""The inspection of fonts: each rule by a font that breaks it alone, checksums by flipped bits."""

from __future__ import annotations

import io
import random
import struct
from collections.abc import Callable

import pytest
from smallfont import ORDER, Lists, font_bytes, lists, preset, sample, sine

from symgen.audio.soundfonts import FontError, inspect_font
from symgen.system.resources import data_folder


def inspect(data: bytes) -> dict[tuple[int, int], str]:
    return inspect_font(io.BytesIO(data))


def packed_font() -> bytes:
    """The font that comes with symgen with eight bytes more of text: an SF3 that nobody knows."""
    data = (data_folder("soundfonts") / "FluidR3Mono_24.sf3").read_bytes()
    size, info = struct.unpack_from("<I", data, 4)[0], struct.unpack_from("<I", data, 16)[0]
    at = data.index(b"ISFT")
    text = struct.unpack_from("<I", data, at + 4)[0]
    end = at + 8 + text
    return b"".join(
        (data[:4], struct.pack("<I", size + 8), data[8:16], struct.pack("<I", info + 8), data[20 : at + 4],
         struct.pack("<I", text + 8), data[at + 8 : end], bytes(8), data[end:])
    )  # fmt: skip


PACKED = packed_font()


def test_whole_fonts_pass() -> None:
    assert inspect(font_bytes()) == {(0, 73): "Flute", (0, 40): "Violin"}
    assert len(inspect(PACKED)) == 25
    assert inspect(font_bytes(version=3)) == inspect(font_bytes())


def test_what_fonts_in_use_do_passes() -> None:
    """No list of modulators, samples that are empty or in ROM, programs in other banks."""
    records = lists()
    records["pmod"], records["imod"] = [], []
    records["phdr"][1] = preset("Violin", 128, 40, 1)
    records["shdr"][1:1] = [
        sample("none", 0, 0, (0, 0), 0),
        sample("rom", 9**9, 9**9 + 1, (0, 0), kind=0x8001),
    ]
    assert inspect(font_bytes(records=records)) == {(0, 73): "Flute", (128, 40): "Violin"}


def swap(name: str, place: int, record: bytes) -> Callable[[Lists], None]:
    def change(records: Lists) -> None:
        records[name][place] = record

    return change


def drop(name: str) -> Callable[[Lists], None]:
    def change(records: Lists) -> None:
        del records[name]

    return change


def empty(name: str) -> Callable[[Lists], None]:
    def change(records: Lists) -> None:
        records[name] = []

    return change


def pair(first: int, second: int) -> bytes:
    return struct.pack("<HH", first, second)


BROKEN: dict[str, tuple[Callable[[Lists], None], str]] = {
    **{f"no {name}": (drop(name), "lists") for name in ORDER},
    **{
        f"empty {name}": (empty(name), f"list {name} has 0 bytes")
        for name in ORDER
        if not name.endswith("mod")
    },
    "odd size": (swap("igen", 0, b"abc"), "list igen has"),
    "bags backwards": (
        swap("phdr", 0, preset("Flute", 0, 73, 2)),
        "phdr does not fit its list pbag",
    ),
    "bags beyond": (swap("phdr", 2, preset("EOP", 0, 0, 9)), "phdr does not fit its list pbag"),
    "generators beyond": (swap("pbag", 2, pair(40, 0)), "pbag does not fit its list pgen"),
    "modulators beyond": (swap("pbag", 2, pair(2, 2)), "pbag does not fit its list pmod"),
    "instrument bags beyond": (
        swap("inst", 1, struct.pack("<20sH", b"EOI", 5)),
        "inst does not fit its list ibag",
    ),
    "instrument generators beyond": (
        swap("ibag", 1, pair(5, 0)),
        "ibag does not fit its list igen",
    ),
    "instrument modulators backwards": (
        swap("ibag", 0, pair(0, 1)),
        "ibag does not fit its list imod",
    ),
    "no such instrument": (swap("pgen", 0, pair(41, 1)), "pgen names records"),
    "no such sample": (swap("igen", 2, pair(53, 1)), "igen names records"),
    "program 200": (swap("phdr", 1, preset("Violin", 0, 200, 1)), "program above 127"),
    "sample beyond": (swap("shdr", 0, sample("s", 0, 2**31, (0, 9))), "samples lie outside"),
    "sample backwards": (swap("shdr", 0, sample("s", 9, 5, (0, 9))), "samples lie outside"),
    "loop beyond": (swap("shdr", 0, sample("s", 0, 2205, (0, 2**31))), "loops lie outside"),
    "rate 0": (swap("shdr", 0, sample("s", 0, 2205, (0, 9), 0)), "impossible rate"),
    "rate of a billion": (swap("shdr", 0, sample("s", 0, 2205, (0, 9), 10**9)), "impossible rate"),
    "kind": (swap("shdr", 0, sample("s", 0, 2205, (0, 9), kind=0x63)), "unknown kind"),
    "no stream": (swap("shdr", 0, sample("s", 0, 2205, (0, 9), kind=0x11)), "no Ogg stream"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_each_rule(kind: str) -> None:
    change, message = BROKEN[kind]
    records = lists()
    change(records)
    with pytest.raises(FontError, match=message):
        inspect(font_bytes(records=records))


def test_lists_out_of_order() -> None:
    with pytest.raises(FontError, match="in this order"):
        inspect(font_bytes(records=dict(reversed(lists().items()))))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [(b"RIFF", b"RIFX", "is no SF2"), (b"sfbk", b"DLS ", "is no SF2"), (b"INFO", b"info", "part INFO"),
     (b"sdta", b"sdtb", "part sdta"), (b"pdta", b"ptda", "part pdta"), (b"smpl", b"smpm", "no samples"),
     (b"ifil", b"ifol", "version"), (b"ifil\4\0\0\0\2", b"ifil\4\0\0\0\4", "version"),
     (b"shdr", b"shdr\xff", "bytes and should have"), (b"shdr\x5c\0", b"shdr\x5d\0", "reaches beyond")],
)  # fmt: skip
def test_the_outline(old: bytes, new: bytes, message: str) -> None:
    data = font_bytes()
    assert data.count(old) == 1
    with pytest.raises(FontError, match=message):
        inspect(data.replace(old, new))


@pytest.mark.parametrize("padded", [True, False])
def test_a_part_of_odd_length_with_and_without_the_byte_after_it(padded: bool) -> None:
    """Some programs leave it out, and their fonts are in wide use."""
    data = font_bytes()
    info, sound = data.index(b"INFO") + 4, data.index(b"sdta") - 8
    comment = b"ICMT\x03\0\0\0abc" + b"\0" * padded
    length = struct.unpack_from("<I", data, info - 8)[0] + 11
    body = data[8:16] + struct.pack("<I", length) + data[20:sound] + comment + data[sound:]
    assert inspect(b"RIFF" + struct.pack("<I", len(body)) + body) == inspect(data)


def test_a_small_font_cut_anywhere() -> None:
    data = font_bytes()
    for size in range(0, len(data), 7):
        with pytest.raises(FontError):
            inspect(data[:size])


def test_a_bomb_of_chunks_or_of_samples_ends_soon() -> None:
    data = font_bytes()
    info = data.index(b"INFO") + 4
    crowd = b"ICMT\0\0\0\0" * 100_000
    sizes = (len(data) + len(crowd) - 8, struct.unpack_from("<I", data, info - 8)[0] + len(crowd))
    many = (
        data[:4]
        + struct.pack("<I", sizes[0])
        + data[8:16]
        + struct.pack("<I", sizes[1])
        + data[20:info]
    )
    with pytest.raises(FontError, match="more than 64 chunks"):
        inspect(many + crowd + data[info:])
    records = lists()
    records["shdr"][:1] = [sample("s", i, 4000, (0, 9), kind=0x11) for i in range(2000)]
    with pytest.raises(FontError, match="overlap"):
        inspect(font_bytes(records=records))


@pytest.mark.parametrize("seed", range(10))
def test_a_flipped_bit_in_a_packed_sample_is_found(seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311
    data = bytearray(PACKED)
    data[rng.randrange(data.index(b"smpl") + 8, data.index(b"pdta") - 8)] ^= 1 << rng.randrange(8)
    with pytest.raises(FontError, match=r"checksum|Ogg"):
        inspect(bytes(data))


@pytest.mark.parametrize(
    "font", [font_bytes(), font_bytes(sine(frames=50)), PACKED], ids=["small", "tiny", "packed"]
)
def test_mutants_give_nothing_but_faults(font: bytes) -> None:
    """Flips among the records, whose meaning no checksum guards: presets or an error, and never another one."""
    rng, start = random.Random(1), font.index(b"pdta")  # noqa: S311
    found = 0
    for _ in range(2000 if len(font) < 10_000 else 10):
        data = bytearray(font)
        for _ in range(rng.choice((1, 2, 16))):
            data[rng.choice((rng.randrange(len(data)), rng.randrange(start, len(data))))] = (
                rng.randrange(256)
            )
        try:
            inspect(bytes(data))
        except FontError:
            found += 1
    assert found
