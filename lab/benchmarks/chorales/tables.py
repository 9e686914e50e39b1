"""Run the sets and print the tables."""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import log
from pathlib import Path
from typing import Any

import numpy as np

from lab.benchmarks.chorales import chorales16, melodies, published, roll_net
from lab.benchmarks.chorales.chorale_net import ChoraleNet
from lab.benchmarks.chorales.chorales16 import Measured
from lab.benchmarks.chorales.data import FRAME_SETS, SPLITS, read_chorales, read_frames
from lab.benchmarks.chorales.drawing import describe, draw_chorale, save_chorale
from lab.benchmarks.chorales.fit import Fitted, Recipe, count_weights
from lab.benchmarks.common import print_table

__all__ = ["Run", "chorale_table", "chord_table", "drawn_table", "frame_table", "melody_table"]

Row = list[object]
_HELD_OUT = SPLITS[1:]


@dataclass
class Run:
    """What the tables share."""

    # Where the data lie; where trained networks are kept.
    data: Path
    work: Path
    # Networks of the chorales.
    seeds: int = 3
    # CPU minutes of each training in place of the recipes' own.
    minutes: float | None = None
    # Set, split, piece, network, frames and nats a frame of each held-out piece.
    pieces: list[Row] = field(default_factory=list)

    def recipe(self, recipe: Recipe, seed: int = 0) -> Recipe:
        """Apply what was asked for to a recipe."""
        return replace(recipe, seed=seed, minutes=self.minutes or recipe.minutes)

    def note(
        self, name: str, split: str, network: str, frames: Sequence[Any], nats: Sequence[Any]
    ) -> None:
        """Keep the figures of pieces for the CSV file."""
        for number, (length, cost) in enumerate(zip(frames, nats, strict=True)):
            self.pieces.append([name, split, number, network, int(length), f"{cost:.6f}"])

    def save_pieces(self) -> Path:
        """Write the figures of all pieces."""
        path = self.work / "per_piece.csv"
        with (self.work / "per_piece.csv.part").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(
                [["set", "split", "piece", "network", "frames", "nats_per_frame"], *self.pieces]
            )
        (self.work / "per_piece.csv.part").replace(path)
        return path


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _time(fitted: Fitted) -> str:
    return f"{fitted.seconds / 60:.1f} min, {fitted.passes:.0f} passes"


def _train_chorales(
    run: Run, name: str, *, chords: bool, seeds: int
) -> tuple[list[Fitted], dict[str, list[Measured]]]:
    """Train the networks of all seeds and measure them."""
    data = chorales16.encode_splits(read_chorales(run.data), chords=chords)
    fitted, found = [], {split: list[Measured]() for split in _HELD_OUT}
    for seed in range(seeds):
        _tell(f"{name}, seed {seed}")
        fitted.append(
            chorales16.train(f"{name}-{seed}", data, run.recipe(chorales16.RECIPE, seed), run.work)
        )
        for split in _HELD_OUT:
            measured = chorales16.measure(fitted[-1].net, data[split])
            found[split].append(measured)
            run.note(name, split, f"seed {seed}", list(measured.frames), list(measured.per_piece()))
    return fitted, found


def _units(nats: Sequence[float], tokens: Sequence[int] = (4, 5)) -> list[str]:
    """Format a figure as bits a frame and as nats a token: the mean, and the range of several."""
    cells = []
    for divisor, digits in ((log(2), 3), *((float(count), 4) for count in tokens)):
        values = [value / divisor for value in nats]
        spread = f" ({min(values):.{digits}f}-{max(values):.{digits}f})" if len(values) > 1 else ""
        cells.append(f"{np.mean(values):.{digits}f}{spread}")
    return cells


def chorale_table(run: Run) -> ChoraleNet:
    """Print the joint likelihood of the chorales; return the first network."""
    fitted, found = _train_chorales(run, "chorales", chords=False, seeds=run.seeds)
    rows: list[Row] = []
    weights, time = f"{count_weights(fitted[0].net):,}", _time(fitted[0])
    for split in _HELD_OUT:
        several = found[split]
        seeds = [one.nats_per_frame for one in several]
        rows.append(
            [
                f"this network, {len(seeds)} seeds",
                split,
                *_units(seeds),
                weights,
                time,
                "this command",
            ]
        )
        if len(seeds) > 1:
            together = chorales16.ensemble(several)
            run.note(
                "chorales", split, "ensemble", list(together.frames), list(together.per_piece())
            )
            label = f"their ensemble ({len(seeds)} networks)"
            rows.append([label, split, *_units([together.nats_per_frame]), "", "", "this command"])
    for figure in published.CHORALES:
        bits, nats = f"{figure.bits_per_frame:.3f}", f"{figure.nats:.3f}"
        cells = [bits, nats, ""] if figure.tokens == 4 else [bits, "", nats]
        rows.append([figure.model, figure.split, *cells, "", "", figure.seen])
    print("\n### JSB chorales, 16th grid, 229/76/77\n")
    head = [
        "",
        "split",
        "joint bits a frame",
        "nats a note",
        "nats of five tokens",
        "weights",
        "training",
        "seen",
    ]
    print_table(head, rows)
    per_piece = {
        split: np.mean([one.per_piece().mean() for one in found[split]]) / log(2)
        for split in _HELD_OUT
    }
    print(
        "\nPooled over frames; the mean of the pieces' means is "
        + ", ".join(f"{value:.3f} ({split})" for split, value in per_piece.items())
        + " bits a frame. Five tokens: the notes' nats / 5, as the chord is a function of the notes."
    )
    net = fitted[0].net
    assert isinstance(net, ChoraleNet)
    return net


