"""What a prompt tells: style, range, density, grid and swing; and what follows from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from small import tune

from symgen.music.controls import Controls
from symgen.music.meter import Meter
from symgen.music.score import MeterChange, Note, Part, Score
from symgen.sampling.inference import guess_style
from symgen.sampling.part_limits import REACH
from symgen.sampling.swing import STRAIGHT, find_swing, straightened, swung
from symgen.system.errors import ControlError
from symgen.tokens.statistics import STATISTICS
from symgen.verification import check_piece, score_facts
from symgen.writing.infilling import infill
from symgen.writing.model import Model
from symgen.writing.varying import vary

TICKS = 480
SCALE = (67, 69, 71, 72, 74, 72, 71, 69)


def eighths(
    late: float, pitches: Sequence[int] = SCALE * 4, meter: str = "4/4", start: int = 0
) -> Score:
    """Write eighths whose off-beats stand at a place of the quarter."""
    on, off = round(late * TICKS), TICKS - round(late * TICKS)
    notes = (
        Note(start + TICKS * (i // 2) + on * (i % 2), pitch, off if i % 2 else on)
        for i, pitch in enumerate(pitches)
    )
    return Score((Part(tuple(notes), 73),), TICKS, meters=(MeterChange(0, Meter.parse(meter)),))


def offbeats(score: Score, start: int) -> list[float]:
    return [
        place
        for note in score.parts[0].notes
        if note.onset >= start
        if (place := note.onset % TICKS / TICKS)
    ]


# -- swing -------------------------------------------------------------------------------


@pytest.mark.parametrize("late", [0.56, 0.6, 0.65, 2 / 3, 0.7])
def test_swing_is_found_and_taken_out(late: float) -> None:
    score = eighths(late)
    assert find_swing(score) == pytest.approx(late, abs=0.002)
    straight = straightened(score, find_swing(score))
    assert straight == eighths(0.5)
    assert swung(straight, find_swing(score)) == score


@pytest.mark.parametrize(
    "score", [eighths(0.5), eighths(0.75), eighths(2 / 3, SCALE[:8]), eighths(0.66, meter="6/8")]
)
def test_straight_dotted_few_and_compound_notes_do_not_swing(score: Score) -> None:
    assert find_swing(score) == STRAIGHT


def test_triplets_are_no_swing() -> None:
    notes = [Note(160 * i, 60 + i % 5, 160) for i in range(48)]
    assert find_swing(Score((Part(tuple(notes)),), TICKS)) == STRAIGHT


def test_uneven_playing_has_a_swing_in_the_mean() -> None:
    notes = [
        Note(n.onset + (7 * i % 13 - 6) * (i % 2), n.pitch, n.duration)
        for i, n in enumerate(eighths(0.62).parts[0].notes)
    ]
    assert find_swing(Score((Part(tuple(notes)),), TICKS)) == pytest.approx(0.62, abs=0.01)


def test_a_pickup_is_counted_from_its_end() -> None:
    meters = (MeterChange(0, Meter(1, 8)), MeterChange(240, Meter(4, 4)))
    score = Score(
        (Part((Note(0, 67, 240), *eighths(0.5, start=240).parts[0].notes)),), TICKS, meters=meters
    )
    moved = swung(score, 0.625)
    assert [note.onset for note in moved.parts[0].notes[:4]] == [60, 240, 540, 720]
    assert find_swing(moved) == pytest.approx(0.625)


def test_a_short_pickup_stays_inside_its_bar() -> None:
    meters = (MeterChange(0, Meter(1, 8)), MeterChange(240, Meter(4, 4)))
    notes = (
        Note(0, 67, 240),
        *(replace(note, onset=note.onset + 240) for note in eighths(0.65).parts[0].notes),
    )
    score = Score((Part(notes),), TICKS, meters=meters)
    straight = straightened(score, find_swing(score))
    assert [note.onset for note in straight.parts[0].notes[:3]] == [0, 240, 480]


def test_new_notes_swing_as_their_prompt_and_the_prompt_stays(tiny: Model) -> None:
    prompt = eighths(0.65)
    take = next(tiny.continuations(prompt, seed=1, controls=Controls(bars=8)))
    assert take.prompt
    assert take.prompt.inferred
    assert take.prompt.swing == take.prompt.inferred.swing == pytest.approx(0.65)
    assert take.score.parts[0].notes[:32] == prompt.parts[0].notes
    straight = next(tiny.continuations(prompt, seed=1, controls=Controls(bars=8, swing=0.5))).score
    end = prompt.length
    assert swung(straight, 0.65).parts[0].notes[32:] == take.score.parts[0].notes[32:]
    assert offbeats(take.score, end) != offbeats(straight, end)


def test_work_on_a_swung_tune_keeps_its_notes(tiny: Model) -> None:
    prompt = eighths(0.65)
    filled = infill(prompt, (2, 2), model=tiny, seed=1, particles=2).score
    old = [note for note in prompt.parts[0].notes if not 4 <= note.onset / TICKS < 8]
    assert [note for note in filled.parts[0].notes if not 4 <= note.onset / TICKS < 8] == old
    changed = vary(prompt, 0.25, model=tiny, seed=1, particles=2)
    assert changed.kept >= 0.74
    assert {round(place, 3) for place in offbeats(changed.score, 0)} >= {0.65}


def test_new_pieces_swing_on_demand(tiny: Model) -> None:
    straight, late = (
        tiny.generate(Controls(bars=6, swing=swing), seed=4) for swing in (None, 0.62)
    )
    assert swung(straight, 0.62).parts[0].notes[0].onset == late.parts[0].notes[0].onset
    controls = Controls(bars=6, swing=0.62)
    (check,) = (c for c in check_piece(score_facts(late), controls) if c.name == "swing")
    assert check.met
    (check,) = (c for c in check_piece(score_facts(eighths(0.5)), controls) if c.name == "swing")
    assert (check.met, check.found) == (False, {"off-beats there": 0, "straight off-beats": 16})


def test_swing_contradicts_grids_and_compound_meters(tiny: Model) -> None:
    with pytest.raises(ControlError, match=r"grid 1/8 and swing 0\.6"):
        Controls(grid="1/8", swing=0.6)
    with pytest.raises(ControlError, match=r"swing 0\.6 and meter 6/8"):
        tiny.generate(Controls(meter="6/8", swing=0.6))
    with pytest.raises(ControlError, match=r"swing 0.8: must be 0.5..0.75"):
        Controls(swing=0.8)


# -- the rest ----------------------------------------------------------------------------


def test_a_prompt_is_described(tiny: Model) -> None:
    prompt = tune("C4 D4:1.5 E4:0.5 F4|A4 B4 C5:2", resolution=480)
    take = next(tiny.continuations(prompt, seed=1, controls=Controls(bars=2)))
    assert take.prompt
    assert take.prompt.inferred
    assert take.prompt.inferred.to_json() == {
        "style": None, "tempo": 120.0, "range": "C4-C5", "notes_per_bar": 3.5, "grid": "1/8", "swing": 0.5,
        "parts": [{
            "range": "C4-C5", "chord": 1, "polyphony": 1, "notes_per_bar": 3.5, "rests": 0.0, "shortest": 0.5,
            "longest": 2.0,
        }],
    }  # fmt: skip
    assert str(take.prompt.inferred) == "120 quarters a minute, C4-C5, 3.5 notes a bar, grid 1/8"


def test_asked_for_values_take_the_place_of_inferred_ones(tiny: Model) -> None:
    controls = Controls(bars=2, tempo=90, style=tiny.styles[0], swing=0.6)
    take = next(tiny.continuations(eighths(0.65), seed=1, controls=controls))
    assert take.prompt
    found = take.prompt.inferred
    assert found
    assert (found.tempo, found.style, found.swing, take.header.style) == (
        90,
        tiny.styles[0],
        0.6,
        tiny.styles[0],
    )


@pytest.mark.parametrize("seed", range(4))
def test_new_notes_stay_near_the_range_unless_another_is_asked_for(tiny: Model, seed: int) -> None:
    prompt = eighths(0.5)
    near = tiny.continue_(prompt, bars=16, seed=seed).parts[0].notes[32:]
    assert {67 - REACH <= note.pitch <= 74 + REACH for note in near} == {True}
    far = (
        tiny.continue_(prompt, seed=seed, controls=Controls(bars=16, range="C2-C3"))
        .parts[0]
        .notes[32:]
    )
    assert {36 <= note.pitch <= 48 for note in far} == {True}


def norm(**means: float) -> dict[str, list[float]]:
    return {
        "mean": [means.get(name, 0.0) for name in STATISTICS],
        "deviation": [1.0] * len(STATISTICS),
    }


def test_styles_are_guessed_by_statistics_and_meter() -> None:
    info = {
        "norms": {
            "": norm(),
            "reel": norm(notes_per_bar=8),
            "air": norm(notes_per_bar=3),
            "jig": norm(notes_per_bar=8),
        },
        "usual": [["4/4", "reel", "", 50], ["4/4", "air", "", 50], ["6/8", "jig", "", 80]],
    }
    busy, calm, between = ([notes, *[0.0] * 7] for notes in (8.0, 3.0, 5.5))
    assert [guess_style(busy, "4/4", info), guess_style(busy, "6/8", info)] == ["reel", "jig"]
    assert [guess_style(calm, "4/4", info), guess_style(between, "4/4", info)] == ["air", ""]
    assert guess_style(busy, "4/4", {}) == ""
