"""What a page says of a piece, in words."""

from __future__ import annotations

from symgen.music.instruments import instrument_name
from symgen.music.keys import infer_key
from symgen.music.score import Part, Score

__all__ = ["bar_count", "describe_briefly", "key_name", "length_of", "meter_name"]

_MOST_NAMED = 4


def bar_count(score: Score) -> int:
    """Count the bars, without a pickup."""
    return sum(bar.number > 0 for bar in score.bars)


def key_name(score: Score) -> str:
    """Name the likeliest key of the notes; nothing where only drums play."""
    has_pitches = any(part.notes and not part.is_drum for part in score.parts)
    return str(infer_key(score)) if has_pitches else ""


def meter_name(score: Score) -> str:
    """Name the meter, or the first one of several."""
    meters = [str(change.meter) for change in score.meters[1 if score.has_pickup else 0 :]]
    return meters[0] + (" and others" if len(set(meters)) > 1 else "")


def length_of(score: Score) -> str:
    """Say how long the music lasts, such as ``"1:04"``."""
    seconds = round(score.seconds(score.music_end))
    return f"{seconds // 60}:{seconds % 60:02}"


def describe_briefly(score: Score, key: str = "") -> str:
    """Say in a sentence what the piece is, for those who do not see its roll."""
    if not score.note_count:
        return "No notes."
    bars, notes, key = bar_count(score), score.note_count, key or key_name(score)
    where = f" in {key}" if key else ""
    names = list(dict.fromkeys(_name(part) for part in score.parts if part.notes))
    who = ", ".join(names[:_MOST_NAMED])
    if len(names) > _MOST_NAMED:
        who += f" and {len(names) - _MOST_NAMED} more"
    return (
        f"{_plural(bars, 'bar')} of {meter_name(score)}{where} for {who}: "
        f"{_plural(notes, 'note')}, {score.seconds(score.music_end):.0f} seconds."
    )


def _name(part: Part) -> str:
    return instrument_name(part.program, is_drum=part.is_drum).lower()


def _plural(count: int, word: str) -> str:
    return f"{count:,} {word}" + ("" if count == 1 else "s")
