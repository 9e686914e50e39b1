"""Choosing among takes: what is known of each, and which ones are kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from symgen.music.score import Score
from symgen.sampling.seeds import resample
from symgen.sampling.watches import most_usual
from symgen.system.errors import ControlError
from symgen.tokens import Header, Vocabulary, encode
from symgen.tokens.events import Notes, event_notes
from symgen.tokens.statistics import BLOCKS, bar_contents, most_returns, piece_statistics
from symgen.writing.takes import Scores, Take

if TYPE_CHECKING:
    from symgen.copies.index import CopyIndex
    from symgen.evaluation.discriminator import Discriminator

__all__ = ["Chooser", "check_candidates", "similarity"]

_MOST_CANDIDATES = 1024
# What a loop, or a copy, counts against a take in log odds.
_AGAINST = 4.0
# How much it counts that a take is unlike those that are kept already.
_APART = 3.0
_RUN = 3


def check_candidates(candidates: int, count: int) -> bool:
    """Tell whether there is a choice."""
    if not 1 <= candidates <= _MOST_CANDIDATES:
        raise ControlError(f"candidates {candidates}: must be 1..{_MOST_CANDIDATES}")
    if 1 < candidates < count:
        raise ControlError(
            f"candidates {candidates}: fewer than the {count} pieces to keep of them; draw more"
        )
    return candidates > 1


class Chooser:
    """Scores takes and keeps some."""

    def __init__(
        self,
        judge: Discriminator,
        index: CopyIndex | None,
        info: Mapping[str, Any],
        vocabulary: Vocabulary,
    ) -> None:
        self._judge, self._index, self._info, self._vocabulary = judge, index, info, vocabulary

    def choose(self, takes: Sequence[Take], count: int, seed: int) -> list[Take]:
        """Keep some takes: each drawn in proportion to how real it looks, the later ones unlike the earlier ones."""
        # A take with a loop that real pieces do not have, or a copied stretch longer than theirs,
        # is kept only where hardly any other is left.
        scores = self.scores(takes)
        weights = np.array(
            [one.odds - _AGAINST * (one.loops + (one.copy == "copy")) for one in scores]
        )
        kept: list[int] = []
        nearest = np.zeros(len(takes))
        for number in range(count):
            values = weights + _APART * np.log(1.0 + 1e-3 - nearest)
            values[kept] = -np.inf
            kept.append(resample(values.tolist(), seed, number))
            nearest = np.maximum(
                nearest, [similarity(take.new_bars(), takes[kept[-1]].new_bars()) for take in takes]
            )
        table = tuple(replace(one, kept=i in kept) for i, one in enumerate(scores))
        ranks = (
            np.argsort(np.argsort([-one.odds for one in scores], kind="stable"), kind="stable") + 1
        )
        return [replace(takes[i], scores=table[i], rank=int(ranks[i]), table=table) for i in kept]

    def scores(self, takes: Sequence[Take]) -> list[Scores]:
        """Say what is known of each take."""
        odds = self._judge.judge(
            [take.judged() for take in takes], [take.key for take in takes]
        ).tolist()
        return [self._score(take, one) for take, one in zip(takes, odds, strict=True)]

    def _score(self, take: Take, odds: float) -> Scores:
        notes, header = self._read(take.new_bars(), take)
        whole, all_bars = (
            (notes, header) if take.prompt is None else self._read(take.judged(), take)
        )
        usual = most_usual(self._info, take.header.style, all_bars.bars)
        returns = [most_returns(bar_contents(whole, all_bars), size) for size in BLOCKS]
        report = self._index.find(take.new_bars()) if self._index else None
        return Scores(
            odds=odds,
            bits_a_note=take.bits,
            distance=self._distance(take, notes, header),
            returns=tuple(returns),
            loops=any(found > most for found, most in zip(returns, usual, strict=False)),
            ends=bool(len(notes))
            and int(notes.pitch[notes.onset == notes.onset[-1]].min()) % 12 == take.key.tonic,
            longest_copy=report.longest if report else None,
            copy=self._index.floor.verdict(report) if report and self._index else "",
        )

    def _read(self, score: Score, take: Take) -> tuple[Notes, Header]:
        events = encode(score, self._vocabulary, key=take.key, style=take.header.style, whole=True)[
            0
        ]
        return event_notes(events.fields, events.header, self._vocabulary), events.header

    def _distance(self, take: Take, notes: Notes, header: Header) -> float | None:
        """Mean deviation of the statistics from those of the prompt, or of the style, in deviations of the style."""
        norms = self._info.get("norms", {})
        norm = norms.get(take.header.style, norms.get(""))
        if not norm:
            return None
        grid, center = self._vocabulary.grid, np.array(norm["mean"])
        if take.prompt is not None:
            center = np.array(piece_statistics(*self._read(take.prompt_bars(), take), grid))
        away = np.abs(np.array(piece_statistics(notes, header, grid)) - center)
        return float((away / np.maximum(norm["deviation"], 1e-6)).mean())


def similarity(one: Score, other: Score) -> float:
    """Return how much two pieces have in common, 0..1."""
    # The Jaccard index of their runs of four notes, as intervals and times between onsets: blind to
    # key and to where in the piece a run stands.
    first, second = _runs(one), _runs(other)
    return len(first & second) / max(1, len(first | second))


def _runs(score: Score) -> set[tuple[int, ...]]:
    rows: NDArray[np.int64] = score.note_array()
    moves = [tuple(move) for move in np.diff(rows[:, [0, 2]], axis=0).tolist()]
    return {sum(run, ()) for run in _windows(moves)}


def _windows(moves: Sequence[tuple[int, ...]]) -> Iterator[tuple[tuple[int, ...], ...]]:
    return (tuple(moves[i : i + _RUN]) for i in range(len(moves) - _RUN + 1))
