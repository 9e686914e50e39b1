"""The training of a language model on a corpus, in the folder of a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import torch

from symgen.corpus import Store
from symgen.nets.checkpoint import (
    CARD,
    LANGUAGE_MODEL,
    SIZES,
    NetConfig,
    load_model_files,
    read_config,
)
from symgen.system.errors import CheckpointError, ControlError
from symgen.system.files import PathLike
from symgen.tokens import Vocabulary
from symgen.training.blending import blend
from symgen.training.comparing import compare, open_old
from symgen.training.distributed import join_ranks
from symgen.training.fit import Callbacks, Schedule, TrainReport, fit
from symgen.training.folds import fold_figures, fold_stores, with_all
from symgen.training.machine import (
    restored_threads,
)
from symgen.training.objective import LanguageObjective
from symgen.training.options import TrainOptions
from symgen.training.run import (
    LAST,
    Run,
    check_run,
    read_options,
    read_state,
    remove_run,
)
from symgen.training.starting import FROM_CORPUS, differences, find_start, keep_start
from symgen.training.tasks import (
    EventTask,
    Task,
    fit_config,
)
from symgen.training.tensors import pick_device

__all__ = [
    "CARD_FILE",
    "CURVES",
    "REPORT_FILE",
    "SAMPLES",
    "check_language_run",
    "run_config",
    "run_options",
    "train_store",
]

SAMPLES, CURVES = "samples", "curves.png"
CARD_FILE, REPORT_FILE = "README.md", "report.html"

_FEWEST_FOLDS = 2

MakeTask = Callable[[NetConfig, Vocabulary], Task]


def train_store(
    store: Store,
    output: PathLike,
    *,
    options: TrainOptions,
    resume: bool = False,
    overwrite: bool = False,
    callbacks: Callbacks | None = None,
    make_task: MakeTask = EventTask,
) -> TrainReport:
    """Train on a corpus, in a folder that gets ``best``, ``last`` and ``metrics.csv``; see `fit`."""
    folder, ranks = Path(output), join_ranks()
    with ranks.telling(), ranks.writing(folder):
        if ranks.is_first:
            check_language_run(folder, resume=resume, overwrite=overwrite)
        ranks.device(pick_device(options.device))
        # Of several machines each would choose by itself what was not asked for.
        options = ranks.of_first(options)
        callbacks = ranks.callbacks(callbacks or Callbacks())
        start = find_start(options, store, folder, resume=resume)
        old = open_old(options, store.vocabulary.grid)
        if start is not None and not resume:
            config = start.model.config
        else:
            config = _choose_net(options.net, folder, resume=resume)
            config = config if start else fit_config(config, store)
        run = Run(folder, store.digest, options.to_json())

        def begin(pieces: Store) -> LanguageObjective:
            # The seed comes before the network, whose first weights it draws.
            torch.manual_seed(options.seed)
            task = make_task(config, config.vocabulary(store.vocabulary))
            if start is not None:
                start.fill(task.net)
            return LanguageObjective(pieces, task, config, options, run, start)

        with restored_threads():
            folded = _folded(store, options, begin, callbacks, folder if resume else None)
        if overwrite and ranks.is_first:
            remove_run(folder, LANGUAGE_MODEL)
        if not resume and ranks.is_first:
            keep_start(start, folder)
        objective = begin(with_all(store) if folded else store)
        objective.folded = folded
        schedule = Schedule(
            minutes=options.minutes,
            epochs=options.epochs,
            validate_every=options.validate_every,
            validate_passes=options.validate_passes,
            save_every=options.save_every,
            patience=options.patience,
            validate_first=start is not None,
        )
        with restored_threads():
            report = fit(objective, run, schedule, callbacks, resume=resume)
            if start is not None and not report.stopped and ranks.is_first:
                blend(folder, store, options)
                compare(report, store, old, options)
            return report


def _folded(
    store: Store,
    options: TrainOptions,
    begin: Callable[[Store], LanguageObjective],
    callbacks: Callbacks,
    run: Path | None,
) -> Sequence[Mapping[str, float]]:
    """Hold each tune out once, if that is asked for; a run that goes on remembers what that gave."""
    if run is not None:
        known: list[dict[str, float]] = read_state(run).get("folded", [])
        return known
    if options.folds < _FEWEST_FOLDS:
        return ()
    objectives = [begin(each) for each in fold_stores(store, options.folds, options.seed)]
    return fold_figures(objectives, options, callbacks.stops)


def check_language_run(folder: Path, *, resume: bool, overwrite: bool) -> None:
    """Refuse a folder that holds a run of a language model; see `check_run`."""
    held = [CURVES, REPORT_FILE, f"{SAMPLES}/step-*.mid", f"{SAMPLES}/sample-*"]
    if _holds_trained(folder / LAST):
        held.append(f"{LAST}/{CARD}")
    check_run(folder, LANGUAGE_MODEL, held, resume=resume, overwrite=overwrite)


def _holds_trained(folder: Path) -> bool:
    """Whether a folder holds a model that was trained, if only for a moment, or cannot be read."""
    if not (folder / CARD).exists():
        return False
    try:
        return bool(load_model_files(folder).info.get("metrics", True))
    except CheckpointError:
        return True


def run_config(folder: PathLike) -> NetConfig:
    """Return the network of a run, as its last checkpoint has it."""
    if not (Path(folder) / LAST / CARD).is_file():
        raise CheckpointError(f"{folder}: nothing to resume; train without --resume")
    return read_config(Path(folder) / LAST)


def run_options(folder: PathLike) -> TrainOptions:
    """Return the options that a run was trained with, without its network."""
    return read_options(folder, TrainOptions.from_json)


def _choose_net(net: NetConfig | None, folder: Path, *, resume: bool) -> NetConfig:
    """Return the network that is asked for, or that of the run, which it must not contradict."""
    if not resume:
        return net or SIZES["base"]
    own = run_config(folder)
    wanted = replace(net or own, **{name: getattr(own, name) for name in FROM_CORPUS})
    if wanted == own:
        return own
    raise ControlError(
        f"{folder}: the run has {differences(own, wanted)}; resume without options of the network"
    )
