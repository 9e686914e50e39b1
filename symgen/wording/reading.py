"""Sentences and moods become controls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from symgen.music.control_table import CONFLICTS
from symgen.music.controls import Controls
from symgen.music.instruments import parse_instrument
from symgen.music.meter import COMMON_TIME, Meter
from symgen.nets.models import choose_model, known_styles, usual_meter, writes_melodies
from symgen.system.errors import ControlError
from symgen.wording.lexicon import Ask
from symgen.wording.moods import add_mood, said
from symgen.wording.sentences import read_asks

__all__ = ["Reading", "read_controls", "read_sentence", "with_defaults"]

_BEATS_A_MINUTE = 120


@dataclass(frozen=True)
class Reading:
    """What a sentence asks for: values by the names of controls, and what has no control of its own."""

    values: Mapping[str, Any]
    mood: str | None = None
    seconds: float | None = None
    # What gave way to something more exact.
    told: tuple[str, ...] = ()

    def in_mood(self, mood: str) -> Reading:
        """Return the same in a mood, which must not be another one than it has."""
        if self.mood not in (None, mood):
            raise ControlError(f"mood: {self.mood} and {mood}; say one of them")
        return replace(self, mood=mood)


def read_controls(sentence: str) -> Controls:
    """Read what a piece is to be like out of a sentence.

    Parameters
    ----------
    sentence : str
        Such as ``"sad waltz in A minor, 80 bpm, 16 bars"``: styles, moods, keys, tempos, meters, instruments, chords,
        how many bars, minutes or seconds, a form, an ending. It is read by a small grammar of English words.

    Returns
    -------
    Controls
        What was asked for, to be looked at and handed to `generate`.

    Raises
    ------
    ControlError
        If a word is not known, or two of them contradict.
    """
    if not isinstance(sentence, str):
        raise ControlError(f"sentence {sentence!r:.40}: give text, such as 'jig in D, 16 bars'")
    reading = read_sentence(sentence)
    values, _ = with_defaults(reading, {})
    return Controls(**values)


def read_sentence(sentence: str) -> Reading:
    """Read a sentence, and refuse what contradicts itself in it."""
    asks = read_asks(sentence)
    players = [ask.value for ask in asks if ask.name == "instrument"]
    told: list[str] = []
    names = dict.fromkeys(ask.name for ask in asks if ask.name not in ("instrument", "seconds"))
    values = {name: _settled([ask for ask in asks if ask.name == name], told) for name in names}
    if len(players) == 1:
        values["instrument"] = players[0]
    elif players:
        values["instruments"] = ",".join(players)
    seconds = sum(ask.value for ask in asks if ask.name == "seconds")
    if seconds and "bars" in values:
        raise ControlError(
            f"length: {values['bars']:g} bars and {seconds:g} seconds; say one of them"
        )
    if "bars" in values:
        values["bars"] = _whole(values["bars"])
    mood = values.pop("mood", None)
    return Reading(values, mood, seconds or None, tuple(told))


def _settled(asks: Sequence[Ask], told: list[str]) -> Any:
    """Return the one value that is asked for; exact ones go before vague ones."""
    exact = [ask.value for ask in asks if not ask.is_vague]
    vague = [ask.value for ask in asks if ask.is_vague]
    values = list(dict.fromkeys(exact or vague))
    name = asks[0].name
    if len(values) > 1:
        raise ControlError(f"{name}: {said(values[0])} and {said(values[1])}; say one of them")
    if exact and vague and vague[0] != values[0]:
        told.append(f"{name} {said(values[0])} stays, beside a word for {said(vague[0])}")
    return values[0]


def _whole(number: float) -> int:
    if number != int(number):
        raise ControlError(f"bars {number:g}: must be a whole number")
    return int(number)


def with_defaults(
    reading: Reading, given: Mapping[str, Any], around: Mapping[str, Any] | None = None
) -> tuple[dict[str, Any], list[str]]:
    """Return what a reading adds to controls that are given, its mood and length too, and what gives way to them.

    `around` are controls of presets and the like: a mood goes before them, but fits the piece that they make.
    """
    told = list(reading.told)
    values: dict[str, Any] = {}
    for name, value in reading.values.items():
        stays = _in_the_way(name, given)
        if not stays:
            values[name] = value
        elif str(given[stays]) != str(value):
            told.append(
                f"{stays} {said(given[stays])} stays, beside {name} {said(value)} of the sentence"
            )
    if reading.mood:
        settled = {**values, **given}
        known = {**(around or {}), **settled}
        added, stays_so = add_mood(reading.mood, settled, known, for_melody=_is_for_melody(known))
        values |= added
        told += stays_so
    if reading.seconds and given.get("bars") is None:
        values |= _bars_of(reading.seconds, {**(around or {}), **values, **given})
    return values, told


def _in_the_way(name: str, given: Mapping[str, Any]) -> str:
    """Return the control that is given and leaves no room for another one."""
    pairs = [(row.first, row.second) for row in CONFLICTS if name in (row.first, row.second)]
    others = [each for pair in pairs for each in pair]
    return next((each for each in (name, *others) if given.get(each) is not None), "")


def _is_for_melody(values: Mapping[str, Any]) -> bool:
    """Whether a piece with these controls is a melody: songs and what has several instruments are none."""
    style = values.get("style")
    is_of_a_model = any(style in known for known in known_styles().values())
    if values.get("instruments") or (style and not (is_of_a_model or values.get("model"))):
        return False
    return writes_melodies(values.get("model") or _model_for(values))


def _model_for(values: Mapping[str, Any]) -> str:
    instrument = values.get("instrument")
    programs = () if instrument is None else (parse_instrument(str(instrument)),)
    return choose_model(style=values.get("style"), programs=programs, period=values.get("period"))


def _bars_of(seconds: float, values: Mapping[str, Any]) -> dict[str, Any]:
    """Count the bars that last so long; the meter and tempo that are counted with are asked for too."""
    style = values.get("style")
    model = values.get("model") or _model_for(values)
    written = values.get("meter") or usual_meter(model, style) or COMMON_TIME
    if "x" in str(written) or "*" in str(written):
        raise ControlError(
            f"meter {written}: tells how many bars there are; leave out how long it is to be"
        )
    meter = Meter.parse(str(written))
    tempo = float(values.get("tempo") or _BEATS_A_MINUTE * meter.beat_quarters)
    bars = max(1, round(seconds * tempo / 60 / float(meter.quarters)))
    sections = len(str(values.get("form") or "A").replace("'", ""))
    bars = max(1, round(bars / sections)) * sections
    return {"meter": str(meter), "tempo": tempo, "bars": bars}
