"""What a report says, word for word, and what its figures show."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_hex
from report_tools import REPORT, lines

from symgen.evaluation import figures
from symgen.evaluation.distances import YANG_LERCH
from symgen.evaluation.report import Evaluation, check_folder
from symgen.system.errors import ControlError, ExistsError

BLUE, ORANGE, GREEN, GRAY = "#0072b2", "#d55e00", "#009e73", "#a9b0b7"


MARKDOWN = """\
# ours (1 piece) beside theirs (2 pieces)

## Metrics

| mean | reference | generated |
|---|---:|---:|
| bars that repeat an earlier bar | 0.500 [0.250, 0.750] | 1.000 |
| pitch classes used | – | 7.000 |

Means of pieces, over those that have the figure.

## Real or sampled?

| AUC | generated | floor |
|---|---:|---:|
| GRU on notes | 0.750 [0.500, 1.000] | 0.250 |
| random forest on features | 0.875 | – |

Area under the ROC curve of classifiers that tell held-out generated pieces from real ones: 0.5 is chance. \
Floor: real pieces from real pieces. Features: of all voices and how they go together.

## Copies

| copies | generated |
|---|---:|
| 12-note runs found in the training part | 0.125 |

Of the training part of the reference, whatever the transposition. The reference column is the floor.

## Left out, and what to mind

- keys: none
- reference: bad.mid

