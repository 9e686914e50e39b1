"""What a user may ask of a piece, refused in one place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

from symgen.errors import ControlError
from symgen.instruments import parse_instrument
from symgen.meter import Meter
from symgen.theory import Key

__all__ = ["Controls"]

_RANGES = {
    "bars": (1, 1000),
    "tempo": (4.0, 999.0),
    "temperature": (0.05, 5.0),
    "top_p": (0.01, 1.0),
    "top_k": (0, 200),
}
_WHOLE = ("bars", "top_k")
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
    meter : str or Meter, optional
        Such as ``"6/8"``.
    tempo : float, optional
        Quarter notes a minute, 4..999.
    instrument : str or int, optional
        A General MIDI name or programme number 0..127.
    instruments : str or sequence, optional
        One for each part, such as ``"violin,violin,viola,cello"``.
    style : str, optional
        One of the model's styles, such as ``"reel"``.
    period : str, optional
        One of the model's periods, such as ``"baroque"``.
    end : bool, optional
        True: the piece closes on the tonic in its last bar, which needs a key. False: the network is not
        told where the piece ends. By default it is told so in a new piece, and not in a continuation.
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
    meter: Meter | str | None = None
    tempo: float | None = None
    instrument: str | int | None = None
    instruments: Sequence[str | int] | str | None = None
    style: str | None = None
    period: str | None = None
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
        if isinstance(self.key, str):
            put(self, "key", Key.parse(self.key))
        if isinstance(self.meter, str):
            put(self, "meter", Meter.parse(self.meter))
        if self.instrument is not None:
            put(self, "instrument", parse_instrument(str(self.instrument)))
        if self.instruments is not None:
            names = self.instruments.split(",") if isinstance(self.instruments, str) else self.instruments
            put(self, "instruments", tuple(parse_instrument(str(name)) for name in names))
        self._check_kinds()

    def _check_kinds(self) -> None:
        if self.instruments is not None and not 1 <= len(self.instruments) <= _MOST_PARTS:
            raise ControlError(f"instruments: {len(self.instruments)} of them; name 1..{_MOST_PARTS}")
        if self.instruments is not None and self.instrument is not None:
            raise ControlError("instrument is for all parts and instruments for each; give one of them")
        if self.key is not None and not isinstance(self.key, Key):
            raise ControlError(f"key {self.key!r}: write it like 'G' or 'D dorian'")
        if self.meter is None:
            return
        if not isinstance(self.meter, Meter):
            raise ControlError(f"meter {self.meter!r}: write it like '4/4' or '6/8'")
        if self.bars and self.bars * self.meter.quarters > _MOST_QUARTERS:
            raise ControlError(
                f"bars {self.bars} of {self.meter}: longer than {_MOST_QUARTERS:,} quarters; ask for fewer bars"
            )

    @property
    def program(self) -> int | None:
        """The instrument as a programme number."""
        return None if self.instrument is None else int(self.instrument)

    @property
    def programs(self) -> tuple[int, ...] | None:
        """The instruments of the parts as programme numbers."""
        return None if self.instruments is None else tuple(int(each) for each in self.instruments)


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and value == value
