"""Classifiers that try to tell real from sampled pieces, with intervals and the floor: real from real.

A classifier two-sample test (Lopez-Paz and Oquab 2017, Revisiting classifier two-sample tests): the
area under the ROC curve of held-out pieces is 0.5 where the two sets cannot be told apart.

One of them is a small GRU that reads the notes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from operator import methodcaller
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from symgen.evaluation.bootstrap import Estimate, percentile_interval, random_generator
from symgen.evaluation.pieces import Piece
from symgen.evaluation.table import note_table
from symgen.evaluation.texture import sounding_counts
from symgen.system.errors import ControlError
from symgen.system.following import step
from symgen.system.requirements import missing_library, need

if TYPE_CHECKING:
    from torch import Tensor, nn

__all__ = [
    "FEATURE_JUDGES",
    "JUDGES",
    "Ask",
    "NoteJudge",
    "Question",
    "area",
    "ask_here",
    "features_for",
    "judge_sets",
    "judging_cost",
    "make_folds",
    "make_judge",
    "needed_pieces",
    "note_rows",
    "one_torch_thread",
]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_WIDTH = 48
_EPOCHS = 10
_BATCH = 32
_RATE = 8e-3
_DROPOUT = 0.3
_DECAY = 1e-2
_CLIP = 1.0
_WIDEST, _LONGEST = 12, 97
_SIZES = (2 * _WIDEST + 2, 12, _LONGEST + 1, _LONGEST + 1, _LONGEST + 1)
"""Classes of the columns: interval (0: none), degree, duration, time since the note before, place in the bar."""
_ENDS = 256


def note_rows(piece: Piece) -> Ints:
    """Describe each note by five classes, free of transposition."""
    # Returns shape (notes, 5), of pieces longer than 512 notes, the first and the last 256.
    table = note_table(piece.score)
    moves = np.clip(np.diff(table.pitch), -_WIDEST, _WIDEST)
    since = np.diff(table.onset, prepend=table.onset[:1])
    columns = (
        np.concatenate([[0], moves + _WIDEST + 1]),
        (table.pitch - piece.key.tonic) % 12,
        np.minimum(table.duration, _LONGEST),
        np.minimum(since, _LONGEST),
        np.minimum(table.place, _LONGEST),
    )
    rows = np.stack(columns, axis=1)
    return rows if len(rows) <= 2 * _ENDS else np.concatenate([rows[:_ENDS], rows[-_ENDS:]])


@contextmanager
def one_torch_thread() -> Iterator[None]:
    """Let torch use one thread, and give it its own random numbers back afterwards: the same sums in any setting."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.random.fork_rng(devices=[]):
            yield
    finally:
        torch.set_num_threads(before)


