"""Attack a studio: bad requests, hostile files, floods; nothing is served, nothing leaks, it lives on.

    python -m lab studio-attack [--count 300] [--seed 1] [--files N]

A studio is started on this machine, and attacked on its loopback address only. Exit status 1 if
a bad request is served, if an answer is no refusal in one line or tells a path, a traceback or the token,
if the studio fails (500), or does not answer afterwards.
"""

from __future__ import annotations

import json
import re
import signal
import socket
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from lab.benchmarks.greedy import FILES
from lab.commands import command_parser
from lab.studio.bad_requests import Attack, Target, attacks, request
from lab.studio.running import running_studio
from symgen.studio.client import Client

__all__ = ["Findings", "attack", "main"]

_LEAK = re.compile(
    rb"Traceback|File \"|\.py\b|/tmp|/home|/root|site-packages|sqlite", re.IGNORECASE
)
_SECONDS = 90.0


@dataclass
class Findings:
    """What was found out."""

    sent: Counter[str] = field(default_factory=Counter)
    answers: Counter[int] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    """Lines of what should not have been."""

    def judge(self, sent: Attack, answer: bytes, token: str, *, may_serve: bool = False) -> None:
        """Look at an answer: no bytes at all are a refusal too."""
        self.sent[sent.kind] += 1
        status = _status(answer)
        self.answers[status] += 1
        body = answer.partition(b"\r\n\r\n")[2]
        what = f"{sent.kind}: {sent.data[:100]!r}"
        if status >= 500 and status != 503:
            self.faults.append(f"failed ({status}) {what}")
        if 0 < status < 400 and not may_serve:
            self.faults.append(f"served ({status}) {what}")
        if status >= 400 and not _is_refusal(body):
            self.faults.append(f"no refusal in one line: {body[:80]!r} to {what}")
        if status >= 400 and (_LEAK.search(answer) or token.encode() in answer):
            self.faults.append(f"leaks {body[:200]!r} to {what}")


def attack(
    target: Target, *, count: int = 300, seed: int = 1, files: int | None = None
) -> Findings:
    """Send what must be refused, hostile files, and floods, to a studio on this machine."""
    found = Findings()
    for each in attacks(target, count, seed):
        answer = send(target.port, each.data, is_all=each.kind == "wire")
        found.judge(each, answer, target.token)
    for name, make in list(FILES.items())[:files]:
        data = make()
        line = f"POST /api/projects/open?name={quote('../' + name, safe='')}"
        sent = Attack(
            "file", request(target, line, data, {"Content-Type": "application/octet-stream"})
        )
        answer = send(target.port, sent.data)
        found.judge(sent, answer, target.token, may_serve=True)
        made = re.search(rb'{"id":\s*"([a-z0-9-]+)"', answer)
        if made:  # it was harmless; what is open takes memory
            line = f"DELETE /api/projects/{made[1].decode()}"
            send(target.port, request(target, line))
    crowd(target, found, 200)
    listeners(target, found, 150)
    if _status(send(target.port, request(target, "GET /api/about"))) != 200:
        found.faults.append("the studio does not answer any more")
    return found


