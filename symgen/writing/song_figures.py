"""What the melody of a section of a song is like, in figures, and what those of real songs are."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

from symgen.music.harmony import PlacedChord
from symgen.music.meter import Bar
from symgen.music.score import Note
from symgen.music.theory import Key

__all__ = ["MelodyLine", "real_sections", "strangeness"]

_PHRASE = 4


@dataclass(frozen=True, slots=True)
class _Usual:
    """What sections of songs have, and how far from it most of them are."""

    mean: float
    spread: float


# 428 sections of eight bars of 118 songs in 4/4 of before 1931; `python -m lab full-songs` prints the same of ours.
_SONGS = {
    "notes a quarter": _Usual(0.81, 0.28),
    "rests": _Usual(0.06, 0.07),
    "chord tones on strong beats": _Usual(0.77, 0.17),
    "steps": _Usual(0.5, 0.17),
    "repeated": _Usual(0.15, 0.14),
    "leaps": _Usual(0.14, 0.11),
    "long notes": _Usual(0.24, 0.19),
    "rhythms": _Usual(0.66, 0.17),
    "phrases that end": _Usual(0.71, 0.38),
    "outside": _Usual(0.02, 0.05),
    "clashes": _Usual(0.03, 0.06),
    "bars said again at once": _Usual(0.02, 0.06),
    "compass": _Usual(12.3, 3.0),
}


@dataclass(frozen=True)
class MelodyLine:
    """A melody over chords; all times in ticks."""

    notes: tuple[Note, ...]
    bars: tuple[Bar, ...]
    chords: tuple[PlacedChord, ...]
    key: Key
    # Ticks a quarter.
    resolution: int

    def between(self, start: int, end: int) -> list[Note]:
        """Return the notes that begin in a span."""
        return [note for note in self.notes if start <= note.onset < end]

    def figures(self, first: int, stop: int) -> dict[str, float]:
        """Measure the bars `first` to `stop`; empty if fewer than two notes begin there."""
        bars = self.bars[first:stop]
        notes = self.between(bars[0].start, bars[-1].end) if bars else []
        if len(notes) < 2:
            return {}
        length = sum(bar.length for bar in bars)
        moves = [abs(after.pitch - before.pitch) for before, after in pairwise(notes)]
        pitches = [note.pitch for note in notes]
        by_bar = [self.between(bar.start, bar.end) for bar in bars]
        said = [
            [(note.onset - bar.start, note.duration, note.pitch) for note in mine]
            for bar, mine in zip(bars, by_bar, strict=True)
        ]
        rhythms = {tuple(note[:2] for note in bar) for bar in said}
        return {
            "notes a quarter": len(notes) * self.resolution / length,
            "rests": max(0.0, 1 - sum(note.duration for note in notes) / length),
            "steps": fmean(0 < move <= 2 for move in moves),
            "repeated": fmean(move == 0 for move in moves),
            "leaps": fmean(move >= 5 for move in moves),
            "long notes": fmean(note.duration >= 2 * self.resolution for note in notes),
            "rhythms": len(rhythms) / len(bars),
            "phrases that end": self._ends(bars),
            "bars said again at once": fmean(
                bool(bar) and bar == before for before, bar in pairwise([[], *said])
            ),
            "compass": float(max(pitches) - min(pitches)),
            **self._over_chords(notes, bars),
        }

    def _ends(self, bars: Sequence[Bar]) -> float:
        """Return the share of the phrases of four bars in whose last bar nothing new is sung for half a bar."""
        onsets = [note.onset for note in self.notes]
        last = bars[_PHRASE - 1 :: _PHRASE]
        if not last:
            return 1.0
        ended = []
        for bar in last:
            inside = [onset for onset in onsets if bar.start <= onset < bar.end]
            # What follows the last bar is not waited for.
            later = [onset for onset in onsets if onset >= bar.end and bar is not bars[-1]]
            lines = [bar.start, *inside, min(later, default=bar.end)]
            gaps = [after - before for before, after in pairwise(lines)]
            ended.append(2 * max(gaps) >= bar.length)
        return fmean(ended)

    def _over_chords(self, notes: Sequence[Note], bars: Sequence[Bar]) -> dict[str, float]:
        strong = {bar.start for bar in bars}
        strong |= {bar.start + bar.length // 2 for bar in bars if bar.meter.numerator % 2 == 0}
        scale = self.key.scale | ({(self.key.tonic + 11) % 12} if self.key.minor else set())
        fits, outside, clashes = [], 0, 0
        for note in notes:
            tones, pitch = self._tones_at(note.onset), note.pitch % 12
            if tones and note.onset in strong:
                fits.append(pitch in tones)
            if pitch not in tones:
                outside += note.duration * (pitch not in scale)
                stays = note.onset in strong or note.duration >= self.resolution
                clashes += note.duration * (stays and (pitch - 1) % 12 in tones)
        sung = sum(note.duration for note in notes)
        return {
            "chord tones on strong beats": fmean(fits) if fits else 1.0,
            # The share of the time of notes that neither key nor chord has.
            "outside": outside / sung,
            # The share of the time of notes that stay a semitone above a tone of the chord: minor ninths.
            "clashes": clashes / sung,
        }

    def _tones_at(self, tick: int) -> frozenset[int]:
        place = bisect_right([chord.at for chord in self.chords], tick) - 1
        chord = self.chords[place] if place >= 0 else None
        return frozenset(chord.pitch_classes) if chord and chord.is_chord else frozenset()


def strangeness(figures: Mapping[str, float]) -> float:
    """Tell how far a section is from those of songs, in squares of their spread."""
    if not figures:
        return float(len(_SONGS) * 100)
    return sum(((figures[name] - usual.mean) / usual.spread) ** 2 for name, usual in _SONGS.items())


def real_sections(line: MelodyLine, bars: int) -> Iterable[dict[str, float]]:
    """Yield the figures of the sections of so many bars of a melody, one after the other."""
    for first in range(0, len(line.bars) - bars + 1, bars):
        found = line.figures(first, first + bars)
        if found:
            yield found
