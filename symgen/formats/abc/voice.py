"""One voice of ABC: what takes time in it, bar by bar, with accidentals, ties, tuplets and broken rhythms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from symgen.formats.abc.signs import AbcKey, VoiceTraits
from symgen.formats.measures import Sound
from symgen.music.meter import COMMON_TIME, Meter
from symgen.system.errors import FormatError

__all__ = ["Bar", "Event", "Head", "Mark", "Voice"]

_STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_VELOCITY = 80
_MOST_RESTING_BARS = 999

Place = tuple[str, int]
"""Letter and octave: where a note stands on the staff."""


@dataclass(slots=True)
class Head:
    """One note of an event; `length` is in quarters, before `Event.scale`."""

    place: Place
    pitch: int
    length: Fraction
    ties_on: bool = False
    is_tied: bool = False


@dataclass(slots=True)
class Event:
    """A note, a chord or (without heads) a rest. A chord lasts as long as its first note."""

    length: Fraction
    heads: list[Head] = field(default_factory=list)
    scale: Fraction = Fraction(1)


@dataclass(frozen=True, slots=True)
class Mark:
    """A key or a tempo (quarters a minute) that holds from here on."""

    value: AbcKey | float


@dataclass(slots=True)
class Bar:
    """What stands between two bar lines; each layer is a line of events of its own, from the bar's start."""

    layers: list[list[Event | Mark]] = field(default_factory=lambda: [[]])
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
        return not any(isinstance(item, Event) for layer in self.layers for item in layer)

    def timed(self, layer: int) -> Iterator[tuple[Fraction, Event | Mark]]:
        """Yield what stands in a layer with its time."""
        now = Fraction(0)
        for item in self.layers[layer]:
            yield now, item
            if isinstance(item, Event):
                now += item.length * item.scale

    @property
    def length(self) -> Fraction:
        """Quarters that the longest layer fills."""
        return max(
            sum(
                (item.length * item.scale for item in layer if isinstance(item, Event)), Fraction(0)
            )
            for layer in self.layers
        )

    def sounds(self) -> Iterator[Sound]:
        """Yield the notes."""
        for layer in range(len(self.layers)):
            for onset, event in self.timed(layer):
                if isinstance(event, Event):
                    for head in event.heads:
                        duration = head.length * event.scale
                        yield Sound(
                            onset, duration, head.pitch, _VELOCITY, head.ties_on, head.is_tied
                        )

    def marks(self) -> Iterator[tuple[Fraction, AbcKey | float]]:
        """Yield the changes of key and tempo."""
        for layer in range(len(self.layers)):
            yield from (
                (at, item.value) for at, item in self.timed(layer) if isinstance(item, Mark)
            )


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
        self.bars = [Bar(meter=meter)]
        self._at = self._layer = 0
        self.propagation = "pitch"
        """How far an accidental reaches in its bar: its ``octave``, every octave (``pitch``) or ``not`` at all."""
        self._accidentals: dict[Place, int] = {}
        self._last: dict[int, Event] = {}
        self._before_endings: dict[int, Event] = {}
        self._tuplet: tuple[Fraction, int] = Fraction(1), 0
        self._broken = Fraction(1)

    @property
    def bar(self) -> Bar:
        """The bar that is open."""
        return self.bars[self._at]

    @property
    def shift(self) -> int:
        """Semitones that are added to what is written."""
        return 12 * (self._octave + self._clef_octave) + self._transpose + self.midi_transpose

    def take(self, traits: VoiceTraits) -> None:
        """Follow what a field says of the voice."""
        self.name = self.name if traits.name is None else traits.name
        self._octave = self._octave if traits.octave is None else traits.octave
        self._clef_octave = self._clef_octave if traits.clef_octave is None else traits.clef_octave
        self._transpose = self._transpose if traits.transpose is None else traits.transpose

    # -- what takes time ---------------------------------------------------------------

    def head(self, letter: str, octave: int, accidental: Fraction | None, length: Fraction) -> Head:
        """Make a note of a chord or an event; its accidental holds to the bar line, see
        `propagation`."""
        place = letter, octave
        reach = place if self.propagation == "octave" else (letter, 0)
        tied = next((head for head in self._tied_heads() if head.place == place), None)
        alter = self._accidentals.get(reach)
        if accidental is not None:
            self.bent += accidental.denominator != 1
            alter = round(accidental)
            if self.propagation != "not":
                self._accidentals[reach] = alter
        if alter is None and tied is not None:
            pitch = tied.pitch
        else:
            alter = self.key.alters.get(letter, 0) if alter is None else alter
            pitch = 60 + 12 * octave + _STEPS[letter] + alter + self.shift
        if not 0 <= pitch <= 127:
            self.bent += 1
            pitch = (
                pitch % 12
                if pitch < 0
                else 108 + (pitch % 12 if pitch % 12 < 8 else pitch % 12 - 12)
            )
        is_tied = any(h.pitch == pitch for h in self._tied_heads())
        return Head(place, pitch, length * self.unit, is_tied=is_tied)

    def _tied_heads(self) -> list[Head]:
        last = self._last.get(self._layer)
        return [head for head in last.heads if head.ties_on] if last else []

    def add(self, heads: list[Head], length: Fraction) -> None:
        """Add a note, a chord or a rest of a length in units."""
        factor, left = self._tuplet
        scale = (factor if left else Fraction(1)) * self._broken
        self._tuplet, self._broken = (factor, max(0, left - 1)), Fraction(1)
        event = Event(length * self.unit, heads, scale)
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
        first, second = (2 - short, short) if signs[0] == ">" else (short, 2 - short)
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
        hidden = sign.startswith(".") or sign == "[|]"
        lines = sign.strip(".[]") or "|"
        colons = set(lines) == {":"} and len(lines) > 1
        ended = self.bar if not self.bar.is_empty else self.bars[self._at - 1] if self._at else None
        if not self.bar.is_empty:
            self._open()
        if ended is not None:
            ended.ends_repeat |= colons or (lines[0] == ":" and "|" in lines)
            ended.ends_section |= "||" in lines or (not hidden and ("]" in sign or "[" in sign))
        self.bar.starts_repeat |= colons or (lines[-1] == ":" and "|" in lines)
        if not hidden:
            self._accidentals.clear()

    def ending(self, numbers: frozenset[int]) -> None:
        """Begin an ending; a tie into the first leads into the others too."""
        if not self.bar.is_empty:
            self._open()
        if 1 in numbers:
            self._before_endings = dict(self._last)
        elif self._before_endings:
            self._last = dict(self._before_endings)
        self.bar.endings = numbers

    def overlay(self, count: int) -> None:
        """Go back to the start of the bar, or of so many bars, with a line of its own."""
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
        self.bars.append(Bar(meter=self.meter, section=self.section))
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

    def mark(self, value: AbcKey | float) -> None:
        """Note a key or a tempo where the music stands."""
        self.bar.layers[self._layer].append(Mark(value))

    def set_section(self, name: str) -> None:
        """Begin a part of the tune that ``P:`` names."""
        if not self.bar.is_empty:
            self._open()
        self.section = self.bar.section = name
