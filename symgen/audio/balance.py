"""How loud parts are beside the tune, where nothing says so.

Each role has a range of loudness beside the part that has the tune, in LU. A part whose expected loudness
(`symgen.audio.players`) lies outside is brought to the nearer end; what lies inside stays as it was played. So the tune
comes a few decibels above the rest, and no part drowns.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log10
from statistics import median

from symgen.audio.players import USUAL, VOLUME, Player
from symgen.music.roles import Role

__all__ = ["RANGES", "balanced_volumes"]

RANGES: dict[Role, tuple[float, float]] = {
    "melody": (0.0, 0.0),
    "chords": (-8.0, -4.0),
    "riff": (-8.0, -3.0),
    "pad": (-11.0, -6.0),
    "bass": (-6.0, -2.0),
    "drums": (-9.0, -3.0),
}
"""Lowest and highest loudness beside the tune, LU."""

_SPREAD = 4.0
"""Decibels that a preset may be louder or softer than the median of those of a piece, where no part has the tune."""
_HIGHEST_RAISE = 40 * log10(127 / USUAL[VOLUME])
_LOWEST_RAISE = -18.0
"""Decibels; a part that a piece plays louder yet than that is meant to be loud."""


def balanced_volumes(players: Sequence[Player]) -> list[int | None]:
    """Return the volume (controller 7) of each player; None for what stays as it is."""
    tune = [player.loudness for player in players if player.role == "melody"]
    gains = _gains_beside(max(tune), players) if tune else _gains_together(players)
    above = max(max(gains, default=0.0) - _HIGHEST_RAISE, 0.0)
    return [
        round(USUAL[VOLUME] * 10 ** ((gain - above) / 40)) if gain - above else None
        for gain in gains
    ]


def _gains_beside(tune: float, players: Sequence[Player]) -> list[float]:
    """Return what brings each player into the range of its role beside a tune of that loudness."""
    gains = []
    for player in players:
        low, high = RANGES[player.role or "chords"]
        wanted = min(max(player.loudness, tune + low), tune + high)
        gains.append(max(wanted - player.loudness, _LOWEST_RAISE))
    return gains


def _gains_together(players: Sequence[Player]) -> list[float]:
    """Return what brings the presets near their median."""
    middle = median(player.level for player in players) if players else 0.0
    return [
        min(max(player.level, middle - _SPREAD), middle + _SPREAD) - player.level
        for player in players
    ]