class NoteJudge:
    """Learns from some pieces which set they are of, and scores others."""

    # One GRU of 48 units over embeddings of the notes, its mean and its last state into one logit;
    # 10 passes with AdamW.

    def __init__(self, pieces: Sequence[Piece] | Sequence[Ints], seed: int) -> None:
        # Each column has classes of its own in one table of embeddings; its row 0 fills up.
        rows = [note_rows(piece) if isinstance(piece, Piece) else piece for piece in pieces]
        self._sizes = _column_sizes(rows)
        offsets = np.concatenate([[0], np.cumsum(self._sizes[:-1])]) + 1
        self._rows = [row + offsets for row in rows]
        self._seed = seed % 2**63

    def __call__(self, train: Ints, labels: Ints, test: Ints) -> Floats:
        """Return the score of each held-out piece: higher for label 1."""
        with one_torch_thread():
            return self._judge(train, labels, test)

    def _judge(self, train: Ints, labels: Ints, test: Ints) -> Floats:
        import torch
        from torch.nn import functional

        torch.manual_seed(self._seed)
        rng = np.random.default_rng(self._seed)
        net = _make_net(sum(self._sizes))
        optimizer = torch.optim.AdamW(net.parameters(), lr=_RATE, weight_decay=_DECAY)
        steps = _EPOCHS * -(-len(train) // _BATCH)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, _RATE, total_steps=steps)
        for _ in range(_EPOCHS):
            for batch in self._batches(train, rng):
                logits = net(*self._padded(train[batch]))
                wanted = torch.from_numpy(labels[batch]).float()
                loss = functional.binary_cross_entropy_with_logits(logits, wanted)
                optimizer.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                torch.nn.utils.clip_grad_norm_(net.parameters(), _CLIP)
                optimizer.step()
                schedule.step()
        net.eval()
        with torch.no_grad():
            # One by one, so that a score does not depend on what else is held out.
            scores = [float(net(*self._padded(test[[i]]))) for i in range(len(test))]
        return np.array(scores)

    def _batches(self, train: Ints, rng: np.random.Generator) -> list[Ints]:
        """Group pieces of about equal length, in random order."""
        lengths = np.array([len(self._rows[i]) for i in train])
        order = np.argsort(lengths * rng.uniform(0.8, 1.25, len(train)), kind="stable")
        groups = [order[start : start + _BATCH] for start in range(0, len(order), _BATCH)]
        return [groups[i] for i in rng.permutation(len(groups))]

    def _padded(self, places: Ints) -> tuple[Tensor, Tensor]:
        """Return rows filled up with zeros, shape (pieces, steps, 5), and lengths."""
        import torch

        lengths = [len(self._rows[i]) for i in places]
        padded = np.zeros((len(places), max(lengths), len(self._sizes)), dtype=np.int64)
        for row, place, length in zip(padded, places, lengths, strict=True):
            row[:length] = self._rows[place]
        return torch.from_numpy(padded), torch.tensor(lengths)


def _column_sizes(rows: Sequence[Ints]) -> tuple[int, ...]:
    """Classes of each column: those of `note_rows`, or of other columns as many as there are."""
    if all(row.shape[1] == len(_SIZES) for row in rows):
        return _SIZES
    return tuple((np.max([row.max(axis=0) for row in rows], axis=0) + 1).tolist())


def _make_net(classes: int) -> nn.Module:
    import torch
    from torch import nn

    class Net(nn.Module):
        """Embeddings, a GRU, a logit."""

        def __init__(self) -> None:
            super().__init__()
            self.table = nn.EmbeddingBag(1 + classes, _WIDTH, mode="sum", padding_idx=0)
            self.gru = nn.GRU(_WIDTH, _WIDTH, batch_first=True)
            self.dropout = nn.Dropout(_DROPOUT)
            self.logit = nn.Linear(2 * _WIDTH, 1)

        def forward(self, rows: Tensor, lengths: Tensor) -> Tensor:
            pieces, steps, columns = rows.shape
            signal = self.dropout(self.table(rows.view(-1, columns)).view(pieces, steps, -1))
            states, _ = self.gru(signal)
            inside = (torch.arange(steps)[None, :] < lengths[:, None]).unsqueeze(2)
            mean = (states * inside).sum(1) / lengths[:, None]
            last = states[torch.arange(pieces), lengths - 1]
            return self.logit(self.dropout(torch.cat([mean, last], dim=1))).squeeze(1)  # type: ignore[no-any-return]

    return Net()


Judge = Callable[[Ints, Ints, Ints], Floats]
"""From the places and labels of training pieces and the places of held-out ones to the scores of the latter."""
Fold = tuple[Floats, Floats]
"""Scores of held-out pieces: label 0, label 1."""
Seen = Sequence[Ints] | Floats
"""What a judge sees of pieces: rows of notes of each, or a row of features a piece."""
Features = str | Callable[[Piece], Any]
"""A kind of features, or a function that describes a piece: by a row of numbers, or for the GRU by rows of classes."""
Question = tuple[str, Seen, int, tuple[Ints, Ints, Ints]]
"""Which judge, what it sees, its seed, and what it is called with."""
Ask = Callable[[Iterable[Question]], Iterator[Floats]]
"""Answers questions in order."""


def ask_here(questions: Iterable[Question]) -> Iterator[Floats]:
    """Let the judges work in this process."""
    for name, seen, seed, places in questions:
        yield make_judge(name, seen, seed)(*places)


FEATURE_JUDGES = ("logistic", "forest")
JUDGES = (*FEATURE_JUDGES, "gru")
needed_pieces = 10
"""Fewest pieces in either set."""

_FOLDS = 5
_MOST = 300
_FLOORS = {"logistic": 3, "forest": 3, "gru": 1}
# How long a fold takes, beside others.
_COSTS = {"logistic": 0.1, "forest": 1.0, "gru": 20.0}
_TREES = 300
_TOGETHER = 0.1
"""Share of the sounding time with two pitches or more that makes a piece one of several voices."""


def features_for(pieces: Sequence[Piece]) -> str:
    """Choose the features that fit: ``"voices"`` where the notes of most pieces sound together, else ``"melody"``."""
    found = 0
    for piece in pieces:
        counts = sounding_counts(note_table(piece.score))
        found += bool((counts > 1).sum() > _TOGETHER * (counts > 0).sum())
    return "voices" if 2 * found > len(pieces) else "melody"


def judging_cost(name: str) -> float:
    """Return what `judge_sets` counts for a judge as it goes."""
    return _COSTS[name] * _FOLDS * (1 + _FLOORS[name])


def judge_sets(
    name: str,
    real: Sequence[Piece],
    sampled: Sequence[Piece],
    *,
    seed: int,
    resamples: int,
    kind: Features = "melody",
    ask: Ask = ask_here,
) -> tuple[Estimate, Estimate]:
    """Tell sampled from real, and real from real, by features of a kind or by those that a function gives."""
    # The larger set is cut at random to the size of the smaller one, and both to 300. Equal pieces,
    # and versions of one work, are held out together: a set is not told from itself.
    rng = random_generator(seed, f"judge sets {name}")
    size = min(len(real), len(sampled), _MOST)
    first, second = (_chosen(some, rng.permutation(len(some))[:size]) for some in (real, sampled))
    pairs = [(first, second)]
    half = min(size, len(real) // 2)
    for _ in range(_FLOORS[name]):
        order = rng.permutation(len(real))
        pairs.append((_chosen(real, order[:half]), _chosen(real, order[half : 2 * half])))
    runs = [_Run(name, kind, *pair, seed) for pair in pairs]
    # All folds at once, so that no process waits for the last one of a run.
    answers = ask(question for run in runs for question in run.questions)
    found = [run.folds(answers) for run in runs]
    return _mean_area(found[:1], size, seed, resamples), _mean_area(
        found[1:], half, seed, resamples
    )


def _chosen(pieces: Sequence[Piece], places: Ints) -> list[Piece]:
    return [pieces[i] for i in np.sort(places)]


class _Run:
    """The cross-validation of one judge on two sets."""

    def __init__(
        self,
        name: str,
        kind: Features,
        first: Sequence[Piece],
        second: Sequence[Piece],
        seed: int,
    ) -> None:
        self._name = name
        pieces = [*first, *second]
        labels = np.repeat([0, 1], [len(first), len(second)]).astype(np.int64)
        seen = _seen(name, kind, pieces)
        folds = make_folds(pieces, labels, seed)
        self.questions: list[Question] = []
        self._asked: list[Ints] = []
        for held_out in range(_FOLDS):
            train, test = np.flatnonzero(folds != held_out), np.flatnonzero(folds == held_out)
            learned, asked = labels[train], labels[test]
            # A fold of one label alone has no area.
            if len(np.unique(asked)) == len(np.unique(learned)) == 2:
                self.questions.append((name, seen, seed, (train, learned, test)))
                self._asked.append(asked)
        if not self.questions:
            raise ControlError(
                "all pieces of a set are equal or versions of one work; judge more different pieces"
            )
        for _ in range(_FOLDS - len(self.questions)):
            step(_COSTS[name])

    def folds(self, answers: Iterator[Floats]) -> list[Fold]:
        """Take the answers to its questions."""
        found = []
        for asked in self._asked:
            scores = next(answers)
            found.append((scores[asked == 0], scores[asked == 1]))
            step(_COSTS[self._name])
        return found


def _seen(name: str, kind: Features, pieces: Sequence[Piece]) -> Seen:
    if name == "gru":
        need("torch")
        rows = kind if callable(kind) else note_rows
        return [rows(piece) for piece in pieces]
    describe = kind if callable(kind) else methodcaller("features", kind)
    return np.stack([describe(piece) for piece in pieces])


def make_judge(name: str, seen: Seen, seed: int) -> Judge:
    """Make the judge of that name, of what it sees."""
    if name == "gru":
        return NoteJudge([np.asarray(rows) for rows in seen], seed)
    features = np.asarray(seen)

    def judge(train: Ints, labels: Ints, test: Ints) -> Floats:
        model = _classifier(name, seed)
        model.fit(features[train], labels)
        return np.asarray(model.predict_proba(features[test])[:, 1], dtype=np.float64)

    return judge


def _classifier(name: str, seed: int) -> Any:
    try:
        from sklearn.ensemble import RandomForestClassifier
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler
    except ImportError as error:
        raise missing_library(error) or error from None
    if name == "forest":
        return RandomForestClassifier(_TREES, random_state=seed)
    return make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=5000))


