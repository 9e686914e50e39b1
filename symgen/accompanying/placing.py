"""Where chords lie: below the tune, above a low one, and within what is asked for."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from symgen.accompanying.beats import Stretch
from symgen.accompanying.fretting import fret_chords
from symgen.accompanying.patterns import Stroke
from symgen.accompanying.styles import Style
from symgen.accompanying.voicings import Compass, Voicing, bass_line, lead_voices
from symgen.music.score import Note
from symgen.system.errors import ControlError

__all__ = ["Limits", "PlayedChord", "lay_chords"]

# A tune that lies below this pitch on average has its chords above it; below the second one it is
# their bass too.
_LOW, _LOWEST = 57, 48
_HIGHEST = 86
# Chords need so much room; an octave holds every tone.
_ROOM = 12


@dataclass(frozen=True, slots=True)
class Limits:
    """What no note of an accompaniment may break."""

    # Lowest and highest pitch.
    low: int = 0
    high: int = 127
    # How many notes it may sound at once.
    voices: int = 99
    # Pitch classes; all if empty.
    scale: frozenset[int] = frozenset()
    # The shortest note in quarters.
    shortest: float = 0.0
    # Whether the last chord is struck anew where its bar begins, so that the piece closes on it.
    closes: bool = False

    def allows(self, pitch: int) -> bool:
        """Whether a pitch may sound."""
        return self.low <= pitch <= self.high and (not self.scale or pitch % 12 in self.scale)


@dataclass(frozen=True, slots=True)
class PlayedChord:
    """A chord as it is played: its bass, which may be missing, and what lies over it."""

    bass: int | None
    voicing: Voicing

    @property
    def other_bass(self) -> int | None:
        """Return the fifth or the nearest other tone below the bass, for turns with it."""
        if self.bass is None:
            return None
        steps = {(pitch - self.bass) % 12 for pitch in self.voicing}
        # A fourth down is the fifth; a bass of another tone takes what the chord has there.
        fitting = [down for down in (5, 4, 3, 6) if (-down) % 12 in steps]
        return self.bass - fitting[0] if fitting else self.bass

    def pitches(self, stroke: Stroke) -> Voicing:
        """Return what a stroke sounds, from the lowest on."""
        low = [self.other_bass if stroke.tones == "fifth" else self.bass]
        under = tuple(pitch for pitch in low if pitch is not None) or self.voicing[:1]
        if stroke.tones in ("bass", "fifth"):
            return under
        if stroke.tones == "step":
            return (self.voicing[stroke.step % len(self.voicing)],)
        if stroke.tones == "all" and self.bass is not None:
            return (self.bass, *self.voicing)
        return self.voicing[-3:] if stroke.tones == "top" else self.voicing


def lay_chords(
    stretches: Sequence[Stretch], line: Sequence[Note], style: Style, limits: Limits
) -> list[PlayedChord]:
    """Return how the chord of each stretch is played."""
    chords = [stretch.chord for stretch in stretches]
    if style.fretted:
        shapes = fret_chords(chords)
        upper_strings = max(1, limits.voices - 1)
        return [PlayedChord(shape[0], shape[1:][-upper_strings:]) for shape in shapes]
    compass, bass = _room(line, style, limits)
    ceilings = _ceilings(stretches, line)
    if compass.low > min(ceilings, default=127):  # above a low tune
        ceilings = [127] * len(ceilings)
    upper = lead_voices(chords, compass, ceilings)
    if bass is None:
        return [PlayedChord(None, over) for over in upper]
    basses = bass_line(chords, *bass, [over[0] for over in upper])
    return [PlayedChord(low, over) for low, over in zip(basses, upper, strict=True)]


def _room(
    line: Sequence[Note], style: Style, limits: Limits
) -> tuple[Compass, tuple[int, int] | None]:
    """Return where the chords lie, and their bass if there is one."""
    length = sum(note.duration for note in line)
    height = sum(note.pitch * note.duration for note in line) / length
    compass, bass = style.compass, style.bass
    if height < _LOW:
        top = max(note.pitch for note in line)
        up = max(0, min(top + 1, _HIGHEST - compass.high + compass.low) - compass.low)
        compass, bass = compass.moved(up), (bass[0] - 6, bass[0] + 8)
    with_bass = height >= _LOWEST and limits.voices > 1
    voices = max(1, min(compass.voices, limits.voices - with_bass))
    low, high = max(compass.low, limits.low), min(compass.high, limits.high)
    if limits.high - limits.low < _ROOM:
        raise ControlError(
            f"range: {limits.high - limits.low} semitones are too few for chords; give {_ROOM} or more"
        )
    if high - low < _ROOM:
        low = max(limits.low, min(low, limits.high - _ROOM))
        high = low + _ROOM
    placed = replace(compass, low=low, high=high, voices=min(voices, 3 if high - low < 16 else 4))
    lowest = max(bass[0], limits.low)
    return placed, (lowest, max(lowest + 11, min(bass[1], limits.high))) if with_bass else None


def _ceilings(stretches: Sequence[Stretch], line: Sequence[Note]) -> list[int]:
    """Return the lowest pitch of the tune in each stretch."""
    onsets, found = [note.onset for note in line], []
    for stretch in stretches:
        first = max(0, bisect_right(onsets, stretch.start) - 1)
        stop = bisect_right(onsets, stretch.end - 1)
        sounding = [note.pitch for note in line[first:stop] if note.end > stretch.start]
        found.append(min(sounding, default=127))
    return found
