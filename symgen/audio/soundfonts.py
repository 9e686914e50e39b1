"""Soundfonts: which one to take, whether it is whole, and which programs it holds.

The font that comes with symgen is known by its digest; any other is inspected, so that
a file that is no soundfont or that is damaged is refused before a synthesizer sees it
(they go on in silence, or break down).
"""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from symgen.audio.fontcheck import FontError, inspect_font
from symgen.music.instruments import program_family
from symgen.system.errors import RenderError
from symgen.system.files import PathLike
from symgen.system.resources import data_folder

__all__ = [
    "DRUM_BANK",
    "ENVIRONMENT_NAME",
    "GENERAL_MIDI",
    "Soundfont",
    "nearest_program",
    "open_soundfont",
]

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
    font = Path(chosen or data_folder("soundfonts") / _SHIPPED)
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
    """Return the program that stands in for one that a soundfont may not hold.

    `program`: General MIDI program, 0..127; returns none if the font holds no program at all.
    """
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
    digest = hashlib.sha256()
    while data := file.read(2**20):
        digest.update(data)
    return digest.hexdigest()
