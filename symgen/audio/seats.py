"""Where parts sit in the stereo field, and how loud they are, where nothing says so.

A part that has no pan of its own (controller 10) gets one. Where a single part is heard, alone or with drums, it sits
in the middle. Of several the first sits on the left, the next on the right, and each of the others on the side that has
less sound so far; on each side they are spread evenly from far out inwards. The bass sits a little off the middle,
drums less. Before a band, that is a bass, drums and two more, the first part has the tune, and sits in the middle.

Where no part has a volume or expression of its own (controllers 7 and 11), presets of the soundfont that comes with
symgen that are much louder or softer than the piece's others are brought towards them: no part drowns. Of other fonts
the levels are not known, and stay.

A file that says all this itself is played as it is. Where every part is told to sit in the middle and to have the usual
volume, a program has written down its defaults, and nobody meant them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from math import log10, pi, sin
from statistics import median

import numpy as np
from numpy.typing import NDArray

from symgen.audio.performance import CONTROLLER, NOTE_OFF, NOTE_ON, RESET, Messages, make_messages
from symgen.audio.presets import Preset, note_presets
from symgen.audio.soundfonts import DRUM_BANK, Soundfont
from symgen.music.instruments import program_family
from symgen.system.arrays import distinct

__all__ = ["Seat", "find_seats", "seated"]

_VOLUME, _PAN, _EXPRESSION = 7, 10, 11
_MIDDLE, _FULL_VOLUME, _USUAL_VOLUME = 64, 127, 100
_USUAL = {_VOLUME: _USUAL_VOLUME, _PAN: _MIDDLE, _EXPRESSION: _FULL_VOLUME}

_OUTER, _INNER, _ALONE = 0.7, 0.4, 0.5
"""Pan of the parts of one side, where 1 is all the way: of the first, of the last, and of one that is alone there."""
_BASS, _DRUMS = 0.3, 0.1
_BASSES = frozenset((43, 58))
"""Contrabass and tuba; and the family of basses."""
_FEWEST = 3
"""Parts of a band with its tune, beside bass and drums."""

_LEVELS: dict[Preset, float] = {
    (0, 0): -34, (0, 4): -30, (0, 11): -32, (0, 16): -34, (0, 24): -32, (0, 25): -36, (0, 27): -28, (0, 32): -29,
    (0, 33): -27, (0, 40): -32, (0, 42): -32, (0, 46): -32, (0, 48): -33, (0, 52): -33, (0, 56): -30, (0, 57): -24,
    (0, 60): -29, (0, 61): -28, (0, 65): -28, (0, 71): -31, (0, 73): -31, (0, 80): -26, (0, 81): -30, (0, 88): -32,
    (128, 0): -36,
}  # fmt: skip
"""Loudness of the presets of the font that comes with symgen, of single notes, in LUFS, as measured by
``python -m lab rendering --only levels``."""
_USUAL_LEVEL = -30.0
_SPREAD = 4.0
"""Decibels that a preset may be louder or softer than the median of those of a piece."""
_HIGHEST_RAISE = 40 * log10(_FULL_VOLUME / _USUAL_VOLUME)


@dataclass(frozen=True)
class Seat:
    """What a channel is told at first."""

    pan: float | None = None  # from -1 (left) to 1; None if it has one of its own
    volume: int | None = None  # controller 7; None if it stays

    def controllers(self) -> Iterator[tuple[int, int]]:
        """Yield controllers and values."""
        if self.pan is not None:
            yield _PAN, round(_MIDDLE + 63 * self.pan)
        if self.volume is not None:
            yield _VOLUME, self.volume


def seated(messages: Messages, font: Soundfont) -> Messages:
    """Return the messages with what seats each channel in front, and again behind each reset."""
    rows = [
        (channel, *told)
        for channel, seat in find_seats(messages, font).items()
        for told in seat.controllers()
    ]
    if not rows:
        return messages
    channels, numbers, values = np.array(rows, dtype=np.int64).T
    # What only repeats the usual values would undo the seats.
    repeats = (messages["kind"] == CONTROLLER) & np.isin(
        messages["channel"].astype(np.int64) * 128 + messages["first"], channels * 128 + numbers
    )
    messages = messages[~repeats]
    pieces, start = [], 0
    for reset in (-1, *np.flatnonzero(messages["kind"] == RESET).tolist()):
        pieces.append(messages[start : reset + 1])
        frame = messages["frame"][reset] if reset >= 0 else 0
        pieces.append(
            make_messages(
                len(rows),
                frame=frame,
                kind=CONTROLLER,
                channel=channels,
                first=numbers,
                second=values,
            )
        )
        start = reset + 1
    return np.concatenate([*pieces, messages[start:]])


def find_seats(messages: Messages, font: Soundfont) -> dict[int, Seat]:
    """Return the seat of each channel that is heard."""
    players = _find_players(messages, font)
    pans = _pans(players, _told(messages, _PAN))
    mixed = _told(messages, _VOLUME) | _told(messages, _EXPRESSION)
    levels = [player.level for player in players]
    volumes = _volumes(levels) if font.shipped and not mixed else [None] * len(levels)
    return {player.channel: Seat(pans.get(player.channel), volume)
            for player, volume in zip(players, volumes, strict=True)}  # fmt: skip


@dataclass(frozen=True)
class _Player:
    """A channel that has notes, in the order of the parts."""

    channel: int
    preset: Preset
    power: float
    """Mean power times sounding time, in any unit."""
    level: float
    """Of the preset, in LUFS."""

    @property
    def is_drum(self) -> bool:
        return self.preset[0] == DRUM_BANK

    @property
    def is_bass(self) -> bool:
        program = self.preset[1]
        return not self.is_drum and (program_family(program) == "Bass" or program in _BASSES)


def _find_players(messages: Messages, font: Soundfont) -> list[_Player]:
    held = _held_frames(messages)
    velocities: dict[int, list[float]] = defaultdict(list)
    presets: dict[int, dict[Preset, int]] = defaultdict(dict)
    first: dict[int, int] = {}
    for preset, notes in note_presets(messages):
        channel = int(notes["channel"][0])
        counts = presets[channel]
        counts[preset] = counts.get(preset, 0) + len(notes)
        velocities[channel].append(float(np.sum((notes["second"] / 127.0) ** 4)))
        first[channel] = min(first.get(channel, 2**16), int(notes["part"].min()))
    players = []
    for channel in sorted(first.keys() - _muted(messages), key=lambda one: (first[one], one)):
        preset = max(presets[channel], key=lambda one: presets[channel][one])
        level = _LEVELS.get(preset, _USUAL_LEVEL) if font.shipped else _USUAL_LEVEL
        loud = sum(velocities[channel]) / sum(presets[channel].values())
        players.append(_Player(channel, preset, held[channel] * loud * 10 ** (level / 10), level))
    return players


def _held_frames(messages: Messages) -> NDArray[np.float64]:
    """Return for how many frames keys are held on each channel, all together."""
    signs = np.where(
        messages["kind"] == NOTE_ON, -1.0, np.where(messages["kind"] == NOTE_OFF, 1.0, 0.0)
    )
    held: NDArray[np.float64] = np.bincount(
        messages["channel"], signs * messages["frame"], minlength=256
    ).clip(1.0)
    return held


def _told(messages: Messages, number: int) -> set[int]:
    """Return the channels that have a controller of their own; none if all have its usual value."""
    found = messages[(messages["kind"] == CONTROLLER) & (messages["first"] == number)]
    if (found["second"] == _USUAL[number]).all():
        return set()
    return set(distinct(found["channel"]).tolist())


def _muted(messages: Messages) -> set[int]:
    """Return the channels that are told a volume or an expression of 0, and no other."""
    is_gain = (messages["kind"] == CONTROLLER) & np.isin(messages["first"], (_VOLUME, _EXPRESSION))
    muted: set[int] = set()
    for number in (_VOLUME, _EXPRESSION):
        told = messages[is_gain & (messages["first"] == number)]
        muted |= set(told["channel"].tolist()) - set(told["channel"][told["second"] > 0].tolist())
    return muted


def _pans(players: list[_Player], told: set[int]) -> dict[int, float]:
    """Return the pan of each channel that has none of its own."""
    free = [player for player in players if player.channel not in told]
    if sum(not player.is_drum for player in players) < 2:
        return {player.channel: 0.0 for player in free}
    bass = next((player for player in free if player.is_bass), None)
    drums = [player for player in free if player.is_drum]
    lead = _lead(players)
    sides: dict[int, list[_Player]] = {-1: [], 1: []}
    lean = 0.0
    for player in free:
        if player not in (bass, lead) and not player.is_drum:
            side = 1 if lean < 0 else -1
            sides[side].append(player)
            lean += side * player.power
    pans = {lead.channel: 0.0} if lead in free else {}
    for side, ones in sides.items():
        places = np.linspace(_OUTER, _INNER, len(ones)).tolist() if len(ones) > 1 else [_ALONE]
        pans |= {player.channel: side * place for player, place in zip(ones, places, strict=False)}
    lean = sum(
        player.power * sin(pans[player.channel] * pi / 2)
        for ones in sides.values()
        for player in ones
    )
    for player, place in [*([(bass, _BASS)] if bass else []), *((drum, _DRUMS) for drum in drums)]:
        pans[player.channel] = place if lean < 0 else -place
        lean += player.power * sin(pans[player.channel] * pi / 2)
    return pans


def _lead(players: list[_Player]) -> _Player | None:
    """Return who has the tune, where a band plays below it."""
    others = [player for player in players if not player.is_drum and not player.is_bass]
    has_rhythm = any(one.is_drum for one in players) and any(one.is_bass for one in players)
    is_band = has_rhythm and len(others) >= _FEWEST
    return others[0] if is_band and others[0] is players[0] else None


def _volumes(levels: list[float]) -> list[int | None]:
    """Return the volumes that bring levels near their median; None for what stays as it is."""
    middle = median(levels) if levels else 0.0
    gains = [min(max(level, middle - _SPREAD), middle + _SPREAD) - level for level in levels]
    above = max(max(gains, default=0.0) - _HIGHEST_RAISE, 0.0)
    return [
        round(_USUAL_VOLUME * 10 ** ((gain - above) / 40)) if gain - above else None
        for gain in gains
    ]
