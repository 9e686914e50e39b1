"""What a caller asks a verb for: read, checked, and given back as one piece or as several."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symgen.formats import load_tune
from symgen.formats.tunes import Music, Tune, tune_notices
from symgen.music.control_words import ControlWords, NoteWords, SettingWords
from symgen.music.controls import Controls, check_controls
from symgen.music.score import Score
from symgen.sampling.seeds import seeds
from symgen.system.errors import ControlError
from symgen.system.words import check_whole, check_words
from symgen.writing.generator import Generator

if TYPE_CHECKING:
    from symgen.music.pins import Pins
    from symgen.sampling.continuation import PromptWords
    from symgen.writing.rewritten import Chosen

__all__ = [
    "LOG",
    "ContinueWords",
    "HarmonyWords",
    "InfillWords",
    "Request",
    "RewriteWords",
    "check_old_model",
    "music_name",
    "one_or_all",
    "read_music",
    "warn_once",
]

LOG = logging.getLogger("symgen")


class ContinueWords(ControlWords, total=False):
    """Keywords of `continue_` and `stream`."""

    parts: str | Sequence[str | int] | None
    style_from: Music | Tune | None


class RewriteWords(NoteWords, total=False):
    """Keywords of `infill` and `vary`."""

    parts: str | Sequence[str | int] | None
    pins: Pins | None
    particles: int | None
    # the old way; model.infill(...) is the new one
    model: Generator | None


class InfillWords(RewriteWords, total=False):
    """Keywords of `infill`."""

    variation: float | None


class HarmonyWords(SettingWords, total=False):
    """Keywords of `harmonize`."""

    particles: int | None
    model: Generator | None


@dataclass(frozen=True, kw_only=True)
class Request:
    """How a verb is to work."""

    verb: str
    count: int | None = None
    seed: int | None = None
    part: int | None = None
    candidates: int = 1
    controls: Controls | None = None
    # Controls that were given by name, and what else the verb takes so.
    words: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_whole("candidates", self.candidates)
        for name in ("count", "seed", "part"):
            if getattr(self, name) is not None:
                check_whole(name, getattr(self, name))
        check_controls(self.verb, self.controls)

    @property
    def seeds(self) -> range:
        """One seed a piece."""
        return seeds(self.how_many, self.seed)

    @property
    def how_many(self) -> int:
        """How many pieces are drawn."""
        return 1 if self.count is None else self.count

    def asked(self, known: Iterable[str], **usual: float) -> Controls:
        """Return the controls; `usual` are defaults of the verb."""
        check_words(self.verb, self.words, known)
        if self.controls is None:
            return Controls(**{**usual, **self.words})
        for word in self.words:
            raise ControlError(
                f"{self.verb}: both controls and {word}= are given; put {word} into the Controls"
            )
        return self.controls

    def of_prompt(self) -> tuple[PromptWords, Request]:
        """Take out what says which parts of a tune go on, and return it."""
        parts, request = self.without("parts")
        example, request = request.without("style_from")
        which: PromptWords = {"part": self.part, "parts": parts}
        if example is not None:
            which["style_from"] = read_music(example)
        return which, request

    def of_rewriting(self) -> tuple[Chosen, Request]:
        """Take out what says which notes of a tune are written anew, and how widely, and return it."""
        particles, request = self.without("particles")
        if particles is not None:
            check_whole("particles", particles)
        which: Chosen = {"part": self.part, "particles": particles}
        if self.verb != "harmonize":  # it has one line, which stays
            which["parts"], request = request.without("parts")
            which["pins"], request = request.without("pins")
        return which, request

    def without(self, name: str) -> tuple[Any, Request]:
        """Take a word out, and return its value or nothing."""
        left = {word: value for word, value in self.words.items() if word != name}
        return self.words.get(name), replace(self, words=left)


def read_music(tune: Music | Tune) -> Tune:
    """Read a tune once for all that is made of it, and warn of what was not as it should be."""
    if isinstance(tune, Tune):
        return tune
    found = load_tune(tune)
    for notice in tune_notices(found, music_name(tune)):
        LOG.warning("%s", notice)
    return found


def check_old_model(model: object, verb: str) -> None:
    """Warn of the old way to name a model, and refuse what is none."""
    message = f"model=: ask the model itself, model.{verb}(...)"
    warnings.warn(message, DeprecationWarning, stacklevel=4)
    if not isinstance(model, Generator):
        raise ControlError(f"model {model!r:.40}: pass what load_model gives")


def warn_once(notices: Iterable[str], told: set[str]) -> None:
    """Log notices that were not told yet, and add them to those that were."""
    for notice in (each for each in notices if each not in told):
        LOG.warning("%s", notice)
        told.add(notice)


def music_name(tune: Music | Tune) -> str:
    """Return what messages call a tune."""
    return str(tune) if isinstance(tune, str | Path) else "the tune"


def one_or_all(scores: Iterable[Score], count: int | None) -> Score | list[Score]:
    """Return one piece if no number was asked for, else all in a list."""
    found = list(scores)
    return found[0] if count is None else found
