"""The index of training tunes: what it finds, what it does not, and that it is kept whole."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from small import REAL_TUNES, random_model, save_model, tune

from symgen.copies import index as module
from symgen.copies.index import CopyIndex
from symgen.copies.reference import index_store
from symgen.copies.report import OWN_BANDS, CopyReport, Floor, Match
from symgen.corpus import Store
from symgen.music.lines import score_lines
from symgen.music.score import Note, Part, Score
from symgen.nets.checkpoint import CARD, LANGUAGE_MODEL, load_model_files
from symgen.nets.network import attached_path
from symgen.system.errors import CheckpointError, ControlError

Moves = tuple[tuple[int, int], ...]


def real(name: str) -> Score:
    meter, pickup, _, text = REAL_TUNES[name]
    return tune(text, meter=meter, pickup=pickup)


TUNES = [(real(name), name, "tests") for name in REAL_TUNES]
JIG, GRACE, ROUND = (score for score, _, _ in TUNES)


def line(moves: Sequence[tuple[int, int]], *, start: int = 0, pitch: int = 60) -> tuple[Note, ...]:
    notes = [Note(start, pitch, 1)]
    for interval, time in moves:
        notes.append(Note(notes[-1].onset + time, 30 + (notes[-1].pitch + interval - 30) % 70, 1))
    return tuple(notes)


def random_line(
    rng: np.random.Generator, count: int, *, pitches: int = 12, times: int = 12
) -> Score:
    onsets = np.cumsum(rng.integers(1, times + 1, count)).tolist()
    chosen = rng.integers(60, 60 + pitches, count).tolist()
    return Score((Part(tuple(Note(t, p, 1) for t, p in zip(onsets, chosen, strict=True))),), 12)


@pytest.fixture(params=[16, 8])
def index(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> CopyIndex:
    """The three tunes, in hashes of 16 and of 8 bits."""
    monkeypatch.setattr(module, "_LAYOUTS", (("parts", request.param),))
    return CopyIndex.build(TUNES)


# -- parts of bands ----------------------------------------------------------------------


def test_parts_are_looked_up_alone(index: CopyIndex) -> None:
    band = Score((GRACE.parts[0], Part(), ROUND.parts[0]), JIG.resolution)
    found = index.find_parts(band)
    assert [part.part for part in found] == [0, 2]
    assert [part.report.longest for part in found] == [len(band.parts[i].notes) for i in (0, 2)]
    assert [part.to_json()["part"] for part in found] == [1, 3]
    assert index.find_parts(Score((Part(JIG.parts[0].notes, is_drum=True),))) == ()


def test_what_our_styles_play_under_a_melody_is_no_copy() -> None:
    band = Score((JIG.parts[0], ROUND.parts[0]), JIG.resolution)
    whole = CopyIndex.build([(band, "a song", OWN_BANDS), (GRACE, "grace", "tests")])
    others = whole.of_others
    assert whole.find(ROUND).longest == ROUND.note_count
    assert others.find(ROUND).match is None
    for score in (JIG, GRACE):
        assert others.find(score) == whole.find(score)
    plain = CopyIndex.build(TUNES)
    assert plain.of_others is plain
    assert CopyIndex.build([]).of_others.find(JIG).longest == 0


# -- what is found -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("score", "title"), [(score, title) for score, title, _ in TUNES], ids=list(REAL_TUNES)
)
def test_a_tune_is_found_in_any_key_and_resolution(
    index: CopyIndex, score: Score, title: str
) -> None:
    short = [replace(note, duration=1) for note in score.parts[0].notes]
    for copy in (
        score,
        score.transposed(-5),
        score.with_resolution(96),
        score.with_parts([Part(tuple(short))]),
    ):
        report = index.find(copy)
        assert report.match is not None
        assert (report.match.title, report.match.source) == (title, "tests")
        assert (report.longest, report.notes, report.share) == (
            score.note_count,
            score.note_count,
            1.0,
        )
        assert report.match.bars == (copy.bars[0].number, copy.bars[-1].number)


def test_a_part_of_a_tune_is_found_where_it_stands(index: CopyIndex) -> None:
    """Notes 11 to 23 of the jig, in the second part of a piece, from the third bar on."""
    taken = [replace(n, onset=n.onset - JIG.parts[0].notes[10].onset + 96, pitch=n.pitch - 12)
             for n in JIG.parts[0].notes[10:23]]  # fmt: skip
    other = tune("C4:2 G4:2|C4:2 G4:2|C4:2 G4:2|C4:2 G4:2|C4:2 G4:2")
    before = Note(60, 41, 5)
    score = other.with_parts([other.parts[0], Part((before, *taken))])
    report = index.find(score)
    assert report.match is not None
    assert (report.match.notes, report.match.part, report.match.title) == (
        13,
        1,
        "The Irish Washerwoman",
    )
    assert report.match.bars == (3, 4)
    assert report.notes == 10 + 14
    assert report.share == 13 / 24
    assert score.note_array()[report.match.row].tolist()[:3] == [
        96,
        taken[0].duration,
        taken[0].pitch,
    ]
    assert index.find(score, notes=14).share == 0


def test_other_bar_lines_change_nothing(index: CopyIndex) -> None:
    moved = [replace(note, onset=note.onset + 7) for note in GRACE.parts[0].notes]
    score = replace(GRACE.with_parts([Part(tuple(moved))]), meters=(), length=0)
    assert index.find(score).longest == GRACE.note_count


def test_another_rhythm_is_no_copy(index: CopyIndex) -> None:
    slow = [replace(note, onset=2 * note.onset) for note in JIG.parts[0].notes]
    assert index.find(JIG.with_parts([Part(tuple(slow))])).match is None


def test_the_top_and_the_bass_of_chords_are_looked_up(index: CopyIndex) -> None:
    chord = [replace(note, pitch=note.pitch - 24) for note in JIG.parts[0].notes]
    drone = [replace(note, pitch=127) for note in JIG.parts[0].notes]
    for score in (
        JIG.with_parts([Part((*JIG.parts[0].notes, *chord))]),
        JIG.with_parts([Part((*JIG.parts[0].notes, *drone))]),
    ):
        report = index.find(score)
        assert report.longest == JIG.note_count
        assert report.share >= 0.5


def test_short_and_empty_pieces(index: CopyIndex) -> None:
    drums = Score((Part(tuple(Note(i, 40, 1) for i in range(20)), is_drum=True),))
    assert index.find(Score()) == index.find(drums) == CopyReport(0, 0.0, None)
    for count in range(1, index.shortest):
        assert index.find(JIG.with_parts([Part(JIG.parts[0].notes[:count])])) == CopyReport(
            count, 0.0, None
        )
    found = index.find(JIG.with_parts([Part(JIG.parts[0].notes[: index.shortest])]))
    assert (found.longest, found.share) == (index.shortest, 0)
    with pytest.raises(ControlError, match=f"tells those of {index.shortest} or more"):
        index.find(JIG, notes=index.shortest - 1)


def test_nothing_is_found_in_an_empty_index() -> None:
    empty = CopyIndex.build([])
    assert empty.find(JIG).match is None
    assert CopyIndex.from_bytes(empty.to_bytes()).find(JIG).match is None


# -- against a slow search ---------------------------------------------------------------


def moves_of(score: Score) -> list[tuple[int, int]]:
    return [(b.pitch - a.pitch, b.onset - a.onset) for a, b in pairwise(score.parts[0].notes)]


def slow_runs(score: Score, tunes: Sequence[Score], shortest: int) -> list[int]:
    """Notes of the longest common run that ends at each note, by looking everywhere."""
    ours, found = moves_of(score), [0] * len(score.parts[0].notes)
    for other in map(moves_of, tunes):
        lengths = [0] * (len(other) + 1)
        for i, move in enumerate(ours, 1):
            lengths = [0] + [
                lengths[j] + 1 if move == known else 0 for j, known in enumerate(other)
            ]
            found[i] = max(found[i], max(lengths) + 1)
    return [run if run >= shortest else 0 for run in found]


@pytest.mark.parametrize("bits", [16, 8])
@pytest.mark.parametrize("seed", range(6))
def test_lengths_and_share_agree_with_a_slow_search(
    bits: int, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tunes of few pitches and times: many common runs, many repeats, runs over the seams of tunes that are none."""
    monkeypatch.setattr(module, "_LAYOUTS", (("parts", bits),))
    rng = np.random.default_rng(seed)
    tunes = [
        random_line(rng, int(rng.integers(4, 80)), pitches=2 + seed % 2, times=1) for _ in range(12)
    ]
    index = CopyIndex.build([(score, str(i), "") for i, score in enumerate(tunes)])
    longest = []
    for _ in range(6):
        score = random_line(rng, 60, pitches=2 + seed % 2, times=1)
        expected = slow_runs(score, tunes, index.shortest)
        runs = [0] * len(expected)
        for end, run, _ in index.matches(score_lines(score)[0]):
            runs[end] = run
        assert runs == expected
        covered = {
            k
            for end, run in enumerate(expected)
            if run >= 12
            for k in range(end - run + 1, end + 1)
        }
        report = index.find(score)
        assert (report.longest, report.share) == (max(expected), len(covered) / 60)
        longest.append(report.longest)
        if report.match:
            source = moves_of(tunes[int(report.match.title)])
            ours = moves_of(score)[report.match.row :][: report.match.notes - 1]
            assert any(source[i : i + len(ours)] == ours for i in range(len(source)))
    assert max(longest) >= index.shortest


