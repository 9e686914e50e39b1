"""A library that is missing ends a command in one line, before its work, with the command that installs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from small import REAL_TUNES, corpus_tunes, tune, write_tunes
from tones import tone, write_sound

from symgen.formats import save_score

ROOT = Path(__file__).parents[2]
HIDING = """
import importlib.machinery, os
find = importlib.machinery.PathFinder.find_spec
def find_spec(name, path=None, target=None):
    return None if name.split(".")[0] == os.environ["HIDDEN"] else find(name, path, target)
importlib.machinery.PathFinder.find_spec = find_spec
"""
ABC = "X:1\nT:a\nM:4/4\nL:1/4\nK:C\nCDEF|GABc|CDEF|GABc|\n"
NEEDED = {
    "numpy": "render a.mid",
    "safetensors": "continue a.mid --bars 1",
    "threadpoolctl": "evaluate music --reference music",
    "matplotlib": "generate --bars 1 --plot",
    "soundfile": "transcribe a.flac",
    "soxr": "transcribe a.wav --plot",
    "torch": "train music -o run",
}
"""What some command cannot do without."""
EXTRAS = {"torch": "train"}
WRITERS = """
    generate --bars 2 --seed 1 --max-copy 9 --candidates 2 --wav --plot -o made.mid
    continue a.mid --bars 1 --seed 1 -o longer.mid
    infill a.mid --bars 2-3 --seed 1 --particles 2 -o filled.mid
    vary a.mid --seed 1 --particles 2 -o varied.mid
    harmonize a.mid --seed 1 --particles 2 -o chorale.mid
    transcribe a.wav -o heard.mid
    render a.mid -o a.ogg
    plot a.mid -o a.png
    gan sample -n 1 --bars 2 --seed 1 -o bars.mid
    copies a.mid
    corpus music -o store
    evaluate music --reference music --no-classifiers --resamples 9 -o report
    info
    info folk
    doctor
"""
"""What does without torch: all but training, and the judges of what was trained."""
IN_ONE_PROCESS = """
import shlex, sys
from symgen.cli import main
for line in sys.stdin.read().split("\\n"):
    status = main(shlex.split(line))
    print(status, line, file=sys.stderr)
assert "torch" not in sys.modules
"""
LONG_WORK = [
    ("matplotlib", "train music -o run"),
    ("torch", "gan train music -o run"),
    ("torch", "evaluate music --reference music --model folk -o report"),
    pytest.param("safetensors", "train music -o run", marks=pytest.mark.long),
]
"""Would be missed only after minutes."""
CASES = [*NEEDED.items(), *LONG_WORK, ("music21", "corpus music21:airdsAirs -o store"),
         ("matplotlib", "evaluate music --reference music -o report"),
         ("matplotlib", "transcribe a.wav --plot")]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("missing")
    (made / "hiding").mkdir()
    (made / "hiding" / "sitecustomize.py").write_text(HIDING)
    save_score(tune(REAL_TUNES["Amazing Grace"][3], meter="3/4", pickup="1/4"), made / "a.mid")
    (made / "a.abc").write_text(ABC)
    for name in ("a.wav", "a.flac"):
        write_sound(made / name, np.concatenate([tone(60, 0.5), tone(64, 0.5)]), 44100)
    write_tunes(made / "music", corpus_tunes(6))
    return made


def without(library: str, arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return python_without(library, ["-m", "symgen", *arguments.split()], folder)


def python_without(
    library: str, arguments: list[str], folder: Path, told: str = ""
) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(folder / "hiding"), str(ROOT)])
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        input=told,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1", "HIDDEN": library},
        check=False,
    )


@pytest.mark.parametrize(("library", "arguments"), CASES)
def test_a_missing_library_is_one_line(library: str, arguments: str, folder: Path) -> None:
    before = sorted(folder.rglob("*"))
    done = without(library, arguments, folder)
    assert (done.returncode, done.stdout) == (5, ""), done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith("symgen: ")
    extra = EXTRAS.get(library)
    assert (f"pip install 'symgen[{extra}]'" if extra else f"pip install {library}") in line
    assert sorted(folder.rglob("*")) == before


def test_who_only_writes_needs_no_torch(folder: Path, tmp_path: Path) -> None:
    for made in folder.iterdir():
        if made.name != "hiding":
            (tmp_path / made.name).symlink_to(made)
    (tmp_path / "hiding").symlink_to(folder / "hiding")
    lines = [line.strip() for line in WRITERS.strip().splitlines()]
    done = python_without("torch", ["-c", IN_ONE_PROCESS], tmp_path, "\n".join(lines))
    assert done.returncode == 0, done.stderr
    ended = [line for line in done.stderr.splitlines() if line[2:] in lines]
    assert ended == [f"0 {line}" for line in lines], done.stderr
    assert "accelerator: not looked for: only torch can use one" in done.stdout


def test_names_that_need_torch_say_so_in_python(folder: Path) -> None:
    script = "import symgen\ntry: symgen.TrainOptions\nexcept symgen.MissingDependencyError as e: print(e)"
    done = python_without("torch", ["-c", script], folder)
    line = "the library torch is not installed; get it with: pip install 'symgen[train]'\n"
    assert (done.stdout, done.stderr) == (line, "")
    done = python_without("torch", ["-m", "lab", "train-baseline", "--help"], folder)
    assert (done.returncode, done.stdout, done.stderr) == (5, "", line)


@pytest.mark.parametrize(
    "library", ["torch", "music21", "matplotlib", "soundfile", "soxr", "fluidsynth"]
)
def test_a_command_that_needs_it_not_goes_on(library: str, folder: Path, tmp_path: Path) -> None:
    tune = "a.abc" if library == "music21" else "a.mid"
    done = without(library, f"render {tune} -o {tmp_path / 'a.wav'}", folder)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "library",
    [
        "numpy",
        "torch",
        "fluidsynth",
        pytest.param("mido", marks=pytest.mark.long),
        pytest.param("safetensors", marks=pytest.mark.long),
    ],
)
def test_the_doctor_does_without(library: str, folder: Path) -> None:
    done = without(library, "doctor --json", folder)
    assert (done.returncode, done.stderr) == (0, "")
    bad = [check for check in map(json.loads, done.stdout.splitlines()) if not check["ok"]]
    assert all(check["remedy"] for check in bad)
    if library not in ("mido", "torch"):  # of mido only the version is looked at; torch is an extra
        assert bad


def test_a_library_that_breaks_is_one_line_too(folder: Path) -> None:
    (folder / "hiding" / "soxr.py").write_text("raise ImportError('of another kind')")
    try:
        done = without("", "transcribe a.wav --plot", folder)
    finally:
        (folder / "hiding" / "soxr.py").unlink()
    assert (done.returncode, done.stdout) == (5, "")
    assert done.stderr == (
        "symgen: the library soxr cannot be loaded (of another kind); "
        "get it anew with: pip install --force-reinstall soxr\n"
    )
