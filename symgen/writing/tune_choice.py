"""Which model works on a tune: the one for its parts, and on a melody alone the one that finds it likeliest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from symgen.formats.tunes import Tune
from symgen.nets.models import choose_for_tune, known_styles, model_names
from symgen.system.errors import SymgenError
from symgen.system.resources import DEFAULT_MODEL
from symgen.writing.part_names import asks_for_drums

if TYPE_CHECKING:
    from symgen.writing.generator import Generator

__all__ = ["DRUM_MODEL", "Choice", "choose_by_notes", "choose_to_rewrite"]

DRUM_MODEL = "band"
"""Writes drums anew, beside other parts or alone."""

_MELODIES = (DEFAULT_MODEL, "songs")
"""Models of one melody; the first one is taken in doubt."""
# So many bits a note another one must save.
_CLEARLY = 0.3


@dataclass(frozen=True)
class Choice:
    """A model by its name, and why it was taken."""

    name: str
    # How unlikely each model finds a note of the tune; empty where nothing was compared.
    bits: Mapping[str, float] = field(default_factory=dict)

    def __str__(self) -> str:
        ordered = sorted(self.bits.items(), key=lambda each: each[0] != self.name)
        found = ", ".join(f"{name} {bits:.2f}" for name, bits in ordered)
        return f"model {self.name}, which finds the notes likelier (bits a note: {found})"

    def to_json(self) -> dict[str, float]:
        """Return plain data: bits a note by model."""
        return {name: round(bits, 3) for name, bits in self.bits.items()}


def choose_by_notes(
    tune: Tune,
    part: int | None,
    load: Callable[[str], Generator],
    style: str | None = None,
    manner: Tune | None = None,
) -> Choice:
    """Choose by who plays; a melody goes to the model that finds it, or what it is to be like, likeliest."""
    # Only models that know the style are asked.
    name = choose_for_tune(tune.score, part)
    if name != DEFAULT_MODEL:
        return Choice(name)
    names, styles = model_names(), known_styles()
    rivals = [each for each in _MELODIES if each in names]
    knowing = [each for each in rivals if style in styles.get(each, ())] if style else rivals
    if len(knowing) < 2:
        return Choice((knowing or [name])[0])
    try:
        asked = (tune, part) if manner is None else (manner, None)
        bits = {each: load(each).bits_a_note(*asked) for each in knowing}
    except SymgenError:  # what cannot be read is refused where it is worked on
        return Choice(name)
    best = min(bits, key=lambda each: bits[each] - _CLEARLY * (each == knowing[0]))
    return Choice(best, bits)


def choose_to_rewrite(
    tune: Tune,
    part: int | None,
    parts: str | Sequence[str | int] | None,
    load: Callable[[str], Generator],
    style: str | None = None,
) -> Choice:
    """Choose for notes that are written anew: as `choose_by_notes`, and for drums the model that writes them."""
    if asks_for_drums(tune.score, part, parts):
        return Choice(DRUM_MODEL)
    return choose_by_notes(tune, part, load, style)
