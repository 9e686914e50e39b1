"""``symgen corpus`` and ``symgen train``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from symgen.cli.outputs import print_paths
from symgen.cli.reading import limits_of
from symgen.cli.signals import stop_signals
from symgen.corpus import CorpusOptions, build_corpus
from symgen.system.errors import ControlError

if TYPE_CHECKING:
    from symgen.training import Progress, TrainOptions

__all__ = ["corpus", "train"]

_CORPUS = (
    "grid", "parts", "repeats", "min_bars", "max_bars", "metre_changes", "drums", "voices", "min_parts", "max_parts",
    "program", "velocity",
)  # fmt: skip
_PAIRS = {
    "licence": "licences", "facts": "facts", "style": "styles", "period": "periods", "works": "works",
    "hold_out": "hold_out",
}  # fmt: skip
_TRAIN = (
    "epochs",
    "minutes",
    "batch",
    "steps",
    "rate",
    "transpose",
    "patience",
    "validate_every",
    "save_every",
    "seed",
)
_NET = ("hidden", "head", "layers", "dropout")


def corpus(options: argparse.Namespace) -> None:
    """Build a store."""
    given: dict[str, Any] = {name: getattr(options, name) for name in _CORPUS}
    given |= {name: tuple(getattr(options, name)) for name in ("pickups", "where", "train_only")}
    given |= {
        name: dict(_pair(text, option) for text in getattr(options, option))
        for option, name in _PAIRS.items()
    }
    chosen = CorpusOptions(**given, style_words=options.styles, limits=limits_of(options))
    with _bar() as follow:
        report = build_corpus(
            options.sources,
            options.output,
            options=chosen,
            overwrite=options.overwrite,
            progress=follow,
        )
    print(report.table(), file=sys.stderr)
    print_paths(options.output)


@contextmanager
def _bar() -> Iterator[Callable[[int, int], None]]:
    """Show how many tunes are done, on a terminal."""
    from tqdm import tqdm

    bars: list[Any] = []

    def follow(done: int, known: int) -> None:
        if not bars:
            bars.append(tqdm(unit=" tunes", file=sys.stderr, disable=None))
        bars[0].total = known
        bars[0].update(done - bars[0].n)

    try:
        yield follow
    finally:
        for bar in bars:
            bar.close()


def _pair(text: str, option: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        raise ControlError(f"{option.replace('_', '-')} {text!r}: write NAME=TEXT")
    return name, value


def train(options: argparse.Namespace) -> None:
    """Train a model."""
    from symgen.trainer import open_store
    from symgen.trainer import train as train_model
    from symgen.training import refuse_both

    refuse_both(resume=options.resume, overwrite=options.overwrite)
    chosen, how = train_options(options), {"resume": options.resume, "overwrite": options.overwrite}
    with _bar() as follow:
        store, built = open_store(options.source, options.output, progress=follow, **how)
    if built:
        print(built.table(), file=sys.stderr)
    with stop_signals() as asked:
        result = train_model(
            store, options.output, options=chosen, report=_Line(), stop=asked.is_set, **how
        )
    if result.stopped:
        print(f"stopped after a whole step; go on with: symgen train {options.source} -o {options.output} --resume",
              file=sys.stderr)  # fmt: skip
        options.status = asked.status
        return
    best = result.metrics
    print(
        f"best: {best.get('valid_bits_per_note', 0):.3f} bits a note, {best.get('valid_bits_per_16th', 0):.3f} a 16th, "
        f"after {best.get('epoch', 0):.0f} passes",
        file=sys.stderr,
    )
    print_paths(result.folder)


def train_options(options: argparse.Namespace) -> TrainOptions:
    """Collect the options that were given; on resume, those of the network are added to the network of the run."""
    from symgen.nets.checkpoint import SIZES
    from symgen.training import TrainOptions, run_config, run_options

    if options.size not in (None, *SIZES):
        raise ControlError(f"size {options.size!r}: use {', '.join(SIZES)}")
    if options.net == "plain":
        raise ControlError("net plain: the baseline is in the lab: python -m lab train-baseline")
    if options.net not in (None, "event"):
        raise ControlError(f"net {options.net!r}: use event")
    given: dict[str, Any] = (
        {name: getattr(SIZES[options.size], name) for name in _NET} if options.size else {}
    )
    given |= {name: getattr(options, name) for name in _NET if getattr(options, name) is not None}
    if options.no_features:
        given["features"] = False
    if options.no_features or options.no_copy:
        given["copy"] = False
    net = replace(run_config(options.output) if options.resume else SIZES["base"], **given)
    numbers = {
        name: getattr(options, name) for name in _TRAIN if getattr(options, name) is not None
    }
    start = run_options(options.output) if options.resume else TrainOptions()
    if options.precision is not None:
        numbers["precision"] = options.precision
    return replace(start, net=net, device=options.device, **numbers)


class _Line:
    """The progress line on stderr; validations get a line of their own."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()

    def __call__(self, progress: Progress) -> None:
        if progress.metrics:
            m = progress.metrics
            held_out = (
                f"{m['valid_bits_per_note']:.3f} bits a note, {m['valid_bits_per_16th']:.3f} a 16th"
            )
            training = f"(training {m['train_bits_per_note']:.3f})"
            self._print(f"step {progress.step}: {held_out} on held-out pieces {training}", end="\n")
        elif self._live:
            left = f"{progress.left / 60:.0f} min left" if progress.left < 1e6 else ""
            self._print(
                f"step {progress.step}  {progress.loss:.3f} bits a note  {progress.rate:,.0f} events/s  {left}",
                end="",
            )

    def _print(self, text: str, *, end: str) -> None:
        print(f"\r{text:<78}" if self._live else text, end=end, file=sys.stderr, flush=True)
