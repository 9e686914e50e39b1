"""Closing on the tonic in the last bar."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symgen.sampling.filters import Draft
from symgen.theory import Key
from symgen.tokens import Vocabulary
from symgen.tokens.prefix import Prefix

__all__ = ["Ending"]

_CHORDS = {True: (0, 3, 7), False: (0, 4, 7)}


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
            allowed &= self._tonic
        room = prefix.starts[-1] - prefix.now - max(0, draft.time)
        if field == "time" and prefix.bars_left == 0:
            self._time(prefix, allowed, room)
        elif field == "part" and prefix.bars_left == 0 and room <= 2 * self._least(prefix):
            first = np.zeros(len(allowed), dtype=bool)
            first[self._open(prefix)[:1]] = True  # at one onset parts come in their order
            _narrow(allowed, first)
        elif field == "pitch" and room <= self._least(prefix):
            _narrow(allowed, self._closing[max(0, draft.part)])
        elif field == "duration":
            self._duration(bool(self._closing[max(0, draft.part)][draft.pitch]), allowed, room, self._least(prefix))

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
        longest = self._vocabulary.longest
        late = max(0, room - self._least(prefix)) + 1
        kept = allowed.copy()
        kept[min(late, longest) : longest] = False
        kept[self._vocabulary.end] = False
        if kept.any():
            allowed[:] = kept

    def _open(self, prefix: Prefix) -> list[int]:
        """Return the parts whose last note is not one to close on, or in several parts ends too early."""
        last = {note[0]: (note[1], onset + note[2]) for note, onset in zip(prefix.notes, prefix.onsets, strict=True)}
        return [
            part
            for part, (pitch, end) in sorted(last.items())
            if not self._closing[part][pitch] or (self._several and end < prefix.starts[-1])
        ]


def _narrow(allowed: NDArray[np.bool_], wanted: NDArray[np.bool_]) -> None:
    """Keep what is wanted, if the other filters left any of it."""
    if (allowed & wanted).any():
        allowed &= wanted
