"""``symgen corpus`` and ``symgen train``."""

from __future__ import annotations

import argparse
import shlex
from dataclasses import replace
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from symgen.cli.options import Context, Result
from symgen.cli.outputs import print_paths
from symgen.cli.progress import counted
from symgen.cli.reading import limits_of
from symgen.cli.signals import stop_signals
from symgen.cli.telling import Manner, note, say, speaking
from symgen.cli.watching import TrainingLine
from symgen.system.errors import ControlError
from symgen.system.shards import Shard

if TYPE_CHECKING:
    from symgen.corpus import Store
    from symgen.nets.checkpoint import NetConfig
    from symgen.training import Plan, TrainOptions, TrainProgress

__all__ = ["corpus", "finetune", "train"]

_CORPUS = (
    "grid", "parts", "repeats", "min_bars", "max_bars", "metre_changes", "drums", "performed", "voices", "min_parts",
    "max_parts", "program", "velocity",
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
    "weight_decay",
    "transpose",
    "patience",
    "validate_every",
    "folds",
    "save_every",
    "seed",
    "threads",
    "log",
)
_UNASKED = ("size", "net", "hidden", "head", "layers", "no_features", "no_copy", "dry_run")
"""What `finetune` does not take."""
_NOTHING = "none"
"""What ``--from`` is told to begin with nothing."""
_ADAPTING = ("freeze", "lora", "forget", "old")
_NET = ("hidden", "head", "layers", "dropout")


def corpus(context: Context) -> Result:
    """Build a store."""
    from symgen.corpus.build import PARTS, build_corpus, prepare_shard
    from symgen.corpus.options import CorpusOptions

    options = context.options
    given: dict[str, Any] = {name: getattr(options, name) for name in _CORPUS}
    given |= {name: tuple(getattr(options, name)) for name in ("pickups", "where", "train_only")}
    given |= {
        name: dict(_pair(text, option) for text in getattr(options, option))
        for option, name in _PAIRS.items()
    }
    given |= {"labels": options.labels, "label_columns": names_of(options.label_columns)}
    chosen = CorpusOptions(
        **given, style_words=options.styles, limits=limits_of(options), workers=options.jobs
    )
    how: dict[str, Any] = {"options": chosen, "overwrite": options.overwrite}
    if options.shard is not None:
        if options.scheduler is not None:
            raise ControlError("shard and scheduler: a scheduler gives out all shards; use one")
        shard = Shard.parse(options.shard)
        with counted("reading", "tunes") as follow:
            made = prepare_shard(options.sources, options.output, shard, progress=follow, **how)
        note(made.told())
        print_paths(Path(options.output) / PARTS)
        return Result()
    with counted("reading", "tunes") as follow:
        report = build_corpus(
            options.sources,
            options.output,
            progress=follow,
            scheduler=options.scheduler,
            **how,
        )
    note(report.table())
    print_paths(options.output)
    return Result()


def names_of(text: str) -> tuple[str, ...]:
    """Return names that are written with commas."""
    return tuple(filter(None, map(str.strip, text.split(","))))


