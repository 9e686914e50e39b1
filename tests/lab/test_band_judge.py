"""The judge of bands: what it sees, the pairs that it is given, and its tables."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from small import write_tunes

from lab.benchmarks.band_continuations import title
from lab.benchmarks.band_judge import literal_shares, main, matched, telling
from lab.benchmarks.band_traits import BandTraits, band_notes, changes
from lab.benchmarks.copies import role_shares
from symgen.copies.index import CopyIndex
from symgen.corpus import CorpusOptions, build_corpus
from symgen.evaluation.pieces import Piece
from symgen.music.score import Note, Part, Score

BAR = 48


def band(bars: int, *, moved: int = 0, late: int = 0, seed: int = 0) -> Score:
    """Three parts and drums; the tune is moved in the second half of each 16 bars, the bass comes late."""
    rng = np.random.default_rng(seed)
    line = rng.integers(60, 72, 8).tolist()
    half = [moved * (i % 64 >= 32) for i in range(4 * bars)]
    tune = tuple(Note(12 * i, line[i % 8] + half[i], 12) for i in range(4 * bars))
    pad = tuple(Note(BAR * i, 55 + seed % 3, BAR) for i in range(bars))
    bass = tuple(Note(BAR * i, 40, BAR) for i in range(late, bars))
    drums = tuple(Note(24 * i, 36 + 2 * (i % 2), 3) for i in range(2 * bars))
    parts = (Part(tune), Part(pad), Part(bass), Part(drums, is_drum=True))
    return Score(parts, 12, length=BAR * bars)


def song(bars: int) -> Score:
    """Two parts, as a network for melodies may continue them."""
    tune = tuple(Note(12 * i, 60 + (i * bars) % 7, 12) for i in range(4 * bars))
    bass = tuple(Note(BAR * i, 40, BAR) for i in range(bars))
    return Score((Part(tune), Part(bass)), 12, length=BAR * bars)


def test_versions_of_a_piece_have_one_title() -> None:
    assert title("1818af6d_d_e3m8~a.mid") == title("976c823d_d_e3m8~b.mid") == "d_e3m8"
    assert title("song.mid") == "song"


def test_literal_bars_are_counted_by_kind_of_part() -> None:
    assert literal_shares(band(16)).tolist() == [1.0, 1.0]
    assert literal_shares(band(16, moved=1)).tolist() == [pytest.approx(2 / 3), 1.0]
    without = band(16).with_parts(band(16).parts[:3])
    assert np.isnan(literal_shares(without)[1])


def test_windows_are_paired_by_their_literal_shares() -> None:
    plain, moved = Piece("a", band(16), "a"), Piece("b", band(16, moved=1), "b")
    first, second = matched([plain, moved], [moved, plain, plain])
    assert first.tolist() == [0, 1]
    assert second[1] == 0
    assert second[0] in (1, 2)
    far = Piece("c", band(16).with_parts(band(16).parts[:3]), "c")
    assert len(matched([plain], [far])[0]) == 0


def test_traits_are_those_of_the_music() -> None:
    found = BandTraits(band(8, late=4), 8).named()
    assert found["bass, empty bars"] == 0.5
    assert found["bass, notes in a bar"] == 0.5
    assert found["parts in a bar"] == pytest.approx(2.5 / 3)
    assert found["drums, notes of 1 bars before, exact"] == 1
    assert found["kick, on the beat"] == 1
    assert found["kick, share"] == 0.5
    assert found["all, on beats"] == 1
    both = changes(BandTraits(band(8), 8).named(), found)
    assert both["bass, empty bars, change"] == 0.5
    assert len(both) == 2 * len(found)


def test_silent_bars_have_the_same_traits() -> None:
    empty = BandTraits(Score((Part(()),), 12, length=8 * BAR), 8).named()
    assert list(empty) == list(BandTraits(band(8), 8).named())
    assert all(np.isfinite(list(empty.values())))


def test_notes_are_the_same_in_another_key() -> None:
    one = band(8)
    parts = [
        part.with_notes(
            Note(note.onset, note.pitch + 12 * (not part.is_drum), note.duration)
            for note in part.notes
        )
        for part in one.parts
    ]
    higher = one.with_parts(parts)
    columns = [0, 1, 3, 4, 5]
    assert band_notes(one)[:, columns].tolist() == band_notes(higher)[:, columns].tolist()


def test_copies_are_counted_by_what_a_part_does() -> None:
    rng = np.random.default_rng(0)
    line = tuple(Note(6 * i, int(pitch), 6) for i, pitch in enumerate(rng.integers(60, 72, 64)))
    other = tuple(Note(6 * i, int(pitch), 6) for i, pitch in enumerate(rng.integers(30, 42, 64)))
    trained = Score((Part(line),), 12, length=8 * BAR)
    index = CopyIndex.build([(trained, "a", "b")])
    one = Score((Part(line), Part(other, program=33)), 12, length=8 * BAR)
    assert role_shares([one], index) == {"melody": 1.0, "bass": 0.0}


def test_what_tells_is_named() -> None:
    true = [Piece(f"{i}", band(16, seed=i), f"{i}") for i in range(10)]
    ours = [Piece(f"{i}", band(16, moved=1, seed=i), f"{i}") for i in range(10)]
    rows = telling(true, ours, 5)
    assert [len(row) for row in rows] == [6] * 5
    # The tune alone moves.
    assert rows[0][2:] != rows[0][3:]


@pytest.mark.long
def test_the_tables_are_printed(
    tiny_folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("lab.benchmarks.band_judge.FARTHEST", 9.0)
    store = tmp_path / "store"
    files = write_tunes(tmp_path / "files", [song(bars) for bars in range(24, 40)])
    options = CorpusOptions(workers=1, ratios=(0.1, 0.2, 0.7), near=1.0, kin=1.0, leak=1.0)
    build_corpus([files], store, options=options)
    asked = [str(store), "--model", str(tiny_folder), "--seeds", "1", "--splits", "test"]
    with pytest.raises(SystemExit, match="0 pairs of windows"):
        main([*asked, "--windows", "0"])
    kept = tmp_path / "kept"
    assert main([*asked, "--windows", "1", "--resamples", "10", "--keep", str(kept)]) == 0
    shown = capsys.readouterr().out
    assert "| forest | " in shown
    assert "| gru | " in shown
    assert (kept / "000-0-true.mid").is_file()
