"""Soundfonts: which one to take, whether it is whole, and which programs it holds.

The font that comes with symgen is known by its digest; any other is inspected, so that a file that
is no soundfont or that is damaged is refused before a synthesizer sees it (they go on in silence,
or break down).

Parsers of soundfonts trust the sizes and indexes that they read; this one trusts none. It follows
the SoundFont 2.04 specification and, for SF3, the checksums of Ogg.
"""

from __future__ import annotations

import os
import stat
import struct
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from symgen.audio.encoding import ogg_checksum, ogg_page
from symgen.music.instruments import program_family
from symgen.system.errors import FormatError, RenderError
from symgen.system.files import PathLike, as_path
from symgen.system.resources import data_folder

__all__ = [
    "DRUM_BANK",
    "ENVIRONMENT_NAME",
    "GENERAL_MIDI",
    "FontError",
    "Soundfont",
    "inspect_font",
    "nearest_program",
    "open_soundfont",
]

_Chunks = dict[str, tuple[int, int]]
_Records = dict[str, NDArray[Any]]

_BAG = [("generator", "<u2"), ("modulator", "<u2")]
_GENERATOR = [("kind", "<u2"), ("amount", "<u2")]
_LAYOUTS = {
    "phdr": np.dtype([("name", "S20"), ("program", "<u2"), ("bank", "<u2"), ("bag", "<u2"), ("", "V12")]),
    "pbag": np.dtype(_BAG),
    "pmod": np.dtype("V10"),
    "pgen": np.dtype(_GENERATOR),
    "inst": np.dtype([("name", "S20"), ("bag", "<u2")]),
    "ibag": np.dtype(_BAG),
    "imod": np.dtype("V10"),
    "igen": np.dtype(_GENERATOR),
    "shdr": np.dtype([("name", "S20"), ("start", "<u4"), ("end", "<u4"), ("loop_start", "<u4"), ("loop_end", "<u4"),
                      ("rate", "<u4"), ("", "V4"), ("kind", "<u2")]),
}  # fmt: skip
"""The lists of the chunk pdta in their order; the last record of each only marks its end."""

_MOST_RECORDS = 2**16 + 1
_MOST_CHUNKS = 64
_INSTRUMENT, _SAMPLE = 41, 53
_VORBIS, _ROM = 0x10, 0x8000
_CHANNEL_KINDS = (0, 1, 2, 4, 8)
_RATES = (100, 1_000_000)


class FontError(ValueError):
    """Why a file is no whole soundfont, in a few words."""


def inspect_font(file: BinaryIO, *, known: bool = False) -> dict[tuple[int, int], str]:
    """Read the presets of a soundfont after a look at all that a synthesizer would trust."""
    info, sound, lists = _outline(file)
    if known:
        return _presets(_read_records(file, "phdr", lists))
    _check_version(file, info)
    if tuple(lists) != tuple(_LAYOUTS):
        raise FontError(
            f"is damaged, it does not hold the lists {', '.join(_LAYOUTS)} in this order"
        )
    records = {name: _read_records(file, name, lists) for name in _LAYOUTS}
    _check_indexes(records)
    if next(iter(sound), "") != "smpl":
        raise FontError("is damaged, it holds no samples")
    _check_samples(file, records["shdr"][:-1], *sound["smpl"])
    return _presets(records["phdr"])


def _presets(records: NDArray[Any]) -> dict[tuple[int, int], str]:
    return {
        (int(record["bank"]), int(record["program"])): record["name"]
        .split(b"\0")[0]
        .decode("latin-1")
        .strip()
        for record in records[:-1]
    }


# -- chunks ------------------------------------------------------------------------------


