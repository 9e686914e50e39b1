"""Chord symbols of a tune as a plan, and plans as chord symbols, written as the tune writes its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from symgen.music.chord_symbols import NO_CHORD, ChordChange, ChordSymbol
from symgen.music.harmony import NO_CHORD_ROOT, PlacedChord, only_changes, placed_symbol
from symgen.music.meter import convert_ticks
from symgen.music.score import Score
from symgen.music.theory import Key, spell_tone

__all__ = ["BARS_A_SYMBOL", "plan_symbols", "reach_symbols", "symbols_on_grid", "with_symbols"]

BARS_A_SYMBOL = 8
"""A tune with fewer symbols than one for so many bars says little of its chords, as does a symbol behind so many."""


def plan_symbols(
    chords: Sequence[PlacedChord], key: Key, like: Sequence[ChordChange] = ()
) -> tuple[ChordChange, ...]:
    """Return a plan in ticks as chord symbols, spelled as the key is, and as symbols of the tune name their kinds."""
    kinds = _kinds_of(like)
    return tuple(ChordChange(chord.at, _name(chord, key, kinds)) for chord in chords)


# What tunes write for the same kinds of chords.
_SAME = {
    "": ("", "M", "maj"),
    "m": ("m", "min", "mi", "-"),
    "m7": ("m7", "min7", "mi7", "-7"),
    "maj7": ("maj7", "ma7", "M7", "j7", "Δ", "Δ7"),
    "dim": ("dim", "o", "°"),
    "dim7": ("dim7", "o7", "°7"),
    "m7b5": ("m7b5", "min7b5", "mi7b5", "-7b5", "m7(b5)", "-7(b5)", "ø", "ø7"),
    "aug": ("aug", "+"),
    "sus4": ("sus4", "sus"),
}


def _kinds_of(symbols: Sequence[ChordChange]) -> dict[str, str]:
    """Return how symbols mostly write the kinds of chords that they have."""
    parsed = (ChordSymbol.parse(change.name) for change in symbols)
    counts = Counter(symbol.kind for symbol in parsed if symbol)
    return {
        quality: max(same, key=lambda kind: counts[kind])
        for quality, same in _SAME.items()
        if any(counts[kind] for kind in same)
    }


def _name(chord: PlacedChord, key: Key, kinds: Mapping[str, str]) -> str:
    if chord.root == NO_CHORD_ROOT:
        return NO_CHORD
    bass = "" if chord.bass == chord.root else f"/{spell_tone(chord.bass, key.sharps)}"
    kind = kinds.get(chord.quality, chord.quality)
    return spell_tone(chord.root, key.sharps) + kind + bass


def symbols_on_grid(score: Score, grid: int) -> tuple[PlacedChord, ...]:
    """Return the chords that the symbols of a tune name, in steps of a grid; the first one holds from the beginning."""
    placed = map(placed_symbol, score.chords)
    found = [replace(each, at=convert_ticks(each.at, score.resolution, grid)) for each in placed]
    # What comes before the first symbol, as an upbeat does, is of its chord.
    return only_changes([*(replace(each, at=0) for each in found[:1]), *found])


def reach_symbols(score: Score, start: int, end: int) -> bool:
    """Whether symbols of a tune tell the chords of a stretch: one stands in it, or not many bars before it."""
    # The first one holds from the beginning.
    ticks = [chord.tick for chord in score.chords if chord.tick < end]
    lines = [bar.start for bar in score.bars if bar.start <= start]
    if not ticks:
        return bool(score.chords)
    return ticks[-1] >= lines[-1 - min(BARS_A_SYMBOL, len(lines) - 1)]


def with_symbols(
    score: Score, chords: Sequence[PlacedChord], span: tuple[int, int], key: Key
) -> Score:
    """Let symbols of chords, in ticks, stand in a span of a tune that has symbols; all others stay as they are."""
    old, (start, stop) = score.chords, span
    if not old:
        return score
    there = [chord for chord in chords if chord.at < stop]
    if not any(chord.bass != chord.root for chord in map(placed_symbol, old)):
        there = [replace(chord, bass=chord.root) for chord in there]
    inside = [chord for chord in there if start < chord.at]
    opening = [replace(chord, at=start) for chord in there if chord.at <= start][-1:]
    before = [change for change in old if change.tick < start]
    if before and opening and placed_symbol(before[-1]).same_as(opening[0]):
        opening = []
    fresh = plan_symbols([*opening, *inside], key, old)
    # The chord that held behind the span, from a symbol before it, is named again.
    held = [replace(change, tick=stop) for change in old if change.tick < stop][-1:]
    behind = [change for change in old if change.tick >= stop]
    if score.length <= stop:
        held = []
    return replace(score, chords=(*before, *fresh, *held, *behind))
