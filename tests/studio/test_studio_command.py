"""``symgen studio``: it serves, says where, and ends when it is asked to."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from serving import ROOT, serving
from small import tune

from symgen.formats import save_score
from symgen.studio.serving import bind, check_host, is_loopback
from symgen.system.errors import ControlError

pytest.importorskip("uvicorn")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_in_order(tmp_path: Path, number: signal.Signals) -> None:
    with serving(tmp_path / "projects") as served:
        assert served.ask("GET", "/api/about").json()["version"]
        served.process.send_signal(number)
        assert served.process.wait(30) == 0
        said = served.process.stderr
        assert said is not None
        assert "Traceback" not in said.read()


def test_a_port_that_is_taken_is_told_or_avoided() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ControlError, match="--port"):
            bind("127.0.0.1", taken.getsockname()[1])
    with pytest.raises(ControlError, match="65535"):
        bind("127.0.0.1", 99_999)


def test_a_network_needs_a_token_of_ones_own() -> None:
    for host in ("0.0.0.0", "192.0.2.1", "::", "example.org"):  # noqa: S104 - not bound
        assert not is_loopback(host)
        with pytest.raises(ControlError, match="read and change"):
            check_host(host, None)
        check_host(host, "a" * 16)
    for token in ("short", "with a blank in it", "b\u00e9tween-sixteen-signs"):
        with pytest.raises(ControlError, match="16"):
            check_host("127.0.0.1", token)
    for host in ("127.0.0.1", "localhost", "::1"):
        check_host(host, None)


def test_without_the_extra_it_is_told_how_to_get_it(tmp_path: Path) -> None:
    code = "import sys; sys.modules['uvicorn'] = None; from symgen.cli import main; sys.exit(main(['studio']))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 5
    assert "pip install 'symgen[studio]'" in done.stderr


def test_a_tune_is_opened_as_a_project(tmp_path: Path) -> None:
    save_score(tune("C4 D4 E4 F4"), tmp_path / "jig.mid")
    with serving(tmp_path / "projects", str(tmp_path / "jig.mid")) as served:
        (project,) = served.ask("GET", "/api/projects").json()
        assert project["notes"] == 4
        answer = served.ask(
            "GET", served.link.removeprefix(served.url), headers={"Authorization": ""}
        )
        assert answer.headers["location"] == f"/#{project['id']}"


def test_a_tune_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "symgen",
            "studio",
            "nothing.mid",
            "--port",
            "0",
            "--folder",
            str(tmp_path),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert done.stderr == "symgen: nothing.mid: no such file; check the name\n"
