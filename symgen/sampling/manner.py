"""The manner of another piece: bars of it, as the parts of a tune would play them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np

from symgen.formats.tunes import Tune
from symgen.music.keys import infer_key
from symgen.music.lines import mean_pitch, melody_part
from symgen.music.meter import Bar, Meter
from symgen.music.performed import written_score
from symgen.music.roles import Role, roles_of
from symgen.music.score import MeterChange, Note, Part, Score
from symgen.music.theory import Key
from symgen.sampling.swing import find_swing, straightened
from symgen.system.errors import FormatError

__all__ = ["Manner", "read_manner"]

# The network follows so many bars well, and a phrase seldom has more.
_MOST_BARS = 8
# Parts that can stand for each other where none of the same role is left.
_ALIKE: tuple[frozenset[Role], ...] = (
    frozenset({"melody", "riff"}),
    frozenset({"chords", "pad", "riff"}),
)


@dataclass(frozen=True)
class Manner:
    """Bars of another piece."""

    # With the parts of the tune, straight, from tick 0 to the last bar line.
    score: Score
    # Their first and last number in that piece.
    bars: tuple[int, int]
    # Index of the part of that piece that each part of the tune takes up; None: its own last bars.
    sources: tuple[int | None, ...]
    # Place of its off-beat eighths in their quarter.
    swing: float

    def __str__(self) -> str:
        pairs = enumerate(self.sources, 1)
        taken = [
            f"part {mine} from its part {other + 1}" for mine, other in pairs if other is not None
        ]
        return f"bars {self.bars[0]}-{self.bars[1]} of it, {', '.join(taken)}"

    def behind(self, tune: Score) -> Score:
        """Return a tune with these bars behind it."""
        end, meter = tune.length, self.score.meters[0].meter
        parts = [
            mine.with_notes([*mine.notes, *_moved(more.notes, end)])
            for mine, more in zip(tune.parts, self.score.parts, strict=True)
        ]
        meters = tuple(change for change in tune.meters if change.tick < end)
        if meters[-1].meter != meter:
            meters = (*meters, MeterChange(end, meter))
        return replace(tune, parts=tuple(parts), meters=meters, length=end + self.score.length)


def read_manner(example: Tune, tune: Score, key: Key | None, meter: Meter, grid: int) -> Manner:
    """Choose bars of a piece in the meter of a tune, and give them to its parts, in its key and near its pitches."""
    # The bars are those in which most parts play, the last of several: not an intro or an ending.
    score = example.score
    sources = _sources(tune, score)
    taken = score.with_parts([score.parts[i] for i in sources if i is not None])
    if not taken.note_count:
        raise FormatError(
            f"style-from: it has {_named(score)}, the tune {_named(tune)}; give a piece with a part of the same kind"
        )
    swing = find_swing(taken)
    resolution = tune.resolution
    fine = score.with_resolution(max(score.resolution, grid))
    written = written_score(straightened(fine, swing), grid).with_resolution(resolution)
    inside = [i for i in sources if i is not None]
    chosen = _chosen(written, meter, inside)
    cut = written.slice_ticks(chosen[0].start, chosen[-1].end)
    pitched = score.with_parts([part for part in taken.parts if not part.is_drum])
    shift = 0
    if key is not None and pitched.note_count:
        shift = _shift(example.key or infer_key(pitched), key)
    parts = []
    for part, source in zip(tune.parts, sources, strict=True):
        if source is None:
            notes = _own_again(part, tune, cut.length, meter)
        elif part.is_drum:
            notes = list(cut.parts[source].notes)
        else:
            notes = _near(cut.parts[source], shift, part)
        parts.append(part.with_notes(notes))
    shown = Score(tuple(parts), resolution, meters=(MeterChange(0, meter),), length=cut.length)
    return Manner(shown, (chosen[0].number, chosen[-1].number), sources, swing)


def _sources(tune: Score, score: Score) -> tuple[int | None, ...]:
    """Return for each part of a tune the part of another piece that does the same."""
    wanted, found = roles_of(tune), roles_of(score)
    free = [i for i, part in enumerate(score.parts) if part.notes]
    pairs: dict[int, int] = {}

    def pair(mine: int, other: int) -> None:
        pairs[mine] = other
        free.remove(other)

    lead, other_lead = melody_part(tune), melody_part(score)
    if lead is not None and other_lead in free:
        pair(lead, other_lead)
    for alike in (None, *_ALIKE):
        for mine, role in enumerate(wanted):
            suiting = [
                other
                for other in free
                if mine not in pairs
                and (found[other] == role or (alike and {role, found[other]} <= alike))
            ]
            if suiting:
                pair(mine, suiting[0])
    return tuple(map(pairs.get, range(len(tune.parts))))


def _named(score: Score) -> str:
    """Say what the parts of a piece do."""
    roles = zip(roles_of(score), score.parts, strict=True)
    return ", ".join(dict.fromkeys(role for role, part in roles if part.notes)) or "no notes"


def _chosen(score: Score, meter: Meter, parts: Sequence[int]) -> list[Bar]:
    """Return the bars of a meter in which most of some parts play."""
    bars = score.bars
    starts = np.array([bar.start for bar in bars])
    playing = np.zeros(len(bars), dtype=np.int64)
    for part in (score.parts[i] for i in parts):
        onsets = np.array([note.onset for note in part.notes], dtype=np.int64)
        struck = np.searchsorted(starts, onsets, side="right") - 1
        playing[np.unique(struck[struck >= 0])] += 1
    best: tuple[int, list[int]] = (0, [])
    for run in _runs(bars, meter):
        size = min(_MOST_BARS, len(run))
        for first in range(len(run) - size + 1):
            window = run[first : first + size]
            best = max(best, (int(playing[window].sum()), window))
    if not best[0]:
        meters = ", ".join(dict.fromkeys(str(change.meter) for change in score.meters))
        raise FormatError(
            f"style-from: it is in {meters}, the new bars in {meter}; give a piece in the same meter"
        )
    return [bars[i] for i in best[1]]


def _runs(bars: Sequence[Bar], meter: Meter) -> Iterator[list[int]]:
    """Yield full bars of a meter that stand behind each other."""
    for fits, run in groupby(
        range(len(bars)), lambda i: bars[i].number > 0 and bars[i].meter == meter
    ):
        if fits:
            yield list(run)


def _shift(old: Key, new: Key) -> int:
    """Return the semitones, -6 to 5, by which music moves to another key; major and minor share their scale."""
    steps = range(-6, 6)
    if old.minor == new.minor:
        return next(step for step in steps if (old.tonic + step) % 12 == new.tonic)
    return max(steps, key=lambda step: (len(old.transposed(step).scale & new.scale), -abs(step)))


def _near(part: Part, shift: int, tune: Part) -> list[Note]:
    """Move the notes of a part to a key and by octaves to the pitches of the part that takes them up."""
    if not part.notes:
        return []
    octaves = 12 * round((mean_pitch(tune) - mean_pitch(part) - shift) / 12)

    def inside(pitch: int) -> int:
        return pitch if 0 <= pitch < 128 else 60 + pitch % 12

    return [replace(note, pitch=inside(note.pitch + shift + octaves)) for note in part.notes]


def _own_again(part: Part, tune: Score, length: int, meter: Meter) -> list[Note]:
    """Return the last bars of a part again and again, for so long."""
    bars = [bar for bar in tune.bars if bar.number > 0 and bar.end <= tune.length][-_MOST_BARS:]
    if not bars or any(bar.meter != meter for bar in bars):
        return []
    start, end = bars[0].start, bars[-1].end
    period = end - start
    # The last one stands last, however many there are.
    offsets = range(length - period - start, -period - start, -period)
    return [
        replace(note, onset=note.onset + by, duration=min(note.duration, length - note.onset - by))
        for by in offsets
        for note in part.notes
        if start <= note.onset < end and note.onset + by >= 0
    ]


def _moved(notes: Sequence[Note], ticks: int) -> list[Note]:
    return [replace(note, onset=note.onset + ticks) for note in notes]
