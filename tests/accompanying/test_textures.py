"""Examples of styles, and how they are laid over the chords of a tune."""

from __future__ import annotations

from itertools import pairwise

import pytest
from band_examples import band_midi, band_score
from small import tune

from symgen.accompanying.bar_fitting import fit_bar
from symgen.accompanying.examples import read_example
from symgen.accompanying.forms import find_sections
from symgen.accompanying.moving import degree_moved, fit_pitches
from symgen.accompanying.textures import Layout, lay_example, plan_bars
from symgen.formats import load_score
from symgen.music.harmony import NO_CHORD_ROOT, PlacedChord
from symgen.music.meter import Bar, Meter
from symgen.music.score import Part
from symgen.music.theory import Key
from symgen.system.errors import FormatError

C = Key.parse("C")
EXAMPLE = read_example(load_score(band_midi()), "small")
CHORDS = (PlacedChord(0, 0), PlacedChord(48, 9, "m"), PlacedChord(72, 5), PlacedChord(96, 7, "7"))


def laid(
    *chords: PlacedChord, bars: int = 4, meter: str = "4/4", seed: int = 0, **roles: int
) -> dict[str, Part]:
    score = tune("|".join(["C5"] * bars), meter=meter)
    planned = plan_bars(score.bars, [0], ["A"])
    asked = tuple(roles) or EXAMPLE.roles
    layout = Layout(planned, chords or CHORDS, C, 12, asked, seed, roles)  # type: ignore[arg-type]
    return {part.name: part for part in lay_example(EXAMPLE, layout)}


def heard(part: Part, bar: int) -> list[tuple[int, int]]:
    """Return onset in the bar and pitch."""
    inside = (note for note in part.notes if 48 * bar <= note.onset < 48 * bar + 48)
    return [(note.onset - 48 * bar, note.pitch) for note in inside]


def test_markers_open_sections() -> None:
    assert EXAMPLE.roles == ("drums", "bass", "chords", "riff")
    assert [(each.name, len(each.bars)) for each in EXAMPLE.sections] == [
        ("Intro", 2), ("Main A", 2), ("Main B", 2), ("Fill", 1), ("Ending", 2),
    ]  # fmt: skip
    assert EXAMPLE.kit == {36, 38, 47}


def test_each_section_begins_over_c_unless_a_marker_names_a_chord() -> None:
    example = read_example(load_score(band_midi(((1, "Chord: G7"), (7, "Chord: F")))), "small")
    intro, main, *_, ending = example.sections
    assert [(each.at, each.root, each.quality) for each in intro.chords] == [
        (0, 0, ""),
        (48, 7, "7"),
    ]
    assert [each.root for each in main.chords] == [0]
    assert [each.root for each in ending.chords] == [5]


def test_a_file_without_markers_is_one_section_over_the_chords_that_are_heard() -> None:
    example = read_example(band_score(), "mine.mid")
    (section,) = example.sections
    assert (section.name, len(section.bars)) == ("Main A", 9)
    assert section.chord_at(0).root == 0


def test_a_melody_alone_is_no_example() -> None:
    with pytest.raises(FormatError, match="nothing but a melody"):
        read_example(tune("C5 D5 F5 E5|G5 A5:.5 B5:.5 C6:2|D5 C5 B4 A4|G4:4"), "tune.mid")


def test_a_bass_moves_with_the_root_and_leads_to_the_next_one() -> None:
    bass = laid()["Bass"]
    # C, its fifth, and B, a semitone below the A that follows would be G sharp.
    assert heard(bass, 0) == [(0, 36), (24, 43), (36, 44)]
    # A minor, then F, its bass first, and F sharp to lead to G.
    assert heard(bass, 1) == [(0, 33), (24, 41), (36, 42)]


def test_chords_move_by_small_steps_and_have_the_tones_that_make_them() -> None:
    chords = laid()["Chords"]
    assert [pitch for onset, pitch in heard(chords, 0) if onset == 12] == [55, 60, 64]
    assert {pitch % 12 for onset, pitch in heard(chords, 1) if onset == 12} == {9, 0, 4}
    assert {pitch % 12 for onset, pitch in heard(chords, 1) if onset == 36} == {5, 9, 0}
    assert {11, 5} <= {pitch % 12 for onset, pitch in heard(chords, 2) if onset == 12}
    pitches = [note.pitch for note in chords.notes]
    assert max(abs(a - b) for a, b in pairwise(pitches[::3])) <= 4


def test_a_riff_keeps_its_degrees() -> None:
    riff = laid(PlacedChord(0, 2, "m"))["Riff"]
    assert [pitch % 12 for _, pitch in heard(riff, 0)] == [2, 4, 5]


def test_drums_stay_as_they_are_and_close_the_last_bar() -> None:
    drums = laid()["Drums"]
    assert heard(drums, 0) == [(0, 36), (12, 38), (24, 36), (36, 38)]
    assert heard(drums, 3) == [(0, 36)]


