"""Are new bars played as the prompt is? Velocities and onsets of both, beside what is usual in the kind of music.

    python -m lab prompt-manner CORPORA [MIDI ...] [--only KIND] [--seeds 1]

Prompts of 8 bars that people played, or made by hand with velocities of their own, go on by 8 as `symgen continue` does
it without options. `pop`: songs of POP909 (piano, played), those by which nothing was chosen, laid on the beats that
its tables give. `free`: others of them, played by `lab.benchmarks.free_playing` with drift, early and late, into files
whose ticks have nothing to do with the beats, so that symgen has to find the pulse; measured on that. `drums`: takes
of the Groove MIDI Dataset, validation and test. `bands`: game music of `freedoom` with velocities that vary, works by
which no weights of the pulse finder were fitted. `timed`: the same, each part as late as one drum of a recording of
`drums` is at the same sixteenth of the same bar (a made-up meeting, but its timing is a person's). MIDI: folders of
other files, such as tests of other programs, of which those count that have 16 bars, and velocities that vary.

Each note has a cell: its part, of drums its key too, and the nearest sixteenth of its bar. The distance of new bars to
the prompt is the mean difference of the means of the cells that both have, by the notes of the new bars, plus the
Wasserstein distance of all values of a part (of a drum), by notes too; of velocities in steps, of onsets in
milliseconds behind the sixteenth. The style's mean is what other prompts of its kind have on the mean: by what the part
does and place, for each cell of the new bars, and the distribution of all its values. A prompt counts for velocities
whose deviation is 3 at least, and for onsets if that is 3 ms. `spread` is the deviation of the new bars beside that of
the prompt, part by part, of those that vary by 1 at least.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import symgen
from lab.benchmarks.common import print_table
from lab.benchmarks.played_prompts import (
    ASPECTS,
    BARS,
    Cells,
    Example,
    bands,
    files,
    free_songs,
    grooves,
    pop_songs,
    read_cells,
    timed,
)
from lab.commands import command_parser
from symgen.music.roles import roles_of

Floats = NDArray[np.float64]

VARIED = 3.0
"""Deviation from which velocities (in steps) and onsets (in milliseconds) are played."""
COUNTS = {"pop": 14, "free": 6, "drums": 12, "bands": 8, "timed": 8, "files": 6}


def distance(new: Cells, prompt: Cells) -> float:
    """Return how far new bars lie from a prompt: means of cells, and distributions."""
    shared = [
        (row, prompt.values[cell]) for cell, row in new.values.items() if cell in prompt.values
    ]
    means = [(len(one), abs(float(np.mean(one)) - float(np.mean(other)))) for one, other in shared]
    known = prompt.of_label()
    spreads = [
        (len(row), wasserstein(row, known[label]))
        for label, row in new.of_label().items()
        if label in known
    ]
    return weighted(means) + weighted(spreads)


def spread(new: Cells, prompt: Cells) -> float:
    """Return the deviation of new bars beside that of a prompt, parts and drums that have some by notes."""
    own = prompt.of_label()
    rows = [
        (len(row), float(np.std(row)) / float(np.std(own[label])))
        for label, row in new.of_label().items()
        if label in own and np.std(own[label]) >= 1
    ]
    return weighted(rows)


def style_distance(new: Cells, prompt: Cells, others: Sequence[Cells]) -> float:
    """Return how far the mean of other prompts lies from a prompt, in the cells of its new bars."""
    by_place, by_role = pooled(others)
    every = [value for row in by_role.values() for value in row]
    means, spreads = [], []
    for ((role, _, key), place), row in new.values.items():
        own = prompt.values.get(((role, _, key), place))
        usual = by_place.get((role, key, place)) or by_role.get((role, key)) or every
        if own:
            means.append((len(row), abs(float(np.mean(usual)) - float(np.mean(own)))))
    known = prompt.of_label()
    for label, row in new.of_label().items():
        if label in known:
            usual = by_role.get((label[0], label[2])) or every
            spreads.append((len(row), wasserstein(usual, known[label])))
    return weighted(means) + weighted(spreads)


def pooled(
    others: Iterable[Cells],
) -> tuple[dict[tuple[str, int, int], list[float]], dict[tuple[str, int], list[float]]]:
    """Return the values of other prompts by what a part does, key and place, and by the first two."""
    by_place: dict[tuple[str, int, int], list[float]] = defaultdict(list)
    by_role: dict[tuple[str, int], list[float]] = defaultdict(list)
    for cells in others:
        for ((role, _, key), place), row in cells.values.items():
            by_place[role, key, place] += row
            by_role[role, key] += row
    return by_place, by_role


def wasserstein(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the mean distance of the quantiles of two samples."""
    at = (np.arange(200) + 0.5) / 200
    return float(np.abs(np.quantile(one, at) - np.quantile(other, at)).mean())


