"""A studio under attack, for some seconds; ``python -m lab studio-attack`` goes on for longer."""

from __future__ import annotations

from pathlib import Path

import pytest
from serving import end, serving

from lab.studio.attack import Findings, attack
from lab.studio.bad_requests import Attack, Target

pytest.importorskip("uvicorn")

REFUSAL = b'HTTP/1.1 404 Not Found\r\n\r\n{"error": "no"}\n'


def test_a_studio_lives_through_an_attack(tmp_path: Path) -> None:
    with serving(tmp_path / "projects") as served:
        project = served.ask("POST", "/api/projects", {}).json()["id"]
        found = attack(Target(served.port, served.token, project), count=70, seed=3, files=2)
        assert found.faults == []
        assert sum(found.answers.values()) >= 70
        assert "Traceback" not in end(served.process)


def test_the_attack_sees_what_is_wrong() -> None:
    sent = Attack("kind", b"GET / HTTP/1.1")
    for answer in (
        b"HTTP/1.1 200 OK\r\n\r\n{}",
        b"HTTP/1.1 500 Error\r\n\r\n{}",
        REFUSAL.replace(b"no", b"/" + b"tmp/x"),
        REFUSAL.replace(b"no", b"secret"),
        REFUSAL.replace(b"{", b"<"),
    ):
        found = Findings()
        found.judge(sent, answer, "secret")
        assert len(found.faults) >= 1, answer
    found = Findings()
    found.judge(sent, REFUSAL, "secret")
    found.judge(sent, b"", "secret")
    assert found.faults == []
