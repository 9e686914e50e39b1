"""A score as a reader of notes wants it: played music on simple values, two hands on two staves, few tempos."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from symgen.beats.pulse import find_pulse, score_on_pulse
from symgen.formats.abc.signs import on_grid
from symgen.music.instruments import program_name
from symgen.music.keys import infer_key
from symgen.music.lines import split_hands
from symgen.music.performed import is_written, quantized
from symgen.music.score import KeyChange, Note, Part, Score, TempoChange

__all__ = ["Layout", "lay_out", "mean_pitch"]

_RESOLUTION, _GRID = 480, 12
_EIGHTH, _TRIPLET, _SIXTEENTH = _RESOLUTION // 2, _RESOLUTION // 3, _RESOLUTION // 4
# A gap before the next note that is no rest in print: this share of the way to it.
_ARTICULATION = 0.5
# A tempo that differs by less from the last one is a player's, not a writer's.
_NEWS = 0.1
_SLOWEST = 4
_PIANOS = range(8)


@dataclass(frozen=True)
class Layout:
    """A score to engrave, and the first of each two parts that are the hands of one player."""

    score: Score
    hands: tuple[int, ...]


def lay_out(score: Score, *, finds_beat: bool = True) -> Layout:
    """Return a score in which all notes have values that are easy to read, and each part has a name.

    What was played without a click is put on its beat, or stays on the bars that it has.
    """
    score = score.with_resolution(_RESOLUTION)
    played = not is_written(score)
    tempos = score.tempos
    if played and finds_beat:
        pulse = find_pulse(score)
        if pulse is not None:
            score = score_on_pulse(score, pulse)
            tempos = (TempoChange.of_bpm(0, pulse.bpm),)
    parts: list[Part] = []
    hands: list[int] = []
    for part in score.parts:
        found = split_hands(_named(part))
        if len(found) == 2:
            hands.append(len(parts))
        elif parts and _are_hands(parts[-1], found[0]) and len(parts) - 2 not in hands:
            hands.append(len(parts) - 1)
        parts += found
    score = replace(score, parts=tuple(parts), source=None, keys=_keys(score, played))
    if played:
        score = _tidy(quantized(score, _GRID, played=True))
    score = _with_drums_closed(score)
    return Layout(on_grid(replace(score, tempos=_round(tempos, played))), tuple(hands))


def _are_hands(right: Part, left: Part) -> bool:
    """Whether two parts are the hands of one player: of one piano and name, the second one lower."""
    if (
        right.is_drum
        or left.is_drum
        or right.program not in _PIANOS
        or not (right.notes and left.notes)
    ):
        return False
    same = (right.program, right.name) == (left.program, left.name)
    return same and mean_pitch(right) > mean_pitch(left)


def mean_pitch(part: Part) -> float:
    """Return the mean pitch of a part, middle C without notes."""
    return fmean(note.pitch for note in part.notes) if part.notes else 60.0


def _named(part: Part) -> Part:
    usual = "Drums" if part.is_drum else program_name(part.program)
    return replace(part, name=part.name or usual)


def _keys(score: Score, played: bool) -> tuple[KeyChange, ...]:
    """Return the key signatures; where a file has none, or one that the notes deny, the one that they ask for."""
    has_pitches = any(part.notes and not part.is_drum for part in score.parts)
    if not has_pitches or (score.keys and not (played and len(score.keys) == 1)):
        return score.keys
    key = infer_key(score)
    if score.keys and (key.sharps - score.keys[0].sharps) % 12 == 0:
        return score.keys
    return (KeyChange(0, key.sharps, key.mode == "minor"),)


def _round(tempos: Iterable[TempoChange], played: bool) -> tuple[TempoChange, ...]:
    """Return tempos in whole numbers, of a player's those that are news."""
    found: list[TempoChange] = []
    for tempo in tempos:
        bpm = max(_SLOWEST, round(tempo.bpm))
        if played and found and abs(bpm / found[-1].bpm - 1) < _NEWS:
            continue
        found.append(TempoChange.of_bpm(tempo.tick, bpm))
    return tuple(found)


