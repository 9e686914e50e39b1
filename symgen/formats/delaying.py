"""A score whose music begins later, with the file that it was read from."""

from __future__ import annotations

from dataclasses import replace

from symgen.midi.delaying import delayed_file
from symgen.midi.events import MidiFile
from symgen.music.meter import Meter
from symgen.music.score import MeterChange, Note, Part, Score
from symgen.music.sources import Source, TextDocument, XmlDocument

__all__ = ["delayed"]


def delayed(score: Score, ticks: int, opening: tuple[int, Meter] | None = None) -> Score:
    """Return a score that begins so many ticks later.

    `opening` is a tick of it, up to which a meter is to hold from the start.
    """
    if not ticks:
        return score
    meters = [replace(change, tick=change.tick + ticks) for change in score.meters]
    first, meter = (0, score.meters[0].meter) if opening is None else opening
    meters = [MeterChange(0, meter), *(each for each in meters if each.tick > first + ticks)]
    return replace(
        score,
        parts=tuple(_later(part, ticks) for part in score.parts),
        # What is set at the start is set at once.
        tempos=tuple(
            replace(each, tick=each.tick + ticks * (each.tick > 0)) for each in score.tempos
        ),
        meters=tuple(meters),
        keys=tuple(replace(each, tick=each.tick + ticks * (each.tick > 0)) for each in score.keys),
        chords=tuple(replace(chord, tick=chord.tick + ticks) for chord in score.chords),
        length=score.length + ticks,
        source=_source(score, ticks, meter),
    )


def _later(part: Part, ticks: int) -> Part:
    return part.with_notes(
        Note(note.onset + ticks, note.pitch, note.duration, note.velocity) for note in part.notes
    )


def _source(score: Score, ticks: int, meter: Meter) -> Source | None:
    source = score.source
    if isinstance(source, MidiFile):
        return delayed_file(source, ticks)
    if isinstance(source, XmlDocument):
        # Music that comes from MIDI does without.
        from symgen.formats.musicxml.delaying import delayed_document

        return delayed_document(source, score.resolution, ticks, meter)
    if isinstance(source, TextDocument):
        words = tuple((part, tick + ticks, text) for part, tick, text in source.words)
        return replace(source, words=words)
    return None
