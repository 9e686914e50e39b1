"""A studio that runs as users run it: in a process of its own, found by the link that it prints."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Answer:
    """What a request was answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Served:
    """A studio that runs."""

    link: str
    folder: Path
    process: subprocess.Popen[str]

    @property
    def url(self) -> str:
        """Its address without a slash at the end."""
        return self.link.partition("/?")[0]

    @property
    def port(self) -> int:
        return int(urlsplit(self.link).port or 0)

    @property
    def token(self) -> str:
        return parse_qs(urlsplit(self.link).query)["token"][0]

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | dict[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send a request with the token, unless `headers` say something else (an empty one is left out)."""
        sent = {"Authorization": f"Bearer {self.token}"}
        if isinstance(body, dict):
            body, sent["Content-Type"] = json.dumps(body).encode(), "application/json"
        sent |= headers or {}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, {k: v for k, v in sent.items() if v})
            found = connection.getresponse()
            told = {name.lower(): value for name, value in found.getheaders()}
            return Answer(found.status, told, found.read())
        finally:
            connection.close()


@contextmanager
def serving(folder: Path, *options: str) -> Iterator[Served]:
    """Run ``symgen studio`` with its projects in a folder, and end it."""
    asked = ("studio", "--no-browser", "--folder", str(folder), "--port", "0", *options)
    process = subprocess.Popen(
        [sys.executable, "-m", "symgen", *asked],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        link = process.stdout.readline().strip()
        assert link.startswith("http://"), process.communicate(timeout=20)
        yield Served(link, folder, process)
    finally:
        end(process)


def end(process: subprocess.Popen[str]) -> str:
    """End a studio as Ctrl-C does; return what it said on stderr."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    try:
        return process.communicate(timeout=30)[1]
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
