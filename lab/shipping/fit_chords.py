"""Fit the reader of chords, and write its weights to `symgen/music/data/chords.npz`.

    python -m lab fit-chords CORPORA [--updates N]

CORPORA: a folder with `songs_pd.zip`. Lead sheets whose titles are not held out are accompanied in many ways, and read
from the melody alone. Bach's chorales in music21's corpus but the last 60 by name are read as written, and with their
inner voices broken; their chords are those of music21. Rows of chords that nobody wrote have every kind equally often.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch

from lab.chords.cases import is_held_out
from lab.chords.lead_sheets import lead_sheets
from lab.chords.learning import Example, batches, examples
from lab.chords.net import ChordNet
from lab.chords.voices import chorale_paths, voice_cases
from lab.commands import command_parser
from lab.modules import ROOT
from symgen.system.files import write_atomic

FILE = ROOT / "symgen" / "music" / "data" / "chords.npz"
"""What is written."""

_TOLD = 50


def fitted(pieces: Sequence[Example], updates: int, seed: int = 0) -> ChordNet:
    """Fit a network with Adam, the step going down to nothing."""
    torch.manual_seed(seed)
    draw = np.random.default_rng(seed)
    net = ChordNet(first=32, second=32, width=5, dropout=0.1)
    optimizer = torch.optim.AdamW(net.parameters(), lr=4e-3, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 6e-3, total_steps=updates)
    mean, began = 0.0, time.process_time()
    for update, batch in zip(range(1, updates + 1), batches(pieces, 24, 64, draw), strict=False):
        optimizer.zero_grad()
        loss = net.loss(batch)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        optimizer.step()
        schedule.step()
        mean += float(loss.detach())
        if update % _TOLD == 0:
            print(
                f"{update:5} {mean / _TOLD:.4f} nats a beat, {time.process_time() - began:.0f} s",
                flush=True,
            )
            mean = 0.0
    return net.eval()


def write_weights(net: ChordNet, path: Path) -> None:
    """Write what `symgen.music.chord_decoder` reads, in half precision."""
    tables = {name: table.numpy().astype(np.float16) for name, table in net.state_dict().items()}
    with TemporaryDirectory() as folder:
        made = Path(folder) / "chords.npz"
        np.savez_compressed(made, **tables)
        write_atomic(path, made.read_bytes())


def main(arguments: Sequence[str]) -> int:
    """Read the music, fit, write."""
    parser = command_parser(__name__, __doc__)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--updates", type=int, default=800)
    options = parser.parse_args(arguments)
    warnings.simplefilter("ignore")
    sheets = [
        case for case in lead_sheets(options.corpora / "songs_pd.zip") if not is_held_out(case.name)
    ]
    voices = list(voice_cases(chorale_paths(held_out=False)))
    pieces = list(examples(sheets, voices, np.random.default_rng(0)))
    write_weights(fitted(pieces, options.updates), FILE)
    return 0
