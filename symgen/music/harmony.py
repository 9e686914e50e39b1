"""Chords with their places in time: what a plan of chords, and a reading of chords, is made of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from symgen.music.chord_symbols import ChordChange, ChordSymbol, pitch_class_of
from symgen.music.meter import Bar, Meter
from symgen.music.theory import QUALITIES
from symgen.system.errors import ControlError

__all__ = [
    "NO_CHORD_ROOT",
    "PLAN_QUALITIES",
    "PlacedChord",
    "chord_beat",
    "chord_beats",
    "only_changes",
    "placed_symbol",
    "plan_quality",
]

if TYPE_CHECKING:  # the command line reads charts of chords before it says that numpy is missing
    import numpy as np
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

PLAN_QUALITIES = ("", "m", "7", "m7", "maj7", "dim", "dim7", "m7b5", "aug", "sus4")
"""Names of the qualities that readings and plans tell apart; see `symgen.music.theory.QUALITIES`."""

NO_CHORD_ROOT = -1
"""The root, and the bass, where no chord sounds."""


_MINOR = r"(?:m(?!a(?!dd))|min|mi|-)"
_SEVENTH = r".*(?<!add)(?<!/)(?:7|9|11|13)"
_NEAREST = (
    (rf"{_MINOR}\d+b5|ø|half-dim", "m7b5"),
    (r"(?:dim|°|o(?!m))(?:7|9)", "dim7"),
    (rf"dim|°|o(?!m)|{_MINOR}b5", "dim"),
    (r"aug|\+|(?:maj|\d)*#5", "aug"),
    (rf"{_MINOR}(?:/?maj|M|Δ|j|\+|69|6/9)", "m"),
    (rf"{_MINOR}{_SEVENTH}", "m7"),
    (_MINOR, "m"),
    (r".*sus(?!2(?!.*4))", "sus4"),
    (r"(?:6|.*sus2)", ""),
    (rf"(?:maj|ma|M|j){_SEVENTH}|Δ", "maj7"),
    (r"7|9|11|13|alt|dom", "7"),
)
"""How qualities that symbols write are read as those of plans: the first pattern that fits; else a major chord."""


def plan_quality(quality: str) -> str:
    """Return which of `PLAN_QUALITIES` is nearest to a quality as symbols write it, such as ``"m9"`` or ``"7b9"``."""
    if quality in PLAN_QUALITIES:
        return quality
    plain = re.sub(r"[()\s,]", "", quality).replace("♭", "b").replace("♯", "#")
    return next((name for pattern, name in _NEAREST if re.match(pattern, plain)), "")


@dataclass(frozen=True, slots=True, order=True)
class PlacedChord:
    """A chord from a place on, up to the next one.

    Parameters
    ----------
    at : int
        A tick of a score, or a step of a grid, 0 or more.
    root : int
        Pitch class, or `NO_CHORD_ROOT` where no chord sounds.
    quality : str
        One of `PLAN_QUALITIES`; empty where no chord sounds.
    bass : int
        Pitch class of the lowest tone, or `NO_CHORD_ROOT` where no chord sounds.

    Raises
    ------
    ControlError
        If a value is none of these.
    """

    at: int
    root: int
    quality: str = ""
    bass: int = NO_CHORD_ROOT

    def __post_init__(self) -> None:
        is_none = self.root == NO_CHORD_ROOT
        if is_none != (self.bass == NO_CHORD_ROOT) and not is_none:
            object.__setattr__(self, "bass", self.root)
        fits = -1 <= self.root < 12 and -1 <= self.bass < 12 and self.quality in PLAN_QUALITIES
        if self.at < 0 or not fits or (is_none and (self.quality or self.bass >= 0)):
            raise ControlError(f"{self}: no chord; a root 0..11, a known quality, a bass 0..11")

    @property
    def is_chord(self) -> bool:
        """Whether a chord sounds."""
        return self.root != NO_CHORD_ROOT

    @property
    def pitch_classes(self) -> frozenset[int]:
        """The tones of the chord, its bass too; none where no chord sounds."""
        if not self.is_chord:
            return frozenset()
        tones = {(self.root + step) % 12 for step in QUALITIES[self.quality]}
        return frozenset(tones | {self.bass})

    def same_as(self, other: PlacedChord) -> bool:
        """Whether both are one chord, wherever they stand."""
        return (self.root, self.quality, self.bass) == (other.root, other.quality, other.bass)


def only_changes(chords: Iterable[PlacedChord]) -> tuple[PlacedChord, ...]:
    """Return chords in the order of their places, without those that go on as the one before."""
    found: list[PlacedChord] = []
    for chord in sorted(chords, key=lambda each: each.at):
        if found and found[-1].at == chord.at:
            found.pop()
        if not found or not found[-1].same_as(chord):
            found.append(chord)
    return tuple(found)


def chord_beat(meter: Meter) -> Fraction:
    """Return in quarters the shortest time for which a chord stands."""
    # A bar of 3/8 is felt as one; what is shorter than an eighth bears no chords, and in 2/2
    # they change with the quarters.
    beat = Fraction(1) if meter.denominator <= 2 else meter.beat_quarters
    return max(beat, meter.quarters if 2 * meter.quarters <= 3 else Fraction(1, 2))


def chord_beats(bars: Sequence[Bar], resolution: int) -> tuple[Ints, Ints, Ints]:
    """Return where beats begin and end, and whether they open a bar (0), its second half (1), or neither (2)."""
    import numpy as np

    starts, ends, levels = [], [], []
    for bar in bars:
        beat = float(chord_beat(bar.meter)) * resolution
        count = min(bar.length, max(1, round(bar.length / beat)))
        lines = [bar.start + round(i * bar.length / count) for i in range(count + 1)]
        starts += lines[:-1]
        ends += lines[1:]
        levels += [0 if i == 0 else 1 if 2 * i == count else 2 for i in range(count)]
    return np.array(starts, np.int64), np.array(ends, np.int64), np.array(levels, np.int64)


def placed_symbol(change: ChordChange) -> PlacedChord:
    """Return a chord symbol as a plan has it; no chord where it names none."""
    symbol = ChordSymbol.parse(change.name)
    if symbol is None:
        return PlacedChord(change.tick, NO_CHORD_ROOT)
    bass = symbol.bass or symbol.root
    quality = plan_quality(symbol.kind)
    return PlacedChord(change.tick, pitch_class_of(symbol.root), quality, pitch_class_of(bass))
