"""What rendering costs: beside FluidSynth's own command line, four files on two cores, and with the length of a piece.

    python -m lab speed-rendering [--against CHECKOUT] [--minutes 3] [--runs 5] [--core 0] [--toy]

Whole processes, from a MIDI file to a WAV file with the font that comes along. CPU time on one pinned core, medians of
runs that take turns. FluidSynth's command line gets the same rate and effects; the column "as it comes" has its own
defaults, with its chorus. Four files are measured in wall time, on all cores: keep the machine free of other work.
`--against` measures another checkout of symgen in the same run; ratios above 1 say that this checkout is faster.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import symgen
from lab.benchmarks.common import print_table
from lab.benchmarks.timing import RUNS, Answer, Sample, alternate, growth, pin, run_child
from lab.commands import command_parser
from lab.modules import ROOT

_FONT = ROOT / "soundfonts" / "FluidR3Mono_24.sf3"
_EQUAL = (
    "synth.chorus.active=0",
    "synth.polyphony=1024",
    "synth.dynamic-sample-loading=1",
)
_GROWTH = (1, 3, 9)
_TOGETHER = 4
_BARS_A_MINUTE = 30
"""Of 4/4 at 120 quarters a minute."""


def pieces(folder: Path, minutes: float) -> list[Path]:
    """Write a tune, a piece for two hands and a piece for four strings of a length."""
    bars = max(2, round(_BARS_A_MINUTE * minutes))
    usual = symgen.Controls(bars=bars, tempo=120, meter="4/4")
    four = replace(usual, instruments=(40, 40, 42, 42))  # which both play with the same presets
    made = {
        "tune": symgen.generate(usual, seed=3),
        "piano": symgen.load_model("piano").generate(usual, seed=3),
        "strings": symgen.generate(four, seed=3),
    }
    for name, score in made.items():
        score.save(folder / f"{name}.mid", overwrite=True)
    return [folder / f"{name}.mid" for name in made]


def lengthened(score: symgen.Score, times: int) -> symgen.Score:
    """Return a piece that is played so often without a pause."""
    length = max(bar.end for bar in score.bars)
    parts = [
        replace(
            part,
            notes=tuple(
                replace(note, onset=note.onset + turn * length)
                for turn in range(times)
                for note in part.notes
            ),
        )
        for part in score.parts
    ]
    return replace(score, parts=tuple(parts), length=times * length, source=None)


def ours(checkout: Path, folder: Path, *files: Path, jobs: int = 1) -> Answer:
    """Render files by the command line of a checkout."""
    words: list[str | Path] = ["-m", "symgen", "render", *files, "--overwrite", "--no-config"]
    words += ["--out-dir", folder / "ours", "--jobs", str(jobs)]
    return run_child([sys.executable, *words], checkout=checkout, cwd=folder)


def theirs(file: Path, folder: Path, options: Sequence[str]) -> Answer:
    """Render a file by the command line of FluidSynth."""
    settings = [word for option in options for word in ("-o", option)]
    target = folder / "theirs.wav"
    words: list[str | Path] = ["fluidsynth", "-niq", "-g", "0.5", "-r", "44100", *settings]
    words += ["-F", target, _FONT, file]
    return run_child(words, cwd=folder)


# -- tables ------------------------------------------------------------------------------


def single(files: Sequence[Path], folder: Path, sides: dict[str, Path], runs: int) -> None:
    """Print what each file costs, and FluidSynth's command line beside it."""
    rivals = {"FluidSynth": _EQUAL, "as it comes": ()} if shutil.which("fluidsynth") else {}
    rows = []
    for file in files:
        samples: dict[str, Sample] = {}
        for name, place in sides.items():
            samples[name] = partial(
                lambda place, file: ours(place, folder, file).seconds, place, file
            )
        for name, given in rivals.items():
            samples[name] = partial(
                lambda given, file: theirs(file, folder, given).seconds, given, file
            )
        times = alternate(samples, runs=runs)
        rows.append([file.stem, *times.values(), *(t / times["here"] for t in times.values())])
    ratios = [f"{name} / here" for name in (*sides, *rivals)]
    print_table(["piece: CPU seconds", *sides, *rivals, *ratios], rows)


def together(file: Path, folder: Path, runs: int) -> None:
    """Print the wall time of four files in one process and in two, and whether the bytes are the same."""
    files = [folder / f"copy-{number}.mid" for number in range(_TOGETHER)]
    for each in files:
        shutil.copyfile(file, each)
    written: dict[int, list[bytes]] = {}

    def wall(jobs: int) -> float:
        answer = ours(ROOT, folder, *files, jobs=jobs)
        written[jobs] = [(folder / "ours" / f"{each.stem}.wav").read_bytes() for each in files]
        return answer.wall

    times = alternate({f"{jobs} jobs": partial(wall, jobs) for jobs in (1, 2)}, runs=runs)
    one, two = times.values()
    same = "yes" if written[1] == written[2] else "no"
    print_table(
        ["wall seconds", *times, "ratio", "same bytes"],
        [[f"{_TOGETHER} of {file.stem}", one, two, one / two, same]],
    )


def growing(file: Path, folder: Path, lengths: Sequence[int], runs: int) -> None:
    """Print how time and memory grow with the length."""
    score, costs, peaks = symgen.load_score(file), [], []
    for times in lengths:
        longer = folder / f"long-{times}.mid"
        lengthened(score, times).save(longer, overwrite=True)
        answers: list[Answer] = []

        def take(longer: Path = longer, answers: list[Answer] = answers) -> float:
            answers.append(ours(ROOT, folder, longer))
            return answers[-1].seconds

        costs.append(alternate({"": take}, runs=runs)[""])
        peaks.append(max(answer.peak for answer in answers))
    rows = [
        growth("CPU seconds", lengths, costs),
        growth("MB at most", lengths, peaks),
    ]
    print_table([f"{file.stem}, so many times as long", "from ... to", "cost", "exponent"], rows)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser(__name__, __doc__)
    parser.add_argument("--against", metavar="CHECKOUT", type=Path)
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--core", type=int, default=0)
    parser.add_argument("--toy", action="store_true", help="very little of each")
    options = parser.parse_args(arguments)
    minutes, lengths = (0.05, (1, 2)) if options.toy else (options.minutes, _GROWTH)
    sides = {"here": ROOT} | ({"there": options.against} if options.against else {})
    pin(options.core)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = pieces(folder, minutes)
        print(f"One file of {minutes:g} minutes: CPU seconds of the whole process.\n", flush=True)
        single(files, folder, sides, options.runs)
        print("\nHow the cost grows: CPU seconds, and the most memory.\n", flush=True)
        growing(files[-1], folder, lengths, min(3, options.runs))
        pin(None)
        print("\nFour files at once: wall seconds on all cores.\n", flush=True)
        together(files[-1], folder, options.runs)
    return 0
