"""A model hub on this machine: what huggingface_hub asks of one, with repositories in memory."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

TOKEN = "hf_" + "a" * 34
"""Who has it may write."""


@dataclass
class Hub:
    """Its address, its repositories (files by commit, the newest last), and what was asked."""

    address: str = ""
    repos: dict[str, dict[str, dict[str, bytes]]] = field(default_factory=dict)
    gated: set[str] = field(default_factory=set)
    stored: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def files(self, repo: str) -> dict[str, bytes]:
        """Return the files of the newest commit."""
        return next(reversed(self.repos[repo].values()), {})


@contextmanager
def running_hub() -> Iterator[Hub]:
    """Serve a hub while the block runs."""
    hub = Hub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": hub}))
    hub.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self._serve()

    do_HEAD = do_POST = do_PUT = do_GET  # noqa: N815

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = unquote(urlsplit(self.path).path)
        self.hub.asked.append(f"{self.command} {path}")
        for pattern, answer in _ANSWERS:
            if found := re.fullmatch(pattern, path):
                answer(self, body, **found.groupdict())
                return
        self._refuse(404, "EntryNotFound")

    def _send(self, status: int, data: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(data)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def _tell(self, facts: Any) -> None:
        self._send(200, json.dumps(facts).encode(), Content_Type="application/json")

    def _refuse(self, status: int, code: str) -> None:
        self._send(status, b"{}", X_Error_Code=code, X_Error_Message=code)

    def _may_write(self) -> bool:
        if self.headers.get("Authorization") == f"Bearer {TOKEN}":
            return True
        self._refuse(401, "")
        return False

    def _commit(self, repo: str, revision: str) -> str | None:
        """Return the commit of a revision, or refuse."""
        commits = self.hub.repos.get(repo)
        if commits is None:
            self._refuse(401, "RepoNotFound")
        elif repo in self.hub.gated and not self.headers.get("Authorization"):
            self._refuse(401, "GatedRepo")
        elif revision in commits:
            return revision
        elif revision == "main" and commits:
            return next(reversed(commits))
        else:
            self._refuse(404, "RevisionNotFound")
        return None

    # -- sending ---------------------------------------------------------------------------

    def create(self, body: bytes) -> None:
        if not self._may_write():
            return
        wanted = json.loads(body)
        repo = f"{wanted.get('organization') or 'me'}/{wanted['name']}"
        known = repo in self.hub.repos
        self.hub.repos.setdefault(repo, {})
        data = json.dumps({"url": f"{self.hub.address}/{repo}", "name": repo}).encode()
        self._send(409 if known else 200, data, Content_Type="application/json")

    def check(self, _: bytes) -> None:
        self._tell({"warnings": [], "errors": []})

    def preupload(self, body: bytes, repo: str) -> None:
        if not self._may_write():
            return
        files = [
            {
                "path": file["path"],
                "uploadMode": "lfs" if file["path"].endswith(".safetensors") else "regular",
                "shouldIgnore": False,
            }
            for file in json.loads(body)["files"]
        ]
        self._tell({"files": files})

    def batch(self, body: bytes, repo: str) -> None:
        objects = [
            {**each, "actions": {"upload": {"href": f"{self.hub.address}/lfs/{each['oid']}"}}}
            for each in json.loads(body)["objects"]
        ]
        self._tell({"transfer": "basic", "objects": objects})

    def store(self, body: bytes, oid: str) -> None:
        assert hashlib.sha256(body).hexdigest() == oid
        self.hub.stored[oid] = body
        self._send(200, b"")

    def commit(self, body: bytes, repo: str) -> None:
        if not self._may_write():
            return
        files = dict(self.hub.files(repo))
        for line in body.splitlines():
            entry = json.loads(line)
            value = entry["value"]
            if entry["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif entry["key"] == "lfsFile":
                files[value["path"]] = self.hub.stored[value["oid"]]
        sha = hashlib.sha1(body).hexdigest()  # noqa: S324 - a name as git gives it
        self.hub.repos[repo][sha] = files
        self._tell({"commitUrl": f"{self.hub.address}/{repo}/commit/{sha}", "commitOid": sha})

    # -- fetching --------------------------------------------------------------------------

    def info(self, _: bytes, repo: str, revision: str | None = None) -> None:
        sha = self._commit(repo, revision or "main")
        if sha:
            names = [{"rfilename": name} for name in self.hub.repos[repo][sha]]
            self._tell({"id": repo, "sha": sha, "siblings": names, "private": False})

    def tree(self, _: bytes, repo: str, revision: str) -> None:
        sha = self._commit(repo, revision)
        if sha:
            files = self.hub.repos[repo][sha]
            self._tell([
                {"type": "file", "path": name, "size": len(data), "oid": _blob(data)}
                for name, data in files.items()
            ])  # fmt: skip

    def resolve(self, _: bytes, repo: str, revision: str, name: str) -> None:
        sha = self._commit(repo, revision)
        if not sha:
            return
        data = self.hub.repos[repo][sha].get(name)
        if data is None:
            self._refuse(404, "EntryNotFound")
        else:
            self._send(200, data, ETag=f'"{_blob(data)}"', X_Repo_Commit=sha)


def _blob(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()  # noqa: S324 - as git does


_REPO = r"(?P<repo>[^/]+/[^/]+)"
_ANSWERS = [
    ("/api/repos/create", _Handler.create),
    ("/api/validate-yaml", _Handler.check),
    (rf"/api/models/{_REPO}/preupload/main", _Handler.preupload),
    (rf"/{_REPO}\.git/info/lfs/objects/batch", _Handler.batch),
    ("/lfs/(?P<oid>[0-9a-f]{64})", _Handler.store),
    (rf"/api/models/{_REPO}/commit/main", _Handler.commit),
    (rf"/api/models/{_REPO}", _Handler.info),
    (rf"/api/models/{_REPO}/revision/(?P<revision>[^/]+)", _Handler.info),
    (rf"/api/models/{_REPO}/tree/(?P<revision>[^/]+)", _Handler.tree),
    (rf"/{_REPO}/resolve/(?P<revision>[^/]+)/(?P<name>.+)", _Handler.resolve),
]
