"""From the bytes of a MusicXML file to XML that is safe to parse: archives unpacked, content checked."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from pathlib import PurePosixPath
from xml.etree import ElementTree
from xml.parsers import expat

from symgen.formats.kinds import HEAD, plain_text
from symgen.formats.limits import Limits
from symgen.formats.tunes import one_line
from symgen.system.errors import FormatError

__all__ = ["check_xml", "unpack_mxl"]

# -- compressed files ------------------------------------------------------------------
# An archive is checked before anything is unpacked, and nothing goes to disk. What it says of its
# sizes is not trusted: its text is unpacked up to the limit and no further.

_MOST_ENTRIES = 1000
_MOST_DIRECTORY = 2**20
_MOST_RATIO = 250
"""MusicXML shrinks to a tenth or a fiftieth; deflate reaches 1000 with nothing but repetition."""
_SMALL = 2**20
_CONTAINER = "META-INF/container.xml"
_MOST_CONTAINER = 2**16
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_SIGN, _SIGN_64 = b"PK\x05\x06", b"PK\x06\x07"
_END = struct.Struct("<4s4H2LH")
# what `zipfile` raises on damaged archives, beside its own error
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    ValueError,
)


def unpack_mxl(data: bytes, limits: Limits) -> bytes:
    """Return the MusicXML text of an archive."""
    _check_directory(data)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_entries(archive.infolist(), len(data), limits)
            files = (entry for entry in archive.infolist() if not entry.is_dir())
            entries = {entry.filename: entry for entry in files}
            root = entries[_root(archive, entries)]
            return _read(archive, root, limits.bytes, limits)
    except _DAMAGE as error:
        reason = one_line(str(error), 80) or type(error).__name__
        raise FormatError(
            f"is a damaged archive ({reason}); ask for a whole copy of the file"
        ) from None


def _check_directory(data: bytes) -> None:
    """Look at the record that ends a zip, as reading a long directory costs time and memory."""
    # Neither its count of entries nor its size is trusted later: they are only a first sieve.
    at = len(data) - _END.size
    is_last = data.startswith(_SIGN, max(0, at)) and data.endswith(b"\0\0")
    if not is_last:  # a comment may follow it
        at = data.rfind(_SIGN, max(0, at - 2**16))
    if at < 0 or len(data) < at + _END.size:
        raise FormatError("is no compressed MusicXML file; check the file's type")
    entries, size = _END.unpack_from(data, at)[4:6]
    is_zip64 = data.startswith(_SIGN_64, max(0, at - 20))
    if entries > _MOST_ENTRIES or size > _MOST_DIRECTORY or is_zip64:
        raise FormatError(
            f"holds more than {_MOST_ENTRIES} files, so is no piece of music; take the MusicXML file out of it"
        )


def _check_entries(entries: list[zipfile.ZipInfo], packed: int, limits: Limits) -> None:
    if len(entries) > _MOST_ENTRIES:
        raise FormatError(
            f"holds {len(entries)} files, more than {_MOST_ENTRIES}; take the MusicXML file out of it"
        )
    for entry in entries:
        path = PurePosixPath(entry.filename.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or re.match("[A-Za-z]:", entry.filename):
            raise FormatError(
                "holds a file that points out of the archive; take the MusicXML file out of it"
            )
        if entry.flag_bits & 1:
            raise FormatError("is locked with a password; take the MusicXML file out of it")
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > limits.bytes:
        raise limits.refusal("", "bytes", unpacked)
    if unpacked > _SMALL and unpacked > _MOST_RATIO * packed:
        raise FormatError(_too_dense(unpacked, packed))


def _too_dense(unpacked: int, packed: int) -> str:
    return (
        f"unpacks {packed:,} bytes to {unpacked:,} or more, so is no piece of music; "
        "take the MusicXML file out of it"
    )


def _root(archive: zipfile.ZipFile, entries: dict[str, zipfile.ZipInfo]) -> str:
    """Name the file that the container names, else the first score."""
    for name in _named(archive, entries):
        if name in entries:
            return name
    plain = [name for name in entries if not name.startswith(("META-INF/", "__MACOSX/"))]
    scores = [name for name in plain if name.lower().endswith((".musicxml", ".xml"))]
    if not scores:
        raise FormatError(
            "holds no MusicXML (no .musicxml or .xml file inside); check the file's type"
        )
    return next((name for name in scores if _is_score(archive, entries[name])), scores[0])


def _named(archive: zipfile.ZipFile, entries: dict[str, zipfile.ZipInfo]) -> list[str]:
    """Return the files that the container names, none if it is missing or no XML, as some programs write it."""
    if _CONTAINER not in entries:
        return []
    container = _read(archive, entries[_CONTAINER], _MOST_CONTAINER, None)
    try:
        check_xml(container)
    except FormatError:
        return []
    tree = ElementTree.fromstring(container)  # noqa: S314 - checked: without entities
    return [
        node.get("full-path", "")
        for node in tree.iter()
        if node.tag.rpartition("}")[2] == "rootfile"
    ]


def _is_score(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bool:
    if entry.compress_type not in _METHODS:
        return True
    with archive.open(entry) as file:
        head = plain_text(file.read(HEAD))
    return re.search(r"<score-(?:partwise|timewise)", head) is not None


def _read(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int, limits: Limits | None
) -> bytes:
    if entry.compress_type not in _METHODS:
        raise FormatError("is packed in an unusual way; take the MusicXML file out of it")
    with archive.open(entry) as file:
        data = file.read(most + 1)
    if len(data) > most and limits is not None:
        raise limits.refusal("", "bytes", len(data))
    if len(data) > most:
        raise FormatError(
            f"holds a {_CONTAINER} of more than {most} bytes; take the MusicXML file out of it"
        )
    if len(data) > _SMALL and len(data) > _MOST_RATIO * max(1, entry.compress_size):
        raise FormatError(_too_dense(len(data), entry.compress_size))
    return data


# -- XML -------------------------------------------------------------------------------

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
_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:[eE]\+?\d+)?", re.ASCII)


def check_xml(data: bytes) -> None:
    """Refuse XML that could cost more than it is long, or that is not well-formed."""
    # Only a walk by expat sees entities before they unfold. A plain DOCTYPE is welcome, as nearly
    # every MusicXML file has one; what it points to is never opened.
    parser = expat.ParserCreate()
    look = _Inspector()
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


class _Inspector:
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
            found = _NUMBER.findall(text[:_LONGEST])
            if len(text) > _LONGEST or sum(map(float, found)) > _MOST[name]:
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
