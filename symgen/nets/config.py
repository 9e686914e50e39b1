"""The few numbers and switches that make a network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from symgen.system.errors import CheckpointError, ControlError
from symgen.tokens.layout import MOST_VOICES

__all__ = ["SIZES", "NetConfig"]


_WIDEST, _DEEPEST = 65_536, 64


@dataclass(frozen=True)
class NetConfig:
    """What makes a network, besides its weights.

    Parameters
    ----------
    kind : str
        ``"event"``: one step a note, with features and heads (see `symgen.nets.event`).
        ``"plain"``: one step a token, REMI-like, no features (see `lab.baseline`).
    hidden, layers : int
        Width and number of GRU layers; layers after the first are residual.
    head : int
        Width of the heads.
    dropout : float
        On the input, between layers and in the heads, while training.
    features : bool
        Whether the prefix features (position, phase, bars left, ...) are inputs.
    copy : bool
        Whether the copy memory (candidates and their pointers) is used.
    styles : tuple of str
        The styles known, in the order of their classes; class 0 is "unknown".
    fixed : tuple of (field, value)
        Fields that the corpus does not vary: they are not drawn and cost no bits.
    periods : tuple of str
        The periods known, such as ``"baroque"``; class 0 is "unknown".
    voices : int
        Parts that are followed one by one, with what sounds together; 0 for melodies.
    timing : bool
        Whether the time is drawn with a direct view of what sounds, ends and was struck; with voices only.
    goals : bool
        Whether each bar is opened with its goal (see `symgen.tokens.form`); where parts play
        one note at a time.

    Raises
    ------
    ControlError
        If a value is out of range.
    """

    kind: str = "event"
    hidden: int = 256
    layers: int = 1
    head: int = 192
    dropout: float = 0.2
    features: bool = True
    copy: bool = True
    styles: tuple[str, ...] = ()
    fixed: tuple[tuple[str, int], ...] = ()
    periods: tuple[str, ...] = ()
    voices: int = 0
    timing: bool = False
    goals: bool = False

    def __post_init__(self) -> None:
        if self.kind not in ("event", "plain") or min(self.hidden, self.layers, self.head) < 1:
            raise ControlError(
                f"network {self.kind!r} of {self.layers} x {self.hidden}: unknown or empty"
            )
        if max(self.hidden, self.head) > _WIDEST or self.layers > _DEEPEST:
            raise ControlError(
                f"network of {self.layers} x {self.hidden}: at most {_DEEPEST} layers of {_WIDEST}"
            )
        if not 0 <= self.dropout < 1:
            raise ControlError(f"network: dropout {self.dropout} must be 0 or more and below 1")
        if not isinstance(self.voices, int) or not 0 <= self.voices <= MOST_VOICES:
            raise ControlError(f"network: voices {self.voices} must be 0..{MOST_VOICES}")
        if self.timing and not self.voices:
            raise ControlError("network: the timing of voices needs voices")
        if not all(isinstance(name, str) for name in (*self.styles, *self.periods)):
            raise ControlError("network: styles and periods must be names")

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> NetConfig:
        """Rebuild from `to_json`.

        Raises
        ------
        CheckpointError
            If the data do not fit this version.
        """
        try:
            values = dict(data)
            values["styles"] = tuple(_list(values["styles"]))
            values["periods"] = tuple(_list(values.get("periods", [])))
            values["fixed"] = tuple((str(name), int(value)) for name, value in values["fixed"])
            return cls(**values)
        except (KeyError, TypeError, ValueError, ControlError) as error:
            raise CheckpointError(
                f"network configuration: does not fit this version of symgen ({error})"
            ) from None


def _list(value: Any) -> list[Any] | tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise TypeError(f"{value!r} is no list")
    return value


SIZES: dict[str, NetConfig] = {
    "small": NetConfig(hidden=128, head=96, dropout=0.1, goals=True),
    "base": NetConfig(hidden=256, head=192, dropout=0.2, goals=True),
    "large": NetConfig(hidden=512, layers=2, head=256, dropout=0.3, goals=True),
}
"""Configurations by name, as ``symgen train --size`` takes them."""
