"""What a user may ask of a piece, refused in one place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

from symgen.music.constraints import Density, Form, NoteGrid, PitchRange
from symgen.music.instruments import parse_instrument
from symgen.music.meter import Meter, MeterPlan
from symgen.music.theory import Chord, Key, parse_chords
from symgen.system.errors import ControlError

__all__ = ["Controls"]

_RANGES = {
    "bars": (1, 1000),
    "tempo": (4.0, 999.0),
    "temperature": (0.05, 5.0),
    "top_p": (0.01, 1.0),
    "top_k": (0, 200),
    "max_polyphony": (1, 128),
    "variation": (0.0, 1.0),
    "swing": (0.5, 0.75),
    "max_copy": (8, 10_000),
}
_WHOLE = ("bars", "top_k", "max_polyphony", "max_copy")
_PARSERS: dict[str, Callable[[str], Any]] = {
    "key": Key.parse,
    "meter": lambda text: (
        MeterPlan.parse(text) if "x" in text or "*" in text else Meter.parse(text)
    ),
    "range": PitchRange.parse,
    "grid": NoteGrid.parse,
    "density": Density.parse,
    "chords": parse_chords,
    "form": Form.parse,
}
_MOST_QUARTERS = 200_000
_MOST_PARTS = 32


@dataclass(frozen=True, kw_only=True)
class Controls:
    """What to ask of a piece; names as on the command line.

    Parameters
    ----------
    bars : int, optional
        Full bars, 1..1000; 16 for a new piece, 8 for a continuation.
    key : str or Key, optional
        Such as ``"D dorian"``. It steers; new notes may leave the scale.
    strict_key : bool
        No new note leaves the scale of the key.
    meter : str or Meter or MeterPlan, optional
        Such as ``"6/8"``, or runs of bars such as ``"8x4/4,8x3/4"``, which tell the bars too.
    tempo : float, optional
        Quarter notes a minute, 4..999.
    instrument : str or int, optional
        A General MIDI name or program number 0..127.
    instruments : str or sequence, optional
        One for each part, such as ``"violin,violin,viola,cello"``.
    style : str, optional
        One of the model's styles, such as ``"reel"``.
    period : str, optional
        One of the model's periods, such as ``"baroque"``.
    range : str or PitchRange, optional
        Lowest and highest pitch of new notes, such as ``"A3-E6"``.
    max_polyphony : int, optional
        At most so many notes sound at once, 1..128.
    grid : str or NoteGrid, optional
        New notes begin and end on multiples of this note value, such as ``"1/16"``, or ``"1/8t"`` with triplets.
    density : str or Density, optional
        Fewest and most notes that begin in a new bar, such as ``"4-8"``; a bar that closes is not counted.
    chords : str or sequence of Chord, optional
        One a new bar, such as ``"C G Am F"``; they come round. They steer.
    strict_chords : bool
        Notes on strong beats are tones of the chord.
    form : str or Form, optional
        Sections of equal length that return, such as ``"AABA"``, varied ones as in ``"AA'BA"``.
    variation : float, optional
        0..1: less or more than 0.5 takes bars up more or less often than learned.
    swing : float, optional
        Place of the off-beat eighth in its quarter, 0.5..0.75: 0.5 is straight, 2/3 that of triplets. By default a new
        piece is straight, and a continuation has the swing of its prompt.
    complete_bar : bool
        A prompt that ends inside a bar is completed to its bar line.
    max_copy : int, optional
        No stretch of so many notes or more is that of a training piece, 8 or more.
    end : bool, optional
        True: the piece closes on the tonic, on a strong beat of its last bar, which needs a key. False: the network
        is not told where the piece ends. By default it is told so in a new piece, and not in a continuation.
    temperature : float
        0.05..5; below 1 more likely notes, above 1 more daring ones. The form plan is drawn as learned.
    top_p : float
        Draw among the likeliest classes that together have this probability, 0.01..1.
    top_k : int
        Draw among so many classes at most; 0: no limit.

    Raises
    ------
    ControlError
        If a value is out of range, or two contradict.
    """

    bars: int | None = None
    key: Key | str | None = None
    strict_key: bool = False
    meter: Meter | MeterPlan | str | None = None
    tempo: float | None = None
    instrument: str | int | None = None
    instruments: Sequence[str | int] | str | None = None
    style: str | None = None
    period: str | None = None
    range: PitchRange | str | None = None
    max_polyphony: int | None = None
    grid: NoteGrid | str | None = None
    density: Density | str | None = None
    chords: Sequence[Chord] | str | None = None
    strict_chords: bool = False
    form: Form | str | None = None
    variation: float | None = None
    swing: float | None = None
    complete_bar: bool = False
    max_copy: int | None = None
    end: bool | None = None
    temperature: float = 1.0
    top_p: float = 0.98
    top_k: int = 0

    def __post_init__(self) -> None:
        put = object.__setattr__
        for name, (low, high) in _RANGES.items():
            value = getattr(self, name)
            if value is not None and not (_is_number(value) and low <= value <= high):
                raise ControlError(f"{name.replace('_', '-')} {value}: must be {low}..{high}")
            if value is not None and name in _WHOLE and value != int(value):
                raise ControlError(f"{name.replace('_', '-')} {value}: must be a whole number")
            if value is not None:
                put(self, name, int(value) if name in _WHOLE else float(value))
        for name, parse in _PARSERS.items():
            if isinstance(value := getattr(self, name), str):
                put(self, name, parse(value))
        if self.instrument is not None:
            put(self, "instrument", parse_instrument(str(self.instrument)))
        if self.instruments is not None:
            names = (
                self.instruments.split(",")
                if isinstance(self.instruments, str)
                else self.instruments
            )
            put(self, "instruments", tuple(parse_instrument(str(name)) for name in names))
        self._check_kinds()

    def _check_kinds(self) -> None:
        if self.instruments is not None and not 1 <= len(self.instruments) <= _MOST_PARTS:
            raise ControlError(
                f"instruments: {len(self.instruments)} of them; name 1..{_MOST_PARTS}"
            )
        if self.instruments is not None and self.instrument is not None:
            raise ControlError(
                "instrument is for all parts and instruments for each; give one of them"
            )
        if self.key is not None and not isinstance(self.key, Key):
            raise ControlError(f"key {self.key!r}: write it like 'G' or 'D dorian'")
        if self.grid is not None and (self.swing or 0.5) != 0.5:
            raise ControlError(
                f"grid {self.grid} and swing {self.swing}: swung notes lie off the grid; give one of them"
            )
        if not all(isinstance(chord, Chord) for chord in self.chords or ()):
            raise ControlError(f"chords {self.chords!r}: write them like 'C G Am F'")
        if self.strict_chords and not self.chords:
            raise ControlError(
                "strict-chords: says how to keep chords, but none are given; add --chords"
            )
        if self.meter is not None:
            self._check_length()

    def _check_length(self) -> None:
        meter = self.meter
        if not isinstance(meter, Meter | MeterPlan):
            raise ControlError(
                f"meter {meter!r}: write it like '4/4' or '6/8', or as runs like '8x4/4,8x3/4'"
            )
        if isinstance(meter, MeterPlan):
            if self.bars not in (None, meter.bars):
                raise ControlError(
                    f"bars {self.bars}, but meter {meter} has {meter.bars}; leave --bars out"
                )
            object.__setattr__(self, "bars", meter.bars)
        quarters = meter.quarters * (1 if isinstance(meter, MeterPlan) else self.bars or 0)
        if (self.bars or 0) > _RANGES["bars"][1] or quarters > _MOST_QUARTERS:
            raise ControlError(
                f"bars {self.bars} of {meter}: longer than {_MOST_QUARTERS:,} quarters; ask for fewer bars"
            )

    @property
    def chord_plan(self) -> tuple[Chord, ...]:
        """The chords, read."""
        return tuple(chord for chord in self.chords or () if isinstance(chord, Chord))

    @property
    def asks_for_returns(self) -> bool:
        """Whether earlier bars are to be taken up more often than learned."""
        return self.variation is not None and self.variation < 0.5

    @property
    def program(self) -> int | None:
        """The instrument as a program number."""
        return None if self.instrument is None else int(self.instrument)

    @property
    def programs(self) -> tuple[int, ...] | None:
        """The instruments of the parts as program numbers."""
        return None if self.instruments is None else tuple(int(each) for each in self.instruments)


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and value == value
