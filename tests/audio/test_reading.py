"""Recordings: every kind and depth gives the same sound, in flat memory, and damage is told in one line."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from tones import tone, write_sound

from symgen.audio.decoding import find_plain_wav
from symgen.audio.reading import (
    MOST_SECONDS,
    RATE,
    Recording,
    is_recording,
    read_audio,
    read_samples,
    resample,
)
from symgen.system.errors import ControlError, FormatError, MissingDependencyError

A4 = tone(69, 0.5, rate=44100)


def pitch_of(recording: Recording) -> float:
    """Strongest frequency."""
    spectrum = np.abs(np.fft.rfft(recording.samples * np.hanning(len(recording.samples))))
    return float(np.argmax(spectrum) * recording.rate / len(recording.samples))


def error(strict: float, one: NDArray[Any], other: NDArray[Any]) -> bool:
    return bool(np.abs(one[: len(other)] - other[: len(one)]).max() < strict)


# -- kinds -------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "subtype", "near"), [
    ("WAV", "PCM_U8", 0.02), ("WAV", "PCM_16", 1e-3), ("WAV", "PCM_24", 1e-5), ("WAV", "PCM_32", 1e-5),
    ("WAV", "FLOAT", 1e-5), ("WAV", "DOUBLE", 1e-5), ("WAVEX", "PCM_24", 1e-5), ("WAV", "MS_ADPCM", 0.03),
    ("FLAC", "PCM_16", 1e-3), ("FLAC", "PCM_24", 1e-5), ("AIFF", "PCM_24", 1e-5), ("CAF", "ALAC_16", 1e-3),
    ("AU", "PCM_16", 1e-3), ("W64", "PCM_16", 1e-3), ("RF64", "PCM_16", 1e-3), ("OGG", "VORBIS", 0.05),
    ("MP3", "MPEG_LAYER_III", 0.1),
])  # fmt: skip
def test_every_kind_gives_the_same_sound(
    kind: str, subtype: str, near: float, tmp_path: Path
) -> None:
    path = tmp_path / "a.sound"
    soundfile.write(path, np.stack([A4, A4], axis=1), 44100, format=kind, subtype=subtype)
    recording = read_audio(path)
    assert recording.rate == RATE
    assert recording.seconds == pytest.approx(0.5, abs=0.06)
    assert recording.notices == ()
    assert pitch_of(recording) == pytest.approx(440, abs=3)
    if kind != "MP3":  # MP3 begins with silence of its own
        assert error(near, recording.samples, resample(A4, 44100, RATE))


def test_opus(tmp_path: Path) -> None:
    path = tmp_path / "a.opus"
    soundfile.write(path, tone(69, 0.5, rate=48000), 48000, format="OGG", subtype="OPUS")
    assert pitch_of(read_audio(path)) == pytest.approx(440, abs=3)


@pytest.mark.parametrize("rate", [4000, 8000, 11025, 16000, 22050, 48000, 96000, 192000, 384000])
def test_every_rate(rate: int, tmp_path: Path) -> None:
    recording = read_audio(write_sound(tmp_path / "a.wav", tone(69, 0.5, rate=rate), rate))
    assert recording.seconds == pytest.approx(0.5, abs=1e-3)
    assert pitch_of(recording) == pytest.approx(440, abs=3)


@pytest.mark.parametrize("rate", [100, 3999, 384001, 3_000_000])
def test_rates_that_no_recording_has(rate: int, tmp_path: Path) -> None:
    with pytest.raises(
        FormatError,
        match=r"a\.wav: has [\d,]+ samples a second, 4,000\.\.384,000 can be read; convert",
    ):
        read_audio(write_sound(tmp_path / "a.wav", np.zeros(200), rate))


def test_blocks_make_no_difference(tmp_path: Path) -> None:
    """A file of several blocks is the same as its samples at once; no click at the seams."""
    long = tone(57, 15, rate=44100)
    whole = resample(long, 44100, RATE)
    found = read_audio(
        write_sound(tmp_path / "a.wav", np.stack([long, long], axis=1), 44100, "FLOAT")
    )
    assert len(found.samples) == pytest.approx(len(whole), abs=2)
    assert error(2e-4, found.samples, whole - whole.mean())


def test_the_content_tells_the_kind_not_the_suffix(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", A4, 44100, format="FLAC")
    assert pitch_of(read_audio(tmp_path / "a.wav")) == pytest.approx(440, abs=3)


def test_which_files_are_recordings(tmp_path: Path) -> None:
    for name in ("a.wav", "a.FLAC", "gone.mp3", "a.opus", "a.m4a"):
        assert is_recording(tmp_path / name)
    for name in ("a.mid", "gone", "a.xml", "."):
        assert not is_recording(tmp_path / name)
    soundfile.write(tmp_path / "take one", A4, 44100, format="OGG", subtype="VORBIS")
    assert is_recording(tmp_path / "take one")
    (tmp_path / "text").write_text("RIFF raff")
    assert not is_recording(tmp_path / "text")


# -- channels and levels -----------------------------------------------------------------


def test_channels_are_mixed_and_do_not_cancel() -> None:
    other = tone(76, 0.5, rate=44100)
    mixed = read_samples(np.stack([A4, other, other], axis=1), 44100)
    assert error(1e-5, mixed.samples, resample((A4 + 2 * other) / 3, 44100, RATE))
    for second in (-A4, -0.9 * A4, -1.1 * A4):
        against = read_samples(np.stack([A4, second], axis=1), 44100)
        assert any("cancel each other" in notice for notice in against.notices)
        assert float(np.abs(against.samples).max()) == pytest.approx(
            max(A4.max(), np.abs(second).max()), abs=0.01
        )
    offset = read_samples(np.stack([A4 + 0.3, 0.3 - A4], axis=1), 44100)
    assert any("channel" in notice for notice in offset.notices)
    alone = read_samples(np.stack([A4, 0 * A4], axis=1), 44100)
    assert alone.notices == ()
    assert pitch_of(alone) == pytest.approx(440, abs=3)


def test_channels_of_a_file_that_cancel(tmp_path: Path) -> None:
    for name in ("a.wav", "a.flac"):
        recording = read_audio(
            write_sound(tmp_path / name, np.stack([0.5 * A4, -A4], axis=1)[:, ::-1], 44100)
        )
        assert recording.notices == ()  # half as loud: they do not cancel
        recording = read_audio(
            write_sound(tmp_path / name, np.stack([-0.9 * A4, A4], axis=1), 44100)
        )
        assert recording.notices == ("its channels cancel each other; channel 2 alone was taken",)
        assert pitch_of(recording) == pytest.approx(440, abs=3)


def test_a_constant_part_goes_away() -> None:
    recording = read_samples(A4 + 0.4, 44100)
    assert abs(float(recording.samples.mean())) < 1e-3


@pytest.mark.parametrize(("kind", "scale", "middle"), [
    ("int16", 2**15, 0), ("int32", 2**31, 0), ("uint8", 2**7, 2**7), ("int8", 2**7, 0), ("float64", 1, 0),
    ("float16", 1, 0),
])  # fmt: skip
def test_arrays_of_every_kind(kind: str, scale: int, middle: int) -> None:
    low, high = (0 if middle else -scale), (1.0 if scale == 1 else scale * (2 if middle else 1) - 1)
    samples = np.clip(A4.astype(np.float64) * scale + middle, low, high).astype(kind)
    recording = read_samples(samples, 44100)
    assert error(0.02 if scale == 128 else 1e-3, recording.samples, resample(A4, 44100, RATE))


def test_values_that_are_no_numbers_are_silence_and_told() -> None:
    broken = A4.copy()
    broken[[5, 900, 901]] = [np.nan, np.inf, -1e30]
    recording = read_samples(broken, 44100)
    assert recording.notices == ("3 samples are no numbers; they were taken for silence",)
    assert np.isfinite(recording.samples).all()
    with pytest.raises(
        FormatError, match=r"the audio: 22,050 of its samples are no numbers; export it again"
    ):
        read_samples(np.full(22050, np.nan), 44100)


def test_loud_floats_are_brought_to_full_scale() -> None:
    assert float(np.abs(read_samples(A4 * 20000, 44100).samples).max()) == pytest.approx(
        1, abs=1e-3
    )


def test_clipping_is_told_and_full_scale_is_not() -> None:
    clipped = read_samples(np.clip(A4 * 12, -1, 1), 44100)
    assert clipped.notices == (
        "it is clipped, which can hide notes; record it again with less gain",
    )
    assert read_samples(A4 / np.abs(A4).max(), 44100).notices == ()
    whole = np.clip(np.rint(A4 * 12 * 32767), -32768, 32767).astype(np.int16)
    assert len(read_samples(whole, 44100).notices) == 1


@pytest.mark.parametrize(("samples", "rate", "words"), [
    (["a"], 44100, "pass numbers"), (np.zeros((2, 2, 2)), 44100, "shape"), (np.zeros((2, 1000)), 44100, "pass audio.T"),
    (np.zeros(100), 0, "rate 0: must be"), (np.zeros(100), np.nan, "rate nan"), (np.zeros(100), "x", "rate x"),
    (np.zeros(9, dtype=complex), 44100, "complex"), (3.0, 44100, "shape"),
])  # fmt: skip
def test_arrays_that_are_no_sound(samples: Any, rate: Any, words: str) -> None:
    with pytest.raises(ControlError, match=words):
        read_samples(samples, rate)


def test_an_empty_array() -> None:
    with pytest.raises(FormatError, match="the audio: holds no sound; record it again"):
        read_samples(np.zeros(0), 44100)


# -- damage and limits -------------------------------------------------------------------

WAV, FLAC = BytesIO(), BytesIO()
soundfile.write(WAV, A4, 44100, format="WAV")
soundfile.write(FLAC, A4, 44100, format="FLAC")


@pytest.mark.parametrize(("name", "data", "words"), [
    ("empty.wav", b"", "is empty; record or copy it again"),
    ("text.wav", b"la la la " * 20, "is no recording of a kind that is read; export"),
    ("midi.wav", b"MThd\0\0\0\6\0\0\0\1\0\x60", r"is a MIDI file, no recording; give it a name that ends in \.mid"),
    ("archive.flac", b"PK\3\4" + bytes(99), "is an archive, no recording; unpack it"),
    ("phone.m4a", b"\0\0\0\x20ftypM4A " + bytes(99), r"is an AAC or MP4 recording, .* ffmpeg"),
    ("head.wav", WAV.getvalue()[:30], "is a damaged WAV file, its header leads to no sound; record"),
    ("no-data.wav", WAV.getvalue()[:36], "is a damaged WAV file"),
    ("cut.wav", WAV.getvalue()[:20000], "breaks off, 45% of its sound is there; record or copy it again"),
    ("cut.flac", FLAC.getvalue()[:9000], "; export or copy it again as WAV or FLAC"),
    ("head.flac", FLAC.getvalue()[:40], "; export or copy it again as WAV or FLAC"),
    ("zeros.mp3", bytes(5000), "is no recording of a kind that is read"),
])  # fmt: skip
def test_damage_is_told_in_one_line(name: str, data: bytes, words: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(FormatError, match=words) as caught:
        read_audio(tmp_path / name)
    assert str(caught.value).startswith(str(tmp_path / name))
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(os.name != "posix", reason="needs pipes of POSIX")
def test_what_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    (tmp_path / "folder.wav").mkdir()
    for name, words in (("pipe.wav", "is no regular file"), ("folder.wav", "is a folder"), ("gone.wav", "no such file"),
                        (f"{'x' * 300}.wav", "cannot be read")):  # fmt: skip
        with pytest.raises(FormatError, match=words):
            read_audio(tmp_path / name)


@pytest.mark.parametrize("riff", [0, 0xFFFFFFFF])
@pytest.mark.parametrize("size", [0, 0x7FFFFFFF, 0xFFFFFFFF])
def test_a_header_that_was_never_completed(riff: int, size: int, tmp_path: Path) -> None:
    """Programs that write into a pipe, or were killed, leave such headers; the sound is there."""
    data = bytearray(WAV.getvalue())
    data[4:8], data[40:44] = struct.pack("<I", riff), struct.pack("<I", size)
    (tmp_path / "a.wav").write_bytes(data)
    assert read_audio(tmp_path / "a.wav").seconds == pytest.approx(0.5, abs=0.01)


def test_other_chunks_are_passed_over(tmp_path: Path) -> None:
    data = WAV.getvalue()
    odd = (
        data[:12]
        + b"LIST\5\0\0\0INFOx\0"
        + data[12:36]
        + b"bext\2\0\0\0ab"
        + data[36:]
        + b"id3 \4\0\0\0abcd"
    )
    (tmp_path / "a.wav").write_bytes(odd)
    assert error(
        1e-6,
        read_audio(tmp_path / "a.wav").samples,
        read_samples(soundfile.read(BytesIO(data))[0], 44100).samples,
    )
    with (
        BytesIO(b"RIFF\0\0\0\0WAVE" + b"junk\0\0\0\0" * 50_000) as many,
        pytest.raises(FormatError, match="damaged"),
    ):
        find_plain_wav(many, "a.wav")


def test_what_is_too_long_is_refused_before_it_is_read(tmp_path: Path) -> None:
    for name in ("a.wav", "a.flac"):
        path = write_sound(tmp_path / name, np.zeros(4000 * 70, dtype=np.int16), 4000)
        with pytest.raises(
            FormatError,
            match=r"lasts 1:10 minutes or more, up to 1:00 minutes .* --limit seconds=N",
        ):
            read_audio(path, seconds=60)
        assert read_audio(path, seconds=70).seconds == 70
    with pytest.raises(FormatError, match="up to 30:00 minutes"):
        read_audio(write_sound(tmp_path / "b.flac", np.zeros(4000 * 1801, dtype=np.int16), 4000))
    assert MOST_SECONDS == 1800


def test_a_huge_file_that_says_so_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    with path.open("wb") as file:  # a hole of 4 GB
        file.write(WAV.getvalue()[:44])
        file.seek(40)
        file.write(struct.pack("<I", 2**32 - 100))
        file.truncate(2**32)
    with pytest.raises(FormatError, match="up to 30:00 minutes are read"):
        read_audio(path)


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of memory as Linux gives it")
def test_memory_does_not_grow_with_what_is_thrown_away(tmp_path: Path) -> None:
    """A minute of 96 kHz in eight channels is 184 MB as floats; 4 MB remain."""
    path = tmp_path / "a.wav"
    frames = 96000 * 60
    with path.open("wb") as file:
        file.write(struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + 16 * frames, b"WAVE", b"fmt ", 16, 1, 8, 96000,
                               96000 * 16, 16, 16, b"data", 16 * frames))  # fmt: skip
        file.truncate(44 + 16 * frames)
    code = (
        "import resource, sys; from symgen.audio.reading import read_audio\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "assert read_audio(sys.argv[1]).seconds == 60\n"
        "print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 60


# -- libraries that are missing or break -------------------------------------------------


def test_plain_wav_needs_no_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_sound(tmp_path / "a.wav", tone(69, 0.5))
    monkeypatch.setitem(sys.modules, "soundfile", None)
    monkeypatch.setitem(sys.modules, "soxr", None)
    assert read_audio(path).seconds == 0.5
    with pytest.raises(MissingDependencyError, match="pip install soxr"):
        read_samples(A4, 44100)


def test_a_missing_decoder_has_a_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_sound(tmp_path / "a.flac", A4, 44100)
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "soundfile.py").write_text("raise ImportError('not here')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "modules"))
    with pytest.raises(
        MissingDependencyError, match=r"\(not here\); pip install soundfile, or convert .* to WAV"
    ):
        read_audio(path)


@pytest.mark.parametrize(("code", "words"), [
    ("import os; os._exit(9)", "the decoder broke down over it"),
    ("import os; os.kill(os.getpid(), 11)", "the decoder broke down over it"),
    ("import os; os.write(2, b'noise'); os.write(1, b'noise'); os._exit(0)", "the decoder broke down over it"),
    ("bytearray(2**31)", "the library that reads such recordings is missing \\(no memory\\)"),
])  # fmt: skip
def test_a_decoder_that_goes_wrong(
    code: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_sound(tmp_path / "a.flac", A4, 44100)
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "soundfile.py").write_text(code)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "modules"))
    with pytest.raises((FormatError, MissingDependencyError), match=words) as caught:
        read_audio(path)
    assert "\n" not in str(caught.value)


def test_a_decoder_that_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_sound(tmp_path / "a.flac", A4, 44100)
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "soundfile.py").write_text("import time; time.sleep(60)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "modules"))
    monkeypatch.setattr("symgen.audio.decoding._PATIENCE", 0.5)
    with pytest.raises(FormatError, match="the decoder gave no sound in time over it"):
        read_audio(path)
