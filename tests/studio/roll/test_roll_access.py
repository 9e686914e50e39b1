"""The roll without sight, with large text, on a narrow screen: axe-core, focus, sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from roll_pages import SCALE, drawn, part, piece, show, small

if TYPE_CHECKING:
    from playwright.sync_api import Page


def drums() -> dict[str, object]:
    hits = [[f"d{i}", i * 240, (36, 42, 38, 70)[i % 4], 120, 90] for i in range(16)]
    return piece([part(hits, "Drums", is_drum=True)])


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("case", ["melody", "drums", "empty", "region"])
def test_axe_finds_nothing(page: Page, theme: str, case: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
    document = {"drums": drums(), "empty": piece([part([])])}.get(case, small())
    show(page, document, "{region: {bars: [1, 2], parts: new Set()}}" if case == "region" else "{}")
    page.evaluate("roll.focus()")
    drawn(page)
    found = axe.run(page).response["violations"]
    assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found] == []


def test_the_grid_tells_rows_and_columns(page: Page) -> None:
    show(page, small())
    grid = page.get_by_role("grid", name="Notes of Flute")
    assert grid.get_attribute("aria-rowcount") == "8"
    places = [
        (
            cell.locator("xpath=..").get_attribute("aria-rowindex"),
            cell.get_attribute("aria-colindex"),
        )
        for cell in page.get_by_role("gridcell").all()
    ]
    assert places == [(str(i // 4 + 1), str(i % 4 + 1)) for i in range(len(SCALE))]
    assert page.locator("[role=gridcell][tabindex='0']").count() == 1
    assert page.get_by_role("gridcell", selected=True).count() == 0
    show(page, script="{selection: new Set(['n3'])}")
    assert page.get_by_role("gridcell", selected=True).count() == 1


def test_tab_passes_the_tools_and_the_notes_in_two_steps(page: Page) -> None:
    show(page, small())
    stops = []
    for _ in range(2):
        page.keyboard.press("Tab")
        stops.append(page.evaluate("document.activeElement.getAttribute('role') ?? 'button'"))
    assert stops == ["button", "gridcell"]


def test_a_cell_lies_on_its_note_and_its_ring_is_seen(page: Page) -> None:
    show(page, small())
    page.evaluate("roll.focus()")
    page.keyboard.press("End")
    drawn(page)
    box = page.locator("[role=gridcell]:focus").bounding_box()
    grid = page.locator(".roll-clip").bounding_box()
    assert box is not None
    assert grid is not None
    assert grid["x"] < box["x"] < grid["x"] + grid["width"]
    assert grid["y"] < box["y"] < grid["y"] + grid["height"]
    style = "getComputedStyle(document.activeElement)"
    assert page.evaluate(f"parseFloat({style}.outlineWidth)") >= 2


def test_large_text_makes_a_large_roll(page: Page) -> None:
    show(page, small())
    before = page.evaluate("[roll.layout.rowHeight, roll.layout.keys, roll.layout.ruler]")
    page.evaluate("document.documentElement.style.fontSize = '32px'")
    drawn(page)
    drawn(page)
    after = page.evaluate("[roll.layout.rowHeight, roll.layout.keys, roll.layout.ruler]")
    assert after == [2 * size for size in before]


def test_a_narrow_screen_scrolls_the_roll_and_not_the_page(page: Page) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    show(page, small())
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    assert page.evaluate("roll.layout.width - roll.layout.keys") > 200


def test_fingers_have_rows_and_buttons_of_24_pixels(touched: Page) -> None:
    show(touched, small())
    assert touched.evaluate("roll.layout.rowHeight") >= 24
    sizes = [
        box for button in touched.get_by_role("button").all() if (box := button.bounding_box())
    ]
    assert min(min(box["width"], box["height"]) for box in sizes) >= 24
