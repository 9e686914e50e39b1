"""Chords in time as parts: voicings and patterns put together."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from statistics import fmean

from symgen.accompanying.beats import Stretch, cut_stretches
from symgen.accompanying.patterns import PATTERNS, Pattern
from symgen.accompanying.placing import Limits, PlayedChord, lay_chords
from symgen.accompanying.styles import Style
from symgen.music.harmony import PlacedChord, chord_beat
from symgen.music.score import Note, Part, Score
from symgen.music.tempo import usual_tempo

__all__ = ["accompany"]

# A beat of fewer seconds is not divided.
_QUICK = 0.42
_SOFTEST, _LOUDEST = 25, 105
# What is struck on a bar line, in the middle of a bar, and elsewhere.
_ACCENTS = (5, 2, -3)
# Tones that go on are struck again after so many bars.
_BARS_HELD = 4


@dataclass(frozen=True, slots=True)
class _Sound:
    """A note, and how many of its chord lie above it."""

    note: Note
    above: int


def accompany(
    score: Score,
    line: Sequence[Note],
    chords: Sequence[PlacedChord],
    style: Style,
    *,
    seed: int,
    span: tuple[int, int],
    limits: Limits | None = None,
) -> tuple[Part, ...]:
    """Return parts that play chords below a tune between two ticks; `chords` are in ticks, `line` has notes."""
    limits = limits or Limits()
    stretches = list(cut_stretches(score.bars, score.resolution, chords, *span))
    played = lay_chords(stretches, line, style, limits)
    name = _pattern(score, style, seed, limits)
    level = fmean(note.velocity for note in line) - style.below
    sounds: list[_Sound] = []
    close: list[_Sound] = []
    for number, (stretch, chord) in enumerate(zip(stretches, played, strict=True)):
        # The last chord is held, whatever goes before.
        is_last = number + 1 == len(stretches)
        pattern = PATTERNS["held" if is_last else name]
        into = close if is_last and limits.closes else sounds
        into += _struck(stretch, chord, pattern, level)
    if style.ties:
        longest = max((bar.length for bar in score.bars), default=0) * _BARS_HELD
        sounds = list(_tied(sounds, longest))
    sounds += close
    return _parts([sound for sound in sounds if limits.allows(sound.note.pitch)], style)


def _pattern(score: Score, style: Style, seed: int, limits: Limits) -> str:
    """Choose a pattern that fits the meter and the tempo."""
    meter = score.meters[-1].meter if score.meters else None
    beat = chord_beat(meter) if meter else 1
    in_three = meter is not None and (meter.quarters / beat) % 3 == 0
    seconds = float(beat) * usual_tempo(score, score.length).microseconds / 1e6
    # An eighth in simple meters, and in compound ones.
    part = float(beat) / (3 if meter and meter.beat_quarters.numerator == 3 else 2)
    divides = seconds >= _QUICK and part >= limits.shortest
    able = [
        name
        for name in style.patterns
        if PATTERNS[name].in_three in (None, in_three) and (divides or not PATTERNS[name].divides)
    ]
    return random.Random(f"accompaniment {seed}").choice(able)  # noqa: S311


def _struck(
    stretch: Stretch, chord: PlayedChord, pattern: Pattern, level: float
) -> Iterator[_Sound]:
    """Yield the notes of a stretch."""
    levels = {beat.start: beat.level for beat in stretch.beats}
    for stroke in pattern.play(stretch.beats):
        accent = _ACCENTS[levels.get(stroke.start, 2)]
        velocity = round(min(_LOUDEST, max(_SOFTEST, level + accent)))
        pitches = sorted(set(chord.pitches(stroke)), reverse=True)
        for above, pitch in enumerate(pitches):
            note = Note(stroke.start, pitch, stroke.end - stroke.start, velocity)
            yield _Sound(note, above)


def _tied(sounds: Sequence[_Sound], longest: int) -> Iterator[_Sound]:
    """Yield notes in the order of their onsets, those that go on from chord to chord as one."""
    held: dict[tuple[int, int], Note] = {}
    for onset, struck in groupby(sounds, key=lambda sound: sound.note.onset):
        going = {}
        for sound in struck:
            key = sound.note.pitch, sound.above
            before = held.pop(key, None)
            note = sound.note
            if before is not None and before.end == onset:
                if note.end - before.onset <= longest:
                    note = replace(before, duration=note.end - before.onset)
                else:
                    yield _Sound(before, sound.above)
            elif before is not None:
                yield _Sound(before, sound.above)
            going[key] = note
        yield from (_Sound(note, above) for (_, above), note in held.items())
        held = going
    yield from (_Sound(note, above) for (_, above), note in held.items())


def _parts(sounds: Sequence[_Sound], style: Style) -> tuple[Part, ...]:
    """Give each player its notes: all, or those of one line; who would have none is left out."""
    last = len(style.players) - 1
    parts = (
        Part(
            tuple(sound.note for sound in sounds if not last or min(sound.above, last) == i),
            player.program,
            name=player.name,
        )
        for i, player in enumerate(style.players)
    )
    return tuple(part for part in parts if part.note_count)
