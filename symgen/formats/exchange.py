"""Exchange with symusic and MusPy, note for note; the caller's object is never changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from symgen.formats.interop import (
    CENTER,
    bend_event,
    control_event,
    not_accepted,
    text_event,
    with_events,
)
from symgen.midi.event_tables import Event
from symgen.midi.events import BEND, CONTROLLER, LYRIC, MARKER, TEXT
from symgen.midi.weave import weave
from symgen.music.meter import Meter
from symgen.music.score import KeyChange, MeterChange, Note, Part, Score, TempoChange
from symgen.music.theory import Key
from symgen.system.errors import ControlError, FormatError
from symgen.system.requirements import require

__all__ = ["from_muspy", "from_symusic", "to_muspy", "to_symusic"]

WRONG = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, ControlError)
_SUSTAIN = 64
"""Controller of the pedal that symusic has a list of its own for."""


# -- symusic -----------------------------------------------------------------------------


def from_symusic(source: Any) -> Score:
    """Read a `symusic.Score`, in ticks, quarters or seconds."""
    symusic = require("symusic")

    if not isinstance(source, symusic.Score):
        raise not_accepted(source, "symusic.Score")
    try:
        return _from_symusic(source.to("tick"))
    except WRONG as error:
        raise FormatError(
            f"symusic.Score: cannot be read ({error}); correct its times and values"
        ) from None


def _from_symusic(source: Any) -> Score:
    def part(track: Any) -> Part:
        notes = (_note(n.time, n.pitch, n.duration, n.velocity) for n in track.notes)
        return Part(tuple(notes), int(track.program), bool(track.is_drum), track.name)

    score = Score(
        tuple(map(part, source.tracks)),
        int(source.ticks_per_quarter),
        tuple(TempoChange(max(0, t.time), int(t.mspq)) for t in source.tempos),
        tuple(map(_meter, source.time_signatures)),
        tuple(KeyChange(max(0, k.time), k.key, bool(k.tonality)) for k in source.key_signatures),
    )
    texts = [text_event(text.time, MARKER, text.text) for text in source.markers]
    lyrics = chain.from_iterable(track.lyrics for track in source.tracks)
    texts += [text_event(text.time, LYRIC, text.text) for text in lyrics]
    return with_events(score, texts, list(map(_symusic_messages, source.tracks)))


def _symusic_messages(track: Any) -> list[Event]:
    """Return controllers and bends of a track; pedals where no controller says them."""
    found = [control_event(c.time, c.number, c.value) for c in track.controls]
    if not any(control.number == _SUSTAIN for control in track.controls):
        for pedal in track.pedals:
            found.append(control_event(pedal.time, _SUSTAIN, 127))
            found.append(control_event(pedal.time + pedal.duration, _SUSTAIN, 0))
    return found + [bend_event(bend.time, bend.value) for bend in track.pitch_bends]


def to_symusic(score: Score) -> Any:
    """Return the score as a `symusic.Score` in ticks; its parts stay in order."""
    # Of what else its file says, controllers, bends, lyrics and markers come along.
    symusic = require("symusic")

    file = weave(score)
    made = symusic.Score(score.resolution)
    made.tempos.extend(symusic.Tempo(c.tick, mspq=c.microseconds) for c in score.tempos)
    for change in score.meters:
        meter = change.meter.numerator, change.meter.denominator
        made.time_signatures.append(symusic.TimeSignature(change.tick, *meter))
    for key in score.keys:
        made.key_signatures.append(symusic.KeySignature(key.tick, key.sharps, int(key.minor)))
    for part, (track, channel) in zip(score.parts, file.places, strict=True):
        lane = symusic.Track(part.name, part.program, part.is_drum)
        for note in part.notes:
            values = note.onset, note.duration, note.pitch, note.velocity
            lane.notes.append(symusic.Note(*values))
        for tick, status, first, second in file.tracks[track].events:
            if status == CONTROLLER | channel:
                lane.controls.append(symusic.ControlChange(tick, first, second))
            elif status == BEND | channel and isinstance(second, int):
                bend = (second << 7 | first) - CENTER
                lane.pitch_bends.append(symusic.PitchBend(tick, bend))
        made.tracks.append(lane)
    made.markers.extend(symusic.TextMeta(*text) for text in _texts(file.metas(MARKER)))
    if made.tracks:
        made.tracks[0].lyrics.extend(symusic.TextMeta(*text) for text in _texts(file.metas(LYRIC)))
    return made


# -- MusPy -------------------------------------------------------------------------------


def from_muspy(music: Any) -> Score:
    """Read a `muspy.Music`; the notes of its chords are notes as any."""
    muspy = require("muspy")

    if not isinstance(music, muspy.Music):
        raise not_accepted(music, "muspy.Music")
    try:
        return score_of_muspy(music)
    except WRONG as error:
        raise FormatError(
            f"muspy.Music: cannot be read ({error}); correct its times and values"
        ) from None


def score_of_muspy(music: Any) -> Score:
    def part(track: Any) -> Part:
        return Part(
            tuple(_muspy_notes(track)), int(track.program), bool(track.is_drum), track.name or ""
        )

    score = Score(
        tuple(map(part, music.tracks)),
        int(music.resolution),
        tuple(TempoChange.of_bpm(max(0, t.time), t.qpm) for t in music.tempos),
        tuple(map(_meter, music.time_signatures)),
        tuple(map(_muspy_key, music.key_signatures)),
        title=(music.metadata.title or "") if music.metadata else "",
    )
    texts = [text_event(lyric.time, LYRIC, lyric.lyric) for lyric in music.lyrics]
    for track in music.tracks:
        texts += [text_event(lyric.time, LYRIC, lyric.lyric) for lyric in track.lyrics]
    for note in music.annotations:
        if isinstance(note.annotation, str):
            kind = MARKER if note.group == "marker" else TEXT
            texts.append(text_event(note.time, kind, note.annotation))
    return with_events(score, texts, [list(_muspy_controls(track)) for track in music.tracks])


def _muspy_notes(track: Any) -> Iterator[Note]:
    for note in track.notes:
        yield _note(note.time, note.pitch, note.duration, note.velocity)
    for chord in track.chords:
        for pitch in chord.pitches:
            yield _note(chord.time, pitch, chord.duration, chord.velocity)


def _muspy_key(key: Any) -> KeyChange:
    minor = key.mode == "minor"
    if key.fifths is not None:
        return KeyChange(max(0, key.time), int(key.fifths), minor)
    if key.root is None:
        raise ValueError("a key signature without root and fifths")
    return KeyChange(max(0, key.time), Key(int(key.root), key.mode or "major").sharps, minor)


def _muspy_controls(track: Any) -> Iterator[Event]:
    """Yield the controllers, which MusPy keeps as annotations of this form."""
    for note in track.annotations:
        if note.group == "control_change" and isinstance(note.annotation, dict):
            yield control_event(note.time, note.annotation["number"], note.annotation["value"])


def to_muspy(score: Score) -> Any:
    """Return the score as a `muspy.Music`; its parts stay in order."""
    # Of what else its file says, controllers and lyrics come along.
    muspy = require("muspy")

    file = weave(score)
    tracks = []
    for part, (track, channel) in zip(score.parts, file.places, strict=True):
        controls = [
            muspy.Annotation(tick, {"number": first, "value": second}, "control_change")
            for tick, status, first, second in file.tracks[track].events
            if status == CONTROLLER | channel
        ]
        notes = [muspy.Note(n.onset, n.pitch, n.duration, n.velocity) for n in part.notes]
        lane = muspy.Track(part.program, part.is_drum, part.name, notes, annotations=controls)
        tracks.append(lane)
    meters = [(c.tick, c.meter.numerator, c.meter.denominator) for c in score.meters]
    return muspy.Music(
        muspy.Metadata(title=score.title or None),
        score.resolution,
        [muspy.Tempo(change.tick, change.bpm) for change in score.tempos],
        [_to_muspy_key(muspy, change) for change in score.keys],
        [muspy.TimeSignature(*meter) for meter in meters],
        lyrics=[muspy.Lyric(*text) for text in _texts(file.metas(LYRIC))],
        tracks=tracks,
    )


def _to_muspy_key(muspy: Any, key: KeyChange) -> Any:
    root = (7 * key.sharps + (9 if key.minor else 0)) % 12
    return muspy.KeySignature(key.tick, root, "minor" if key.minor else "major", key.sharps)


# -- what both share ---------------------------------------------------------------------


def _note(time: Any, pitch: Any, duration: Any, velocity: Any) -> Note:
    """Return a note; one that lasts no time lasts a tick, one of no velocity is soft."""
    # As MusPy plays notes that tell none.
    velocity = 64 if velocity is None else max(1, int(velocity))
    return Note(max(0, int(time)), int(pitch), max(1, int(duration)), velocity)


def _meter(signature: Any) -> MeterChange:
    meter = Meter(int(signature.numerator), int(signature.denominator))
    return MeterChange(max(0, signature.time), meter)


def _texts(found: Iterable[tuple[int, int, int, bytes]]) -> list[tuple[int, str]]:
    """Return ticks and texts of meta events, in order of time."""
    return sorted((tick, payload.decode("utf-8", "replace")) for _, _, tick, payload in found)
