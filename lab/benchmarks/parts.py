"""Give 8 bars of pieces in several parts, continue by 8, and hold each part to what it did.

    python -m lab parts FILE... [--seeds 3] [--model NAME] [--keep FOLDER]

FILE: MIDI or notation, in two parts or more; of a long piece the 16 bars in the middle are taken. Of each part the
written file is read with mido. A wall: the part strikes more notes at once than its most in the prompt plus one. The
range holds if no note is farther than a fifth from that of the prompt. The last row is the true continuation.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import mido

import symgen
from lab.benchmarks.common import print_table
from lab.commands import command_parser
from symgen.music.score import Score
from symgen.nets.models import choose_for_tune
from symgen.sampling.expression import playable
from symgen.system.errors import SymgenError

BARS = 8
FIFTH = 7
ROWS = ("parts", "walls", "range", "notes a bar", "silent", "drums go on")


@dataclass
class Count:
    """What was found in parts."""

    parts: int = 0
    walls: int = 0
    range: int = 0
    density: int = 0
    silent: int = 0
    drums: int = 0
    drums_on: int = 0
    failed: list[str] = field(default_factory=list)

    def row(self, name: str) -> list[str]:
        """Return the cells of a line of the table."""
        pitched = max(1, self.parts)
        return [
            name,
            str(self.parts),
            str(self.walls),
            f"{self.range / pitched:.3f}",
            f"{self.density / pitched:.3f}",
            str(self.silent),
            f"{self.drums_on} of {self.drums}",
        ]


def cut(path: str) -> Score | None:
    """Return 16 bars of one meter with two pitched parts or more that play in the first 8, or nothing."""
    score = symgen.load_score(path)
    bars = [bar for bar in score.bars if bar.number > 0]
    for first in sorted(
        range(len(bars) - 2 * BARS + 1), key=lambda i: abs(i - (len(bars) - 2 * BARS) // 2)
    ):
        chosen = bars[first : first + 2 * BARS]
        middle, end = chosen[BARS].start, chosen[-1].end
        if len({bar.length for bar in chosen}) > 1:
            continue
        piece = score.slice_ticks(chosen[0].start, end)
        parts = [
            p for p in piece.parts if sum(n.onset < middle - chosen[0].start for n in p.notes) >= 3
        ]
        if sum(not p.is_drum for p in parts) >= 2 and all(
            any(
                lo - chosen[0].start <= n.onset < hi - chosen[0].start
                for p in parts
                for n in p.notes
            )
            for lo, hi in ((middle - chosen[0].length, middle), (middle, end))
        ):
            # What strikes a key that sounds would need a track of its own, which no reader takes for the same part.
            return piece.with_parts([part.with_notes(playable(part.notes, ())) for part in parts])
    return None


def read(path: Path) -> tuple[dict[tuple[int, int], list[tuple[int, int]]], int]:
    """Return onset and pitch of the notes by track and channel, and the ticks of a bar."""
    midi = mido.MidiFile(path)
    found: dict[tuple[int, int], list[tuple[int, int]]] = {}
    bar = 4 * midi.ticks_per_beat
    for number, track in enumerate(midi.tracks):
        now = 0
        for message in track:
            now += message.time
            if message.type == "time_signature" and now == 0:
                bar = 4 * midi.ticks_per_beat * message.numerator // message.denominator
            elif message.type == "note_on" and message.velocity:
                found.setdefault((number, message.channel), []).append((now, message.note))
    return found, bar


def judge(path: Path, count: Count) -> None:
    """Compare the bars from the ninth one on with the first eight, part by part."""
    parts, bar = read(path)
    middle = BARS * bar - bar // 100
    for (number, channel), notes in parts.items():
        old = [note for note in notes if note[0] < middle]
        new = [note for note in notes if note[0] >= middle]
        if len(old) < 3:
            continue
        if channel == 9:
            count.drums += 1
            count.drums_on += 0.5 <= len(new) / len(old) <= 2
            continue
        count.parts += 1
        wall = struck(new) > struck(old) + 1
        low, high = min(p for _, p in old) - FIFTH, max(p for _, p in old) + FIFTH
        held = all(low <= pitch <= high for _, pitch in new)
        dense = 0.5 <= len(new) / len(old) <= 2
        count.walls += wall
        count.range += held
        count.silent += not new
        count.density += dense
        if wall or not held or not dense:
            count.failed.append(
                f"{path.name} track {number}: {len(old)} notes, then {len(new)}; {struck(old)} struck, "
                f"then {struck(new)}{'' if held else '; out of range'}"
            )


def struck(notes: Iterable[tuple[int, int]]) -> int:
    return max(Counter(onset for onset, _ in notes).values(), default=0)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser(__name__, __doc__)
    parser.add_argument("files", nargs="+")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--model")
    parser.add_argument(
        "--keep", type=Path, help="folder for the prompts, the true pieces and the continuations"
    )
    parser.add_argument("--verbose", action="store_true", help="name the parts that fail")
    options = parser.parse_args(arguments)
    found, true, pieces = Count(), Count(), 0
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        for number, name in enumerate(options.files):
            try:
                whole = cut(name)
            except SymgenError as error:
                print(f"left out: {error}", file=sys.stderr)
                continue
            if whole is None:
                print(f"left out: {name}: no 16 bars of one meter in two parts", file=sys.stderr)
                continue
            pieces += 1
            stem = f"{number:02d}-{Path(name).stem}"
            write(whole, folder / f"{stem}-true.mid")
            judge(folder / f"{stem}-true.mid", true)
            prompt = folder / f"{stem}-prompt.mid"
            write(whole.slice_ticks(0, whole.bars[BARS].start), prompt)
            score = symgen.load_score(prompt)
            model = symgen.load_model(options.model or choose_for_tune(score))
            for seed in range(options.seeds):
                target = folder / f"{stem}-{seed}.mid"
                write(model.continue_(score, bars=BARS, seed=seed), target)
                judge(target, found)
    print(f"{pieces} pieces, {options.seeds} seeds")
    print_table(["", *ROWS], [found.row("continued"), true.row("real")])
    if options.verbose:
        print(*found.failed, sep="\n")
    return 0


def write(score: Score, path: Path) -> None:
    symgen.save_score(score, path, overwrite=True)
