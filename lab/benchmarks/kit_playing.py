"""Measure the player of a drum kit on held-out recordings: bits a stroke, and played strokes beside drawn ones.

    python -m lab kit-playing GROOVE.ZIP [--player NAME] [--split test] [--bars 4] [--seed N]

What is struck is given. Bits are of a velocity, 1..127, and of a lateness in whole milliseconds, each stroke after
those before it, for the network and for kernel densities by instrument and place with a clock that drifts, which are
fitted on the training part and tuned on the validation part. Then all recordings are rendered from their strokes, and
classifiers of a few bars are asked which are played; no recording is in two folds. The floor is windows of the
recordings against other windows of the same ones.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lab.commands import command_parser
from lab.drums.figures import told_apart
from lab.drums.kernels import KernelPlayer, choose_kernels
from lab.drums.kit_fitting import measure_kit, net_of_model
from lab.drums.kit_traits import windows_of
from lab.drums.pieces import read_takes
from lab.drums.playing import Playing, play_of_take, remember
from symgen.nets.network import find_network
from symgen.performer.kit import SHIPPED_KIT_PLAYER
from symgen.performer.kit_checkpoint import KIT_PLAYER, read_kit_player
from symgen.performer.kit_inference import InferenceKit

__all__ = ["judged_playing", "main"]

Floats = NDArray[np.float64]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print two tables."""
    parser = command_parser(__name__, __doc__)
    parser.add_argument("groove", metavar="GROOVE.ZIP", type=Path, help="the data set")
    parser.add_argument("--player", default=SHIPPED_KIT_PLAYER, metavar="NAME", help="or a folder")
    parser.add_argument("--split", default="test", metavar="NAME", help="of the data (test)")
    parser.add_argument("--bars", type=int, default=4, metavar="N", help="of a window (4)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the renderings")
    options = parser.parse_args(arguments)
    every = [play_of_take(take) for take in read_takes(options.groove)]
    train, valid, judged = (
        [playing for playing in every if playing.split == split]
        for split in ("train", "validation", options.split)
    )
    kernels = choose_kernels(train, valid)
    model = read_kit_player(find_network(KIT_PLAYER, options.player))
    network = InferenceKit(model.config, model.weights)
    spans = [remember(playing) for playing in judged]
    print(f"{len(judged)} recordings, {sum(len(p.strokes) for p in judged)} strokes\n")
    _print_bits(kernels.bits(judged), measure_kit(net_of_model(model), spans))
    began = time.process_time()
    drawn = [_by_network(network, p, options.seed, i) for i, p in enumerate(judged)]
    spent = (time.process_time() - began) / sum(len(p.strokes) for p in judged)
    print(f"\n{1e3 * spent:.3f} ms of CPU time a stroke, {network.parameters} weights\n")
    plain = [_by_kernels(kernels, p, options.seed, i) for i, p in enumerate(judged)]
    print("| told from played, AUC | logistic regression | random forest |\n|---|---|---|")
    rows = {"network": (judged, drawn), "kernel densities": (judged, plain)}
    for name, (real, made) in rows.items():
        _print_auc(name, judged_playing(real, made, options.bars))
    _print_auc("floor: other windows of the recordings", _floor(judged, options.bars))
    return 0


def _by_network(network: InferenceKit, playing: Playing, seed: int, number: int) -> Playing:
    rng = np.random.Generator(np.random.PCG64([seed, number]))
    velocity, late = network.play(playing.strokes, playing.style, rng)
    found = np.round(1000 * late).astype(np.int64)
    return replace(playing, velocity=velocity.astype(np.int64), late=found)


def _by_kernels(kernels: KernelPlayer, playing: Playing, seed: int, number: int) -> Playing:
    rng = np.random.Generator(np.random.PCG64([seed, number]))
    velocity, late = kernels.play(playing.strokes, rng)
    return replace(playing, velocity=velocity, late=late)


def judged_playing(
    played: Sequence[Playing], drawn: Sequence[Playing], bars: int
) -> dict[str, float]:
    """Return the AUC of classifiers that tell drawn playing from played, each recording beside its own."""
    rows, labels, groups = list[Floats](), list[int](), list[int]()
    for label, playings in enumerate((drawn, played)):
        for number, playing in enumerate(playings):
            found = list(windows_of(playing, bars))
            rows += found
            labels += [label] * len(found)
            groups += [number] * len(found)
    return told_apart(np.array(rows), np.array(labels), groups)


def _floor(played: Sequence[Playing], bars: int) -> dict[str, float]:
    """Deal the windows of each recording to two heaps by turns, and tell these apart."""
    rows, labels, groups = list[Floats](), list[int](), list[int]()
    for number, playing in enumerate(played):
        found = list(windows_of(playing, bars))
        found = found[: len(found) // 2 * 2]
        rows += found
        labels += [i % 2 for i in range(len(found))]
        groups += [number] * len(found)
    return told_apart(np.array(rows), np.array(labels), groups)


def _print_bits(plain: dict[str, float], network: dict[str, float]) -> None:
    print("| bits a stroke | velocity | lateness | both |\n|---|---|---|---|")
    for name, bits in (("kernel densities", plain), ("network", network)):
        both = bits["velocity"] + bits["late"]
        print(f"| {name} | {bits['velocity']:.3f} | {bits['late']:.3f} | {both:.3f} |")
    saved = [1 - network[name] / plain[name] for name in ("velocity", "late")]
    saved.append(1 - sum(network.values()) / sum(plain.values()))
    print("| saved | " + " | ".join(f"{100 * share:.1f} %" for share in saved) + " |")


def _print_auc(name: str, found: dict[str, float]) -> None:
    one, other = found["logistic regression"], found["random forest"]
    print(f"| {name} | {one:.3f} | {other:.3f} |")
