"""What a file says about the players of its notes: names, programs, drums; and about the whole.

MIDI alone cannot say three things that a score knows, so there are short sequencer-specific events (``FF 7F``) for
them, which other programs skip: a part without notes, notes of a part that overlap others on their key and therefore
stand in a track of their own, and a file that ends before its last event.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from symgen.midi.drums import drum_channels
from symgen.midi.events import NAME, PRIVATE, PROGRAM, Event, MidiFile, Place, Track
from symgen.midi.notes import Pairing, Stroke, pair_notes
from symgen.midi.text import decode_text
from symgen.music.instruments import DRUMS, program_name

__all__ = [
    "EMPTY",
    "LENGTH",
    "MORE",
    "SIGNED",
    "PlayedPart",
    "find_length",
    "find_parts",
    "find_title",
    "title_track",
]

SIGNED = b"\x7dsymgen:"  # 7D: the maker's number that is free for all
EMPTY, MORE, LENGTH = SIGNED + b"empty", SIGNED + b"more", SIGNED + b"end"
"""Marks of a track without notes that is a part, of one that belongs to another, and of the end of the music.

`MORE` alone means the part before; followed by ``:`` and a number, the part of that track on the same channel.
"""


@dataclass(frozen=True, slots=True)
class PlayedPart:
    """A part of a file: what one channel of one track plays."""

    place: Place
    # of the track; of the instrument where all that plays is one track.
    name: str
    # the last one of the channel in the track, else in any track.
    program: int
    is_drum: bool
    strokes: list[Stroke]


def find_title(file: MidiFile) -> str:
    """Return the name of the piece, see `title_track`; empty if it has none."""
    index = title_track(file)
    return "" if index is None else _names(file.tracks[index])[0]


def title_track(file: MidiFile) -> int | None:
    """Return the track whose name is that of the piece: the first one, if it has no notes or plays all parts."""
    for index in file.played[:1]:
        track = file.tracks[index]
        is_part = EMPTY in _names(track)[1] or (track.channels and not _is_alone(file))
        return None if is_part else index
    return None


def find_length(file: MidiFile) -> int:
    """Return the tick at which the piece ends."""
    tracks = [file.tracks[index] for index in file.played]
    marks = [
        tick for track in tracks for _, tick, payload in track.metas(PRIVATE) if payload == LENGTH
    ]
    return max(marks) if marks else file.end


def find_parts(file: MidiFile) -> tuple[list[PlayedPart], Pairing]:
    """Return the parts of a file in the order of its tracks and of their channels, and how its
    notes were paired."""
    # Places of the file where nothing is played come last.
    pairing, reader = pair_notes(file), _Reader(file)
    by_track: dict[int, dict[Place, list[Stroke]]] = defaultdict(dict)
    for place in sorted(pairing.strokes):
        by_track[place[0]][place] = pairing.strokes[place]
    parts: list[PlayedPart] = []
    for index in file.played:
        track = file.tracks[index]
        found = by_track[index]
        _, marks = _names(track)
        more = next((mark for mark in marks if mark.startswith(MORE)), None)
        if more is not None and parts:
            for (_, channel), strokes in found.items():
                _owner(parts, more, channel).strokes.extend(strokes)
        elif found:
            parts += [reader.part(place, strokes) for place, strokes in found.items()]
        elif EMPTY in marks:
            channel = next((event[1] & 15 for _, event in _programs(track)), 0)
            parts.append(reader.part((index, channel), []))
    known = {part.place for part in parts}
    parts += [reader.part(place, []) for place in file.places if place not in known]
    return parts, pairing


def _owner(parts: list[PlayedPart], mark: bytes, channel: int) -> PlayedPart:
    """Return the part to which a track with more of its notes belongs."""
    index = mark[len(MORE) + 1 :]
    if index.isdigit():
        return next((part for part in parts if part.place == (int(index), channel)), parts[-1])
    return parts[-1]


def _is_alone(file: MidiFile) -> bool:
    """Tell whether one track plays the whole piece, so that its name is that of the piece."""
    playing = [file.tracks[index].channels for index in file.played if file.tracks[index].channels]
    return len(playing) == 1 and (file.format != 1 or len(playing[0]) > 1)


def _names(track: Track) -> tuple[str, set[bytes]]:
    """Return the first name of a track and its private marks."""
    name = next((decode_text(payload) for _, _, payload in track.metas(NAME)), "")
    return name, {payload for _, _, payload in track.metas(PRIVATE)}


class _Reader:
    """What all tracks say together."""

    def __init__(self, file: MidiFile) -> None:
        self._file, self._drums = file, drum_channels(file)
        self._own, self._any = _last_programs(file)
        self._is_alone = _is_alone(file)

    def part(self, place: Place, strokes: list[Stroke]) -> PlayedPart:
        """Describe what is played at a place."""
        track = self._file.tracks[place[0]]
        channel = track.port, place[1]
        program, is_drum = self._own.get(place, self._any.get(channel, 0)), channel in self._drums
        name = _names(track)[0]
        if self._is_alone:
            name = DRUMS.capitalize() if is_drum else program_name(program)
        return PlayedPart(place, name, program, is_drum, strokes)


def _programs(track: Track) -> Iterator[tuple[int, Event]]:
    return ((number, event) for number, event in track.patches if event[1] & 0xF0 == PROGRAM)


def _last_programs(file: MidiFile) -> tuple[dict[Place, int], dict[tuple[int, int], int]]:
    """Return the last program of each place, and of each channel of a port."""
    changes = sorted(
        (event[0], index, number, event[1] & 15, event[2])
        for index in file.played
        for number, event in _programs(file.tracks[index])
    )
    own = {(index, channel): program for _, index, _, channel, program in changes}
    return own, {
        (file.tracks[index].port, channel): program for _, index, _, channel, program in changes
    }
