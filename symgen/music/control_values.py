"""What the controls may be, as JSON Schema: of each value one way to write it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from symgen.music.instruments import instrument_names
from symgen.music.theory import MODES, QUALITIES

__all__ = [
    "CHORDS",
    "DENSITY",
    "FORM",
    "GRID",
    "INSTRUMENT",
    "KEY",
    "METER",
    "PITCH_RANGE",
    "Fragment",
    "instruments",
]

Fragment = Mapping[str, Any]

_TONICS = (
    "C", "C#", "Db", "D", "D#", "Eb", "E", "F", "F#", "Gb", "G", "G#", "Ab", "A", "A#", "Bb", "B",
)  # fmt: skip
_TONE = "[A-G][#b]?"
_PITCH = f"{_TONE}(?:-1|[0-9])"
_METER = "(?:[1-9][0-9]?|1[0-9][0-9]|2[0-4][0-9]|25[0-5])/(?:1|2|4|8|16|32|64|128)"
_RUN = f"[1-9][0-9]{{0,2}}x{_METER}"
_QUALITY = "|".join(sorted(map(re.escape, filter(None, QUALITIES)), key=len, reverse=True))
_CHORD = f"{_TONE}(?:{_QUALITY})?"


def _text(pattern: str) -> Fragment:
    return {"type": "string", "pattern": f"^{pattern}$"}


KEY: Fragment = {
    "anyOf": [
        {"enum": [f"{tonic} {mode}" for mode in MODES for tonic in _TONICS]},
        _text(f"{_TONE}m?"),
    ],
}
METER: Fragment = {"anyOf": [_text(_METER), _text(f"{_RUN}(?:,{_RUN})*")]}
INSTRUMENT: Fragment = {
    "anyOf": [
        {"enum": list(instrument_names())},
        {"type": "integer", "minimum": 0, "maximum": 127},
    ],
}
PITCH_RANGE = _text(f"{_PITCH}-{_PITCH}")
GRID: Fragment = {"enum": [f"1/{part}{t}" for part in (1, 2, 4, 8, 16) for t in ("", "t")]}
DENSITY = _text("[0-9]{1,3}(?:-[0-9]{1,3})?")
CHORDS = _text(f"{_CHORD}(?: {_CHORD})*")
FORM = _text("[A-Z](?:[A-Z]'?)*")


def instruments(most: int) -> Fragment:
    """Describe a list of instruments."""
    return {"type": "array", "items": INSTRUMENT, "minItems": 1, "maxItems": most}
