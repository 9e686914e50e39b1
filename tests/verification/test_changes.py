"""Tunes that were worked on: what is new is held to the controls, what had to stay is counted."""

from __future__ import annotations

from dataclasses import replace

import pytest
from small import tune

from symgen.music.controls import Controls
from symgen.music.score import Score
from symgen.verification import Check, check_changes, score_facts

BEFORE = tune("C4 E4 G4 E4|F4 A4 G4 D4|C4 E4 G4 E4|C4:4", resolution=480)


def changed(**pitches: int) -> Score:
    """Give some notes, by their number, another pitch."""
    notes = [
        replace(note, pitch=pitches.get(f"n{i}", note.pitch))
        for i, note in enumerate(BEFORE.parts[0].notes)
    ]
    return BEFORE.with_parts([BEFORE.parts[0].with_notes(notes)])


def checks(after: Score, share: float = 1.0, **asked: object) -> dict[str, Check]:
    before = score_facts(BEFORE)
    controls = Controls(**asked)  # type: ignore[arg-type]
    found = check_changes(
        before, score_facts(after), controls, stay=before.notes, share=share, key=None
    )
    return {check.name: check for check in found}


def test_nothing_changed() -> None:
    found = checks(BEFORE, range="C7-C8")
    assert (found["kept"].found, found["kept"].met, found["range"].met) == (1.0, True, True)


@pytest.mark.parametrize(
    ("share", "met"), [(1.0, False), (0.9, False), (11 / 13, True), (0.5, True)]
)
def test_what_stays_is_counted(share: float, met: bool) -> None:
    found = checks(changed(n1=65, n5=60), share)["kept"]
    assert (found.found, found.met) == (round(11 / 13, 4), met)


def test_only_new_notes_are_held_to_the_controls() -> None:
    assert checks(changed(n1=65), range="F4-F4")["range"].met
    assert not checks(changed(n1=66), range="F4-F4")["range"].met
    assert not checks(changed(n1=66), key="C major", strict_key=True)["strict_key"].met
    assert checks(changed(n1=65), key="C major", strict_key=True)["strict_key"].met


def test_polyphony_is_counted_where_new_notes_sound() -> None:
    two = BEFORE.with_parts([BEFORE.parts[0], changed(n1=67).parts[0]])
    before, controls = score_facts(BEFORE), Controls(max_polyphony=1)
    found = check_changes(
        before, score_facts(two), controls, stay=before.notes, share=1.0, key=None
    )
    assert [(check.name, check.found, check.met) for check in found] == [
        ("kept", 1.0, True),
        ("max_polyphony", 2, False),
    ]
