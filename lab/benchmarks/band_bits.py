"""Measure how likely models find held-out pieces for a band: bits a note, of pitched parts and of drums.

    python -m lab band-bits STORE MODEL ... [--splits valid test]

Of whole pieces, and of bars 9 to 16 of stretches of 16 bars from the middle of those in one meter, which is what a
continuation has to write. The plan of chords is what the reader of chords finds in the piece, or hidden. What it costs
that a bar opens or time passes counts for the note that follows, what the end costs for the last one.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch

from lab.benchmarks.common import print_table
from lab.commands import command_parser
from lab.stretches import stretch
from symgen.corpus import Store
from symgen.nets.batches import Masking, PreparedPiece
from symgen.nets.checkpoint import load_model_files
from symgen.nets.models import find_model
from symgen.tokens import Events, decode, encode
from symgen.tokens.vocabulary import PART, TIME
from symgen.training.tasks import EventTask

__all__ = ["continued_bars", "main", "measured"]

BARS = 16
FIRST, KNOWN = 8, 8
"""Where in a piece the first stretch begins, and how many of its bars are not measured."""
_FEWEST_NOTES = 60
KINDS = ("pitched notes", "drums", "all")


def loaded(name: str) -> EventTask:
    """Return a model as training measures it."""
    files = load_model_files(find_model(name))
    task = EventTask(files.config, files.vocabulary)
    weights = {key: torch.from_numpy(value) for key, value in files.weights.items()}
    task.net.load_state_dict(weights)
    task.net.eval()
    return task


def continued_bars(store: Store, splits: Sequence[str]) -> Iterator[Events]:
    """Yield stretches from the middle of pieces in one meter, one behind the other."""
    for record in (record for split in splits for record in store.pieces(split)):
        score, header = decode(store.events(record), store.vocabulary), record.header
        bars = score.bars
        if len(score.meters) > 1:
            continue
        for first, last in pairwise(range(FIRST, len(bars), BARS)):
            some = stretch(score, bars[first].start, bars[last].start)
            if some.note_count >= _FEWEST_NOTES:
                yield encode(
                    some, store.vocabulary, key=header.key, style=header.style, whole=True
                )[0]


def measured(
    task: EventTask, pieces: Sequence[Events], *, known: int = 0, hidden: bool = False
) -> dict[str, float]:
    """Return bits a note behind so many known bars, by `KINDS`; nothing of a kind that is not there."""
    bits, notes = dict.fromkeys(KINDS, 0.0), Counter[str]()
    for events in pieces:
        prepared = task.prepare(events)
        rows = prepared.fields.astype(int)
        nats = _nats(task, prepared, len(rows), hidden=hidden)
        v = task.net.inputs.vocabulary
        bars = np.cumsum(rows[:, TIME] == v.bar)
        waiting, kind = 0.0, KINDS[0]
        for row, cost, bar in zip(rows, nats.tolist(), bars.tolist(), strict=True):
            if bar <= known:
                continue
            waiting += cost / math.log(2)
            if row[TIME] < v.skip:
                kind = KINDS[bool(events.header.drums[row[PART]])]
                bits[kind] += waiting
                notes[kind] += 1
                waiting = 0.0
        bits[kind] += waiting
    found = {kind: bits[kind] / notes[kind] for kind in KINDS if notes[kind]}
    return found | {KINDS[-1]: sum(bits.values()) / max(1, notes.total())}


def _nats(
    task: EventTask, prepared: PreparedPiece, count: int, *, hidden: bool
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return how unlikely each event of a piece is, given all before it."""
    found = np.zeros(count)
    with torch.no_grad():
        for chunk in task.chunks([prepared], [Masking(plan=hidden)], count):
            states, _ = task.net.states(chunk.rows)
            for name, nats in task.net.losses(states, chunk.heads, reduction="none").items():
                np.add.at(found, chunk.heads[name].place.numpy(), nats.numpy())
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = command_parser(__name__, __doc__)
    parser.add_argument("store", type=Path)
    parser.add_argument("model", nargs="+")
    parser.add_argument("--splits", nargs="+", default=["valid", "test"])
    options = parser.parse_args(arguments)
    store = Store.open(options.store)
    whole = [store.events(each) for split in options.splits for each in store.pieces(split)]
    stretches = list(continued_bars(store, options.splits))
    rows = []
    for name in options.model:
        task = loaded(name)
        for what, pieces, known in (("whole", whole, 0), ("bars 9 to 16", stretches, KNOWN)):
            for plan, hidden in (("told", False), ("hidden", True)):
                found = measured(task, pieces, known=known, hidden=hidden)
                figures = [f"{found[kind]:.3f}" if kind in found else "" for kind in KINDS]
                rows.append([name, f"{len(pieces)} {what}", plan, *figures])
    print_table(["model", "pieces", "plan", *KINDS], rows)
    return 0
