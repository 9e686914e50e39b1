"""The language model on disk: a network with the vocabulary that it was trained on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from symgen.nets.card import StoredConfig
from symgen.nets.network import (
    NetworkKind,
    Weights,
    read_card,
    read_network,
    save_network,
)
from symgen.system.errors import CheckpointError, ControlError
from symgen.system.files import PathLike
from symgen.tokens import Vocabulary
from symgen.tokens.layout import MOST_VOICES

__all__ = [
    "CARD",
    "INDEX_STEM",
    "LANGUAGE_MODEL",
    "SIZES",
    "Model",
    "NetConfig",
    "load_model_files",
    "read_config",
    "save_model_files",
]

CARD = "model.json"
LANGUAGE_MODEL = NetworkKind("model", CARD, "model", "symgen train")
INDEX_STEM = "copies"
"""How the file of the index of training tunes begins."""

_WIDEST, _DEEPEST = 65_536, 64


@dataclass(frozen=True)
class NetConfig(StoredConfig):
    """The few numbers and switches that make a network, besides its weights."""

    LATER: ClassVar[frozenset[str]] = frozenset(
        {"periods", "voices", "timing", "goals", "labels", "plans"}
    )

    # ``"event"``: one step a note, with features and heads (see `symgen.nets.event`). ``"plain"``:
    # one step a token, REMI-like, no features (see `lab.baseline`)
    kind: str = "event"
    # Width and number of GRU layers; layers after the first are residual
    hidden: int = 256
    layers: int = 1
    head: int = 192  # width of the heads
    dropout: float = 0.2  # on the input, between layers and in the heads, while training
    # Whether the prefix features (position, phase, bars left, ...) are inputs
    features: bool = True
    copy: bool = True  # whether the copy memory (candidates and their pointers) is used
    # The styles known, in the order of their classes; class 0 is "unknown"
    styles: tuple[str, ...] = ()
    # Fields that the corpus does not vary: they are not drawn and cost no bits
    fixed: tuple[tuple[str, int], ...] = ()
    periods: tuple[str, ...] = ()  # the periods known, such as ``"baroque"``; class 0 is "unknown"
    voices: int = 0  # parts that are followed one by one, with what sounds together; 0 for melodies
    # Whether the time is drawn with a direct view of what sounds, ends and was struck; with voices
    # only
    timing: bool = False
    # Whether each bar is opened with its goal (see `symgen.tokens.form`); where parts play one note
    # at a time
    goals: bool = False
    # The labels known, each with its values; class 0 is "unknown"
    labels: tuple[tuple[str, tuple[str, ...]], ...] = ()
    # Whether a plan of chords is told (see `symgen.tokens.plans`), with candidates moved along it
    plans: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return plain data for a card, which says nothing of labels or plans where there are none."""
        plain = super().to_json()
        for name in ("labels", "plans"):
            if not getattr(self, name):
                del plain[name]
        return plain

    def vocabulary(self, of_corpus: Vocabulary) -> Vocabulary:
        """Return the vocabulary of a network that learns from a corpus: with plans bars may be moved too."""
        return replace(of_corpus, moves=True) if self.plans else of_corpus

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
        names = (*self.styles, *self.periods, *(name for name, _ in self.fixed))
        if not all(isinstance(name, str) for name in names):
            raise ControlError("network: styles, periods and fixed fields must have names")
        if not all(isinstance(value, int) for _, value in self.fixed):
            raise ControlError("network: fixed fields must have a class")
        self._check_labels()

    def _check_labels(self) -> None:
        """Refuse labels that are no names with values."""
        for label in self.labels:
            if not isinstance(label, tuple) or len(label) != 2 or not isinstance(label[1], tuple):
                raise ControlError("network: labels must have values")
            if not all(isinstance(name, str) and name for name in (label[0], *label[1])):
                raise ControlError("network: labels and their values must have names")
        if len(dict(self.labels)) < len(self.labels):
            raise ControlError("network: two labels of one name")


SIZES: dict[str, NetConfig] = {
    "small": NetConfig(hidden=128, head=96, dropout=0.1, goals=True, plans=True),
    "base": NetConfig(hidden=256, head=192, dropout=0.2, goals=True, plans=True),
    "large": NetConfig(hidden=512, layers=2, head=256, dropout=0.3, goals=True, plans=True),
}
"""Configurations by name, as ``symgen train --size`` takes them."""


@dataclass(frozen=True)
class Model:
    """A trained network as plain data; `info` is what else its card says: name, corpus, licence, metrics."""

    config: NetConfig
    vocabulary: Vocabulary
    weights: Weights = field(repr=False)
    info: Mapping[str, Any] = field(default_factory=dict)


def save_model_files(
    model: Model, folder: PathLike, *, half: bool = False, keep_old: bool = False
) -> dict[str, str]:
    """Write a model; arguments and result are those of `save_network`."""
    card = {
        "config": model.config.to_json(),
        "vocabulary": model.vocabulary.to_json(),
        "vocabulary_hash": model.vocabulary.hash,
        **model.info,
    }
    return save_network(LANGUAGE_MODEL, folder, model.weights, card, half=half, keep_old=keep_old)


def load_model_files(folder: PathLike, *, files: Mapping[str, str] | None = None) -> Model:
    """Read a model, and refuse one whose parts do not agree; `files` as for `read_network`."""
    card, weights = read_network(LANGUAGE_MODEL, folder, files=files)
    config = NetConfig.from_json(card.pop("config", None))
    data = card.pop("vocabulary", None)
    if not isinstance(data, Mapping):
        raise CheckpointError(f"{folder}: damaged (no vocabulary); copy the model again")
    vocabulary = Vocabulary.from_json(data)
    # The classes of the weights mean what the vocabulary says: a network with another one would play
    # wrong notes rather than fail.
    if vocabulary.hash != card.pop("vocabulary_hash", None):
        raise CheckpointError(f"{folder}: vocabulary and hash disagree; copy the model again")
    return Model(config, vocabulary, weights, card)


def read_config(folder: PathLike) -> NetConfig:
    """Read the configuration of a model, from its card alone."""
    return NetConfig.from_json(read_card(LANGUAGE_MODEL, folder).get("config"))
