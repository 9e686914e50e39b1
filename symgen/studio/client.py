"""A client of a studio that runs: what the page can do, from Python; needs nothing but the standard library."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn
from urllib.parse import parse_qs, quote, urlsplit

from symgen.system.errors import ControlError, SymgenError
from symgen.system.files import PathLike, read_bytes

__all__ = ["Client", "StudioError", "StudioTake"]

_SECONDS = 300.0
_IDLE_SECONDS = 4.0
"""After which a connection is not used again: a studio closes those that stay silent."""
_TAB = "python"
Document = dict[str, Any]
"""A document as JSON: see ``/api/openapi.json`` of a studio."""


class StudioError(SymgenError):
    """A studio refused a request, or cannot be reached.

    Attributes
    ----------
    status : int
        The HTTP status, 0 where none came.
    """

    def __init__(self, text: str, status: int = 0) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True)
class StudioTake:
    """A take that a studio wrote.

    Attributes
    ----------
    id : str
        What `Client.accept` is given.
    said : str
        What it is, in words: "take 2 of 4, bars 5 to 8, 23 notes, all controls met".
    facts : mapping
        All that the studio told of it: seed, notes, checks.
    """

    id: str
    said: str
    facts: Mapping[str, Any]


class Client:
    """Speaks with a studio.

    Parameters
    ----------
    url : str
        Its address, such as ``http://127.0.0.1:8765``, or the whole start link that it printed.
    token : str, optional
        Its token, where `url` is no start link.

    Examples
    --------
    ::

        with Client("http://127.0.0.1:8765/?token=...") as studio:
            piece = studio.open("tune.mid")
            for take in studio.write(piece["id"], "infill", bars=(5, 8), count=2):
                print(take.said)
            studio.accept(piece["id"], take.id)
            data = studio.export(piece["id"], "mid")
    """

    def __init__(self, url: str, token: str | None = None) -> None:
        parts = urlsplit(url)
        found = parse_qs(parts.query).get("token", [""])[0]
        self._token = token or found
        if parts.scheme != "http" or not parts.hostname:
            raise ControlError(f"url {url!r:.60}: give the address that `symgen studio` printed")
        if not self._token.isascii() or not self._token.isprintable() or not self._token:
            raise ControlError(
                "token: is missing or no token; give the start link as it was printed"
            )
        self._host, self._port = parts.hostname, parts.port or 80
        self._connection: http.client.HTTPConnection | None = None
        self._used = 0.0

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; the next request opens another one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    # -- projects ------------------------------------------------------------------------

    def about(self) -> dict[str, Any]:
        """Return the version of the studio, what is installed with it, and its limits."""
        return self._object("GET", "/api/about")

    def schema(self) -> dict[str, Any]:
        """Return what can be written, by verb, with a JSON Schema of the controls of each."""
        return self._object("GET", "/api/schema")

    def projects(self) -> list[dict[str, Any]]:
        """Return id, title, time of the last change, bars and notes of each project."""
        return self._list("GET", "/api/projects")

    def create(self, **wanted: Any) -> Document:
        """Make an empty piece: `title`, `bars`, `meter`, `key` and `tempo` may be given."""
        return self._object("POST", "/api/projects", wanted)

    def open(self, path: PathLike) -> Document:
        """Open a file as a new project: MIDI, MusicXML, ABC, kern, a project file or a recording."""
        file = Path(path)
        return self._sent("/api/projects/open", file)

    def document(self, project: str) -> Document:
        """Return the document of a project as it is now."""
        return self._object("GET", _place(project))

    def delete(self, project: str) -> None:
        """Move a project to the folder of deleted ones."""
        self._ask("DELETE", _place(project))

    # -- changes -------------------------------------------------------------------------

    def change(
        self, project: str, ops: Sequence[Mapping[str, Any]], label: str = "change", *, base: int
    ) -> dict[str, Any]:
        """Change a document.

        Parameters
        ----------
        project : str
        ops : sequence of mappings
            Such as ``{"op": "lock", "ids": ["n1"], "locked": True}``; see ``/api/openapi.json``.
        label : str
            What undo calls it.
        base : int
            The revision that was changed.

        Returns
        -------
        dict
            The new ``revision``, the ``ops`` that were done, and what can be undone and redone.
        """
        wanted = {"tab": _TAB, "base": base, "label": label, "ops": [dict(op) for op in ops]}
        return self._object("POST", _place(project, "changes"), wanted)

    def undo(self, project: str) -> dict[str, Any]:
        """Take the last change back."""
        return self._object("POST", _place(project, "undo"), {"tab": _TAB})

    def redo(self, project: str) -> dict[str, Any]:
        """Make the change again that was taken back last."""
        return self._object("POST", _place(project, "redo"), {"tab": _TAB})

    def history(self, project: str) -> list[dict[str, Any]]:
        """Return revision, label and time of the changes."""
        return self._list("GET", _place(project, "history"))

    # -- takes ---------------------------------------------------------------------------

    def write(
        self,
        project: str,
        verb: str,
        *,
        bars: tuple[int, int] | None = None,
        parts: Sequence[str] | None = None,
        count: int = 4,
        seed: int | None = None,
        **controls: Any,
    ) -> Iterator[StudioTake]:
        """Have takes written, and yield each when it is there.

        Locked notes stay. Leaving the loop early cancels the takes that are still to come.

        Parameters
        ----------
        project : str
        verb : str
            ``"infill"``, ``"continue"``, ``"vary"``, ``"harmonize"``, ``"accompany"``, ``"drums"``, ``"generate"``.
        bars : (int, int), optional
            The first and the last bar to write.
        parts : sequence of str, optional
            Ids of the parts to write.
        count : int
            How many takes.
        seed : int, optional
            The same seed gives the same takes.
        **controls
            As in `symgen.infill` and so on; see `schema`.
        """
        wanted: dict[str, Any] = {
            "verb": verb,
            "bars": list(bars) if bars else None,
            "parts": list(parts) if parts is not None else None,
            "controls": controls,
            "count": count,
        }
        if seed is not None:
            wanted["seed"] = seed
        job = str(self._object("POST", _place(project, "jobs"), wanted)["job"])
        return self._takes(job)

    def _takes(self, job: str) -> Iterator[StudioTake]:
        is_over = False
        try:
            for kind, data in self._events(f"/api/jobs/{quote(job, safe='')}/events"):
                if kind == "take":
                    yield StudioTake(str(data["take"]), str(data.get("said", "")), data)
                is_over = kind in ("done", "failed", "cancelled")
                if kind == "failed":
                    raise StudioError(str(data.get("error", "the takes could not be written")))
                if is_over:
                    return
        finally:
            if not is_over:
                self._ask("DELETE", f"/api/jobs/{quote(job, safe='')}")

    def takes(self, project: str) -> list[dict[str, Any]]:
        """Return all takes of a project."""
        return self._list("GET", _place(project, "takes"))

    def take(self, project: str, take: str) -> dict[str, Any]:
        """Return a take, with the ``document`` as it would be."""
        return self._object("GET", _place(project, "takes", take))

    def accept(self, project: str, take: str) -> dict[str, Any]:
        """Take a take over, as one change that can be undone."""
        return self._object("POST", _place(project, "takes", take, "accept"), {"tab": _TAB})

    # -- files ---------------------------------------------------------------------------

    def export(self, project: str, kind: str) -> bytes:
        """Return a piece as a file: mid, wav, flac, ogg, musicxml, abc, pdf, png, stems, report, command, project."""
        return self._ask("GET", _place(project, "export", kind))

    def score(self, project: str, page: int = 1) -> dict[str, Any]:
        """Return a page of the engraved score as SVG, with the ticks of its notes."""
        return self._object("GET", f"{_place(project, 'score')}?page={page}")

    def hear(self, project: str, path: PathLike) -> list[dict[str, Any]]:
        """Return the notes of a recording of one voice, in the ticks and the tempo of a project."""
        found = self._sent(_place(project, "hear"), Path(path))
        return list(found["notes"])

    # -- the wire ------------------------------------------------------------------------

    def _sent(self, path: str, file: Path) -> dict[str, Any]:
        data = read_bytes(file)
        place = f"{path}?name={quote(file.name, safe='')}"
        found: dict[str, Any] = self._json(self._ask("POST", place, data))
        return found

    def _object(self, method: str, path: str, value: Any = None) -> dict[str, Any]:
        found = self._json(self._ask(method, path, value))
        if not isinstance(found, dict):
            raise StudioError(
                "the studio answered something else than was asked; is it another version?"
            )
        return found

    def _list(self, method: str, path: str) -> list[dict[str, Any]]:
        found = self._json(self._ask(method, path))
        if not isinstance(found, list):
            raise StudioError(
                "the studio answered something else than was asked; is it another version?"
            )
        return found

    def _json(self, data: bytes) -> Any:
        try:
            return json.loads(data)
        except ValueError:
            raise StudioError(
                "the studio answered no JSON; is another program at its port?"
            ) from None

    def _ask(self, method: str, path: str, value: Any = None) -> bytes:
        """Send a request, and return the body of its answer."""
        for is_last in (False, True):
            if time.monotonic() - self._used > _IDLE_SECONDS:
                self.close()
            was_open = self._connection is not None
            connection = self._connection or self._open()
            self._connection = connection
            try:
                answer = _send(connection, self._token, (method, path), value)
                data = answer.read()
                self._used = time.monotonic()
            except (http.client.HTTPException, OSError) as error:
                self.close()
                # A connection that was idle may be closed by the other side at any time.
                is_stale = isinstance(error, http.client.RemoteDisconnected | BrokenPipeError)
                if was_open and is_stale and method == "GET" and not is_last:
                    continue
                self._lost(error)
            if answer.status >= 400:
                raise _refusal(answer.status, data)
            return data
        raise StudioError("the studio does not answer")

    def _events(self, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
        connection = self._open()
        try:
            answer = _send(connection, self._token, ("GET", path), None)
            if answer.status >= 400:
                raise _refusal(answer.status, answer.read())
            kind, data = "", ""
            for raw in answer:
                line = raw.decode("utf-8", "replace").rstrip("\r\n")
                name, _, text = line.partition(":")
                if name == "event":
                    kind = text.strip()
                elif name == "data":
                    data += text.strip()
                elif not line and kind:
                    yield kind, self._json(data.encode()) if data else {}
                    kind, data = "", ""
        except (http.client.HTTPException, OSError) as error:
            self._lost(error)
        finally:
            connection.close()

    def _open(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self._host, self._port, timeout=_SECONDS)

    def _lost(self, error: Exception) -> NoReturn:
        where = f"http://{self._host}:{self._port}"
        reason = (error.strerror if isinstance(error, OSError) else None) or type(error).__name__
        raise StudioError(
            f"{where}: no studio answers ({reason}); start one with `symgen studio`"
        ) from None


def _send(
    connection: http.client.HTTPConnection, token: str, line: tuple[str, str], value: Any
) -> http.client.HTTPResponse:
    headers, body = {"Authorization": f"Bearer {token}"}, None
    if isinstance(value, bytes):
        headers["Content-Type"], body = "application/octet-stream", value
    elif value is not None:
        headers["Content-Type"] = "application/json"
        body = _encoded(value)
    connection.request(*line, body, headers)
    return connection.getresponse()


def _encoded(value: Any) -> bytes:
    try:
        return json.dumps(value, allow_nan=False).encode()
    except (TypeError, ValueError) as error:
        raise ControlError(
            f"what is sent is no JSON ({error}); use texts, numbers and lists"
        ) from None


def _refusal(status: int, data: bytes) -> StudioError:
    try:
        text = str(json.loads(data)["error"])
    except (ValueError, KeyError, TypeError):
        text = f"the studio answered with status {status}; is another program at its port?"
    return StudioError(text, status)


def _place(project: str, *more: str) -> str:
    return "/".join(["/api/projects", *(quote(part, safe="") for part in (project, *more))])
