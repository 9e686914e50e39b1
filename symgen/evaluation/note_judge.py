"""A small GRU that reads the notes of pieces and learns to tell two sets apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from symgen.evaluation.pieces import Piece
from symgen.evaluation.table import note_table

if TYPE_CHECKING:
    from torch import Tensor, nn

__all__ = ["NoteJudge", "note_rows", "one_torch_thread"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_WIDTH, _EPOCHS, _BATCH, _RATE, _DROPOUT, _DECAY = 48, 10, 32, 8e-3, 0.3, 1e-2
_CLIP = 1.0
_WIDEST, _LONGEST = 12, 97
_SIZES = (2 * _WIDEST + 2, 12, _LONGEST + 1, _LONGEST + 1, _LONGEST + 1)
"""Classes of the columns: interval (0: none), degree, duration, time since the note before, place in the bar."""
_ENDS = 256


def note_rows(piece: Piece) -> Ints:
    """Describe each note by five classes, free of transposition.

    Returns shape (notes, 5), of pieces longer than 512 notes, the first and the last 256.
    """
    table = note_table(piece.score)
    interval = np.clip(np.diff(table.pitch), -_WIDEST, _WIDEST) + _WIDEST + 1
    columns = (
        np.concatenate([[0], interval]),
        (table.pitch - piece.key.tonic) % 12,
        np.minimum(table.duration, _LONGEST),
        np.minimum(np.diff(table.onset, prepend=table.onset[:1]), _LONGEST),
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

    def __init__(self, pieces: Sequence[Piece], seed: int) -> None:
        offsets = np.concatenate([[0], np.cumsum(_SIZES[:-1])])
        self._rows = [
            note_rows(piece) + offsets + 1 for piece in pieces
        ]  # row 0 of the table fills up
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
        net = _make_net()
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
            # one by one, so that a score does not depend on what else is held out
            return np.array([float(net(*self._padded(test[i : i + 1]))) for i in range(len(test))])

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
        padded = np.zeros((len(places), max(lengths), len(_SIZES)), dtype=np.int64)
        for row, place, length in zip(padded, places, lengths, strict=True):
            row[:length] = self._rows[place]
        return torch.from_numpy(padded), torch.tensor(lengths)


def _make_net() -> nn.Module:
    import torch
    from torch import nn

    class Net(nn.Module):
        """Embeddings, a GRU, a logit."""

        def __init__(self) -> None:
            super().__init__()
            self.table = nn.EmbeddingBag(1 + sum(_SIZES), _WIDTH, mode="sum", padding_idx=0)
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
