"""Names of kinds of art music, as found in genre fields and titles in several languages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping

__all__ = ["GENRES", "find_genre", "merge_rare"]

_WORDS: tuple[tuple[str, str, str], ...] = (
    ("requiem", "mass", r"requiem|pro defunctis"),
    ("mass", "", r"mass|missa|mi[s\u017f]{2}a|msza|kyrie|gloria|credo|patrem|et in terra|sanctus|agnus dei"),
    ("vespers", "", r"vespers|nieszpory|vesperae|magnificat|dixit dominus|confitebor|beatus vir|laudate pueri"),
    ("motet", "", r"mott?et\w*|offertori\w*|graduale|antiphon\w*|salve regina|ave maria|litani\w+|responsori\w*"),
    ("hymn", "", r"hymns?|hymnus|pange lingua|veni creator|te deum|tantum ergo|o salutaris|psalm\w*|kol\u0119d\w*"),
    ("oratorio", "", r"oratori\w*|passions?|passio|cantatas?|kantata"),
    ("opera", "", r"operas?|aria|recitativ\w*|cavatina|ouverture?|uwertura"),
    ("quartet", "", r"quartet\w*|kwartet|quatuor"),
    ("concerto", "", r"concert(?:o|i|os|ante)"),
    ("symphony", "", r"s[yi](?:m|n)(?:ph|f)oni\w*|cassation"),
    ("sonata", "", r"sonat\w*"),
    ("variations", "", r"variation\w*|variazion\w*|wariacj\w*"),
    ("polonaise", "dance", r"polon(?:aise|ez|oise|ese)\w*|polacca"),
    ("mazurka", "dance", r"mazur\w*|mazour\w*|kujawiak\w*|oberek"),
    ("waltz", "dance", r"walt[zs]\w*|walc[ey]?|walczyk\w*|valses?|walzer"),
    ("krakowiak", "dance", r"krakowiak\w*|cracovienne"),
    ("polka", "dance", r"polkas?|polki"),
    ("minuet", "dance", r"minuets?|menuet\w*|minuett\w*"),
    ("march", "", r"march(?:es)?|marsz\w*|marche|marcia|marsch"),
    ("etude", "", r"\u00e9?etudes?|\u00e9tudes?|etiud\w*|exercis\w*"),
    ("prelude", "", r"pr(?:e|\u00e9|ae)lud\w*|preambul\w*"),
    ("nocturne", "", r"nocturnes?|nokturn\w*|notturno"),
    ("fugue", "", r"fug(?:a|ue|ues|en|e|y)|fughett\w+|ricercar\w*|canzon\w*"),
    ("rondo", "", r"rondos?|rondeau"),
    ("scherzo", "", r"scherz\w*"),
    ("ballade", "", r"ballad(?:e|es|a)"),
    ("suite", "", r"suite|partita"),
    ("fantasy", "", r"fantas\w*|fantaz\w*|fantais\w*|impromptus?|improvi[sz]\w*|capri\w*|toccat\w*"),
    ("dance", "", (
     r"(?:contra)?dances?|taniec|ta[n\u0144]ce|kontradans\w*|galop\w*|anglaise|cotillion|.cossaise\w*|gavott\w*|"
     r"tango|quadrilles?|kadryl\w*|ko\u0142om\w*|tarantell\w*|bolero|fox-?trot|saltarell\w*|galliard\w*|pavan\w*")),
    ("chorale", "", r"chorales?|choral"),
    ("song", "", r"songs?|pios(?:n|enk)\w*|pie\u015b(?:\u0144|ni)|lied(?:er)?|roman[cs]e?|dumka|sonnet|madrigal\w*"),
)  # fmt: skip
GENRES: tuple[str, ...] = tuple(name for name, _, _ in _WORDS)
"""The normalized names."""

_PARENT = {name: parent for name, parent, _ in _WORDS}
_PATTERNS = tuple((name, re.compile(rf"(?<!\w)(?:{pattern})(?!\w)")) for name, _, pattern in _WORDS)


def find_genre(*texts: str) -> str:
    """Return the kind of music that the first of the texts names.

    Parameters
    ----------
    texts : str
        Genre field, title and so on, the most trusted first. Of several kinds in one text the first of `GENRES` counts.

    Returns
    -------
    str
        A name of `GENRES`, or empty.
    """
    for text in texts:
        plain = re.sub(r"[_\d]+", " ", text.lower())
        for name, pattern in _PATTERNS:
            if pattern.search(plain):
                return name
    return ""


def merge_rare(styles: Iterable[str], *, least: int = 10, most: int = 24) -> Mapping[str, str]:
    """Say which styles to rename, so that few and common ones are left.

    Parameters
    ----------
    styles : iterable of str
        One a work.
    least : int
        A style of fewer works goes to the wider kind (a gavotte is a dance), or else becomes empty.
    most : int
        Styles left at most; the rarest go.

    Returns
    -------
    mapping of str to str
        Only the styles that change.
    """
    counts = Counter(style for style in styles if style)
    changes: dict[str, str] = {}
    for name in sorted(counts, key=lambda name: (counts[name], name)):
        count = counts[name]  # a wider kind has grown meanwhile
        if count >= least and len(counts) - len(changes) <= most:
            continue
        parent = _PARENT.get(name, "")
        changes[name] = parent if parent and counts[parent] + count >= least else ""
        if parent:
            counts[parent] += count
    return {name: changes.get(target, target) for name, target in changes.items()}
