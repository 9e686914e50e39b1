"""What a file that is written cannot hold of the one that its music was read from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Literal

from symgen.midi.events import (
    BEND,
    CHANNEL_PRESSURE,
    CONTROLLER,
    COPYRIGHT,
    CUE,
    DEVICE,
    ESCAPE,
    INSTRUMENT,
    KEY,
    KEY_PRESSURE,
    LYRIC,
    MARKER,
    META,
    METER,
    NAME,
    NOTE_OFF,
    NOTE_ON,
    OFFSET,
    PORT,
    PRIVATE,
    PROGRAM,
    SYSEX,
    TEMPO,
    TEXT,
    Event,
    MidiFile,
)
from symgen.midi.parts import SIGNED
from symgen.midi.weave import weave
from symgen.music.score import Score

__all__ = ["count_events", "lost_in_midi", "lost_in_notation"]

_MESSAGES = {
    KEY_PRESSURE: "key pressure",
    CONTROLLER: "controller",
    PROGRAM: "program change",
    CHANNEL_PRESSURE: "channel pressure",
    BEND: "pitch bend",
}
_METAS = {
    TEXT: "text", COPYRIGHT: "copyright notice", NAME: "name", INSTRUMENT: "instrument name", LYRIC: "lyric",
    MARKER: "marker", CUE: "cue point", DEVICE: "device name", PORT: "port", OFFSET: "SMPTE offset",
    PRIVATE: "sequencer event", TEMPO: "tempo", METER: "meter", KEY: "key signature",
}  # fmt: skip
_WRITTEN = frozenset((PROGRAM, NOTE_ON, NOTE_OFF))
_WRITTEN_METAS = frozenset((NAME, TEMPO, METER, KEY))
"""What notation says too, in its own way."""


def count_events(events: Iterable[Event]) -> str:
    """Count events by their kinds: ``"2 controllers, 1 lyric"``."""
    counts = Counter(map(_kind, events))
    return ", ".join(f"{count} {name}{'s' * (count > 1)}" for name, count in counts.items())


def lost_in_midi(before: Score, after: Score) -> tuple[str, ...]:
    """Say which events of a file, notes aside, are no longer where they were in what is written of
    a score."""
    if not isinstance(before.source, MidiFile):
        return _of_notation(before, after, "midi")
    if isinstance(after.source, MidiFile):
        missing = count_events(_missing(before.source, weave(after)))
        return (
            (f"{missing} of the file that was read cannot stay: new notes are in the way",)
            if missing
            else ()
        )
    left_out = count_events(_unwritten(before.source))
    return (f"{left_out} of the file that was read are left out",) if left_out else ()


def lost_in_notation(before: Score, after: Score) -> tuple[str, ...]:
    """Say what a MusicXML file does not hold of the file that was read; see `lost_in_midi`."""
    if not isinstance(before.source, MidiFile):
        return _of_notation(before, after, "musicxml")
    lost = count_events(_unwritten(before.source))
    return (f"{lost} of the MIDI file have no place in notation",) if lost else ()


def _of_notation(before: Score, after: Score, kind: Literal["midi", "musicxml"]) -> tuple[str, ...]:
    if before.source is None:
        return ()
    from symgen.formats import notation_losses as notation

    return (notation.lost_in_midi if kind == "midi" else notation.lost_in_musicxml)(before, after)


def _missing(before: MidiFile, after: MidiFile) -> Iterable[Event]:
    for old, new in zip(before.tracks, after.tracks, strict=False):
        there = Counter(event for event in new.events if event[1] & 0xE0 != NOTE_OFF)
        yield from (
            Counter(event for event in old.events if event[1] & 0xE0 != NOTE_OFF) - there
        ).elements()


def _unwritten(file: MidiFile) -> Iterable[Event]:
    return (
        event
        for index in file.played
        for event in file.tracks[index].events
        if not _is_written(event)
    )


def _is_written(event: Event) -> bool:
    _, status, first, payload = event
    if status != META:
        return status < SYSEX and status & 0xF0 in _WRITTEN
    return first in _WRITTEN_METAS or (isinstance(payload, bytes) and payload.startswith(SIGNED))


def _kind(event: Event) -> str:
    if event[1] == META:
        return _METAS.get(event[2], "other event")
    return "system exclusive message" if event[1] in (SYSEX, ESCAPE) else _MESSAGES[event[1] & 0xF0]
