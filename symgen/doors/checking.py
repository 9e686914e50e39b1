"""A file held to controls, whoever wrote it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from symgen.music.controls import Controls
from symgen.system.errors import ControlError
from symgen.verification import check_piece, read_facts

__all__ = ["check_file"]


def check_file(file: str, controls: Mapping[str, Any], first_bar: int | None) -> dict[str, Any]:
    """Say of each control whether a file keeps it.

    Parameters
    ----------
    file : str
    controls : mapping
        Fields of `Controls`.
    first_bar : int, optional
        Hold only the bars from this one on.

    Returns
    -------
    dict
        ``"file"``, ``"bars"``, ``"notes"``, and ``"controls"``: name -> what was asked, found, and whether it is met.
        Controls of how a piece is drawn leave nothing in a file that could be held to them; ``"unchecked"`` names
        them.

    Raises
    ------
    ControlError
        If two controls contradict each other, or there is no such bar.
    """
    asked, facts = Controls(**controls), read_facts(file)
    start = 0
    if first_bar is not None:
        if first_bar > len(facts.bars):
            raise ControlError(f"first_bar {first_bar}: {file} has {len(facts.bars)} bars")
        start = facts.bars[first_bar - 1].start
    checks = {check.name: check.to_json() for check in check_piece(facts, asked, start=start)}
    return {
        "path": file,
        "bars": len(facts.bars),
        "notes": len(facts.notes),
        "controls": checks,
        "unchecked": [name for name in asked.given() if name not in checks],
    }
