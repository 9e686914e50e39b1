"""Linear algebra in one thread, for as long as it is asked for."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from symgen.system import threads


@pytest.mark.parametrize("needed", [True, False])
def test_numpy_is_limited_to_one_thread_where_that_is_needed(
    needed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits: list[int] = []

    class Limit:
        def __enter__(self) -> None:
            limits.append(1)

        def __exit__(self, *error: object) -> None:
            limits.append(-1)

    controller = SimpleNamespace(limit=lambda limits: Limit())
    monkeypatch.setattr(threads, "_controller", lambda: controller)
    with threads.one_thread(needed=needed) as quiet:
        quiet.rest()
    assert limits == ([1, -1, 1, -1] if needed else [])
