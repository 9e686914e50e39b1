"""Asking a studio that runs for takes, as a page does."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from typing import Any

from serving import Served

from symgen.music.score import Score

__all__ = ["ask", "events", "finish", "open_score"]

Event = tuple[str, dict[str, Any]]


def open_score(served: Served, score: Score) -> dict[str, Any]:
    """Make a project of a score, and return its document."""
    kind = {"Content-Type": "application/octet-stream"}
    answer = served.ask("POST", "/api/projects/open?name=a.mid", score.to_bytes(), kind)
    assert answer.status == 201, answer.body
    return dict(answer.json())


def ask(served: Served, project: str, **body: Any) -> str:
    """Ask for takes, and return the job."""
    answer = served.ask("POST", f"/api/projects/{project}/jobs", body)
    assert answer.status == 202, answer.body
    return str(answer.json()["job"])


def events(served: Served, job: str, heard: int = 0) -> Iterator[Event]:
    """Yield what is told of a job until it has ended."""
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=120)
    headers = {"Authorization": f"Bearer {served.token}", "Last-Event-ID": str(heard)}
    connection.request("GET", f"/api/jobs/{job}/events", headers=headers)
    stream = connection.getresponse()
    assert stream.status == 200, stream.read()
    event = ""
    try:
        for line in stream:
            name, _, value = line.decode().rstrip("\n").partition(": ")
            if name == "event":
                event = value
            elif name == "data" and event != "ping":
                yield event, json.loads(value)
    finally:
        connection.close()


def finish(served: Served, job: str) -> list[Event]:
    """Wait for the end of a job, and return all that was told of it."""
    return list(events(served, job))
