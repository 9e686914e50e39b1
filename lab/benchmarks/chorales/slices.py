"""Chorales as slices: the piece is cut wherever a voice changes.

A frame is a 16th with one pitch for each of soprano, alto, tenor, bass (-1: silent). A slice lasts until the next frame
where any voice changes, at most `Alphabet.longest` frames: after that many a new one begins even if nothing changes.
Frames and slices determine each other, so a likelihood of slices is one of frames.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lab.benchmarks.chorales.columns import Bools, Ints, distinct_rows, latest_match

__all__ = ["ORDER", "SILENT", "Alphabet", "Slices", "cut", "frames_of", "slice_piece"]

ORDER = (0, 3, 1, 2)
"""Voices in the order in which they are drawn: soprano, bass, alto, tenor."""
SILENT = -1
_START = (67, 62, 57, 50)
"""What counts as the last pitch of a voice that has not sounded yet: about the middle of each voice's range."""
_MATCHES = (((0, 1, 2, 3), 8), ((0, 1, 2, 3), 4), ((0, 1, 2, 3), 2), ((0,), 8), ((0,), 4))
"""Voices, and how many slices of them must agree, for the look-ups in the piece's past."""


@dataclass(frozen=True)
class Alphabet:
    """The outcomes: intervals of -reach .. reach semitones and silence; 1 .. longest frames.

    The outermost intervals stand for all beyond them, too: see `Slices.beyond`.
    """

    reach: int = 24
    longest: int = 32

    @property
    def silence(self) -> int:
        """The class of silence, the last one; interval d has class reach + d."""
        return 2 * self.reach + 1

    @property
    def classes(self) -> int:
        """Outcomes of a voice."""
        return 2 * self.reach + 2


@dataclass(frozen=True)
class Slices:
    """A chorale in n slices, with what the network is told of the past of each."""

    alphabet: Alphabet
    # Shape (n,): in frames. The last duration is only what was seen of it.
    onset: Ints
    duration: Ints
    # shape (n, 4).
    pitch: Ints
    # Shape (n, 4): the voice's last pitch that sounded before the slice; what it had in the frame
    # before, silence or not.
    last: Ints
    before: Ints
    # Shape (n, 4): frames since the voice last changed, and the interval that it took then, before
    # this slice.
    held: Ints
    interval: Ints
    # Shape (n, 4): whether the voice changes at the onset of the slice.
    moved: Bools
    # Shape (n, 4): the outcomes: interval from the last pitch, or silence.
    step: Ints
    # Bits for intervals of `reach` or more: their size over it is coded in unary, k + 1 bits for
    # reach + k.
    beyond: int
    # Shape (n, 5): earlier slices that were led up to like this one (known before the slice), and
    # that were led up to and sounded like it (known once it sounds), or -1.
    recalled: Ints
    resumed: Ints


def cut(frames: Ints, longest: int) -> Ints:
    """Onsets of the slices of a piece of shape (frames, 4)."""
    changes = np.flatnonzero(np.concatenate([[True], (frames[1:] != frames[:-1]).any(1)]))
    ends = np.append(changes[1:], len(frames))
    return np.concatenate([np.arange(a, b, longest) for a, b in zip(changes, ends, strict=True)])


def frames_of(slices: Slices) -> Ints:
    """Turn slices back to frames, shape (frames, 4), from nothing but the outcomes."""
    alphabet, last, rows = slices.alphabet, np.array(_START), []
    for step, duration in zip(slices.step, slices.duration, strict=True):
        silent = step == alphabet.silence
        last = np.where(silent, last, last + step - alphabet.reach)
        rows.append(np.repeat([np.where(silent, SILENT, last)], duration, axis=0))
    return np.concatenate(rows)


def slice_piece(frames: Ints, alphabet: Alphabet | None = None) -> Slices:
    """Cut a piece of shape (frames, 4), pitches or -1, at least one frame."""
    alphabet = alphabet or Alphabet()
    reach = alphabet.reach
    onset = cut(frames, alphabet.longest)
    pitch, n = frames[onset], len(onset)
    duration = np.append(onset[1:], len(frames)) - onset
    last, before, held, interval = (np.zeros((n, 4), np.int64) for _ in range(4))
    sounding, previous = np.array(_START), np.array(_START)
    began, taken = np.zeros(4, np.int64), np.zeros(4, np.int64)
    for i in range(n):
        last[i], before[i], held[i], interval[i] = sounding, previous, onset[i] - began, taken
        changes = (pitch[i] != previous) | (i == 0)
        sounds = pitch[i] != SILENT
        began = np.where(changes, onset[i], began)
        taken = np.where(changes & sounds, np.clip(pitch[i] - sounding, -reach, reach), taken)
        sounding, previous = np.where(sounds, pitch[i], sounding), pitch[i]
    moved = pitch != before
    moved[0] = True
    sounds, distance = pitch != SILENT, pitch - last
    step = np.where(sounds, np.clip(distance, -reach, reach) + reach, alphabet.silence)
    far = np.where(sounds, np.maximum(np.abs(distance) - reach + 1, 0), 0)
    recalled, resumed = _matches(pitch, duration)
    held = np.minimum(held, alphabet.longest)
    return Slices(
        alphabet,
        onset,
        duration,
        pitch,
        last,
        before,
        held,
        interval,
        moved,
        step,
        int(far.sum()),
        recalled,
        resumed,
    )


def _matches(pitch: Ints, duration: Ints) -> tuple[Ints, Ints]:
    """Look each slice up in the piece's past: before it sounds, and once it sounds."""
    recalled, resumed = [], []
    for voices, length in _MATCHES:
        now = distinct_rows(pitch[:, voices])
        past = distinct_rows(np.column_stack([pitch[:, voices], duration]))
        recalled.append(latest_match(past, length))
        resumed.append(latest_match(past, length, now))
    return np.stack(recalled, 1), np.stack(resumed, 1)
