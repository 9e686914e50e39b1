"""Data sets of MusPy and MidiTok: read as a corpus, written as tokens, and back."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from small import corpus_tunes, write_tunes

import symgen
from symgen.cli import main
from symgen.corpus.build import build_corpus
from symgen.corpus.exchange import midi_from_tokens, tokens_from_music
from symgen.corpus.options import CorpusOptions
from symgen.formats.datasets import data_files, read_data
from symgen.formats.muspy_json import read_muspy
from symgen.music.score import Note, Part, Score
from symgen.system.errors import ControlError, ExistsError, FormatError

BAND = Score(
    (
        Part(tuple(Note(i * 240, 60 + i % 5, 240, 70) for i in range(32)), 73, name="Flute"),
        Part(tuple(Note(i * 480, 36, 120, 100) for i in range(16)), 0, is_drum=True),
    ),
    480,
)


def muspy_json(**changes: Any) -> bytes:
    note = {"time": 0, "pitch": 60, "duration": 12, "velocity": 64}
    track = {"program": 24, "is_drum": False, "name": "Lute", "notes": [note]}
    chord = {"time": 12, "pitches": [60, 64, 67], "duration": 24, "velocity": None}
    music: dict[str, Any] = {
        "metadata": {"schema_version": "0.2", "title": "A Tune"},
        "resolution": 12,
        "tempos": [{"time": 0, "qpm": 90.0}],
        "key_signatures": [{"time": 0, "root": 9, "mode": "minor"}],
        "time_signatures": [{"time": 0, "numerator": 3, "denominator": 4}],
        "tracks": [{**track, "chords": [chord]}],
    }
    return json.dumps({**music, **changes}).encode()


def test_a_file_of_muspy() -> None:
    score = read_muspy(muspy_json(), "tune.json")
    (part,) = score.parts
    assert (score.title, score.resolution, part.program, part.name) == ("A Tune", 12, 24, "Lute")
    assert [(n.onset, n.pitch, n.duration) for n in part.notes] == [
        (0, 60, 12), (12, 60, 24), (12, 64, 24), (12, 67, 24)]  # fmt: skip
    assert part.notes[1].velocity == 64
    assert (str(score.meters[0].meter), score.keys[0].minor) == ("3/4", True)
    assert round(score.tempos[0].bpm) == 90


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b'{"tracks": 3}', muspy_json(resolution=0), muspy_json(tracks=[{"notes": [{}]}]),
     muspy_json()[:-9], b"[" * 100_000],
)  # fmt: skip
def test_what_is_no_file_of_muspy(data: bytes) -> None:
    with pytest.raises(FormatError, match=r"tune\.json.*MusPy"):
        read_muspy(data, "tune.json")


def test_too_many_notes() -> None:
    with pytest.raises(FormatError, match="too many"):
        read_muspy(muspy_json(), "tune.json", symgen.Limits(notes=1))


def test_muspy_itself_says_the_same(tmp_path: Path) -> None:
    muspy = pytest.importorskip("muspy")
    symgen.to_muspy(BAND).save_json(tmp_path / "band.json")
    read = read_muspy((tmp_path / "band.json").read_bytes(), "band.json")
    assert read == symgen.load_score(muspy.load_json(tmp_path / "band.json"))
    assert [part.notes for part in read.parts] == [part.notes for part in BAND.parts]


def test_other_json_files_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text('{"a": 1}')
    (tmp_path / "tune.json").write_bytes(muspy_json())
    found = list(data_files(sorted(tmp_path.iterdir())))
    assert found == [(tmp_path / "tune.json", "")]
    with pytest.raises(FormatError, match=r"settings\.json.*MidiTok"):
        read_data(b'{"a": 1}', "settings.json")


@pytest.fixture
def tunes(tmp_path: Path) -> Path:
    folder = tmp_path / "tunes"
    write_tunes(folder, corpus_tunes(12))
    return folder


def test_a_folder_of_muspy_is_a_corpus(tmp_path: Path, tunes: Path) -> None:
    pytest.importorskip("muspy")
    folder = tmp_path / "dataset" / "_converted"
    folder.mkdir(parents=True)
    for path in sorted(tunes.iterdir()):
        symgen.to_muspy(symgen.load_score(path)).save_json(folder / f"{path.stem}.json")
    options = CorpusOptions(workers=1)
    plain = build_corpus(tunes, tmp_path / "plain", options=options)
    report = build_corpus(tmp_path / "dataset", tmp_path / "store", options=options)
    assert (report.kept, report.notes) == (plain.kept, plain.notes)


@pytest.mark.parametrize("tokenizer", ["REMI", "structured", "Octuple"])
def test_tokens_out_and_back(tmp_path: Path, tokenizer: str) -> None:
    pytest.importorskip("miditok")
    (tmp_path / "in").mkdir()
    BAND.save(tmp_path / "in" / "band é.mid")
    done = tokens_from_music([tmp_path / "in"], tmp_path / "tokens", tokenizer=tokenizer)
    assert (done.written, done.left_out) == (1, ())
    assert sorted(path.name for path in done.folder.iterdir()) == ["band é.json", "tokenizer.json"]
    again = midi_from_tokens(done.folder, tmp_path / "out")
    assert again.written == 1
    score = symgen.load_score(tmp_path / "out" / "band é.mid")
    places = sorted(
        (part.program, part.is_drum, note.onset * 480 // score.resolution, note.pitch)
        for part in score.parts
        for note in part.notes
    )
    assert places == sorted(
        (part.program, part.is_drum, note.onset, note.pitch)
        for part in BAND.parts
        for note in part.notes
    )


def test_a_folder_of_tokens_is_a_corpus(tmp_path: Path, tunes: Path) -> None:
    pytest.importorskip("miditok")
    done = tokens_from_music([tunes], tmp_path / "tokens")
    options = CorpusOptions(workers=1)
    plain = build_corpus(tunes, tmp_path / "plain", options=options)
    report = build_corpus(done.folder, tmp_path / "store", options=options)
    assert (report.kept, report.notes) == (plain.kept, plain.notes)


def test_miditok_reads_what_is_written(tmp_path: Path, tunes: Path) -> None:
    miditok = pytest.importorskip("miditok")
    done = tokens_from_music([tunes], tmp_path / "tokens")
    tokenizer = miditok.REMI(params=done.folder / "tokenizer.json")
    first = sorted(tunes.iterdir())[0]
    tokens = tokenizer.load_tokens(done.folder / f"{first.stem}.json")
    notes = sum(len(track.notes) for track in tokenizer.decode(tokens).tracks)
    assert notes == symgen.load_score(first).note_count


def test_what_is_refused(tmp_path: Path, tunes: Path) -> None:
    pytest.importorskip("miditok")
    with pytest.raises(ControlError, match="REMI"):
        tokens_from_music([tunes], tmp_path / "tokens", tokenizer="nosuch")
    done = tokens_from_music([tunes], tmp_path / "tokens")
    with pytest.raises(ExistsError, match="overwrite"):
        tokens_from_music([tunes], tmp_path / "tokens")
    with pytest.raises(FormatError, match=r"tokenizer\.json"):
        midi_from_tokens(tunes, tmp_path / "midi")
    (done.folder / "bad.json").write_text('{"ids": ["x"]}')
    back = midi_from_tokens(done.folder, tmp_path / "midi")
    assert [Path(drop.locator).name for drop in back.left_out] == ["bad.json"]
    (done.folder / "tokenizer.json").write_text('{"tokenization": "Nosuch"}')
    with pytest.raises(FormatError, match="no tokenizer"):
        midi_from_tokens(done.folder, tmp_path / "again")


def test_tunes_of_one_name_and_of_a_book_have_files_of_their_own(tmp_path: Path) -> None:
    pytest.importorskip("miditok")
    book = "".join(f"X:{i}\nT:t{i}\nM:4/4\nL:1/4\nK:C\nCDEF|GABc|\n\n" for i in (1, 2))
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "book.abc").write_text(book)
    done = tokens_from_music([tmp_path / "a", tmp_path / "b"], tmp_path / "tokens")
    assert done.written == 4
    assert len(list(done.folder.glob("book*.json"))) == 4


def test_the_command(tmp_path: Path, tunes: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("miditok")
    run: Callable[[list[str]], int] = main
    assert run(["tokens", str(tunes), "-o", str(tmp_path / "tokens")]) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "tokens")
    assert run(["tokens", "--back", str(tmp_path / "tokens"), "-o", str(tmp_path / "midi")]) == 0
    assert len(list((tmp_path / "midi").glob("*.mid"))) == len(list(tunes.iterdir()))
    line = ["tokens", "--back", str(tmp_path / "tokens"), "-o", str(tmp_path / "m2")]
    assert run([*line, "--tokenizer", "REMI"]) == 2
