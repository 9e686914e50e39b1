"""``symgen gan``: train, sample, augment, evaluate."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symgen.cli.describing import options_controls
from symgen.cli.outputs import name_targets, print_paths
from symgen.cli.reading import read_piece
from symgen.cli.signals import stop_signals
from symgen.cli.writing import write_takes
from symgen.corpus import Store
from symgen.gan import load_gan
from symgen.sampling.seeds import seeds
from symgen.system.errors import ControlError

if TYPE_CHECKING:
    from symgen.gan.options import GanOptions
    from symgen.training import Progress

__all__ = ["augment", "evaluate", "sample", "train"]

_NUMBERS = (
    "minutes", "batch", "loss", "rate", "critic_rate", "critic_steps", "penalty", "mode_seeking", "noise", "own_share",
    "validations", "seed",
)  # fmt: skip


def train(options: argparse.Namespace) -> None:
    """Train a GAN."""
    if options.preset == "tutorial":
        raise ControlError("preset tutorial: is in the lab: python -m lab train-gan-tutorial")
    if options.preset != "bars":
        raise ControlError(f"preset {options.preset!r}: use bars")
    from symgen.gan import train_gan
    from symgen.training import Callbacks, refuse_both

    refuse_both(resume=options.resume, overwrite=options.overwrite)
    how = _train_options(options)
    with stop_signals() as asked:
        report = train_gan(
            Store.open(options.store),
            options.output,
            options=how,
            resume=options.resume,
            overwrite=options.overwrite,
            callbacks=Callbacks(_Line(), asked.is_set),
        )
    if report.stopped:
        print(
            f"stopped; go on with: symgen gan train {options.store} -o {options.output} --resume",
            file=sys.stderr,
        )
        options.status = asked.status
        return
    print(f"best: {_figures(report.metrics)}", file=sys.stderr)
    print_paths(report.folder)


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


class _Line:
    """The progress line on stderr; validations get lines of their own."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()

    def __call__(self, progress: Progress) -> None:
        if progress.metrics:
            self._print(f"step {progress.step}: {_figures(progress.metrics)}", end="\n")
        elif self._live:
            self._print(
                f"step {progress.step}  gap {progress.loss:.2f}  {progress.done:.0%}", end=""
            )

    def _print(self, text: str, *, end: str) -> None:
        print(f"\r{text:<78}" if self._live else text, end=end, file=sys.stderr, flush=True)


def _figures(row: Any) -> str:
    names = {"kl_interval": "intervals", "kl_pitch_class": "pitch classes", "kl_duration": "durations",
             "kl_place": "places"}  # fmt: skip
    bits = ", ".join(f"{text} {row[name]:.3f}" for name, text in names.items() if name in row)
    unique = f", {row['unique_bars']:.0%} of the bars differ" if "unique_bars" in row else ""
    return f"bits from real bars: {bits}{unique}" if bits else "no figures"


def sample(options: argparse.Namespace) -> None:
    """Write tunes, or go on from one."""
    controls = options_controls(options)
    first = seeds(options.count, options.seed)[0]
    stem = f"{Path(options.prime).stem}-gan" if options.prime else f"symgen-gan-{first}"
    if options.part is not None and not options.prime:
        raise ControlError("part: is for --prime, which is not given; leave --part out")
    if options.prime:
        tune = read_piece(options.prime, options)
    targets = name_targets(options, stem)
    model = load_gan(options.model, form=not options.no_form, surer=options.surer)
    if not options.prime:
        write_takes(model.takes(controls, count=options.count, seed=first), targets, options, model)
        return
    takes = model.continuations(
        tune, controls, count=options.count, seed=first, part=options.part, name=options.prime
    )
    write_takes(takes, targets, options, model, tune.score)


def augment(options: argparse.Namespace) -> None:
    """Add tunes to a store."""
    from symgen.gan import augment_store

    model = load_gan(options.model, form=not options.no_form, surer=options.surer)
    made = augment_store(
        Store.open(options.store),
        options.output,
        model,
        count=options.count,
        bars=options.bars,
        seed=options.seed,
        overwrite=options.overwrite,
    )
    print(f"{made.pieces} pieces, {made.made} of them by {model.name}", file=sys.stderr)
    print_paths(made.folder)


def evaluate(options: argparse.Namespace) -> None:
    """Measure a GAN."""
    from symgen.gan import evaluate_gan
    from symgen.gan.evaluating import save_evaluation

    found = evaluate_gan(
        load_gan(options.model, form=not options.no_form, surer=options.surer),
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
