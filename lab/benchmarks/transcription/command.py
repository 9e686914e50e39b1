"""How well recordings are heard, as tables in Markdown.

    python -m lab transcription [--sets ...] [--rivals PYTHON] [--singing FOLDER] [--store STORE]

singing: real singing whose notes people wrote down, from a folder of recordings (singing.py says which);
rendered: notes heard in clips of held-out tunes, by instrument, soundfont and noise; placed: tempo, meter and notes on
the grid; speed: CPU time; continued: key of what `symgen continue` writes to a recording; robustness: what is said of
recordings without a melody, and of broken ones. Needs `pip install '.[bench]'` and, for all but singing, a store of
tunes (models/folk/README.md says how to build it) of whose test split training saw nothing. The rivals are asked where
a Python that holds them is named (rivals.py says how to make one). All run on one thread; times are CPU times.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lab.commands import command_parser
from lab.modules import ROOT

if TYPE_CHECKING:
    from lab.benchmarks.transcription.systems import System

__all__ = ["main"]

SETS = ("singing", "rendered", "placed", "speed", "continued", "robustness")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is asked for; return an exit status."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[name] = "1"
    parser = command_parser(__name__, __doc__)
    add = parser.add_argument
    add("--sets", nargs="+", choices=SETS, default=SETS, metavar="SET", help=", ".join(SETS))
    add(
        "--rivals", type=Path, metavar="PYTHON", help="interpreter that has basic-pitch and librosa"
    )
    add(
        "--model",
        type=Path,
        default=ROOT / "models" / "transcriber",
        help="folder of the transcriber",
    )
    add("--singing", type=Path, metavar="FOLDER", help="real singing")
    add("--songs", type=int, default=12, help="takes of SSVD, where they are there (12)")
    add("--store", type=Path, default=ROOT / "stores" / "folk", help="tunes (stores/folk)")
    add("--seen", type=Path, help="soundfont that training played with (the one that comes along)")
    add("--unseen", type=Path, help="soundfont that it did not (TimGM6mb of pretty_midi)")
    add("--clips", type=int, default=12, help="clips of each instrument and soundfont (12)")
    add("--slow-clips", type=int, default=2, help="of which pYIN hears so many (2)")
    add("--seconds", type=float, default=15.0, help="length of these clips (15)")
    add("--tunes", type=int, default=36, help="clips for tempo, meter and grid (36)")
    add("--hums", type=int, default=20, help="tunes to continue (20)")
    add("--seed", type=int, default=1, help="which tunes of the test split (1)")
    options = parser.parse_args(arguments)
    if (
        min(options.clips, options.slow_clips, options.tunes, options.hums) < 1
        or options.seconds < 2
    ):
        parser.error(
            "--clips, --slow-clips, --tunes and --hums must be 1 or more, --seconds 2 or more"
        )
    return _run(options)


def _run(options: argparse.Namespace) -> int:
    """Print the tables one after the other; a clear line where something is missing."""
    from lab.benchmarks.transcription.systems import pick_systems

    has_model = options.model.is_dir()
    if not has_model:
        print(
            f"no transcriber in {options.model}: only what needs none is measured", file=sys.stderr
        )
    systems = pick_systems(options.model, options.rivals)
    if "singing" in options.sets and options.singing:
        from lab.benchmarks.transcription.singing import singing_table

        print("## Real singing\n", flush=True)
        singing_table(systems, options.singing, options.songs)
    if set(options.sets) == {"singing"}:
        return 0
    return _run_tunes(options, systems, has_model=has_model)


def _run_tunes(options: argparse.Namespace, systems: Sequence[System], *, has_model: bool) -> int:
    from lab.benchmarks.transcription.clips import find_fonts, open_tunes
    from lab.benchmarks.transcription.continued import continued_table
    from lab.benchmarks.transcription.placed import placed_table
    from lab.benchmarks.transcription.rendered import rendered_table
    from lab.benchmarks.transcription.robustness import robustness_table
    from lab.benchmarks.transcription.speed import speed_table

    fonts = find_fonts(options.seen, options.unseen)
    tunes = open_tunes(options.store, max(options.clips, options.tunes, options.hums), options.seed)
    font = fonts["unseen"]
    if "rendered" in options.sets:
        print("\n## Rendered clips\n", flush=True)
        rendered_table(systems, tunes[: options.clips], fonts, options.seconds, options.slow_clips)
    if "placed" in options.sets:
        print("\n## Tempo, meter and grid\n", flush=True)
        placed_table(tunes[: options.tunes], font, 24.0, options.model, has_model=has_model)
    if "speed" in options.sets:
        print("\n## Speed\n", flush=True)
        speed_table(systems, tunes[:8], font, options.model, has_model=has_model)
    if "continued" in options.sets:
        print("\n## From a hum to a song\n", flush=True)
        continued_table(tunes[: options.hums], font, 20.0, has_model=has_model)
    if "robustness" in options.sets and has_model:
        print("\n## Bad recordings\n", flush=True)
        return int(robustness_table(tunes[:3], font, options.model) > 0)
    return 0
