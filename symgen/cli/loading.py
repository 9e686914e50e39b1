"""Models that commands load: once for all files of a command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # commands on many files come by here, most of which need no model
    from symgen.formats.tunes import Tune
    from symgen.writing.generator import Generator
    from symgen.writing.tune_choice import Choice

__all__ = ["keeping_models", "model_for", "model_of", "model_to_rewrite"]

_KEPT: ContextVar[dict[str, Generator] | None] = ContextVar("models", default=None)


@contextmanager
def keeping_models() -> Iterator[None]:
    """Load each model once while the block runs."""
    token = _KEPT.set({})
    try:
        yield
    finally:
        _KEPT.reset(token)


def model_of(name: str) -> Generator:
    """Load a model, or take it if it was loaded for another file."""
    from symgen.writing.generator import load_model

    kept = _KEPT.get()
    if kept is None:
        return load_model(name)
    if name not in kept:
        kept[name] = load_model(name)
    return kept[name]


def model_for(
    tune: Tune, part: int | None, style: str | None, manner: Tune | None = None
) -> tuple[Generator, Choice]:
    """Load the model that suits a tune, and say why it does."""
    from symgen.writing.tune_choice import choose_by_notes

    loaded: dict[str, Generator] = {}

    def load(name: str) -> Generator:
        if name not in loaded:
            loaded[name] = model_of(name)
        return loaded[name]

    choice = choose_by_notes(tune, part, load, style, manner)
    return load(choice.name), choice


def model_to_rewrite(
    tune: Tune, part: int | None, parts: str | None, style: str | None
) -> Generator:
    """Load the model that suits notes of a tune that are written anew."""
    from symgen.writing.tune_choice import choose_to_rewrite

    return model_of(choose_to_rewrite(tune, part, parts, model_of, style).name)
