"""The page with the server itself: a tune is opened, takes are written by the model, heard, accepted and undone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("playwright.sync_api")
pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

from page_steps import blur, mark, said, watched_page
from playwright.sync_api import expect

from symgen import save_score
from symgen.music.score import Note, Part, Score

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page
    from serving import Served

SOON = 60_000
"""Milliseconds in which a model writes two bars on a slow machine."""


@pytest.fixture
def page(browser: Browser, served: Served) -> Iterator[Page]:
    with watched_page(browser, served.link, served.url) as page:
        yield page


@pytest.fixture
def tune(tmp_path: Path) -> Path:
    """Eight bars of a melody, as a file."""
    scale = (60, 62, 64, 65, 67, 65, 64, 62)
    notes = tuple(Note(480 * i, scale[i % 8] + 2 * (i // 16), 460, 80) for i in range(32))
    path = tmp_path / "walk.mid"
    save_score(Score((Part(notes, 73, name="Flute"),), title="Walk"), path)
    return path


def test_a_tune_is_written_on(page: Page, tune: Path) -> None:
    page.get_by_label("Open a file").set_input_files(tune)
    expect(page.get_by_label("Title of the piece")).to_have_value("Walk")
    notes = page.locator(".roll-bar .status")
    expect(notes).to_have_text("32 notes")
    mark(page, 1, 1)
    page.get_by_role("button", name="Lock the region").click()
    said(page, "4 notes locked.")
    mark(page, 3, 4)
    page.get_by_role("button", name="More controls").click()
    page.get_by_label("How many").fill("2")
    page.get_by_label("Seed").fill("5")
    page.get_by_label("Seed").press("Tab")
    blur(page)
    page.keyboard.press("g")
    expect(page.locator(".slot.ready")).to_have_count(2, timeout=SOON)
    page.keyboard.press("2")
    expect(page.locator(".chosen")).to_be_visible()
    expect(page.locator(".checks")).to_contain_text("of what stays, there at least: 100 %")
    expect(page.locator("#said")).to_contain_text("take 2 of 2, bars 3 to 4")
    page.keyboard.press("Enter")
    said(page, "Take 2 accepted. Ctrl+Z undoes it.")
    expect(notes).to_contain_text("4 locked")
    page.keyboard.press("Control+z")
    expect(page.get_by_role("button", name="Redo")).not_to_have_attribute("aria-disabled", "true")
    expect(notes).to_have_text("32 notes, 4 locked")
    # All is found again.
    page.reload()
    expect(notes).to_have_text("32 notes, 4 locked")
    expect(page.get_by_role("button", name="Earlier takes (1)")).to_be_visible()


def test_wishes_that_cannot_be_met_stand_at_their_control(page: Page, tune: Path) -> None:
    page.get_by_label("Open a file").set_input_files(tune)
    expect(page.get_by_role("heading", name="Parts")).to_be_visible()
    mark(page, 3, 4)
    page.get_by_label("Range").fill("low")
    page.get_by_label("Range").press("Tab")
    page.locator(".write").click()
    expect(page.locator("#control-range-error")).to_be_visible()


def test_what_is_hummed_is_written_down(page: Page, tune: Path) -> None:
    page.get_by_label("Open a file").set_input_files(tune)
    page.get_by_role("button", name="Hum").click()
    # The browser's own microphone for tests beeps once a second.
    page.wait_for_timeout(2500)
    page.get_by_role("button", name="Stop and write it down").click()
    # Whether beeps are heard as notes is for the transcriber to say; either end is told.
    expect(page.locator(".message")).to_have_text(re.compile("added|no melody"), timeout=SOON)


def test_the_score_is_engraved(page: Page, tune: Path) -> None:
    pytest.importorskip("verovio")
    page.get_by_label("Open a file").set_input_files(tune)
    expect(page.get_by_role("heading", name="Parts")).to_be_visible()
    blur(page)
    page.keyboard.press("v")
    expect(page.locator(".sheet .note")).to_have_count(32, timeout=SOON)
    expect(page.locator(".sheet .sounding")).to_have_count(1)
    page.get_by_label("Place", exact=True).fill("3")
    expect(page.locator(".sheet .sounding")).to_have_count(1)
