"""The result of an evaluation: tables of figures, and how they are written down."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from symgen.evaluation.figures import COLUMNS, FEATURES_USED, LABELS, SECTIONS, draw_figures
from symgen.system.errors import ControlError, ExistsError
from symgen.system.files import PathLike, check_writable, write_together
from symgen.system.requirements import need

__all__ = ["Evaluation", "PieceRow", "Table", "count_pieces"]

Table = Mapping[str, Mapping[str, float]]
"""Row -> column -> figure; what is not defined is not there."""

_FILES = ("report.md", "report.json", "tables.csv", "pieces.csv")
_ON_A_PIECE = re.compile(
    r"(?P<where>(?:\w+: )?(?:reference|generated)): (?P<piece>.+): (?P<why>[^:]+)"
)
_SHOWN = 3
_BOUNDS = ("_low", "_high", "_count")


@dataclass(frozen=True)
class PieceRow:
    """The figures of one piece."""

    side: str  # ``"reference"`` or ``"generated"``
    name: str
    key: str  # as estimated
    figures: Mapping[str, float]  # those that are defined


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What an evaluation found.

    Parameters
    ----------
    facts : mapping
        Names and sizes of the two sets, seed, resamples, model; ``features`` (``"melody"`` or ``"voices"``) that the
        classifiers were trained on.
    tables : mapping of str to Table
        ``likelihood``, ``metrics``, ``harmony``, ``bands``, ``playing``, ``playing_distances``, ``distances``,
        ``divergences``, ``classifiers``, ``copies``, ``keys``; those that were asked for and are defined.
        ``tables["metrics"]["repeated_bars"]["generated"]`` is a float; beside it ``generated_low``,
        ``generated_high`` (95 % interval) and ``generated_count`` (pieces that have the figure), and the same of
        ``reference``.
    pieces : tuple of PieceRow
    left_out : tuple of str
        One line on each file that could not be read.
    notes : tuple of str
        One line on each thing that is missing from the tables, and why.
    curves : mapping
        Arrays for the figures.
    """

    facts: Mapping[str, Any]
    tables: Mapping[str, Table]
    pieces: tuple[PieceRow, ...] = ()
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    curves: Mapping[str, Mapping[str, NDArray[Any]]] = field(default_factory=dict, repr=False)

    def to_json(self) -> dict[str, Any]:
        """Return plain data: facts, tables, notes and what was left out."""
        plain = {
            name: {row: dict(cells) for row, cells in table.items()}
            for name, table in self.tables.items()
        }
        return {
            **self.facts,
            "tables": plain,
            "notes": list(self.notes),
            "left_out": list(self.left_out),
        }

    def to_markdown(self) -> str:
        """Return the tables as Markdown, with 95 % intervals in brackets."""
        facts = self.facts
        sets = [
            f"{facts[side]} ({count_pieces(facts[f'{side}_pieces'])})"
            for side in ("generated", "reference")
        ]
        lines = [f"# {sets[0]} beside {sets[1]}", ""]
        for name, table in self.tables.items():
            if table:
                about = [SECTIONS[name][1]]
                if name == "classifiers" and "features" in facts:
                    about.append(FEATURES_USED[facts["features"]])
                lines += [
                    f"## {SECTIONS[name][0]}",
                    "",
                    *_markdown(name, table),
                    "",
                    " ".join(about),
                    "",
                ]
        if self.notes or self.left_out:
            lines += [
                "## Left out, and what to mind",
                "",
                *(f"- {line}" for line in _grouped((*self.notes, *self.left_out))),
                "",
            ]
        model = f", model {facts['model']}" if facts.get("model") else ""
        lines.append(
            f"Seed {facts['seed']}, {facts['resamples']} resamples{model}; in brackets 95 % intervals."
        )
        return "\n".join(lines) + "\n"

    def tables_csv(self) -> str:
        """Return all tables as CSV: a line for each table, row and column."""
        rows = [
            {"table": name, "row": row, "column": column, "value": repr(value)}
            for name, table in self.tables.items()
            for row, cells in table.items()
            for column, value in cells.items()
        ]
        return _csv(["table", "row", "column", "value"], rows)

    def pieces_csv(self) -> str:
        """Return the figures of all pieces as CSV, empty where a figure is not defined."""
        names = list(dict.fromkeys(name for piece in self.pieces for name in piece.figures))
        rows = [
            {"set": piece.side, "piece": piece.name, "key": piece.key}
            | {k: repr(v) for k, v in piece.figures.items()}
            for piece in self.pieces
        ]
        return _csv(["set", "piece", "key", *names], rows)

    def save(self, folder: PathLike, *, overwrite: bool = False) -> list[Path]:
        """Write the report as Markdown and JSON, the tables and the pieces as CSV, and figures as PNG.

        All is computed first; then all files appear, whole, or none.

        Parameters
        ----------
        folder : path
            Made if need be.
        overwrite : bool
            Whether existing files may be replaced.

        Returns
        -------
        list of Path
            The files.

        Raises
        ------
        ExistsError
            If a file exists and may not be replaced.
        FormatError
            If the folder cannot be written.
        """
        check_folder(folder, overwrite=overwrite)
        plain = json.dumps(self.to_json(), indent=1) + "\n"
        texts = (self.to_markdown(), plain, self.tables_csv(), self.pieces_csv())
        data: dict[str, bytes] = {
            name: text.encode() for name, text in zip(_FILES, texts, strict=True)
        }
        data |= draw_figures(self.tables, self.curves)
        return write_together(folder, data)


