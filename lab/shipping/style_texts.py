"""Style examples as text: a grid for each section, with a row for each drum or voicing.

    tempo 120
    meter 4/4
    Drums: drums
    Bass: Picked Bass

    [Main A] 2 bars
    Chord    | C7                  | .                   |
    Drums
      Hi-hat | 7.5. 7.5. 7.5. 7.5. | %                   |
    Bass
      C2     | 7--- ..6. 7--- .... | 7--- ..6. .... .... |
      G1 C2  | .                   | .... .... 7--- ---- |

A bar has a group of cells for each quarter, and a group shares its quarter out evenly: ``7.5.`` are sixteenths, ``7.5``
triplets. A digit strikes the pitches of the row, the louder the higher it is; ``-`` holds them, ``.`` is a rest. One
``.`` or ``-`` may stand for a whole bar, ``%`` says the bar before again, and a row that is shorter than its section
begins anew. A row of chords says over which chord the example sounds from there on; without one it is C.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from symgen.music.instruments import DRUMS, drum_name, parse_instrument
from symgen.music.meter import COMMON_TIME, Meter
from symgen.music.score import Note
from symgen.music.theory import parse_pitch
from symgen.system.errors import ControlError, FormatError

__all__ = ["STEPS", "Section", "Style", "read_style"]

STEPS = 12
"""Steps of the grid in a quarter."""

LOUDNESS = 14
"""Velocity that a digit counts for."""

_CHORD = "Chord"
_HEAD = re.compile(r"\[(.+)\] (\d+) bars?")
_KEYS = {drum_name(key): key for key in range(35, 82)}


@dataclass(frozen=True)
class Section:
    """Some bars of a style, as steps of the grid."""

    name: str
    bars: int
    # By the name of the part.
    notes: dict[str, list[Note]] = field(default_factory=lambda: defaultdict(list))
    # Over which chord it sounds, from a step on.
    chords: list[tuple[int, str]] = field(default_factory=list)


@dataclass
class Style:
    """A style as its text says it."""

    tempo: int = 0
    meter: Meter = COMMON_TIME
    # By the name of the part: its program, or None for drums.
    parts: dict[str, int | None] = field(default_factory=dict)
    sections: list[Section] = field(default_factory=list)

    @property
    def bar(self) -> int:
        """Steps of a bar."""
        return self.meter.bar_ticks(STEPS)


def read_style(text: str, name: str) -> Style:
    """Read a style; what is wrong is said with its line."""
    style, part = Style(), ""
    for number, line in enumerate(text.splitlines(), 1):
        line = line.partition(" #")[0].strip()
        if not line or line.startswith("#"):
            continue
        try:
            part = _read_line(style, part, line)
        except (ValueError, KeyError, ControlError) as error:
            raise FormatError(f"{name}:{number}: {line!r}: {error}") from error
    return style


def _read_line(style: Style, part: str, line: str) -> str:
    """Read a line, and return the part to which the rows below it belong."""
    if line.startswith("["):
        head = _HEAD.fullmatch(line)
        if head is None:
            raise ValueError("a section is written like [Main A] 4 bars")
        style.sections.append(Section(head[1], int(head[2])))
        return ""
    if not style.sections:
        _read_heading(style, line)
    elif "|" in line:
        _read_row(style, part, line)
    elif line in style.parts:
        return line
    else:
        raise ValueError(f"no part of that name; there are {', '.join(style.parts)}")
    return part


def _read_heading(style: Style, line: str) -> None:
    word, _, value = line.partition(" ")
    if word == "tempo":
        style.tempo = int(value)
    elif word == "meter":
        style.meter = Meter.parse(value)
    else:
        name, _, instrument = map(str.strip, line.partition(":"))
        style.parts[name] = None if instrument == DRUMS else parse_instrument(instrument)


def _read_row(style: Style, part: str, line: str) -> None:
    """Put the notes of a row, or its chords, into the last section."""
    section = style.sections[-1]
    name, *bars, rest = (cell.strip() for cell in line.split("|"))
    if rest or not bars or section.bars % len(bars):
        raise ValueError(f"{len(bars)} bars between lines do not make {section.bars} bars")
    for number, bar in enumerate(bars):
        bars[number] = bars[number - 1] if bar == "%" and number else bar
    bars *= section.bars // len(bars)
    if name == _CHORD:
        section.chords.extend(_chords(bars, style))
        return
    pitches = [_KEYS[name]] if style.parts[part] is None else [*map(parse_pitch, name.split())]
    for onset, duration, loudness in _strokes(bars, style):
        velocity = min(127, LOUDNESS * loudness)
        section.notes[part] += [Note(onset, pitch, duration, velocity) for pitch in pitches]


def _strokes(bars: list[str], style: Style) -> Iterator[tuple[int, int, int]]:
    """Yield onset, duration and loudness of what a row strikes."""
    found: list[list[int]] = []
    for at, size, cell in _cells(bars, style):
        if cell.isdecimal() and cell != "0":
            found.append([at, size, int(cell)])
        elif cell == "-":
            if not found or sum(found[-1][:2]) != at:
                raise ValueError("a - holds what no digit before it strikes")
            found[-1][1] += size
        elif cell != ".":
            raise ValueError(f"{cell!r} is no digit, - or .")
    yield from ((onset, duration, loudness) for onset, duration, loudness in found)


def _cells(bars: list[str], style: Style) -> Iterator[tuple[int, int, str]]:
    """Yield the step of each cell, how many steps it lasts, and what it says."""
    for number, bar in enumerate(bars):
        for beat, group in enumerate(_groups(bar, style)):
            if STEPS % len(group):
                raise ValueError(f"a quarter is not shared out into {len(group)}")
            size = STEPS // len(group)
            for place, cell in enumerate(group):
                yield number * style.bar + beat * STEPS + place * size, size, cell


def _chords(bars: list[str], style: Style) -> Iterator[tuple[int, str]]:
    """Yield step and name of the chords of a row."""
    for number, bar in enumerate(bars):
        groups = [bar, *"." * (style.bar // STEPS - 1)] if " " not in bar else _groups(bar, style)
        for beat, name in enumerate(groups):
            if name != ".":
                yield number * style.bar + beat * STEPS, name


def _groups(bar: str, style: Style) -> list[str]:
    """Return what a bar says of each quarter."""
    quarters = style.bar // STEPS
    groups = [bar] * quarters if bar in (".", "-") else bar.split()
    if len(groups) != quarters:
        raise ValueError(f"a bar of {len(groups)} groups in a meter of {quarters} quarters")
    return groups
