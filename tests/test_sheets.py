"""Sheet music: what is on the pages, which files are written, and what is refused."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from symgen.cli import main
from symgen.formats import load_score, save_score
from symgen.music.chord_symbols import ChordChange
from symgen.music.score import KeyChange, Note, Part, Score
from symgen.plots.svg import SvgText
from symgen.sheets.engraving import engrave, engrave_to_follow, page_paths, write_sheet
from symgen.system.errors import ExistsError, FormatError, MissingDependencyError, RenderError

pytest.importorskip("verovio")
pytest.importorskip("typst")

FULL = Path(__file__).parent / "formats" / "musicxml" / "data" / "full.musicxml"


def tune(count: int = 16, **options: object) -> Score:
    notes = tuple(Note(480 * i, 60 + i % 12, 480) for i in range(count))
    part = Part(notes, 73, name=str(options.pop("name", "Flute")))
    return Score((part,), keys=(KeyChange(0, 1),), **options)  # type: ignore[arg-type]


def words(svg: bytes) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", svg.decode()).split())


def test_a_page_has_title_part_tempo_and_chords() -> None:
    score = tune(title="A < B & C", chords=(ChordChange(0, "G"), ChordChange(960, "Am7")))
    (page,) = engrave(score, "svg")
    text = words(page)
    assert "A &lt; B &amp; C" in text
    assert "Flute" in text
    assert "= 120" in text.replace("\xa0", " ")
    assert "Am7" in text


def test_words_that_are_sung_are_on_the_page() -> None:
    (page,) = engrave(load_score(FULL), "svg")
    assert "lu" in words(page).split()


def test_long_pieces_have_several_numbered_pages(tmp_path: Path) -> None:
    paths = write_sheet(tune(2000, title="Long"), tmp_path / "long.svg")
    assert len(paths) > 1
    assert [path.name for path in paths] == [f"long-{i}.svg" for i in range(1, len(paths) + 1)]
    assert f"2 / {len(paths)}" in words(paths[1].read_bytes())
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(p.name for p in paths)


@pytest.mark.parametrize(
    ("name", "head"), [("a.pdf", b"%PDF"), ("a.svg", b"<svg"), ("a.PNG", b"\x89PNG")]
)
def test_each_kind_of_file(name: str, head: bytes, tmp_path: Path) -> None:
    score = tune(title="Ünïcode ♪")
    assert write_sheet(score, tmp_path / name) == [tmp_path / name]
    first = (tmp_path / name).read_bytes()
    assert first.startswith(head)
    write_sheet(score, tmp_path / name, overwrite=True)
    assert (tmp_path / name).read_bytes() == first


@pytest.mark.parametrize(
    "score",
    [
        Score(),
        Score((Part(),)),
        Score((Part((Note(7, 60, 11), Note(333, 127, 50)), name=""),)),
        Score((Part((Note(0, 36, 480), Note(240, 42, 100)), is_drum=True),)),
        Score(tuple(Part((Note(0, 60, 480),), i) for i in range(20)), title="x" * 300),
    ],
)
def test_odd_pieces(score: Score) -> None:
    assert engrave(score, "pdf")[0].startswith(b"%PDF")


def test_what_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"name a file that ends in \.pdf, \.svg, \.png"):
        write_sheet(tune(), tmp_path / "a.txt")
    with pytest.raises(FormatError, match=r"use `symgen edit TUNE -o a\.musicxml`"):
        write_sheet(tune(), tmp_path / "a.musicxml")
    (tmp_path / "a.pdf").write_bytes(b"mine")
    with pytest.raises(ExistsError):
        write_sheet(tune(), tmp_path / "a.pdf")
    assert (tmp_path / "a.pdf").read_bytes() == b"mine"


def test_without_the_libraries_one_line_says_what_to_get(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "verovio", None)
    with pytest.raises(MissingDependencyError, match=r"symgen\[score\]"):
        write_sheet(tune(), tmp_path / "a.pdf")
    with pytest.raises(MissingDependencyError, match=r"symgen\[score\]"):
        tune().sheet()


def test_what_breaks_down_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("symgen.sheets.engraving._document", lambda score: "no music")
    with pytest.raises(RenderError, match="could not be engraved"):
        engrave(tune(), "svg")


def test_names_of_pages() -> None:
    assert page_paths(Path("out/a.svg"), 1) == [Path("out/a.svg")]
    assert page_paths(Path("out/a.svg"), 2) == [Path("out/a-1.svg"), Path("out/a-2.svg")]


def test_a_score_draws_itself(tmp_path: Path) -> None:
    picture = tune().sheet()
    assert isinstance(picture, SvgText)
    assert picture.startswith("<svg")
    assert tune().sheet(tmp_path / "a.pdf") == [tmp_path / "a.pdf"]


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    save_score(tune(), "tune.mid")
    assert main(["sheet", "tune.mid"]) == 0
    assert main(["sheet", "tune.mid", "-o", "page.png"]) == 0
    assert {"tune.pdf", "page.png"} <= {path.name for path in tmp_path.iterdir()}
    assert main(["sheet", "tune.mid"]) == 0
    assert (tmp_path / "tune-2.pdf").exists()


def test_a_cursor_can_follow_the_notes() -> None:
    """Each tick at which notes begin is there once, on the page that has its notes; nothing is moved."""
    triplets = tuple(Note(160 * i, 60 + i % 12, 160) for i in range(2000))
    score = Score((Part(triplets, 73), Part((Note(0, 40, 960),), 0)), title="Long")
    sheet = engrave_to_follow(score)
    assert len(sheet.pages) > 1
    onsets = sorted({note.onset for part in score.parts for note in part.notes})
    ticks = [moment.tick for moment in sheet.moments]
    assert sorted(set(ticks)) == ticks
    assert set(ticks) >= set(onsets)
    for moment in sheet.moments:
        for name in moment.ids:
            assert f'id="{name}"' in sheet.pages[moment.page - 1]
    assert "<style" not in "".join(sheet.pages)
    assert "font-face" not in sheet.pages[0]
