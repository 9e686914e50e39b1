"""``symgen doctor``: what symgen needs, what is there, and how to get what is missing."""

from __future__ import annotations

import json
import platform
import re
import shutil
import sys
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from symgen.cli.options import Context, Result
from symgen.system.errors import FormatError, SymgenError
from symgen.system.files import check_writable
from symgen.system.requirements import missing_library
from symgen.system.resources import data_folder

__all__ = ["Check", "diagnose", "doctor"]

_OLDEST_PYTHON = (3, 10)
_TRANSCRIBER = "transcriber"
_HELPERS = (_TRANSCRIBER, "planner", "harmonizer", "drums")
"""Networks that `--model` does not name."""
_DEPENDENCIES = ("numpy", "safetensors", "pyfluidsynth", "soundfile", "soxr", "pretty_midi", "mido", "music21",
                 "matplotlib", "threadpoolctl")  # fmt: skip
# Library -> the extra of symgen that brings it, and what needs it.
_EXTRAS = {
    "torch": ("train", "training, and evaluate --model"),
    "scikit-learn": ("bench", "the classifiers of evaluate"),
    "verovio": ("score", "sheet music"),
    "typst": ("score", "sheet music as PDF and PNG"),
    "starlette": ("studio", "symgen studio"),
    "uvicorn": ("studio", "symgen studio"),
}
# Programs that install packages, in the order of trial, and the line that brings the library.
_INSTALLERS = (
    ("apt-get", "sudo apt-get install libfluidsynth3"),
    ("dnf", "sudo dnf install fluidsynth-libs"),
    ("pacman", "sudo pacman -S fluidsynth"),
    ("zypper", "sudo zypper install libfluidsynth3"),
    ("apk", "sudo apk add fluidsynth-libs"),
    ("brew", "brew install fluid-synth"),
    ("choco", "choco install fluidsynth"),
)
_BY_SYSTEM = {"Darwin": "brew install fluid-synth", "Windows": "choco install fluidsynth"}


@dataclass(frozen=True, slots=True)
class Check:
    """A finding; an optional thing that is missing is still ok, and no remedy is an empty one."""

    name: str
    ok: bool
    detail: str
    remedy: str = ""


def doctor(context: Context) -> Result:
    """Say what is there and what is missing."""
    for check in diagnose():
        if context.options.json:
            print(json.dumps(asdict(check)))
            continue
        print(f"{'ok ' if check.ok else 'NO '} {check.name}: {check.detail}")
        if not check.ok and check.remedy:
            print(f"    {check.remedy}")
    return Result()


def diagnose() -> tuple[Check, ...]:
    """Look at Python, the dependencies, sound, models, accelerator and the current folder; change and raise nothing."""
    return (
        _check_python(),
        *(_check_dependency(name) for name in _DEPENDENCIES),
        *(_check_extra(name, *told) for name, told in _EXTRAS.items()),
        _check_kernel(),
        _tried("libfluidsynth", _check_library),
        _check_shadow(),
        _tried("soundfont", _check_soundfont),
        _check_models(),
        _tried("transcriber", _check_transcriber),
        _tried("accelerator", _check_accelerator),
        _check_folder(),
    )


def _tried(name: str, check: Callable[[], Check]) -> Check:
    """Make a check that needs libraries; without them, say so."""
    try:
        return check()
    except (ImportError, OSError) as error:
        missing = missing_library(error)
        if missing is None:
            raise
        detail, _, remedy = str(missing).partition("; ")
        return Check(name, False, detail, remedy.rpartition(": ")[2])


def install_line() -> str:
    """Return the command that installs libfluidsynth on the system at hand."""
    system = platform.system()
    for program, line in _INSTALLERS:
        if shutil.which(program) and not (system == "Darwin" and program != "brew"):
            return line
    return _BY_SYSTEM.get(system, _INSTALLERS[0][1])


def _check_python() -> Check:
    ok = sys.version_info[:2] >= _OLDEST_PYTHON
    wanted = ".".join(map(str, _OLDEST_PYTHON))
    return Check(
        "python", ok, platform.python_version(), "" if ok else f"install Python {wanted} or newer"
    )


