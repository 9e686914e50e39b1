"""``symgen describe``: a piece in words."""

from __future__ import annotations

import json
from typing import Any

from symgen.cli.options import Context, Result
from symgen.cli.reading import read_piece
from symgen.cli.telling import one_line
from symgen.cli.writing import bar_range

__all__ = ["describe"]


def describe(context: Context) -> Result:
    """Describe pieces, or read out some bars of them."""
    from symgen.analysis import describe as describe_score
    from symgen.analysis import read_bars

    options, notices = context.options, []
    first, last = bar_range(options.bars, "bars") if options.bars else (None, None)
    for number, file in enumerate(options.files):
        tune, read = read_piece(file, options, allow_empty=True)
        notices += read
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
            continue
        if number:
            print()
        if len(options.files) > 1:
            print(f"File: {one_line(file)}.")
        print("\n".join(told), flush=True)
    return Result(notices)
