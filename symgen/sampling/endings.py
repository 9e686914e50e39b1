"""Closing on the tonic in the last bar."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symgen.sampling.filters import Draft
from symgen.theory import Key
from symgen.tokens import Vocabulary
from symgen.tokens.prefix import Prefix

__all__ = ["ChordEnding", "Ending"]

_CHORDS = {True: (0, 3, 7), False: (0, 4, 7)}
_HIGHEST_BASS, _HIGHEST = 108, 120
"""Above, parts that come later at the same onset could find no tone left."""


class Ending:
    """The piece closes on the tonic: its last note, or in several parts a last chord with the tonic in the bass.

    The goal of the last bar is the tonic, and there a note that would not close leaves room for
    one that does: an eighth in a melody, a beat in several parts, whose last notes all sound to
    the end. It holds for parts of one note at a time.

    Parameters
    ----------
    key : Key
    vocabulary : Vocabulary
    parts : int
        Parts of the piece; the last one is the bass.
    """

    def __init__(self, key: Key, vocabulary: Vocabulary, *, parts: int = 1) -> None:
        classes = (np.arange(128) - key.tonic) % 12
        self._tonic = classes == 0
        inner = self._tonic if parts == 1 else np.isin(classes, _CHORDS[key.minor])
        self._closing = [inner] * (parts - 1) + [self._tonic]
        self._vocabulary, self._several = vocabulary, parts > 1

    def allow(self, field: str, prefix: Prefix, draft: Draft, allowed: NDArray[np.bool_]) -> None:
        """Set ``allowed[class]`` to false for what is out."""
        if field == "goal" and prefix.bars_left == 1:
            _narrow(allowed, self._tonic)
        room = prefix.starts[-1] - prefix.now - max(0, draft.time)
        if room > self._vocabulary.longest + self._vocabulary.grid:
            return
        if field == "time" and prefix.bars_left == 0:
            self._time(prefix, allowed, room)
        elif field == "part" and prefix.bars_left == 0 and room <= 2 * self._least(prefix):
            first = np.zeros(len(allowed), dtype=bool)
            first[self._open(prefix)[:1]] = True  # at one onset parts come in their order
            _narrow(allowed, first)
        elif field == "pitch" and room <= self._least(prefix):
            _narrow(allowed, self._tones(prefix, max(0, draft.part)))
        elif field == "duration":
            closing = bool(self._tones(prefix, max(0, draft.part))[draft.pitch])
            self._duration(closing, allowed, room, self._least(prefix))

    def _tones(self, prefix: Prefix, part: int) -> NDArray[np.bool_]:
        """Return the pitches that a part may close on: the bass below the others, they above it."""
        tones: NDArray[np.bool_] = self._closing[part]
        if not self._several:
            return tones
        bass = len(self._closing) - 1
        closed = {one: pitch for one, (pitch, end) in _last_notes(prefix).items() if end == prefix.starts[-1]}
        if part == bass:
            return tones & (np.arange(128) <= min(closed.values(), default=127))
        return tones & (np.arange(128) >= closed.get(bass, int(np.argmax(self._tonic))))

    def _least(self, prefix: Prefix) -> int:
        """Return the length that is kept free for the closing notes, at most half of the bar."""
        wanted = self._vocabulary.grid if self._several else self._vocabulary.grid // 2
        return min(wanted, (prefix.starts[-1] - prefix.starts[-2]) // 2)

    def _duration(self, closing: bool, allowed: NDArray[np.bool_], room: int, least: int) -> None:
        """Let a note end in time for another one; in several parts a closing one may also last to the end."""
        kept = allowed.copy()
        if not closing or self._several:
            kept[max(0, room - least) + 1 :] = False
        if closing and room < len(allowed):
            kept[room] = allowed[room]
        _narrow(allowed, kept)

    def _time(self, prefix: Prefix, allowed: NDArray[np.bool_], room: int) -> None:
        """While a part has not closed the piece does not end, and the next note comes before it is too late."""
        if not self._open(prefix):
            return
        _wait(allowed, room - self._least(prefix), self._vocabulary)

    def _open(self, prefix: Prefix) -> list[int]:
        """Return the parts whose last note is not one to close on, or in several parts ends too early."""
        last = {len(self._closing) - 1: (0, 0)} | _last_notes(prefix)  # the bass closes even if it was silent
        return [
            part
            for part, (pitch, end) in sorted(last.items())
            if end == 0 or not self._closing[part][pitch] or (self._several and end < prefix.starts[-1])
        ]


class ChordEnding:
    """The piece closes on a chord of the tonic with the tonic below, where parts play chords.

    The last beat, or of a short bar its second half, is kept free for it: what sounds in it belongs to the
    chord. At its beginning, at the latest, the bass strikes the tonic below all that sounds, and holds it to the end.

    Parameters
    ----------
    key : Key
    vocabulary : Vocabulary
    bass : int
        The part that closes. Those after it do not strike with the last chord.
    """

    def __init__(self, key: Key, vocabulary: Vocabulary, *, bass: int) -> None:
        classes = (np.arange(128) - key.tonic) % 12
        self._tonic, self._chord = classes == 0, np.isin(classes, _CHORDS[key.minor])
        self._lows = self._tonic & (np.arange(128) <= _HIGHEST_BASS)
        self._vocabulary, self._bass = vocabulary, bass

    def allow(self, field: str, prefix: Prefix, draft: Draft, allowed: NDArray[np.bool_]) -> None:
        """Set ``allowed[class]`` to false for what is out."""
        end = prefix.starts[-1]
        free = end - min(self._vocabulary.grid, (end - prefix.starts[-2]) // 2)
        onset = prefix.now + max(0, draft.time)
        if field == "goal" and prefix.bars_left == 1:
            _narrow(allowed, self._tonic)
        elif field == "duration" and free - onset < self._vocabulary.longest:
            self._duration(prefix, draft, (onset, free, end), allowed)
        elif field == "time" and prefix.bars_left == 0:
            self._time(prefix, free, allowed)
        elif field == "part" and onset >= free:
            _narrow(allowed, np.array([bool(self._tones(prefix, part, onset).any()) for part in range(len(allowed))]))
        elif field == "pitch" and onset >= free:
            _narrow(allowed, self._tones(prefix, draft.part, onset))

    def _duration(self, prefix: Prefix, draft: Draft, times: tuple[int, int, int], allowed: NDArray[np.bool_]) -> None:
        """Only what belongs to the chord sounds on into it, to its end; the bass holds it to the end."""
        onset, free, end = times
        kept = allowed.copy()
        if onset < free:
            kept[free - onset + 1 :] = False
            if end - onset < len(kept) and self._chord[draft.pitch] and draft.pitch >= np.argmax(self._tonic):
                kept[end - onset] = allowed[end - onset]
        elif draft.part == self._bass and self._root(prefix) < 0:
            kept[: end - onset] = False
        _narrow(allowed, kept)

    def _time(self, prefix: Prefix, free: int, allowed: NDArray[np.bool_]) -> None:
        """Wait for the bass; then strike only where a tone of the chord is left."""
        if self._root(prefix) < 0:
            _wait(allowed, free - prefix.now, self._vocabulary)
        late = range(max(0, free - prefix.now), min(prefix.starts[-1] - prefix.now, self._vocabulary.longest))
        kept = allowed.copy()
        for time in [time for time in late if allowed[time]]:
            tones = (self._tones(prefix, part, prefix.now + time) for part in range(self._bass + 1))
            kept[time] = any(each.any() for each in tones)
        _narrow(allowed, kept)

    def _tones(self, prefix: Prefix, part: int, onset: int) -> NDArray[np.bool_]:
        """Return the tones of the chord that a part may strike in the beat that is kept free, as pitches."""
        last = prefix.notes[-1][:2] if prefix.notes and prefix.onsets[-1] == onset else (0, -1)
        if part > self._bass or part < last[0]:
            return np.zeros(128, dtype=bool)
        root = self._root(prefix)
        if part == self._bass and root < 0:
            sounding = [pitch for pitch, until in _lasting(prefix, onset) if until > onset]
            tones: NDArray[np.bool_] = self._lows & (np.arange(128) <= min(sounding, default=127))
        else:
            lowest = max(root, int(np.argmax(self._tonic)))
            tones = self._chord & (np.arange(128) >= lowest) & (np.arange(128) <= _HIGHEST)
        if part == last[0]:
            tones[: last[1] + 1] = False
        tones[list(prefix.parts.sounding(part, onset))] = False
        return tones

    def _root(self, prefix: Prefix) -> int:
        """Return the lowest of the notes that sound to the end, if it is the tonic, else -1: not closed yet."""
        end = prefix.starts[-1]
        lowest = min((pitch for pitch, until in _lasting(prefix, end) if until == end), default=127)
        return lowest if self._lows[lowest] else -1


def _last_notes(prefix: Prefix) -> dict[int, tuple[int, int]]:
    """Return pitch and end of the last note of each part that has one."""
    return {note[0]: (note[1], onset + note[2]) for note, onset in zip(prefix.notes, prefix.onsets, strict=True)}


def _lasting(prefix: Prefix, time: int) -> list[tuple[int, int]]:
    """Return pitch and end of the notes that sound up to a time, or beyond it."""
    found = []
    for note, onset in zip(reversed(prefix.notes), reversed(prefix.onsets), strict=True):
        if time - onset > prefix.vocabulary.longest:
            break
        if onset + note[2] >= time:
            found.append((note[1], onset + note[2]))
    return found


def _wait(allowed: NDArray[np.bool_], room: int, vocabulary: Vocabulary) -> None:
    """Leave the times at which a note begins in `room` steps or earlier."""
    kept = allowed.copy()
    kept[min(max(0, room) + 1, vocabulary.longest) : vocabulary.longest] = False
    kept[vocabulary.skip] &= room >= vocabulary.longest
    kept[vocabulary.end] = False
    if kept.any():
        allowed[:] = kept


def _narrow(allowed: NDArray[np.bool_], wanted: NDArray[np.bool_]) -> None:
    """Keep what is wanted, if the other filters left any of it."""
    if (allowed & wanted).any():
        allowed &= wanted
