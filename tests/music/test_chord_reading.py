"""Chords read from notes: by hand, and what must hold of every piece."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symgen.music import chords
from symgen.music.chord_beats import Beats
from symgen.music.chords import chords_of, read_chords
from symgen.music.harmony import NO_CHORD_ROOT, PLAN_QUALITIES
from symgen.music.lines import is_single_line
from symgen.music.meter import Meter
from symgen.music.score import KeyChange, MeterChange, Note, Part, Score
from symgen.music.theory import QUALITIES, Chord, Key

Q = 480


def blocks(*chords: tuple[int, ...], length: int = 2 * Q, **more: object) -> Score:
    """Chords one after the other."""
    notes = [Note(i * length, pitch, length) for i, chord in enumerate(chords) for pitch in chord]
    return Score((Part(tuple(notes)),), Q, **more)  # type: ignore[arg-type]


def names(score: Score) -> list[tuple[float, str]]:
    return [(tick / score.resolution, str(chord)) for tick, chord in chords_of(score)]


def test_a_cadence_is_read() -> None:
    score = blocks((48, 64, 67, 72), (53, 60, 69, 72), (55, 62, 65, 71), (48, 60, 64, 72))
    assert names(score) == [(0.0, "C"), (2.0, "F"), (4.0, "G7"), (6.0, "C")]


def test_an_inversion_is_named_with_its_bass() -> None:
    (found,) = chords_of(blocks((52, 60, 67, 72)))
    assert str(found[1]) == "C/E"
    assert (found[1].root, found[1].bass) == (0, 4)
    assert Chord.parse("C/E") == found[1]


def test_a_chord_that_is_high_up_has_no_bass() -> None:
    assert names(blocks((76, 79, 84))) == [(0.0, "C")]


@pytest.mark.parametrize("quality", [*PLAN_QUALITIES, "5"])
def test_every_quality_is_told_from_the_others(quality: str) -> None:
    tones = [50 + step for step in QUALITIES[quality]]
    ((_, found),) = chords_of(blocks(tuple(tones), length=4 * Q))
    assert (found.root, found.quality) == (2, quality)


def test_broken_chords_are_chords() -> None:
    figure = (60, 67, 64, 67)
    upper = [Note(i * Q // 2, figure[i % 4], Q // 2) for i in range(8)]
    upper += [Note((8 + i) * Q // 2, (65, 72, 69, 72)[i % 4], Q // 2) for i in range(8)]
    lower = [Note(0, 48, 4 * Q), Note(4 * Q, 41, 4 * Q)]
    assert names(Score((Part(tuple(upper)), Part(tuple(lower))), Q)) == [(0.0, "C"), (4.0, "F")]


@pytest.mark.parametrize(("sharps", "name"), [(-4, "Db"), (4, "C#m")])
def test_roots_are_spelled_in_the_key(sharps: int, name: str) -> None:
    third = 4 if sharps < 0 else 3
    score = blocks((49, 61, 61 + third, 68), length=4 * Q, keys=(KeyChange(0, sharps),))
    assert names(score) == [(0.0, name)]


def test_a_unison_is_a_root() -> None:
    score = blocks((48, 64, 67, 72), (55, 62, 65, 71), (36, 48, 60))
    assert names(score) == [(0.0, "C"), (2.0, "G7"), (4.0, "C")]


def test_drums_have_no_chords() -> None:
    kit = Part(tuple(Note(i * Q, 36, Q) for i in range(8)), is_drum=True)
    assert chords_of(Score((kit,), Q)) == ()


def test_without_notes_there_are_no_chords() -> None:
    assert chords_of(Score()) == chords_of(Score(length=7 * Q)) == ()


def test_a_rest_before_the_first_note_has_no_chord() -> None:
    notes = tuple(Note(4 * Q, pitch, 4 * Q) for pitch in (48, 64, 67))
    assert names(Score((Part(notes),), Q)) == [(4.0, "C")]


def test_a_melody_gets_chords_that_suit_it() -> None:
    pitches = (60, 64, 67, 64, 65, 69, 72, 69, 67, 71, 74, 71, 72, 67, 64, 60)
    line = Part(tuple(Note(i * Q, pitch, Q) for i, pitch in enumerate(pitches)))
    score = Score((line,), Q)
    assert is_single_line(score)
    found = chords_of(score)
    assert [tick for tick, _ in found] == [0, 4 * Q, 8 * Q, 12 * Q]
    assert (str(found[0][1]), str(found[-1][1])) == ("C", "C")
    for bar, (_, chord) in enumerate(found[:-1]):
        assert {pitch % 12 for pitch in pitches[4 * bar : 4 * bar + 4]} <= chord.pitch_classes


@pytest.mark.parametrize(("overlap", "single"), [(0, True), (Q // 8, True), (Q // 2, False)])
def test_a_line_may_be_legato(overlap: int, single: bool) -> None:
    line = Part(tuple(Note(i * Q, 60 + i % 5, Q + overlap) for i in range(20)))
    assert is_single_line(Score((line,), Q)) is single


NOTES = st.builds(
    Note,
    onset=st.integers(0, 9000),
    pitch=st.integers(0, 127),
    duration=st.integers(1, 4000),
)
METERS = st.builds(
    Meter, st.sampled_from([1, 2, 3, 5, 6, 7, 12, 255]), st.sampled_from([1, 4, 8, 128])
)


@given(st.lists(NOTES, max_size=30), METERS, st.sampled_from([1, 5, 24, 480]))
def test_chords_come_in_order_and_differ(notes: list[Note], meter: Meter, resolution: int) -> None:
    score = Score((Part(tuple(notes)),), resolution, meters=(MeterChange(0, meter),))
    found = chords_of(score)
    ticks = [tick for tick, _ in found]
    assert ticks == sorted(set(ticks))
    assert notes or not found
    assert all(
        a[1].pitch_classes != b[1].pitch_classes or a[1].root != b[1].root
        for a, b in pairwise(found)
    )
    assert all(0 <= tick < score.length for tick in ticks)
    assert all(Chord.parse(str(chord)) == chord for _, chord in found)


def rows(*notes: tuple[int, int, int]) -> np.ndarray:
    """Notes as onset, duration and pitch."""
    return np.array(notes, dtype=np.int64).reshape(-1, 3)


def beats(count: int, length: int = 12) -> Beats:
    starts = np.arange(count) * length
    levels = np.array([0, 2, 1, 2] * count, dtype=np.int64)[:count]
    return Beats(starts, starts + length, levels)


def test_notes_on_a_grid_are_read_beat_by_beat() -> None:
    chords = ((48, 64, 67, 72), (52, 60, 67, 72), (53, 60, 69, 72), (55, 62, 65, 71))
    notes = [(12 * (i + 1), 12, pitch) for i, chord in enumerate(chords) for pitch in chord]
    found = read_chords(rows(*notes), beats(6), Key(0, "major"))
    assert found.root.tolist() == [NO_CHORD_ROOT, 0, 0, 5, 7, NO_CHORD_ROOT]
    assert found.quality.tolist() == [0, 0, 0, 0, PLAN_QUALITIES.index("7"), 0]
    assert found.bass.tolist() == [NO_CHORD_ROOT, 0, 4, 5, 7, NO_CHORD_ROOT]


def test_what_is_played_over_a_bass_is_no_bass() -> None:
    waltz = [(0, 12, 36), *((at, 12, pitch) for at in (12, 24) for pitch in (52, 55, 60))]
    found = read_chords(rows(*waltz), beats(3), Key(0, "major"))
    assert found.bass.tolist() == [0, 0, 0]


@pytest.mark.parametrize("count", [0, 3])
def test_without_notes_no_beat_has_a_chord(count: int) -> None:
    found = read_chords(rows(), beats(count), Key(0, "major"))
    assert [column.tolist() for column in found] == [[-1] * count, [0] * count, [-1] * count]


def test_long_pieces_are_read_block_by_block(monkeypatch: pytest.MonkeyPatch) -> None:
    draw = np.random.default_rng(5)
    onset = np.sort(draw.integers(0, 12 * 300, 900))
    notes = np.stack([onset, draw.integers(3, 30, 900), draw.integers(36, 84, 900)], axis=1)
    whole = read_chords(notes, beats(300), Key(0, "major"))
    monkeypatch.setattr(chords, "_BLOCK", 64)
    for one, other in zip(whole, read_chords(notes, beats(300), Key(0, "major")), strict=True):
        assert one.tolist() == other.tolist()


def test_notes_beyond_the_beats_are_left_out() -> None:
    chord = [(0, 12, pitch) for pitch in (48, 64, 67)]
    beyond = [(500, 12, pitch) for pitch in (49, 53, 56)]
    found = [
        read_chords(rows(*given), beats(2), Key(0, "major")) for given in (chord, chord + beyond)
    ]
    assert found[0].root.tolist() == found[1].root.tolist() == [0, NO_CHORD_ROOT]


@pytest.mark.parametrize("up", [1, 5, 8])
@pytest.mark.parametrize("mode", ["major", "minor"])
def test_what_is_transposed_has_its_chords_transposed(up: int, mode: str) -> None:
    draw = np.random.default_rng(up)
    onset = np.sort(draw.integers(0, 12 * 40, 200))
    notes = np.stack([onset, draw.integers(3, 30, 200), draw.integers(62, 84, 200)], axis=1)
    moved = notes + np.array([0, 0, up])
    found = read_chords(notes, beats(40), Key(2, mode))
    there = read_chords(moved, beats(40), Key(2 + up, mode))
    assert np.where(found.root < 0, -1, (found.root + up) % 12).tolist() == there.root.tolist()
    assert found.quality.tolist() == there.quality.tolist()
