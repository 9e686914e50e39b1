"""Pictures: a score as a piano roll (PNG, SVG, PDF), a training run as curves (PNG)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symgen.system.lazy import lazy_names

if TYPE_CHECKING:
    from symgen.plots.curves import plot_curves as plot_curves
    from symgen.plots.rolls import plot_score as plot_score
else:
    __getattr__, __dir__, __all__ = lazy_names(
        __name__,
        {
            "curves": "plot_curves",
            "rolls": "plot_score",
        },
    )
