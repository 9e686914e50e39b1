"""Kinds of cadences."""

from __future__ import annotations

import pytest

from symgen.music.cadences import cadence_kind
from symgen.music.theory import Chord, Key

KEY = Key.parse("G major")


@pytest.mark.parametrize(
    ("pitch", "kind"),
    [(67, "full"), (55, "full"), (62, "half"), (69, "half"), (66, "half"), (71, "open")],
)
def test_without_chords_the_degree_decides(pitch: int, kind: str) -> None:
    assert cadence_kind(pitch, 480, KEY) == kind


@pytest.mark.parametrize(
    ("chords", "kind"),
    [("D7 G", "full"), ("C G", "plagal"), ("G D", "half"), ("D Em", "deceptive"), ("C Am", "open")],
)
def test_with_chords_the_last_two_decide(chords: str, kind: str) -> None:
    placed = [(480 * n, Chord.parse(name)) for n, name in enumerate(chords.split())]
    assert cadence_kind(67, 960, KEY, placed) == kind
    assert cadence_kind(67, 0, KEY, placed) == "open"
