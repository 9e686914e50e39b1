"""The baseline: a REMI-like token sequence and a plain GRU, without features or copy memory.

    python -m lab train-baseline STORE -o RUN [--minutes 6]

Bar, position, part, pitch, duration and velocity are tokens of one sequence (Huang and Yang,
"Pop Music Transformer", 2020). Style, key, meter, pickup and number of bars stand before the piece,
so that this network is told as much as the other one is of a melody; they cost no bits.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - the usual name

from lab.commands import command_parser
from symgen.cli.signals import stop_signals
from symgen.corpus import Store
from symgen.nets.batches import Masking
from symgen.nets.checkpoint import SIZES, NetConfig
from symgen.nets.inputs import PICKUPS, Conditions
from symgen.tokens import FIELDS, Events, Vocabulary
from symgen.tokens.events import event_notes
from symgen.tokens.vocabulary import DURATION, PART, PITCH, TIME, VELOCITY
from symgen.training import Callbacks, TrainOptions, TrainProgress, train_store
from symgen.training.tasks import EventTask, Task

__all__ = [
    "PlainChunk",
    "PlainNet",
    "PlainPiece",
    "PlainTask",
    "main",
    "make_task",
    "plain_chunks",
    "plain_piece",
]

Ints = NDArray[np.int64]
MAX_BARS = 128
_TOLD = 6
"""Conditions that are told: style, key, meter, pickup."""


@dataclass(frozen=True)
class _Tokens:
    """First token of each kind; the last is the number of tokens."""

    bar: int
    end: int
    position: int
    part: int
    pitch: int
    duration: int
    velocity: int
    head: int
    size: int


def _tokens(vocabulary: Vocabulary, config: NetConfig) -> _Tokens:
    sizes = vocabulary.sizes
    positions = 4 * vocabulary.longest
    given = [len(config.styles) + 1, 13, 16, 33, 9, PICKUPS, MAX_BARS + 1]
    starts = np.cumsum(
        [
            1,
            1,
            1,
            positions,
            sizes[PART],
            sizes[PITCH],
            sizes[DURATION],
            sizes[VELOCITY],
            sum(given),
        ]
    )
    return _Tokens(*(int(value) for value in starts))


@dataclass(frozen=True)
class PlainPiece:
    """A piece as tokens."""

    # Shape (tokens,): token 0 is padding; the first `given` ones are told, not predicted.
    tokens: Ints
    # Shape (tokens,): what moves when the piece is transposed.
    is_pitch: NDArray[np.bool_]
    given: int
    # First token of the 12 tonics; the second token of a piece is one of them, or the next: no key.
    tonic: int

    def shifted(self, semitones: int) -> Ints:
        """Return the tokens of the transposed piece, its key too."""
        tokens: Ints = self.tokens + semitones * self.is_pitch
        if tokens[1] < self.tonic + 12:
            tokens[1] = self.tonic + (tokens[1] - self.tonic + semitones) % 12
        return tokens


@dataclass(frozen=True)
class PlainChunk:
    """Some steps of a batch; `targets` of -1 are padding or told."""

    # Shape (batch, steps).
    tokens: Tensor
    targets: Tensor
    # Tokens predicted.
    events: int

    def to(self, device: torch.device) -> PlainChunk:
        """Return the chunk on a device."""
        return PlainChunk(self.tokens.to(device), self.targets.to(device), self.events)


def plain_piece(events: Events, vocabulary: Vocabulary, config: NetConfig) -> PlainPiece:
    """Turn events into REMI-like tokens."""
    kinds, fixed = _tokens(vocabulary, config), dict(config.fixed)
    notes = event_notes(events.fields, events.header, vocabulary)
    rows = events.fields[events.fields[:, TIME] < vocabulary.skip].astype(np.int64)
    position = notes.onset - events.header.bar_starts[notes.bar]
    fresh = (
        np.concatenate([[True], np.diff(notes.onset) != 0])
        if len(notes)
        else np.zeros(0, dtype=bool)
    )
    columns = [
        np.where(fresh, kinds.position + np.minimum(position, 4 * vocabulary.longest - 1), -1)
    ]
    drawn = {
        "part": kinds.part,
        "pitch": kinds.pitch,
        "duration": kinds.duration,
        "velocity": kinds.velocity,
    }
    for name, start in drawn.items():
        if name not in fixed:
            columns.append(start + rows[:, FIELDS.index(name)])
    table = np.stack(columns, axis=1)
    body: list[Ints] = []
    splits = np.searchsorted(notes.bar, np.arange(events.header.bars + 1))
    for bar in range(events.header.bars):
        inside = table[splits[bar] : splits[bar + 1]].ravel()
        body += [np.array([kinds.bar]), inside[inside >= 0]]
    tokens = np.concatenate([_given(events, kinds, config), *body, np.array([kinds.end])])
    is_pitch = (tokens >= kinds.pitch) & (tokens < kinds.duration)
    return PlainPiece(tokens, is_pitch, _TOLD + 1, kinds.head + len(config.styles) + 1)


def _given(events: Events, kinds: _Tokens, config: NetConfig) -> Ints:
    values = [
        *Conditions.of(events.header, config).values[:_TOLD].tolist(),
        min(events.header.bars, MAX_BARS),
    ]
    sizes = [len(config.styles) + 1, 13, 16, 33, 9, PICKUPS, MAX_BARS + 1]
    first: Ints = kinds.head + np.cumsum([0, *sizes[:-1]])
    return first + np.array(values, dtype=np.int64)


def plain_chunks(
    pieces: Sequence[PlainPiece], masks: Sequence[Masking], steps: int, given: int = _TOLD + 1
) -> Iterator[PlainChunk]:
    """Yield a batch of whole pieces in chunks; of each mask only the transposition counts."""
    longest = max(len(piece.tokens) for piece in pieces)
    tokens = np.zeros((len(pieces), longest), dtype=np.int64)
    targets = np.full((len(pieces), longest), -1, dtype=np.int64)
    for row, (piece, mask) in enumerate(zip(pieces, masks, strict=True)):
        shifted = piece.shifted(mask.shift)
        tokens[row, : len(shifted)] = shifted
        targets[row, given : len(shifted)] = shifted[given:]
    for start in range(0, longest - 1, steps):
        wanted = targets[:, start + 1 : start + 1 + steps]
        seen = tokens[:, start : start + wanted.shape[1]]
        yield PlainChunk(torch.from_numpy(seen), torch.from_numpy(wanted), int((wanted >= 0).sum()))


class PlainNet(nn.Module):
    """Embedding, GRU, logits."""

    def __init__(self, config: NetConfig, vocabulary: Vocabulary) -> None:
        super().__init__()
        self.config, size = config, _tokens(vocabulary, config).size
        self.table = nn.Embedding(size, config.hidden)
        self.gru = nn.GRU(config.hidden, config.hidden, config.layers, batch_first=True)
        self.logits = nn.Linear(config.hidden, size)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, tokens: Tensor, start: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return logits, shape (batch, steps, tokens), and the last state."""
        states, last = self.gru(self.dropout(self.table(tokens)), start)
        return self.logits(self.dropout(states)), last

    def loss(self, chunk: PlainChunk, start: Tensor | None) -> tuple[dict[str, Tensor], Tensor]:
        """Return the summed negative log likelihood in nats, and the last state."""
        logits, last = self(chunk.tokens, start)
        nats = F.cross_entropy(
            logits.float().flatten(0, 1), chunk.targets.flatten(), ignore_index=-1, reduction="sum"
        )
        return {"token": nats}, last


