"""``symgen history`` and ``symgen again``: every piece that was made, and the command that made it."""

from __future__ import annotations

import argparse
import json
import os
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from symgen import __version__
from symgen.cli.dispatching import run_line
from symgen.cli.lines import PIPE
from symgen.cli.options import Context, Result
from symgen.cli.outputs import free_base, free_sheet, printable_path
from symgen.cli.running import parse, read_files
from symgen.cli.telling import note
from symgen.music.keys import infer_key
from symgen.music.score import Score
from symgen.system.errors import ControlError, SymgenError
from symgen.system.files import append_line, open_to_read, write_atomic
from symgen.system.folders import user_folder
from symgen.system.temporary import release_names

__all__ = ["Piece", "again", "find_piece", "history", "remember"]

_FILE = "history.jsonl"
_NO_CONFIG = "--no-config"
_OUTPUT = ("-o", "--output", "--out")
_SHEET = ("--sheet",)
_COUNT, _SEED = ("-n", "--count"), ("--seed",)
_SILENT = "SYMGEN_NO_HISTORY"
_FOLDER = "SYMGEN_DATA"
_TOLD: list[str] = []
"""What was said of a history that cannot be written, so that it is said once."""


@dataclass(frozen=True)
class Piece:
    """A piece of the history; its number is that of its line."""

    number: int
    facts: Mapping[str, Any]

    @property
    def path(self) -> Path:
        """Where it was written."""
        return Path(self.facts["folder"], self.facts["path"])


def remember(
    context: Context,
    line: str,
    score: Score,
    target: Path,
    others: Mapping[str, Path],
    **facts: Any,
) -> None:
    """Add a piece to the history, unless the user wants none; that never fails a command."""
    if vars(context.options).get("no_history") or os.environ.get(_SILENT, "0") != "0":
        return
    if PIPE in shlex.split(line):  # neither what was read nor what was written can be found again
        return
    has_pitches = any(part.notes and not part.is_drum for part in score.parts)
    known = {
        "when": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "command": line,
        "folder": str(Path.cwd()),
        "path": str(target),
        "others": {kind: str(path) for kind, path in others.items()},
        "bars": sum(bar.number > 0 for bar in score.bars),
        "key": str(infer_key(score)) if has_pitches else None,
        "meter": str(score.meters[-1].meter),
        **facts,
        "version": __version__,
    }
    try:
        append_line(_path(), json.dumps(known))
    except (SymgenError, OSError) as error:
        if not _TOLD:
            _TOLD.append(str(error))
            note(f"this piece is in no history: {error}; --no-history makes none")


def _path() -> Path:
    chosen = os.environ.get(_FOLDER)
    return (Path(chosen) if chosen else user_folder("data")) / _FILE


def _pieces() -> Iterator[Piece]:
    """Yield the pieces in the order in which they were made; lines that are none count, and are left out."""
    path = _path()
    if not path.exists():
        return
    with open_to_read(path) as file:
        for number, line in enumerate(file, 1):
            try:
                facts = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(facts, dict) and all(
                isinstance(facts.get(name), str) for name in ("when", "command", "folder", "path")
            ):
                yield Piece(number, facts)


def find_piece(number: int) -> Piece:
    """Return a piece by its number; 0 and below count from the last one, -1 is the one before it."""
    pieces = list(_pieces())
    if not pieces:
        raise ControlError(f"piece {number}: the history is empty; write a piece first")
    wanted = number if number > 0 else pieces[-1].number + number
    for piece in pieces:
        if piece.number == wanted:
            return piece
    raise ControlError(
        f"piece {number}: the history has {pieces[0].number}-{pieces[-1].number}; see `symgen history`"
    )


def history(context: Context) -> Result:
    """List the pieces that were made, the last ones last."""
    options = context.options
    if options.clear:
        path, count = _path(), len(list(_pieces()))
        if path.exists():
            write_atomic(path, b"")
        note(f"forgotten: {count} piece{'s' * (count != 1)}; their files stay")
        return Result()
    if options.count < 1:
        raise ControlError(f"count {options.count}: must be 1 or more")
    chosen = list(_pieces())[-options.count :]
    if not chosen and not options.json:
        note("no piece has been made yet")
    for piece in chosen:
        told = {"number": piece.number, **piece.facts}
        print(json.dumps(told) if options.json else _line(piece))
    return Result()


