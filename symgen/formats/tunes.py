"""A tune out of a notation file, and its form as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING, Any, BinaryIO, TypeAlias, TypeVar

from symgen.music.chord_symbols import ChordChange
from symgen.music.meter import Meter
from symgen.music.score import KeyChange, MeterChange, Note, Part, Score, TempoChange
from symgen.music.theory import Key
from symgen.system.text import one_line

if TYPE_CHECKING:
    from mido import MidiFile as Mido
    from music21.base import Music21Object
    from muspy import Music as Muspy
    from pretty_midi import PrettyMIDI
    from symusic import Score as Symusic

__all__ = [
    "UNREADABLE",
    "Music",
    "Tune",
    "one_line",
    "tune_from_json",
    "tune_notices",
    "tune_to_json",
]

_T = TypeVar("_T")

Music: TypeAlias = (
    "Score | str | PathLike[str] | bytes | BinaryIO | PrettyMIDI | Mido | Music21Object | Symusic"
    " | Muspy"
)
"""What holds a piece; of bytes and open files the first bytes say what they are."""

UNREADABLE = "cannot be read"
"""How the problem begins of a tune that has no notes for it."""
_LINES = 3


@dataclass(frozen=True, slots=True)
class Tune:
    """A piece with what its file says about it."""

    # the music
    score: Score
    # may be empty
    title: str = ""
    # with its mode, if the file names it
    key: Key | None = None
    # aBC's ``R:`` in lower case, such as ``"jig"``, or empty
    rhythm: str = ""
    # aBC's ``X:``, or empty
    number: str = ""
    # bars that do not fill their meter, or why the tune cannot be read
    problems: tuple[str, ...] = ()
    # how many tunes the file holds
    count: int = 1

    @property
    def unreadable(self) -> str:
        """Why the tune cannot be read, or empty."""
        reasons = (problem for problem in self.problems if problem.startswith(UNREADABLE))
        return next(reasons, "")


def tune_notices(tune: Tune, name: str) -> list[str]:
    """Say in lines which one of a book a tune is, and what was left out or repaired."""
    notices = [f"{name}: {problem}" for problem in tune.problems[:_LINES]]
    if tune.count > 1:
        notices.insert(0, f"{name}: a book of {tune.count} tunes, the first is taken")
    if len(tune.problems) > _LINES:
        notices.append(f"{name}: and {len(tune.problems) - _LINES} more such lines")
    return notices


def tune_to_json(tune: Tune) -> dict[str, Any]:
    """Return a tune as plain lists and numbers; `tune_from_json` reads them."""
    score = tune.score
    return {
        "title": tune.title,
        "key": [tune.key.tonic, tune.key.mode] if tune.key else None,
        "rhythm": tune.rhythm,
        "number": tune.number,
        "problems": list(tune.problems),
        "count": tune.count,
        "score_title": score.title,
        "resolution": score.resolution,
        "length": score.length,
        "parts": [[p.program, p.is_drum, p.name, list(map(_row, p.notes))] for p in score.parts],
        "tempos": [[c.tick, c.microseconds] for c in score.tempos],
        "meters": [[c.tick, c.meter.numerator, c.meter.denominator] for c in score.meters],
        "keys": [[c.tick, c.sharps, c.minor] for c in score.keys],
        "chords": [[c.tick, c.name] for c in score.chords],
    }


def _row(note: Note) -> list[int]:
    return [note.onset, note.pitch, note.duration, note.velocity]


def tune_from_json(data: dict[str, Any]) -> Tune:
    """Return the tune that `tune_to_json` wrote."""

    # The child that reads notation may have been taken over by a file, so its answer is looked at
    # value by value: `type(value) is kind`, as a bool is an int, and subclasses may be anything.
    def part(program: object, is_drum: object, name: object, notes: object) -> Part:
        rows = tuple(Note(*_whole(note, 4)) for note in _list(notes))
        number, drum = _is(int, program), _is(bool, is_drum)
        return Part(rows, number, drum, _is(str, name))

    def key(tonic: object, mode: object) -> Key:
        return Key(_is(int, tonic), _is(str, mode))

    def tempo(item: object) -> TempoChange:
        return TempoChange(*_whole(item, 2))

    def meter(item: object) -> MeterChange:
        tick, *meter = _whole(item, 3)
        return MeterChange(tick, Meter(*meter))

    def signature(tick: object, sharps: object, minor: object) -> KeyChange:
        return KeyChange(_is(int, tick), _is(int, sharps), _is(bool, minor))

    def chord(tick: object, name: object) -> ChordChange:
        return ChordChange(_is(int, tick), _is(str, name))

    score = Score(
        tuple(part(*_list(item)) for item in _list(data["parts"])),
        _is(int, data["resolution"]),
        tuple(map(tempo, _list(data["tempos"]))),
        tuple(map(meter, _list(data["meters"]))),
        tuple(signature(*_list(item)) for item in _list(data["keys"])),
        _is(int, data["length"]),
        _is(str, data["score_title"]),
        chords=tuple(chord(*_list(item)) for item in _list(data["chords"])),
    )
    texts = (_is(str, data[name]) for name in ("title", "rhythm", "number"))
    title, rhythm, number = texts
    problems = tuple(_is(str, problem) for problem in _list(data["problems"]))
    found = key(*_list(data["key"])) if data["key"] is not None else None
    count = _is(int, data["count"])
    return Tune(score, title, found, rhythm, number, problems, count)


def _is(kind: type[_T], value: object) -> _T:
    if type(value) is not kind:
        raise TypeError(f"{value!r:.40} is no {kind.__name__}")
    return value


def _list(value: object) -> Sequence[Any]:
    if not isinstance(value, (list, tuple)):
        raise TypeError(f"{value!r:.40} is no list")
    return value


def _whole(row: object, count: int) -> Sequence[int]:
    """Return so many whole numbers."""
    numbers = _list(row)
    if len(numbers) != count or not all(type(number) is int for number in numbers):
        raise TypeError(f"{row!r:.40} is no row of {count} whole numbers")
    return numbers
