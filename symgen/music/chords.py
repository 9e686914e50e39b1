"""Chord reading: which chord sounds when, from the notes alone."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from symgen.music.chord_beats import SILENT, Beats, hear
from symgen.music.harmony import NO_CHORD_ROOT, PLAN_QUALITIES, chord_beats
from symgen.music.keys import infer_key
from symgen.music.lines import hardly_overlap, is_single_line
from symgen.music.score import Score
from symgen.music.theory import QUALITIES, Chord, Key, spell_tone
from symgen.system.arrays import distinct

__all__ = [
    "CHORDAL",
    "MELODIC",
    "QUALITIES_READ",
    "BeatChords",
    "ChordReading",
    "ReadingWeights",
    "chords_of",
    "read_chords",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

QUALITIES_READ = PLAN_QUALITIES
"""Names of the qualities that are told apart, and ``"5"``; see `symgen.music.theory.QUALITIES`."""

_STATES = 12 * len(QUALITIES_READ)


def _template(state: int) -> Floats:
    quality, root = divmod(state, 12)
    tones = np.zeros(12)
    tones[[(root + step) % 12 for step in QUALITIES[QUALITIES_READ[quality]]]] = 1.0
    return tones


_ROOTS = np.arange(_STATES) % 12
_TONES = np.stack([_template(state) for state in range(_STATES)])
"""Shape (states, 12); a state is ``12 * quality + root``."""

# A bass above this pitch bears no chords; over a chord it moves up by so many semitones at most.
_BASS_BELOW, _BASS_MOVES = 60, 7
# A tone with more than this share of what sounds is a unison, and likely a root: log odds.
_ONE, _UNISON = 0.95, 2.0
# A tone with this share of what sounds is there in full.
_PRESENT = 0.25


@dataclass(frozen=True)
class ReadingWeights:
    """What speaks for a chord, in log odds."""

    # A beat filled by the root, by other tones of the chord, and by tones outside it.
    root: float
    tone: float
    outside: float
    # What sounds as the beat begins counts so much more than what comes later in it.
    onset: float
    # With so much sound a beat says half of what it could say.
    half: float
    # The lowest tone is the root; it is none of the chord.
    bass_root: float
    bass_outside: float
    # All tones are in the key; the root is this degree of it.
    in_key: float
    first: float
    second: float
    fourth: float
    fifth: float
    sixth: float
    # A tone of the chord that does not sound.
    missing: float
    # A seventh; neither major nor minor; a fourth for the third.
    seventh: float
    other: float
    suspended: float
    # A new chord at a bar line, in the middle of a bar, and elsewhere; a root that falls by a fifth.
    change_bar: float
    change_half: float
    change_beat: float
    falling_fifth: float


# Both chosen by a random search: python -m lab chords --fit.
CHORDAL = ReadingWeights(
    root=3.32, tone=4.56, outside=-30.19, onset=1.32, half=1.57, bass_root=0.86, bass_outside=-0.33,
    in_key=0.11, first=0.46, second=0.05, fourth=0.24, fifth=0.35, sixth=0.11,
    missing=-1.9, seventh=-1.06, other=-0.61, suspended=-2.58,
    change_bar=-0.64, change_half=-0.21, change_beat=-1.41, falling_fifth=0.56,
)  # fmt: skip
"""For music that sounds several notes at once."""

MELODIC = ReadingWeights(
    root=3.0, tone=3.06, outside=-2.02, onset=1.26, half=1.0, bass_root=0.0, bass_outside=0.0,
    in_key=0.77, first=0.51, second=0.14, fourth=0.23, fifth=0.32, sixth=0.02,
    missing=-1.38, seventh=-0.83, other=-1.17, suspended=-2.21,
    change_bar=-0.77, change_half=-1.64, change_beat=-3.55, falling_fifth=0.42,
)  # fmt: skip
"""For a single line, which leaves most of its harmony unsaid."""


class BeatChords(NamedTuple):
    """The chord of each beat: root and bass as pitch classes, the quality as its place in `PLAN_QUALITIES`."""

    # `NO_CHORD_ROOT` where no chord sounds; shape (beats,) each.
    root: Ints
    quality: Ints
    bass: Ints


def chords_of(score: Score) -> tuple[tuple[int, Chord], ...]:
    """Read the chords of a piece, drums left out, as ``(tick, chord)`` where a new one begins.

    Of a single line they are chords that would suit it.
    """
    return ChordReading.of_score(score).chords()


def read_chords(notes: Ints, beats: Beats, key: Key, *, is_line: bool | None = None) -> BeatChords:
    """Read the chord of each beat from notes without drums: rows that begin with onset, duration and pitch.

    The rows are sorted by their onsets; times are in the unit of the beats. `is_line`: as
    `symgen.music.lines.is_single_line` says, by default found out.
    """
    line = hardly_overlap(notes[:, 0], notes[:, 1]) if is_line is None else is_line
    return ChordReading(notes, beats, key, MELODIC if line else CHORDAL).of_beats()


class ChordReading:
    """Beats of a piece, what sounds in them, and the chords that it makes."""

    def __init__(self, notes: Ints, beats: Beats, key: Key, weights: ReadingWeights) -> None:
        self.key, self.weights = key, weights
        self.starts, _, self.levels = beats
        self.filled, self.begun, self.bass = hear(notes, beats)

    @classmethod
    def of_score(cls, score: Score, weights: ReadingWeights | None = None) -> ChordReading:
        """Listen to a piece, drums left out."""
        notes = score.note_array()
        pitched = np.array([not part.is_drum for part in score.parts], dtype=bool)
        notes = notes[pitched[notes[:, 4]]] if len(notes) else notes
        weights = weights or (MELODIC if is_single_line(score) else CHORDAL)
        beats = Beats(*chord_beats(score.bars, score.resolution))
        return cls(notes, beats, infer_key(score), weights)

    def of_beats(self) -> BeatChords:
        """Return the chord of each beat; before the first note and after the last one there is none."""
        states, beat = self.states(), np.arange(len(self.starts))
        sounding = np.flatnonzero(self.filled.any(axis=1))
        first, last = (sounding[0], sounding[-1]) if len(sounding) else (len(beat), -1)
        is_none = (beat < first) | (beat > last)
        return BeatChords(
            np.where(is_none, NO_CHORD_ROOT, states % 12),
            np.where(is_none, 0, states // 12),
            np.where(is_none, NO_CHORD_ROOT, self._basses(states)),
        )

    def _basses(self, states: Ints) -> Ints:
        """Return the bass of each beat: the lowest tone, if it is of the chord and near the first one of that chord."""
        beat = np.arange(len(states))
        opens = np.diff(states, prepend=-1) != 0
        first = np.maximum.accumulate(np.where(opens, beat, 0))
        is_bass = (self.bass < _BASS_BELOW) & (_TONES[states, self.bass % 12] > 0)
        is_bass &= opens | (self.bass <= self.bass[first] + _BASS_MOVES)
        told = np.where(is_bass, self.bass, states) % 12
        basses: Ints = told[np.maximum.accumulate(np.where(is_bass | opens, beat, 0))]
        return basses

    def chords(self) -> tuple[tuple[int, Chord], ...]:
        """Return the chords where they begin."""
        sounding = np.flatnonzero(self.filled.any(axis=1))
        if not len(sounding):
            return ()
        states = self.states()[: sounding[-1] + 1]
        changes = np.flatnonzero(np.diff(states, prepend=-1))
        # Before the first note nothing sounds.
        places = distinct(np.maximum(changes, sounding[0])).tolist()
        return tuple(
            (int(self.starts[start]), self._chord(int(states[start]), start, end))
            for start, end in pairwise([*places, len(states)])
        )

    def _chord(self, state: int, beat: int, end: int) -> Chord:
        """Name a chord from a beat up to another one."""
        quality, root = QUALITIES_READ[state // 12], state % 12
        heard = self.filled[beat:end].max(axis=0) > 0
        third = heard[[(root + 3) % 12, (root + 4) % 12]].any()
        fifth = heard[root] and heard[(root + 7) % 12]
        if self.weights is CHORDAL and quality in ("", "m") and fifth and not third:
            quality = "5"
        name = spell_tone(root, self.key.sharps) + quality
        bass = int(self.bass[beat])
        if bass < _BASS_BELOW and bass % 12 != root and _TONES[state, bass % 12]:
            name += f"/{spell_tone(bass, self.key.sharps)}"
        return Chord(root, quality, name)

    def states(self) -> Ints:
        """Return the likeliest row of chords, one a beat, as ``12 * quality + root`` (Viterbi 1967)."""
        evidence = self._evidence()
        states = np.zeros(len(evidence), dtype=np.int64)
        if not len(evidence):
            return states
        back = np.zeros(evidence.shape, dtype=np.int64)
        total = evidence[0]
        for beat in range(1, len(evidence)):
            change, origin = self._changes(total, int(self.levels[beat]))
            stays = total >= change[_ROOTS]
            back[beat] = np.where(stays, np.arange(_STATES), origin[_ROOTS])
            total = np.where(stays, total, change[_ROOTS]) + evidence[beat]
        states[-1] = int(total.argmax())
        for beat in range(len(evidence) - 1, 0, -1):
            states[beat - 1] = back[beat, states[beat]]
        return states

    def _changes(self, total: Floats, level: int) -> tuple[Floats, Ints]:
        """Return how likely a new chord on each root is at best, and the chord before it; shape (12,) each."""
        weights = self.weights
        leader = total.reshape(-1, 12).argmax(axis=0) * 12 + np.arange(12)
        best = int(total.argmax())
        # A fifth above each root.
        above = leader[(np.arange(12) + 7) % 12]
        fallen = total[above] + weights.falling_fifth
        cost = (weights.change_bar, weights.change_half, weights.change_beat)[level]
        origin = np.where(fallen > total[best], above, best)
        return np.maximum(fallen, total[best]) + cost, origin

    def _evidence(self) -> Floats:
        """Return what each beat says for each chord, shape (beats, states)."""
        weights = self.weights
        sound = np.minimum(self.filled, 1.0) + weights.onset * self.begun
        total = sound.sum(axis=1, keepdims=True)
        shares = sound / np.maximum(total, 1e-9)
        gains = np.where(_TONES > 0, weights.tone, weights.outside)
        gains[np.arange(_STATES), _ROOTS] = weights.root
        absent = 1 - np.minimum(1.0, shares / _PRESENT)
        heard = shares @ gains.T + weights.missing * absent @ _TONES.T
        prior = np.array([self._prior(state) for state in range(_STATES)])
        evidence = heard * total / (total + weights.half) + prior + self._of_bass()
        if self.weights is CHORDAL:
            evidence += _UNISON * (shares[:, _ROOTS] > _ONE)
        # Silence says nothing.
        audible: Floats = evidence * (total > 0)
        return audible

    def _prior(self, state: int) -> float:
        """Return how usual a chord is in the key."""
        weights, key = self.weights, self.key
        quality, root = QUALITIES_READ[state // 12], state % 12
        scale = key.scale | {(key.tonic + 11) % 12} if key.minor else key.scale
        degrees = {0: weights.first, 2: weights.second, 5: weights.fourth, 7: weights.fifth}
        degrees[8 if key.minor else 9] = weights.sixth
        found = degrees.get((root - key.tonic) % 12, 0.0)
        found += weights.in_key * (set(np.flatnonzero(_TONES[state]).tolist()) <= scale)
        found += weights.seventh * ("7" in quality)
        found += weights.other * (quality in ("dim", "dim7", "m7b5", "aug"))
        return found + weights.suspended * (quality == "sus4")

    def _of_bass(self) -> Floats:
        """Return what the lowest tones say, shape (beats, states)."""
        table: Floats = np.where(_TONES > 0, 0.0, self.weights.bass_outside)
        table[np.arange(_STATES), _ROOTS] = self.weights.bass_root
        rows: Floats = table.T[self.bass % 12] * (self.bass < SILENT)[:, None]
        return rows
