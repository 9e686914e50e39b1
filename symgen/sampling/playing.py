"""New notes of a prompt's parts, played as the prompt is: as loud, as late and as short, and with its swing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from symgen.music.performed import Expression, Notated, performed
from symgen.music.score import Note, Part, Score
from symgen.sampling.expression import Accents
from symgen.sampling.swing import swung_notes

if TYPE_CHECKING:
    from symgen.music.played_manner import PartManner

__all__ = ["Playing"]

Ints = NDArray[np.int64]

_PITCH_BITS = 7


@dataclass(frozen=True, eq=False)
class Playing:
    """How the parts that a network goes on with are played; what it needs is learned when it is first asked for."""

    # The prompt without its swing.
    score: Score
    # One a part of the network, shape (notes, 4), as `symgen.music.performed.Notated.played`.
    rows: tuple[Ints, ...]
    drums: tuple[bool, ...]
    expressions: tuple[Expression, ...]
    # Grid steps a quarter.
    grid: int

    @classmethod
    def of(
        cls, written: Notated, parts: Sequence[Part], owners: Sequence[int], grid: int
    ) -> Playing:
        """Read how parts are played, of which some are hands of one part.

        Parameters
        ----------
        written : Notated
            The prompt as it was read.
        parts : sequence of Part
            Its parts as the network reads them, one a hand.
        owners : sequence of int
            For each of these, the part of the prompt that it belongs to.
        grid : int
            Grid steps a quarter.
        """
        rows = list[Ints]()
        for i, played in enumerate(written.played):
            hands = [part for part, owner in zip(parts, owners, strict=True) if owner == i]
            rows += _hand_rows(played, hands)
        return cls(
            written.score,
            tuple(rows),
            tuple(part.is_drum for part in parts),
            tuple(written.expressions[i] for i in owners),
            grid,
        )

    @cached_property
    def _manners(self) -> tuple[PartManner, ...]:
        from symgen.music.played_manner import PartManner, Placing  # most verbs play nothing

        placing = Placing(self.score.bars, self.score.resolution, self.grid)
        return tuple(
            PartManner(rows, placing, is_drum=is_drum)
            for rows, is_drum in zip(self.rows, self.drums, strict=True)
        )

    def played(
        self,
        lane: int,
        notes: Sequence[Note],
        whole: Score,
        sources: Sequence[int],
        *,
        swing: float,
        loudness: bool,
        first: int = 0,
    ) -> list[Note]:
        """Return new notes of a part as it plays them.

        Parameters
        ----------
        lane : int
            Number of the part of the network.
        notes : sequence of Note
            At their written places, without swing.
        whole : Score
            The piece that they are for.
        sources : sequence of int
            For each of its bars, the bar of the prompt as which it is played.
        swing : float
            Place of the off-beat eighths in their quarter.
        loudness : bool
            Whether they get velocities; else they keep their own.
        first : int
            None begins before this tick.
        """
        written = sorted(notes)
        if not written:
            return []
        swung = swung_notes(written, whole, swing)
        if not len(self.rows[lane]):
            plain = performed(swung, [0] * len(swung), self.expressions[lane], whole, first=first)
            accents = Accents()
            return accents.apply(plain, whole.bars, whole.resolution) if loudness else plain
        from symgen.music.played_manner import Placing

        placing = Placing(whole.bars, whole.resolution, self.grid)
        touches = self._manners[lane].touches(written, placing, sources)
        if loudness:
            swung = [
                replace(note, velocity=touch.velocity)
                for note, touch in zip(swung, touches, strict=True)
            ]
        late = [touch.late for touch in touches]
        return performed(swung, late, self.expressions[lane], whole, first=first)


def _hand_rows(rows: Ints, hands: Sequence[Part]) -> list[Ints]:
    """Divide the rows of a part among its hands: each has those of its notes."""
    if len(hands) == 1:
        return [rows]
    keys = rows[:, 0] << _PITCH_BITS | rows[:, 1]
    found = []
    for hand in hands:
        notes = hand.note_array()
        found.append(rows[np.isin(keys, notes[:, 0] << _PITCH_BITS | notes[:, 2])])
    return found
