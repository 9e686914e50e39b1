"""What the planner learns from, and what it is measured with."""

from __future__ import annotations

import math

import pytest

from lab.planner.baseline import Ngram
from lab.planner.billboard import read_song
from lab.planner.figures import figures_of
from lab.planner.pieces import Piece, read_pieces, split_of, write_pieces
from lab.planner.scores import key_of_chords, rests
from symgen.music.harmony import PlacedChord
from symgen.music.meter import Bar, Meter
from symgen.music.score import Note
from symgen.music.theory import Key
from symgen.planner.sonorities import NONE, sonority_of

SONG = """# title: A song
# metre: 4/4
# tonic: G

0.0\tsilence
0.1\tA, verse, | G:maj | C:maj/3 . D:7 . |, (voice
5.0\t| E:min7 D:sus4(b7) | N | x2
# tonic: A
9.0\t| (2/4) A:maj | E:min9 | ->
9.5\t| A:5 | A:maj |
20.0\tend
"""


def _sonority(root: int, quality: str = "", bass: int | None = None) -> int:
    return sonority_of(PlacedChord(0, root, quality, root if bass is None else bass), 0)


def test_a_song_is_read_beat_by_beat_in_the_tonic_of_the_day() -> None:
    song = read_song("x", SONG)
    assert song is not None
    assert song.runs == ((6, "4/4", 48), (1, "2/4", 24), (3, "4/4", 48))
    one, four, five = _sonority(0), _sonority(5, "", 9), _sonority(7, "7")
    six = _sonority(9, "m7")
    assert song.sonorities[:8] == (one,) * 4 + (four, four, five, five)
    assert song.sonorities[8:16] == (six,) * 2 + (_sonority(7, "sus4"),) * 2 + (NONE,) * 4
    assert song.sonorities[16:24] == song.sonorities[8:16]
    assert song.sonorities[24:] == (one,) * 2 + (_sonority(7, "m7"),) * 4 + (one,) * 8
    # A line that runs on ends no phrase.
    assert song.phrases == (8, 24, 38)
    assert song.key == "C major"
    assert song.work == "billboard a song"


def test_pieces_are_read_as_they_were_written(tmp_path) -> None:
    song = read_song("x", SONG)
    assert song is not None
    write_pieces(tmp_path / "pieces.jsonl", [song])
    assert read_pieces(tmp_path / "pieces.jsonl") == [song]


def test_works_are_dealt_by_their_names() -> None:
    splits = [split_of(f"work {i}") for i in range(2000)]
    assert splits[5] == split_of("work 5")
    assert 0.07 < splits.count("test") / 2000 < 0.13


def test_phrases_end_after_long_notes() -> None:
    quarters = [Note(i * 12, 60, 12) for i in range(6)]
    line = [*quarters, Note(72, 60, 24)]
    line += [Note(96 + note.onset, 62, note.duration) for note in line]
    bars = [Bar(i + 1, i * 48, i * 48 + 48, Meter(4, 4)) for i in range(4)]
    assert rests(line, bars, 12) == [96, 192]
    assert rests(quarters, bars, 12) is None


def test_the_key_of_chords_is_where_they_are_at_home() -> None:
    chords = [PlacedChord(0, 9, "m"), PlacedChord(48, 2, "m7"), PlacedChord(96, 7, "7")]
    assert key_of_chords([*chords, PlacedChord(144, 0)], 192) == Key(0, "major")
    assert key_of_chords([*chords, PlacedChord(144, 9, "m")], 192) == Key(9, "minor")


def test_figures_of_a_plan() -> None:
    one, five = _sonority(0), _sonority(7, "7")
    found = figures_of([one, one, _sonority(5), five, _sonority(0, "", 4), one, NONE])
    assert found["fourths"] == pytest.approx(2 / 3)
    assert (found["close"], found["tonic"]) == (1, 1)
    assert found["changes"] == pytest.approx(4 / 6)
    assert found["share"] == pytest.approx(4 / 6)
    assert found["sevenths"] == pytest.approx(1 / 6)
    assert found["inverted"] == pytest.approx(1 / 6)
    assert figures_of([NONE]) == {}


def test_the_baseline_is_a_distribution_that_learns() -> None:
    row = (_sonority(0), _sonority(7), _sonority(0), _sonority(5)) * 8
    piece = Piece("x", "x", "pop", "C major", ((8, "4/4", 48),), False, 12, row)
    ngram = Ngram([piece], [piece])
    assert ngram.weights.sum() == pytest.approx(1.0)
    assert ngram.bits(piece) / len(row) < 0.7 < math.log2(1441)
