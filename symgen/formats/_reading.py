"""From the bytes of a notation file to tunes, in the process that calls; see `symgen.formats._reader_worker`."""

from __future__ import annotations

import re

from symgen.formats.abc.reader import parse_abc_tunes
from symgen.formats.kern.reader import parse_kern
from symgen.formats.kinds import plain_text
from symgen.formats.limits import Limits
from symgen.formats.musicxml.tune_measures import parse_musicxml
from symgen.formats.tunes import Tune

__all__ = ["notation_tunes"]

_FORMS = ("written", "played")
_ABC_REPEAT = re.compile(r":\||\|:|::|[|\[]\s*\d|P:")
"""Without one of these signs a tune is played as it is written."""


def notation_tunes(data: bytes, kind: str, repeats: str, limits: Limits) -> list[tuple[str, Tune]]:
    """Read the tunes of a file, each with the form it is in: written or played."""
    if kind == ".abc":
        text = plain_text(data)
        if repeats == "both" and not _ABC_REPEAT.search(text):
            repeats = "written"
        by_form = {form: parse_abc_tunes(text, form, limits) for form in _forms(repeats)}
    elif kind == ".krn":
        by_form = {form: [parse_kern(plain_text(data), form, limits)] for form in _forms(repeats)}
    else:
        by_form = {form: [parse_musicxml(data, form, limits)] for form in _forms(repeats)}
    found: list[tuple[str, Tune]] = []
    for tunes in zip(*by_form.values(), strict=True):
        first = tunes[0]
        found.append((_forms(repeats)[0], first))
        found += [
            (form, tune)
            for form, tune in zip(_forms(repeats)[1:], tunes[1:], strict=True)
            if tune.score.note_count and tune.score.parts != first.score.parts
        ]
    return found


def _forms(repeats: str) -> tuple[str, ...]:
    return _FORMS if repeats == "both" else (repeats,)
