"""A piece read out bar by bar, note by note."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from symgen.analysis.beat import on_its_beat
from symgen.analysis.words import bars_text, beat_text, length_text, pitch_text
from symgen.music.instruments import drum_name, instrument_name
from symgen.music.keys import infer_key
from symgen.music.meter import Bar
from symgen.music.score import Note, Part, Score
from symgen.system.errors import ControlError

__all__ = ["read_bars"]

# What is shorter than this part of a quarter is articulation, no rest.
_SHORT = 8


def read_bars(
    score: Score, first: int | None = None, last: int | None = None, part: int | None = None
) -> str:
    """Read out bars, one bar of one part a line: ``"Bar 1: G4 quarter, A4 eighth."``.

    Parameters
    ----------
    score : Score
        With any number of parts.
    first, last : int, optional
        Numbers of bars as counted, a pickup is 0; by default all.
    part : int, optional
        This part only, counted from 1.

    Returns
    -------
    str
        Notes that begin together are joined with "and", or "with" if they are not equally long; a note that goes on
        beyond the bar line is "held over".

    Raises
    ------
    FormatError
        If the piece has no such bars.
    ControlError
        If it has no such part.
    """
    if part is not None and not 1 <= part <= len(score.parts):
        raise ControlError(f"part {part}: the piece has parts 1 to {len(score.parts)}; choose one")
    score, _ = on_its_beat(score)
    if not score.bars or not score.parts:
        return "There are no notes."
    first = score.bars[0].number if first is None else first
    last = score.bars[-1].number if last is None else last
    score.bar_ticks(first, last)
    sharps = infer_key(score).sharps
    chosen = [part - 1] if part is not None else range(len(score.parts))
    readers = [_PartReader(score, index, sharps) for index in chosen]
    several = len(readers) > 1
    lines = []
    for bar in score.bars:
        if first <= bar.number <= last:
            where = bars_text(bar.number, bar.number)
            where = where[0].upper() + where[1:]
            for reader in readers:
                name = f", {reader.name}" if several else ""
                lines.append(f"{where}{name}: {reader.read(bar)}.")
    return "\n".join(lines)


class _PartReader:
    """One part, whose bars are read in order."""

    def __init__(self, score: Score, index: int, sharps: int) -> None:
        self.part, self.sharps, self.resolution = score.parts[index], sharps, score.resolution
        self.name = _part_name(self.part, index, score.parts)
        self._by_bar: dict[int, list[Note]] = {}
        self._held: dict[int, list[Note]] = {}
        self._sort(score.bars)

    def _sort(self, bars: Sequence[Bar]) -> None:
        """Lay the notes into the bars in which they begin, and into those to which they are held over."""
        at = 0
        for note in self.part.notes:
            while at < len(bars) - 1 and note.onset >= bars[at].end:
                at += 1
            self._by_bar.setdefault(bars[at].start, []).append(note)
            beyond = at + 1
            while beyond < len(bars) and note.end - bars[beyond].start > self.resolution // _SHORT:
                self._held.setdefault(bars[beyond].start, []).append(note)
                beyond += 1

    def read(self, bar: Bar) -> str:
        """Read one bar."""
        told = list(self._events(bar))
        return ", ".join(told) if told else "rest"

    def _events(self, bar: Bar) -> Iterator[str]:
        reached = bar.start
        held = self._held.get(bar.start, [])
        if held and not self.part.is_drum:
            yield f"{self._names(held)} held over"
            reached = max(min(note.end, bar.end) for note in held)
        for onset, group in groupby(self._by_bar.get(bar.start, []), key=lambda note: note.onset):
            notes = list(group)
            if self.part.is_drum:
                beat = (onset - bar.start) / (float(bar.meter.beat_quarters) * self.resolution)
                yield f"{self._names(notes)} on beat {beat_text(round(beat + 1, 2))}"
                continue
            if onset - reached > self.resolution // _SHORT:
                yield f"rest {length_text((onset - reached) / self.resolution)}"
            yield self._struck(notes)
            reached = max(reached, *(note.end for note in notes))
        if reached > bar.start and bar.end - reached > self.resolution // _SHORT:
            yield f"rest {length_text((bar.end - reached) / self.resolution)}"

    def _struck(self, notes: Sequence[Note]) -> str:
        """Name notes that begin together, with their lengths."""
        lengths = [length_text(note.duration / self.resolution) for note in notes]
        if len(set(lengths)) == 1:
            return f"{self._names(notes)} {lengths[0]}"
        pairs = zip(notes, lengths, strict=True)
        return " with ".join(f"{self._name(note)} {length}" for note, length in pairs)

    def _names(self, notes: Sequence[Note]) -> str:
        return " and ".join(map(self._name, notes))

    def _name(self, note: Note) -> str:
        if self.part.is_drum:
            return drum_name(note.pitch).lower()
        return pitch_text(note.pitch, self.sharps)


def _part_name(part: Part, index: int, parts: Sequence[Part]) -> str:
    name = part.name or instrument_name(part.program, is_drum=part.is_drum)
    alike = sum(other.name == part.name and other.program == part.program for other in parts)
    return f"{name}, part {index + 1}" if alike > 1 else name
