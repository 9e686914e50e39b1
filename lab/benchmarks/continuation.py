"""Continue held-out tunes and check with mido that the prompt came back unchanged.

    python -m lab continuation TUNES [--count 100] [--bars 8] [--model NAME]

TUNES is a folder or zip of MIDI files, or a store (its test split). Exit status 1 if any tune fails.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import symgen
from lab.benchmarks.common import Facts, load_tunes, print_table, read_with_mido
from lab.commands import command_parser

CHECKS = ("prompt changed", "wrong new bars", "nothing new", "meter changed", "tempo changed")


def scaled(
    facts: Facts, rows: tuple[tuple[int, ...], ...], times: int
) -> list[tuple[Fraction | int, ...]]:
    """Give the first `times` columns in quarters, so that files of any resolution compare exactly."""
    return [
        (*(Fraction(value, facts.resolution) for value in row[:times]), *row[times:])
        for row in rows
    ]


def check(before: Facts, after: Facts, bars: int) -> tuple[set[str], int]:
    """Name what is wrong, and count the prompt's notes that the continuation does not hold.

    The boundary is where the new bars begin, counted back from the end. The prompt may be
    cut at a bar line inside its last bar or completed to the next one, but nowhere else.
    """
    wrong = set()
    boundary = Fraction(after.end - bars * after.bar, after.resolution)
    old = scaled(before, before.notes, 2)
    new = scaled(after, after.notes, 2)
    prompt = [row for row in old if row[0] < boundary]
    if [row for row in new if row[0] < boundary] != prompt:
        wrong.add("prompt changed")
    start = Fraction(before.meters[-1][0] if before.meters else 0, before.resolution)
    bar = Fraction(before.bar, before.resolution)
    music_end = Fraction(
        max(onset + duration for onset, duration, _, _ in before.notes), before.resolution
    )
    full = (music_end - start) / bar
    lines = {
        start + bar * (full.numerator // full.denominator),
        start + bar * -(-full.numerator // full.denominator),
    }
    if boundary not in lines:
        wrong.add("wrong new bars")
    if not any(row[0] >= boundary for row in new):
        wrong.add("nothing new")
    if scaled(before, before.meters, 1) != scaled(after, after.meters, 1):
        wrong.add("meter changed")
    if scaled(before, before.tempos, 1) != scaled(after, after.tempos, 1):
        wrong.add("tempo changed")
    return wrong, len(old) - len(prompt)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser(__name__, __doc__)
    parser.add_argument("tunes", type=Path)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--bars", type=int, default=8)
    parser.add_argument("--model", default=None)
    options = parser.parse_args(arguments)
    model = symgen.load_model(options.model) if options.model else symgen.load_model()
    faults: Counter[str] = Counter()
    tunes = load_tunes(options.tunes)
    tunes = tunes[:: max(1, len(tunes) // options.count)][: options.count]
    cut = 0
    with tempfile.TemporaryDirectory() as folder:
        before, after = Path(folder, "before.mid"), Path(folder, "after.mid")
        for number, tune in enumerate(tunes):
            symgen.save_score(tune.score, before, overwrite=True)
            piece = model.continue_(
                symgen.load_score(before), bars=options.bars, count=1, seed=number
            )[0]
            symgen.save_score(piece, after, overwrite=True)
            wrong, left_out = check(read_with_mido(before), read_with_mido(after), options.bars)
            faults.update(wrong)
            cut += bool(left_out)
            if wrong:
                print(f"{tune.name}: {', '.join(sorted(wrong))}", file=sys.stderr)
    print_table(
        ["tunes continued", *CHECKS, "cut at their last bar line"],
        [[len(tunes), *(faults[name] for name in CHECKS), cut]],
    )
    return int(any(faults.values()))
