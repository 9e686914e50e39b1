"""A network grown from a trained one: its weights where both agree, and rows for what is new."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from symgen.corpus import CorpusOptions, PieceRecord, Store
from symgen.nets.checkpoint import (
    CARD,
    LANGUAGE_MODEL,
    Model,
    NetConfig,
    load_model_files,
    save_model_files,
)
from symgen.nets.columns import LABEL
from symgen.nets.inference import weight_shapes
from symgen.nets.inputs import Inputs
from symgen.nets.models import find_model
from symgen.nets.network import read_card, remove_named
from symgen.system.errors import CheckpointError, ControlError
from symgen.system.files import PathLike
from symgen.tokens.vocabulary import FORM
from symgen.training.options import TrainOptions
from symgen.training.run import read_state
from symgen.training.tasks import Labels, check_splits, corpus_labels
from symgen.training.traits import count_notes

__all__ = [
    "FROM_CORPUS",
    "START",
    "Start",
    "corpus_options",
    "differences",
    "find_start",
    "keep_start",
    "with_plans",
]

START = "start"
"""Folder of a run that keeps the model that it began with, so that the run needs no other place."""

FROM_CORPUS = ("styles", "fixed", "periods", "labels", "voices", "goals", "timing", "plans")
"""What of a network follows from its corpus, and cannot be asked for."""

_VARIES = 0.05
"""A model that lacks something refuses a corpus of which more than this share has it."""
_SELDOM = 1_000
"""How much likelier what the new corpus has is drawn than all that it lacks, where nothing is asked for."""
_GROWN = ("style", "period", LABEL)
"""How columns are called whose classes are names that a corpus may bring along."""

Floats = NDArray[np.float32]
_UNSEEN = -6.0


@dataclass(frozen=True)
class Start:
    """A trained model that a run begins with, fitted to the corpus of the run."""

    name: str
    sha256: str
    model: Model

    @classmethod
    def of(cls, name: PathLike, store: Store) -> Start:
        """Read a model and fit it to a corpus, or say in one line why it cannot learn from that."""
        folder = find_model(name)
        model = load_model_files(folder)
        known = Path(folder.parent if folder.name in ("best", "last") else folder).name
        _check(model, known, store)
        config = _extended(model.config, store.pieces("train"))
        grown = replace(model, config=config, weights=_grafted(model, config))
        return cls(known, _weights_digest(folder), grown)

    @classmethod
    def kept(cls, run: Path) -> Start | None:
        """Return the start that a run keeps, if it has one."""
        folder = run / START
        if not (folder / CARD).is_file():
            return None
        model = load_model_files(folder)
        origin = model.info.get("from") or {}
        return cls(str(origin.get("name", "")), str(origin.get("sha256", "")), model)

    def net(self, asked: NetConfig | None) -> NetConfig:
        """Return its network, which what is asked for must not contradict, except in its dropout."""
        own = self.model.config
        if asked is None:
            return own
        same = {name: getattr(own, name) for name in FROM_CORPUS}
        wanted = replace(asked, **same)
        own = replace(own, dropout=wanted.dropout)
        if wanted != own:
            raise ControlError(
                f"{self.name}: has {differences(own, wanted)}; leave options of the network out"
            )
        return own

    def fill(self, net: nn.Module) -> None:
        """Give a network its weights."""
        weights = self.model.weights
        net.load_state_dict({name: torch.from_numpy(value) for name, value in weights.items()})

    def keep(self, run: Path) -> None:
        """Write it into a run."""
        info = {**self.model.info, "from": self.origin}
        save_model_files(replace(self.model, info=info), run / START)

    @staticmethod
    def remove(run: Path) -> None:
        """Remove the start that a run keeps."""
        (run / START / CARD).unlink(missing_ok=True)
        remove_named(run / START, LANGUAGE_MODEL.stem, ())
        with suppress(OSError):  # it is not there, or holds something else
            (run / START).rmdir()

    @property
    def origin(self) -> dict[str, str]:
        """What cards say of it."""
        return {"name": self.name, "sha256": self.sha256}

    def traits(self, own: dict[str, Any]) -> dict[str, Any]:
        """Add to what a corpus is like what the start knows of the styles that the corpus lacks."""
        before = self.model.info
        found = {**own, "norms": {**before.get("norms", {}), **own["norms"]}}
        for name, style in (("usual", 1), ("ensembles", 3)):
            known = {row[style] for row in own[name]}
            rows = [row for row in before.get(name, ()) if row[style] not in known]
            # Those of before are hardly drawn unless their style is asked for by name.
            mine, theirs = (sum(row[-1] for row in some) for some in (own[name], rows))
            factor = 1 + _SELDOM * int(theirs) // max(1, int(mine))
            found[name] = [*([*row[:-1], row[-1] * factor] for row in own[name]), *rows]
        labels = {**before.get("by_label", {}), **own.get("by_label", {})}
        if labels:
            known = before.get("by_label", {})
            found["by_label"] = {name: {**known.get(name, {}), **labels[name]} for name in labels}
        for name in ("program", "variation"):
            if name in before:
                found.setdefault(name, before[name])
        return found


def find_start(options: TrainOptions, store: Store, run: Path, *, resume: bool) -> Start | None:
    """Return the model that a run begins with, or on resume that it has begun with, if there is one."""
    if resume:
        return Start.kept(run) if read_state(run).get("options", {}).get("start") else None
    if not options.start:
        return None
    check_splits(store)
    start = Start.of(options.start, store)
    config = start.net(options.net)
    return replace(start, model=replace(start.model, config=config))


def keep_start(start: Start | None, run: Path) -> None:
    """Let a new run keep what it begins with, and nothing that another one began with."""
    if start is None:
        Start.remove(run)
    else:
        start.keep(run)


def differences(own: NetConfig, wanted: NetConfig) -> str:
    """Say in words where two networks differ."""
    old, new = own.to_json(), wanted.to_json()
    return ", ".join(f"{key} {old[key]}, not {new[key]}" for key in old if old[key] != new[key])


def corpus_options(name: PathLike) -> CorpusOptions:
    """Return how music is prepared that a model is to learn from."""
    card = read_card(LANGUAGE_MODEL, find_model(name))
    model = NetConfig.from_json(card.get("config"))
    fixed = dict(model.fixed)
    grid = card.get("vocabulary", {}).get("grid", 12)
    return CorpusOptions(
        grid=int(grid),
        parts="melody" if "part" in fixed else "all",
        velocity=fixed.get("velocity") or None,
    )


def _weights_digest(folder: Path) -> str:
    """Return the sha256 of a model's weights, as its card has it."""
    files = read_card(LANGUAGE_MODEL, folder).get("files", {})
    return next((digest for name, digest in files.items() if name.startswith("model-")), "")


