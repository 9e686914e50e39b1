"""How a model is trained on a corpus and a machine, where nobody says otherwise: network, batches, passes."""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from symgen.corpus import Store
from symgen.nets.checkpoint import SIZES, NetConfig, read_config
from symgen.nets.models import choose_for_tune, find_model
from symgen.system.errors import CheckpointError, ControlError
from symgen.tokens import decode
from symgen.training.options import TrainOptions
from symgen.training.starting import Start

__all__ = ["SMALL", "CorpusFacts", "Machine", "Plan", "net_of_size", "plan_training", "read_facts"]

SMALL = 100
"""Fewer tunes than this are a small corpus: too few to learn from nothing."""
_SIZE_WORDS = {"s": "small", "m": "base", "l": "large"}
"""What ``--size`` takes, and the names that the sizes had once, which it takes too."""

_FOR_M, _FOR_L = 2_000, 4_000_000
"""Events from which on a network of that size is not too large for what there is to learn."""
_MANY_EVENTS = 500_000
"""Events from which on a corpus teaches what dropout would have to prevent in a smaller one."""
_DROPOUT, _FAR = 0.5, 6
"""Dropout, and semitones by which pieces are moved, where tunes are few."""
_LOOKED_AT = 16
"""Pieces of which it is asked which model writes such music."""
_FOLDS, _ENOUGH = 4, 5
"""Folds of a small corpus that has fewer held-out tunes than that."""
_UPDATES_A_PASS = 16
"""A batch is as large as leaves so many updates a pass, as far as the limits below let it."""
_SMALLEST_BATCH, _USUAL_BATCH, _LARGEST_BATCH = 4, 32, 512
_CARD_SHARE = 0.5
"""Share of a card's memory that a batch may take; the rest is for weights, moments and what torch keeps."""
_EVENT_BYTES = 120
"""Bytes of memory an event of a batch takes for each unit of width of each layer, on a card."""
_BETWEEN = 24
"""Updates between two validations, at least."""


@dataclass(frozen=True)
class CorpusFacts:
    """What of a corpus decides how it is learned from."""

    tunes: int
    """Works in training and validation; versions of a tune are one."""
    held_out: int
    """Of these, works to validate with."""
    pieces: int
    """Training pieces, and below events and events of the longest of them."""
    events: int
    longest: int
    held_out_events: int = 0
    model: str = ""
    """The model that comes along and writes such music, if it can learn from this; looked for where tunes are few."""

    @property
    def is_small(self) -> bool:
        """Whether a network could not learn from it what music is, only what these tunes are."""
        return self.tunes < SMALL


@dataclass(frozen=True)
class Machine:
    """What there is to compute with; without a card `memory`, in bytes, is 0."""

    cores: int = 1
    memory: int = 0

    @classmethod
    def here(cls, device: str = "auto") -> Machine:
        """Return this machine, as far as a device may be used."""
        return cls(os.cpu_count() or 1, _card_memory() if device != "cpu" else 0)


@dataclass(frozen=True)
class Plan:
    """How a corpus is learned from on a machine."""

    facts: CorpusFacts
    machine: Machine
    options: TrainOptions

    @property
    def net(self) -> NetConfig:
        """The network, before what follows from the corpus is filled in."""
        return self.options.net or SIZES["base"]

    @property
    def updates_a_pass(self) -> int:
        """Updates that one pass takes, about."""
        return _updates(self.facts, self.options.batch, self.options.steps)

    def lines(self) -> tuple[str, ...]:
        """Say in a few short lines what was chosen, and what a small corpus means."""
        facts, options, net = self.facts, self.options, self.net
        plan = (
            f"plan: network of {net.layers} x {net.hidden}, {options.batch} pieces a batch, rate "
            f"{options.rate:.2g}, dropout {net.dropout:g}, moved by up to {options.transpose} semitones, "
            f"up to {options.epochs} passes"
        )
        if options.folds:
            plan += f"; each tune is held out once, in {options.folds} folds, to choose how many"
        if options.start:
            plan = plan.replace("network of", f"from {options.start}, network of")
        return (f"small corpus: {self._advice()}", plan) if facts.is_small else (plan,)

    def _advice(self) -> str:
        """Say what few tunes mean, and what to do."""
        facts, start = self.facts, self.options.start
        few = f"{facts.tunes} tunes, where {SMALL} or more are wanted"
        if start:
            return (
                f"{few}; it begins with {start}, which knows such music (--from none: with nothing)"
            )
        todo = "add tunes"
        if facts.model:
            todo = f"leave out --from none, --size and the like to begin with {facts.model}, or add tunes"
        return f"{few}; from nothing it learns to repeat and copy them, hardly more: {todo}"