def _line(piece: Piece) -> str:
    facts = piece.facts
    when = facts["when"][:16].replace("T", " ")
    music = ", ".join(
        str(facts[name]) + (" bars" if name == "bars" else "")
        for name in ("bars", "meter", "key", "model")
        if facts.get(name)
    )
    command = printable_path(facts["command"])
    gone = "" if piece.path.exists() else "  (no longer there)"
    return f"{piece.number:>5}  {when}  {printable_path(piece.path)}  ({music}){gone}\n       {command}"


# -- the same command anew -------------------------------------------------------------------


def again(context: Context) -> Result:
    """Run the command of a piece once more, to a new name."""
    options = context.options
    piece = find_piece(options.piece)
    # All that a configuration added is in the line; what it says by now is another thing.
    words = shlex.split(piece.facts["command"])[1:]
    words = _alone(words, piece) + [_NO_CONFIG] * (_NO_CONFIG not in words) + options.more
    words = _elsewhere(words, Path(piece.facts["folder"]))
    note(printable_path(shlex.join(["symgen", *words])))
    line = parse(words)
    result = run_line(line)
    same = _one_of_many(piece, line.options)
    if same is not None and not options.more:
        note(f"piece {piece.number} again: {printable_path(same)}")
    return result


def _alone(words: list[str], piece: Piece) -> list[str]:
    """Ask for one of several pieces alone; of candidates it cannot be told which are kept."""
    options, seed = vars(parse(words).options), piece.facts.get("seed")
    count, first = options.get("count", 1), options.get("seed")
    if count < 2 or options.get("candidates", 1) > 1 or not isinstance(seed, int) or first is None:
        return words
    words = _renamed(words, _COUNT, str(count), "1")
    words = _renamed(words, _SEED, str(first), str(seed))
    output = options.get("output")
    if output is None or Path(output).stem == piece.path.stem:
        return words
    return _renamed(words, _OUTPUT, output, str(Path(output).with_name(piece.path.name)))


def _one_of_many(piece: Piece, options: argparse.Namespace) -> Path | None:
    """Return which of several pieces that a command wrote is the one that was asked for."""
    place = piece.path.stem.rpartition("-")[2]
    output = vars(options).get("output")
    if vars(options).get("count", 1) < 2 or output is None or not place.isdigit():
        return None
    base = Path(options.out_dir or "", output)
    return base.with_name(f"{base.stem}-{place}{base.suffix}")


def _elsewhere(words: Sequence[str], folder: Path) -> list[str]:
    """Name what is read from where it was read then, and what is written by a name that is free."""
    options = parse(words).options
    here = folder == Path.cwd()
    read = {} if here else read_files(options)
    found = [str(folder / word) if _was_read(word, read, folder) else word for word in words]
    output = vars(options).get("output")
    if options.overwrite:
        return found
    sheet = free_sheet(options)
    if sheet is not None:
        found = _renamed(found, _SHEET, options.sheet, sheet)
    if output is not None:
        base = Path(options.out_dir or "", output)
        free = free_base(base, options, overwrite=False)
        name = str(free.relative_to(options.out_dir) if options.out_dir else free)
        found = _renamed(found, _OUTPUT, output, name)
    release_names()
    return found


def _renamed(words: list[str], option: Sequence[str], name: str, new: str) -> list[str]:
    """Give an option another value."""
    named = [i for i, word in enumerate(words) if word == name and words[i - 1] in option]
    if not named:
        return [*words, option[-1], new]
    return [*words[: named[-1]], new, *words[named[-1] + 1 :]]


def _was_read(word: str, read: Mapping[str, str], folder: Path) -> bool:
    return word in read and not Path(word).is_absolute() and (folder / word).exists()
