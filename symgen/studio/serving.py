"""The server of a studio: one socket of this machine, until it is asked to end."""

from __future__ import annotations

import asyncio
import ctypes
import errno
import ipaddress
import secrets
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from symgen.studio.context import USUAL_PORT, Settings, Studio
from symgen.system.errors import ControlError, RenderError
from symgen.system.requirements import need

__all__ = ["Server", "bind", "check_host", "new_token"]

_LEAST_TOKEN = 16
_ENDING_SECONDS = 2.0
_MMAP_THRESHOLD, _ARENA_MAX = -3, -8
"""Numbers that ``malloc.h`` of glibc gives to what `mallopt` sets."""
_LARGE = 2**20


def new_token() -> str:
    """Draw the secret of a start link: 256 bits."""
    return secrets.token_urlsafe(32)


def check_host(host: str, token: str | None) -> None:
    """Refuse to serve a network without a token that was chosen for it."""
    if token is not None and (len(token) < _LEAST_TOKEN or not _is_plain(token)):
        raise ControlError(
            f"token: needs {_LEAST_TOKEN} letters, digits, - or _ at least; leave it out to have one drawn"
        )
    if token is None and not is_loopback(host):
        raise ControlError(
            f"host {host}: needs --token: anyone in the network who has the token can read and change "
            "the projects, and nothing is encrypted"
        )


def is_loopback(host: str) -> bool:
    """Whether an address is reached from this machine alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_plain(token: str) -> bool:
    return token.isascii() and all(sign.isalnum() or sign in "-_" for sign in token)


def bind(host: str, port: int | None) -> socket.socket:
    """Open the socket: at a port that was asked for (0: a free one), else at the usual one or a free one."""
    try:
        return _bound(host, USUAL_PORT if port is None else port)
    except OSError as error:
        if port is None and error.errno == errno.EADDRINUSE:
            return _bound(host, 0)
        raise ControlError(
            f"{host} port {port or USUAL_PORT}: cannot be bound ({error.strerror or error}); "
            "name another with --port, or 0 for a free one"
        ) from None
    except (OverflowError, UnicodeError):
        raise ControlError(f"{host} port {port}: is no address; ports go up to 65535") from None


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((host, port))
    except (OSError, OverflowError, UnicodeError):
        found.close()
        raise
    return found


class Server:
    """A studio that is served by a thread."""

    def __init__(self, studio: Studio, opened: socket.socket) -> None:
        need("starlette", "uvicorn")
        import uvicorn

        from symgen.studio.app import create_app
        from symgen.studio.connections import MOST_CONNECTIONS, Connection
        from symgen.studio.limits import MOST_HEADERS

        self._socket = opened
        config = uvicorn.Config(
            create_app(studio),
            http=Connection,
            ws="none",
            loop="asyncio",
            log_config=None,
            access_log=False,
            log_level="error",
            server_header=False,
            proxy_headers=False,
            h11_max_incomplete_event_size=MOST_HEADERS,
            limit_concurrency=2 * MOST_CONNECTIONS,
            timeout_keep_alive=20,
            timeout_graceful_shutdown=1,
            backlog=128,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, name="studio", daemon=True)

    def _run(self) -> None:
        _give_memory_back()
        # In a thread of its own the server leaves signals alone.
        asyncio.run(self._server.serve(sockets=[self._socket]))

    def start(self, seconds: float = 30.0) -> None:
        """Begin to serve; raise if it does not."""
        self._thread.start()
        waiting = threading.Event()
        for _ in range(round(seconds / 0.02)):
            if self._server.started:
                return
            if not self._thread.is_alive():
                break
            waiting.wait(0.02)
        raise RenderError("the studio could not be started; see what `symgen doctor` says")

    def wait(self, is_over: Callable[[], bool]) -> None:
        """Serve until somebody says that it is over."""
        while self._thread.is_alive() and not is_over():
            self._thread.join(0.1)

    def stop(self) -> None:
        """End what is being served, and close the projects and jobs."""
        self._server.should_exit = True
        self._thread.join(_ENDING_SECONDS + 8)


def _give_memory_back() -> None:
    """Have large blocks of memory returned to the system as soon as they are free, where glibc keeps them."""
    # A file of 30 MB that was sent would else be kept by each thread that has worked on one.
    with suppress(OSError, AttributeError, TypeError):
        allocator = ctypes.CDLL(None)
        allocator.mallopt(_MMAP_THRESHOLD, _LARGE)
        allocator.mallopt(_ARENA_MAX, 1)


def settings_for(folder: Path, host: str, token: str | None, opened: socket.socket) -> Settings:
    """Return the settings of a studio at a socket."""
    settings = Settings(folder, token or new_token(), host)
    return replace(settings, port=opened.getsockname()[1])
