"""Who plays in a performance: one player for each channel that is heard, with an estimate of how loud it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import log10

import numpy as np
from numpy.typing import NDArray

from symgen.audio.performance import CONTROLLER, NOTE_OFF, NOTE_ON, Messages
from symgen.audio.presets import Preset, note_presets
from symgen.audio.soundfonts import DRUM_BANK, Soundfont
from symgen.music.instruments import program_family
from symgen.music.lines import melody_part
from symgen.music.roles import Role, roles_of
from symgen.music.score import Score
from symgen.system.arrays import distinct

__all__ = [
    "EXPRESSION",
    "PAN",
    "SEND",
    "USUAL",
    "VOLUME",
    "Player",
    "channels_told",
    "find_players",
    "is_one_keyboard",
    "playing_roles",
]

VOLUME, PAN, EXPRESSION, SEND = 7, 10, 11, 91
USUAL = {VOLUME: 100, PAN: 64, EXPRESSION: 127, SEND: 40}
"""What programs write unasked; where a file tells all its channels just that, it says nothing."""

_BASSES = frozenset((43, 58))
"""Contrabass and tuba; and the family of basses."""

_KEYBOARDS = frozenset(("Piano", "Organ"))

_LEVELS: dict[Preset, float] = {
    (0, 0): -34, (0, 4): -30, (0, 11): -32, (0, 16): -34, (0, 24): -32, (0, 25): -36, (0, 27): -28, (0, 32): -29,
    (0, 33): -27, (0, 40): -32, (0, 42): -32, (0, 46): -32, (0, 48): -33, (0, 52): -33, (0, 56): -30, (0, 57): -24,
    (0, 60): -29, (0, 61): -28, (0, 65): -28, (0, 71): -31, (0, 73): -31, (0, 80): -26, (0, 81): -30, (0, 88): -32,
    (128, 0): -36,
}  # fmt: skip
"""Loudness of the presets of the font that comes with symgen, of single notes, in LUFS, as measured by
``python -m lab rendering --only levels``."""
_USUAL_LEVEL = -30.0
_USUAL_VELOCITY = 90
"""At which the levels are measured."""
_SLOPE, _MIDDLE_PITCH = 0.12, 60
"""Decibels a semitone by which higher notes are louder: the weighting of loudness leaves out what is low."""


@dataclass(frozen=True)
class Player:
    """A channel that has notes, in the order of the parts."""

    channel: int
    preset: Preset
    power: float
    """Mean power times sounding time, in any unit."""
    level: float
    """Of the preset, in LUFS."""
    loudness: float = -30.0
    """Expected while it plays, in LUFS: from the preset, the velocities and how many notes sound at once."""
    role: Role | None = None

    def at_volume(self, volume: int | None) -> Player:
        """Return the player with a volume of its own (controller 7); None is the usual one."""
        share = 1.0 if volume is None else (volume / USUAL[VOLUME]) ** 4
        return replace(self, power=self.power * share)

    @property
    def is_drum(self) -> bool:
        """Whether it plays drums."""
        return self.preset[0] == DRUM_BANK

    @property
    def is_bass(self) -> bool:
        """Whether its instrument is a bass."""
        program = self.preset[1]
        return not self.is_drum and (program_family(program) == "Bass" or program in _BASSES)


def playing_roles(score: Score) -> tuple[Role, ...]:
    """Return the role of each part in sound: one part has the melody, though its bars may be like a riff's."""
    tune = melody_part(score)
    return tuple(
        "melody" if number == tune else role for number, role in enumerate(roles_of(score))
    )


def find_players(
    messages: Messages, rate: int, font: Soundfont, roles: Sequence[Role] = ()
) -> tuple[Player, ...]:
    """Return who is heard; `roles` are those of the parts, if they are known, and `rate` frames per second."""
    strokes = {channel: _Strokes.of(rows) for channel, rows in _by_channel(messages)}
    presets: dict[int, dict[Preset, int]] = defaultdict(dict)
    first: dict[int, int] = {}
    for preset, notes in note_presets(messages):
        channel = int(notes["channel"][0])
        counts = presets[channel]
        counts[preset] = counts.get(preset, 0) + len(notes)
        first[channel] = min(first.get(channel, 2**16), int(notes["part"].min()))
    players = []
    for channel in sorted(first.keys() - _muted(messages), key=lambda one: (first[one], one)):
        preset = max(presets[channel], key=lambda one: presets[channel][one])
        level = _LEVELS.get(preset, _USUAL_LEVEL) if font.shipped else _USUAL_LEVEL
        role = roles[first[channel]] if first[channel] < len(roles) else None
        mine, is_drum = strokes[channel], preset[0] == DRUM_BANK
        gain = (mine.as_drums(rate) if is_drum else mine).gain(is_drum=is_drum)
        power = mine.power * 10 ** (level / 10)
        players.append(Player(channel, preset, power, level, level + gain, role))
    return tuple(players)


