"""Add to the training part of a store of band pieces: stretches from their middle, and pieces of other stores.

    python -m lab band-store STORE -o STORE [--times 2] [--add STORE ...]

Whole pieces open with few parts, as a song does that builds up; a song that is to go on has all of them in its first
bars. Of each piece in one meter so many stretches of 16 to 48 bars are drawn, from the ninth bar on.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

from lab.commands import command_parser
from lab.stretches import stretch
from symgen.corpus import Store
from symgen.corpus.adding import Addition, check_target, write_with
from symgen.music.score import Score
from symgen.tokens import decode, encode

_LEAST, _MOST = 16, 48
# Bars of the opening, in which no stretch begins.
_OPENING = 8
_SOURCE = "stretches"


def windows(score: Score, seed: str, times: int) -> Iterator[Score]:
    """Yield stretches from the middle of a piece in one meter, of lengths and places that are drawn."""
    bars = score.bars
    if len(score.meters) > 1 or len(bars) < _OPENING + _LEAST:
        return
    rng = random.Random(seed)  # noqa: S311 - music, not secrets
    for _ in range(times):
        length = rng.randint(_LEAST, min(_MOST, len(bars) - _OPENING))
        first = rng.randint(_OPENING, len(bars) - length)
        yield stretch(score, bars[first].start, bars[first + length - 1].end)


def stretches(store: Store, times: int) -> Iterator[Addition]:
    """Yield stretches of the training pieces of a store, in the key and style of each."""
    for record in store.pieces("train"):
        score, header = decode(store.events(record), store.vocabulary), record.header
        for number, each in enumerate(windows(score, record.locator, times)):
            if each.note_count:
                events, _ = encode(
                    each, store.vocabulary, key=header.key, style=header.style, whole=True
                )
                name = f"{record.locator}~{number}"
                yield Addition(events, record.title, _SOURCE, name, record.group)


def all_of(store: Store) -> Iterator[Addition]:
    """Yield the pieces of a store, whatever their splits."""
    for record in store.pieces():
        events = store.events(record)
        yield Addition(events, record.title, record.source, record.locator, record.group)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the store."""
    parser = command_parser(__name__, __doc__)
    parser.add_argument("store", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--times", type=int, default=2, metavar="N", help="of each piece (2)")
    parser.add_argument("--add", type=Path, nargs="+", default=[], metavar="STORE")
    options = parser.parse_args(arguments)
    store = Store.open(options.store)
    check_target(store, options.output, overwrite=False)
    made = list(stretches(store, options.times))
    licences = {_SOURCE: "as the pieces that they are taken from"}
    for other in map(Store.open, options.add):
        made += all_of(other)
        licences |= {each["name"]: each["licence"] for each in other.index["report"]["sources"]}
    pieces = write_with(store, options.output, made, licences)
    print(f"{options.output}: {pieces} pieces, {len(made)} of them added")
    return 0
