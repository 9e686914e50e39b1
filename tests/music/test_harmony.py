"""Chord symbols."""

from __future__ import annotations

import pytest

from symgen.music.theory import QUALITIES, Chord
from symgen.system.errors import ControlError


@pytest.mark.parametrize(
    ("text", "classes"),
    [
        ("C", {0, 4, 7}),
        ("am", {9, 0, 4}),
        ("Bbmaj7", {10, 2, 5, 9}),
        ("F#m7b5", {6, 9, 0, 4}),
        ("G7/B", {7, 11, 2, 5}),
        ("Ddim", {2, 5, 8}),
        ("E+", {4, 8, 0}),
        ("Asus", {9, 2, 4}),
        ("C-7", {0, 3, 7, 10}),
    ],
)
def test_chords(text: str, classes: set[int]) -> None:
    assert Chord.parse(text).pitch_classes == classes
    assert str(Chord.parse(text)) == text


def test_every_quality_can_be_named() -> None:
    for quality in QUALITIES:
        assert Chord.parse(f"Eb{quality}").quality == quality


@pytest.mark.parametrize("text", ["", " | ", "H", "Cfoo", "C/H", "7"])
def test_what_is_no_chord_is_refused(text: str) -> None:
    with pytest.raises(ControlError, match="chord"):
        Chord.parse(text)
