"""Training of the planner: stretches of pieces in random order, the loss counted in bits a beat."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
import torch

from lab.planner.batches import Hiding, batch, laid
from lab.planner.pieces import SHORTEST, Piece
from symgen.nets.by_the_clock import Clock, fit_by_the_clock, weights_of
from symgen.planner.checkpoint import PlannerConfig, PlannerModel
from symgen.planner.net import PlannerNet
from symgen.planner.tables import first_row

__all__ = ["FitOptions", "cut", "fit_planner", "measure"]


# Share of the time between validations.
_BETWEEN = 0.1
# Beats of each style in a validation, about, and of its longest piece.
_VALIDATED, _LONGEST = 2000, 400


@dataclass(frozen=True)
class FitOptions:
    """How a planner is trained."""

    minutes: float = 8.0
    batch: int = 32
    # Beats of the longest stretch.
    beats: int = 160
    rate: float = 4e-3
    dropout: float = 0.25
    weight_decay: float = 0.02
    # Share of stretches that begin somewhere in a piece.
    crops: float = 0.6
    # Each style counts as the number of its beats to this power.
    balance: float = 0.6
    seed: int = 0


def fit_planner(
    pieces: Sequence[Piece],
    config: PlannerConfig,
    options: FitOptions,
    keep: Callable[[PlannerModel], None],
    start: PlannerModel | None = None,
) -> None:
    """Train on the training pieces by the clock of the CPU, from a planner on; `keep` gets what is the best so far."""
    torch.manual_seed(options.seed)
    rng = np.random.default_rng(options.seed)
    train = [piece for piece in pieces if piece.split == "train"]
    valid = _some([piece for piece in pieces if piece.split == "valid"], rng)
    net = PlannerNet(config, options.dropout)
    if start is not None:
        net.load_state_dict(_moved(start, net))
    clock = Clock(options.minutes, options.rate, options.weight_decay, 50, 0.0, _BETWEEN)
    found = (0.0, 0.0)

    def bits(mean: PlannerNet) -> float:
        nonlocal found
        found = measure(mean, valid, config)[""][:2]
        return found[0]

    def kept(mean: PlannerNet, at: dict[str, float]) -> None:
        of_chords, of_phrases = (round(value, 3) for value in found)
        metrics = {"valid_bits_a_beat": of_chords, "of_phrases": of_phrases}
        training = {**asdict(options), **at}
        keep(PlannerModel(config, weights_of(mean), {"training": training, "metrics": metrics}))

    def loss(drawn: PlannerNet, stretches: list[Piece]) -> torch.Tensor:
        read = batch([laid(piece, config.styles, rng, Hiding()) for piece in stretches])
        chords, phrases = drawn(read)
        lost: torch.Tensor = -(chords.sum() + phrases.sum()) / read.weight.sum()
        return lost

    fit_by_the_clock(net, _batches(train, options, rng), loss, clock, measure=bits, keep=kept)


def _moved(start: PlannerModel, net: PlannerNet) -> dict[str, torch.Tensor]:
    """Return the weights of a planner with the rows of the styles of a network, new ones as they are there."""
    weights = {name: torch.from_numpy(value.copy()) for name, value in start.weights.items()}
    known = weights["inputs.weight"]
    table = net.inputs.weight.detach().clone()
    table[: first_row("style") + 1] = known[: first_row("style") + 1]
    for number, style in enumerate(net.config.styles):
        if style in start.config.styles:
            row = first_row("style") + 1 + start.config.styles.index(style)
            table[first_row("style") + 1 + number] = known[row]
    return {**weights, "inputs.weight": table}


def _some(pieces: Sequence[Piece], rng: np.random.Generator) -> list[Piece]:
    """Return some pieces of each style, so that a validation takes seconds."""
    found: Counter[str] = Counter()
    kept = []
    for i in rng.permutation(len(pieces)).tolist():
        piece = pieces[i]
        if len(piece.sonorities) <= _LONGEST and found[piece.style] < _VALIDATED:
            found[piece.style] += len(piece.sonorities)
            kept.append(piece)
    return kept


def measure(
    net: PlannerNet, pieces: Sequence[Piece], config: PlannerConfig, *, hidden: bool = False
) -> dict[str, tuple[float, float, int]]:
    """Return by style, and under "" for all, bits a beat of chords, of phrases, and the number of beats."""
    net.eval()
    sums: dict[str, list[float]] = {}
    hiding = Hiding(0.0, 0.0, 1.0 if hidden else 0.0, 0.0, 0.0)
    rng = np.random.default_rng(0)
    ordered = sorted(pieces, key=lambda piece: len(piece.sonorities))
    with torch.no_grad():
        for i in range(0, len(ordered), 16):
            some = ordered[i : i + 16]
            read = batch([laid(piece, config.styles, rng, hiding) for piece in some])
            chords, phrases = net(read)
            rows = zip(some, chords.sum(1).tolist(), phrases.sum(1).tolist(), strict=True)
            for piece, of_chords, of_phrases in rows:
                for style in ("", piece.style):
                    found = sums.setdefault(style, [0.0, 0.0, 0.0])
                    found[0] -= of_chords / math.log(2)
                    found[1] -= of_phrases / math.log(2)
                    found[2] += len(piece.sonorities)
    net.train()
    return {name: (a / n, b / n, int(n)) for name, (a, b, n) in sums.items()}


def _batches(
    pieces: Sequence[Piece], options: FitOptions, rng: np.random.Generator
) -> Iterator[list[Piece]]:
    """Yield batches of stretches of like length, without an end."""
    lengths = np.array([len(piece.sonorities) for piece in pieces], dtype=float)
    styles = np.array([piece.style for piece in pieces])
    chances = np.minimum(lengths, 2 * options.beats)
    for style in set(styles.tolist()):
        own = styles == style
        chances[own] *= chances[own].sum() ** (options.balance - 1)
    chances /= chances.sum()
    while True:
        drawn = rng.choice(len(pieces), size=8 * options.batch, p=chances)
        stretches = [_stretch(pieces[i], options, rng) for i in drawn.tolist()]
        stretches.sort(key=lambda piece: len(piece.sonorities))
        groups = [stretches[i : i + options.batch] for i in range(0, len(stretches), options.batch)]
        for number in rng.permutation(len(groups)).tolist():
            yield groups[number]


def _stretch(piece: Piece, options: FitOptions, rng: np.random.Generator) -> Piece:
    """Cut a piece to whole bars, as if it began there; it keeps its end where it can."""
    counts = np.array([count for count, _, _ in piece.runs])
    bars = int(counts.sum())
    per_bar = max(1.0, len(piece.sonorities) / bars)
    most = max(4, int(options.beats / per_bar))
    if rng.random() >= options.crops and bars <= most:
        return piece
    # Half of the stretches end where the piece does.
    count = min(most, bars, int(rng.integers(4, max(5, min(most, bars) + 1))))
    first = bars - count if rng.random() < 0.5 else int(rng.integers(0, bars - count + 1))
    return cut(piece, first, first + count)


def cut(piece: Piece, first: int, stop: int) -> Piece:
    """Return the bars from one up to another as a piece."""
    whole = piece.beats()
    runs: list[tuple[int, str, int]] = []
    lines: list[int] = []
    bar, step = 0, 0
    for count, meter, steps in piece.runs:
        kept = max(0, min(stop, bar + count) - max(first, bar))
        if kept:
            runs.append((kept, meter, steps))
        lines += [step + i * steps for i in range(count)]
        bar, step = bar + count, step + count * steps
    lines.append(step)
    begin, end = whole.beat_at(lines[first]), whole.beat_at(lines[stop])
    if end - begin < SHORTEST:
        return piece
    phrases = None
    if piece.phrases is not None:
        inside = [place - begin for place in piece.phrases if begin < place <= end]
        phrases = tuple(sorted({*inside, end - begin}))
    return replace(
        piece, runs=tuple(runs), pickup=piece.pickup and first == 0, phrases=phrases,
        sonorities=piece.sonorities[begin:end], opens=piece.opens and first == 0,
        ends=piece.ends and stop == bar,
    )  # fmt: skip
