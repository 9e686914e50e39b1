"""Training on a store or a folder of music, with curves and a sampled tune along the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from symgen.corpus import CorpusOptions, CorpusReport, Store, build_corpus
from symgen.corpus.store import INDEX_FILE
from symgen.formats import save_score
from symgen.music.controls import Controls
from symgen.nets.inference import InferenceNet
from symgen.plots import plot_curves
from symgen.system.errors import ExistsError, FormatError
from symgen.system.files import PathLike, as_path
from symgen.system.inputs import check_folder_apart
from symgen.system.places import is_remote, join_place, size_of, without_scheme
from symgen.system.requirements import need
from symgen.writing.generator import Generator

if TYPE_CHECKING:
    from symgen.nets.checkpoint import Model
    from symgen.training import TrainOptions, TrainProgress, TrainReport

__all__ = ["open_store", "train"]

_SAMPLE_BARS = 16
_LIBRARIES = ("torch", "safetensors", "threadpoolctl", "matplotlib")


def train(
    source: PathLike | Store,
    output: PathLike,
    *,
    options: TrainOptions | None = None,
    resume: bool = False,
    overwrite: bool = False,
    report: Callable[[TrainProgress], None] | None = None,
    stop: Callable[[], bool] | None = None,
) -> TrainReport:
    """Train a model.

    Parameters
    ----------
    source : path or Store
        A store, or a folder, zip or file of music; of those a store is built first, in the run.
    output : path
        Folder of the run. It gets ``best`` and ``last`` (models), ``metrics.csv``, ``curves.png``
        and ``samples`` (a tune after each validation), and at its end more samples with their sound
        and pictures, a model card (``README.md``) and ``report.html``.
    options : TrainOptions, optional
        Without them the corpus and the machine decide; on resume those of the run. `TrainOptions.fine_tuning` gives
        those that teach a trained model.
    resume : bool
        Go on where the run stopped.
    overwrite : bool
        Remove an existing run and start anew.
    report : callable, optional
        Called after each update.
    stop : callable, optional
        Asked after each update: where it says yes, the run is saved and ends.

    Returns
    -------
    TrainReport

    Raises
    ------
    SymgenError
        As `build_corpus` and `train_store` do.
    """
    need(*_LIBRARIES)
    from symgen.training import Callbacks, join_ranks, train_store
    from symgen.training.loggers import open_loggers

    folder = as_path(output)
    if isinstance(source, Store):
        store = source
    else:
        start = options.start if options else ""
        store, _ = open_store(source, folder, start, resume=resume, overwrite=overwrite)
    options = options or _fitting_options(store, folder, resume=resume)
    follow = _following(folder, report, overwrite=overwrite)
    callbacks = Callbacks(follow, stop, loggers=open_loggers(options.log))
    done = train_store(
        store, folder, options=options, resume=resume, overwrite=overwrite, callbacks=callbacks
    )
    if done.stopped or not join_ranks().is_first:
        return done
    return _finished(store, done, options)


def _finished(store: Store, done: TrainReport, options: TrainOptions) -> TrainReport:
    """Write samples, card and report of a run that is over."""
    from symgen.runs.finishing import finish_run

    told: list[str] = []
    facts = finish_run(store, done, options, told.append)
    return replace(done, told=(*facts.told()[1:], *told))


def _fitting_options(store: Store, folder: Path, *, resume: bool) -> TrainOptions:
    """Return the options of the run that goes on, or those that fit the corpus and the machine."""
    from symgen.training import Machine, plan_training, read_facts, run_options

    if resume:
        return run_options(folder)
    return plan_training(read_facts(store), Machine.here()).options


def open_store(
    source: PathLike,
    run: PathLike,
    start: str = "",
    *,
    resume: bool = False,
    overwrite: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Store, CorpusReport | None]:
    """Open a store, or build one out of music in the folder of a run, and report on that."""
    need(*_LIBRARIES)
    from symgen.training import join_ranks

    how = {"resume": resume, "overwrite": overwrite}
    ranks = join_ranks()
    with ranks.telling():
        return ranks.ahead(
            lambda: _open(source, run, start, progress=progress, **how),
            lambda: _open_again(source, run),
        )


def _open_again(source: PathLike, run: PathLike) -> tuple[Store, None]:
    """Open a store that another process has opened or built."""
    path = as_path(source)
    is_store = (path / INDEX_FILE).is_file()
    return Store.open(path if is_store else as_path(run) / "corpus"), None


def _open(
    source: PathLike,
    run: PathLike,
    start: str,
    *,
    resume: bool,
    overwrite: bool,
    progress: Callable[[int, int], None] | None,
) -> tuple[Store, CorpusReport | None]:
    from symgen.training import check_language_run, corpus_options

    check_language_run(as_path(run), resume=resume, overwrite=overwrite)
    source = without_scheme(source)
    if is_remote(source) and size_of(join_place(source, INDEX_FILE)) is not None:
        return Store.open(source), None
    path, built = as_path(source), as_path(run) / "corpus"
    try:
        if (path / INDEX_FILE).is_file():
            check_folder_apart(run, [path], may_hold=True)
            return Store.open(path), None
        check_folder_apart(run, [path])
        named = str(source).startswith("music21:") or is_remote(source)
        missing = not named and not path.exists()
    except OSError as error:
        raise FormatError(
            f"{path}: cannot be read ({error.strerror}); check the name and its permissions"
        ) from None
    if missing:
        raise FormatError(f"{path}: no such file or folder; name a store, or a folder of music")
    if resume and (built / INDEX_FILE).is_file():
        return Store.open(built), None
    if (built / INDEX_FILE).exists() and not overwrite:
        how = f"train on it with symgen train {built} -o {run}, or build it again with --overwrite"
        raise ExistsError(f"{built}: is there already, perhaps of a start that was stopped; {how}")
    chosen = corpus_options(start) if start else CorpusOptions()
    made = build_corpus([source], built, options=chosen, overwrite=overwrite, progress=progress)
    return Store.open(built), made


def _following(
    folder: Path, report: Callable[[TrainProgress], None] | None, *, overwrite: bool
) -> Callable[[TrainProgress], None]:
    """Draw the curves and write a tune after each validation, and pass the report on."""
    from symgen.training.language import CURVES, SAMPLES

    holds_old_pictures = overwrite

    def follow(progress: TrainProgress) -> None:
        nonlocal holds_old_pictures
        # Not before the first update: until then the new run may still be refused.
        if holds_old_pictures:
            _remove_pictures(folder)
        holds_old_pictures = False
        if progress.model:
            plot_curves(progress.rows, folder / CURVES)
            _sample(folder / SAMPLES / f"step-{progress.step:06d}.mid", progress.model)
        if report:
            report(progress)

    return follow


def _remove_pictures(folder: Path) -> None:
    """Remove the samples and curves of an earlier run."""
    from symgen.runs.finishing import remove_finish
    from symgen.training.language import CURVES, SAMPLES

    for path in (*(folder / SAMPLES).glob("step-*.mid"), folder / CURVES):
        path.unlink(missing_ok=True)
    remove_finish(folder)


def _sample(target: Path, model: Model) -> None:
    """Write a tune of the model as it is."""
    takes = Generator(InferenceNet(model), model.info).takes(Controls(bars=_SAMPLE_BARS), seed=0)
    save_score(next(takes).score, target, overwrite=True)
