"""Players that are taught with performances of one's own: alignment, reading, training, and the command."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from commands import Command

import symgen
from symgen.formats import load_score, save_score
from symgen.music.score import Part, Score
from symgen.performer.aligning import align_performance
from symgen.performer.played import as_one_part, read_played
from symgen.performer.teaching import read_performances
from symgen.system.errors import FormatError

QUARTER = 480


def piece(seed: int, bars: int = 8) -> Score:
    """Return a melody over chords, drawn."""
    draw = np.random.default_rng(seed)
    tune = [
        (240 * i, 240, int(pitch), 80) for i, pitch in enumerate(draw.integers(67, 84, 8 * bars))
    ]
    roots = draw.integers(45, 55, 2 * bars).tolist()
    chords = [(960 * i, 960, root + tone, 80) for i, root in enumerate(roots) for tone in (0, 4, 7)]
    return Score((Part.from_array(tune), Part.from_array(chords)), QUARTER)


def played_by_hand(score: Score, seed: int, late: float = 15.0) -> Score:
    """Return a performance in one part at a tempo that sways: louder above, early in the melody, held for .8."""
    draw = np.random.default_rng(seed)
    notes = score.note_array()
    sway = 40 * np.sin(notes[:, 0] / 1920)
    onset = notes[:, 0] + sway + np.where(notes[:, 4] == 0, -late, late) + 100
    velocity = np.where(notes[:, 4] == 0, 90, 60) + draw.integers(-4, 5, len(notes))
    rows = np.column_stack([np.rint(onset), np.rint(0.8 * notes[:, 1]), notes[:, 2], velocity])
    return Score((Part.from_array(rows.astype(np.int64)),), QUARTER)


def test_a_performance_is_laid_beside_its_score() -> None:
    score = piece(1)
    found = align_performance("a.mid", score, played_by_hand(score, 1))
    notes = found.score.note_array()
    assert len(notes) >= 0.97 * score.note_count
    tune = notes[:, 4] == 0
    assert found.velocity[tune].min() > found.velocity[~tune].max()
    # 15 ticks are 15.6 ms; the clock goes between the two.
    assert np.median(found.late[~tune]) - np.median(found.late[tune]) == pytest.approx(
        0.031, abs=0.006
    )
    assert np.median(found.held) == pytest.approx(0.8, abs=0.03)


def test_notes_that_were_left_out_or_added_are_no_hindrance() -> None:
    score = piece(2)
    rows = played_by_hand(score, 2).note_array()[:, :4]
    keep = np.random.default_rng(0).random(len(rows)) > 0.1
    wrong = np.array([[333, 200, 61, 70], [5000, 200, 90, 70]])
    performance = Score((Part.from_array(np.concatenate([rows[keep], wrong])),), QUARTER)
    found = align_performance("a.mid", score, performance)
    assert 0.75 * score.note_count < len(found.velocity) <= keep.sum()


def test_another_piece_is_refused() -> None:
    with pytest.raises(FormatError, match=r"a.mid: only \d+% of the score is found"):
        align_performance("a.mid", piece(3), played_by_hand(piece(4), 4))


def test_played_notes_of_all_parts_become_one_part() -> None:
    score = piece(5)
    notes = score.note_array()
    notes[:, 3] = 50 + 20 * (notes[:, 4] == 0)
    parts = [Part.from_array(notes[notes[:, 4] == i, :4]) for i in (0, 1)]
    played = read_played(replace(score, parts=tuple(parts)))
    one = as_one_part(played)
    assert len(one.score.parts) == 1
    table = one.score.note_array()
    assert (table[:, 3] == one.velocity).all()
    both = {tuple(row) for row in played.score.note_array()[:, [0, 2]].tolist()}
    assert {tuple(row) for row in table[:, [0, 2]].tolist()} == both


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """Return a folder with three performances and their scores."""
    for kind in ("scores", "performances"):
        (tmp_path / "mine" / kind).mkdir(parents=True)
    for seed in range(3):
        score = piece(seed, 10)
        save_score(score, tmp_path / "mine" / "scores" / f"{seed}.mid")
        save_score(played_by_hand(score, seed), tmp_path / "mine" / "performances" / f"{seed}.mid")
    return tmp_path / "mine"


def test_performances_are_read(mine: Path) -> None:
    (mine / "performances" / "4.mid").write_bytes((mine / "performances" / "0.mid").read_bytes())
    (mine / "performances" / "5.mid").write_bytes(b"none")
    (mine / "scores" / "5.mid").write_bytes(b"none")
    found, left_out = read_performances(mine)
    assert [each.name for each in found] == ["0", "1", "2"]
    assert all(each.has_score for each in found)
    assert left_out[0] == "4.mid: scores/ holds no file of this name"
    assert len(left_out) == 2
    alone, _ = read_performances(mine / "performances")
    assert not any(each.has_score for each in alone)


def test_the_command_teaches_a_player(command: Command, mine: Path) -> None:
    pytest.importorskip("torch")
    done = command("train-performer", str(mine), "-o", "me", "--minutes", "0.02", "--seed", "1")
    assert (done.status, done.out) == (0, ["me"])
    assert any(line.startswith("learned velocity, late, held from 2 perf") for line in done.err)
    assert any(line.startswith("velocity of what was held out: r 0.") for line in done.err)
    save_score(piece(9), "tune.mid")
    done = command("perform", "tune.mid", "--model", "me", "--feel", "1", "-o", "out.mid")
    assert done.status == 0
    own, usual = load_score("out.mid"), symgen.perform(load_score("tune.mid"), feel=1)
    assert sorted(own.note_array()[:, 2].tolist()) == sorted(piece(9).note_array()[:, 2].tolist())
    assert own != usual
    again = command("train-performer", str(mine), "-o", "me", "--minutes", "0.02")
    assert again.status == 2
    assert "holds a player already" in again.err[-1]


@pytest.mark.parametrize(
    ("folder", "told"),
    [
        ("nothing", "nothing: is no folder"),
        ("empty", "holds no MIDI file"),
        ("one", "1 performance to learn from; two are needed"),
        ("flat", "flat.mid: all notes are equally loud"),
    ],
)
def test_bad_folders_give_one_line(command: Command, folder: str, told: str) -> None:
    pytest.importorskip("torch")
    for name in ("empty", "one", "flat"):
        Path(name).mkdir()
    save_score(played_by_hand(piece(1), 1), "one/a.mid")
    save_score(piece(1), "flat/flat.mid")
    done = command("train-performer", folder, "-o", "me")
    assert done.status in {2, 3}
    assert len(done.err) == 1
    assert told in done.err[0]
    assert not Path("me").exists()
