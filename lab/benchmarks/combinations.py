"""Controls together: pieces over random combinations, written, read back and held to what was asked.

    python -m lab combinations [--count 2000] [--seed 1]

The pieces are shared evenly among the models that come along and the styles of `harmonize`, which sets tunes with and
without a pickup and chord symbols. With chords, the symbols and the lead sheet of the piece must have those that
were asked for. Combinations that contradict are refused, with one line, before anything is drawn.
They are counted apart. Exit status 1 if a control is not met, or a piece is empty.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import symgen
from lab.benchmarks.common import print_table
from lab.commands import command_parser
from symgen.music.constraints import Density, PitchRange
from symgen.music.laid_charts import chart_changes
from symgen.music.lead_sheets import lead_sheet
from symgen.music.score import Score
from symgen.music.theory import MODES
from symgen.nets.models import model_names
from symgen.verification import HARD, Check, read_facts
from symgen.writing.generator import Generator
from symgen.writing.harmonizing import ACCOMPANIMENTS, harmonize

METERS = (
    "4/4",
    "3/4",
    "6/8",
    "2/4",
    "5/4",
    "7/8",
    "9/8",
    "3/2",
    "12/8",
    "3/16",
    "11/16",
    "4x4/4,4x3/4",
)
TONICS = ("C", "G", "D", "A", "F", "Bb", "E", "F#")
FORMS = ("AABA", "AABB", "AA'BA", "ABAC")
CHORDS = (
    "C G Am F",
    "Dm G7",
    "C",
    "| C | G/B |",
    "| Dm7 G7 | C % |",
    "| F#m B7/D# |",
    "| C N.C. |",
)
ENSEMBLES = {
    "chamber": ("violin,violin,viola,cello", "flute,oboe,bassoon", "violin,cello,piano"),
    "chorale": ("violin,violin,viola,cello", "trumpet,trumpet,trombone,tuba"),
    "piano": ("piano,piano", "organ,organ"),
}
KEYS = ("G", "Em", "F")
SYMBOLS_END = "the end is that of these chords"
STYLES = ("chorale", "hymn", *ACCOMPANIMENTS)
# With a pickup and chord symbols, with a pickup, and with neither.
TUNES = (
    'X:1\nM:3/4\nL:1/4\nK:G\nD|"G"G2 B|"C"c2 e|"D7"d2 A|"G"G2|]\n',
    "X:1\nM:6/8\nL:1/8\nK:Em\nB|E2G B2e|dBG FGA|G2E F2D|E3-E2|]\n",
    "X:1\nM:4/4\nL:1/4\nK:F\nF G A B|c2 A2|B A G E|F4|]\n",
)


def draw_controls(rng: random.Random, model: str) -> dict[str, Any]:
    """Draw a combination; many have a few controls, some nearly all."""
    asked: dict[str, Any] = {
        "meter": rng.choice(METERS),
        "temperature": rng.choice((0.5, 0.8, 1.0, 1.2, 1.5)),
    }
    if "x" not in asked["meter"]:
        asked["bars"] = rng.choice((2, 4, 8, 12))
    if rng.random() < 0.6:
        asked |= {
            "key": f"{rng.choice(TONICS)} {rng.choice(sorted(MODES))}",
            "strict_key": rng.random() < 0.6,
        }
        asked["end"] = rng.random() < 0.4 or None
    low, notes = rng.randrange(40, 64), rng.randrange(1, 9)
    for name, share, value in (
        ("range", 0.3, PitchRange(low, low + rng.randrange(7, 30))),
        ("max_polyphony", 0.2, rng.randrange(1, 5)),
        ("grid", 0.3, rng.choice(("1/4", "1/8", "1/16", "1/8t", "1/4t", "1/16t"))),
        ("density", 0.25, Density(notes, notes + rng.randrange(8))),
        ("chords", 0.3, rng.choice(CHORDS)),
        ("form", 0.2, rng.choice(FORMS)),
        ("tempo", 0.3, rng.choice((60, 97.5, 180))),
        ("instrument", 0.2, rng.choice((0, 40, 73))),
        ("swing", 0.15, rng.choice((0.58, 0.67))),
    ):
        if rng.random() < share:
            asked[name] = value
    if "chords" in asked:
        asked["strict_chords"] = rng.random() < 0.6
    if model in ENSEMBLES and rng.random() < 0.3:
        asked.pop("instrument", None)
        asked["instruments"] = rng.choice(ENSEMBLES[model])
    return asked


def draw_harmony(rng: random.Random, style: str) -> dict[str, Any]:
    """Draw what is asked of a harmonization."""
    asked: dict[str, Any] = {"style": style, "temperature": rng.choice((0.5, 0.8, 1.2))}
    if rng.random() < 0.5:
        asked |= {"key": rng.choice(KEYS), "strict_key": rng.random() < 0.5}
    asked["end"] = ("key" in asked and rng.random() < 0.5) or None
    if style not in ACCOMPANIMENTS:
        for name, value in (("range", PitchRange(36, 84)), ("grid", "1/16"), ("max_polyphony", 4)):
            if rng.random() < 0.25:
                asked[name] = value
    return asked


def written_piece(
    model: Generator, asked: dict[str, Any], seed: int, path: Path
) -> tuple[bool, list[Check]]:
    """Write a new piece, and return whether it has notes, and the checks of it."""
    controls = symgen.Controls(**asked)
    take = next(iter(model.takes(controls, seed=seed)))
    symgen.save_score(take.score, path, overwrite=True)
    facts = read_facts(path)
    checks = [check for check in take.checks(controls, facts) if check.name in HARD]
    if controls.chords:
        wanted = [
            (change.tick / take.score.resolution, change.name)
            for change in chart_changes(controls.chords, take.score.bars, take.score.resolution)
        ]
        led = path.with_suffix(".musicxml")
        symgen.save_score(lead_sheet(take.score), led, overwrite=True)
        for name, file in (("chord symbols", path), ("lead sheet", led)):
            found = placed_symbols(symgen.load_score(file))
            checks.append(Check(name, wanted, found, found == wanted))
    return bool(facts.notes), checks


def harmonized_tune(asked: dict[str, Any], seed: int, path: Path) -> tuple[bool, list[Check]]:
    """Set one of the tunes, and return whether it got notes, and the checks of it."""
    controls = symgen.Controls(**asked)
    abc = TUNES[seed % len(TUNES)]
    done = harmonize(abc.encode(), controls=controls, seed=seed)
    symgen.save_score(done.score, path, overwrite=True)
    facts = read_facts(path)
    # Chord symbols of a tune that end elsewhere are kept, and that is told.
    held = {"kept", *HARD} - ({"end"} if SYMBOLS_END in done.notices else set())
    checks = [check for check in done.checks(controls, facts) if check.name in held]
    if asked["style"] in ACCOMPANIMENTS and '"' in abc:
        wanted, found = map(placed_symbols, (symgen.load_score(abc.encode()), done.score))
        checks.append(Check("chord symbols", wanted, found, found == wanted))
    return len(facts.notes) > len(score_notes(abc)), checks


def score_notes(abc: str) -> list[Any]:
    """Return the notes of a tune."""
    return [note for part in symgen.load_score(abc.encode()).parts for note in part.notes]


def placed_symbols(score: Score) -> list[tuple[float, str]]:
    """Return place in quarters and name of each chord symbol."""
    return [(chord.tick / score.resolution, chord.name) for chord in score.chords]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser(__name__, __doc__)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    models = model_names()
    names = [*models, *(f"harmonize {style}" for style in STYLES)]
    asked_for: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    rows, failed = [], 0
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "piece.mid"
        for name in names:
            rng = random.Random(f"{options.seed} {name}")  # noqa: S311
            model = symgen.load_model(name) if name in models else None
            written = refused = empty = bad = 0
            began = time.process_time()
            for seed in range(options.count // len(names)):
                asked = draw_controls(rng, name) if model else draw_harmony(rng, name.split()[1])
                try:
                    sounds, checks = (
                        written_piece(model, asked, seed, path)
                        if model
                        else harmonized_tune(asked, seed, path)
                    )
                except symgen.ControlError:
                    refused += 1
                    continue
                asked_for.update(check.name for check in checks)
                wrong = [check for check in checks if not check.met]
                missed.update(check.name for check in wrong)
                written, empty, bad = written + 1, empty + (not sounds), bad + bool(wrong)
                if wrong:
                    print(f"{name} seed {seed}: {asked}: {wrong}", file=sys.stderr)
            failed += bad + empty
            seconds = (time.process_time() - began) / max(1, written)
            rows.append([name, written, refused, empty, bad, seconds])
    print_table(
        ["model", "pieces", "refused", "empty", "with a control not met", "CPU seconds a piece"],
        rows,
    )
    print()
    print_table(
        ["control", "asked", "not met"],
        [[name, asked_for[name], missed[name]] for name in sorted(asked_for)],
    )
    return int(failed > 0)