def _pair(text: str, option: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        raise ControlError(f"{option.replace('_', '-')} {text!r}: write NAME=TEXT")
    return name, value


def train(context: Context) -> Result:
    """Train a model."""
    from symgen.training import holds_state, join_ranks, refuse_both, was_restarted

    options, ranks = context.options, join_ranks()
    refuse_both(resume=options.resume, overwrite=options.overwrite)
    # In place of processes that ended, with the line that began the run, `torchrun` starts new ones.
    if was_restarted() and ranks.as_first(lambda: holds_state(options.output)):
        options.resume, options.overwrite = True, False
    if ranks.is_first:
        return _train(options)
    with speaking(Manner(quiet=True, is_mute=True)):  # of several processes one alone speaks
        return _train(options, is_mute=True)


def _train(options: argparse.Namespace, *, is_mute: bool = False) -> Result:
    from symgen.trainer import open_store
    from symgen.trainer import train as train_model
    from symgen.training.loggers import logger_names, open_loggers

    given, how = given_options(options), {"resume": options.resume, "overwrite": options.overwrite}
    chosen = begun_options(options, given)
    start = chosen.start if chosen else given.get("start", "")
    # What cannot be had is told of before the corpus is read.
    open_loggers(chosen.log if chosen else logger_names(options.log or "csv"))
    if options.dry_run:
        return _dry_run(options, given, chosen)
    with counted("reading", "tunes") as follow:
        store, built = open_store(options.source, options.output, start, progress=follow, **how)
    if built:
        note(built.table())
    if chosen is None:
        plan = make_plan(store, given)
        chosen = plan.options
        for told in plan.lines():
            note(told)
    line = TrainingLine("bits a note", "events")
    with stop_signals(is_mute=is_mute) as asked:
        result = train_model(
            store,
            options.output,
            options=chosen,
            report=lambda progress: _show(line, progress),
            stop=asked.is_set,
            **how,
        )
    if result.stopped and is_mute:
        return Result([], asked.status)
    if result.stopped:
        resume = shlex.join(["symgen", "train", options.source, "-o", options.output, "--resume"])
        return Result([f"stopped after a whole step; go on with: {resume}"], asked.status)
    best = result.metrics
    note(
        f"best: {best.get('valid_bits_per_note', 0):.3f} bits a note, {best.get('valid_bits_per_16th', 0):.3f} a 16th, "
        f"after {best.get('epoch', 0):.0f} passes"
    )
    for told in result.told:
        note(told)
    print_paths(result.folder)
    return Result()


def _dry_run(
    options: argparse.Namespace, given: dict[str, Any], chosen: TrainOptions | None
) -> Result:
    """Say what would be done and what it takes, and leave nothing behind."""
    import tempfile

    from symgen.system.files import scratch_folder
    from symgen.trainer import open_store
    from symgen.training.trial import try_out

    if options.resume:
        raise ControlError("--dry-run plans a new run; leave --resume out")
    with scratch_folder(tempfile.gettempdir()) as scratch:
        with counted("reading", "tunes") as follow:
            start = chosen.start if chosen else ""
            store, built = open_store(options.source, scratch / "run", start, progress=follow)
        if built:
            note(built.table())
        plan = make_plan(store, given)
        if chosen:
            plan = replace(plan, options=chosen)
        for told in (*plan.lines(), *try_out(store, plan.options).lines()):
            say(told)
    return Result()


def finetune(context: Context) -> Result:
    """Train a model from another one: `train` without a word on the network."""
    blank = dict.fromkeys(_UNASKED)
    given = vars(context.options)
    # What a run began with it keeps.
    origin = None if given["resume"] else given["from"]
    options = argparse.Namespace(**{**blank, **given, "from": origin})
    return train(Context(options, context.line))


def given_options(options: argparse.Namespace) -> dict[str, Any]:
    """Collect what was asked for: fields of the options and of the network by name, and the size."""
    from symgen.training import TrainOptions
    from symgen.training.planning import net_of_size

    if options.net == "plain":
        raise ControlError("net plain: the baseline is in the lab: python -m lab train-baseline")
    if options.net not in (None, "event"):
        raise ControlError(f"net {options.net!r}: use event")
    names = ("size", *_NET, *_TRAIN, *_ADAPTING, "precision")
    given: dict[str, Any] = {
        name: getattr(options, name) for name in names if getattr(options, name) is not None
    }
    if options.no_features:
        given["features"] = False
    if options.no_features or options.no_copy:
        given["copy"] = False
    if options.compile:
        given["compile"] = True
    given["device"] = options.device
    # What makes no sense is refused before the corpus is read.
    of_net = {name: given[name] for name in _NET if name in given}
    replace(net_of_size(given.get("size", "m")), **of_net)
    origin = vars(options)["from"]
    start = "" if origin in (None, _NOTHING) else origin
    if origin is not None and not options.resume:
        given["start"] = start
    known = (*_TRAIN, *(_ADAPTING if not options.resume else ()), "device", "precision")
    TrainOptions(start=start, **{name: given[name] for name in known if name in given})
    return given


def make_plan(store: Store, given: dict[str, Any]) -> Plan:
    """Choose what was not asked for, by the corpus and the machine."""
    from symgen.training import Machine, plan_training, read_facts

    asked = {name: value for name, value in given.items() if name != "size"}
    machine = Machine.here(given["device"])
    return plan_training(read_facts(store), machine, asked, size=given.get("size", ""))


def begun_options(options: argparse.Namespace, given: dict[str, Any]) -> TrainOptions | None:
    """Return the options where a run goes on; else the corpus has a say in them."""
    from symgen.training import run_config, run_options

    origin = vars(options)["from"]
    if not options.resume:
        return None
    before = run_options(options.output)
    if origin and PurePath(origin).name != before.start:
        first = before.start or "new weights"
        raise ControlError(f"{options.output}: began with {first}; resume without --from")
    return _with_given(before, run_config(options.output), given)


def _with_given(before: TrainOptions, own: NetConfig, given: dict[str, Any]) -> TrainOptions:
    """Return options with what was asked for anew; what of the network, is added to the network at hand."""
    from symgen.training.planning import net_of_size

    of_net = ("features", "copy", *_NET)
    net = {name: given[name] for name in of_net if name in given}
    if "size" in given:
        size = net_of_size(given["size"])
        net = {**{name: getattr(size, name) for name in _NET}, **net}
    others = {name: value for name, value in given.items() if name not in ("size", *of_net)}
    return replace(before, net=replace(own, **net), **others)


def _show(line: TrainingLine, progress: TrainProgress) -> None:
    """Show a step; a validation gets a line that stays."""
    if progress.metrics:
        m = progress.metrics
        held_out = (
            f"{m['valid_bits_per_note']:.3f} bits a note, {m['valid_bits_per_16th']:.3f} a 16th"
        )
        training = ""
        if "train_bits_per_note" in m:
            training = f" (training {m['train_bits_per_note']:.3f})"
        text = f"step {progress.step}: {held_out} on held-out pieces{training}"
        line.keep(text, m["valid_bits_per_note"])
    else:
        line.show(progress)
