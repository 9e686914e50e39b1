"""One browser for the tests of the roll, and a fresh page for each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from roll_pages import HERE, until
from stage import chromium, served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with served(HERE) as url:
        yield f"{url}stage/roll_page.html"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = chromium()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


def _opened(context: BrowserContext, address: str) -> Iterator[Page]:
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda text: complaints.append(text.text) if text.type == "error" else None)
    page.goto(address)
    until(page, "window.roll")
    yield page
    context.close()
    assert complaints == []


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A page with the roll, which complains of nothing."""
    context = browser.new_context(viewport={"width": 1000, "height": 600})
    yield from _opened(context, address)


@pytest.fixture
def touched(browser: Browser, address: str) -> Iterator[Page]:
    """The same on a screen for fingers."""
    context = browser.new_context(
        viewport={"width": 400, "height": 700}, has_touch=True, is_mobile=True
    )
    yield from _opened(context, address)
