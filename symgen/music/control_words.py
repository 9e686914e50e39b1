"""The controls as keywords: what each one is given as, for type checkers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypedDict

from symgen.music.charts import ChordChart
from symgen.music.constraints import Density, Form, NoteGrid, PitchRange
from symgen.music.meter import Meter, MeterPlan
from symgen.music.theory import Chord, Key

__all__ = ["ControlWords", "NoteWords", "SettingWords"]


class NoteWords(TypedDict, total=False):
    """Keywords of every verb that draws notes; see `Controls`."""

    key: Key | str | None
    strict_key: bool
    labels: Mapping[str, str] | Sequence[str | tuple[str, str]] | str | None
    range: PitchRange | str | None
    max_polyphony: float | None
    grid: NoteGrid | str | None
    temperature: float
    top_p: float
    top_k: float


class SettingWords(NoteWords, total=False):
    """Keywords of `harmonize`, which sets a tune for other instruments."""

    instrument: str | int | None
    instruments: Sequence[str | int] | str | None
    style: str | None
    end: bool | None


class ControlWords(SettingWords, total=False):
    """Keywords of `generate` and `continue_`: all controls."""

    bars: float | None
    meter: Meter | MeterPlan | str | None
    tempo: float | None
    period: str | None
    density: Density | str | int | None
    chords: ChordChart | Sequence[Chord | str | None] | str | None
    strict_chords: bool
    form: Form | str | None
    variation: float | None
    swing: float | None
    complete_bar: bool
    max_copy: float | None
