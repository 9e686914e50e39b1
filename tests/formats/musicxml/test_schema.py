"""What is written is valid by the W3C schema of MusicXML 4.0, which has no octaves below C0."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from corpora import corpus_files

from symgen.formats import load_score, score_bytes
from symgen.music.chord_symbols import ChordChange
from symgen.music.controls import Controls
from symgen.music.meter import Meter
from symgen.music.score import KeyChange, MeterChange, Note, Part, Score, TempoChange
from symgen.writing.generator import Generator

etree = pytest.importorskip("lxml.etree")

DATA = Path(__file__).parent / "data"
SCHEMA = DATA / "musicxml-4.0"


class _Local(etree.Resolver):  # type: ignore[misc]
    """Take the schemas that it refers to from the same folder."""

    def resolve(self, url: str, public: str, context: Any) -> Any:
        return self.resolve_filename(str(SCHEMA / Path(url).name), context)


@lru_cache
def schema() -> Any:
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(_Local())
    return etree.XMLSchema(etree.parse(str(SCHEMA / "musicxml.xsd"), parser))


def faults(data: bytes) -> list[str]:
    document = etree.fromstring(data, etree.XMLParser(no_network=True, load_dtd=False))
    rules = schema()
    rules.validate(document)
    return [f"{error.line}: {error.message}" for error in rules.error_log]


def written(score: Score) -> bytes:
    return score_bytes(score, "musicxml")


def line(*notes: tuple[int, int, int], **options: Any) -> Part:
    return Part(tuple(Note(on, pitch, length) for on, length, pitch in notes), **options)


SYMBOLS = ["C", "Am7", "F#m7b5/E", "Bb6/9", "C7sus4", "G13(b9)", "N.C.", "what?", "Ebadd9", "D/F#"]
MELODY = [(480 * i, 480, 60 + i) for i in range(12)]
SCORES = {
    "nothing": Score(),
    "an empty part": Score((Part(),)),
    "a melody": Score((line(*MELODY),), title="A & <B>", keys=(KeyChange(0, -3, True),)),
    "chords, overlapping": Score((line((0, 1920, 48), (0, 480, 72), (480, 960, 74), (0, 480, 64)),)),
    "triplets": Score((line(*((160 * i, 160, 60 + i) for i in range(12))),)),
    "quintuplets": Score((line(*((96 * i, 96, 60 + i) for i in range(20))),)),
    "no note value": Score((line((7, 11, 60), (100, 333, 127), (1000, 5000, 12)),)),
    "drums": Score((line((0, 480, 36), (0, 240, 42), (480, 480, 38), (960, 480, 81), is_drum=True),)),
    "drums that rest": Score((Part((), 0, True), line(*MELODY))),
    "a pickup": Score(
        (line(*MELODY),), meters=(MeterChange(0, Meter(1, 4)), MeterChange(480, Meter(3, 4)))
    ),
    "changes": Score(
        (line(*MELODY), line(*MELODY, program=127)),
        meters=(MeterChange(0, Meter(4, 4)), MeterChange(1920, Meter(7, 8))),
        tempos=(TempoChange(0, 6000), TempoChange(700, 15_000_000), TempoChange(960, 37_500)),
        keys=(KeyChange(0, 7), KeyChange(1920, -7, True)),
    ),
    "chord symbols": Score(
        (line((0, 3840, 60)),),
        chords=tuple(ChordChange(240 * i, name) for i, name in enumerate(SYMBOLS)),
    ),
    "twenty parts": Score(tuple(line((0, 480, 60), program=i) for i in range(20))),
}  # fmt: skip


@pytest.mark.parametrize("name", SCORES)
def test_scores_by_hand_are_valid(name: str) -> None:
    assert faults(written(SCORES[name])) == []


def test_a_fault_is_found() -> None:
    """The schema is read: a note without a length in the wrong place is no MusicXML."""
    broken = written(SCORES["a melody"]).replace(b"<voice>1</voice>", b"<voice>1</voice><pitch/>")
    assert faults(broken)


def test_a_new_piece_is_valid(tiny: Generator) -> None:
    (take,) = tiny.takes(Controls(bars=8, chords="G D7", range="C2-C6"), seed=1)
    assert faults(written(take.score)) == []


def test_a_document_that_goes_on_is_valid(tiny: Generator) -> None:
    score = load_score(DATA / "full.musicxml")
    before = faults(written(score))
    (take,) = tiny.continuations(
        score, controls=Controls(bars=4, chords="C G", range="C2-C6"), seed=1
    )
    assert faults(written(take.score)) == before


@pytest.mark.parametrize("name", ["openhymnal", "nottingham", "freedoom", "lieder_cc0", "pop909"])
def test_real_pieces_are_valid(name: str, tmp_path: Path) -> None:
    for path in corpus_files(name, tmp_path, 6):
        assert faults(written(load_score(path))) == []
