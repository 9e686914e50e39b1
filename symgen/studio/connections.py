"""Connections of the studio's server: so many at most, none that stays silent; refusals are JSON."""

from __future__ import annotations

import asyncio
from http import HTTPStatus

from uvicorn.protocols.http.h11_impl import H11Protocol

from symgen.studio.refusing import refused
from symgen.studio.security import ANSWER_HEADERS

__all__ = ["MOST_CONNECTIONS", "Connection"]

MOST_CONNECTIONS = 96
"""A browser opens six for each name of a server; a page holds one or two for its events."""
_HEAD_SECONDS = 8.0


class Connection(H11Protocol):
    """One connection; the head of a request has to be there some seconds after its first byte is due."""

    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection, if there are not too many."""
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            self._end(503, "too many connections at once; close other pages of the studio")
            return
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Read what came; between two requests, wait for the head of the next one."""
        if self.transport.is_closing():
            return
        super().data_received(data)
        if self.cycle is None or self.cycle.response_complete:
            if self._waiting is None and not self.transport.is_closing():
                self._wait()
        else:
            self._stop_waiting()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget a connection."""
        self._stop_waiting()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's own words
        """Refuse what is no HTTP request."""
        self._end(400, "this is no HTTP request; see the address that was printed at the start")

    def _wait(self) -> None:
        self._waiting = self.loop.call_later(_HEAD_SECONDS, self._end_silent)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _end_silent(self) -> None:
        self._waiting = None
        self._end(408, f"no request came in {_HEAD_SECONDS:g} s; send it again")

    def _end(self, status: int, text: str) -> None:
        """Answer without a request that could be served, and close."""
        self._stop_waiting()
        if self.transport.is_closing():
            return
        body = refused(text)
        lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
        lines += [f"{name}: {value}" for name, value in ANSWER_HEADERS.items()]
        lines += [
            "content-type: application/json",
            f"content-length: {len(body)}",
            "connection: close",
        ]
        if self.cycle is None or self.cycle.response_complete:
            self.transport.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        self.transport.close()
