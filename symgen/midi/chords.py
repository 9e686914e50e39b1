"""Chord symbols in MIDI files, as arranger keyboards and notation programs read them.

The standard has no chord symbols. What is written at each is the chord event of Yamaha's XF format, which arrangers,
MuseScore and Sibelius read, and a marker with the name as it is written, which sequencers show. The one vouches for the
other: a marker counts as a chord where it stands beside such an event of the same chord. In a file without these
events, markers or texts count where all of a track name chords, and not just letters, which are sections of a piece.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from symgen.midi.event_tables import Event
from symgen.midi.events import MARKER, META, PRIVATE, TEXT, MidiFile, Track
from symgen.midi.keys import EventIndex
from symgen.midi.text import decode_text
from symgen.music.chord_symbols import NO_CHORD, ChordChange, ChordSymbol, Tone, names_chord
from symgen.music.harmony import plan_quality

__all__ = ["XF_CHORD", "FoundChord", "chord_events", "find_chords", "says_chord"]

XF_CHORD = b"\x43\x7b\x01"
"""How the payload of a chord event begins; root, type, root of the bass and type of the bass follow."""

_KINDS = (
    "", "6", "maj7", "maj7#11", "add9", "maj9", "69", "aug", "m", "m6", "m7", "m7b5", "madd9", "m9", "m11", "mmaj7",
    "mmaj9", "dim", "dim7", "7", "7sus4", "7b5", "9", "7#11", "13", "7b9", "7b13", "7#9", "maj7#5", "7#5", "5", "5",
    "sus4", "sus2",
)  # fmt: skip
"""Of the types in their order what we write behind the root."""

_CANCEL, _NONE = len(_KINDS), 0x7F
_TYPES = {kind: number for number, kind in reversed([*enumerate(_KINDS)])}
_LETTERS = "CDEFGAB"
_NATURAL = 3
# So many markers are chords rather than anything else.
_FEWEST = 2


class FoundChord(NamedTuple):
    """A chord of a file, and the events that say it."""

    chord: ChordChange
    events: tuple[EventIndex, ...]


def chord_events(chord: ChordChange) -> list[Event]:
    """Write a chord."""
    symbol = ChordSymbol.parse(chord.name)
    name = NO_CHORD if symbol is None else chord.name
    return [
        (chord.tick, META, PRIVATE, XF_CHORD + _payload(symbol)),
        (chord.tick, META, MARKER, name.encode("utf-8", "replace")),
    ]


def find_chords(file: MidiFile) -> list[FoundChord]:
    """Return the chords that a file says, by time."""
    found = [each for index in file.played for each in _vouched(file.tracks[index], index)]
    if not found:
        for index in file.played:
            for kind in (MARKER, TEXT):
                found += _named(file.tracks[index], index, kind)
    return sorted(found, key=lambda each: each.chord.tick)


def says_chord(file: MidiFile, events: Sequence[EventIndex]) -> bool:
    """Whether a chord event is among the events that say a chord."""
    said = (file.tracks[track].events[number] for track, number in events)
    return any(kind == META and which == PRIVATE for _, kind, which, _ in said)


def _vouched(track: Track, index: int) -> Iterator[FoundChord]:
    """Yield the chords of chord events, each with a marker of the same chord beside it."""
    events = [each for each in track.metas(PRIVATE) if each[2].startswith(XF_CHORD)]
    if not events:
        return
    texts: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for kind in (MARKER, TEXT):
        for number, tick, payload in track.metas(kind):
            texts[tick].append((number, decode_text(payload)))
    for number, tick, payload in events:
        said = payload[len(XF_CHORD) :]
        name = _name(said)
        if name is None:
            continue
        fitting = [each for each in texts[tick] if _says(each[1], said)]
        for place, text in fitting[:1]:
            yield FoundChord(ChordChange(tick, text), ((index, number), (index, place)))
        if not fitting:
            yield FoundChord(ChordChange(tick, name), ((index, number),))


def _named(track: Track, index: int, kind: int) -> list[FoundChord]:
    """Return the chords of the texts of a kind, if all of them are chords."""
    texts = [(number, tick, decode_text(payload)) for number, tick, payload in track.metas(kind)]
    names = {text for _, _, text in texts}
    if len(texts) < _FEWEST or not all(map(names_chord, names)) or all(len(n) == 1 for n in names):
        return []
    return [FoundChord(ChordChange(tick, text), ((index, n),)) for n, tick, text in texts]


def _says(text: str, said: bytes) -> bool:
    """Whether a text names the chord of an event."""
    symbol = ChordSymbol.parse(text)
    if symbol is None:
        return said[1] == _CANCEL and names_chord(text)
    return _payload(symbol) == said


def _payload(symbol: ChordSymbol | None) -> bytes:
    if symbol is None:
        return bytes((_byte(("C", 0)), _CANCEL, _NONE, _NONE))
    bass = _byte(symbol.bass) if symbol.bass else _NONE
    return bytes((_byte(symbol.root), _type(symbol.kind), bass, _NONE))


def _type(kind: str) -> int:
    """Return the type that a symbol is, or that comes nearest."""
    plain = re.sub(r"[()\s,]", "", kind).replace("-", "m").replace("min", "m")
    return _TYPES.get(plain, _TYPES[plan_quality(kind)])


def _byte(tone: Tone) -> int:
    return (tone[1] + _NATURAL) << 4 | _LETTERS.index(tone[0]) + 1


def _name(said: bytes) -> str | None:
    """Return the name of what an event says behind its beginning; None where it makes no sense."""
    if len(said) < 2 or said[1] > _CANCEL:
        return None
    if said[1] == _CANCEL:
        return NO_CHORD
    root = _tone(said[0])
    bass = _tone(said[2]) if len(said) > 2 and said[2] != _NONE else None
    if root is None:
        return None
    return str(ChordSymbol(root, _KINDS[said[1]], None if bass == root else bass))


def _tone(byte: int) -> Tone | None:
    letter, alter = (byte & 0x0F) - 1, (byte >> 4) - _NATURAL
    return (_LETTERS[letter], alter) if letter in range(7) and -2 <= alter <= 2 else None
