"""A first look at XML: no entities but for characters, and no more depth, elements and numbers than music has."""

from __future__ import annotations

import re
from xml.parsers import expat

from symgen.system.errors import FormatError

__all__ = ["check_xml"]

_MOST_DEPTH = 100
_MOST_ELEMENTS = 2_000_000
_MOST = {
    "beats": 255, "beat-type": 1024, "divisions": 10_000_000, "duration": 100_000_000, "actual-notes": 10_000,
    "normal-notes": 10_000, "multiple-rest": 10_000, "measure-repeat": 10_000, "octave": 100, "fifths": 100,
}  # fmt: skip
"""Elements whose numbers music21 makes as many things of."""
_SPARE_MEASURES, _MEASURES_A_NOTE = 2_000, 8
"""Measures of all parts that may be there, and more for each note: most scores have more notes than measures."""
_LONGEST = 200
_LONGEST_ENTITY = 20
_CHUNK = 2**16


def check_xml(data: bytes) -> None:
    """Refuse XML that could cost more than it is long, or that is not well-formed."""
    # A plain DOCTYPE is welcome; what it points to is never opened.
    parser = expat.ParserCreate()
    look = _Look()
    parser.StartElementHandler = look.start
    parser.EndElementHandler = look.end
    parser.CharacterDataHandler = look.text
    parser.EntityDeclHandler = _entity
    parser.AttlistDeclHandler = _attribute
    parser.ExternalEntityRefHandler = _external
    parser.SkippedEntityHandler = _unknown
    try:
        for at in range(0, len(data), _CHUNK):
            parser.Parse(data[at : at + _CHUNK], False)
        parser.Parse(b"", True)
        look.finish()
    except expat.ExpatError as error:
        raise FormatError(
            f"is no well-formed XML ({error}); ask for a whole copy of the file"
        ) from None
    except (LookupError, ValueError) as error:
        raise FormatError(
            f"is in an encoding that XML does not know ({error}); save it as UTF-8"
        ) from None


class _Look:
    """Counts what comes by."""

    def __init__(self) -> None:
        self.depth = self.elements = 0
        self._counts = dict.fromkeys(("measure", "note", "rest"), 0)
        self._number: list[str] | None = None

    def start(self, name: str, _: dict[str, str]) -> None:
        self.depth += 1
        self.elements += 1
        if self.depth > _MOST_DEPTH:
            raise FormatError(
                f"nests elements more than {_MOST_DEPTH} deep, as no music does; check the file's type"
            )
        if self.elements > _MOST_ELEMENTS:
            raise FormatError(f"has more than {_MOST_ELEMENTS:,} elements; split the piece")
        self._number = [] if name in _MOST else None
        if name in self._counts:
            self._counts[name] += 1

    def finish(self) -> None:
        """Weigh the measures against the notes."""
        measures, notes = self._counts["measure"], self._counts["note"] - self._counts["rest"]
        if measures > _SPARE_MEASURES + _MEASURES_A_NOTE * max(0, notes):
            raise FormatError(
                f"has {measures:,} measures for {notes:,} notes; cut out the empty ones"
            )

    def end(self, name: str) -> None:
        self.depth -= 1
        if self._number is not None and name in _MOST:
            text = "".join(self._number).strip()
            numbers = [
                float(number)
                for number in re.findall(r"\d+(?:\.\d+)?(?:[eE]\+?\d+)?", text[:_LONGEST], re.ASCII)
            ]
            if len(text) > _LONGEST or sum(numbers) > _MOST[name]:
                raise FormatError(
                    f"has a <{name}> of {text[:20]}, more than {_MOST[name]:,}; correct the number"
                )
        self._number = None

    def text(self, data: str) -> None:
        if self._number is not None:
            self._number.append(data)


def _entity(name: str, is_parameter: int, value: str | None, *_: object) -> None:
    """Let a name stand for a few characters, as for an accented letter, and for nothing else."""
    if is_parameter or value is None or len(value) > _LONGEST_ENTITY or re.search("[<&%]", value):
        raise FormatError(
            f"declares the entity {name[:40]!r}, which no music needs; delete the declarations in its DOCTYPE"
        )


def _unknown(name: str, *_: object) -> None:
    raise FormatError(
        f"uses the entity {name[:40]!r}, which is not declared; write the character itself"
    )


def _attribute(*_: object) -> None:
    raise FormatError(
        "declares attributes of its own, which no music needs; delete the declarations in its DOCTYPE"
    )


def _external(*_: object) -> int:
    raise FormatError("refers to another file, which is not opened; delete the reference")
