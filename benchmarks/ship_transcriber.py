"""Put the best transcriber of a run into models/transcriber: weights as 16-bit floats, a card with its licence.

    python benchmarks/ship_transcriber.py RUN [--licence TEXT]

Its figures on real recordings and on clips are those of ``benchmarks/transcription``.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from symgen.nets.network import find_network
from symgen.transcriber.checkpoint import (
    TRANSCRIBER,
    TranscriberModel,
    read_transcriber,
    save_transcriber,
)
from symgen.transcriber.transcribe import SHIPPED_EAR

MODELS = Path(__file__).resolve().parents[1] / "models"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run", type=Path)
    parser.add_argument("--licence", default="CC BY 4.0")
    options = parser.parse_args()
    model = read_transcriber(find_network(TRANSCRIBER, options.run))
    info = {**model.info, "name": SHIPPED_EAR, "licence": options.licence}
    path = save_transcriber(
        TranscriberModel(model.config, model.weights, info), MODELS / SHIPPED_EAR, half=True
    )
    print(f"{path}: {path.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
