"""Pictures: a score as a piano roll, a training run as curves. All are PNG files."""

from __future__ import annotations

from symgen.plots.curves import plot_curves
from symgen.plots.rolls import plot_score

__all__ = ["plot_curves", "plot_score"]