# -- how long notes are in print -----------------------------------------------------------------


def _tidy(score: Score) -> Score:
    """End notes where the next ones begin, or on simple values."""
    ends = [bar.end for bar in score.bars]
    parts = [part if part.is_drum else _tidy_part(part, ends) for part in score.parts]
    return replace(score, parts=tuple(parts), length=max((part.end for part in parts), default=0))


def _tidy_part(part: Part, ends: Sequence[int]) -> Part:
    times = sorted({note.onset for note in part.notes})
    chords: dict[int, list[Note]] = defaultdict(list)
    for note in part.notes:
        chords[note.onset].append(note)
    found: list[Note] = []
    for onset, chord in chords.items():
        closed = [_closed(note, times, ends) for note in chord]
        longest = max(closed)
        # notes of a chord that end at nearly the same time end together
        for note, end in zip(chord, closed, strict=True):
            end = longest if longest - end <= _EIGHTH else end
            found.append(replace(note, duration=end - onset))
    return part.with_notes(_apart(found))


def _closed(note: Note, times: Sequence[int], ends: Sequence[int]) -> int:
    """Return where a note ends in print."""
    following = _after(note.onset, times, note.onset + 4 * _RESOLUTION)
    line = _after(note.onset, ends, following)
    reach = min(following, line)
    way = reach - note.onset
    if note.end <= reach:
        gap = reach - note.end
        near = gap <= max(_SIXTEENTH, _ARTICULATION * way)
        return reach if near else _at_least(note, _nearest(note.end, _step_of(note)))
    if note.end - reach <= max(_SIXTEENTH, way // 4):
        return reach
    return _at_least(note, _near_onset(note.end, times))


def _near_onset(tick: int, times: Sequence[int]) -> int:
    """Return where a note ends that others begin under: as one of them begins, or on an eighth."""
    index = bisect_right(times, tick)
    around = times[max(0, index - 1) : index + 1]
    near = min(around, key=lambda at: abs(at - tick), default=tick)
    return near if abs(near - tick) <= _EIGHTH else _nearest(tick, _EIGHTH)


def _step_of(note: Note) -> int:
    """Return a sixteenth, or the eighth of a triplet for a note that begins with one."""
    return _TRIPLET if note.onset % _SIXTEENTH and not note.onset % _TRIPLET else _SIXTEENTH


def _at_least(note: Note, end: int) -> int:
    return max(end, note.onset + _step_of(note))


def _nearest(tick: int, step: int) -> int:
    return (tick + step // 2) // step * step


def _after(tick: int, times: Sequence[int], otherwise: int) -> int:
    index = bisect_right(times, tick)
    return times[index] if index < len(times) else otherwise


def _apart(notes: Iterable[Note]) -> list[Note]:
    """End notes where their key is struck again."""
    following: dict[int, int] = {}
    found = []
    for note in sorted(notes, reverse=True):
        end = min(note.end, following.get(note.pitch, note.end))
        following[note.pitch] = note.onset
        found.append(replace(note, duration=end - note.onset))
    return found


def _with_drums_closed(score: Score) -> Score:
    """Let drums last until the next one, a beat at most: in print they have no rests after each stroke."""
    ends = [bar.end for bar in score.bars]
    parts = [_drums_closed(part, ends) if part.is_drum else part for part in score.parts]
    return replace(score, parts=tuple(parts), length=max([score.length, *(p.end for p in parts)]))


def _drums_closed(part: Part, ends: Sequence[int]) -> Part:
    times = sorted({note.onset for note in part.notes})
    found = []
    for note in part.notes:
        beat = note.onset // _RESOLUTION * _RESOLUTION + _RESOLUTION
        end = min(_after(note.onset, times, beat), _after(note.onset, ends, beat), beat)
        found.append(replace(note, duration=end - note.onset))
    return part.with_notes(found)
