"""Exchange with PrettyMIDI and mido; the caller's object is never changed."""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from math import isfinite
from typing import Any

from symgen.formats.midi import read_midi, write_midi
from symgen.midi.edits import Edits
from symgen.midi.event_tables import Event
from symgen.midi.events import BEND, CONTROLLER, LYRIC, META, TEXT, MidiFile, encode_midi
from symgen.midi.layout import lay_out
from symgen.midi.weave import weave
from symgen.music.meter import Meter
from symgen.music.score import KeyChange, MeterChange, Note, Part, Score, TempoChange
from symgen.system.errors import ControlError, FormatError
from symgen.system.requirements import require

__all__ = [
    "CENTER",
    "bend_event",
    "control_event",
    "from_mido",
    "from_pretty_midi",
    "not_accepted",
    "text_event",
    "to_mido",
    "to_pretty_midi",
    "with_events",
]


CENTER = 8192
"""A pitch bend of nothing."""


def from_mido(file: Any) -> Score:
    """Read a `mido.MidiFile`."""
    mido = require("mido")

    if not isinstance(file, mido.MidiFile):
        raise not_accepted(file, "mido.MidiFile")
    if not isinstance(file.ticks_per_beat, int):
        raise FormatError(
            f"mido.MidiFile: ticks_per_beat {file.ticks_per_beat!r}; make it a whole number"
        )
    # mido's way with texts that it did not decode
    latin = str(file.charset).replace("-", "") == "latin1"
    try:
        try:
            data = _mido_bytes(file, "latin1" if latin else "utf8")
        except UnicodeEncodeError:
            data = _mido_bytes(file, "utf8")
    except (AttributeError, LookupError, TypeError, ValueError, struct.error) as error:
        raise FormatError(
            f"mido.MidiFile: cannot be written as MIDI ({error}); correct its messages"
        ) from None
    return read_midi(data, "mido.MidiFile")


def _mido_bytes(file: Any, charset: str) -> bytes:
    mido = require("mido")

    plain = mido.MidiFile(type=file.type, ticks_per_beat=file.ticks_per_beat, charset=charset)
    plain.tracks = file.tracks
    buffer = io.BytesIO()
    plain.save(file=buffer)
    return buffer.getvalue()


def to_mido(score: Score) -> Any:
    """Return the score as a `mido.MidiFile` of format 1."""
    mido = require("mido")

    return mido.MidiFile(file=io.BytesIO(write_midi(score)))


def from_pretty_midi(midi: Any) -> Score:
    """Read a `pretty_midi.PrettyMIDI`."""
    pretty_midi = require("pretty_midi")

    if not isinstance(midi, pretty_midi.PrettyMIDI):
        raise not_accepted(midi, "pretty_midi.PrettyMIDI")
    try:
        return _from_pretty_midi(midi)
    except (ArithmeticError, LookupError, TypeError, ValueError, ControlError) as error:
        raise FormatError(
            f"pretty_midi.PrettyMIDI: cannot be read ({error}); correct its times and values"
        ) from None


def _from_pretty_midi(midi: Any) -> Score:
    def tick(time: float) -> int:
        if not isfinite(time):
            raise ValueError(f"time {time}")
        return int(midi.time_to_tick(time))

    def note(item: Any) -> Note:
        onset = max(0, tick(item.start))
        duration = max(1, tick(item.end) - onset)
        return Note(onset, int(item.pitch), duration, max(1, int(item.velocity)))

    def part(item: Any) -> Part:
        notes = tuple(map(note, item.notes))
        return Part(notes, int(item.program), bool(item.is_drum), item.name)

    def meter(item: Any) -> MeterChange:
        return MeterChange(tick(item.time), Meter(item.numerator, item.denominator))

    parts = tuple(map(part, midi.instruments))
    rates = zip(*midi.get_tempo_changes(), strict=True)
    tempos = tuple(TempoChange(tick(time), round(6e7 / bpm)) for time, bpm in rates)
    meters = tuple(map(meter, midi.time_signature_changes))
    keys = tuple(_key_change(tick(c.time), c.key_number) for c in midi.key_signature_changes)
    score = Score(parts, int(midi.resolution), tempos, meters, keys)
    return _with_messages(score, midi, tick)


