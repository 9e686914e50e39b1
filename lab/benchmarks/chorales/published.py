"""Published figures, with where each was seen.

"source": in the paper's own text or in its authors' repository; "second hand": quoted by others, the source could not
be read. Figures that were not found at all, or that belong to other data or another task (BachBot, DeepBach), are not
printed here: see docs/benchmarks.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log

__all__ = ["CHORALES", "FRAMES", "GIVEN_CHORDS", "Figure", "FrameFigure"]


@dataclass(frozen=True)
class Figure:
    """A figure for the chorales on the 16th grid."""

    model: str
    # As printed.
    nats: float
    # Tokens a frame: 4 voices, or 5 with the chord.
    tokens: int
    # On which it was measured.
    split: str
    # Where.
    seen: str

    @property
    def bits_per_frame(self) -> float:
        """Joint bits of a 16th frame."""
        return self.nats * self.tokens / log(2)


@dataclass(frozen=True)
class FrameFigure:
    """Nats a frame on the test parts of the four frame-wise sets; None where there is none."""

    model: str
    jsb: float | None
    nottingham: float | None
    musedata: float | None
    piano: float | None
    seen: str


_HUANG = "source (Huang et al. 2018, arXiv 1809.04281, table 2)"
CHORALES = (
    Figure("Music Transformer, relative, all relations", 0.335, 4, "valid", _HUANG),
    Figure("Music Transformer, relative, plain", 0.357, 4, "valid", _HUANG),
    Figure(
        "TonicNet, all five tokens",
        0.317,
        5,
        "valid",
        "source (its repository: checkpoint and training code)",
    ),
    Figure("Transformer, baseline", 0.417, 4, "valid", _HUANG),
    Figure(
        "Coconet, chronological",
        0.436,
        4,
        "valid",
        _HUANG + "; cell by cell, may be no normalized joint",
    ),
)
GIVEN_CHORDS = Figure(
    "TonicNet, notes only, chords given", 0.220, 4, "not stated", "second hand (paperswithcode)"
)
_BENGIO = "source (Boulanger-Lewandowski et al. 2012, table 1)"
_BAI = "source (Bai et al. 2018, table 1)"
FRAMES = (
    FrameFigure("GRU (88 Bernoullis)", 8.43, 3.46, None, None, _BAI),
    FrameFigure("TCN (88 Bernoullis)", 8.10, 3.07, None, None, _BAI),
    FrameFigure("RNN-NADE", 5.83, 2.91, 6.74, 7.48, _BENGIO),
    FrameFigure("RNN-NADE, Hessian-free", 5.56, 2.31, 5.60, 7.05, _BENGIO),
)