Seed 3, 50 resamples, model small; in brackets 95 % intervals.
"""


def test_the_report_as_text() -> None:
    assert REPORT.to_markdown() == MARKDOWN
    plain = Evaluation({**REPORT.facts, "model": ""}, {}).to_markdown()
    assert plain == (
        "# ours (1 piece) beside theirs (2 pieces)\n\n"
        "Seed 3, 50 resamples; in brackets 95 % intervals.\n"
    )


def test_the_report_as_data() -> None:
    lines = REPORT.tables_csv().splitlines()
    assert lines[:2] == ["table,row,column,value", "metrics,repeated_bars,reference,0.5"]
    assert lines[-1] == "copies,copied_share,generated,0.125"
    assert len(lines) == 1 + 6 + 1 + 5 + 1
    assert REPORT.pieces_csv() == (
        "set,piece,key,x,y,z\nreference,a,C major,1.0,0.5,\ngenerated,b,,,,2.0\n"
    )
    plain = REPORT.to_json()
    assert (plain["seed"], plain["notes"], plain["left_out"]) == (
        3,
        ["keys: none"],
        ["reference: bad.mid"],
    )
    assert plain["tables"] == REPORT.tables


def test_a_folder_for_reports(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ControlError, match="is a file; name a folder"):
        check_folder(tmp_path / "file", overwrite=True)
    (tmp_path / "tables.csv").write_text("")
    check_folder(tmp_path, overwrite=True)
    with pytest.raises(ExistsError, match=r"tables\.csv: exists already"):
        check_folder(tmp_path, overwrite=False)


# -- figures -----------------------------------------------------------------------------


def legend(figure: Any) -> list[tuple[str, str]]:
    """Labels and colors."""
    (found,) = figure.legends
    handles = found.legend_handles
    assert all(handle.get_marker() == "o" for handle in handles)
    return [(handle.get_label(), to_hex(handle.get_color())) for handle in handles]


def names_of(axes: Any) -> list[str]:
    return [label.get_text() for label in axes.get_yticklabels()]


def test_the_figure_of_metrics() -> None:
    """The first metric on top; points of the reference above those of the generated pieces."""
    figure = figures._metrics(REPORT.tables)
    assert figure is not None
    assert tuple(figure.get_size_inches()) == (8, pytest.approx(1.2 + 2 * 0.34))
    (axes,) = figure.axes
    assert names_of(axes) == [
        "12-note runs found in the training part",
        "bars that repeat an earlier bar",
    ]
    assert axes.get_yticks().tolist() == [0, 1]
    assert lines(axes) == [
        ([0.125], [-0.13], ORANGE),
        ([0.5], [1.13], BLUE),
        ([0.25, 0.75], [1.13, 1.13], BLUE),
        ([1.0], [0.87], ORANGE),
    ]
    assert axes.get_xlim() == (-0.02, 1.02)
    assert all(line.get_visible() for line in axes.get_xgridlines())
    assert legend(figure) == [("reference", BLUE), ("generated", ORANGE)]
    assert figures._metrics({"metrics": {"notes_per_bar": {"generated": 3.0}}}) is None


def test_the_figure_of_classifiers() -> None:
    figure = figures._classifiers(REPORT.tables)
    assert figure is not None
    assert tuple(figure.get_size_inches()) == (7, pytest.approx(2.1))
    (axes,) = figure.axes
    assert names_of(axes) == ["random forest on features", "GRU on notes"]
    assert lines(axes)[:4] == [
        ([0.875], [0.12], ORANGE),
        ([0.75], [1.12], ORANGE),
        ([0.5, 1.0], [1.12, 1.12], ORANGE),
        ([0.25], [0.88], GRAY),
    ]
    assert lines(axes)[4][0] == [0.5, 0.5]
    assert (axes.get_xlim(), axes.get_xlabel()) == ((0.3, 1.02), "area under the ROC curve")
    assert legend(figure) == [("generated", ORANGE), ("floor", GRAY)]
    assert figures._classifiers({"classifiers": {}}) is None


def test_the_figure_of_distances() -> None:
    """Nine panels, of which the second has curves and the third an overlap."""
    grid = np.array([0.0, 1.0])
    curves = {
        f"distance {YANG_LERCH[1]}": {
            "grid": grid,
            "between": grid,
            "within_reference": grid + 1,
            "within_generated": grid + 2,
        }
    }
    tables = {"distances": {YANG_LERCH[2]: {"overlap": 0.126}, YANG_LERCH[1]: {"between": 1.0}}}
    figure = figures._distances(tables, curves)
    assert figure is not None
    assert tuple(figure.get_size_inches()) == (10, 8)
    titles = [axes.get_title() for axes in figure.axes]
    assert titles[:3] == [
        "pitch count",
        "pitch class histogram",
        "pitch class transitions, overlap 0.13",
    ]
    assert [len(axes.lines) for axes in figure.axes] == [0, 3, 0, 0, 0, 0, 0, 0, 0]
    assert lines(figure.axes[1]) == [
        ([0, 1], [1, 2], BLUE),
        ([0, 1], [2, 3], ORANGE),
        ([0, 1], [0, 1], GREEN),
    ]
    assert all(len(axes.get_yticks()) == 0 for axes in figure.axes)
    assert {axes.title.get_fontsize() for axes in figure.axes} == {9}
    assert {axes.get_xticklabels()[0].get_fontsize() for axes in figure.axes} == {7}
    assert legend(figure) == [("reference", BLUE), ("generated", ORANGE), ("between", GREEN)]
    assert figures._distances({}, {"histogram place": {}}) is None


def test_the_figure_of_histograms() -> None:
    sizes = {"pitch_class": 12, "interval": 25, "duration": 97, "place": 97}
    curves = {
        f"histogram {name}": {
            "reference": np.arange(size) / 100,
            "generated": np.ones(size),
        }
        for name, size in sizes.items()
    }
    figure = figures._histograms(curves)
    assert figure is not None
    assert tuple(figure.get_size_inches()) == (10, 6)
    assert [axes.get_xlabel() for axes in figure.axes] == [
        "semitones above the tonic",
        "interval in semitones",
        "duration in twelfths of a quarter",
        "place in the bar in twelfths of a quarter",
    ]
    first = []
    for axes, count in zip(figure.axes, (12, 25, 49, 49), strict=True):
        real, ours = axes.containers
        assert (len(real), len(ours)) == (count, count)
        assert (to_hex(real[0].get_facecolor()), to_hex(ours[0].get_facecolor())) == (BLUE, ORANGE)
        assert (real[3].get_height(), ours[3].get_height()) == (0.03, 1)
        middles = [bar[0].get_x() + bar[0].get_width() / 2 for bar in (real, ours)]
        first.append([round(float(middle), 9) for middle in middles])
        assert axes.xaxis.label.get_fontsize() == 8
        assert axes.get_xticklabels()[0].get_fontsize() == 7
    assert first == [[-0.2, 0.2], [-12.2, -11.8], [-0.2, 0.2], [-0.2, 0.2]]
    assert legend(figure) == [("reference", BLUE), ("generated", ORANGE)]
    assert figures._histograms({"distance note_count": {}}) is None
