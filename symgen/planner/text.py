"""Plans as charts that can be read, and given again: ``| C | G/B | Am7 F |``."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from symgen.music.chord_symbols import NO_CHORD
from symgen.music.harmony import NO_CHORD_ROOT, PlacedChord, chord_beats
from symgen.music.meter import Bar
from symgen.music.theory import Key, spell_tone

__all__ = ["chord_name", "plan_text"]


def chord_name(chord: PlacedChord, sharps: int = 0) -> str:
    """Name a chord as a symbol, spelled as a key of so many sharps, or less than none for flats, has its tones."""
    if not chord.is_chord:
        return NO_CHORD
    name = spell_tone(chord.root, sharps) + chord.quality
    return name if chord.bass == chord.root else f"{name}/{spell_tone(chord.bass, sharps)}"


def plan_text(
    chords: Sequence[PlacedChord], bars: Sequence[Bar], resolution: int, key: Key | None = None
) -> str:
    """Write a plan as a chart, a bar between lines; a slash says that a chord goes on."""
    sharps = key.sharps if key else 0
    written = [" ".join(_bar(chords, bar, resolution, sharps)) for bar in bars]
    return f"| {' | '.join(written)} |"


def _bar(chords: Sequence[PlacedChord], bar: Bar, resolution: int, sharps: int) -> list[str]:
    """Return the words of a bar, each for an equal share of it, as few as there can be."""
    starts = chord_beats([bar], resolution)[0].tolist()
    standing = [_at(chords, start) for start in starts]
    count = len(standing)
    for words in range(1, count + 1):
        share = count // words
        changes = [i for i in range(1, count) if not standing[i].same_as(standing[i - 1])]
        if count % words == 0 and all(i % share == 0 for i in changes):
            shown = standing[::share]
            break
    names = [chord_name(chord, sharps) for chord in shown]
    return ["/" if i and shown[i].same_as(shown[i - 1]) else name for i, name in enumerate(names)]


def _at(chords: Sequence[PlacedChord], place: int) -> PlacedChord:
    number = bisect_right(chords, place, key=lambda chord: chord.at) - 1
    return chords[number] if number >= 0 else PlacedChord(0, NO_CHORD_ROOT)
