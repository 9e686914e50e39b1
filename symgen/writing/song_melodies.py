"""The melody of a song: several are drawn over its chords, and of them the one that is most like those of songs."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import fmean

from symgen.music.constraints import PitchRange
from symgen.music.controls import Controls
from symgen.music.harmony import PlacedChord
from symgen.music.instruments import compass
from symgen.music.score import Note, Score
from symgen.sampling.seeds import candidate_seed
from symgen.writing.generator import Generator
from symgen.writing.song_styles import SongStyle
from symgen.writing.takes import Take

__all__ = ["MELODY_MODEL", "draw_melody", "melody_controls", "song_figures"]

MELODY_MODEL = "chamber"
"""A network that is told chords, and knows songs."""

_STYLE, _VOICE = "song", "voice"
# Others are rare among its songs.
_METERS = ("2/4", "3/4", "4/4", "6/8", "2/2", "9/8", "12/8")
# A little more daring than the songs that it knows, which are slower than ours.
_DARING = 1.15
# Melodies of a song of 32 bars from which one is chosen; fewer of long ones, so that one takes a second or so.
_DRAFTS, _FEWEST, _BARS = 12, 3, 384
_OCTAVE = 12


@dataclass(frozen=True, slots=True)
class _Usual:
    """What melodies of songs have, and how far from it most of them are."""

    # 118 songs in 4/4 of before 1931; `python -m lab full-songs` prints the same of ours.
    mean: float
    spread: float


_SONGS = {
    "notes a quarter": _Usual(0.82, 0.2),
    "rests": _Usual(0.06, 0.05),
    "chord tones on strong beats": _Usual(0.78, 0.12),
    "steps": _Usual(0.5, 0.1),
    "repeated": _Usual(0.15, 0.09),
    "leaps": _Usual(0.14, 0.07),
    "long notes": _Usual(0.22, 0.12),
    "rhythms": _Usual(0.38, 0.12),
}


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
    model: Generator, controls: Controls, chords: Sequence[PlacedChord], seed: int
) -> Take:
    """Draw melodies over chords, in grid steps, and keep the one that is most like those of songs."""
    drafts = max(_FEWEST, min(_DRAFTS, _BARS // (controls.bars or 1)))
    takes: list[Take] = []
    for draft in range(drafts):
        one = candidate_seed(seed, draft)
        takes += model.takes(controls, seed=one, chords=chords)
    met = [take for take in takes if all(check.met for check in take.checks(controls))] or takes
    grid = model.vocabulary.grid
    return min(met, key=lambda take: _strangeness(take.score, chords, grid))


def _strangeness(score: Score, chords: Sequence[PlacedChord], grid: int) -> float:
    """Tell how far a melody is from those of songs, in squares of their spread."""
    found = song_figures(score, chords, score.resolution / grid)
    return sum(((found[name] - usual.mean) / usual.spread) ** 2 for name, usual in _SONGS.items())


def song_figures(
    score: Score, chords: Sequence[PlacedChord], ticks: float = 1.0
) -> dict[str, float]:
    """Measure a melody, the first part of a score; `ticks` are those of a unit of the places of the chords."""
    notes = sorted(score.parts[0].notes)
    bars = [bar for bar in score.bars if bar.number > 0]
    length = sum(bar.length for bar in bars) or 1
    moves = [abs(after.pitch - before.pitch) for before, after in pairwise(notes)] or [0]
    rhythms = {
        tuple((note.onset - bar.start, note.duration) for note in notes if bar.start <= note.onset < bar.end)
        for bar in bars
    }  # fmt: skip
    return {
        "notes a quarter": len(notes) * score.resolution / length,
        "rests": max(0.0, 1 - sum(note.duration for note in notes) / length),
        "chord tones on strong beats": _chord_tones(score, notes, chords, ticks),
        "steps": fmean(0 < move <= 2 for move in moves),
        "repeated": fmean(move == 0 for move in moves),
        "leaps": fmean(move >= 5 for move in moves),
        "long notes": fmean(note.duration >= 2 * score.resolution for note in notes),
        "rhythms": len(rhythms) / max(1, len(bars)),
    }


def _chord_tones(
    score: Score, notes: Sequence[Note], chords: Sequence[PlacedChord], ticks: float
) -> float:
    """Return the share of the notes on the first beat, or in the middle of an even bar, that are tones of the chord."""
    starts = [chord.at * ticks for chord in chords]
    strong = {bar.start for bar in score.bars}
    strong |= {bar.start + bar.length // 2 for bar in score.bars if bar.meter.numerator % 2 == 0}
    fits = []
    for note in notes:
        place = bisect_right(starts, note.onset) - 1
        if note.onset in strong and place >= 0 and chords[place].is_chord:
            fits.append(note.pitch % 12 in chords[place].pitch_classes)
    return fmean(fits) if fits else 1.0
