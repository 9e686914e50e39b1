"""What fine-tuning may forget: a network is brought back towards its start, as far as what that writes asks for."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from symgen.corpus import Store
from symgen.music.controls import Controls
from symgen.nets.checkpoint import Model, load_model_files, save_model_files
from symgen.nets.inference import InferenceNet
from symgen.nets.session import Session
from symgen.sampling.assembly import make_filters
from symgen.sampling.events import Rules
from symgen.sampling.planning import plan_piece
from symgen.sampling.sampler import bar_drawer
from symgen.sampling.together import Drawer, draw_together
from symgen.tokens import Events
from symgen.tokens.vocabulary import TIME
from symgen.training.comparing import CPU, held_out_figures, task_of
from symgen.training.options import TrainOptions
from symgen.training.run import BEST
from symgen.training.starting import START
from symgen.training.tasks import Split, evaluate_split

__all__ = ["BLEND", "blend"]

BLEND = "share_of_learned"
"""Where the card has how much of what was learned is in the weights, 0..1."""

_SHARES = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1)
_PIECES, _BARS = 32, 16


def blend(run: Path, store: Store, options: TrainOptions) -> None:
    """Take as much of what was learned as leaves the start's own pieces likely, `TrainOptions.forget` less at most."""
    # The weights are means of those before and after: on that line both kinds of music are likelier than at chance
    # places between two networks (WiSE-FT, Wortsman et al. 2022). The old corpus is not at hand, but the start writes
    # music like it: what the new network finds unlikely of that, it has forgotten.
    start, best = load_model_files(run / START), load_model_files(run / BEST)
    if BLEND in best.info or not best.info["metrics"]["step"]:
        return
    own = _own_pieces(start, options.seed)
    most = (1 + options.forget) * _bits(start, own)
    for share in _SHARES:
        mixed = _mixed(start, best, share)
        if _bits(mixed, own) <= most:
            break
    metrics = best.info["metrics"]
    if share < 1 and not options.folds:  # of folds the pieces to validate with are learned from too
        figures = held_out_figures(mixed, store, "valid", options)
        metrics = {**metrics, **{f"valid_{name}": value for name, value in figures.items()}}
    info = {**best.info, BLEND: share, "metrics": metrics}
    save_model_files(replace(mixed, info=info), run / BEST)


def _mixed(start: Model, best: Model, share: float) -> Model:
    """Return a network between two: `share` of the way from the first to the second."""
    if share == 1:
        return best
    before = start.weights
    weights = {
        name: (before[name] + np.float32(share) * (value - before[name])).astype(np.float32)
        for name, value in best.weights.items()
    }
    return replace(best, weights=weights)


def _own_pieces(model: Model, seed: int) -> list[Events]:
    """Draw pieces as a model writes them, of meters, styles and keys as frequent as on its card."""
    rng, net = random.Random(f"own {seed}"), InferenceNet(model)  # noqa: S311 - music, not secrets
    usual = model.info.get("usual") or [["4/4", "", "", 1]]
    rows = rng.choices(usual, [row[-1] for row in usual], k=_PIECES)
    return [
        session.events for session in draw_together([_drawer(net, model, row, rng) for row in rows])
    ]


def _drawer(
    net: InferenceNet, model: Model, row: Sequence[str], rng: random.Random
) -> Drawer[Session]:
    meter, style, key, _ = row
    controls = Controls(bars=_BARS, meter=meter, style=style or None, key=key or None)
    header = plan_piece(controls, model.info, model.vocabulary, seed=rng.randrange(1 << 32))
    filters = make_filters(
        controls,
        header,
        model.vocabulary,
        model.info,
        first=0,
        tracks_parts=net.config.voices > 0,
    )
    return bar_drawer(Session(net, header), seed=rng.randrange(1 << 32), rules=Rules(filters))


def _bits(model: Model, pieces: Sequence[Events]) -> float:
    """Return how unlikely a model finds pieces, in bits an event."""
    task = task_of(model)
    lengths = np.array([len(piece.fields) for piece in pieces])
    notes = sum(int(np.sum(piece.fields[:, TIME] < model.vocabulary.skip)) for piece in pieces)
    ranges = np.zeros((len(pieces), 2), dtype=np.int64)  # nothing is transposed
    split = Split([task.prepare(piece) for piece in pieces], lengths, ranges, notes, 1.0)
    return evaluate_split(task, split, 32, 256, CPU)["bits_per_note"]