def _with_messages(score: Score, midi: Any, tick: Callable[[float], int]) -> Score:
    """Give a score a file that holds what else a PrettyMIDI says, if it does."""
    texts: list[Event] = []
    for kind, found in ((LYRIC, midi.lyrics), (TEXT, midi.text_events)):
        texts += [text_event(tick(text.time), kind, text.text) for text in found]
    messages: list[list[Event]] = []
    for item in midi.instruments:
        controls = [control_event(tick(c.time), c.number, c.value) for c in item.control_changes]
        bends = [bend_event(tick(bend.time), bend.pitch) for bend in item.pitch_bends]
        messages.append(controls + bends)
    return with_events(score, texts, messages)


def with_events(score: Score, texts: Sequence[Event], messages: Sequence[Sequence[Event]]) -> Score:
    """Give a score a file that holds texts, and messages for the channel of each part, if there are any."""
    if not texts and not any(messages):
        return score
    file = lay_out(score)
    edits = Edits(file)
    edits.add(0, behind=texts)
    for (track, channel), said in zip(file.places, messages, strict=True):
        edits.add(track, early=[(e[0], e[1] | channel, e[2], e[3]) for e in said])
    return replace(score, source=edits.made())


def text_event(tick: int, kind: int, text: Any) -> Event:
    """Return a text, lyric or marker."""
    return max(0, tick), META, kind, str(text).encode("utf-8", "replace")


def control_event(tick: int, number: Any, value: Any) -> Event:
    """Return a controller of channel 0."""
    return max(0, tick), CONTROLLER, _byte(number), _byte(value)


def bend_event(tick: int, bend: Any) -> Event:
    """Return a pitch bend of channel 0, of -8192..8191."""
    value = min(max(int(bend) + CENTER, 0), 2 * CENTER - 1)
    return max(0, tick), BEND, value & 0x7F, value >> 7


def _byte(value: Any) -> int:
    return min(max(int(value), 0), 127)


def _key_change(tick: int, number: int) -> KeyChange:
    """Convert PrettyMIDI's key number: 0..11 the major tonics, 12..23 the minor ones."""
    minor = number >= 12
    fifths = 7 * (number % 12 + (3 if minor else 0)) % 12
    return KeyChange(tick, fifths if fifths <= 6 else fifths - 12, minor)


def to_pretty_midi(score: Score) -> Any:
    """Return the score as a `pretty_midi.PrettyMIDI`; its parts stay in order."""
    # Of what else its file says, controllers, bends, lyrics and texts come along; PrettyMIDI has no
    # place for more.
    import pretty_midi

    file = weave(score)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # PrettyMIDI has no way to set its tempo map but by reading a file
        maps = encode_midi(lay_out(replace(score, parts=())))
        midi = pretty_midi.PrettyMIDI(io.BytesIO(maps))
    for part, (track, channel) in zip(score.parts, file.places, strict=True):
        instrument = pretty_midi.Instrument(part.program, part.is_drum, part.name)
        for note in part.notes:
            start, end = score.seconds(note.onset), score.seconds(note.end)
            instrument.notes.append(pretty_midi.Note(note.velocity, note.pitch, start, end))
        for tick, status, first, second in file.tracks[track].events:
            time = score.seconds(tick)
            if status == CONTROLLER | channel:
                change = pretty_midi.ControlChange(first, second, time)
                instrument.control_changes.append(change)
            elif status == BEND | channel and isinstance(second, int):
                bend = (second << 7 | first) - CENTER
                instrument.pitch_bends.append(pretty_midi.PitchBend(bend, time))
        midi.instruments.append(instrument)
    for kind, found in ((LYRIC, midi.lyrics), (TEXT, midi.text_events)):
        make = pretty_midi.Lyric if kind == LYRIC else pretty_midi.Text
        found += [make(text, time) for time, text in _texts(score, file, kind)]
    return midi


def _texts(score: Score, file: MidiFile, kind: int) -> list[tuple[float, str]]:
    """Return texts of a kind with their times."""
    found: list[tuple[float, str]] = []
    for _, _, tick, payload in file.metas(kind):
        found.append((score.seconds(tick), payload.decode("utf-8", "replace")))
    return sorted(found)


def not_accepted(item: Any, accepted: str) -> FormatError:
    """Return the error for an object of another kind than the accepted one."""
    return FormatError(f"{type(item).__name__}: is no whole piece; pass a {accepted}")
