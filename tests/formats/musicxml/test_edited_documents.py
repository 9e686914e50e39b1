"""Documents that were transposed, or given another tempo or instrument, stay valid by the schema of MusicXML."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_schema import faults

from symgen.formats import load_score, score_bytes
from symgen.music.score import Score

CASES = Path(__file__).parents[1] / "data" / "cases"
NAMES = ("harmony_degree", "tie_chord", "transpose_bb", "metro_eighth", "alter_natural")


@pytest.mark.parametrize("name", NAMES)
def test_an_edited_document_is_valid(name: str) -> None:
    score = load_score(CASES / f"{name}.musicxml")
    before = faults(score_bytes(score, "musicxml"))
    edits: tuple[Score, ...] = (
        score.transposed(1),
        score.transposed(-6),
        score.transposed(2, part=1),
        score.with_tempo(77),
        score.with_tempo("83%"),
        score.with_instrument("oboe"),
        score.quantized("1/8"),
    )
    for edited in edits:
        assert len(faults(score_bytes(edited, "musicxml"))) <= len(before)
