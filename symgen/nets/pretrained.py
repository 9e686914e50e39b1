"""A model as a folder that others know to read: the layout of model hubs, and all that is ours beside it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from symgen import __version__
from symgen.nets.checkpoint import CARD, LANGUAGE_MODEL, load_model_files
from symgen.nets.network import read_card, read_files
from symgen.system.errors import ExistsError
from symgen.system.files import PathLike, make_folder, read_bytes, seal_json, write_together

__all__ = ["CONFIG", "README", "WEIGHTS", "hub_files", "save_pretrained"]

WEIGHTS, CONFIG, README = "model.safetensors", "config.json", "README.md"
"""What the files are called in the folders of hubs."""

_TAGS = (
    "symgen",
    "music",
    "midi",
    "symbolic-music",
    "music-generation",
    "model_hub_mixin",
    "pytorch_model_hub_mixin",
)
_LICENCES = {
    "cc by 4.0": "cc-by-4.0",
    "cc by-sa 4.0": "cc-by-sa-4.0",
    "cc by-nc 4.0": "cc-by-nc-4.0",
    "cc by-nc-sa 4.0": "cc-by-nc-sa-4.0",
    "cc0": "cc0-1.0",
    "cc0 1.0": "cc0-1.0",
    "mit": "mit",
    "apache 2.0": "apache-2.0",
    "apache-2.0": "apache-2.0",
    "unlicense": "unlicense",
}
"""Licences that hubs have a short name for."""


def save_pretrained(source: PathLike, target: PathLike, *, overwrite: bool = False) -> Path:
    """Write a model into a folder in the layout of hubs; `load_model` reads it too."""
    files = hub_files(source)
    folder = Path(target)
    held = next((name for name in (CARD, CONFIG, WEIGHTS) if (folder / name).exists()), None)
    if held and not overwrite:
        raise ExistsError(
            f"{folder}: holds a model already ({held}); name another folder, or pass overwrite=True"
        )
    write_together(make_folder(folder), files)
    return folder


def hub_files(source: PathLike) -> dict[str, bytes]:
    """Return the files of a model by the names that hubs have for them, the card first."""
    # The card names the others and is written last: `write_together` begins at the end.
    folder = Path(source)
    model = load_model_files(folder)
    card, files = read_card(LANGUAGE_MODEL, folder), read_files(LANGUAGE_MODEL, folder)
    named = {
        WEIGHTS if name.startswith(LANGUAGE_MODEL.stem) else name: (name, data)
        for name, data in files.items()
    }
    card["files"] = {new: card["files"][old] for new, (old, _) in named.items()}
    config = {
        **model.config.to_json(),
        "architectures": ["EventNet"],
        "model_type": "symgen",
        "symgen_version": __version__,
        "vocabulary_hash": model.vocabulary.hash,
    }
    return {
        CARD: seal_json(dict(sorted(card.items())), indent=1).encode(),
        README: _readme(folder, card).encode(),
        CONFIG: (json.dumps(config, indent=2, sort_keys=True) + "\n").encode(),
        **{name: data for name, (_, data) in named.items()},
    }


# -- the card that people read -------------------------------------------------------------


def _readme(folder: Path, card: Mapping[str, Any]) -> str:
    """Return the page of a model, which begins with what a hub wants to know of it."""
    # The best network of a run has its page in the folder of the run.
    places = [folder, folder.parent] if folder.name == "best" else [folder]
    written = next((place / README for place in places if (place / README).is_file()), None)
    text = read_bytes(written).decode("utf-8", "replace") if written else "\n".join(_page(card))
    return text if text.startswith("---\n") else "\n".join(_metadata(card)) + "\n" + text


def _metadata(card: Mapping[str, Any]) -> Iterator[str]:
    """Yield lines of YAML."""
    # Text in the form that JSON has for it is YAML as well.
    licence = str(card.get("licence") or "not stated")
    known = _LICENCES.get(licence.casefold())
    yield "---"
    yield f"license: {known or 'other'}"
    if not known:
        slug = re.sub(r"[^a-z0-9]+", "-", licence.casefold()).strip("-")[:60]
        yield f"license_name: {json.dumps(slug or 'not-stated')}"
    yield "library_name: symgen"
    yield "tags:"
    for tag in _TAGS:
        yield f"- {tag}"
    yield "---"
    yield ""


def _page(card: Mapping[str, Any]) -> Iterator[str]:
    """Yield the lines of a page for a model that has none."""
    config, corpus = card.get("config", {}), card.get("corpus", {})
    yield f"# {card.get('name', 'model')}"
    yield ""
    yield "A model of symgen, which writes symbolic music."
    yield ""
    yield "    symgen pull OWNER/NAME -o FOLDER"
    yield "    symgen generate --model FOLDER --bars 16"
    yield ""
    yield "| | |"
    yield "|---|---|"
    yield f"| network | {config.get('layers')} x {config.get('hidden')} |"
    yield f"| styles | {', '.join(config.get('styles', ())) or 'none'} |"
    for name, values in config.get("labels", ()):
        yield f"| label {_cell(name)} | {_cell(', '.join(values))} |"
    yield f"| licence of the music | {_cell(card.get('licence', 'not stated'))} |"
    yield f"| pieces | {corpus.get('pieces', 'not stated')} |"
    for name, value in card.get("metrics", {}).items():
        yield f"| {_cell(name).replace('_', ' ')} | {value} |"
    sources = corpus.get("sources", ())
    if sources:
        yield ""
        yield "| source | kept | left out | licence |"
        yield "|---|---|---|---|"
    for source in sources:
        cells = (source.get(name, "") for name in ("name", "kept", "dropped", "licence"))
        yield f"| {' | '.join(map(_cell, cells))} |"
    yield ""


def _cell(value: object) -> str:
    return " ".join(str(value).replace("|", "/").split())
