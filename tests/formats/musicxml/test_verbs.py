"""MusicXML through the commands: the user's document comes back, with what is new in it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from documents import measures_of

from symgen.formats import load_score

CASE = Path(__file__).parent / "data" / "full.musicxml"


def run(*words: object) -> str:
    """Run a command, and return what it says on stderr."""
    command = [sys.executable, "-m", "symgen", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_a_continued_document_is_the_prompts_with_more_measures(tmp_path: Path) -> None:
    told = run(
        "continue", CASE, "--bars", 4, "--seed", 1, "--xml", "--report", "-o", tmp_path / "out.mid"
    )
    before, after = CASE.read_bytes(), (tmp_path / "out.musicxml").read_bytes()
    at = before.rindex(b"</part>")
    assert after.startswith(before[:at])
    assert after.endswith(before[at:])
    assert len(measures_of(after)) == 8
    score, midi = load_score(tmp_path / "out.musicxml"), load_score(tmp_path / "out.mid")
    assert [note.pitch for note in score.parts[0].notes] == [
        note.pitch for note in midi.parts[0].notes
    ]
    lost = "MIDI has no place for 4 slurs, 4 articulations, 4 ornaments, 4 fermatas"
    assert told.count(lost) == 1
    assert any(lost in line for line in json.loads((tmp_path / "out.json").read_text())["lost"])


def test_bars_that_are_not_filled_in_keep_every_byte(tmp_path: Path) -> None:
    run("infill", CASE, "--bars", "2-3", "--seed", 1, "-o", tmp_path / "out.musicxml")
    before, after = CASE.read_bytes(), (tmp_path / "out.musicxml").read_bytes()
    assert [measures_of(after)[i] for i in (0, 3)] == [measures_of(before)[i] for i in (0, 3)]
    assert measures_of(after)[1].count("<harmony>") == 1
    assert after[: after.index(b"<part ")] == before[: before.index(b"<part ")]
