"""Whether what is asked for is a song with a band, and what writes it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

from symgen.music.controls import Controls
from symgen.nets.models import known_styles
from symgen.system.errors import ControlError
from symgen.writing.song_styles import SONG_STYLES

if TYPE_CHECKING:
    from typing_extensions import Self

    from symgen.copies.index import CopyIndex
    from symgen.writing.loaded import Progress
    from symgen.writing.songs import SongWriter
    from symgen.writing.takes import Take

__all__ = ["NewWriter", "song_writer"]

_ALL = "all"


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
    controls: Controls,
    parts: str | Sequence[str] | None = None,
    *,
    framed: bool = True,
    model: str | None = None,
) -> SongWriter | None:
    """Return what writes songs in the style that is asked for, if that is one of songs and no model is named."""
    style = "-".join((controls.style or "").lower().replace("_", " ").split())
    if style in SONG_STYLES and not model:
        # A style of melodies that a band plays too is one of melodies, unless parts are named.
        is_melody = any(style in styles for styles in known_styles().values())
        if parts is not None or not is_melody:
            # Who writes melodies does without bands.
            from symgen.writing.songs import SongWriter

            return SongWriter(style, _roles(parts), framed=framed)
    for name, given in (("parts", parts is not None), ("no-intro", not framed)):
        if given:
            why = "and no --model" if model else f"one of {', '.join(SONG_STYLES)}"
            raise ControlError(f"{name}: is for songs with a band; name a --style, {why}")
    return None


def _roles(parts: str | Sequence[str] | None) -> str | Iterable[str] | None:
    """Return what is asked for of the parts; nothing for all of them."""
    return None if isinstance(parts, str) and parts.strip().lower() == _ALL else parts
