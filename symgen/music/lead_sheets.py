"""Lead sheets: the melody of a piece with chord symbols over it."""

from __future__ import annotations

from dataclasses import replace

from symgen.music.chord_symbols import ChordChange
from symgen.music.chords import chords_of
from symgen.music.lines import melody_part, outer_line
from symgen.music.score import Score

__all__ = ["lead_sheet"]


def lead_sheet(score: Score) -> Score:
    """Return the melody alone with the chord symbols of the piece, or those that are found in it."""
    chosen = melody_part(score)
    if chosen is None:
        return replace(score, source=None)
    part = score.parts[chosen]
    # Of notes struck together the highest are sung.
    melody = part if part.is_drum else part.with_notes(outer_line(part.notes))
    found = score.chords or tuple(ChordChange(tick, str(chord)) for tick, chord in chords_of(score))
    return replace(score, parts=(melody,), chords=found, source=None)
