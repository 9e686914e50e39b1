"""Pinned notes: whether they come back through the written file, what is written around them, and what that costs.

    python -m lab pinned-notes CORPORA [--count 200] [--particles 4] [--speed]

CORPORA: a folder with `nottingham.zip`, `openhymnal.zip`, `freedoom.zip`, `groove.zip` and `pop909.zip`; what of a kind
is not there is left out. Excerpts of twelve bars, none of nottingham and pop909 and of the others those that nothing
was fitted on, are written anew (infill) or varied, a random region around random pinned notes. Each is written as
MIDI and read again: by symgen, which holds each pinned note to its part, onset, end, pitch and velocity, and by mido,
which knows nothing of symgen. Beside it the same region is written without pins, to see that what stands around the
pinned notes is new, and of the same kind. --speed: CPU seconds of a warm process for takes of a region of four bars.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np

from lab.benchmarks.common import print_table, read_with_mido
from lab.benchmarks.pulse import is_held_out, read_scores
from lab.commands import command_parser
from symgen.formats.tunes import Tune
from symgen.midi.excerpt import cut_out, select_parts
from symgen.music.controls import Controls
from symgen.music.keys import infer_key
from symgen.music.pins import Pin, pinned_score
from symgen.music.score import Note, Score
from symgen.system.errors import FormatError, SymgenError
from symgen.verification import read_facts
from symgen.writing.infilling import infill, infills
from symgen.writing.model import Model
from symgen.writing.rewritten import Rewritten
from symgen.writing.tune_choice import choose_to_rewrite
from symgen.writing.varying import vary

KINDS = {
    "folk": "nottingham",
    "chorale": "openhymnal",
    "band": "freedoom",
    "drums": "groove",
    "played piano": "pop909",
}
NEVER_LEARNED = ("nottingham", "pop909")
BARS, FEWEST_NOTES, MOST_PINS = 12, 24, 8
AMOUNT, MANY = 0.6, 200
FOUR_BARS = (5, 8)

load = cache(Model.load)


@dataclass(frozen=True)
class Case:
    """A region of an excerpt, and the notes that are pinned."""

    tune: Tune
    verb: str
    bars: tuple[int, int]
    pins: tuple[Pin, ...]
    seed: int

    @property
    def model(self) -> Model:
        """What writes it."""
        return load(choose_to_rewrite(self.tune, None, None, load).name)

    def work(self, pins: Sequence[Pin], particles: int) -> Rewritten:
        """Write the region around some pins."""
        how = {"model": self.model, "seed": self.seed, "particles": particles, "pins": pins}
        if self.verb == "vary":
            return vary(self.tune, AMOUNT, **how)  # type: ignore[arg-type]
        return infill(self.tune, self.bars, **how)  # type: ignore[arg-type]

    @property
    def span(self) -> tuple[int, int]:
        """First tick of the region, and first tick after it."""
        bars = self.tune.score.bars
        inside = [bar for bar in bars if self.bars[0] <= bar.number <= self.bars[1]]
        return inside[0].start, inside[-1].end


def excerpts(corpora: Path, kind: str, count: int, first: int = 0) -> Iterator[Score]:
    """Yield excerpts of a kind of music."""
    name = KINDS[kind]
    archive = corpora / f"{name}.zip"
    if not archive.exists():
        print(f"{archive.name}: not there, no {kind}", file=sys.stderr)
        return
    chosen = None if name in NEVER_LEARNED else lambda each: is_held_out(name, each)
    for _, whole in read_scores(archive, count, chosen):
        score = whole
        if kind == "played piano":
            score = select_parts(score, [len(score.parts) - 1])
        bars = score.bars[first : first + BARS]
        score = cut_out(score, bars[0].start, bars[-1].end) if bars else score
        if score.note_count >= FEWEST_NOTES and len(score.bars) >= BARS // 2:
            yield score


def cases(corpora: Path, kind: str) -> Iterator[Case]:
    """Yield random regions with random pins, half of them to be varied."""
    for seed, score in enumerate(excerpts(corpora, kind, MANY)):
        rng = np.random.default_rng([seed, len(kind)])
        numbers = [bar.number for bar in score.bars]
        first, last = sorted(rng.choice(numbers, 2).tolist())
        verb = "vary" if seed % 2 else "infill"
        case = Case(Tune(score), verb, (first, last), (), seed)
        start, end = (0, score.length) if verb == "vary" else case.span
        notes = [
            Pin(part, note.onset, note.pitch)
            for part, each in enumerate(score.parts, 1)
            for note in each.notes
            if start <= note.onset < end
        ]
        some = rng.choice(len(notes), min(len(notes), int(rng.integers(1, MOST_PINS + 1))), False)
        yield Case(case.tune, verb, case.bars, tuple(notes[i] for i in some.tolist()), seed)


def is_equal(case: Case, done: Rewritten, folder: Path) -> bool:
    """Tell whether all pinned notes stand in the written file, for symgen and for mido."""
    path = folder / "made.mid"
    done.score.save(path, overwrite=True)
    checks = {check.name: check for check in done.checks(Controls(), read_facts(path))}
    wanted = [
        (note.onset, note.pitch, note.velocity)
        for part in pinned_score(case.tune.score, case.pins).parts
        for note in part.notes
    ]
    found = Counter((onset, *rest) for onset, _, *rest in read_with_mido(path).notes)
    is_there = Counter(wanted) <= found
    return is_there and (not case.pins or checks["pins"].met) and checks["kept"].met


def figures(score: Score, case: Case) -> dict[str, float]:
    """Return what the notes of a region are like."""
    start, end = case.span
    parts = [[n for n in part.notes if start <= n.onset < end] for part in score.parts]
    notes = [note for part in parts for note in part]
    bars = case.bars[1] - case.bars[0] + 1
    pitched = [each.notes for each in score.parts if not each.is_drum]
    inside = [[n for n in part if start <= n.onset < end] for part in pitched]
    leaps = [abs(b.pitch - a.pitch) for part in inside for a, b in pairwise(_tops(part))]
    found = {"notes a bar": len(notes) / bars}
    if any(inside):
        scale = infer_key(case.tune.score).scale
        every = [note for part in inside for note in part]
        found["mean leap"] = float(np.mean(leaps)) if leaps else 0.0
        found["outside of the key"] = float(np.mean([n.pitch % 12 not in scale for n in every]))
    return found


def _tops(notes: Sequence[Note]) -> list[Note]:
    """Return the highest note of each onset."""
    tops = {note.onset: note for note in sorted(notes)}
    return [tops[onset] for onset in sorted(tops)]


def share_new(case: Case, done: Rewritten) -> float | None:
    """Return the share of the notes of a region that were not pinned and are gone."""
    start, end = case.span
    left = {
        Pin(part, note.onset, note.pitch)
        for part, each in enumerate(case.tune.score.parts, 1)
        for note in each.notes
        if start <= note.onset < end
    } - set(case.pins)
    stays = {
        Pin(part, note.onset, note.pitch)
        for part, each in enumerate(done.score.parts, 1)
        for note in each.notes
    }
    return len(left - stays) / len(left) if left else None


def prove(options: argparse.Namespace) -> None:
    """Print in how many cases all pinned notes are there, and what stands around them."""
    rows, around, equal_ones, all_cases = [], [], 0, 0
    with tempfile.TemporaryDirectory() as folder:
        for kind in KINDS:
            equal = count = pins = 0
            found: dict[str, list[float]] = defaultdict(list)
            wanted = options.count // len(KINDS)
            for case in cases(options.corpora, kind):
                try:
                    done = case.work(case.pins, options.particles)
                except FormatError as error:  # the tune itself is refused, with pins or without
                    print(f"{kind}, seed {case.seed}: {error}", file=sys.stderr)
                    continue
                count, pins = count + 1, pins + len(case.pins)
                equal += is_equal(case, done, Path(folder))
                if case.verb == "infill":
                    _compare(case, done, options.particles, found)
                if count == wanted:
                    break
            if count:
                rows.append([kind, count, pins, f"{equal} of {count}"])
                around += [
                    [kind, name, *(float(np.mean(found[f"{name}, {who}"])) for who in WHO)]
                    for name in dict.fromkeys(key.split(", ")[0] for key in found)
                ]
            equal_ones, all_cases = equal_ones + equal, all_cases + count
    print_table(["kind", "cases", "pins", "all there, equal"], rows)
    print(f"\nequal in {equal_ones} of {all_cases}\n")
    print_table(["kind", "of the region", *WHO], around)


WHO = ("real", "without pins", "around pins")


def _compare(case: Case, done: Rewritten, particles: int, found: dict[str, list[float]]) -> None:
    """Set what was written around pins beside what is written without, and beside the real notes."""
    plain = case.work((), particles)
    for who, score in zip(WHO, (case.tune.score, plain.score, done.score), strict=True):
        for name, value in figures(score, case).items():
            found[f"{name}, {who}"].append(value)
    new, new_plain = share_new(case, done), share_new(case, plain)
    if new is not None and new_plain is not None:
        found["notes that are new, around pins"].append(new)
        found["notes that are new, without pins"].append(new_plain)
        found["notes that are new, real"].append(0.0)


def measure_speed(options: argparse.Namespace) -> None:
    """Print CPU seconds for the first take of four bars, and for four takes, the model being loaded."""
    rows = []
    for kind in KINDS:
        for score in excerpts(options.corpora, kind, 6):
            tune, pins = Tune(score), f"{FOUR_BARS[0]}.1"
            model = load(choose_to_rewrite(tune, None, None, load).name)
            with suppress(SymgenError):
                infill(tune, FOUR_BARS, model=model, seed=0, pins=pins)
                began = time.process_time()
                takes = infills(tune, FOUR_BARS, count=4, model=model, seed=1, pins=pins)
                next(takes)
                first = time.process_time() - began
                rest = sum(1 for _ in takes)
                parts = sum(bool(part.notes) for part in score.parts)
                whole = time.process_time() - began
                rows.append([kind, model.name, parts, first, whole * 4 / (1 + rest)])
                break
    print_table(["kind", "model", "parts", "first take", "four takes"], rows)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser(__name__, __doc__)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--particles", type=int, default=4)
    parser.add_argument("--speed", action="store_true")
    options = parser.parse_args(arguments)
    (measure_speed if options.speed else prove)(options)
    return 0
