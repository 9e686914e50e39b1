"""The plan of a piece that has its notes already, read from them: for training and for prompts."""

from __future__ import annotations

import numpy as np

from symgen.music.chord_beats import Beats
from symgen.music.chords import read_chords
from symgen.music.harmony import PLAN_QUALITIES, PlacedChord, chord_beats, only_changes
from symgen.music.keys import infer_key
from symgen.tokens.codec import decode
from symgen.tokens.events import Events, Header, event_notes
from symgen.tokens.plans import header_bars, with_chords
from symgen.tokens.vocabulary import Vocabulary

__all__ = ["plan_beats", "read_plan", "with_plan"]


def plan_beats(header: Header, grid: int) -> Beats:
    """Return the beats of a piece, on each of which a chord may begin, in grid steps."""
    return Beats(*chord_beats(header_bars(header), grid))


def read_plan(events: Events, vocabulary: Vocabulary) -> tuple[PlacedChord, ...]:
    """Return the chords that the notes of a piece make, its drums left out, as a plan would have them."""
    header = events.header
    notes = event_notes(events.fields, header, vocabulary)
    pitched = ~np.array(header.drums, dtype=bool)[notes.part]
    rows = np.stack([notes.onset, notes.duration, notes.pitch], axis=1)[pitched]
    beats = plan_beats(header, vocabulary.grid)
    if not len(rows) or not len(beats.starts):
        return ()
    key = header.key or infer_key(decode(events, vocabulary))
    found = read_chords(rows, beats, key)
    named = zip(beats.starts.tolist(), *(column.tolist() for column in found), strict=True)
    return only_changes(
        PlacedChord(at, root, PLAN_QUALITIES[quality] if root >= 0 else "", bass)
        for at, root, quality, bass in named
    )


def with_plan(events: Events, vocabulary: Vocabulary) -> Events:
    """Return events whose header has the plan that their notes follow, unless it has one already."""
    if events.header.chords:
        return events
    return with_chords(events, read_plan(events, vocabulary))
