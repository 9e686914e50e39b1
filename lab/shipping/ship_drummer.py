"""Train the drummer on the Groove MIDI Dataset and put it into models/drums.

    python -m lab ship-drummer GROOVE.ZIP [--minutes N] [--rate N] [--from NAME] [-o FOLDER] [--patterns]

Only the training part of the official split is learned from. The time is CPU time. ``--from`` goes on from a drummer;
layers that it lacks begin anew. ``--patterns`` writes the patterns that lead into each style instead, as text that
people can read and change.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from lab.commands import command_parser
from lab.drums.choosing import choose_patterns
from lab.drums.fitting import FitOptions, fit_drummer
from lab.drums.pieces import Take, read_takes
from lab.modules import ROOT
from symgen.drummer.checkpoint import (
    DRUMMER,
    DrummerConfig,
    DrummerModel,
    read_drummer,
    save_drummer,
)
from symgen.nets.network import find_network
from symgen.system.files import write_atomic

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, and print where the weights lie."""
    parser = command_parser(__name__, __doc__)
    parser.add_argument("groove", metavar="GROOVE.ZIP", type=Path, help="the data set")
    parser.add_argument("--minutes", type=float, default=6.0, metavar="N", help="CPU time (6)")
    text = "of learning at its highest (0.004)"
    parser.add_argument("--rate", type=float, default=4e-3, metavar="N", help=text)
    text = "drummer to go on from, by its name or folder"
    parser.add_argument("--from", dest="start", metavar="NAME", help=text)
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of weights and order")
    text = "folder of the drummer (models/drums)"
    parser.add_argument("-o", "--output", type=Path, metavar="FOLDER", help=text)
    text = "write symgen/drummer/data/patterns.txt, and train nothing"
    parser.add_argument("--patterns", action="store_true", help=text)
    options = parser.parse_args(arguments)
    takes = read_takes(options.groove)
    if options.patterns:
        path = ROOT / "symgen" / "drummer" / "data" / "patterns.txt"
        write_atomic(path, choose_patterns(takes).encode())
        print(path)
        return 0
    styles = {take.groove.style for take in takes if take.split == "train"}
    config = DrummerConfig(styles=tuple(sorted(styles)))
    folder, card = options.output or ROOT / "models" / "drums", _card(takes)

    def keep(model: DrummerModel) -> None:
        path = save_drummer(replace(model, info={**model.info, **card}), folder, half=True)
        print(f"{path}: {model.info['metrics']}", file=sys.stderr, flush=True)

    start = read_drummer(find_network(DRUMMER, options.start)) if options.start else None
    fit = FitOptions(minutes=options.minutes, rate=options.rate, seed=options.seed)
    fit_drummer(takes, config, fit, keep, start)
    return 0


def _card(takes: Sequence[Take]) -> dict[str, object]:
    """Return what the card says of the corpus."""
    learned = [take.groove for take in takes if take.split == "train"]
    hits = sum(int((groove.levels > 0).sum()) for groove in learned)
    source = {"name": "groove", "pieces": len(learned), "hits": hits, "licence": "CC BY 4.0"}
    corpus = {"pieces": len(learned), "hits": hits, "sources": [source]}
    return {"name": "drums", "licence": "CC BY 4.0", "corpus": corpus}
