"""The model card of a run: a README with the metadata at its head that hubs read."""

from __future__ import annotations

import json
import re
from typing import Any

from symgen import __version__
from symgen.runs.facts import RunFacts

__all__ = ["CARD_HEAD", "licence_id", "model_card"]

CARD_HEAD = '---\nlibrary_name: "symgen"\n'
"""How a card begins that was written here."""

_LICENCES = (
    (r"cc[ -]?0|cc0-1\.0", "cc0-1.0"),
    (r"cc[ -]by[ -]4(\.0)?", "cc-by-4.0"),
    (r"cc[ -]by[ -]sa[ -]4(\.0)?", "cc-by-sa-4.0"),
    (r"cc[ -]by[ -]nc[ -]4(\.0)?", "cc-by-nc-4.0"),
    (r"mit( license)?", "mit"),
    (r"apache[ -]2(\.0)?", "apache-2.0"),
    (r"unlicense", "unlicense"),
    (r"gpl[ -]?3(\.0)?", "gpl-3.0"),
)
"""How licences are written, and what hubs call them."""
_METRICS = {"valid_bits_per_note": "bits a note", "valid_bits_per_16th": "bits a 16th"}


def model_card(facts: RunFacts) -> str:
    """Return the card as Markdown, under metadata as YAML."""
    rows = "\n".join(
        f"| {name} | {_cell(value)} |" for name, value in facts.table().items() if value
    )
    told = "\n\n".join(facts.told())
    commands = "\n".join(f"{what}\n\n    {line}\n" for what, line in facts.commands().items())
    figures = "\n".join(
        f"| {label} | {facts.best[name]:.3f} |"
        for name, label in _METRICS.items()
        if name in facts.best
    )
    sources = "\n".join(
        f"| {_cell(source.get('name', ''))} | {_cell(source.get('licence', ''))} |"
        for source in facts.sources
    )
    origin = _cell(facts.origin)
    base = f" It began with the model {origin}, whose licence holds too." if origin else ""
    return f"""---
{_yaml(_metadata(facts))}---

# {_cell(facts.name)}

A model of symbolic music, trained with symgen {__version__}. `report.html` shows its curves and plays its samples.

{told}

## Use it

{commands}
## Figures

On pieces that were held out while it learned.

| | |
|---|---|
{figures}

## How it was trained

| | |
|---|---|
{rows}

## Data

| source | licence |
|---|---|
{sources}

What the licences of the sources ask for holds for the weights too. Whoever shares them names the sources.{base}
"""


def licence_id(text: str) -> str:
    """Return what hubs call a licence: ``"unknown"`` where none is stated, ``"other"`` for several and rare ones."""
    plain = text.strip().lower()
    if plain in ("", "not stated"):
        return "unknown"
    return next((name for form, name in _LICENCES if re.fullmatch(form, plain)), "other")


def _metadata(facts: RunFacts) -> dict[str, Any]:
    """Return what stands at the head of the card."""
    licence = licence_id(facts.licence)
    # Its first line is that of `CARD_HEAD`.
    found: dict[str, Any] = {"library_name": "symgen", "license": licence}
    if licence == "other":
        found["license_name"] = facts.licence
    found["tags"] = ["symgen", "symbolic-music", "midi", "music-generation"]
    names = [str(source.get("name", "")) for source in facts.sources]
    if any(names):
        found["datasets"] = [name for name in names if name]
    if facts.origin:
        found["base_model"] = facts.origin
    found["metrics"] = [name.removeprefix("valid_") for name in _METRICS if name in facts.best]
    results = [
        {"type": name.removeprefix("valid_"), "value": round(facts.best[name], 4)}
        for name in _METRICS
        if name in facts.best
    ]
    task = {"type": "other", "name": "symbolic music generation"}
    data = {"type": "music", "name": ", ".join(filter(None, names)) or "own corpus"}
    found["model-index"] = [
        {"name": facts.name, "results": [{"task": task, "dataset": data, "metrics": results}]}
    ]
    return found


def _yaml(data: dict[str, Any]) -> str:
    """Write metadata as YAML: of its values JSON is a part."""
    return "".join(f"{name}: {json.dumps(value)}\n" for name, value in data.items())


def _cell(text: object) -> str:
    """Return text that stays within its cell or heading."""
    return " ".join(str(text).split()).replace("|", "\\|").replace("<", "&lt;")
