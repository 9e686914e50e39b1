"""A piece as notebooks show it: the studio's roll with a player, a picture where scripts do not run, and text.

The roll stands in a frame that holds all it needs: its modules, its style, the notes and the sound. Nothing is asked
of a server, and nothing is fetched.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from functools import cache
from html import escape
from pathlib import Path, PurePosixPath
from string import Template
from typing import Any

from symgen.music.score import Score
from symgen.pages.facts import describe_briefly
from symgen.pages.sound import page_sound
from symgen.plots.rolls import roll_svg
from symgen.studio.scores import document_of

__all__ = ["notebook_views"]

_MOST_SECONDS = 60.0
_MOST_NOTES = 20_000
_PAGE = Path(__file__).resolve().parent / "page"
_FRAME = "notebook"
# A name that is looked up in the import map, and no path: modules that stand in the page have no folder.
_MODULES = "symgen"
_IMPORT = re.compile(r'^(import\b.*?|\} from |export\b.*? from )"(\.{1,2}/[^"]+)";', re.MULTILINE)


def notebook_views(score: Score) -> dict[str, str]:
    """Return a piece as HTML with its roll and a player, and as text, by MIME type."""
    plain, text = repr(score), describe_briefly(score)
    if not score.note_count:
        return {"text/plain": plain, "text/html": f"<p>{escape(text)}</p>"}
    is_shown = score.note_count <= _MOST_NOTES
    sound = page_sound(score, most_seconds=_MOST_SECONDS)
    lines = [
        text,
        sound.notice,
        "" if is_shown else "The piano roll is left out: too many notes to show here.",
    ]
    told = "".join(f"<p>{escape(line)}</p>" for line in lines if line)
    shown = _roll_and_picture(score, sound.uri) if is_shown else _player(sound.uri)
    html = (
        f'<div class="symgen-score" style="max-width: 1000px; overflow-x: auto">{told}{shown}</div>'
    )
    return {"text/plain": plain, "text/html": html}


def _roll_and_picture(score: Score, sound: str) -> str:
    """Return the roll in a frame of its own, and the picture for where no scripts run."""
    # Without `allow-same-origin` the frame reaches nothing of the notebook around it.
    frame = (
        '<iframe sandbox="allow-scripts" title="Piano roll and player" '
        'style="width: 100%; height: 460px; border: 0" '
        f'srcdoc="{escape(_frame(score, sound))}"></iframe>'
    )
    picture = roll_svg(score)
    return f"{frame}<details><summary>The roll as a picture</summary>{picture}</details>"


def _player(sound: str) -> str:
    return f'<audio controls preload="metadata" src="{sound}"></audio>' if sound else ""


def _frame(score: Score, sound: str) -> str:
    page = Template((_PAGE / f"{_FRAME}.html").read_text(encoding="utf-8"))
    modules, start = _modules(f"{_FRAME}.js")
    times = [[bar.start, score.seconds(bar.start)] for bar in score.bars]
    times.append([score.length, score.seconds(score.length)])
    piece = {"document": document_of(score).to_json(), "times": times}
    return page.substitute(
        style=_text("tokens.css") + _text("roll/roll.css") + _text(f"{_FRAME}.css"),
        modules=modules,
        player=_player(sound),
        piece=_in_script(piece),
        start=start,
    )


def _in_script(data: Any) -> str:
    """Return JSON that ends no script element, whatever the names in it are."""
    return json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")


@cache
def _modules(first: str) -> tuple[str, str]:
    """Return an import map with a module of the page and all that it imports, and the name of that module."""
    found: dict[str, str] = {}
    waiting = [first]
    while waiting:
        name = waiting.pop()
        if _key(name) in found:
            continue
        wanted: list[str] = []
        text = _IMPORT.sub(lambda match: _renamed(match, name, wanted), _text(name))  # noqa: B023 - called at once
        found[_key(name)] = f"data:text/javascript;base64,{b64encode(text.encode()).decode()}"
        waiting += wanted
    return json.dumps({"imports": found}), _key(first)


def _renamed(match: re.Match[str], importer: str, wanted: list[str]) -> str:
    """Return an import by the name in the map, and note the file."""
    parts: list[str] = []
    for part in (PurePosixPath(importer).parent / match[2]).parts:
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    wanted.append("/".join(parts))
    return f'{match[1]}"{_key(wanted[-1])}";'


def _key(name: str) -> str:
    return f"{_MODULES}/{name}"


@cache
def _text(name: str) -> str:
    return (_PAGE / name).read_text(encoding="utf-8")
