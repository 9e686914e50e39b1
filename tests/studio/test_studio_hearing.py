"""Recordings become notes: in a process of their own, in the ticks and at the tempo of the piece."""

from __future__ import annotations

import io
import wave
from pathlib import Path

import numpy as np
import pytest
from serving import Served
from tones import SCALE, melody

from symgen.music.score import TempoChange
from symgen.studio.changes import apply
from symgen.studio.document import Document, Head
from symgen.studio.hearing import heard_notes
from symgen.studio.opening import open_file
from symgen.studio.projects import Projects

RAW = {"Content-Type": "audio/wav"}


def wav(samples: np.ndarray) -> bytes:
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes((samples * 32767).astype("<i2").tobytes())
    return made.getvalue()


def test_a_recording_is_opened_as_a_project(tmp_path: Path) -> None:
    projects = Projects(tmp_path)
    project = open_file(projects, "scale.wav", wav(melody(SCALE)))
    (part,) = project.document.parts
    assert part.table[2].tolist() == [pitch for pitch, _ in SCALE]
    assert projects.list()[0]["title"] == "scale"
    projects.close()


def test_notes_are_heard_at_the_tempo_of_the_piece_and_not_put_into_it(served: Served) -> None:
    document = served.ask("POST", "/api/projects", {"tempo": 60}).json()
    at = f"/api/projects/{document['id']}"
    answer = served.ask("POST", f"{at}/hear?name=x.wav", wav(melody(SCALE)), RAW)
    assert answer.status == 200, answer.body
    notes = answer.json()["notes"]
    assert [note["pitch"] for note in notes] == [pitch for pitch, _ in SCALE]
    # Half a second each is an eighth at 60 quarters a minute.
    assert [note["onset"] for note in notes] == list(range(0, 8 * 240, 240))
    assert all(1 <= note["velocity"] <= 127 for note in notes)
    assert served.ask("GET", at).json()["revision"] == 1
    late = served.ask("POST", f"{at}/hear?name=x.wav&at=1920", wav(melody(SCALE)), RAW).json()
    assert late["notes"][0]["onset"] == 1920


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"RIFF", "x.wav: "),
        (b"", "x.wav: "),
        (wav(np.zeros(16000)), "x.wav: is silent"),
    ],
)
def test_what_is_no_melody_is_told(served: Served, data: bytes, line: str) -> None:
    document = served.ask("POST", "/api/projects", {}).json()
    at = f"/api/projects/{document['id']}/hear?name=x.wav"
    answer = served.ask("POST", at, data, RAW)
    assert answer.status == 400
    assert answer.json()["error"].startswith(line)
    assert "recording:" not in answer.json()["error"]
    assert served.ask("POST", f"{at}&at=-1", data, RAW).status == 400


def test_seconds_are_counted_through_changes_of_tempo() -> None:
    part = {"id": "p", "name": "", "program": 0, "is_drum": False}
    tempos = (TempoChange(0, 500_000), TempoChange(960, 1_000_000))
    document, _ = apply(
        Document(Head(length=9600, tempos=tempos)), [{"op": "add_part", "part": part}]
    )
    rows = [[0.0, 0.5, 60.2, 0.0], [0.5, 1.5, 61, 0.5], [1.5, 1.6, 62, 1.0]]
    notes = heard_notes(document, rows, 480)
    assert [note["onset"] for note in notes] == [480, 960, 1440]
    assert [note["duration"] for note in notes] == [480, 480, 120]
    assert [note["velocity"] for note in notes] == [40, 80, 120]
    assert notes[0]["pitch"] == 60
