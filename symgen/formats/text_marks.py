"""What tunes in ABC and kern hold besides what a score does, counted by kinds."""

from __future__ import annotations

import re
from collections import Counter

__all__ = ["abc_marks", "kern_marks"]

_FIELD = re.compile(r"^[A-Za-z+]:|^%")
_ABC = (
    ("chord symbol", re.compile(r'"(?![\^_<>@])[^"]+"')),
    ("annotation", re.compile(r'"[\^_<>@][^"]*"')),
    ("ornament", re.compile(r"![^!\s]+!|[.~HLMOPSTuv](?=[\^_=]*[A-Ga-g\[])")),
    ("slur", re.compile(r"\((?!\d)")),
    ("repeat sign", re.compile(r"\|:|:\||::")),
)
_QUOTED = re.compile(r'"[^"]*"|![^!\s]*!|\[[A-Za-z]:[^\]]*\]')
_GRACE = re.compile(r"\{[^}]*\}")
_NOTE = re.compile(r"[A-Ga-g]")
_SYLLABLE = re.compile(r"[^\s*_|~-]+")
_KERN = (
    ("slur", re.compile(r"\(")),
    ("articulation", re.compile(r"['\"`~^]")),
    ("fermata", re.compile(r";")),
    ("ornament", re.compile(r"[tTmMwWSsO$]")),
    ("grace note", re.compile(r"[qQ]")),
)
_SPINES = {
    "**text": "lyric", "**silbe": "lyric", "**dynam": "dynamic mark", "**mxhm": "chord symbol",
    "**harm": "chord symbol",
}  # fmt: skip


def abc_marks(text: str) -> Counter[str]:
    """Count the marks of one tune of ABC."""
    found: Counter[str] = Counter()
    for line in text.splitlines():
        if line.startswith("w:"):
            found["lyric"] += len(_SYLLABLE.findall(line[2:]))
        if _FIELD.match(line):
            continue
        music = line.partition("%")[0]
        found["grace note"] += sum(len(_NOTE.findall(group)) for group in _GRACE.findall(music))
        for name, sign in _ABC:
            within = (
                music
                if name in ("chord symbol", "annotation")
                else _QUOTED.sub(_bare, _GRACE.sub("", music))
            )
            found[name] += len(sign.findall(within))
    return +found


def _bare(quoted: re.Match[str]) -> str:
    """Keep decorations only of what is quoted."""
    return quoted[0] if quoted[0].startswith("!") else ""


def kern_marks(text: str) -> Counter[str]:
    """Count the marks of a kern file."""
    found: Counter[str] = Counter()
    kinds: list[str] = []
    for line in text.splitlines():
        tokens = line.split("\t")
        if any(token.startswith("**") for token in tokens):
            kinds = tokens
        if line.startswith(("!", "*", "=")) or len(tokens) != len(kinds):
            continue
        said = [(kind, word) for kind, word in zip(kinds, tokens, strict=True) if word.strip(".")]
        found.update(_SPINES[kind] for kind, _ in said if kind in _SPINES)
        for name, sign in _KERN:
            found[name] += sum(len(sign.findall(word)) for kind, word in said if kind == "**kern")
    return +found
