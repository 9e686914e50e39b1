"""Whether locked notes stay: random jobs in a studio, each with random notes locked, and the exported file of a take.

    python -m lab studio-locks [--count 200] [--seed 1]

Of a piece of one to four parts some notes are locked at random. A random verb is asked with random bars, parts and
controls; one of its takes is accepted, and the piece exported as MIDI, which is read with mido. Every locked note must
be in it, as it was: channel, onset, length, pitch and velocity. Prints how many jobs gave takes, and in how many all
locked notes were equal; those that were refused or left out are counted too.
"""

from __future__ import annotations

import io
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mido

import symgen
from lab.benchmarks.common import print_table
from lab.commands import command_parser
from lab.studio.running import running_studio
from symgen.studio.client import Client, StudioError

PIECES: tuple[dict[str, Any], ...] = (
    {"style": "reel", "key": "G"},
    {"style": "waltz", "key": "Am"},
    {"instruments": "violin,viola,cello", "key": "D"},
    {"instruments": "violin,violin,viola,cello", "key": "F"},
    {"instruments": "piano", "key": "C"},
)
BARS = 12
Note = tuple[int, int, int, int, int]
"""Part, onset, duration, pitch and velocity."""


@dataclass(frozen=True)
class Tried:
    """What became of one job."""

    verb: str
    locked: int
    end: str
    """``"equal"``, ``"lost"``, or why there was no take."""


def notes_of(data: bytes) -> Counter[Note]:
    """Return the notes of a MIDI file as mido reads it, the part being the number of the track."""
    found: Counter[Note] = Counter()
    for number, track in enumerate(mido.MidiFile(file=io.BytesIO(data)).tracks):
        tick, open_notes = 0, dict[tuple[int, int], list[tuple[int, int]]]()
        for message in track:
            tick += message.time
            if message.type == "note_on" and message.velocity:
                key = (message.channel, message.note)
                open_notes.setdefault(key, []).append((tick, message.velocity))
            elif message.type in ("note_on", "note_off"):
                begun = open_notes.get((message.channel, message.note))
                if begun:
                    onset, velocity = begun.pop(0)
                    found[number, onset, tick - onset, message.note, velocity] += 1
    return found


def lock_some(client: Client, document: dict[str, Any], chance: random.Random) -> set[str]:
    """Lock some notes of a piece, few or many."""
    names = [note[0] for part in document["parts"] for note in part["notes"]]
    chosen = chance.sample(names, max(1, int(len(names) * chance.choice((0.02, 0.1, 0.4)))))
    client.change(
        document["id"],
        [{"op": "lock", "ids": chosen, "locked": True}],
        base=document["revision"],
    )
    return set(chosen)


def asked(document: dict[str, Any], chance: random.Random) -> tuple[str, dict[str, Any]]:
    """Draw what is asked for."""
    verb = chance.choice(
        ("infill",) * 5 + ("vary",) * 3 + ("continue", "harmonize", "accompany", "drums")
    )
    first = chance.randrange(1, BARS)
    how: dict[str, Any] = {"count": 2, "seed": chance.randrange(2**31)}
    if verb in ("infill", "drums") or (verb == "vary" and chance.random() < 0.5):
        how["bars"] = (first, min(BARS, first + chance.randrange(6)))
    if verb in ("infill", "vary") and chance.random() < 0.5:
        parts = [part["id"] for part in document["parts"]]
        how["parts"] = chance.sample(parts, chance.randrange(1, len(parts) + 1))
    if verb in ("infill", "vary") and chance.random() < 0.4:
        how |= chance.choice(({"temperature": 1.3}, {"grid": "1/8"}, {"range": "G3-G5"}))
    if verb == "accompany":
        how["style"] = chance.choice(("rock", "bossa", "waltz", "swing"))
    if verb == "harmonize":
        how["style"] = chance.choice(("chorale", "piano", "strings"))
    if verb == "continue":
        how["bars"] = None
    return verb, how


def try_one(client: Client, number: int, seed: int) -> Tried:
    """Lock, ask, accept, export, and look."""
    chance = random.Random(f"{seed} {number}")  # noqa: S311 - no secrets
    piece = symgen.generate(bars=BARS, seed=seed + number, **chance.choice(PIECES))
    with tempfile.TemporaryDirectory() as folder:
        piece.save(Path(folder) / "piece.mid")
        document = client.open(Path(folder) / "piece.mid")
    project = str(document["id"])
    locked = lock_some(client, document, chance)
    verb, how = asked(document, chance)
    wanted = Counter(
        (note[1], note[3], note[2], note[4])
        for part in document["parts"]
        for note in part["notes"]
        if note[0] in locked
    )
    before = notes_of(client.export(project, "mid"))
    try:
        takes = list(client.write(project, verb, **how))
        client.accept(project, chance.choice(takes).id)
    except StudioError as error:
        return Tried(verb, len(locked), str(error))
    after = notes_of(client.export(project, "mid"))
    stays = Counter(key for key in _of_locked(before, document, locked).elements())
    is_there = not stays - after and wanted.total() == stays.total()
    still = set(client.document(project)["locked"])
    return Tried(verb, len(locked), "equal" if is_there and locked <= still else "lost")


def _of_locked(before: Counter[Note], document: dict[str, Any], locked: set[str]) -> Counter[Note]:
    """Return the locked notes as the file had them, by the tracks in which their parts stand."""
    tracks = sorted({key[0] for key in before})
    filled = [part for part in document["parts"] if part["notes"]]
    found: Counter[Note] = Counter()
    for track, part in zip(tracks, filled, strict=True):
        for name, onset, pitch, duration, velocity in part["notes"]:
            key = (track, onset, duration, pitch, velocity)
            if name in locked and before[key]:
                found[key] += 1
    return found


def main(arguments: Sequence[str]) -> int:
    """Print the table; exit status 1 if a locked note was lost."""
    parser = command_parser(__name__, __doc__)
    parser.add_argument("--count", type=int, default=200, help="jobs with takes (default 200)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    tried: list[Tried] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        running_studio(folder) as (link, _),
        Client(link) as client,
    ):
        number = 0
        while sum(each.end in ("equal", "lost") for each in tried) < options.count:
            tried.append(try_one(client, number, options.seed))
            number += 1
            sign = {"equal": ".", "lost": "!"}.get(tried[-1].end, "-")
            print(sign, end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    verbs = sorted({each.verb for each in tried})
    table = [(verb, *_counts([each for each in tried if each.verb == verb])) for verb in verbs]
    print_table(
        ("verb", "jobs", "with takes", "locked notes", "all equal"),
        [*table, ("all", *_counts(tried))],
    )
    for line, count in Counter(each.end for each in tried).most_common():
        if line not in ("equal", "lost"):
            print(f"{count} without a take: {line}")
    return 1 if any(each.end == "lost" for each in tried) else 0


def _counts(tried: Sequence[Tried]) -> tuple[int, int, int, int]:
    given = [each for each in tried if each.end in ("equal", "lost")]
    locked = sum(each.locked for each in given)
    return len(tried), len(given), locked, sum(each.end == "equal" for each in given)
