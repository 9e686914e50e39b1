"""Put a model that knows no plans of chords into a folder from which training goes on with them.

    python -m lab add-plans MODEL -o FOLDER

It draws as before until it has learned what a plan is for: ``symgen train STORE --from FOLDER``.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lab.commands import command_parser
from symgen.nets.checkpoint import load_model_files, save_model_files
from symgen.nets.models import find_model
from symgen.training.starting import with_plans


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser(__name__, __doc__)
    parser.add_argument("model")
    parser.add_argument("-o", "--output", type=Path, required=True)
    options = parser.parse_args(arguments)
    model = with_plans(load_model_files(find_model(options.model)))
    save_model_files(model, options.output)
    print(f"{options.output}: {sum(each.size for each in model.weights.values()):,} weights")
    return 0