@dataclass(frozen=True)
class _Strokes:
    """The keys of a channel, in the order in which they go down: shape (n,) each."""

    down: NDArray[np.int64]  # frames
    up: NDArray[np.int64]
    pitch: NDArray[np.int64]
    loud: NDArray[np.float64]  # power, where a velocity of 127 gives 1

    @classmethod
    def of(cls, rows: Messages) -> _Strokes:
        """Follow the keys of a channel; a key ends when it goes up or is struck again."""
        order = np.argsort(rows["first"], kind="stable")
        frame, key, kind = (
            rows[name][order].astype(np.int64) for name in ("frame", "first", "kind")
        )
        struck = np.flatnonzero((kind[:-1] == NOTE_ON) & (key[1:] == key[:-1]))
        struck = struck[np.argsort(frame[struck], kind="stable")]
        # FluidSynth's power grows with the fourth power of the velocity.
        loud = (rows["second"][order][struck] / 127.0) ** 4
        return cls(frame[struck], frame[struck + 1], key[struck], loud)

    @property
    def power(self) -> float:
        """Frames that keys are held, each times its power."""
        return max(float(self.loud @ (self.up - self.down)), 1e-9)

    def as_drums(self, rate: int) -> _Strokes:
        """Return strokes that sound as long as those that the level was measured with, however long they are held."""
        return replace(self, up=self.down + rate // 2)

    def gain(self, *, is_drum: bool) -> float:
        """Return how much louder they are while any sounds than single notes at the usual velocity, in decibels."""
        ends = np.maximum.accumulate(self.up)
        before = np.maximum(self.down, np.r_[0, ends[:-1]])
        frames = max(int(np.maximum(ends - before, 0).sum()), 1)
        slope = 0.0 if is_drum else _SLOPE
        heard = self.loud * 10 ** (slope * (self.pitch - _MIDDLE_PITCH) / 10)
        usual = (_USUAL_VELOCITY / 127) ** 4
        return 10 * log10(max(float(heard @ (self.up - self.down)), 1e-9) / usual / frames)


def is_one_keyboard(players: Sequence[Player]) -> bool:
    """Whether all that plays is one keyboard, each hand on a channel of its own."""
    presets = {player.preset for player in players}
    return len(presets) == 1 and all(
        not player.is_drum and program_family(player.preset[1]) in _KEYBOARDS for player in players
    )


def _by_channel(messages: Messages) -> Iterator[tuple[int, Messages]]:
    """Yield each channel that has keys, and what they do."""
    keys = messages[np.isin(messages["kind"], (NOTE_ON, NOTE_OFF))]
    keys = keys[np.argsort(keys["channel"], kind="stable")]
    starts = np.flatnonzero(np.diff(keys["channel"].astype(np.int64), prepend=-1))
    for rows in np.split(keys, starts[1:]) if len(keys) else ():
        yield int(rows["channel"][0]), rows


def channels_told(messages: Messages, number: int) -> set[int]:
    """Return the channels that have a controller of their own; none if all have its usual value."""
    found = messages[(messages["kind"] == CONTROLLER) & (messages["first"] == number)]
    if (found["second"] == USUAL[number]).all():
        return set()
    return set(distinct(found["channel"]).tolist())


def _muted(messages: Messages) -> set[int]:
    """Return the channels that are told a volume or an expression of 0, and no other."""
    is_gain = (messages["kind"] == CONTROLLER) & np.isin(messages["first"], (VOLUME, EXPRESSION))
    muted: set[int] = set()
    for number in (VOLUME, EXPRESSION):
        told = messages[is_gain & (messages["first"] == number)]
        muted |= set(told["channel"].tolist()) - set(told["channel"][told["second"] > 0].tolist())
    return muted
