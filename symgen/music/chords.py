"""Chord reading: which chord sounds when, from the notes alone."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from symgen.music.chord_beats import SILENT, Beats, hear
from symgen.music.chord_decoder import NO_CHORD_STATE, shipped_decoder
from symgen.music.chord_features import describe_beats
from symgen.music.harmony import NO_CHORD_ROOT, PLAN_QUALITIES, chord_beats
from symgen.music.keys import infer_key
from symgen.music.lines import hardly_overlap
from symgen.music.score import Score
from symgen.music.theory import QUALITIES, Chord, Key, spell_tone

__all__ = ["BeatChords", "ChordReading", "ChordSpan", "chords_of", "read_chords"]

Ints = NDArray[np.int64]

# A bass above this pitch bears no chords; over a chord it moves up by so many semitones at most.
_BASS_BELOW, _BASS_MOVES = 60, 7
# Beats that are looked at together, for the memory's sake, and how far a beat looks beside it.
_BLOCK, _BESIDE = 4096, 32


def _tones(state: int) -> list[bool]:
    """Tell which pitch classes are tones of a state of the decoder."""
    if state == NO_CHORD_STATE:
        return [False] * 12
    quality, root = divmod(state, 12)
    tones = {(root + step) % 12 for step in QUALITIES[PLAN_QUALITIES[quality]]}
    return [tone in tones for tone in range(12)]


_TONES = np.array([_tones(state) for state in range(NO_CHORD_STATE + 1)])
_BITS = 1 << np.arange(12)


class BeatChords(NamedTuple):
    """The chord of each beat: root and bass as pitch classes, the quality as its place in `PLAN_QUALITIES`."""

    # `NO_CHORD_ROOT` where no chord sounds; shape (beats,) each.
    root: Ints
    quality: Ints
    bass: Ints


class ChordSpan(NamedTuple):
    """A chord, or none, from a tick up to another one."""

    start: int
    end: int
    chord: Chord | None


def chords_of(score: Score) -> tuple[tuple[int, Chord], ...]:
    """Read the chords of a piece, drums left out, as ``(tick, chord)`` where a new one begins.

    Of a single line they are chords that would suit it. Where none sounds the one before goes on.
    """
    found: list[tuple[int, Chord]] = []
    for start, _, chord in ChordReading.of_score(score).spans():
        if chord and (not found or found[-1][1] != chord):
            found.append((start, chord))
    return tuple(found)


def read_chords(notes: Ints, beats: Beats, key: Key, *, is_line: bool | None = None) -> BeatChords:
    """Read the chord of each beat from notes without drums: rows that begin with onset, duration and pitch.

    The rows are sorted by their onsets; times are in the unit of the beats. `is_line`: as
    `symgen.music.lines.is_single_line` says, by default found out.
    """
    return ChordReading(notes, beats, key, is_line=is_line).of_beats()


class ChordReading:
    """Beats of a piece, what sounds in them, and the chords that it makes."""

    def __init__(self, notes: Ints, beats: Beats, key: Key, *, is_line: bool | None = None) -> None:
        line = hardly_overlap(notes[:, 0], notes[:, 1]) if is_line is None else is_line
        self.key, self.is_line = key, line
        self.starts, self.ends, self.levels = beats
        self.heard = hear(notes, beats)

    @classmethod
    def of_score(cls, score: Score, key: Key | None = None) -> ChordReading:
        """Listen to a piece, drums left out; its key is found if it is not given."""
        notes = score.note_array()
        pitched = np.array([not part.is_drum for part in score.parts], dtype=bool)
        notes = notes[pitched[notes[:, 4]]] if len(notes) else notes
        beats = Beats(*chord_beats(score.bars, score.resolution))
        return cls(notes, beats, key or infer_key(score))

    def states(self) -> Ints:
        """Return the state of the decoder in each beat."""
        states = np.full(len(self.starts), NO_CHORD_STATE)
        sounding = np.flatnonzero(self.heard.filled.any(axis=1))
        if not len(sounding):
            return states
        # Before the first note and after the last one there is nothing.
        first, end = int(sounding[0]), int(sounding[-1]) + 1
        decoder, said, stays = shipped_decoder(), [], []
        for start in range(first, end, _BLOCK):
            # With what stands beside them, that it makes no difference where blocks end.
            low, high = max(first, start - _BESIDE), min(end, start + _BLOCK + _BESIDE)
            features = describe_beats(
                self.heard.between(low, high), self.levels[low:high], is_line=self.is_line
            )
            mine = slice(start - low, min(end, start + _BLOCK) - low)
            said.append(decoder.said(features, self.key)[mine])
            stays.append(decoder.stays(features)[mine])
        states[first:end] = decoder.likeliest(np.concatenate(said), np.concatenate(stays), self.key)
        return states if self.is_line else self._plainly(states)

    def _plainly(self, states: Ints) -> Ints:
        """Where a chord has tones that do not sound, and what sounds is another one to the tone, read that one."""
        opens = np.flatnonzero(np.diff(states, prepend=-1))
        heard = np.logical_or.reduceat(self.heard.filled > 0, opens)
        lacks = np.any(_TONES[states[opens]] & ~heard, axis=1, keepdims=True)
        same = ((heard @ _BITS)[:, None] == _TONES[:NO_CHORD_STATE] @ _BITS) & lacks
        # Of chords with the same tones that on the lowest one.
        lowest = self.heard.lowest[opens, None]
        on_bass = (np.arange(NO_CHORD_STATE) % 12 == lowest % 12) & (lowest < SILENT)
        choice = np.where((same & on_bass).any(axis=1), (same & on_bass).argmax(axis=1), -1)
        alone = same.sum(axis=1) == 1
        choice = np.where((choice < 0) & alone, same.argmax(axis=1), choice)
        plain = np.where(choice >= 0, choice, states[opens])
        found: Ints = np.repeat(plain, np.diff([*opens.tolist(), len(states)]))
        return found

    def of_beats(self) -> BeatChords:
        """Return the chord of each beat."""
        states = self.states()
        is_none = states == NO_CHORD_STATE
        return BeatChords(
            np.where(is_none, NO_CHORD_ROOT, states % 12),
            np.where(is_none, 0, states // 12),
            np.where(is_none, NO_CHORD_ROOT, self._basses(states)),
        )

    def _basses(self, states: Ints) -> Ints:
        """Return the bass of each beat: the lowest tone, if it is of the chord and near the first one of that chord."""
        lowest, beat = self.heard.lowest, np.arange(len(states))
        opens = np.diff(states, prepend=-1) != 0
        first = np.maximum.accumulate(np.where(opens, beat, 0))
        is_bass = (lowest < _BASS_BELOW) & _TONES[states, lowest % 12]
        is_bass &= opens | (lowest <= lowest[first] + _BASS_MOVES)
        told = np.where(is_bass, lowest, states) % 12
        basses: Ints = told[np.maximum.accumulate(np.where(is_bass | opens, beat, 0))]
        return basses

    def spans(self) -> tuple[ChordSpan, ...]:
        """Return the chords, and the times without one between them, in their order."""
        states = self.states()
        there = np.flatnonzero(states != NO_CHORD_STATE)
        if not len(there):
            return ()
        basses, last = self._basses(states), int(there[-1]) + 1
        opens = np.flatnonzero(np.diff(states, prepend=NO_CHORD_STATE)).tolist()
        found = []
        for place, end in pairwise([*(place for place in opens if place < last), last]):
            state, chord = int(states[place]), None
            if state != NO_CHORD_STATE:
                chord = self._chord(state, int(basses[place]), slice(place, end))
            found.append(ChordSpan(int(self.starts[place]), int(self.ends[end - 1]), chord))
        return tuple(found)

    def _chord(self, state: int, bass: int, beats: slice) -> Chord:
        """Name the chord of some beats."""
        quality, root = PLAN_QUALITIES[state // 12], state % 12
        heard = self.heard.filled[beats].max(axis=0) > 0
        third = heard[[(root + 3) % 12, (root + 4) % 12]].any()
        fifth = heard[root] and heard[(root + 7) % 12]
        if not self.is_line and quality in ("", "m") and fifth and not third:
            quality = "5"
        name = spell_tone(root, self.key.sharps) + quality
        if bass != root:
            name += f"/{spell_tone(bass, self.key.sharps)}"
        return Chord(root, quality, name)
