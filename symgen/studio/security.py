"""Who may ask the studio: host, origin and token of each request, its size and shape; what answers carry.

Other pages in the same browser are the danger. One may send requests here (its ``Origin`` tells), may
have its own name lead to this machine (the ``Host`` tells), or be served by another program of this
machine, with which cookies are shared (``Sec-Fetch-Site`` and ``Origin`` tell). None of them knows the
token of the start link.
"""

from __future__ import annotations

import hmac
import ipaddress
import re
import socket
from collections.abc import Awaitable, Callable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs

from symgen.studio.bodies import Reader, check_json
from symgen.studio.context import Settings
from symgen.studio.limits import METHODS, MOST_URL, body_of
from symgen.studio.refusing import RefusedError, refused

__all__ = ["ANSWER_HEADERS", "COOKIE", "Guard", "start_link"]

COOKIE = "symgen-studio"

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_POLICY = (
    "default-src 'self'; script-src 'self'; worker-src 'self'; style-src 'self'; "
    "img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
ANSWER_HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(self), midi=(self)",
    "cache-control": "no-store",
}
"""What every answer says, unless a route says something else."""

_PLAIN_PATH = re.compile(rb"/[A-Za-z0-9._/-]*")
_PROJECT = re.compile(r"[a-z0-9-]{1,32}")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_NEEDED = "open the start link that `symgen studio` printed, or send its token as Authorization: Bearer TOKEN"


def start_link(settings: Settings, project: str = "") -> str:
    """Return the address that opens the page, with a project; its token becomes a cookie."""
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104 - compared
    opened = f"&project={project}" if project else ""
    return f"http://{_bracketed(host)}:{settings.port}/?token={settings.token}{opened}"


class Guard:
    """Stands before the routes: what it lets through is from the page itself, or has the token."""

    def __init__(self, app: App, settings: Settings) -> None:
        self._app, self._settings = app, settings
        self._reader = Reader()
        self._cookie = f"{COOKIE}-{settings.port}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        await self._answer(scope, receive, _marked(send))

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            headers = self._checked(scope)
            place = self._start(scope)
            if place:
                await self._enter(place, send)
                return
            self._check_caller(scope["method"], headers)
            rule = body_of(scope["method"], scope["path"])
            async with self._reader.read(rule, headers, receive) as body:
                if body is None:
                    return
                check_json(body, rule.kinds)
                await self._app(scope, _replayed(body, receive), send)
        except RefusedError as refusal:
            await _refuse(refusal, send)

    # -- the shape of a request ----------------------------------------------------------

    def _checked(self, scope: Scope) -> dict[str, str]:
        """Return the headers of a request that is sound, and sent to this server by its own name."""
        if scope["method"] not in METHODS:
            raise RefusedError(405, f"the method is none of {', '.join(METHODS)}")
        path = scope.get("raw_path") or scope["path"].encode()
        if len(path) + len(scope.get("query_string", b"")) > MOST_URL:
            raise RefusedError(414, f"the address is longer than {MOST_URL:,} bytes; shorten it")
        if not _PLAIN_PATH.fullmatch(path) or b".." in path or b"//" in path:
            raise RefusedError(404, "there is nothing at this address; see /api/openapi.json")
        headers: dict[str, str] = {}
        for name, value in scope["headers"]:
            key = name.decode("latin-1").lower()
            if key in headers and key in ("host", "origin", "authorization", "content-length"):
                raise RefusedError(400, f"the header {key} comes twice; send it once")
            joined = "; " if key == "cookie" else ", "
            text = value.decode("latin-1")
            headers[key] = f"{headers[key]}{joined}{text}" if key in headers else text
        if "transfer-encoding" in headers and "content-length" in headers:
            raise RefusedError(400, "the body has two lengths; send one of them")
        if not self._is_ours(headers.get("host", "")):
            raise RefusedError(
                421, "the Host is not this server; open the start link as it was printed"
            )
        origin = headers.get("origin")
        if origin is not None and origin != f"http://{headers['host']}":
            raise RefusedError(
                403, "another page asks (its Origin is not this server); open our own"
            )
        return headers

    def _is_ours(self, host: str) -> bool:
        """Whether a Host is a name by which this server was bound; a name of others is none."""
        name, sign, port = host.rpartition(":")
        if not sign or port != str(self._settings.port):
            return False
        name = name.strip("[]").lower()
        bound = self._settings.host.lower()
        if bound in _LOOPBACK:
            return name in _LOOPBACK
        if name == bound:
            return True
        # Bound to every address of the machine: no other site can have a number for its name.
        return bound in ("0.0.0.0", "::") and (  # noqa: S104 - compared
            _is_number(name) or name in ("localhost", socket.gethostname().lower())
        )

    # -- who asks ------------------------------------------------------------------------

    def _start(self, scope: Scope) -> str:
        """Return where the start link leads, if this is it, else nothing."""
        if scope["path"] != "/" or not scope.get("query_string"):
            return ""
        try:
            asked = parse_qs(scope["query_string"].decode("latin-1"), max_num_fields=4)
        except ValueError:
            return ""
        if not self._fits(asked.get("token", [""])[0]):
            return ""
        project = asked.get("project", [""])[0]
        return f"/#{project}" if _PROJECT.fullmatch(project) else "/"

    async def _enter(self, place: str, send: Send) -> None:
        cookie = f"{self._cookie}={self._settings.token}; HttpOnly; SameSite=Strict; Path=/"
        headers = _plain({"location": place, "set-cookie": cookie, "content-length": "0"})
        await send({"type": "http.response.start", "status": 303, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    def _check_caller(self, method: str, headers: dict[str, str]) -> None:
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme:
            if scheme.lower() != "bearer" or not self._fits(given.strip()):
                raise RefusedError(401, _NEEDED)
            return
        if not self._fits(self._token_of(headers.get("cookie", ""))):
            raise RefusedError(401, _NEEDED)
        # A cookie goes along with what other programs of this machine serve as well.
        if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            raise RefusedError(403, "another page asks; use the page of the studio itself")
        if method not in ("GET", "HEAD") and "origin" not in headers:
            raise RefusedError(403, "a change needs the Origin of the page, or the token as Bearer")

    def _token_of(self, cookies: str) -> str:
        try:
            found = SimpleCookie(cookies).get(self._cookie)
        except CookieError:
            return ""
        return found.value if found else ""

    def _fits(self, token: str) -> bool:
        """Whether a token is the right one, told in a time that says nothing about it."""
        return hmac.compare_digest(token.encode(), self._settings.token.encode())


def _marked(send: Send) -> Send:
    """Put the headers of every answer into what is sent."""

    async def send_marked(message: Message) -> None:
        if message["type"] == "http.response.start":
            known = {name.lower() for name, _ in message["headers"]}
            own = ((name.encode(), value.encode()) for name, value in ANSWER_HEADERS.items())
            more = [pair for pair in own if pair[0] not in known]
            message = {**message, "headers": [*message["headers"], *more]}
        await send(message)

    return send_marked


def _replayed(body: bytes, receive: Receive) -> Receive:
    """Give a body that was read once, and then what the other side does."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Any:
        return messages.pop() if messages else await receive()

    return receive_again


async def _refuse(refusal: RefusedError, send: Send) -> None:
    body = refused(str(refusal))
    headers = _plain({"content-type": "application/json", "content-length": str(len(body))})
    # What is left of the body is not read.
    headers.append((b"connection", b"close"))
    if refusal.http_status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    await send({"type": "http.response.start", "status": refusal.http_status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _plain(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in headers.items()]


def _is_number(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
