"""Whether instruments can play what stands in a written piece, and whether each part sounds."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from symgen.music.instruments import program_name
from symgen.music.players import CHOIR, Player, player_of, voice_player
from symgen.music.theory import pitch_name
from symgen.verification.facts import Facts, NoteFact, most_sounding

__all__ = ["PartPlayed", "played_parts", "sung_voices"]

_PHRASE, _SUNG_PHRASE = 4, 2
_NEAR = 24
"""Notes that overlap by less than this share of a quarter are played one after the other."""


@dataclass(frozen=True)
class PartPlayed:
    """What a part asks of its player, in a stretch of a piece."""

    part: int  # counted from 1
    instrument: str
    notes: int
    # Its lowest and its highest pitch, nothing if it has none; and those that the instrument has.
    found: tuple[int, int] | None
    possible: tuple[int, int]
    out_of_range: int  # notes
    at_once: int  # the most notes that sound together
    most: int | None  # the most that the player has, if there is one
    unplayable: int  # onsets at which more sound together, or others, than the player has
    silent_bars: int  # the longest run of bars in which it does not sound
    most_silent: int = _PHRASE  # from more of them on it is told

    @property
    def is_playable(self) -> bool:
        """Whether the player has all of it."""
        return not self.out_of_range and not self.unplayable

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "instrument": self.instrument,
            "notes": self.notes,
            "range": _span(self.found) if self.found else None,
            "possible": _span(self.possible),
            "out_of_range": self.out_of_range,
            "at_once": self.at_once,
            "most_at_once": self.most,
            "unplayable": self.unplayable,
            "silent_bars": self.silent_bars,
        }

    def complaints(self) -> Iterator[str]:
        """Say what the player cannot do, and that the part is silent for more than a phrase."""
        who = f"part {self.part} ({self.instrument})"
        if self.out_of_range and self.found:
            yield (
                f"{who}: {self.out_of_range} of {self.notes} notes are out of its range "
                f"{_span(self.possible)}: it has {_span(self.found)}"
            )
        if self.unplayable:
            yield f"{who}: {self.unplayable} chords that one player does not have"
        if not self.notes:
            yield f"{who}: has no notes"
        elif self.silent_bars > self.most_silent:
            yield f"{who}: is silent for {self.silent_bars} bars"


def _span(pitches: tuple[int, int]) -> str:
    return "-".join(map(pitch_name, pitches))


def played_parts(facts: Facts, start: int = 0) -> list[PartPlayed]:
    """Hold each part to its instrument, from a tick on; drums are left out."""
    kinds = zip(facts.programs, facts.names, strict=True)
    return [
        _played(facts, part, player_of(program, name), start)
        for part, (program, name) in enumerate(kinds)
        if program >= 0
    ]


def sung_voices(facts: Facts, line: int) -> list[PartPlayed]:
    """Hold three of four voices to the ranges of a choir; they are to sound where the line that is set does."""
    given = [note for note in facts.notes if note.part == line]
    silent = [
        number
        for number, bar in enumerate(facts.bars)
        if not any(note.onset < bar.end and note.end > bar.start for note in given)
    ]
    return [
        replace(
            _played(facts, part, voice_player(voice, facts.programs[part]), 0, silent),
            instrument=voice,
            most_silent=_SUNG_PHRASE,
        )
        for part, voice in enumerate(CHOIR)
        if part != line and part < len(facts.programs)
    ]


def _played(
    facts: Facts, part: int, player: Player, start: int, left_out: Collection[int] = ()
) -> PartPlayed:
    mine = [note for note in facts.notes if note.part == part]
    new = [note for note in mine if note.onset >= start]
    pitches = [note.pitch for note in new]
    near = max(1, facts.resolution // _NEAR)
    ended = [note._replace(end=max(note.onset + 1, note.end - near)) for note in mine]
    spans = [(note.onset, note.end) for note in ended]
    return PartPlayed(
        part=part + 1,
        instrument=program_name(facts.programs[part]),
        notes=len(new),
        found=(min(pitches), max(pitches)) if pitches else None,
        possible=(player.low, player.high),
        out_of_range=sum(not player.has(pitch) for pitch in pitches),
        at_once=most_sounding(spans, start) if new else 0,
        most=player.at_once,
        unplayable=sum(not player.plays_together(pitches) for pitches in _together(ended, start)),
        silent_bars=_silent_bars(facts, mine, start, left_out),
    )


def _together(notes: Sequence[NoteFact], start: int) -> Iterator[list[int]]:
    """Yield the pitches that sound at each onset from a tick on."""
    sounding: list[NoteFact] = []
    waiting = sorted(notes, reverse=True)
    for onset in sorted({note.onset for note in notes}):
        sounding = [note for note in sounding if note.end > onset]
        while waiting and waiting[-1].onset == onset:
            sounding.append(waiting.pop())
        if onset >= start:
            yield [note.pitch for note in sounding]


def _silent_bars(
    facts: Facts, notes: Sequence[NoteFact], start: int, left_out: Collection[int]
) -> int:
    """Return the longest run of bars from a tick on in which none of the notes sounds; some bars count as sounding."""
    run = longest = number = 0
    until = -1
    ordered = sorted(notes)
    for index, bar in enumerate(facts.bars):
        is_silent = until <= bar.start and index not in left_out
        while number < len(ordered) and ordered[number].onset < bar.end:
            until = max(until, ordered[number].end)
            number, is_silent = number + 1, False
        run = run + 1 if is_silent and bar.end > start else 0
        longest = max(longest, run)
    return longest
