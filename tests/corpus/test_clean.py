from dataclasses import replace

import pytest
from bands import band, drifting, moved

from symgen.corpus.candidate import Candidate, Drop
from symgen.corpus.clean import clean, merge_ornaments
from symgen.corpus.options import CorpusOptions
from symgen.music.meter import Meter
from symgen.music.score import KeyChange, MeterChange, Note, Part, Score, TempoChange
from symgen.music.theory import Key
from symgen.system.errors import ControlError

OPTIONS = CorpusOptions(max_bars=64)


def judge(score, options=OPTIONS, **more):
    return clean(Candidate(score, "set", "tune", **more), options)


@pytest.mark.parametrize(
    ("score", "reason"),
    [
        (lambda tune: Score(), "no notes"),
        (lambda tune: Score((Part((Note(0, 36, 10),), is_drum=True),)), "drums only"),
        (lambda tune: tune(1, bars=3), "too short"),
        (lambda tune: tune(1, bars=65), "too long"),
        (
            lambda tune: replace(tune(1), meters=(MeterChange(0), MeterChange(3840, Meter(3, 4)))),
            "meter changes",
        ),
        (
            lambda tune: Score(
                (Part(tuple(Note(i * 480 + i * i * 53 % 401, 60, 70) for i in range(40))),)
            ),
            "off the grid",
        ),
        (lambda tune: replace(tune(1), meters=(MeterChange(0, Meter(5, 128)),)), "off the grid"),
    ],
)
def test_reasons(score, reason, make_tune):
    result = judge(score(make_tune))
    assert isinstance(result, Drop)
    assert result.reason == reason
    assert result.locator == "set/tune"


def test_bar_problems_of_the_reader(make_tune):
    assert judge(make_tune(1), problems=("bar 3: 5 quarters instead of 4",)).reason == "bar errors"
    loose = replace(OPTIONS, metre_changes=True)
    assert isinstance(
        judge(make_tune(1), loose, problems=("bar 3: 5 quarters instead of 4",)), Candidate
    )


def test_a_good_tune_is_kept_with_its_key(make_tune):
    tune = replace(make_tune(1), keys=(KeyChange(0, 0),))
    kept = judge(tune)
    assert kept.score.parts == tune.parts
    assert kept.key.sharps == 0
    assert judge(tune, key=Key(2, "dorian")).key == Key(2, "dorian")


def test_drums_go_and_one_tempo_stays(make_tune):
    tune = make_tune(1)
    tune = replace(tune, parts=(*tune.parts, Part((Note(0, 36, 10),), is_drum=True)),
                   tempos=(TempoChange(0, 400_000), TempoChange(15000, 900_000)))  # fmt: skip
    kept = judge(tune)
    assert [part.is_drum for part in kept.score.parts] == [False]
    assert kept.score.tempos == (TempoChange(0, 400_000),)
    assert kept.lost_drums
    assert not judge(tune, replace(OPTIONS, drums=True)).lost_drums
    assert not judge(make_tune(1)).lost_drums


def test_velocity_can_be_made_even(make_tune):
    kept = judge(make_tune(1), replace(OPTIONS, velocity=70))
    assert {note.velocity for note in kept.score.parts[0].notes} == {70}


def test_pickups_are_estimated_only_where_asked():
    rhythm = [480] + [960, 480, 480] * 7 + [960, 480]
    starts = [sum(rhythm[:i]) for i in range(len(rhythm))]
    score = Score(
        (Part(tuple(Note(t, 60 + t // 480 % 5, d) for t, d in zip(starts, rhythm, strict=True))),)
    )
    assert not judge(score).score.has_pickup
    assert judge(score, replace(OPTIONS, pickups=("set",))).score.has_pickup


def test_accents_that_are_not_a_bar_apart_are_bar_errors():
    notes = [
        Note(i * 240, 60 + i % 7, 240, 105 if i in (0, 8, 16, 23, 31, 39, 46, 54) else 80)
        for i in range(64)
    ]
    assert (
        judge(Score((Part(tuple(notes)),)), replace(OPTIONS, pickups=("set",))).reason
        == "bar errors"
    )


def test_of_several_parts_the_melody_is_kept_one_note_at_a_time():
    low = Part(tuple(Note(i * 480, 48, 480) for i in range(32)), name="bass")
    high = Part((Note(0, 60, 480), *(Note(i * 480, 72, 480) for i in range(32))), name="x")
    kept = judge(Score((low, high)), replace(OPTIONS, parts="melody")).score
    assert [part.notes for part in kept.parts] == [high.notes[1:]]


def test_ornaments_give_their_time_to_a_neighbor():
    before = (Note(0, 60, 60), Note(60, 62, 420), Note(480, 64, 480))
    assert merge_ornaments(Part(before), 480).notes == (Note(0, 62, 480), Note(480, 64, 480))
    snap = (Note(0, 60, 420), Note(420, 62, 60), Note(480, 64, 480))
    assert merge_ornaments(Part(snap), 480).notes == (Note(0, 60, 480), Note(480, 64, 480))


def test_runs_of_short_notes_stay():
    run = tuple(Note(i * 60, 60 + i, 60) for i in range(8))
    assert merge_ornaments(Part(run), 480).notes == run


@pytest.mark.parametrize(
    "wrong",
    [{"grid": 5}, {"parts": "x"}, {"repeats": "x"}, {"min_bars": 9, "max_bars": 8}, {"near": 2.0}, {"velocity": 0},
     {"ratios": (1.0, 1.0, 0.0)}],
)  # fmt: skip
def test_options_are_checked(wrong):
    with pytest.raises(ControlError):
        CorpusOptions(**wrong)


def test_what_was_played_without_a_click_is_put_on_its_pulse():
    played = moved(band(12), drifting(93, 0.05), 0.01)
    kept = judge(played, replace(OPTIONS, drums=True))
    assert kept.unclicked
    assert len(kept.score.bars) == 12
    assert kept.score.tempos[0].bpm == pytest.approx(93, rel=0.02)
    for part, true in zip(kept.score.parts, band(12).parts, strict=True):
        assert {(n.onset, n.pitch) for n in part.notes} == {(n.onset, n.pitch) for n in true.notes}


def test_what_keeps_to_its_file_is_left_on_it():
    late = moved(band(12), lambda quarters: quarters + 0.03)
    kept = judge(late, replace(OPTIONS, off_grid=1.0))
    assert not kept.unclicked
    assert kept.score.parts[0].notes == late.parts[0].notes
