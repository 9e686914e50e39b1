"""How well played music is written down for a corpus: what is kept, how far notes move, how right the grid is.

    python -m lab performed CORPORA                 # the folder of the zips; minutes
    python -m lab performed CORPORA --only kept

`kept`: `symgen corpus --performed` of the Groove MIDI Dataset (drums, played to a click) with its official split:
pieces kept, and why the others are not; and of `--songs` songs of POP909 (piano, played).

`moved`: how far the notes of those corpora were played from the places where they are written, in milliseconds.

`beats`: F-measure of mir_eval (70 ms). `groove`: the file's own beats are the truth; the beats that a corpus takes,
and those that the beat finder finds where it must. `pop909`: the beats that POP909 gives; only judged, nothing was
chosen by it. `rubato`: `freedoom` and `lieder`, works by which no weights were fitted, sixteen bars played with drift,
early and late, in a file at 120; there the score is known: notes whose distance to the next one is written right, and
whose duration is.

`page`: notes that one sign says: what lasts an odd value or goes over a bar line needs ties. `lieder`, as they were
written, say what is usual.
"""

from __future__ import annotations

import argparse
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import mir_eval
import numpy as np
from numpy.typing import NDArray

from lab.benchmarks.common import print_table
from lab.benchmarks.free_playing import Playing, play_freely
from lab.benchmarks.pulse import (
    beat_times,
    is_held_out,
    is_test_song,
    judge,
    read_beats,
    read_scores,
    some_bars,
    summary,
)
from lab.commands import command_parser
from symgen.beats.lattice import share_on_grid
from symgen.beats.pulse import find_pulse
from symgen.beats.strokes import Clock
from symgen.corpus import CorpusOptions, Store, build_corpus
from symgen.corpus.notating import choose_pulse, notate
from symgen.music.score import Score
from symgen.tokens.vocabulary import TIME

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

GRID = 12
SIGNS = frozenset((1, 2, 3, 4, 6, 8, 9, 12, 16, 18, 24, 36, 48))
"""Grid steps that one note sign says: of a 48th triplet to a whole note, some with a dot."""


# -- kept and moved ----------------------------------------------------------------------


def measure_kept(corpora: Path, songs: int) -> None:
    kept, moved, splits = [], [], []
    with TemporaryDirectory() as scratch:
        for name in ("groove", "pop909"):
            where: tuple[str, ...] = () if name == "groove" else _songs(corpora, songs)
            options = CorpusOptions(performed=True, where=where)
            target = Path(scratch) / name
            report = build_corpus(corpora / f"{name}.zip", target, options=options)
            reasons = Counter(report.dropped)
            asked = reasons.pop("not asked for", 0)
            files = report.kept + sum(report.dropped.values()) - asked
            why = ", ".join(f"{count} {reason}" for reason, count in reasons.most_common()) or "-"
            kept.append(
                [name, files, report.kept, report.kept / files, report.unclicked, report.notes, why]
            )
            store = Store.open(target)
            moved.append([name, *_distances(store)])
            splits.append(
                [name, *(report.splits.get(split, 0) for split in ("train", "valid", "test"))]
            )
    print_table(["corpus", "files", "kept", "share", "beats found", "notes", "left out"], kept)
    print_table(["corpus", "train", "valid", "test"], splits)
    print_table(
        ["moved, ms", "mean", "deviation", "median off", "90 % within", "99 % within", "over 50"],
        moved,
    )


def _songs(corpora: Path, songs: int) -> tuple[str, ...]:
    """Return the condition that asks for some songs of POP909."""
    chosen = [name for name, _ in read_scores(corpora / "pop909.zip", songs, _is_song)]
    return (f"file={'|'.join(chosen)}",)


def _is_song(name: str) -> bool:
    return "/" not in name and is_test_song(name)


