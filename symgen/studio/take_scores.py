"""What becomes of the piece in a take: new notes at their places, and all others as they were."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from symgen.music.score import Note, Score
from symgen.studio.write_tasks import Locked
from symgen.system.errors import ControlError

__all__ = ["followed", "lost_locked", "new_notes", "placed", "with_voices"]


def placed(score: Score, changed: Score, bars: tuple[int, int]) -> Score:
    """Return a score with the notes of another one in some bars."""
    changed = changed.with_resolution(score.resolution)
    start, end = score.bar_ticks(*bars)

    def is_inside(note: Note) -> bool:
        return start <= note.onset < end

    pairs = zip(score.parts, changed.parts, strict=True)
    return score.with_parts([
        old.with_notes([
            *(note for note in old.notes if not is_inside(note)),
            *(note for note in new.notes if is_inside(note)),
        ])
        for old, new in pairs
    ])  # fmt: skip


def followed(score: Score, longer: Score, start: int) -> Score:
    """Return a score with the new bars of a continuation from a tick on; what stands behind them stays."""
    longer = longer.with_resolution(score.resolution)
    if len(longer.parts) != len(score.parts):
        raise ControlError("continue: parts were left out; mark no part, or those that go on")
    end = longer.length

    def stays(note: Note) -> bool:
        return note.onset < start or note.onset >= end

    parts = [
        old.with_notes([
            *(note for note in old.notes if stays(note)),
            *(note for note in new.notes if note.onset >= start),
        ])
        for old, new in zip(score.parts, longer.parts, strict=True)
    ]  # fmt: skip
    if end < score.length:
        whole = score.with_parts(parts)
    else:
        whole = replace(longer, parts=tuple(parts), title=score.title, source=None)
    chords = [each for each in score.chords if each.tick < start or each.tick >= end]
    chords += [each for each in longer.chords if start <= each.tick < end]
    return replace(whole, chords=tuple(sorted(chords, key=lambda each: each.tick)))


def with_voices(score: Score, setting: Score, line: int) -> Score:
    """Return a score with the new voices of a setting of one of its lines behind its own parts."""
    setting = setting.with_resolution(score.resolution)
    voices = [part for number, part in enumerate(setting.parts) if number != line]
    return score.with_parts((*score.parts, *voices))


def new_notes(before: Score, after: Score) -> int:
    """Return how many notes there are that were not there, whoever plays them."""
    old, new = (
        Counter(
            (note.onset / score.resolution, note.pitch, note.duration / score.resolution)
            for part in score.parts
            for note in part.notes
        )
        for score in (before, after)
    )
    return (new - old).total()


def lost_locked(locked: Iterable[Locked], before: Score, after: Score) -> list[Locked]:
    """Return the locked notes of a score that another one does not have at their places."""
    there: Counter[tuple[int, ...]] = Counter(
        (number, *_times(note, before.resolution), note.pitch, note.velocity)
        for number, part in enumerate(after.parts)
        for note in part.notes
    )
    lost = []
    for each in locked:
        number, onset, duration, pitch, velocity = each
        times = onset * after.resolution, duration * after.resolution
        key = (number, *times, pitch, velocity)
        there[key] -= 1
        if there[key] < 0:
            lost.append(each)
    return lost


def _times(note: Note, resolution: int) -> tuple[int, int]:
    """Return onset and duration in ticks so small that those of two resolutions can be compared."""
    return note.onset * resolution, note.duration * resolution
