"""Requests that a studio must refuse, as bytes on the wire; the same ones for the same seed."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Attack", "Target", "attacks", "request"]

_TRAVERSALS = (
    "..", "../..", "%2e%2e", "..%2f..", "%2e%2e%2f%2e%2e", "..%5c..", "%252e%252e", "....//", "%c0%ae%c0%ae",
    "..;", ".%00.", "%00", "%0d%0aX-A:b", "~root", "C:%5cwindows", "%2fetc%2fpasswd", ".git", "con", "a" * 300,
    "a" * 3000, "%f0%28%8c%28", "$(id)", "'%20or%201=1--", "%7b%7b7*7%7d%7d", "*", "%25n%25n", "-1",
    "0x10", "99999999999999999999",
)  # fmt: skip
_VALUES: tuple[Any, ...] = (
    None, True, -1, 0, 1.5, 1e300, 10**30, "", "x", "a" * 5000, [], [[]], {}, {"a": 1}, ["n1"] * 3, "\x00", "\ud83c",
    "../x",
)  # fmt: skip
_BROKEN = (
    b"", b"{", b"}", b"[]", b"null", b"1", b'"x"', b"{'a':1}", b'{"a":1,}', b'{"a":NaN}', b'{"a":Infinity}',
    b'{"a":1e999}', b"\xff\xfe{\x00}\x00", b"\xef\xbb\xbf{}", b'{"a":"\\ud800"}', b'{"a":"\x00"}', b"<xml/>",
    b"a=1&b=2", b'{"a":' * 40 + b"1" + b"}" * 40, b"[" * 20_000, b'{"a":' + b"9" * 6_000 + b"}",
)  # fmt: skip
_WIRE = (
    b"\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"get / http/1.1\n\n", b"\x00" * 400,
    b"GET http://example.org/ HTTP/1.1\r\nHost: example.org\r\n\r\n", b"CONNECT example.org:443 HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", b"GET / HTTP/1.1\r\nHo st: a\r\n\r\n", b"(" * 20_000,
    b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 6_000 + b"\r\n", b"GET /" + b"a" * 30_000 + b" HTTP/1.1\r\n\r\n",
)  # fmt: skip


@dataclass(frozen=True)
class Target:
    """A studio that is attacked: where it is, and what an attacker of each kind may know."""

    port: int
    token: str
    project: str

    @property
    def host(self) -> str:
        """Its name, as a browser says it."""
        return f"127.0.0.1:{self.port}"


@dataclass(frozen=True)
class Attack:
    """Bytes to send, and what they are."""

    kind: str
    data: bytes


def attacks(target: Target, count: int, seed: int) -> Iterator[Attack]:
    """Yield so many attacks: all kinds in turn, each of them shuffled."""
    draw = random.Random(seed)  # noqa: S311 - no secret
    kinds = [list(make(target)) for make in _KINDS]
    for each in kinds:
        draw.shuffle(each)
    made = 0
    while made < count:
        for each in kinds:
            if made < count:
                # What is used up comes again behind the others.
                each.append(each.pop(0))
                yield each[-1]
                made += 1


def request(
    target: Target,
    line: str,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    *,
    knows: bool = True,
) -> bytes:
    """Return a request; without `knows` it brings no token. A header that is empty is left out."""
    told = {"Host": target.host, "Connection": "close"}
    if knows:
        told["Authorization"] = f"Bearer {target.token}"
    if body:
        told |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
    told |= headers or {}
    lines = [f"{line} HTTP/1.1", *(f"{name}: {value}" for name, value in told.items() if value)]
    return "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n" + body


def _hosts(target: Target) -> Iterator[Attack]:
    """Names of others that lead here (DNS rebinding)."""
    port = target.port
    for host in (
        "example.org", f"example.org:{port}", f"127.0.0.1.example.org:{port}", f"localhost.example.org:{port}",
        "127.0.0.1", "127.0.0.1:80", "localhost", f"127.0.0.1:{port}@example.org", f"0.0.0.0:{port}", f"[::]:{port}",
        f"2130706433:{port}", f"127.1:{port}", f"127.0.0.1:{port}0", f"127.0.0.1 :{port}", ":", f"LOCALHOST.:{port}",
    ):  # fmt: skip
        for path in ("/", "/api/projects", f"/api/projects/{target.project}"):
            yield Attack("host", request(target, f"GET {path}", headers={"Host": host}))


def _origins(target: Target) -> Iterator[Attack]:
    """Pages of others, which have our cookie where the browser sends it along."""
    cookie = f"symgen-studio-{target.port}={target.token}"
    for origin in (
        "http://example.org", "https://example.org", "null", f"https://{target.host}", "http://127.0.0.1:1",
        f"http://localhost:{target.port}", f"http://{target.host}.example.org", "file://", "", f"http://{target.host}/",
    ):  # fmt: skip
        headers = {"Cookie": cookie, "Origin": origin, "Authorization": ""}
        yield Attack("origin", request(target, "POST /api/projects", b"{}", headers))
        headers |= {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
        yield Attack(
            "origin", request(target, f"DELETE /api/projects/{target.project}", headers=headers)
        )
        yield Attack("origin", request(target, "GET /api/projects", headers=headers))


def _strangers(target: Target) -> Iterator[Attack]:
    """Who does not know the token."""
    token, name = target.token, f"symgen-studio-{target.port}"
    told: list[dict[str, str]] = [
        {}, {"Authorization": "Bearer"}, {"Authorization": "Bearer "}, {"Authorization": f"Bearer {token[:-1]}"},
        {"Authorization": f"Bearer {token}x"}, {"Authorization": f"Basic {token}"}, {"Authorization": token},
        {"Authorization": f"Bearer {token.swapcase()}"}, {"Cookie": f"{name}="}, {"Cookie": f"{name}={token[1:]}"},
        {"Cookie": f"symgen-studio={token}"}, {"Cookie": f"{name.upper()}={token}"}, {"Cookie": "a" * 4000},
        {"Cookie": ";;=;\x7f"}, {"X-Token": token}, {"Authorization": "Bearer null"}, {"Authorization": "Bearer \xff"},
    ]  # fmt: skip
    for headers in told:
        for line in (
            "GET /",
            "GET /api/projects",
            f"GET /api/projects/{target.project}/events",
            f"GET /api/projects?token={token}",
            "GET /?token=",
            "GET /page/app.js",
        ):
            yield Attack("no token", request(target, line, headers=headers, knows=False))


def _paths(target: Target) -> Iterator[Attack]:
    """Paths that lead elsewhere."""
    one = f"/api/projects/{target.project}"
    for part in _TRAVERSALS:
        for place in (
            f"GET /page/{part}/app.py",
            f"GET /page/vendor/{part}",
            f"GET /api/projects/{part}",
            f"DELETE /api/projects/{part}",
            f"GET {one}/export/{part}",
            f"GET {one}/takes/{part}",
            f"GET /{part}",
            f"GET {one}/score?page={part}&x=1",
        ):
            yield Attack("path", request(target, place))


def _bodies(target: Target) -> Iterator[Attack]:
    """JSON that is none, and bodies that a route does not take."""
    one = f"/api/projects/{target.project}"
    for body in _BROKEN:
        for line in (f"POST {one}/changes", f"PUT {one}/view", f"POST {one}/jobs"):
            if body:
                yield Attack("broken JSON", request(target, line, body))
    for line in (f"POST {one}/changes", "POST /api/projects", f"PUT {one}/view"):
        for size in ("99999999999", "-5", "1e3", "0x10", "9" * 400):
            headers = {"Content-Type": "application/json", "Content-Length": size}
            yield Attack("size", request(target, line, b"", headers))
        yield Attack("kind", request(target, line, b"{}", {"Content-Type": "text/plain"}))
        yield Attack("kind", request(target, line, b"{}", {"Content-Type": "multipart/form-data"}))
        chunked = {"Content-Length": "", "Transfer-Encoding": "chunked"}
        endless = b"".join(b"10000\r\n" + b" " * 65_536 + b"\r\n" for _ in range(140))
        data = request(target, line, b" ", chunked)[:-1]
        yield Attack("chunked", data + (endless if "changes" in line else endless[:200_000]))
        yield Attack(
            "smuggled", request(target, line, b"0\r\n\r\n", {"Transfer-Encoding": "chunked"})
        )
    for line in ("GET /api/projects", f"DELETE {one}"):
        yield Attack("size", request(target, line, b"x" * 100))


def _changes(target: Target) -> Iterator[Attack]:
    """Sound JSON that makes no sense."""
    one = f"/api/projects/{target.project}"
    note = {"id": "z-1", "part": "p1", "onset": 0, "pitch": 60, "duration": 480, "velocity": 80}
    for value in _VALUES:
        for op in (
            {"op": value},
            {"op": "add", "notes": value},
            {"op": "remove", "ids": value if value != [] else "n1"},
            {"op": "add", "notes": [{**note, "pitch": value if value != 0 else 999}]},
            {"op": "add", "notes": [{**note, "id": value if value != "x" else "X"}]},
            {"op": "set", "notes": [{"id": "nobody", "onset": value}]},
            {"op": "add_part", "part": value},
            {"op": "set_part", "id": value},
        ):
            if op in ({"op": "add", "notes": []},):
                continue
            body = {"tab": "a", "base": 1, "label": "x", "ops": [op]}
            yield Attack("change", request(target, f"POST {one}/changes", _dumped(body)))
        for name in ("base", "ops", "label"):
            if (name, value) in (("label", ""), ("label", "x"), ("ops", [])) or isinstance(
                value, str
            ):
                continue
            body = {"tab": "a", "base": 1, "label": "x", "ops": [{"op": "lock"}], name: value}
            yield Attack("change", request(target, f"POST {one}/changes", _dumped(body)))


def _dumped(value: Any) -> bytes:
    return json.dumps(value).encode()


def _methods(target: Target) -> Iterator[Attack]:
    """Methods that no route takes, and what is no HTTP."""
    for method in (
        "TRACE",
        "OPTIONS",
        "PATCH",
        "PROPFIND",
        "get",
        "LINK",
        "PURGE",
        "X" * 500,
        "POST",
    ):
        for path in ("/", "/api/about", "/api/openapi.json", "/page/app.js"):
            yield Attack("method", request(target, f"{method} {path}"))
    for data in _WIRE:
        yield Attack("wire", data)
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    upgrade["Sec-WebSocket-Key"] = "dGhlIHNhbXBsZSBub25jZQ=="
    yield Attack("wire", request(target, "GET /api/events", headers=upgrade))


_KINDS = (_hosts, _origins, _strangers, _paths, _bodies, _changes, _methods)
