"""``symgen copies``, in process."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from commands import Command, refused
from small import REAL_TUNES, random_model, save_model, tune

from symgen.copies.index import CopyIndex
from symgen.corpus import Store
from symgen.formats import save_score
from symgen.music.score import Part, Score
from symgen.tokens import decode

JIG, GRACE, FRERE = (
    tune(text, meter=meter, pickup=pickup, resolution=480)
    for meter, pickup, _, text in REAL_TUNES.values()
)


@pytest.fixture
def look(command: Command) -> Command:
    """Run ``symgen copies`` with a model whose training tunes are a jig and a round, in a folder with some files."""
    folder = save_model(Path("model"), random_model())
    short = [FRERE.with_parts([Part(FRERE.parts[0].notes[:count])]) for count in (8, 10, 12, 14)]
    CopyIndex.build(
        [(JIG, "The Irish Washerwoman", "a book"), (FRERE, "Brother John", "songs")], short
    ).save(folder)
    save_score(JIG.transposed(3), Path("jig.mid"))
    save_score(GRACE, Path("grace.mid"))
    return lambda *arguments: command("copies", *arguments, "--model", "model")


def test_a_copy_is_named_with_its_place(look: Command) -> None:
    result = look("jig.mid", "grace.mid")
    count = JIG.note_count
    assert result.status == 0
    first = (
        f"jig.mid: copy: more than 99 of 100 real tunes share; longest match {count} notes, bars 0-8 of part 1, as in "
        f"The Irish Washerwoman (a book); 100% of {count} notes in matches of 12 or more"
    )
    assert result.out == [
        first,
        "grace.mid: usual: no more than 9 of 10 real tunes share; no match of 8 notes or more",
    ]
    floor, summary = result.err
    assert summary == "2 pieces: 1 usual, 0 much, 1 copy"
    assert floor == (
        "model: 4 real tunes that it was not trained on share at most "
        "12 notes and 100% (half), 14 notes and 100% (90 %), 14 notes and 100% (99 %)"
    )
    assert look("jig.mid", "grace.mid") == result


def test_as_json(look: Command) -> None:
    result = look("jig.mid", "grace.mid", "--json", "--min-notes", 20)
    assert (result.status, result.err) == (0, [])
    jig, grace = map(json.loads, result.out)
    assert jig == {
        "path": "jig.mid",
        "model": "model",
        "reference": None,
        "notes": JIG.note_count,
        "longest": JIG.note_count,
        "share": 1.0,
        "part": 1,
        "bars": [0, 8],
        "title": "The Irish Washerwoman",
        "source": "a book",
        "min_notes": 20,
        "verdict": "copy",
        "floor": {"tunes": 4, "longest": [12, 14, 14], "share": [1, 1, 1]},
        "parts": [
            {
                "part": 1,
                "name": "Acoustic Grand Piano",
                "notes": JIG.note_count,
                "longest": JIG.note_count,
                "share": 1.0,
                "bars": [0, 8],
                "title": "The Irish Washerwoman",
                "source": "a book",
            }
        ],
    }
    assert (grace["longest"], grace["share"], grace["title"], grace["bars"]) == (0, 0, None, None)


def test_each_part_of_a_band_is_told_of(look: Command) -> None:
    (jig,), (other,) = JIG.parts, GRACE.parts
    drums = Part(other.notes, is_drum=True, name="Drums")
    parts = [replace(other, name="Bäss\n", program=32), drums, jig]
    save_score(JIG.with_parts(parts), Path("band.mid"))
    result = look("band.mid")
    count = JIG.note_count
    _, bass, melody = result.out
    assert bass == "  part 1, Bäss: no match of 8 notes or more"
    assert melody == (
        f"  part 3, Acoustic Grand Piano: longest match {count} notes, bars 0-8, as in The Irish Washerwoman (a book); "
        f"100% of {count} notes in matches of 12 or more"
    )
    found = json.loads(look("band.mid", "--json").out[0])["parts"]
    assert [(part["part"], part["longest"]) for part in found] == [(1, 0), (3, count)]


def test_bad_input_is_refused(look: Command) -> None:
    save_score(Score((Part(),)), Path("empty.mid"))
    refused_words = {
        "missing.mid": "no such file",
        "empty.mid": "no notes",
        "model": "holds no music",
    }
    for name, words in refused_words.items():
        result = look(name)
        assert (result.status, result.out) == (3, [])
        assert words in result.err[-1]
    refused(look("jig.mid", "--min-notes", 7), 2, "min-notes 7", "8 or more")


def test_a_model_without_an_index(look: Command, command: Command, tiny_folder: Path) -> None:
    remedy = "symgen copies FILE --reference STORE"
    refused(
        command("copies", "jig.mid", "--model", tiny_folder),
        4,
        "no index of its training tunes",
        remedy,
    )
    refused(command("copies", "jig.mid", "--model", "nosuch"), 4, "nosuch")
    (path,) = Path("model").glob("copies-*")
    path.write_bytes(path.read_bytes()[:-1])
    refused(look("jig.mid"), 4, "damaged", "copy the model again")


def test_a_folder_is_looked_through_and_summed_up(look: Command) -> None:
    folder = Path("written")
    (folder / "more").mkdir(parents=True)
    Path("jig.mid").rename(folder / "more" / "jig.mid")
    Path("grace.mid").rename(folder / "grace.MID")
    (folder / "notes.txt").write_text("no music", encoding="utf-8")
    result = look(folder)
    assert [line.partition(": ")[2][:5] for line in result.out] == ["usual", "copy:"]
    assert result.err[-1] == "2 pieces: 1 usual, 0 much, 1 copy"


def test_other_music_is_searched_in_the_place_of_a_model(look: Command, command: Command) -> None:
    book = Path("book")
    book.mkdir()
    save_score(JIG, book / "jïg.mid")
    (book / "broken.mid").write_bytes(b"MThd")
    result = command("copies", "jig.mid", "grace.mid", "--reference", book)
    count = JIG.note_count
    assert result.status == 0
    first = (
        f"jig.mid: longest match {count} notes, bars 0-8 of part 1, as in jïg.mid (book); "
        f"100% of {count} notes in matches of 12 or more"
    )
    assert result.out == [
        first,
        "grace.mid: no match of 8 notes or more",
    ]
    assert result.err[-1] == "book: no held-out tunes to compare with"
    assert "broken.mid" in result.err[0]
    known = json.loads(command("copies", "jig.mid", "--reference", book, "--json").out[0])
    assert (known["model"], known["reference"], known["verdict"]) == (None, "book", "")
    refused(command("copies", "jig.mid", "--reference", "nowhere"), 3, "nowhere")


def test_of_a_store_the_training_part_is_searched(command: Command, store: Store) -> None:
    record = store.pieces("train")[0]
    save_score(decode(store.events(record), store.vocabulary), Path("own.mid"))
    result = command("copies", "own.mid", "--reference", store.path)
    assert "own.mid: copy: " in result.out[0]
    held_out = len(store) - len(store.pieces("train"))
    assert f"{held_out} real tunes that it was not trained on" in result.err[0]


def test_info_tells_of_the_index(look: Command, command: Command, tiny_folder: Path) -> None:
    (path,) = Path("model").glob("copies-*")
    known = json.loads(command("info", "model", "--json").out[0])
    assert known["copies"] == {"file": path.name, "bytes": path.stat().st_size}
    assert (
        f"copies       file {path.name}, bytes {path.stat().st_size}"
        in command("info", "model").out
    )
    assert "copies       none" in command("info", tiny_folder).out


def test_the_default_model_knows_its_training_tunes(command: Command) -> None:
    """A jig that stands in many old books, in another key."""
    save_score(JIG.transposed(-2), Path("jig.mid"))
    result = command("copies", "jig.mid", "--json")
    assert result.status == 0
    known = json.loads(result.out[0])
    assert known["floor"]["tunes"] > 100
    assert known["longest"] >= 12
    assert known["title"]


def test_a_file_that_cannot_be_read_is_told_of_and_the_others_go_on(look: Command) -> None:
    folder = Path("written")
    folder.mkdir()
    for name in ("jig.mid", "grace.mid"):
        Path(name).rename(folder / name)
    (folder / "hurt ü.mid").write_bytes(b"MThd")
    result = look(folder, "missing.mid")
    assert result.status == 3
    assert [line.partition(": ")[0] for line in result.out] == [
        "written/grace.mid",
        "written/jig.mid",
    ]
    first, second = result.err[1:3]
    assert first.startswith("symgen: written/hurt ü.mid: ")
    assert second.startswith("symgen: missing.mid: no such file")
    assert result.err[-1] == "4 pieces: 1 usual, 0 much, 1 copy, 2 failed"
    told = look(folder, "--json")
    assert (told.status, len(told.out), len(told.err)) == (3, 2, 1)
