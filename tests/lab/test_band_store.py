"""Stores of band pieces: what is added to their training part."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from lab.shipping.band_songs import arranged
from lab.shipping.band_store import main, windows
from symgen import build_corpus, save_score
from symgen.corpus import CorpusOptions, Store
from symgen.music.meter import Meter
from symgen.music.score import MeterChange, Note, Part, Score
from symgen.tokens import decode


def tune(bars: int, shift: int = 0) -> Score:
    """One note a quarter, each of a pitch that tells its bar."""
    notes = tuple(Note(12 * i, 40 + shift + i // 4 % 40, 12) for i in range(4 * bars))
    return Score((Part(notes),), 12, length=48 * bars)


def test_stretches_begin_behind_the_opening_and_are_as_long_as_is_said() -> None:
    found = list(windows(tune(80), "a", 20))
    firsts = [each.parts[0].notes[0].pitch for each in found]
    assert len(found) == 20
    assert all(16 <= len(each.bars) <= 48 for each in found)
    assert all(each.parts[0].notes[0].onset == 0 for each in found)
    assert len(set(firsts)) > 5
    assert [each.parts for each in windows(tune(80), "a", 20)] == [each.parts for each in found]
    assert all(each.bars[-1].end == each.length for each in found)


def test_short_pieces_and_those_that_change_meter_have_no_stretches() -> None:
    assert not list(windows(tune(23), "a", 3))
    changed = tune(80)
    meters = (*changed.meters, MeterChange(48 * 8, Meter(3, 4)))
    assert not list(windows(Score(changed.parts, 12, meters=meters), "a", 3))


def test_a_melody_gets_a_band_and_a_player() -> None:
    melody = tune(16, 20)
    first, again, drummed = (
        arranged(melody, 3, is_drummed=False),
        arranged(melody, 3, is_drummed=False),
        arranged(melody, 3, is_drummed=True),
    )
    assert first.parts == again.parts
    assert sum(part.is_drum for part in drummed.parts) == 1
    assert [p.notes for p in first.parts if p.is_drum] != [
        p.notes for p in drummed.parts if p.is_drum
    ]


@pytest.fixture
def long_store(tmp_path: Path) -> Path:
    """A store of eight long tunes."""
    files = tmp_path / "files"
    files.mkdir()
    for number in range(8):
        rng = random.Random(number)  # noqa: S311 - music, not secrets
        notes = tuple(Note(12 * i, rng.randint(50, 70), 12) for i in range(160))
        save_score(Score((Part(notes),), 12), files / f"{number}.mid")
    build_corpus([files], tmp_path / "store", options=CorpusOptions(workers=1))
    return tmp_path / "store"


def test_a_store_keeps_its_pieces_and_gets_stretches_of_training_alone(
    long_store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "more"
    assert main([str(long_store), "-o", str(output), "--times", "2"]) == 0
    before, after = Store.open(long_store), Store.open(output)
    count, training = len(before.pieces()), before.pieces("train")
    assert after.pieces()[:count] == before.pieces()
    added = after.pieces()[count:]
    assert len(added) == 2 * len(training)
    assert f"{len(added)} of them added" in capsys.readouterr().out
    assert {(each.split, each.group) for each in added} == {
        ("train", each.group) for each in training
    }
    for record in added:
        whole = decode(after.events(record), after.vocabulary)
        assert 16 <= len(whole.bars) <= 32


def test_pieces_of_other_stores_are_for_training(long_store: Path, tmp_path: Path) -> None:
    output = tmp_path / "more"
    assert main([str(long_store), "-o", str(output), "--times", "0", "--add", str(long_store)]) == 0
    before, after = Store.open(long_store), Store.open(output)
    added = after.pieces()[len(before.pieces()) :]
    assert [each.locator for each in added] == [each.locator for each in before.pieces()]
    assert {each.split for each in added} == {"train"}
    own = np.concatenate([before.events(each).fields for each in before.pieces()])
    assert np.array_equal(np.concatenate([after.events(each).fields for each in added]), own)
