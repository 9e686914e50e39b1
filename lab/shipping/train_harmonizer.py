"""Train the harmonizer: lead sheets say which chords suit a melody.

    python -m lab train-harmonizer SONGS [--seconds 90] [-o FOLDER]

SONGS: a zip or folder of MusicXML lead sheets (OpenEWLD); those whose title falls to the held-out fifth
(`lab.benchmarks.harmonizing.is_held_out`) are left out. Seconds are CPU time of one thread.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from lab.benchmarks.harmonizing import LeadSheet, is_held_out, lead_sheets
from lab.commands import command_parser
from lab.modules import ROOT
from symgen.harmonizer.checkpoint import (
    QUALITIES,
    HarmonizerConfig,
    HarmonizerModel,
    save_harmonizer,
)
from symgen.harmonizer.melody import MelodyBeats, turned
from symgen.harmonizer.net import HarmonizerNet
from symgen.music.harmony import NO_CHORD_ROOT, PLAN_QUALITIES, PlacedChord
from symgen.music.keys import infer_key

__all__ = ["Example", "examples_of", "main", "trained"]

_NONE = 12
_SOURCE = "songs_pd (00sapo/OpenEWLD, MIT): songs first performed before 1931"
_STATES = 12 * QUALITIES
_BEATS, _BATCH = 192, 8
# What counts for a chord that was never met, and for the usual pairs beside those that were met.
_RARE, _USUAL = 0.2, 8.0
_RATE, _DECAY, _DROPOUT = 3e-3, 0.02, 0.4
# Share of the stretches that are heard as if their key were a fifth higher or lower: signatures
# say less than the whole truth, and melodies in the key of the dominant are few.
_TURNED = 0.3
# What a wrong quality weighs against a wrong root.
_QUALITY = 0.5


@dataclass(frozen=True)
class Example:
    """A melody as the network is given it, and what it is to say."""

    inputs: NDArray[np.float32]
    roots: NDArray[np.int64]
    qualities: NDArray[np.int64]


def examples_of(sheets: Sequence[LeadSheet]) -> list[Example]:
    """Return lead sheets as examples."""
    found = []
    for sheet in sheets:
        line = sheet.score.parts[0].notes
        beats = MelodyBeats.of(sheet.score, line, infer_key(sheet.score))
        found.append(_labelled(beats, sheet.chords))
    return found


def _labelled(beats: MelodyBeats, chords: Sequence[PlacedChord]) -> Example:
    """Name the chord of each beat."""
    ticks = [chord.at for chord in chords]
    rows = (np.searchsorted(ticks, beats.starts, side="right") - 1).tolist()
    mine = [chords[row] if row >= 0 else PlacedChord(0, NO_CHORD_ROOT) for row in rows]
    roots = [(c.root - beats.tonic) % 12 if c.is_chord else _NONE for c in mine]
    qualities = [PLAN_QUALITIES.index(c.quality) for c in mine]
    return Example(beats.inputs, np.array(roots), np.array(qualities))


def follows(examples: Sequence[Example]) -> NDArray[np.float32]:
    """Count how much likelier a chord is behind another one than by itself, as log chances, shape (states, states)."""
    counted = np.zeros((_STATES, _STATES))
    for each in examples:
        states = np.where(each.roots < _NONE, each.roots * QUALITIES + each.qualities, -1)
        before, after = states[:-1], states[1:]
        changes = (before != after) & (before >= 0) & (after >= 0)
        np.add.at(counted, (before[changes], after[changes]), 1.0)
    alone = counted.sum(axis=0) + _RARE
    alone /= alone.sum()
    # What a pair of chords leaves unsaid is told by the same pair from other roots.
    root, quality = np.divmod(np.arange(_STATES), QUALITIES)
    kind = (root[None] - root[:, None]) % 12, quality[:, None], quality[None]
    moved = np.zeros((12, QUALITIES, QUALITIES))
    np.add.at(moved, kind, counted)
    usual = moved[kind] + 3 * alone
    usual /= usual.sum(axis=1, keepdims=True)
    chances = counted + _USUAL * usual
    np.fill_diagonal(chances, 1e-9)
    chances /= chances.sum(axis=1, keepdims=True)
    found: NDArray[np.float32] = (np.log(chances) - np.log(alone)).astype(np.float32)
    np.fill_diagonal(found, 0.0)
    return found


def trained(
    examples: Sequence[Example], config: HarmonizerConfig, *, seconds: float, seed: int
) -> HarmonizerNet:
    """Train a network for so many CPU seconds."""
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    draw = np.random.default_rng(seed)
    net = HarmonizerNet(config, _DROPOUT)
    optimizer = torch.optim.AdamW(net.parameters(), _RATE, weight_decay=_DECAY)
    start = time.process_time()
    while (done := (time.process_time() - start) / seconds) < 1:
        for group in optimizer.param_groups:
            group["lr"] = _RATE * (1 - done) + 1e-5
        chosen = [examples[i] for i in draw.integers(len(examples), size=_BATCH)]
        loss = _loss(net, _windows(chosen, draw))
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
    net.follows = torch.from_numpy(follows(examples))
    return net.eval()


def _windows(examples: Sequence[Example], draw: np.random.Generator) -> tuple[Tensor, ...]:
    """Cut a stretch out of each example; -100 where it is shorter than the others."""
    size = min(_BEATS, max(len(each.roots) for each in examples))
    inputs = torch.zeros(len(examples), size, examples[0].inputs.shape[1])
    roots, qualities = torch.full((2, len(examples), size), -100)
    for row, each in enumerate(examples):
        first = int(draw.integers(max(1, len(each.roots) - size + 1)))
        mine = slice(first, first + size)
        count = len(each.roots[mine])
        by = int(draw.choice((5, 7))) if draw.random() < _TURNED else 0
        heard, named = each.inputs[mine], each.roots[mine]
        named = np.where(named < _NONE, (named - by) % 12, named)
        inputs[row, :count] = torch.from_numpy(turned(heard, by))
        roots[row, :count] = torch.from_numpy(named)
        qualities[row, :count] = torch.from_numpy(each.qualities[mine])
    return inputs, roots, qualities


def _loss(net: HarmonizerNet, batch: tuple[Tensor, ...]) -> Tensor:
    inputs, roots, qualities = batch
    root, quality = net(inputs)
    loss = nn.functional.cross_entropy(root.flatten(0, 1), roots.flatten(), ignore_index=-100)
    named = (roots >= 0) & (roots < _NONE)
    mine = quality[named][torch.arange(int(named.sum())), roots[named]]
    return loss + _QUALITY * nn.functional.cross_entropy(mine, qualities[named])


def main(arguments: Sequence[str] | None = None) -> int:
    """Read, train, and write the network."""
    parser = command_parser(__name__, __doc__)
    parser.add_argument("songs", type=Path)
    parser.add_argument("--seconds", type=float, default=90.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--members", type=int, default=2, help="networks that are averaged")
    parser.add_argument("-o", "--output", type=Path, default=ROOT / "models" / "harmonizer")
    options = parser.parse_args(arguments)
    sheets = [sheet for sheet in lead_sheets(options.songs) if not is_held_out(sheet.title)]
    examples = examples_of(sheets)
    config = HarmonizerConfig(members=options.members)
    weights = {}
    for member in range(options.members):
        net = trained(examples, config, seconds=options.seconds, seed=options.seed + member)
        for name, value in net.state_dict().items():
            weights[f"{member}.{name}"] = value.numpy()
    info = {
        "name": "harmonizer",
        "licence": "MIT",
        "corpus": {"pieces": len(examples), "source": _SOURCE},
        "training": {"seconds": options.seconds, "seed": options.seed},
    }
    path = save_harmonizer(HarmonizerModel(config, weights, info), options.output)
    print(f"{path}: {path.stat().st_size:,} bytes, {len(examples)} pieces")
    return 0
