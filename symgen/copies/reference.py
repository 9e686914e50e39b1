"""How much of a tune stands in a reference, wherever it was transposed to; and the index of a corpus."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from symgen.copies.index import INDEX_LIMIT, CopyIndex
from symgen.music.lines import Hashes, Ints, hash_runs, score_lines
from symgen.music.score import Score
from symgen.system.errors import ControlError
from symgen.tokens import decode

if TYPE_CHECKING:
    from symgen.corpus import PieceRecord, Store

__all__ = ["Reference", "copied_share", "index_store", "longest_match"]


def index_store(store: Store, *, limit: int | None = INDEX_LIMIT) -> CopyIndex:
    """Index the training tunes of a store; the others give the floor."""

    def score(record: PieceRecord) -> Score:
        return decode(store.events(record), store.vocabulary)

    records = store.pieces()
    train = ((score(r), r.title or r.locator, r.source) for r in records if r.split == "train")
    held_out = (score(record) for record in records if record.split != "train")
    return CopyIndex.build(train, held_out, limit=limit)


def _moves(scores: Iterable[Score]) -> list[Ints]:
    return [line.moves for score in scores for line in score_lines(score)]


def _hashes(lines: Sequence[Ints], notes: int) -> Hashes:
    """Hash every run of `notes` notes within a line, in order."""
    runs = [hash_runs(line, notes) for line in lines]
    return np.concatenate([np.zeros(0, dtype=np.uint64), *runs])


class Reference:
    """Tunes to look for copies of."""

    # A run of notes is compared by its intervals and the times between its onsets on a grid of 12
    # steps a quarter: free of transposition, not of tempo. Runs are held as 64-bit hashes; among 10
    # million of them a false match has a chance below 10^-12.

    def __init__(self, scores: Iterable[Score]) -> None:
        self._lines = _moves(scores)
        self._found: dict[int, Hashes] = {}

    def contains(self, runs: Hashes, notes: int) -> NDArray[np.bool_]:
        """Tell which hashed runs of `notes` notes the reference has."""
        if notes not in self._found:
            self._found[notes] = np.unique(_hashes(self._lines, notes))
        known = self._found[notes]
        if not len(known):
            return np.zeros(len(runs), dtype=bool)
        places = np.searchsorted(known, runs)
        return np.equal(known[np.minimum(places, len(known) - 1)], runs)


def copied_share(scores: Sequence[Score], reference: Reference, *, notes: int = 12) -> float:
    """Share of all runs of `notes` notes that stand in the reference too."""
    # Returns 0..1; 0 if no tune is as long as a run.
    # The n-gram overlap of Papadopoulos, Roy and Pachet (2014), Avoiding plagiarism in Markov
    # sequence generation, on transposition-free runs.
    if notes < 2:
        raise ControlError(f"runs of {notes} notes: use 2 or more")
    runs = _hashes(_moves(scores), notes)
    return float(reference.contains(runs, notes).mean()) if len(runs) else 0.0


def longest_match(score: Score, reference: Reference) -> int:
    """Length in notes of the longest run of a tune that stands in the reference."""
    # Returns 0 if not even a step from note to note is shared.
    lines = _moves([score])
    longest = max((len(line) + 1 for line in lines), default=0)

    def shared(notes: int) -> bool:
        return notes <= longest and bool(reference.contains(_hashes(lines, notes), notes).any())

    # A run can only be shared if each shorter run inside it is. A large corpus is hashed anew for
    # each length, and most matches are short: feel the way up from short runs, then halve.
    low, high = 1, 2
    while shared(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        if shared(middle):
            low = middle
        else:
            high = middle
    return low if low > 1 else 0
