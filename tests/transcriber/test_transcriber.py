"""Writing down a recording: what is asked holds, what is heard is told, and nothing is made of silence."""

from __future__ import annotations

from io import BytesIO
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from small import tune as small_tune
from tones import SCALE, hears, melody, rows_of, tone, write_sound

import symgen
from symgen.audio.reading import Recording, read_samples
from symgen.music.meter import Meter
from symgen.music.theory import Key
from symgen.nets.network import find_network
from symgen.system.errors import CheckpointError, ControlError, FormatError
from symgen.transcriber.checkpoint import TRANSCRIBER
from symgen.transcriber.transcribe import Transcription, TranscriptionOptions, listen, transcribe

ROWS = rows_of(SCALE)
SOUND = melody(SCALE)


def heard_scale(patch: pytest.MonkeyPatch, **more: Any) -> None:
    hears(patch, ROWS, **more)


# -- what comes in -----------------------------------------------------------------------


def test_arrays_files_and_recordings_give_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = hears(monkeypatch, ROWS)
    path = write_sound(tmp_path / "scale.wav", SOUND, subtype="FLOAT")
    sources = (path, str(path), read_samples(SOUND, 16000))
    scores = [
        transcribe(SOUND, 16000, tempo=120),
        *(transcribe(source, tempo=120) for source in sources),
    ]
    with path.open("rb") as file:
        scores.append(transcribe(file, tempo=120))
    scores.append(transcribe(BytesIO(path.read_bytes()), tempo=120))
    scores.append(symgen.transcribe(np.stack([SOUND, SOUND], axis=1), 16000, tempo=120))
    assert all(score == scores[0] for score in scores)
    assert all(np.allclose(samples, given[0], atol=1e-6) for samples in given)
    assert [note.pitch for note in scores[0].parts[0].notes] == [60, 62, 64, 65, 67, 69, 71, 72]


def test_the_rate_belongs_to_arrays(tmp_path: Path) -> None:
    with pytest.raises(
        ControlError, match="rate: how many frames a second an array has must be told"
    ):
        transcribe(SOUND)
    with pytest.raises(ControlError, match="rate: is for arrays of samples"):
        transcribe(tmp_path / "a.wav", 44100)


# -- what is asked for -------------------------------------------------------------------


def test_tempo_meter_key_and_instrument_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    heard_scale(monkeypatch)
    found = listen(SOUND, 16000, tempo=120, meter="4/4", key="A minor", instrument="flute")
    score = found.score
    assert score.tempos[0].bpm == pytest.approx(120, rel=0.02)
    assert found.meter == Meter(4, 4)
    assert found.key == Key.parse("A minor")
    assert [(change.tick, change.sharps, change.minor) for change in score.keys] == [(0, 0, True)]
    assert score.parts[0].program == 73
    assert found.tempo_confidence == 1
    onsets = [note.onset / score.resolution for note in score.parts[0].notes]
    assert np.diff(onsets).tolist() == [1.0] * 7
    half = listen(SOUND, 16000, tempo=60)
    assert half.tempo == pytest.approx(60, rel=0.02)


def test_all_is_found_that_is_not_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    heard_scale(monkeypatch, tuning=3.0)
    found = listen(SOUND, 16000)
    assert found.key == Key.parse("C major")
    assert 20 <= found.tempo <= 400
    assert 0 <= found.tempo_confidence <= 1
    assert found.seconds == pytest.approx(4)
    assert found.rows.shape == (8, 4)
    assert found.bar_lines[0] <= found.rows[-1, 0]
    assert np.all(np.diff(found.bar_lines) > 0)


