"""Train a model on a store or a folder, with curves and a sampled tune along the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from symgen.corpus import CorpusOptions, Store, build_corpus
from symgen.corpus.store import INDEX_FILE
from symgen.errors import CheckpointError, FormatError
from symgen.files import PathLike, make_folder
from symgen.formats import save_score
from symgen.generator import load_model
from symgen.plots import plot_curves
from symgen.sampling import Controls

if TYPE_CHECKING:
    from symgen.training import Progress, TrainOptions, TrainReport

__all__ = ["train"]

_SAMPLE_BARS = 16


def train(
    source: PathLike,
    output: PathLike,
    *,
    options: TrainOptions | None = None,
    resume: bool = False,
    overwrite: bool = False,
    report: Callable[[Progress], None] | None = None,
) -> TrainReport:
    """Train a model.

    Parameters
    ----------
    source : path
        A store, or a folder, zip or file of music; of those a store is built first, in the run.
    output : path
        Folder of the run. It gets ``best`` and ``last`` (models), ``metrics.csv``, ``curves.png``
        and ``samples`` (a tune after each validation that was the best so far).
    options : TrainOptions, optional
    resume : bool
        Go on where the run stopped.
    overwrite : bool
        Start anew over an existing run.
    report : callable, optional
        Called after each update.

    Returns
    -------
    TrainReport

    Raises
    ------
    SymgenError
        As `build_corpus` and `train_store` do.
    """
    from symgen.training import TrainOptions, train_store

    folder = make_folder(output)
    store = _open(source, folder, resume=resume, overwrite=overwrite)
    chosen = options or TrainOptions()
    follow = _sampling(folder, report) if chosen.net.kind == "event" else report
    result = train_store(store, folder, options=chosen, resume=resume, overwrite=overwrite, report=follow)
    if result.rows:
        plot_curves(result.rows, folder / "curves.png")
    return result


def _sampling(folder: Path, report: Callable[[Progress], None] | None) -> Callable[[Progress], None]:
    """Write a tune after each validation that was the best so far, and pass the report on."""
    best = [float("inf")]

    def follow(progress: Progress) -> None:
        if progress.metrics and progress.metrics["valid_bits_per_note"] < best[0]:
            best[0] = progress.metrics["valid_bits_per_note"]
            _sample(folder, progress.step)
        if report:
            report(progress)

    return follow


def _open(source: PathLike, folder: Path, *, resume: bool, overwrite: bool) -> Store:
    """Open a store, or build one out of music."""
    path = Path(source)
    if (path / INDEX_FILE).is_file():
        return Store.open(path)
    if not path.exists() and not str(source).startswith("music21:"):
        raise FormatError(f"{path}: no such file or folder; name a store, or a folder of music")
    built = folder / "corpus"
    if (built / INDEX_FILE).is_file() and resume:
        return Store.open(built)
    build_corpus([source], built, options=CorpusOptions(), overwrite=overwrite)
    return Store.open(built)


def _sample(folder: Path, step: int) -> None:
    """Write a tune of the best model so far."""
    target = make_folder(folder / "samples") / f"step-{step:06d}.mid"
    try:
        score = load_model(folder).generate(replace(Controls(), bars=_SAMPLE_BARS), seed=0)[0]
    except CheckpointError:
        return
    save_score(score, target, overwrite=True)