def _distances(store: Store) -> list[float]:
    """Return how far notes were from their places, in milliseconds."""
    found = []
    for record in store.pieces():
        manner = store.manner(record)
        assert manner is not None
        rows = np.asarray(store.events(record).fields)
        struck = (rows[:, TIME] < store.vocabulary.skip) & (manner[:, 0] > 0)
        quarter = 60_000 / np.maximum(manner[struck, 3] / 10, 1)
        found.append(manner[struck, 1] / 480 * quarter)
    late = np.concatenate(found)
    off = np.abs(late)
    return [
        float(late.mean()),
        float(late.std()),
        *np.percentile(off, (50, 90, 99)).tolist(),
        float(np.mean(off > 50)),
    ]


# -- beats -------------------------------------------------------------------------------


def measure_groove(corpora: Path, count: int) -> None:
    """Judge beats against those of the file, where there is something to find."""
    rows = []
    for label, always in (
        ("as a corpus takes them", False),
        ("found whatever the file says", True),
    ):
        measures, ratios, found = [], [], 0
        for _, score in read_scores(corpora / "groove.zip", count):
            clock = Clock.played(score)
            seconds = clock.to_seconds(np.arange(0, score.length + 1, score.resolution))
            if seconds[-1] < 8 or score.note_count < 32:
                continue
            pulse = find_pulse(score, always=True) if always else choose_pulse(score)
            beats, _ = beat_times(score, pulse)
            found += pulse is not None
            measures.append(float(mir_eval.beat.f_measure(seconds, beats)))
            ratios.append(float(np.median(np.diff(seconds)) / np.median(np.diff(beats))))
        ratio = np.array(ratios)
        octaves = np.min(np.abs(ratio[:, None] / [0.5, 1, 2] - 1), axis=1)
        rows.append([
            label, len(ratio), found, float(np.mean(measures)), float(np.mean(np.array(measures) >= 0.9)),
            float(np.mean(np.abs(ratio - 1) < 0.04)), float(np.mean(octaves < 0.04)),
        ])  # fmt: skip
    print_table(
        ["groove", "files", "own beats", "beats F", "F >= .9", "tempo", "or its double or half"],
        rows,
    )


def measure_pop909(corpora: Path, songs: int) -> None:
    judged = []
    path = corpora / "pop909.zip"
    with zipfile.ZipFile(path) as archive:
        for name, score in read_scores(path, songs, _is_song):
            beats, lines = read_beats(archive, name.removesuffix(".mid"))
            judged.append(judge(score, choose_pulse(score), beats, lines))
    print_table(
        [
            "POP909",
            "songs",
            "own beats",
            "beats F",
            "F >= .9",
            "tempo",
            "lines found",
            "lines right",
        ],
        [["as a corpus takes them", *_chosen(summary(judged))]],
    )


def _chosen(row: Sequence[object]) -> list[object]:
    return [*row[:5], *row[-2:]]


# -- rubato ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Written:
    """Shares of notes of a performance that are written as in the score that was played."""

    steps: float
    durations: float
    kept: float


def measure_rubato(corpora: Path, songs: int) -> None:
    rows = []
    for name in ("freedoom", "lieder_cc0"):
        judged, written = [], []
        for prompt, rng in _prompts(corpora, name, songs):
            played = play_freely(prompt, Playing.drawn(prompt.tempos[0].bpm, rng), rng)
            beat = float(prompt.bars[-1].meter.beat_quarters)
            beats = played.times(np.arange(0, prompt.length / prompt.resolution, beat))
            lines = played.times(np.array([bar.start / prompt.resolution for bar in prompt.bars]))
            judged.append(judge(played.score, choose_pulse(played.score), beats, lines))
            written.append(_written(prompt, played.score))
        means = np.nanmean([(each.steps, each.durations, each.kept) for each in written], axis=0)
        rows.append([name, *_chosen(summary(judged)), *means.tolist()])
    print_table(
        ["rubato", "pieces", "own beats", "beats F", "F >= .9", "tempo", "lines found", "lines right",
         "steps right", "durations right", "notes kept"], rows,
    )  # fmt: skip


