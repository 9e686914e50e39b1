"""The pedal of a prompt goes on in the new bars, worked out by hand."""

from __future__ import annotations

import pytest

from symgen.formats.midi import read_score
from symgen.midi.event_tables import Event
from symgen.midi.events import MidiFile, Track
from symgen.midi.joining import carry_on
from symgen.music.score import Note, Score
from symgen.sampling.pedaling import with_prompt_pedals

BAR = 384
JOIN = 2 * BAR


def moves(
    *pedal: tuple[int, int], channel: int = 0, parts: tuple[int, ...] = (0,)
) -> list[tuple[int, int]]:
    """Return the moves of the pedal behind the join of two bars that go on by two."""
    notes: list[Event] = [
        (BAR * bar + at, kind | channel, 60, 9) for bar in range(2) for at, kind in ((0, 0x90), (BAR, 0x80))
    ]  # fmt: skip
    events = [*notes, *((tick, 0xB0 | channel, 64, value) for tick, value in pedal)]
    track = Track(tuple(sorted(events, key=lambda event: event[0])), JOIN)
    score = read_score(MidiFile(1, 96, (track,)))[0]
    part = score.parts[0].with_notes(
        [*score.parts[0].notes, Note(JOIN, 62, BAR), Note(JOIN + BAR, 64, BAR)]
    )
    whole = carry_on(score.with_parts([part], length=JOIN + 2 * BAR), JOIN)
    lines = [BAR * bar for bar in range(5)]
    found = with_prompt_pedals(whole, lines, [0, 1, 0, 1], parts).source
    assert isinstance(found, MidiFile)
    controllers = (
        (tick, kind, number, value) for tick, kind, number, value in found.tracks[0].events
    )
    return [(tick, value) for tick, kind, number, value in controllers  # type: ignore[misc]
            if kind & 0xF0 == 0xB0 and number == 64 and tick >= JOIN]  # fmt: skip


def test_each_new_bar_has_the_pedal_of_its_bar() -> None:
    """Pressed and lifted in the first bar, pressed in the second and held to its end."""
    found = moves((10, 127), (300, 0), (BAR + 20, 100))
    assert found == [
        (JOIN, 0),  # up at the join
        (JOIN + 10, 127), (JOIN + 300, 0), (JOIN + BAR + 20, 100),
        (JOIN + 2 * BAR, 0),  # and at the end
    ]  # fmt: skip


def test_what_is_held_over_the_line_is_held_there_too() -> None:
    """Changed a little behind each line: down, up and down."""
    found = moves((0, 127), (BAR + 5, 0), (BAR + 9, 127))
    assert found[0] == (JOIN, 0)
    assert found[1:] == [
        (JOIN, 127),
        (JOIN + BAR + 5, 0),
        (JOIN + BAR + 9, 127),
        (JOIN + 2 * BAR, 0),
    ]


@pytest.mark.parametrize(
    "pedal",
    [
        [],
        # once is a chance
        [(10, 127), (300, 0)],
        # half pressed
        [(10, 63), (100, 0), (110, 63), (300, 0)],
        # behind the join
        [(10, 127), (300, 0), (JOIN + 10, 127), (JOIN + 20, 0)],
    ],
)
def test_who_hardly_pedals_goes_on_without(pedal: list[tuple[int, int]]) -> None:
    found = moves(*pedal)
    # What the file says behind the join stays, and is set right at once.
    assert not any(value for tick, value in found if tick != JOIN + 10)


def test_drums_and_silent_parts_have_none() -> None:
    pedal = [(10, 127), (300, 0), (BAR + 20, 100), (BAR + 300, 0)]
    assert len(moves(*pedal)) == 4
    assert moves(*pedal, channel=9) == []
    assert moves(*pedal, parts=()) == []


def test_a_score_without_a_midi_file_stays() -> None:
    score = Score((), 96)
    assert with_prompt_pedals(score, [0], [], ()) is score
