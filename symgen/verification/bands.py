"""Whether the parts of a band are there, keep to the chords, and play what their players and their kit can."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from symgen.music.harmony import PlacedChord
from symgen.music.instruments import compass, drum_name
from symgen.music.score import Part
from symgen.music.theory import pitch_name
from symgen.verification.checks import Check
from symgen.verification.facts import BarFact, Facts, NoteFact

__all__ = ["BandAsked", "band_names", "check_band"]

# The share of the strong beats on which a bass has a tone of the chord.
_ON_CHORDS = 0.95


@dataclass(frozen=True)
class BandAsked:
    """What a band is held to."""

    # The first words of the names of those that were asked for.
    asked: tuple[str, ...]
    # In ticks.
    chords: tuple[PlacedChord, ...]
    # The drums of the style.
    kit: frozenset[int]
    # First tick after it.
    end: int


def check_band(facts: Facts, band: BandAsked, names: Mapping[int, str]) -> list[Check]:
    """Hold the parts of a band in a written file to what was asked for; `names` are those of its parts, by number."""
    notes = [note for note in facts.notes if note.part in names]
    there = set(names.values())
    missing = [name for name in band.asked if not any(part.startswith(name) for part in there)]
    checks = [Check("parts", list(band.asked), sorted(there), not missing)]
    basses = [note for note in notes if names[note.part].startswith("Bass")]
    checks += _bass(basses, facts, band)
    drums = sorted({note.pitch for note in notes if note.program < 0})
    if drums:
        foreign = [drum_name(pitch) for pitch in drums if pitch not in band.kit]
        checks.append(Check("kit", "drums of the style", {"others": foreign}, not foreign))
    outside = sorted({note.pitch for note in notes if not _plays(note)})
    told = [pitch_name(pitch) for pitch in outside]
    return [*checks, Check("in_range", "of each player", {"outside": told}, not told)]


def band_names(facts: Facts, written: Iterable[Part]) -> dict[int, str]:
    """Return the names of parts that were written, by their numbers in the file."""
    # A file of one track has its parts in the order of their channels, and no names: they are told by their notes.
    struck = [
        {(note.onset, note.pitch) for note in facts.notes if note.part == number}
        for number in range(len(facts.programs))
    ]
    found: dict[int, str] = {}
    for part in written:
        program = -1 if part.is_drum else part.program
        mine = {(note.onset, note.pitch) for note in part.notes}
        # Of parts that play the same, those of the band stand behind those of the tune.
        shared = {
            number: len(mine & other)
            for number, other in enumerate(struck)
            if facts.programs[number] == program and number not in found
        }
        best = max(shared, key=lambda number: (shared[number], number), default=None)
        if best is not None and 2 * shared[best] > len(mine):
            found[best] = part.name
    return found


def _plays(note: NoteFact) -> bool:
    low, high = (0, 127) if note.program < 0 else compass(note.program)
    return low <= note.pitch <= high


def _bass(basses: Sequence[NoteFact], facts: Facts, band: BandAsked) -> Iterator[Check]:
    """Yield how often a bass has a tone of the chord where a bar or its second half begins."""
    starts = [chord.at for chord in band.chords]
    strong = {tick for bar in facts.bars for tick in _strong(bar)}
    sounding = [
        (note, band.chords[place])
        for note in basses
        if note.onset in strong
        and (place := bisect_right(starts, note.onset) - 1) >= 0
        and band.chords[place].is_chord
    ]
    if sounding:
        share = sum(note.pitch % 12 in chord.pitch_classes for note, chord in sounding)
        found = round(share / len(sounding), 4)
        yield Check("bass_on_chords", _ON_CHORDS, found, found >= _ON_CHORDS)


def _strong(bar: BarFact) -> tuple[int, ...]:
    half, odd = divmod(bar.end - bar.start, 2)
    compound = bar.denominator >= 8 and bar.numerator in (6, 12)
    in_two = bar.numerator % 2 == 0 and bar.numerator % 3 != 0
    return (bar.start, bar.start + half) if (in_two or compound) and not odd else (bar.start,)
