"""Refusals: what the studio answers to a request that it does not serve, always one line of JSON."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterable
from pathlib import Path

from symgen.system.errors import (
    ControlError,
    FormatError,
    MissingDependencyError,
    SymgenError,
)
from symgen.system.text import one_line

__all__ = ["BROKEN", "RefusedError", "refused", "status_of", "told_of"]

BROKEN = "the studio failed at this; what was saved is safe: load the page again"
_STATUS = ((MissingDependencyError, 501), (ControlError, 400), (FormatError, 400))


class RefusedError(SymgenError):
    """A request that is not served: an HTTP status, and one line that says what to do."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.http_status = status


def refused(text: str) -> bytes:
    """Return the body of a refusal."""
    return json.dumps({"error": one_line(text)}).encode() + b"\n"


def status_of(error: SymgenError) -> int:
    """Return the HTTP status of an error: the one it names, else that of its kind."""
    named = getattr(error, "http_status", None)
    if isinstance(named, int):
        return named
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def told_of(error: SymgenError, folders: Iterable[Path] = ()) -> str:
    """Return what is told of an error: its line, without the folders of this machine."""
    text = str(error)
    for folder in (*folders, Path(tempfile.gettempdir())):
        text = re.sub(re.escape(str(folder)) + r"(?:[/\\][\w.-]+)*[/\\]?", "", text)
    return text.lstrip(": ")
