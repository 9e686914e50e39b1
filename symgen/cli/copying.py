"""``symgen copies``."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from typing import Any

from symgen.cli.reading import read_piece
from symgen.copies.index import CopyIndex
from symgen.copies.report import COVER, CopyReport, Floor
from symgen.nets.models import find_model
from symgen.system.errors import ControlError

__all__ = ["copies"]

_MEANING = {
    "usual": "usual: no more than 9 of 10 real tunes share",
    "much": "much: more than 9 of 10 real tunes share",
    "copy": "copy: more than 99 of 100 real tunes share",
    "": "shares",
}


def copies(options: argparse.Namespace) -> None:
    """Look for copies of training tunes in pieces."""
    index = CopyIndex.load(find_model(options.model))
    notes = max(COVER, index.shortest) if options.min_notes is None else options.min_notes
    if notes < index.shortest:
        raise ControlError(
            f"min-notes {notes}: the index of {options.model} tells matches of {index.shortest} or more"
        )
    if not options.json:
        print(_floor_line(options.model, index.floor), file=sys.stderr)
    for file in options.files:
        tune = read_piece(file, options)
        report = index.find(tune.score, notes=notes)
        verdict = index.floor.verdict(report if notes == COVER else index.find(tune.score))
        if options.json:
            facts = {
                "path": file,
                "model": options.model,
                **_facts(report),
                "min_notes": notes,
                "verdict": verdict,
            }
            print(json.dumps({**facts, "floor": asdict(index.floor)}), flush=True)
        else:
            print(_line(file, report, notes, index.shortest, verdict), flush=True)


def _facts(report: CopyReport) -> dict[str, Any]:
    match = report.match
    return {
        "notes": report.notes,
        "longest": report.longest,
        "share": round(report.share, 4),
        "part": match.part + 1 if match else None,
        "bars": list(match.bars) if match else None,
        "title": match.title if match else None,
        "source": match.source if match else None,
    }


def _line(file: str, report: CopyReport, notes: int, shortest: int, verdict: str) -> str:
    covered = f"{report.share:.0%} of {report.notes} notes in matches of {notes} or more"
    match = report.match
    if match is None:
        return f"{file}: {_MEANING[verdict]}; no match of {shortest} notes or more"
    first, last = match.bars
    bars = f"bar {first}" if first == last else f"bars {first}-{last}"
    where = f"{bars} of part {match.part + 1}, as in {match.title} ({match.source})"
    return f"{file}: {_MEANING[verdict]}; longest match {match.notes} notes, {where}; {covered}"


def _floor_line(model: str, floor: Floor) -> str:
    if not floor.tunes:
        return f"{model}: no held-out tunes to compare with"
    marks = (
        f"{longest:.0f} notes and {share:.0%} ({name})"
        for name, longest, share in zip(
            ("half", "90 %", "99 %"), floor.longest, floor.share, strict=True
        )
    )
    return (
        f"{model}: {floor.tunes} real tunes that it was not trained on share at most "
        + ", ".join(marks)
    )
