"""Chords for the sections of a song: of several drafts of each the one that suits its key and its style best."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from statistics import fmean

import numpy as np

from symgen.music.charts import ChartBar, ChordChart
from symgen.music.constraints import Form
from symgen.music.harmony import PlacedChord, chord_beat
from symgen.music.laid_charts import chart_chords
from symgen.music.meter import Meter
from symgen.music.theory import Chord, Key, spell_tone
from symgen.planner.planner import PlanRequest, load_planner
from symgen.sampling.seeds import candidate_seed
from symgen.tokens.events import BarRun
from symgen.tokens.plans import bars_of
from symgen.writing.song_styles import SongStyle

__all__ = ["SongForm", "key_of_chart", "plan_song"]

_GRID = 12
# Drafts of a section, fewer of long ones, so that a song of any length takes a second or so.
_DRAFTS, _FEWEST, _BARS = 12, 2, 96
_PHRASE = 4
# Seeds of keys are apart from those of chords and notes.
_KEY = 24
# What a draft loses: for tones outside the key, for chords that change too fast or too slowly, for one that
# stands for more than so many bars or fewer than so many roots, for roots that the style has not, for inversions.
_OUTSIDE, _RATE, _STATIC, _STRANGE, _INVERTED = 6.0, 2.0, 1.0, 4.0, 1.0
_LONGEST, _ROOTS = 2.0, 3


@dataclass(frozen=True, slots=True)
class SongForm:
    """The bars of a song, and its sections of equal length."""

    bars: int
    form: Form
    meter: Meter

    @property
    def section_bars(self) -> int:
        """Bars of a section."""
        return self.bars // len(self.form.sections)

    @property
    def bar_steps(self) -> int:
        """Steps of a bar on the grid."""
        return self.meter.bar_ticks(_GRID)

    def letters(self) -> list[str]:
        """Return the letter of each section."""
        return [letter for letter, _ in self.form.sections]


def key_of_chart(chart: ChordChart, song: SongForm, seed: int) -> Key:
    """Return the key in which the chords of a chart are likeliest."""
    run = BarRun(song.bars, song.meter, song.bar_steps)
    given = chart_chords(chart, bars_of((run,), pickup=False), _GRID)
    request = PlanRequest((run,), given=given, held=((0, song.bars * song.bar_steps),), grid=_GRID)
    chance = np.random.Generator(np.random.PCG64([seed, _KEY]))
    return load_planner().key_of(request, chance)


def plan_song(song: SongForm, key: Key, style: SongStyle, seed: int) -> ChordChart:
    """Draw the chords of a song bar by bar; sections with one letter have the same ones."""
    letters, drawn = song.letters(), dict[str, list[ChartBar]]()
    for number, letter in enumerate(dict.fromkeys(letters)):
        section = _Section(
            song, key, style, opens=number == 0, closes=letter == letters[-1], number=number
        )
        drawn[letter] = section.bars(seed)
    return ChordChart(tuple(bar for letter in letters for bar in drawn[letter]))


@dataclass(frozen=True)
class _Section:
    """A section whose chords are drawn."""

    song: SongForm
    key: Key
    style: SongStyle
    # Whether it is the first of the song, and the last.
    opens: bool
    closes: bool
    number: int

    def bars(self, seed: int) -> list[ChartBar]:
        """Draw it several times, and return the bars of the draft that is worth most."""
        meter, count = self.song.meter, self.song.section_bars
        beat = round(chord_beat(meter) * _GRID)
        a_bar = max(1, self.song.bar_steps // beat)
        drafts = max(_FEWEST, min(_DRAFTS, _BARS // count))
        planner, request, found = load_planner(), self._request(), []
        for draft in range(drafts):
            one = candidate_seed(seed, 1 + self.number * _DRAFTS + draft)
            drawn = planner.draw(request, seed=one)
            found.append(_on_beats(drawn, beat, a_bar * count, sevenths=self.style.sevenths))
        return _chart_bars(max(found, key=self._worth), a_bar, self.key)

    def _request(self) -> PlanRequest:
        meter, count = self.song.meter, self.song.section_bars
        steps = self.song.bar_steps
        tonic = PlacedChord(0, self.key.tonic, "m" if self.key.minor else "")
        given, held = [], []
        if self.opens:
            given.append(tonic)
            held.append((0, round(chord_beat(meter) * _GRID)))
        if self.closes:
            last = (count - 1) * steps
            given.append(replace(tonic, at=last))
            held.append((last, count * steps))
        phrases = tuple(range(_PHRASE * steps, count * steps, _PHRASE * steps))
        return PlanRequest(
            (BarRun(count, meter, steps),),
            key=self._planned_key(),
            style=self.style.planner,
            given=tuple(given),
            held=tuple(held),
            ends=() if count % _PHRASE else phrases,
            closes=self.closes,
            grid=_GRID,
        )

    def _planned_key(self) -> Key:
        """Return the major key of the same signature for a minor one: songs in minor have its chords."""
        return Key((self.key.tonic + 3) % 12, "major") if self.key.minor else self.key

    def _worth(self, beats: Sequence[PlacedChord]) -> float:
        """Tell how well a draft, its chord of each beat, suits the key and the style."""
        count, (fewest, most) = self.song.section_bars, self.style.changes
        runs = [len(list(run)) for _, run in groupby(beats, key=_sound)]
        rate, longest = len(runs) / count, max(runs) * count / len(beats)
        roots = {chord.root for chord in beats}
        strange = [chord for chord in beats if not self._suits(chord)]
        return -(
            _OUTSIDE * fmean(self._outside(chord) for chord in beats)
            + _RATE * (max(0.0, fewest - rate) + max(0.0, rate - most))
            + _STATIC * (max(0.0, longest - _LONGEST) + max(0, min(_ROOTS, count) - len(roots)))
            + _STRANGE * len(strange) / len(beats)
            + _INVERTED * fmean(chord.bass != chord.root for chord in beats)
        )

    def _suits(self, chord: PlacedChord) -> bool:
        """Whether a chord has a root that the style has."""
        roots = self.style.roots
        return chord.is_chord and (not roots or (chord.root - self.key.tonic) % 12 in roots)

    def _outside(self, chord: PlacedChord) -> float:
        """Return the share of the tones of a chord that are foreign to the key; in minor the leading tone is not."""
        tones = chord.pitch_classes
        leading = {(self.key.tonic + 11) % 12} if self.key.minor else set()
        return len(tones - self.key.scale - leading) / max(1, len(tones))


def _sound(chord: PlacedChord) -> tuple[int, str, int]:
    return chord.root, chord.quality, chord.bass


def _on_beats(
    chords: Sequence[PlacedChord], beat: int, count: int, *, sevenths: bool
) -> list[PlacedChord]:
    """Return the chord of each beat."""
    starts = [chord.at for chord in chords]
    found = [chords[max(0, bisect_right(starts, beat * i) - 1)] for i in range(count)]
    if not sevenths:
        return found
    return [
        replace(each, quality="7") if each.is_chord and not each.quality else each for each in found
    ]


def _chart_bars(beats: Sequence[PlacedChord], a_bar: int, key: Key) -> list[ChartBar]:
    """Write the chords of beats as bars of a chart, each with as few as say the same."""
    bars = [beats[first : first + a_bar] for first in range(0, len(beats), a_bar)]
    return [ChartBar(tuple(_symbol(chord, key) for chord in _fewest(bar))) for bar in bars]


def _fewest(bar: Sequence[PlacedChord]) -> Sequence[PlacedChord]:
    """Return equal shares of a bar that have one chord each, as few of them as there are."""
    for count in range(1, len(bar)):
        share, rest = divmod(len(bar), count)
        shares = [bar[first : first + share] for first in range(0, len(bar), share)]
        if not rest and all(len(set(map(_sound, each))) == 1 for each in shares):
            return [each[0] for each in shares]
    return bar


def _symbol(chord: PlacedChord, key: Key) -> Chord | None:
    if not chord.is_chord:
        return None
    bass = "" if chord.bass == chord.root else f"/{spell_tone(chord.bass, key.sharps)}"
    name = f"{spell_tone(chord.root, key.sharps)}{chord.quality}{bass}"
    return Chord(chord.root, chord.quality, name)
