"""The maps of tempo, meter and key that a file holds."""

from __future__ import annotations

from typing import NamedTuple

from symgen.midi.events import KEY, METER, TEMPO, MidiFile
from symgen.music.meter import Meter
from symgen.music.score import KeyChange, MeterChange, TempoChange

__all__ = ["Maps", "read_maps"]


class Maps(NamedTuple):
    """What all tracks that are played say, track by track."""

    tempos: tuple[TempoChange, ...]
    meters: tuple[MeterChange, ...]
    keys: tuple[KeyChange, ...]


def read_maps(file: MidiFile) -> Maps:
    """Read the maps of a file; where it counts film frames, no tempo counts but that of the frames."""
    tracks = [file.tracks[index] for index in file.played]
    _, tempo = file.timing
    tempos = [
        TempoChange(tick, int.from_bytes(data, "big"))
        for track in tracks
        for _, tick, data in track.metas(TEMPO)
    ]
    meters = [
        MeterChange(tick, Meter(data[0], 2 ** data[1]))
        for track in tracks
        for _, tick, data in track.metas(METER)
    ]
    keys = [
        KeyChange(tick, int.from_bytes(data[:1], "big", signed=True), data[1] == 1)
        for track in tracks
        for _, tick, data in track.metas(KEY)
    ]
    return Maps(
        tuple(tempos) if tempo is None else (TempoChange(0, tempo),), tuple(meters), tuple(keys)
    )
