"""``symgen gan``: train, sample, augment, evaluate."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symgen.cli.options import Context, Result, options_controls
from symgen.cli.outputs import name_targets, print_paths
from symgen.cli.progress import working
from symgen.cli.reading import read_piece
from symgen.cli.signals import stop_signals
from symgen.cli.telling import note
from symgen.cli.watching import TrainingLine
from symgen.cli.writing import Continued, write_takes
from symgen.sampling.seeds import seeds
from symgen.system.errors import ControlError
from symgen.system.following import planned

if TYPE_CHECKING:
    from symgen.gan.model import BarGan
    from symgen.gan.options import GanOptions
    from symgen.music.controls import Controls
    from symgen.training import TrainProgress

__all__ = ["augment", "evaluate", "sample", "train"]

_NUMBERS = (
    "minutes", "batch", "loss", "rate", "critic_rate", "critic_steps", "penalty", "mode_seeking", "noise", "own_share",
    "validations", "seed",
)  # fmt: skip


def train(context: Context) -> Result:
    """Train a GAN."""
    options = context.options
    if options.preset == "tutorial":
        raise ControlError("preset tutorial: is in the lab: python -m lab train-gan-tutorial")
    if options.preset != "bars":
        raise ControlError(f"preset {options.preset!r}: use bars")
    from symgen.corpus.store import Store
    from symgen.gan.training import train_gan
    from symgen.training import Callbacks, refuse_both
    from symgen.training.loggers import logger_names, open_loggers

    refuse_both(resume=options.resume, overwrite=options.overwrite)
    how, line = _train_options(options), TrainingLine("higher for real bars", "bars")
    loggers = open_loggers(logger_names(options.log or "csv"))
    with stop_signals() as asked:
        report = train_gan(
            Store.open(options.store),
            options.output,
            options=how,
            resume=options.resume,
            overwrite=options.overwrite,
            callbacks=Callbacks(
                lambda progress: _show(line, progress), asked.is_set, note, loggers=loggers
            ),
        )
    if report.stopped:
        resume = f"symgen gan train {options.store} -o {options.output} --resume"
        return Result([f"stopped; go on with: {resume}"], asked.status)
    note(f"best: {_figures(report.metrics)}")
    print_paths(report.folder)
    return Result()


def _train_options(options: argparse.Namespace) -> GanOptions:
    """Collect the options that were given; on resume over those of the run."""
    from symgen.gan.checkpoint import GanConfig
    from symgen.gan.options import GanOptions
    from symgen.training.run import read_options

    start = GanOptions()
    if options.resume:
        start = read_options(options.output, GanOptions.from_json)
    given: dict[str, Any] = {
        name: getattr(options, name) for name in _NUMBERS if getattr(options, name) is not None
    }
    if options.grid is not None:
        if options.resume and options.grid != start.net.grid:
            raise ControlError(
                f"grid {options.grid}: the run has {start.net.grid} steps a quarter; leave --grid out"
            )
        given["net"] = (
            replace(start.net, grid=options.grid)
            if options.resume
            else GanConfig(grid=options.grid)
        )
    return replace(start, device=options.device, **given)


def _show(line: TrainingLine, progress: TrainProgress) -> None:
    """Show a step; a validation gets a line that stays."""
    if progress.metrics:
        line.keep(f"step {progress.step}: {_figures(progress.metrics)}")
    else:
        line.show(progress)


def _figures(row: Any) -> str:
    names = {"kl_interval": "intervals", "kl_pitch_class": "pitch classes", "kl_duration": "durations",
             "kl_place": "places"}  # fmt: skip
    bits = ", ".join(f"{text} {row[name]:.3f}" for name, text in names.items() if name in row)
    unique = f", {row['unique_bars']:.0%} of the bars differ" if "unique_bars" in row else ""
    return f"bits from real bars: {bits}{unique}" if bits else "no figures"


def sample(context: Context) -> Result:
    """Write tunes, or go on from one."""
    options = context.options
    controls = options_controls(options)
    first = seeds(options.count, options.seed)[0]
    stem = f"{Path(options.prime).stem}-gan" if options.prime else f"symgen-gan-{first}"
    if options.part is not None and not options.prime:
        raise ControlError("part: is for --prime, which is not given; leave --part out")
    if not options.prime:
        targets, model = name_targets(options, stem), _load(options)
        takes = model.takes(controls, count=options.count, seed=first)
        with _writing(controls, options.count):
            write_takes(takes, targets, context, model)
        return Result()
    tune, notices = read_piece(options.prime, options)
    targets, model = name_targets(options, stem), _load(options)
    takes = model.continuations(
        tune, controls, count=options.count, seed=first, part=options.part, name=options.prime
    )
    with _writing(controls, options.count):
        write_takes(takes, targets, context, model, Continued(tune.score))
    return Result(notices)


@contextmanager
def _writing(controls: Controls, count: int) -> Iterator[None]:
    """Show how many bars of all tunes are written."""
    from symgen.gan.model import BARS

    with working("writing"), planned(count * (controls.bars or BARS)):
        yield


def _load(options: argparse.Namespace) -> BarGan:
    from symgen.gan.model import load_gan

    return load_gan(options.model, form=not options.no_form, confident_share=options.surer)


def augment(context: Context) -> Result:
    """Add tunes to a store."""
    from symgen.corpus.store import Store
    from symgen.gan.augmenting import augment_store

    options = context.options
    model = _load(options)
    with working("writing"):
        made = augment_store(
            Store.open(options.store),
            options.output,
            model,
            count=options.count,
            bars=options.bars,
            seed=options.seed,
            overwrite=options.overwrite,
        )
    note(f"{made.pieces} pieces, {made.made} of them by {model.name}")
    print_paths(made.folder)
    return Result()


def evaluate(context: Context) -> Result:
    """Measure a GAN."""
    from symgen.corpus.store import Store
    from symgen.gan.evaluating import evaluate_gan, save_evaluation

    options = context.options
    with working("measuring"):
        found = evaluate_gan(
            _load(options),
            Store.open(options.store),
            split=options.split,
            tunes=options.count,
            bars=options.bars,
            seed=options.seed,
            language_model=options.language_model,
        )
    if options.output:
        print_paths(
            *save_evaluation(found, options.output, overwrite=options.overwrite), to_stderr=True
        )
    print(json.dumps(found.to_json()) if options.json else found.to_markdown())
    return Result()
