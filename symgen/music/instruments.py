"""General MIDI programs: names, families, compasses, and how to read what a user writes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from symgen.system.errors import ControlError

__all__ = [
    "DRUMS",
    "FAMILIES",
    "PROGRAMS",
    "abilities",
    "compass",
    "drum_name",
    "instrument_name",
    "instrument_names",
    "parse_instrument",
    "program_family",
    "program_name",
]

# By program number: family of eight, name, lowest and highest pitch as orchestration books give
# them (0 and 127 where there is no limit), other names that users write, and what
# `symgen.music.players` says of the rest.
_FILE = Path(__file__).parent / "data" / "instruments.tsv"
_TABLE = [line.split("\t") for line in _FILE.read_text(encoding="utf-8").splitlines()[1:]]

FAMILIES: tuple[str, ...] = tuple(dict.fromkeys(row[0] for row in _TABLE))
PROGRAMS: tuple[str, ...] = tuple(row[1] for row in _TABLE)
DRUMS = "drums"
_DRUM_NAMES = {
    35: "Kick 2", 36: "Kick", 37: "Side stick", 38: "Snare", 39: "Clap", 40: "Snare 2",
    41: "Low tom 2", 42: "Hi-hat", 43: "Low tom", 44: "Pedal hat", 45: "Mid tom 2", 46: "Open hat",
    47: "Mid tom", 48: "High tom 2", 49: "Crash", 50: "High tom", 51: "Ride", 52: "China", 53: "Ride bell",
    54: "Tambourine", 55: "Splash", 56: "Cowbell", 57: "Crash 2", 58: "Vibraslap", 59: "Ride 2",
    60: "High bongo", 61: "Low bongo", 62: "Mute conga", 63: "Open conga", 64: "Low conga", 65: "High timbale",
    66: "Low timbale", 67: "High agogo", 68: "Low agogo", 69: "Cabasa", 70: "Maracas", 71: "Short whistle",
    72: "Long whistle", 73: "Short guiro", 74: "Long guiro", 75: "Claves", 76: "High block", 77: "Low block",
    78: "Mute cuica", 79: "Open cuica", 80: "Mute triangle", 81: "Open triangle",
}  # fmt: skip


def instrument_names() -> Iterator[str]:
    """Yield the names that are read: those of General MIDI, then the other ones that users write."""
    yield from PROGRAMS
    for row in _TABLE:
        yield from filter(None, row[4].split(", "))


def program_name(program: int) -> str:
    """Name a program number, 0..127: 73 is ``"Flute"``."""
    return PROGRAMS[program]


def instrument_name(program: int, *, is_drum: bool) -> str:
    """Name what plays a part: its program, or ``"drums"``."""
    return DRUMS if is_drum else program_name(program)


def program_family(program: int) -> str:
    """Name the family of eight that a program belongs to."""
    return FAMILIES[program // 8]


def drum_name(key: int) -> str:
    """Name the drum that a key plays, as General MIDI lays them out."""
    return _DRUM_NAMES.get(key, f"Drum {key}")


def compass(program: int) -> tuple[int, int]:
    """Return the lowest and the highest pitch that an instrument plays; 0 and 127 where there is no limit."""
    lowest, highest = _TABLE[program][2:4]
    return int(lowest), int(highest)


def abilities(program: int) -> tuple[int, int, int, int, int | None, int, int, tuple[int, ...]]:
    """Return what `symgen.music.players.Player` is made of."""
    _, _, low, high, _, easy_low, easy_high, at_once, hands, reach, strings = _TABLE[program]
    return (
        int(low),
        int(high),
        int(easy_low),
        int(easy_high),
        int(at_once) if at_once else None,
        int(hands or 0),
        int(reach or 0),
        tuple(map(int, strings.split())),
    )


def parse_instrument(text: str) -> int:
    """Read an instrument: a program number 0..127, a General MIDI name, or a common short form."""
    wanted = re.sub(r"[\s_-]+", " ", text.strip().lower())
    if wanted.isdecimal() and int(wanted) <= 127:
        return int(wanted)
    names = {name.lower().replace("-", " "): number for number, name in enumerate(PROGRAMS)}
    for number, row in enumerate(_TABLE):
        # After the names: a fiddle is a violin to most who write it, not the one of the ethnic
        # family.
        names |= dict.fromkeys(filter(None, row[4].split(", ")), number)
    if wanted in names:
        return names[wanted]
    import difflib

    near = difflib.get_close_matches(wanted, names, n=3, cutoff=0.4) or ["piano", "flute", "violin"]
    raise ControlError(
        f"instrument {text!r}: unknown; nearest: {', '.join(near)} (or a General MIDI number 0..127)"
    )
