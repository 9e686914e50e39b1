"""Exchange with music21: streams from MusicXML of our own, and streams of others as tunes."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

from symgen.formats.interop import not_accepted
from symgen.formats.measures import (
    MOST_PASSES,
    Measure,
    Sound,
    build_score,
    expand_repeats,
    with_start,
)
from symgen.formats.musicxml import write_musicxml
from symgen.formats.tunes import Tune
from symgen.music.meter import COMMON_TIME, Meter
from symgen.music.score import KeyChange, Part, Score, TempoChange
from symgen.music.theory import Key
from symgen.system.errors import ControlError, FormatError

__all__ = ["to_music21", "tune_from_music21"]

_MOST_BPM = 10_000


def tune_from_music21(stream: Any) -> Tune:
    """Read a music21 stream (a score, a part or any other), which stays as it is."""
    from music21 import stream as streams

    if not isinstance(stream, streams.Stream):
        raise not_accepted(stream, "music21 stream")
    parts = [part.toSoundingPitch() for part in list(stream[streams.Part]) or [stream]]
    measures = _measures(_with_measures(parts))
    order = expand_repeats(measures, "written")
    score, problems = build_score(measures, order, list(map(_part_info, parts)))
    score = replace(score, title=_title(stream))
    return Tune(score, score.title, _first_key(stream), problems=problems)


def to_music21(score: Score) -> Any:
    """Return the score as a `music21.stream.Score`, with bars, ties and voices."""
    return _parse_musicxml(write_musicxml(score).decode())


@contextlib.contextmanager
def _replaced(owner: Any, name: str, value: Any) -> Iterator[None]:
    original = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, original)


def _parse_musicxml(source: Any) -> Any:
    """Return the music21 stream of a MusicXML text of our own, with the programs that it names."""
    from music21 import instrument
    from music21.musicxml import xmlToM21

    root = ElementTree.fromstring(source)  # noqa: S314 - checked: without entities
    if root.tag != "score-partwise":
        raise FormatError(
            f"is no partwise MusicXML (its root is <{root.tag[:40]}>); export it as MusicXML again"
        )
    reader = xmlToM21.MusicXMLImporter()

    def keep(_: Any, named: Any, *__: Any) -> Any:
        return named

    drums = {
        named.get("id"): int(unpitched) - 1
        for named in root.iter("midi-instrument")
        if (unpitched := named.findtext("midi-unpitched"))
    }
    read_note = xmlToM21.MeasureParser.xmlToSimpleNote

    def struck(parser: Any, element: Any, *more: Any, **named_more: Any) -> Any:
        sound = read_note(parser, element, *more, **named_more)
        named = element.find("instrument")
        pitch = drums.get(named.get("id")) if named is not None else None
        if pitch is not None:
            sound.storedInstrument = instrument.UnpitchedPercussion()
            sound.storedInstrument.percMapPitch = pitch
        return sound

    # music21 would replace some pianos by what the instrument's name looks like, and forgets which
    # drum a note is of
    with (
        _replaced(xmlToM21.PartParser, "reclassifyInstrumentFromName", keep),
        _replaced(xmlToM21.MeasureParser, "xmlToSimpleNote", struck),
    ):
        reader.xmlRootToScore(root, reader.stream)
    return reader.stream


def _title(stream: Any) -> str:
    info = stream.metadata
    if info is None:
        return ""
    names = (info.title, info.movementName)
    path = str(getattr(info, "filePath", None) or "")
    file = re.split(r"[/\\]", path)[-1]  # music21 calls the nameless by their file
    return next((str(name) for name in names if name and name != file), "")


def _first_key(stream: Any) -> Key | None:
    from music21 import key

    found = stream[key.Key].first()
    try:
        return Key(found.tonic.pitchClass, found.mode) if found else None
    except ControlError:
        return None


def _with_measures(parts: Sequence[Any]) -> list[Any]:
    """Put bar lines where a part has none, by its own meters or those of the first part that has some."""
    from music21 import meter, note, stream

    timed = [part[meter.TimeSignature] for part in parts if part[meter.TimeSignature]]
    barred = []
    for part in parts:
        if part.hasMeasures():
            barred.append(part)
            continue
        borrowed = timed[0].stream() if timed and not part[meter.TimeSignature] else None
        # works on a copy, so the caller's stream stays as it is
        made = part.makeMeasures(meterStream=borrowed).makeTies()
        for measure, after in pairwise(made.getElementsByClass(stream.Measure)):
            # bars without notes at their end stay whole
            rest = after.offset - measure.offset - measure.highestTime
            if rest > 0:
                measure.insert(measure.highestTime, note.Rest(quarterLength=rest))
        barred.append(made)
    return barred


def _part_info(part: Any) -> Part:
    from music21 import note

    instrument = part.getInstrument(returnDefault=False)
    program = getattr(instrument, "midiProgram", None)
    drum = getattr(instrument, "midiChannel", None) == 9
    drum = drum or part.recurse().getElementsByClass(note.Unpitched).first() is not None
    program = program if program is not None and 0 <= program <= 127 else 0
    name = getattr(part, "partName", None) or ""
    if instrument is not None and not instrument.partName and name == instrument.instrumentName:
        name = ""  # music21 puts the instrument's name where a part has none
    return Part((), program, drum, name)


def _measures(parts: Sequence[Any]) -> list[Measure]:
    """All parts measure by measure; bar lines and maps are those of the first part that has them."""
    from music21 import stream as streams

    columns = [list(part.getElementsByClass(streams.Measure)) for part in parts]
    count = max((len(column) for column in columns), default=0)
    endings = _endings(parts, columns)
    found = []
    meter, tempo = COMMON_TIME, TempoChange(0)
    key: KeyChange | None = None
    for i in range(count):
        row = [column[i] if i < len(column) else None for column in columns]
        here = [measure for measure in row if measure is not None]
        meter = next((_meter(m.timeSignature) for m in here if m.timeSignature is not None), meter)
        tempos, keys = _tempos(here), _keys(here)
        tempos = with_start(tempos, tempo)
        keys = with_start(keys, key)
        tempo = tempos[-1][1] if tempos else tempo
        key = keys[-1][1] if keys else None
        sounds = tuple(tuple(_sounds(m)) if m is not None else () for m in row)
        length = max([_fraction(m.highestTime) for m in here])
        found.append(
            Measure(
                length,
                meter,
                sounds,
                tuple(tempos),
                tuple(keys),
                *_bar_lines(here),
                endings.get(i, frozenset()),
            )
        )
    return [measure for measure in found if measure.length]


def _fraction(value: Any) -> Fraction:
    return Fraction(value).limit_denominator(65536)


def _meter(signature: Any) -> Meter:
    return Meter(signature.numerator, signature.denominator)


def _tempos(measures: Sequence[Any]) -> list[tuple[Fraction, TempoChange]]:
    from music21 import tempo

    found = {}
    for measure in reversed(measures):
        for mark in measure.recurse().getElementsByClass(tempo.MetronomeMark):
            bpm = mark.getQuarterBPM()
            if bpm and 4 <= bpm <= _MOST_BPM:
                at = _fraction(mark.getOffsetInHierarchy(measure))
                found[at] = TempoChange(0, round(6e7 / bpm))
    return sorted(found.items(), key=lambda pair: pair[0])


def _keys(measures: Sequence[Any]) -> list[tuple[Fraction, KeyChange]]:
    from music21 import key

    for measure in measures:
        marks = list(measure.recurse().getElementsByClass(key.KeySignature))
        found = []
        for mark in marks:
            if mark.sharps is not None and -7 <= mark.sharps <= 7:
                at = _fraction(mark.getOffsetInHierarchy(measure))
                is_minor = getattr(mark, "mode", "") == "minor"
                found.append((at, KeyChange(0, mark.sharps, is_minor)))
        if found:
            return found
    return []


def _bar_lines(measures: Sequence[Any]) -> tuple[bool, bool, bool]:
    """Whether a repeat starts, a repeat ends and a section ends here."""
    starts = any(getattr(m.leftBarline, "direction", "") == "start" for m in measures)
    ends = any(getattr(m.rightBarline, "direction", "") == "end" for m in measures)
    double = any(
        getattr(m.rightBarline, "type", "") in ("double", "final", "heavy-heavy") for m in measures
    )
    return starts, ends, double


def _endings(parts: Sequence[Any], columns: Sequence[Sequence[Any]]) -> dict[int, frozenset[int]]:
    from music21 import spanner

    found: dict[int, frozenset[int]] = {}
    for part, column in zip(parts, columns, strict=True):
        places = {id(measure): i for i, measure in enumerate(column)}
        for bracket in part.recurse().getElementsByClass(spanner.RepeatBracket):
            spanned = (places.get(id(measure)) for measure in bracket.getSpannedElements())
            inside = [place for place in spanned if place is not None]
            numbers = frozenset(bracket.numberRange)
            if max(numbers, default=0) > MOST_PASSES:
                raise FormatError(f"has an ending for pass {max(numbers)}; use 1..{MOST_PASSES}")
            if inside and numbers:
                covered = range(min(inside), max(inside) + 1)
                found.update(dict.fromkeys(covered, numbers))
    return found


def _sounds(measure: Any) -> Iterator[Sound]:
    from music21 import harmony, note

    for element in measure.recurse().notes:
        duration = _fraction(element.duration.quarterLength)
        if duration < 0:
            raise FormatError("has a note of negative length; export it again")
        if duration == 0 or isinstance(element, harmony.Harmony):
            continue
        onset = _fraction(element.getOffsetInHierarchy(measure))
        for single in element.notes if hasattr(element, "notes") else (element,):
            tie = single.tie or element.tie
            pitch = _drum_pitch(single) if isinstance(single, note.Unpitched) else single.pitch.midi
            velocity = single.volume.velocity or element.volume.velocity or 80
            if 0 <= pitch <= 127:
                kind = tie.type if tie is not None else ""
                ties = kind in ("start", "continue"), kind in ("stop", "continue")
                yield Sound(onset, duration, pitch, max(1, min(127, velocity)), *ties)


def _drum_pitch(sound: Any) -> int:
    mapped = getattr(sound.storedInstrument, "percMapPitch", None)
    return int(mapped) if mapped is not None else int(sound.displayPitch().midi)
