"""The facts of a piece, as values."""

from __future__ import annotations

from dataclasses import dataclass

from symgen.analysis.beat import Played
from symgen.analysis.form import Section
from symgen.analysis.parts import PartDescription
from symgen.analysis.phrases import Cadence, Run
from symgen.music.theory import Key
from symgen.performer.figures import PlayingFigures

__all__ = ["ChordPlace", "Dynamics", "Facts", "KeyPlace", "MeterPlace", "TempoPlace"]


@dataclass(frozen=True)
class TempoPlace:
    """A tempo from a bar on, in quarter notes a minute."""

    bar: int
    quarters_a_minute: float


@dataclass(frozen=True)
class MeterPlace:
    """A meter from a bar on, and the length of its beat in quarter notes."""

    bar: int
    meter: str
    beat: float


@dataclass(frozen=True)
class KeyPlace:
    """A key signature from a bar on: sharps are positive, flats negative."""

    bar: int
    sharps: int


@dataclass(frozen=True)
class ChordPlace:
    """A chord from a beat of a bar on; beats are counted from 1."""

    bar: int
    beat: float
    name: str


@dataclass(frozen=True)
class Dynamics:
    """How hard the notes are struck: MIDI velocities, and "louder", "softer" or "" towards the end."""

    softest: int
    loudest: int
    mean: float
    trend: str


@dataclass(frozen=True)
class Facts:
    """What `symgen.analysis.describing.Description` holds; it says what each of them is."""

    title: str
    notes: int
    bars: int
    seconds: float
    pickup: float
    meters: tuple[MeterPlace, ...]
    tempos: tuple[TempoPlace, ...]
    signatures: tuple[KeyPlace, ...]
    key: Key | None
    key_origin: str
    parts: tuple[PartDescription, ...]
    melody: int
    opening: tuple[Run, ...]
    sections: tuple[Section, ...]
    repeats: tuple[tuple[int, int], ...]
    cadences: tuple[Cadence, ...]
    chords: tuple[ChordPlace, ...]
    chords_printed: bool
    dynamics: Dynamics | None
    swing: float
    played: Played | None
    playing: PlayingFigures | None
    marks: dict[str, int]
