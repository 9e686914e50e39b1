"""What stands in a MusicXML document besides notes, counted by kinds, for what is said of music that cannot be kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from symgen.formats.musicxml.tree import Element

__all__ = ["document_marks", "note_marks", "said"]

_GROUPS = {"articulations": "articulation", "ornaments": "ornament", "technical": "technical mark"}
_NOTATIONS = {
    "slur": "slur", "fermata": "fermata", "arpeggiate": "arpeggio", "non-arpeggiate": "arpeggio",
    "glissando": "glissando", "slide": "slide", "dynamics": "dynamic mark", "other-notation": "other notation",
}  # fmt: skip
_DIRECTIONS = {
    "dynamics": "dynamic mark", "wedge": "hairpin", "words": "direction in words", "rehearsal": "rehearsal mark",
    "segno": "segno", "coda": "coda", "pedal": "pedal mark", "octave-shift": "octave line", "dashes": "dashed line",
    "bracket": "bracket",
}  # fmt: skip
_CLOSING = ("stop", "continue", "change", "diminuendo-stop")


def note_marks(note: Element) -> Counter[str]:
    """Count what hangs on a note."""
    found = Counter({"lyric": sum(1 for lyric in note.all("lyric") if lyric.find("text"))})
    found["grace note"] = 1 if note.find("grace") else 0
    for notations in note.all("notations"):
        for mark in notations.children:
            if mark.tag in _GROUPS:
                found[_GROUPS[mark.tag]] += len(mark.children)
            elif mark.tag in _NOTATIONS and mark.attributes.get("type") not in _CLOSING:
                found[_NOTATIONS[mark.tag]] += 1
    return +found


def document_marks(children: Iterable[Element]) -> Counter[str]:
    """Count what the children of measures hold besides notes."""
    found: Counter[str] = Counter()
    for child in children:
        if child.tag == "note":
            found += note_marks(child)
        elif child.tag == "harmony":
            found["chord symbol"] += 1
        elif child.tag == "figured-bass":
            found["bass figure"] += 1
        elif child.tag == "direction":
            signs = (sign for kind in child.all("direction-type") for sign in kind.children)
            found.update(_DIRECTIONS[s.tag] for s in signs if s.tag in _DIRECTIONS and _opens(s))
        elif child.tag == "barline":
            found["repeat sign"] += sum(1 for _ in child.all("repeat"))
            found["ending"] += sum(1 for ending in child.all("ending") if _opens(ending))
    return +found


def _opens(mark: Element) -> bool:
    return mark.attributes.get("type") not in _CLOSING


def said(marks: Mapping[str, int]) -> str:
    """Return counts as text, such as ``"12 lyrics, 3 slurs"``, the most frequent first."""
    ordered = sorted(marks.items(), key=lambda pair: -pair[1])
    return ", ".join(f"{count} {_many(name) if count != 1 else name}" for name, count in ordered)


def _many(name: str) -> str:
    return name.replace("direction", "directions") if name == "direction in words" else f"{name}s"
