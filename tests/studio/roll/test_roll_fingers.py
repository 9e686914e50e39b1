"""What fingers do on the roll."""

from __future__ import annotations

from typing import TYPE_CHECKING

from roll_pages import BAR, RESOLUTION, changes, drawn, show, small, spot, until

if TYPE_CHECKING:
    from playwright.sync_api import Page


class Fingers:
    """Fingers on a screen, each at its place."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.session = page.context.new_cdp_session(page)

    def put(self, kind: str, *places: tuple[float, float]) -> None:
        points = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(places)]
        self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        self.put("touchStart", start)
        for share in (0.3, 0.6, 1.0):
            x, y = (start[i] + share * (end[i] - start[i]) for i in (0, 1))
            self.put("touchMove", (x, y))
        self.put("touchEnd")
        drawn(self.page)


def test_a_tap_adds_a_tap_on_a_note_selects_it(touched: Page) -> None:
    show(touched, small())
    touched.touchscreen.tap(*spot(touched, 2 * RESOLUTION + 100, 68))
    (change,) = changes(touched)
    assert change["ops"][0]["notes"][0]["onset"] == 2 * RESOLUTION
    touched.touchscreen.tap(*spot(touched, 200, 60))
    assert touched.evaluate("[...view.selection]") == ["n0"]
    assert changes(touched) == []


def test_a_finger_moves_a_note_and_scrolls_beside_it(touched: Page) -> None:
    show(touched, small())
    fingers = Fingers(touched)
    fingers.drag(spot(touched, 200, 60), spot(touched, 200 + RESOLUTION, 62))
    (change,) = changes(touched)
    assert change["ops"][0]["notes"] == [{"id": "n0", "onset": RESOLUTION, "pitch": 62}]
    x, y = spot(touched, 2 * RESOLUTION, 70)
    fingers.drag((x, y), (x - 100, y))
    assert touched.evaluate("roll.frame.scroller.scrollLeft") > 80
    assert changes(touched) == []


def test_a_long_press_selects(touched: Page) -> None:
    show(touched, small())
    fingers = Fingers(touched)
    for tick, pitch in ((200, 60), (RESOLUTION + 200, 62)):
        before = touched.evaluate("view.selection.size")
        fingers.put("touchStart", spot(touched, tick, pitch))
        until(touched, f"view.selection.size > {before}")
        fingers.put("touchEnd")
    assert sorted(touched.evaluate("[...view.selection]")) == ["n0", "n1"]
    assert changes(touched) == []


def test_two_fingers_zoom(touched: Page) -> None:
    show(touched, small())
    fingers = Fingers(touched)
    (left, y), (right, _) = spot(touched, 480, 60), spot(touched, 960, 60)
    fingers.put("touchStart", (left, y))
    fingers.put("touchStart", (left, y), (right, y))
    for wider in (20, 40, 60):
        fingers.put("touchMove", (left - wider, y), (right + wider, y))
        drawn(touched)
    fingers.put("touchEnd")
    assert touched.evaluate("view.zoom.x") > 1.5
    assert changes(touched) == []


def test_a_long_press_on_the_ruler_stretches_the_region(touched: Page) -> None:
    show(touched, small())
    fingers = Fingers(touched)
    stage = touched.locator(".roll-stage").bounding_box()
    assert stage is not None
    y = stage["y"] + 10
    for count, tick in ((1, 100), (2, BAR + 100)):
        fingers.put("touchStart", (spot(touched, tick, 60)[0], y))
        until(touched, f"log.regions.length === {count}")
        fingers.put("touchEnd")
    assert touched.evaluate("log.regions") == [[1, 1], [1, 2]]
    touched.touchscreen.tap(spot(touched, RESOLUTION + 4, 60)[0], y)
    assert touched.evaluate("log.sought") == [RESOLUTION]
