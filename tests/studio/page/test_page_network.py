"""The server goes away and comes back: what was done meanwhile is kept, and sent."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("playwright.sync_api")
pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

from page_steps import mark, open_tune, said
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
    from stand_in import StandIn


def test_changes_are_kept_while_the_server_is_away(
    browser: Browser, server: StandIn, tmp_path: Path
) -> None:
    from stand_in import stand_in

    page = browser.new_page()
    page.set_default_timeout(10_000)
    with stand_in(server, tmp_path) as port:
        page.goto(f"http://127.0.0.1:{port}/")
        name = open_tune(page, server)
        mark(page, 1, 1)
    # It has ended.
    page.get_by_role("button", name="Lock the region").click()
    said(page, "8 notes locked.")
    expect(page.locator(".banner")).to_contain_text("1 change kept")
    expect(page.get_by_role("button", name="Unlock all 8")).to_be_visible()
    assert not server.projects[name].document.locked
    with stand_in(server, tmp_path, port):
        expect(page.locator(".banner")).to_have_count(0, timeout=20_000)
        expect(page.get_by_role("button", name="Undo lock 8 notes")).to_be_visible()
        assert len(server.projects[name].document.locked) == 8
        page.close()


def test_a_page_that_starts_without_its_server_starts_when_it_is_back(
    page: Page, server: StandIn
) -> None:
    name = open_tune(page, server)
    page.route("**/api/**", lambda route: route.abort())
    page.reload()
    expect(page.locator(".banner")).to_be_visible()
    page.unroute("**/api/**")
    expect(page.get_by_role("heading", name="Parts")).to_be_visible()
    assert name in page.url


def test_a_change_that_arrived_is_not_sent_twice(page: Page, server: StandIn) -> None:
    name = open_tune(page, server)
    mark(page, 1, 1)
    lost = []

    def lose(route: object) -> None:
        # The server makes the change, and its answer does not arrive.
        if lost:
            route.continue_()  # type: ignore[attr-defined]
            return
        lost.append(route.fetch())  # type: ignore[attr-defined]
        route.abort()  # type: ignore[attr-defined]

    page.route("**/changes", lose)
    page.get_by_role("button", name="Edit Piano").click()
    page.get_by_label("Name").fill("Left hand")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Edit Left hand")).to_be_visible()
    expect(page.locator(".banner")).to_have_count(0)
    assert server.projects[name].document.parts[1].name == "Left hand"
    assert page.locator(".message.failed").count() == 0
