"""What keys do on the roll, and what is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from roll_pages import (
    BAR,
    RESOLUTION,
    changes,
    drawn,
    focused,
    large,
    part,
    piece,
    said,
    show,
    small,
)

if TYPE_CHECKING:
    from playwright.sync_api import Page


def focus(page: Page) -> None:
    page.evaluate("roll.focus()")
    drawn(page)


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)
        drawn(page)


def test_arrows_go_from_note_to_note_and_names_say_all_of_it(page: Page) -> None:
    show(page, small())
    focus(page)
    assert focused(page) == "C 4, bar 1 beat 1, quarter note, Flute"
    press(page, "ArrowRight", "ArrowRight")
    assert focused(page) == "E 4, bar 1 beat 3, quarter note, Flute, locked"
    press(page, "PageDown")
    assert focused(page) == "G 4, bar 2 beat 1, quarter note, Flute"
    press(page, "End")
    assert focused(page) == "C 5, bar 2 beat 4, quarter note, Flute"
    press(page, "ArrowRight")
    assert said(page)[-1] == "last note"
    press(page, "PageUp", "Home")
    assert focused(page) == "C 4, bar 1 beat 1, quarter note, Flute"


def test_arrows_up_and_down_go_through_a_chord(page: Page) -> None:
    chord = [[f"c{pitch}", 0, pitch, BAR, 80] for pitch in (60, 64, 67)]
    show(page, piece([part(chord)]))
    focus(page)
    names = []
    for key in ("ArrowUp", "ArrowUp", "ArrowUp", "ArrowDown"):
        press(page, key)
        names.append(focused(page).partition(",")[0])
    assert names == ["E 4", "G 4", "G 4", "E 4"]
    assert said(page) == ["no note above"]


@pytest.mark.parametrize(
    ("keys", "change", "words"),
    [
        ("Alt+ArrowUp", {"pitch": 61}, "C sharp 4"),
        ("Alt+Shift+ArrowDown", {"pitch": 48}, "C 3"),
        ("Alt+ArrowRight", {"onset": 120}, "bar 1 beat 1.25"),
        ("Shift+ArrowRight", {"duration": 600}, "1.25 quarters"),
        ("[", {"duration": 360}, "dotted eighth note"),
        ("+", {"velocity": 65}, "velocity 65"),
        ("-", {"velocity": 55}, "velocity 55"),
    ],
)
def test_keys_change_the_note(page: Page, keys: str, change: dict[str, int], words: str) -> None:
    show(page, small())
    focus(page)
    press(page, keys)
    (asked,) = changes(page)
    assert asked["ops"] == [{"op": "set", "notes": [{"id": "n0", **change}]}]
    assert said(page) == [words]


def test_a_note_that_moves_past_others_keeps_the_focus(page: Page) -> None:
    show(page, small(), "{snap: '1/2'}")
    focus(page)
    press(page, "Alt+ArrowRight", "Alt+ArrowRight", "Alt+ArrowRight")
    assert focused(page) == "C 4, bar 2 beat 3, quarter note, Flute"
    assert page.evaluate("document.activeElement.getAttribute('tabindex')") == "0"


def test_lock_unlock_and_erase(page: Page) -> None:
    show(page, small())
    focus(page)
    press(page, "l", "Delete")
    assert [change["label"] for change in changes(page)] == ["lock note"]
    assert said(page) == ["lock note", "note locked, not changed; L unlocks"]
    assert focused(page).endswith("locked")
    press(page, "l", "Delete")
    assert [change["label"] for change in changes(page)] == ["unlock note", "erase note"]
    assert focused(page) == "D 4, bar 1 beat 2, quarter note, Flute"


def test_select_copy_paste_and_duplicate(page: Page) -> None:
    show(page, small())
    focus(page)
    press(page, "s", "Shift+ArrowDown", "Control+c")
    assert said(page) == ["note selected", "2 notes selected", "copied 2 notes"]
    page.evaluate(f"show({{cursor: {4 * BAR}}})")
    press(page, "Control+v")
    (paste,) = changes(page)
    assert [note["onset"] for note in paste["ops"][0]["notes"]] == [4 * BAR, 4 * BAR + RESOLUTION]
    assert paste["label"] == "paste 2 notes"
    assert said(page) == ["paste 2 notes at bar 5 beat 1"]
    press(page, "Control+d")
    (copied,) = changes(page)
    assert [note["onset"] for note in copied["ops"][0]["notes"]] == [
        4 * BAR + 2 * RESOLUTION,
        4 * BAR + 3 * RESOLUTION,
    ]
    press(page, "Control+a", "Control+x")
    assert changes(page)[-1]["label"] == "erase 11 notes"


def test_the_insertion_cursor_goes_anywhere_and_adds_notes(page: Page) -> None:
    show(page, small())
    focus(page)
    press(page, "c")
    assert "in C 4, bar 1 beat 1" in focused(page)
    press(page, "PageDown", "PageDown", "ArrowUp", "ArrowUp", "ArrowUp", "ArrowUp")
    assert focused(page) == "bar 3 beat 1, E 4, empty"
    assert said(page)[-1] == "bar 3 beat 1, E 4, empty"
    press(page, "Enter", "ArrowRight", "Enter")
    notes = [change["ops"][0]["notes"][0] for change in changes(page)]
    assert [(note["onset"], note["pitch"]) for note in notes] == [
        (2 * BAR, 64),
        (2 * BAR + RESOLUTION + 120, 64),
    ]
    press(page, "Escape")
    assert focused(page).startswith("E 4, bar 3 beat")


def test_control_and_arrows_take_the_insertion_cursor_at_once(page: Page) -> None:
    show(page, small())
    focus(page)
    press(page, "Control+ArrowDown", "Shift+ArrowLeft", "Enter")
    (change,) = changes(page)
    note = change["ops"][0]["notes"][0]
    assert (note["onset"], note["pitch"], note["duration"]) == (0, 59, 360)


def test_an_empty_part_is_filled_by_keys(page: Page) -> None:
    show(page, piece([part([])]))
    focus(page)
    assert focused(page) == "bar 1 beat 1, C 4, empty"
    press(page, "ArrowRight", "Enter")
    (change,) = changes(page)
    assert change["ops"][0]["notes"][0]["onset"] == 120
    press(page, "c")
    assert focused(page) == "C 4, bar 1 beat 1.25, quarter note, Flute"


def test_region_by_keys_and_by_its_handles(page: Page) -> None:
    show(page, small())
    focus(page)
    press(page, "r", "End", "Shift+R")
    assert said(page)[-1] == "region: bars 1 to 2"
    last = page.get_by_role("slider", name="last bar of the region")
    last.focus()
    press(page, "ArrowRight", "PageUp", "PageUp")
    first = page.get_by_role("slider", name="first bar of the region")
    first.focus()
    press(page, "End")
    assert page.evaluate("log.regions") == [[1, 1], [1, 2], [1, 3], [1, 7], [1, 8], [8, 8]]
    assert first.get_attribute("aria-valuetext") == "bar 8"


def test_keys_of_others_are_left_to_them(page: Page) -> None:
    show(page, small())
    focus(page)
    page.evaluate("window.seen = []; addEventListener('keydown', event => seen.push(event.key))")
    press(page, " ", "g", "1", "Escape", "ArrowRight", "s", "Escape")
    assert page.evaluate("seen") == [" ", "g", "1", "Escape"]


def test_of_ten_thousand_notes_few_are_cells_and_all_are_reached(page: Page) -> None:
    show(page, large())
    focus(page)
    press(page, "End")
    assert page.locator("[role=gridcell]").count() < 400
    last = page.locator("[role=gridcell][tabindex='0']")
    assert last.evaluate("cell => cell === document.activeElement")
    assert last.get_attribute("data-id") == page.evaluate("roll.index.notes.at(-1)[0]")
    row = last.locator("xpath=..").get_attribute("aria-rowindex")
    assert row == page.locator("[role=grid]").get_attribute("aria-rowcount")


def test_while_a_take_is_shown_nothing_is_changed(page: Page) -> None:
    document = small()
    taken = small()
    taken["parts"][0]["notes"] = [*taken["parts"][0]["notes"][:-1], ["t1", 3 * BAR, 62, 480, 80]]
    show(page, document)
    page.evaluate("take => show({take})", taken)
    focus(page)
    press(page, "End")
    assert focused(page) == "D 4, bar 4 beat 1, quarter note, Flute, new in this take"
    press(page, "Delete")
    assert changes(page) == []
    assert said(page)[-1] == "accept the take or leave it first"
    page.evaluate("window.seen = []; addEventListener('keydown', event => seen.push(event.key))")
    press(page, "Enter", "Escape")
    assert page.evaluate("seen") == ["Enter", "Escape"]
