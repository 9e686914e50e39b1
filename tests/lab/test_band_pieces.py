"""Pieces for a band, made of pieces for many parts."""

from __future__ import annotations

from lab.shipping.band_pieces import arrangements, split_of
from symgen.music.score import Note, Part, Score


def part(pitch: int, count: int, *, is_drum: bool = False) -> Part:
    return Part(tuple(Note(12 * i, pitch, 6) for i in range(count)), is_drum=is_drum)


def test_the_busiest_six_play_from_high_to_low_and_drums_are_one_part_behind_them() -> None:
    pitched = [part(40 + i, 10 + i) for i in range(8)]
    drums = [part(36, 4, is_drum=True), part(42, 4, is_drum=True)]
    score = Score((drums[0], part(90, 3), *pitched, drums[1]), 12)
    first, second = arrangements(score, "a")
    assert [each.notes[0].pitch for each in first.parts] == [47, 46, 45, 44, 43, 42, 36]
    assert [each.is_drum for each in first.parts] == [False] * 6 + [True]
    assert [note.pitch for note in first.parts[-1].notes] == [36, 42] * 4
    assert len(second.parts) == 6
    assert [each.parts for each in arrangements(score, "a")] == [first.parts, second.parts]


def test_a_piece_for_few_has_one_arrangement() -> None:
    score = Score((part(60, 9), part(36, 9, is_drum=True)), 12)
    assert [each.parts for each in arrangements(score, "a")] == [score.parts]


def test_kin_go_to_one_split_and_a_crowd_of_them_to_training() -> None:
    splits = {split_of(f"group {i}", 1) for i in range(60)}
    assert splits == {"train", "valid", "test"}
    assert {split_of(f"group {i}", 31) for i in range(60)} == {"train"}
