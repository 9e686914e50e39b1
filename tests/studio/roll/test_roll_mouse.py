"""What a mouse does on the roll, as the ops that it asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from roll_pages import BAR, RESOLUTION, changes, drawn, said, show, small, spot, until

if TYPE_CHECKING:
    from playwright.sync_api import Page


def drag(page: Page, start: tuple[float, float], end: tuple[float, float], *keys: str) -> None:
    """Drag from one place to another, with keys held down."""
    for key in keys:
        page.keyboard.down(key)
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    page.mouse.move(*end)
    page.mouse.up()
    for key in keys:
        page.keyboard.up(key)
    drawn(page)


def only(page: Page) -> dict[str, Any]:
    """Return the one op that was asked for, with its label."""
    (change,) = changes(page)
    (op,) = change["ops"]
    return {**op, "label": change["label"]}


def selection(page: Page) -> list[str]:
    return sorted(page.evaluate("[...view.selection]"))


def test_a_click_on_an_empty_place_draws_a_note_on_the_grid(page: Page) -> None:
    show(page, small())
    page.mouse.click(*spot(page, 4 * RESOLUTION + 70, 60))
    op = only(page)
    (note,) = op["notes"]
    assert (op["op"], op["label"]) == ("add", "draw note")
    assert {name: note[name] for name in ("part", "onset", "pitch", "duration")} == {
        "part": "p1", "onset": 4 * RESOLUTION, "pitch": 60, "duration": RESOLUTION,
    }  # fmt: skip
    assert selection(page) == [note["id"]]


def test_a_drag_draws_a_note_of_its_length_which_the_next_click_repeats(page: Page) -> None:
    show(page, small())
    drag(page, spot(page, 2 * BAR + 10, 62), spot(page, 2 * BAR + 850, 62))
    (note,) = only(page)["notes"]
    assert (note["onset"], note["duration"]) == (2 * BAR, 840)
    page.mouse.click(*spot(page, 3 * BAR + 10, 62))
    assert only(page)["notes"][0]["duration"] == 840


def test_a_drag_moves_a_note_by_the_grid(page: Page) -> None:
    show(page, small())
    drag(page, spot(page, 200, 60), spot(page, 200 + 130, 58))
    assert only(page) == {
        "op": "set", "notes": [{"id": "n0", "onset": 120, "pitch": 58}], "label": "move note",
    }  # fmt: skip


def test_alt_frees_a_drag_of_the_grid(page: Page) -> None:
    show(page, small())
    x, y = spot(page, 200, 60)
    drag(page, (x, y), (x + 9, y), "Alt")
    assert only(page)["notes"] == [{"id": "n0", "onset": 60}]


def test_a_drag_moves_all_that_is_selected_but_no_locked_note(page: Page) -> None:
    show(page, small(), "{selection: new Set(['n1', 'n2', 'n3'])}")
    drag(page, spot(page, RESOLUTION + 200, 62), spot(page, RESOLUTION + 200, 63))
    op = only(page)
    assert op["notes"] == [{"id": "n1", "pitch": 63}, {"id": "n3", "pitch": 66}]
    assert op["label"] == "move 2 notes"
    assert said(page) == ["note locked, not changed; L unlocks"]


def test_a_locked_note_stays(page: Page) -> None:
    show(page, small())
    drag(page, spot(page, 2 * RESOLUTION + 200, 64), spot(page, 2 * RESOLUTION + 600, 66))
    assert changes(page) == []
    assert said(page) == ["note locked, not changed; L unlocks"]


def test_the_right_edge_changes_the_length_the_left_one_the_start(page: Page) -> None:
    show(page, small())
    drag(page, spot(page, RESOLUTION - 10, 60), spot(page, RESOLUTION + 230, 60))
    assert only(page) == {
        "op": "set", "notes": [{"id": "n0", "duration": 720}], "label": "lengthen note",
    }  # fmt: skip
    drag(page, spot(page, RESOLUTION + 5, 62), spot(page, RESOLUTION + 125, 62))
    assert only(page) == {
        "op": "set", "notes": [{"id": "n1", "onset": 600, "duration": 360}], "label": "shorten note",
    }  # fmt: skip


def test_a_double_click_erases(page: Page) -> None:
    show(page, small())
    page.mouse.dblclick(*spot(page, RESOLUTION + 200, 62))
    assert only(page) == {"op": "remove", "ids": ["n1"], "label": "erase note"}


def test_two_drags_in_a_hurry_are_no_double_click(page: Page) -> None:
    show(page, small())
    page.evaluate("performance.now = () => 1000")  # no time passes between them
    drag(page, spot(page, RESOLUTION + 200, 62), spot(page, RESOLUTION + 200, 63))
    assert only(page)["label"] == "move note"
    drag(page, spot(page, RESOLUTION + 200, 63), spot(page, RESOLUTION + 200, 64))
    assert only(page)["label"] == "move note"


def test_a_double_click_on_an_empty_place_leaves_the_note_that_it_drew(page: Page) -> None:
    show(page, small())
    page.mouse.dblclick(*spot(page, 3 * BAR + 200, 62))
    assert [change["label"] for change in changes(page)] == ["draw note"]


def test_shift_and_drag_selects_shift_and_click_adds(page: Page) -> None:
    show(page, small())
    drag(page, spot(page, 300, 66), spot(page, 3 * RESOLUTION - 200, 61), "Shift")
    assert selection(page) == ["n1", "n2"]
    page.keyboard.down("Shift")
    page.mouse.click(*spot(page, 200, 60))
    page.mouse.click(*spot(page, RESOLUTION + 200, 62))
    page.keyboard.up("Shift")
    assert selection(page) == ["n0", "n2"]
    assert changes(page) == []


def test_escape_gives_a_drag_up(page: Page) -> None:
    show(page, small())
    page.mouse.move(*spot(page, 200, 60))
    page.mouse.down()
    page.mouse.move(*spot(page, 900, 70))
    page.keyboard.press("Escape")
    page.mouse.up()
    assert changes(page) == []


def test_the_ruler_seeks_and_chooses_bars(page: Page) -> None:
    show(page, small())
    box = page.locator(".roll-stage").bounding_box()
    assert box is not None
    y = box["y"] + 10
    page.mouse.click(spot(page, RESOLUTION * 3 + 7, 60)[0], y)
    assert page.evaluate("log.sought") == [3 * RESOLUTION]
    drag(page, (spot(page, BAR + 300, 60)[0], y), (spot(page, 2 * BAR + 300, 60)[0], y))
    assert page.evaluate("log.regions") == [[2, 3]]
    page.keyboard.down("Shift")
    page.mouse.click(spot(page, 300, 60)[0], y)
    page.keyboard.up("Shift")
    assert page.evaluate("log.regions") == [[2, 3], [1, 3]]


def test_a_handle_of_the_region_is_dragged(page: Page) -> None:
    show(page, small(), "{region: {bars: [2, 2], parts: new Set()}}")
    box = page.locator(".roll-stage").bounding_box()
    assert box is not None
    y = box["y"] + 12
    drag(page, (spot(page, 2 * BAR, 60)[0] + 3, y), (spot(page, 3 * BAR, 60)[0] + 3, y))
    assert page.evaluate("log.regions") == [[2, 3]]


def test_the_lane_sets_velocities(page: Page) -> None:
    show(page, small())
    stage = page.locator(".roll-stage").bounding_box()
    assert stage is not None
    bottom = stage["y"] + stage["height"]
    drag(page, (spot(page, 10, 60)[0], bottom - 2), (spot(page, 10, 60)[0], bottom - 40))
    op = only(page)
    assert op["label"] == "velocity of note"
    assert op["notes"] == [{"id": "n0", "velocity": 91}]


def test_the_wheel_with_alt_is_one_change_of_velocity(page: Page) -> None:
    show(page, small())
    page.mouse.move(*spot(page, 200, 60))
    page.keyboard.down("Alt")
    for _ in range(3):
        page.mouse.wheel(0, -100)
    page.keyboard.up("Alt")
    until(page, "log.changes.length")
    assert only(page)["notes"] == [{"id": "n0", "velocity": 72}]


def test_the_wheel_with_control_zooms_around_the_pointer(page: Page) -> None:
    show(page, small())
    x, y = spot(page, 3 * BAR, 60)
    page.mouse.move(x, y)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -200)
    page.keyboard.up("Control")
    until(page, "view.zoom.x > 1")
    drawn(page)
    assert abs(spot(page, 3 * BAR, 60)[0] - x) < 2


def test_a_drag_to_the_edge_scrolls_on(page: Page) -> None:
    show(page, small())
    page.mouse.move(*spot(page, 200, 60))
    page.mouse.down()
    page.mouse.move(600, 300)
    page.mouse.move(995, 300)
    until(page, "roll.frame.scroller.scrollLeft > 300")
    page.mouse.up()
    assert only(page)["notes"][0]["onset"] > 6000


def test_the_tools_do_without_drags(page: Page) -> None:
    show(page, small(), "{selection: new Set(['n0', 'n1'])}")
    for name in ("Higher", "Longer", "Louder", "Lock or unlock", "Erase"):
        page.get_by_role("button", name=name, exact=True).click()
    labels = [change["label"] for change in changes(page)]
    assert labels == ["move 2 notes", "lengthen 2 notes", "make louder: 2 notes", "lock 2 notes"]
    assert said(page)[-1] == "2 notes locked, not changed; L unlocks"


def test_the_roll_turns_the_page_when_the_sound_leaves_it(page: Page) -> None:
    show(page, small(), "{cursor: 0}")
    for tick in range(0, 4 * BAR, 240):
        page.evaluate(f"show({{cursor: {tick}}})")
    drawn(page)
    line = page.locator(".roll-line").bounding_box()
    assert line is not None
    assert page.evaluate("roll.frame.scroller.scrollLeft") > 500
    assert 0 < line["x"] < 1000
    page.evaluate("show({cursor: 0})")
    drawn(page)
    assert page.evaluate("roll.frame.scroller.scrollLeft") > 500


def test_control_and_drag_moves_a_copy(page: Page) -> None:
    show(page, small())
    drag(page, spot(page, 200, 60), spot(page, 200 + BAR, 64), "Control")
    op = only(page)
    (note,) = op["notes"]
    assert (op["op"], op["label"]) == ("add", "copy note")
    assert (note["onset"], note["pitch"], note["duration"]) == (BAR, 64, RESOLUTION)
    assert selection(page) == [note["id"]]


def test_what_a_box_selects_is_what_keys_change(page: Page) -> None:
    show(page, small())
    drag(page, spot(page, 3 * RESOLUTION - 200, 68), spot(page, 6 * RESOLUTION - 200, 66), "Shift")
    page.keyboard.press("Delete")
    assert only(page) == {"op": "remove", "ids": ["n4"], "label": "erase note"}
    show(page, script="{selection: new Set(['n5', 'n6'])}")
    page.keyboard.press("Alt+ArrowUp")
    assert only(page)["label"] == "move 2 notes"
    page.keyboard.press("Home")
    page.keyboard.press("Alt+ArrowUp")
    assert only(page)["notes"] == [{"id": "n0", "pitch": 61}]


def test_escape_gives_up_what_is_drawn_too(page: Page) -> None:
    show(page, small())
    page.mouse.move(*spot(page, 2 * BAR, 62))
    page.mouse.down()
    page.mouse.move(*spot(page, 2 * BAR + 900, 62))
    page.keyboard.press("Escape")
    page.mouse.up()
    assert changes(page) == []


def test_behind_the_end_nothing_is_drawn(page: Page) -> None:
    show(page, small(), "{zoom: {x: 0.2, y: 1}}")
    page.mouse.click(*spot(page, 8 * BAR + 100, 62))
    assert changes(page) == []
    assert said(page) == ["the piece ends before this place"]


def test_a_lower_roll_keeps_its_middle_in_sight(page: Page) -> None:
    show(page, small())
    page.set_viewport_size({"width": 1000, "height": 330})
    until(page, "roll.layout.height < 300")
    drawn(page)
    top, bottom = page.evaluate("[roll.layout.top, roll.layout.bottom]")
    stage = page.locator(".roll-stage").bounding_box()
    assert stage is not None
    assert top < spot(page, 0, 65)[1] - stage["y"] < bottom
