"""What MIDI and other documents cannot hold of notation: counted; the words that are sung go along."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from documents import document, lyric, note, read, with_notes

from symgen.formats import load_score, read_midi, write_midi
from symgen.formats.losses import abc_marks, kern_marks, lost_in_midi, lost_in_musicxml
from symgen.formats.musicxml.marks import describe_marks
from symgen.midi.events import LYRIC, MidiFile
from symgen.music.score import Score
from symgen.music.sources import TextDocument

DATA = Path(__file__).parent / "data"


def words(data: bytes) -> list[tuple[int, bytes]]:
    source = read_midi(data).source
    assert isinstance(source, MidiFile)
    return [(tick, text) for track in source.tracks for _, tick, text in track.metas(LYRIC)]


def test_lyrics_become_lyric_events() -> None:
    score = load_score(DATA / "full.musicxml")
    assert words(write_midi(score)) == [
        (1920 * bar + at, text) for bar in range(4) for at, text in ((0, b"la"), (480, b"lu"))
    ]
    assert read_midi(write_midi(score)) == score


def test_syllables_have_hyphens_and_go_with_their_notes(tmp_path: Path) -> None:
    first = lyric("Hal").replace("<text>", "<syllabic>begin</syllabic><text>")
    verses = lyric("lo") + lyric("lo").replace('"1"', '"2"')
    score = read(document([note("C4", 4, first) + note("D4", 4, verses)]), tmp_path)
    assert words(write_midi(score)) == [(0, b"Hal-"), (960, b"lo")]
    assert words(write_midi(with_notes(score, score.parts[0].notes[1:]))) == [(960, b"lo")]
    assert lost_in_midi(score, score) == ("MIDI has no place for 1 lyric",)


def test_what_midi_cannot_hold_is_counted() -> None:
    score = load_score(DATA / "full.musicxml")
    marks = "4 slurs, 4 articulations, 4 ornaments, 4 fermatas, 1 dynamic mark, 1 grace note"
    assert lost_in_midi(score, score) == (f"MIDI has no place for {marks}",)


def test_what_hung_on_notes_that_are_gone_is_counted() -> None:
    score = load_score(DATA / "full.musicxml")
    assert lost_in_musicxml(score, score) == ()
    without = with_notes(score, score.parts[0].notes[1:])
    assert lost_in_musicxml(score, without) == (
        "gone with their notes: 1 lyric, 1 slur, 1 articulation",
    )
    fresh = replace(score, source=None)
    assert lost_in_musicxml(score, fresh)[0].startswith("left out: 8 lyrics, 4 slurs")


def test_the_text_of_a_tune_is_counted() -> None:
    text = 'X:1\nT:"No" chord (here)\nK:C\n"Am"(AB) ~c!trill!d {gef}e |: "^up"(3ABc :|\nw: la lu-la *\n'
    assert abc_marks(text) == {
        "chord symbol": 1, "slur": 1, "ornament": 2, "grace note": 3, "annotation": 1, "repeat sign": 2, "lyric": 3,
    }  # fmt: skip
    kern = "**kern\t**text\n*M4/4\t*\n(4c;\tla\n4d')\t.\n8qe\t.\n2eT\tlu\n=\t=\n*-\t*-\n"
    assert kern_marks(kern) == {
        "slur": 1,
        "fermata": 1,
        "articulation": 1,
        "grace note": 1,
        "ornament": 1,
        "lyric": 2,
    }


@pytest.mark.parametrize(
    ("counts", "text"),
    [
        ((), ""),
        ((("slur", 1),), "1 slur"),
        ((("slur", 2), ("direction in words", 3)), "3 directions in words, 2 slurs"),
    ],
)
def test_counts_are_said(counts: Iterable[tuple[str, int]], text: str) -> None:
    assert describe_marks(dict(counts)) == text


def test_a_text_that_was_read_is_counted_too() -> None:
    score = Score(source=TextDocument((("chord symbol", 8),)))
    assert lost_in_midi(score, score) == ("left out: 8 chord symbols",)
    assert lost_in_musicxml(score, score) == ("left out: 8 chord symbols",)
