"""What stands in a written piece: notes, metres, tempos and instruments, read with mido."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import mido

from symgen.errors import FormatError
from symgen.files import PathLike
from symgen.formats import load_score, to_mido
from symgen.score import Score

__all__ = ["BarFact", "Facts", "NoteFact", "read_facts", "score_facts"]

_DRUMS = 9


class NoteFact(NamedTuple):
    """A note: onset and end in ticks, pitch, and the part and programme that play it (-1: drums)."""

    onset: int
    end: int
    pitch: int
    part: int
    program: int


class BarFact(NamedTuple):
    """A bar: first tick, first tick after it, and its metre."""

    start: int
    end: int
    numerator: int
    denominator: int


@dataclass(frozen=True)
class Facts:
    """A written piece.

    Parameters
    ----------
    resolution : int
        Ticks a quarter.
    notes : tuple of NoteFact
        By onset.
    bars : tuple of BarFact
    tempos : tuple of (int, float)
        Tick and quarters a minute.
    programs : tuple of int
        Of the parts in the order of the file; -1 for drums.
    """

    resolution: int
    notes: tuple[NoteFact, ...]
    bars: tuple[BarFact, ...]
    tempos: tuple[tuple[int, float], ...]
    programs: tuple[int, ...]

    @property
    def pitched(self) -> tuple[NoteFact, ...]:
        """The notes that are no drums."""
        return tuple(note for note in self.notes if note.program >= 0)

    def bar_of(self, tick: int) -> BarFact:
        """Return the bar in which a tick lies, the last one beyond the end."""
        return self.bars[max(0, bisect_right([bar.start for bar in self.bars], tick) - 1)]


def read_facts(path: PathLike) -> Facts:
    """Read a file that was written: MIDI with mido; other formats as they load.

    Raises
    ------
    FormatError
        If it cannot be read.
    """
    if Path(path).suffix.lower() not in (".mid", ".midi"):
        return score_facts(load_score(path))
    return _facts(mido.MidiFile(path))


def score_facts(score: Score) -> Facts:
    """Read what would be written of a score."""
    return _facts(to_mido(score))


def _facts(midi: mido.MidiFile) -> Facts:
    notes: list[NoteFact] = []
    meters: dict[int, tuple[int, int]] = {}
    tempos: dict[int, float] = {}
    programs: list[int] = []
    end = 0
    for track in midi.tracks:
        now, program, plays = 0, 0, False
        sounding: dict[tuple[int, int], list[int]] = defaultdict(list)
        mine: list[tuple[int, int, int, int]] = []
        for message in track:
            now += message.time
            if message.type == "time_signature":
                meters[now] = (message.numerator, message.denominator)
            elif message.type == "set_tempo":
                tempos[now] = mido.tempo2bpm(message.tempo)
            elif message.type == "program_change":
                program, plays = (-1 if message.channel == _DRUMS else message.program), True
            elif message.type == "note_on" and message.velocity:
                program = -1 if message.channel == _DRUMS else program
                sounding[message.channel, message.note].append(now)
            elif message.type in ("note_on", "note_off") and sounding[message.channel, message.note]:
                mine.append((sounding[message.channel, message.note].pop(0), now, message.note, message.channel))
        end = max(end, now)
        if mine or plays:
            notes += [NoteFact(onset, off, pitch, len(programs), program) for onset, off, pitch, _ in mine]
            programs.append(program)
    bars = _bars(meters, end, midi.ticks_per_beat)
    return Facts(midi.ticks_per_beat, tuple(sorted(notes)), bars, tuple(sorted(tempos.items())), tuple(programs))


def _bars(meters: dict[int, tuple[int, int]], end: int, resolution: int) -> tuple[BarFact, ...]:
    bars: list[BarFact] = []
    changes = sorted(({0: (4, 4)} | meters).items())
    for (start, (numerator, denominator)), following in zip(changes, [*changes[1:], (end, (0, 0))], strict=True):
        length, tick = 4 * resolution * numerator / denominator, float(start)
        while tick < following[0] - 0.5 and length:
            stop = min(round(tick + length), following[0]) if following[0] < end else round(tick + length)
            bars.append(BarFact(round(tick), stop, numerator, denominator))
            tick += length
    if not bars:
        raise FormatError("the piece has no bars")
    return tuple(bars)
