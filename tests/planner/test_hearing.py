"""The key in which a plan is heard, and plans of which a draft is kept that stays in the key."""

from __future__ import annotations

import numpy as np
import pytest

from symgen.music.harmony import PlacedChord
from symgen.music.meter import Meter
from symgen.music.theory import Key
from symgen.planner.beats import lay_beats
from symgen.planner.hearing import is_heard_in
from symgen.planner.planner import Drawing, PlanRequest, load_planner
from symgen.planner.sonorities import NONE, sonority_of
from symgen.system.errors import ControlError
from symgen.tokens.events import BarRun
from symgen.tokens.plans import bars_of

EIGHT = (BarRun(8, Meter(4, 4), 48),)
BEATS = lay_beats(bars_of(EIGHT, False), 12)
HOME, AWAY = (0, 5, 7, 0), (2, 7, 9, 2)
ROOTS = np.repeat(np.array([*HOME, *AWAY]), 4)


def heard(key: Key, tonic: int, first: int, qualities: str = "") -> bool:
    """Whether four bars around C, and four around D, read with another tonic, are heard in a key."""
    rows = [
        sonority_of(PlacedChord(0, int(root + tonic) % 12, qualities), key.tonic) for root in ROOTS
    ]
    return is_heard_in(key, np.array(rows), BEATS, first)


@pytest.mark.parametrize("tonic", [0, 5, 11])
def test_what_is_new_alone_is_heard(tonic: int) -> None:
    home, away = Key(tonic, "major"), Key((tonic + 2) % 12, "major")
    assert not heard(home, tonic, 16)
    assert heard(away, tonic, 16)
    # Two bars alone tell no key: what is before them is heard with them.
    assert heard(away, tonic, 24) == heard(away, tonic, 16)


def test_modes_are_told_apart_by_their_thirds() -> None:
    assert heard(Key(2, "minor"), 0, 16, "m")
    assert not heard(Key(2, "major"), 0, 16, "m")


def test_without_a_chord_any_key_will_do() -> None:
    assert is_heard_in(Key(3, "minor"), np.full(32, NONE), BEATS, 16)


def test_a_draft_stays_that_is_in_the_key() -> None:
    planner, key = load_planner(), Key(0, "major")
    bars = (BarRun(16, Meter(4, 4), 48),)
    beats = lay_beats(bars_of(bars, False), 12)
    given = tuple(PlacedChord(48 * bar, root) for bar, root in enumerate(HOME * 2))
    request = PlanRequest(bars, key=key, style="chorale", given=given, held=((0, 384),))

    def at_home(drafts: int) -> list[bool]:
        found = []
        for seed in range(40):
            chords = planner.draw(request, seed=seed, how=Drawing(drafts=drafts))
            there = [[each for each in chords if each.at <= at][-1] for at in beats.starts]
            rows = np.array([sonority_of(each, key.tonic) for each in there])
            found.append(is_heard_in(key, rows, beats, 32))
        return found

    alone, several = at_home(1), at_home(6)
    assert sum(several) > sum(alone)
    # What stays in the key at once is drawn as it was.
    kept = [
        planner.draw(request, seed=seed) == planner.draw(request, seed=seed, how=Drawing(drafts=6))
        for seed, is_home in enumerate(alone)
        if is_home
    ]
    assert all(kept)
    with pytest.raises(ControlError, match="one draft at least"):
        Drawing(drafts=0)
