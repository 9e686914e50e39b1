"""Writing MusicXML: bars, ties, voices and note values from exact ticks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from xml.etree import ElementTree as Xml

from symgen.errors import FormatError
from symgen.instruments import program_name
from symgen.meter import Bar
from symgen.score import KeyChange, Note, Part, Score

__all__ = ["write_musicxml"]

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" '
    '"http://www.musicxml.org/dtds/partwise.dtd">\n'
)
_TYPES = {
    Fraction(8): "breve", Fraction(4): "whole", Fraction(2): "half", Fraction(1): "quarter", Fraction(1, 2): "eighth",
    Fraction(1, 4): "16th", Fraction(1, 8): "32nd", Fraction(1, 16): "64th", Fraction(1, 32): "128th",
}  # fmt: skip
_TUPLETS = ((1, 1), (3, 2), (5, 4), (7, 4))
_DOTS = (Fraction(1), Fraction(3, 2), Fraction(7, 4))
_MOST_PIECES = 4
_FORTE = 90  # the velocity that MusicXML calls 100 %


@dataclass(frozen=True, slots=True)
class _Value:
    """A note value: its name, its dots and its tuplet, such as 3 in the time of 2."""

    name: str
    dots: int
    actual: int
    normal: int


_VALUES = {
    base * dotted * Fraction(normal, actual): _Value(name, dots, actual, normal)
    for actual, normal in reversed(_TUPLETS)
    for dots, dotted in reversed(tuple(enumerate(_DOTS)))
    if actual == 1 or dots == 0
    for base, name in _TYPES.items()
}
_LONGEST_FIRST = sorted(_VALUES, reverse=True)


@dataclass(frozen=True, slots=True)
class _Chord:
    """Notes that begin and end together within a bar; ties lead over its bar lines."""

    onset: int
    end: int
    notes: tuple[Note, ...]


def write_musicxml(score: Score) -> bytes:
    """Write a score as an uncompressed MusicXML 4.0 file.

    Parameters
    ----------
    score : Score
        Its bars become measures, a pickup measure 0. Notes over a bar line are tied,
        notes that overlap go to voices, pitches are spelled by the key signature.

    Returns
    -------
    bytes
        UTF-8. Durations are exact; a duration that no few note values add up to is
        written without a note value.

    Raises
    ------
    FormatError
        If a part's name holds characters that XML cannot.
    """
    root = Xml.Element("score-partwise", version="4.0")
    if score.title:
        _text(Xml.SubElement(root, "work"), "work-title", score.title)
        _text(root, "movement-title", score.title)
    listing = Xml.SubElement(root, "part-list")
    parts = score.parts or (Part(),)
    for number, part in enumerate(parts, 1):
        _list_part(listing, part, number)
        element = Xml.SubElement(root, "part", id=f"P{number}")
        _write_part(element, score, part, with_tempo=number == 1)
    Xml.indent(root, " ")
    try:
        text = Xml.tostring(root, encoding="unicode")
        Xml.fromstring(text)  # noqa: S314 - our own text, to find characters that XML forbids
        return (_HEAD + text + "\n").encode()
    except (Xml.ParseError, UnicodeEncodeError):
        raise FormatError("a part's name holds characters that MusicXML cannot; rename the part") from None


def _text(parent: Xml.Element, tag: str, value: object) -> Xml.Element:
    element = Xml.SubElement(parent, tag)
    element.text = str(value)
    return element


def _list_part(listing: Xml.Element, part: Part, number: int) -> None:
    entry = Xml.SubElement(listing, "score-part", id=f"P{number}")
    _text(entry, "part-name", part.name)
    instrument = Xml.SubElement(entry, "score-instrument", id=f"P{number}-I1")
    _text(instrument, "instrument-name", "Drums" if part.is_drum else program_name(part.program))
    midi = Xml.SubElement(entry, "midi-instrument", id=f"P{number}-I1")
    channel = (number - 1) % 15 + 1
    _text(midi, "midi-channel", 10 if part.is_drum else channel + (channel > 9))
    _text(midi, "midi-program", part.program + 1)


def _write_part(element: Xml.Element, score: Score, part: Part, *, with_tempo: bool) -> None:
    bars = score.bars or (Bar(1, 0, score.meters[0].meter.bar_ticks(score.resolution), score.meters[0].meter),)
    chords = _cut(part.notes, bars)
    meter, sharps = None, 0
    for i, bar in enumerate(bars):
        end = min(bar.end, score.length) if score.length else bar.end
        measure = Xml.SubElement(element, "measure", number=str(bar.number))
        if bar.number == 0:
            measure.set("implicit", "yes")
        attributes = Xml.Element("attributes")
        if not i:
            _text(attributes, "divisions", score.resolution)
        since = bars[i - 1].start if i else -1
        keys = [key for key in score.keys if since < key.tick <= bar.start]
        if keys or not i:
            sharps = keys[-1].sharps if keys else 0
            _write_key(attributes, keys[-1] if keys else None)
        if bar.meter != meter:
            meter = bar.meter
            time = Xml.SubElement(attributes, "time")
            _text(time, "beats", meter.numerator)
            _text(time, "beat-type", meter.denominator)
        if not i:
            _write_clef(attributes, part)
        if len(attributes):
            measure.append(attributes)
        if with_tempo:
            _write_tempos(measure, score, bar)
        _write_voices(measure, chords[i], (bar.start, end), score.resolution, sharps)


def _write_key(attributes: Xml.Element, key: KeyChange | None) -> None:
    element = Xml.SubElement(attributes, "key")
    _text(element, "fifths", key.sharps if key else 0)
    if key:  # without a key signature no mode is known
        _text(element, "mode", "minor" if key.minor else "major")


def _write_clef(attributes: Xml.Element, part: Part) -> None:
    mean = sum(note.pitch for note in part.notes) / max(1, len(part.notes))
    low = part.notes and mean < 57
    clef = Xml.SubElement(attributes, "clef")
    _text(clef, "sign", "percussion" if part.is_drum else "F" if low else "G")
    if not part.is_drum:
        _text(clef, "line", 4 if low else 2)


def _write_tempos(measure: Xml.Element, score: Score, bar: Bar) -> None:
    for tempo in score.tempos:
        if bar.start <= tempo.tick < bar.end:
            direction = Xml.SubElement(measure, "direction", placement="above")
            metronome = Xml.SubElement(Xml.SubElement(direction, "direction-type"), "metronome")
            _text(metronome, "beat-unit", "quarter")
            _text(metronome, "per-minute", f"{tempo.bpm:.10g}")
            if tempo.tick > bar.start:
                _text(direction, "offset", tempo.tick - bar.start)
            Xml.SubElement(direction, "sound", tempo=f"{tempo.bpm:.10g}")


def _cut(notes: Iterable[Note], bars: Sequence[Bar]) -> list[list[_Chord]]:
    """Cut notes at bar lines and gather those of one span, bar by bar."""
    spans: list[dict[tuple[int, int], list[Note]]] = [defaultdict(list) for _ in bars]
    first = 0
    for note in notes:
        while bars[first].end <= note.onset:
            first += 1
        i = first
        while i < len(bars) and bars[i].start < note.end:
            spans[i][max(note.onset, bars[i].start), min(note.end, bars[i].end)].append(note)
            i += 1
    return [[_Chord(*span, tuple(group)) for span, group in sorted(bar.items())] for bar in spans]


def _write_voices(
    measure: Xml.Element, chords: Sequence[_Chord], span: tuple[int, int], resolution: int, sharps: int
) -> None:
    """Write the chords of a bar in as many voices as overlap; rests fill the first."""
    start, end = span
    voices: list[list[_Chord]] = [[]]
    for chord in chords:
        free = next((voice for voice in voices if not voice or voice[-1].end <= chord.onset), None)
        if free is None:
            voices.append([chord])
        else:
            free.append(chord)
    for number, voice in enumerate(voices, 1):
        if number > 1:
            _text(Xml.SubElement(measure, "backup"), "duration", end - start)
        at = start
        for chord in voice:
            _write_gap(measure, chord.onset - at, number, resolution)
            _write_chord(measure, chord, number, resolution, sharps)
            at = chord.end
        _write_gap(measure, end - at, number, resolution)


def _write_gap(measure: Xml.Element, ticks: int, voice: int, resolution: int) -> None:
    if ticks and voice > 1:
        _text(Xml.SubElement(measure, "forward"), "duration", ticks)
    elif ticks:
        for length, value in _pieces(ticks, resolution):
            element = Xml.SubElement(measure, "note")
            Xml.SubElement(element, "rest")
            _write_value(element, length, value, voice, ())


def _write_chord(measure: Xml.Element, chord: _Chord, voice: int, resolution: int, sharps: int) -> None:
    at = chord.onset
    for length, value in _pieces(chord.end - chord.onset, resolution):
        for place, note in enumerate(chord.notes):
            element = Xml.SubElement(measure, "note", dynamics=f"{100 * note.velocity / _FORTE:.4f}")
            if place:
                Xml.SubElement(element, "chord")
            step, alter, octave = _spell(note.pitch, sharps)
            pitch = Xml.SubElement(element, "pitch")
            _text(pitch, "step", step)
            if alter:
                _text(pitch, "alter", alter)
            _text(pitch, "octave", octave)
            ties = ("stop",) * (at > note.onset) + ("start",) * (at + length < note.end)
            _write_value(element, length, value, voice, ties)
        at += length


def _write_value(element: Xml.Element, ticks: int, value: _Value | None, voice: int, ties: tuple[str, ...]) -> None:
    _text(element, "duration", ticks)
    for tie in ties:
        Xml.SubElement(element, "tie", type=tie)
    _text(element, "voice", voice)
    if value:
        _text(element, "type", value.name)
        for _ in range(value.dots):
            Xml.SubElement(element, "dot")
        if value.actual > 1:
            change = Xml.SubElement(element, "time-modification")
            _text(change, "actual-notes", value.actual)
            _text(change, "normal-notes", value.normal)
    if ties:
        notations = Xml.SubElement(element, "notations")
        for tie in ties:
            Xml.SubElement(notations, "tied", type=tie)


def _pieces(ticks: int, resolution: int) -> list[tuple[int, _Value | None]]:
    """Split a duration into note values; what no few values add up to stays whole and nameless."""
    left = Fraction(ticks, resolution)
    pieces: list[tuple[int, _Value | None]] = []
    while left and len(pieces) < _MOST_PIECES:
        exact = [value for value in _LONGEST_FIRST if value == left or (left - value) in _VALUES]
        value = left if left in _VALUES else next(iter(exact), next((v for v in _LONGEST_FIRST if v <= left), None))
        if value is None or (value * resolution).denominator != 1:
            break
        pieces.append((int(value * resolution), _VALUES[value]))
        left -= value
    return pieces if not left else [(ticks, None)]


def _spell(pitch: int, sharps: int) -> tuple[str, int, int]:
    """Return letter, alteration and octave, by the place on the line of fifths nearest to the key."""
    fifths = (7 * pitch - sharps + 3) % 12 + sharps - 3
    letter, alter = "FCGDAEB"[(fifths + 1) % 7], (fifths + 1) // 7
    natural = pitch - alter
    return letter, alter, natural // 12 - 1
