"""Train the planner on the chords of corpora and put it into models/planner.

    python -m lab ship-planner CORPORA STORE... [--minutes N] [--pieces FILE] [--from FOLDER] [-o FOLDER]

CORPORA is a folder with the zips of songs that the card of the planner names, the stores are those of the models
whose notes are to follow the plans. What is read is kept in the file of ``--pieces``, and taken from there if it is
there already. The time is CPU time.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from lab.commands import command_parser
from lab.modules import ROOT
from lab.planner.corpora import LICENCES, read_corpora
from lab.planner.fitting import FitOptions, fit_planner
from lab.planner.pieces import Piece, read_pieces, write_pieces
from symgen.planner.checkpoint import PlannerConfig, PlannerModel, read_planner, save_planner
from symgen.planner.planner import SHIPPED_PLANNER

__all__ = ["main", "pieces_from"]

# A style of fewer pieces is no style.
_FEWEST = 8


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, and print where the weights lie."""
    parser = command_parser(__name__, __doc__)
    parser.add_argument("corpora", metavar="CORPORA", type=Path, help="folder of the zips")
    parser.add_argument("stores", metavar="STORE", nargs="*", help="of written music")
    parser.add_argument("--minutes", type=float, default=8.0, metavar="N", help="CPU time (8)")
    parser.add_argument("--pieces", type=Path, metavar="FILE", help="where the chords are kept")
    text = "planner to begin with (none)"
    parser.add_argument("--from", dest="start", metavar="FOLDER", help=text)
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of weights and order")
    text = "folder of the planner (models/planner)"
    parser.add_argument("-o", "--output", type=Path, metavar="FOLDER", help=text)
    options = parser.parse_args(arguments)
    pieces = pieces_from(options.corpora, options.stores, options.pieces)
    config = PlannerConfig(styles=tuple(sorted({piece.style for piece in pieces} - {""})))
    how = FitOptions(minutes=options.minutes, seed=options.seed)
    start = read_planner(options.start) if options.start else None
    folder, card = options.output or ROOT / "models" / SHIPPED_PLANNER, _card(pieces)

    def keep(model: PlannerModel) -> None:
        path = save_planner(replace(model, info={**model.info, **card}), folder, half=True)
        _tell(f"{path}: {model.info['metrics']}")

    fit_planner(pieces, config, how, keep, start)
    return 0


def pieces_from(corpora: Path, stores: Sequence[str], kept: Path | None) -> list[Piece]:
    """Read the pieces from the file in which they are kept, or else from corpora and stores."""
    if kept is not None and kept.is_file():
        pieces = read_pieces(kept)
    else:
        pieces = read_corpora(corpora, stores, _tell)
        if kept is not None:
            write_pieces(kept, pieces)
    counts = Counter(piece.style for piece in pieces)
    return [replace(p, style=p.style if counts[p.style] >= _FEWEST else "") for p in pieces]


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _card(pieces: Sequence[Piece]) -> dict[str, object]:
    """Return what the card says of the corpus."""
    counts = Counter(piece.source for piece in pieces)
    beats = Counter(dict.fromkeys(counts, 0))
    for piece in pieces:
        beats[piece.source] += len(piece.sonorities)
    sources = [
        {"name": name, "pieces": counts[name], "beats": beats[name], "licence": LICENCES[name]}
        for name in sorted(counts)
    ]
    corpus = {"pieces": len(pieces), "beats": sum(beats.values()), "sources": sources}
    return {"name": SHIPPED_PLANNER, "licence": "CC BY 4.0", "corpus": corpus}
