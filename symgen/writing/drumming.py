"""Drums alone, from Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict, overload

from symgen.drummer.pieces import DrumPiece, drum_piece
from symgen.drummer.playing import Manner
from symgen.drummer.styles import find_style
from symgen.music.meter import Meter
from symgen.music.score import Score
from symgen.system.words import check_words
from symgen.writing.request import Request, one_or_all

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["drums"]


class DrumWords(TypedDict, total=False):
    """Keywords of `drums`."""

    meter: Meter | str | None
    fills: int | None
    end: bool
    loose: bool
    temperature: float


@overload
def drums(
    style: str = "rock",
    *,
    bars: int = 8,
    tempo: float | None = None,
    count: None = None,
    seed: int | None = None,
    **keywords: Unpack[DrumWords],
) -> Score: ...
@overload
def drums(
    style: str = "rock",
    *,
    bars: int = 8,
    tempo: float | None = None,
    count: int,
    seed: int | None = None,
    **keywords: Unpack[DrumWords],
) -> list[Score]: ...
def drums(
    style: str = "rock",
    *,
    bars: int = 8,
    tempo: float | None = None,
    count: int | None = None,
    seed: int | None = None,
    **keywords: Unpack[DrumWords],
) -> Score | list[Score]:
    """Play drums alone, in a style.

    Parameters
    ----------
    style : str
        Such as ``"funk"``, ``"latin/brazilian-samba"`` or the name of a style of bands.
    bars : int
    tempo : float, optional
        Quarters a minute; that of the recording whose style is taken up if left out.
    count, seed
        As in `generate`.
    **keywords
        `meter`, such as ``"6/8"``, that of the style if left out; `fills`, a fill in every Nth bar, 0 for
        none, where the drummer likes if left out; `end`, whether the last bar is one stroke; `loose`, whether hits are
        as early or late as those of people; `temperature`, above 1 bolder, below 1 plainer.

    Returns
    -------
    Score, or list of Score if `count` is given
        One part for drums, on a grid of 480 ticks a quarter.

    Raises
    ------
    ControlError
        If there is no such style, or a value is out of range.
    """
    check_words("drums", keywords, DrumWords.__annotations__)
    meter = keywords.get("meter")
    find_style(style)
    piece = DrumPiece(style, bars, tempo, Meter.parse(meter) if isinstance(meter, str) else meter)
    manner = Manner(
        fills=keywords.get("fills"),
        closes=keywords.get("end", False),
        is_loose=keywords.get("loose", False),
        temperature=keywords.get("temperature", 1.0),
    )
    request = Request(verb="drums", count=count, seed=seed)
    return one_or_all((drum_piece(piece, seed=one, manner=manner) for one in request.seeds), count)
