"""Where a band plays: the bars of a tune, those before and behind it, and the chords in all of them."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace

from symgen.accompanying.examples import Example
from symgen.accompanying.forms import find_sections
from symgen.accompanying.frames import framed_bars, framed_chords, section_length
from symgen.accompanying.textures import ENDING, INTRO, PlannedBar, plan_bars
from symgen.music.harmony import PlacedChord
from symgen.music.meter import Bar, Meter
from symgen.music.score import Note
from symgen.music.theory import Key
from symgen.system.errors import ControlError

__all__ = ["Stage", "TuneBars", "set_stage"]


@dataclass(frozen=True)
class TuneBars:
    """The bars of a tune in which a band plays, and what is known of them."""

    bars: tuple[Bar, ...]
    # The melody.
    line: tuple[Note, ...]
    # In ticks.
    chords: tuple[PlacedChord, ...]
    key: Key
    # Where the key is from, and the chords.
    origin: str
    source: str
    resolution: int
    bpm: float
    # From where to where a band plays that is there already.
    played: tuple[int, int] | None = None

    def frame_there(self, intro: int) -> tuple[int, int]:
        """Return how many bars a band that is there plays before the tune, and behind it; `intro` are usual."""
        if self.played is None:
            return 0, 0
        starts = [bar.start for bar in self.bars]
        opens = self.line[0].onset
        first = max(0, bisect_right(starts, opens) - 1)
        last = max(0, bisect_right(starts, max(note.end for note in self.line) - 1) - 1)
        before = first if self.played[0] < starts[first] else 0
        # A pickup lies in the last bar of an introduction.
        if before == intro - 1 and opens > starts[first]:
            before = intro
        behind = len(self.bars) - 1 - last
        return before, behind if self.played[1] > self.bars[last].end else 0


@dataclass(frozen=True)
class Stage:
    """The bars in which a band plays, and how the tune is moved for them."""

    tune: TuneBars
    planned: tuple[PlannedBar, ...]
    chords: tuple[PlacedChord, ...]
    # By how many ticks the tune begins later, and a tick of it up to which the meter is that of its first bar.
    late: int = 0
    opening: tuple[int, Meter] | None = None
    # Bars that were asked for before the tune and behind it.
    intro: int = 0
    ending: int = 0

    @property
    def end(self) -> int:
        """First tick after all bars."""
        return self.planned[-1].bar.end


def set_stage(tune: TuneBars, example: Example, *, intro: bool, ending: bool) -> Stage:
    """Lay out the bars of a tune, with an introduction and an ending of a style if they are asked for."""
    lengths = [
        section_length(example, name, bar, tune.resolution)
        for name, bar in ((INTRO, tune.bars[0]), (ENDING, tune.bars[-1]))
    ]
    there = tune.frame_there(lengths[0])
    inner = tune.bars[there[0] : len(tune.bars) - there[1]]
    before, behind = (
        _asked(example, name, length, has) if wanted else 0
        for name, wanted, length, has in zip(
            (INTRO, ENDING), (intro, ending), lengths, there, strict=True
        )
    )
    # What rests before the tune makes room for its introduction.
    late = max(0, before * tune.bars[0].length - tune.bars[0].start) if before else 0
    shifted = [replace(bar, start=bar.start + late, end=bar.end + late) for bar in tune.bars]
    bars = framed_bars(shifted, before, behind)
    chords = tuple(replace(chord, at=chord.at + late) for chord in tune.chords)
    if chords:
        chords = framed_chords(chords, tune.key, bars, before, behind)
    starts, letters = find_sections(inner, tune.line)
    opens = before + there[0]
    planned = plan_bars(
        bars, [start + opens for start in starts], letters, intro=opens, ending=behind + there[1]
    )
    opening = (tune.bars[0].start, tune.bars[0].meter) if late else None
    return Stage(tune, planned, chords, late, opening, before, behind)


def _asked(example: Example, name: str, length: int, there: int) -> int:
    """Return the bars of an introduction or an ending that is asked for: none where the tune has one."""
    if there:
        return 0
    if not length:
        known = ", ".join(section.name for section in example.sections)
        raise ControlError(
            f"{name.lower()}: style {example.name} has no section {name}; its sections are {known}"
        )
    return length
