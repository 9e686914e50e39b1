"""``symgen describe``: a piece in words."""

from __future__ import annotations

import argparse
import json
from typing import Any

from symgen.cli.options import Context, Result
from symgen.cli.reading import read_piece
from symgen.cli.telling import complain_of, one_line
from symgen.cli.writing import bar_range
from symgen.system.errors import SymgenError

__all__ = ["describe"]


def describe(context: Context) -> Result:
    """Describe pieces, or read out some bars of them; what cannot be read is told of, and the others go on."""
    options = context.options
    results = [
        _tried(file, options, is_first=not number) for number, file in enumerate(options.files)
    ]
    notices = [notice for result in results for notice in result.notices]
    return Result(notices, max(result.status for result in results))


def _tried(file: str, options: argparse.Namespace, *, is_first: bool) -> Result:
    try:
        return Result(_told(file, options, is_first=is_first))
    except SymgenError as error:
        if len(options.files) == 1:
            raise
        complain_of(file, error)
        return Result(status=error.exit_status)


def _told(file: str, options: argparse.Namespace, *, is_first: bool) -> list[str]:
    """Describe a piece, and return notices of how it was read."""
    from symgen.analysis import describe as describe_score
    from symgen.analysis import read_bars

    first, last = bar_range(options.bars, "bars") if options.bars else (None, None)
    tune, notices = read_piece(file, options, allow_empty=True)
    told: list[str] = []
    facts: dict[str, Any] = {"path": file}
    if options.full or not options.bars:
        found = describe_score(tune.score, key=tune.key, title=tune.title)
        told.append(found.text(part=options.part))
        facts |= found.to_json()
    if options.full or options.bars:
        lines = read_bars(tune.score, first, last, options.part)
        told.append(lines)
        facts["reading"] = lines.splitlines()
    if options.json:
        print(json.dumps(facts), flush=True)
        return notices
    if not is_first:
        print()
    if len(options.files) > 1:
        print(f"File: {one_line(file)}.")
    print("\n".join(told), flush=True)
    return notices