def plan_training(
    facts: CorpusFacts,
    machine: Machine,
    given: Mapping[str, Any] | None = None,
    *,
    size: str = "",
) -> Plan:
    """Choose all that is not given; a pure function, so that the same corpus and machine give the same plan."""
    # `given`: fields of `TrainOptions` and of `NetConfig`, by name.
    given = dict(given or {})
    of_net = {field.name for field in fields(NetConfig)}
    own = {name: given.pop(name) for name in list(given) if name in of_net}
    is_shaped = bool(size or given.get("net") or set(own) - {"dropout"})
    start = given.pop("start", None)
    if start is None and facts.is_small and not is_shaped:
        start = facts.model
    if start and size:
        shape = net_of_size(size)
        own = {**{name: getattr(shape, name) for name in ("hidden", "head", "layers")}, **own}
    if start:
        return Plan(facts, machine, _from_model(facts, start, own, given))
    net = replace(_fitting_net(facts, size), **own)
    net = given.pop("net", None) or net
    steps = given.get("steps", TrainOptions.steps)
    batch = given.get("batch") or _fitting_batch(facts, machine, net, steps)
    updates = _updates(facts, batch, steps)
    epochs = _passes(facts)
    chosen: dict[str, Any] = {
        "batch": batch,
        "epochs": epochs,
        "rate": _rate(net, batch),
        "transpose": _FAR if facts.is_small else TrainOptions.transpose,
        "folds": _fitting_folds(facts, given),
    }
    # Who says how many passes there are means each of them.
    if "epochs" not in given:
        chosen["validate_passes"] = max(1, min(epochs // 4, -(-_BETWEEN // updates)))
    # Time alone ends a run of which only the time is given.
    if given.get("minutes"):
        chosen["epochs"] = 10 * epochs
    return Plan(facts, machine, TrainOptions(**{**chosen, **given, "net": net}))


def _from_model(
    facts: CorpusFacts, start: str, own: Mapping[str, Any], given: Mapping[str, Any]
) -> TrainOptions:
    """Return options that teach a trained model, whose dropout suits few tunes too."""
    net = replace(read_config(find_model(start)), **own)
    chosen = {"folds": _fitting_folds(facts, given), **given, "net": net}
    return TrainOptions.fine_tuning(start, **chosen)


def net_of_size(size: str) -> NetConfig:
    """Return the network that a word of ``--size`` stands for."""
    name = _SIZE_WORDS.get(size, size)
    if name not in SIZES:
        raise ControlError(f"size {size!r}: use {', '.join(_SIZE_WORDS)}")
    return SIZES[name]


def read_facts(store: Store) -> CorpusFacts:
    """Count what a store holds."""
    train, held_out = store.pieces("train"), store.pieces("valid")
    facts = CorpusFacts(
        tunes=len({record.group for record in (*train, *held_out)}),
        held_out=len({record.group for record in held_out}),
        pieces=len(train),
        events=sum(record.length for record in train),
        longest=max((record.length for record in train), default=0),
        held_out_events=sum(record.length for record in held_out),
    )
    return replace(facts, model=_fitting_model(store)) if facts.is_small else facts


def _fitting_model(store: Store) -> str:
    """Name the model that comes along and writes music like this, or nothing if it cannot learn from it."""
    records = store.pieces("train")
    some = records[:: max(1, len(records) // _LOOKED_AT)][:_LOOKED_AT]
    names = Counter(choose_for_tune(decode(store.events(each), store.vocabulary)) for each in some)
    for name, _ in names.most_common():
        try:
            Start.of(name, store)
        except CheckpointError:  # it has no classes for this music
            continue
        return name
    return ""


# -- what is chosen ----------------------------------------------------------------------


def _fitting_net(facts: CorpusFacts, size: str) -> NetConfig:
    """Choose a network that has enough to learn from, or one of a size, with more dropout the less that is."""
    chosen = "l" if facts.events >= _FOR_L else "m" if facts.events >= _FOR_M else "s"
    net = net_of_size(size or chosen)
    if facts.is_small:
        return replace(net, dropout=_DROPOUT)
    return replace(net, dropout=max(0.3, net.dropout)) if facts.events < _MANY_EVENTS else net


def _fitting_batch(facts: CorpusFacts, machine: Machine, net: NetConfig, steps: int) -> int:
    """Choose pieces a batch: a power of two that leaves updates enough, and fits into a card."""
    most = _USUAL_BATCH
    if machine.memory:
        piece = min(steps, max(1, facts.longest)) * net.hidden * (net.layers + 1) * _EVENT_BYTES
        most = min(_LARGEST_BATCH, int(_CARD_SHARE * machine.memory / piece))
    batch = _SMALLEST_BATCH
    while 2 * batch <= most and _updates(facts, 2 * batch, steps) >= _UPDATES_A_PASS:
        batch *= 2
    return batch


def _fitting_folds(facts: CorpusFacts, given: Mapping[str, Any]) -> int:
    """Choose folds where a few held-out tunes would decide on the passes, and nobody else does."""
    is_open = not any(given.get(name) for name in ("epochs", "minutes", "validate_every"))
    return _FOLDS if facts.is_small and facts.held_out < _ENOUGH and is_open else 0


def _updates(facts: CorpusFacts, batch: int, steps: int) -> int:
    """Count the updates of a pass: each batch takes one for every `steps` events of its pieces, about."""
    pieces = max(1, facts.pieces)
    mean = facts.events / pieces
    return max(1, -(-pieces // batch) * max(1, -(-int(mean) // steps)))


def _passes(facts: CorpusFacts) -> int:
    """Choose how many passes are the most: fewer of much music, whose passes are long."""
    if facts.events < _MANY_EVENTS:
        return 60
    return max(4, min(40, round(40 * math.sqrt(1_000_000 / facts.events))))


def _rate(net: NetConfig, batch: int) -> float:
    """Choose the peak learning rate: lower for deep networks and for small batches, whose gradients are rough."""
    base = 2e-3 if net.layers > 1 else 3e-3
    return float(f"{base * (batch / _USUAL_BATCH) ** 0.25:.2g}")


def _card_memory() -> int:
    """Return the bytes of a CUDA card, or 0 without one."""
    import torch

    if not torch.cuda.is_available():
        return 0
    memory: int = torch.cuda.mem_get_info(0)[1]
    return memory
