"""Put FluidR3Mono_24 into soundfonts/, with the two halves of its Square Lead closer together.

    python -m lab ship-soundfont FluidR3Mono_24.sf3

Square Lead is two waves that are out of tune with each other, one far left and one far right: summed to mono it loses
2 dB. Half as far apart it loses half a decibel. Nothing else in the font is changed.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

from lab.commands import command_parser
from lab.modules import ROOT
from symgen.system.files import sha256, write_atomic

FONTS = ROOT / "soundfonts"
PAN = 17
FAR, NEAR = 400, 200
"""Tenths of a percent from the middle; 500 is all the way."""


def narrowed(font: bytes) -> bytes:
    """Bring generators of presets that pan by `FAR` to `NEAR`."""
    data, at = bytearray(font), font.index(b"pgen", font.index(b"pdta"))
    size = int.from_bytes(font[at + 4 : at + 8], "little")
    for place in range(at + 8, at + 8 + size, 4):
        kind, amount = struct.unpack_from("<Hh", data, place)
        if kind == PAN and abs(amount) == FAR:
            struct.pack_into("<Hh", data, place, PAN, NEAR if amount > 0 else -NEAR)
    return bytes(data)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser(__name__, __doc__)
    parser.add_argument("font", type=Path)
    options = parser.parse_args(arguments)
    data = narrowed(options.font.read_bytes())
    write_atomic(FONTS / options.font.name, data)
    print(f"{FONTS / options.font.name}: {len(data):,} bytes, sha256 {sha256(data)}")
    return 0
