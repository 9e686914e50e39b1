"""Swing: off-beat eighths that come late. Found in a prompt, taken out for the network, put into new notes."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import replace
from statistics import fmean, pstdev

from symgen.music.meter import Bar, Meter
from symgen.music.score import Note, Score

__all__ = ["STRAIGHT", "can_swing", "find_swing", "straightened", "swung", "swung_notes"]

STRAIGHT = 0.5
# Off-beats between these places of a quarter are swung; behind them lie dotted rhythms.
_LATE, _DOTTED = 0.53, 0.72
_NEAR = 0.045
_FEWEST = 6
_NEARLY_ALL = 0.9
# Denominators of meters that are counted in quarters.
_QUARTERS = (1, 2, 4)


def find_swing(score: Score) -> float:
    """Find where in the quarter off-beat eighths stand: 0.5 where few, or not all, are late; 2/3 as in triplets."""
    places = [
        place for part in score.parts if not part.is_drum for place in _places(part.notes, score)
    ]
    late = [place for place in places if _LATE <= place < _DOTTED]
    straight = sum(abs(place - STRAIGHT) < _LATE - STRAIGHT for place in places)
    triplets = sum(abs(place - 1 / 3) < _NEAR for place in places)
    if len(late) < _FEWEST or pstdev(late) > _NEAR:
        return STRAIGHT
    return fmean(late) if len(late) >= _NEARLY_ALL * (len(late) + straight + triplets) else STRAIGHT


def _places(notes: Iterable[Note], score: Score) -> list[float]:
    """Place in their quarter of the notes in bars that are counted in quarters, 0..1."""
    bars, found, at = score.bars, [], 0
    for note in sorted(notes):
        while at < len(bars) - 1 and note.onset >= bars[at].end:
            at += 1
        if bars and can_swing(bars[at].meter):
            found.append((note.onset - _origin(bars[at])) % score.resolution / score.resolution)
    return found


def can_swing(meter: Meter) -> bool:
    """Tell whether a meter is counted in quarters or longer notes, whose halves can come late."""
    return meter.denominator in _QUARTERS


def _origin(bar: Bar) -> int:
    """Return a tick that lies on a quarter of a bar; a pickup is counted from its end."""
    return bar.start if bar.number else bar.end


def straightened(score: Score, swing: float) -> Score:
    """Return a piece with its off-beats where they would stand without the swing."""
    return _warped(score, swing, STRAIGHT)


def swung(score: Score, swing: float) -> Score:
    """Return a straight piece with swing."""
    return _warped(score, STRAIGHT, swing)


def _warped(score: Score, here: float, there: float) -> Score:
    if here == there:
        return score
    bars, resolution = score.bars, score.resolution
    return score.with_parts(
        [part.with_notes(_moved(part.notes, bars, resolution, here, there)) for part in score.parts]
    )


def swung_notes(notes: Iterable[Note], score: Score, swing: float) -> list[Note]:
    """Return straight notes with swing, in the bars of a score."""
    return (
        _moved(notes, score.bars, score.resolution, STRAIGHT, swing)
        if swing != STRAIGHT
        else list(notes)
    )


def _moved(
    notes: Iterable[Note], bars: Sequence[Bar], resolution: int, here: float, there: float
) -> list[Note]:
    starts = [bar.start for bar in bars]

    def move(tick: int) -> int:
        bar = bars[max(0, bisect_right(starts, tick) - 1)]
        if not can_swing(bar.meter) or tick >= bars[-1].end:
            return tick
        quarter, place = divmod(tick - _origin(bar), resolution)
        share = place / resolution
        moved = (
            share / here * there
            if share < here
            else there + (share - here) / (1 - here) * (1 - there)
        )
        return max(bar.start, _origin(bar) + quarter * resolution + round(moved * resolution))

    found = []
    for note in notes:
        onset = move(note.onset)
        found.append(replace(note, onset=onset, duration=max(1, move(note.end) - onset)))
    return found
