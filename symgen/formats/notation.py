"""Notation files: MusicXML, ABC and Humdrum kern, read in a child process.

The child runs music21 with limits on time and memory, as damaged files can make a
parser hang; it answers in JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from symgen.errors import ControlError, FormatError
from symgen.files import PathLike, read_bytes
from symgen.meter import Meter
from symgen.score import KeyChange, MeterChange, Note, Part, Score, TempoChange
from symgen.theory import Key

__all__ = ["SUFFIXES", "Tune", "parse_abc_tunes", "read_tunes", "tune_from_json", "tune_to_json"]

SUFFIXES = (".musicxml", ".xml", ".mxl", ".abc", ".krn")
MAX_BYTES = 64 * 2**20
REPEATS = ("written", "played")


@dataclass(frozen=True, slots=True)
class Tune:
    """A piece with what its file says about it.

    Parameters
    ----------
    score : Score
        The music.
    title : str
        May be empty.
    key : Key or None
        With its mode, if the file names it.
    rhythm : str
        ABC's ``R:`` in lower case, such as ``"jig"``, or empty.
    number : str
        ABC's ``X:``, or empty.
    problems : tuple of str
        Bars that do not fill their metre, or why the tune cannot be read.
    """

    score: Score
    title: str = ""
    key: Key | None = None
    rhythm: str = ""
    number: str = ""
    problems: tuple[str, ...] = ()


def read_tunes(path: PathLike, *, repeats: str = "written", timeout: float = 60.0) -> tuple[Tune, ...]:
    """Read the tunes of a notation file.

    Parameters
    ----------
    path : path
        A file with one of `SUFFIXES`.
    repeats : {"written", "played"}
        ``written``: each section once, with the last of its endings. ``played``: as the
        repeat signs say.
    timeout : float
        Seconds after which reading is given up.

    Returns
    -------
    tuple of Tune
        One or more. In an ABC book a tune that cannot be read has no notes and says
        why in its problems.

    Raises
    ------
    FormatError
        If the file is missing, empty, too large, damaged or takes too long.
    ControlError
        If `repeats` is unknown.
    """
    path = Path(path)
    if repeats not in REPEATS:
        raise ControlError(f"repeats {repeats!r}: use one of {', '.join(REPEATS)}")
    _check_size(path)
    command = [sys.executable, "-m", "symgen.formats._notation_worker", str(path.resolve()), repeats]
    package = str(Path(__file__).resolve().parents[2])  # the child finds this package wherever it lies
    paths = os.pathsep.join(filter(None, (package, os.environ.get("PYTHONPATH"))))
    environment = os.environ | {"PYTHONPATH": paths}
    try:
        done = subprocess.run(
            command, capture_output=True, timeout=timeout, check=False, stdin=subprocess.DEVNULL, env=environment
        )
    except subprocess.TimeoutExpired:
        raise FormatError(f"{path}: took more than {timeout:g} s to read; split or simplify it") from None
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        lines = done.stderr.decode(errors="replace").strip().splitlines() or [f"exit status {done.returncode}"]
        answer = {"error": lines[-1]}
    if "error" in answer:
        reason = " ".join(str(answer["error"]).split())[:200]
        raise FormatError(f"{path}: cannot be read as {path.suffix} ({reason}); check the file's type")
    return tuple(tune_from_json(tune) for tune in answer["tunes"])


def parse_abc_tunes(text: str, repeats: str = "written") -> list[Tune]:
    """Read the tunes of an ABC text in this process.

    For process pools that can stop a worker which hangs; `read_tunes` starts a process
    of its own.

    Parameters
    ----------
    text : str
        A tune book.
    repeats : {"written", "played"}
        See `read_tunes`.

    Returns
    -------
    list of Tune
        In the order of the text; see `read_tunes`.
    """
    from symgen.formats import _notation_worker

    return _notation_worker.parse_abc_tunes(text, repeats)


def _check_size(path: Path) -> None:
    if path.suffix.lower() not in SUFFIXES:
        raise FormatError(f"{path}: is no notation file; use one of {', '.join(SUFFIXES)}")
    size = len(read_bytes(path))
    if not size:
        raise FormatError(f"{path}: is empty (0 bytes); ask for a whole copy of the file")
    if path.suffix.lower() == ".mxl":
        try:
            with zipfile.ZipFile(path) as archive:
                size = sum(entry.file_size for entry in archive.infolist())
        except zipfile.BadZipFile:
            raise FormatError(f"{path}: is no compressed MusicXML file; check the file's type") from None
    if size > MAX_BYTES:
        raise FormatError(f"{path}: has {size} bytes, more than {MAX_BYTES}; split the piece")


def tune_to_json(tune: Tune) -> dict[str, Any]:
    """Return a tune as plain lists and numbers; `tune_from_json` reads them."""
    score = tune.score
    return {
        "title": tune.title,
        "key": [tune.key.tonic, tune.key.mode] if tune.key else None,
        "rhythm": tune.rhythm,
        "number": tune.number,
        "problems": list(tune.problems),
        "resolution": score.resolution,
        "length": score.length,
        "parts": [
            [p.program, p.is_drum, p.name, [[n.onset, n.pitch, n.duration, n.velocity] for n in p.notes]]
            for p in score.parts
        ],
        "tempos": [[c.tick, c.microseconds] for c in score.tempos],
        "meters": [[c.tick, c.meter.numerator, c.meter.denominator] for c in score.meters],
        "keys": [[c.tick, c.sharps, c.minor] for c in score.keys],
    }


def tune_from_json(data: dict[str, Any]) -> Tune:
    """Return the tune that `tune_to_json` wrote."""

    def part(program: int, is_drum: bool, name: str, notes: Sequence[Sequence[int]]) -> Part:
        return Part(tuple(Note(*note) for note in notes), program, is_drum, name)

    score = Score(
        tuple(part(*item) for item in data["parts"]),
        data["resolution"],
        tuple(TempoChange(*item) for item in data["tempos"]),
        tuple(MeterChange(tick, Meter(*meter)) for tick, *meter in data["meters"]),
        tuple(KeyChange(*item) for item in data["keys"]),
        data["length"],
    )
    key = Key(*data["key"]) if data["key"] else None
    return Tune(score, data["title"], key, data["rhythm"], data["number"], tuple(data["problems"]))
