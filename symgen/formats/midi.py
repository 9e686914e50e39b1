"""Standard MIDI files, read and written by our own exact rules.

A score comes back equal from the file it was written to. MIDI alone cannot say four
things, so the writer adds short sequencer-specific events (``FF 7F``) that other
programs skip: a part without notes, notes of the same part and pitch that lie inside one
another, and a file that ends before its last tempo, metre or key change.

How a foreign file is read:

* a note off ends the oldest sounding note of its track, channel and pitch; one without a note is nothing;
* a note that is never ended lasts to the end of its track, with a warning; one of no length lasts a tick;
* each track, channel and programme with notes is a part; channel 10 is drums;
* the name of a first track without notes is the title;
* a name that is no UTF-8 is Latin-1;
* a channel without a programme in its own track takes the first one of any track;
* each pattern of a format 2 file that has notes is a piece of its own;
* time in film frames becomes quarter notes of half a second, whatever the tempos say.

What is done with damage stands in `symgen.formats.scan`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from symgen.errors import FormatError
from symgen.formats.limits import DEFAULT_LIMITS, Limits, check_score
from symgen.formats.scan import (
    KEY,
    META,
    METER,
    NAME,
    PRIVATE,
    TEMPO,
    TEXT,
    Scan,
    Track,
    encode_vlq,
    scan_midi,
)
from symgen.formats.tunes import Tune
from symgen.meter import Meter
from symgen.score import KeyChange, MeterChange, Note, Part, Score, TempoChange

__all__ = ["read_midi", "read_midi_tunes", "write_midi"]

_DRUM_CHANNEL = 9
_MELODIC_CHANNELS = (*range(9), *range(10, 16))
_SIGNED = b"\x7dsymgen:"  # 7D: the maker's number that is free for all
_EMPTY, _MORE, _END = _SIGNED + b"empty", _SIGNED + b"more", _SIGNED + b"end"
_MAX_DELTA = 0x0FFFFFFF


def read_midi(data: bytes, name: str = "MIDI", limits: Limits = DEFAULT_LIMITS) -> Score:
    """Read a MIDI file from its bytes; of a file of format 2 the first piece.

    Parameters
    ----------
    data : bytes
        Format 0, 1 or 2, plain or RMID.
    name : str
        What the messages call the file.
    limits : Limits
        How much is read.

    Returns
    -------
    Score
        At the file's own resolution; without notes if the file has none.

    Raises
    ------
    FormatError
        If the file is damaged or exceeds a limit; see `symgen.formats.scan.scan_midi`.
    """
    return read_midi_tunes(data, name, limits)[0].score


def read_midi_tunes(data: bytes, name: str = "MIDI", limits: Limits = DEFAULT_LIMITS) -> tuple[Tune, ...]:
    """Read the pieces of a MIDI file: one, or in format 2 each pattern that has notes.

    Parameters
    ----------
    data, name, limits
        As for `read_midi`.

    Returns
    -------
    tuple of Tune
        One or more; the problems of each tell what was left out or repaired.

    Raises
    ------
    FormatError
        As `read_midi`.
    """
    scan = scan_midi(data, name, limits)
    programs = _first_programs(scan)
    groups: list[tuple[Track, ...]] = [scan.tracks]
    if scan.format == 2:
        groups = [(track,) for track in scan.tracks if _has_notes(track)] or [scan.tracks[:1]]
    tunes = []
    for tracks in groups:
        score, hanging = _read_score(tracks, scan, programs)
        score = check_score(score, name, limits)
        problems = scan.warnings
        if hanging:
            problems += (f"{hanging} notes that never end last to the end of their track",)
        tunes.append(Tune(score, score.title, problems=problems, count=len(groups)))
    return tuple(tunes)


def _read_score(tracks: tuple[Track, ...], scan: Scan, programs: dict[int, int]) -> tuple[Score, int]:
    """Join tracks that sound at once; return how many of their notes are never ended, too."""
    maps = _Maps()
    parts: list[_Part] = []
    hanging = 0
    for track in tracks:
        maps.read(track)
        hanging += _read_parts(track, programs, parts)
    tempos = tuple(maps.tempos) if scan.tempo is None else (TempoChange(0, scan.tempo),)
    end = max((track.end for track in tracks), default=0)
    title = _title(tracks[0]) if tracks else ""
    length = end if maps.length is None else maps.length
    made = tuple(Part(tuple(part.notes), part.program, part.is_drum, part.name) for part in parts)
    return Score(made, scan.division, tempos, tuple(maps.meters), tuple(maps.keys), length, title), hanging


@dataclass
class _Maps:
    """What all tracks say about tempo, metre, key and length."""

    tempos: list[TempoChange] = field(default_factory=list)
    meters: list[MeterChange] = field(default_factory=list)
    keys: list[KeyChange] = field(default_factory=list)
    length: int | None = None

    def read(self, track: Track) -> None:
        for tick, status, kind, payload in track.events:
            if status != META or not isinstance(payload, bytes):
                continue
            if kind == TEMPO:
                self.tempos.append(TempoChange(tick, int.from_bytes(payload, "big")))
            elif kind == METER:
                self.meters.append(MeterChange(tick, Meter(payload[0], 2 ** payload[1])))
            elif kind == KEY:
                self.keys.append(KeyChange(tick, int.from_bytes(payload[:1], "big", signed=True), payload[1] == 1))
            elif kind == PRIVATE and payload == _END:
                self.length = tick


def _first_programs(scan: Scan) -> dict[int, int]:
    changes = [(tick, status & 15, first) for track in scan.tracks for tick, status, first, _ in track.events
               if status & 0xF0 == 0xC0]  # fmt: skip
    return {channel: program for _, channel, program in sorted(changes, key=lambda change: -change[0])}


def _names(track: Track) -> tuple[str, set[bytes]]:
    """Return the first name of a track and its private marks."""
    name, marks = "", set()
    for _, status, kind, payload in reversed(track.events):
        if status == META and isinstance(payload, bytes):
            if kind == NAME:
                name = _decode(payload)
            elif kind == PRIVATE:
                marks.add(payload)
    return name, marks


def _title(track: Track) -> str:
    """Return the name of a first track without notes: that of the piece."""
    name, marks = _names(track)
    return "" if _has_notes(track) or _EMPTY in marks else name


def _has_notes(track: Track) -> bool:
    return any(status & 0xF0 == 0x90 and second for _, status, _, second in track.events)


@dataclass
class _Part:
    """A part that is still growing: tracks may add to it, and it is sorted once."""

    notes: list[Note]
    program: int
    is_drum: bool
    name: str


def _read_parts(track: Track, programs: dict[int, int], parts: list[_Part]) -> int:
    """Append the parts of a track, or its notes to the last part if it is marked so; return how many never end."""
    groups, hanging = _pair_notes(track, programs)
    name, marks = _names(track)
    if _MORE in marks and parts:
        parts[-1].notes += [note for notes in groups.values() for note in notes]
    elif groups:
        parts += [_Part(notes, program, channel == _DRUM_CHANNEL, name)
                  for (channel, program), notes in groups.items()]  # fmt: skip
    elif _EMPTY in marks:
        change = next(((s & 15, first) for _, s, first, _ in track.events if s & 0xF0 == 0xC0), (0, 0))
        parts.append(_Part([], change[1], change[0] == _DRUM_CHANNEL, name))
    return hanging


def _pair_notes(track: Track, programs: dict[int, int]) -> tuple[dict[tuple[int, int], list[Note]], int]:
    """Return the notes of a track by channel and programme, in order of appearance, and how many never end."""
    groups: dict[tuple[int, int], list[Note]] = {}
    sounding: dict[tuple[int, int], deque[tuple[int, int, list[Note]]]] = defaultdict(deque)
    own: dict[int, int] = {}
    for tick, status, first, second in track.events:
        if status == META or not isinstance(second, int):
            continue
        channel = status & 15
        if status & 0xF0 == 0xC0:
            own[channel] = first
        elif status & 0xF0 == 0x90 and second:
            group = (channel, own.get(channel, programs.get(channel, 0)))
            sounding[channel, first].append((tick, second, groups.setdefault(group, [])))
        elif sounding[channel, first]:
            onset, velocity, notes = sounding[channel, first].popleft()
            notes.append(Note(onset, first, max(1, tick - onset), velocity))
    hanging = 0
    for (_, pitch), left in sounding.items():
        hanging += len(left)
        for onset, velocity, notes in left:
            notes.append(Note(onset, pitch, max(1, track.end - onset), velocity))
    return groups, hanging


def _decode(payload: bytes) -> str:
    try:
        return payload.decode("utf-8")
    except UnicodeDecodeError:
        return payload.decode("latin-1")


def write_midi(score: Score) -> bytes:
    """Write a score as a MIDI file of format 1.

    The first track holds the maps, each part has its own track; parts share channels
    when there are more than 15, each track naming its programme.

    Parameters
    ----------
    score : Score
        `read_midi` gives back an equal one.

    Raises
    ------
    FormatError
        If the score has more tracks than a MIDI file can hold.
    """
    end = max(score.length, score.tempos[-1].tick, score.meters[-1].tick, *(key.tick for key in score.keys))
    chunks = [_conductor(score, end)]
    melodic = 0
    for part in score.parts:
        channel = _DRUM_CHANNEL if part.is_drum else _MELODIC_CHANNELS[melodic % len(_MELODIC_CHANNELS)]
        melodic += not part.is_drum
        chunks += _part_chunks(part, channel)
    head = b"".join(value.to_bytes(2, "big") for value in (1, len(chunks), score.resolution))
    if len(chunks) > 0xFFFF:
        raise FormatError(f"the score has {len(chunks)} tracks, a MIDI file at most 65535; merge parts")
    return _chunk(b"MThd", head) + b"".join(chunks)


def _conductor(score: Score, end: int) -> bytes:
    events = [(0, _meta(NAME, score.title.encode()))] if score.title else []
    for meter in score.meters:
        clicks = max(1, min(255, int(24 * meter.meter.beat_quarters)))
        value = bytes((meter.meter.numerator, meter.meter.denominator.bit_length() - 1, clicks, 8))
        events.append((meter.tick, _meta(METER, value)))
    events += [(key.tick, _meta(KEY, bytes((key.sharps & 0xFF, key.minor)))) for key in score.keys]
    events += [(tempo.tick, _meta(TEMPO, tempo.microseconds.to_bytes(3, "big"))) for tempo in score.tempos]
    if score.length < end:
        events.append((score.length, _meta(PRIVATE, _END)))
    return _track(events, end)


def _part_chunks(part: Part, channel: int) -> list[bytes]:
    """One track, and more for notes that a note off could not tell apart."""
    chunks = []
    for number, notes in enumerate(_lanes(part.notes)):
        head = [_meta(NAME, part.name.encode("utf-8", "replace"))] if part.name else []
        if number:
            head = [_meta(PRIVATE, _MORE)]
        elif not notes:
            head.append(_meta(PRIVATE, _EMPTY))
        head.append(bytes((0xC0 | channel, part.program)))
        # at one tick the notes that end come first, so that a repeated note starts anew
        offs = [(note.end, 0, bytes((0x80 | channel, note.pitch, 64))) for note in notes]
        ons = [(note.onset, 1, bytes((0x90 | channel, note.pitch, note.velocity))) for note in notes]
        timed = sorted(offs + ons, key=lambda event: event[:2])
        events = [(0, event) for event in head] + [(tick, event) for tick, _, event in timed]
        chunks.append(_track(events, max((note.end for note in notes), default=0)))
    return chunks


def _lanes(notes: Iterable[Note]) -> list[list[Note]]:
    """Spread notes over lanes in each of which the notes of a pitch end in the order they began."""
    lanes: list[list[Note]] = [[]]
    ends: dict[int, list[int]] = defaultdict(list)  # by pitch the last end in each lane, negative, so that they rise
    for note in notes:
        last = ends[note.pitch]
        lane = bisect_left(last, -note.end)  # the first lane whose last note does not end later
        if lane == len(last):
            last.append(0)
        if lane == len(lanes):
            lanes.append([])
        lanes[lane].append(note)
        last[lane] = -note.end
    return lanes


def _meta(kind: int, payload: bytes) -> bytes:
    return bytes((META, kind)) + encode_vlq(len(payload)) + payload


def _chunk(tag: bytes, body: bytes) -> bytes:
    return tag + len(body).to_bytes(4, "big") + body


def _track(events: Iterable[tuple[int, bytes]], end: int) -> bytes:
    """Join timed events, sorted by tick as they must be, and end the track at `end`."""
    body = bytearray()
    last = 0
    for tick, event in [*sorted(events, key=lambda timed: timed[0]), (end, _meta(0x2F, b""))]:
        while tick - last > _MAX_DELTA:  # a longer wait is made of empty texts
            body += encode_vlq(_MAX_DELTA) + _meta(TEXT, b"")
            last += _MAX_DELTA
        body += encode_vlq(tick - last) + event
        last = tick
    return _chunk(b"MTrk", bytes(body))
