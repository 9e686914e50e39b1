"""What a user may ask of a piece, read once and refused in one place."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from symgen.music.actions import known_values
from symgen.music.charts import ChordChart
from symgen.music.constraints import Density, Form, NoteGrid, PitchRange
from symgen.music.control_table import BROUGHT, CONFLICTS, CONTROLS, MOST_BARS
from symgen.music.instruments import program_name
from symgen.music.meter import Meter, MeterPlan
from symgen.music.theory import Chord, Key
from symgen.system.errors import ControlError
from symgen.system.text import did_you_mean
from symgen.system.words import ByName, check_words

__all__ = ["Controls", "check_controls", "check_needs"]

_MOST_QUARTERS = 200_000

if TYPE_CHECKING:
    from typing_extensions import Self

LabelsGiven = Mapping[str, str] | Sequence[str | tuple[str, str]] | str | None

Value = TypeVar("Value")
Given_contra = TypeVar("Given_contra", contravariant=True)


class Setting(Generic[Value, Given_contra]):
    """A field that takes what is given, words for example, and holds the value that the table reads it as.

    A dataclass sets its fields by ``object.__setattr__``, which goes through a descriptor: so each value is read once,
    at construction or by `replace`, and type checkers know both types.
    """

    def __set_name__(self, owner: type, name: str) -> None:
        self._row = CONTROLS[name]

    def __get__(self, controls: Controls | None, owner: type) -> Value:
        # Asked of the class, it is the default of the field.
        found: Value = self._row.default if controls is None else vars(controls)[self._row.name]
        return found

    def __set__(self, controls: Controls, value: Given_contra) -> None:
        vars(controls)[self._row.name] = self._row.read(self._row.label, value)


@dataclass(frozen=True, kw_only=True, repr=False)
class Controls(ByName):
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
    labels : dict of str to str, optional
        What the corpus of the model says of its pieces, such as ``{"mood": "happy"}``; texts such as ``"mood=happy"``
        are read too. They are kept as pairs, by name.
    range : str or PitchRange, optional
        Lowest and highest pitch of new notes, such as ``"A3-E6"``.
    max_polyphony : int, optional
        At most so many notes sound at once, 1..128.
    grid : str or NoteGrid, optional
        New notes begin and end on multiples of this note value, such as ``"1/16"``, or ``"1/8t"`` with triplets.
    density : str or int or Density, optional
        Fewest and most notes that begin in a new bar, such as ``"4-8"`` or 6; a bar that closes is not counted.
    chords : str or sequence of str or Chord, optional
        One a new bar, such as ``"C G Am F"``; or bars with their lines, such as ``"| C | G/B | Am7 F | % | N.C. |"``:
        several chords of a bar share its beats, ``%`` or nothing is the bar before again, and ``/`` is a share more of
        the chord before. Of a sequence each entry is a bar. They come round, and they steer.
    strict_chords : bool
        Notes on strong beats, and where a chord begins, are tones of the chord.
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

    bars: Setting[int | None, float | None] = Setting()
    key: Setting[Key | None, Key | str | None] = Setting()
    strict_key: Setting[bool, bool] = Setting()
    meter: Setting[Meter | MeterPlan | None, Meter | MeterPlan | str | None] = Setting()
    tempo: Setting[float | None, float | None] = Setting()
    instrument: Setting[int | None, str | int | None] = Setting()
    instruments: Setting[tuple[int, ...] | None, Sequence[str | int] | str | None] = Setting()
    style: Setting[str | None, str | None] = Setting()
    period: Setting[str | None, str | None] = Setting()
    labels: Setting[tuple[tuple[str, str], ...], LabelsGiven] = Setting()
    range: Setting[PitchRange | None, PitchRange | str | None] = Setting()
    max_polyphony: Setting[int | None, float | None] = Setting()
    grid: Setting[NoteGrid | None, NoteGrid | str | None] = Setting()
    density: Setting[Density | None, Density | str | int | None] = Setting()
    chords: Setting[ChordChart | None, ChordChart | Sequence[Chord | str | None] | str | None] = (
        Setting()
    )
    strict_chords: Setting[bool, bool] = Setting()
    form: Setting[Form | None, Form | str | None] = Setting()
    variation: Setting[float | None, float | None] = Setting()
    swing: Setting[float | None, float | None] = Setting()
    complete_bar: Setting[bool, bool] = Setting()
    max_copy: Setting[int | None, float | None] = Setting()
    end: Setting[bool | None, bool | None] = Setting()
    temperature: Setting[float, float] = Setting()
    top_p: Setting[float, float] = Setting()
    top_k: Setting[int, float] = Setting()

    def __post_init__(self) -> None:
        given = self.given()
        for conflict in CONFLICTS:
            first, second = conflict.first in given, conflict.second in given
            if first and second and given[conflict.second] != conflict.harmless:
                raise ControlError(conflict.message.format(**given))
        check_needs(self, brought=BROUGHT)
        if self.meter_plan is not None:
            self._take_bars(self.meter_plan)
        if self.meter is not None:
            self._check_length(self.meter)

    def _take_bars(self, plan: MeterPlan) -> None:
        if self.bars not in (None, plan.bars):
            raise ControlError(
                f"bars {self.bars}, but meter {plan} has {plan.bars}; leave --bars out"
            )
        vars(self)["bars"] = plan.bars

    def _check_length(self, meter: Meter | MeterPlan) -> None:
        bars = self.bars or 0
        quarters = meter.quarters * (bars if meter is self.steady_meter else 1)
        if bars > MOST_BARS or quarters > _MOST_QUARTERS:
            raise ControlError(
                f"bars {self.bars} of {meter}: longer than {_MOST_QUARTERS:,} quarters; ask for fewer bars"
            )

    def __new__(cls, *values: Any, **words: Any) -> Self:
        """Refuse values without a name, before the fields are set."""
        if values:
            raise ControlError("Controls: give each value by its name, such as bars=16")
        return super().__new__(cls, **words)

    def __repr__(self) -> str:
        """Name what is asked for, and nothing else."""
        words = (f"{name}={_written(name, value)!r}" for name, value in self.given().items())
        return f"Controls({', '.join(words)})"

    @classmethod
    def schema(cls) -> dict[str, Any]:
        """Describe the controls as JSON Schema, for forms, checks and programs that call tools.

        Returns
        -------
        dict
            JSON Schema (draft 2020-12) of an object with the fields of `Controls`: types, legal values with all
            instruments and all styles and periods of the models that come along, defaults, and what excludes or needs
            another. There is one form for each value; `Controls` reads more, such as other names of keys.
        """
        from symgen.music.control_schema import controls_schema

        return controls_schema(known_values("styles"), known_values("periods"))

    @classmethod
    def check(cls, values: Mapping[str, Any]) -> dict[str, str]:
        """Tell what is wrong with what a user typed: all of it at once, by field.

        Parameters
        ----------
        values : mapping
            Names and values as `Controls` takes them.

        Returns
        -------
        dict of str
            A line for each field that is wrong; under ``""`` what is wrong with several together. Empty if all is
            right. Styles and periods are those of the models that come along.

        Raises
        ------
        ControlError
            If `values` is no mapping of names.
        """
        if not isinstance(values, Mapping):
            raise ControlError(f"values {values!r:.40}: give a dict such as {{'bars': 16}}")
        lines = {str(name): _line(name, value) for name, value in values.items()}
        wrong = {name: line for name, line in lines.items() if line}
        if not wrong:
            try:
                cls(**values)
            except ControlError as error:
                wrong[""] = str(error)
        return wrong

    @classmethod
    def table(cls) -> list[dict[str, Any]]:
        """Describe every control in a row.

        Returns
        -------
        list of dict
            Plain data, in the order of the fields. Of each its ``name``, ``option`` of the command line, ``type`` of
            what is given, ``legal`` values, ``default``, what it ``needs``, ``effect`` (``"holds"`` or ``"steers"``)
            and ``help``.
        """
        return [row.to_json() for row in CONTROLS.values()]

    def given(self) -> dict[str, Any]:
        """Return the controls that ask for anything, by name."""
        values = {name: vars(self)[name] for name in CONTROLS}
        return {name: value for name, value in values.items() if CONTROLS[name].is_given(value)}

    @property
    def steady_meter(self) -> Meter | None:
        """The meter, if it is one for all bars."""
        return self.meter if isinstance(self.meter, Meter) else None

    @property
    def meter_plan(self) -> MeterPlan | None:
        """The runs of bars, if the meter changes."""
        return self.meter if isinstance(self.meter, MeterPlan) else None

    @property
    def asks_for_returns(self) -> bool:
        """Whether earlier bars are to be taken up more often than learned."""
        return self.variation is not None and self.variation < 0.5


def check_controls(verb: str, value: object) -> None:
    """Refuse what is given for controls and is none."""
    if value is not None and not isinstance(value, Controls):
        raise ControlError(
            f"{verb}: {value!r:.40} is no Controls; give keywords such as bars=16, or Controls(bars=16)"
        )


def _line(name: Any, value: Any) -> str:
    """Return what is wrong with one field, or nothing."""
    try:
        check_words("Controls", [str(name)], CONTROLS)
        found = CONTROLS[name].read(CONTROLS[name].label, value)
    except ControlError as error:
        return str(error)
    if name in ("style", "period") and found:  # empty text asks for none
        known = known_values(f"{name}s")
        if found not in known:
            return f"{name} {found!r}{did_you_mean(found, known)}: use one of {', '.join(known)}"
    return ""


def _written(name: str, value: Any) -> Any:
    """Return a value as a user writes it."""
    if name == "instrument":
        return program_name(value)
    if name == "instruments":
        return tuple(map(program_name, value))
    if name == "labels":
        return dict(value)
    return value if isinstance(value, int | float | str) else str(value)


def check_needs(controls: Controls, *, brought: Collection[str] = ()) -> None:
    """Refuse a control whose needed control is neither given nor `brought` by something else."""
    given = controls.given()
    for name in given:
        row = CONTROLS[name]
        if row.lacks and row.needs not in given and row.needs not in brought:
            raise ControlError(f"{row.label}: {row.lacks}; add --{row.needs}")
