"""What feel changes: loudness, time, lengths and tempo of pieces that symgen writes, at several strengths.

    python -m lab feel-changes [--count 8] [--feel 0,0.7,1]

As many pieces of eight bars of each kind are written as --count says, with seeds from 0 on. Means over them: deviation
of the velocities, how far notes are struck from where the bent tempo has them, the share of their written length for
which they sound, and the slowest tempo beside the fastest.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

import symgen
from lab.benchmarks.common import print_table
from lab.commands import command_parser
from symgen.music.score import Score
from symgen.music.tempo import tick_seconds
from symgen.performer.keeping import midi_score

Floats = NDArray[np.float64]

BARS = 8
KINDS = (
    "`--style jig`",
    "`--model piano`",
    "`--style chorale`",
    "string quartet",
    "`--style rock`",
)


def written(kind: str, seed: int) -> Score:
    """Return a piece of a kind."""
    if kind == "`--model piano`":
        return symgen.load_model("piano").generate(bars=BARS, seed=seed)
    if kind == "string quartet":
        return symgen.generate(bars=BARS, seed=seed, instruments="violin,violin,viola,cello")
    style = kind.strip("`").removeprefix("--style ")
    return symgen.generate(bars=BARS, seed=seed, style=style)


def changes(score: Score, feel: float) -> Floats:
    """Return deviation of velocities, milliseconds off, share of the length, slowest tempo beside the fastest."""
    played = symgen.perform(score, feel=feel)
    before, after = _matched(score), _matched(played)
    off = tick_seconds(played, after[:, 0]) - tick_seconds(played, before[:, 0])
    tempos = [change.bpm for change in played.tempos if change.tick < played.music_end]
    shares = after[:, 1] / before[:, 1]
    slowest = min(tempos) / max(tempos)
    return np.array([after[:, 3].std(), 1000 * np.abs(off).mean(), shares.mean(), slowest])


def _matched(score: Score) -> NDArray[np.int64]:
    """Return the notes by part, pitch and time, an order that performing keeps."""
    notes = score.note_array()
    return notes[np.lexsort((notes[:, 0], notes[:, 2], notes[:, 4]))]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a row a kind."""
    parser = command_parser(__name__, __doc__)
    parser.add_argument("--count", type=int, default=8, metavar="N")
    parser.add_argument("--feel", default="0,0.7,1", metavar="X,...", help="strengths")
    options = parser.parse_args(arguments)
    feels = [float(each) for each in options.feel.split(",")]
    rows = []
    for kind in KINDS:
        scores = [midi_score(written(kind, seed)) for seed in range(options.count)]
        means = [np.mean([changes(score, feel) for score in scores], axis=0) for feel in feels]
        columns = zip(*means, strict=True)
        told = zip(columns, (".1f", ".0f", ".2f", ".2f"), strict=True)
        rows.append([kind, *(" / ".join(format(x, how) for x in column) for column, how in told)])
    print_table(["", "velocities", "early or late, ms", "sounds for", "slowest tempo"], rows)
    return 0
