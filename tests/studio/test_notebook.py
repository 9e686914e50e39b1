"""What a notebook shows of a piece, and the picture that a score gives without a path."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from bands import band
from stage import FLAGS, chromium

from symgen import FormatError, Note, Part, Score
from symgen.music.meter import Meter
from symgen.music.score import MeterChange, TempoChange


def framed(html: str) -> str:
    found = re.search(r'srcdoc="([^"]*)"', html)
    assert found
    return unescape(found[1])


def sound(html: str) -> bytes:
    found = re.search(r'src="data:audio/mpeg;base64,([^"]+)"', framed(html))
    assert found
    return base64.b64decode(found[1])


def test_a_piece_is_shown_with_roll_and_player() -> None:
    views = band(4)._repr_mimebundle_()
    assert views["text/plain"] == repr(band(4))
    html = views["text/html"]
    assert html.count("<svg ") == framed(html).count("<audio controls") == 1
    assert "4 bars of 4/4 in C major for flute" in html
    for page in (html, framed(html)):
        assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", page)
        HTMLParser().feed(page)


def test_of_a_long_piece_the_first_minute_is_heard_and_that_is_told() -> None:
    html = band(40)._repr_mimebundle_()["text/html"]
    assert "the sound is that of the first 60 seconds" in html
    assert len(sound(html)) < 66 * 8_000
    assert "the first" not in band(16)._repr_mimebundle_()["text/html"]


def test_a_bar_of_minutes_is_cut_too() -> None:
    maps = {"meters": (MeterChange(0, Meter(8, 4)),), "tempos": (TempoChange(0, 15_000_000),)}
    slow = Score((Part((Note(0, 60, 480 * 8),)),), **maps)  # type: ignore[arg-type]
    html = slow._repr_mimebundle_()["text/html"]
    assert "the first 60 seconds" in html
    assert len(sound(html)) < 70 * 8_000


def test_a_minute_of_silence_before_the_music_is_told() -> None:
    late = Score((Part((Note(480 * 200, 60, 480),)),))
    assert "no sound: " in late._repr_mimebundle_()["text/html"]


def test_names_are_no_markup() -> None:
    score = Score((Part((Note(0, 60, 480),), name="<script>x</script>"),))
    html = score._repr_mimebundle_()["text/html"]
    assert "<script" not in html
    assert "<script>" not in framed(html)


def test_a_piece_without_notes_is_a_line() -> None:
    views = Score()._repr_mimebundle_(include={"text/html"})
    assert views["text/html"] == "<p>No notes.</p>"


def test_a_piece_that_makes_no_sound_still_has_its_roll(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYMGEN_SOUNDFONT", "nowhere.sf2")
    html = band(1)._repr_mimebundle_()["text/html"]
    assert "<svg " in html
    assert "no sound: " in html
    assert "<audio" not in framed(html)


def test_a_picture_without_a_path_is_svg_that_notebooks_show() -> None:
    picture = band(1).plot(title="One & two")
    assert picture.startswith("<svg ")
    assert "One &amp; two" in picture
    assert picture._repr_svg_() == picture


def test_pictures_go_where_they_are_sent(tmp_path: Path) -> None:
    assert band(1).plot(tmp_path / "a.pdf") is None
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")
    file = BytesIO()
    band(1).plot(file, format="svg")
    assert file.getvalue().decode() == band(1).plot()
    with pytest.raises(FormatError, match="holds no notes"):
        Score().plot()


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """What a notebook shows, open in a browser."""
    program = chromium()
    from playwright.sync_api import sync_playwright

    file = tmp_path_factory.mktemp("notebook") / "cell.html"
    file.write_text("<!doctype html><body>" + band(8)._repr_mimebundle_()["text/html"], "utf-8")
    with (
        sync_playwright() as play,
        play.chromium.launch(executable_path=program, args=FLAGS) as opened,
    ):
        page = opened.new_page()
        page.told = []
        page.on("console", lambda message: page.told.append(message.text))
        page.on("pageerror", lambda error: page.told.append(str(error)))
        page.on("request", lambda request: page.told.append(request.url))
        page.goto(file.as_uri())
        yield page


def test_the_roll_of_a_notebook_needs_no_server(shown: Any) -> None:
    frame = shown.frame_locator("iframe")
    frame.get_by_role("gridcell").first.wait_for()
    assert frame.get_by_role("gridcell").count() > 10
    asked = [line for line in shown.told if not line.startswith(("data:", "file:", "about:"))]
    assert asked == []


def test_the_line_of_the_roll_is_where_the_sound_is(shown: Any) -> None:
    frame = shown.frames[1]
    frame.evaluate("document.querySelector('audio').currentTime = 5")
    frame.evaluate("document.querySelector('audio').play()")
    # Bar 4 is not wholly seen at first: the roll turns the page.
    shown.frame_locator("iframe").get_by_role("gridcell", name="bar 5").first.wait_for()
    frame.evaluate("document.querySelector('audio').pause()")


def test_the_roll_of_a_notebook_changes_nothing(shown: Any) -> None:
    frame = shown.frame_locator("iframe")
    frame.get_by_label("Part").select_option(label="flute")
    cells = frame.get_by_role("gridcell")
    before = cells.evaluate_all("cells => cells.map(one => one.ariaLabel)")
    cells.first.focus()
    shown.keyboard.press("Delete")
    frame.get_by_text("Nothing is changed here").wait_for()
    assert cells.evaluate_all("cells => cells.map(one => one.ariaLabel)") == before