# -- what fits ---------------------------------------------------------------------------


def _check(model: Model, name: str, store: Store) -> None:
    """Refuse a corpus that a model has no classes or no parts for."""
    if model.config.kind != "event":
        raise CheckpointError(f"{name}: is the plain baseline, which only measures; name another")
    mine, theirs = model.vocabulary.grid, store.vocabulary.grid
    if model.vocabulary.hash != model.config.vocabulary(store.vocabulary).hash:
        raise CheckpointError(
            f"{store.path}: has {theirs} steps a quarter, and {name} knows {mine}; "
            f"build the store again with --grid {mine}, or train without --from"
        )
    records = store.pieces("train")
    chords = "build the store again with --parts melody, or start from piano or chamber"
    if "part" in dict(model.config.fixed):
        several = sum(len(record.header.programs) > 1 for record in records)
        if several > _VARIES * len(records):
            raise CheckpointError(
                f"{store.path}: {several} of {len(records)} pieces have several parts, and {name} "
                f"writes one; {chords}"
            )
    notes, overlaps, own = count_notes(store, records)
    if not model.config.voices and overlaps > _VARIES * notes:
        raise CheckpointError(
            f"{store.path}: its notes sound together, and {name} writes one at a time; {chords}"
        )
    if model.config.goals and own > _VARIES * notes:
        raise CheckpointError(
            f"{store.path}: its parts hold chords, and each part of {name} plays one note at a "
            "time; start from piano or chamber"
        )


def _extended(config: NetConfig, records: Sequence[PieceRecord]) -> NetConfig:
    """Add the styles and periods of the pieces behind those that a network knows."""
    styles = {record.header.style for record in records} - {"", *config.styles}
    periods = {record.header.period for record in records} - {"", *config.periods}
    return replace(
        config,
        styles=(*config.styles, *sorted(styles)),
        periods=(*config.periods, *sorted(periods)),
        labels=_extended_labels(dict(config.labels), corpus_labels(records)),
    )


def _extended_labels(known: dict[str, tuple[str, ...]], new: Labels) -> Labels:
    """Add labels, and values of labels, behind those that are known."""
    found = dict(known)
    for name, values in new:
        before = known.get(name, ())
        found[name] = (*before, *(value for value in values if value not in before))
    return tuple(found.items())


# -- growing -----------------------------------------------------------------------------


def with_plans(model: Model) -> Model:
    """Return a model that can be told a plan of chords, and computes the same until it has learned what for."""
    config = replace(model.config, plans=True)
    weights = _grafted(model, config)
    # Forms that it has never seen are unlikely, not as likely as the rest.
    known = model.vocabulary.sizes[FORM]
    weights["heads.form.logits.bias"][known:] = _UNSEEN
    return replace(
        model,
        config=config,
        vocabulary=config.vocabulary(model.vocabulary),
        weights=weights,
    )


def _grafted(model: Model, config: NetConfig) -> dict[str, Floats]:
    """Return the weights of a model for a network that is told more: it computes the same."""
    old, new = (Inputs(each, each.vocabulary(model.vocabulary)) for each in (model.config, config))
    weights = {
        name: _padded(model.weights.get(name), size) for name, size in weight_shapes(new).items()
    }
    for stage in ("input", *new.heads):
        name = "table.weight" if stage == "input" else f"heads.{stage}.table.weight"
        if new.sizes[stage]:
            width = config.hidden if stage == "input" else config.head
            table = model.weights.get(name, np.zeros((0, width), dtype=np.float32))
            weights[name] = _grown_table(table, old.spans(stage), new.spans(stage))
    return weights


def _padded(weight: Floats | None, shape: tuple[int, ...]) -> Floats:
    """Return a weight as the first part of a larger one, which is 0 elsewhere."""
    found = np.zeros(shape, dtype=np.float32)
    if weight is not None:
        shared = tuple(slice(size) for size in weight.shape)
        found[shared] = weight
    return found


def _grown_table(table: Floats, old: dict[str, range], new: dict[str, range]) -> Floats:
    """Return a table with rows for new classes, each the mean of those that are known by name."""
    grown = np.zeros((sum(map(len, new.values())), table.shape[1]), dtype=np.float32)
    for column, rows in new.items():
        before = old.get(column)
        # A column that the old network lacks adds nothing until it is learned.
        if before is None:
            continue
        grown[rows.start : rows.start + len(before)] = table[before.start : before.stop]
        if column.startswith(_GROWN) and len(rows) > len(before):
            # Class 0 stands for what is unknown: it is the mean where nothing has a name.
            named = table[min(before.start + 1, before.stop - 1) : before.stop]
            grown[rows.start + len(before) : rows.stop] = named.mean(axis=0)
    return grown