def _outline(file: BinaryIO) -> tuple[_Chunks, _Chunks, _Chunks]:
    """Return where the chunks of the three parts INFO, sdta and pdta lie."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    head = file.read(12)
    if len(head) < 12 or head[:4] != b"RIFF" or head[8:] != b"sfbk":
        raise FontError("is no SF2 or SF3 file")
    end = 8 + struct.unpack("<I", head[4:8])[0]
    if end > size:
        raise FontError(f"is damaged, {end - size} of {end} bytes are missing")
    if end < size:
        raise FontError(f"is damaged, it has {size} bytes and should have {end}")
    places = []
    at = 12
    for wanted in (b"INFO", b"sdta", b"pdta"):
        name, start, stop = _chunk(file, at, end)
        file.seek(start)
        if name != b"LIST" or stop - start < 4 or file.read(4) != wanted:
            raise FontError(f"is damaged, its part {wanted.decode()} is not where it should be")
        places.append(_chunks(file, start + 4, stop))
        at = _next(file, stop, (stop - start) % 2)
    if at < end:
        raise FontError("is damaged, there is something after its last part")
    info, sound, lists = places
    return info, sound, lists


def _next(file: BinaryIO, stop: int, odd: int) -> int:
    """Return where the next part begins: after an odd length some programs leave out the byte that should follow."""
    file.seek(stop)
    return stop + odd if file.read(4) != b"LIST" else stop


def _chunk(file: BinaryIO, start: int, end: int) -> tuple[bytes, int, int]:
    """Return name, start and end of the RIFF chunk at `start`, which has to lie whole before `end`."""
    file.seek(start)
    head = file.read(8) if start + 8 <= end else b""
    if len(head) < 8:
        raise FontError(f"is damaged, a chunk is missing at byte {start}")
    name, length = struct.unpack("<4sI", head)
    if start + 8 + length > end:
        raise FontError(f"is damaged, the chunk at byte {start} reaches beyond its end")
    return name, start + 8, start + 8 + length


def _chunks(file: BinaryIO, start: int, end: int) -> _Chunks:
    """Return where the chunks that fill ``[start, end)`` lie; a name that comes twice counts once."""
    places: _Chunks = {}
    for _ in range(_MOST_CHUNKS):
        if start >= end:
            return places
        name, first, last = _chunk(file, start, end)
        places.setdefault(name.decode("latin-1"), (first, last))
        start = last + (last - first) % 2
    raise FontError(f"is damaged, it holds more than {_MOST_CHUNKS} chunks")


def _check_version(file: BinaryIO, info: _Chunks) -> None:
    start, end = info.get("ifil", (0, 0))
    file.seek(start)
    major = struct.unpack("<H", file.read(2))[0] if end - start == 4 else 0
    if major not in (2, 3):
        raise FontError("is damaged or of another kind, it does not say version 2 or 3")


# -- records -----------------------------------------------------------------------------


def _read_records(file: BinaryIO, name: str, lists: _Chunks) -> NDArray[Any]:
    start, end = lists.get(name, (0, 0))
    layout = _LAYOUTS[name]
    count, rest = divmod(end - start, layout.itemsize)
    # Some programs leave out the lists of modulators where there are none.
    if rest or count > _MOST_RECORDS or (count == 0 and not name.endswith("mod")):
        raise FontError(f"is damaged, its list {name} has {end - start} bytes")
    file.seek(start)
    return np.frombuffer(file.read(end - start), dtype=layout)


def _check_indexes(records: _Records) -> None:
    """Check that each list points into the next one, in order and up to its end."""
    links = (("phdr", "bag", "pbag"), ("pbag", "generator", "pgen"), ("pbag", "modulator", "pmod"),
             ("inst", "bag", "ibag"), ("ibag", "generator", "igen"), ("ibag", "modulator", "imod"))  # fmt: skip
    for source, field, target in links:
        indexes, count = records[source][field].astype(np.int64), len(records[target])
        # The end mark of the target may be missing.
        if (np.diff(indexes) < 0).any() or indexes[-1] not in (count - 1, count):
            raise FontError(f"is damaged, its list {source} does not fit its list {target}")
    for source, kind, target in (("pgen", _INSTRUMENT, "inst"), ("igen", _SAMPLE, "shdr")):
        chosen = records[source]["amount"][records[source]["kind"] == kind]
        if (chosen >= len(records[target]) - 1).any():
            raise FontError(
                f"is damaged, its list {source} names records that its list {target} lacks"
            )
    if (records["phdr"]["program"][:-1] > 127).any():
        raise FontError("is damaged, it holds a program above 127")


# -- samples -----------------------------------------------------------------------------


def _check_samples(file: BinaryIO, samples: NDArray[Any], start: int, end: int) -> None:
    samples = samples[samples["kind"] & _ROM == 0]
    packed = samples["kind"] & _VORBIS != 0
    if not np.isin(samples["kind"] & ~np.uint16(_VORBIS), _CHANNEL_KINDS).all():
        raise FontError("is damaged, it holds samples of an unknown kind")
    # Places count values of 16 bits, in packed samples bytes; the loops of those count from their start.
    limits = np.where(packed, end - start, (end - start) // 2)
    if (samples["start"] > samples["end"]).any() or (samples["end"] > limits).any():
        raise FontError("is damaged, samples lie outside the sound data")
    plain = samples[~packed]
    if (np.maximum(plain["loop_start"], plain["loop_end"]) > (end - start) // 2).any():
        raise FontError("is damaged, loops lie outside the sound data")
    used = samples["end"] > samples["start"]
    if ((samples["rate"][used] < _RATES[0]) | (samples["rate"][used] > _RATES[1])).any():
        raise FontError("is damaged, a sample has an impossible rate")
    streams = sorted(
        {
            (int(first), int(last))
            for first, last in samples[packed & used][["start", "end"]].tolist()
        }
    )
    if sum(last - first for first, last in streams) > 2 * (end - start):
        raise FontError("is damaged, its samples overlap")
    for first, last in streams:
        file.seek(start + first)
        _check_stream(file.read(last - first), start + first)


def _check_stream(data: bytes, place: int) -> None:
    """Check an Ogg stream page by page; what follows its last page does not matter."""
    at = 0
    while at < len(data):
        page = ogg_page(data, at)
        if page is None:
            raise FontError(
                f"is damaged, the sample at byte {place} is no Ogg stream or is cut off"
            )
        if page.stop > len(data) or ogg_checksum(data[at : page.stop]) != page.checksum:
            raise FontError(f"is damaged, the checksum of the sample at byte {place} does not fit")
        if page.is_last:
            return
        at = page.stop


ENVIRONMENT_NAME = "SYMGEN_SOUNDFONT"
DRUM_BANK = 128

_SHIPPED = "FluidR3Mono_24.sf3"
_SHIPPED_BYTES = 7_621_424
_SHIPPED_DIGEST = "11f763936db47f4ae70d4521c14f10538b174e8e00f837e99c7bf2ee2bacbe46"
_CUT_DIGEST = "7605e82c786ab76e9b1e6761586e1281373d737db7795163970264fa19ecbe80"
"""Of the same font as it was cut out of FluidR3Mono, with its Square Lead wider; see ``soundfonts/README.md``."""

_REMEDY = f"name a whole SF2 or SF3 file with --soundfont or ${ENVIRONMENT_NAME}, or leave both out for the one shipped"
_REINSTALL = "install symgen again, or name another SF2 or SF3 file with --soundfont"
# What a player of the missing instrument would take up next, where the family holds nothing near.
_KIN = {104: 25, 105: 25, 106: 24, 107: 46, 108: 11, 109: 71, 110: 40, 111: 71, 112: 11, 114: 11}


@dataclass(frozen=True, slots=True)
class Soundfont:
    """A soundfont that was found whole."""

    path: Path  # the file
    # Name of each preset by bank and program; bank 128 holds drum kits
    presets: dict[tuple[int, int], str]
    # Whether it is, byte for byte, the font that comes with symgen, or the one that this was made
    # of
    shipped: bool = False

    @property
    def programs(self) -> frozenset[int]:
        """The melodic programs of bank 0."""
        return frozenset(program for bank, program in self.presets if bank == 0)

    @property
    def kits(self) -> frozenset[int]:
        """The drum kits."""
        return frozenset(program for bank, program in self.presets if bank == DRUM_BANK)


GENERAL_MIDI = Soundfont(
    Path("General MIDI"), {(bank, i): "" for bank in (0, DRUM_BANK) for i in range(128)}
)
"""No file: all programs and kits, as the built-in sounds have them."""


def open_soundfont(path: PathLike | None = None) -> Soundfont:
    """Choose a soundfont and read its list of presets."""
    chosen = path or os.environ.get(ENVIRONMENT_NAME)
    remedy = _REMEDY if chosen else _REINSTALL
    try:
        font = as_path(chosen or data_folder("soundfonts") / _SHIPPED)
    except FormatError as error:
        raise RenderError(f"{error}; {remedy}") from None
    try:
        font = _expand(font)
        facts = font.stat()
        # Asked before it is opened: to open a pipe or a device can hang, or do something.
        if not stat.S_ISREG(facts.st_mode):
            raise FontError(
                f"is {'a folder' if stat.S_ISDIR(facts.st_mode) else 'no regular file'}"
            )
        presets, shipped = _inspect(
            font, facts.st_size, (facts.st_mtime_ns, facts.st_ino, facts.st_dev)
        )
    except FileNotFoundError:
        raise RenderError(f"soundfont {font}: no such file; {remedy}") from None
    except OSError as error:
        raise RenderError(
            f"soundfont {font}: cannot be read ({error.strerror or error}); {remedy}"
        ) from None
    except FontError as error:
        raise RenderError(f"soundfont {font}: {error}; {remedy}") from None
    return Soundfont(font, dict(presets), shipped=shipped)


def _expand(font: Path) -> Path:
    """Replace ``~``, and refuse what no file can be called."""
    try:
        font = font.expanduser()
        str(font).encode()
    except (RuntimeError, UnicodeError):
        raise FontError("has a name that cannot be resolved") from None
    if "\0" in str(font):
        raise FontError("has a NUL in its name")
    return font


def nearest_program(program: int, present: frozenset[int]) -> int | None:
    """Return the program that stands in for one that a soundfont may not hold."""
    # `program`: General MIDI program, 0..127; returns none if the font holds no program at all.
    # The program itself, else the nearest of its family (of two equally near the higher), else a
    # relative, else the nearest to the grand piano.
    if program in present:
        return program
    family = [
        other
        for other in present
        if other < 128 and program_family(other) == program_family(program)
    ]
    if family:
        return min(family, key=lambda other: (abs(other - program), -other))
    if _KIN.get(program) in present:
        return _KIN[program]
    return min(present, default=None)


@lru_cache(maxsize=8)
def _inspect(
    font: Path, size: int, _changed: tuple[int, int, int]
) -> tuple[dict[tuple[int, int], str], bool]:
    """Return the presets of a font that was found whole, and whether it is the one shipped."""
    with font.open("rb") as file:
        same = size == _SHIPPED_BYTES
        if same and _digest(file) not in (_SHIPPED_DIGEST, _CUT_DIGEST):
            raise FontError(
                f"is a damaged copy of {_SHIPPED}, of its size but with other bytes; copy it again"
            )
        presets = inspect_font(file, known=same)
    if not presets:
        raise FontError("holds no presets")
    return presets, same


def _digest(file: BinaryIO) -> str:
    import hashlib  # not before: it loads OpenSSL

    digest = hashlib.sha256()
    while data := file.read(2**20):
        digest.update(data)
    return digest.hexdigest()
