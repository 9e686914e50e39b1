"""Continue 8 bars of held-out band pieces by 8, and let an independent judge compare them with the prompts.

    python -m lab band-continuations STORE JUDGE [--files FOLDER] [--model band] [--splits valid test] [--prompts 2]
        [--seeds 3] [--keep FOLDER]

STORE is a store of pieces with drums. JUDGE is a Python file with a function ``judge(path, bars)``, which says of each
part what is wrong with the bars after so many; it is read from where it lies. A prompt is 8 bars of a piece in which
most of its parts play, with the 8 after them as the true continuation. With `--files` it is cut out of the file that
the store was made from, as it was played; else out of the store, on its grid. Intervals of 95 % draw pieces again, all
prompts and seeds of a piece together.
"""

from __future__ import annotations

import importlib.util
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import symgen
from lab.benchmarks.common import print_table, show_estimate
from lab.commands import command_parser
from lab.stretches import stretch
from symgen.corpus import Store
from symgen.evaluation.bootstrap import ratio_estimate, resamples
from symgen.music.score import Score
from symgen.tokens import decode

BARS = 8
# Bars of a piece among which a prompt is looked for; the next one is looked for behind it and its continuation.
SEARCHED = 24
APART = SEARCHED + 2 * BARS
# Where windows of a piece are cut, not only its best ones.
WINDOWS_APART = 3 * BARS
# A part plays in a prompt with so many notes.
FEWEST_NOTES = 6
# What plays in a prompt counts more than this: 2 a part that plays, 1 more if it does so in the first bar.
FEWEST_PLAYING = 3
RESAMPLES = 1000
# What real music does too: it is told apart by the figure "there".
ARRANGEMENT = frozenset({"silent", "thin", "dense"})
ABSENT = frozenset({"silent", "thin"})
KINDS = ("pitched", "drums")
FIGURES = ("parts sane", "parts there", "pieces ok", "literal, pitched", "literal, drums")

Judge = Callable[[str, int], Any]


@dataclass(frozen=True)
class Prompt:
    """The first bars of a stretch of a piece, and the whole stretch."""

    score: Score
    whole: Score


def load_judge(path: Path) -> Judge:
    """Import the judge from its file."""
    spec = importlib.util.spec_from_file_location("judge_of_bands", path)
    if not path.is_file() or spec is None or spec.loader is None:
        raise SystemExit(f"{path}: no judge; give a Python file with a function judge(path, bars)")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    found: Judge = module.judge
    return found


def find_prompt(score: Score, begin: int = 0) -> Prompt | None:
    """Find the first bars in which most parts play; None in pieces that are short, nearly empty or change meter."""
    bars = score.bars
    if len(score.meters) > 1 or any(bar.number == 0 for bar in bars):
        return None
    best, found = FEWEST_PLAYING, None
    for first in range(begin, min(len(bars) - 2 * BARS, begin + SEARCHED)):
        start, middle = bars[first].start, bars[first + BARS].start
        playing = sum(
            2 * (sum(start <= note.onset < middle for note in part.notes) >= FEWEST_NOTES)
            + any(start <= note.onset < bars[first].end for note in part.notes)
            for part in score.parts
        )
        if playing > best:
            whole = stretch(score, start, bars[first + 2 * BARS].start)
            best, found = playing, Prompt(stretch(score, start, middle), whole)
    return found


def title(locator: str) -> str:
    """Return what versions of a piece share: the name of its file without hash and choice of parts."""
    return re.sub(r"^[0-9a-f]{8}_", "", Path(locator).stem).partition("~")[0]


def cut_windows(score: Score, most: int) -> Iterator[tuple[Score, Score]]:
    """Yield prompts and what they are of."""
    for place in range(most):
        found = find_prompt(score, place * WINDOWS_APART)
        if found:
            yield found.score, found.whole


def pieces(store: Store, splits: Sequence[str], files: Path | None) -> Iterator[tuple[str, Score]]:
    """Yield the pieces of some splits with the names of their files, from those or as the store has them."""
    for record in (record for split in splits for record in store.pieces(split)):
        if files:
            yield record.locator, symgen.load_score(files / record.locator)
        else:
            yield record.locator, decode(store.events(record), store.vocabulary)


