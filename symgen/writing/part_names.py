"""Parts of a score, named as a user counts them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from symgen.music.lines import holds_drums_only
from symgen.music.score import Score

__all__ = ["asks_for_drums", "name_parts", "what_stays"]


def asks_for_drums(
    score: Score, part: int | None = None, parts: str | Sequence[str | int] | None = None
) -> bool:
    """Whether drums are to be worked on: the part, counted from 1, or one of the parts is drums, or all is."""
    if parts is not None:
        from symgen.music.roles import find_parts  # most who name parts do not choose among them

        return any(score.parts[i].is_drum for i in find_parts(parts, score))
    return holds_drums_only(score, part)


def what_stays(score: Score, parts: Collection[int]) -> str:
    """Say that parts stay as they are, of which there is one or more."""
    stays = "stays as it is" if len(parts) == 1 else "stay as they are"
    return f"{name_parts(score, parts)} {stays}"


def name_parts(score: Score, chosen: Collection[int]) -> str:
    """Name parts as a user counts them: ``"parts 2 (Keys) and 4 (Drums)"``; empty for none."""
    words = [
        f"{i + 1} ({score.parts[i].name})" if score.parts[i].name else f"{i + 1}"
        for i in sorted(chosen)
    ]
    if len(words) > 1:
        return f"parts {', '.join(words[:-1])} and {words[-1]}"
    return f"part {words[0]}" if words else ""
