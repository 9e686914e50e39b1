"""A MusicXML document measure by measure: what holds there, which notes sound, and where it stands in the bytes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction

from symgen.formats.musicxml.tree import Edit, Element, splice
from symgen.music.meter import COMMON_TIME, Meter

__all__ = [
    "FORTE",
    "Attributes",
    "Document",
    "TimedElement",
    "WrittenNote",
    "XmlMeasure",
    "XmlPart",
    "spliced",
]


FORTE = 90
"""The velocity that MusicXML calls 100 %."""


@dataclass(frozen=True, slots=True)
class Attributes:
    """What holds at a place of a part."""

    # of a quarter, in which durations are counted
    divisions: Fraction = Fraction(1)
    meter: Meter = COMMON_TIME
    # of the key signatures as they are written, by staff; 0 stands for all others
    sharps: dict[int, int] = field(default_factory=dict)
    # semitones and letters from the written to the sounding pitch, by staff
    transpose: dict[int, tuple[int, int]] = field(default_factory=dict)
    staves: int = 1
    # whether the key is minor
    minor: bool = False

    def sharps_of(self, staff: int) -> int:
        """Return the key signature of a staff."""
        return self.sharps.get(staff, self.sharps.get(0, 0))

    def transpose_of(self, staff: int) -> tuple[int, int]:
        """Return by how many semitones and letters a staff sounds above what is written."""
        return self.transpose.get(staff, self.transpose.get(0, (0, 0)))


@dataclass(frozen=True, slots=True)
class TimedElement:
    """A child of a measure with its place in time."""

    element: Element
    # ``"note"`` sounds, ``"rest"``, ``"cue"`` takes time too, as does ``"skip"``, a step forward,
    # ``"grace"`` none; ``"back"`` is a step back, ``"other"`` all else
    kind: str
    # quarters, from the measure's start; of a step back, where it leads to
    onset: Fraction
    duration: Fraction
    # what holds behind it
    state: Attributes


@dataclass(frozen=True, slots=True)
class WrittenNote:
    """A note that sounds."""

    # quarters; the onset counts from the measure's start
    onset: Fraction
    duration: Fraction
    # as it sounds
    pitch: int
    staff: int
    voice: str
    starts_tie: bool
    stops_tie: bool
    # its bytes
    start: int
    end: int
    velocity: int
    # whether the pitch is a drum
    unpitched: bool
    # whether it lies between two keys of a piano
    between: bool


@dataclass(frozen=True, slots=True)
class XmlMeasure:
    """A measure of one part."""

    # as it is written
    number: str
    # its bytes, and those between its tags
    start: int
    end: int
    inner: int
    inner_end: int
    # quarters that are filled
    length: Fraction
    before: Attributes
    after: Attributes
    notes: tuple[WrittenNote, ...]
    starts_repeat: bool = False
    ends_repeat: bool = False
    ends_section: bool = False
    # passes in which it is played, empty for all
    endings: frozenset[int] = frozenset()
    # that is set in it
    meter: Meter | None = None
    # time and quarters a minute
    tempos: tuple[tuple[Fraction, float], ...] = ()
    # time, sharps as they sound, and mode
    keys: tuple[tuple[Fraction, int, str], ...] = ()
    # time and name
    chords: tuple[tuple[Fraction, str], ...] = ()
    # notes that have no length
    lost: int = 0


@dataclass(frozen=True, slots=True)
class XmlPart:
    """A part."""

    id: str
    # its bytes, and the place of its end tag
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
    """A score-partwise document."""

    # UTF-8.
    data: bytes
    # as it was read
    encoding: str
    # without the list of parts, and the parts
    root: Element
    # the list of parts
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


def spliced(document: Document, edits: list[Edit], before: bytes) -> bytes:
    """Return a document with edits; one without any comes back byte for byte, whatever its encoding."""
    if not any(start < end or new for start, end, new in edits):
        return before
    data = splice(document.data, edits)
    return data if document.encoding == "utf-8" else data.decode().encode(document.encoding)
