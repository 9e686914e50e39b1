"""The process that reads ABC for `symgen.corpus.pool`; run as ``python -m symgen.corpus.worker``.

It says ``{"ready": true}`` when music21 is loaded, and answers each line of JSON
(``{"text": ..., "repeats": ...}``) with one of ``{"pieces": [...]}`` or ``{"error": ...}``.
"""

from __future__ import annotations

import json
import os
import re
import sys
from typing import Any

from symgen.formats.notation import Tune, parse_abc_tunes, tune_to_json

__all__ = ["read_abc", "serve"]

_REPEAT = re.compile(r":\||\|:|::|[|\[]\s*\d|P:")
"""Without one of these signs a tune is played as it is written."""


def read_abc(text: str, repeats: str) -> dict[str, Any]:
    """Read the tunes of an ABC text in the form or forms asked for.

    Parameters
    ----------
    text : str
        Usually one tune.
    repeats : str
        ``"written"``, ``"played"`` or ``"both"``: the played form only where it differs.

    Returns
    -------
    dict
        ``pieces``: one a tune and form, as `symgen.formats.notation.tune_to_json` gives them plus ``form``.
    """
    if repeats == "both" and not _REPEAT.search(text):
        repeats = "written"
    if repeats != "both":
        return {"pieces": [_plain(tune, repeats) for tune in parse_abc_tunes(text, repeats)]}
    pieces = []
    both = zip(parse_abc_tunes(text, "written"), parse_abc_tunes(text, "played"), strict=True)
    for written, played in both:
        pieces.append(_plain(written, "written"))
        if played.score.note_count and played.score.note_count != written.score.note_count:
            pieces.append(_plain(played, "played"))
    return {"pieces": pieces}


def _plain(tune: Tune, form: str) -> dict[str, Any]:
    return {**tune_to_json(tune), "form": form}


def serve() -> None:
    """Answer until the input ends; whatever libraries print goes to stderr."""
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as out:
        os.dup2(2, 1)
        import music21  # noqa: F401 - loaded before the first question, so that no time limit runs

        _say(out, {"ready": True})
        for line in sys.stdin:
            question = json.loads(line)
            try:
                reply = read_abc(question["text"], question["repeats"])
            except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
                reply = {"error": f"{type(error).__name__}: {error}"}
            _say(out, reply)


def _say(out: Any, reply: dict[str, Any]) -> None:
    out.write(json.dumps(reply) + "\n")
    out.flush()


if __name__ == "__main__":
    serve()
