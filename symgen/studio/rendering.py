"""Sound files of a piece, made by a child process with limits of time and memory."""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Mapping

from symgen.formats import score_bytes
from symgen.music.score import Score
from symgen.system.errors import RenderError, error_called
from symgen.system.files import read_bytes, scratch_folder, write_atomic
from symgen.system.processes import Fault, Worker

__all__ = ["sound_file", "stems_zip", "zipped"]

_COMMAND = ("-m", "symgen.studio.render_worker")
_SECONDS = 300.0
_MEGABYTES = 3072


def sound_file(score: Score, suffix: str) -> bytes:
    """Return a sound file, byte for byte that of ``symgen render`` of the piece as MIDI.

    Parameters
    ----------
    score : Score
    suffix : str
        ``".wav"``, ``".flac"`` or ``".ogg"``.

    Raises
    ------
    RenderError
        If no sound could be made in five minutes.
    FormatError
        If the piece holds no notes.
    """
    return next(iter(_rendered(score, f"sound{suffix}", stems=False).values()))


def stems_zip(score: Score, name: str) -> bytes:
    """Return a zip of the WAV file of a piece and of each of its parts, as ``symgen render --stems`` makes them."""
    return zipped(_rendered(score, f"{name}.wav", stems=True))


def zipped(files: Mapping[str, bytes]) -> bytes:
    """Return a zip of files; the same files give the same bytes."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def _rendered(score: Score, name: str, *, stems: bool) -> dict[str, bytes]:
    with scratch_folder(tempfile.gettempdir()) as folder:
        file = folder / "piece.mid"
        write_atomic(file, score_bytes(score))
        question = {"file": str(file), "out": str(folder / name), "stems": stems}
        with Worker([*_COMMAND, str(_MEGABYTES)], _explain) as child:
            answer = child.ask(question, _SECONDS)
        if "error" in answer:
            raise error_called(answer.get("kind"))(str(answer["error"]))
        return {each: read_bytes(folder / each) for each in answer["files"]}


def _explain(fault: Fault) -> RenderError:
    reason = {
        "late": f"took more than {_SECONDS:g} s",
        "memory": f"needs more than {_MEGABYTES:,} MB of memory",
    }.get(fault, "broke down")
    return RenderError(f"making the sound {reason}; export the piece as MIDI, or fewer bars of it")
