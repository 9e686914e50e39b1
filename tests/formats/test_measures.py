"""Repeats, pickups and split bars on measures made by hand."""

from __future__ import annotations

from fractions import Fraction

import pytest

from symgen.formats.measures import Measure, Sound, build_score, expand_repeats, label_endings
from symgen.music.meter import Meter
from symgen.music.score import Part

JIG = Meter(6, 8)


def measures(*texts: str, meter: Meter = JIG) -> list[Measure]:
    """``"|: 3 :| 1"``: a length in quarters between signs, and the endings of the measure."""
    made = []
    for pitch, text in enumerate(texts, 60):
        words = text.split()
        length = Fraction(next(w for w in words if w[0].isdigit()))
        endings = frozenset(int(w[1:]) for w in words if w[0] == "e")
        sound = Sound(Fraction(0), length, pitch, 80)
        made.append(
            Measure(
                length,
                meter,
                ((sound,),),
                (),
                (),
                "|:" in words,
                ":|" in words,
                "||" in words,
                endings,
            )
        )
    return made


@pytest.mark.parametrize(
    ("tune", "written", "played"),
    [
        (("3", "3"), [0, 1], [0, 1]),
        (("3 :|", "3 :|"), [0, 1], [0, 0, 1, 1]),
        (("3", "|: 3", "3 :|", "3"), [0, 1, 2, 3], [0, 1, 2, 1, 2, 3]),
        (("3", "3 e1 :|", "3 e2", "3"), [0, 2, 3], [0, 1, 0, 2, 3]),
        (("3", "3 e1 :|", "3 e2 ||", "3", "3 :|"), [0, 2, 3, 4], [0, 1, 0, 2, 3, 4, 3, 4]),
        (("3", "3 e1 :|", "3 e2 :|", "3 :|"), [0, 2, 3], [0, 1, 0, 2, 3, 3]),
        (("3", "3 e1 e2 :|", "3 e3"), [0, 2], [0, 1, 0, 1, 0, 2]),
        (
            ("|: 3", "3 e1 :|", "3 e2 ||", "|: 3", "3 e1 :|", "3 e2 ||"),
            [0, 2, 3, 5],
            [0, 1, 0, 2, 3, 4, 3, 5],
        ),
        (("3", "3 e1", "3 :|", "3 e2", "3 ||", "3"), [0, 3, 4, 5], [0, 1, 2, 0, 3, 4, 5]),
    ],
)
def test_repeats_by_hand(tune: tuple[str, ...], written: list[int], played: list[int]) -> None:
    labelled = label_endings(measures(*tune))
    assert expand_repeats(labelled, "written") == written
    assert expand_repeats(labelled, "played") == played


def test_a_repeat_goes_back_to_the_double_bar_only_where_asked() -> None:
    tune = measures("3", "3 ||", "3 :|")
    assert expand_repeats(tune, "played") == [0, 1, 2, 0, 1, 2]
    assert expand_repeats(tune, "played", sections_repeat=True) == [0, 1, 2, 2]


def bars(
    tune: list[Measure], repeats: str = "written"
) -> tuple[list[tuple[int, float]], tuple[str, ...]]:
    score, problems = build_score(tune, expand_repeats(tune, repeats), [Part()])
    return [(bar.number, bar.length / score.resolution) for bar in score.bars], problems


def test_pickups_and_bars_cut_by_a_repeat_sign_make_full_bars() -> None:
    tune = measures("1/2", "3", "5/2 :|", "1/2", "3", "5/2 :|")
    assert bars(tune) == ([(0, 0.5), (1, 3.0), (2, 3.0), (3, 3.0), (4, 3.0)], ())
    numbers, problems = bars(tune, "played")
    assert ([n for n, _ in numbers], {length for _, length in numbers[1:]}, problems) == (
        list(range(9)),
        {3.0},
        (),
    )


def test_a_short_bar_before_a_section_without_pickup_is_filled() -> None:
    tune = measures("1/2", "3", "5/2 :|", "3", "3")
    assert bars(tune) == ([(0, 0.5), (1, 3.0), (2, 3.0), (3, 3.0), (4, 3.0)], ())


def test_a_section_without_pickup_may_leave_room_for_the_next_one() -> None:
    numbers, problems = bars(measures("3", "5/2 :|", "1/2", "3", "5/2 :|"), "played")
    assert ({length for _, length in numbers}, len(numbers), problems) == ({3.0}, 8, ())


def test_wrong_bars_are_named_and_get_their_own_meter() -> None:
    numbers, problems = bars(measures("4", "7/2", "4", "9/2", "4", "1", meter=Meter(4, 4)))
    assert numbers == [(1, 4.0), (2, 3.5), (3, 4.0), (4, 4.5), (5, 4.0), (6, 4.0)]
    assert problems == ("bar 2: 3.5 quarters instead of 4", "bar 4: 4.5 quarters instead of 4")


def test_a_bar_without_its_bar_line_is_two_bars() -> None:
    assert bars(measures("3", "6", "3")) == ([(1, 3.0), (2, 3.0), (3, 3.0), (4, 3.0)], ())


def test_a_pickup_of_triplets_gets_a_rest_before_it() -> None:
    score, problems = build_score(measures("1/3", "4", meter=Meter(4, 4)), [0, 1], [Part()])
    assert (score.has_pickup, str(score.meters[0].meter), problems) == (True, "3/32", ())
    assert [n.onset for n in score.parts[0].notes] == [20, 180]


def test_ties_join_notes_that_follow_at_once() -> None:
    def sound(onset: int, *ties: bool) -> Sound:
        return Sound(Fraction(onset), Fraction(1), 60, 80, *ties)

    tune = [Measure(Fraction(2), Meter(2, 4), ((sound(0), sound(1, True)),)),
            Measure(Fraction(2), Meter(2, 4), ((sound(0, True, True), sound(1, False, True)),))]  # fmt: skip
    score, _ = build_score(tune, [0, 1], [Part()])
    assert [(n.onset, n.duration) for n in score.parts[0].notes] == [(0, 480), (480, 1440)]
    again, _ = build_score(tune, [0, 0], [Part()])  # the next note does not carry on the tie
    assert [n.duration for n in again.parts[0].notes] == [480, 480, 480, 480]


def test_a_resolution_holds_all_tuplets() -> None:
    tune = [
        Measure(
            Fraction(4),
            Meter(4, 4),
            (tuple(Sound(Fraction(i, 7), Fraction(1, 7), 60, 80) for i in range(7)),),
        )
    ]
    score, problems = build_score(tune, [0], [Part()])
    assert (score.resolution, score.parts[0].notes[3].onset, problems) == (3360, 1440, ())


def test_no_measures_make_an_empty_score() -> None:
    score, problems = build_score([], [], [Part()])
    assert (score.note_count, score.length, problems) == (0, 0, ())
