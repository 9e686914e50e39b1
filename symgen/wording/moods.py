"""Moods: the tempo, mode, density and register that each one stands for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

from symgen.music.constraints import Density, PitchRange
from symgen.music.instruments import compass, parse_instrument
from symgen.music.meter import Meter
from symgen.music.theory import Key
from symgen.system.errors import ControlError
from symgen.system.text import did_you_mean

__all__ = ["MOODS", "Mood", "add_mood", "mood_named", "said"]

_OCTAVE = 12
# Chords say which key it is; on a grid there may be no room for so many notes.
_RIVALS = {"key": ("chords",), "density": ("grid", "form")}


@dataclass(frozen=True, slots=True)
class Mood:
    """What a mood asks for where nothing else is said."""

    about: str
    # Quarter notes a minute.
    tempo: int
    key: str
    # Notes in a bar of four quarters, and lowest and highest pitch; of a melody alone.
    density: str
    range: str


MOODS: Mapping[str, Mood] = {
    "happy": Mood("quick and bright, in a major key", 132, "D major", "4-10", "D4-B5"),
    "sad": Mood("slow and low, in a minor key", 66, "A minor", "2-6", "E3-C5"),
    "calm": Mood("slow and sparse, in a major key", 72, "F major", "1-5", "C4-D5"),
    "tense": Mood("fast and dense, in a minor key", 152, "E minor", "6-12", "B3-E5"),
    "epic": Mood("broad, in a minor key, wide in range", 96, "D minor", "3-9", "A3-A5"),
}
"""By name. Happy and sad are those of the presets of these names."""


def mood_named(name: str) -> Mood:
    """Return a mood, or refuse its name."""
    if name not in MOODS:
        raise ControlError(
            f"mood {name!r}{did_you_mean(name, MOODS)}: use one of {', '.join(MOODS)}"
        )
    return MOODS[name]


def add_mood(
    name: str, given: Mapping[str, Any], around: Mapping[str, Any], *, for_melody: bool
) -> tuple[dict[str, Any], list[str]]:
    """Return what a mood adds to controls that are given, and what is to be said of those that stay.

    `around` are those that are given and those that a preset adds.
    """
    mood = mood_named(name)
    asked: dict[str, Any] = {"tempo": mood.tempo, "key": mood.key}
    if for_melody:
        asked |= _of_a_melody(mood, around)
    told = [
        f"{option} {said(given[option])} stays, where the mood {name} asks for {wanted}"
        for option, wanted in _against(mood, given, asked)
    ]
    barred = [option for option, rivals in _RIVALS.items() if any(map(around.get, rivals))]
    left = {
        option: value
        for option, value in asked.items()
        if given.get(option) is None and option not in barred
    }
    return left, told


def said(value: Any) -> str:
    """Write a value as one says it."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def _of_a_melody(mood: Mood, around: Mapping[str, Any]) -> dict[str, str]:
    found = {"density": _density_in(mood.density, around.get("meter"))}
    instrument = around.get("instrument")
    span = PitchRange.parse(mood.range)
    reached = span if instrument is None else _within(span, parse_instrument(str(instrument)))
    if reached:
        found["range"] = str(reached)
    return found


def _against(
    mood: Mood, given: Mapping[str, Any], asked: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    """Yield the options that are given and say otherwise than a mood, and what it asks for."""
    for name, wanted in asked.items():
        found = given.get(name)
        if found is None:
            continue
        if name != "key":
            if said(found) != str(wanted):
                yield name, str(wanted)
        elif Key.parse(str(found)).minor != Key.parse(mood.key).minor:
            yield name, "a minor key" if Key.parse(mood.key).minor else "a major key"


def _density_in(density: str, meter: Any) -> str:
    """Fit notes in a bar of four quarters to bars of another length."""
    if meter is None or "x" in str(meter) or "*" in str(meter):
        return density
    share = float(Meter.parse(str(meter)).quarters) / 4
    asked = Density.parse(density)
    low = max(1, round(asked.low * share))
    return str(Density(low, max(low, ceil(asked.high * share))))


def _within(span: PitchRange, program: int) -> PitchRange | None:
    """Move a range by octaves into the compass of an instrument, or cut it; none where no octave is left."""
    lowest, highest = compass(program)
    low, high = span.low, span.high
    while low < lowest and high + _OCTAVE <= highest:
        low, high = low + _OCTAVE, high + _OCTAVE
    while high > highest and low - _OCTAVE >= lowest:
        low, high = low - _OCTAVE, high - _OCTAVE
    low, high = max(low, lowest), min(high, highest)
    return PitchRange(low, high) if high - low >= _OCTAVE else None
