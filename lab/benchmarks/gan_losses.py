"""How the bar GAN trains: losses and everything that is to keep it from collapsing, each changed alone, for equal time.

    OMP_NUM_THREADS=1 python -m lab gan-losses STORE WORK [--minutes 4] [--only NAME ...]

Measured on the validation part after that time (not at the best moment), without the rule against leaps and without
forms. What is there in WORK is used again.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from lab.benchmarks.common import print_table
from lab.commands import command_parser
from symgen.corpus import Store
from symgen.gan import load_gan, read_tunes, requests_like, train_gan, writing
from symgen.gan.metrics import compare_bars
from symgen.gan.options import GanOptions
from symgen.gan.steps import StepTune
from symgen.training import Callbacks

BASE = GanOptions(mean_decay=0.998, validations=1)
VARIANTS = {
    "as shipped: bce-r1": BASE,
    "bce, no penalty": replace(BASE, loss="bce"),
    "bce, Adam as the tutorial's": replace(
        BASE, loss="bce", rate=2e-4, critic_rate=2e-4, betas=(0.5, 0.999)
    ),
    "hinge-r1": replace(BASE, loss="hinge-r1"),
    "wgan-gp": replace(BASE, loss="wgan-gp", penalty=10.0, penalty_every=2),
    "wgan-gp, 3 updates of the discriminator": replace(
        BASE, loss="wgan-gp", penalty=10.0, penalty_every=1, critic_steps=3
    ),
    "relativistic": replace(BASE, loss="relativistic"),
    "2 updates of the discriminator": replace(BASE, critic_steps=2),
    "no mode seeking": replace(BASE, mode_seeking=0.0),
    "mode seeking .2": replace(BASE, mode_seeking=0.2),
    "Gumbel noise, annealed": replace(BASE, noise=1.0),
    "no mean of the weights": replace(BASE, mean_decay=0.0),
    "half the bars after own bars": replace(BASE, own_share=0.5),
    "no view of intervals": replace(BASE, net=replace(BASE.net, interval_view=False)),
    "no view of the batch": replace(BASE, net=replace(BASE.net, batch_view=False)),
}
COLUMNS = (
    "kl_pitch_class",
    "kl_duration",
    "kl_place",
    "kl_interval",
    "leaps",
    "in_scale",
    "unique_bars",
)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser(__name__, __doc__)
    parser.add_argument("store", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--minutes", type=float, default=4.0, help="of CPU time")
    parser.add_argument("--only", nargs="*", choices=list(VARIANTS), default=list(VARIANTS))
    options = parser.parse_args(arguments)
    store = Store.open(options.store)
    rows = []
    for name in options.only:
        found = measure(name, store, options.work, options.minutes)
        rows.append((name, found["steps"], *(found[column] for column in COLUMNS), found["pairs"]))
        print(name, found, file=sys.stderr, flush=True)
    print_table(("changed", "updates", *COLUMNS, "pairs of latents that differ"), rows)
    return 0


def measure(name: str, store: Store, work: Path, minutes: float) -> dict[str, float]:
    """Train a variant, or read what was measured before."""
    path = work / f"{name.replace(' ', '-').replace(':', '')}.json"
    if path.exists():
        return dict(json.loads(path.read_text(encoding="utf-8")))
    run = work / path.stem
    report = train_gan(
        store,
        run,
        options=replace(VARIANTS[name], minutes=minutes),
        overwrite=True,
        callbacks=Callbacks(clock=time.process_time),
    )
    found = {"steps": float(report.rows[-1]["step"]), **figures(run, store)}
    path.write_text(json.dumps(found), encoding="utf-8")
    return found


def figures(run: Path, store: Store) -> dict[str, float]:
    """Compare what the generator writes with the validation part, without the rule against leaps."""
    gan, real = load_gan(run).as_it_comes(), read_tunes(store, "valid")
    rule, writing.WIDEST = writing.WIDEST, 127
    made = gan.write(requests_like(real, 300, 16), seed=1)
    bars = [
        gan.write(
            [
                replace_before(w, tune)
                for w, tune in zip(requests_like(real, len(real), 1), real, strict=True)
            ],
            seed=seed,
        )
        for seed in (2, 3)
    ]
    writing.WIDEST = rule
    table = compare_bars(made, real)
    found = {name: row.get("kl", row.get("generated", 0.0)) for name, row in table.items()}
    pairs = [not np.array_equal(one.bars, other.bars) for one, other in zip(*bars, strict=True)]
    return found | {"pairs": float(np.mean(pairs))}


def replace_before(request: writing.Request, tune: StepTune) -> writing.Request:
    return replace(request, before=tune.bars[: len(tune) // 2])
