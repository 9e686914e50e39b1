"""Run a command line or a function in a folder of small inputs and reduce all that it gives to short hashes."""

from __future__ import annotations

import csv
import ctypes
import functools
import hashlib
import io
import json
import os
import platform
import re
import shlex
import shutil
import sys
import tarfile
import tempfile
import time
import wave
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from importlib import import_module
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import Any
from unittest.mock import patch

import golden_inputs
import numpy as np

import symgen
from symgen.__main__ import main

ROOT = Path(__file__).parents[2]
RECORD = Path(__file__).with_name("golden.json")
LIBRARIES = ("numpy", "torch", "mido", "music21", "matplotlib", "soundfile", "soxr", "pretty_midi")
STAGES = {
    "store": "corpus tunes -o store --min-bars 2",
    "run": "train store -o run --hidden 16 --head 8 --dropout 0.2 --batch 32 --rate 0.003 --weight-decay 0.01 "
    "--transpose 5 --epochs 1 --device cpu --seed 1",
    "labelled": "corpus tunes -o s --labels labels.csv --min-bars 2 && train s -o labelled --hidden 16 --head 8 "
    "--batch 8 --epochs 2 --device cpu --seed 1",
    "gan-run": "gan train store -o gan-run --minutes 0.1 --batch 4 --device cpu --seed 1 --validations 1",
}
"""Folders that commands read, and what makes them."""

_LENGTH = 10
_PASSING = {"seconds", "version", "checksum", "sha256", "files", "versions", "created", "elapsed"}
"""Keys of JSON whose values are times, versions, or hashes of files that hold such."""
_FINGERPRINT = re.compile(r"-[0-9a-f]{12}(?=\.)")
_VERSION = re.compile(r"\b\d+(\.\w+)+(\+\w+)?")
_monotonic = time.monotonic


def environment() -> dict[str, str]:
    """Name what the recorded hashes hold for."""
    found = {name: version(name).partition("+")[0] for name in LIBRARIES}
    return {
        "python": ".".join(platform.python_version_tuple()[:2]),
        "machine": platform.machine(),
        "system": platform.system(),
        **found,
    }


@functools.cache
def processor() -> str:
    """Name what torch, the matrix library and numpy make of the processor: last bits of weights and sums follow it."""
    import torch
    from threadpoolctl import threadpool_info

    blas = {
        str(info.get("architecture")) for info in threadpool_info() if info["user_api"] == "blas"
    }
    found: Any = np.show_config(mode="dicts")
    return " ".join(
        [torch.backends.cpu.get_cpu_capability(), *sorted(blas), *found["SIMD Extensions"]["found"]]
    )


@functools.cache
def fluidsynth_version() -> str:
    """Return the version of the synthesizer's library; empty without one."""
    try:
        with redirect_stdout(io.StringIO()):
            import fluidsynth

        parts = [ctypes.c_int() for _ in range(3)]
        fluidsynth.fluid_version(*map(ctypes.byref, parts))
    except (ImportError, OSError, AttributeError):
        return ""
    return ".".join(str(part.value) for part in parts)