def check_folder(folder: PathLike, *, overwrite: bool) -> None:
    """Refuse a folder for reports that cannot be written or that holds one, before any work is done."""
    need("matplotlib")
    path = Path(folder)
    if path.exists() and not path.is_dir():
        raise ControlError(f"{path}: is a file; name a folder for the report")
    for name in _FILES:
        check_writable(path / name, overwrite=True)
        if (path / name).exists() and not overwrite:
            raise ExistsError(
                f"{path / name}: exists already; choose another folder or pass overwrite=True"
            )


def count_pieces(count: int) -> str:
    """Return a number of pieces in words."""
    return f"{count} piece" + ("" if count == 1 else "s")


def _markdown(name: str, table: Table) -> list[str]:
    """Lay out one table; the bounds of an interval go into the cell of their figure."""
    there = dict.fromkeys(c for cells in table.values() for c in cells if not c.endswith(_BOUNDS))
    columns = [column for column in COLUMNS if column in there]
    lines = [
        "| " + " | ".join([SECTIONS[name][2], *(COLUMNS[column] for column in columns)]) + " |",
        "|---|" + "---:|" * len(columns),
    ]
    for row, cells in table.items():
        shown = [
            LABELS.get(row, row.replace("_", " ")),
            *(_cell(cells, column) for column in columns),
        ]
        lines.append("| " + " | ".join(shown) + " |")
    return lines


def _cell(cells: Mapping[str, float], column: str) -> str:
    if column not in cells:
        return "–"
    text = f"{cells[column]:.3f}"
    if f"{column}_low" in cells:
        text += f" [{cells[f'{column}_low']:.3f}, {cells[f'{column}_high']:.3f}]"
    return text


def _csv(names: Sequence[str], rows: Sequence[Mapping[str, str]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\n", restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _grouped(lines: Sequence[str]) -> Iterator[str]:
    """Yield lines on pieces, those of many pieces with one reason as one."""
    found: dict[tuple[str, str] | str, list[str]] = {}
    for line in lines:
        parts = _ON_A_PIECE.fullmatch(line)
        group = (parts["where"], parts["why"]) if parts else line
        found.setdefault(group, []).append(parts["piece"] if parts else line)
    for group, pieces in found.items():
        if isinstance(group, str):
            yield group
        elif len(pieces) > _SHOWN:
            named = ", ".join(pieces[:_SHOWN])
            yield f"{group[0]}: {len(pieces)} pieces, such as {named}: {group[1]}"
        else:
            yield from (f"{group[0]}: {piece}: {group[1]}" for piece in pieces)
