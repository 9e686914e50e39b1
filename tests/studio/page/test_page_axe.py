"""In no state of the page axe finds anything, in light and dark, from 320 pixels to 4K."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("playwright.sync_api")
pytest.importorskip("starlette")
pytest.importorskip("uvicorn")
axe_of = pytest.importorskip("axe_playwright_python.sync_playwright")

from page_steps import mark, open_tune, write_takes  # noqa: E402 - behind the skip
from playwright.sync_api import expect  # noqa: E402 - behind the skip

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from stand_in import StandIn

WINDOWS = {
    "phone": (320, 640),
    "tablet": (768, 1024),
    "zoomed": (640, 400),  # a window of 1280 x 800 at 200 %
    "desk": (1440, 900),
    "4k": (3840, 2160),
}


def _start(page: Page, server: StandIn) -> None:
    expect(page.get_by_role("heading", name="Write a piece")).to_be_visible()


def _piece(page: Page, server: StandIn) -> None:
    open_tune(page, server)


def _dialog(shortcut: str) -> Callable[[Page, StandIn], None]:
    def show(page: Page, server: StandIn) -> None:
        open_tune(page, server)
        page.keyboard.press(shortcut)
        expect(page.get_by_role("dialog")).to_be_visible()

    return show


def _button(name: str) -> Callable[[Page, StandIn], None]:
    def show(page: Page, server: StandIn) -> None:
        open_tune(page, server)
        page.get_by_role("button", name=name).click()
        expect(page.get_by_role("dialog")).to_be_visible()

    return show


def _takes(page: Page, server: StandIn) -> None:
    open_tune(page, server)
    write_takes(page)
    page.keyboard.press("2")
    expect(page.locator(".chosen")).to_be_visible()


def _writing(page: Page, server: StandIn) -> None:
    open_tune(page, server)
    server.pace = 60.0
    mark(page, 2, 4)
    page.locator(".write").click()
    expect(page.get_by_role("progressbar")).to_be_visible()


def _errors(page: Page, server: StandIn) -> None:
    open_tune(page, server)
    mark(page, 2, 4)
    page.get_by_role("button", name="More controls").click()
    server.refuse = "style ska: is none of classical, folk, jazz"
    page.locator(".write").click()
    expect(page.locator("#control-style-error")).to_be_visible()
    page.get_by_role("button", name="Lock selected", exact=True).click()
    expect(page.locator(".message")).to_be_visible()


def _away(page: Page, server: StandIn) -> None:
    open_tune(page, server)
    page.context.set_offline(True)
    page.get_by_role("button", name="Lock the region").click()
    expect(page.locator(".banner")).to_be_visible()


def _open(*names: str) -> Callable[[Page, StandIn], None]:
    def show(page: Page, server: StandIn) -> None:
        open_tune(page, server)
        for name in names:
            page.get_by_role("button", name=name, exact=True).click()

    return show


STATES = {
    "start": _start,
    "piece": _piece,
    "projects": _dialog("Control+o"),
    "export": _dialog("Control+s"),
    "help": _dialog("?"),
    "history": _button("History"),
    "piece dialog": _button("Change tempo"),
    "new part": _button("Add a part"),
    "part": _button("Edit Flute"),
    "writing": _writing,
    "takes": _takes,
    "errors": _errors,
    "away": _away,
    "drawers": _open("Keyboard", "Mixer", "Score"),
}


def _violations(page: Page) -> list[str]:
    found = axe_of.Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        f"{rule['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
        for rule in found
        for node in rule["nodes"]
    ]


def _sideways(page: Page) -> int:
    root = "document.documentElement"
    return int(page.evaluate(f"{root}.scrollWidth - {root}.clientWidth"))


@pytest.mark.parametrize("state", STATES)
def test_no_violations(page: Page, server: StandIn, state: str) -> None:
    STATES[state](page, server)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        expect(page.locator("html")).to_have_attribute("data-theme", scheme)
        assert _violations(page) == [], scheme


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("state", ["start", "takes", "help"])
def test_every_window_has_room(page: Page, server: StandIn, window: str, state: str) -> None:
    width, height = WINDOWS[window]
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(reduced_motion="reduce")
    STATES[state](page, server)
    assert _violations(page) == []
    assert _sideways(page) == 0


@pytest.mark.parametrize("state", ["start", "takes"])
def test_text_of_twice_the_size_has_room(page: Page, server: StandIn, state: str) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    STATES[state](page, server)
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert _sideways(page) == 0
    clipped = page.evaluate(
        """() => [...document.querySelectorAll("button, h2, label")]
          .filter((it) => it.closest(".roll") === null && !it.closest(".skips"))
          .filter((it) => it.scrollWidth > it.clientWidth + 1 && it.clientWidth > 0)
          .map((it) => it.outerHTML.slice(0, 120))"""
    )
    assert clipped == []
