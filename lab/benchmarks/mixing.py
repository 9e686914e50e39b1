"""How loud parts are beside the tune, plain and balanced, and how long the rooms sound.

    python -m lab mixing [--only roles|rooms] [PIECE ...]

Of each piece, the stems are played as written, without reverberation, and their loudness is compared with that of the
part that has the tune. Printed by role: the range that is wanted, and medians and 10th to 90th percentiles of what is
heard. Of each room, a short note of a flute is played with and without it; the difference is its reverberation.
Printed: the time in which that falls by 60 dB, from its decay between 5 and 25 dB, and its power beside the note's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import symgen
from lab.commands import command_parser
from symgen.audio.balance import RANGES
from symgen.audio.loudness import LoudnessMeter
from symgen.audio.performance import CONTROLLER, Performance, alone, make_messages, note_messages
from symgen.audio.players import SEND, playing_roles
from symgen.audio.rendering import RenderOptions, prepared
from symgen.audio.rooms import BAND, CHAMBER, CHURCH, HALL, SOLO, Room
from symgen.music.roles import Role
from symgen.music.score import Note, Part, Score

Floats = NDArray[np.float64]

RATE = 12_000
SECONDS = 40
"""Of each piece, from its start."""
FLUTE = 73
ROOMS = {"small": SOLO, "chamber": CHAMBER, "hall": HALL, "church": CHURCH, "studio": BAND}


def part_levels(score: Score, mix: str) -> dict[int, float]:
    """Return the loudness of each part that is heard, in LUFS."""
    options = RenderOptions(rate=RATE, mix=mix, reverb=False, feel=0)  # type: ignore[arg-type]
    stage, performance = prepared(score, options)
    levels = {}
    for part in performance.parts:
        meter = LoudnessMeter(RATE)
        mine = replace(performance, messages=alone(performance.messages, part))
        for block in stage.play(mine, min(SECONDS * RATE, performance.keys_up)):
            meter.add(block)
        levels[part] = meter.loudness
    return {part: level for part, level in levels.items() if np.isfinite(level)}


def in_roles(pieces: Sequence[Path]) -> None:
    """Print how loud the roles are beside the tune."""
    found: dict[str, dict[Role, list[float]]] = {
        mix: defaultdict(list) for mix in ("plain", "auto")
    }
    for path in pieces:
        score = symgen.load_score(path)
        roles = playing_roles(score)
        for mix, by_role in found.items():
            levels = part_levels(score, mix)
            tune = [level for part, level in levels.items() if roles[part] == "melody"]
            for part, level in levels.items() if tune else ():
                by_role[roles[part]].append(level - tune[0])
    print("| role | parts | range, LU | plain | balanced |\n|---|---|---|---|---|")
    for role, (low, high) in RANGES.items():
        if role != "melody" and found["auto"][role]:
            told = " | ".join(spread(by_role[role]) for by_role in found.values())
            print(f"| {role} | {len(found['auto'][role])} | {low:g} to {high:g} | {told} |")


def spread(values: Sequence[float]) -> str:
    low, middle, high = np.percentile(values, (10, 50, 90))
    return f"{middle:.1f} ({low:.1f} to {high:.1f})"


def in_rooms() -> None:
    """Print how long and how loud the rooms are."""
    note = Score((Part((Note(0, 76, 192, 100),), FLUTE),))
    dry = played(note, None)
    print(
        "| room | size, level, width | send | dies away in, s | reverberation, dB |\n|---|---|---|---|---|"
    )
    for name, room in ROOMS.items():
        wet = played(note, room) - dry
        power = np.cumsum(np.sum(wet**2, axis=1)[::-1])[::-1]
        decay = 10 * np.log10(np.maximum(power / power[0], 1e-12))
        # The first tenth of a second belongs to the note.
        decay -= decay[round(0.3 * 44100)]
        first, last = (int(np.argmax(decay < level)) for level in (-5, -25))
        level = 10 * np.log10(np.mean(wet**2) / np.mean(dry**2))
        settings = ", ".join(f"{value:g}" for value in room.settings)
        print(
            f"| {name} | {settings} | {room.send} | {3 * (last - first) / 44100:.2f} | {level:.1f} |"
        )


def played(score: Score, room: Room | None) -> Floats:
    stage, _ = prepared(score, RenderOptions(reverb=room is not None, feel=0))
    send = make_messages(1, kind=CONTROLLER, channel=0, first=SEND, second=room.send if room else 0)
    messages = np.concatenate([send, note_messages(score, 44100)])
    performance = Performance(messages, room=room.settings if room else None)
    return np.concatenate(list(stage.play(performance, 5 * 44100))).astype(np.float64)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser(__name__, __doc__)
    parser.add_argument("pieces", metavar="PIECE", type=Path, nargs="*")
    parser.add_argument("--only", choices=("roles", "rooms"))
    options = parser.parse_args(arguments)
    if options.only != "rooms" and options.pieces:
        in_roles(options.pieces)
    if options.only != "roles":
        in_rooms()
    return 0
