"""The styles that come along, laid over chords: they stay what they are, and take on what they must."""

from __future__ import annotations

from dataclasses import replace

import pytest

from symgen.accompanying.examples import Example, example_names, load_example
from symgen.accompanying.textures import Layout, lay_example, plan_bars
from symgen.music.harmony import PlacedChord, only_changes
from symgen.music.meter import lay_bars
from symgen.music.players import player_of
from symgen.music.score import Part
from symgen.music.theory import QUALITIES, Key

C = Key.parse("C")
MAINS = ("Main A", "Main B")
TURN = [(0, ""), (9, "m"), (5, ""), (7, ""), (2, "m"), (4, "m"), (5, ""), (7, "7")]
"""Root and quality of the chord of each bar."""


def laid(example: Example, chords: list[tuple[int, str]]) -> tuple[dict[str, Part], int]:
    """Lay four bars of each variation over a chord a bar; return the parts by name, and ticks of a bar."""
    bar = example.main.bars[0]
    resolution = example.main.score.resolution
    bars = lay_bars([(0, bar.meter)], resolution, len(chords) * bar.length, has_pickup=False)
    # Without what fills lay over the last bar of a variation.
    planned = plan_bars(bars, [0, 4], ["A", "B"])
    planned = tuple(replace(each, section=each.main, closes=False) for each in planned)
    placed = only_changes(PlacedChord(i * bar.length, *each) for i, each in enumerate(chords))
    layout = Layout(planned, placed, C, resolution, ("drums", "bass", "chords", "pad", "riff"))
    return {part.name: part for part in lay_example(example, layout)}, bar.length


def bar_notes(part: Part, length: int) -> list[set[tuple[int, int]]]:
    """Return onset and pitch of the notes of each bar."""
    found: list[set[tuple[int, int]]] = [set() for _ in range(8)]
    for note in part.notes:
        found[note.onset // length].add((note.onset % length, note.pitch))
    return found


@pytest.mark.parametrize("style", example_names())
def test_over_its_own_chord_a_style_is_itself(style: str) -> None:
    """Each bar is one of the example, and the first and the last bar of a variation are its own."""
    example = load_example(style)
    chord = example.main.chord_at(0)
    parts, length = laid(example, [(chord.root, chord.quality)] * 8)
    for number, name in enumerate(part.name for part in example.parts):
        mine = bar_notes(parts[name], length)
        for main, first in zip(MAINS, (0, 4), strict=True):
            section = example.section(main)
            assert section is not None
            own = bar_notes(section.score.parts[number], length)[:4]
            assert is_bar(mine[first], own[0]), (name, main)
            # What goes over two bars stays together.
            assert is_bar(mine[first + 1], own[1]) or is_bar(mine[first + 1], own[3]), (name, main)
            assert is_bar(mine[first + 2], own[2]) or is_bar(mine[first + 2], own[0]), (name, main)
            assert is_bar(mine[first + 3], own[3]), (name, main)


def is_bar(notes: set[tuple[int, int]], own: set[tuple[int, int]]) -> bool:
    """Whether notes are those of a bar, and such as are held into it after another one than its own."""
    return own <= notes and all(onset == 0 for onset, _ in notes - own)


@pytest.mark.parametrize("style", example_names())
def test_over_other_chords_the_bass_has_their_tones_and_all_can_be_played(style: str) -> None:
    example = load_example(style)
    parts, length = laid(example, TURN)
    for number, notes in enumerate(bar_notes(parts["Bass"], length)):
        root, quality = TURN[number]
        for onset, pitch in notes:
            if onset == 0 or (2 * onset == length and example.main.bars[0].meter.numerator == 4):
                assert (pitch - root) % 12 in QUALITIES[quality], (number, onset, pitch)
    assert all(28 <= note.pitch <= 57 for note in parts["Bass"].notes)
    for part in parts.values():
        if not part.is_drum:
            player = player_of(part.program)
            assert all(map(player.has, {note.pitch for note in part.notes})), part.name


def test_power_chords_stay_power_chords() -> None:
    parts, length = laid(load_example("rock"), TURN)
    for number, notes in enumerate(bar_notes(parts["Chords"], length)):
        assert {(pitch - TURN[number][0]) % 12 for _, pitch in notes} == {0, 7}


def test_sevenths_go_on_as_sevenths_of_the_key() -> None:
    parts, length = laid(load_example("bossa"), TURN)
    sevenths = [11, 10, 11, 10, 10, 10, 11, 10]
    for number, notes in enumerate(bar_notes(parts["Chords"], length)):
        assert (TURN[number][0] + sevenths[number]) % 12 in {pitch % 12 for _, pitch in notes}


def test_who_plays_in_the_fuller_variation_alone_rests_in_the_other() -> None:
    parts, length = laid(load_example("rock"), TURN)
    sounding = [bool(notes) for notes in bar_notes(parts["Pad"], length)]
    assert sounding == [False] * 4 + [True] * 4
    # A piece that has but one variation has all parts.
    example = load_example("rock")
    bars = lay_bars([(0, example.main.bars[0].meter)], 480, 4 * 1920, has_pickup=False)
    layout = Layout(plan_bars(bars, [0], ["A"]), (PlacedChord(0, 0),), C, 480, ("pad",))
    assert [part.name for part in lay_example(example, layout)] == ["Pad"]
