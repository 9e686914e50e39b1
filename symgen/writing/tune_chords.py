"""The chords that a tune is set to: its own, those of its other parts, or such as suit its melody."""

from __future__ import annotations

from collections.abc import Sequence

from symgen.harmonizer.choosing import Wish, choose_chords
from symgen.music.chords import chords_of
from symgen.music.harmony import (
    PlacedChord,
    only_changes,
    placed_symbol,
    plan_quality,
)
from symgen.music.score import Note, Score
from symgen.music.theory import Chord, Key

__all__ = ["find_plan"]


def find_plan(
    score: Score, line: Sequence[Note], part: int, key: Key, wish: Wish, seed: int
) -> tuple[tuple[PlacedChord, ...], str]:
    """Return the chords of a tune in ticks, and whose they are: of its ``"symbols"``, ``"parts"`` or ``"melody"``."""
    if score.chords:
        return only_changes(map(placed_symbol, score.chords)), "symbols"
    others = [each for i, each in enumerate(score.parts) if i != part and not each.is_drum]
    if any(each.note_count for each in others):
        read = [_placed(tick, chord) for tick, chord in chords_of(score)]
        return only_changes(read), "parts"
    return choose_chords(score, line, key, wish, seed=seed), "melody"


def _placed(tick: int, chord: Chord) -> PlacedChord:
    return PlacedChord(tick, chord.root, plan_quality(chord.quality), chord.bass)
