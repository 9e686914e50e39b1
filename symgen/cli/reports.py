"""``symgen info``, ``symgen copies`` and ``symgen evaluate``; each loads what it uses."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symgen.cli.options import Context, Result
from symgen.cli.telling import complain_of, note, say
from symgen.system.errors import CheckpointError, ControlError, FormatError, SymgenError
from symgen.system.resources import DEFAULT_MODEL

if TYPE_CHECKING:
    from collections.abc import Callable

    from symgen.copies.index import CopyIndex
    from symgen.copies.report import CopyReport, Floor, PartCopies
    from symgen.music.score import Score
    from symgen.nets.network import NetworkKind
    from symgen.writing.generator import Generator

__all__ = ["copies", "evaluate", "info"]

_MEANING = {
    "usual": "usual: no more than 9 of 10 real tunes share; ",
    "much": "much: more than 9 of 10 real tunes share; ",
    "copy": "copy: more than 99 of 100 real tunes share; ",
    "": "",
}


def info(context: Context) -> Result:
    """Describe a piece, a model, a store, or the models."""
    options = context.options
    if options.what is None:
        from symgen.nets.models import installed_names, model_names

        for name in (*model_names(), *installed_names()):
            print(name + (" (default)" if name == DEFAULT_MODEL else ""))
        return Result()
    facts, notices = _facts(Path(options.what), options)
    if options.json:
        say(json.dumps({"path": options.what, **facts}))
    else:
        for name, value in facts.items():
            lines = value if name == "sources" else [_text(value)]
            for number, line in enumerate(lines):
                print(f"{'' if number else name:<12} {_printable(line)}")
    return Result(notices)


def _facts(path: Path, options: argparse.Namespace) -> tuple[dict[str, Any], list[str]]:
    """Describe whatever lies at a path or bears its name."""
    from symgen.cli.reading import is_heard, read_piece
    from symgen.corpus.store import INDEX_FILE
    from symgen.formats import READABLE

    if not path.is_dir() and (path.suffix.lower() in READABLE or is_heard(options.what)):
        tune, notices = read_piece(str(path), options, allow_empty=True)
        return {**_of_score(tune.score), "warnings": list(tune.problems)}, notices
    if path.is_file():
        raise FormatError(f"{path}: neither music nor a model; music ends in {', '.join(READABLE)}")
    if (path / INDEX_FILE).is_file():
        return _of_store(path), []
    return _of_network(options.what), []


def _of_network(what: str) -> dict[str, Any]:
    """Describe a transcriber, a GAN, a planner, a harmonizer, a drummer or player, or else a language model."""
    from symgen.drummer.checkpoint import DRUMMER
    from symgen.gan.checkpoint import GAN
    from symgen.harmonizer.checkpoint import HARMONIZER
    from symgen.nets.models import find_model
    from symgen.nets.network import network_folder
    from symgen.performer.kit_checkpoint import KIT_PLAYER
    from symgen.planner.checkpoint import PLANNER
    from symgen.transcriber.checkpoint import TRANSCRIBER
    from symgen.writing.generator import load_model

    kinds: tuple[tuple[NetworkKind, Callable[[Path], dict[str, Any]]], ...] = (
        (PLANNER, _of_planner),
        (DRUMMER, _of_drummer),
        (KIT_PLAYER, _of_kit_player),
        (HARMONIZER, _of_harmonizer),
        (TRANSCRIBER, _of_transcriber),
        (GAN, _of_gan),
    )
    for kind, describe in kinds:
        if (folder := network_folder(kind, what)) is not None:
            return describe(folder)
    return {**_of_model(load_model(what)), "copies": _of_index(find_model(what))}


def _printable(text: str) -> str:
    """Leave out what would move the cursor of a terminal."""
    return "".join(c if c.isprintable() else "?" for c in text)


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{k or '(none)'} {v}" for k, v in value.items()) or "none"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _notes(count: int) -> str:
    return f"{count} note{'s' * (count != 1)}"


def _of_score(score: Score) -> dict[str, Any]:
    from symgen.music.instruments import instrument_name
    from symgen.music.keys import infer_key
    from symgen.music.theory import pitch_name

    pitches = [note.pitch for part in score.parts if not part.is_drum for note in part.notes]
    return {
        "title": score.title,
        "parts": [f"{part.name or instrument_name(part.program, is_drum=part.is_drum)}: {_notes(part.note_count)}"
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
        **{f"label {name}": list(values) for name, values in model.labels.items()},
        "parameters": model.parameters,
        "pieces": known.get("corpus", {}).get("pieces"),
        "sources": [f"{source['name']} ({source['licence']})" for source in sources],
        "licence": known.get("licence", "not stated"),
        "metrics": {name: value for name, value in metrics.items() if name.startswith("valid")},
    }


def _of_transcriber(folder: Path) -> dict[str, Any]:
    from symgen.transcriber.checkpoint import read_transcriber

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


def _of_harmonizer(folder: Path) -> dict[str, Any]:
    from symgen.harmonizer.checkpoint import read_harmonizer

    known = read_harmonizer(folder)
    return {
        "name": known.info.get("name", folder.name),
        "does": "chooses the chords that suit a melody",
        "parameters": sum(int(value.size) for value in known.weights.values()),
        "corpus": known.info.get("corpus", {}),
        "licence": known.info.get("licence", "not stated"),
        "metrics": known.info.get("metrics", {}),
    }


def _of_drummer(folder: Path) -> dict[str, Any]:
    from symgen.drummer.checkpoint import read_drummer

    return _of_small(read_drummer(folder), folder, "plays drums in a style, with fills", "hits")


def _of_kit_player(folder: Path) -> dict[str, Any]:
    from symgen.performer.kit_checkpoint import read_kit_player

    does = "says how loud and how late drums are struck"
    return _of_small(read_kit_player(folder), folder, does, "hits")


def _of_planner(folder: Path) -> dict[str, Any]:
    from symgen.planner.checkpoint import read_planner

    does = "plans the chords of a piece before its notes"
    return _of_small(read_planner(folder), folder, does, "beats")


def _of_small(known: Any, folder: Path, does: str, counted: str) -> dict[str, Any]:
    """Describe a small network of styles, and say of how many pieces, and of what else, it learned."""
    corpus = known.info.get("corpus", {})
    sources = corpus.get("sources", [])
    return {
        "name": known.info.get("name", folder.name),
        "does": does,
        "styles": list(known.config.styles),
        "parameters": sum(int(value.size) for value in known.weights.values()),
        "pieces": corpus.get("pieces"),
        counted: corpus.get(counted),
        "sources": [f"{source['name']}: {source['licence']}" for source in sources],
        "licence": known.info.get("licence", "not stated"),
        "metrics": known.info.get("metrics", {}),
    }


def _of_gan(folder: Path) -> dict[str, Any]:
    from symgen.gan.checkpoint import read_gan

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
    from symgen.nets.checkpoint import INDEX_STEM, LANGUAGE_MODEL
    from symgen.nets.network import attached_path

    path = attached_path(LANGUAGE_MODEL, folder, INDEX_STEM)
    if path is None:
        return {}
    return {"file": path.name, "bytes": path.stat().st_size if path.is_file() else "missing"}


def _of_store(folder: Path) -> dict[str, Any]:
    from symgen.corpus.store import Store

    store = Store.open(folder)
    known = store.index.get("report", {})
    names = ("works", "notes", "bars", "splits", "meters", "styles", "moved", "dropped")
    sources = [
        f"{s['name']} ({s['licence']}): {s['kept']} kept, {s['dropped']} dropped"
        for s in known["sources"]
    ]
    return {"pieces": len(store), **{name: known.get(name) for name in names}, "sources": sources}


def copies(context: Context) -> Result:
    """Look for copies of training tunes in pieces."""
    from symgen.cli.reading import read_piece
    from symgen.copies.report import COVER

    options, notices = context.options, []
    where = options.model if options.reference is None else options.reference
    index = _index(options)
    notes = max(COVER, index.shortest) if options.min_notes is None else options.min_notes
    if notes < index.shortest:
        raise ControlError(
            f"min-notes {notes}: the index of {where} tells matches of {index.shortest} or more"
        )
    if not options.json:
        note(_floor_line(where, index.floor))
    files = list(chain.from_iterable(map(_music_files, options.files)))
    verdicts, status = Counter[str](), 0
    for file in files:
        try:
            tune, read = read_piece(file, options)
        except SymgenError as error:
            if len(files) == 1:
                raise
            complain_of(file, error)
            status = max(status, error.exit_status)
            continue
        notices += read
        report = index.find(tune.score, notes=notes)
        verdict = index.floor.verdict(report if notes == COVER else index.find(tune.score))
        verdicts[verdict] += 1
        parts = index.find_parts(tune.score, notes=notes)
        if options.json:
            facts = {
                "path": file,
                "model": options.model if options.reference is None else None,
                "reference": options.reference,
                **_copies_facts(report),
                "min_notes": notes,
                "verdict": verdict,
                "parts": [part.to_json() for part in parts],
            }
            say(json.dumps({**facts, "floor": asdict(index.floor)}))
        else:
            say(_copies_line(file, report, notes, index.shortest, verdict))
            for part in parts if len(parts) > 1 else ():
                say(_part_line(part, notes, index.shortest))
    if len(files) > 1 and not options.json:
        _sum_up(verdicts, len(files) - verdicts.total(), index.floor)
    return Result(notices, status)


def _sum_up(verdicts: Counter[str], failed: int, floor: Floor) -> None:
    """Say how many pieces got which verdict, and how many could not be read."""
    from symgen.copies.report import VERDICTS

    told = [f"{verdicts[name]} {name}" for name in VERDICTS] if floor.tunes else []
    told += [f"{failed} failed"] if failed else []
    if told:
        note(f"{verdicts.total() + failed} pieces: {', '.join(told)}")


def _index(options: argparse.Namespace) -> CopyIndex:
    """Return the index of a model, or make one of the music that is named."""
    from symgen.copies.index import CopyIndex
    from symgen.nets.models import find_model

    if options.reference is None:
        return CopyIndex.load(find_model(options.model)).of_others
    return _index_of_music(options)


def _index_of_music(options: argparse.Namespace) -> CopyIndex:
    from symgen.cli.progress import working
    from symgen.copies.index import CopyIndex
    from symgen.copies.reference import index_store
    from symgen.corpus.store import INDEX_FILE, Store
    from symgen.evaluation.pieces import read_pieces

    with working("reading"):
        if (Path(options.reference) / INDEX_FILE).is_file():
            return index_store(Store.open(options.reference), limit=None)
        found = read_pieces(options.reference)
        tunes = ((piece.score, piece.name, found.name) for piece in found.pieces)
        index = CopyIndex.build(tunes, limit=None)
    for line in found.left_out:
        note(f"left out: {line}")
    return index


def _music_files(name: str) -> list[str]:
    """Return a file as it is, and of a folder the music in it."""
    from symgen.formats import READABLE

    folder = Path(name)
    if not folder.is_dir():
        return [name]
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in READABLE)
    if not files:
        raise FormatError(f"{name}: holds no music; music ends in {', '.join(READABLE)}")
    return list(map(str, files))


def _copies_facts(report: CopyReport) -> dict[str, Any]:
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


def _copies_line(file: str, report: CopyReport, notes: int, shortest: int, verdict: str) -> str:
    match = report.match
    of_part = f" of part {match.part + 1}" if match else ""
    return f"{file}: {_MEANING[verdict]}{_found(report, notes, shortest, of_part)}"


def _part_line(part: PartCopies, notes: int, shortest: int) -> str:
    name = _printable(part.name)
    return f"  part {part.part + 1}, {name}: {_found(part.report, notes, shortest)}"


def _found(report: CopyReport, notes: int, shortest: int, of_part: str = "") -> str:
    """Say what was found in a piece or a part, and where; `of_part` stands behind the bars."""
    covered = f"{report.share:.0%} of {report.notes} notes in matches of {notes} or more"
    match = report.match
    if match is None:
        return f"no match of {shortest} notes or more"
    first, last = match.bars
    bars = f"bar {first}" if first == last else f"bars {first}-{last}"
    where = f"{bars}{of_part}, as in {match.title} ({match.source})"
    return f"longest match {match.notes} notes, {where}; {covered}"


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


def evaluate(context: Context) -> Result:
    """Compare generated music with real music."""
    from symgen.cli.outputs import print_paths
    from symgen.cli.progress import working
    from symgen.evaluation.evaluate import evaluate as evaluate_music
    from symgen.evaluation.report import check_folder

    options = context.options
    if options.output:
        check_folder(options.output, overwrite=options.overwrite)
    with working("comparing"):
        found = evaluate_music(
            options.generated,
            options.reference,
            model=options.model,
            split=options.split,
            seed=options.seed,
            resamples=options.resamples,
            classifiers=not options.no_classifiers,
            jobs=options.jobs,
        )
    for line in found.left_out:
        note(f"left out: {line}")
    if found.left_out:
        note(f"left out: {len(found.left_out)} in all")
    if options.output:
        print_paths(*found.save(options.output, overwrite=options.overwrite), to_stderr=True)
    print(
        json.dumps(found.to_json()) if options.json else found.to_markdown(),
        end="\n" if options.json else "",
    )
    return Result()
