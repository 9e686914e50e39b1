"""A report, and the lines of a drawing, for tests."""

from __future__ import annotations

from typing import Any

from matplotlib.colors import to_hex

from symgen.evaluation.report import Evaluation, PieceRow

REPORT = Evaluation(
    facts={
        "generated": "ours",
        "generated_pieces": 1,
        "reference": "theirs",
        "reference_pieces": 2,
        "seed": 3,
        "resamples": 50,
        "model": "small",
        "features": "voices",
    },
    tables={
        "metrics": {
            "repeated_bars": {
                "reference": 0.5,
                "reference_low": 0.25,
                "reference_high": 0.75,
                "reference_count": 2.0,
                "generated": 1.0,
                "generated_count": 1.0,
            },
            "pitch_classes_used": {"generated": 7.0},
        },
        "keys": {},
        "classifiers": {
            "gru": {"auc": 0.75, "auc_low": 0.5, "auc_high": 1.0, "floor": 0.25},
            "forest": {"auc": 0.875},
        },
        "copies": {"copied_share": {"generated": 0.125}},
    },
    pieces=(
        PieceRow("reference", "a", "C major", {"x": 1.0, "y": 0.5}),
        PieceRow("generated", "b", "", {"z": 2.0}),
    ),
    left_out=("reference: bad.mid",),
    notes=("keys: none",),
)


def lines(axes: Any) -> list[tuple[list[float], list[float], str]]:
    """Places and colors of points and lines."""
    return [
        (
            [round(float(x), 9) for x in line.get_xdata()],
            [round(float(y), 9) for y in line.get_ydata()],
            to_hex(line.get_color()),
        )
        for line in axes.lines
    ]