def test_nothing_but_drums_plays_where_no_chord_sounds() -> None:
    parts = laid(PlacedChord(0, NO_CHORD_ROOT), PlacedChord(96, 0))
    assert not heard(parts["Bass"], 0) + heard(parts["Chords"], 1)
    assert heard(parts["Drums"], 0)
    assert heard(parts["Bass"], 2)


def test_a_part_has_a_seed_of_its_own() -> None:
    one, other = laid(seed=1), laid(drums=2, bass=1, chords=1, riff=1)
    assert one["Bass"] == other["Bass"]
    assert one["Drums"] != other["Drums"]


@pytest.mark.parametrize(
    ("meter", "sources"),
    [
        ("3/4", [(0, 12), (12, 24), (24, 36)]),
        ("5/4", [(0, 12), (12, 24), (24, 36), (36, 48), (36, 48)]),
        ("2/4", [(0, 12), (12, 24)]),
        ("6/8", [(0, 12), (12, 24)]),
        ("2/2", [(0, 48)]),
    ],
)
def test_bars_of_other_meters_are_cut_or_filled(meter: str, sources: list[tuple[int, int]]) -> None:
    four = [Bar(1, 0, 48, Meter(4, 4))]
    asked = Meter.parse(meter)
    bar = Bar(1, 0, round(asked.quarters * 12), asked)
    pieces = fit_bar(bar, 12, 0, four, 12)
    assert [(piece.source, piece.source_end) for piece in pieces] == sources
    assert pieces[-1].end == bar.end


def test_a_bar_of_two_beats_goes_on_in_the_next_one() -> None:
    four = [Bar(1, 0, 48, Meter(4, 4))]
    (first, _) = fit_bar(Bar(2, 24, 48, Meter(2, 4)), 12, 1, four, 12)
    assert (first.source, first.start) == (24, 24)


def test_beats_in_two_are_felt_in_three() -> None:
    four = [Bar(1, 0, 48, Meter(4, 4))]
    (first, _) = fit_bar(Bar(1, 0, 36, Meter(6, 8)), 12, 0, four, 12)
    assert [first.tick(source) for source in (0, 3, 6, 9)] == [0, 6, 12, 12]


def test_a_waltz_has_a_bar_in_each_beat_of_six_eighths() -> None:
    three = [Bar(1, 0, 36, Meter(3, 4))]
    pieces = fit_bar(Bar(1, 0, 36, Meter(6, 8)), 12, 0, three, 12)
    assert [(p.start, p.end, p.source, p.source_end) for p in pieces] == [
        (0, 18, 0, 36), (18, 36, 0, 36),
    ]  # fmt: skip


def test_sections_that_return_have_one_letter() -> None:
    some, other = "C5 D5 E5 C5|" * 8, "G5 F5 E5 D5|" * 8
    score = tune((some + other + some).rstrip("|"))
    assert find_sections(score.bars, score.parts[0].notes) == ([0, 8, 16], ["A", "B", "A"])


def test_fills_stand_before_new_sections() -> None:
    score = tune("|".join(["C5"] * 16))
    planned = plan_bars(score.bars, [0, 8], ["A", "B"])
    assert [bar.section for bar in planned] == ["Main A"] * 7 + ["Fill"] + ["Main B"] * 8
    assert [bar.closes for bar in planned] == [False] * 15 + [True]


def test_an_introduction_and_an_ending_stand_around_the_tune() -> None:
    score = tune("|".join(["C5"] * 8))
    planned = plan_bars(score.bars, [2], ["A"], intro=2, ending=2)
    assert [bar.section for bar in planned] == ["Intro"] * 2 + ["Main A"] * 4 + ["Ending"] * 2
    assert not any(bar.closes for bar in planned)


@pytest.mark.parametrize(
    ("interval", "target", "moved"),
    [
        (4, PlacedChord(0, 9, "m"), 3),
        (7, PlacedChord(0, 11, "dim"), 6),
        (2, PlacedChord(0, 4, "m"), 1),
        (11, PlacedChord(0, 7), 10),
        (11, PlacedChord(0, 5, "maj7"), 11),
        (10, PlacedChord(0, 7, "7"), 10),
    ],
)
def test_degrees_are_those_of_chord_and_key(interval: int, target: PlacedChord, moved: int) -> None:
    assert degree_moved(interval, PlacedChord(0, 0), target, C) == moved


def test_pitches_of_a_part_rise_as_they_did() -> None:
    pitches = [48, 55, 60, 64, 67, 72]
    found = fit_pitches(pitches, PlacedChord(0, 0), PlacedChord(0, 6, "m7b5"), C, (43, 79), {})
    assert all(a < b for a, b in pairwise(found.values()))
    assert {pitch % 12 for pitch in found.values()} == {6, 9, 0, 4}


def test_a_power_chord_stays_within_the_range_of_its_instrument() -> None:
    source, target = PlacedChord(0, 4), PlacedChord(0, 0)
    found = fit_pitches([40, 47], source, target, Key(9, "minor"), (40, 88), {})
    assert all(40 <= pitch <= 88 for pitch in found.values())
    assert {pitch % 12 for pitch in found.values()} == {0, 7}
