"""Reading and writing music: one table of suffixes, one pair of functions per format.

What is read is told by its first bytes, whatever the file is called; what is written, by the name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from symgen.formats.kinds import HEAD, MIDI_SUFFIXES, NOTATION_SUFFIXES, kind_of
from symgen.formats.limits import DEFAULT_LIMITS, Limits
from symgen.formats.losses import lost_in_abc, lost_in_midi, lost_in_musicxml
from symgen.formats.midi import read_midi, read_midi_tunes, write_midi
from symgen.formats.tunes import Music, Tune
from symgen.midi.excerpt import select_parts
from symgen.music.actions import check_score
from symgen.music.score import Score
from symgen.system.errors import ControlError, FormatError
from symgen.system.files import as_path, check_writable, read_bytes, write_atomic
from symgen.system.resources import FOREIGN_SOUND, SOUND
from symgen.system.streams import can_read, can_write, read_stream, stream_name, write_stream
from symgen.system.words import check_whole

__all__ = [
    "DEFAULT_LIMITS", "READABLE", "WRITABLE", "Limits", "Music", "Tune", "from_muspy", "from_symusic",
    "load_score", "load_tune", "losses", "read_midi", "save_score", "score_bytes", "to_mido", "to_music21",
    "to_muspy", "to_pretty_midi", "to_symusic", "write_midi",
]  # fmt: skip

if TYPE_CHECKING:
    from mido import MidiFile as Mido
    from music21.stream import Score as Stream
    from muspy import Music as Muspy
    from pretty_midi import PrettyMIDI
    from symusic import Score as Symusic


def _read_notation(path: Path, limits: Limits) -> Tune:
    from symgen.formats.notation import read_tunes

    return _first(read_tunes(path, limits=limits), path)


def _first(tunes: tuple[Tune, ...], path: Path) -> Tune:
    """Return the first tune of a book, if it can be read."""
    tune = tunes[0]
    if tune.unreadable:
        raise FormatError(
            f"{path}: tune {tune.number or 1} {tune.unreadable}; correct it or choose another file"
        )
    return tune


def _write_musicxml(score: Score) -> bytes:
    from symgen.formats.musicxml import write_musicxml

    return write_musicxml(score)


def _write_abc(score: Score) -> bytes:
    from symgen.formats.abc.writer import write_abc
    from symgen.formats.musicxml.marks import lyrics_of

    return write_abc(score, lyrics_of(score))


def _read_midi_file(path: Path, limits: Limits) -> Tune:
    return read_midi_tunes(read_bytes(path, limits.bytes), str(path), limits)[0]


def _tune(score: Score) -> Tune:
    return Tune(score, score.title)


@dataclass(frozen=True, slots=True)
class _Format:
    """How a format is read and written, and what it cannot hold of a score's source."""

    read: Callable[[Path, Limits], Tune]
    write: Callable[[Score], bytes] | None = None
    losses: Callable[[Score, Score], tuple[str, ...]] | None = None


_MIDI = _Format(_read_midi_file, write_midi, lost_in_midi)
_MUSICXML = _Format(_read_notation, _write_musicxml, lost_in_musicxml)
_FORMATS = {
    ".mid": _MIDI,
    ".midi": _MIDI,
    ".musicxml": _MUSICXML,
    ".xml": _MUSICXML,
    ".mxl": _Format(_read_notation),
    ".abc": _Format(_read_notation, _write_abc, lost_in_abc),
    ".krn": _Format(_read_notation),
    **dict.fromkeys(MIDI_SUFFIXES[2:], _Format(_read_midi_file)),
}
READABLE = tuple(_FORMATS)
"""The suffixes that `load_score` reads."""
WRITABLE = tuple(suffix for suffix, kind in _FORMATS.items() if kind.write)
"""The suffixes that `save_score` writes."""


def load_score(
    source: Music,
    *,
    part: int | None = None,
    allow_empty: bool = False,
    limits: Limits = DEFAULT_LIMITS,
) -> Score:
    """Read a piece of music.

    Parameters
    ----------
    source : path, bytes, open file, Score, PrettyMIDI, mido.MidiFile, music21 stream, symusic.Score or muspy.Music
        The first bytes of a file say what it is, and where they do not its suffix (one of
        `READABLE`); of a book of tunes the first is taken. An open file is read from where it stands, and stays
        open. An object is left as it is.
    part : int, optional
        Keep this part only, counted from 0; the maps and the length stay.
    allow_empty : bool
        Whether a piece without notes is welcome.
    limits : Limits
        How much of a file is read.

    Raises
    ------
    FormatError
        If the source cannot be read, exceeds a limit, has no such part or, by default, holds no notes.
    """
    return load_tune(source, part=part, allow_empty=allow_empty, limits=limits).score


