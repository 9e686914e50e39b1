"""The page of the studio: the whole way of a piece, by keyboard and by pointer, with a server that invents takes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("playwright.sync_api")
pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

from page_steps import blur, mark, open_tune, said, write_takes
from playwright.sync_api import expect

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page
    from stand_in import StandIn


def test_the_loop_by_keyboard_alone(page: Page, server: StandIn) -> None:
    name = open_tune(page, server)
    before = server.projects[name].document
    page.get_by_label("From bar").focus()
    page.keyboard.type("2")
    page.keyboard.press("Tab")
    page.keyboard.press("Control+A")
    page.keyboard.type("4")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("g")
    expect(page.locator(".slot.ready")).to_have_count(4)
    said(page, "take 4 of 4, bars 2 to 4, 16 notes, density not met")
    assert server.asked[-1]["bars"] == [2, 4]
    assert server.asked[-1]["parts"] == ["p1"]
    page.keyboard.press("3")
    said(page, "take 3 of 4, bars 2 to 4, 12 notes, all controls met")
    expect(page.locator(".slot[aria-pressed=true]")).to_contain_text("Take 3")
    page.keyboard.press("0")
    said(page, "The piece as it is.")
    page.keyboard.press("3")
    expect(page.locator(".chosen")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".chosen")).to_have_count(0)
    page.keyboard.press("1")
    expect(page.locator(".chosen")).to_be_visible()
    blur(page)
    page.keyboard.press("Enter")
    said(page, "Take 1 accepted. Ctrl+Z undoes it.")
    assert server.projects[name].document != before
    page.keyboard.press("Control+z")
    said(page, "Undone: accept take.")
    assert server.projects[name].document == before
    page.keyboard.press("Control+Shift+z")
    said(page, "Redone: accept take.")


def test_a_take_fills_bar_by_bar_and_is_cancelled_at_once(page: Page, server: StandIn) -> None:
    open_tune(page, server)
    server.pace = (
        60.0  # longer than any test waits: the page shows the first bar until it is cancelled
    )
    mark(page, 2, 4)
    blur(page)
    page.keyboard.press("g")
    expect(page.locator(".slot.writing")).to_contain_text("bar 1 of 3")
    expect(page.get_by_role("progressbar")).to_have_attribute("max", "3")
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".write")).to_be_visible()
    assert server.cancelled


def test_a_dropped_take_can_be_offered_again(page: Page, server: StandIn) -> None:
    name = open_tune(page, server)
    write_takes(page)
    page.keyboard.press("2")
    page.get_by_role("button", name="Drop").click()
    expect(page.locator(".slot.dropped")).to_contain_text("dropped")
    assert server.projects[name].takes["t2"]["state"] == "dropped"
    page.get_by_role("button", name="Earlier takes (1)").click()
    page.get_by_role("button", name="Offer again").click()
    expect(page.locator(".slot[aria-pressed=true]")).to_contain_text("Take 2")


def test_only_controls_that_are_set_are_sent(page: Page, server: StandIn) -> None:
    open_tune(page, server)
    mark(page, 1, 2)
    page.get_by_label("Density").fill("6")
    page.get_by_role("button", name="More controls").click()
    page.get_by_label("Cadence").select_option("yes")
    page.get_by_label("Instruments").fill("Flute, Viola")
    page.get_by_label("How many").fill("2")
    page.get_by_label("Seed").fill("11")
    page.locator(".write").click()
    expect(page.locator(".slot.ready")).to_have_count(2)
    assert server.asked[-1] == {
        "verb": "infill",
        "bars": [1, 2],
        "parts": ["p1"],
        "controls": {"density": 6, "cadence": True, "instruments": ["Flute", "Viola"]},
        "count": 2,
        "seed": 11,
    }


def test_an_error_stands_at_the_control_that_it_names(page: Page, server: StandIn) -> None:
    open_tune(page, server)
    mark(page, 1, 2)
    server.refuse = "density 99: must be 1..32; choose a smaller one"
    page.locator(".write").click()
    field = page.get_by_label("Density")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#control-density-error")).to_have_text(
        "density 99: must be 1..32; choose a smaller one"
    )
    server.refuse = "the queue is full; wait for a job to end"
    page.locator(".write").click()
    expect(page.locator("#ask-error")).to_have_text("the queue is full; wait for a job to end")


def test_bars_are_asked_for_before_they_are_written(page: Page, server: StandIn) -> None:
    open_tune(page, server)
    page.keyboard.press("g")
    expect(page.get_by_text("Mark the bars to write first.")).to_be_visible()
    assert not server.asked


def test_an_end_of_the_region_takes_the_other_along(page: Page, server: StandIn) -> None:
    open_tune(page, server)
    mark(page, 1, 2)
    first, last = page.get_by_label("From bar"), page.get_by_label("to bar", exact=True)
    first.fill("5")
    first.press("Tab")
    expect(last).to_have_value("5")
    last.fill("3")
    last.press("Tab")
    expect(first).to_have_value("3")
    last.fill("99")
    last.press("Tab")
    expect(last).to_have_value("8")


def test_locks(page: Page, server: StandIn) -> None:
    name = open_tune(page, server)
    mark(page, 1, 1)
    page.get_by_role("button", name="Lock the region").click()
    said(page, "8 notes locked.")
    assert len(server.projects[name].document.locked) == 8
    page.get_by_role("button", name="Unlock all 8").click()
    said(page, "8 notes unlocked.")
    page.get_by_label("Mark Flute for writing").check()
    page.get_by_role("button", name="Select the region").click()
    blur(page)
    page.keyboard.press("l")
    said(page, "4 notes locked.")
    assert server.projects[name].document.locked == {"n0-0", "n0-1", "n0-2", "n0-3"}


def test_parts(page: Page, server: StandIn) -> None:
    name = open_tune(page, server)
    page.get_by_role("button", name="Add a part").click()
    page.get_by_label("Instrument").fill("viola")
    page.get_by_label("Name").fill("Middle")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("button", name="Middle viola")).to_be_visible()
    page.get_by_role("button", name="Edit Middle").click()
    page.get_by_label("Instrument").fill("Cello")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Middle cello")).to_be_visible()
    page.get_by_role("button", name="Edit Middle").click()
    page.get_by_label("Instrument").fill("Kazoo")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text('No instrument "Kazoo"')).to_be_visible()
    page.get_by_role("button", name="Remove this part").click()
    expect(page.locator(".part")).to_have_count(2)
    assert [part.name for part in server.projects[name].document.parts] == ["Flute", "Piano"]


def test_what_another_tab_changes_appears(page: Page, server: StandIn) -> None:
    name = open_tune(page, server)
    other = page.context.new_page()
    other.goto(page.url)
    other.get_by_role("button", name="Edit Piano").click()
    other.get_by_label("Name").fill("Left hand")
    other.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Edit Left hand")).to_be_visible()
    said(page, "Changed elsewhere: edit part.")
    assert server.projects[name].document.parts[1].name == "Left hand"


def test_a_change_that_no_longer_fits_is_told(page: Page, server: StandIn) -> None:
    name = open_tune(page, server)
    held = server.projects[name]
    page.get_by_role("button", name="Edit Piano").click()
    # Another has taken the part away, and this page was not told.
    held.document = type(held.document)(held.document.head, held.document.parts[:1])
    page.get_by_label("Name").fill("Left hand")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".message.failed")).to_contain_text("was changed elsewhere")
    expect(page.locator(".part")).to_have_count(1)


def test_a_new_piece_and_its_title(page: Page, server: StandIn) -> None:
    page.get_by_label("Title").fill("Morning")
    page.get_by_label("Bars").fill("12")
    page.get_by_role("button", name="New piece").click()
    title = page.get_by_label("Title of the piece")
    expect(title).to_have_value("Morning")
    title.fill("Evening")
    title.press("Enter")
    expect(title).to_have_value("Evening")
    (held,) = server.projects.values()
    expect(page.get_by_role("button", name="Undo rename piece")).to_be_visible()
    assert held.document.head.title == "Evening"
    assert len(held.document.bars) == 12


def test_a_file_is_opened_and_a_bad_one_is_told(
    page: Page, server: StandIn, tmp_path: Path
) -> None:
    good, bad = tmp_path / "song.mid", tmp_path / "song.bad"
    good.write_bytes(b"MThd")
    bad.write_bytes(b"x")
    page.get_by_label("Open a file").set_input_files(bad)
    expect(page.locator(".message.failed")).to_have_text(
        "song.bad: holds no music; choose another file"
    )
    page.get_by_label("Open a file").set_input_files(good)
    expect(page.get_by_label("Title of the piece")).to_have_value("song.mid")


def test_projects_are_listed_opened_and_deleted(page: Page, server: StandIn) -> None:
    first = open_tune(page, server)
    page.keyboard.press("Control+o")
    dialog = page.get_by_role("dialog", name="Projects")
    expect(dialog.get_by_role("button", name="A tune 8 bars")).to_be_visible()
    dialog.get_by_role("button", name="Delete A tune").click()
    expect(page.get_by_role("heading", name="Write a piece")).to_be_visible()
    assert first not in server.projects


def test_exports(page: Page, server: StandIn) -> None:
    open_tune(page, server)
    page.keyboard.press("Control+s")
    expect(page.locator(".command")).to_have_text("symgen infill tune.mid --bars 1-2")
    with page.expect_download() as download:
        page.get_by_role("button", name="MIDI").click()
    assert download.value.suggested_filename == "a-tune.mid"
    page.get_by_role("button", name="PDF").click()
    expect(page.get_by_text("needs verovio")).to_be_visible()


def test_history(page: Page, server: StandIn) -> None:
    open_tune(page, server)
    mark(page, 1, 1)
    page.get_by_role("button", name="Lock the region").click()
    said(page, "8 notes locked.")
    page.get_by_role("button", name="History").click()
    expect(page.get_by_role("dialog").get_by_text("lock 8 notes")).to_be_visible()


def test_the_view_is_found_again(page: Page, server: StandIn) -> None:
    name = open_tune(page, server)
    mark(page, 3, 5)
    page.get_by_label("Grid").select_option("1/8")
    page.get_by_role("button", name="Mute Piano").click()
    with page.expect_response(lambda answer: answer.url.endswith("/view")):
        page.get_by_role("button", name="Piano acoustic grand piano").click()
    assert json.dumps(server.projects[name].view)
    page.reload()
    expect(page.get_by_label("From bar")).to_have_value("3")
    expect(page.get_by_label("to bar", exact=True)).to_have_value("5")
    expect(page.get_by_label("Grid")).to_have_value("1/8")
    expect(page.get_by_role("button", name="Mute Piano")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".part.active")).to_contain_text("Piano")


def test_dialogs_give_the_focus_back(page: Page, server: StandIn) -> None:
    open_tune(page, server)
    button = page.get_by_role("button", name="Export")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Export")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(button).to_be_focused()


def test_single_keys_can_be_turned_off(page: Page, server: StandIn) -> None:
    open_tune(page, server)
    page.keyboard.press("?")
    page.get_by_label("Single keys are shortcuts").uncheck()
    page.keyboard.press("Escape")
    blur(page)
    page.keyboard.press("g")
    expect(page.get_by_text("Mark the bars to write first.")).to_have_count(0)
    page.keyboard.press("Control+o")
    expect(page.get_by_role("dialog", name="Projects")).to_be_visible()


def test_a_key_typed_into_a_field_is_no_shortcut(page: Page, server: StandIn) -> None:
    open_tune(page, server)
    page.get_by_label("Title of the piece").fill("")
    page.get_by_label("Title of the piece").press_sequentially("gm 1?")
    expect(page.get_by_label("Title of the piece")).to_have_value("gm 1?")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert not server.asked


def test_the_theme_follows_the_system_or_is_chosen(page: Page, server: StandIn) -> None:
    root = page.locator("html")
    page.emulate_media(color_scheme="dark")
    expect(root).to_have_attribute("data-theme", "dark")
    page.get_by_label("Theme").select_option("light")
    expect(root).to_have_attribute("data-theme", "light")
    page.reload()
    expect(root).to_have_attribute("data-theme", "light")
    page.get_by_label("Theme").select_option("auto")
    expect(root).to_have_attribute("data-theme", "dark")


def test_without_an_engraver_the_score_says_how_to_install_it(page: Page, server: StandIn) -> None:
    server.score = False
    page.reload()
    open_tune(page, server)
    page.keyboard.press("v")
    expect(page.get_by_text("pip install 'symgen[studio]'")).to_be_visible()


def test_the_score_follows_the_place(page: Page, server: StandIn) -> None:
    open_tune(page, server)
    page.keyboard.press("v")
    expect(page.locator("#m1.sounding")).to_have_count(1)
    place = page.get_by_label("Place", exact=True)
    place.fill("3")
    expect(page.locator(".sounding")).to_have_attribute("id", "m3")
    place.fill("6")
    expect(page.get_by_text("page 2 of 2")).to_be_visible()
    expect(page.locator(".sounding")).to_have_attribute("id", "m6")
    page.get_by_role("button", name="Page before").click()
    expect(page.get_by_text("page 1 of 2")).to_be_visible()
    page.locator("#m2").click()
    expect(page.locator(".place output")).to_have_text("2.1")


def test_the_roll_shows_the_bars_that_are_marked(page: Page, server: StandIn) -> None:
    open_tune(page, server)
    scroller = page.locator(".roll-scroll")
    assert scroller.evaluate("one => one.scrollLeft") == 0
    mark(page, 7, 8)
    page.wait_for_function("document.querySelector('.roll-scroll').scrollLeft > 0")
