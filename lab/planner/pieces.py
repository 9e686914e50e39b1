"""What the planner learns from: the chords of a piece beat by beat, in its key, with the ends of its phrases."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from symgen.music.harmony import NO_CHORD_ROOT, PlacedChord
from symgen.music.meter import Meter
from symgen.planner.beats import Beats, lay_beats
from symgen.planner.sonorities import NONE, sonority_of
from symgen.system.files import PathLike, write_atomic
from symgen.tokens.events import BarRun
from symgen.tokens.plans import bars_of

__all__ = ["SHORTEST", "Piece", "on_beats", "read_pieces", "split_of", "write_pieces"]

Runs = tuple[tuple[int, str, int], ...]

SHORTEST = 12
"""Beats of the shortest piece that is learned from."""
# Of a hundred works so many are held out.
_HELD_OUT = 10


@dataclass(frozen=True)
class Piece:
    """A piece, or a stretch of one in one key."""

    source: str
    # Pieces of one work are in one split.
    work: str
    style: str
    # ``"D minor"``
    key: str
    # As in a header, with the ticks a quarter that they are counted in.
    runs: Runs
    pickup: bool
    resolution: int
    # What sounds on each beat.
    sonorities: tuple[int, ...]
    # Beats before which phrases end, the last one is the end; None where that is not known.
    phrases: tuple[int, ...] | None = None
    # Whether it begins and ends where the piece does.
    opens: bool = True
    ends: bool = True
    split: str = ""

    def beats(self, *, ends_known: bool = True) -> Beats:
        """Lay the beats."""
        return _beats(self.runs, self.pickup, self.resolution, ends_known and self.ends)


@lru_cache(maxsize=1 << 14)  # most stretches of pieces are so many bars of 4/4
def _beats(runs: Runs, pickup: bool, resolution: int, ends_known: bool) -> Beats:
    bars = bars_of([BarRun(n, Meter.parse(meter), steps) for n, meter, steps in runs], pickup)
    return lay_beats(bars, resolution, ends_known=ends_known)


def on_beats(chords: Sequence[PlacedChord], beats: Beats, tonic: int) -> tuple[int, ...]:
    """Return the sonority that sounds for most of each beat."""
    if not chords:
        return (NONE,) * len(beats)
    places = np.array([chord.at for chord in chords])
    middle = (beats.starts + beats.ends) // 2
    number = np.searchsorted(places, middle, side="right") - 1
    nothing = PlacedChord(0, NO_CHORD_ROOT)
    return tuple(sonority_of(chords[i] if i >= 0 else nothing, tonic) for i in number.tolist())


def split_of(work: str) -> str:
    """Deal a work to a split by its name."""
    number = int(hashlib.sha256(work.encode()).hexdigest()[:8], 16) % 100
    return "test" if number < _HELD_OUT else "valid" if number < _HELD_OUT + 5 else "train"


def write_pieces(path: PathLike, pieces: Iterable[Piece]) -> None:
    """Write pieces, one a line."""
    lines = [json.dumps(asdict(piece), ensure_ascii=False) for piece in pieces]
    write_atomic(Path(path), ("\n".join(lines) + "\n").encode())


def read_pieces(path: PathLike) -> list[Piece]:
    """Read what `write_pieces` wrote."""
    pieces = []
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        row["runs"] = tuple((count, meter, steps) for count, meter, steps in row["runs"])
        row["sonorities"] = tuple(row["sonorities"])
        row["phrases"] = None if row["phrases"] is None else tuple(row["phrases"])
        pieces.append(Piece(**row))
    return pieces
