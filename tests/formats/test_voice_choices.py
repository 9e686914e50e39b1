"""What is chosen where voices of ABC are read and joined, worked out by hand."""

from __future__ import annotations

from fractions import Fraction

import pytest

from symgen.formats.abc.text import AbcKey, VoiceProperties
from symgen.formats.abc.voices import Voice, VoiceBar, join_voices
from symgen.formats.measures import Measure
from symgen.music.meter import COMMON_TIME, Meter
from symgen.system.errors import FormatError

C = AbcKey({})
EIGHTH = Fraction(1, 2)


def voice(meter: Meter | None = COMMON_TIME) -> Voice:
    return Voice("", EIGHTH, meter, C)


def add(made: Voice, letters: str, length: int = 2) -> Voice:
    """Add notes of so many eighths in the octave of middle C, rests for z, bar lines for |."""
    for letter in letters:
        if letter == "|":
            made.bar_line("|")
        else:
            heads = [] if letter == "z" else [made.head(letter, 0, None, Fraction(length))]
            made.add(heads, Fraction(length))
    return made


@pytest.mark.parametrize(
    ("letter", "octave", "pitch", "bent"),
    [
        # from C-1 to G9; what is beyond goes to its letter in the nearest octave
        ("C", -5, 0, 0), ("B", -6, 11, 1), ("A", -7, 9, 1), ("G", 5, 127, 0), ("A", 5, 117, 1),
        ("B", 6, 119, 1), ("C", 6, 120, 1), ("G", 7, 127, 1), ("E", 9, 124, 1),
    ],
)  # fmt: skip
def test_pitches_out_of_range_go_to_the_nearest_octave(
    letter: str, octave: int, pitch: int, bent: int
) -> None:
    made = voice()
    assert made.head(letter, octave, None, Fraction(1)).pitch == pitch
    assert made.bent == bent
    assert made.head("A", 5, Fraction(-1), Fraction(1)).pitch == 116  # A flat


@pytest.mark.parametrize(
    ("signs", "lengths"),
    [
        (">", [Fraction(3, 2), EIGHTH]), ("<", [EIGHTH, Fraction(3, 2)]),
        (">>", [Fraction(7, 4), Fraction(1, 4)]), ("<<<", [Fraction(1, 8), Fraction(15, 8)]),
        (">" * 9, [2 - Fraction(1, 256), Fraction(1, 256)]),
    ],
)  # fmt: skip
def test_broken_rhythms(signs: str, lengths: list[Fraction]) -> None:
    made = voice()
    made.break_rhythm(signs)  # nothing came before it
    add(made, "C")
    made.break_rhythm(signs)
    add(made, "DE")
    durations = [event.duration for _, event in made.bar.timed(0)]  # type: ignore[union-attr]
    assert durations == [*lengths, 1]


def test_tuplets_last_for_their_count() -> None:
    made = voice()
    made.tuplet(3, 2, 2)
    add(made, "CDE")
    third = Fraction(2, 3)
    assert [event.duration for _, event in made.bar.timed(0)] == [third, third, 1]  # type: ignore[union-attr]
    for written, time in ((0, 2), (3, 0)):
        with pytest.raises(FormatError, match="has a tuplet of"):
            made.tuplet(written, time, 3)


@pytest.mark.parametrize(("meter", "length"), [(COMMON_TIME, 4), (Meter(6, 8), 3), (None, 4)])
def test_bars_of_rest(meter: Meter | None, length: int) -> None:
    made = voice(meter)
    made.rest_bars(3)
    assert [bar.length for bar in made.bars] == [length] * 3
    made.rest_bars(999 - 3)
    with pytest.raises(FormatError, match="rests for 1000 bars; use at most 999"):
        made.rest_bars(1000)


@pytest.mark.parametrize(
    ("sign", "ends", "section", "starts"),
    [
        ("|", False, False, False), ("||", False, True, False), ("|]", False, True, False),
        ("[|", False, True, False), (":|", True, False, False), ("|:", False, False, True),
        ("::", True, False, True), (":|:", True, False, True), (":||:", True, True, True),
        (":", False, False, False), (".|", False, False, False), ("[|]", False, False, False),
        (":|]", True, True, False), ("[|:", False, True, True),
    ],
)  # fmt: skip
def test_signs_of_bar_lines(sign: str, ends: bool, section: bool, starts: bool) -> None:
    made = add(voice(), "C")
    made.bar_line(sign)
    first, second = made.bars
    assert (first.ends_repeat, first.ends_section, second.starts_repeat) == (ends, section, starts)
    made.bar_line(":|")  # a second one in a row is of the same bar
    assert first.ends_repeat
    assert len(made.bars) == 2


def test_a_bar_line_at_the_very_beginning_ends_nothing() -> None:
    made = voice()
    made.bar_line("||:")
    add(made, "C")
    (only,) = made.bars
    assert (only.starts_repeat, only.ends_section, only.ends_repeat) == (True, False, False)


