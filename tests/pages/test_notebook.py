"""What a notebook shows of a piece, and the picture that a score gives without a path."""

from __future__ import annotations

import base64
import re
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

import pytest
from bands import band

from symgen import FormatError, Note, Part, Score
from symgen.music.meter import Meter
from symgen.music.score import MeterChange, TempoChange


def sound(html: str) -> bytes:
    found = re.search(r'src="data:audio/mpeg;base64,([^"]+)"', html)
    assert found
    return base64.b64decode(found[1])


def test_a_piece_is_shown_with_roll_and_player() -> None:
    views = band(4)._repr_mimebundle_()
    assert views["text/plain"] == repr(band(4))
    html = views["text/html"]
    assert html.count("<svg ") == html.count("<audio controls") == 1
    assert "4 bars of 4/4 in C major for flute" in html
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", html)
    HTMLParser().feed(html)


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
    assert "<script" not in score._repr_mimebundle_()["text/html"]


def test_a_piece_without_notes_is_a_line() -> None:
    views = Score()._repr_mimebundle_(include={"text/html"})
    assert views["text/html"] == "<p>No notes.</p>"


def test_a_piece_that_makes_no_sound_still_has_its_roll(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYMGEN_SOUNDFONT", "nowhere.sf2")
    html = band(1)._repr_mimebundle_()["text/html"]
    assert "<svg " in html
    assert "no sound: " in html
    assert "<audio" not in html


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
