"""Put the best generator of a run into models/gan: weights as 16-bit floats, a card with its licence.

    python benchmarks/ship_gan.py RUN [--licence TEXT] [--copies MODEL]

Its figures are those of ``symgen gan evaluate``.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from symgen.gan import SHIPPED_GAN
from symgen.gan.checkpoint import GAN, GanModel, read_gan, save_gan
from symgen.nets.network import find_network

MODELS = Path(__file__).resolve().parents[1] / "models"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run", type=Path)
    parser.add_argument("--licence", default="CC BY 4.0")
    parser.add_argument(
        "--copies", default="folk", help="the model whose index of training tunes covers these"
    )
    options = parser.parse_args()
    model = read_gan(find_network(GAN, options.run))
    info = {**model.info, "name": SHIPPED_GAN, "licence": options.licence, "copies": options.copies}
    path = save_gan(GanModel(model.config, model.weights, info), MODELS / SHIPPED_GAN, half=True)
    print(f"{path}: {path.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
