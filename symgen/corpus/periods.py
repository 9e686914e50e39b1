"""The period of a piece: from the year that a source gives, or from the life of the composer.

The rule: a year counts as it is; of a life the middle between the 20th birthday and the death counts; of years of
activity, their middle. A span of 95 years and more, such as a whole century, tells nothing.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from symgen.corpus.composers import COMPOSERS

__all__ = ["PERIODS", "find_period", "period_of_year"]

PERIODS = ("renaissance", "baroque", "classical", "romantic", "modern")
"""In order of time."""

_ENDS = (1600, 1750, 1820, 1910)
_ADULT = 20
_VAGUE = 95


def period_of_year(year: float) -> str:
    """Name the period of a year: to 1600, 1750, 1820, 1910, and after."""
    return PERIODS[sum(year >= end for end in _ENDS)]


def find_period(date: str, *names: str) -> str:
    """Find the period of a piece.

    Parameters
    ----------
    date : str
        A year or two, with ``<``, ``>`` and ``~`` as Humdrum writes them: ``~1605-1662`` is a life, ``<1848->1848``
        years of activity. May be empty.
    names : str
        Texts that may name the composer as ``Schubert, Franz``, looked up if the date says nothing.

    Returns
    -------
    str
        A name in `PERIODS`, or empty.
    """
    year = _year(date)
    if year is None:
        year = next((life for name in names if (life := _known(name)) is not None), None)
    return "" if year is None else period_of_year(year)


def _year(date: str) -> float | None:
    years = [int(year) for year in re.findall(r"(?<!\d)1\d{3}(?!\d)", date)]
    if len(years) == 1:
        return years[0]
    if len(years) != 2 or not 0 <= years[1] - years[0] < _VAGUE:
        return None
    first, last = years
    return (first + last) / 2 if date.startswith("<") else (min(first + _ADULT, last) + last) / 2


def _known(text: str) -> float | None:
    """Middle of the working life of a composer who is named in a text."""
    plain = _plain(text)
    return next((_year(dates) for name, dates in _composers().items() if name in plain), None)


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKD", text.replace("_", " ").replace("\u0142", "l").lower())
    return "".join(c for c in text if not unicodedata.combining(c))


@cache
def _composers() -> dict[str, str]:
    return {_plain(name): dates for name, dates in COMPOSERS.items()}
