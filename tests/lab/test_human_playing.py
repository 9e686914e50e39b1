"""The table of how people play is measured on the beats of each corpus."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

from lab.shipping.human_playing import KINDS, main, measured, pieces, table_of
from symgen.formats.midi import write_midi
from symgen.music.score import Note, Part, Score
from symgen.performer.people import QUANTILES

DRUMS = Score(
    (
        Part(
            tuple(Note(480 * i + i % 2 * 9, 38, 60, 60 + i % 2 * 40) for i in range(64)),
            is_drum=True,
        ),
    )
)
PIANO = Score((Part(tuple(Note(480 * i + 100, 60 + i % 3, 360, 50 + i % 5) for i in range(64))),))


@pytest.fixture
def corpora(tmp_path: Path) -> Path:
    with zipfile.ZipFile(tmp_path / "groove.zip", "w") as pack:
        pack.writestr("drummer1/a.mid", write_midi(DRUMS))
        pack.writestr("drummer1/short.mid", write_midi(DRUMS.slice_bars(1, 2)))
    beats = "".join(f"{(480 * i + 100) / 960} {i % 2 == 0:d} {i % 4 == 0:d}\n" for i in range(65))
    with zipfile.ZipFile(tmp_path / "pop909.zip", "w") as pack:
        pack.writestr("001.mid", write_midi(PIANO))
        pack.writestr("versions/001-v1.mid", write_midi(PIANO))
        pack.writestr("ann/001/beat_midi.txt", beats)
    return tmp_path


def test_pieces_are_on_their_beats_and_long_enough(corpora: Path) -> None:
    assert len(list(pieces(corpora / "groove.zip", 10))) == 1
    ((laid, score),) = pieces(corpora / "pop909.zip", 10)
    assert score.note_array()[0, 0] == 100
    assert np.all(laid.note_array()[:, 0] % laid.resolution == 0)


def test_the_table_holds_what_was_played(corpora: Path, tmp_path: Path) -> None:
    aspects = KINDS["piano"][3]
    found = table_of(measured(pieces(corpora / "pop909.zip", 10), aspects), "piano")
    assert found["pieces"] == 1
    values = found["values"]
    assert isinstance(values, dict)
    assert len(values["velocity"]) == len(QUANTILES)
    assert set(values["velocity"]) <= {50, 51, 52, 53, 54}
    assert set(values["held"]) == {0.75}
    target = tmp_path / "people.json"
    assert main([str(corpora), "--output", str(target)]) == 0
    assert '"late"' in target.read_text(encoding="utf-8")
