import json
import zipfile

import pytest

from symgen.corpus.find import MUSIC21_SETS, find_items, source_name
from symgen.corpus.labels import find_style
from symgen.system.errors import FormatError


def test_folder_is_searched_through_in_order(tmp_path):
    (tmp_path / "b").mkdir()
    for name in ("b/two.MID", "a.abc", "notes.txt"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "meta.json").write_text(json.dumps([{"file": "a.abc", "title": "A"}]))
    items = list(find_items(tmp_path))
    assert [item.locator for item in items] == ["a.abc", "b/two.MID"]
    assert items[0].meta["title"] == "A"
    assert items[1].suffix == ".mid"
    assert items[0].source == tmp_path.name


def test_zip_gives_members_with_their_meta(tmp_path):
    path = tmp_path / "set.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.mid", b"data")
        archive.writestr("readme.txt", b"no")
        archive.writestr("meta.json", json.dumps({"x.mid": {"rhythm": "reel"}}))
    (item,) = find_items(path)
    assert (item.source, item.locator, item.data, item.meta["rhythm"]) == (
        "set",
        "x.mid",
        b"data",
        "reel",
    )


def test_large_members_are_not_read(tmp_path):
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.mid", b"0" * 100_000)
    (item,) = find_items(path, most=10)
    assert item.data == b""
    assert "larger than 10" in item.problem


def test_a_damaged_member_is_named_and_the_rest_is_read(tmp_path):
    path = tmp_path / "set.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.mid", b"AAAAAAAA")
        archive.writestr("b.mid", b"BBBBBBBB")
    path.write_bytes(path.read_bytes().replace(b"AAAAAAAA", b"AAAACAAA"))
    first, second = find_items(path)
    assert "damaged" in first.problem
    assert second.data == b"BBBBBBBB"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nowhere", "no such folder"),
        ("x.zip", "no such file"),
        ("x.txt", "not a kind of file"),
        ("broken.zip", "no readable zip"),
    ],
)
def test_bad_sources_are_refused(tmp_path, name, message):
    (tmp_path / "x.txt").write_text("hello")
    (tmp_path / "broken.zip").write_text("hello")
    with pytest.raises(FormatError, match=message):
        list(find_items(tmp_path / name))


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(FormatError, match="holds no file"):
        list(find_items(tmp_path))


def test_music21_sets():
    for name in MUSIC21_SETS:
        item = next(find_items(f"music21:{name}"))
        assert item.data
        assert item.source == f"music21:{name}"
    with pytest.raises(FormatError, match="may be used"):
        next(find_items("music21:palestrina"))


def test_sections_of_oneill():
    kinds = {
        item.locator: item.meta.get("rhythm", "") for item in find_items("music21:oneills1850")
    }
    assert kinds["0001-0050.abc"] == "air"
    assert kinds["0626-0700.abc"] == ""
    assert kinds["1116-1135_mh.abc"] == "slip jig"
    assert kinds["1376-1475.abc"] == "reel"
    assert kinds["1801-1850.abc"] == ""


def test_source_names_hold_no_folder(tmp_path):
    assert source_name(tmp_path / "cre.zip") == "cre"
    assert source_name("music21:bach") == "music21:bach"


@pytest.mark.parametrize(
    ("rhythm", "names", "style"),
    [
        ("reel", (), "reel"),
        ("Slip Jig", ("Some Reel",), "slip jig"),
        ("double jig", (), "jig"),
        ("", ("The Sligo Maid -- Reel",), "reel"),
        ("", ("", "AchonryLassesreelThe"), "reel"),
        ("", ("", "IFurnishedUpMyHousehpipe"), "hornpipe"),
        ("", ("", "ThomasHornpipe"), "hornpipe"),
        ("", ("Jig of the Reel polka",), "polka"),
        ("", ("A'WILLIE, WE HAVE MISS'D YOU -- STRATHSPEY",), "strathspey"),
        ("Walze", ("The Blue Waltz",), "waltz"),
        ("", ("The Fairhaired Girl",), ""),
        ("", ("Airdrie",), ""),
        ("", ("Marching through",), ""),
        ("", (), ""),
    ],
)
def test_style(rhythm, names, style):
    assert find_style(rhythm, *names) == style
