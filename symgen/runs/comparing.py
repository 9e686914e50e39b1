"""Runs side by side: figures, what was chosen differently, what they learned from, and what they write."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from symgen.formats import load_score
from symgen.pages.comparison import ComparisonPage, write_comparison_page
from symgen.pages.takes import PageTake
from symgen.plots.curves import compared_curves
from symgen.runs.listing import RunSummary, duration, option_text
from symgen.system.errors import SymgenError
from symgen.system.files import PathLike

__all__ = ["compare_runs", "compared_tables", "comparison_lines", "named_runs"]

Table = Mapping[str, Sequence[str]]
"""Rows by their name, with a cell for each run."""


def named_runs(runs: Sequence[RunSummary]) -> list[str]:
    """Name runs by their folders, and by more of the path where two have one name."""
    names = [run.name for run in runs]
    return [
        name if names.count(name) == 1 else str(run.folder)
        for name, run in zip(names, runs, strict=True)
    ]


def compared_tables(runs: Sequence[RunSummary]) -> dict[str, Table]:
    """Return tables by their heading: figures, options that differ, and what of the corpora differs."""
    options = [{**run.options, **_network(run)} for run in runs]
    return {
        "Figures": _figures(runs),
        "Options that differ": _differing(options),
        "Music that differs": _differing([_music(run) for run in runs]),
    }


def comparison_lines(runs: Sequence[RunSummary]) -> list[str]:
    """Return the tables as lines of text."""
    heads = named_runs(runs)
    lines: list[str] = []
    for title, table in compared_tables(runs).items():
        if not table:
            lines += ([""] if lines else []) + [f"{title}: none"]
            continue
        rows = [(title, *heads), *((name, *cells) for name, cells in table.items())]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines += [""] if lines else []
        lines += [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        ]
    return lines


def compare_runs(
    runs: Sequence[RunSummary],
    path: PathLike,
    *,
    overwrite: bool = False,
    complain: Callable[[str, SymgenError], object] | None = None,
) -> None:
    """Write a page that compares runs, with their curves in one picture and a piece of each to hear."""
    names = named_runs(runs)
    curves = {name: run.rows for name, run in zip(names, runs, strict=True)}
    takes = []
    for name, run in zip(names, runs, strict=True):
        sample = _sample(run.folder)
        if sample is None:
            continue
        try:
            takes.append(PageTake(score=load_score(sample), name=f"{name}: {sample.stem}"))
        except SymgenError as error:
            if complain:
                complain(str(sample), error)
    page = ComparisonPage(
        title=f"{len(runs)} runs compared",
        names=names,
        told=_told(runs, names),
        tables=compared_tables(runs),
        curves=compared_curves(curves),
        takes=takes,
    )
    write_comparison_page(page, path, overwrite=overwrite)


def _told(runs: Sequence[RunSummary], names: Sequence[str]) -> list[str]:
    """Say in a sentence which run is the best, and whether that may be said at all."""
    scored = [
        (run.bits, name, run) for run, name in zip(runs, names, strict=True) if run.bits is not None
    ]
    if not scored:
        return ["None of these runs has bits a note to compare."]
    bits, best, _ = min(scored, key=lambda each: each[0])
    told = [f"{best} guesses held-out notes best: {bits:.3f} bits a note; less is better."]
    if len({_digest(run) for _, _, run in scored}) > 1:
        told.append(
            "These runs did not learn from the same music, and their figures are of different held-out pieces: "
            "they cannot be compared directly."
        )
    return told


def _digest(run: RunSummary) -> str:
    return str((run.card.get("corpus") or {}).get("sha256", ""))


def _figures(runs: Sequence[RunSummary]) -> Table:
    rows = {
        "state": [run.state for run in runs],
        "best bits a note": ["-" if run.bits is None else f"{run.bits:.3f}" for run in runs],
        "best step": [_best_step(run) for run in runs],
        "steps": [f"{run.step:,}" for run in runs],
        "passes": [f"{run.passes:.1f}" for run in runs],
        "time": [duration(run.seconds) for run in runs],
        "began with": [run.origin or "nothing" for run in runs],
    }
    names = dict.fromkeys(
        name
        for run in runs
        for name in run.card.get("metrics") or {}
        if name not in ("step", "epoch", "seconds", "valid_bits_per_note")
    )
    for name in names:
        values = [(run.card.get("metrics") or {}).get(name) for run in runs]
        rows[name.replace("_", " ")] = ["-" if value is None else f"{value:g}" for value in values]
    return rows


def _best_step(run: RunSummary) -> str:
    step = (run.card.get("metrics") or {}).get("step")
    return "-" if step is None else f"{step:,.0f}"


def _network(run: RunSummary) -> dict[str, Any]:
    config = run.card.get("config") or {}
    own = ("hidden", "layers", "head", "dropout", "features", "copy", "styles", "periods", "voices")
    return {name: config[name] for name in own if name in config}


def _music(run: RunSummary) -> dict[str, Any]:
    corpus = run.card.get("corpus") or {}
    facts = {
        "pieces": corpus.get("pieces", "-"),
        "licence": run.card.get("licence", "-"),
        "content (sha256)": _digest(run)[:12] or "-",
    }
    for source in corpus.get("sources") or ():
        facts[f"kept of {source.get('name', '?')}"] = source.get("kept", "-")
    return facts


def _differing(facts: Sequence[Mapping[str, Any]]) -> Table:
    """Return the rows in which not all are the same."""
    names = dict.fromkeys(name for each in facts for name in each)
    rows = {
        name: [option_text(each[name]) if name in each else "-" for each in facts] for name in names
    }
    return {name.replace("_", " "): cells for name, cells in rows.items() if len(set(cells)) > 1}


def _sample(run: Path) -> Path | None:
    """Return the first piece that a run wrote at its end, else the last one along the way."""
    folder = run / "samples"
    final = sorted(folder.glob("sample-*.mid"), key=lambda path: (len(path.name), path.name))
    return final[0] if final else max(folder.glob("step-*.mid"), default=None)
