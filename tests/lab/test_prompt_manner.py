"""How far new bars lie from a prompt in loudness and timing, worked out by hand."""

from __future__ import annotations

import pytest

from lab.benchmarks.played_prompts import Cells, as_late, read_cells
from lab.benchmarks.prompt_manner import distance, spread, style_distance, wasserstein
from symgen.music.score import Note, Part, Score, TempoChange

QUARTER = 480
LINE = ("melody", 0, -1)


def cells(**rows: list[float]) -> Cells:
    """Return the values of one part at places such as ``at4``."""
    found = Cells()
    for place, row in rows.items():
        found.values[LINE, int(place[2:])] += row
    return found


def test_a_note_is_read_at_its_nearest_sixteenth() -> None:
    """At 125 bpm a tick is a millisecond."""
    notes = (Note(1930, 60, 100, 70), Note(2035, 62, 100, 90))
    score = Score((Part(notes), Part((Note(3837, 36, 9, 50),), is_drum=True)), QUARTER,
                  (TempoChange.of_bpm(0, 125),), length=2 * 1920)  # fmt: skip
    found = read_cells(score, ["melody", "drums"], 1920)
    assert dict(found["velocity"].values) == {
        (LINE, 0): [70],
        (LINE, 1): [90],
        (("drums", 1, 36), 0): [50],
    }
    assert [row[0] for row in found["onset"].values.values()] == pytest.approx([10, -5, -3])


def test_distance_is_that_of_means_and_of_distributions() -> None:
    """Places: 3 notes 10 apart, 1 note 2 apart; all values: 80 three times and 62 beside 70 and 60."""
    prompt, new = cells(at0=[70], at4=[60]), cells(at0=[80, 80, 80], at4=[62], at8=[])
    means = (3 * 10 + 2) / 4
    assert distance(new, prompt) == pytest.approx(means + wasserstein([80, 80, 80, 62], [70, 60]))
    assert distance(prompt, prompt) == 0
    assert wasserstein([1, 2, 3], [3, 4, 5]) == pytest.approx(2)


def test_the_mean_of_others_is_taken_by_place_and_else_by_part() -> None:
    prompt, new = cells(at0=[70], at4=[60]), cells(at0=[70], at4=[60])
    others = [cells(at0=[90, 92]), cells(at0=[94])]
    means = (abs(92 - 70) + abs(92 - 60)) / 2
    assert style_distance(new, prompt, others) == pytest.approx(
        means + wasserstein([90, 92, 94], [70, 60])
    )


def test_spread_is_beside_that_of_the_prompt() -> None:
    assert spread(cells(at0=[60, 64]), cells(at0=[60], at4=[68])) == pytest.approx(0.5)


def test_a_band_is_as_late_as_the_drums_of_a_recording() -> None:
    """Two drums: the one with more strokes for the first part; where it is silent, as at the nearest sixteenth."""
    tempo = (TempoChange.of_bpm(0, 125),)
    take = Score(
        (Part((Note(10, 42, 9), Note(490, 42, 9), Note(955, 36, 9)), is_drum=True),), QUARTER, tempo
    )
    band = Score((Part((Note(0, 60, 9), Note(360, 60, 9), Note(480, 60, 9))), Part((Note(960, 40, 9),))),
                 QUARTER, tempo)  # fmt: skip
    late = as_late(band, take)
    assert [[note.onset for note in part.notes] for part in late.parts] == [[10, 370, 490], [955]]
