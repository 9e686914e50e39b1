"""Train the player of a drum kit on the Groove MIDI Dataset and put it into models/kit-player.

    python -m lab ship-kit-player GROOVE.ZIP [--minutes N] [--rate N] [--bent N] [--from NAME] [--seed N] [-o FOLDER]

Only the training part of the official split is learned from; the best of some moments is kept by the validation part.
The time is CPU time. ``--from`` goes on from a player.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from lab.commands import command_parser
from lab.drums.kit_fitting import KitFitOptions, fit_kit_player
from lab.drums.pieces import read_takes
from lab.drums.playing import Playing, play_of_take, remember
from lab.modules import ROOT
from symgen.nets.network import find_network
from symgen.performer.kit_checkpoint import (
    KIT_PLAYER,
    KitConfig,
    KitModel,
    read_kit_player,
    save_kit_player,
)

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, and print where the weights lie."""
    parser = command_parser(__name__, __doc__)
    plain = KitFitOptions()
    parser.add_argument("groove", metavar="GROOVE.ZIP", type=Path, help="the data set")
    text = f"CPU time ({plain.minutes:g})"
    parser.add_argument("--minutes", type=float, default=plain.minutes, metavar="N", help=text)
    text = f"of learning at its highest ({plain.rate:g})"
    parser.add_argument("--rate", type=float, default=plain.rate, metavar="N", help=text)
    text = f"how often recordings are learned from as they were not played ({plain.bent})"
    parser.add_argument("--bent", type=int, default=plain.bent, metavar="N", help=text)
    text = "player to go on from, by its name or folder"
    parser.add_argument("--from", dest="start", metavar="NAME", help=text)
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of weights and order")
    text = "folder of the player (models/kit-player)"
    parser.add_argument("-o", "--output", type=Path, metavar="FOLDER", help=text)
    options = parser.parse_args(arguments)
    played = [play_of_take(take) for take in read_takes(options.groove)]
    spans = [remember(playing) for playing in played if playing.split != "test"]
    styles = {playing.style for playing in played if playing.split == "train"}
    folder, card = options.output or ROOT / "models" / "kit-player", _card(played)

    def keep(model: KitModel) -> None:
        path = save_kit_player(replace(model, info={**model.info, **card}), folder, half=True)
        print(f"{path}: {model.info['metrics']}", file=sys.stderr, flush=True)

    start = read_kit_player(find_network(KIT_PLAYER, options.start)) if options.start else None
    fit = KitFitOptions(
        minutes=options.minutes, rate=options.rate, bent=options.bent, seed=options.seed
    )
    fit_kit_player(spans, KitConfig(styles=tuple(sorted(styles))), fit, keep, start)
    return 0


def _card(played: Sequence[Playing]) -> dict[str, object]:
    """Return what the card says of the corpus."""
    learned = [playing for playing in played if playing.split == "train"]
    hits = sum(len(playing.strokes) for playing in learned)
    source = {"name": "groove", "pieces": len(learned), "hits": hits, "licence": "CC BY 4.0"}
    corpus = {"pieces": len(learned), "hits": hits, "sources": [source]}
    return {"name": "kit-player", "licence": "CC BY 4.0", "corpus": corpus}
