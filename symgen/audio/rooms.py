"""The room in which a piece sounds, where the file says nothing: its size, and how much of it each part gets.

FluidSynth has one reverberation for all channels. Its size follows from who plays; how much of a part goes into it is
the part's controller 91.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from symgen.audio.players import Player, is_one_keyboard

__all__ = ["BAND", "CHAMBER", "CHURCH", "HALL", "SOLO", "Room", "choose_room", "send_of"]


class Room(NamedTuple):
    """A reverberation as FluidSynth is told it."""

    size: float  # 0..1
    level: float  # 0..1
    width: float  # 0: the same left and right, 1: as different as can be
    send: int  # controller 91 of each part; of a band, but of bass and drums

    @property
    def settings(self) -> tuple[float, float, float]:
        """Size, level and width."""
        return self.size, self.level, self.width


SOLO = Room(0.2, 0.9, 0.7, 70)
CHAMBER = Room(0.4, 0.9, 0.9, 70)
HALL = Room(0.6, 0.9, 1.0, 80)
CHURCH = Room(0.7, 0.9, 1.0, 90)
BAND = Room(0.1, 0.9, 0.7, 70)

_DEEP = 0
"""Controller 91 of bass and drums in a band, which a room makes dull."""
_CHURCHES = frozenset((*range(16, 21), 52, 53))
"""Organs and choirs."""
_ORCHESTRA = 9
"""Players of whom no one stands for a chamber."""


def choose_room(players: Sequence[Player]) -> Room:
    """Choose the room in which players are usually heard."""
    pitched = [player for player in players if not player.is_drum]
    if len(pitched) < len(players):
        return BAND
    if 2 * sum(player.preset[1] in _CHURCHES for player in pitched) > len(pitched):
        return CHURCH
    if len(pitched) < 2 or is_one_keyboard(pitched):
        return SOLO
    return CHAMBER if len(pitched) < _ORCHESTRA else HALL


def send_of(player: Player, room: Room) -> int:
    """Return how much of a part goes into the room: controller 91."""
    is_deep = player.is_drum or player.is_bass or player.role == "bass"
    return _DEEP if is_deep and room is BAND else room.send
