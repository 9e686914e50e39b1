"""Generate pieces over meters, lengths and temperatures, and check each written file with mido and pretty_midi.

    python -m lab controls [--count 400] [--model NAME] [--end]

With `--end` all are asked to close; then the lowest of the notes that sound last must be the tonic.
Exit status 1 if any piece fails any check.
"""

from __future__ import annotations

import itertools
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pretty_midi

import symgen
from lab.benchmarks.common import print_table, read_with_mido, scale, tonic
from lab.commands import command_parser

METERS = ("4/4", "3/4", "2/4", "6/8", "9/8")
BARS = (4, 8, 16, 32)
TEMPERATURES = (0.7, 1.0, 1.3)
KEYS = ("C major", "D major", "Bb major", "A minor", "E minor", "D dorian", "F# minor")
TEMPOS = (60, 97, 120, 173)
CHECKS = (
    "empty",
    "undecodable",
    "wrong bars",
    "wrong meter",
    "wrong tempo",
    "outside the scale",
    "last bar silent",
)
NOT_CLOSED = "not closed on the tonic"


def check(
    path: Path, *, bars: int, meter: str, tempo: float, key: str, end: bool = False
) -> set[str]:
    """Name what is wrong with a written piece."""
    try:
        facts, pretty = read_with_mido(path), pretty_midi.PrettyMIDI(str(path))
    except (OSError, EOFError, ValueError, IndexError, KeyError) as error:
        print(f"{path.name}: {error}", file=sys.stderr)
        return {"undecodable"}
    wrong = set()
    pitches = sorted(note.pitch for part in pretty.instruments for note in part.notes)
    if not facts.notes:
        return {"empty"}
    if pitches != sorted(pitch for _, _, pitch, _ in facts.notes):
        wrong.add("undecodable")
    numerator, denominator = map(int, meter.split("/"))
    bar = 4 * facts.resolution * numerator // denominator
    music_end = max(onset + duration for onset, duration, _, _ in facts.notes)
    if facts.end != bars * bar or music_end > facts.end:
        wrong.add("wrong bars")
    if music_end <= facts.end - bar:
        wrong.add("last bar silent")
    signatures = [(s.numerator, s.denominator, s.time) for s in pretty.time_signature_changes]
    if facts.meters != ((0, numerator, denominator),) or signatures != [
        (numerator, denominator, 0)
    ]:
        wrong.add("wrong meter")
    expected = round(60e6 / tempo)
    if facts.tempos != ((0, expected),) or abs(pretty.get_tempo_changes()[1][0] - tempo) > 0.01:
        wrong.add("wrong tempo")
    if {pitch % 12 for pitch in pitches} - scale(key):
        wrong.add("outside the scale")
    if end and min(
        p for onset, duration, p, _ in facts.notes if onset + duration == music_end
    ) % 12 != tonic(key):
        wrong.add(NOT_CLOSED)
    return wrong


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser(__name__, __doc__)
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--model", default=None)
    parser.add_argument("--end", action="store_true")
    parser.add_argument("--keep", type=Path, help="write the files into this folder and keep them")
    options = parser.parse_args(arguments)
    model = symgen.load_model(options.model) if options.model else symgen.load_model()
    cells = list(itertools.product(METERS, BARS, TEMPERATURES))
    faults: Counter[tuple[str, str]] = Counter()
    pieces: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        for i in range(options.count):
            meter, bars, temperature = cells[i % len(cells)]
            key, tempo = KEYS[i % len(KEYS)], TEMPOS[i % len(TEMPOS)]
            controls = symgen.Controls(
                bars=bars,
                key=key,
                strict_key=True,
                meter=meter,
                tempo=tempo,
                temperature=temperature,
                end=options.end or None,
            )
            piece = model.generate(controls, count=1, seed=i)[0]
            path = folder / f"{i:03}-{meter.replace('/', '-')}-{bars}-{temperature}.mid"
            symgen.save_score(piece, path, overwrite=True)
            wrong = check(path, bars=bars, meter=meter, tempo=tempo, key=key, end=options.end)
            for group in (f"meter {meter}", f"bars {bars}", f"temperature {temperature}", "all"):
                pieces[group] += 1
                faults.update((group, name) for name in wrong)
            if wrong:
                print(f"{path.name}: {', '.join(sorted(wrong))}", file=sys.stderr)
    checks = [*CHECKS, NOT_CLOSED] if options.end else CHECKS
    rows = [
        [group, count, *(faults[group, name] for name in checks)]
        for group, count in sorted(pieces.items())
    ]
    print_table(["pieces with strict key", "count", *checks], rows)
    return int(any(faults.values()))
