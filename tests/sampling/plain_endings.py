"""The close of a piece, plainly: each call starts from nothing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from plain_filters import narrow

from symgen.music.theory import Key
from symgen.sampling.endings import HIGHEST_BASS, Closing
from symgen.sampling.filters import Draft
from symgen.tokens import Vocabulary
from symgen.tokens.prefix import Prefix

Mask = NDArray[np.bool_]
_CHORDS = {True: (0, 3, 7), False: (0, 4, 7)}
_HIGHEST = 120


class Ending:
    """The piece closes on the tonic, on a strong beat of its last bar, and holds it to the end."""

    # In several parts it closes on the chord of the tonic with the tonic below. The time from the
    # last strong beat on is kept free for it: what sounds in it belongs to the chord. At its
    # beginning, at the latest, the bass strikes the tonic below all that sounds.

    def __init__(self, key: Key, vocabulary: Vocabulary, closing: Closing) -> None:
        classes, span = (np.arange(128) - key.tonic) % 12, closing.span
        inside = (np.arange(128) >= span.low) & (np.arange(128) <= span.high)
        self._tonic, self._chord = classes == 0, np.isin(classes, _CHORDS[key.minor]) & inside
        self._lows = self._tonic & inside & (np.arange(128) <= HIGHEST_BASS)
        self._strong, self._bar, self._bass = closing.strong, closing.bar, closing.bass
        self._monophonic_parts, self._most, self._longest = (
            closing.monophonic_parts,
            closing.most,
            vocabulary.longest,
        )

    def allow(self, field: str, prefix: Prefix, draft: Draft, allowed: Mask) -> None:
        """Set ``allowed[class]`` to false for what is out."""
        if prefix.bar > self._last_bar(prefix):
            return
        onset, last = prefix.now + max(0, draft.time), self._start(prefix) + max(self._strong)
        if field == "goal" and prefix.bar + 1 == self._last_bar(prefix):
            narrow(allowed, self._tonic)
        elif field == "duration" and last - onset < self._longest:
            self._duration(prefix, draft, onset, allowed)
        elif field == "time" and prefix.bar == self._last_bar(prefix):
            self._time(prefix, last, allowed)
        elif field == "part" and onset >= last:
            open_parts = (
                self._open(prefix)[:1] if self._monophonic_parts else range(len(allowed))
            )  # parts come in their order
            wanted = [part for part in open_parts if self._tones(prefix, part, onset).any()]
            narrow(allowed, np.isin(np.arange(len(allowed)), wanted))
        elif field == "pitch" and onset >= last:
            narrow(allowed, self._tones(prefix, draft.part, onset))

    def _last_bar(self, prefix: Prefix) -> int:
        return self._bar % prefix.bars

    def _start(self, prefix: Prefix) -> int:
        return prefix.starts[self._last_bar(prefix)]

    def _stop(self, prefix: Prefix) -> int:
        return prefix.starts[self._last_bar(prefix) + 1]

    def _duration(self, prefix: Prefix, draft: Draft, onset: int, allowed: Mask) -> None:
        """Only what belongs to the chord sounds on into it, to its end."""
        end, last = self._stop(prefix), self._start(prefix) + max(self._strong)
        kept = np.zeros(len(allowed), dtype=bool)
        if onset < last:
            kept[: last - onset + 1] = True
            early = onset >= self._start(prefix) and onset - self._start(prefix) in self._strong
            if (early or draft.part != self._bass) and self._tones(prefix, draft.part, onset)[
                draft.pitch
            ]:
                kept[min(end - onset, len(kept) - 1)] = end - onset <= self._longest
        elif self._monophonic_parts or (draft.part == self._bass and self._root(prefix) < 0):
            kept[min(end - onset, len(kept) - 1)] = end - onset <= self._longest
        else:
            kept[:] = True
        kept &= allowed
        narrow(allowed, kept)

    def _time(self, prefix: Prefix, last: int, allowed: Mask) -> None:
        """Wait for what has not closed; from the last strong beat on strike only where a tone of the chord is left."""
        if self._open(prefix):
            _wait(allowed, last - prefix.now, self._longest)
        late = range(max(0, last - prefix.now), min(self._stop(prefix) - prefix.now, self._longest))
        kept = allowed.copy()
        for time in [time for time in late if allowed[time]]:
            tones = (self._tones(prefix, part, prefix.now + time) for part in range(self._bass + 1))
            kept[time] = any(each.any() for each in tones) and not (
                self._monophonic_parts and prefix.now + time > last
            )
        narrow(allowed, kept)

    def _tones(self, prefix: Prefix, part: int, onset: int) -> Mask:
        """Return the pitches that a part may close on at a step: the bass below the others, they above it."""
        last: tuple[int, ...] = (0, -1)
        if prefix.notes and prefix.onsets[-1] == onset:
            last = prefix.notes[-1][:2]
        none = np.zeros(128, dtype=bool)
        if (
            part > self._bass
            or part < last[0]
            or (self._monophonic_parts and self._last(prefix, part)[1] > onset)
        ):
            return none
        root, holding = self._root(prefix), self._holding(prefix, onset)
        if part == self._bass and root < 0:
            tones: Mask = self._lows & (
                np.arange(128) <= min((pitch for pitch, *_ in holding), default=127)
            )
        elif len(holding) + (root < 0) >= self._most:
            return none
        else:
            lowest = max(root, int(np.argmax(self._lows)))
            tones = self._chord & (np.arange(128) >= lowest) & (np.arange(128) <= _HIGHEST)
        if part == last[0]:
            tones[: last[1] + 1] = False
        tones[list(prefix.parts.sounding(part, onset))] = False
        return tones

    def _root(self, prefix: Prefix) -> int:
        """Return the lowest of the notes that sound to the end, if it closes, else -1."""
        holding = self._holding(prefix, self._stop(prefix) - 1)
        lowest = min((pitch for pitch, *_ in holding), default=127)
        closes = any(
            pitch == lowest
            and onset - self._start(prefix) in self._strong
            and (not self._monophonic_parts or part == self._bass)
            for pitch, onset, part in holding
        )
        return lowest if closes and self._lows[lowest] else -1

    def _open(self, prefix: Prefix) -> list[int]:
        """Return the parts that must still close: the bass and, where parts play alone, all others that played."""
        ends = (
            [self._last(prefix, part)[1] for part in range(self._bass)]
            if self._monophonic_parts
            else []
        )
        found = [part for part, end in enumerate(ends) if end not in (0, self._stop(prefix))]
        return found + ([self._bass] if self._root(prefix) < 0 else [])

    def _last(self, prefix: Prefix, part: int) -> tuple[int, int]:
        """Return pitch and end of the last note of a part; zeros if it has none."""
        for note, onset in zip(reversed(prefix.notes), reversed(prefix.onsets), strict=True):
            if note[0] == part:
                return note[1], onset + note[2]
        return 0, 0

    def _holding(self, prefix: Prefix, time: int) -> list[tuple[int, int, int]]:
        """Return pitch, onset and part of the notes that sound on after a step."""
        found = []
        for note, onset in zip(reversed(prefix.notes), reversed(prefix.onsets), strict=True):
            if time - onset > self._longest:
                break
            if onset + note[2] > time:
                found.append((note[1], onset, note[0]))
        return found


def _wait(allowed: Mask, room: int, longest: int) -> None:
    """Leave the times at which a note begins in `room` steps or earlier."""
    kept = allowed.copy()
    kept[min(max(0, room) + 1, longest) : longest] = False
    kept[longest] &= room >= longest  # the class that skips
    kept[longest + 1] = kept[longest + 2] = False  # a bar line and the end
    if kept.any():
        allowed[:] = kept