def counts(verdicts: Sequence[Any]) -> np.ndarray[Any, Any]:
    """Sum up what is judged of one piece, shape (figures, 2): so many, out of so many."""
    parts = [set(faults) for each in verdicts for faults in each.judged]
    rows = [
        (sum(not faults - ARRANGEMENT for faults in parts), len(parts)),
        (sum(not faults & ABSENT for faults in parts), len(parts)),
        (sum(bool(each.ok) for each in verdicts), len(verdicts)),
    ]
    literal = [[each.literal.get(kind, (0, 0)) for each in verdicts] for kind in KINDS]
    rows += [tuple(np.sum(each, axis=0).tolist()) for each in literal]
    return np.array(rows, np.float64)


def summary(pieces: Sequence[Sequence[Any]]) -> list[object]:
    """Return the cells of a table's row: the figures, and the faults that are found most."""
    found = np.array([counts(verdicts) for verdicts in pieces])
    weights = resamples(len(pieces), RESAMPLES, 0, "band continuations")
    cells: list[object] = [
        show_estimate(ratio_estimate(found[:, i, 0], found[:, i, 1], weights))
        if found[:, i, 1].any()
        else ""
        for i in range(len(FIGURES))
    ]
    faults: Counter[str] = Counter()
    for verdict in (each for verdicts in pieces for each in verdicts):
        faults.update(fault for part in verdict.judged for fault in part)
        faults.update(f"{fault} (piece)" for fault in verdict.piece)
    return [*cells, ", ".join(f"{fault} {count}" for fault, count in faults.most_common(6))]


@dataclass(frozen=True)
class Bench:
    """What continues prompts, what judges them, and where they are kept."""

    model: symgen.Model
    judge: Judge
    folder: Path
    seeds: int

    def judged(self, score: Score, name: str) -> Any:
        """Write a piece and have it judged."""
        return self.judge(str(self.written(score, name)), BARS)

    def written(self, score: Score, name: str) -> Path:
        """Write a piece."""
        path = self.folder / f"{name}.mid"
        symgen.save_score(score, path, overwrite=True)
        return path

    def continued(self, prompt: Prompt, name: str) -> list[Any]:
        """Continue a prompt by each seed, and have that judged."""
        path = self.written(prompt.score, f"{name}-prompt")
        asked = symgen.Controls(bars=BARS)
        scores = [
            next(iter(self.model.continuations(path, seed=seed, controls=asked))).score
            for seed in range(self.seeds)
        ]
        return [self.judged(score, f"{name}-{seed}") for seed, score in enumerate(scores)]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser(__name__, __doc__)
    parser.add_argument("store", type=Path)
    parser.add_argument("judge", type=Path)
    parser.add_argument(
        "--files", type=Path, help="folder of the files that the store was made from"
    )
    parser.add_argument("--model", default="band")
    parser.add_argument("--splits", nargs="+", default=["valid", "test"])
    parser.add_argument("--prompts", type=int, default=2, help="most prompts of a piece")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--keep", type=Path, help="folder for the pieces")
    options = parser.parse_args(arguments)
    judge, store = load_judge(options.judge), Store.open(options.store)
    true, ours = [], []
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        bench = Bench(symgen.load_model(options.model), judge, folder, options.seeds)
        for number, (_, score) in enumerate(pieces(store, options.splits, options.files)):
            found = [find_prompt(score, place * APART) for place in range(options.prompts)]
            names = [f"{number:03d}{'abcdefgh'[place % 8]}" for place in range(options.prompts)]
            prompts = [(name, each) for name, each in zip(names, found, strict=True) if each]
            if prompts:
                true.append([bench.judged(each.whole, f"{name}-true") for name, each in prompts])
                verdicts = [bench.continued(each, name) for name, each in prompts]
                ours.append([each for group in verdicts for each in group])
    if not true:
        raise SystemExit(
            f"{options.store}: no piece of {2 * BARS} bars in {', '.join(options.splits)}"
        )
    count = sum(map(len, true))
    print_table(
        [f"{count} prompts of {len(true)} pieces, {options.seeds} seeds", *FIGURES, "faults"],
        [["true continuations", *summary(true)], [bench.model.name, *summary(ours)]],
    )
    return 0