def _prompts(corpora: Path, name: str, songs: int) -> Iterator[tuple[Score, np.random.Generator]]:
    for where, score in read_scores(corpora / f"{name}.zip", songs, partial(is_held_out, name)):
        rng = np.random.default_rng(zlib.crc32(where.encode()))
        prompt = some_bars(score, rng, 16)
        if share_on_grid(score) >= 0.7 and prompt.note_count >= 40:
            yield prompt, rng


def _written(score: Score, played: Score) -> Written:
    """Compare what is written down with what was played from, part by part."""
    found = notate(played, GRID).score
    steps, durations, kept = [], [], []
    for true, part in zip(score.parts, found.parts, strict=True):
        if len(true.notes) < 2:
            continue
        kept.append(min(1.0, part.note_count / true.note_count))
        if part.note_count != true.note_count:
            continue
        one = true.note_array()[:, :2] * GRID / score.resolution
        two = part.note_array()[:, :2] * GRID / found.resolution
        # The nth note of each pitch is the nth note of that pitch.
        one, two = (rows[np.lexsort((rows[:, 0], pitch))] for rows, pitch in
                    ((one, true.note_array()[:, 2]), (two, part.note_array()[:, 2])))  # fmt: skip
        order = np.argsort(one[:, 0], kind="stable")
        one, two = np.rint(one[order]), np.rint(two[order])
        steps.append(float(np.mean(np.diff(one[:, 0]) == np.diff(two[:, 0]))))
        if not part.is_drum:
            durations.append(float(np.mean(one[:, 1] == two[:, 1])))

    def mean(values: list[float]) -> float:
        return float(np.mean(values)) if values else np.nan

    return Written(mean(steps), mean(durations), mean(kept))


# -- page --------------------------------------------------------------------------------


def measure_page(corpora: Path, songs: int) -> None:
    rows = []
    with TemporaryDirectory() as scratch:
        for name in ("lieder_cc0", "pop909"):
            target = Path(scratch) / name
            where = _songs(corpora, songs) if name == "pop909" else ("file=.*[05].mid",)
            options = CorpusOptions(performed=True, where=where, metre_changes=True)
            build_corpus(corpora / f"{name}.zip", target, options=options)
            rows.append([name, *_page(Store.open(target))])
    print_table(["page", "pieces", "notes", "one sign", "over a bar line", "a triplet"], rows)


def _page(store: Store) -> list[float]:
    from symgen.tokens.codec import whole_notes

    single = over = triplet = total = 0
    for record in store.pieces():
        rows = whole_notes(store.events(record), store.vocabulary)
        starts = record.header.bar_starts
        line = starts[
            np.minimum(np.searchsorted(starts, rows[:, 0], side="right"), len(starts) - 1)
        ]
        crosses = rows[:, 0] + rows[:, 3] > line
        one = np.isin(rows[:, 3], list(SIGNS)) & ~crosses
        total, single, over = total + len(rows), single + int(one.sum()), over + int(crosses.sum())
        triplet += int(np.sum(rows[:, 0] % 3 != 0))
    return [len(store), total, single / total, over / total, triplet / total]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser(__name__, __doc__)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--only", choices=("kept", "beats", "rubato", "page"))
    parser.add_argument("--songs", type=int, default=60, help="songs and pieces of each set")
    parser.add_argument(
        "--count", type=int, default=300, help="files of groove whose beats are judged"
    )
    args: argparse.Namespace = parser.parse_args(arguments)
    if args.only in (None, "kept"):
        measure_kept(args.corpora, args.songs)
    if args.only in (None, "beats"):
        measure_groove(args.corpora, args.count)
        measure_pop909(args.corpora, args.songs)
    if args.only in (None, "rubato"):
        measure_rubato(args.corpora, args.songs)
    if args.only in (None, "page"):
        measure_page(args.corpora, args.songs)
    return 0