@pytest.mark.parametrize("bits", [16, 8])
def test_what_was_not_copied_is_not_found(bits: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """60,000 places against 20,000 notes: what agrees is common music, of which random notes have next to none."""
    monkeypatch.setattr(module, "_LAYOUTS", (("parts", bits),))
    rng = np.random.default_rng(1)
    index = CopyIndex.build([(random_line(rng, 600), str(i), "") for i in range(100)])
    assert all(index.find(random_line(rng, 200)).match is None for _ in range(100))


# -- sizes -------------------------------------------------------------------------------


def test_what_is_too_large_is_stored_with_less() -> None:
    rng = np.random.default_rng(0)

    def piece(number: int) -> Score:
        times = [note.onset for note in random_line(rng, 200).parts[0].notes]
        parts = [
            Part(tuple(Note(t, 40 + 12 * i + int(rng.integers(12)), 1) for t in times))
            for i in range(6)
        ]
        return Score(tuple(parts), 12, title=str(number))

    pieces = [(piece(i), str(i), "") for i in range(20)]
    found = [CopyIndex.build(pieces, limit=limit) for limit in (60_000, 30_000, 23_000)]
    assert [(index.kind, index.bits) for index in found] == [
        ("parts", 16),
        ("parts", 8),
        ("outer", 8),
    ]
    for index, limit in zip(found, (60_000, 30_000, 23_000), strict=True):
        assert len(index.to_bytes()) <= limit
    excerpt = pieces[7][0].slice_ticks(300, 900).transposed(2)
    reports = [index.find(excerpt) for index in found]
    assert [report.match.title for report in reports if report.match] == ["7", "7", "7"]
    with pytest.raises(ControlError, match="do not fit into 1,000 bytes"):
        CopyIndex.build(pieces, limit=1000)


def test_editions_of_one_work_are_stored_once() -> None:
    again = [(score.transposed(2), "again", "elsewhere") for score, _, _ in TUNES]
    index, alone = CopyIndex.build([*TUNES, *again]), CopyIndex.build(TUNES)
    assert np.array_equal(index.codes, alone.codes)
    assert [index.find(score).match for score, _, _ in again] == [
        alone.find(score).match for score, _, _ in again
    ]


# -- the floor ---------------------------------------------------------------------------


def test_the_floor_is_what_other_tunes_share() -> None:
    halves = [JIG.with_parts([Part(JIG.parts[0].notes[:count])]) for count in (8, 12, 16, 20)]
    index = CopyIndex.build(TUNES, halves)
    assert index.floor == Floor(4, (16.0, 20.0, 20.0), (1.0, 1.0, 1.0))
    assert replace(index, floor=Floor()).floor.verdict(index.find(JIG)) == ""


@pytest.mark.parametrize(
    ("longest", "share", "verdict"),
    [(0, 0, "usual"), (17, 0.3, "usual"), (18, 0.3, "much"), (17, 0.31, "much"), (27, 0.6, "much"), (28, 0, "copy"),
     (0, 0.7, "copy")],
)  # fmt: skip
def test_verdicts(longest: int, share: float, verdict: str) -> None:
    match = Match(longest, 0, 0, (1, 2), "", "") if longest else None
    assert Floor(9, (11, 17, 27), (0, 0.3, 0.6)).verdict(CopyReport(100, share, match)) == verdict


def test_the_training_tunes_of_a_store_are_indexed(store: Store) -> None:
    index = index_store(store)
    train = store.pieces("train")
    assert index.titles == tuple(record.title or record.locator for record in train)
    assert index.floor.tunes == len(store) - len(train) > 0
    assert 0 <= index.floor.share[0] <= index.floor.share[2] <= 1


# -- on disk -----------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return save_model(tmp_path / "model", random_model())


def test_an_index_lies_beside_the_weights(index: CopyIndex, folder: Path) -> None:
    before = load_model_files(folder)
    name = index.save(folder)
    assert attached_path(LANGUAGE_MODEL, folder, "copies") == folder / name
    assert name in json.loads((folder / CARD).read_text())["files"]
    assert load_model_files(folder).info == before.info
    back = CopyIndex.load(folder)
    assert back.to_bytes() == index.to_bytes() == CopyIndex.build(TUNES, limit=4 << 20).to_bytes()
    assert (back.titles, back.sources, back.floor, back.kind) == (
        index.titles,
        index.sources,
        index.floor,
        index.kind,
    )
    for score in (JIG, GRACE, ROUND):
        assert back.find(score) == index.find(score)


def test_a_newer_index_replaces_the_older(index: CopyIndex, folder: Path) -> None:
    old = index.save(folder)
    new = CopyIndex.build(TUNES[:2]).save(folder)
    assert old != new
    assert {path.name for path in folder.glob("copies*")} == {new}
    assert len(CopyIndex.load(folder).titles) == 2
    load_model_files(folder)


def test_the_notes_are_not_in_the_file(index: CopyIndex) -> None:
    (found,) = score_lines(JIG)
    data = index.to_bytes()
    for kind in (np.uint8, np.int8, np.uint16, np.int32, np.int64):
        assert found.pitch[:4].astype(kind).tobytes() not in data
        assert np.diff(found.pitch)[4:8].astype(kind).tobytes() not in data


def test_a_model_without_an_index(folder: Path) -> None:
    with pytest.raises(CheckpointError, match="has no index of its training tunes"):
        CopyIndex.load(folder)
    assert attached_path(LANGUAGE_MODEL, folder, "copies") is None


def test_a_damaged_index_is_one_clear_error(index: CopyIndex, folder: Path) -> None:
    path = folder / index.save(folder)
    data = path.read_bytes()
    for harmed in (b"", data[:-1], data[:200] + bytes([data[200] ^ 1]) + data[201:]):
        path.write_bytes(harmed)
        with pytest.raises(CheckpointError, match=r"copies-.*damaged \(its checksum differs"):
            CopyIndex.load(folder)
    path.unlink()
    with pytest.raises(CheckpointError, match="no such file"):
        CopyIndex.load(folder)
    load_model_files(folder)


def test_contents_that_do_not_agree_are_refused(index: CopyIndex, folder: Path) -> None:
    bad = [
        replace(index, lengths=index.lengths[:-1]),
        replace(index, lengths=index.lengths + np.uint32(1)),
        replace(index, tunes=index.tunes + np.uint32(1)),
        replace(index, codes=index.codes.astype(np.int32)),
        replace(index, sources=()),
        replace(index, kind="middle"),
    ]
    for harmed in bad:
        harmed.save(folder)
        with pytest.raises(CheckpointError, match="index of copies is damaged"):
            CopyIndex.load(folder)
    for data in (b"", b"nothing of the sort", index.to_bytes()[:-40]):
        with pytest.raises(CheckpointError, match="damaged"):
            CopyIndex.from_bytes(data)


def test_an_index_of_another_version_is_refused(
    index: CopyIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_VERSION", 99)
    data = index.to_bytes()
    monkeypatch.undo()
    with pytest.raises(CheckpointError, match="another version"):
        CopyIndex.from_bytes(data)


def test_of_equal_matches_the_first_is_told(index: CopyIndex) -> None:
    """Twelve notes of the second tune, then twelve of the first, whatever their order in the index."""
    rows: list[Note] = []
    for score, jump in ((GRACE, 0), (JIG, 5000)):
        taken = score.parts[0].notes[3:15]
        rows += [replace(n, onset=n.onset - taken[0].onset + jump, duration=1) for n in taken]
    match = index.find(Score((Part(tuple(rows)),), GRACE.resolution)).match
    assert match is not None
    assert (match.notes, match.row, match.title) == (12, 0, TUNES[1][1])


def test_places_of_each_key(index: CopyIndex) -> None:
    """Each run of six notes of a line is one place; hashes of 8 bits are of five, one more a line."""
    order, starts = index._table
    runs = sum(score.note_count - 5 for score, _, _ in TUNES)
    assert sorted(order.tolist()) == np.flatnonzero(~_is_last(index)).tolist()
    assert (len(order), starts[0], starts[-1], len(starts)) == (runs, 0, runs, 2**16 + 1)
    assert np.flatnonzero(index._line_starts).tolist() == [0, *np.cumsum(index.lengths)[:-1]]


def _is_last(index: CopyIndex) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Whether a place is the last of its line and has no key, as only those of 8 bits have none."""
    last = np.zeros(len(index.codes), dtype=bool)
    last[np.cumsum(index.lengths) - 1] = index.bits == 8
    return last


def test_a_floor_of_nothing() -> None:
    assert Floor() == Floor(0, (0.0, 0.0, 0.0), (0.0, 0.0, 0.0))
