"""Draw pieces for several instruments, write them, and say what their players cannot do.

    python -m lab ensembles [--count 8] [--bars 16] [--seed 1] [--model NAME] [--keep FOLDER]

So many takes each of a string quartet (by its style and by its instruments), a piano trio, quintets of winds and of
brass, songs, and a trio of flute, viola and harp. The written files are read with mido, and held to ranges and open
strings that stand in this file, not to the table of the library. A double stop is impossible if both notes lie below
the next string, or more than a tenth apart without an open string. Exit status 1 if a part has no notes or is silent
for more than four bars, is out of range, or has chords that its player has not.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any, NamedTuple

import mido

import symgen
from lab.benchmarks.common import print_table
from lab.commands import command_parser

ENSEMBLES: dict[str, dict[str, Any]] = {
    "--style quartet": {"style": "quartet"},
    "string quartet": {"instruments": "violin,violin,viola,cello"},
    "piano trio": {"instruments": "violin,cello,piano"},
    "wind quintet": {"instruments": "flute,oboe,clarinet,horn,bassoon"},
    "brass quintet": {"instruments": "trumpet,trumpet,horn,trombone,tuba"},
    "--style song": {"style": "song"},
    "voice and piano": {"instruments": "voice,piano"},
    "flute, viola, harp": {"instruments": "flute,viola,harp"},
}
PHRASE = 4


class Reach(NamedTuple):
    """What a program has: lowest and highest pitch, and the open strings of a bow."""

    low: int
    high: int
    strings: tuple[int, ...] = ()


VIOLIN, VOICE, PIANO = Reach(55, 103, (55, 62, 69, 76)), Reach(36, 84), Reach(21, 108)
OBOE = 68
REACHES = {
    0: PIANO,
    40: VIOLIN,
    41: Reach(48, 91, (48, 55, 62, 69)),
    42: Reach(36, 81, (36, 43, 50, 57)),
    46: Reach(23, 104),
    52: VOICE,
    53: VOICE,
    56: Reach(54, 86),
    57: Reach(40, 77),
    58: Reach(28, 65),
    60: Reach(34, 77),
    OBOE: Reach(58, 91),
    70: Reach(34, 75),
    71: Reach(50, 94),
    73: Reach(60, 96),
}
WINDS_AND_VOICES = {52, 53, *range(56, 61), *range(64, 80)}
TENTH = 16


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser(__name__, __doc__)
    parser.add_argument("--count", type=int, default=8)
    parser.add_argument("--bars", type=int, default=16)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--model", default="chamber")
    parser.add_argument("--keep", type=Path, help="folder for the pieces")
    options = parser.parse_args(arguments)
    rows, wrong = [], 0
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        model = symgen.load_model(options.model)
        for name, asked in ENSEMBLES.items():
            controls = symgen.Controls(bars=options.bars, **asked)
            count: Counter[str] = Counter()
            for number, take in enumerate(
                model.takes(controls, count=options.count, seed=options.seed)
            ):
                path = folder / f"{name.replace(' ', '_').strip('-')}-{number:02d}.mid"
                symgen.save_score(take.score, path, overwrite=True)
                count += judge(path, options.bars)
            wrong += sum(count[each] for each in FAULTS)
            shares = [
                count["silent bars"] / max(1, count["bars"]),
                count["notes"] / max(1, count["bars"]),
            ]
            rows.append(
                [name, options.count, count["parts"], *(count[each] for each in FAULTS), *shares]
            )
    header = [
        "ensemble",
        "takes",
        "parts",
        *FAULTS,
        "share of bars without a note",
        "notes a bar and part",
    ]
    print_table(header, rows)
    return int(wrong > 0)


FAULTS = (
    "parts without notes",
    "parts silent for more than 4 bars",
    "notes out of range",
    "chords from winds and voices",
    "impossible double stops",
)


def judge(path: Path, bars: int) -> Counter[str]:
    """Count what the players of a written piece cannot do."""
    count: Counter[str] = Counter()
    parts, bar = read(path)
    for program, notes in parts:
        reach = REACHES.get(program, PIANO)
        chords = list(together(notes))
        silent = [
            not any(on < (i + 1) * bar and end > i * bar for on, end, _ in notes)
            for i in range(bars)
        ]
        count["parts"] += 1
        count["bars"] += bars
        count["notes"] += len(notes)
        count["silent bars"] += sum(silent)
        count["parts without notes"] += not notes
        longest = max(
            (len(list(run)) for is_silent, run in groupby(silent) if is_silent), default=0
        )
        count["parts silent for more than 4 bars"] += bool(notes) and longest > PHRASE
        count["notes out of range"] += sum(
            not reach.low <= pitch <= reach.high for *_, pitch in notes
        )
        count["chords from winds and voices"] += len(chords) * (program in WINDS_AND_VOICES)
        count["impossible double stops"] += sum(
            bool(reach.strings) and not is_double_stop(chord, reach.strings) for chord in chords
        )
    return count


def read(path: Path) -> tuple[list[tuple[int, list[tuple[int, int, int]]]], int]:
    """Return the program of each part with its notes (onset, end, pitch), and the ticks of a bar."""
    midi, parts = mido.MidiFile(path), []
    bar = 4 * midi.ticks_per_beat
    for track in midi.tracks:
        tick, program, name = 0, -1, ""
        held: dict[int, list[int]] = {}
        notes: list[tuple[int, int, int]] = []
        for message in track:
            tick += message.time
            if message.type == "time_signature":
                bar = 4 * midi.ticks_per_beat * message.numerator // message.denominator
            elif message.type == "program_change":
                program = message.program
            elif message.type == "track_name":
                name = message.name
            elif message.type == "note_on" and message.velocity:
                held.setdefault(message.note, []).append(tick)
            elif message.type in ("note_on", "note_off") and held.get(message.note):
                notes.append((held[message.note].pop(0), tick, message.note))
        if program >= 0:
            # Songs have their voice under the program of an oboe.
            is_voice = program == OBOE and "obo" not in name.lower()
            parts.append((53 if is_voice else program, sorted(notes)))
    return parts, bar


def together(notes: Sequence[tuple[int, int, int]]) -> Iterator[list[int]]:
    """Yield what sounds at each onset at which it is more than one note, from below."""
    for onset in sorted({onset for onset, *_ in notes}):
        chord = sorted({pitch for on, end, pitch in notes if on <= onset < end})
        if len(chord) > 1:
            yield chord


def is_double_stop(chord: Sequence[int], strings: Sequence[int]) -> bool:
    """Whether two neighboring strings have two notes, no more than a tenth apart if neither string is open."""
    if len(chord) > 2:
        return False
    low, high = chord
    return any(
        low >= lower and high >= upper and (low == lower or high == upper or high - low <= TENTH)
        for lower, upper in pairwise(strings)
    )


if __name__ == "__main__":
    sys.exit(main())
