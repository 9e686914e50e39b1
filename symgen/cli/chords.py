"""``symgen chords``: the chords of a piece."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from symgen.cli.history import remember
from symgen.cli.options import Context, Result
from symgen.cli.outputs import print_paths
from symgen.cli.reading import read_piece
from symgen.cli.telling import complain_of, note, one_line
from symgen.formats import WRITABLE, losses, save_score
from symgen.music.theory import Key
from symgen.system.errors import ControlError, SymgenError
from symgen.system.files import check_writable

if TYPE_CHECKING:
    from symgen.analysis.chords import FoundChord
    from symgen.formats.tunes import Tune

__all__ = ["chords"]


def chords(context: Context) -> Result:
    """Find the chords of pieces; what cannot be read is told of, and the others go on."""
    options = context.options
    if options.key is not None:
        Key.parse(options.key)
    if options.output:
        return _written(context)
    results = [
        _tried(file, options, is_first=not number) for number, file in enumerate(options.files)
    ]
    notices = [notice for result in results for notice in result.notices]
    return Result(notices, max(result.status for result in results))


def _written(context: Context) -> Result:
    """Write one piece with the chords that were found as its symbols."""
    options = context.options
    target = Path(options.output)
    if len(options.files) > 1:
        raise ControlError(f"output {target}: is for one FILE; leave the others out")
    if target.suffix.lower() not in WRITABLE:
        raise ControlError(f"output {target}: name a file that ends in {', '.join(WRITABLE)}")
    check_writable(target, overwrite=options.overwrite)
    from symgen.analysis.chords import chord_changes

    (file,) = options.files
    tune, notices, found = _found(file, options)
    score = replace(tune.score, chords=chord_changes(found))
    save_score(score, target, overwrite=options.overwrite)
    for line in losses(tune.score, score, target):
        note(line)
    if options.json:
        _print_json(file, found, {"written": str(target)})
    else:
        print_paths(target)
    remember(context, context.line, score, target, {})
    return Result(notices)


def _tried(file: str, options: argparse.Namespace, *, is_first: bool) -> Result:
    try:
        _, notices, found = _found(file, options)
    except SymgenError as error:
        if len(options.files) == 1:
            raise
        complain_of(file, error)
        return Result(status=error.exit_status)
    if options.json:
        _print_json(file, found, {})
        return Result(notices)
    lines = [] if is_first else [""]
    if len(options.files) > 1:
        lines.append(f"File: {one_line(file)}.")
    print("\n".join([*lines, *_table(found)]), flush=True)
    return Result(notices)


def _found(
    file: str, options: argparse.Namespace
) -> tuple[Tune, list[str], tuple[FoundChord, ...]]:
    from symgen.analysis.chords import find_chords

    tune, notices = read_piece(file, options, allow_empty=True)
    return tune, notices, find_chords(tune, key=options.key)


def _print_json(file: str, found: tuple[FoundChord, ...], more: dict[str, str]) -> None:
    facts = {"path": file, **more, "chords": [chord.to_json() for chord in found]}
    print(json.dumps(facts), flush=True)


def _table(found: tuple[FoundChord, ...]) -> list[str]:
    """Return the chords in columns: bar, beat, chord."""
    if not found:
        return ["No chords: nothing sounds that has a pitch."]
    rows = [("bar", "beat", "chord")]
    rows += [(str(chord.bar), f"{chord.beat:g}", chord.name) for chord in found]
    wide = [max(len(row[column]) for row in rows) for column in (0, 1)]
    return [f"{bar:>{wide[0]}}  {beat:>{wide[1]}}  {name}" for bar, beat, name in rows]
