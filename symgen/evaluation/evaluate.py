"""Evaluate generated music against real music, with or without a model to ask for likelihoods."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypedDict

import numpy as np

from symgen.evaluation.bootstrap import ratio_estimate
from symgen.evaluation.bootstrap import resamples as draw_resamples
from symgen.evaluation.comparison import SIDES, Settings, compare
from symgen.evaluation.judges import one_torch_thread
from symgen.evaluation.pieces import Piece, PieceSet, Source, read_pieces
from symgen.evaluation.report import Evaluation
from symgen.nets.checkpoint import Model, load_model_files
from symgen.nets.models import find_model
from symgen.system.errors import ControlError, FormatError
from symgen.system.files import PathLike
from symgen.system.pool import check_jobs
from symgen.system.requirements import need
from symgen.system.words import check_words
from symgen.tokens import encode
from symgen.tokens.vocabulary import PITCH, TIME

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from symgen.training.tasks import Split, Task

__all__ = ["Likelihood", "evaluate", "piece_likelihoods"]

_STEPS = 512


@dataclass(frozen=True)
class Likelihood:
    """What a model makes of one piece."""

    bits: dict[str, float]  # by field; they add up to minus the logarithm of the probability
    notes: int
    sixteenths: float  # length of the piece from bar line to bar line
    problem: str = ""  # why the model cannot be asked, or empty


class _How(TypedDict, total=False):
    """How it is done, which changes nothing in the report."""

    jobs: int | None


def evaluate(
    generated: Source,
    reference: Source,
    *,
    model: PathLike | None = None,
    split: str = "test",
    seed: int = 0,
    resamples: int = 1000,
    classifiers: bool = True,
    **how: Unpack[_How],
) -> Evaluation:
    """Compare generated pieces with real ones.

    Parameters
    ----------
    generated, reference : path, Store or sequence of Score
        A MIDI or notation file, a folder or zip of them, a store, or scores. Of a store one split is taken; the
        training part of a reference store is searched for copies.
    model : str or path, optional
        A model that comes along, or a run: it is asked for the likelihood of both sets.
    split : str
        Of stores: ``"train"``, ``"valid"`` or ``"test"``.
    seed : int
        Of the resamples, the folds, the classifiers and the halves.
    resamples : int
        Drawn for each confidence interval.
    classifiers : bool
        Whether to train those that tell real from generated pieces, which takes longest.
    **how : int
        `jobs`: processes in which they are trained, one a core if left out; the report is the same for any number.

    Returns
    -------
    Evaluation
        The same for the same music, seed, resamples and model, whatever the files are called, in any order and with any
        number of threads.

    Raises
    ------
    FormatError
        If a source cannot be read, or no piece of it.
    CheckpointError
        If the model or a store is unknown or damaged.
    ControlError
        If the seed, the resamples, the jobs or the split are out of range.
    """
    if resamples < 1 or not 0 <= seed < 2**32:
        raise ControlError(
            f"seed {seed}, resamples {resamples}: use a seed of 0 to 2**32 - 1 and 1 resample or more"
        )
    check_words("evaluate", how, _How.__annotations__)
    jobs = how.get("jobs")
    if jobs is not None:
        check_jobs(jobs)
    settings = Settings(seed, resamples, classifiers, jobs)
    return _evaluate((generated, reference), model, split, settings)


def _evaluate(
    sources: tuple[Source, Source], model: PathLike | None, split: str, settings: Settings
) -> Evaluation:
    need("threadpoolctl", *(["torch"] if model is not None else []))
    network = load_model_files(find_model(model)) if model is not None else None
    ours, real = (read_pieces(source, split=split) for source in sources)
    with _one_thread():
        found = compare(ours, real, settings)
        if network is None:
            return found
        return _with_likelihoods(found, {"reference": real, "generated": ours}, network, settings)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Let the linear algebra use one thread: the same sums in the same order."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        yield


def _with_likelihoods(
    found: Evaluation, sets: dict[str, PieceSet], model: Model, settings: Settings
) -> Evaluation:
    """Add the table of likelihoods, and the figures of the pieces."""
    table: dict[str, dict[str, float]] = {}
    notes: list[str] = []
    measured: list[Likelihood] = []
    for side in SIDES:
        mine = piece_likelihoods(sets[side].pieces, model)
        for name, estimate in _estimates(
            [one for one in mine if not one.problem], side, settings
        ).items():
            table.setdefault(name, {}).update(estimate)
        failed = [
            (piece.name, one.problem)
            for piece, one in zip(sets[side].pieces, mine, strict=True)
            if one.problem
        ]
        notes += [f"likelihood: {side}: {name}: {problem}" for name, problem in sorted(failed)]
        measured += mine
    rows = tuple(
        replace(row, figures={**row.figures, **_rates(one)})
        for row, one in zip(found.pieces, measured, strict=True)
    )
    tables = {"likelihood": table, **found.tables} if table else found.tables
    facts = {**found.facts, "model": str(model.info.get("name", ""))}
    return replace(found, facts=facts, tables=tables, pieces=rows, notes=(*found.notes, *notes))


def _rates(found: Likelihood) -> dict[str, float]:
    if found.problem:
        return {}
    bits = sum(found.bits.values())
    return {"bits_per_note": bits / found.notes, "bits_per_16th": bits / found.sixteenths}


def _estimates(
    found: list[Likelihood], side: str, settings: Settings
) -> dict[str, dict[str, float]]:
    """Bits a note, a 16th and a note by field, over all music of a set, with intervals over pieces."""
    if not found:
        return {}
    weights = draw_resamples(len(found), settings.resamples, settings.seed, f"likelihood {side}")
    notes, sixteenths = (
        np.array([getattr(one, name) for one in found], float) for name in ("notes", "sixteenths")
    )
    fields = list(dict.fromkeys(name for one in found for name in one.bits))
    bits = {name: np.array([one.bits.get(name, 0.0) for one in found]) for name in fields}
    total = np.sum(list(bits.values()), axis=0)
    rows = {"bits_per_note": (total, notes), "bits_per_16th": (total, sixteenths)}
    rows |= {f"bits_per_note_{name}": (values, notes) for name, values in bits.items()}
    return {
        name: ratio_estimate(above, below, weights).columns(side)
        for name, (above, below) in rows.items()
    }


def piece_likelihoods(pieces: Sequence[Piece], model: Model) -> list[Likelihood]:
    """Ask a model how likely pieces are, exactly, by the path on which training validates."""
    # The style is hidden from it, and the key is that of `estimate_key`, so that pieces from files
    # and from stores are asked for alike.
    import torch

    from symgen.training.tasks import EventTask, evaluate_split

    with one_torch_thread():
        task = EventTask(model.config, model.vocabulary)
        task.net.load_state_dict(
            {name: torch.from_numpy(value) for name, value in model.weights.items()}
        )
        device = torch.device("cpu")
        found = []
        for piece in pieces:
            split = _split_of(piece, model, task)
            if isinstance(split, str):
                found.append(Likelihood({}, 0, 0.0, split))
                continue
            rates = evaluate_split(task, split, 1, _STEPS, device)
            prefix = "bits_per_note_"
            bits = {
                k.removeprefix(prefix): v * split.notes
                for k, v in rates.items()
                if k.startswith(prefix)
            }
            found.append(Likelihood(bits, split.notes, split.sixteenths))
    return found


def _split_of(piece: Piece, model: Model, task: Task) -> Split | str:
    """Prepare one piece, or say why the model cannot be asked for it."""
    from symgen.training.tasks import Split

    if len(piece.score.parts) > 1 and "part" in dict(model.config.fixed):
        return f"has {len(piece.score.parts)} parts, the model knows one"
    try:
        events, _ = encode(piece.score, model.vocabulary, key=piece.key)
    except FormatError as error:
        return f"cannot be encoded: {error}"
    notes = events.fields[events.fields[:, TIME] < model.vocabulary.skip]
    ranges = np.array([[int(notes[:, PITCH].min()), int(notes[:, PITCH].max())]])
    sixteenths = int(events.header.bar_starts[-1]) / (model.vocabulary.grid / 4)
    lengths = np.array([len(events.fields)])
    return Split([task.prepare(events)], lengths, ranges, len(notes), sixteenths)