def make_folds(pieces: Sequence[Piece], labels: Ints, seed: int) -> Ints:
    """Deal pieces into five folds, both labels evenly, and what belongs together into one fold."""
    # `labels`: shape (pieces,), 0 or 1; returns shape (pieces,), the fold of each.
    rng = random_generator(seed, "folds")
    kin: dict[int, list[int]] = {}
    for place, root in enumerate(_kin(pieces)):
        kin.setdefault(root, []).append(place)
    groups = list(kin.values())
    shuffled = [groups[i] for i in rng.permutation(len(groups))]
    counts = np.zeros((_FOLDS, 2), dtype=np.int64)
    folds = np.zeros(len(pieces), dtype=np.int64)
    # The largest first: the small ones then even the folds out.
    for group in sorted(shuffled, key=len, reverse=True):
        added = np.bincount(labels[group], minlength=2)
        fold = int(np.argmin((counts + added) @ added))
        folds[group] = fold
        counts[fold] += added
    return folds


def _kin(pieces: Sequence[Piece]) -> list[int]:
    """Name for each piece the first of those that it belongs together with."""
    first = list(range(len(pieces)))

    def root(place: int) -> int:
        while first[place] != place:
            place = first[place]
        return place

    labeled: dict[str, int] = {}
    for place, piece in enumerate(pieces):
        for label in filter(None, (piece.digest, piece.group)):
            earlier = labeled.setdefault(label, place)
            one, other = sorted((root(place), root(earlier)))
            first[other] = one
    return [root(place) for place in range(len(pieces))]


