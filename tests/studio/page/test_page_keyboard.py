"""The whole way of a piece by keyboard alone, with the server itself: what a screen reader is told is looked at."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("playwright.sync_api")
pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from serving import Served

SOON = 60_000
"""Milliseconds in which a model writes two bars on a slow machine."""
STEPS = 60
"""So many presses of Tab lead to whatever is on the page, at most."""


def test_a_piece_is_made_without_a_pointer(browser: Browser, served: Served) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(served.link)
    page.get_by_role("button", name="New piece").wait_for()

    def focused() -> str:
        return str(
            page.evaluate(
                "document.activeElement.ariaLabel ?? document.activeElement.innerText ?? ''"
            )
        )

    def tab_to(name: str) -> None:
        for _ in range(STEPS):
            page.keyboard.press("Tab")
            if re.match(name, focused().strip()):
                return
        raise AssertionError(f"no way to {name}")

    def press(*keys: str) -> None:
        for key in keys:
            page.keyboard.press(key)

    said = page.locator("#said")

    # Open: a new piece. Then straight to the notes, where an insertion cursor stands.
    tab_to("New piece")
    press("Enter")
    page.get_by_role("heading", name="Parts").wait_for()
    tab_to("Skip to the notes")
    press("Enter")
    expect(page.get_by_role("grid")).to_be_visible()
    # Draw: two notes, each where the cursor is.
    press("Enter", "Control+ArrowRight", "Control+ArrowUp", "Enter", "Escape")
    cells = page.get_by_role("gridcell", name=re.compile("note, "))
    expect(cells).to_have_count(2)
    first = r"^[A-G]( sharp| flat)? \d, bar 1 beat 1, \w+ note, "
    expect(page.get_by_role("gridcell", name=re.compile(first))).to_have_count(1)
    # Lock the note that has the focus.
    press("Home", "l")
    locked = re.compile(first + r".*locked$")
    expect(page.get_by_role("gridcell", name=locked)).to_have_count(1)
    # Write the first two bars: the cursor is taken to the second.
    press("r", "c", "PageDown", "Shift+R")
    expect(said).to_have_text("region: bars 1 to 2")
    press("g")
    expect(page.locator(".slot.ready")).to_have_count(4, timeout=SOON)
    expect(said).to_have_text(
        re.compile(r"^take 4 of 4, bars 1 to 2, \d+ new notes, all controls met$")
    )
    # Choose, hear, accept; undo and redo.
    press("2")
    expect(said).to_have_text(re.compile(r"^take 2 of 4, bars 1 to 2, \d+ new notes"))
    page.evaluate("document.activeElement.blur()")
    press("Space")
    expect(page.get_by_role("button", name="Stop", exact=True)).to_be_visible()
    press("Space", "Enter")
    expect(said).to_have_text("Take 2 accepted. Ctrl+Z undoes it.")
    expect(page.get_by_role("gridcell", name=locked)).to_have_count(1)
    press("Control+z")
    expect(cells).to_have_count(2)
    press("Control+Shift+z")
    expect(page.get_by_role("gridcell", name=locked)).to_have_count(1)
    # Save: the file that comes is MIDI.
    press("Control+s")
    with page.expect_download() as coming:
        tab_to("MIDI")
        press("Enter")
    assert coming.value.path().read_bytes().startswith(b"MThd")
    page.close()
