"""What a request may be: its methods, its sizes, and the body that each route takes."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["JSON", "METHODS", "MOST_HEADERS", "MOST_URL", "Body", "body_of"]

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE")
MOST_URL = 2_048
"""Bytes of path and query."""
MOST_HEADERS = 16 * 2**10
"""Bytes of the head of a request; the server reads no longer ones."""
JSON = "application/json"

_RAW = "application/octet-stream"
_SOUND = ("audio/wav", "audio/x-wav", "audio/wave", _RAW)
_KB, _MB = 2**10, 2**20
_PROJECT = "/api/projects/[a-z0-9-]{1,32}"


@dataclass(frozen=True)
class Body:
    """The body that a route takes.

    Attributes
    ----------
    kinds : tuple of str
        Values of ``Content-Type`` without parameters.
    most : int
        Bytes.
    seconds : float
        In which it has to be there.
    """

    kinds: tuple[str, ...] = (JSON,)
    most: int = 64 * _KB
    seconds: float = 10.0


_NONE = Body((), 0, 5.0)
_BODIES = (
    ("POST", "/api/projects/open", Body((_RAW,), 64 * _MB, 60.0)),
    ("POST", f"{_PROJECT}/hear", Body(_SOUND, 64 * _MB, 60.0)),
    ("POST", f"{_PROJECT}/changes", Body(most=8 * _MB, seconds=30.0)),
    ("PUT", f"{_PROJECT}/view", Body(most=66 * _KB)),
)


def body_of(method: str, path: str) -> Body:
    """Return what a route takes: JSON of 64 kB unless it is listed; GET, HEAD and DELETE take nothing."""
    if method not in ("POST", "PUT"):
        return _NONE
    found = (
        body for verb, pattern, body in _BODIES if verb == method and re.fullmatch(pattern, path)
    )
    return next(found, Body())
