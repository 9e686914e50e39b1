"""Which part of a score has the melody, what is a bass, and the outer line of a part."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import replace

from symgen.music.score import Note, Part, Score

__all__ = ["is_bass", "mean_pitch", "melody_part", "outer_line"]

_NAMED = re.compile(r"melod|lead|vocal|voice|vox|sing|sopran|gesang|cantus|solo", re.IGNORECASE)
_BESIDE = re.compile(r"back|harmon|choir|chor|pad", re.IGNORECASE)
_LINE, _MOSTLY_LINE = 0.8, 0.5
"""So many of the onsets of a line have one note; of a part that is named like a melody fewer will do."""
_HIGHEST = 84
"""What lies above this pitch on average is an ornament, if there is anything else."""
_BASS, _LOW = 48, 55
"""Below the first pitch on average a part is a bass, below the second one it is if its instrument is."""
_BASS_PROGRAMS = frozenset((*range(32, 40), 43, 58))
_BASS_NAME = re.compile(r"\b(contra|kontra|double )?bass(o|es)?\b|\btuba\b", re.IGNORECASE)


def melody_part(score: Score) -> int | None:
    """Choose the part that has the melody: a part named so, else the highest one that plays a line.

    Drums have none, nor has what plays in less than half as many bars as another part. A line is what strikes one note
    at a time, at four of five onsets.

    Returns
    -------
    int or None
        Its index; nothing if no part but drums has notes.

    Notes
    -----
    Own rule. Of 58 songs of POP909 it finds the melody in 0.74, of 160 songs for voice and piano (OpenScore Lieder) in
    0.93, with all names taken away; the highest of the parts with many notes is it in 0.03 and 0.23.
    """
    struck = {
        i: _onsets(part) for i, part in enumerate(score.parts) if part.notes and not part.is_drum
    }
    if not struck:
        return None
    starts = [bar.start for bar in score.bars]
    bars = {
        i: len({bisect_right(starts, onset) for onset in onsets}) for i, onsets in struck.items()
    }
    busy = [i for i in struck if 2 * bars[i] >= max(bars.values())]
    single = {i: sum(count == 1 for count in struck[i].values()) / len(struck[i]) for i in busy}
    named = [i for i in busy if _is_named(score.parts[i].name) and single[i] >= _MOSTLY_LINE]
    able = named or [i for i in busy if single[i] >= _LINE] or busy
    height = {i: mean_pitch(score.parts[i]) for i in able}
    able = [i for i in able if height[i] <= _HIGHEST] or able
    return max(able, key=lambda i: (height[i], -i))


def _is_named(name: str) -> bool:
    return bool(_NAMED.search(name)) and not _BESIDE.search(name)


def _onsets(part: Part) -> dict[int, int]:
    """Return how many notes begin at each onset."""
    counts: dict[int, int] = {}
    for note in part.notes:
        counts[note.onset] = counts.get(note.onset, 0) + 1
    return counts


def mean_pitch(part: Part) -> float:
    """Return the mean pitch of the time that a part sounds; it must have notes."""
    return sum(note.pitch * note.duration for note in part.notes) / sum(
        note.duration for note in part.notes
    )


def is_bass(part: Part) -> bool:
    """Whether a part with notes is a bass: by how low it lies, where that leaves a doubt by its instrument or name."""
    height = mean_pitch(part)
    named = part.program in _BASS_PROGRAMS or bool(_BASS_NAME.search(part.name))
    return height < _BASS or (height < _LOW and named)


def outer_line(notes: Iterable[Note], *, lowest: bool = False, slack: int = 0) -> tuple[Note, ...]:
    """Keep one note of each onset, the highest or the lowest, and end it where the next one begins.

    Parameters
    ----------
    notes : iterable of Note
    lowest : bool
    slack : int
        Notes that begin at most so many ticks later are of the same onset.
    """
    sign = 1 if lowest else -1
    line: list[Note] = []
    first = 0
    for note in sorted(notes, key=lambda note: (note.onset, sign * note.pitch)):
        if not line or note.onset > first + slack:
            line.append(note)
            first = note.onset
        elif sign * note.pitch < sign * line[-1].pitch:
            line[-1] = note
    ends = [note.onset for note in line[1:]] + [note.end for note in line[-1:]]
    return tuple(
        replace(note, duration=min(note.duration, end - note.onset))
        for note, end in zip(line, ends, strict=True)
    )
