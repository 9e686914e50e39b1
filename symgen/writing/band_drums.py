"""Drums for the bars of a band that the drummer draws: led on from the bars of the style, or in a style of his own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import replace

import numpy as np

from symgen.accompanying.examples import Example, Section
from symgen.accompanying.textures import ENDING, INTRO, Layout
from symgen.drummer.grooves import BEAT, GROOVE, Groove, slots_of_beat
from symgen.drummer.playing import Manner, play_drums
from symgen.drummer.styles import drum_styles, find_style
from symgen.music.drum_kit import DRUMS, KEYS, OTHER_KEYS, drum_of_keys
from symgen.music.meter import Bar, convert_ticks
from symgen.music.score import Note, Part
from symgen.system.errors import ControlError
from symgen.writing.band_players import OF_STYLE

__all__ = ["DRAWN", "DRAWN_KIT", "check_drums", "with_drawn_drums"]

DRAWN = "drawn"
"""Drums that go on from those of the example."""
DRAWN_KIT = frozenset((*KEYS, *OTHER_KEYS.values()))
"""What the drummer strikes."""

_VELOCITIES = 16
# So many bars of the example lead on.
_LEADING = 2
# What is no style of his is played as one.
_USUAL = "rock"


def check_drums(drums: str) -> None:
    """Refuse what is neither a way to make drums nor a style of the drummer."""
    if drums not in (OF_STYLE, DRAWN):
        try:
            find_style(drums)
        except ControlError as error:
            raise ControlError(f"drums: {OF_STYLE}, {DRAWN} or a style; {error}") from None


def with_drawn_drums(
    parts: Sequence[Part], example: Example, layout: Layout, drums: str, bpm: float
) -> tuple[Part, ...]:
    """Let the drummer play in all bars but those of an introduction and an ending."""
    framed = [bar.bar for bar in layout.bars if bar.section in (INTRO, ENDING)]
    kept = [
        note
        for part in parts
        if part.is_drum
        for note in part.notes
        if any(bar.start <= note.onset < bar.end for bar in framed)
    ]
    drawn = _drawn(example, layout, drums, bpm)
    level = layout.level
    softer = [replace(note, velocity=max(1, round(note.velocity * level))) for note in drawn]
    made = Part((*kept, *softer), is_drum=True, name="Drums")
    return (made, *(part for part in parts if not part.is_drum))


def _drawn(example: Example, layout: Layout, drums: str, bpm: float) -> tuple[Note, ...]:
    inner = [bar for bar in layout.bars if bar.section not in (INTRO, ENDING)]
    starts = [place for place, bar in enumerate(inner) if place and bar.number == 0]
    style, lead = drums, None
    if drums == DRAWN:
        style = example.name if example.name in drum_styles() else _USUAL
        lead = _groove(example)
    manner = Manner(style, bpm, fills=0, closes=any(bar.closes for bar in inner), lead=lead)
    seed = layout.seeds.get("drums", layout.seed)
    bars = [bar.bar for bar in inner]
    return play_drums(bars, layout.resolution, manner, seed=seed, starts=starts).notes


def _groove(example: Example) -> Groove | None:
    """Return the first bars of an example as the drummer hears them; nothing where none of his drums is struck."""
    section = example.main
    first, resolution = section.bars[0], section.score.resolution
    bars = [bar for bar in section.bars[:_LEADING] if bar.length == first.length]
    steps = convert_ticks(first.length, resolution, BEAT)
    hits = list(_hits(section, bars, steps))
    if not hits:
        return None
    struck = {(number, step) for number, step, _, _ in hits}
    slots = [slot for number in range(len(bars)) for slot in _slots(struck, number, steps)]
    place = {(number, step): row for row, (number, step, _) in enumerate(slots)}
    levels = np.zeros((len(slots), len(DRUMS)), dtype=np.int64)
    for number, step, drum, level in hits:
        if (number, step) in place:
            row = place[number, step]
            levels[row, drum] = max(levels[row, drum], level)
    bar, at, feel = np.array(slots, dtype=np.int64).T
    none, events = np.zeros_like(levels), np.full(len(bars), GROOVE, dtype=np.int64)
    return Groove(str(first.meter), steps, 0.0, "", bar, at, feel, levels, none, none, events)


def _hits(section: Section, bars: Sequence[Bar], steps: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield bar, step, drum and loudness of what the drummer knows."""
    drum_of = drum_of_keys()
    notes = [note for part in section.score.parts if part.is_drum for note in part.notes]
    for number, bar in enumerate(bars):
        for note in notes:
            drum = int(drum_of[note.pitch])
            if bar.start <= note.onset < bar.end and drum >= 0:
                step = convert_ticks(note.onset - bar.start, section.score.resolution, BEAT)
                yield number, min(step, steps - 1), drum, note.velocity // _VELOCITIES + 1


def _slots(struck: Set[tuple[int, int]], bar: int, steps: int) -> Iterator[tuple[int, int, int]]:
    """Yield bar, step and feel of the places of a bar: quarters of triplets are told by what is struck there alone."""
    for start in range(0, steps, BEAT):
        length = min(BEAT, steps - start)
        places = {step - start for number, step in struck if number == bar}
        halves, thirds = (set(slots_of_beat(feel, length)) for feel in (0, 1))
        feel = int(len(places & (thirds - halves)) > len(places & (halves - thirds)))
        for place in slots_of_beat(feel, length):
            yield bar, start + place, feel
