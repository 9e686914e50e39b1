"""``symgen copies``, in process."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commands import Command, refused
from small import REAL_TUNES, random_model, save_model, tune

from symgen.copies.index import CopyIndex
from symgen.formats import save_score
from symgen.music.score import Part, Score

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
    (floor,) = result.err
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
    }
    assert (grace["longest"], grace["share"], grace["title"], grace["bars"]) == (0, 0, None, None)


def test_bad_input_is_refused(look: Command) -> None:
    save_score(Score((Part(),)), Path("empty.mid"))
    refused_words = {"missing.mid": "no such file", "empty.mid": "no notes", "model": "a folder"}
    for name, words in refused_words.items():
        result = look(name)
        assert (result.status, result.out) == (3, [])
        assert words in result.err[-1]
    refused(look("jig.mid", "--min-notes", 7), 2, "min-notes 7", "8 or more")


def test_a_model_without_an_index(look: Command, command: Command, tiny_folder: Path) -> None:
    refused(
        command("copies", "jig.mid", "--model", tiny_folder), 4, "no index of its training tunes"
    )
    refused(command("copies", "jig.mid", "--model", "nosuch"), 4, "nosuch")
    (path,) = Path("model").glob("copies-*")
    path.write_bytes(path.read_bytes()[:-1])
    refused(look("jig.mid"), 4, "damaged", "copy the model again")


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
