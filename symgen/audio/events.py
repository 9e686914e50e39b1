"""From a score to keys that go down and up at exact sample frames, and to the voices that play them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symgen.audio.soundfonts import DRUM_BANK, Soundfont, nearest_program
from symgen.instruments import program_name
from symgen.score import Part, Score

__all__ = ["GRAIN", "Voice", "assign_voices", "key_strokes", "tick_seconds"]

GRAIN = 64
"""Frames per internal buffer of FluidSynth: finer times than this cannot be heard by it."""

_MAX_CHANNELS = 256
_DRUM_CHANNEL = 9


@dataclass(frozen=True, slots=True)
class Voice:
    """A channel and the preset that it plays.

    Parameters
    ----------
    channel : int
        0..255; drums stand on 9, 25, 41, ...
    bank, program : int
        The preset in the soundfont.
    """

    channel: int
    bank: int
    program: int


def assign_voices(score: Score, font: Soundfont) -> tuple[tuple[Voice | None, ...], tuple[str, ...]]:
    """Give each part a channel and a preset that the soundfont holds.

    Parameters
    ----------
    score : Score
        The piece.
    font : Soundfont
        Where the presets come from.

    Returns
    -------
    voices : tuple of Voice or None, one a part
        None for an empty part, and for drums if the font holds no kit.
    notices : tuple of str
        One line for each programme that had to be replaced or left out.
    """
    playing = [part for part in score.parts if part.notes]
    shared = len(playing) > _MAX_CHANNELS - _MAX_CHANNELS // 16
    channels: dict[tuple[bool, int], int] = {}
    counts = {False: 0, True: 0}
    voices: list[Voice | None] = []
    notices: dict[str, None] = {}
    for index, part in enumerate(score.parts):
        if not part.notes:
            voices.append(None)
            continue
        chosen, notice = _choose_preset(part, font)
        if notice:
            notices[notice] = None
        # Beyond 240 parts those of one instrument share a channel; otherwise each part has its own.
        key = (part.is_drum, part.program if shared else index)
        if key not in channels:
            channels[key] = _nth_channel(counts[part.is_drum], drum=part.is_drum)
            counts[part.is_drum] += 1
        voices.append(None if chosen is None else Voice(channels[key], *chosen))
    return tuple(voices), tuple(notices)


def _nth_channel(count: int, *, drum: bool) -> int:
    if drum:
        return _DRUM_CHANNEL + 16 * (count % (_MAX_CHANNELS // 16))
    return count + (count + 15 - _DRUM_CHANNEL) // 15 if count >= _DRUM_CHANNEL else count


def _choose_preset(part: Part, font: Soundfont) -> tuple[tuple[int, int] | None, str]:
    """Return bank and programme for a part, and a notice if it is not what the part asks for."""
    if part.is_drum:
        if part.program in font.kits:
            return (DRUM_BANK, part.program), ""
        if not font.kits:
            return None, f"{font.path.name} holds no drum kit: the drums are left out"
        # Many files leave a stray programme on the drum channel: the standard kit is what they mean.
        return (DRUM_BANK, min(font.kits)), ""
    program = nearest_program(part.program, font.programs)
    wanted = f"{program_name(part.program)} ({part.program})"
    if program is None:
        return None, f"{font.path.name} holds no melodic programme: {wanted} is left out"
    if program == part.program:
        return (0, program), ""
    instead = f"{program_name(program)} ({program})"
    return (0, program), f"{font.path.name} holds no {wanted}: {instead} plays instead"


def tick_seconds(score: Score, ticks: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the times of many ticks in seconds, through the tempo map.

    Parameters
    ----------
    score : Score
        The piece.
    ticks : ndarray of int64, any shape
        Times in ticks.

    Returns
    -------
    ndarray of float64, same shape
        Seconds, equal to `Score.seconds` of each.
    """
    starts = np.array([change.tick for change in score.tempos], dtype=np.int64)
    tempos = np.array([change.microseconds for change in score.tempos], dtype=np.float64)
    times = np.concatenate([[0.0], np.cumsum(np.diff(starts) * tempos[:-1])])
    at = np.searchsorted(starts, ticks, side="right") - 1
    seconds: NDArray[np.float64] = (times[at] + (ticks - starts[at]) * tempos[at]) / score.resolution / 1e6
    return seconds


def key_strokes(score: Score, voices: tuple[Voice | None, ...], rate: int) -> NDArray[np.int64]:
    """Return all notes as keys that are held, without two at once on one key of one channel.

    Where notes of the same channel and pitch overlap, the later one strikes the key
    again and the key goes up when the last of them ends.

    Parameters
    ----------
    score : Score
        The piece.
    voices : tuple of Voice or None, one a part
        As `assign_voices` gives them; parts without a voice are left out.
    rate : int
        Frames per second.

    Returns
    -------
    ndarray of int64, shape (keys, 5)
        Rows ``(down, up, channel, pitch, velocity)``, sorted; times in frames, multiples of `GRAIN`.
    """
    # Changed in place, as a piece may have a million notes: onset, duration, pitch, velocity, part become a row.
    rows = score.note_array()
    rows[:, 1] += rows[:, 0]
    for column in (0, 1):
        rows[:, column] = np.rint(tick_seconds(score, rows[:, column]) * (rate / GRAIN))
    rows[:, 1] = np.maximum(rows[:, 1], rows[:, 0] + 1)
    channels = np.array([-1 if voice is None else voice.channel for voice in voices], dtype=np.int64)
    rows[:, 4] = channels[rows[:, 4]]
    rows[:, 2:] = rows[:, [4, 2, 3]]
    if -1 in channels:
        rows = rows[rows[:, 2] >= 0]
    if not len(rows):
        return rows
    rows = rows[np.lexsort((rows[:, 1], rows[:, 0], rows[:, 3], rows[:, 2]))]
    rows = _one_at_a_time(rows)
    rows[:, :2] *= GRAIN
    return rows[np.lexsort((rows[:, 3], rows[:, 2], rows[:, 1], rows[:, 0]))]


def _one_at_a_time(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Strike a key again where it is still held; rows are sorted by channel, pitch, down and up."""
    new_key = np.r_[True, (rows[1:, 2:4] != rows[:-1, 2:4]).any(axis=1)]
    new_stroke = new_key | np.r_[True, rows[1:, 0] != rows[:-1, 0]]
    # The latest end so far on each key; what a key before it reached lies below, as each key has a floor of its own.
    floors = (np.cumsum(new_key) - 1) * (int(rows[:, 1].max()) + 1)
    ends = np.maximum.accumulate(rows[:, 1] + floors) - floors
    firsts = np.flatnonzero(new_stroke)
    strokes = rows[firsts]
    strokes[:, 1] = ends[np.r_[firsts[1:], len(rows)] - 1]
    strokes[:, 4] = np.maximum.reduceat(rows[:, 4], firsts)
    again = ~new_key[firsts[1:]]
    strokes[:-1, 1][again] = np.minimum(strokes[:-1, 1], strokes[1:, 0])[again]
    return strokes