def send(port: int, data: bytes, seconds: float = _SECONDS, *, is_all: bool = False) -> bytes:
    """Send bytes, say that they were all if they were, and return what comes until the other side closes."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), seconds) as wire:
        with suppress(OSError):  # it may be closed before all is sent: what was answered is read
            wire.sendall(data)
            if is_all:
                wire.shutdown(socket.SHUT_WR)
        return _rest(wire)
    return b""


def _rest(wire: socket.socket) -> bytes:
    """Return what comes until the other side closes."""
    answer = b""
    with suppress(OSError):
        while part := wire.recv(65536):
            answer += part
    return answer


def crowd(target: Target, found: Findings, count: int) -> None:
    """Open many connections at once, and ask with each for what is there: some are told to come later."""
    data = request(target, "GET /api/about")
    with ExitStack() as stack:
        wires = []
        for _ in range(count):
            with suppress(OSError):
                wire = socket.create_connection(("127.0.0.1", target.port), 20)
                wires.append(stack.enter_context(wire))
        statuses: Counter[int] = Counter()
        for wire in wires:
            with suppress(OSError):
                wire.sendall(data)
        for wire in wires:
            with suppress(OSError):
                statuses[_status(wire.recv(65536))] += 1
    found.sent["connections at once"] += count
    if not statuses[200]:
        found.faults.append(f"of {count} connections at once none was served: {dict(statuses)}")
    if set(statuses) - {0, 200, 503}:
        found.faults.append(f"connections at once were answered {dict(statuses)}")


def slow(target: Target, found: Findings, count: int = 8) -> None:
    """Send heads and bodies byte by byte: they are cut off, and others are served meanwhile."""
    body = request(target, "POST /api/projects", b"{}", {"Content-Length": "5000"})
    starts = (b"GET / HTTP/1.1\r\nHost: ", body)
    began = time.monotonic()
    with ExitStack() as stack:
        wires = [
            stack.enter_context(socket.create_connection(("127.0.0.1", target.port), 20))
            for _ in range(count)
        ]
        for number, wire in enumerate(wires):
            wire.sendall(starts[number % 2])
        while time.monotonic() - began < 2:
            for wire in wires:
                with suppress(OSError):
                    wire.sendall(b" ")
            time.sleep(0.25)
        if _status(send(target.port, request(target, "GET /api/about"))) != 200:
            found.faults.append("nobody is served while clients are slow")
        for wire in wires:
            answer = _rest(wire)
            sent = Attack("slow", b"a byte each quarter of a second")
            found.judge(sent, answer, target.token)
            if _status(answer) != 408:
                found.faults.append(f"slow: answered {_status(answer)} instead of 408")


def listeners(target: Target, found: Findings, count: int) -> None:
    """Listen to the events of a project very often, and go away."""
    data = request(target, f"GET /api/projects/{target.project}/events")
    with ExitStack() as stack:
        for _ in range(count):
            with suppress(OSError):
                wire = socket.create_connection(("127.0.0.1", target.port), 20)
                stack.enter_context(wire).sendall(data)
                found.sent["listeners"] += 1
    deadline = time.monotonic() + 20
    about = request(target, "GET /api/about")
    while _status(send(target.port, about)) != 200 and time.monotonic() < deadline:
        time.sleep(0.2)


def _status(answer: bytes) -> int:
    """Return the status of an answer, 0 for none."""
    found = re.match(rb"HTTP/1\.1 (\d{3}) ", answer)
    return int(found[1]) if found else 0


def _is_refusal(body: bytes) -> bool:
    try:
        told = json.loads(body)
    except ValueError:
        return False
    return isinstance(told, dict) and list(told) == ["error"] and body.count(b"\n") <= 1


def _memory(process: int) -> float:
    """Return the megabytes that a process holds, 0 where the system does not tell."""
    status = Path(f"/proc/{process}/status")
    lines = status.read_text(encoding="ascii").splitlines() if status.exists() else []
    return sum(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024


def main(arguments: Sequence[str]) -> int:
    """Attack, and print what was found."""
    parser = command_parser(__name__, __doc__)
    parser.add_argument("--count", type=int, default=300, help="bad requests (default 300)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--files", type=int, help="hostile files (default: all)")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder, running_studio(folder) as (link, process):
        with Client(link) as client:
            project = str(client.create(title="a piece")["id"])
        address, _, token = link.partition("/?token=")
        target = Target(int(address.rpartition(":")[2]), token, project)
        # What is loaded once and held for reuse is there after the first round.
        warm = attack(target, count=options.count, seed=options.seed + 1, files=options.files)
        before = _memory(process.pid)
        found = attack(target, count=options.count, seed=options.seed, files=options.files)
        slow(target, found)
        after = _memory(process.pid)
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=60)[1]
    faults = [*warm.faults, *found.faults]
    if "Traceback" in said:
        faults.append(f"a traceback on stderr: {said[-600:]}")
    for kind, number in sorted(found.sent.items()):
        print(f"{number:5} {kind}")
    answered = ", ".join(
        f"{number} x {status or 'closed'}" for status, number in sorted(found.answers.items())
    )
    print(f"answers: {answered}")
    print(f"memory of the server: {before:.0f} MB before, {after:.0f} MB after")
    for line in faults:
        print(f"FAULT {line}")
    print(f"{len(faults)} faults")
    return 1 if faults else 0
