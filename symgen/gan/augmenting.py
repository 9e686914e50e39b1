"""Add tunes of a GAN to a corpus, as more to train a language model on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from symgen.corpus import Store
from symgen.corpus.adding import Addition, check_target, write_with
from symgen.gan.model import BarGan
from symgen.gan.steps import StepTune, from_steps
from symgen.gan.tunes import requests_like, some_tunes
from symgen.sampling.seeds import seeds
from symgen.system.errors import ControlError
from symgen.system.files import PathLike
from symgen.tokens import encode
from symgen.tokens.vocabulary import TIME, VELOCITY

__all__ = ["Augmented", "augment_store"]

_SOURCE = "symgen gan"
_LICENCE = "as the corpus that the GAN learned from"


@dataclass(frozen=True)
class Augmented:
    """What `augment_store` wrote: the folder, how many pieces it holds, and how many of them are the GAN's."""

    folder: Path
    pieces: int
    made: int


def augment_store(
    store: Store,
    output: PathLike,
    gan: BarGan,
    *,
    count: int = 500,
    bars: int = 16,
    seed: int = 0,
    overwrite: bool = False,
) -> Augmented:
    """Write a store with all pieces of another one."""
    # And with tunes of a GAN in its training part.
    seed = seeds(1, seed)[0]
    if not (1 <= count <= 100_000 and 1 <= bars <= 512):
        raise ControlError(f"n {count}, bars {bars}: use 1..100000 tunes of 1..512 bars")
    folder = Path(output)
    check_target(store, folder, overwrite=overwrite)
    made = gan.write(
        requests_like(_shuffled(some_tunes(store, "train", gan.grid), seed), count, bars), seed=seed
    )
    additions = _additions(store, made, f"{gan.name} seed {seed}")
    pieces = write_with(store, folder, additions, {_SOURCE: _LICENCE})
    return Augmented(folder, pieces, len(additions))


def _additions(store: Store, made: Sequence[StepTune], name: str) -> list[Addition]:
    """Turn tunes into pieces for the store."""
    velocity, program = _usual_sound(store)
    found = []
    for number, tune in enumerate(made, 1):
        score = from_steps(tune, velocity=velocity, program=program)
        if not score.note_count:
            continue
        events, _ = encode(score, store.vocabulary, key=tune.key, whole=True)
        own = f"{_SOURCE}/{number}"
        found.append(Addition(events, f"{name} tune {number}", _SOURCE, own, own))
    return found


def _shuffled(tunes: Sequence[StepTune], seed: int) -> list[StepTune]:
    return [tunes[i] for i in np.random.default_rng(seed).permutation(len(tunes))]


def _usual_sound(store: Store) -> tuple[int, int]:
    """Return the velocity and the program that most notes and pieces of the store have."""
    rows = np.asarray(store.array)
    loud = rows[rows[:, TIME] < store.vocabulary.skip, VELOCITY]
    programs = Counter(record.header.programs[0] for record in store.pieces("train"))
    return int(np.bincount(loud).argmax()), programs.most_common(1)[0][0]
