"""New notes as one instrument can play them: no key is struck while it is down."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

from symgen.music.score import Note

__all__ = ["playable"]


def playable(fresh: Iterable[Note], held: Iterable[Note]) -> list[Note]:
    """Return the new notes of a part that can be played beside those it has.

    A note ends where its key is struck again. Of several that strike a key at once the longest stays, and none that
    strikes a key while a held note sounds on it: in MIDI it would end that note, and end with it.

    Parameters
    ----------
    fresh, held : iterable of Note
        Of one part; those that are held stay as they are.
    """
    taken: dict[int, list[Note]] = defaultdict(list)
    for note in held:
        taken[note.pitch].append(note)
    onsets: dict[int, dict[int, Note]] = defaultdict(dict)
    for note in sorted(fresh):  # of one onset and pitch the longest comes last
        if not any(old.onset <= note.onset < old.end for old in taken[note.pitch]):
            onsets[note.pitch][note.onset] = note
    made: list[Note] = []
    for pitch, notes in onsets.items():
        starts = sorted({*notes, *(old.onset for old in taken[pitch])})
        following = dict(pairwise(starts))
        for onset, note in notes.items():
            end = min(note.end, following.get(onset, note.end))
            made.append(replace(note, duration=end - onset))
    return sorted(made)
