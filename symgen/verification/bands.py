"""Whether the parts of a band are there, keep to the chords, and play what their players and their kit can."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from symgen.music.harmony import PlacedChord
from symgen.music.instruments import compass, drum_name
from symgen.music.theory import pitch_name
from symgen.verification.checks import Check
from symgen.verification.facts import BarFact, Facts, NoteFact

__all__ = ["BandAsked", "check_band"]

# The share of the strong beats on which a bass has a tone of the chord.
_ON_CHORDS = 0.95


@dataclass(frozen=True)
class BandAsked:
    """What a band is held to."""

    # How many parts the tune has, behind which those of the band stand.
    tune_parts: int
    # Names of the parts that were written, and the first words of those that were asked for.
    written: tuple[str, ...]
    asked: tuple[str, ...]
    # In ticks.
    chords: tuple[PlacedChord, ...]
    # The drums of the style.
    kit: frozenset[int]
    # First tick after it.
    end: int


def check_band(facts: Facts, band: BandAsked) -> list[Check]:
    """Hold the parts of a band in a written file to what was asked for."""
    notes = [note for note in facts.notes if note.part >= band.tune_parts]
    there = {band.written[note.part - band.tune_parts] for note in notes if _known(note, band)}
    missing = [name for name in band.asked if not any(part.startswith(name) for part in there)]
    checks = [Check("parts", list(band.asked), sorted(there), not missing)]
    checks += _bass(notes, facts, band)
    drums = sorted({note.pitch for note in notes if note.program < 0})
    if drums:
        foreign = [drum_name(pitch) for pitch in drums if pitch not in band.kit]
        checks.append(Check("kit", "drums of the style", {"others": foreign}, not foreign))
    outside = sorted({note.pitch for note in notes if not _plays(note)})
    names = [pitch_name(pitch) for pitch in outside]
    return [*checks, Check("in_range", "of each player", {"outside": names}, not names)]


def _known(note: NoteFact, band: BandAsked) -> bool:
    return note.part - band.tune_parts < len(band.written)


def _plays(note: NoteFact) -> bool:
    low, high = (0, 127) if note.program < 0 else compass(note.program)
    return low <= note.pitch <= high


def _bass(notes: Sequence[NoteFact], facts: Facts, band: BandAsked) -> Iterator[Check]:
    """Yield how often a bass has a tone of the chord where a bar or its second half begins."""
    starts = [chord.at for chord in band.chords]
    strong = {tick for bar in facts.bars for tick in _strong(bar)}
    mine = [
        note
        for note in notes
        if _known(note, band)
        and band.written[note.part - band.tune_parts].startswith("Bass")
        and note.onset in strong
    ]
    sounding = [
        (note, band.chords[place])
        for note in mine
        if (place := bisect_right(starts, note.onset) - 1) >= 0 and band.chords[place].is_chord
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
