"""The table of controls: one row each, which `Controls`, the command line, the checks and the documentation read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from numbers import Real
from typing import Any, Literal

from symgen.music.charts import ChordChart
from symgen.music.constraints import Density, Form, NoteGrid, PitchRange
from symgen.music.instruments import parse_instrument
from symgen.music.meter import Meter, MeterPlan
from symgen.music.theory import Key
from symgen.system.errors import ControlError

__all__ = ["BROUGHT", "CONFLICTS", "CONTROLS", "MOST_BARS", "MOST_PARTS", "Conflict", "Control"]

MOST_BARS = 1000
MOST_PARTS = 32

# Turns what was given for a control of that label into its value, or raises ControlError.
Reader = Callable[[str, Any], Any]


@dataclass(frozen=True, kw_only=True)
class Control:
    """One control.

    Parameters
    ----------
    name : str
        As in `Controls`; with hyphens on the command line.
    type : str
        As in JSON Schema, of what is given: ``"integer"``, ``"number"``, ``"boolean"``, ``"string"`` or ``"object"``.
    legal : str
        Which values are accepted.
    effect : str
        ``"holds"`` without exception, or ``"steers"`` what is likely.
    help : str
    read : callable
    values : mapping
        Which numbers are accepted, as JSON Schema; words have theirs in `symgen.music.control_schema`.
    metavar : str
    default : Any
    jobs : str
        ``"all"`` that draw notes, ``"pieces"`` for those that write whole ones, ``"prompts"`` for continuing.
    needs : str
        Another control, or what else must be there.
    lacks : str
        What is wrong if the control that it needs is not given.
    each : str
        The name on the command line where each value is given by itself, as often as needed.
    filtered : bool
        Whether a filter on what is drawn holds it; else it lies in how a piece is laid out.
    """

    name: str
    type: Literal["integer", "number", "boolean", "string", "object"]
    legal: str
    effect: Literal["holds", "steers"]
    help: str
    read: Reader = lambda _, value: value
    values: Mapping[str, Any] = field(default_factory=dict)
    metavar: str = ""
    default: Any = None
    jobs: Literal["all", "pieces", "prompts"] = "pieces"
    needs: str = ""
    lacks: str = ""
    each: str = ""
    filtered: bool = False

    @property
    def label(self) -> str:
        """The name as messages and the command line write it."""
        return self.each or self.name.replace("_", "-")

    def is_given(self, value: Any) -> bool:
        """Tell whether a value asks for anything: 0 does, where it is not the default."""
        return value is not False and value != self.default

    def to_json(self) -> dict[str, Any]:
        """Return the row as plain data."""
        return {
            "name": self.name,
            "option": f"--{self.label}",
            "type": self.type,
            "legal": self.legal,
            "default": list(self.default) if isinstance(self.default, tuple) else self.default,
            "needs": self.needs,
            "effect": self.effect,
            "help": self.help,
        }


@dataclass(frozen=True)
class Conflict:
    """Two controls that cannot be given together, but for one harmless value of the second."""

    first: str
    second: str
    message: str
    harmless: Any = None


def _integer(low: int, high: int) -> dict[str, Any]:
    """Describe a control that is a whole number."""
    number = _number_reader(low, high)

    def read(label: str, value: Any) -> int | None:
        found = number(label, value)
        if found is None:
            return None
        if found != int(found):
            raise ControlError(f"{label} {value}: must be a whole number")
        return int(found)

    return _between("integer", low, high, read)


def _number(low: float, high: float) -> dict[str, Any]:
    """Describe a control that is a number."""
    return _between("number", low, high, _number_reader(low, high))


def _between(kind: str, low: float, high: float, read: Reader) -> dict[str, Any]:
    values = {"type": kind, "minimum": low, "maximum": high}
    return {"type": kind, "legal": f"{low:g}..{high:g}", "values": values, "read": read}


def _number_reader(low: float, high: float) -> Reader:
    def read(label: str, value: Any) -> float | None:
        if value is None:
            return None
        if isinstance(value, str):  # such as a field of a form, which looks right in a message
            raise ControlError(
                f"{label} {value!r}: is text; give a number {low:g}..{high:g}, without quotes"
            )
        # bool is a Real too, and NaN is the one number that differs from itself
        is_number = isinstance(value, Real) and not isinstance(value, bool) and value == value
        if not is_number or not low <= value <= high:
            raise ControlError(f"{label} {value}: must be {low}..{high}")
        return float(value)

    return read


def _yes_or_no(label: str, value: Any) -> Any:
    if value is not None and not isinstance(value, bool):
        raise ControlError(f"{label} {value!r}: must be True or False")
    return value


_FLAG: dict[str, Any] = {
    "type": "boolean",
    "legal": "",
    "values": {"type": "boolean"},
    "read": _yes_or_no,
}


def _words(parse: Callable[[str], Any], kinds: tuple[type, ...], example: str) -> Reader:
    """Read text with `parse`; values of the kinds stay as they are."""

    def read(label: str, value: Any) -> Any:
        if isinstance(value, str):
            return parse(value)
        if value is not None and not isinstance(value, kinds):
            raise ControlError(f"{label} {value!r}: write it like {example}")
        return value

    return read


def _density(label: str, value: Any) -> Density | None:
    """Read words, as well as the number of notes that each bar is to have."""
    is_number = isinstance(value, int) and not isinstance(value, bool)
    found: Density | None = _density_words(label, str(value) if is_number else value)
    return found


_density_words = _words(Density.parse, (Density,), "4-8")


def _name(label: str, value: Any) -> str | None:
    # Empty text asks for none, where leaving it out lets one be chosen.
    if value is not None and not (isinstance(value, str) and (not value or value.strip())):
        raise ControlError(f"{label} {value!r}: name one; `symgen styles` lists them")
    return value


def _labels(label: str, value: Any) -> tuple[tuple[str, str], ...]:
    """Read a mapping, or texts such as ``"mood=happy"``, one or several; the value of a label may hold any sign."""
    given = value.items() if isinstance(value, Mapping) else value or ()
    if isinstance(given, str):
        given = [given]
    found: dict[str, str] = {}
    for each in given if isinstance(given, Iterable) else (given,):
        pair = each.partition("=")[::2] if isinstance(each, str) else each
        if not isinstance(pair, tuple | list) or len(pair) != 2 or not all(map(_is_word, pair)):
            raise ControlError(f"{label} {each!r}: write it like mood=happy")
        name, said = map(str.strip, pair)
        if found.setdefault(name, said) != said:
            raise ControlError(f"{label} {name}: is {found[name]!r} and {said!r}; give one of them")
    return tuple(sorted(found.items()))


def _is_word(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _meter(text: str) -> Meter | MeterPlan:
    return MeterPlan.parse(text) if "x" in text or "*" in text else Meter.parse(text)


def _chords(_label: str, value: Any) -> ChordChart | None:
    if value is None or isinstance(value, ChordChart):
        return value
    if isinstance(value, str):
        return ChordChart.parse(value)
    bars = tuple(value) if isinstance(value, Iterable) else (value,)
    return ChordChart.of(bars) if bars else None


def _instrument(_label: str, value: Any) -> int | None:
    return None if value is None else parse_instrument(str(value))


def _instruments(label: str, value: Any) -> tuple[int, ...] | None:
    if value is None:
        return None
    names = value.split(",") if isinstance(value, str) else value
    if not isinstance(names, Iterable):
        raise ControlError(f"{label} {value!r}: name them like violin,cello")
    programs = tuple(parse_instrument(str(name)) for name in names)
    if not 1 <= len(programs) <= MOST_PARTS:
        raise ControlError(f"{label}: {len(programs)} of them; name 1..{MOST_PARTS}")
    return programs


_ROWS = (
    Control(
        name="bars", **_integer(1, MOST_BARS), effect="holds",
        help="new bars", metavar="N",
    ),
    Control(
        name="key", type="string", legal="`G`, `F# minor`, `D dorian`", effect="steers",
        help="such as 'G', 'F# minor' or 'D dorian'; it steers", metavar="KEY", jobs="all",
        read=_words(Key.parse, (Key,), "'G' or 'D dorian'"),
    ),
    Control(
        name="strict_key", **_FLAG, effect="holds", filtered=True,
        help="no new note leaves the scale", default=False, jobs="all",
        needs="key", lacks="says how to keep a key, but none is given",
    ),
    Control(
        name="meter", type="string", legal="`6/8`, or runs of bars: `8x4/4,8x3/4`", effect="holds",
        help="time signature, such as 6/8, or runs such as 8x4/4,8x3/4", metavar="N/D",
        read=_words(
            _meter, (Meter, MeterPlan), "'4/4' or '6/8', or as runs like '8x4/4,8x3/4'"
        ),
    ),
    Control(
        name="tempo", **_number(4.0, 999.0), effect="holds",
        help="quarter notes a minute", metavar="BPM",
    ),
    Control(
        name="instrument", type="string", legal="a General MIDI name, or 0..127", effect="holds",
        help="General MIDI name or number, such as flute", metavar="NAME", read=_instrument,
    ),
    Control(
        name="instruments", type="string", legal=f"1..{MOST_PARTS} of them", effect="holds",
        help="one for each part, such as violin,violin,viola,cello", metavar="A,B,...",
        read=_instruments, needs="a model of several parts",
    ),
    Control(
        name="style", type="string", legal="one of the model's styles", effect="steers",
        help="such as jig or reel; `symgen info MODEL` lists them", metavar="NAME", read=_name,
        needs="a model that knows styles",
    ),
    Control(
        name="period", type="string", legal="one of the model's periods", effect="steers",
        help="such as baroque or classical; `symgen info MODEL` lists them", metavar="NAME",
        read=_name,
        needs="a model that knows periods",
    ),
    Control(
        name="labels", type="object", legal="`mood=happy`, once for each label", effect="steers",
        help="such as mood=happy; `symgen info MODEL` lists labels and their values",
        metavar="NAME=VALUE", each="label", jobs="all", default=(), read=_labels,
        values={
            "type": "object",
            "propertyNames": {"pattern": "\\S"},
            "additionalProperties": {"type": "string", "pattern": "\\S"},
        },
        needs="a model that knows labels",
    ),
    Control(
        name="range", type="string", legal="`A3-E6`", effect="holds", filtered=True,
        help="no new note outside, such as A3-E6", metavar="LOW-HIGH", jobs="all",
        read=_words(PitchRange.parse, (PitchRange,), "A3-E6"),
    ),
    Control(
        name="max_polyphony", **_integer(1, 128), effect="holds", filtered=True,
        help="at most so many notes sound at once", metavar="N", jobs="all",
    ),
    Control(
        name="grid", type="string", legal="`1/16`, with triplets `1/8t`", effect="holds",
        filtered=True, help="shortest note, such as 1/16; 1/8t: with triplets", metavar="1/N",
        jobs="all", read=_words(NoteGrid.parse, (NoteGrid,), "1/8 or 1/16, with triplets 1/8t"),
    ),
    Control(
        name="density", type="string", legal="`4-8`, or `6`", effect="holds", filtered=True,
        help="fewest and most notes a bar, such as 4-8", metavar="LOW-HIGH",
        read=_density,
    ),
    Control(
        name="chords", type="string", legal="`C G Am F`, or bars with their lines", effect="steers",
        help="one a bar, such as 'C G Am F'; with bar lines a bar may hold several; "
        "they come round and steer",
        metavar="CHORDS", read=_chords,
    ),
    Control(
        name="strict_chords", **_FLAG, effect="holds", filtered=True,
        help="notes on strong beats, and where a chord begins, are tones of the chord", default=False,
        needs="chords", lacks="says how to keep chords, but none are given",
    ),
    Control(
        name="form", type="string", legal="`AABA`, varied `AA'BA`", effect="holds", filtered=True,
        help="sections that return, such as AABA; varied ones: AA'BA", metavar="FORM",
        read=_words(Form.parse, (Form,), "AABA, varied ones like AA'BA"),
    ),
    Control(
        name="variation", **_number(0.0, 1.0), effect="steers",
        help="above 0.5 newer than usual, below it more of what was there", metavar="X",
    ),
    Control(
        name="swing", **_number(0.5, 0.75), effect="holds",
        help="place of off-beat eighths in their quarter; 0.5 is straight", metavar="X",
        needs="a meter of quarters",
    ),
    Control(
        name="complete_bar", **_FLAG, effect="holds", jobs="prompts",
        help="fill the bar in which the tune ends", default=False, needs="a tune to continue",
    ),
    Control(
        name="max_copy", **_integer(8, 10_000), effect="holds",
        help="no so many notes or more in a row of a training piece", metavar="N",
        needs="a model with an index of its training pieces",
    ),
    Control(
        name="end", **_FLAG, effect="holds", filtered=True,
        help="close on the tonic in the last bar", needs="a key, given or found",
    ),
    Control(
        name="temperature", **_number(0.05, 5.0), effect="steers",
        help="more is more daring", metavar="T", default=1.0, jobs="all",
    ),
    Control(
        name="top_p", **_number(0.01, 1.0), effect="steers",
        help="draw from the likeliest share", metavar="P", default=0.98, jobs="all",
    ),
    Control(
        name="top_k", **_integer(0, 200), effect="steers",
        help="draw from so many of the likeliest; 0: from all", metavar="K", default=0, jobs="all",
    ),
)  # fmt: skip

# Every control by name, in the order in which they are listed.
CONTROLS = {row.name: row for row in _ROWS}

# What a tune brings, where one is continued.
BROUGHT = ("key",)

CONFLICTS = (
    Conflict(
        "instrument",
        "instruments",
        "instrument is for all parts and instruments for each; give one of them",
    ),
    Conflict(
        "grid",
        "swing",
        "grid {grid} and swing {swing}: swung notes lie off the grid; give one of them",
        harmless=0.5,
    ),
)
