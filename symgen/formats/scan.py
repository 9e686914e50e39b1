"""A bounds-checked walk over the bytes of a MIDI file.

Every length is checked against the chunk that holds it. What is wrong has one of three meanings:

* refused, with the byte, where music may be missing or the place in the bytes is lost;
* left out, with a warning, where one event makes no sense and all others are sure;
* repaired, with a warning, where the file says wrongly how long a track is or how many there are.

The page ``docs/midi.md`` lists every case. All other events are kept as they are, in their order.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import NoReturn

from symgen.formats.limits import DEFAULT_LIMITS, Limits
from symgen.kernel.midi import TrackScanner
from symgen.midi.event_tables import Event, EventTable
from symgen.midi.events import (
    END,
    ESCAPE,
    KEY,
    META,
    METER,
    NAME,
    SYSEX,
    TEMPO,
    MidiFile,
    Track,
    longest_hanging,
)
from symgen.midi.text import LONGEST_NAME
from symgen.music.note_tables import MAX_TICK
from symgen.music.score import FASTEST, SLOWEST
from symgen.system.errors import FormatError

__all__ = ["Scan", "scan_midi"]

_FIXED_LENGTHS = {END: 0, TEMPO: 3, METER: 4, KEY: 2}
_CHANGES = frozenset((TEMPO, METER, KEY))
_COUNTED = ("events", "changes", "notes")
_MOST_RIFF_CHUNKS = 1000
_WHOLE = "ask for a whole copy of the file"
_DATA_BYTES = {0xF1: 1, 0xF2: 2, 0xF3: 1}
"""Of system messages, which belong on a cable and not into a file."""


@dataclass(frozen=True, slots=True)
class Scan:
    """A checked MIDI file."""

    # its events; no places yet
    file: MidiFile
    # what was left out or repaired, a line each
    warnings: tuple[str, ...] = ()


def scan_midi(data: bytes, name: str = "MIDI", limits: Limits = DEFAULT_LIMITS) -> Scan:
    """Check the bytes of a MIDI file and return its events."""
    if not data:
        raise FormatError(f"{name}: is empty (0 bytes); {_WHOLE}")
    if len(data) > limits.bytes:
        raise limits.refusal(name, "bytes", len(data))
    return _Scanner(data, name, limits).run()


class _Report:
    """Refuses, and collects warnings: one line a kind, with the first place and how often."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._found: dict[str, tuple[str, list[int]]] = {}

    def refuse(self, what: str, byte: int, remedy: str = "repair or replace the file") -> NoReturn:
        raise FormatError(f"{self.name}: {what} at byte {byte}; {remedy}") from None

    def warn(self, what: str, byte: int) -> None:
        kind = what.partition(" of ")[0]
        _, count = self._found.setdefault(kind, (what, [byte, 0]))
        count[1] += 1

    def lines(self) -> tuple[str, ...]:
        return tuple(
            f"{what} at byte {byte}" + (f" and {count - 1} more times" if count > 1 else "")
            for what, (byte, count) in self._found.values()
        )


