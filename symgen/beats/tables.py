"""Fitted numbers of the beat finder, read from ``data/``; ``rhythm.json`` belongs to `symgen.beats.rhythm`.

``melody.json`` and ``ensemble.json`` hold a conditional logit over the readings of a performance:
how much each feature says, and how much a meter at a tempo. The first was fitted by
``python -m lab fit-beats`` on 900 simulated performances of the tunes that the rhythms were
fitted on; half of its loss asks for the tempo, half for meter and bar lines too. The second was
fitted by ``python -m lab fit-pulse`` on simulated performances of bands, songs with piano, string
quartets, hymns and keyboard music, whole and single parts of them; its tempos hold a preference
for 90 quarters a minute besides, whose strength was chosen on half of the songs of POP909.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgen.music.meter import Meter

__all__ = ["Weights", "read_table", "read_weights"]

_DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, eq=False)
class Weights:
    """Weights of the features of a reading, shape (features,), and of a meter at a tempo."""

    features: NDArray[np.float64]
    # By meter its log odds: constant, by the logarithm of the tempo above 120 quarters a minute,
    # by its square.
    tempo: Mapping[str, tuple[float, float, float]]

    def tempo_odds(self, meter: Meter, bpm: float) -> float:
        """Return what a meter at a tempo says, as log odds."""
        known = str(meter) if str(meter) in self.tempo else "4/4"
        usual, linear, square = self.tempo[known]
        away = float(np.log(bpm / 120.0))
        return usual + linear * away + square * away**2


def read_table(name: str) -> dict[str, Any]:
    """Read a table of fitted numbers."""
    table: dict[str, Any] = json.loads((_DATA / f"{name}.json").read_text(encoding="utf-8"))
    return table


def read_weights(name: str, features: Sequence[str]) -> Weights:
    """Read the weights of these features."""
    table = read_table(name)
    values = [table["features"][feature] for feature in features]
    return Weights(np.array(values), table["tempo"])
