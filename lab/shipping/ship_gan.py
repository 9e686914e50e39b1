"""Put the best generator of a run into models/gan: weights as 16-bit floats, a card with its licence.

    python -m lab ship-gan RUN [--licence TEXT] [--copies MODEL]

Its figures are those of ``symgen gan evaluate``.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lab.commands import command_parser
from lab.modules import ROOT
from symgen.gan import SHIPPED_GAN
from symgen.gan.checkpoint import GAN, GanModel, read_gan, save_gan
from symgen.nets.network import find_network

MODELS = ROOT / "models"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser(__name__, __doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--licence", default="CC BY 4.0")
    parser.add_argument(
        "--copies", default="folk", help="the model whose index of training tunes covers these"
    )
    options = parser.parse_args(arguments)
    model = read_gan(find_network(GAN, options.run))
    info = {**model.info, "name": SHIPPED_GAN, "licence": options.licence, "copies": options.copies}
    path = save_gan(GanModel(model.config, model.weights, info), MODELS / SHIPPED_GAN, half=True)
    print(f"{path}: {path.stat().st_size:,} bytes")
    return 0