def run_case(case: str | Callable[[], Any], keep: Path | None = None) -> dict[str, str]:
    """Run a case in a folder of its own: what was printed or returned and each file that was written -> hash.

    All of it is copied to the folder `keep`, if any.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        _lay_out(folder, case if isinstance(case, str) else "")
        before = _contents(folder)
        printed = _printed(case, folder) if isinstance(case, str) else _returned(case, folder)
        found = {"printed": _short(printed.encode())}
        new = [
            path for place, path in _files(folder).items() if before.get(place) != path.read_bytes()
        ]
        for path in new:
            place = _FINGERPRINT.sub("", path.relative_to(folder).as_posix())
            found[place] = _hash_file(path, folder)
            if keep is not None:
                (keep / place).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, keep / place)
        if keep is not None:
            keep.mkdir(parents=True, exist_ok=True)
            (keep / "printed.txt").write_text(printed, encoding="utf-8")
        return found


def _lay_out(folder: Path, commands: str) -> None:
    golden_inputs.write_inputs(folder)
    words = shlex.split(commands)
    made = {after for word, after in pairwise(words) if word == "-o"}
    for stage in STAGES:
        if stage in words and stage not in made:
            shutil.copytree(_stage(stage), folder / stage)


@functools.cache
def _stage(name: str) -> Path:
    folder = _shared() / name
    _lay_out(folder, STAGES[name])
    _printed(STAGES[name], folder)
    return folder / name


@functools.cache
def _shared() -> Path:
    import atexit

    folder = Path(tempfile.mkdtemp()).resolve()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    (folder / "inputs").mkdir()
    return folder


def _files(folder: Path) -> dict[str, Path]:
    found = {
        path.relative_to(folder).as_posix(): path
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    return {place: path for place, path in found.items() if not place.startswith("cache/")}


def _contents(folder: Path) -> dict[str, bytes]:
    return {place: path.read_bytes() for place, path in _files(folder).items()}


# -- running -----------------------------------------------------------------------------


def _printed(commands: str, folder: Path) -> str:
    """Run command lines that ``&&`` parts; status, stdout and stderr of each, without what passes."""
    told = []
    with _in_folder(folder):
        for command in commands.split(" && "):
            out, err = io.StringIO(), io.StringIO()
            with redirect_stdout(out), redirect_stderr(err):
                status = _status(shlex.split(command))
            text = f"{status}\n{_plain_lines(out.getvalue(), folder)}\n{_plain_lines(err.getvalue(), folder)}"
            told.append(_without_machine(text) if command.startswith("doctor") else text)
    return "\n".join(told)


def _status(arguments: list[str]) -> Any:
    """Run a command of `symgen`, or of the lab if that is the first word."""
    with patch.object(sys, "argv", ["symgen", *arguments]):
        try:
            return (
                import_module("lab.__main__").main(arguments[1:])
                if arguments[:1] == ["lab"]
                else main()
            )
        except SystemExit as error:
            return error.code


def _returned(function: Callable[[], Any], folder: Path) -> str:
    with _in_folder(folder):
        return _plain_text(str(function()), folder)


@contextmanager
def _in_folder(folder: Path) -> Iterator[None]:
    import torch

    before, threads = Path.cwd(), torch.get_num_threads()
    torch.set_num_threads(1)
    os.chdir(folder)
    try:
        with (
            patch.dict(os.environ, _variables(folder)),
            _own_clock(),
        ):
            yield
    finally:
        os.chdir(before)
        torch.set_num_threads(threads)


def _variables(folder: Path) -> dict[str, str]:
    return {
        "SYMGEN_CACHE": str(folder / "cache"),
        "SYMGEN_DATA": str(folder / "data"),
        "SYMGEN_NO_HISTORY": "1",
        "COLUMNS": "80",
    }


class _Clock:
    """Go on by a second at each step of an optimizer, so that training stops at one place; else tell the time."""

    def __init__(self) -> None:
        self.seconds: float | None = None

    def __call__(self) -> float:
        return _monotonic() if self.seconds is None else self.seconds

    def tick(self, *_: Any) -> None:
        if self.seconds is not None:
            self.seconds += 1.0


_clock = _Clock()


@contextmanager
def _own_clock() -> Iterator[None]:
    """Put the clock in the place of the usual one, also where modules hold that by a name of their own."""
    from torch.optim.optimizer import register_optimizer_step_post_hook

    hook = register_optimizer_step_post_hook(_clock.tick)
    _clock.seconds = 0.0
    time.monotonic = _clock
    _put(_monotonic, _clock)
    try:
        yield
    finally:
        hook.remove()
        _clock.seconds = None
        time.monotonic = _monotonic
        _put(_clock, _monotonic)


def _put(old: Any, new: Any) -> None:
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in ("symgen", "lab"):
            for word, value in list(vars(module).items()):
                if value is old:
                    setattr(module, word, new)


# -- hashing -----------------------------------------------------------------------------


def _short(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:_LENGTH]


def _plain_text(text: str, folder: Path) -> str:
    """Take out folders, the version and fingerprints in the names of files."""
    text = text.replace(str(folder), "FOLDER").replace(str(ROOT), "ROOT")
    return _FINGERPRINT.sub("", text.replace(symgen.__version__, "VERSION"))


def _plain_lines(text: str, folder: Path) -> str:
    lines = _plain_text(text, folder).splitlines()
    return "\n".join(_plain_json(line) if line.startswith("{") else line for line in lines)


def _without_machine(text: str) -> str:
    """Take out versions of all libraries and the device."""
    kept = [line for line in text.splitlines() if "accelerator" not in line]
    return _VERSION.sub("N", "\n".join(kept))


def _plain_json(text: str) -> str:
    return json.dumps(_without_passing(json.loads(text)), sort_keys=True)


def _without_passing(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: _without_passing(item) for name, item in value.items() if name not in _PASSING
        }
    return [_without_passing(item) for item in value] if isinstance(value, list) else value


def _hash_file(path: Path, folder: Path) -> str:
    kind = path.suffix.lower()
    if kind in _HASHES:
        return _HASHES[kind](path)
    if kind not in (".json", ".done", ".md"):
        return _short(path.read_bytes())
    text = _plain_text(path.read_text(encoding="utf-8"), folder)
    return _short((text if kind == ".md" else _plain_json(text)).encode())


def _hash_pack(path: Path) -> str:
    """Hash the pieces of a packed part and their reports, without what compresses them."""
    found = []
    with tarfile.open(path) as tar:
        for member in tar:
            file = tar.extractfile(member)
            data = b"" if file is None else file.read()
            plain = _plain_json(data.decode()).encode() if member.name.endswith(".json") else data
            found.append((member.name, _short(plain)))
    return _short(repr(found).encode())


def _hash_wav(path: Path) -> str:
    """Hash rate, channels, length and rounded level; and all samples, which hold for one version of FluidSynth."""
    with wave.open(str(path)) as file:
        facts = file.getparams()[:4]
        samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
    level = round(20 * np.log10(np.sqrt(np.mean(np.square(samples / 32768.0))) + 1e-9) / 3)
    return f"{_short(repr((*facts, level)).encode())} {_short(samples.tobytes())}"


def _hash_sound(path: Path) -> str:
    """Hash what a compressed file holds: its kind, and for FLAC all samples."""
    import soundfile

    samples, rate = soundfile.read(path, dtype="int16", always_2d=True)
    facts = _short(repr((path.suffix, rate, samples.shape)).encode())
    return f"{facts} {_short(samples.tobytes())}" if path.suffix == ".flac" else facts


def _hash_picture(path: Path) -> str:
    from matplotlib.image import imread

    pixels = imread(path)
    return _short(repr(pixels.shape).encode() + pixels.tobytes())


def _hash_tensors(path: Path) -> str:
    from safetensors.numpy import load_file

    tensors = load_file(path)
    return _short(b"".join(f"{name} {value.dtype} {value.shape}".encode() + value.tobytes()
                           for name, value in sorted(tensors.items())))  # fmt: skip


def _hash_table(path: Path) -> str:
    with path.open(encoding="utf-8", newline="") as file:
        rows = [{k: v for k, v in row.items() if k not in _PASSING} for row in csv.DictReader(file)]
    return _short(json.dumps(rows).encode())


_HASHES = {
    ".wav": _hash_wav,
    ".flac": _hash_sound,
    ".ogg": _hash_sound,
    ".mp3": _hash_sound,
    ".png": _hash_picture,
    ".safetensors": _hash_tensors,
    ".csv": _hash_table,
    ".gz": _hash_pack,
}


# -- the record --------------------------------------------------------------------------


def read_record() -> dict[str, Any]:
    """Read the recorded hashes, and under ``environment`` what they hold for."""
    return (
        dict(json.loads(RECORD.read_text(encoding="utf-8")))
        if RECORD.is_file()
        else {"environment": {}}
    )


def write_record(record: dict[str, Any]) -> None:
    """Write a line for each case, sorted."""
    first = {"environment": record["environment"]}
    rest = {name: record[name] for name in sorted(record) if name != "environment"}
    lines = [
        f"{json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}" for k, v in (first | rest).items()
    ]
    RECORD.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
