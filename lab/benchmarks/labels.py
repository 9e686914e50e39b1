"""Whether labels steer: a model learns two labels that are true of its tunes, and is asked for each value of both.

    python -m lab labels CORPORA -o FOLDER [--minutes 8] [--count 40] [--seed 1]

CORPORA holds cre.zip, ryans.zip and airds.zip. The table of labels has two columns: ``book``, from which of the three a
tune is, and ``motion``, whether more or fewer of its intervals than in the middle tune are leaps beyond a third. The
samples have the bars, meter, key and style of tunes that were held out, and one seed for all values, so that nothing
differs but the label. Of ``motion`` the notes themselves are counted. Of ``book`` a classifier is asked (ridge
regression on the features of tunes, each book weighted alike), which learned from the real training tunes alone; how
often it is right about held-out ones says what it is worth.
"""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lab.benchmarks.common import print_table
from lab.commands import command_parser
from symgen.corpus import CorpusOptions, PieceRecord, Store, build_corpus
from symgen.corpus.find import find_items
from symgen.evaluation.metrics import tune_features
from symgen.formats.midi import read_midi
from symgen.music.keys import infer_key
from symgen.music.score import Score
from symgen.nets.checkpoint import SIZES
from symgen.system.errors import SymgenError
from symgen.system.files import make_folder, write_atomic
from symgen.tokens import decode
from symgen.trainer import train
from symgen.training import TrainOptions
from symgen.writing.model import Model, load_model

Floats = NDArray[np.float64]
Answer = Callable[[Score], str]
BOOKS = ("airds", "cre", "ryans")
THIRD, RIDGE = 4, 30.0


def leaps(score: Score) -> float:
    """Return the share of intervals beyond a third."""
    pitches = score.note_array()[:, 2]
    return float((np.abs(np.diff(pitches)) > THIRD).mean()) if len(pitches) > 1 else 0.0


def write_labels(corpora: Path, target: Path) -> float:
    """Write the table, and return the share of leaps that parts the tunes."""
    shares: dict[str, float] = {}
    for book in BOOKS:
        for item in find_items(corpora / f"{book}.zip"):
            with suppress(SymgenError):  # what cannot be read is no piece of the corpus either
                shares[f"{book}/{item.locator}"] = leaps(read_midi(item.data))
    middle = float(np.median(list(shares.values())))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["file", "book", "motion"])
    for file, share in shares.items():
        writer.writerow([file, file.partition("/")[0], motion(share, middle)])
    write_atomic(target, text.getvalue())
    return middle


def motion(share: float, middle: float) -> str:
    """Name the motion of a tune."""
    return "leaping" if share > middle else "stepping"


class BookJudge:
    """Tells the book of a tune, as it learned from real ones."""

    def __init__(self, scores: Sequence[Score], books: Sequence[str]) -> None:
        rows = np.array([self._features(score) for score in scores])
        self._mean, self._scale = rows.mean(axis=0), rows.std(axis=0) + 1e-9
        x = self._whole(rows)
        wanted = np.array([[float(name == book) for name in BOOKS] for book in books])
        weights = (wanted / wanted.sum(axis=0)).sum(axis=1)[:, None] * len(books) / len(BOOKS)
        square = x.T @ (weights * x) + RIDGE * np.eye(x.shape[1])
        self._weights: Floats = np.linalg.solve(square, x.T @ (weights * wanted))

    def __call__(self, score: Score) -> str:
        """Name the book."""
        found = self._whole(self._features(score)[None]) @ self._weights
        return BOOKS[int(found[0].argmax())]

    def _whole(self, rows: Floats) -> Floats:
        return np.column_stack([(rows - self._mean) / self._scale, np.ones(len(rows))])

    @staticmethod
    def _features(score: Score) -> Floats:
        return np.array(list(tune_features(score, infer_key(score)).values()))


def obeyed(
    model: Model, records: Sequence[PieceRecord], column: str, answer: Answer, seed: int
) -> dict[str, list[str]]:
    """Return what is found in the samples that were asked for each value."""
    found: dict[str, list[str]] = {value: [] for value in ("", *model.labels[column])}
    for place, record in enumerate(records):
        for value, answers in found.items():
            labels = ((column, value),) if value else ()
            header = replace(record.header, labels=labels)
            answers.append(answer(model.take_like(header, seed=seed + place).score))
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Train and measure."""
    parser = command_parser(__name__, __doc__)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=8.0)
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    folder = make_folder(options.output)
    middle = write_labels(options.corpora, folder / "labels.csv")
    sources = [options.corpora / f"{book}.zip" for book in BOOKS]
    corpus = CorpusOptions(labels=str(folder / "labels.csv"), parts="melody", velocity=80)
    if not (folder / "store").exists():
        report = build_corpus(sources, folder / "store", options=corpus)
        print(report.table(), file=sys.stderr, flush=True)
    store = Store.open(folder / "store")
    if not (folder / "run").exists():
        how = TrainOptions(
            net=SIZES["small"], batch=16, minutes=options.minutes, seed=options.seed, threads=1
        )
        train(store, folder / "run", options=how)
    measure(store, load_model(folder / "run"), middle, options.count, options.seed)
    return 0


def measure(store: Store, model: Model, middle: float, count: int, seed: int) -> None:
    """Print how often the samples have what was asked for."""

    def real(*splits: str) -> tuple[list[Score], list[dict[str, str]]]:
        records = [record for split in splits for record in store.pieces(split)]
        scores = [decode(store.events(record), store.vocabulary) for record in records]
        return scores, [dict(record.header.labels) for record in records]

    scores, labels = real("train")
    judge = BookJudge(scores, [each["book"] for each in labels])
    held, true = real("valid", "test")
    answers: dict[str, Answer] = {
        "book": judge,
        "motion": lambda score: motion(leaps(score), middle),
    }
    records = [*store.pieces("valid"), *store.pieces("test")]
    chosen = [records[i * len(records) // count] for i in range(count)]
    rows = []
    for column, answer in answers.items():
        found = obeyed(model, chosen, column, answer, seed)
        for value in model.labels[column]:
            own = [
                answer(score)
                for score, each in zip(held, true, strict=True)
                if each[column] == value
            ]
            shares = [
                each.count(value) / max(1, len(each)) for each in (own, found[value], found[""])
            ]
            rows.append([f"{column}={value}", *shares])
    print_table(
        ["asked for", "real tunes of it", "samples asked for it", "samples asked for nothing"], rows
    )
