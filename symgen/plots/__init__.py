"""Pictures: a score as a piano roll, a training run as curves, a recording with what was heard. All are PNG files."""

from __future__ import annotations

from symgen.plots.curves import plot_curves
from symgen.plots.listening import Picture, plot_listening
from symgen.plots.rolls import plot_score

__all__ = ["Picture", "plot_curves", "plot_listening", "plot_score"]
