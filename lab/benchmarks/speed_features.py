"""What the features of a note cost, in C and in Python, and how that grows with the piece.

    python -m lab speed-features [--models NAME,...] [--notes 100,10000,100000] [--runs 5] [--core 0]

A drawn piece, again and again up to so many notes, is asked for all columns of each event, field by field, as while it
is drawn. CPU time of one pinned core, medians of runs that take turns. A copy is what each particle, and each bar
that is drawn again, begins with.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

import symgen
from lab.benchmarks.common import print_table
from lab.benchmarks.timing import RUNS, Sample, alternate, growth, per_unit, pin
from lab.commands import command_parser
from symgen.kernel import library
from symgen.nets.checkpoint import load_model_files
from symgen.nets.models import find_model
from symgen.tokens import Events, Vocabulary, encode
from symgen.tokens.compiled_features import CompiledFeatures
from symgen.tokens.layout import layout
from symgen.tokens.plain_features import PlainFeatures
from symgen.tokens.stepping import StepFeatures
from symgen.tokens.vocabulary import FORM, PART, PITCH, TIME

__all__ = ["asked_for", "main", "repeated"]

Make = Callable[[], StepFeatures]
_BARS, _COPIES = 32, 20
_US = 1e6


def repeated(events: Events, notes: int, vocabulary: Vocabulary) -> Events:
    """Return a piece over and over, until it has so many notes."""
    rows, header = events.fields[:-1], events.header
    times = max(1, -(-notes // int((rows[:, TIME] < vocabulary.skip).sum())))
    fields = np.concatenate([*[rows] * times, events.fields[-1:]])
    return Events(fields, replace(header, runs=header.runs * times))


def asked_for(make: Make, events: Events, width: int, vocabulary: Vocabulary) -> int:
    """Ask for the columns of all events; returns how many notes they have."""
    features, out, notes = make(), np.zeros(width, dtype=np.int64), 0
    for row in events.fields.tolist():
        features.context(out)
        if row[TIME] == vocabulary.bar:
            features.form(out, row[FORM])
        elif row[TIME] < vocabulary.skip:
            features.time(out, row[TIME])
            features.part(out, row[PART], row[TIME])
            features.pitch(out, row[PART], row[PITCH])
            notes += 1
        features.push(row)
    return notes


def copied(features: StepFeatures) -> int:
    """Copy a piece some times."""
    for _ in range(_COPIES):
        features.copy()
    return _COPIES


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser(__name__, __doc__)
    parser.add_argument("--models", default="folk,chorale,chamber")
    parser.add_argument("--notes", default="100,10000,100000", metavar="N,...")
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--core", type=int, default=0)
    options = parser.parse_args(arguments)
    pin(options.core)
    sizes = [int(each) for each in options.notes.split(",")]
    rows, grown = [], []
    for model in options.models.split(","):
        found = [_measure(model, size, options.runs) for size in sizes]
        rows += [
            [model, f"{size:,}", *(f"{_US * each:.2f}" for each in times.values())]
            for size, times in zip(sizes, found, strict=True)
        ]
        for name in found[0] if len(sizes) > 1 else ():
            costs = [_US * times[name] for times in found]
            grown.append(growth(f"{model}: {name}, us", sizes, costs))
    print_table(["model", "notes", *found[0]], rows)
    if grown:
        print()
        print_table(["what grows", "notes", "cost", "exponent"], grown)
    return 0


def _measure(model: str, notes: int, runs: int) -> dict[str, float]:
    """Return the seconds of a note, and of a copy at the end, by name."""
    files = load_model_files(find_model(model))
    vocabulary, voices = files.vocabulary, files.config.voices
    drawn = symgen.load_model(model).generate(bars=_BARS, seed=1)
    events, columns = encode(drawn, vocabulary)[0], layout(vocabulary, voices)
    events = repeated(events, notes, vocabulary)
    kinds = {"Python": PlainFeatures} if library() is None else _KINDS
    samples: dict[str, Sample] = {}
    copies: dict[str, Sample] = {}
    for name, kind in kinds.items():
        make: Make = partial(kind, events.header, vocabulary, voices, False, columns)
        ask = partial(asked_for, make, events, len(columns.names), vocabulary)
        samples[name] = per_unit(ask)
        features = make()
        features.read(events.fields.astype(np.int64))
        copies[f"{name}, copy"] = per_unit(partial(copied, features))
    return alternate(samples | copies, runs=runs)


_KINDS: dict[str, Callable[..., StepFeatures]] = {"C": CompiledFeatures, "Python": PlainFeatures}
