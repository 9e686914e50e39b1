"""Each check passes what is right and names what is wrong, on pieces written by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from small import tune

from symgen.formats import save_score
from symgen.music.controls import Controls
from symgen.music.score import Part, Score, TempoChange
from symgen.music.theory import Key
from symgen.verification import check_piece, read_facts, score_facts

PIECE = replace(tune("C4 E4 G4 E4|F4 G4 A4:.5 B4:.5 D5|C4:4"), tempos=(TempoChange.of_bpm(0, 90),))


def found(score: Score, name: str, asked: Any, *, key: str | None = "C major", **more: Any) -> Any:
    checks = check_piece(
        score_facts(score), Controls(**{"bars": 3, name: asked, **more}), key=Key.parse(key or "C")
    )
    return {check.name: check for check in checks}[name]


@pytest.mark.parametrize(
    ("name", "asked", "met"),
    [
        ("bars", 3, True),
        ("bars", 4, False),
        ("meter", "4/4", True),
        ("meter", "3/4", False),
        ("meter", "1x4/4,2x4/4", True),
        ("meter", "2x4/4,1x3/4", False),
        ("key", "C major", True),
        ("key", "Gb major", False),
        ("range", "C4-D5", True),
        ("range", "C4-C5", False),
        ("range", "D4-D5", False),
        ("max_polyphony", 1, True),
        ("grid", "1/8", True),
        ("grid", "1/4", False),
        ("density", "1-5", True),
        ("density", "2-5", False),
        ("density", "1-4", False),
        ("chords", "C F C", True),
        ("chords", "D", False),
        ("tempo", 90, True),
        ("tempo", 91, False),
        ("instrument", "piano", True),
        ("instrument", "flute", False),
        ("instruments", "piano", True),
        ("instruments", "piano,piano", False),
        ("end", True, True),
    ],
)
def test_controls_of_a_melody(name: str, asked: Any, met: bool) -> None:
    assert found(PIECE, name, asked).met is met


def test_what_is_found_is_told() -> None:
    assert found(PIECE, "range", "C4-C5").found == "C4-D5"
    assert found(PIECE, "density", "2-5").found == "1-5"
    assert found(PIECE, "meter", "3/4").found == "4/4"
    assert found(PIECE, "tempo", 91).to_json() == {"asked": 91.0, "found": 90.0, "met": False}


def test_strict_controls() -> None:
    assert found(PIECE, "strict_key", True, key="C major").met
    wrong = found(PIECE, "strict_key", True, key="F major")
    assert not wrong.met
    assert wrong.found == {"outside": ["B4"]}
    assert found(PIECE, "strict_chords", True, chords="C F C").met
    assert not found(PIECE, "strict_chords", True, chords="C C").met


@pytest.mark.parametrize(
    ("bars", "met"),
    [
        ("C4:4|C4:4|C4:4", True),
        ("C4:4|C4:4|G4:2 C4:2", True),  # on the third beat
        ("C4:4|C4:4|G4:3 C4", False),  # on the fourth
        ("C4:4|C4:4|C4:3", False),  # not held
        ("C4:4|C4:4|G4:4", False),
        ("C4:4|G4:4|-", False),
    ],
)
def test_ends(bars: str, met: bool) -> None:
    assert found(tune(bars), "end", True).met is met


def test_polyphony_and_the_end_of_chords() -> None:
    lower = tune("C3:4|C3:4|C3:4").parts[0]
    both = PIECE.with_parts([*PIECE.parts, lower])
    assert not found(both, "max_polyphony", 1).met
    assert found(both, "max_polyphony", 2).found == 2
    assert found(both, "end", True).met
    above = PIECE.with_parts([*PIECE.parts, tune("C3:4|C3:4|G3:4").parts[0]])
    assert not found(above, "end", True).met  # the fifth below


def test_triplets_stand_three_in_two() -> None:
    score = tune("C4:2|C4:2", meter="2/4")
    notes = score.parts[0].notes
    triplets = [replace(notes[0], onset=onset, duration=4) for onset in (0, 4, 8, 12)]
    mixed = score.with_parts([Part((*triplets, replace(notes[0], onset=18, duration=6)))])
    assert found(mixed, "grid", "1/8t", bars=2).met
    assert not found(mixed, "grid", "1/8", bars=2).met
    assert not found(mixed, "grid", "1/4t", bars=2).met


def test_only_what_is_new_is_held_to_the_controls() -> None:
    facts = score_facts(PIECE)
    start = PIECE.bars[1].end
    controls = Controls(
        bars=1, range="C4-C4", density="1", grid="1/1", max_polyphony=1, meter="4/4"
    )
    assert all(check.met for check in check_piece(facts, controls, start=start))
    assert not all(check.met for check in check_piece(facts, controls, start=0))


def test_what_was_not_asked_for_is_not_checked() -> None:
    assert [check.name for check in check_piece(score_facts(PIECE), Controls(bars=3))] == ["bars"]


def test_files_are_read_back(tmp_path: Path) -> None:
    path = tmp_path / "piece.mid"
    save_score(PIECE, path)
    assert read_facts(path) == score_facts(PIECE)
