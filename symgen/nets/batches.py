"""Whole pieces into padded batches of table rows, cut into chunks of steps.

Batches are made where the pieces lie: of numpy arrays, or of tensors on a GPU, which learns faster than numpy makes
batches. All is written once, by arithmetic that both do alike; arrays that may be tensors are typed as numpy's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from symgen.nets.columns import (
    CONDITIONS,
    MODE,
    NO_TONIC,
    PARTS,
    PERIOD,
    REFERENCE,
    STYLE,
    TONIC,
    ColumnInputs,
    empty,
    where,
)
from symgen.nets.event import IGNORED, HeadBatch
from symgen.nets.inputs import HEADS, PITCHED_HEADS, Conditions, Inputs, field_of
from symgen.tokens import FIELDS, Events, Header, Vocabulary
from symgen.tokens.features import feature_array
from symgen.tokens.form import NO_GOAL
from symgen.tokens.learned import as_learned
from symgen.tokens.polyphony import DRUMS
from symgen.tokens.vocabulary import PITCH, TIME

__all__ = [
    "Chunk",
    "Masking",
    "PreparedPiece",
    "Span",
    "asked_at",
    "chunks",
    "mover",
    "padded_count",
    "prepare",
    "prepared_piece",
    "spans",
]

Ints = NDArray[np.int64]
Move = Callable[[Ints], Ints]
"""Brings a numpy array to where a batch is made."""

# Draws and steps are filled up to multiples of these: few shapes, so that a GPU need not choose its
# kernels for each batch anew.
_BLOCK, _WIDTH = 256, 32

_OF_BARS, _OF_ALL, _OF_NOTES = HEADS[:2], HEADS[2:3], HEADS[3:]
"""Heads that are asked where a bar begins, at every event, and at notes."""


@dataclass(frozen=True)
class PreparedPiece:
    """A piece with its features, on the CPU or on a device.

    Parameters
    ----------
    fields : array of uint8, shape (events, 6)
    features : array of int16, shape (events, columns)
    conditions : ndarray of int64, shape (8 + labels,)
    time : ndarray of uint8, shape (events,)
        The first of the fields, which tells what an event is: always on the CPU.
    """

    fields: NDArray[np.uint8]
    features: NDArray[np.int16]
    conditions: Ints
    time: NDArray[np.uint8]

    def to(self, device: torch.device) -> PreparedPiece:
        """Bring a piece to a device; the CPU computes with numpy."""
        if device.type == "cpu":
            return self
        return self.as_tensors(device)

    def as_tensors(self, device: torch.device) -> PreparedPiece:
        """Return a piece whose arrays are tensors."""
        fields, features = (
            torch.tensor(array, device=device) for array in (self.fields, self.features)
        )
        return PreparedPiece(cast("Any", fields), cast("Any", features), self.conditions, self.time)


@dataclass(frozen=True)
class Masking:
    """By how many semitones a piece is shifted, and which of its controls are hidden.

    The ensemble is the number of parts and their programs.
    """

    shift: int = 0
    style: bool = False
    key: bool = False
    bars_left: bool = False
    period: bool = False
    ensemble: bool = False
    plan: bool = field(default=False, kw_only=True)
    # The places of hidden labels among those of the network.
    labels: tuple[int, ...] = field(default=(), kw_only=True)


@dataclass(frozen=True)
class Chunk:
    """Some steps of a batch of pieces.

    Parameters
    ----------
    rows : Tensor of int64, shape (batch, steps, columns)
        Padded with zeros.
    heads : dict of str to HeadBatch
    events : int
        Real events in it.
    """

    rows: Tensor
    heads: dict[str, HeadBatch]
    events: int

    def to(self, device: torch.device) -> Chunk:
        """Return the chunk on a device."""
        if device.type == "cpu":
            return self
        heads = {name: head.to(device) for name, head in self.heads.items()}
        return Chunk(self.rows.to(device, non_blocking=True), heads, self.events)


def prepare(events: Events, inputs: Inputs) -> PreparedPiece:
    """Compute what training needs of a piece once."""
    header, voices = events.header, inputs.config.voices
    plans = inputs.config.plans
    events = as_learned(events, inputs.vocabulary, voices, goals=inputs.config.goals, plans=plans)
    features = feature_array(events, inputs.vocabulary, voices, plans=plans)
    return prepared_piece(events.fields, features, header, inputs)


def prepared_piece(
    fields: NDArray[np.uint8], features: NDArray[np.int16], header: Header, inputs: Inputs
) -> PreparedPiece:
    """Put together what training needs of a piece whose features are known."""
    conditions = Conditions.of(header, inputs.config).values
    return PreparedPiece(fields, features, conditions, fields[:, TIME].copy())


def mover(device: torch.device) -> Move:
    """Return what turns arrays into tensors on a device, as for `Inputs.moved`."""

    def move(array: Ints) -> Ints:
        tensor = torch.tensor(array)
        if device.type == "cuda":  # from pinned memory nobody has to wait
            tensor = tensor.pin_memory().to(device, non_blocking=True)
        return cast("Ints", tensor.to(device))

    return move


def _mover_to(array: Any) -> Move:
    return (lambda moved: moved) if isinstance(array, np.ndarray) else mover(array.device)


def chunks(
    pieces: Sequence[PreparedPiece], masks: Sequence[Masking], inputs: Inputs, steps: int
) -> Iterator[Chunk]:
    """Yield a batch of whole pieces in chunks of at most `steps` events, made where the pieces and `inputs` are."""
    move = _mover_to(pieces[0].fields)
    pairs = zip(pieces, masks, strict=True)
    conditions = np.stack([masked_conditions(p.conditions, mask, inputs) for p, mask in pairs])
    for span in spans([len(piece.time) for piece in pieces], steps):
        chosen = [pieces[row] for row in span.rows]
        shown = [masks[row] for row in span.rows]
        stop = span.start + steps
        time = np.concatenate([piece.time[span.start : stop] for piece in chosen])
        events = _masked_events(chosen, shown, span, inputs, move)
        shown_conditions = np.repeat(conditions[span.rows], span.counts, axis=0)
        given = ColumnInputs(*events, move(shown_conditions))
        rows = _Rows(given, move(span.place), time)
        yield _assemble(rows, (len(pieces), span.width), inputs, move)


# -- masks -------------------------------------------------------------------------------


def masked_conditions(conditions: Ints, mask: Masking, inputs: Inputs) -> Ints:
    """Return what a piece shows of what is given for the whole of it, as `Conditions` has it."""
    conditions = conditions.copy()
    # A piece that is shifted stays in key only if its tonic goes with it.
    if conditions[TONIC] != NO_TONIC:
        conditions[TONIC] = (conditions[TONIC] + mask.shift) % 12
    if mask.style:
        conditions[STYLE] = 0
    if mask.key:
        conditions[[TONIC, MODE]] = NO_TONIC, 0
    if mask.period:
        conditions[PERIOD] = 0
    if mask.ensemble and inputs.config.voices:
        conditions[PARTS] = 0
    for label in mask.labels:
        conditions[len(CONDITIONS) + label] = 0
    return conditions


def _masked_events(
    pieces: Sequence[PreparedPiece],
    masks: Sequence[Masking],
    span: Span,
    inputs: Inputs,
    move: Move,
) -> tuple[Ints, Ints, Ints]:
    """Return the events before, the events, and their features, of all pieces one behind the other."""
    # All pieces at once: on a GPU each call costs more than what it computes. The event before the
    # first one of each piece is cut out with it, as the network sees it as the last one.
    lead = int(span.start > 0)
    start, counts = span.start - lead, span.counts + lead
    fields = _joined(p.fields[start : start + n] for p, n in zip(pieces, counts, strict=True))
    features = _joined(p.features[start : start + n] for p, n in zip(pieces, counts, strict=True))

    def spread(values: Sequence[int]) -> Ints:
        return move(np.repeat(np.array(values, dtype=np.int64), counts))

    _shift_events(fields, features, inputs, spread([mask.shift for mask in masks]))
    features[:, inputs.column["bars_left"]] *= spread([not mask.bars_left for mask in masks])
    if inputs.config.voices:
        shown = spread([not mask.ensemble for mask in masks])
        # Drums are told also of what is hidden, for their pitches are none.
        shown = shown + (1 - shown) * (features[:, inputs.column["family"]] == DRUMS)
        for name in ("program", "family"):
            features[:, inputs.column[name]] *= shown

    if inputs.config.plans:
        features[:, inputs.of_plan] *= spread([not mask.plan for mask in masks])[:, None]

    before = empty(fields, (len(fields), REFERENCE + 1))
    before[:, : len(FIELDS)] = fields + 1
    before[:, REFERENCE] = features[:, inputs.column[inputs.reference]]
    leads = lead * np.repeat(np.arange(1, len(pieces) + 1), span.counts)
    now = np.arange(len(leads)) + leads
    # The first event of a piece has none before it.
    follows = ((span.steps > 0) | (lead > 0)).astype(np.int64)
    last = before[move(np.maximum(now - 1, 0))] * move(follows)[:, None]
    return last, fields[move(now)], features[move(now)]


def _joined(arrays: Iterable[Any]) -> Ints:
    parts = list(arrays)
    if isinstance(parts[0], np.ndarray):
        return np.concatenate(parts).astype(np.int64)
    return cast("Ints", torch.cat(parts).long())


def _shift_events(fields: Ints, features: Ints, inputs: Inputs, shift: Ints) -> None:
    """Transpose events and their features in place by so many semitones each."""
    own = shift
    if inputs.config.voices:
        # A drum stays that drum.
        own = shift * (features[:, inputs.column["family"]] != DRUMS)
    fields[:, PITCH] += _has_pitch(fields, inputs.vocabulary) * own
    pitches, sets = features[:, inputs.pitched], features[:, inputs.sets]
    moved = pitches + (pitches > 0) * where(inputs.of_part, own[:, None], shift[:, None])
    # A candidate may lie outside of the piece's own range, and then outside of all pitches.
    features[:, inputs.pitched] = moved * ((moved > 0) & (moved <= 128))
    turn = shift[:, None] % 12
    features[:, inputs.sets] = (sets << turn | sets >> 12 - turn) & 0xFFF  # twelve bits in a ring


def _has_pitch(fields: Ints, vocabulary: Vocabulary) -> Any:
    """Whether the pitch of an event is one: that of a note, or the goal of a bar."""
    time = fields[:, TIME]
    has_goal = (time == vocabulary.bar) & (fields[:, PITCH] != NO_GOAL)
    return (time < vocabulary.skip) | has_goal


# -- chunks ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Span:
    """Which steps of which pieces make a chunk."""

    start: int
    """The first step."""
    rows: Ints
    """The pieces that are that long."""
    counts: Ints
    """Steps of each of those."""
    width: int
    """Steps of the chunk, filled up."""

    @property
    def steps(self) -> Ints:
        """Steps of all pieces, one piece behind the other, each counted from 0."""
        before = self.counts.cumsum() - self.counts
        return np.arange(self.counts.sum()) - np.repeat(before, self.counts)

    @property
    def place(self) -> Ints:
        """Where each of the steps stands in the flattened chunk."""
        return np.repeat(self.rows, self.counts) * self.width + self.steps


def spans(lengths: Sequence[int], steps: int) -> Iterator[Span]:
    """Cut pieces of some lengths into chunks of at most `steps` steps."""
    sizes = np.array(lengths, dtype=np.int64)
    longest = int(sizes.max())
    for start in range(0, longest, steps):
        rows = np.flatnonzero(sizes > start)
        width = longest - start
        # Only the last chunk is filled up: its state is not carried on.
        width = steps if width >= steps else width + -width % _WIDTH
        yield Span(start, rows, np.minimum(sizes[rows] - start, steps), width)


@dataclass(frozen=True)
class _Rows:
    """Events with their places in the flattened chunk, and their times, which always are numpy's."""

    given: ColumnInputs
    place: Ints
    time: NDArray[np.uint8]


