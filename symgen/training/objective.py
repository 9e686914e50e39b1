"""What a language model learns: whole pieces of about equal length, exact likelihood."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import torch

from symgen.corpus import Store
from symgen.nets.batches import Masking
from symgen.nets.checkpoint import (
    LANGUAGE_MODEL,
    Model,
    NetConfig,
    load_model_files,
    save_model_files,
)
from symgen.nets.network import remove_named
from symgen.nets.products import Dropout
from symgen.system.errors import ControlError
from symgen.training.adapting import make_adapter
from symgen.training.distributed import join_ranks
from symgen.training.fit import Figures, Position, Update
from symgen.training.machine import busy_share, choose_threads, keep_freed_memory
from symgen.training.options import TrainOptions
from symgen.training.run import BEST, LAST, Run, Stateful, generator_state, set_generator
from symgen.training.shares import batches_of
from symgen.training.starting import Start
from symgen.training.tasks import (
    EventTask,
    Split,
    Task,
    evaluate_split,
    load_split,
    some_records,
    total_loss,
)
from symgen.training.tensors import numpy_weights, pick_device, pick_precision
from symgen.training.traits import corpus_traits

__all__ = ["LanguageObjective"]

_WARM_UP = 0.02
_FLOOR = 0.02
_FADING = 0.98
"""What of the loss of earlier updates still counts after one more."""
_DRAWS = "16 bits"
"""How new runs draw what they drop, on a CPU."""
_MEASURED = 20
"""The update at which it is measured how busy a GPU is."""
_TRIED = 32
"""Events of each piece in a trial."""
_NAMED = 8
"""Pieces of a batch that an error names."""
_HIDDEN_SHARES = (0.3, 0.15, 0.15, 0.3, 0.15)
"""How often style, key, bars left, period and ensemble are hidden from the network."""
_HIDDEN_LABELS = 0.3
"""How often each label is, so that pieces without labels can be written too."""
_HIDDEN_PLANS = 0.2
"""How often the plan of chords is."""


class LanguageObjective:
    """A task on the pieces of a store; see `symgen.training.fit.Objective`."""

    def __init__(
        self,
        store: Store,
        task: Task,
        config: NetConfig,
        options: TrainOptions,
        run: Run,
        start: Start | None = None,
    ) -> None:
        self.store, self.task, self.config, self.start = store, task, config, start
        self.options, self.run, self.ranks = options, run, join_ranks()
        self.rng = random.Random(f"symgen {options.seed}")  # noqa: S311 - music, not secrets
        self.device = self.ranks.device(pick_device(options.device))
        self.autocast = pick_precision(options.precision, self.device)
        self.adapter = make_adapter(task.net.to(self.device), options.freeze, options.lora)
        self.optimizer = torch.optim.AdamW(
            self.adapter.learned,
            lr=options.rate,
            weight_decay=options.weight_decay,
            betas=(0.9, 0.98),
            fused=True,
        )
        held_out = some_records(store.pieces("valid"), options.valid_events)
        self.training = load_split(store, store.pieces("train"), task, self.device)
        self.held_out = load_split(store, held_out, task, self.device)
        self.shares = batches_of(task, self.training, options.steps, self.ranks, self.device)
        # Of the open pass: its batches, and the random numbers at its start, which give their
        # order.
        self._batches: list[list[int]] = []
        self._opened: Any = None
        self._nats = self._notes = 0.0
        self._draws = _DRAWS
        self._threads = options.threads  # 0 until they are chosen
        self._updates, self._busy = 0, 0.0
        # Where each piece was held out in turn: the figures of these by pass; see
        # `symgen.training.folds`.
        self.folded: Sequence[Mapping[str, float]] = ()
        if options.compile:
            if self.device.type != "cuda" or not isinstance(task, EventTask):
                raise ControlError("compile: only the event network on a CUDA device")
            task.compile()

    @cached_property
    def traits(self) -> dict[str, Any]:
        """What goes into the card of the network; not needed before it is written."""
        own = corpus_traits(self.store)
        if self.start is None:
            return own
        return {**self.start.traits(own), "from": self.start.origin}

    # -- learning ----------------------------------------------------------------------

    def update(self, at: Position, done: float) -> Update | None:
        """Learn from one batch of whole pieces."""
        if self._opened is None:
            self._opened = generator_state(self.rng)
            self._batches = _draw_batches(self.training, self.options.batch, self.rng)
            self._nats = self._notes = 0.0
        at.batches = len(self._batches)
        if at.batch == at.batches or done >= 1.0:
            if at.batch == at.batches and isinstance(self.task, EventTask):
                self.ranks.ahead(self.task.finish, self.task.look_again)
            self._opened = None
            return None
        batch = self._batches[at.batch]
        # The rate falls with the budget, whatever it counts: a short run ends as cold as a long
        # one.
        for group in self.optimizer.param_groups:
            group["lr"] = self.options.rate * _rate_factor(done)
        nats, events = self._use_machine(batch, at.step + 1)
        # Notes of the batch, by its share of all events.
        split = self.training
        own_events, all_events = int(split.lengths[batch].sum()), int(split.lengths.sum())
        notes = own_events * split.notes // max(1, all_events)
        self._nats = _FADING * self._nats + nats
        self._notes = _FADING * self._notes + notes
        return Update(self._bits, events, self._busy)

    def _use_machine(self, batch: Sequence[int], step: int) -> tuple[float, int]:
        """Learn from a batch, after choosing the threads, and tell once how busy a GPU is."""
        self._updates += 1
        if self.device.type == "cuda":
            # Late enough for all kernels to be chosen.
            if self._updates != _MEASURED:
                return self._learn(batch, step)
            learned, self._busy = busy_share(lambda: self._learn(batch, step))
            return learned
        if self._updates == 1:
            keep_freed_memory()
            most = torch.get_num_threads()
            if self._threads:
                torch.set_num_threads(min(self._threads, most))
            else:
                self._threads = choose_threads(self._trial(batch), most)
        return self._learn(batch, step)

    def _trial(self, batch: Sequence[int]) -> Callable[[], None]:
        """Return some work like that of an update, which leaves the run as it is."""
        task, own = self.task, self.ranks.own(len(batch)) or range(1)
        pieces = [self.training.pieces[batch[i]] for i in own]
        chunk = next(iter(task.chunks(pieces, [Masking()] * len(pieces), _TRIED)))

        def work() -> None:
            task.net.eval()  # draws nothing
            with self.autocast():
                losses, _ = task.losses(chunk, None)
            total_loss(losses).backward()  # type: ignore[no-untyped-call]
            self.optimizer.zero_grad()

        return work

    def _learn(self, batch: Sequence[int], step: int) -> tuple[float, int]:
        """Update after each chunk of a batch; return nats and events."""
        net, split = self.task.net, self.training
        net.train()
        transpose, labels = self.options.transpose, len(self.config.labels)
        plans = self.config.plans
        masks = [
            _draw_mask(split.ranges[i], transpose, self.rng, labels, plans=plans) for i in batch
        ]
        state, nats, events = None, 0.0, 0
        for chunk, of_all in self.shares.chunks(batch, masks):
            self.optimizer.zero_grad()
            loss = torch.zeros((), device=self.device)
            if chunk is not None:
                with self.autocast():
                    losses, state = self.task.losses(chunk.to(self.device), state)
                # The state is carried on to the next chunk, its gradient is not: as long as a piece
                # may be.
                state = state.detach()
                loss = total_loss(losses)
                (loss / max(of_all, 1)).backward()  # type: ignore[no-untyped-call]
            loss = self.shares.add_up(loss.detach())
            self.adapter.take_gradients()
            norm = torch.nn.utils.clip_grad_norm_(self.adapter.learned, self.options.clip)
            # Asked for at once, as a GPU is waited for each time; and before the step, after which
            # the weights would be no numbers either.
            lost, size = torch.stack([loss, norm.detach()]).tolist()
            self._check(lost, "loss", batch, step)
            self._check(size, "gradient", batch, step)
            self.optimizer.step()
            self.adapter.put_weights()
            nats, events = nats + lost, events + of_all
        return nats, events

    def _check(self, value: float, what: str, batch: Sequence[int], step: int) -> None:
        if math.isfinite(value):
            return
        names = ", ".join(self.training.names[i] for i in batch[:_NAMED])
        more = ", ..." if len(batch) > _NAMED else ""
        raise self.run.diverged(what, step, f", with the pieces {names}{more}")

    @property
    def _bits(self) -> float:
        """Bits per note of the last updates of the pass."""
        return self._nats / max(self._notes, 1) / math.log(2)

    # -- measuring and keeping ---------------------------------------------------------

    def measure(self) -> dict[str, float]:
        """Measure the likelihood of the held-out pieces."""
        options = self.options
        return evaluate_split(
            self.task, self.held_out, options.batch, options.steps, self.device, self.ranks
        )

    def validate(self, at: Position) -> tuple[Figures, Model | None]:
        """Measure the likelihood of the held-out pieces, or tell what folds had at this pass."""
        figures = self._folded_at(at.epoch) if self.folded else self.measure()
        row = {
            "step": float(at.step),
            "epoch": float(at.epoch),
            "seconds": round(at.seconds, 1),
            **({"train_bits_per_note": round(self._bits, 4)} if at.step else {}),
            **{f"valid_{name}": round(value, 4) for name, value in figures.items()},
        }
        return row, self._model(row) if self.ranks.is_first else None

    def _folded_at(self, epoch: int) -> dict[str, float]:
        """Return the figures of the folds after a pass; behind their last one nothing was gained any more."""
        row = next((row for row in self.folded if row["epoch"] >= epoch), self.folded[-1])
        return {name: value for name, value in row.items() if name != "epoch"}

    def score(self, row: Figures) -> float:
        """Say how good a row of figures is: the fewer bits a note the better."""
        return -row["valid_bits_per_note"]

    def keep(self, network: Model | None, _: Sequence[Figures], *, best: bool) -> None:
        """Write the network if it is the best so far."""
        if network is None:
            return
        if best:
            save_model_files(network, self.run.folder / BEST)

    def _model(self, metrics: Mapping[str, float], *, is_new: bool = False) -> Model:
        """Return the network as it is, with all that must agree with it."""
        store = self.store
        info = {
            # Of weights that have learned nothing nobody asks what their corpus is like; to find
            # out takes a while with a large one, before the first update.
            **({} if is_new else self.traits),
            "name": self.run.folder.name,
            "corpus": {
                "sha256": store.digest,
                "pieces": len(store),
                "sources": store.sources,
            },
            "licence": store.licence,
            "metrics": dict(metrics),
        }
        return Model(
            self.config,
            self.config.vocabulary(store.vocabulary),
            numpy_weights(self.task.net),
            info,
        )

    @property
    def _parts(self) -> dict[str, Stateful]:
        """All that changes besides the network."""
        return {"optimizer": self.optimizer, "adapter": self.adapter}

    # -- going on ----------------------------------------------------------------------

    def save(self, facts: dict[str, Any]) -> None:
        """Write ``last``: a model that can be loaded, and the state, which names its weights."""
        if not self.ranks.is_first:
            return
        # The weights before stay until the state names the new ones: else a kill in between would
        # leave a state without weights.
        last = self.run.folder / LAST
        metrics = facts["rows"][-1] if facts["rows"] else {}
        model = self._model(metrics, is_new=not facts["step"] and self.start is None)
        weights = save_model_files(model, last, keep_old=True)
        own = {
            "weights": weights,
            "opened": self._opened,
            "nats": self._nats,
            "notes": self._notes,
            "draws": self._draws,
            "threads": self._threads,
        }
        if self.folded:
            own["folded"] = list(self.folded)
        self.run.save(self._parts, self.rng, {**facts, **own})
        remove_named(last, LANGUAGE_MODEL.stem, weights)

    def resume(self) -> dict[str, Any]:
        """Fill network, optimizer and random numbers."""
        facts = self.run.load(self._parts, self.rng)
        if not isinstance(facts.get("weights"), dict):
            raise ValueError("its state does not name the weights that it belongs to")
        model = load_model_files(self.run.folder / LAST, files=facts["weights"])
        weights = {name: torch.from_numpy(value) for name, value in model.weights.items()}
        self.task.net.load_state_dict(weights)
        self._opened, self._nats, self._notes = (
            facts[name] for name in ("opened", "nats", "notes")
        )
        self._draws = str(facts.get("draws", ""))
        self._threads = self.options.threads or int(facts.get("threads", 0))
        for part in self.task.net.modules():
            if isinstance(part, Dropout):
                part.as_before = self._draws != _DRAWS
        # The order of the open pass is drawn again from the numbers that it was drawn from.
        if self._opened is not None:
            then = random.Random()  # noqa: S311 - music, not secrets
            set_generator(then, self._opened)
            self._batches = _draw_batches(self.training, self.options.batch, then)
        return {**facts, "batches": len(self._batches)}


def _rate_factor(done: float) -> float:
    """Linear warm-up, then half a cosine down to the floor."""
    if done < _WARM_UP:
        return (done + 1e-3) / (_WARM_UP + 1e-3)
    late = (done - _WARM_UP) / (1 - _WARM_UP)
    return _FLOOR + (1 - _FLOOR) * 0.5 * (1 + math.cos(math.pi * late))


def _draw_mask(
    pitches: Any, transpose: int, rng: random.Random, labels: int = 0, *, plans: bool = False
) -> Masking:
    """Draw how a piece is moved in pitch, and what of its header the network is not told."""
    # Within the 128 pitches of MIDI.
    low, high = max(-transpose, -int(pitches[0])), min(transpose, 127 - int(pitches[1]))
    shift = rng.randint(low, high) if transpose and rng.random() < 0.5 else 0
    hidden = [rng.random() < share for share in _HIDDEN_SHARES]
    unlabelled = tuple(label for label in range(labels) if rng.random() < _HIDDEN_LABELS)
    # Of a network without plans no number is drawn for them, so that runs of before go on as they would have.
    unplanned = plans and rng.random() < _HIDDEN_PLANS
    return Masking(shift, *hidden, plan=unplanned, labels=unlabelled)


def _draw_batches(split: Split, size: int, rng: random.Random) -> list[list[int]]:
    """Group pieces of about equal length, in random order."""
    # Equal lengths save padding; the noise brings other pieces together in each pass.
    lengths = [int(length) * rng.uniform(0.9, 1.1) for length in split.lengths]
    order = sorted(range(len(lengths)), key=lengths.__getitem__)
    batches = [order[start : start + size] for start in range(0, len(order), size)]
    rng.shuffle(batches)
    return batches
