"""A piece as notebooks show it: its piano roll, a player, and a line of text."""

from __future__ import annotations

from html import escape

from symgen.music.score import Score
from symgen.pages.facts import describe_briefly
from symgen.pages.sound import page_sound
from symgen.plots.rolls import roll_svg

__all__ = ["notebook_views"]

_MOST_SECONDS = 60.0
_MOST_NOTES = 20_000


def notebook_views(score: Score) -> dict[str, str]:
    """Return a piece as HTML with its roll and a player, and as text, by MIME type."""
    plain, text = repr(score), describe_briefly(score)
    if not score.note_count:
        return {"text/plain": plain, "text/html": f"<p>{escape(text)}</p>"}
    roll = roll_svg(score) if score.note_count <= _MOST_NOTES else ""
    sound = page_sound(score, most_seconds=_MOST_SECONDS)
    player = f'<audio controls preload="metadata" src="{sound.uri}"></audio>' if sound.uri else ""
    lines = [
        text,
        sound.notice,
        "" if roll else "The piano roll is left out: too many notes to show here.",
    ]
    told = "".join(f"<p>{escape(line)}</p>" for line in lines if line)
    html = f'<div class="symgen-score" style="max-width: 1000px; overflow-x: auto">{told}{player}{roll}</div>'
    return {"text/plain": plain, "text/html": html}