def load_tune(
    source: Music,
    *,
    part: int | None = None,
    allow_empty: bool = False,
    limits: Limits = DEFAULT_LIMITS,
) -> Tune:
    """Read a piece of music with what its file says about it.

    Parameters
    ----------
    source : path, bytes, open file, Score, PrettyMIDI, mido.MidiFile, music21 stream, symusic.Score or muspy.Music
        As for `load_score`.
    part : int, optional
        Keep this part only, counted from 0.
    allow_empty : bool
        Whether a piece without notes is welcome.
    limits : Limits
        How much of a file is read.

    Returns
    -------
    Tune
        Its key is None where the source names no mode (MIDI files never count as naming
        one); its count says how many tunes a book holds, of which this is the first; its
        problems say what was left out or repaired.

    Raises
    ------
    FormatError
        As `load_score`.
    """
    name, tune = _load(source, limits)
    score = tune.score
    if part is not None:
        check_whole("part", part)
        if not 0 <= part < len(score.parts):
            have = ", ".join(f"{i} {p.name!r}" for i, p in enumerate(score.parts)) or "none"
            raise FormatError(f"{name}: has no part {part}; choose one of: {have}")
        score = select_parts(score, [part])
    if not score.note_count and not allow_empty:
        what = "holds no notes" if part is None else f"part {part} holds no notes"
        raise FormatError(f"{name}: {what}; choose a file or part with music")
    return tune if score is tune.score else replace(tune, score=score)


def save_score(
    score: Score,
    path: str | PathLike[str] | BinaryIO,
    *,
    format: str | None = None,
    overwrite: bool = False,
) -> None:
    """Write a piece of music, whole or not at all.

    Parameters
    ----------
    score : Score
        The piece.
    path : path or open file
        A file that is open to write bytes is written from where it stands, and stays open.
    format : str, optional
        One of `WRITABLE`, such as ``"musicxml"``; if left out, the suffix of the path chooses, and MIDI for an open
        file.
    overwrite : bool
        Whether an existing file may be replaced.

    Raises
    ------
    FormatError
        If the format is unknown, or the file or the music cannot be written.
    ExistsError
        If the file exists and `overwrite` is false.
    """
    check_score(score)
    if can_write(path):
        write_stream(path, score_bytes(score, format or "mid"))
        return
    path = as_path(path)
    kind = _format_of(path, WRITABLE, "written") if format is None else _format_called(format)
    check_writable(path, overwrite=overwrite)
    if kind.write is not None:
        write_atomic(path, kind.write(score), overwrite=overwrite)


def score_bytes(score: Score, format: str = "mid") -> bytes:
    """Return the bytes of the file that `save_score` would write.

    Parameters
    ----------
    score : Score
        The piece.
    format : str
        One of `WRITABLE`, with or without its dot.

    Raises
    ------
    FormatError
        If the format is unknown, or the music cannot be written in it.
    """
    check_score(score)
    write = _format_called(format).write
    return b"" if write is None else write(score)


def _format_called(name: str) -> _Format:
    suffix = f".{name.lower().removeprefix('.')}" if isinstance(name, str) else ""
    if suffix not in WRITABLE:
        known = ", ".join(each.removeprefix(".") for each in WRITABLE)
        raise FormatError(f"format {name!r}: cannot be written; use one of {known}")
    return _FORMATS[suffix]


def losses(before: Score, after: Score, path: str | PathLike[str]) -> tuple[str, ...]:
    """Say in lines what a written file does not hold of the one that its music was read from."""
    losses_of = _FORMATS[Path(path).suffix.lower()].losses
    lines = losses_of(before, after) if losses_of else ()
    return tuple(f"{path}: {line}" for line in lines)


def to_pretty_midi(score: Score) -> PrettyMIDI:
    """Return the score as a `pretty_midi.PrettyMIDI`; its parts stay in order."""
    check_score(score)
    from symgen.formats import interop

    return interop.to_pretty_midi(score)


def to_mido(score: Score) -> Mido:
    """Return the score as a `mido.MidiFile`, as it would be written."""
    check_score(score)
    from symgen.formats import interop

    return interop.to_mido(score)


def to_music21(score: Score) -> Stream:
    """Return the score as a `music21.stream.Score`, with bars, ties and voices."""
    check_score(score)
    from symgen.formats import music21_streams

    return music21_streams.to_music21(score)


def to_symusic(score: Score) -> Symusic:
    """Return the score as a `symusic.Score` in ticks; its parts stay in order."""
    check_score(score)
    from symgen.formats import exchange

    return exchange.to_symusic(score)


