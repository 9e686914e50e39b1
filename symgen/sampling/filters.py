"""Small filters on the logits: the grammar, and the controls that must hold.

A filter is asked before each field of each event is drawn, and says which classes are out.
Filters are applied one after the other; the grammar leaves at least one class, always.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from symgen.tokens import Vocabulary
from symgen.tokens.prefix import Prefix

__all__ = ["Differs", "Draft", "Filter", "Grammar", "NoUnison", "OnlyBarLine", "narrow"]


class Draft:
    """The event that is being drawn, as far as it is known.

    Attributes
    ----------
    time, part, pitch : int
        Classes drawn so far, -1: not yet.
    """

    def __init__(self) -> None:
        self.time = self.part = self.pitch = -1


class Filter(Protocol):
    """Says which classes of a field may be drawn next."""

    def allow(self, field: str, prefix: Prefix, draft: Draft, allowed: NDArray[np.bool_]) -> None:
        """Set ``allowed[class]`` to false for what is out.

        Parameters
        ----------
        field : str
            The field that is drawn next.
        prefix : Prefix
            The piece so far.
        draft : Draft
            The event so far.
        allowed : ndarray of bool, shape (classes,)
        """
        ...


class Grammar:
    """What makes a piece whole: notes inside their bars, every bar opened, an end on the last bar line.

    Parameters
    ----------
    vocabulary : Vocabulary
    parts : int
        Parts of the piece.
    monophonic : bool
        A note begins only when the last one has ended.
    voices : bool
        A note begins only when the last one of its part has ended.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        *,
        parts: int = 1,
        monophonic: bool = False,
        voices: bool = False,
    ) -> None:
        self._vocabulary, self._parts, self._monophonic, self._voices = (
            vocabulary,
            parts,
            monophonic,
            voices,
        )

    def allow(self, field: str, prefix: Prefix, draft: Draft, allowed: NDArray[np.bool_]) -> None:
        """Set ``allowed[class]`` to false for what is out."""
        if field == "time":
            self._time(prefix, allowed)
        elif field == "form":
            self._form(prefix, allowed)
        elif field == "part":
            allowed[self._parts :] = False
            if draft.time == 0 and self._is_chord(prefix):  # as encoded: by part, then by pitch
                allowed[: prefix.notes[-1][0]] = False
            if self._voices:
                free = self._free(prefix, draft.time)
                allowed[[part for part in range(self._parts) if part not in free]] = False
        elif field == "pitch" and draft.time == 0 and self._is_chord(prefix):
            part, pitch = prefix.notes[-1][:2]
            if draft.part == part:
                allowed[: pitch + 1] = False
        elif field == "duration":
            room = prefix.starts[-1] - prefix.now - draft.time
            allowed[0] = allowed[self._vocabulary.tie] = False
            allowed[room + 1 :] = False
        elif field == "velocity":
            allowed[0] = False

    def _is_chord(self, prefix: Prefix) -> bool:
        return bool(prefix.notes) and prefix.onsets[-1] == prefix.now

    def _time(self, prefix: Prefix, allowed: NDArray[np.bool_]) -> None:
        v = self._vocabulary
        if prefix.bar < 0:
            allowed[:] = False
            allowed[v.bar] = True
            return
        room = prefix.bar_end - prefix.now
        allowed[min(room, v.longest) : v.longest] = False
        allowed[v.skip] &= room > v.longest
        if self._monophonic:
            allowed[: max(0, min(prefix.sounding_end - prefix.now, v.longest))] = False
        if self._is_chord(prefix) and (self._monophonic or prefix.last_pitch == 127):
            allowed[0] = False
        if self._voices:
            first = min(prefix.parts.end(part) for part in range(self._parts)) - prefix.now
            allowed[: max(0, min(first, v.longest))] = False
            allowed[0] &= bool(self._free(prefix, 0))
        is_last = prefix.bars_left == 0
        allowed[v.bar] &= not is_last
        # The last bar sounds, so that a reader who counts notes finds every bar.
        heard = prefix.sounding_end > prefix.starts[prefix.bar] if is_last else False
        allowed[v.end] &= heard

    def _free(self, prefix: Prefix, advance: int) -> set[int]:
        """Return the parts that may begin a note: those that have ended, at one onset in their order."""
        first = prefix.notes[-1][0] + 1 if advance == 0 and self._is_chord(prefix) else 0
        return {
            part
            for part in range(first, self._parts)
            if prefix.parts.end(part) <= prefix.now + advance
        }

    def _form(self, prefix: Prefix, allowed: NDArray[np.bool_]) -> None:
        bar = prefix.bar + 1
        length = prefix.starts[bar + 1] - prefix.starts[bar]
        for form in range(1, len(allowed)):
            source = bar - self._vocabulary.form_lag(form)
            fits = source >= 0 and prefix.starts[source + 1] - prefix.starts[source] == length
            allowed[form] &= fits


class NoUnison:
    """No note on a pitch that its own part sounds already, as long as there is another."""

    def allow(self, field: str, prefix: Prefix, draft: Draft, allowed: NDArray[np.bool_]) -> None:
        """Set ``allowed[class]`` to false for what is out."""
        if field == "pitch":
            sounding = [
                q for q in prefix.parts.sounding(draft.part, prefix.now + draft.time) if allowed[q]
            ]
            if len(sounding) < allowed.sum():
                allowed[sounding] = False


class Differs:
    """One note of a bar has not the pitch that it had, if the other filters leave another one.

    Parameters
    ----------
    bar, number : int
        Index of the bar, and of the note in it.
    pitch : int
    """

    def __init__(self, bar: int, number: int, pitch: int) -> None:
        self._bar, self._number, self._pitch = bar, number, pitch

    def allow(self, field: str, prefix: Prefix, draft: Draft, allowed: NDArray[np.bool_]) -> None:  # noqa: ARG002
        """Set ``allowed[class]`` to false for what is out."""
        if field == "pitch" and prefix.bar == self._bar and prefix.bar_notes == self._number:
            narrow(allowed, np.arange(len(allowed)) != self._pitch)


class OnlyBarLine:
    """Nothing but a bar line."""

    def allow(self, field: str, prefix: Prefix, draft: Draft, allowed: NDArray[np.bool_]) -> None:  # noqa: ARG002
        """Set ``allowed[class]`` to false for what is out."""
        if field == "time":
            narrow(allowed, np.arange(len(allowed)) == prefix.vocabulary.bar)


def narrow(allowed: NDArray[np.bool_], wanted: NDArray[np.bool_]) -> None:
    """Keep what is wanted, if the other filters left any of it."""
    if (allowed & wanted).any():
        allowed &= wanted
