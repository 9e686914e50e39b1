"""What one player of an instrument can play: which pitches, how many of them at once, and which together."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from symgen.music.instruments import PROGRAMS, abilities, parse_instrument

__all__ = ["CHOIR", "Player", "player_of", "voice_player"]

Mask = NDArray[np.bool_]

# Ranges are sounding pitches as books on orchestration give them (S. Adler, The Study of
# Orchestration; W. Piston, Orchestration; K. W. Kennan and D. Grantham, The Technique of
# Orchestration): the lowest and the highest that a professional plays, and those of everyday
# parts. Winds and voices have one note at a time, bows two on neighboring strings, keyboards what
# two hands of five fingers reach (a tenth each), mallets two a hand, harps four fingers a hand.
#
# What a left hand reaches on strings is a share of the length of the string, not a number of
# semitones: as stops lie closer together the higher they are, one number serves all positions. A
# violin's first and fourth finger span a fourth in first position (.22 of the string), an octave on
# two strings, and more higher up; a cello's extended hand a major third (.18), a double bass's a
# whole tone (.10), a guitar's four frets (.20).

_HIGHEST_STOP = 24
_SHARE = 1000
# Songs have their voice under the program of an oboe, as some notation programs export it.
_VOICES = re.compile(
    r"\b(voice|vocals?|singstimme|gesang|chant|canto|voce|voix|śpiew|głos|soprano?|mezzo|alto|contralto"
    r"|tenore?|baritone?|basso)\b",
    re.IGNORECASE,
)
_VOICE, _REED = parse_instrument("voice"), "Oboe"

CHOIR = {"Soprano": (60, 81), "Alto": (53, 74), "Tenor": (48, 69), "Bass": (38, 62)}
"""Lowest and highest pitch of the voices of a choir, as books on harmony give them with the tones at either end."""
_OCTAVE = 12


@dataclass(frozen=True)
class Player:
    """One player, or a section that plays as one."""

    # Lowest and highest pitch that are possible, and those that are comfortable.
    low: int = 0
    high: int = 127
    easy_low: int = 0
    easy_high: int = 127
    # Most notes at once; any number if left out.
    at_once: int | None = None
    # Of keys and mallets: hands, and how many semitones each of them reaches.
    hands: int = 0
    # Of strings: the share of their length that the left hand reaches, in thousandths.
    reach: int = 0
    # Pitches of the open strings, the lowest first.
    strings: tuple[int, ...] = ()

    @property
    def is_line(self) -> bool:
        """Whether one note sounds at a time."""
        return self.at_once == 1

    @property
    def limits_chords(self) -> bool:
        """Whether anything limits which notes sound together."""
        return self.at_once is not None

    def has(self, pitch: int) -> bool:
        """Return whether a pitch is possible."""
        return self.low <= pitch <= self.high

    def plays_together(self, pitches: Collection[int]) -> bool:
        """Return whether pitches can sound at once, wherever the range ends."""
        wanted = sorted(set(pitches))
        if self.at_once is None or len(wanted) < 2:
            return True
        if len(wanted) > self.at_once:
            return False
        if self.strings:
            return self._on_strings(wanted)
        return not self.hands or self._in_hands(wanted)

    def beside(self, sounding: Collection[int]) -> Mask:
        """Return which other pitches can sound beside some, shape (128,), wherever the range ends; to be read only."""
        return _beside(self, tuple(sorted(set(sounding))))

    def _on_strings(self, pitches: Sequence[int]) -> bool:
        """Whether there is a string for each pitch, and a hand that reaches them all; open strings need none."""
        for strings in combinations(range(len(self.strings)), len(pitches)):
            # A bow reaches neighbors only; who has a finger for each string may leave some out.
            if self.is_bowed and strings[-1] - strings[0] >= len(strings):
                continue
            stops = [
                pitch - self.strings[string] for pitch, string in zip(pitches, strings, strict=True)
            ]
            if min(stops) < 0 or max(stops) > _HIGHEST_STOP:
                continue
            places = [1 - 2 ** (-stop / 12) for stop in stops if stop]
            if not places or _SHARE * (max(places) - min(places)) <= self.reach:
                return True
        return False

    @property
    def is_bowed(self) -> bool:
        """Whether only neighboring strings sound together."""
        return self.at_once is not None and self.at_once < len(self.strings)

    def _in_hands(self, pitches: Sequence[int]) -> bool:
        """Whether hands that lie side by side hold all pitches."""
        fingers = (self.at_once or len(pitches)) // self.hands
        hands, lowest, held = 0, -_SHARE, 0
        for pitch in pitches:
            if pitch - lowest > self.reach or held == fingers:
                hands, lowest, held = hands + 1, pitch, 0
            held += 1
        return hands <= self.hands


@lru_cache(maxsize=8192)
def _beside(player: Player, sounding: tuple[int, ...]) -> Mask:
    found = np.array([player.plays_together((*sounding, pitch)) for pitch in range(128)])
    found[list(sounding)] = False
    found.setflags(write=False)
    return found


@lru_cache(maxsize=512)
def player_of(program: int, name: str = "") -> Player:
    """Return who plays a part: by its program, and a voice by its name where notation gave it a reed's program."""
    if PROGRAMS[program] == _REED and _VOICES.search(name):
        program = _VOICE
    return Player(*abilities(program))


def voice_player(voice: str, program: int) -> Player:
    """Return who has a voice of `CHOIR`: within the range of that voice, as far as the instrument goes."""
    player, (low, high) = player_of(program), CHOIR[voice]
    low, high = max(low, player.low), min(high, player.high)
    if high - low < _OCTAVE:  # a flute has hardly any of a bass
        low, high = player.low, player.high
    return replace(player, low=low, high=high, at_once=1, hands=0, strings=())
