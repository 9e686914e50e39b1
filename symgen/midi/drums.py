"""Which channels play drums."""

from __future__ import annotations

from collections.abc import Iterator

from symgen.midi.events import CONTROLLER, DRUM_CHANNEL, SYSEX, Event, MidiFile, Track

__all__ = ["drum_channels"]

_DRUM_BANKS = frozenset((126, 127))
"""Of XG: effects and drum kits."""


def drum_channels(file: MidiFile) -> set[tuple[int, int]]:
    """Return port and channel of what plays drums."""
    # That is channel 10 of General MIDI, unless a message of the file says otherwise: "use for
    # rhythm part" of GS, the part mode of XG, or a drum bank of XG where the file is not made for
    # GS, in which such a bank is another one.
    ports = {index: file.tracks[index].port for index in file.played}
    found = {(port, DRUM_CHANNEL) for port in ports.values()}
    said = sorted(
        (event[0], index, number, event[1], event[3])
        for index in ports
        for number, event in _messages(file.tracks[index])
    )
    is_gs = False
    for _, index, _, status, value in said:
        if isinstance(value, bytes):
            is_gs = is_gs or (value[:1] == b"\x41" and value[2:4] == b"\x42\x12")
            change = _rhythm_part(value)
        else:
            change = (
                None
                if is_gs or status & 15 == DRUM_CHANNEL
                else (status & 15, value in _DRUM_BANKS)
            )
        if change:
            place = ports[index], change[0]
            (found.add if change[1] else found.discard)(place)
    return found


def _messages(track: Track) -> Iterator[tuple[int, Event]]:
    """Yield what may make a channel play drums, with its index."""
    events = track.events
    yield from ((number, events[number]) for number in track.numbers if events[number][1] == SYSEX)
    yield from ((number, event) for number, event in track.patches if event[1] & 0xF0 == CONTROLLER)


def _rhythm_part(data: bytes) -> tuple[int, bool] | None:
    """Return the channel that a system exclusive message makes a rhythm part, or no longer one."""
    if (
        data[:1] == b"\x41"
        and data[2:5] == b"\x42\x12\x40"
        and data[6:7] == b"\x15"
        and data[5] >> 4 == 1
    ):
        block = data[5] & 15  # block 0 is channel 10, blocks 1..9 are channels 1..9
        channel = DRUM_CHANNEL if block == 0 else block - (block <= DRUM_CHANNEL)
        return channel, data[7:8] not in (b"", b"\0")
    if data[:1] == b"\x43" and data[2:4] == b"\x4c\x08" and data[5:6] == b"\x07" and data[4] < 16:
        return data[4], data[6:7] not in (b"", b"\0")
    return None