def weighted(rows: Sequence[tuple[int, float]]) -> float:
    """Return the mean by counts; nan without any."""
    total = sum(count for count, _ in rows)
    return sum(count * value for count, value in rows) / total if total else float("nan")


# -- measuring ---------------------------------------------------------------------------


def varied(examples: Iterable[Example], count: int) -> list[Example]:
    """Choose prompts that were played, evenly from all."""
    found = []
    for example in examples:
        cells = read_cells(example.prompt, roles_of(example.prompt))
        if cells["velocity"].deviation >= VARIED:
            found.append(example)
    return found[:: max(1, len(found) // count)][:count]


@dataclass(frozen=True)
class Played:
    """Cells of a prompt, of its new bars and of those that follow really."""

    kind: str
    prompt: Mapping[str, Cells]
    new: Mapping[str, Cells]
    true: Mapping[str, Cells] | None


def continued(example: Example, seed: int) -> Played | None:
    """Continue a prompt; None if that is refused."""
    prompt = example.prompt
    roles = roles_of(prompt)
    asked = symgen.Controls(bars=BARS)
    if example.kind == "free":
        model = symgen.load_model("chamber")
        take = next(iter(model.continuations(prompt, seed=seed, controls=asked)))
        if take.prompt is None or take.prompt.played is None:
            return None
        prompt, score, end = take.prompt.score, take.score, take.prompt.end
    else:
        score = symgen.continue_(prompt, seed=seed, controls=asked)
        end = prompt.length
    own = read_cells(prompt, roles)
    if not any(own["velocity"].values):
        return None
    true = example.follows and read_cells(example.follows, roles, end)
    return Played(example.kind, own, read_cells(score, roles, end), true or None)


@dataclass(frozen=True)
class Row:
    """Distances and spreads of the prompts of a kind, in one aspect."""

    kind: str
    aspect: str
    ours: Floats
    style: Floats
    true: Floats
    spreads: Floats

    def cells(self) -> list[object]:
        """Return the row of the table."""
        closer = float((self.ours < self.style).mean()) if len(self.ours) else "-"
        means = map(mean, (self.ours, self.style, self.true, self.spreads))
        return [self.kind, self.aspect, len(self.ours), closer, *means]


def measure(examples: Sequence[Example], seeds: int) -> list[Row]:
    """Return a row for each aspect."""
    played = [
        found
        for example in examples
        for seed in range(seeds)
        if (found := continued(example, seed)) is not None
    ]
    rows = list[Row]()
    for aspect in ASPECTS:
        ours, style, true, spreads = [], [], [], []
        for i, each in enumerate(played):
            if each.prompt[aspect].deviation < VARIED:
                continue
            others = [
                other.prompt[aspect]
                for j, other in enumerate(played)
                if j // seeds != i // seeds and other.kind == each.kind
            ]
            ours.append(distance(each.new[aspect], each.prompt[aspect]))
            style.append(style_distance(each.new[aspect], each.prompt[aspect], others))
            spreads.append(spread(each.new[aspect], each.prompt[aspect]))
            true.append(distance(each.true[aspect], each.prompt[aspect]) if each.true else np.nan)
        figures = (np.array(each) for each in (ours, style, true, spreads))
        rows.append(Row(played[0].kind if played else "-", aspect, *figures))
    return rows


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser(__name__, __doc__)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("midi", type=Path, nargs="*", help="folders of other MIDI files")
    parser.add_argument("--only", choices=tuple(COUNTS))
    parser.add_argument("--count", type=int, help="prompts of each kind")
    parser.add_argument("--seeds", type=int, default=1)
    args = parser.parse_args(arguments)
    sources: dict[str, Callable[[], Iterator[Example]]] = {
        "pop": partial(pop_songs, args.corpora),
        "free": partial(free_songs, args.corpora),
        "drums": partial(grooves, args.corpora),
        "bands": partial(bands, args.corpora),
        "timed": partial(timed, args.corpora),
        "files": partial(files, args.midi),
    }
    rows = list[Row]()
    for kind, source in sources.items():
        if args.only in (None, kind):
            rows += measure(varied(source(), args.count or COUNTS[kind]), args.seeds)
    print_table(
        ["kind", "aspect", "prompts", "closer", "new bars", "style's mean", "true bars", "spread"],
        [row.cells() for row in (*rows, *totals(rows))],
    )
    return 0


def mean(values: Floats) -> object:
    """Return the mean of what is known."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else "-"


def totals(rows: Sequence[Row]) -> list[Row]:
    """Return a row of all kinds for each aspect."""
    found = []
    for aspect in ASPECTS:
        mine = [row for row in rows if row.aspect == aspect]
        columns = zip(*((row.ours, row.style, row.true, row.spreads) for row in mine), strict=True)
        found.append(Row("all", aspect, *map(np.concatenate, columns)))
    return found