def area(first: Floats, second: Floats) -> Floats:
    """Compare every pair of scores: 1 where the second set's is higher, a half for a tie."""
    # Returns shape (len(first), len(second)), its mean is the area under the ROC curve (Mann and
    # Whitney 1947).
    higher = second[None, :] > first[:, None]
    equal = second[None, :] == first[:, None]
    return np.asarray(higher + 0.5 * equal, dtype=np.float64)


def _mean_area(runs: Sequence[Sequence[Fold]], size: int, seed: int, resamples: int) -> Estimate:
    """Mean area of the folds of each run; the draws of all runs give the interval."""
    rng = random_generator(seed, "bootstrap areas")
    values, draws = [], []
    for folds in runs:
        tables = [area(*fold) for fold in folds]
        values.append(np.mean([table.mean() for table in tables]))
        drawn = np.zeros((len(tables), resamples))
        for row, table in zip(drawn, tables, strict=True):
            # Pieces of both sets are drawn again, not pairs: pairs of one piece go together.
            first, second = (_weights(rng, count, resamples) for count in table.shape)
            row[:] = ((first @ table) * second).sum(axis=1) / table.size
        draws.append(drawn.mean(axis=0))
    return Estimate(float(np.mean(values)), *percentile_interval(np.concatenate(draws)), size)


def _weights(rng: np.random.Generator, pieces: int, count: int) -> Floats:
    drawn = rng.multinomial(pieces, np.full(pieces, 1 / pieces), size=count)
    return np.asarray(drawn, dtype=np.float64)
