"""``symgen corpus`` and ``symgen train``."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from symgen.corpus import CorpusOptions, build_corpus
from symgen.errors import ControlError

if TYPE_CHECKING:
    from symgen.training import Progress, TrainOptions

__all__ = ["corpus", "train"]

_TRAIN = ("epochs", "minutes", "batch", "steps", "rate", "transpose", "patience", "validate_every", "seed")
_NET = ("hidden", "head", "layers", "dropout")


def corpus(options: argparse.Namespace) -> None:
    """Build a store."""
    from tqdm import tqdm

    names = ("grid", "parts", "repeats", "min_bars", "max_bars", "metre_changes", "drums", "velocity")
    licences = dict(_pair(text) for text in options.licence)
    chosen = CorpusOptions(
        **{name: getattr(options, name) for name in names}, pickups=tuple(options.pickups), licences=licences
    )
    with tqdm(unit=" tunes", file=sys.stderr, disable=None) as bar:

        def follow(done: int, known: int) -> None:
            bar.total = known
            bar.update(done - bar.n)

        report = build_corpus(
            options.sources, options.output, options=chosen, overwrite=options.overwrite, progress=follow
        )
    print(report.table(), file=sys.stderr)
    print(Path(options.output))


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        raise ControlError(f"licence {text!r}: write NAME=TEXT")
    return name, value


def train(options: argparse.Namespace) -> None:
    """Train a model."""
    from symgen.trainer import train as train_model

    if options.resume and options.overwrite:
        raise ControlError("--resume goes on with the run and --overwrite starts anew; give one of them")
    result = train_model(
        options.source,
        options.output,
        options=train_options(options),
        resume=options.resume,
        overwrite=options.overwrite,
        report=_Line(),
    )
    best = result.metrics
    print(
        f"best: {best.get('valid_bits_per_note', 0):.3f} bits a note, {best.get('valid_bits_per_16th', 0):.3f} a 16th, "
        f"after {best.get('epoch', 0):.0f} passes",
        file=sys.stderr,
    )
    print(result.folder)


def train_options(options: argparse.Namespace) -> TrainOptions:
    """Collect the options that were given."""
    from symgen.nets.config import SIZES
    from symgen.training import TrainOptions

    if options.size not in SIZES:
        raise ControlError(f"size {options.size!r}: use {', '.join(SIZES)}")
    if options.net not in ("event", "plain"):
        raise ControlError(f"net {options.net!r}: use event or plain")
    given = {name: getattr(options, name) for name in _NET if getattr(options, name) is not None}
    features = not options.no_features
    net = replace(
        SIZES[options.size], kind=options.net, features=features, copy=features and not options.no_copy, **given
    )
    numbers = {name: getattr(options, name) for name in _TRAIN if getattr(options, name) is not None}
    return TrainOptions(net=net, device=options.device, precision=options.precision, **numbers)


class _Line:
    """The progress line on stderr; validations get a line of their own."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()

    def __call__(self, progress: Progress) -> None:
        if progress.metrics:
            m = progress.metrics
            held_out = f"{m['valid_bits_per_note']:.3f} bits a note, {m['valid_bits_per_16th']:.3f} a 16th"
            training = f"(training {m['train_bits_per_note']:.3f})"
            self._print(f"step {progress.step}: {held_out} on held-out pieces {training}", end="\n")
        elif self._live:
            left = f"{progress.left / 60:.0f} min left" if progress.left < 1e6 else ""
            self._print(
                f"step {progress.step}  {progress.loss:.3f} bits a note  {progress.rate:,.0f} events/s  {left}", end=""
            )

    def _print(self, text: str, *, end: str) -> None:
        print(f"\r{text:<78}" if self._live else text, end=end, file=sys.stderr, flush=True)
