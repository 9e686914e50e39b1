"""What stands in a MusicXML document besides notes, counted by kinds, for what is said of music that cannot be kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from symgen.musicxml.tree import Element

__all__ = ["document_marks", "note_marks", "said"]

_GROUPS = {"articulations": "articulations", "ornaments": "ornaments", "technical": "fingerings and technical marks"}
_NOTATIONS = {
    "slur": "slurs", "fermata": "fermatas", "arpeggiate": "arpeggios", "non-arpeggiate": "arpeggios",
    "glissando": "glissandos", "slide": "slides", "dynamics": "dynamics", "other-notation": "other notations",
}  # fmt: skip
_DIRECTIONS = {
    "dynamics": "dynamics", "wedge": "hairpins", "words": "words", "rehearsal": "rehearsal marks", "segno": "segnos",
    "coda": "codas", "pedal": "pedal marks", "octave-shift": "octave lines", "dashes": "dashes", "bracket": "brackets",
}  # fmt: skip
_CLOSING = ("stop", "continue", "change", "diminuendo-stop")


def note_marks(note: Element) -> Counter[str]:
    """Count what hangs on a note.

    Parameters
    ----------
    note : Element
        A ``note``; a grace note is one itself.
    """
    found = Counter({"lyrics": sum(1 for lyric in note.all("lyric") if lyric.find("text"))})
    found["grace notes"] = 1 if note.find("grace") else 0
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
            found["chord symbols"] += 1
        elif child.tag == "figured-bass":
            found["figured basses"] += 1
        elif child.tag == "direction":
            signs = (sign for kind in child.all("direction-type") for sign in kind.children)
            found.update(_DIRECTIONS[s.tag] for s in signs if s.tag in _DIRECTIONS and _opens(s))
        elif child.tag == "barline":
            found["repeat signs"] += sum(1 for _ in child.all("repeat"))
            found["endings"] += sum(1 for ending in child.all("ending") if _opens(ending))
    return +found


def _opens(mark: Element) -> bool:
    return mark.attributes.get("type") not in _CLOSING


def said(marks: Counter[str]) -> str:
    """Return counts as text, such as ``"12 lyrics, 3 slurs"``."""
    return ", ".join(f"{count} {name if count != 1 else _one(name)}" for name, count in marks.most_common())


def _one(name: str) -> str:
    first, _, rest = name.partition(" and ")
    single = first.removesuffix("s") if first != "figured basses" else "figured bass"
    return single + (f" or {rest.removesuffix('s')}" if rest else "")
