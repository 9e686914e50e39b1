"""Opening the model that a command names."""

from __future__ import annotations

from symgen.errors import CheckpointError
from symgen.generator import Generator, load_model

__all__ = ["open_model"]


def open_model(name: str) -> Generator:
    """Load a model, and refuse a name that no file can have and a folder that may not be read."""
    try:
        return load_model(name)
    except OSError as error:
        raise CheckpointError(
            f"model {name!r}: cannot be read ({error.strerror}); check the name and its permissions"
        ) from None
