"""A bounds-checked walk over the bytes of a MIDI file.

Every length is checked against the chunk that holds it, so a damaged file is refused at
the byte where it stops making sense; nothing is guessed. What the walk leaves out
(controllers, pitch bends, system exclusive) is checked all the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

from symgen.errors import FormatError

__all__ = ["MAX_BYTES", "MAX_EVENTS", "MAX_QUARTERS", "Event", "Scan", "Track", "encode_vlq", "scan_midi"]

MAX_BYTES = 16 * 2**20
MAX_EVENTS = 1_000_000
MAX_QUARTERS = 200_000
"""Longest piece, in quarter notes: about 27 hours at 120 a minute."""

META, TEXT, NAME, END, TEMPO, METER, KEY, PRIVATE = 0xFF, 0x01, 0x03, 0x2F, 0x51, 0x58, 0x59, 0x7F
_FIXED_LENGTHS = {END: 0, TEMPO: 3, METER: 4, KEY: 2}
_WHOLE = "ask for a whole copy of the file"

Event = tuple[int, int, int, int | bytes]
"""``(tick, status, first data byte, second)``; a meta event is ``(tick, 0xFF, type, payload)``."""


@dataclass(frozen=True, slots=True)
class Track:
    """A track chunk.

    Parameters
    ----------
    events : tuple of Event
        Note on, note off, programme change and the meta events, in file order.
    end : int
        Tick of the end of track.
    """

    events: tuple[Event, ...]
    end: int


@dataclass(frozen=True, slots=True)
class Scan:
    """A checked MIDI file.

    Parameters
    ----------
    format : int
        0 (one track), 1 (parallel tracks) or 2 (independent patterns).
    division : int
        Ticks per quarter note, 1..32767.
    tracks : tuple of Track
        In file order.
    """

    format: int
    division: int
    tracks: tuple[Track, ...]

    @property
    def end(self) -> int:
        """The file's length: the last end of track, in ticks."""
        return max((track.end for track in self.tracks), default=0)


def scan_midi(data: bytes, name: str = "MIDI") -> Scan:
    """Check the bytes of a MIDI file and return its events.

    Parameters
    ----------
    data : bytes
        A standard MIDI file of format 0, 1 or 2, plain or inside RIFF (RMID).
    name : str
        What the messages call the file.

    Raises
    ------
    FormatError
        If the file is empty, is no MIDI file, breaks off, breaks the standard, counts
        time in film frames, or exceeds `MAX_BYTES`, `MAX_EVENTS` or `MAX_QUARTERS`.
    """
    if not data:
        raise FormatError(f"{name}: is empty (0 bytes); {_WHOLE}")
    if len(data) > MAX_BYTES:
        raise FormatError(f"{name}: has {len(data)} bytes, more than {MAX_BYTES}; split the piece")
    start, stop = _unwrap(data, name)
    if data[start : start + 4] != b"MThd":
        raise FormatError(f"{name}: is no MIDI file, it begins with {bytes(data[:8])!r}; check the file's type")
    kind, count, division, position = _header(data, start, name)
    tracks: list[Track] = []
    left = MAX_EVENTS
    for at, end in _track_chunks(data, position, stop, count, name):
        track = _Walk(data[at:end], at, name, MAX_QUARTERS * division, left).run()
        left -= len(track.events)
        tracks.append(track)
    if len(tracks) < count:
        _refuse(name, f"{count} tracks are announced and {len(tracks)} are there", len(data), _WHOLE)
    return Scan(kind, division, tuple(tracks))


def encode_vlq(value: int) -> bytes:
    """Encode 0..0x0FFFFFFF as a variable-length quantity, seven bits a byte."""
    out = [value & 0x7F]
    while value := value >> 7:
        out.append(0x80 | value & 0x7F)
    return bytes(reversed(out))


def _refuse(name: str, what: str, byte: int, remedy: str) -> NoReturn:
    raise FormatError(f"{name}: {what} at byte {byte}; {remedy}") from None


def _unwrap(data: bytes, name: str) -> tuple[int, int]:
    """Return where the MIDI file lies: in RIFF it is the chunk called ``data``."""
    if data[:4] != b"RIFF" or data[8:12] != b"RMID":
        return 0, len(data)
    at = 12
    while at + 8 <= len(data):
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        if data[at : at + 4] == b"data":
            if at + 8 + size > len(data):
                _refuse(name, f"the RIFF chunk of {size} bytes runs past the end of the file", at, _WHOLE)
            return at + 8, at + 8 + size
        at += 8 + size + size % 2
    _refuse(name, "the RIFF file holds no MIDI data", 12, "convert it to a plain MIDI file")


