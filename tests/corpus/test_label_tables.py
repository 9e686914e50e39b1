"""Tables of labels: how they are read, which row is whose, and what becomes of it in a store."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from symgen.corpus import CorpusOptions, Store, build_corpus
from symgen.corpus.label_table import NOWHERE, SEVERAL, LabelTable, RowFinder, parse_table
from symgen.corpus.label_values import choose_columns
from symgen.formats import save_score
from symgen.system.errors import ControlError, FormatError

MakeTune = Callable[..., Any]


def table(*files: str, **more: Any) -> LabelTable:
    rows = tuple({"mood": str(i)} for i in range(len(files)))
    return LabelTable("t.csv", "file", True, ("mood",), files, more.get("rows", rows))


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("file,mood\na.mid,happy\n", {"a.mid": {"mood": "happy"}}),
        ("\ufefffile;mood\r\na.mid;happy\r\n", {"a.mid": {"mood": "happy"}}),
        ("Mood\tPath\nhappy\tx/a\n", {"x/a": {"mood": "happy"}}),
        ('file,mood\n"a, b.mid","so, so"\n', {"a, b.mid": {"mood": "so, so"}}),
        ('file;mood\n"a; b.mid";"a,b,c"\nb;x,y\n', {"a; b.mid": {"mood": "a,b,c"}, "b": {"mood": "x,y"}}),
        ("sep=;\r\nfile;mood\r\na;happy\r\n", {"a": {"mood": "happy"}}),
        ('file,mood,\n="001",happy,\n,,\n', {'="001"': {"mood": "happy"}}),
        ("file,mood\na,\nb,NaN\nc,n/a\nd,ü=1\n", {"a": {}, "b": {}, "c": {}, "d": {"mood": "ü=1"}}),
        ("which,Source Book\na,one\n", {"a": {"source_book": "one"}}),
        ("file,genre,bpm,time_signature\na,Slow Air,88.0,6-8\n",
         {"a": {"style": "slow air", "tempo": "88", "meter": "6/8"}}),
        ("file,split,license,group\na,Validation,CC0,w1\n",
         {"a": {"split": "valid", "licence": "CC0", "work": "w1"}}),
        ("file,mood\na\nb,sad,more\n", {"a": {}, "b": {"mood": "sad"}}),
        ("file\na\n", {"a": {}}),
        ("file,mood\ra,happy\r", {"a": {"mood": "happy"}}),
    ],
)  # fmt: skip
def test_cells_are_read(text: str, rows: dict[str, dict[str, str]]) -> None:
    found = parse_table(text.encode(), "t.csv")
    assert dict(zip(found.files, found.rows, strict=True)) == rows


@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_charsets(charset: str) -> None:
    found = parse_table("file,mood\nä.mid,fröhlich\n".encode(charset), "t.csv")
    assert (found.files, found.rows) == (("ä.mid",), ({"mood": "fröhlich"},))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "t.csv: is empty"),
        (b"\n \n", "t.csv: is empty"),
        (b"PK\x03\x04", "t.csv: is a spreadsheet; save it as CSV"),
    ],
)
def test_what_is_no_table_is_refused_in_a_line(data: bytes, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        parse_table(data, "t.csv")


def test_what_is_odd_is_counted() -> None:
    text = "file,key,period\na,H moll,baroque\na,,gothic\n,,romantic\nb,C,\nb,C,\n"
    found = parse_table(text.encode(), "t.csv")
    assert found.rows == ({"period": "baroque"}, {"key": "C major"})
    assert found.oddities == {
        "values of key mean nothing here": (1, "H moll"),
        "values of period mean nothing here": (1, "gothic"),
        "files have rows that disagree, of which the first counts": (1, "a"),
        "rows name no file": (1, "romantic"),
    }


@pytest.mark.parametrize(
    ("files", "locator", "row"),
    [
        (["x/a.mid", "a.mid"], "x/a.mid", 0),
        (["x/a.mid", "a.mid"], "a.mid", 1),
        (["set/x/a.mid", "x/b.mid"], "x/a.mid", 0),
        (["/data/set/x/a.mid"], "x/a.mid", 0),
        (["C:\\music\\x\\a.mid"], "x/a.mid", 0),
        (["./x/a.mid"], "x/a.mid", 0),
        (["a"], "x/a.mid", 0),
        (["A.MID"], "x/a.mid", 0),
        (["a.wav", "b"], "x/a.mid", NOWHERE),
        (["e\u0301.mid"], "\u00e9.mid", 0),
        (["y/a.mid"], "x/a.mid", 0),
        (["y/a.mid", "z/a.mid"], "x/a.mid", SEVERAL),
        (["y/a.mid", "p/x/a.mid"], "x/a.mid", 1),
        (["a.abc", "a.krn"], "a.mid", SEVERAL),
        (["a.v1"], "a.v1.mid", 0),
        (["b"], "a.mid", NOWHERE),
    ],
)
def test_a_file_finds_its_row(files: Sequence[str], locator: str, row: int) -> None:
    finder = RowFinder(table(*files), (".mid", ".abc", ".krn"))
    assert finder.find(locator, "set")[0] == row


def test_many_rows_of_one_name_are_not_searched_through() -> None:
    finder = RowFinder(table(*(f"{i}/song.mid" for i in range(100_000))), (".mid",))
    for i in range(0, 100_000, 7):
        assert finder.find(f"{i}/song.mid", "set")[0] == i
    assert finder.find("elsewhere/song.mid", "set")[0] == SEVERAL


# -- which columns become controls -------------------------------------------------------


def test_columns_of_few_texts_become_controls() -> None:
    works = [{"mood": ["Happy", "happy", "sad", "odd"][i % 4] if i else "odd", "id": f"w{i}", "style": "reel"}
             for i in range(8)]  # fmt: skip
    found = choose_columns([*works, {"mood": "once"}], ())
    assert list(found.columns) == ["mood"]
    assert found.of({"mood": "HAPPY", "id": "w1"}) == (("mood", "happy"),)
    assert found.of({"mood": "once"}) == ()
    assert found.lines == ["no controls: id (no value is that of two pieces)"]


def test_numbers_become_three_bins_if_they_are_asked_for() -> None:
    works = [{"valence": f"{i / 10}".replace(".", ",")} for i in range(30)]
    assert choose_columns(works, ()).columns == {}
    found = choose_columns(works, ("valence",))
    values = [found.of(labels)[0][1] for labels in works]
    assert [values.count(name) for name in ("low", "medium", "high")] == [11, 10, 9]
    assert found.lines == ["valence: low is up to 1, high is above 2"]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("moood", r"label column 'moood' \(did you mean mood\?\): the pieces have id, mood"),
        ("id", "label column 'id': no value is that of two pieces"),
    ],
)
def test_columns_that_cannot_be_controls_are_refused(asked: str, message: str) -> None:
    works = [{"mood": "happy", "id": f"w{i}"} for i in range(4)]
    with pytest.raises(ControlError, match=message):
        choose_columns(works, (asked,))


def test_too_many_values_are_no_control() -> None:
    works = [{"who": f"{i % 65} x"} for i in range(200)]
    assert choose_columns(works, ()).lines == [
        "no controls: who (65 different values, more than 64)"
    ]
    assert len(choose_columns(works, ("who",)).columns["who"].values) == 65
    assert choose_columns(works, ("none",)).columns == {}


# -- stores ------------------------------------------------------------------------------


@pytest.fixture
def music(tmp_path: Path, make_tune: MakeTune) -> Path:
    folder = tmp_path / "music"
    (folder / "deep").mkdir(parents=True)
    for seed in range(8):
        save_score(make_tune(seed), folder / ("deep" if seed > 5 else ".") / f"{seed} ü.mid")
    return folder


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def build(sources: Path | list[Path], store: Path, **options: Any) -> Store:
    given = {"workers": 1, "ratios": (0.8, 0.1, 0.1), **options}
    build_corpus(sources, store, options=CorpusOptions(**given), overwrite=True)
    return Store.open(store)


def test_known_columns_set_what_a_store_has_anyway(music: Path, tmp_path: Path) -> None:
    labels = write(
        tmp_path / "labels.csv",
        "file,genre,key,meter,bpm,title,composer,split,licence,work,mood",
        *(f"{i} ü,Waltz,D dorian,3/4,90,{'abcdefg'[i] * 4},Joseph Haydn,{split},CC0,w{i % 2},{i % 3} x"
          for i, split in enumerate(["train"] * 3 + ["test"] + ["train"] * 3)),
    )  # fmt: skip
    store = build(music, tmp_path / "store", labels=str(labels))
    records = {record.locator: record for record in store.pieces()}
    one = records["3 ü.mid"]
    assert (one.split, one.title, one.header.style, one.header.period) == (
        "test",
        "dddd",
        "waltz",
        "classical",
    )
    assert (str(one.header.key), str(one.header.meter)) == ("D dorian", "3/4")
    assert one.header.tempos == ((0, 666667),)
    assert one.header.labels == (("composer", "Joseph Haydn"), ("mood", "0 x"))
    assert one.group == records["1 ü.mid"].group != records["2 ü.mid"].group
    assert store.sources[0]["licence"] == "CC0"
    bare = records["deep/7 ü.mid"].header
    assert (bare.labels, bare.style, str(bare.meter)) == ((), "", "4/4")
    report = store.index["report"]
    assert report["labels"]["mood"] == {"0 x": 3, "1 x": 2, "2 x": 2}
    assert report["label_lines"][0] == "labels.csv: 7 of 7 rows belong to files, found by 'file'"
    assert store.index["options"]["labels"] == "labels.csv"


def test_without_labels_the_index_says_nothing_of_them(music: Path, tmp_path: Path) -> None:
    build(music, tmp_path / "store")
    index = json.loads((tmp_path / "store" / "index.json").read_bytes())
    assert "label" not in json.dumps(index)


def test_labels_are_the_same_for_any_number_of_processes(
    music: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("symgen.corpus.sharing._FILES", 2)
    monkeypatch.setattr("symgen.corpus.sharing._FEW", 1)
    write(music / "metadata.csv", "filename,mood", *(f"{i} ü.mid,{i % 2} x" for i in range(8)))
    build(music, tmp_path / "one", workers=1)
    build(music, tmp_path / "two", workers=2)
    for file in (tmp_path / "one").iterdir():
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes()


@pytest.mark.parametrize("top", ["", "set-1.0/"])
def test_a_table_that_lies_in_a_source_is_found(music: Path, tmp_path: Path, top: str) -> None:
    path = tmp_path / "set.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in music.rglob("*.mid"):
            archive.write(file, top + file.relative_to(music).as_posix())
        archive.writestr(
            f"{top}info.csv", "midi_filename,style,mood\n3 ü.mid,Rock,x\ndeep/7 ü.mid,Rock,x\n"
        )
    store = build(path, tmp_path / "store")
    assert [record.header.style for record in store.pieces()].count("rock") == 2
    told = store.index["report"]["label_lines"]
    assert told[:2] == ["info.csv of set: 2 of 2 rows belong to files, found by 'midi_filename'",
                        f"       6 files have no row, e.g. {top}0 ü.mid"]  # fmt: skip
    plain = build(path, tmp_path / "store", labels="none")
    assert {record.header.style for record in plain.pieces()} == {""}


@pytest.mark.parametrize("text", ["a,b\nhello,you\n", "file,mood\nnobody,happy\n", ""])
def test_a_table_that_only_lies_there_and_fits_nothing_is_left_alone(
    music: Path, tmp_path: Path, text: str
) -> None:
    (music / "metadata.csv").write_text(text)
    store = build(music, tmp_path / "store")
    assert "label_lines" not in store.index["report"]


def test_labels_that_do_not_match_are_one_line(music: Path, tmp_path: Path) -> None:
    labels = write(tmp_path / "labels.csv", "file,mood", "x.mid,happy", "y.mid,sad")
    with pytest.raises(FormatError) as error:
        build(music, tmp_path / "store", labels=str(labels))
    assert str(error.value) == (
        f"{labels}: none of its 2 rows belongs to one of the 8 files: its column 'file' says 'x.mid', "
        "the files are called like '0 ü.mid'; name files by path, name or stem"
    )
    assert not (tmp_path / "store").exists()


def test_a_name_in_several_folders_labels_none_of_them(
    music: Path, tmp_path: Path, make_tune: MakeTune
) -> None:
    for seed, folder in enumerate(("x", "y")):
        (music / folder).mkdir()
        save_score(make_tune(20 + seed), music / folder / "same.mid")
    labels = write(tmp_path / "labels.csv", "file,style", "same,polka", "0 ü,reel")
    store = build(music, tmp_path / "store", labels=str(labels))
    assert sorted({record.header.style for record in store.pieces()}) == ["", "reel"]
    assert (
        "       1 rows fit files in several folders, and go to none, e.g. same"
        in store.index["report"]["label_lines"]
    )


def test_two_formats_of_a_piece_share_a_row(
    tmp_path: Path, make_tune: MakeTune, abc_text: str
) -> None:
    folder = tmp_path / "music"
    folder.mkdir()
    save_score(make_tune(1), folder / "a.mid")
    (folder / "a.abc").write_text(abc_text)
    labels = write(tmp_path / "labels.csv", "file,style,title", "a,polka,Of one")
    store = build(folder, tmp_path / "store", labels=str(labels), min_bars=2, min_notes=4)
    assert {record.header.style for record in store.pieces()} == {"polka"}
    titles = {record.locator: record.title for record in store.pieces()}
    assert titles["a.mid"] == "Of one"
    assert titles["a.abc#1"] == "The Test Jig"  # a book has many tunes, and one row


def test_conditions_look_at_labels_too(music: Path, tmp_path: Path) -> None:
    labels = write(tmp_path / "labels.csv", "file,mood", *(f"{i} ü,{i % 2} x" for i in range(8)))
    store = build(music, tmp_path / "store", labels=str(labels), where=("mood=1 x",))
    assert len(store) == 4
