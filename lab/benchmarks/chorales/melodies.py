"""Nottingham melodies with symgen's own event network, on the split of the Jukedeck dataset."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from lab.benchmarks.chorales.data import SPLITS, read_names
from symgen.corpus import CorpusOptions, Store, build_corpus
from symgen.corpus.store import INDEX_FILE
from symgen.nets.batches import Masking
from symgen.nets.checkpoint import SIZES, NetConfig, load_model_files
from symgen.system.errors import FormatError
from symgen.system.files import seal_json, unseal_json, write_atomic
from symgen.training import Callbacks, TrainOptions, TrainProgress, train_store
from symgen.training.tasks import EventTask, load_split, total_loss

__all__ = ["MINUTES", "NET", "Melodies", "build_store", "measure", "train"]

_ARCHIVE = "nottingham.zip"
MINUTES = 7.0
NET: NetConfig = replace(SIZES["base"], dropout=0.3)
_ALL_HIDDEN = Masking(style=True, key=True, bars_left=True, period=True, ensemble=True)


@dataclass(frozen=True)
class Melodies:
    """Exact likelihood of the melodies of a split."""

    pieces: int
    # 16ths from bar line to bar line.
    sixteenths: float
    # Bits per 16th, with style, key and bars left told to the network, and with all three hidden.
    told: float
    untold: float


def build_store(data: Path, folder: Path) -> Store:
    """Pack the melody part of all files of the split; nothing is left out as a duplicate."""
    target = folder / "nottingham-store"
    if not (target / INDEX_FILE).is_file():
        archive = data / _ARCHIVE
        if not archive.is_file():
            raise FormatError(
                f"{archive}: not here; put a zip of the MIDI files of the Nottingham dataset there"
            )
        folder.mkdir(parents=True, exist_ok=True)
        options = CorpusOptions(parts="melody", near=1.0, kin=1.0, leak=1.0, velocity=80)
        build_corpus([archive], target, options=options)
        _assign(
            target / INDEX_FILE,
            {name: split for split, names in read_names(data).items() for name in names},
        )
    return Store.open(target)


def _assign(index: Path, split_of: Mapping[str, str]) -> None:
    """Put each piece into the published split; those in none are left out."""
    content = unseal_json(index.read_bytes())
    pieces = []
    for piece in content["pieces"]:
        split = split_of.get(Path(piece["locator"].partition("#")[0]).name)
        if split:
            pieces.append({**piece, "split": split})
    content["pieces"] = pieces
    write_atomic(index, seal_json(content))


def train(
    store: Store, folder: Path, minutes: float, seed: int = 0, net: NetConfig = NET
) -> tuple[Path, float]:
    """Train for so many CPU minutes, or take the run that lies in `folder`; its best checkpoint and CPU seconds."""
    card = folder / "seconds.txt"
    if not card.is_file():
        options = TrainOptions(
            net=net, minutes=minutes, epochs=10_000, patience=10_000, device="cpu", seed=seed
        )

        def tell(progress: TrainProgress) -> None:
            if progress.metrics:
                bits = progress.metrics["valid_bits_per_16th"]
                print(
                    f"  pass {progress.epoch}: valid {bits:.4f} bits a 16th",
                    file=sys.stderr,
                    flush=True,
                )

        callbacks = Callbacks(tell, clock=time.process_time)
        report = train_store(store, folder, options=options, overwrite=True, callbacks=callbacks)
        write_atomic(card, f"{report.seconds:.1f}")
    return folder / "best", float(card.read_text(encoding="utf-8"))


def measure(checkpoint: Path, store: Store) -> tuple[dict[str, Melodies], int]:
    """Figures of a checkpoint by split, and its number of weights."""
    model = load_model_files(checkpoint)
    task = EventTask(model.config, model.vocabulary)
    task.net.load_state_dict(
        {name: torch.from_numpy(value) for name, value in model.weights.items()}
    )
    task.net.eval()
    found = {}
    for name in SPLITS[1:]:
        records = store.pieces(name)
        split = load_split(store, records, task)
        bits = []
        for mask in (Masking(), _ALL_HIDDEN):
            nats = 0.0
            with torch.no_grad():
                for piece in split.pieces:
                    state = None
                    for chunk in task.chunks([piece], [mask], 256):
                        losses, state = task.losses(chunk, state)
                        nats += float(total_loss(losses))
            bits.append(nats / torch.log(torch.tensor(2.0)).item() / split.sixteenths)
        found[name] = Melodies(len(records), split.sixteenths, *bits)
    return found, sum(value.size for value in model.weights.values())
