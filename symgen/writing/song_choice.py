"""Whether what is asked for is a song with a band, and what writes it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from symgen.music.control_words import ControlWords
from symgen.music.controls import Controls
from symgen.nets.models import known_styles
from symgen.system.errors import ControlError
from symgen.writing.request import Request
from symgen.writing.song_styles import SONG_STYLES

if TYPE_CHECKING:
    from typing_extensions import Self

    from symgen.copies.index import CopyIndex
    from symgen.writing.loaded import Progress
    from symgen.writing.songs import SongWriter
    from symgen.writing.takes import Take

__all__ = ["NewWriter", "SongWish", "SongWords", "song_wish", "song_writer"]

_ALL = "all"


class SongWords(ControlWords, total=False):
    """Keywords of `generate`: all controls, and those of songs."""

    parts: str | Sequence[str] | None
    intro: bool


@dataclass(frozen=True)
class SongWish:
    """What is asked of a song beside its controls."""

    parts: str | Sequence[str] | None = None
    # Whether it has an introduction and an ending.
    framed: bool = True


def song_wish(request: Request) -> tuple[SongWish, Request]:
    """Take what is for songs out of a request."""
    parts, request = request.without("parts")
    intro, request = request.without("intro")
    return SongWish(parts, intro is None or bool(intro)), request


class NewWriter(Protocol):
    """What writes new pieces: a model, or what writes songs."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def parameters(self) -> int:
        """Number of weights."""

    def copy_index(self) -> CopyIndex | None:
        """Load the index of its training pieces, if there is one."""

    def reporting(self, progress: Callable[[Progress], None]) -> Self:
        """Return the same that tells how far it is."""

    def takes(
        self,
        controls: Controls | None = None,
        *,
        count: int = 1,
        seed: int | None = None,
        candidates: int = 1,
    ) -> Iterator[Take]:
        """Write pieces one by one."""


def song_writer(
    controls: Controls, song: SongWish | None = None, *, model: str | None = None
) -> SongWriter | None:
    """Return what writes songs in the style that is asked for, if that is one of songs and no model is named."""
    song = song or SongWish()
    style = "-".join((controls.style or "").lower().replace("_", " ").split())
    if style in SONG_STYLES and not model:
        # A style of melodies that a band plays too is one of melodies, unless parts are named.
        is_melody = any(style in styles for styles in known_styles().values())
        if song.parts is not None or not is_melody:
            # Who writes melodies does without bands.
            from symgen.writing.songs import SongWriter

            return SongWriter(style, _roles(song.parts), framed=song.framed)
    for name, given in (("parts", song.parts is not None), ("no-intro", not song.framed)):
        if given:
            why = "and no --model" if model else f"one of {', '.join(SONG_STYLES)}"
            raise ControlError(f"{name}: is for songs with a band; name a --style, {why}")
    return None


def _roles(parts: str | Sequence[str] | None) -> str | Iterable[str] | None:
    """Return what is asked for of the parts; nothing for all of them."""
    return None if isinstance(parts, str) and parts.strip().lower() == _ALL else parts