class _Scanner:
    """The chunks of a file."""

    def __init__(self, data: bytes, name: str, limits: Limits) -> None:
        self.data, self.limits, self.report = data, limits, _Report(name)
        self.left = {kind: getattr(limits, kind) for kind in _COUNTED}
        self._fast = TrackScanner(data, limits.events)

    def run(self) -> Scan:
        start, stop = self._unwrap()
        if self.data[start : start + 4] != b"MThd":
            raise FormatError(
                f"{self.report.name}: is no MIDI file, it begins with {bytes(self.data[:8])!r}; check the file's type"
            )
        kind, count, division, at = self._header(start, stop)
        self._check_division(division, start + 12)
        self._longest = longest_hanging(division)
        tracks = self._tracks(at, stop, count)
        if len(tracks) < count:
            self.report.refuse(
                f"{count} tracks are announced and {len(tracks)} are there", stop, _WHOLE
            )
        if len(tracks) > count:
            self.report.warn(
                f"{count} tracks are announced and all {len(tracks)} are read", start + 10
            )
        if kind == 0 and len(tracks) > 1:
            self.report.warn(
                "a file of format 0 with several tracks is read as format 1", start + 8
            )
            kind = 1
        return Scan(MidiFile(kind, division, tuple(tracks)), self.report.lines())

    def _unwrap(self) -> tuple[int, int]:
        """Return where the MIDI file lies: in RIFF it is the chunk called ``data``."""
        data, at = self.data, 12
        if data[:4] != b"RIFF" or data[8:12] != b"RMID":
            return 0, len(data)
        left = _MOST_RIFF_CHUNKS
        while data[at : at + 4] != b"data":
            left -= 1
            if at + 8 > len(data) or left < 0:
                self.report.refuse(
                    "the RIFF file holds no MIDI data", 12, "convert it to a plain MIDI file"
                )
            size = int.from_bytes(data[at + 4 : at + 8], "little")
            at += 8 + size + size % 2
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        if at + 8 + size > len(data):
            self.report.refuse(
                f"the RIFF chunk of {size} bytes runs past the end of the file", at, _WHOLE
            )
        return at + 8, at + 8 + size

    def _header(self, start: int, stop: int) -> tuple[int, int, int, int]:
        """Return format, number of tracks, division and the first byte after the header."""
        data = self.data
        size = int.from_bytes(data[start + 4 : start + 8], "big")
        if stop < start + 14 or size < 6 or start + 8 + size > stop:
            self.report.refuse(f"the header chunk of {size} bytes does not fit", start + 4, _WHOLE)
        kind, count, division = struct.unpack_from(">HHH", data, start + 8)
        if kind > 2:
            self.report.refuse(
                f"MIDI format {kind} is unknown", start + 8, "save it as format 0 or 1"
            )
        return kind, count, division, start + 8 + size

    def _check_division(self, division: int, byte: int) -> None:
        """Refuse what is no time, and tell of film frames."""
        if division == 0:
            self.report.refuse(
                "0 ticks per quarter note", byte, "save it again with a resolution of 1..32767"
            )
        if not division & 0x8000:
            return
        frames, ticks = 256 - (division >> 8), division & 0xFF
        if frames not in (24, 25, 29, 30) or not ticks:
            self.report.refuse(
                f"time in {frames} SMPTE film frames a second of {ticks} ticks",
                byte,
                "save it with ticks per quarter note",
            )
        self.report.warn(
            "time is counted in SMPTE film frames; 120 quarter notes a minute are assumed", byte
        )

    def _tracks(self, at: int, stop: int, count: int) -> list[Track]:
        """Read each track; unknown chunks and what follows the last track are skipped."""
        data, tracks = self.data, list[Track]()
        while at + 8 <= stop:
            tag, size = struct.unpack_from(">4sI", data, at)
            first, end = at + 8, at + 8 + size
            if tag == b"MTrk":
                if len(tracks) >= self.limits.tracks:
                    raise self.limits.refusal(
                        self.report.name, "tracks", len(tracks) + 1, f" at byte {at}"
                    )
                track, end = self._track(first, end, stop)
                tracks.append(track)
            elif end > stop or not tag.isascii() or not tag.decode().isprintable():
                if len(tracks) >= count:
                    break
                what = (
                    f"a chunk of {size} bytes runs past the end of the file"
                    if end > stop
                    else "bytes that are no chunk"
                )
                self.report.refuse(what, at, _WHOLE)
            else:
                self._count_chunk(at)
            at = end
        if at < stop:
            self.report.warn(f"{stop - at} bytes after the last track are left out", at)
        return tracks

    def _count_chunk(self, at: int) -> None:
        """Take an unknown chunk for an event, as there may be millions without content."""
        self.left["events"] -= 1
        if self.left["events"] < 0:
            raise self.limits.refusal(
                self.report.name, "events", self.limits.events + 1, f" at byte {at}"
            )

    def _track(self, first: int, end: int, stop: int) -> tuple[Track, int]:
        """Read the track whose events begin at `first`; return it and the first byte after it."""
        whole = end <= stop
        if whole and (plain := self._plain_track(first, end - first)):
            return plain, end
        # no copy of what may be the whole rest of the file, many times over
        body = self.data[first:end] if whole else memoryview(self.data)[first:stop]
        walk = _TrackReader(body, first, self.report, self.left)
        track = walk.run()
        for kind, left in self.left.items():
            if left < 0:
                most = getattr(self.limits, kind)
                raise self.limits.refusal(
                    self.report.name, kind, most - left, f" at byte {first + walk.position}"
                )
        if not whole:
            # A length that is too large is repaired if the track says where it ends; else the file
            # was cut off, and music may be missing.
            if not walk.ended:
                self.report.refuse(
                    f"a chunk of {end - first} bytes runs past the end of the file",
                    first - 8,
                    _WHOLE,
                )
            self.report.warn(
                "the length of a track that runs past the end of the file is corrected", first - 4
            )
            end = first + walk.position
        elif not walk.ended:
            # Where the next track begins as announced, the length was right and only the end of
            # track is missing; anywhere else the place in the bytes is lost.
            if end < stop and self.data[end : end + 4] != b"MTrk":
                self.report.refuse(
                    "a track without an end, which no other track follows", end, _WHOLE
                )
            self.report.warn("a track without an end of track ends with its last event", end)
        elif first + walk.position < end:
            self.report.warn(
                f"{end - first - walk.position} bytes after an end of track are left out",
                first + walk.position,
            )
        return track, end

    def _plain_track(self, first: int, size: int) -> Track | None:
        """Read a track in C, if nothing is to be said about it and nothing follows its end."""
        longest = self._longest
        found = self._fast.read(first, size, longest, *self.left.values())
        if found is None:
            return None
        self.left = dict(zip(_COUNTED, found.left, strict=True))
        data, systems = self.data, []
        for number, tick, status, kind, at, length in found.systems:
            systems.append((number, tick, status, kind, data[at : at + length]))
        numbers = tuple([event[0] for event in systems])
        payloads = tuple([event[4] for event in systems])
        patches = tuple([(number, (*event,)) for number, *event in found.patches])
        return Track.of_table(
            EventTable(*found.columns, numbers, payloads),
            found.end,
            systems=systems,
            patches=patches,
            channels=found.channels,
            paired={longest: found.notes},
        )


