"""Put the best checkpoint of a run into models/: weights as 16-bit floats, and a card with licence and figures.

    python -m lab ship-model RUN NAME STORE [--instrument 73] [--licence TEXT]
                             [--top-p N] [--returns N] [--plan-returns N] [--variation N] [--steps N]

An index of the training tunes, for `symgen copies`, is put beside them. The card's figures are measured anew, on the
test split and with the weights as they are shipped. How surely it writes best, and what lets bars and chords return as
often as in real pieces, is found with ``python -m lab harmony`` on validation pieces.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from lab.benchmarks.ablation import measure
from lab.commands import command_parser
from lab.modules import ROOT
from symgen.copies.reference import index_store
from symgen.corpus import Store
from symgen.music.instruments import parse_instrument
from symgen.nets.checkpoint import Model, load_model_files, save_model_files
from symgen.nets.models import find_model
from symgen.training.traits import corpus_traits

MODELS = ROOT / "models"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser(__name__, __doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("name")
    parser.add_argument("store", type=Path)
    parser.add_argument("--instrument", default="flute")
    parser.add_argument("--licence", default="CC BY 4.0")
    drawing = {"top_p": "--top-p", "returns": "--returns", "plan_returns": "--plan-returns"}
    drawing |= {"variation": "--variation", "steps": "--steps"}
    for name, flag in drawing.items():
        parser.add_argument(flag, dest=name, type=float)
    options = parser.parse_args(arguments)
    store, model = Store.open(options.store), load_model_files(find_model(options.run))
    if model.info["corpus"]["sha256"] != store.digest:
        print("the run was trained on another store", file=sys.stderr)
        return 4
    # What a run of before did not count yet.
    info = {**corpus_traits(store), **model.info}
    asked = {name: getattr(options, name) for name in drawing}
    info |= {name: value for name, value in asked.items() if value is not None}
    info |= {
        "name": options.name,
        "licence": options.licence,
        "program": parse_instrument(options.instrument),
    }
    info["corpus"] = {**info["corpus"], "sources": list(store.index["report"]["sources"])}
    target = MODELS / options.name
    save_model_files(Model(model.config, model.vocabulary, model.weights, info), target, half=True)
    figures, weights = measure(target, store)
    info["metrics"] = {
        **info["metrics"],
        **{f"test_{name}": round(value, 4) for name, value in figures.items()},
    }
    save_model_files(Model(model.config, model.vocabulary, model.weights, info), target, half=True)
    index_store(store).save(target)
    print(
        f"{target}: {weights:,} weights, {figures['bits_per_16th']:.3f} bits a 16th on the test split"
    )
    return 0
