"""Drums on a staff: the line, the notehead and the name of each stroke of General MIDI."""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree import ElementTree as Xml

__all__ = ["drum_notes", "list_drums"]

_KIT = {
    35: "F4 Bass Drum 2", 36: "F4 Bass Drum", 37: "C5 x Side Stick", 38: "C5 Snare Drum", 39: "C5 x Hand Clap",
    40: "C5 Snare Drum 2", 41: "A4 Low Floor Tom", 42: "G5 x Closed Hi-Hat", 43: "A4 High Floor Tom",
    44: "D4 x Pedal Hi-Hat", 45: "B4 Low Tom", 46: "G5 x Open Hi-Hat", 47: "D5 Low-Mid Tom", 48: "D5 Hi-Mid Tom",
    49: "A5 x Crash Cymbal", 50: "E5 High Tom", 51: "F5 x Ride Cymbal", 52: "A5 x China Cymbal",
    53: "F5 diamond Ride Bell",
    54: "B5 x Tambourine", 55: "B5 x Splash Cymbal", 56: "E5 triangle Cowbell", 57: "A5 x Crash Cymbal 2",
    59: "F5 x Ride Cymbal 2",
}  # fmt: skip
"""Place on the staff, notehead if it is none of the usual ones, and name, as drum sets are written."""

_OTHER = "E5"


def drum_notes(pitches: Iterable[int], part: int) -> dict[int, Xml.Element]:
    """Return for each stroke a note with what its notes have in common."""
    found: dict[int, Xml.Element] = {}
    for pitch in set(pitches):
        place, head, _ = _drawn(pitch)
        note = found[pitch] = Xml.Element("note")
        unpitched = Xml.SubElement(note, "unpitched")
        Xml.SubElement(unpitched, "display-step").text = place[0]
        Xml.SubElement(unpitched, "display-octave").text = place[1]
        Xml.SubElement(note, "instrument", id=_id(part, pitch))
        if head:
            Xml.SubElement(note, "notehead").text = head
    return found


def list_drums(entry: Xml.Element, pitches: Iterable[int], part: int, program: int) -> None:
    """Append to what the list of parts says of a part an instrument for each stroke."""
    strokes = sorted(set(pitches))
    for pitch in strokes:
        instrument = Xml.SubElement(entry, "score-instrument", id=_id(part, pitch))
        Xml.SubElement(instrument, "instrument-name").text = _drawn(pitch)[2]
    for pitch in strokes:
        midi = Xml.SubElement(entry, "midi-instrument", id=_id(part, pitch))
        Xml.SubElement(midi, "midi-channel").text = "10"
        Xml.SubElement(midi, "midi-program").text = str(program + 1)
        Xml.SubElement(midi, "midi-unpitched").text = str(pitch + 1)


def _id(part: int, pitch: int) -> str:
    return f"P{part}-D{pitch}"


def _drawn(pitch: int) -> tuple[str, str, str]:
    """Return place, notehead and name."""
    place, _, name = _KIT.get(pitch, f"{_OTHER} Stroke {pitch}").partition(" ")
    head, _, rest = name.partition(" ")
    return (place, head, rest) if head.islower() else (place, "", name)