def test_notes_stay_where_they_were_played(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = ROWS.copy()
    rows[3, :2] += 0.031
    hears(monkeypatch, rows)
    score = transcribe(SOUND, 16000, quantize=False, meter="3/4")
    assert {bar.meter for bar in score.bars} == {Meter(3, 4)}
    first = score.seconds(score.parts[0].notes[0].onset)
    times = [score.seconds(note.onset) - first for note in score.parts[0].notes]
    assert times == pytest.approx((rows[:, 0] - rows[0, 0]).tolist(), abs=0.003)


@pytest.mark.parametrize(("asked", "words"), [
    ({"tempo": 0}, r"tempo 0: must be 20\.\.400"), ({"tempo": float("nan")}, "tempo nan"), ({"tempo": "x"}, "tempo x"),
    ({"tempo": 900}, "tempo 900"), ({"meter": "5"}, "meter '5'"), ({"key": "H"}, "key 'H'"),
    ({"grid": 7}, "grid 7"), ({"grid": "x"}, "grid 'x'"),
    ({"count_in": 1}, r"count-in 1: must be 2\.\.16"), ({"count_in": -1}, "count-in -1"),
    ({"count_in": 2.5}, "count-in 2.5"), ({"instrument": "kazoophone"}, "kazoophone"),
])  # fmt: skip
def test_values_that_make_no_sense(asked: dict[str, Any], words: str) -> None:
    with pytest.raises(ControlError, match=words):
        transcribe(SOUND, 16000, **asked)


def test_every_grid_is_possible(monkeypatch: pytest.MonkeyPatch) -> None:
    heard_scale(monkeypatch)
    for grid, part in ((4, 4), (8, 8), (16, 16), (32, 32), ("1/16", 16), ("1/8t", 8)):
        score = transcribe(SOUND, 16000, tempo=120, grid=grid)
        step = score.resolution * 4 // part
        assert all(note.onset % step == 0 for note in score.parts[0].notes)
    assert TranscriptionOptions(grid=8).grid == 8


def clicks(times: list[float], seconds: float) -> NDArray[np.float32]:
    sound = np.zeros(round(seconds * 16000), dtype=np.float32)
    for time in times:
        at = np.arange(240)
        start = round(time * 16000)
        sound[start : start + 240] = 0.9 * np.exp(-at / 40) * np.sin(2 * np.pi * 2000 * at / 16000)
    return sound


def test_a_count_in_gives_tempo_and_bar_line(monkeypatch: pytest.MonkeyPatch) -> None:
    notes = [(60, 0.6), (64, 0.6), (67, 0.6), (72, 0.6)] * 2
    rows = rows_of(notes, lead=2.8)
    given = hears(monkeypatch, rows)
    counted = [0.4, 1.0, 1.6, 2.2]
    sound = melody(notes, lead=2.8) + clicks(counted, 7.6)
    found = listen(sound, 16000, count_in=4)
    assert found.tempo == pytest.approx(100, rel=0.02)
    assert found.tempo_confidence == 1
    assert not found.has_pickup
    assert found.score.parts[0].notes[0].onset == 0
    assert not given[0][: round(2.25 * 16000)].any()  # clicks are taken for no notes
    dotted = listen(sound, 16000, count_in=4, meter="6/8")
    assert dotted.tempo == pytest.approx(150, rel=0.02)
    with pytest.raises(FormatError, match=r"the audio: no count-in: .* even clicks"):
        listen(np.concatenate([clicks([0.4, 1.0], 1.6), tone(60, 2)]), 16000, count_in=4)


# -- what is refused, and told -----------------------------------------------------------


@pytest.mark.parametrize(("samples", "words"), [
    (np.zeros(16000), "the audio: is silent; check the microphone and its gain, and record again"),
    (np.full(16000, 0.5), "the audio: is silent"),
    (np.random.default_rng(0).standard_normal(16000) * 2e-5, "is silent"),
    (tone(69, 0.05), r"the audio: lasts 0\.05 s, too short for a note; record 0\.1 s or more"),
])  # fmt: skip
def test_nothing_is_made_of_silence(
    samples: NDArray[Any], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hears(monkeypatch, ROWS)
    with pytest.raises(FormatError, match=words):
        transcribe(samples, 16000)


def test_no_melody(monkeypatch: pytest.MonkeyPatch) -> None:
    hears(monkeypatch, np.zeros((0, 4)))
    with pytest.raises(
        FormatError,
        match="no melody was found; sing or play closer to the microphone, one note at a time",
    ):
        transcribe(SOUND, 16000)


def test_notes_that_are_left_out_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    graces = np.array([[1.5 + 0.03 * i, 1.53 + 0.03 * i, 80.0 + i, 0.5] for i in range(1, 4)])
    rows = np.concatenate([ROWS[:4], graces, ROWS[4:]])
    rows[3, 1] = rows[4, 0]
    hears(monkeypatch, rows)
    found = listen(SOUND, 16000, tempo=120, grid=4)
    left_out = 11 - found.score.note_count
    assert left_out > 0
    assert any(
        notice.startswith(f"{left_out} of 11 notes have no place on the grid")
        for notice in found.notices
    )


def test_pitches_as_they_sounded(monkeypatch: pytest.MonkeyPatch) -> None:
    hears(monkeypatch, ROWS)
    found = listen(SOUND, 16000, tempo=120)
    assert found.pitches.shape == (len(ROWS),)
    np.testing.assert_allclose(found.pitches, found.rows[:, 2] + found.tuning / 100, atol=0.51)


def test_one_note(monkeypatch: pytest.MonkeyPatch) -> None:
    hears(monkeypatch, ROWS[:1])
    found = listen(SOUND, 16000)
    assert found.score.note_count == 1
    assert found.tempo_confidence == 0
    assert any("--tempo N" in notice for notice in found.notices)


def test_what_may_be_wrong_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    heard_scale(monkeypatch, tuning=-31.0, crowded=0.6)
    clipped = Recording(SOUND, 16000, ("it is clipped",), "hum.wav")
    notices = listen(clipped, tempo=120).notices
    assert notices == (
        "it is clipped",
        "several notes sound at once; transcription is monophonic, the top line was taken",
        "it is tuned 31 cents below A440, which was taken off before pitches were rounded",
    )
    heard_scale(monkeypatch)
    assert listen(SOUND, 16000, tempo=120).notices == ()
    short = ROWS.copy()
    short[:, 1] = short[:, 0] + 0.07
    hears(monkeypatch, short, clarity=0.8)
    assert listen(SOUND, 16000, tempo=120).score.note_count == len(short)
    hears(monkeypatch, short, clarity=0.2)
    with pytest.raises(FormatError, match="as in speech"):
        listen(SOUND, 16000, tempo=120)


# -- the network -------------------------------------------------------------------------


def test_networks_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(
        CheckpointError,
        match=r"nosuch: holds no transcriber; name a folder that .*train-transcriber",
    ):
        find_network(TRANSCRIBER, "nosuch")
    with pytest.raises(CheckpointError, match="holds no transcriber"):
        listen(SOUND, 16000, model=tmp_path)
    with pytest.raises(CheckpointError, match="holds no transcriber"):
        find_network(TRANSCRIBER, "x" * 300)


def pitches(found: Transcription) -> list[int]:
    """Pitches, a repeated one once: whether a plain tone begins anew is nothing to insist on."""
    return [round(pitch) for pitch, _ in groupby(found.rows[:, 2].tolist())]


@pytest.mark.parametrize(
    ("rate", "level", "cents"), [(16000, 0.3, 0), (44100, 0.003, 0), (8000, 0.3, 30)]
)
def test_the_network_that_comes_along_hears_a_scale(rate: int, level: float, cents: int) -> None:
    found = listen(
        melody([(pitch + cents / 100, time) for pitch, time in SCALE], rate=rate, level=level), rate
    )
    assert pitches(found) == [60, 62, 64, 65, 67, 69, 71, 72]
    assert found.tuning == pytest.approx(cents, abs=8)
    assert any("cents above A440" in notice for notice in found.notices) == (cents > 15)
    assert found.key == Key.parse("C major")
    starts = {round(time, 1) for time in found.rows[:, 0].tolist()}
    assert {0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5} <= starts


@pytest.mark.parametrize("fall", [0, 1, 2])
def test_nothing_is_made_of_noise(fall: int) -> None:
    spectrum = np.fft.rfft(np.random.default_rng(fall).standard_normal(3 * 16000))
    noise = np.fft.irfft(spectrum / np.maximum(np.arange(len(spectrum)), 60) ** (fall / 2))
    with pytest.raises(FormatError, match="no melody was found"):
        transcribe(0.3 * noise / np.abs(noise).max(), 16000)


def test_the_bytes_of_a_recording_are_heard_as_its_file(tmp_path: Path) -> None:
    small_tune("C4 D4 E4 F4", resolution=480).render(tmp_path / "a.wav")
    data = (tmp_path / "a.wav").read_bytes()
    assert transcribe(data) == transcribe(tmp_path / "a.wav") == transcribe(bytearray(data))
