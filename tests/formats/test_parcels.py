"""Tunes as plain data: the same score and source, whatever it was read from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from symgen.formats import load_tune, write_midi
from symgen.formats.musicxml import write_musicxml
from symgen.formats.parcels import pack_score, pack_tune, unpack_score, unpack_tune
from symgen.music.score import Note, Part, Score

HERE = Path(__file__).parent / "data"
FILES = sorted(
    path for path in HERE.rglob("*") if path.suffix in (".mid", ".musicxml", ".abc", ".krn")
)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_tune_and_its_source_come_back(path: Path) -> None:
    tune = load_tune(path, allow_empty=True)
    again = unpack_tune(json.loads(json.dumps(pack_tune(tune))))
    assert again == tune
    assert again.score.source == tune.score.source
    assert write_midi(again.score) == write_midi(tune.score)


def test_there_are_sources_of_all_kinds() -> None:
    kinds = {type(load_tune(path, allow_empty=True).score.source).__name__ for path in FILES}
    assert kinds >= {"MidiFile", "XmlDocument", "TextDocument"}


def test_a_changed_document_comes_back() -> None:
    score = Score((Part((Note(0, 60, 480),)), Part((Note(0, 48, 480),), name="低音")), 480)
    read = load_tune(write_midi(score)).score
    again = unpack_score(json.loads(json.dumps(pack_score(read.transposed(2)))))
    assert write_midi(again) == write_midi(read.transposed(2))
    assert write_musicxml(again) == write_musicxml(read.transposed(2))


def test_a_score_without_a_source() -> None:
    score = Score((Part((Note(0, 60, 480),)),), 480, title="Air")
    assert unpack_score(pack_score(score)) == score
    assert unpack_score(pack_score(score)).source is None