def _header(data: bytes, start: int, name: str) -> tuple[int, int, int, int]:
    """Return format, number of tracks, ticks a quarter and the first byte after the header."""
    size = int.from_bytes(data[start + 4 : start + 8], "big")
    if len(data) < start + 14 or size < 6 or start + 8 + size > len(data):
        _refuse(name, f"the header chunk of {size} bytes does not fit", start + 4, _WHOLE)
    kind, count, division = (int.from_bytes(data[start + i : start + i + 2], "big") for i in (8, 10, 12))
    if kind > 2:
        _refuse(name, f"MIDI format {kind} is unknown", start + 8, "save it as format 0 or 1")
    if division & 0x8000:
        _refuse(name, "time is counted in SMPTE film frames", start + 12, "save it with ticks per quarter note")
    if division == 0:
        _refuse(name, "0 ticks per quarter note", start + 12, "save it again with a resolution of 1..32767")
    return kind, count, division, start + 8 + size


def _track_chunks(data: bytes, at: int, stop: int, count: int, name: str) -> Iterator[tuple[int, int]]:
    """Yield first and last byte of each track; unknown chunks and what follows the last track are skipped."""
    found = 0
    while at + 8 <= stop:
        tag, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "big")
        end = at + 8 + size
        if end > stop:
            if found >= count and tag != b"MTrk":
                return
            _refuse(name, f"a chunk of {size} bytes runs past the end of the file", at, _WHOLE)
        if tag == b"MTrk":
            found += 1
            yield at + 8, end
        at = end


class _Walk:
    """One pass over one track; a read past its end is an IndexError, caught in `run`."""

    def __init__(self, body: bytes, offset: int, name: str, max_tick: int, max_events: int) -> None:
        self.body, self.offset, self.name = body, offset, name
        self.max_tick, self.max_events = max_tick, max_events
        self.events: list[Event] = []
        self.position = 0
        self.ended = False

    def run(self) -> Track:
        try:
            tick = self._events()
        except IndexError:
            self._refuse("the track breaks off inside an event", _WHOLE)
        return Track(tuple(self.events), tick)

    def _refuse(self, what: str, remedy: str = "repair or replace the file") -> NoReturn:
        _refuse(self.name, what, self.offset + self.position, remedy)

    def _vlq(self) -> int:
        value, stop = 0, self.position + 4
        while (byte := self.body[self.position]) >= 0x80:
            value = value << 7 | byte & 0x7F
            self.position += 1
            if self.position == stop:
                self._refuse("a variable-length number of more than 4 bytes")
        self.position += 1
        return value << 7 | byte

    def _events(self) -> int:
        """Walk to the end of track, or of the chunk where that is missing; return its tick."""
        body, events = self.body, self.events
        size, tick, status = len(body), 0, 0
        while self.position < size and not self.ended:
            tick += self._vlq() if body[self.position] >= 0x80 else self._step()
            if tick > self.max_tick or len(events) > self.max_events:
                self._refuse(
                    f"more than {MAX_QUARTERS} quarter notes or {MAX_EVENTS} events",
                    "split the piece or repair the file",
                )
            byte = body[self.position]
            if byte >= 0xF0:
                self._system(tick, byte)
                continue
            if byte >= 0x80:
                status = byte
                self.position += 1
            elif not status:
                self._refuse("a data byte where an event must begin")
            first = second = body[self.position]
            kind = status & 0xE0
            if kind != 0xC0:  # all but programme change and channel pressure have two data bytes
                second = body[self.position + 1]
            if first > 127 or second > 127:
                self._refuse("a data byte above 127")
            self.position += 1 if kind == 0xC0 else 2
            if kind == 0x80 or status & 0xF0 == 0xC0:
                events.append((tick, status, first, second))
        return tick

    def _step(self) -> int:
        self.position += 1
        return self.body[self.position - 1]

    def _system(self, tick: int, status: int) -> None:
        """Read a meta event or skip a system exclusive one."""
        if status not in (0xF0, 0xF7, META):
            self._refuse(f"the status byte {status:#04x}, which no MIDI file may hold")
        kind = self.body[self.position + 1] if status == META else -1
        self.position += 2 if status == META else 1
        size = self._vlq()
        if self.position + size > len(self.body):
            self._refuse(f"an event of {size} bytes runs past its track")
        if size != _FIXED_LENGTHS.get(kind, size):
            self._refuse(f"meta event {kind:#04x} has {size} data bytes instead of {_FIXED_LENGTHS[kind]}")
        if kind >= 0:
            payload = self.body[self.position : self.position + size]
            self._check_value(kind, payload)
            self.events.append((tick, META, kind, payload))
        self.position += size
        self.ended = kind == END

    def _check_value(self, kind: int, payload: bytes) -> None:
        if kind == TEMPO and not any(payload):
            self._refuse("a tempo of 0 microseconds")
        if kind == METER and (payload[0] == 0 or payload[1] > 7):
            self._refuse(f"the metre {payload[0]}/2^{payload[1]}")
