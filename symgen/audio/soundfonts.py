"""Soundfonts: which one to take, whether it is whole, and which programmes it holds.

The list of presets is read from the file itself, so that a file that is no soundfont
or that was cut off is refused before any synthesizer sees it (they go on in silence).
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from symgen.errors import RenderError
from symgen.files import PathLike
from symgen.instruments import program_family
from symgen.resources import data_folder

__all__ = ["DRUM_BANK", "ENVIRONMENT_NAME", "GENERAL_MIDI", "Soundfont", "nearest_program", "open_soundfont"]

ENVIRONMENT_NAME = "SYMGEN_SOUNDFONT"
DRUM_BANK = 128

_SHIPPED = "FluidR3Mono_24.sf3"
_REMEDY = f"name a whole SF2 or SF3 file with --soundfont or ${ENVIRONMENT_NAME}, or leave both out for the one shipped"
_PRESET = struct.Struct("<20sHHH12x")
# What a player of the missing instrument would take up next, where the family holds nothing near.
_KIN = {104: 25, 105: 25, 106: 24, 107: 46, 108: 11, 109: 71, 110: 40, 111: 71, 112: 11, 114: 11}


@dataclass(frozen=True, slots=True)
class Soundfont:
    """A soundfont whose outline was found whole.

    Parameters
    ----------
    path : Path
        The file.
    presets : dict of (int, int) to str
        Name of each preset by bank and programme; bank 128 holds drum kits.
    """

    path: Path
    presets: dict[tuple[int, int], str]

    @property
    def programs(self) -> frozenset[int]:
        """The melodic programmes of bank 0."""
        return frozenset(program for bank, program in self.presets if bank == 0)

    @property
    def kits(self) -> frozenset[int]:
        """The drum kits."""
        return frozenset(program for bank, program in self.presets if bank == DRUM_BANK)


GENERAL_MIDI = Soundfont(Path("General MIDI"), {(bank, i): "" for bank in (0, DRUM_BANK) for i in range(128)})
"""No file: all programmes and kits, as the built-in sounds have them."""


def open_soundfont(path: PathLike | None = None) -> Soundfont:
    """Choose a soundfont and read its list of presets.

    Parameters
    ----------
    path : path, optional
        The font; without one ``$SYMGEN_SOUNDFONT``, else the font that comes with symgen.

    Raises
    ------
    RenderError
        If the file is missing, is no SF2 or SF3, is cut off or holds no presets.
    """
    source = path or os.environ.get(ENVIRONMENT_NAME) or data_folder("soundfonts") / _SHIPPED
    font = Path(source).expanduser()
    try:
        with font.open("rb") as file:
            presets = _read_presets(file, font)
    except FileNotFoundError:
        raise RenderError(f"soundfont {font}: no such file; {_REMEDY}") from None
    except OSError as error:
        raise RenderError(f"soundfont {font}: cannot be read ({error.strerror}); {_REMEDY}") from None
    if not presets:
        raise RenderError(f"soundfont {font}: holds no presets; {_REMEDY}")
    return Soundfont(font, presets)


def nearest_program(program: int, present: frozenset[int]) -> int | None:
    """Return the programme that stands in for one that a soundfont may not hold.

    The programme itself, else the nearest of its family (of two equally near the higher),
    else a relative, else the nearest to the grand piano.

    Parameters
    ----------
    program : int
        General MIDI programme, 0..127.
    present : frozenset of int
        Programmes of the font.

    Returns
    -------
    int or None
        None if the font holds no programme at all.
    """
    if program in present:
        return program
    family = [other for other in present if other < 128 and program_family(other) == program_family(program)]
    if family:
        return min(family, key=lambda other: (abs(other - program), -other))
    if _KIN.get(program) in present:
        return _KIN[program]
    return min(present, default=None)


def _read_presets(file: BinaryIO, path: Path) -> dict[tuple[int, int], str]:
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    head = file.read(12)
    if len(head) < 12 or head[:4] != b"RIFF" or head[8:] != b"sfbk":
        raise RenderError(f"soundfont {path}: is no SF2 or SF3 file; {_REMEDY}")
    end = 8 + struct.unpack("<I", head[4:8])[0]
    if end > size:
        raise RenderError(f"soundfont {path}: is damaged, {end - size} of {end} bytes are missing; {_REMEDY}")
    for name, start, stop in _chunks(file, 12, end):
        if name != b"LIST" or stop - start < 4:
            continue
        file.seek(start)
        if file.read(4) != b"pdta":
            continue
        for inner, first, last in _chunks(file, start + 4, stop):
            if inner == b"phdr":
                file.seek(first)
                return _parse_presets(file.read(last - first))
    raise RenderError(f"soundfont {path}: is damaged, it holds no list of presets; {_REMEDY}")


def _chunks(file: BinaryIO, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, start and end of each RIFF chunk that lies whole in ``[start, end)``."""
    while start + 8 <= end:
        file.seek(start)
        name, length = struct.unpack("<4sI", file.read(8))
        if start + 8 + length > end:
            return
        yield name, start + 8, start + 8 + length
        start += 8 + length + length % 2


def _parse_presets(data: bytes) -> dict[tuple[int, int], str]:
    rows = [_PRESET.unpack_from(data, i) for i in range(0, len(data) - _PRESET.size + 1, _PRESET.size)]
    # The last record only marks the end of the list.
    return {(bank, program): name.split(b"\0")[0].decode("latin-1").strip() for name, program, bank, _ in rows[:-1]}
