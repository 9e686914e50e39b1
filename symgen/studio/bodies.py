"""Bodies of requests: read as a stream, in time, up to a size; JSON that is sound and not deep."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from symgen.studio.limits import JSON, Body
from symgen.studio.refusing import RefusedError

__all__ = ["Reader", "check_json"]

Receive = Callable[[], Awaitable[Any]]

_DEEPEST = 24
_MOST_HELD = 160 * 2**20
"""Bytes of all the bodies that are held at one time."""


class Reader:
    """Reads bodies, and knows how much memory they take together."""

    def __init__(self) -> None:
        self.held = 0
        """Bytes that are in memory now."""

    @asynccontextmanager
    async def read(
        self, rule: Body, headers: Mapping[str, str], receive: Receive
    ) -> AsyncIterator[bytes | None]:
        """Give the whole body, or none if the other side is gone; refuse what the rule does not allow."""
        declared = headers.get("content-length", "0")
        if not declared.isdecimal() or len(declared) > 12:
            raise RefusedError(
                400, "Content-Length is no number; send the size of the body in bytes"
            )
        if int(declared) > rule.most:
            raise _too_large(rule)
        parts: list[bytes] = []
        try:
            whole = await self._in_time(rule, parts, receive)
            if whole and parts:
                _check_kind(rule, headers)
            yield b"".join(parts) if whole else None
        finally:
            self.held -= sum(map(len, parts))
            parts.clear()

    async def _in_time(self, rule: Body, parts: list[bytes], receive: Receive) -> bool:
        try:
            return await asyncio.wait_for(self._collect(rule, parts, receive), rule.seconds)
        except (asyncio.TimeoutError, TimeoutError):
            raise RefusedError(
                408, f"the body took more than {rule.seconds:g} s; send it again"
            ) from None

    async def _collect(self, rule: Body, parts: list[bytes], receive: Receive) -> bool:
        size = 0
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return False
            data = message.get("body", b"")
            size += len(data)
            if size > rule.most:
                raise _too_large(rule)
            if self.held + len(data) > _MOST_HELD:
                raise RefusedError(
                    503, "too many large files at once; send this one again in a moment"
                )
            if data:
                self.held += len(data)
                parts.append(data)
            if not message.get("more_body", False):
                return True


def _too_large(rule: Body) -> RefusedError:
    if not rule.most:
        return RefusedError(413, "this request takes no body; leave it out")
    return RefusedError(413, f"the body is larger than {rule.most:,} bytes; send less at once")


def _check_kind(rule: Body, headers: Mapping[str, str]) -> None:
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in rule.kinds:
        raise RefusedError(415, f"send this as {rule.kinds[0]}")


def check_json(body: bytes, kinds: tuple[str, ...]) -> None:
    """Refuse a body that should be JSON and is none, that is nested deeply, or holds what no file can."""
    if JSON not in kinds or not body:
        return
    try:
        value = json.loads(body.decode("utf-8"), parse_constant=_unsound, parse_float=_finite)
        if b"\\ud" in body.lower():
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError):
        raise RefusedError(
            400, "the body is no sound JSON; send one JSON object as UTF-8"
        ) from None
    if not isinstance(value, dict):
        raise RefusedError(400, "the body is no JSON object; send one in braces")
    _check_depth(value)


def _unsound(name: str) -> float:
    raise ValueError(name)


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


def _check_depth(value: object) -> None:
    level: list[Any] = [value]
    for _ in range(_DEEPEST):
        level = [
            inner
            for one in level
            if isinstance(one, dict | list)
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
        if not level:
            return
    raise RefusedError(400, f"the JSON is nested more than {_DEEPEST} deep; send it flatter")