def _assemble(events: _Rows, shape: tuple[int, int], inputs: Inputs, move: Move) -> Chunk:
    """Make a chunk of so many pieces and steps."""
    table = _tensor(inputs.rows("input", events.given))
    pieces, steps = shape
    padded = table.new_zeros((pieces * steps, table.shape[1]))
    padded[_tensor(events.place)] = table
    heads: dict[str, HeadBatch] = {}
    # Heads that are asked at the same events share what is known of them: see `EventNet.losses`.
    for own, asked in asked_at(events.time, inputs):
        if own and len(asked):
            filling = np.repeat(asked[:1], padded_count(len(asked)) - len(asked))
            chosen = move(np.concatenate([asked, filling]))
            given, place = events.given.take(chosen), _tensor(events.place[chosen])
            heads |= {name: _head(name, given, place, len(asked), inputs) for name in own}
    return Chunk(padded.view(pieces, steps, -1), heads, len(events.time))


def asked_at(time: NDArray[np.uint8], inputs: Inputs) -> Iterator[tuple[list[str], Ints]]:
    """Yield heads with the events at which they are asked, whose times are given."""
    notes = np.flatnonzero(time < inputs.vocabulary.skip)
    bars = np.flatnonzero(time == inputs.vocabulary.bar)
    for names, asked in ((_OF_BARS, bars), (_OF_ALL, np.arange(len(time))), (_OF_NOTES, notes)):
        yield [name for name in inputs.heads if name in names], asked


def padded_count(asked: int) -> int:
    """Return how many draws a head is asked for where so many are wanted."""
    return asked + -asked % _BLOCK


def _head(name: str, given: ColumnInputs, place: Tensor, count: int, inputs: Inputs) -> HeadBatch:
    """Ask a head for the events given, of which those after the first `count` only fill up."""
    target = _tensor(given.now)[:, field_of(name)].clone()
    target[count:] = IGNORED
    rows = pointers = given.now[:, :0]
    if inputs.sizes[name]:
        rows = inputs.rows(name, given)
    if inputs.candidates(name):
        pointers = inputs.pointers(name, given.features)
    classes = inputs.pitch_classes(name, given) if name in PITCHED_HEADS else ()
    seen = _tensor(rows)
    batch = HeadBatch(place, seen, _tensor(pointers), target, *map(_tensor, classes))
    if classes and inputs.config.plans:
        rooted, bassed = inputs.planned_classes(name, given.features)
        batch = replace(batch, rooted=_tensor(rooted), bassed=_tensor(bassed))
    return batch


def _tensor(array: Any) -> Tensor:
    tensor: Tensor = torch.from_numpy(array) if isinstance(array, np.ndarray) else array
    return tensor
