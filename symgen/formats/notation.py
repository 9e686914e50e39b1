"""Notation files: MusicXML, ABC and Humdrum kern, read in a child process.

The child runs music21 with limits on time and memory, as damaged files can make a
parser hang; it answers in JSON.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

from symgen.errors import ControlError, FormatError
from symgen.files import PathLike, read_bytes
from symgen.formats._child import child_options
from symgen.formats.tunes import Tune, tune_from_json, tune_to_json

__all__ = ["SUFFIXES", "Tune", "parse_abc_tunes", "read_tunes", "tune_from_json", "tune_to_json"]

SUFFIXES = (".musicxml", ".xml", ".mxl", ".abc", ".krn")
MAX_BYTES = 64 * 2**20
REPEATS = ("written", "played")


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
    _check_file(path)
    command = [sys.executable, "-m", "symgen.formats._notation_worker", str(path.resolve()), repeats]
    try:
        done = subprocess.run(
            command, capture_output=True, timeout=timeout, check=False, stdin=subprocess.DEVNULL, **child_options()
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


def _check_file(path: Path) -> None:
    if path.suffix.lower() not in SUFFIXES:
        raise FormatError(f"{path}: is no notation file; use one of {', '.join(SUFFIXES)}")
    data = read_bytes(path)
    size = len(data)
    if not size:
        raise FormatError(f"{path}: is empty (0 bytes); ask for a whole copy of the file")
    if path.suffix.lower() == ".abc" and not re.search(rb"^K:", data, re.MULTILINE):
        raise FormatError(f"{path}: holds no ABC tune (no line begins with K:); check the file's type")
    if path.suffix.lower() == ".mxl":
        try:
            with zipfile.ZipFile(path) as archive:
                size = sum(entry.file_size for entry in archive.infolist())
        except zipfile.BadZipFile:
            raise FormatError(f"{path}: is no compressed MusicXML file; check the file's type") from None
    if size > MAX_BYTES:
        raise FormatError(f"{path}: has {size} bytes, more than {MAX_BYTES}; split the piece")
