"""The files of a corpus prepared in this process or in several, with the same result in the same order."""

from __future__ import annotations

import json
import os
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from pathlib import Path

from symgen.corpus.candidate import Drop
from symgen.corpus.find import Archives, Item
from symgen.corpus.load import Progress, split_books
from symgen.corpus.options import CorpusOptions
from symgen.corpus.prepare import Found, Preparer, found_from_json, options_to_json
from symgen.formats.kinds import MIDI_SUFFIXES
from symgen.system.errors import MissingDependencyError, SymgenError
from symgen.system.pool import Workers, in_order
from symgen.system.processes import Fault

__all__ = ["SPELL", "Tune", "prepare_items"]

SPELL = 5.0
"""Seconds after which a process answers with what it has: so one that hangs is known by its silence."""

# What a process is asked for at once, so that asking costs little: files, and bytes of them. A tune
# of notation takes as long as so many MIDI files.
_FILES, _BYTES, _NOTATION = 64, 2**21, 8
# Parcels that are not worth a process.
_FEW = 3
# All that comes of the largest files that are read is less.
_MOST_ANSWER = 2**29
# Seconds for one tune, beside those that its reader may take.
_TUNE_SECONDS = 300.0

Parcel = list[Item]
Tune = tuple[int, list[Found]]
"""What comes of a tune, in one form or several, and the rank of its file."""


def prepare_items(
    items: Iterable[Item], options: CorpusOptions, progress: Progress | None = None
) -> Generator[Tune]:
    """Yield what comes of items, in their order; they are taken a few at a time."""
    jobs = os.cpu_count() or 1 if options.workers is None else options.workers
    told = _Told(progress)
    with Archives() as archives:
        parcels = _parcels(split_books(items, archives, options.limits.bytes), told)
        # A few files are done before a process has started.
        first = list(islice(parcels, _FEW + 1))
        work = chain(first, parcels)
        many = jobs > 1 and len(first) > _FEW
        yield from _shared(work, options, jobs, told) if many else _alone(work, options, told)


def _parcels(items: Iterable[Item], told: _Told) -> Iterator[Parcel]:
    """Put items together that are asked for at once."""
    parcel: Parcel = []
    load = 0.0
    for item in items:
        told.waiting += 1
        parcel.append(item)
        load += 1 / _FILES if item.suffix in MIDI_SUFFIXES else _NOTATION / _FILES
        load += (item.size or len(item.data)) / _BYTES
        if load >= 1:
            yield parcel
            parcel, load = [], 0.0
    if parcel:
        yield parcel


@dataclass
class _Told:
    """How far it is: tunes that are done, and items that wait."""

    progress: Progress | None
    waiting: int = 0
    done: int = 0

    def tune(self, more: int = 0) -> None:
        """Tell of a tune that is done, of so many more that are ready to be taken."""
        self.done += 1
        if self.progress is not None:
            self.progress(self.done, self.done + more + self.waiting)


def _alone(parcels: Iterable[Parcel], options: CorpusOptions, told: _Told) -> Iterator[Tune]:
    """Prepare them in this process."""
    with Preparer(options) as preparer:
        for item in chain.from_iterable(parcels):
            told.waiting -= 1
            for tune in preparer.tunes(item):
                yield item.rank, tune
                told.tune()


def _shared(
    parcels: Iterable[Parcel], options: CorpusOptions, jobs: int, told: _Told
) -> Iterator[Tune]:
    """Prepare them in several processes."""
    command = ["-m", "symgen.corpus.corpus_worker", json.dumps(options_to_json(options))]
    seconds = SPELL + 2 * (options.timeout + _TUNE_SECONDS)
    what = "the process that prepares pieces"
    with Workers(command, _explain, seconds=seconds, most=_MOST_ANSWER, what=what) as workers:
        calls = (partial(_ask_all, workers, parcel) for parcel in parcels)
        for size, tunes in in_order(calls, jobs):
            told.waiting -= size
            for number, tune in enumerate(tunes, 1):
                yield tune
                told.tune(len(tunes) - number)


def _ask_all(workers: Workers, parcel: Parcel) -> tuple[int, list[Tune]]:
    """Return how many items there were, and what came of each tune."""
    tunes: list[Tune] = []
    question = {"folder": str(Path.cwd()), "items": [item.to_json() for item in parcel]}
    item = skip = 0
    one_by_one = False
    while item < len(parcel):
        try:
            answer = workers.ask({**question, "from": [item, skip], "one": one_by_one})
        except MissingDependencyError:
            raise
        except SymgenError as error:
            if workers.is_closed:
                raise
            # Over which of them it broke down is not known until each is asked for alone.
            if one_by_one:
                where = f"{parcel[item].source}/{parcel[item].where}"
                tunes.append((parcel[item].rank, [Drop("unreadable", str(error), where)]))
                item, skip = item + 1, 0
            one_by_one = True
            continue
        tunes += [(rank, list(map(found_from_json, tune))) for rank, tune in answer["tunes"]]
        item, skip = answer["next"]
    return len(parcel), tunes


def _explain(fault: Fault) -> SymgenError:
    what = "took too long over it" if fault == "late" else "broke down over it"
    return SymgenError(f"the process that prepares pieces {what}; check the file, or leave it out")
