"""Drums for the bars of a piece: a part in a style, with fills where its sections end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np

from symgen.drummer.drummer import Drummer, DrumRequest, Hit, load_drummer
from symgen.drummer.grooves import BEAT, FILL, GROOVE, Groove
from symgen.drummer.patterns import Pattern
from symgen.drummer.styles import find_style, patterns_of
from symgen.music.drum_kit import KEYS, OTHER_KEYS
from symgen.music.meter import Bar
from symgen.music.score import Note, Part
from symgen.system.errors import ControlError

__all__ = ["Manner", "choose_pattern", "play_drums"]

# Seeds of the pattern that leads into the style are apart from those of the drums.
_PATTERN = 42
_DRAWN = -1
_TICKS = 480
_BASS, _CRASH = 0, 7
_LOUD = 112


@dataclass(frozen=True)
class Manner:
    """How drums are played."""

    # One of `drum_styles`, and quarter notes a minute.
    style: str = "rock"
    bpm: float = 120.0
    # Each bar of this number from the start of a section on is a fill; 0: none but at the ends of sections, None:
    # where the drummer likes.
    fills: int | None = None
    # Whether the last bar closes the piece: one stroke, and no more.
    closes: bool = False
    # Whether hits are as early or late as those of drummers are, or on the grid.
    is_loose: bool = False
    temperature: float = 1.0
    # What leads on to the first bar; a pattern of the style where there is none of the meter.
    lead: Groove | None = None

    def __post_init__(self) -> None:
        if self.fills is not None and self.fills < 0:
            raise ControlError(f"fills {self.fills}: must be 0 or more")


def choose_pattern(style: str, meter: str, seed: int) -> Pattern | None:
    """Choose a pattern of a style by a seed; None where no style has one in the meter."""
    found = patterns_of(find_style(style), meter)
    rng = np.random.Generator(np.random.PCG64([seed, _PATTERN]))
    return found[int(rng.random() * len(found))] if found else None


def play_drums(
    bars: Sequence[Bar],
    resolution: int,
    manner: Manner,
    *,
    seed: int,
    starts: Sequence[int] = (),
    drummer: Drummer | None = None,
) -> Part:
    """Play drums in bars; `starts` are the places in `bars` where sections begin, each after a fill."""
    full = [bar for bar in bars if bar.number > 0 and bar.length > 0]
    if not full:
        return Part(is_drum=True, name="Drums")
    skipped = len(bars) - len(full)
    begins = sorted({0, *(start - skipped for start in starts if 0 <= start - skipped < len(full))})
    label = find_style(manner.style)
    lead = manner.lead
    if lead is None or lead.meter != str(full[0].meter):
        pattern = choose_pattern(manner.style, str(full[0].meter), seed)
        lead = pattern.groove if pattern else None
    phases = _phases(len(full), begins)
    request = DrumRequest(
        meters=tuple(str(bar.meter) for bar in full),
        steps=tuple(ceil(bar.length * BEAT / resolution) for bar in full),
        bpm=manner.bpm,
        style=label.partition("/")[0],
        events=_events(phases, begins, manner),
        phases=tuple(phases),
        before=lead,
        temperature=manner.temperature,
    )
    hits = (drummer or load_drummer()).draw(request, seed=seed)
    if manner.closes:
        hits = _closed(hits, len(full) - 1)
    notes = _notes(hits, full, resolution, manner)
    return Part(notes, is_drum=True, name="Drums")


def _phases(count: int, begins: Sequence[int]) -> list[int]:
    """Return the number of each bar in its section."""
    found, start = [], 0
    for bar in range(count):
        start = bar if bar in begins else start
        found.append(bar - start)
    return found


def _events(phases: Sequence[int], begins: Sequence[int], manner: Manner) -> tuple[int, ...]:
    """Say which bars are fills, which are not, and which are left to the drummer."""
    free = _DRAWN if manner.fills is None else GROOVE
    events = [free] * len(phases)
    for bar, phase in enumerate(phases):
        if phase == 0:
            events[bar] = GROOVE
        if manner.fills and (phase + 1) % manner.fills == 0:
            events[bar] = FILL
    for begin in begins[1:]:
        events[begin - 1] = FILL
    return tuple(events)


def _closed(hits: Sequence[Hit], last: int) -> tuple[Hit, ...]:
    """Leave one stroke of the last bar, on which the piece ends."""
    kept = [hit for hit in hits if hit.bar < last]
    strokes = [Hit(last, 0, drum, 0, _LOUD, other=False) for drum in (_BASS, _CRASH)]
    return (*kept, *strokes)


def _notes(
    hits: Sequence[Hit], bars: Sequence[Bar], resolution: int, manner: Manner
) -> tuple[Note, ...]:
    """Write hits as notes that last a sixteenth, or up to the next one of their key."""
    placed: dict[tuple[int, int], int] = {}
    for hit in hits:
        bar = bars[hit.bar]
        at = bar.start + round(hit.step * resolution / BEAT)
        if at >= bar.end:
            continue
        if manner.is_loose:
            late = round(hit.late * resolution / _TICKS)
            at = min(max(at + late, bars[0].start), bars[-1].end - 1)
        key = OTHER_KEYS[hit.drum] if hit.other and hit.drum in OTHER_KEYS else KEYS[hit.drum]
        placed[key, at] = max(placed.get((key, at), 0), hit.velocity)
    notes = []
    following: dict[int, int] = {}
    for key, at in sorted(placed, key=lambda place: place[1], reverse=True):
        length = min(following.get(key, bars[-1].end) - at, max(1, resolution // 4))
        following[key] = at
        notes.append(Note(at, key, max(1, length), placed[key, at]))
    return tuple(notes)
