"""Where parts sit in the stereo field, how loud they are and how much of the room they get, where nothing says so.

A part that has no pan of its own (controller 10) gets one. Where a single part is heard, alone or with drums, it sits
in the middle. Of several the first sits on the left, the next on the right, and each of the others on the side that has
less sound so far; on each side they are spread evenly from far out inwards. The bass sits a little off the middle,
drums less, and the hands of a keyboard that plays alone just beside it. Before a band, that is a bass, drums
and two more, the first part has the tune, and sits in the middle.

Where no part has a volume or expression of its own (controllers 7 and 11), parts are balanced by their roles
(`symgen.audio.balance`); with a font of which the levels are not known, they stay. Where none has a send of its own
(controller 91), a room is chosen (`symgen.audio.rooms`).

A file that says all this itself is played as it is. Where every part is told to sit in the middle and to have the usual
volume, a program has written down its defaults, and nobody meant them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import pi, sin

import numpy as np

from symgen.audio.balance import balanced_volumes
from symgen.audio.performance import CONTROLLER, RESET, Messages, make_messages
from symgen.audio.players import (
    EXPRESSION,
    PAN,
    SEND,
    USUAL,
    VOLUME,
    Player,
    channels_told,
    find_players,
    is_one_keyboard,
)
from symgen.audio.rooms import Room, choose_room, send_of
from symgen.audio.soundfonts import Soundfont
from symgen.music.roles import Role

__all__ = ["Mix", "Seat", "find_mix", "mixed"]

_OUTER, _INNER, _ALONE = 0.7, 0.4, 0.5
"""Pan of the parts of one side, where 1 is all the way: of the first, of the last, and of one that is alone there."""
_BASS, _DRUMS, _HANDS = 0.3, 0.1, 0.15
_FEWEST = 3
"""Parts of a band with its tune, beside bass and drums."""


@dataclass(frozen=True)
class Seat:
    """What a channel is told at first."""

    pan: float | None = None  # from -1 (left) to 1; None if it has one of its own
    volume: int | None = None  # controller 7; None if it stays
    send: int | None = None  # controller 91, how much of it goes into the room; None if it stays

    def controllers(self) -> Iterator[tuple[int, int]]:
        """Yield controllers and values."""
        if self.pan is not None:
            yield PAN, round(USUAL[PAN] + 63 * self.pan)
        if self.volume is not None:
            yield VOLUME, self.volume
        if self.send is not None:
            yield SEND, self.send


@dataclass(frozen=True)
class Mix:
    """How the players of a piece are brought together."""

    seats: dict[int, Seat]  # by channel
    room: Room | None  # None: that of the synthesizer


def mixed(messages: Messages, seats: dict[int, Seat]) -> Messages:
    """Return the messages with what seats each channel in front, and again behind each reset."""
    rows = [(channel, *told) for channel, seat in seats.items() for told in seat.controllers()]
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


def find_mix(
    messages: Messages, rate: int, font: Soundfont, roles: Sequence[Role] = (), *, pans: bool = True
) -> Mix:
    """Return the seat of each channel that is heard, and the room; without `pans` all stay in the middle.

    `rate`: frames per second; `roles` are those of the parts, if they are known.
    """
    players = find_players(messages, rate, font, roles)
    has_volumes = channels_told(messages, VOLUME) | channels_told(messages, EXPRESSION)
    is_known = font.shipped and not has_volumes
    volumes = balanced_volumes(players) if is_known else [None] * len(players)
    heard = [player.at_volume(volume) for player, volume in zip(players, volumes, strict=True)]
    places = _pans(heard, channels_told(messages, PAN)) if pans else {}
    room = None if channels_told(messages, SEND) else choose_room(players)
    seats = {
        player.channel: Seat(
            places.get(player.channel), volume, None if room is None else send_of(player, room)
        )
        for player, volume in zip(players, volumes, strict=True)
    }
    return Mix(seats, room)


def _pans(players: Sequence[Player], told: set[int]) -> dict[int, float]:
    """Return the pan of each channel that has none of its own."""
    free = [player for player in players if player.channel not in told]
    if sum(not player.is_drum for player in players) < 2:
        return {player.channel: 0.0 for player in free}
    if is_one_keyboard(players):
        return _hands(free)
    bass = next((player for player in free if player.is_bass), None)
    drums = [player for player in free if player.is_drum]
    lead = _lead(players)
    sides: dict[int, list[Player]] = {-1: [], 1: []}
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


def _hands(players: Sequence[Player]) -> dict[int, float]:
    """Seat the hands of one keyboard as who plays it hears them: the first, which is the right one, a little right."""
    places = np.linspace(_HANDS, -_HANDS, max(len(players), 2)).tolist()
    return {player.channel: place for player, place in zip(players, places, strict=False)}


def _lead(players: Sequence[Player]) -> Player | None:
    """Return who has the tune, where a band plays below it."""
    others = [player for player in players if not player.is_drum and not player.is_bass]
    has_rhythm = any(one.is_drum for one in players) and any(one.is_bass for one in players)
    is_band = has_rhythm and len(others) >= _FEWEST
    return others[0] if is_band and others[0] is players[0] else None