class _TrackReader:
    """One pass over one track; a read past its end is an IndexError, caught in `run`."""

    def __init__(
        self, body: bytes | memoryview, offset: int, report: _Report, left: dict[str, int]
    ) -> None:
        self.body, self.offset, self.report, self.left = body, offset, report, left
        self.events: list[Event] = []
        self.position = 0
        self.ended = self.over = False

    def run(self) -> Track:
        try:
            tick = self._events()
        except IndexError:
            self._refuse("the track breaks off inside an event", _WHOLE)
        return Track(tuple(self.events), tick)

    def _refuse(self, what: str, remedy: str = "repair or replace the file") -> NoReturn:
        self.report.refuse(what, self.offset + self.position, remedy)

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
        body, events, size = self.body, self.events, len(self.body)
        tick, status, left, notes = 0, 0, self.left["events"], self.left["notes"]
        while self.position < size and not self.over and left >= 0 <= notes:
            left -= 1
            if (step := body[self.position]) < 0x80:
                self.position += 1
                tick += step
            else:
                tick += self._vlq()
            byte = body[self.position]
            if byte >= 0xF0:
                # Running status goes on behind it: by the standard it ends there, but many files
                # rely on it, and those that do not have a status byte anyway.
                self._system(tick, byte)
                continue
            if byte >= 0x80:
                status = byte
                self.position += 1
            elif not status:
                self._refuse("a data byte where an event must begin")
            first = second = body[self.position]
            kind = status & 0xE0
            if kind != 0xC0:  # all but program change and channel pressure have two data bytes
                second = body[self.position + 1]
            if first > 127 or second > 127:
                self._refuse("a data byte above 127")
            self.position += 1 if kind == 0xC0 else 2
            # bit 4 alone tells a note on from a note off; one of velocity 0 is a note off too
            notes -= kind == 0x80 and status >= 0x90 and second > 0
            events.append((tick, status, first, second))
        # a note on at the very last tick would end behind it
        is_last = events and events[-1][0] == MAX_TICK and events[-1][1] & 0xF0 == 0x90
        if tick > MAX_TICK or is_last:
            self._refuse(f"more than {MAX_TICK} ticks", "split the piece or repair the file")
        self.left.update(events=left, notes=notes)
        return tick

    def _system(self, tick: int, status: int) -> None:
        """Read a meta event or a system exclusive one, or skip what is for a cable."""
        if status not in (SYSEX, ESCAPE, META):
            self._skip_message(status)
            return
        kind = self.body[self.position + 1] if status == META else 0
        at = self.offset + self.position
        self.position += 2 if status == META else 1
        size = self._vlq()
        if self.position + size > len(self.body):
            self._refuse(f"an event of {size} bytes runs past its track", _WHOLE)
        payload = bytes(self.body[self.position : self.position + size])
        self.position += size
        fault = _fault(kind, size, payload) if status == META else ""
        if fault:
            self.report.warn(f"{fault} is left out" if kind != END else fault, at)
        if status == META and kind == END:
            self.over = self.ended = True
        elif not fault:
            self._keep(tick, status, kind, payload, at)

    def _keep(self, tick: int, status: int, kind: int, payload: bytes, at: int) -> None:
        if status == META and kind == NAME and len(payload) > LONGEST_NAME:
            self.report.warn(f"a name of more than {LONGEST_NAME} bytes is cut", at)
        elif status == META and kind in _CHANGES:
            self.left["changes"] -= 1
            self.over = self.left["changes"] < 0
        self.events.append((tick, status, kind, payload))

    def _skip_message(self, status: int) -> None:
        """Pass over a message for a cable, such as the timing clock."""
        self.report.warn(
            "a system message, which no MIDI file may hold, is left out",
            self.offset + self.position,
        )
        self.position += 1
        for _ in range(_DATA_BYTES.get(status, 0)):
            if self.body[self.position] > 127:
                self._refuse("a data byte above 127")
            self.position += 1


def _fault(kind: int, size: int, payload: bytes) -> str:
    """Say what is wrong with a meta event, if anything is."""
    if size != _FIXED_LENGTHS.get(kind, size):
        return f"a meta event {kind:#04x} of {size} data bytes instead of {_FIXED_LENGTHS[kind]}"
    if kind == TEMPO and not FASTEST <= int.from_bytes(payload, "big") <= SLOWEST:
        return f"a tempo of {int.from_bytes(payload, 'big')} microseconds a quarter note"
    if kind == METER and (payload[0] == 0 or payload[1] > 7):
        return f"a meter of {payload[0]}/2^{payload[1]}"
    if kind == KEY:
        sharps = int.from_bytes(payload[:1], "big", signed=True)
        if abs(sharps) > 7 or payload[1] > 1:
            return f"a key signature of {payload[0]:#04x}, {payload[1]:#04x}"
    return ""
