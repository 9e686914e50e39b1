"""What passes between reading, cleaning and packing: a piece, or why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from symgen.music.score import Score
from symgen.music.theory import Key

__all__ = ["Candidate", "Drop"]


@dataclass(frozen=True)
class Drop:
    """A piece that was left out.

    Parameters
    ----------
    reason : str
        One of a few fixed phrases, to be counted.
    detail : str
        What exactly.
    locator : str
        Source, file and tune.
    """

    reason: str
    detail: str
    locator: str


@dataclass(frozen=True)
class Candidate:
    """A piece that was read and is not yet judged.

    Parameters
    ----------
    score : Score
        The music.
    source, locator : str
        Where it came from; two forms of one tune (as written, as played) share a locator.
    title : str
        May be empty.
    key : Key or None
        As the source gives it.
    rhythm : str
        The source's word for the kind of tune, may be empty.
    form : str
        ``"written"`` or ``"played"`` (repeats expanded).
    problems : tuple of str
        What the reader had to say, such as bars of a wrong length.
    meta : mapping
        What the source says of the file.
    unclicked : bool
        Whether it was played without a click and is laid on its own pulse.
    """

    score: Score
    source: str
    locator: str
    title: str = ""
    key: Key | None = None
    rhythm: str = ""
    form: str = "written"
    problems: tuple[str, ...] = ()
    meta: Mapping[str, Any] = field(default_factory=dict)
    unclicked: bool = False

    @property
    def work(self) -> str:
        """What all forms of the tune share."""
        return f"{self.source}/{self.locator}"
