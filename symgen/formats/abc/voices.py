"""The voices of an ABC tune: what takes time in each, bar by bar, and the measures of all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import zip_longest

from symgen.formats.abc.text import AbcKey, VoiceProperties
from symgen.formats.measures import (
    USUAL_VELOCITY,
    Measure,
    Sound,
    meter_of,
    tempo_of_bpm,
    with_start,
)
from symgen.music.meter import COMMON_TIME, Meter
from symgen.music.score import KeyChange, TempoChange
from symgen.music.theory import LETTERS
from symgen.system.errors import FormatError

__all__ = ["ChordRest", "InlineChange", "NoteHead", "Voice", "VoiceBar", "join_voices"]

_MOST_RESTING_BARS = 999

StaffPosition = tuple[str, int]
"""Letter and octave: where a note stands on the staff."""


@dataclass(slots=True)
class NoteHead:
    """One note of an event; `length` is in quarters, before `ChordRest.scale`."""

    place: StaffPosition
    pitch: int
    length: Fraction
    ties_on: bool = False
    is_tied: bool = False


@dataclass(slots=True)
class ChordRest:
    """A note, a chord or (without heads) a rest. A chord lasts as long as its first note."""

    length: Fraction
    heads: list[NoteHead] = field(default_factory=list)
    scale: Fraction = Fraction(1)

    @property
    def duration(self) -> Fraction:
        """Quarters that it takes, with its tuplet and broken rhythm."""
        return self.length * self.scale


@dataclass(frozen=True, slots=True)
class InlineChange:
    """A key, a tempo (quarters a minute) or a chord that holds from here on."""

    value: AbcKey | float | str


@dataclass(slots=True)
class VoiceBar:
    """What stands between two bar lines; each layer is a line of events of its own, from the bar's start."""

    layers: list[list[ChordRest | InlineChange]] = field(default_factory=lambda: [[]])
    meter: Meter | None = None
    changes_meter: bool = False
    starts_repeat: bool = False
    ends_repeat: bool = False
    ends_section: bool = False
    endings: frozenset[int] = frozenset()
    section: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing in it takes time."""
        return not any(isinstance(item, ChordRest) for layer in self.layers for item in layer)

    def timed(self, layer: int) -> Iterator[tuple[Fraction, ChordRest | InlineChange]]:
        """Yield what stands in a layer with its time."""
        now = Fraction(0)
        for item in self.layers[layer]:
            yield now, item
            if isinstance(item, ChordRest):
                now += item.duration

    @property
    def length(self) -> Fraction:
        """Quarters that the longest layer fills."""
        lengths: list[Fraction] = []
        for layer in self.layers:
            timed = (item.duration for item in layer if isinstance(item, ChordRest))
            lengths.append(sum(timed, Fraction(0)))
        return max(lengths)

    def sounds(self) -> Iterator[Sound]:
        """Yield the notes."""
        for layer in range(len(self.layers)):
            for onset, event in self.timed(layer):
                if isinstance(event, InlineChange):
                    continue
                for head in event.heads:
                    duration = head.length * event.scale
                    ties = head.ties_on, head.is_tied
                    yield Sound(onset, duration, head.pitch, USUAL_VELOCITY, *ties)

    def marks(self) -> Iterator[tuple[Fraction, AbcKey | float | str]]:
        """Yield the changes of key, tempo and chord."""
        for layer in range(len(self.layers)):
            for at, item in self.timed(layer):
                if isinstance(item, InlineChange):
                    yield at, item.value


class Voice:
    """A voice that is being read."""

    def __init__(self, name: str, unit: Fraction, meter: Meter | None, key: AbcKey) -> None:
        self.name, self.unit, self.meter, self.key = name, unit, meter, key
        self.program, self.is_drum = 0, False
        self.bent = 0
        """Notes that lay outside of the range of MIDI, or between two keys."""
        self.midi_transpose = 0
        self.section = ""
        self._octave = self._clef_octave = self._transpose = 0
        self.bars = [VoiceBar(meter=meter)]
        self._at = self._layer = 0
        self.propagation = "pitch"
        """How far an accidental reaches in its bar: its ``octave``, every octave (``pitch``) or ``not`` at all."""
        self._accidentals: dict[StaffPosition, int] = {}
        self._last: dict[int, ChordRest] = {}
        self._before_endings: dict[int, ChordRest] = {}
        self._tuplet: tuple[Fraction, int] = Fraction(1), 0
        self._broken = Fraction(1)

    @property
    def bar(self) -> VoiceBar:
        """The bar that is open."""
        return self.bars[self._at]

    @property
    def shift(self) -> int:
        """Semitones that are added to what is written."""
        octaves = self._octave + self._clef_octave
        return 12 * octaves + self._transpose + self.midi_transpose

    def take(self, properties: VoiceProperties) -> None:
        """Follow what a field says of the voice."""
        self.name = self.name if properties.name is None else properties.name
        self._octave = self._octave if properties.octave is None else properties.octave
        self._clef_octave = (
            self._clef_octave if properties.clef_octave is None else properties.clef_octave
        )
        self._transpose = self._transpose if properties.transpose is None else properties.transpose

    # -- what takes time ---------------------------------------------------------------

    def head(
        self, letter: str, octave: int, accidental: Fraction | None, length: Fraction
    ) -> NoteHead:
        """Make a note of a chord; octave 0 is that of middle C, accidentals are in semitones."""
        place = letter, octave
        reach = place if self.propagation == "octave" else (letter, 0)
        tied_heads = self._tied_heads()
        tied = next((head for head in tied_heads if head.place == place), None)
        alter = self._accidentals.get(reach)
        if accidental is not None:
            self.bent += accidental.denominator != 1
            alter = round(accidental)
            if self.propagation != "not":
                self._accidentals[reach] = alter
        if alter is None and tied is not None:  # a tie carries an accidental over the bar line
            pitch = tied.pitch
        else:
            alter = self.key.alters.get(letter, 0) if alter is None else alter
            pitch = 60 + 12 * octave + LETTERS[letter] + alter + self.shift
        if not 0 <= pitch <= 127:
            self.bent += 1
            # the same letter in the nearest octave that MIDI has
            tone = pitch % 12
            pitch = tone if pitch < 0 else 116 + (tone - 116) % 12
        is_tied = any(head.pitch == pitch for head in tied_heads)
        return NoteHead(place, pitch, length * self.unit, is_tied=is_tied)

    def _tied_heads(self) -> list[NoteHead]:
        last = self._last.get(self._layer)
        return [head for head in last.heads if head.ties_on] if last else []

    def add(self, heads: list[NoteHead], length: Fraction) -> None:
        """Add a note, a chord or a rest of a length in units."""
        factor, left = self._tuplet
        scale = self._broken * (factor if left else 1)
        self._tuplet = factor, max(0, left - 1)
        self._broken = Fraction(1)
        event = ChordRest(length * self.unit, heads, scale)
        self.bar.layers[self._layer].append(event)
        self._last[self._layer] = event

    def tie(self) -> None:
        """Tie the last event to what follows."""
        last = self._last.get(self._layer)
        for head in last.heads if last else ():
            head.ties_on = True

    def tuplet(self, written: int, time: int, count: int) -> None:
        """Let `count` events be played `written` in the time of `time`."""
        if not (written and time):
            raise FormatError(f"has a tuplet of {written} in the time of {time}; correct it")
        self._tuplet = Fraction(time, written), count

    def break_rhythm(self, signs: str) -> None:
        """Lengthen the last event and shorten the next (``>``), or the other way round (``<``)."""
        last = self._last.get(self._layer)
        if last is None:
            return
        short = Fraction(1, 2 ** min(len(signs), 8))
        first, second = 2 - short, short
        if signs[0] == "<":
            first, second = second, first
        last.scale *= first
        self._broken = second

    def rest_bars(self, count: int) -> None:
        """Rest for so many whole bars."""
        if count > _MOST_RESTING_BARS:
            raise FormatError(f"rests for {count} bars; use at most {_MOST_RESTING_BARS}")
        length = (self.meter or COMMON_TIME).quarters / self.unit
        for number in range(count):
            if number:
                self._open()
            self.add([], length)

    # -- bar lines and fields ----------------------------------------------------------

    def bar_line(self, sign: str) -> None:
        """End the bar; an invisible or dotted line (``[|]``, ``.|``) leaves the accidentals as they are."""
        # an invisible or dotted line ends no bar for a player, so accidentals go on
        hidden = sign.startswith(".") or sign == "[|]"
        lines = sign.strip(".[]") or "|"
        colons = set(lines) == {":"} and len(lines) > 1
        ended: VoiceBar | None = self.bar
        if self.bar.is_empty:  # a second line in a row says something of the bar that has ended
            ended = self.bars[self._at - 1] if self._at else None
        if not self.bar.is_empty:
            self._open()
        if ended is not None:
            ended.ends_repeat |= colons or (lines[0] == ":" and "|" in lines)
            is_thick = not hidden and ("]" in sign or "[" in sign)
            ended.ends_section |= is_thick or "||" in lines
        self.bar.starts_repeat |= colons or (lines[-1] == ":" and "|" in lines)
        if not hidden:
            self._accidentals.clear()

    def ending(self, numbers: frozenset[int]) -> None:
        """Begin an ending; a tie into the first leads into the others too."""
        if not self.bar.is_empty:
            self._open()
        # what is tied over the bar line into the first ending is tied into each
        if 1 in numbers:
            self._before_endings = dict(self._last)
        elif self._before_endings:
            self._last = dict(self._before_endings)
        self.bar.endings = numbers

    def overlay(self, count: int) -> None:
        """Go back to the start of the bar, or of so many bars, with a line of its own."""
        # ``&`` begins a line of its own in the open bar, ``&&&`` one through the last three bars
        self._at = max(0, self._at - (count - 1))
        self._enter(len(self.bar.layers))

    def _enter(self, layer: int) -> None:
        self._layer = layer
        while len(self.bar.layers) <= layer:
            self.bar.layers.append([])
        self._accidentals.clear()

    def _open(self) -> None:
        """Go on to the next bar."""
        self._at += 1
        if self._at < len(self.bars):  # an overlay of several bars
            self._enter(self._layer)
            return
        self.bars.append(VoiceBar(meter=self.meter, section=self.section))
        self._layer = 0

    def set_meter(self, meter: Meter | None) -> None:
        """Change the meter; a bar line stands there."""
        self.meter = meter
        if not self.bar.is_empty:
            self._open()
        self.bar.meter, self.bar.changes_meter = meter, True

    def set_key(self, key: AbcKey) -> None:
        """Change the key; accidentals of the old one hold no longer."""
        self.key = key
        self._accidentals.clear()
        self.mark(key)

    def mark(self, value: AbcKey | float | str) -> None:
        """Note a key, a tempo or a chord where the music stands."""
        self.bar.layers[self._layer].append(InlineChange(value))

    def set_section(self, name: str) -> None:
        """Begin a part of the tune that ``P:`` names."""
        if not self.bar.is_empty:
            self._open()
        self.section = self.bar.section = name


# -- all voices side by side -----------------------------------------------------------


def join_voices(voices: Sequence[Voice], problems: list[str]) -> list[Measure]:
    """Put the bars of all voices side by side."""
    columns = [[bar for bar in voice.bars if not bar.is_empty] for voice in voices]
    _part_long_bars(columns, problems)
    meter: Meter | None = COMMON_TIME
    tempo = TempoChange(0)
    key: KeyChange | None = None
    measures = []
    for number, row in enumerate(zip_longest(*columns), 1):
        here = [bar for bar in row if bar is not None]
        lengths = sorted({bar.length for bar in here})
        if len(lengths) > 1:
            texts = " and ".join(f"{float(length):g}" for length in lengths)
            problems.append(f"bar {number}: its voices last {texts} quarters")
        changes = [bar.meter for bar in here if bar.changes_meter]
        if changes or number == 1:
            meter = changes[0] if changes else here[0].meter
        tempos, keys = with_start(_tempos(here), tempo), with_start(_keys(here), key)
        tempo, key = tempos[-1][1], keys[-1][1] if keys else None
        measures.append(
            Measure(
                lengths[-1],
                meter or meter_of(lengths[-1], 4) or COMMON_TIME,
                tuple(tuple(bar.sounds()) if bar else () for bar in row),
                tuple(tempos),
                tuple(keys),
                any(bar.starts_repeat for bar in here),
                any(bar.ends_repeat for bar in here),
                any(bar.ends_section for bar in here),
                next((bar.endings for bar in here if bar.endings), frozenset()),
                _chords(here),
            )
        )
    return measures


def _part_long_bars(columns: list[list[VoiceBar]], problems: list[str]) -> None:
    """Put the bar lines in that one voice lacks and the others have."""
    for number in range(max(map(len, columns), default=0)):
        here = [column[number] for column in columns if number < len(column)]
        if len(here) < len(columns):
            continue
        shortest = min(bar.length for bar in here)
        for column, bar in zip(columns, here, strict=True):
            if bar.length == shortest or bar.length % shortest:
                continue
            parts = _parted(bar, shortest)
            if parts:
                column[number : number + 1] = parts
                problems.append(
                    f"bar {number + 1}: a bar line that other voices have was put into one"
                )


def _parted(bar: VoiceBar, step: Fraction) -> list[VoiceBar]:
    """Cut a bar into bars of a length; none where a note stands over a cut."""
    count = int(bar.length / step)
    layers: list[list[list[ChordRest | InlineChange]]] = [
        [[] for _ in bar.layers] for _ in range(count)
    ]
    for layer in range(len(bar.layers)):
        for at, item in bar.timed(layer):
            place = min(int(at / step), count - 1)
            end = (place + 1) * step
            if isinstance(item, ChordRest) and at + item.duration > end:
                return []
            layers[place][layer].append(item)
    parts = [
        VoiceBar(lines, bar.meter, endings=bar.endings, section=bar.section) for lines in layers
    ]
    parts[0] = replace(parts[0], changes_meter=bar.changes_meter, starts_repeat=bar.starts_repeat)
    parts[-1] = replace(parts[-1], ends_repeat=bar.ends_repeat, ends_section=bar.ends_section)
    return parts


def _tempos(bars: Sequence[VoiceBar]) -> list[tuple[Fraction, TempoChange]]:
    """Return the tempos of all voices; of several at one time that of the first voice holds."""
    found: dict[Fraction, TempoChange] = {}
    for bar in reversed(bars):
        for at, value in bar.marks():
            if isinstance(value, float):
                found[at] = tempo_of_bpm(value)
    return sorted(found.items())


def _chords(bars: Sequence[VoiceBar]) -> tuple[tuple[Fraction, str], ...]:
    """Return the chords of all voices; of several at one time that of the first voice holds."""
    found: dict[Fraction, str] = {}
    for bar in reversed(bars):
        found |= {at: value for at, value in bar.marks() if isinstance(value, str)}
    return tuple(sorted(found.items()))


def _keys(bars: Sequence[VoiceBar]) -> list[tuple[Fraction, KeyChange]]:
    """Return the changes of the first voice that has some."""
    for bar in bars:
        keys = [(at, key) for at, key in bar.marks() if isinstance(key, AbcKey)]
        if keys:
            return [(at, KeyChange(0, key.sharps, key.minor)) for at, key in keys]
    return []
