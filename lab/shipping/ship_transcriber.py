"""Put the best transcriber of a run into models/transcriber: weights as 16-bit floats, a card with its licence.

    python -m lab ship-transcriber RUN [--licence TEXT]

Its figures on real recordings and on clips are those of ``lab/benchmarks/transcription``.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lab.commands import command_parser
from lab.modules import ROOT
from symgen.nets.network import find_network
from symgen.transcriber.checkpoint import (
    TRANSCRIBER,
    TranscriberModel,
    read_transcriber,
    save_transcriber,
)
from symgen.transcriber.transcribe import SHIPPED_TRANSCRIBER

MODELS = ROOT / "models"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser(__name__, __doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--licence", default="CC BY 4.0")
    options = parser.parse_args(arguments)
    model = read_transcriber(find_network(TRANSCRIBER, options.run))
    info = {**model.info, "name": SHIPPED_TRANSCRIBER, "licence": options.licence}
    path = save_transcriber(
        TranscriberModel(model.config, model.weights, info), MODELS / SHIPPED_TRANSCRIBER, half=True
    )
    print(f"{path}: {path.stat().st_size:,} bytes")
    return 0
