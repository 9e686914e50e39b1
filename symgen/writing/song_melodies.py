"""The melody of a song: several are drawn over its chords, and each section is taken from the best of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import fmean

from symgen.music.constraints import Form, PitchRange
from symgen.music.controls import Controls
from symgen.music.harmony import PlacedChord
from symgen.music.instruments import compass
from symgen.music.score import Note, Score
from symgen.music.theory import Key
from symgen.sampling.seeds import candidate_seeds
from symgen.writing.generator import Generator
from symgen.writing.song_figures import MelodyLine, strangeness
from symgen.writing.song_styles import SongStyle
from symgen.writing.takes import Take

__all__ = ["MELODY_MODEL", "draw_melody", "melody_controls"]

MELODY_MODEL = "chamber"
"""A network that is told chords, and knows songs."""

_STYLE, _VOICE = "song", "voice"
# Others are rare among its songs.
_METERS = ("2/4", "3/4", "4/4", "6/8", "2/2", "9/8", "12/8")
# A little more daring than the songs that it knows, which are slower than ours.
_DARING = 1.15
# Melodies of a song of 32 bars from which sections are taken; fewer of long ones, so that one takes a second or two.
_DRAFTS, _FEWEST, _BARS = 24, 3, 768
_OCTAVE = 12
# Semitones by which the second section, the chorus, lies above the first one; by which a melody lies above the
# middle of its range; and how far from each it may well be.
_RISE, _RISES, _HEIGHT, _AWAY = 3.0, 1.5, 1.0, 3.0
# A leap from section to section of so many semitones is nothing.
_LEAP = 7


def melody_controls(controls: Controls, style: SongStyle) -> Controls:
    """Return what the melody of a song is held to: what is asked for, else what is usual in the style."""
    asked = controls.range
    if asked is None:
        asked = PitchRange.parse(style.range)
        if controls.instrument is not None:
            asked = _within(asked, *compass(controls.instrument))
    return replace(
        controls,
        style=_STYLE if str(controls.meter) in _METERS else "",
        instrument=None,
        instruments=(_VOICE,),
        max_polyphony=1,
        range=asked,
        density=controls.density or style.density,
        grid=controls.grid or style.grid,
        swing=None,
        tempo=None,
        chords=controls.chords if controls.strict_chords else None,
        temperature=min(5.0, controls.temperature * _DARING),
    )


def _within(asked: PitchRange, low: int, high: int) -> PitchRange:
    """Return a range moved by octaves to where an instrument plays."""
    while asked.low < low and asked.high + _OCTAVE <= high:
        asked = PitchRange(asked.low + _OCTAVE, asked.high + _OCTAVE)
    while asked.high > high and asked.low - _OCTAVE >= low:
        asked = PitchRange(asked.low - _OCTAVE, asked.high - _OCTAVE)
    return PitchRange(max(asked.low, low), min(asked.high, high))


def draw_melody(
    model: Generator, controls: Controls, chords: Sequence[PlacedChord], key: Key, seed: int
) -> Take:
    """Draw melodies over chords, in grid steps, and put one together of sections that are most like those of songs.

    All sections are of one draft where their join breaks what is asked for.
    """
    drafts = max(_FEWEST, min(_DRAFTS, _BARS // (controls.bars or 1)))
    takes = model.drafts(controls, candidate_seeds(seed, drafts), chords)
    met = [take for take in takes if _holds(take, controls)] or takes
    choice = _Choice(met, chords, controls, key, model.vocabulary.grid)
    if not controls.max_copy:
        joined = choice.joined()
        if _holds(joined, controls):
            return joined
    return choice.best()


def _holds(take: Take, controls: Controls) -> bool:
    return all(check.met for check in take.checks(controls))


@dataclass(frozen=True)
class _Section:
    """A section of a draft."""

    # Its own strangeness.
    worth: float
    height: float
    first: int
    last: int


class _Choice:
    """Drafts of one melody, section by section."""

    def __init__(
        self,
        takes: Sequence[Take],
        chords: Sequence[PlacedChord],
        controls: Controls,
        key: Key,
        grid: int,
    ) -> None:
        self._takes = takes
        form = controls.form or Form.parse("A")
        self._letters = [letter for letter, _ in form.sections]
        asked = controls.range or PitchRange(60, 84)
        self._wanted = (asked.low + asked.high) / 2 + _HEIGHT
        self._drafts = [self._sections(take.score, chords, key, grid) for take in takes]

    def best(self) -> Take:
        """Return the draft whose sections are the least strange."""
        known = dict.fromkeys(self._letters)
        total = [sum(self._cost(each[a], None, a) for a in known) for each in self._drafts]
        return self._takes[total.index(min(total))]

    def joined(self) -> Take:
        """Return the best section of each letter as one melody; the next ones suit those that are chosen."""
        chosen: dict[str, int] = {}
        before: _Section | None = None
        for letter in dict.fromkeys(self._letters):
            costs = [self._cost(each[letter], before, letter) for each in self._drafts]
            chosen[letter] = costs.index(min(costs))
            before = self._drafts[chosen[letter]][letter]
        base = self._takes[chosen[self._letters[-1]]]
        return replace(base, score=self._put_together(chosen, base.score))

    def _cost(self, section: _Section, before: _Section | None, letter: str) -> float:
        if before is None:
            return section.worth + ((section.height - self._wanted) / _AWAY) ** 2
        leap = max(0, abs(section.first - before.last) - _LEAP)
        rise = section.height - before.height
        wanted = _RISE if letter == self._chorus else 0.0
        return section.worth + (leap / _AWAY) ** 2 + ((rise - wanted) / _RISES) ** 2

    @property
    def _chorus(self) -> str:
        """The letter of the second section that is new."""
        return [*dict.fromkeys(self._letters), ""][1]

    def _sections(
        self, score: Score, chords: Sequence[PlacedChord], key: Key, grid: int
    ) -> dict[str, _Section]:
        """Measure the first section of each letter."""
        bars = tuple(bar for bar in score.bars if bar.number > 0)
        scale = score.resolution // grid
        placed = tuple(replace(chord, at=chord.at * scale) for chord in chords)
        notes = tuple(sorted(score.parts[0].notes))
        line = MelodyLine(notes, bars, placed, key, score.resolution)
        found, size = {}, len(bars) // len(self._letters)
        for letter in dict.fromkeys(self._letters):
            first = self._letters.index(letter) * size
            mine = line.between(bars[first].start, bars[first + size - 1].end)
            pitches = [note.pitch for note in mine] or [round(self._wanted)]
            worth = strangeness(line.figures(first, first + size))
            found[letter] = _Section(worth, fmean(pitches), pitches[0], pitches[-1])
        return found

    def _put_together(self, chosen: dict[str, int], base: Score) -> Score:
        """Return a score with the sections of several drafts, each cut where the next one begins."""
        bars = [bar for bar in base.bars if bar.number > 0]
        size = len(bars) // len(self._letters)
        lines = [*(bars[size * number].start for number in range(len(self._letters))), bars[-1].end]
        notes: list[Note] = []
        for letter, (start, end) in zip(self._letters, pairwise(lines), strict=True):
            own = self._takes[chosen[letter]].score.parts[0].notes
            notes += [
                replace(note, duration=min(note.end, end) - note.onset)
                for note in own
                if start <= note.onset < end
            ]
        return base.with_parts([base.parts[0].with_notes(notes)])
