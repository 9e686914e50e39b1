"""Style and period of a piece, from the words that a source has for it and from its composer's life."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

__all__ = ["PERIODS", "find_genre", "find_period", "find_style", "merge_rare", "period_of_year"]

_DATA = Path(__file__).parent / "data"

PERIODS = ("renaissance", "baroque", "classical", "romantic", "modern")
"""In order of time."""

_PERIOD_ENDS = (1600, 1750, 1820, 1910)
# A composer's working life begins with the 20th birthday.
_ADULT = 20
# A span of so many years, such as a whole century, tells nothing.
_VAGUE = 95

_GLUED = re.compile(
    r"(?<=[a-z])(slip jig|reel|jig|hornpipe|hpipe|polka|slide|march|waltz|strathspey|quickstep)s?\b(?!y)"
)


@cache
def _table(name: str) -> tuple[tuple[str, ...], ...]:
    """Read the rows of a table in ``data/``, its heading left out."""
    lines = (_DATA / f"{name}.tsv").read_text(encoding="utf-8").splitlines()
    return tuple(tuple(line.split("\t")) for line in lines[1:])


# -- dances ------------------------------------------------------------------------------


@cache
def _dances() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return names of dances and what they look like, the most special first."""
    return tuple(
        (name, re.compile(rf"(?<![a-z])(?:{pattern})(?![a-z])"))
        for name, pattern in _table("dances")
    )


@cache
def _any_dance() -> re.Pattern[str]:
    """Return what all texts look like that name a dance."""
    patterns = "|".join(f"(?:{pattern})" for _, pattern in _table("dances"))
    return re.compile(rf"(?<![a-z])(?:{patterns})(?![a-z])")


def find_style(rhythm: str, *names: str) -> str:
    """Normalize a rhythm field (ABC ``R:``), or else find a dance in titles and file names; may be empty."""
    for text in (rhythm, *names):
        spaced = _spaced(text)
        dances = _dances() if _any_dance().search(spaced) else ()  # most texts name none
        best = None
        # The word that ends last is the noun: a "Jig of the Reel polka" is a polka.
        for name, pattern in dances:
            found = list(pattern.finditer(spaced))
            if found and (best is None or found[-1].end() > best[0]):
                best = (found[-1].end(), name)
        if best is not None:
            return best[1]
        if text is not rhythm and (glued := re.search(_GLUED, spaced)):
            return find_style(glued[1])
    return ""


def _spaced(text: str) -> str:
    """Put spaces between words that are run together, as in ``SligoMaidReelThe``."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z0-9])|(?<=\d)(?=[A-Za-z])", " ", text)
    return parted.lower().replace("_", " ")


# -- kinds of art music ------------------------------------------------------------------


@cache
def _genres() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return names of kinds of art music and what they look like in several languages."""
    return tuple(
        (name, re.compile(rf"(?<!\w)(?:{pattern})(?!\w)")) for name, _, pattern in _table("genres")
    )


def find_genre(*texts: str) -> str:
    """Return the kind of music that the first of the texts names (the most trusted first), or nothing."""
    for text in texts:
        plain = re.sub(r"[_\d]+", " ", text.lower())
        for name, pattern in _genres():
            if pattern.search(plain):
                return name
    return ""


def merge_rare(styles: Iterable[str], *, least: int = 10, most: int = 24) -> Mapping[str, str]:
    """Say which of the works' styles to rename, so that at most `most` are left, of `least` works or more."""
    parents = {name: parent for name, parent, _ in _table("genres")}
    counts = Counter(style for style in styles if style)
    changes: dict[str, str] = {}
    for name in sorted(counts, key=lambda name: (counts[name], name)):
        count = counts[name]  # a wider kind has grown meanwhile
        if count >= least and len(counts) - len(changes) <= most:
            continue
        # A gavotte is a dance; what has no wider kind that is common enough has no style.
        parent = parents.get(name, "")
        changes[name] = parent if parent and counts[parent] + count >= least else ""
        if parent:
            counts[parent] += count
    return {name: changes.get(target, target) for name, target in changes.items()}


# -- periods -----------------------------------------------------------------------------


def period_of_year(year: float) -> str:
    """Name the period of a year: to 1600, 1750, 1820, 1910, and after."""
    return PERIODS[sum(year >= end for end in _PERIOD_ENDS)]


def find_period(date: str, *names: str) -> str:
    """Find a piece's period from its date, else from texts that name a composer (``Schubert, Franz``); may be empty."""
    # Dates are as Humdrum writes them: ``~1605-1662`` is a life, ``<1848->1848`` years of
    # activity.
    year = _year(date)
    if year is None:
        lives = (_life(name) for name in names if name)
        year = next((life for life in lives if life is not None), None)
    return "" if year is None else period_of_year(year)


def _year(date: str) -> float | None:
    """Return a year as it is, of two years of activity or of a working life the middle."""
    years = [int(year) for year in re.findall(r"(?<!\d)1\d{3}(?!\d)", date)]
    if len(years) == 1:
        return years[0]
    if len(years) != 2 or not 0 <= years[1] - years[0] < _VAGUE:
        return None
    first, last = years
    if not date.startswith("<"):
        first = min(first + _ADULT, last)
    return (first + last) / 2


def _life(text: str) -> float | None:
    """Return the middle of the working life of a composer who is named in a text."""
    plain = _plain(text)
    return next((_year(dates) for name, dates in _composers() if name in plain), None)


def _plain(text: str) -> str:
    """Return a text in lower case without accents and underscores."""
    # NFKD does not take the stroke off a Polish l.
    text = unicodedata.normalize("NFKD", text.replace("_", " ").replace("ł", "l").lower())
    return "".join(c for c in text if not unicodedata.combining(c))


@cache
def _composers() -> tuple[tuple[str, str], ...]:
    """Return plain names and years of birth and death, as encyclopedias give them."""
    return tuple((_plain(name), dates) for name, dates in _table("composers"))
