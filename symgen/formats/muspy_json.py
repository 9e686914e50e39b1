"""Read the JSON files of MusPy's data sets, without MusPy."""

from __future__ import annotations

import json
import re
from typing import Any

from symgen.formats.exchange import WRONG, score_of_muspy
from symgen.formats.limits import DEFAULT_LIMITS, Limits
from symgen.music.score import Score
from symgen.system.errors import FormatError

__all__ = ["is_muspy", "read_muspy"]

_HEAD = re.compile(r'\ufeff?\s*\{\s*"metadata":\s*\{\s*"schema_version"')
_LISTS = {
    "annotations", "chords", "key_signatures", "lyrics", "notes", "pitches", "tempos", "time_signatures", "tracks",
}  # fmt: skip
"""Fields that may be left out where they are empty."""
_PLAIN = "annotation"
"""What is kept as it stands, a text or a table of numbers."""


class _Fields:
    """An object of JSON, whose fields are read as those of MusPy's classes."""

    def __init__(self, values: dict[str, Any]) -> None:
        self._values = values

    def __getattr__(self, name: str) -> Any:
        value = self._values.get(name)
        if name == _PLAIN:
            return value
        if isinstance(value, dict):
            return _Fields(value)
        if isinstance(value, list):
            return [_Fields(one) if isinstance(one, dict) else one for one in value]
        return [] if value is None and name in _LISTS else value


def is_muspy(head: str) -> bool:
    """Whether a text begins as MusPy writes its files."""
    return _HEAD.match(head) is not None


def read_muspy(data: bytes, name: str, limits: Limits = DEFAULT_LIMITS) -> Score:
    """Read a file of MusPy; `name` is what messages call it."""
    try:
        values = json.loads(data)
        tracks = values["tracks"]
        notes = sum(len(t.get("notes") or ()) + len(t.get("chords") or ()) for t in tracks)
        if notes > limits.notes or len(tracks) > limits.tracks:
            raise ValueError(f"{len(tracks)} tracks with {notes} notes are too many")
        return score_of_muspy(_Fields(values))
    except (*WRONG, FormatError, RecursionError) as error:
        raise FormatError(
            f"{name}: cannot be read as a file of MusPy ({error}); write it with MusPy again"
        ) from None
