"""The page that compares takes: all in one file, in order, for everyone, and with no way out."""

import base64
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from bands import band
from browser import browser

from symgen.formats import read_midi
from symgen.music.score import Note, Part, Score
from symgen.pages import PageTake, write_takes_page
from symgen.performer.perform import perform
from symgen.system.errors import ControlError, ExistsError, FormatError

TUNE = Score((Part(tuple(Note(480 * i, 60 + i % 5, 480) for i in range(8)), program=73),))
NASTY = '<script>alert(1)</script>" onload="x" & \udcff \x00'
# Attributes by which a page fetches or leads somewhere.
FETCHING = {
    "src",
    "href",
    "srcset",
    "data",
    "action",
    "poster",
    "xlink:href",
    "background",
    "manifest",
}
STANDARD = "http://www.w3.org/2000/svg"


class Seen(HTMLParser):
    """The elements of a page."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.elements, self.texts = [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.texts.append(data)

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


def takes():
    return [
        PageTake(score=TUNE, seed=7, rating=-1.0, command="symgen generate --seed 7"),
        PageTake(
            score=band(8), seed=8, rating=2.5, command="symgen generate --seed 8", prompt_end=3840
        ),
    ]


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "takes.html"
    write_takes_page(takes(), path, title="Four takes & more")
    return path


@pytest.fixture(scope="module")
def seen(page):
    return Seen(page.read_text(encoding="utf-8"))


# -- without a browser -------------------------------------------------------------------


def test_the_page_has_no_outside_reference(page, seen):
    for tag, attributes in seen.elements:
        for name in FETCHING & set(attributes):
            assert attributes[name].startswith(("data:", "#")), (tag, name)
        assert tag not in ("iframe", "object", "embed", "base", "form")
        assert "style" not in attributes
        assert not [name for name in attributes if name.startswith("on")]
    text = re.sub(r"data:[\w/]+;base64,[A-Za-z0-9+/=]+", "", page.read_text(encoding="utf-8"))
    assert set(re.findall(r"\w+://[^\s\"'<>]*", text)) == {STANDARD}
    assert not re.search(r"url\(|@import|fetch\(|XMLHttp|WebSocket|import\(", text)


def test_the_policy_forbids_all_but_what_stands_in_the_page(page, seen):
    metas = [
        meta for meta in seen.all("meta") if meta.get("http-equiv") == "Content-Security-Policy"
    ]
    (policy,) = [meta["content"] for meta in metas]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["media-src"] == rules["img-src"] == "data:"
    assert "unsafe" not in policy
    assert "*" not in policy


def test_the_best_comes_first(seen):
    numbers = [article["id"] for article in seen.all("article")]
    assert numbers == ["take-1", "take-2"]
    text = " ".join(seen.texts)
    assert text.index("--seed 8") < text.index("--seed 7")
    assert "best comes first" in text


def test_without_all_ratings_takes_stand_as_given(tmp_path):
    first, second = takes()
    write_takes_page([replace(first, rating=None), second], tmp_path / "a.html")
    text = " ".join(Seen((tmp_path / "a.html").read_text(encoding="utf-8")).texts)
    assert text.index("--seed 7") < text.index("--seed 8")
    assert "best comes first" not in text


def test_columns_hold_where_some_takes_know_more(tmp_path):
    first, second = takes()
    write_takes_page([replace(first, rating=None), replace(second, seed=None)], tmp_path / "a.html")
    text = (tmp_path / "a.html").read_text(encoding="utf-8")
    rows = re.findall(r"<tr>(.*?)</tr>", text)
    assert [len(re.findall(r"<t[dh]", row)) for row in rows] == [8, 8, 8]
    assert "Score" not in text
    assert rows[2].endswith("<td></td>")


def test_each_take_has_its_facts(seen):
    text = " ".join(seen.texts)
    for fact in ("Take 1", "Take 2", "Seed", "2.50", "-1.00", "8 bars of 4/4", "C major", "Flute"):
        assert fact in text, fact


def test_sounds_stand_in_the_page_and_are_small(seen):
    for audio in seen.all("audio"):
        kind, _, data = audio["src"].partition(";base64,")
        sound = base64.b64decode(data)
        assert kind == "data:audio/mpeg"
        assert sound[:1] == b"\xff" or sound[:3] == b"ID3"
        # Sixteen seconds and the sound that dies away, at 64 kbit/s.
        assert len(sound) < 24 * 8_000
        assert audio["aria-label"].startswith("Listen to Take")
        assert "controls" in audio
    assert len(seen.all("audio")) == 2


def test_midi_files_come_back(seen):
    (first, second) = [link for link in seen.all("a") if "download" in link]
    assert (first["download"], second["download"]) == ("take-2.mid", "take-1.mid")
    data = base64.b64decode(second["href"].partition("base64,")[2])
    assert read_midi(data).parts == TUNE.parts


def test_each_take_is_told_in_words(seen):
    assert len(seen.all("details")) == 2
    text = " ".join(seen.texts)
    assert "The piece in words" in text
    assert "Opening: the melody begins on C4" in text


def test_rolls_can_be_read_out(seen):
    assert all(
        svg["role"] == "img" and "piano roll of" in svg["aria-label"] for svg in seen.all("svg")
    )
    assert len(seen.all("svg")) == 4  # for wide and for narrow windows


def test_nothing_given_becomes_markup(tmp_path):
    part = Part(TUNE.parts[0].notes, name="<img src=x>")
    nasty = PageTake(
        score=Score((part,)), name=NASTY, command=NASTY, key=NASTY, description=NASTY, rating=1
    )
    write_takes_page([nasty], tmp_path / "a.html", title=NASTY)
    seen = Seen((tmp_path / "a.html").read_text(encoding="utf-8"))
    assert len(seen.all("script")) == 1
    assert seen.all("img") == []
    assert not [name for _, attributes in seen.elements for name in attributes if name == "onload"]


def test_a_take_without_notes_has_a_line_instead_of_a_player(tmp_path):
    write_takes_page([PageTake(score=Score())], tmp_path / "a.html")
    seen = Seen((tmp_path / "a.html").read_text(encoding="utf-8"))
    assert seen.all("audio") == []
    assert "no sound: the piece holds no notes" in seen.texts


def test_a_soundfont_that_is_not_there_is_told_in_the_page(tmp_path):
    write_takes_page([PageTake(score=TUNE)], tmp_path / "a.html", soundfont=tmp_path / "no.sf2")
    text = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert "no sound: " in text
    assert "<audio" not in text


def test_the_same_takes_give_the_same_page(tmp_path, page):
    write_takes_page(takes(), tmp_path / "a.html", title="Four takes & more")
    assert (tmp_path / "a.html").read_bytes() == page.read_bytes()


def test_pages_that_are_refused(tmp_path):
    with pytest.raises(ControlError, match="no takes"):
        write_takes_page([], tmp_path / "a.html")
    (tmp_path / "a.html").write_text("kept")
    with pytest.raises(ExistsError, match="overwrite=True"):
        write_takes_page(takes(), tmp_path / "a.html")
    with pytest.raises(FormatError):
        write_takes_page(takes(), tmp_path)
    assert (tmp_path / "a.html").read_text() == "kept"


# -- in a browser ------------------------------------------------------------------------

PLAYING = "Array.from(document.querySelectorAll('audio')).map(a => !a.paused)"


def test_in_a_browser(tmp_path, page):
    """Players, keyboard, line over the roll, narrow windows: one browser, as it takes a second to start."""
    with browser(tmp_path / "profile") as tab:
        tab.open(page)
        assert [url for url in tab.requests if not url.startswith(("file:", "data:"))] == []
        assert tab.run(f"document.querySelectorAll('audio')[0].play().then(() => {PLAYING})") == [
            True,
            False,
        ]
        assert tab.run(f"document.querySelectorAll('audio')[1].play().then(() => {PLAYING})") == [
            False,
            True,
        ]
        assert tab.run("document.querySelectorAll('audio')[1].duration") > 4
        assert tab.run("document.querySelectorAll('.playhead').length") == 4
        # The take with a prompt can be heard from its new bars on.
        tab.run("document.querySelector('button').click()")
        assert tab.run(PLAYING) == [True, False]
        # Players go to the nearest frame of the sound.
        assert tab.run("document.querySelectorAll('audio')[0].currentTime") >= 3.9
        # Players take the keys: the space bar plays.
        tab.run("document.querySelectorAll('audio').forEach(a => a.pause())")
        tab.run("document.querySelector('audio').focus()")
        started = "new Promise(r => document.querySelector('audio').addEventListener('playing', r))"
        tab.run(f"window.started = {started}; 0")
        tab.press(" ", 32)
        tab.run("window.started.then(() => 0)")
        for width, shown in ((1280, "wide"), (390, "narrow")):
            for dark in (False, True):
                tab.open(page, width, dark=dark)
                assert tab.run("document.documentElement.scrollWidth") <= width
                assert (
                    tab.run(f"getComputedStyle(document.querySelector('.{shown}')).display")
                    == "block"
                )
                color = tab.run("getComputedStyle(document.body).backgroundColor")
                assert color == ("rgb(20, 24, 29)" if dark else "rgb(255, 255, 255)")
        assert tab.complaints == []


def test_takes_are_performed_as_asked(tmp_path):
    def files(**asked):
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.html"
        write_takes_page([PageTake(score=TUNE, prompt_end=1920)], path, **asked)
        seen = Seen(path.read_text(encoding="utf-8"))
        (player,), (link,) = seen.all("audio"), [a for a in seen.all("a") if "download" in a]
        return player["src"], base64.b64decode(link["href"].partition(",")[2])

    (moderate, plain), (none, written), (strong, played) = (
        files(**asked) for asked in ({}, {"feel": 0}, {"feel": 1})
    )
    assert len({moderate, none, strong}) == 3
    assert plain == written == TUNE.to_bytes()
    assert played == perform(TUNE, feel=1, since=1920).to_bytes()
