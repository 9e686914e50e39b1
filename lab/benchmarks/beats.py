"""How well tempo, meter, pickup and grid positions are found from the notes of a performed melody.

    python -m lab beats stores/folk stores/hymns --count 400
    python -m lab beats stores/folk stores/hymns --count 400 --tempo      # the tempo is told
    python -m lab beats stores/folk stores/hymns --count 400 --clean      # nothing is misheard

Held-out tunes (`test`, or another `--split`), one piece of each, are played by `lab.renditions.performance` for
15 to 40 seconds: at a tempo that is usual for their kind, drifting by up to 8 %, each onset 10 to 25 ms early or late
(one standard deviation), more or less legato, three of four from the beginning. Then they are misheard: 5 % of the
notes are missing, 5 % are added, all onsets move by 6 ms, 3 % of them by up to 50, and strengths say next to nothing.

Tempo: the mean of the piece in quarters a minute, right to 5 %. Octave: the same, or half or twice of it. Meter: 2/2
counts as 4/4, 12/8 as 6/8. Bar lines: meter and pickup right. Notes: edit accuracy: 1 less the fewest edits by the
number of notes, an edit being to drop, add or change a note (its pitch or place) or to move all that follow. With
lengths: the length of each note must be right too. Intervals: 95 %, bootstrap over pieces.

`stores/hymns` is made by: symgen corpus openhymnal_abc.zip -o stores/hymns --parts melody
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lab.benchmarks.common import print_table
from lab.commands import command_parser
from lab.renditions.performance import Manner, Performance, melody_notes, perform
from symgen.corpus import Store
from symgen.music.meter import Meter
from symgen.music.score import Score
from symgen.tokens import decode
from symgen.transcriber.quantize import find_grid, score_from_rows

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

USUAL = {
    "reel": (130, 200), "hornpipe": (100, 180), "jig": (120, 195), "slip jig": (120, 195), "slide": (150, 200),
    "polka": (80, 140), "waltz": (90, 180), "air": (60, 120), "strathspey": (90, 140), "hymn": (70, 125),
    "2/4": (60, 130), "3/4": (75, 170), "4/4": (80, 190), "6/8": (100, 195), "9/8": (100, 195), "12/8": (100, 195),
}  # fmt: skip
"""Quarters a minute at which tunes of a kind, or in a meter, are played."""
METERS = ("2/4", "3/4", "4/4", "6/8", "9/8")
SAME = {"2/2": "4/4", "12/8": "6/8", "C": "4/4"}
FINE = 24


@dataclass(frozen=True)
class Piece:
    """A tune to be played."""

    score: Score
    style: str
    meter: str


def load_pieces(stores: Sequence[Path], split: str) -> list[Piece]:
    """One piece of each tune of some stores, in the meters that are told apart."""
    found = []
    for folder in stores:
        store = Store.open(folder)
        best = {}
        for record in store.pieces(split):
            if record.group not in best or record.form == "played":
                best[record.group] = record
        for record in best.values():
            score = decode(store.events(record), store.vocabulary)
            meters = {SAME.get(str(bar.meter), str(bar.meter)) for bar in score.bars}
            if len(meters) == 1 and meters <= set(METERS) and len(melody_notes(score)) >= 24:
                style = "hymn" if "hymn" in record.source else record.header.style or ""
                found.append(Piece(score, style, meters.pop()))
    return found


def usual_bpm(piece: Piece, rng: np.random.Generator) -> float:
    """Draw a tempo for a tune."""
    steps = np.diff(melody_notes(piece.score)[:, 0]) / piece.score.resolution
    fast = piece.meter == "2/4" and np.median(steps) < 0.4
    low, high = USUAL["2/4"] if fast else USUAL.get(piece.style, USUAL[piece.meter])
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def play(piece: Piece, rng: np.random.Generator, bpm: float | None = None) -> Performance:
    """Play a tune."""
    steps = np.diff(melody_notes(piece.score)[:, 0]) / piece.score.resolution
    typical = float(np.median(steps[steps > 0]))
    manner = Manner(
        spacing=60 * typical / (bpm or usual_bpm(piece, rng)),
        least=0.06,
        drift=float(rng.uniform(0.005, 0.035)),
        rubato=float(rng.uniform(0, 0.02)),
        jitter=float(rng.uniform(0.010, 0.025)),
        gate=float(rng.uniform(0.6, 1.0)),
        seconds=float(rng.uniform(15, 40)),
        whole=0.75,
    )
    return perform(piece.score, rng, manner)


def add_errors(
    rows: Floats, rng: np.random.Generator, *, missing: float = 0.05, extra: float = 0.05
) -> tuple[Floats, Ints]:
    """Leave notes out, add some and move onsets; return rows, and of which each was made (-1: of none)."""
    kept = np.flatnonzero(rng.random(len(rows)) >= missing)
    kept = kept if len(kept) > 1 else np.arange(len(rows))
    changed = rows[kept].copy()
    changed[:, 0] += rng.normal(0, 0.006, len(kept))
    changed[:, 3] = np.clip(changed[:, 3] + rng.normal(0, 0.1, len(kept)), 0.05, 1)
    gross = rng.random(len(kept)) < 0.03
    changed[gross, 0] += rng.uniform(-0.04, 0.05, int(gross.sum()))
    count = int(rng.binomial(len(rows), extra))
    at = rng.uniform(rows[0, 0], rows[-1, 0], count)
    pitches = rows[rng.integers(0, len(rows), count), 2] + rng.integers(-5, 6, count)
    more = np.stack(
        [at, at + rng.uniform(0.04, 0.12, count), pitches, rng.uniform(0.1, 0.6, count)], axis=1
    )
    both, owners = np.concatenate([changed, more]), np.concatenate([kept, np.full(count, -1)])
    order = np.argsort(both[:, 0], kind="stable")
    both, owners = both[order], owners[order]
    apart = np.append(True, np.diff(both[:, 0]) > 0.025)
    both, owners = both[apart], owners[apart]
    both[:-1, 1] = np.minimum(both[:-1, 1], both[1:, 0])
    both[:, 1] = np.maximum(both[:, 1], both[:, 0] + 0.01)
    return both, owners


def true_bpm(performance: Performance) -> float:
    """Mean quarters a minute from the first note to the last."""
    quarters = performance.placed.notes[[0, -1], 0]
    times = np.interp(quarters, performance.pulse[:, 0], performance.pulse[:, 1])
    return float(60 * np.diff(quarters)[0] / np.diff(times)[0])


def fewest_edits(true: Ints, found: Ints, layers: int = 6) -> float:
    """Edits between notes in rows of place, pitch and more: drop, add, change one, or move all that follow."""
    equal = (true[:, None, 1:] == found[None, :, 1:]).all(axis=2)
    apart = found[None, :, 0] - true[:, None, 0]
    moves, counts = np.unique(apart[equal], return_counts=True)
    if not len(moves):
        return float(max(len(true), len(found)))
    moves = moves[np.argsort(-counts, kind="stable")[:layers]]
    right = equal[None] & (apart[None] == moves[:, None, None])
    index = np.arange(len(found) + 1.0)
    before = np.tile(index, (len(moves), 1))
    for i in range(len(true)):
        now = np.full_like(before, i + 1.0)
        now[:, 1:] = np.minimum(before[:, 1:] + 1, before[:, :-1] + ~right[:, i])
        now = np.minimum.accumulate(now - index, axis=1) + index
        now = np.minimum(now, now.min(axis=0) + 1)
        before = np.minimum.accumulate(now - index, axis=1) + index
    return float(before[:, -1].min())


def accuracy(true: Ints, found: Ints) -> float:
    return 1 - fewest_edits(true, found) / max(len(true), len(found))


def note_table(score: Score) -> Ints:
    """Rows of place, pitch, length in steps of a `FINE`th quarter."""
    notes = score.note_array()
    unit = score.resolution // FINE
    return np.stack([notes[:, 0] // unit, notes[:, 2], notes[:, 1] // unit], axis=1)


@dataclass(frozen=True)
class Options:
    """What is told, and what is misheard."""

    tempo: bool = False
    meter: bool = False
    clean: bool = False


def judge(piece: Piece, rng: np.random.Generator, options: Options) -> dict[str, float]:
    """Play a piece, find its grid and its notes, and say what is right."""
    performance = play(piece, rng)
    rows, bpm = performance.rows, true_bpm(performance)
    if not options.clean:
        rows, _ = add_errors(rows, rng)
    start = time.process_time()
    grid = find_grid(
        rows,
        tempo=bpm if options.tempo else None,
        meter=Meter.parse(piece.meter) if options.meter else None,
    )
    spent = time.process_time() - start
    found = note_table(score_from_rows(rows, grid))
    true = np.rint(performance.placed.notes * [FINE, FINE, 1]).astype(np.int64)[:, [0, 2, 1]]
    ratio = grid.bpm / bpm
    meter = SAME.get(str(grid.meter), str(grid.meter)) == piece.meter
    first = true[0, 0] / FINE
    line = float(grid.meter.quarters)
    return {
        "tempo": abs(ratio - 1) < 0.05,
        "octave": any(abs(ratio / k - 1) < 0.05 for k in (0.5, 1, 2)),
        "meter": meter,
        "bar lines": meter and abs((first + float(grid.pickup) + line / 2) % line - line / 2) < 0.1,
        "notes": accuracy(true[:, :2], found[:, :2]),
        "with lengths": accuracy(true, found),
        "confidence": grid.confidence,
        "meter confidence": grid.meter_confidence,
        "CPU s": spent,
    }


def interval(values: Sequence[float]) -> str:
    """Mean and 95 % interval over pieces."""
    data = np.asarray(values, dtype=np.float64)
    means = data[np.random.default_rng(0).integers(0, len(data), (2000, len(data)))].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return f"{data.mean():.3f} [{low:.3f}, {high:.3f}]"


def groups(pieces: Sequence[Piece]) -> Iterator[tuple[str, list[int]]]:
    yield "all", list(range(len(pieces)))
    yield "hymns", [i for i, piece in enumerate(pieces) if piece.style == "hymn"]
    for meter in METERS:
        yield (
            f"tunes in {meter}",
            [i for i, p in enumerate(pieces) if p.meter == meter and p.style != "hymn"],
        )


def measure(pieces: Sequence[Piece], options: Options, seed: int) -> None:
    found = [
        judge(piece, np.random.default_rng([seed, i]), options) for i, piece in enumerate(pieces)
    ]
    names = ("tempo", "octave", "meter", "bar lines", "notes", "with lengths")
    print_table(
        ["", "pieces", *names, "CPU s"],
        [
            [
                name,
                len(chosen),
                *(interval([found[i][key] for i in chosen]) for key in (*names, "CPU s")),
            ]
            for name, chosen in groups(pieces)
            if chosen
        ],
    )
    print()
    for claimed, truth in (("confidence", "tempo"), ("meter confidence", "bar lines")):
        rows = []
        for low, high in (
            (0, 0.5),
            (0.5, 0.7),
            (0.7, 0.85),
            (0.85, 0.95),
            (0.95, 0.99),
            (0.99, 1.01),
        ):
            inside = [
                f
                for f in found
                if low <= f[claimed] < high and (claimed == "confidence" or f["tempo"])
            ]
            if inside:
                rows.append(
                    [
                        f"{low} to {min(high, 1)}",
                        len(inside),
                        float(np.mean([f[claimed] for f in inside])),
                        float(np.mean([f[truth] for f in inside])),
                    ]
                )
        print_table([claimed, "pieces", "claimed", f"{truth} right"], rows)
        print()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser(__name__, __doc__)
    parser.add_argument("stores", type=Path, nargs="+")
    parser.add_argument("--split", default="test")
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tempo", action="store_true", help="tell the tempo")
    parser.add_argument("--meter", action="store_true", help="tell the meter")
    parser.add_argument("--clean", action="store_true", help="nothing is misheard")
    args = parser.parse_args(arguments)
    pieces = load_pieces(args.stores, args.split)
    order = np.random.default_rng(args.seed).permutation(len(pieces))[: args.count]
    chosen = [pieces[i] for i in order.tolist()]
    measure(chosen, Options(args.tempo, args.meter, args.clean), args.seed)
    return 0
