"""A project on the disk: one SQLite file with its journal, snapshots, files, takes and view.

SQLite writes its file itself, safely: with a write-ahead log that is flushed to the disk at each commit, a
change that was answered is there after a power cut. The file is locked while it is open, so that two
studios do not write into one project.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from symgen.system.errors import FormatError

__all__ = ["DiskError", "OpenElsewhereError", "Store", "read_summary"]

_APPLICATION = 0x73796D67
"""What tells such a file from other databases."""
_VERSION = 1
_TABLES = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE originals (number INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE snapshots (revision INTEGER PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE journal (
    revision INTEGER PRIMARY KEY, label TEXT NOT NULL, changed TEXT NOT NULL, tab TEXT NOT NULL,
    below INTEGER NOT NULL, ops BLOB NOT NULL, inverse BLOB NOT NULL);
CREATE TABLE takes (
    number INTEGER PRIMARY KEY AUTOINCREMENT, state TEXT NOT NULL, facts TEXT NOT NULL, data BLOB NOT NULL);
"""


class OpenElsewhereError(FormatError):
    """A project is open in another studio."""

    http_status = 409


class DiskError(FormatError):
    """The disk is full, fails, or may not be written."""

    http_status = 507


class Store:
    """One project file that is open; not for several threads at once."""

    def __init__(self, path: Path, *, is_new: bool = False) -> None:
        self.path = path
        with told(path):
            if is_new:
                self._file = _connect(path, "rwc")
                _make(self._file)
            else:
                self._file = _connect(path, "rw")
                try:
                    _check(self._file, path)
                except BaseException:
                    self._file.close()
                    raise

    def close(self) -> None:
        """Close it, and let others open it."""
        with suppress(sqlite3.Error):
            self._file.close()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Write all that is written in the block, or nothing of it; it is on the disk when the block ends."""
        with told(self.path):
            self._file.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._file.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    self._file.execute("ROLLBACK")
                raise

    # -- facts, files and snapshots ----------------------------------------------------

    def fact(self, name: str) -> Any:
        """Return a fact as plain data."""
        row = self._row("SELECT value FROM facts WHERE name = ?", name)
        return json.loads(row[0])

    def put_fact(self, name: str, value: Any) -> None:
        """Keep a fact."""
        self._file.execute("REPLACE INTO facts VALUES (?, ?)", (name, _text(value)))

    def original(self, number: int) -> Any:
        """Return the score that was read from a file, packed."""
        return _unpack(self._row("SELECT data FROM originals WHERE number = ?", number)[0])

    def put_original(self, data: Any) -> int:
        """Keep a packed score, and return its number."""
        made = self._file.execute("INSERT INTO originals (data) VALUES (?)", (_pack(data),))
        return int(made.lastrowid or 0)

    def snapshot(self) -> tuple[int, Any]:
        """Return the last document that was kept whole, and its revision."""
        revision, data = self._row("SELECT * FROM snapshots ORDER BY revision DESC LIMIT 1")
        return int(revision), _unpack(data)

    def put_snapshot(self, revision: int, data: Any) -> None:
        """Keep a whole document in the place of those before it."""
        self._file.execute("DELETE FROM snapshots")
        self._file.execute("INSERT INTO snapshots VALUES (?, ?)", (revision, _pack(data)))

    # -- the journal -------------------------------------------------------------------

    def put_change(self, row: Sequence[Any], ops: Any, inverse: Any) -> None:
        """Write a change down: revision, label, time, tab and the revision below it on the stack."""
        values = (*row, _pack(ops), _pack(inverse))
        self._file.execute("INSERT INTO journal VALUES (?, ?, ?, ?, ?, ?, ?)", values)

    def change(self, revision: int) -> tuple[str, int, Any, Any]:
        """Return label, revision below, changes and their inverse."""
        row = self._row(
            "SELECT label, below, ops, inverse FROM journal WHERE revision = ?", revision
        )
        return row[0], row[1], _unpack(row[2]), _unpack(row[3])

    def label(self, revision: int) -> str:
        """Return what a change is called."""
        return str(self._row("SELECT label FROM journal WHERE revision = ?", revision)[0])

    def ops_after(self, revision: int) -> Iterator[Any]:
        """Yield the changes that followed a revision, in order."""
        rows = self._file.execute(
            "SELECT ops FROM journal WHERE revision > ? ORDER BY revision", (revision,)
        )
        for (ops,) in rows:
            yield _unpack(ops)

    def inverses_down_to(self, revision: int) -> Iterator[Any]:
        """Yield what takes the changes after a revision back, the last one first."""
        rows = self._file.execute(
            "SELECT inverse FROM journal WHERE revision > ? ORDER BY revision DESC", (revision,)
        )
        for (inverse,) in rows:
            yield _unpack(inverse)

    def history(self, most: int) -> list[tuple[int, str, str]]:
        """Return revision, label and time of the last changes, in order."""
        with told(self.path):
            rows = self._file.execute(
                "SELECT revision, label, changed FROM journal ORDER BY revision DESC LIMIT ?",
                (most,),
            ).fetchall()
        return rows[::-1]

    # -- takes -------------------------------------------------------------------------

    def put_take(self, facts: dict[str, Any], data: Any) -> int:
        """Keep a take that is offered, and return its number."""
        made = self._file.execute(
            "INSERT INTO takes (state, facts, data) VALUES ('offered', ?, ?)",
            (_text(facts), _pack(data)),
        )
        return int(made.lastrowid or 0)

    def takes(self) -> list[tuple[int, str, dict[str, Any]]]:
        """Return number, state and facts of all takes, in order."""
        with told(self.path):
            rows = self._file.execute("SELECT number, state, facts FROM takes ORDER BY number")
            return [(number, state, json.loads(facts)) for number, state, facts in rows]

    def take(self, number: int) -> tuple[str, dict[str, Any], Any] | None:
        """Return state, facts and packed score of a take, if there is one."""
        with told(self.path):
            row = self._file.execute(
                "SELECT state, facts, data FROM takes WHERE number = ?", (number,)
            ).fetchone()
            return None if row is None else (row[0], json.loads(row[1]), _unpack(row[2]))

    def put_take_state(self, number: int, state: str) -> None:
        """Say what became of a take."""
        self._file.execute("UPDATE takes SET state = ? WHERE number = ?", (state, number))

    def forget_takes(self, kept: int) -> None:
        """Forget all takes but the last ones."""
        self._file.execute(
            "DELETE FROM takes WHERE number <= (SELECT MAX(number) FROM takes) - ?", (kept,)
        )

    def _row(self, question: str, *values: Any) -> Any:
        with told(self.path):
            row = self._file.execute(question, values).fetchone()
        if row is None:
            raise _damaged(self.path, "something in it is missing")
        return row


def read_summary(path: Path) -> dict[str, Any]:
    """Return what a project that is not open says of itself: title, time, bars and notes."""
    store = Store(path)
    try:
        summary = store.fact("summary")
    finally:
        store.close()
    if not isinstance(summary, dict):
        raise _damaged(path, "its summary makes no sense")
    return summary


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    file = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=0.5,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        for pragma in (
            "trusted_schema = OFF",
            "cell_size_check = ON",
            "locking_mode = EXCLUSIVE",
            "journal_mode = WAL",
            "synchronous = FULL",
        ):
            file.execute(f"PRAGMA {pragma}")
        # With the first write the lock is taken, and kept until the file is closed.
        file.execute("BEGIN IMMEDIATE")
        file.execute("COMMIT")
    except BaseException:
        file.close()
        raise
    return file


def _make(file: sqlite3.Connection) -> None:
    file.executescript(
        f"PRAGMA application_id = {_APPLICATION}; PRAGMA user_version = {_VERSION}; {_TABLES}"
    )


def _check(file: sqlite3.Connection, path: Path) -> None:
    (application,) = file.execute("PRAGMA application_id").fetchone()
    (version,) = file.execute("PRAGMA user_version").fetchone()
    if application != _APPLICATION:
        raise FormatError(f"{path}: is no project of the studio; move it to another folder")
    if version > _VERSION:
        raise FormatError(
            f"{path}: was written by a newer symgen; update with pip install -U symgen"
        )


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Let what goes wrong with a project file be said in one line."""
    try:
        yield
    except sqlite3.Error as error:
        raise _explained(path, error) from None
    except (zlib.error, ValueError, RecursionError):
        raise _damaged(path, "what it holds makes no sense") from None


def _explained(path: Path, error: sqlite3.Error) -> FormatError:
    said = str(error)
    if "locked" in said or "busy" in said:
        return OpenElsewhereError(
            f"{path}: is open in another studio; close it there, or open another one"
        )
    if "full" in said:
        return DiskError(f"{path}: the disk is full, the change is not kept; free some space")
    if "readonly" in said or "unable to open" in said:
        return DiskError(f"{path}: cannot be written; check the permissions of its folder")
    if "disk I/O" in said:
        return DiskError(f"{path}: the disk fails ({said}); check it, and free some space")
    return _damaged(path, said)


def _damaged(path: Path, why: str) -> FormatError:
    return FormatError(f"{path}: is no whole project ({why}); move it away, or take a copy of it")


def _text(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def _pack(value: Any) -> bytes:
    return zlib.compress(_text(value).encode(), 1)


def _unpack(data: bytes) -> Any:
    return json.loads(zlib.decompress(data))