class PlainTask:
    """The baseline for `symgen.training.language.train_store`."""

    def __init__(self, config: NetConfig, vocabulary: Vocabulary) -> None:
        self.net = PlainNet(config, vocabulary)
        self._config, self._vocabulary = config, vocabulary

    def prepare(self, events: Events) -> PlainPiece:
        """Turn a piece into tokens."""
        return plain_piece(events, self._vocabulary, self._config)

    def place(self, piece: PlainPiece, device: torch.device) -> PlainPiece:  # noqa: ARG002
        """Leave a piece where it is."""
        return piece

    def chunks(
        self, pieces: Sequence[PlainPiece], masks: Sequence[Masking], steps: int
    ) -> Iterator[PlainChunk]:
        """Yield a batch in chunks; a note is about three tokens."""
        return plain_chunks(pieces, masks, 3 * steps)

    def losses(self, chunk: PlainChunk, state: Tensor | None) -> tuple[dict[str, Tensor], Tensor]:
        """Return summed nats, and the state after the chunk."""
        return self.net.loss(chunk, state)


def make_task(config: NetConfig, vocabulary: Vocabulary) -> Task:
    """Make the network that a configuration names, the baseline too."""
    if config.kind == "plain":
        return PlainTask(config, vocabulary)
    return EventTask(config, vocabulary)


def main(arguments: Sequence[str]) -> int:
    """Train the baseline on a store."""
    parser = command_parser(__name__, __doc__)
    parser.add_argument("store", metavar="STORE")
    parser.add_argument("-o", "--output", metavar="RUN", required=True, help="folder of the run")
    parser.add_argument("--epochs", type=int, default=40, metavar="N", help="passes, at most")
    parser.add_argument("--minutes", type=float, default=0.0, metavar="N", help="time, at most")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of weights and order")
    parser.add_argument("--device", default="auto", metavar="auto|cpu|cuda", help="where to train")
    parser.add_argument("--resume", action="store_true", help="go on where the run stopped")
    parser.add_argument("--overwrite", action="store_true", help="start anew over a run")
    options = parser.parse_args(arguments)
    names = ("epochs", "minutes", "seed", "device")
    given = {name: getattr(options, name) for name in names}
    with stop_signals() as asked:
        report = train_store(
            Store.open(options.store),
            options.output,
            options=TrainOptions(net=replace(SIZES["base"], kind="plain"), **given),
            resume=options.resume,
            overwrite=options.overwrite,
            callbacks=Callbacks(_report, asked.is_set),
            make_task=PlainTask,
        )
    print(report.folder)
    return asked.status if report.stopped else 0


def _report(progress: TrainProgress) -> None:
    if progress.metrics:
        bits = progress.metrics["valid_bits_per_note"]
        print(f"step {progress.step}: {bits:.3f} bits a note on held-out pieces", file=sys.stderr)
