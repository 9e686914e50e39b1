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
    """The piece closes on the tonic: its last note, or in several parts its last chord with the tonic in the bass.

    The goal of the last bar is the tonic, and there a note that would not close leaves room for
    one that does. It holds for parts of one note at a time.

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
        self._vocabulary = vocabulary

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
        elif field == "duration" and not self._closing[max(0, draft.part)][draft.pitch]:
            longest = room - self._least(prefix)
            if longest > 0:
                allowed[longest + 1 :] = False

    def _least(self, prefix: Prefix) -> int:
        """Return the length that is kept free for the closing note: an eighth, or half of a shorter bar."""
        return min(self._vocabulary.grid // 2, (prefix.starts[-1] - prefix.starts[-2]) // 2)

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
        """Return the parts whose last note is not one to close on."""
        last = {note[0]: note[1] for note in prefix.notes}
        return [part for part, pitch in sorted(last.items()) if not self._closing[part][pitch]]


def _narrow(allowed: NDArray[np.bool_], wanted: NDArray[np.bool_]) -> None:
    """Keep what is wanted, if the other filters left any of it."""
    if (allowed & wanted).any():
        allowed &= wanted
