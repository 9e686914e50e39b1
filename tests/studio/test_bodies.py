"""Bodies are read in time and up to a size, whatever they say of themselves."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest

from symgen.studio.bodies import Reader, check_json
from symgen.studio.limits import JSON, Body, body_of
from symgen.studio.refusing import RefusedError

KIND = {"content-type": JSON}


def read(
    parts: Iterable[bytes], rule: Body, headers: dict[str, str] = KIND, wait: float = 0
) -> bytes | None:
    """Read a body that comes in parts, each after a while; the last one says that it is the last."""
    messages: list[dict[str, Any]] = [
        {"type": "http.request", "body": part, "more_body": True} for part in parts
    ]
    messages.append({"type": "http.request"})

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(wait)
        return messages.pop(0)

    async def run() -> bytes | None:
        reader = Reader()
        try:
            async with reader.read(rule, headers, receive) as body:
                return body
        finally:
            assert reader.held == 0

    return asyncio.run(run())


def test_a_body_is_put_together() -> None:
    assert read([b"{", b"", b"}"], Body()) == b"{}"
    assert read([], Body(), {}) == b""


def test_one_that_grows_is_cut_off() -> None:
    with pytest.raises(RefusedError, match="100 bytes") as caught:
        read([b"x" * 60, b"x" * 60], Body(most=100))
    assert caught.value.http_status == 413
    with pytest.raises(RefusedError, match="takes no body"):
        read([b"x"], body_of("GET", "/api/about"))


def test_one_that_is_slow_is_cut_off() -> None:
    with pytest.raises(RefusedError, match=r"0\.05 s") as caught:
        read([b"x"] * 50, Body(seconds=0.05), wait=0.02)
    assert caught.value.http_status == 408


def test_a_length_that_is_none_is_refused() -> None:
    for length in ("-1", "1e3", "", "9" * 40):
        with pytest.raises(RefusedError):
            read([], Body(), {**KIND, "content-length": length})


def test_what_is_gone_is_none() -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def run() -> bytes | None:
        async with Reader().read(Body(), KIND, receive) as body:
            return body

    assert asyncio.run(run()) is None


def test_kinds_of_content() -> None:
    assert read([b"{}"], Body(), {"content-type": "Application/JSON; charset=utf-8"}) == b"{}"
    with pytest.raises(RefusedError, match="application/json"):
        read([b"{}"], Body(), {})


def test_json_is_an_object_that_files_can_hold() -> None:
    check_json(b'{"a": [1, {"b": "\\ud83c\\udfb5"}]}', (JSON,))
    check_json(b"not looked at", ("audio/wav",))
    for body in (b"[1]", b"{", b'{"a": Infinity}', b'{"a": "\\udfb5"}', b'{"a": -1e999}'):
        with pytest.raises(RefusedError, match="JSON"):
            check_json(body, (JSON,))


def test_routes_take_what_they_need() -> None:
    assert body_of("POST", "/api/projects/open").most > 16 * 2**20
    assert body_of("POST", "/api/projects/abc/changes").most > 2**20
    assert body_of("POST", "/api/projects/abc/undo").most < 2**20
    assert body_of("POST", "/api/projects/abc/hear").kinds[0] == "audio/wav"
    assert body_of("DELETE", "/api/projects/abc").most == 0
