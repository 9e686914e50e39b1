"""What a performance must keep of the score that it was made of, read from its MIDI file and nothing else.

Shares no code with what performs: bars are counted from the meters, seconds from the tempos, pedals and other events
are read from the tracks.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise, permutations

import numpy as np
from numpy.typing import NDArray

from symgen.formats.midi import read_midi, write_midi
from symgen.midi.events import CONTROLLER, META, NOTE_OFF, NOTE_ON, PRIVATE, TEMPO, MidiFile, Track
from symgen.music.score import Score
from symgen.performer.perform import written

__all__ = ["violations"]

Ints = NDArray[np.int64]
Event = tuple[int, int, int, "int | bytes"]

_SUSTAIN, _DOWN = 64, 64
# Strokes of drums closer than this share of a quarter are a flam.
_FLAM = 1 / 16
_SECONDS = 0.001
# Notes of a key of which each is compared with each; of more, each with the next one.
_FEW = 200


def violations(before: bytes, after: bytes) -> list[str]:
    """Name what a performance does not keep, as lines; none if it keeps all.

    Parameters
    ----------
    before, after : bytes
        MIDI files of the score and of the performance.
    """
    score, played = read_midi(before), read_midi(after)
    found = [*_whole(score, played), *_recovered(score, played)]
    if [part.note_count for part in score.parts] != [part.note_count for part in played.parts]:
        return [*found, "notes: their number"]
    rows, moved = _paired(score, played)
    found += _order(rows, moved)
    found += _bars(score, rows, moved)
    found += _flams(score, rows, moved)
    found += _keys_held(score, rows, moved)
    return found + list(_events(score, played))


def _whole(score: Score, played: Score) -> Iterator[str]:
    """Compare what holds for the whole piece."""
    for name in ("resolution", "meters", "keys", "length", "title"):
        if getattr(score, name) != getattr(played, name):
            yield f"whole: {name} {getattr(score, name)!r:.40} is {getattr(played, name)!r:.40}"
    off = played.seconds(played.length) - score.seconds(score.length)
    if abs(off) > _SECONDS:
        yield f"whole: {off:+.4f} seconds long"
    for one, other in zip(score.parts, played.parts, strict=False):
        if (one.program, one.is_drum, one.name) != (other.program, other.is_drum, other.name):
            yield f"part: {one!r:.40} is {other!r:.40}"


def _recovered(score: Score, played: Score) -> Iterator[str]:
    plain = written(played)
    if plain != score:
        yield "recovered: another score"
    elif write_midi(plain) != write_midi(score):
        yield "recovered: other bytes"


def _paired(score: Score, played: Score) -> tuple[Ints, Ints]:
    """Return rows ``(onset, duration, pitch, velocity, part)`` of both, one a note, part by part in order."""
    found = []
    for each in (score, played):
        notes = each.note_array()
        found.append(notes[np.argsort(notes[:, 4], kind="stable")])
    return found[0], found[1]


def _order(rows: Ints, moved: Ints) -> list[str]:
    """Compare pitches part by part, and the order of what begins at different times in all parts."""
    found = []
    if not np.array_equal(rows[:, [2, 4]], moved[:, [2, 4]]):
        bad = int(np.flatnonzero((rows[:, [2, 4]] != moved[:, [2, 4]]).any(axis=1))[0])
        found.append(f"order: pitches of part {rows[bad, 4]} from tick {rows[bad, 0]} on")
    _, group = np.unique(rows[:, 0], return_inverse=True)
    count = int(group.max()) + 1 if len(group) else 0
    first, last = np.full(count, np.iinfo(np.int64).max), np.full(count, -1)
    np.minimum.at(first, group, moved[:, 0])
    np.maximum.at(last, group, moved[:, 0])
    wrong = np.flatnonzero(last[:-1] >= first[1:])
    if len(wrong):
        found.append(f"order: {len(wrong)} onsets are not before the next one")
    return found


def _bar_starts(score: Score) -> Ints:
    """Count the bars from the meters."""
    starts: list[int] = []
    stops = [change.tick for change in score.meters[1:]] + [max(1, score.length)]
    for change, stop in zip(score.meters, stops, strict=True):
        meter = change.meter
        step = max(1, round(4 * meter.numerator * score.resolution / meter.denominator))
        starts += range(change.tick, stop, step)
    return np.array(starts or [0], dtype=np.int64)


def _bars(score: Score, rows: Ints, moved: Ints) -> list[str]:
    starts = _bar_starts(score)
    where = [np.searchsorted(starts, each[:, 0], side="right") for each in (rows, moved)]
    wrong = int(np.count_nonzero(where[0] != where[1]))
    return [f"bars: {wrong} notes in another bar"] if wrong else []


def _flams(score: Score, rows: Ints, moved: Ints) -> list[str]:
    """Compare how far strokes of one part of drums are apart that are nearly one."""
    wrong = 0
    for number, part in enumerate(score.parts):
        if not part.is_drum:
            continue
        mine, theirs = rows[rows[:, 4] == number], moved[moved[:, 4] == number]
        gaps, now = np.diff(mine[:, 0]), np.diff(theirs[:, 0])
        flam = (gaps > 0) & (gaps < _FLAM * score.resolution)
        wrong += int(np.count_nonzero(gaps[flam] != now[flam]))
    return [f"flams: {wrong} bent"] if wrong else []


def _keys_held(score: Score, rows: Ints, moved: Ints) -> list[str]:
    """Look for keys that are struck while they are held, and were not before; and for what sounds beyond the end."""
    source = score.source
    assert isinstance(source, MidiFile)
    ports = [(source.tracks[track].port, channel) for track, channel in source.places]
    keys: dict[tuple[tuple[int, int], int], list[int]] = defaultdict(list)
    for index, (_, _, pitch, _, part) in enumerate(rows.tolist()):
        keys[ports[part], pitch].append(index)
    wrong = 0
    for indices in keys.values():
        indices.sort(key=lambda index: (rows[index, 0], moved[index, 0]))
        for one, other in permutations(indices, 2) if len(indices) < _FEW else pairwise(indices):
            free = rows[one, 0] + rows[one, 1] <= rows[other, 0]
            is_held = moved[one, 0] + moved[one, 1] > moved[other, 0]
            wrong += bool(is_held and free)
    found = [f"keys: {wrong} struck while they are held"] if wrong else []
    beyond = int(np.count_nonzero(moved[:, 0] + moved[:, 1] > score.length))
    return [*found, f"keys: {beyond} held beyond the end"] if beyond else found


# -- events --------------------------------------------------------------------------------


def _events(score: Score, played: Score) -> Iterator[str]:
    """Compare what the tracks hold besides notes, tempos and pedals; and look for pedals and notes that stay down."""
    old, new = score.source, played.source
    assert isinstance(old, MidiFile)
    assert isinstance(new, MidiFile)
    if old.format != new.format or len(old.tracks) > len(new.tracks):
        yield f"events: {len(old.tracks)} tracks of format {old.format} are {len(new.tracks)} of {new.format}"
        return
    # Notes that overlap on one key stand in tracks of their own.
    if any(any(_kept(track)) for track in new.tracks[len(old.tracks) :]):
        yield "events: a new track holds more than notes"
    for number, (track, other) in enumerate(zip(old.tracks, new.tracks, strict=False)):
        before, after = Counter(_kept(track)), Counter(_kept(other))
        for name, lost in (("lost", before - after), ("new", after - before)):
            if lost:
                yield f"events: {sum(lost.values())} {name} in track {number}, such as {next(iter(lost))!r:.60}"
    if _hanging(new) > _hanging(old):
        yield "events: notes that nothing ends"
    for place, values in _pedals(new).items():
        if values[-1] >= _DOWN and _pedals(old).get(place, [0])[-1] < _DOWN:
            yield f"events: the pedal of {place} stays down"


def _kept(track: Track) -> Iterator[Event]:
    """Yield what a performance has no business with."""
    for tick, status, first, second in track.events:
        kind = status & 0xF0
        if status == META and first in (TEMPO, PRIVATE):
            continue
        if status < 0xF0 and (
            kind in (NOTE_ON, NOTE_OFF) or (kind == CONTROLLER and first == _SUSTAIN)
        ):
            continue
        yield tick, status, first, second


def _hanging(file: MidiFile) -> int:
    """Count the notes that no event ends."""
    open_notes: Counter[tuple[int, int, int]] = Counter()
    for number, track in enumerate(file.tracks):
        for _, status, first, second in track.events:
            kind, key = status & 0xF0, (number, status & 0x0F, first)
            if status >= 0xF0 or kind not in (NOTE_ON, NOTE_OFF):
                continue
            if kind == NOTE_ON and second:
                open_notes[key] += 1
            elif open_notes[key]:
                open_notes[key] -= 1
    return open_notes.total()


def _pedals(file: MidiFile) -> dict[tuple[int, int], list[int]]:
    """Return the values of the sustain pedal by track and channel."""
    found: dict[tuple[int, int], list[int]] = defaultdict(list)
    for number, track in enumerate(file.tracks):
        for _, status, first, second in track.events:
            if status & 0xF0 == CONTROLLER and first == _SUSTAIN and isinstance(second, int):
                found[number, status & 0x0F].append(second)
    return found