def to_muspy(score: Score) -> Muspy:
    """Return the score as a `muspy.Music`; its parts stay in order."""
    check_score(score)
    from symgen.formats import exchange

    return exchange.to_muspy(score)


def from_symusic(source: Symusic) -> Score:
    """Return a `symusic.Score` of any unit of time as a score; `load_score` takes one too.

    Raises
    ------
    FormatError
        If it is something else, or holds no notes.
    """
    return _of_library(source, "symusic")


def from_muspy(source: Muspy) -> Score:
    """Return a `muspy.Music` as a score; `load_score` takes one too.

    Raises
    ------
    FormatError
        If it is something else, or holds no notes.
    """
    return _of_library(source, "muspy")


def _of_library(source: Any, library: str) -> Score:
    if library not in {kind.__module__.partition(".")[0] for kind in type(source).__mro__}:
        raise FormatError(
            f"{type(source).__name__}: is no object of {library}; load_score reads more"
        )
    return load_score(source)


_LIBRARIES = ("pretty_midi", "mido", "music21", "symusic", "muspy")


def _convert(source: Any, library: str) -> Tune:
    if library == "music21":
        from symgen.formats.music21_streams import tune_from_music21

        return tune_from_music21(source)
    if library in ("symusic", "muspy"):
        from symgen.formats import exchange

        read = exchange.from_symusic if library == "symusic" else exchange.from_muspy
        return _tune(read(source))
    from symgen.formats.interop import from_mido, from_pretty_midi

    return _tune(from_mido(source) if library == "mido" else from_pretty_midi(source))


def _format_of(path: Path, suffixes: tuple[str, ...], verb: str) -> _Format:
    suffix = path.suffix.lower()
    try:
        is_folder, exists = path.is_dir(), path.exists()
    except OSError as error:  # an over-long name, or a folder that may not be searched
        raise FormatError(
            f"{path}: cannot be {verb} ({error.strerror}); check its name and permissions"
        ) from None
    if is_folder:
        raise FormatError(f"{path}: is a folder, a file is needed")
    if not exists and suffixes is READABLE:
        raise FormatError(f"{path}: no such file; check the name")
    if suffixes is READABLE:
        suffix = _kind(path)
    if suffixes is WRITABLE and suffix in (*SOUND, *FOREIGN_SOUND):
        raise FormatError(
            f"{path}: is a kind of sound; use render for it, or {', '.join(suffixes)}"
        )
    if suffix not in suffixes:
        raise FormatError(
            f"{path}: files called {suffix or 'without a suffix'!r} cannot be {verb}; use {', '.join(suffixes)}"
        )
    return _FORMATS[suffix]


def _kind(path: Path) -> str:
    return _kind_in(read_bytes(path, HEAD), path)


def _kind_in(data: bytes, path: Path) -> str:
    """Return the suffix that the first bytes of a file ask for, its own where they say nothing."""
    kind = kind_of(data, path.suffix.lower())
    if kind in (*SOUND, *FOREIGN_SOUND):
        raise FormatError(
            f"{path}: is a recording, no written music; write it down with symgen.transcribe or `symgen transcribe`"
        )
    return kind


def _load(source: Any, limits: Limits) -> tuple[str, Tune]:
    """Return what messages call the source, and its music."""
    if not isinstance(limits, Limits):
        raise ControlError(f"limits {limits!r:.40}: give symgen.Limits(...)")
    if isinstance(source, Score):
        return "score", _tune(source)
    if isinstance(source, (bytes, bytearray, memoryview)):
        return _load_bytes(bytes(source), Path("MIDI"), limits)
    if isinstance(source, (str, PathLike)):
        path = Path(fspath(source))
        return str(path), _format_of(path, READABLE, "read").read(path, limits)
    for kind in type(source).__mro__:
        library = kind.__module__.partition(".")[0]
        if library in _LIBRARIES:
            return f"{library} {kind.__name__}", _convert(source, library)
    if can_read(source):
        return _load_bytes(read_stream(source, limits.bytes), Path(stream_name(source)), limits)
    raise FormatError(
        f"{type(source).__name__}: is no music that can be read; "
        "pass a path, bytes, open file, Score, PrettyMIDI, mido.MidiFile, music21 stream, "
        "symusic.Score or muspy.Music"
    )


def _load_bytes(data: bytes, path: Path, limits: Limits) -> tuple[str, Tune]:
    """Read the content of a file; bytes that do not say what they are are MIDI."""
    if _kind_in(data, path) not in NOTATION_SUFFIXES:
        return str(path), read_midi_tunes(data, str(path), limits)[0]
    from symgen.formats.notation import tunes_in

    return str(path), _first(tunes_in(data, path, limits=limits), path)
