"""A MusicXML document measure by measure: what holds there, which notes sound, and where it stands in the bytes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction

from symgen.formats.musicxml.tree import Element
from symgen.music.meter import COMMON_TIME, Meter

__all__ = ["Document", "Place", "State", "Written", "XmlMeasure", "XmlPart"]


@dataclass(frozen=True, slots=True)
class State:
    """What holds at a place of a part.

    Parameters
    ----------
    divisions : Fraction
        Of a quarter, in which durations are counted.
    meter : Meter
    sharps : dict
        Of the key signatures as they are written, by staff; 0 stands for all others.
    transpose : dict
        Semitones and letters from the written to the sounding pitch, by staff.
    staves : int
    """

    divisions: Fraction = Fraction(1)
    meter: Meter = COMMON_TIME
    sharps: dict[int, int] = field(default_factory=dict)
    transpose: dict[int, tuple[int, int]] = field(default_factory=dict)
    staves: int = 1

    def sharps_of(self, staff: int) -> int:
        """Return the key signature of a staff."""
        return self.sharps.get(staff, self.sharps.get(0, 0))

    def transpose_of(self, staff: int) -> tuple[int, int]:
        """Return by how many semitones and letters a staff sounds above what is written."""
        return self.transpose.get(staff, self.transpose.get(0, (0, 0)))


@dataclass(frozen=True, slots=True)
class Place:
    """A child of a measure with its place in time.

    Parameters
    ----------
    element : Element
    kind : str
        ``"note"`` sounds, ``"rest"``, ``"cue"`` takes time too, as does ``"skip"``, a step forward, ``"grace"`` none;
        ``"back"`` is a step back, ``"other"`` all else.
    onset, duration : Fraction
        Quarters, from the measure's start; of a step back, where it leads to.
    state : State
        What holds behind it.
    """

    element: Element
    kind: str
    onset: Fraction
    duration: Fraction
    state: State


@dataclass(frozen=True, slots=True)
class Written:
    """A note that sounds.

    Parameters
    ----------
    onset, duration : Fraction
        Quarters; the onset counts from the measure's start.
    pitch : int
        As it sounds.
    staff : int
    voice : str
    starts_tie, stops_tie : bool
    start, end : int
        Its bytes.
    velocity : int
    unpitched : bool
        Whether the pitch is a drum.
    between : bool
        Whether it lies between two keys of a piano.
    """

    onset: Fraction
    duration: Fraction
    pitch: int
    staff: int
    voice: str
    starts_tie: bool
    stops_tie: bool
    start: int
    end: int
    velocity: int
    unpitched: bool
    between: bool


@dataclass(frozen=True, slots=True)
class XmlMeasure:
    """A measure of one part.

    Parameters
    ----------
    number : str
        As it is written.
    start, end, inner, inner_end : int
        Its bytes, and those between its tags.
    length : Fraction
        Quarters that are filled.
    before, after : State
    notes : tuple of Written
    starts_repeat, ends_repeat, ends_section : bool
    endings : frozenset of int
        Passes in which it is played, empty for all.
    meter : Meter or None
        That is set in it.
    tempos : tuple of (Fraction, float)
        Time and quarters a minute.
    keys : tuple of (Fraction, int, str)
        Time, sharps as they sound, and mode.
    lost : int
        Notes that have no length.
    """

    number: str
    start: int
    end: int
    inner: int
    inner_end: int
    length: Fraction
    before: State
    after: State
    notes: tuple[Written, ...]
    starts_repeat: bool = False
    ends_repeat: bool = False
    ends_section: bool = False
    endings: frozenset[int] = frozenset()
    meter: Meter | None = None
    tempos: tuple[tuple[Fraction, float], ...] = ()
    keys: tuple[tuple[Fraction, int, str], ...] = ()
    lost: int = 0


@dataclass(frozen=True, slots=True)
class XmlPart:
    """A part.

    Parameters
    ----------
    id : str
    start, end, inner_end : int
        Its bytes, and the place of its end tag.
    measures : tuple of XmlMeasure
    """

    id: str
    start: int
    end: int
    inner_end: int
    measures: tuple[XmlMeasure, ...]

    @property
    def staves(self) -> list[int]:
        """Numbers of its staves."""
        used = {note.staff for measure in self.measures for note in measure.notes}
        return list(
            range(1, max([1, *used, *(measure.after.staves for measure in self.measures)]) + 1)
        )

    def voices(self, staff: int) -> list[str]:
        """Names of the voices that have more notes on this staff than on others, the busiest first."""
        places = Counter(
            (note.voice, note.staff) for measure in self.measures for note in measure.notes
        )
        home: dict[str, int] = {}
        for (voice, where), _ in reversed(places.most_common()):
            home[voice] = where
        return [
            voice for (voice, where), _ in places.most_common() if where == staff == home[voice]
        ]

    def free_voices(self, count: int) -> list[str]:
        """Name voices that no staff has."""
        used = {note.voice for measure in self.measures for note in measure.notes}
        names = (str(i) for i in range(1, len(used) + count + 1))
        return [name for name in names if name not in used][:count]


@dataclass(frozen=True, slots=True)
class Document:
    """A score-partwise document.

    Parameters
    ----------
    data : bytes
        UTF-8.
    encoding : str
        As it was read.
    root : Element
        Without the list of parts, and the parts.
    entries : list of Element
        The list of parts.
    parts : tuple of XmlPart
    """

    data: bytes
    encoding: str
    root: Element
    entries: list[Element]
    parts: tuple[XmlPart, ...]

    @property
    def listed(self) -> list[int]:
        """Indices of the parts in the order of the list of parts; those that it does not name are left out."""
        index = {part.id: i for i, part in enumerate(self.parts)}
        names = [
            entry.attributes.get("id", "") for entry in self.entries if entry.tag == "score-part"
        ]
        return [index[name] for name in dict.fromkeys(names) if name in index]

    def entry(self, part: XmlPart) -> Element | None:
        """Return what the list of parts says of a part."""
        named = (entry for entry in self.entries if entry.tag == "score-part")
        return next((entry for entry in named if entry.attributes.get("id") == part.id), None)
