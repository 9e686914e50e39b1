"""Reading and writing music: one table of suffixes, one pair of functions per format."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from symgen.errors import FormatError
from symgen.files import check_writable, read_bytes, write_atomic
from symgen.formats.midi import read_midi, write_midi
from symgen.score import Score

__all__ = ["READABLE", "WRITABLE", "load_score", "read_midi", "save_score", "write_midi"]


def _read_notation(path: Path) -> Score:
    from symgen.formats.notation import read_tunes

    return read_tunes(path)[0].score


def _write_musicxml(score: Score) -> bytes:
    from symgen.formats.musicxml import write_musicxml

    return write_musicxml(score)


def _read_midi_file(path: Path) -> Score:
    return read_midi(read_bytes(path), str(path))


@dataclass(frozen=True, slots=True)
class _Format:
    read: Callable[[Path], Score]
    write: Callable[[Score], bytes] | None = None


_MIDI = _Format(_read_midi_file, write_midi)
_MUSICXML = _Format(_read_notation, _write_musicxml)
_FORMATS = {
    ".mid": _MIDI,
    ".midi": _MIDI,
    ".musicxml": _MUSICXML,
    ".xml": _MUSICXML,
    ".mxl": _Format(_read_notation),
    ".abc": _Format(_read_notation),
    ".krn": _Format(_read_notation),
}
READABLE = tuple(_FORMATS)
"""The suffixes that `load_score` reads."""
WRITABLE = tuple(suffix for suffix, kind in _FORMATS.items() if kind.write)
"""The suffixes that `save_score` writes."""


def load_score(source: Any, *, part: int | None = None, allow_empty: bool = False) -> Score:
    """Read a piece of music.

    Parameters
    ----------
    source : path, bytes, PrettyMIDI, mido.MidiFile, music21 stream or Score
        A path is read by its suffix (one of `READABLE`); of a book of tunes the first
        is taken. Bytes are a MIDI file. An object is left as it is.
    part : int, optional
        Keep this part only, counted from 0; the maps and the length stay.
    allow_empty : bool
        Whether a piece without notes is welcome.

    Raises
    ------
    FormatError
        If the source cannot be read, has no such part or, by default, holds no notes.
    """
    name, score = _load(source)
    if part is not None:
        if not 0 <= part < len(score.parts):
            have = ", ".join(f"{i} {p.name!r}" for i, p in enumerate(score.parts)) or "none"
            raise FormatError(f"{name}: has no part {part}; choose one of: {have}")
        score = replace(score, parts=(score.parts[part],))
    if not score.note_count and not allow_empty:
        what = "holds no notes" if part is None else f"part {part} holds no notes"
        raise FormatError(f"{name}: {what}; choose a file or part with music")
    return score


def save_score(score: Score, path: str | PathLike[str], *, overwrite: bool = False) -> None:
    """Write a piece of music, whole or not at all.

    Parameters
    ----------
    score : Score
        The piece.
    path : path
        Its suffix, one of `WRITABLE`, chooses the format.
    overwrite : bool
        Whether an existing file may be replaced.

    Raises
    ------
    FormatError
        If the suffix is unknown, or the file or the music cannot be written.
    ExistsError
        If the file exists and `overwrite` is false.
    """
    path = Path(path)
    write = _format_of(path, WRITABLE, "written").write
    check_writable(path, overwrite=overwrite)
    if write is not None:
        write_atomic(path, write(score))


def _convert(source: Any, library: str) -> Score:
    from symgen.formats.interop import from_mido, from_music21, from_pretty_midi

    table: dict[str, Callable[[Any], Score]] = {
        "mido": from_mido,
        "music21": from_music21,
        "pretty_midi": from_pretty_midi,
    }
    return table[library](source)


def _format_of(path: Path, suffixes: tuple[str, ...], verb: str) -> _Format:
    suffix = path.suffix.lower()
    if path.is_dir():
        raise FormatError(f"{path}: is a folder, a file is needed")
    if not path.exists() and suffixes is READABLE:
        raise FormatError(f"{path}: no such file; check the name")
    if suffix not in suffixes:
        raise FormatError(
            f"{path}: files called {suffix or 'without a suffix'!r} cannot be {verb}; use {', '.join(suffixes)}"
        )
    return _FORMATS[suffix]


def _load(source: Any) -> tuple[str, Score]:
    """Return what messages call the source, and its music."""
    if isinstance(source, Score):
        return "score", source
    if isinstance(source, (bytes, bytearray, memoryview)):
        return "MIDI", read_midi(bytes(source))
    if isinstance(source, (str, PathLike)):
        path = Path(fspath(source))
        return str(path), _format_of(path, READABLE, "read").read(path)
    for kind in type(source).__mro__:
        library = kind.__module__.partition(".")[0]
        if library in ("pretty_midi", "mido", "music21"):
            return f"{library} {kind.__name__}", _convert(source, library)
    raise FormatError(
        f"{type(source).__name__}: is no music that can be read; "
        "pass a path, bytes, Score, PrettyMIDI, mido.MidiFile or music21 stream"
    )
