"""Pieces that a trained model writes for its run: as files, and how much of them it copied."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from symgen.audio import render
from symgen.copies.index import CopyIndex
from symgen.copies.report import COVER, CopyReport, Floor
from symgen.corpus import PieceRecord, Store
from symgen.formats import save_score
from symgen.music.controls import Controls
from symgen.music.lines import hash_runs, score_lines
from symgen.music.score import Score
from symgen.plots import plot_score
from symgen.system.errors import MissingDependencyError, RenderError
from symgen.tokens import decode
from symgen.training.tasks import some_records
from symgen.writing.generator import Generator

__all__ = ["SAMPLE_BARS", "Sample", "SampleSet", "draw_samples", "remove_samples", "write_samples"]

SAMPLE_BARS = 16
_DRAWN, _KEPT = 12, 3
"""Pieces that the figures are of, and how many of them become files."""
_INDEXED = 3_000_000
"""Events of training pieces that are looked through for copies, at most, in whole pieces that are spread evenly."""
_RUN = 6
"""Notes of the runs that variety counts."""
_SUFFIXES = (".mid", ".wav", ".png")


@dataclass(frozen=True)
class Sample:
    """A piece that was drawn, and what of it stands in the training pieces."""

    seed: int
    score: Score
    copies: CopyReport

    @property
    def name(self) -> str:
        """How its files are called, without a suffix."""
        return f"sample-{self.seed}"


@dataclass(frozen=True)
class SampleSet:
    """Pieces that were drawn with the seeds 1, 2, 3 ..., and their figures."""

    samples: tuple[Sample, ...]
    floor: Floor
    indexed: int
    """Training pieces that were looked through."""

    @property
    def kept(self) -> tuple[Sample, ...]:
        """Those that become files."""
        return self.samples[:_KEPT]

    @property
    def copied(self) -> float:
        """Share of all notes in runs of `COVER` notes or more that a training piece has too, 0..1."""
        notes = sum(sample.copies.notes for sample in self.samples)
        return sum(sample.copies.share * sample.copies.notes for sample in self.samples) / max(
            1, notes
        )

    @property
    def longest(self) -> int:
        """Notes of the longest such run."""
        return max((sample.copies.longest for sample in self.samples), default=0)

    @property
    def variety(self) -> float:
        """Share of the runs of six notes of all pieces that differ from all others, 0..1."""
        return variety([sample.score for sample in self.samples])

    def told(self) -> str:
        """Say in a sentence or two how much is copied."""
        text = (
            f"Of the notes of {len(self.samples)} pieces {self.copied:.0%} stand in runs of {COVER} notes or more "
            f"that a training tune has too; the longest run has {self.longest} notes."
        )
        if self.floor.tunes:
            text += f" Of a held-out tune it is {self.floor.share[0]:.0%} (median of {self.floor.tunes})."
        return text


def variety(scores: Sequence[Score]) -> float:
    """Share of all runs of six notes that are distinct, free of transposition: 1 if nothing ever returns."""
    lines = [line.moves for score in scores for line in score_lines(score)]
    runs = np.concatenate([np.zeros(0, np.uint64), *(hash_runs(moves, _RUN) for moves in lines)])
    return len(np.unique(runs)) / len(runs) if len(runs) else 0.0


def draw_samples(model: Generator, store: Store) -> SampleSet:
    """Draw pieces, and look for them in the training pieces."""
    train = some_records(store.pieces("train"), _INDEXED)
    held_out = some_records([*store.pieces("valid"), *store.pieces("test")], _INDEXED // 10)

    def score(record: PieceRecord) -> Score:
        return decode(store.events(record), store.vocabulary)

    index = CopyIndex.build(
        ((score(each), each.title or each.locator, each.source) for each in train),
        map(score, held_out),
        limit=None,
    )
    takes = model.takes(Controls(bars=SAMPLE_BARS), count=_DRAWN, seed=1)
    samples = tuple(Sample(take.seed, take.score, index.find(take.score)) for take in takes)
    return SampleSet(samples, index.floor, len(train))


def write_samples(
    found: SampleSet, folder: Path, note: Callable[[str], object] | None = None
) -> None:
    """Write the first pieces as MIDI, WAV and picture; where nothing can play them, say so and go on."""
    remove_samples(folder)
    can_play = True
    for sample in found.kept:
        if not sample.score.note_count:
            continue
        path = folder / f"{sample.name}.mid"
        save_score(sample.score, path, overwrite=True)
        plot_score(sample.score, path.with_suffix(".png"), overwrite=True)
        try:
            if can_play:
                render(sample.score, path.with_suffix(".wav"), overwrite=True)
        except (RenderError, MissingDependencyError) as error:
            can_play = False
            if note:
                note(f"samples are without sound: {error}")


def remove_samples(folder: Path) -> None:
    """Remove those of an earlier end of the run."""
    for suffix in _SUFFIXES:
        for path in folder.glob(f"sample-*{suffix}"):
            path.unlink(missing_ok=True)
