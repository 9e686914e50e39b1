"""What the tests of the page do again and again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from playwright.sync_api import expect
from stand_in import StandIn, tune

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@contextmanager
def watched_page(browser: Browser, link: str, address: str) -> Iterator[Page]:
    """Open a page that may not ask another host for anything, and that complains of nothing."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda text: complaints.append(text.text) if text.type == "error" else None)
    page.on(
        "request",
        lambda asked: (
            None if asked.url.startswith((address, "blob:")) else complaints.append(asked.url)
        ),
    )
    page.goto(link)
    yield page
    context.close()
    # What the server refuses, the browser writes down as well; the page tells it in words.
    assert [line for line in complaints if "Failed to load resource" not in line] == []


def open_tune(page: Page, server: StandIn) -> str:
    """Open a tune of eight bars and two parts; return the name of its project."""
    name = server.hold(tune())
    page.goto(f"{page.url.partition('#')[0]}#{name}")
    expect(page.get_by_role("heading", name="Parts")).to_be_visible()
    return name


def mark(page: Page, first: int, last: int) -> None:
    """Mark bars by number."""
    for label, bar in (("From bar", first), ("to bar", last)):
        page.get_by_label(label, exact=True).fill(str(bar))
        page.keyboard.press("Tab")


def write_takes(page: Page) -> None:
    """Ask for takes of bars 2 to 4, and wait for all four."""
    mark(page, 2, 4)
    blur(page)
    page.keyboard.press("g")
    expect(page.locator(".slot.ready")).to_have_count(4)


def blur(page: Page) -> None:
    """Leave what has the focus."""
    page.evaluate("document.activeElement.blur()")


def said(page: Page, text: str) -> None:
    """Wait for what a screen reader is told."""
    expect(page.locator("#said")).to_have_text(text)
