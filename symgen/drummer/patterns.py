"""Patterns of drums as text: a line a drum, a character a slot, its number how loud it is struck."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from symgen.drummer.grooves import BEAT, GROOVE, LEVELS, PLACES, Groove, slots_of_beat
from symgen.music.drum_kit import DRUMS
from symgen.music.meter import Meter
from symgen.system.errors import FormatError

__all__ = ["Pattern", "pattern_text", "read_patterns", "shipped_patterns"]

Ints = NDArray[np.int64]

_REST = "."


@dataclass(frozen=True)
class Pattern:
    """Bars of a style, which lead the drummer into it."""

    # As in the data: ``dance/disco``.
    label: str
    groove: Groove

    @property
    def style(self) -> str:
        """What comes before the stroke of the label."""
        return self.label.partition("/")[0]


def pattern_text(label: str, groove: Groove) -> str:
    """Write a pattern: a line ``dance/disco 4/4 120`` and one for each drum that is struck, quarters apart."""
    lines = [f"{label} {groove.meter} {groove.bpm:g}"]
    quarters = groove.bar * groove.steps + groove.place // BEAT * BEAT
    cuts = np.flatnonzero(np.diff(quarters)) + 1
    for drum, name in enumerate(DRUMS):
        levels = groove.levels[:, drum]
        if levels.any():
            texts = [
                "".join(str(n) if n else _REST for n in part) for part in np.split(levels, cuts)
            ]
            lines.append(f"{name:<14}{' '.join(texts)}")
    return "\n".join(lines)


@cache
def shipped_patterns() -> tuple[Pattern, ...]:
    """Read the patterns that come along."""
    path = files("symgen.drummer").joinpath("data", "patterns.txt")
    return tuple(read_patterns(path.read_text(encoding="utf-8")))


def read_patterns(text: str) -> Iterator[Pattern]:
    """Read patterns, blank lines between them; what follows ``#`` is left out."""
    lines = [line.partition("#")[0].rstrip() for line in text.splitlines()]
    for block in "\n".join(lines).split("\n\n"):
        if block.strip():
            yield _pattern(block.strip().splitlines())


def _pattern(lines: Sequence[str]) -> Pattern:
    words = lines[0].split()
    if len(words) != 3:
        raise FormatError(f"pattern {lines[0]!r}: begin it with a line like 'dance/disco 4/4 120'")
    label, meter, bpm = words
    steps = round(float(Meter.parse(meter).quarters) * BEAT)
    played = [_quarters(line) for line in lines[1:]]
    if not played:
        raise FormatError(f"pattern {label}: no drum is struck; give it a line for one")
    sizes = [len(quarter) for quarter in played[0][1]]
    if any([len(quarter) for quarter in quarters] != sizes for _, quarters in played):
        raise FormatError(f"pattern {label}: its lines differ in length")
    starts = [
        bar * steps + place
        for bar in range(len(sizes))
        for place in range(0, steps, BEAT)
    ][: len(sizes)]  # fmt: skip
    at, feel = [], []
    for start, size in zip(starts, sizes, strict=True):
        length = min(BEAT, steps - start % steps)
        feels = [f for f in range(len(PLACES)) if len(slots_of_beat(f, length)) == size]
        if not feels:
            raise FormatError(f"pattern {label}: a quarter has 4 characters, or 6 for triplets")
        places = slots_of_beat(feels[0], length)
        at += [start + place for place in places]
        feel += [feels[0]] * size
    levels = np.zeros((len(at), len(DRUMS)), dtype=np.int64)
    for drum, quarters in played:
        levels[:, drum] = [0 if mark == _REST else int(mark) for mark in "".join(quarters)]
    steps_at = np.array(at, dtype=np.int64)
    bar = steps_at // steps
    none = np.zeros_like(levels)
    events = np.full(int(bar.max()) + 1, GROOVE, dtype=np.int64)
    groove = Groove(
        meter, steps, float(bpm), label.partition("/")[0], bar, steps_at % steps,
        np.array(feel, dtype=np.int64), levels, none, none, events,
    )  # fmt: skip
    return Pattern(label, groove)


def _quarters(line: str) -> tuple[int, list[str]]:
    name = next((name for name in DRUMS if line.startswith(name)), None)
    if name is None:
        raise FormatError(f"pattern: {line!r} begins with no drum ({', '.join(DRUMS)})")
    quarters = line[len(name) :].split()
    marks = set("".join(quarters))
    if not marks <= {_REST, *map(str, range(1, LEVELS + 1))}:
        raise FormatError(f"pattern: {line!r}: loudness is 1 to {LEVELS}, or {_REST} for none")
    return DRUMS.index(name), quarters