def chord_table(run: Run) -> None:
    """Print the cost of the notes when each frame's chord is given."""
    fitted, found = _train_chorales(run, "chorales-chords", chords=True, seeds=1)
    rows: list[Row] = []
    for split in _HELD_OUT:
        nats = found[split][0].nats_per_frame / 4
        rows.append(
            ["this network, chords given", split, f"{nats:.4f}", _time(fitted[0]), "this command"]
        )
    given = published.GIVEN_CHORDS
    rows.append([given.model, given.split, f"{given.nats:.3f}", "", given.seen])
    print(
        "\n### JSB chorales, notes only, each frame's true chord given: no likelihood of the music\n"
    )
    print_table(["", "split", "nats a note", "training", "seen"], rows)


def frame_table(run: Run, names: Sequence[str]) -> None:
    """Print the likelihood of the frame-wise sets."""
    cells: dict[tuple[str, str], str] = {}
    for name in names:
        _tell(name)
        data = roll_net.prepare_splits(read_frames(run.data, name))
        fitted = roll_net.train(f"{name}-0", data, run.recipe(roll_net.RECIPES[name]), run.work)
        for split in _HELD_OUT:
            frames = np.array([len(piece.roll) for piece in data[split]])
            nats = roll_net.measure(fitted.net, data[split])
            run.note(name, split, "seed 0", list(frames), list(nats / frames))
            cells[split, name] = f"{nats.sum() / frames.sum():.2f}"
        cells["training", name] = _time(fitted)
    rows: list[Row] = [
        [
            "this network, test",
            *(cells.get(("test", name), "") for name in FRAME_SETS),
            "this command",
        ]
    ]
    rows.append(
        [
            "this network, validation",
            *(cells.get(("valid", name), "") for name in FRAME_SETS),
            "this command",
        ]
    )
    rows.append(["training", *(cells.get(("training", name), "") for name in FRAME_SETS), ""])
    for figure in published.FRAMES:
        values = (figure.jsb, figure.nottingham, figure.musedata, figure.piano)
        rows.append(
            [
                f"{figure.model}, test",
                *("" if v is None else f"{v:.2f}" for v in values),
                figure.seen,
            ]
        )
    print("\n### Frame-wise sets, nats a frame\n")
    print_table(["", "JSB, quarters", "Nottingham", "MuseData", "Piano-midi", "seen"], rows)
    print(
        "\nModels that draw the notes of a frame in order are another class than 88 independent Bernoullis; "
        "this one may also copy from earlier in the piece. The first frame of a piece is counted."
    )


def melody_table(run: Run) -> None:
    """Print the likelihood of the Nottingham melodies."""
    store = melodies.build_store(run.data, run.work)
    _tell("Nottingham melodies")
    minutes = run.minutes or melodies.MINUTES
    checkpoint, seconds = melodies.train(store, run.work / "melodies-0", minutes)
    found, weights = melodies.measure(checkpoint, store)
    rows: list[Row] = [
        [
            split,
            one.pieces,
            f"{one.told:.3f}",
            f"{one.untold:.3f}",
            f"{weights:,}",
            f"{seconds / 60:.1f} min",
        ]
        for split, one in found.items()
    ]
    print("\n### Nottingham melodies, bits a 16th\n")
    print_table(
        ["split", "pieces", "style, key, bars left told", "hidden", "weights", "training"], rows
    )


def drawn_table(run: Run, net: ChoraleNet, count: int, folder: Path) -> None:
    """Draw chorales as long as those of the test set, write them, and print what they are like."""
    real = read_chorales(run.data)["test"]
    drawn = []
    for number in range(count):
        drawn.append(draw_chorale(net, len(real[number]), number))
        save_chorale(drawn[-1], folder / f"chorale-{number}.mid")
        _tell(f"drawn {number + 1} of {count}")
    here, there = describe(real), describe(drawn)
    print(f"\n### {count} drawn chorales beside {len(real)} of the test set\n")
    print_table(["", "real", "drawn"], [[name, here[name], there[name]] for name in here])
