"""Measure the drummer on held-out recordings: bits a hit, and its drums beside the played ones.

    python -m lab drums GROOVE.ZIP [--drummer NAME] [--split test] [--bars N] [--seeds N] [--own]

For each recording of at least eight bars as many bars are drawn, up to ``--bars``, in its style, meter and tempo, led
into by a pattern of the style. The classifiers see eight bars at a time; no recording is in two folds. Two floors stand
beside them: bars of a recording against other bars of it, and recordings against those of the training part in the
same style, as drums can be no nearer that know nothing but the style.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lab.commands import command_parser
from lab.drums.choosing import cut_groove
from lab.drums.figures import WINDOW, fill_share, kept_mean, laid_hits, told_apart, traits
from lab.drums.pieces import Take, read_takes
from symgen.drummer.checkpoint import DRUMMER, DrummerModel, read_drummer
from symgen.drummer.drummer import SHIPPED_DRUMMER, Drummer, DrumRequest
from symgen.drummer.playing import choose_pattern
from symgen.drummer.styles import drum_styles
from symgen.nets.network import find_network

__all__ = ["judged", "main"]

Ints = NDArray[np.int64]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print bits a hit, and a table."""
    parser = command_parser(__name__, __doc__)
    parser.add_argument("groove", metavar="GROOVE.ZIP", type=Path, help="the data set")
    parser.add_argument("--drummer", default=SHIPPED_DRUMMER, metavar="NAME", help="or a folder")
    parser.add_argument("--split", default="test", metavar="NAME", help="of the data (test)")
    parser.add_argument("--bars", type=int, default=32, metavar="N", help="bars at most (32)")
    parser.add_argument("--seeds", type=int, default=1, metavar="N", help="of each recording (1)")
    text = "led into by the first two bars of the recording, not by a pattern of its style"
    parser.add_argument("--own", action="store_true", help=text)
    options = parser.parse_args(arguments)
    every = read_takes(options.groove)
    takes = [take for take in every if take.split == options.split]
    model = read_drummer(find_network(DRUMMER, options.drummer))
    for name, value in _bits(model, takes).items():
        print(f"{name}: {value:.3f} bits a hit")
    drummer = Drummer(model)
    long = [take for take in takes if not take.is_fill and take.groove.bars >= WINDOW]
    first = 2 if options.own else 0
    played = [take.groove.laid()[first : options.bars] for take in long]
    drawn = [
        _drawn(drummer, take, len(laid), 1000 * seed + number, own=options.own)
        for seed in range(options.seeds)
        for number, (take, laid) in enumerate(zip(long, played, strict=True))
    ]
    print("\n| | fills in the bars | hits kept in the next bar | recordings |\n|---|---|---|---|")
    for name, pieces in (("played", played), ("drawn", drawn)):
        weights = [len(laid) for laid in pieces]
        fills = np.average([fill_share(laid) for laid in pieces], weights=weights)
        kept = np.average([kept_mean(laid) for laid in pieces], weights=weights)
        print(f"| {name} | {fills:.3f} | {kept:.3f} | {len(pieces)} |")
    print()
    for name, auc in judged(played, drawn[: len(played)]).items():
        print(f"real or made, AUC, {name}: {auc:.3f}")
    train = [take for take in every if take.split == "train"]
    floors = {
        "other bars of the same recordings": _turn_about([take.groove.laid() for take in long]),
        "training recordings of the style": (played, _of_the_style(long, played, train)),
    }
    for text, (one, other) in floors.items():
        for name, auc in judged(one, other).items():
            print(f"floor, {text}, AUC, {name}: {auc:.3f}")
    return 0


def judged(played: Sequence[Ints], drawn: Sequence[Ints]) -> dict[str, float]:
    """Return how well classifiers tell drawn drums from played ones, each recording beside its own."""
    rows, labels, groups = [], [], []
    for label, pieces in enumerate((drawn, played)):
        for number, laid in enumerate(pieces):
            for first in range(0, len(laid) - WINDOW + 1, WINDOW):
                rows.append(traits(laid[first : first + WINDOW]))
                labels.append(label)
                groups.append(number)
    return told_apart(np.array(rows), np.array(labels), groups)


def _turn_about(pieces: Sequence[Ints]) -> tuple[list[Ints], list[Ints]]:
    """Deal the windows of each recording to two heaps by turns."""
    one, other = (
        [
            np.concatenate([
                laid[i : i + WINDOW] for i in range(first, len(laid) - WINDOW + 1, 2 * WINDOW)
            ])
            for laid in pieces
            if len(laid) >= 2 * WINDOW
        ]
        for first in (0, WINDOW)
    )  # fmt: skip
    return one, other


def _of_the_style(
    takes: Sequence[Take], played: Sequence[Ints], train: Sequence[Take]
) -> list[Ints]:
    """Choose for each recording one of the training part, as near to it by meter and style as there is one."""
    rng, found = np.random.default_rng(0), []
    whole = [take for take in train if not take.is_fill and take.groove.bars >= WINDOW]
    for take, laid in zip(takes, played, strict=True):
        there = [other for other in whole if other.groove.meter == take.groove.meter] or whole
        near = [other for other in there if other.groove.style == take.groove.style]
        exact = [other for other in near if other.label == take.label]
        chosen = exact or near or there
        found.append(chosen[int(rng.integers(len(chosen)))].groove.laid()[: len(laid)])
    return found


def _drawn(drummer: Drummer, take: Take, bars: int, seed: int, *, own: bool) -> Ints:
    """Draw bars beside a recording; each has a seed of its own, as one seed throws the same dice for all."""
    groove = take.groove
    label = take.label if take.label in drum_styles() else groove.style
    known = label if label in drum_styles() else "rock"
    pattern = choose_pattern(known, groove.meter, seed)
    before = cut_groove(groove, 0, 2) if own else pattern.groove if pattern else None
    request = DrumRequest(
        (groove.meter,) * bars, (groove.steps,) * bars, groove.bpm, groove.style,
        before=before,
    )  # fmt: skip
    return laid_hits(drummer.draw(request, seed=seed), bars, groove.steps)


def _bits(model: DrummerModel, takes: Sequence[Take]) -> dict[str, float]:
    import torch

    from lab.drums.fitting import measure
    from symgen.drummer.net import DrummerNet

    net = DrummerNet(model.config)
    net.load_state_dict(
        {name: torch.from_numpy(value.copy()) for name, value in model.weights.items()}
    )
    found = measure(net, takes, model.config)
    names = {
        "hits": "which are struck, all told", "event": "of these groove, fill or break",
        "feel": "of these sixteenths or triplets", "levels": "how loud", "late": "how late",
        "other": "second sounds",
    }  # fmt: skip
    return {text: found[name] for name, text in names.items()}