@pytest.mark.parametrize(
    ("numbers", "tied"), [([{1}, {2}], [True, True]), ([{1}, {2}, {3}], [True] * 3), ([{2}], [True]),
                          ([{1, 2}, {3}], [True, True])],
)  # fmt: skip
def test_a_tie_leads_into_each_ending(numbers: list[set[int]], tied: list[bool]) -> None:
    made = add(voice(), "C")
    made.tie()
    made.bar_line("|")
    found = []
    for each in numbers:
        made.ending(frozenset(each))
        assert made.bar.endings == each
        head = made.head("C", 0, None, Fraction(2))
        found.append(head.is_tied)
        made.add([head], Fraction(2))
        made.bar_line(":|")
    assert found == tied


def test_an_ending_or_a_meter_within_a_bar_opens_one() -> None:
    made = add(voice(), "C")
    made.ending(frozenset({1}))
    add(made, "D")
    made.set_meter(Meter(3, 4))
    add(made, "E")
    made.set_section("B")
    assert [bar.changes_meter for bar in made.bars] == [False, False, True, False]
    assert [str(bar.meter) for bar in made.bars] == ["4/4", "4/4", "3/4", "3/4"]
    assert [bar.section for bar in made.bars] == ["", "", "", "B"]
    add(made, "F|G")
    assert made.bar.section == "B"


def test_overlays_go_back_by_bars() -> None:
    made = add(voice(), "CC|DD")
    made.overlay(2)
    add(made, "EE|FF")
    assert [[len(layer) for layer in bar.layers] for bar in made.bars] == [[2, 2], [2, 2]]
    made.overlay(9)  # not before the first
    add(made, "G")
    assert [len(bar.layers) for bar in made.bars] == [3, 2]
    assert made.bars[0].length == 2


def test_a_voice_follows_its_properties() -> None:
    made = voice()
    made.take(VoiceProperties(name="Flute", octave=1, clef_octave=-1, transpose=2))
    made.take(VoiceProperties())
    assert (made.name, made.shift) == ("Flute", 2)
    made.take(VoiceProperties(octave=0, transpose=-3))
    made.midi_transpose = 1
    assert made.shift == -12 - 3 + 1


# -- side by side ------------------------------------------------------------------------


def join(*voices: Voice) -> tuple[list[Measure], list[str]]:
    problems: list[str] = []
    return join_voices(voices, problems), problems


def test_bars_of_different_lengths_are_told_and_the_longest_counts() -> None:
    measures, problems = join(add(voice(), "CC|CCC"), add(voice(), "CC|CC|C"))
    assert [measure.length for measure in measures] == [2, 3, 1]
    assert problems == ["bar 2: its voices last 2 and 3 quarters"]
    assert [len(measure.sounds) for measure in measures] == [2, 2, 2]
    assert measures[2].sounds[0] == ()


@pytest.mark.parametrize(
    ("long", "parts"),
    [
        ("CCCC", 2),
        ("CCCCCC", 3),
        ("CCC", 1),  # not a multiple
    ],
)
def test_a_bar_line_that_one_voice_lacks(long: str, parts: int) -> None:
    measures, problems = join(add(voice(), long), add(voice(), "CC|CC|CC"))
    expected = "bar 1: a bar line that other voices have was put into one"
    assert (problems.count(expected) > 0) is (parts > 1)
    assert [len(measure.sounds[0]) for measure in measures] == [
        [2, 2, 0],
        [2, 2, 2],
        [3, 0, 0],
    ][[2, 3, 1].index(parts)]


def test_no_note_is_cut_by_it() -> None:
    held = voice()
    add(held, "C")
    add(held, "D", 4)
    add(held, "E")
    measures, problems = join(held, add(voice(), "CC|CC"))
    assert [measure.length for measure in measures] == [4, 2]
    assert problems == ["bar 1: its voices last 2 and 4 quarters"]


def test_what_a_parted_bar_said_stays_at_its_ends() -> None:
    made = add(voice(), "CCCC")
    made.bars[0].starts_repeat = made.bars[0].ends_repeat = made.bars[0].ends_section = True
    measures, _ = join(made, add(voice(), "CC|CC"))
    told = [(each.starts_repeat, each.ends_repeat, each.ends_section) for each in measures]
    assert told == [(True, False, False), (False, True, True)]


def test_tempos_of_all_voices_and_keys_of_the_first_that_has_some() -> None:
    first, second = voice(), voice()
    first.mark(100.0)
    add(first, "C")
    second.mark(60.0)
    second.mark(AbcKey({}, 2))
    add(second, "C")
    second.mark(90.0)
    second.mark(AbcKey({}, 1, True))
    (measure,), _ = join(first, second)
    assert [(at, round(tempo.bpm)) for at, tempo in measure.tempos] == [(0, 100), (1, 90)]
    assert [(at, key.sharps, key.minor) for at, key in measure.keys] == [
        (0, 2, False),
        (1, 1, True),
    ]


def test_a_bar_lasts_as_its_longest_layer() -> None:
    made = add(voice(), "CC")
    made.overlay(1)
    add(made, "C")
    assert made.bar.length == 2
    assert not made.bar.is_empty
    assert VoiceBar().is_empty
    assert VoiceBar().length == 0


def test_meters_hold_until_they_change() -> None:
    """Without a meter the bar is as long as it is."""
    made = voice(None)
    add(made, "CCC|CC")
    made.set_meter(Meter(2, 4))
    add(made, "CC|CC")
    measures, _ = join(made)
    assert [str(measure.meter) for measure in measures] == ["3/4", "2/4", "2/4", "2/4"]
