"""What was played becomes a corpus: written on the grid, with drums, and the manner kept apart."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from symgen.corpus import CorpusOptions, Store, build_corpus
from symgen.corpus.candidate import Candidate
from symgen.corpus.clean import clean
from symgen.corpus.dedupe import sign_drums
from symgen.corpus.manner import COLUMNS, Performance, is_manner, manner_rows
from symgen.corpus.notating import _plain_ends, choose_pulse, notate
from symgen.formats import save_score
from symgen.music.meter import Meter
from symgen.music.score import MeterChange, Note, Part, Score, TempoChange
from symgen.system.errors import CheckpointError, FormatError
from symgen.tokens import Vocabulary, encode
from symgen.tokens.events import event_notes
from symgen.tokens.vocabulary import TIME, VELOCITY

QUARTER = 480
KICK, SNARE, HAT = 36, 38, 42


def drums(seed: int, bars: int = 4, late: int = 18) -> Score:
    """A beat of eighths, each stroke a little late or early, and a fill that differs by the seed."""
    draw = random.Random(seed)  # noqa: S311
    notes = []
    for step in range(bars * 8):
        onset = step * QUARTER // 2
        struck = [HAT] if draw.random() < 0.8 else [46]
        if step % 4 == 0 or draw.random() < 0.2:
            struck.append(KICK)
        if step % 4 == 2:
            struck.append(SNARE)
        for key in struck:
            moved = max(0, onset + draw.randint(-late, late) + 7)
            notes.append(Note(moved, key, 40, draw.randint(30, 120)))
    kit = Part(tuple(sorted(notes)), is_drum=True)
    return Score((kit,), meters=(MeterChange(0, Meter(4, 4)),), tempos=(TempoChange(0, 500_000),))


@pytest.fixture
def kit(tmp_path: Path) -> Path:
    folder = tmp_path / "kit"
    folder.mkdir()
    for seed in range(6):
        save_score(drums(seed, bars=1 if seed == 5 else 6), folder / f"{seed}.mid")
    return folder


def store_of(source: Path, where: Path, **how: object) -> Store:
    build_corpus(source, where, options=CorpusOptions(performed=True, **how))  # type: ignore[arg-type]
    return Store.open(where)


def test_drums_that_were_played_are_kept_on_the_grid(kit: Path, tmp_path: Path) -> None:
    store = store_of(kit, tmp_path / "store")
    assert len(store) == 6
    for record in store.pieces():
        events = store.events(record)
        assert events.header.drums == (True,)
        assert events.header.key is None
        notes = event_notes(np.asarray(events.fields), events.header, store.vocabulary)
        assert set((notes.onset % 6).tolist()) == {0}  # eighths, as they were meant


def test_velocities_and_timing_stand_beside_the_events_and_not_among_them(
    kit: Path, tmp_path: Path
) -> None:
    store = store_of(kit, tmp_path / "store")
    record = next(each for each in store.pieces() if each.locator == "2.mid")
    manner, rows = store.manner(record), np.asarray(store.events(record).fields)
    assert manner is not None
    assert manner.shape == (record.length, len(COLUMNS))
    struck = rows[:, TIME] < store.vocabulary.skip
    assert set(rows[struck, VELOCITY].tolist()) == {80}
    assert not manner[~struck, :3].any()
    assert set(manner[:, 3].tolist()) == {1200}
    # The notes are as they were played: their place, and how far behind it they are.
    events = store.events(record)
    notes = event_notes(rows, events.header, store.vocabulary)
    played = sorted(
        zip(
            (notes.onset * 40 + manner[struck, 1]).tolist(),
            notes.pitch.tolist(),
            manner[struck, 2].tolist(),
            manner[struck, 0].tolist(),
            strict=True,
        )
    )
    assert played == [
        (n.onset, n.pitch, n.duration, n.velocity) for n in drums(2, 6).parts[0].notes
    ]


def test_without_it_nothing_of_a_store_changes(kit: Path, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="6 pieces were played freely; add --performed"):
        build_corpus(kit, tmp_path / "plain", options=CorpusOptions(drums=True, off_grid=0.0))
    both = "add --performed to write them down and --drums to keep drums .*SOURCE --performed --drums -o"
    with pytest.raises(FormatError, match=both):
        build_corpus(kit, tmp_path / "plain")
    assert CorpusOptions().min_bars == 4
    assert CorpusOptions(performed=True).min_bars == 1
    assert CorpusOptions(performed=True, min_bars=3).min_bars == 3


def test_the_same_bytes_from_one_process_and_from_two(
    kit: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("symgen.corpus.sharing._FILES", 1)
    monkeypatch.setattr("symgen.corpus.sharing._FEW", 1)
    for jobs in (1, 2):
        store_of(kit, tmp_path / str(jobs), workers=jobs)
    one, two = (
        {path.name: path.read_bytes() for path in (tmp_path / jobs).iterdir()} for jobs in "12"
    )
    assert one == two
    assert sum(is_manner(Path(name)) for name in one) == 1


def test_a_store_that_is_built_again_leaves_no_old_manner(kit: Path, tmp_path: Path) -> None:
    where = tmp_path / "store"
    store_of(kit, where)
    (kit / "0.mid").unlink()
    build_corpus(kit, where, options=CorpusOptions(performed=True), overwrite=True)
    assert len(list(where.glob("manner-*"))) == 1
    save_score(
        plain := Score((Part(tuple(Note(i * 480, 60 + i % 7, 480) for i in range(40))),)),
        kit / "a.mid",
    )
    assert plain.note_count == 40
    build_corpus(kit, where, options=CorpusOptions(), overwrite=True)
    assert not list(where.glob("manner-*"))
    store = Store.open(where)
    assert store.manner(store.pieces()[0]) is None


def test_damaged_manner_is_told(kit: Path, tmp_path: Path) -> None:
    store = store_of(kit, tmp_path / "store")
    path = next((tmp_path / "store").glob("manner-*"))
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(CheckpointError, match="build it again"):
        store.manner(store.pieces()[0])


def test_beats_are_found_where_the_file_has_none() -> None:
    """Quarters and eighths that grow faster, from 90 to 110, in a file that says 120."""
    draw = random.Random(4)  # noqa: S311
    seconds, notes, place = 0.5, [], 0
    lengths = [1, 0.5, 0.5, 1, 1, 0.5, 0.5, 0.5, 0.5, 2] * 8
    pitches = [60, 62, 64, 65, 67, 65, 64, 62, 64, 60]
    for i, length in enumerate(lengths):
        bpm = 90 + place / 4
        onset = round((seconds + draw.gauss(0, 0.008)) * 960)
        sounding = round(length * 60 / bpm * 960 * 0.9)
        notes.append(Note(onset, pitches[i % 10], sounding, 60 + i % 5))
        seconds += length * 60 / bpm
        place += length
    found = notate(Score((Part(tuple(notes)),)), 12)
    assert found.unclicked
    written = np.diff(found.score.note_array()[:, 0]) / QUARTER
    assert written.tolist() == lengths[:-1]
    assert np.abs(found.performance.parts[0][:, 3]).max() < QUARTER / 8
    tempos = found.performance.tempos[:, 1] / 10
    assert 87 < tempos.min() < 93
    assert 103 < tempos.max() < 109


def test_a_note_just_before_the_last_bar_line_is_the_first_of_the_next_bar() -> None:
    played = drums(1, bars=1).parts[0].notes
    early = Note(4 * QUARTER - 9, 49, 60, 100)
    score = Score((Part((*played, early), is_drum=True),), length=4 * QUARTER)
    kept = clean(Candidate(score, "kit", "a.mid"), CorpusOptions(performed=True))
    assert isinstance(kept, Candidate)
    assert kept.score.parts[0].notes[-1].onset == 4 * QUARTER


def test_parts_that_are_left_out_or_sorted_keep_their_own_manner() -> None:
    low = Part(tuple(Note(i * 480 + 3, 40, 400, 50) for i in range(16)))
    high = Part(tuple(Note(i * 480 + 9, 70, 400, 90) for i in range(16)))
    laid = Score((low, high))
    performance = Performance.of(laid, lambda ticks: ticks // 480 * 480, moved=True)
    vocabulary = Vocabulary(12)
    for parts, velocities in (((high, low), [90, 50]), ((high,), [90]), ((low,), [50])):
        events, _ = encode(Score(tuple(parts)), vocabulary)
        rows = manner_rows(performance, events, vocabulary)
        is_note = events.fields[:, TIME] < vocabulary.skip
        assert rows[is_note][: len(velocities), 0].tolist() == velocities
        assert set(rows[is_note, 1].tolist()) <= {3, 9}


def test_drums_are_one_piece_only_if_their_bars_are() -> None:
    starts = np.arange(9) * 48
    beat = np.array(
        [[bar * 48 + place, key] for bar in range(8) for place, key in ((0, 36), (24, 38))]
    )
    other = beat.copy()
    other[-1, 1] = 40
    one, two = sign_drums(beat, starts), sign_drums(other, starts)
    assert one.exact != two.exact
    assert len(one.grams) == 1  # the same four bars all through
    assert len(two.grams) == 2
    assert set(one.grams.tolist()) < set(two.grams.tolist())
    assert not len(sign_drums(beat[:4], starts[:3]).grams)


def test_fast_strokes_of_one_key_stay_apart_and_a_flam_is_one() -> None:
    """A quarter of sextuplets, one of 32nds, one with a flam, and one that is silent, over and over."""
    sextuplets = [i * 80 for i in range(6)]
    quick = [480 + i * 60 for i in range(8)]
    flam = [960, 985, 1200]
    notes = [
        Note(max(0, bar * 1920 + place + (-7 if i % 2 else 6)), SNARE, 30, 60)
        for bar in range(8)
        for i, place in enumerate((*sextuplets, *quick, *flam))
    ]
    found = notate(Score((Part(tuple(sorted(notes)), is_drum=True),)), 12)
    steps = [note.onset // 40 for note in found.score.parts[0].notes if 1920 <= note.onset < 3840]
    assert steps[:6] == [48, 50, 52, 54, 56, 58]
    assert len(steps) == 6 + 8 + 2
    fine = notate(Score((Part(tuple(sorted(notes)), is_drum=True),)), 24)
    steps = [note.onset // 20 for note in fine.score.parts[0].notes if 1920 <= note.onset < 3840]
    assert steps[6:14] == [96 + 24 + 3 * i for i in range(8)]


def test_a_file_of_few_ticks_is_written_on_the_grid() -> None:
    draw = random.Random(8)  # noqa: S311
    notes = tuple(Note(max(0, i * 5 + draw.randint(-1, 1)), 60 + i % 5, 4) for i in range(60))
    found = clean(
        Candidate(Score((Part(notes),), 5), "few", "a.mid"), CorpusOptions(performed=True)
    )
    assert isinstance(found, Candidate)


def test_what_begins_at_one_moment_is_no_piece() -> None:
    chord = Part(tuple(Note(0, pitch, 480) for pitch in range(40, 80)))
    found = clean(Candidate(Score((chord,)), "kit", "a.mid"), CorpusOptions(performed=True))
    assert not isinstance(found, Candidate)
    assert (found.reason, found.detail) == ("too short", "1 bars, 40 notes at 1 moments")


@pytest.mark.parametrize(
    ("onset", "duration", "end"),
    [
        (0, 360, 360),  # a dotted eighth is rhythm
        (0, 600, 480),  # five sixteenths are a quarter
        (0, 680, 720),
        (0, 1080, 960),  # nine are a half
        (0, 1900, 1920),
        (960, 1080, 1920),  # a little over the bar line
        (1680, 720, 2400),  # tied over it, as it is long
        (1800, 180, 1980),
    ],
)
def test_long_notes_end_where_those_of_a_writer_do(onset: int, duration: int, end: int) -> None:
    rows = np.array([[onset, duration, 60, 80]])
    assert _plain_ends(rows, np.array([0, 1920, 3840]), 480).tolist() == [end]


def test_no_note_is_held_until_its_key_is_struck_again() -> None:
    rows = np.array([[0, 680, 60, 80], [690, 400, 60, 80], [690, 400, 62, 80]])
    assert _plain_ends(rows, np.array([0, 1920, 3840]), 480).tolist() == [680, 1090, 1090]


def test_bars_of_one_beat_are_no_meter() -> None:
    """A waltz that begins a quarter behind the beats of a file in 1/4."""
    draw = random.Random(9)  # noqa: S311
    notes = []
    for bar in range(24):
        for beat, pitch in enumerate((43 + 5 * (bar % 2), 62, 62)):
            onset = 240 + (3 * bar + beat) * QUARTER + draw.randint(-12, 12)
            notes.append(Note(onset, pitch, 300, 90 if beat == 0 else 60))
        notes.append(Note(notes[-3].onset, 72 + bar % 5, 1300, 95))
    part = Part(tuple(sorted(notes)))
    for meter, found in (("1/4", True), ("3/4", False)):
        score = Score((part,), meters=(MeterChange(0, Meter.parse(meter)),))
        pulse = choose_pulse(score)
        assert (pulse is not None) is found
        if pulse is not None:
            assert pulse.meter.quarters == 3
            assert abs(float(pulse.ticks([0.0])[0]) - 240) < 40
