"""``symgen info``."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from symgen.cli.reading import is_heard, read_piece
from symgen.corpus import Store
from symgen.corpus.store import INDEX_FILE
from symgen.formats import READABLE
from symgen.gan.checkpoint import GAN, read_gan
from symgen.music.instruments import program_name
from symgen.music.keys import infer_key
from symgen.music.score import Score
from symgen.music.theory import pitch_name
from symgen.nets.checkpoint import INDEX_STEM, LANGUAGE_MODEL
from symgen.nets.models import find_model, model_names
from symgen.nets.network import attached_path, network_folder
from symgen.system.errors import CheckpointError, FormatError
from symgen.system.resources import DEFAULT_MODEL
from symgen.transcriber.checkpoint import TRANSCRIBER, read_transcriber
from symgen.writing.generator import Generator, load_model

__all__ = ["info"]


def info(options: argparse.Namespace) -> None:
    """Describe a piece, a model, a store, or the models."""
    if options.what is None:
        for name in model_names():
            print(name + (" (default)" if name == DEFAULT_MODEL else ""))
        return
    path = Path(options.what)
    if (path.suffix.lower() in READABLE or is_heard(options.what)) and not path.is_dir():
        tune = read_piece(str(path), options, allow_empty=True)
        facts = {**_of_score(tune.score), "warnings": list(tune.problems)}
    elif path.is_file():
        raise FormatError(f"{path}: neither music nor a model; music ends in {', '.join(READABLE)}")
    elif (path / INDEX_FILE).is_file():
        facts = _of_store(Store.open(path))
    else:
        facts = _of_network(options.what)
    if options.json:
        print(json.dumps({"path": options.what, **facts}))
    else:
        for name, value in facts.items():
            lines = value if name == "sources" else [_text(value)]
            for number, line in enumerate(lines):
                print(f"{'' if number else name:<12} {_printable(line)}")


def _of_network(what: str) -> dict[str, Any]:
    """Describe what listens, a GAN, or else a language model."""
    if (ear := network_folder(TRANSCRIBER, what)) is not None:
        return _of_ear(ear)
    if (gan := network_folder(GAN, what)) is not None:
        return _of_gan(gan)
    return {**_of_model(load_model(what)), "copies": _of_index(find_model(what))}


def _printable(text: str) -> str:
    """Leave out what would move the cursor of a terminal."""
    return "".join(c if c.isprintable() else "?" for c in text)


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{k or '(none)'} {v}" for k, v in value.items()) or "none"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _of_score(score: Score) -> dict[str, Any]:
    pitches = [note.pitch for part in score.parts if not part.is_drum for note in part.notes]
    return {
        "title": score.title,
        "parts": [f"{part.name or ('drums' if part.is_drum else program_name(part.program))}: {len(part.notes)} notes"
                  for part in score.parts],
        "notes": score.note_count,
        "bars": sum(bar.number > 0 for bar in score.bars),
        "pickup": score.has_pickup,
        "seconds": round(score.seconds(score.length), 3),
        "meter": [str(change.meter) for change in score.meters[1 if score.has_pickup else 0 :]],
        "tempo": [round(change.bpm, 3) for change in score.tempos],
        "key": str(infer_key(score)) if pitches else "none",
        "range": f"{pitch_name(min(pitches))}-{pitch_name(max(pitches))}" if pitches else "none",
        "resolution": score.resolution,
    }  # fmt: skip


def _of_model(model: Generator) -> dict[str, Any]:
    known = model.info
    if not known:
        raise CheckpointError("the model has no card; copy it again")
    metrics = known.get("metrics", {})
    sources = known.get("corpus", {}).get("sources", [])
    return {
        "name": model.name,
        "styles": list(model.styles),
        "periods": list(model.periods),
        "parameters": model.parameters,
        "pieces": known.get("corpus", {}).get("pieces"),
        "sources": [f"{source['name']} ({source['licence']})" for source in sources],
        "licence": known.get("licence", "not stated"),
        "metrics": {name: value for name, value in metrics.items() if name.startswith("valid")},
    }


def _of_ear(folder: Path) -> dict[str, Any]:
    known = read_transcriber(folder)
    corpus, clips = known.info.get("corpus", {}), known.info.get("clips", {})
    return {
        "name": known.info.get("name", folder.name),
        "does": "writes down the melody of recordings",
        "parameters": sum(int(value.size) for value in known.weights.values()),
        "pieces": corpus.get("pieces"),
        "clips": clips,
        "licence": known.info.get("licence", corpus.get("licence", "not stated")),
        "metrics": known.info.get("metrics", {}),
    }


def _of_gan(folder: Path) -> dict[str, Any]:
    known = read_gan(folder)
    corpus = known.info.get("corpus", {})
    return {
        "name": known.info.get("name", folder.name),
        "does": "writes melodies bar by bar, as one half of a GAN",
        "preset": known.info.get("preset", "bars"),
        "grid": known.config.grid,
        "parameters": sum(int(value.size) for value in known.weights.values()),
        "pieces": corpus.get("pieces"),
        "licence": known.info.get("licence", corpus.get("licence", "not stated")),
        "metrics": known.info.get("metrics", {}),
    }


def _of_index(folder: Path) -> dict[str, Any]:
    """Say which index of training tunes lies beside a model, if any."""
    path = attached_path(LANGUAGE_MODEL, folder, INDEX_STEM)
    if path is None:
        return {}
    return {"file": path.name, "bytes": path.stat().st_size if path.is_file() else "missing"}


def _of_store(store: Store) -> dict[str, Any]:
    known = store.index.get("report", {})
    names = ("works", "notes", "bars", "splits", "meters", "styles", "moved", "dropped")
    sources = [
        f"{s['name']} ({s['licence']}): {s['kept']} kept, {s['dropped']} dropped"
        for s in known["sources"]
    ]
    return {"pieces": len(store), **{name: known.get(name) for name in names}, "sources": sources}
