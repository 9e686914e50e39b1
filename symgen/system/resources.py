"""Files that come with symgen: models and soundfonts; and suffixes of sound files."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from symgen.system.errors import CheckpointError, RenderError, SymgenError

__all__ = ["DEFAULT_MODEL", "FOREIGN_SOUND", "SOUND", "Kind", "data_folder"]

SOUND = (
    ".wav", ".wave", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff", ".aifc", ".caf", ".au", ".snd", ".w64",
    ".rf64", ".bw64",
)  # fmt: skip
"""Recordings that `symgen.audio.reading` reads."""

FOREIGN_SOUND = (
    ".m4a",
    ".aac",
    ".mp4",
    ".m4b",
    ".3gp",
    ".amr",
    ".wma",
    ".webm",
    ".mka",
    ".mkv",
    ".mov",
    ".ape",
    ".wv",
)
"""Recordings for which no reader comes along."""


DEFAULT_MODEL = "folk"
Kind = Literal["models", "soundfonts"]

_PACKAGE = Path(__file__).resolve().parents[1]
_ERRORS: dict[str, type[SymgenError]] = {"models": CheckpointError, "soundfonts": RenderError}


def data_folder(kind: Kind) -> Path:
    """Return the folder of the models or the soundfonts that come with symgen."""
    # An installed wheel holds them inside the package, a checkout (or an editable install of one)
    # at its top level.
    places = (_PACKAGE / "_data" / kind, _PACKAGE.parent / kind)
    for place in places:
        if place.is_dir():
            return place
    raise _ERRORS[kind](
        f"the {kind} that come with symgen are missing (looked in {places[0]} and {places[1]}); "
        "install symgen again, or name a file of your own"
    )
