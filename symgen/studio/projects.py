"""The projects of a folder: one file each, opened when it is asked for."""

from __future__ import annotations

import secrets
import threading
from pathlib import Path, PurePosixPath
from typing import Any

from symgen.music.score import Score
from symgen.music.theory import Key
from symgen.studio.changes import apply
from symgen.studio.document import Document, Head
from symgen.studio.op_reading import ID_PATTERN, Op, read_ops
from symgen.studio.project import Project
from symgen.studio.scores import document_of
from symgen.studio.store import OpenElsewhereError, read_summary
from symgen.system.errors import FormatError
from symgen.system.files import make_folder
from symgen.system.folders import user_folder

__all__ = ["DELETED", "Projects", "UnknownError", "usual_folder"]

_SUFFIX = ".symgen-project"
DELETED = "deleted"
"""The folder in which projects lie that were deleted."""
_LOGS = ("-wal", "-shm", "-journal")
"""What SQLite may leave beside a file that it could not close."""
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
_ID_LENGTH = 10
_BARS = 8


class UnknownError(FormatError):
    """There is no project of that name."""

    http_status = 404


def usual_folder() -> Path:
    """Return the folder of the user's projects."""
    return user_folder("data") / "projects"


class Projects:
    """All projects in a folder, which is made if need be; any thread may call any method.

    Parameters
    ----------
    folder : Path, optional
        The user's own, see `usual_folder`, if left out.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = make_folder(folder or usual_folder())
        self._lock = threading.RLock()
        self._open: dict[str, Project] = {}

    def _path(self, name: str) -> Path:
        if not ID_PATTERN.fullmatch(name):
            raise UnknownError(f"project {name!r:.40}: is not there; get the list of projects")
        return self.folder / f"{name}{_SUFFIX}"

    def list(self) -> list[dict[str, Any]]:
        """Return id, title, time of the last change, bars and notes of each, the last changed first.

        One that cannot be read has an ``error`` in a line, and no bars and notes.
        """
        paths = {path.stem: path for path in self.folder.glob(f"*{_SUFFIX}")}
        rows = [
            self._listed(name, paths[name]) for name in sorted(paths) if ID_PATTERN.fullmatch(name)
        ]
        return sorted(rows, key=lambda row: str(row["changed"]), reverse=True)

    def _listed(self, name: str, path: Path) -> dict[str, Any]:
        nothing = {"id": name, "title": name, "changed": "", "bars": 0, "notes": 0}
        with self._lock:
            known = self._open.get(name)
            if known is not None:
                return nothing | known.summary
            try:
                return nothing | read_summary(path)
            except FormatError as error:
                return nothing | {"error": str(error)}

    def open(self, name: str) -> Project:
        """Return a project, opened once for all.

        Raises
        ------
        UnknownError
            If there is none of that name.
        FormatError
            If it is damaged, or open in another studio.
        """
        with self._lock:
            if name not in self._open:
                path = self._path(name)
                if not path.is_file():
                    raise UnknownError(f"project {name}: is not there; get the list of projects")
                self._open[name] = Project.open(path)
            return self._open[name]

    def create(
        self,
        document: Document,
        label: str = "new piece",
        original: Score | None = None,
        file: str = "",
    ) -> Project:
        """Make a project of a document.

        Parameters
        ----------
        document : Document
        label : str
            What its history begins with.
        original : Score, optional
            As it was read from the file of the document.
        file : str
            What it is called in lists as long as the piece has no title.
        """
        with self._lock:
            name = "".join(secrets.choice(_LETTERS) for _ in range(_ID_LENGTH))
            made = Project.create(self._path(name), document, label, original, file)
            self._open[name] = made
            return made

    def create_empty(self, wanted: dict[str, Any]) -> Project:
        """Make an empty piece for piano of eight bars of 4/4 at 120 quarters a minute, or of what is wanted.

        Parameters
        ----------
        wanted : dict
            Any of title, bars, meter, key and tempo, as of the change ``piece``; checked here.
        """
        ops: list[Op] = read_ops([{"op": "piece", "title": "", "bars": _BARS, **wanted}])
        part = {"id": "p1", "name": "Piano", "program": 0, "is_drum": False}
        document, _ = apply(Document(Head()), [{"op": "add_part", "part": part}, *ops])
        return self.create(document)

    def create_of(self, score: Score, file: str, *, key: Key | None = None) -> Project:
        """Make a project of the score of a file, which it keeps."""
        number = 1 if score.source is not None else None
        document = document_of(score, key=key, original=number)
        stem = PurePosixPath(file).stem
        return self.create(document, f"opened {file}", score if number else None, stem)

    def delete(self, name: str) -> None:
        """Move a project to the folder of deleted ones, a damaged one too."""
        with self._lock:
            try:
                self.open(name)
            except (UnknownError, OpenElsewhereError):
                raise
            except FormatError:
                pass  # it is damaged, and in nobody's way there
            known = self._open.pop(name, None)
            if known is not None:
                known.close()
            path = self._path(name)
            place = make_folder(self.folder / DELETED)
            for file in (path, *(path.with_name(path.name + more) for more in _LOGS)):
                _move(file, place / file.name)

    def close(self) -> None:
        """Close all."""
        with self._lock:
            for project in self._open.values():
                project.close()
            self._open.clear()


def _move(file: Path, place: Path) -> None:
    try:
        file.replace(place)
    except FileNotFoundError:
        return
    except OSError as error:
        reason = error.strerror or str(error)
        raise FormatError(f"{file}: cannot be moved ({reason}); check its permissions") from None
