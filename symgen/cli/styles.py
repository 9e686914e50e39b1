"""``symgen styles``: all models, and what each of them writes, in one table."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from textwrap import wrap
from typing import Any

from symgen.cli.options import Context, Result
from symgen.cli.settings import preset_about, preset_names
from symgen.music.instruments import program_name
from symgen.nets.checkpoint import LANGUAGE_MODEL
from symgen.nets.models import find_model, installed_names, model_names
from symgen.nets.network import read_card
from symgen.system.resources import DEFAULT_MODEL
from symgen.writing.song_styles import SONG_STYLES

__all__ = ["styles"]

# Columns, and their share of the width that is left beside the first one.
_COLUMNS = {"writes": 0.19, "styles": 0.34, "periods": 0.2, "instruments": 0.27}
_NARROWEST, _WIDEST = 60, 140
_MOST_INSTRUMENTS = 6
# Width of a list below the table.
_LISTED = 74


def styles(context: Context) -> Result:
    """List the models with their styles, periods, labels and usual instruments."""
    options = context.options
    names = (options.model,) if options.model else (*model_names(), *installed_names())
    rows = [_facts(name) for name in names]
    if options.json:
        for row in rows:
            print(json.dumps(row))
    else:
        print("\n".join(_table(rows)))
        if not options.model:
            print("\n".join(_songs()))
            print("\n".join(_presets()))
    return Result()


def _songs() -> list[str]:
    """List the styles of songs."""
    names = wrap(", ".join(SONG_STYLES), _LISTED, break_on_hyphens=False)
    return ["", "songs with a band: symgen generate --style NAME", *(f"  {line}" for line in names)]


def _presets() -> list[str]:
    """List the presets, a line each."""
    names = preset_names()
    width = max(map(len, names), default=0)
    lines = [f"  {name:<{width}}  {preset_about(name)}".rstrip() for name in names]
    return ["", "presets: symgen generate --preset NAME", *lines]


def _facts(name: str) -> dict[str, Any]:
    card = read_card(LANGUAGE_MODEL, find_model(name))
    config = card.get("config", {})
    return {
        "model": str(card.get("name", name)),
        "default": name == DEFAULT_MODEL,
        "writes": _writes(card),
        "styles": list(config.get("styles", ())),
        "periods": list(config.get("periods", ())),
        **({"labels": dict(config["labels"])} if config.get("labels") else {}),
        "instruments": _instruments(card),
        "licence": card.get("licence", "not stated"),
    }


def _writes(card: Mapping[str, Any]) -> str:
    """Say how many parts it writes, as its training pieces have them."""
    if card.get("monophonic"):
        return "a melody"
    sizes = Counter[int]()
    for programs, *_, count in card.get("ensembles", ()):
        sizes[len(programs)] += count
    if not sizes:
        return "pieces in parts"
    fewest, most = min(sizes), max(sizes)
    parts = f"{fewest} parts" if fewest == most else f"{fewest} to {most} parts"
    notes = "one note each at a time" if card.get("monophonic_parts") else "with chords"
    return f"{parts}, {notes}"


def _instruments(card: Mapping[str, Any]) -> list[str]:
    """Name the instruments that most of its training pieces are for; any other may be asked for."""
    counts: Counter[int] = Counter()
    for programs, drums, *_, count in card.get("ensembles", ()):
        for program in {p for p, drum in zip(programs, drums, strict=False) if not drum}:
            counts[program] += count
    return [program_name(program) for program, _ in counts.most_common(_MOST_INSTRUMENTS)]


def _table(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Lay rows out in columns as wide as the terminal is."""
    first = max(len("model"), *(len(row["model"]) for row in rows)) + 2 if rows else 0
    width = min(_WIDEST, max(_NARROWEST, shutil.get_terminal_size().columns)) - first
    widths = {name: int(share * width) for name, share in _COLUMNS.items()}
    head = {name: name for name in _COLUMNS}
    lines = _row("model", head, first, widths)
    for row in rows:
        lines += ["", *_row(row["model"], row, first, widths)]
        for name, values in row.get("labels", {}).items():
            told = f"--label {name}=...: {', '.join(values)}"
            lines += [" " * first + line for line in wrap(told, width, break_on_hyphens=False)]
    return [*lines, "", f"without --model, the one that fits is taken, else {DEFAULT_MODEL}"]


def _row(model: str, cells: Mapping[str, Any], first: int, widths: Mapping[str, int]) -> list[str]:
    texts = [_text(cells[name]) for name in widths]
    wrapped = [
        wrap(text, width - 2, break_on_hyphens=False)
        for text, width in zip(texts, widths.values(), strict=True)
    ]
    lines = zip_longest([model], *wrapped, fillvalue="")
    all_widths = (first, *widths.values())
    return [
        "".join(word.ljust(size) for word, size in zip(line, all_widths, strict=True)).rstrip()
        for line in lines
    ]


def _text(cell: str | Sequence[str]) -> str:
    return cell if isinstance(cell, str) else ", ".join(cell) or "-"