def _check_dependency(name: str) -> Check:
    try:
        found = version(name)
    except PackageNotFoundError:
        return Check(name, False, "not installed", f'pip install "{_requirement(name)}"')
    return Check(name, True, found)


def _check_extra(name: str, extra: str, use: str) -> Check:
    """Look for what only some commands need: without it all is well, and it is told how to get it."""
    try:
        return Check(name, True, version(name))
    except PackageNotFoundError:
        line = f"pip install 'symgen[{extra}]'"
        return Check(name, True, f"not installed, only needed for {use}: {line}", line)


def _requirement(name: str) -> str:
    """Return a dependency with its range of versions, as symgen's own metadata state it."""
    try:
        lines = requires("symgen") or []
    except PackageNotFoundError:
        lines = []
    return next(
        (line for line in lines if re.split(r"[^\w.-]", line)[0].replace("-", "_") == name), name
    )


def _check_kernel() -> Check:
    from symgen.kernel import library

    if library() is None:
        detail = "not built: pieces are the same, and take four to six times as long"
        return Check(
            "C library", False, detail, "install a C compiler such as gcc, then symgen again"
        )
    return Check("C library", True, "built")


def _check_library() -> Check:
    from symgen.audio.synthesizer import import_fluidsynth

    if import_fluidsynth() is None:
        detail = "not found: WAV files are made with plain built-in sounds"
        return Check("libfluidsynth", False, detail, install_line())
    return Check("libfluidsynth", True, "found")


def _check_shadow() -> Check:
    """Look for the package `fluidsynth`, whose module hides the one of pyfluidsynth."""
    try:
        found = version("fluidsynth")
    except PackageNotFoundError:
        return Check("fluidsynth package", True, "no foreign package hides pyfluidsynth")
    remedy = "pip uninstall fluidsynth && pip install --force-reinstall pyfluidsynth"
    return Check(
        "fluidsynth package", False, f"the package fluidsynth {found} hides pyfluidsynth", remedy
    )


def _check_soundfont() -> Check:
    from symgen.audio.isolation import isolated_count
    from symgen.audio.soundfonts import open_soundfont
    from symgen.audio.synthesizer import count_presets, import_fluidsynth

    try:
        font = open_soundfont()
        fluidsynth = import_fluidsynth()
        if fluidsynth is None:
            count = len(font.presets)
        else:
            count = count_presets(fluidsynth, font) if font.shipped else isolated_count(font)
    except SymgenError as error:
        return Check(
            "soundfont",
            False,
            str(error),
            "take the font that comes with symgen, or install symgen again",
        )
    return Check("soundfont", True, f"{font.path}, {count} presets")


def _check_models() -> Check:
    remedy = "install symgen again, or name a model with --model"
    try:
        folder = data_folder("models")
    except SymgenError as error:
        return Check("models", False, str(error), remedy)
    names = sorted(
        path.name for path in folder.iterdir() if path.is_dir() and path.name not in _HELPERS
    )
    if not names:
        return Check("models", False, f"{folder} holds no model", remedy)
    return Check("models", True, f"{', '.join(names)} in {folder}")


def _check_transcriber() -> Check:
    from symgen.transcriber.inference import load_transcriber

    try:
        net = load_transcriber(data_folder("models") / _TRANSCRIBER)
    except SymgenError as error:
        return Check(
            "transcriber", False, str(error), "install symgen again, to write down recordings"
        )
    return Check("transcriber", True, f"{net.parameters:,} weights")


def _check_accelerator() -> Check:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of another library that torch would like to have
        try:
            import torch
        except ModuleNotFoundError:
            return Check("accelerator", True, "not looked for: only torch can use one")

    if not torch.cuda.is_available():
        return Check("accelerator", True, "no CUDA device: the processor does the work")
    names = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
    return Check("accelerator", True, f"CUDA: {', '.join(names)}")


def _check_folder() -> Check:
    folder = Path.cwd()
    try:
        check_writable(folder / ".symgen-doctor", overwrite=True)
    except FormatError as error:
        return Check(
            "current folder",
            False,
            str(error),
            "change to a folder that you may write, or name one with -o",
        )
    return Check("current folder", True, f"{folder} can be written")
