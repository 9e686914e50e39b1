"""Stretches of pieces, as pieces of their own."""

from __future__ import annotations

from dataclasses import replace

from symgen.music.score import Score

__all__ = ["stretch"]


def stretch(score: Score, start: int, stop: int) -> Score:
    """Return what begins between two ticks, nothing sounding past the second; parts without notes are left out."""
    parts = [
        part.with_notes(
            replace(note, onset=note.onset - start, duration=min(note.duration, stop - note.onset))
            for note in part.notes
            if start <= note.onset < stop
        )
        for part in score.parts
    ]
    kept = tuple(part for part in parts if part.notes)
    return replace(score, parts=kept, length=stop - start, chords=())
