"""The sustain pedal in new bars: each has that of the bar of the prompt as which it is played."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from symgen.midi.channels import SUSTAIN, Message, channel_messages, setting_of
from symgen.midi.edits import Edits
from symgen.midi.events import CONTROLLER, MidiFile
from symgen.music.meter import Bar
from symgen.music.score import Score

__all__ = ["prompt_bars", "with_prompt_pedals"]

# Bars of a phrase, as far as the prompt has so many.
_PHRASES = (4, 2)
# From this value on the pedal is down; who presses it so often plays with it.
_DOWN, _FEWEST = 64, 2

Move = tuple[int, int]
"""Tick, and the value of the controller from there on."""


def prompt_bars(bars: Sequence[Bar], end: int, seed: int) -> list[int]:
    """Return for each bar of a piece the bar of the prompt, which ends at a tick, as which it is played."""
    # One after the other, phrase for phrase, so that each is as often heard as the others, whatever bars are taken up:
    # what was chance in one bar is none if it comes in all. When all were heard the phrases come in another order.
    old = sum(bar.start < end for bar in bars)
    full = sum(bar.number > 0 for bar in bars[:old])
    phrase = next((size for size in _PHRASES if size <= full), 1)
    count = max(1, full // phrase)
    found, order = list(range(old)), list(range(count))
    for number in range(len(bars) - old):
        turn, place = divmod(number, count * phrase)
        if turn and not place:
            order = np.random.default_rng((abs(seed), turn)).permutation(count).tolist()
        block, inside = divmod(place, phrase)
        found.append(max(0, old - count * phrase) + order[block] * phrase + inside)
    return [min(bar, max(0, old - 1)) for bar in found]


def with_prompt_pedals(
    score: Score, lines: Sequence[int], like: Sequence[int], parts: Collection[int]
) -> Score:
    """Return a continued score whose file plays the pedal in the new bars where it did in the prompt.

    Parameters
    ----------
    score : Score
        Its file goes on already, with its pedals up from the join on.
    lines : sequence of int
        Ticks of the bar lines, the end of the last bar too.
    like : sequence of int
        For each bar, the one of the prompt as which it is played; of those of the prompt, themselves.
    parts : collection of int
        The parts that go on.
    """
    source = score.source
    if not isinstance(source, MidiFile):
        return score
    old = next((bar for bar, one in enumerate(like) if one != bar), len(like))
    edits, channels = Edits(source), channel_messages(source)
    going = {
        (source.tracks[track].port, channel)
        for part, (track, channel) in enumerate(source.places)
        if part in parts and not score.parts[part].is_drum
    }
    is_changed = False
    for key in sorted(going):
        pedal = [one for one in channels.get(key, ()) if setting_of(one.event) == _SUSTAIN]
        before = [one for one in pedal if one.tick < lines[old]]
        moves = list(_moves(before, lines, like, old))
        if moves:
            is_changed = True
            events = [(tick, CONTROLLER | key[1], SUSTAIN, value) for tick, value in moves]
            edits.add(before[-1].track, behind=events)
    return replace(score, source=edits.made()) if is_changed else score


_SUSTAIN = CONTROLLER, SUSTAIN


def _moves(
    before: Sequence[Message], lines: Sequence[int], like: Sequence[int], old: int
) -> Iterator[Move]:
    """Yield the moves of the pedal in the new bars; none of a prompt that hardly has any."""
    rows = [(one.tick, one.event[3]) for one in before]
    moves = [(tick, value) for tick, value in rows if isinstance(value, int)]
    values = [0, *(value for _, value in moves)]
    if sum(one < _DOWN <= other for one, other in pairwise(values)) < _FEWEST:
        return
    now, ticks = 0, [tick for tick, _ in moves]
    for bar in range(old, len(like)):
        start, stop = lines[like[bar]], lines[like[bar] + 1]
        held = values[bisect_right(ticks, start)]
        inside = moves[bisect_right(ticks, start) : bisect_left(ticks, stop)]
        for tick, value in [(start, held), *inside]:
            at = tick - start + lines[bar]
            if value != now and at < lines[bar + 1]:
                now = value
                yield at, value
    if now:
        yield lines[-1], 0
