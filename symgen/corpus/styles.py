"""Names of dances and other kinds of tune, as found in rhythm fields, titles and file names."""

from __future__ import annotations

import re

__all__ = ["STYLES", "find_style"]

_WORDS: tuple[tuple[str, str], ...] = (
    ("slip jig", r"(?:slip|hop)\W*jigs?"),
    ("single jig", r"single\W*jigs?"),
    ("jig", r"(?:(?:double|treble)\W*)?jigg?s?"),
    ("strathspey", r"strath?spe?ys?|highland schottische"),
    ("hornpipe", r"horn\W*pipes?|h\W?pipes?"),
    ("reel", r"(?:highland )?reels?"),
    ("polka", r"polkas?"),
    ("slide", r"slides?"),
    ("march", r"marche?s?|quick\W*steps?"),
    ("waltz", r"walt[zs]e?s?"),
    ("schottische", r"schottische?s?"),
    ("mazurka", r"mazurkas?|varsou?vianna"),
    ("clog", r"clogs?"),
    ("fling", r"(?:highland )?flings?"),
    ("barndance", r"barn\W*dances?"),
    ("set dance", r"(?:long|set)\W*dances?"),
    ("quadrille", r"quadrilles?"),
    ("minuet", r"minuets?"),
    ("air", r"airs?|songs?|laments?|planxty"),
)
STYLES: tuple[str, ...] = tuple(name for name, _ in _WORDS)
"""The normalized names, the most special first."""

_PATTERNS = tuple(
    (name, re.compile(rf"(?<![a-z])(?:{pattern})(?![a-z])")) for name, pattern in _WORDS
)


def find_style(rhythm: str, *names: str) -> str:
    """Normalize a rhythm field, or else find a dance in titles and file names.

    Parameters
    ----------
    rhythm : str
        The rhythm field (ABC ``R:``); trusted first, may be empty.
    names : str
        Titles or file names; words may be run together as in ``SligoMaidreelThe``.

    Returns
    -------
    str
        A name of `STYLES`, or empty.
    """
    for text in (rhythm, *names):
        spaced = (
            re.sub(r"(?<=[a-z])(?=[A-Z0-9])|(?<=\d)(?=[A-Za-z])", " ", text)
            .lower()
            .replace("_", " ")
        )
        best = None
        for name, pattern in _PATTERNS:
            found = list(pattern.finditer(spaced))
            if found and (best is None or found[-1].end() > best[0]):
                best = (found[-1].end(), name)
        if best is not None:
            return best[1]
        if text is not rhythm and (glued := re.search(_GLUED, spaced)):
            return find_style(glued[1])
    return ""


_GLUED = re.compile(
    r"(?<=[a-z])(slip jig|reel|jig|hornpipe|hpipe|polka|slide|march|waltz|strathspey|quickstep)s?\b(?!y)"
)
