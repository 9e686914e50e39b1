"""One browser for the tests of the page, and for each test a server in memory and a page that complains of nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from stage import FLAGS, chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
    from stand_in import StandIn


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    api = pytest.importorskip("playwright.sync_api")
    pytest.importorskip("starlette")
    pytest.importorskip("uvicorn")
    path = chromium()
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def server() -> StandIn:
    from stand_in import StandIn

    return StandIn()


@pytest.fixture
def address(browser: Browser, server: StandIn, tmp_path: Path) -> Iterator[str]:
    from stand_in import stand_in

    with stand_in(server, tmp_path) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A page that may not ask another host for anything, and that complains of nothing."""
    from page_steps import watched_page

    with watched_page(browser, address, address) as page:
        page.set_default_timeout(10_000)
        yield page
