"""How pieces are played, on notes that one can count, and two sets side by side."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from symgen.beats.pulse import find_pulse
from symgen.evaluation.evaluate import evaluate
from symgen.evaluation.playing import played_piece, playing_distances
from symgen.midi.edits import Edits
from symgen.midi.events import CONTROLLER, MidiFile
from symgen.music.score import Note, Part, Score, TempoChange
from symgen.performer.figures import figures_of, read_playing
from symgen.performer.keeping import keep_score, midi_score
from symgen.performer.people import distance, people

# Half a second a quarter, 960 ticks a second.
TYPED = Score((Part(tuple(Note(480 * i, 60 + i % 5, 480) for i in range(32))),), length=15360)


def moved(score: Score, late: list[int], velocity: list[int], held: float = 1.0) -> Score:
    """Play the notes so many ticks late, so loud and for such a share of their length."""
    notes = [
        Note(note.onset + ticks, note.pitch, round(held * note.duration), loud)
        for note, ticks, loud in zip(score.parts[0].notes, late * 32, velocity * 32, strict=False)
    ]
    return score.with_parts([score.parts[0].with_notes(notes)])


def test_typed_music_has_no_figures_of_playing() -> None:
    found = figures_of(read_playing(TYPED))
    assert found is not None
    assert (found.levels, found.velocity.deviation, found.late.deviation) == (1, 0, 0)
    assert (found.held.mean if found.held else 0, found.presses, found.tempo_deviation) == (1, 0, 0)
    assert played_piece(TYPED).is_typed
    assert "playing" not in evaluate([TYPED], [TYPED], resamples=2, classifiers=False).tables


def test_velocities_lateness_and_lengths_are_measured() -> None:
    played = moved(TYPED, [0, 12, 24, 12], [100, 60, 80, 60], 0.75)
    found = figures_of(read_playing(played, written=TYPED))
    assert found is not None
    assert found.velocity.mean == 75
    assert (found.velocity.low, found.velocity.high, found.levels) == (60, 100, 3)
    assert found.by_place == {"bar line": 100, "beat": pytest.approx(200 / 3)}
    assert found.late.mean == pytest.approx(12.5)
    assert found.late.deviation == pytest.approx(1000 * np.std([0, 12, 24, 12]) / 960)
    assert found.held is not None
    assert found.held.mean == pytest.approx(0.75)
    assert found.level_steps == 0


def test_one_lateness_says_something_of_the_next() -> None:
    slow = figures_of(read_playing(moved(TYPED, [0] * 8 + [20] * 8, [80]), written=TYPED))
    quick = figures_of(read_playing(moved(TYPED, [0, 20], [80]), written=TYPED))
    assert slow is not None
    assert quick is not None
    assert slow.late_memory > 0.8
    assert quick.late_memory < -0.8


def test_a_tempo_that_moves_and_an_end_that_slows_down() -> None:
    tempos = (TempoChange(0, 500_000), TempoChange(480 * 30, 1_000_000))
    found = figures_of(read_playing(replace(TYPED, tempos=tempos)))
    assert found is not None
    assert found.slowing == pytest.approx(50)
    assert found.tempo_deviation == pytest.approx(50 * np.sqrt(2 / 32 * 30 / 32), rel=1e-6)


def test_the_pedal_is_read_from_the_file() -> None:
    score = midi_score(TYPED)
    source = score.source
    assert isinstance(source, MidiFile)
    edits = Edits(source)
    track, channel = source.places[0]
    moves = [
        (bar * 1920 + at, CONTROLLER | channel, 64, value)
        for bar in range(8)
        for at, value in ((0, 127), (960, 0))
    ]
    edits.add(track, behind=moves)
    found = figures_of(read_playing(replace(score, source=edits.made())))
    assert found is not None
    assert (found.presses, found.pedal_down) == (1, 0.5)


def test_a_performance_is_set_beside_the_score_in_its_file() -> None:
    # Off the beat by more than any reader of notes would take for playing.
    base = midi_score(TYPED)
    late = moved(base, [230], [80, 90])
    last = late.parts[0].notes[-1]
    notes = (*late.parts[0].notes[:-1], replace(last, duration=10))
    performed = keep_score(late.with_parts([late.parts[0].with_notes(notes)]), base)
    assert played_piece(performed).figures["late_deviation"] == pytest.approx(0, abs=1e-9)
    assert np.allclose(played_piece(performed).values["late_pitched"], 1000 * 230 / 960)


def test_figures_of_unclicked_music_follow_its_pulse() -> None:
    rng = np.random.default_rng(0)
    # 97 quarters a minute in a file at 120.
    at = np.rint(np.arange(64) * 960 * 60 / 97 + rng.normal(0, 8, 64) + 300).astype(int)
    score = Score(
        (
            Part(
                tuple(
                    Note(int(a), 60 + i % 4 * 2, 500, 90 if i % 4 else 110)
                    for i, a in enumerate(at)
                )
            ),
        )
    )
    pulse = find_pulse(score)
    assert pulse is not None
    found = figures_of(read_playing(score, pulse))
    assert found is not None
    assert 2 < found.late.deviation < 16


def test_two_sets_side_by_side() -> None:
    loud, soft = (moved(TYPED, [0, 5], [level]) for level in (100, 60))
    distances = playing_distances([played_piece(soft)] * 2, [played_piece(loud)])
    row = distances["velocity_pitched"]
    assert (row["distance"], row["distance_floor"]) == (40, 0)
    assert row["people"] == pytest.approx(
        distance(np.array([100.0]), people()["piano"].values["velocity"])
    )
    assert "late_drums" not in distances


def test_the_report_has_both_tables() -> None:
    report = evaluate([moved(TYPED, [0, 9], [70, 90])], [TYPED], resamples=2, classifiers=False)
    assert report.tables["playing"]["velocity_levels"]["generated"] == 2
    assert report.tables["playing_distances"]["velocity_pitched"]["distance"] == pytest.approx(10)
    assert "## Distances between ways of playing" in report.to_markdown()
    assert report.pieces[-1].figures["late_deviation"] > 1


def test_people_are_described() -> None:
    for kind, found in people().items():
        assert found.pieces > 100, kind
        assert all(np.all(np.diff(values) >= 0) for values in found.values.values())
        assert all(low <= middle <= high for low, middle, high in found.ranges.values())
    assert people()["drums"].license == "CC BY 4.0"
