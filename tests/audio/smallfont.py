"""A soundfont of a few kilobytes, made by hand after the specification: one instrument, one looped sine."""

from __future__ import annotations

import struct
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

RATE = 22_050
ORDER = ("phdr", "pbag", "pmod", "pgen", "inst", "ibag", "imod", "igen", "shdr")
SAMPLE_MODES, RELEASE, KEYNUM_ROOT, INSTRUMENT, SAMPLE, COARSE_TUNE = 54, 38, 58, 41, 53, 51

Lists = dict[str, list[bytes]]


def sine(amplitude: float = 20_000, frames: int = 2205) -> NDArray[np.int16]:
    """A whole number of periods of 440 Hz."""
    return np.rint(amplitude * np.sin(2 * np.pi * 440 * np.arange(frames) / RATE)).astype("<i2")


def preset(name: str, bank: int, program: int, bag: int) -> bytes:
    return struct.pack("<20sHHHIII", name.encode(), program, bank, bag, 0, 0, 0)


def sample(
    name: str, start: int, end: int, loop: tuple[int, int], rate: int = RATE, kind: int = 1
) -> bytes:
    return struct.pack("<20sIIIIIBbHH", name.encode(), start, end, *loop, rate, 69, 0, 0, kind)


def lists(frames: int = 2205, release: int = -6000) -> Lists:
    """The nine lists of a font with a flute and a violin that share one instrument."""
    generators = ((RELEASE, release & 0xFFFF), (SAMPLE_MODES, 1), (SAMPLE, 0), (0, 0))
    return {
        "phdr": [preset("Flute", 0, 73, 0), preset("Violin", 0, 40, 1), preset("EOP", 0, 0, 2)],
        "pbag": [struct.pack("<HH", i, 0) for i in range(3)],
        "pmod": [bytes(10)],
        "pgen": [struct.pack("<HH", *pair) for pair in ((INSTRUMENT, 0), (INSTRUMENT, 0), (0, 0))],
        "inst": [struct.pack("<20sH", b"Sine", 0), struct.pack("<20sH", b"EOI", 1)],
        "ibag": [struct.pack("<HH", 0, 0), struct.pack("<HH", 3, 0)],
        "imod": [bytes(10)],
        "igen": [struct.pack("<HH", *pair) for pair in generators],
        "shdr": [sample("sine", 0, frames, (0, frames)), sample("EOS", 0, 0, (0, 0), 0, 0)],
    }


def chunk(name: str, data: bytes) -> bytes:
    return name.encode() + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)


def font_bytes(
    wave: NDArray[np.int16] | None = None,
    records: Mapping[str, list[bytes]] | None = None,
    version: int = 2,
) -> bytes:
    """Put a font together; the wave is followed by the 46 zeros that the specification asks for."""
    wave = sine() if wave is None else wave
    records = lists(len(wave)) if records is None else records
    info = (
        chunk("ifil", struct.pack("<HH", version, 1))
        + chunk("isng", b"EMU8000\0")
        + chunk("INAM", b"Small\0")
    )
    sound = chunk("smpl", wave.astype("<i2").tobytes() + bytes(92))
    hydra = b"".join(chunk(name, b"".join(data)) for name, data in records.items())
    body = b"sfbk" + b"".join(
        chunk("LIST", name + data)
        for name, data in ((b"INFO", info), (b"sdta", sound), (b"pdta", hydra))
    )
    return chunk("RIFF", body)


def banked_font() -> bytes:
    """A flute of bank 0, and one of bank 8 that sounds an octave higher."""
    records = lists()
    records["phdr"] = [
        preset("Flute", 0, 73, 0),
        preset("High flute", 8, 73, 1),
        preset("EOP", 0, 0, 2),
    ]
    records["pbag"] = [struct.pack("<HH", i, 0) for i in (0, 1, 3)]
    generators = ((INSTRUMENT, 0), (COARSE_TUNE, 12), (INSTRUMENT, 0), (0, 0))
    records["pgen"] = [struct.pack("<HH", *pair) for pair in generators]
    return font_bytes(records=records)
