"""The studio as it is used: twenty steps in a browser, from a tune that is opened to a server that is killed.

    python -m lab studio-scenario [--runs 20] [--seed 1] [--chromium PROGRAM]

Each run starts ``symgen studio`` and Chromium. A tune is opened; notes are drawn, moved, resized and locked; four takes
of bars 5 to 8 are written, the third is heard, accepted, undone and redone; a tune is hummed (Chromium's microphone
hears a file); MIDI and WAV are exported. Then the server is killed while it writes, right after it has answered a
change, and started again at the same port: the piece must be as of that change. Every second run starts it with the
same token, and the page finds it by itself; else the page is opened by the new link. A run passes if every step does,
and if the page wrote no error to the console (but while the server was away) and asked no other host for anything.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import symgen
from lab.benchmarks.common import print_table
from lab.commands import command_parser
from lab.studio.scenario_steps import BARS, STEPS
from lab.studio.scene import Scene, StepError, opened_browser

__all__ = ["Run", "main", "run_scenario"]


@dataclass(frozen=True)
class Run:
    """What became of a run.

    Attributes
    ----------
    steps : int
        How many steps did what they should.
    fault : str
        The step that did not, and why; or what the page complained of; empty if all is well.
    seconds : float
    """

    steps: int
    fault: str
    seconds: float


def run_scenario(program: str, folder: Path, seed: int) -> Run:
    """Do the twenty steps once.

    Parameters
    ----------
    program : str
        Chromium.
    folder : Path
        An empty one for the run's files.
    seed : int
        Of the tune; where it is odd, the page finds the killed server by itself.
    """
    begun = time.monotonic()
    tune, hummed = folder / "tune.mid", folder / "hummed.wav"
    # A reel is full of notes: where locked notes leave little room, takes come out the same, and fewer are offered.
    symgen.generate(bars=BARS, seed=seed, style="reel").save(tune)
    sung = symgen.generate(bars=4, seed=7, instruments="flute", grid="1/4", tempo=90)
    symgen.render(sung, hummed)
    done, fault = 0, ""
    with opened_browser(program, hummed) as browser:
        scene = Scene(browser, folder, tune, keeps_token=bool(seed % 2))
        with scene.ending:
            while done < len(STEPS) and not fault:
                fault = _fault_of(scene, done)
                done += not fault
            if not fault and scene.complaints:
                fault = f"the page complains: {scene.complaints[0]}"
    print(f"{done} of {len(STEPS)} {fault}", file=sys.stderr, flush=True)
    return Run(done, fault, time.monotonic() - begun)


def _fault_of(scene: Scene, number: int) -> str:
    """Do a step; say what is wrong, if anything is."""
    from playwright.sync_api import Error

    step = STEPS[number]
    try:
        step(scene)
    except (StepError, Error) as error:
        name = step.__name__.replace("_", " ")
        line = str(error).partition("Call log")[0].strip().replace("\n", " ")
        return f"step {number + 1}, {name}: {line}"
    return ""


def main(arguments: Sequence[str]) -> int:
    """Print the table; exit status 1 if a run failed."""
    parser = command_parser(__name__, __doc__)
    parser.add_argument("--runs", type=int, default=20, help="how many (default 20)")
    parser.add_argument("--seed", type=int, default=1, help="of the first run's tune")
    parser.add_argument("--chromium", default=shutil.which("chromium"), help="the program")
    options = parser.parse_args(arguments)
    if options.chromium is None:
        parser.error("no Chromium: name it with --chromium")
    runs: list[Run] = []
    for number in range(options.runs):
        with tempfile.TemporaryDirectory() as folder:
            runs.append(run_scenario(options.chromium, Path(folder), options.seed + number))
    passed = [run for run in runs if not run.fault]
    seconds = sorted(run.seconds for run in runs)
    print_table(
        ("runs", "passed", "steps a run", "seconds a run (median)"),
        [(len(runs), len(passed), len(STEPS), f"{seconds[len(seconds) // 2]:.0f}")],
    )
    for line, count in Counter(run.fault for run in runs if run.fault).most_common():
        print(f"{count} failed at {line}")
    return 0 if len(passed) == len(runs) else 1
