"""What the lab measures of melodies that go on, and how it makes pieces of one line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lab.benchmarks.melody_styles import cut, features, figures, on_beats, windows
from lab.shipping.song_pieces import line_of, split_of, without_silence
from symgen.music.score import Note, Part, Score, TempoChange

BAR = 48


def melody(bars: dict[int, list[int]], length: int, name: str = "") -> Score:
    """Quarter notes of some bars of 4/4."""
    notes = [
        Note(BAR * bar + 12 * i, pitch, 12)
        for bar, row in bars.items()
        for i, pitch in enumerate(row)
    ]
    return Score((Part(tuple(notes), name=name),), 12, length=BAR * length)


class Judge:
    """Calls dense music folk."""

    def predict(self, rows: list[list[float]]) -> list[bool]:
        return [row[0] > 0.9 for row in rows]


def test_a_prompt_begins_where_the_melody_does() -> None:
    score = melody({bar: [60, 62, 64, 65] for bar in range(3, 19)}, 20)
    prompt = cut("a tune", score)
    assert prompt is not None
    assert [part.note_count for part in (*prompt.score.parts, *prompt.follows.parts)] == [32, 32]
    assert prompt.score.parts[0].notes[0].onset == 0
    assert cut("short", melody({0: [60] * 4}, 15)) is None


def test_figures_of_new_bars() -> None:
    prompt = melody({bar: [60, 62, 64, 65] for bar in range(8)}, 8)
    new = melody({0: [60, 62, 64, 65], 1: [60, 62], 2: [67, 62, 64, 65], 5: [60, 60]}, 8)
    folk, notes, rests, copied = figures([(new, prompt)], Judge())[0]
    assert (folk, notes, rests, copied) == (0.0, 12 / 8, 1 - 12 / 32, 1 / 4)
    assert figures([(prompt, prompt)], Judge())[0, 0] == 1.0


def test_features_are_as_many_for_any_bars() -> None:
    few = melody({0: [60]}, 8)
    many = melody({bar: [60, 64, 67, 72] for bar in range(8)}, 8)
    assert len(features(few)) == len(features(many))
    assert np.isfinite(features(many)).all()
    assert len(list(windows(many))) == 1


def test_played_notes_are_laid_on_their_beats() -> None:
    # Beats of half a second that begin at .25 s; the file itself has a tempo of 60.
    notes = (Note(100, 60, 100), Note(740, 62, 120), Note(990, 64, 250))
    score = Score((Part(notes, name="MELODY"),), 480, tempos=(TempoChange.of_bpm(0, 60),))
    laid = on_beats(score, 0.25 + 0.5 * np.arange(8), 0)
    assert [(note.onset, note.pitch) for note in laid.parts[0].notes] == [(31, 62), (44, 64)]
    assert laid.tempos[0].bpm == pytest.approx(120, abs=0.01)


def test_long_silence_is_left_out() -> None:
    found = without_silence(melody({2: [60] * 4, 4: [62] * 4, 10: [64] * 4}, 14))
    assert found is not None
    # One bar of silence stays, of five one goes with four.
    assert [note.onset // BAR for note in found.parts[0].notes[::4]] == [0, 2, 4]
    assert found.length == 5 * BAR
    assert without_silence(melody({}, 4)) is None


def test_a_bass_or_chords_are_no_tune() -> None:
    assert line_of(melody({bar: [36, 38, 40, 41] for bar in range(8)}, 8)) is None
    assert line_of(melody({bar: [60, 62, 64, 65] for bar in range(8)}, 8)) is not None


def test_titles_decide_the_split() -> None:
    found = [split_of(f"song {i}") for i in range(200)]
    assert found == [split_of(f"Song  {i}") for i in range(200)]
    assert 100 < found.count("train") < 160
    assert found.count("test") > found.count("valid") > 10


def test_the_zips_must_be_there(tmp_path: Path) -> None:
    from lab.shipping.song_pieces import main

    with pytest.raises(FileNotFoundError):
        main([str(tmp_path), "-o", str(tmp_path / "out")])
