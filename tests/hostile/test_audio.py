"""Damaged recordings: each is read, or refused in one line that names it, in time; the decoder may break, we do not."""

from __future__ import annotations

import os
import random
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import soundfile
from tones import tone

from symgen.audio.reading import read_audio
from symgen.cli import main
from symgen.system.errors import FormatError

SECONDS = 5.0
"""Of work, that of the decoder too, for a file of a quarter of a second."""
SOUND = np.stack([tone(69, 0.25, rate=22050), tone(76, 0.25, rate=22050)], axis=1)
KINDS = {
    "wav": ("WAV", "PCM_16"), "24.wav": ("WAV", "PCM_24"), "float.wav": ("WAVEX", "FLOAT"),
    "adpcm.wav": ("WAV", "MS_ADPCM"),
    "flac": ("FLAC", "PCM_16"), "ogg": ("OGG", "VORBIS"), "mp3": ("MP3", "MPEG_LAYER_III"), "aiff": ("AIFF", "PCM_16"),
    "caf": ("CAF", "ALAC_16"),
}  # fmt: skip
PLAIN = ("wav", "24.wav", "float.wav")
"""Read by this package alone, without a process for each."""
NUMBERS = (
    b"\xff\xff\xff\xff",
    b"\xff\xff\xff\x7f",
    b"\0\0\0\x80",
    b"\0\0\0\0",
    b"\x7f\xff\xff\xff",
)


def sound_file(kind: str) -> bytes:
    buffer = BytesIO()
    form, subtype = KINDS[kind]
    soundfile.write(buffer, SOUND, 22050, format=form, subtype=subtype)
    return buffer.getvalue()


def mutant(data: bytes, draw: random.Random) -> bytes:
    """Change a file as disks, networks and enemies do; more often at its head than elsewhere."""
    made, reach = bytearray(data), 128 if draw.random() < 0.6 else len(data)

    def place() -> int:
        return draw.randrange(min(reach, len(made)))

    at, kind = place(), draw.randrange(7)
    if kind == 0:
        for _ in range(draw.choice((1, 1, 2, 8, 64))):
            made[place()] ^= 1 << draw.randrange(8)
    elif kind == 1:
        for _ in range(draw.choice((1, 4, 16))):
            made[place()] = draw.choice((0, 127, 128, 255))
    elif kind == 2:
        del made[draw.randrange(len(made)) :]
    elif kind == 3:
        made[at : at + 4] = draw.choice(NUMBERS)
    elif kind == 4:
        made[at:at] = made[place() :][: draw.choice((1, 4, 64, 1024))]
    elif kind == 5:
        del made[at : at + draw.choice((1, 2, 4, 64))]
    else:
        made[at : at + 99] = draw.randbytes(draw.randrange(1, 200))
    return bytes(made)


def cpu_seconds() -> float:
    """Work of this process and of those that it has started."""
    return sum(os.times()[:4])


def read_or_refused(path: Path) -> bool:
    """Read a file; hold what comes of it to the promises."""
    began, refusal, recording = cpu_seconds(), "", None
    try:
        recording = read_audio(path)
    except FormatError as error:
        refusal = str(error)
    assert cpu_seconds() - began < SECONDS
    if recording is None:
        assert "\n" not in refusal
        assert refusal.startswith(f"{path}: ")
        assert "; " in refusal, refusal
        return False
    assert recording.samples.dtype == np.float32
    assert np.isfinite(recording.samples).all()
    assert float(np.abs(recording.samples).max(initial=0)) <= 1.0
    assert recording.seconds < 30
    return True


@pytest.mark.parametrize(("kind", "count"), [(k, 60 if k in PLAIN else 3) for k in KINDS])
def test_mutants(kind: str, count: int, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    _try_mutants(kind, range(count), tmp_path)
    assert capfd.readouterr() == ("", "")


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
def test_300_mutants_of_each_kind(kind: str, tmp_path: Path) -> None:
    _try_mutants(kind, range(10_000, 10_300), tmp_path)


def _try_mutants(kind: str, seeds: range, folder: Path) -> None:
    data, path = sound_file(kind), folder / f"m.{kind}"
    path.write_bytes(data)
    assert read_or_refused(path)
    for seed in seeds:
        path.write_bytes(mutant(data, random.Random(f"{kind} {seed}")))  # noqa: S311
        read_or_refused(path)


def test_lying_headers_are_refused_before_memory_is_asked_for(tmp_path: Path) -> None:
    """Every field of a WAV header, at every extreme."""
    data = sound_file("wav")
    for place in range(16, 44, 2):
        for value in (b"\0\0", b"\xff\xff", b"\x01\0", b"\0\x80"):
            (tmp_path / "m.wav").write_bytes(data[:place] + value + data[place + 2 :])
            read_or_refused(tmp_path / "m.wav")


@pytest.mark.parametrize("name", ["cut.wav", "text.flac", "empty.mp3", "noise.ogg", "zip.wav"])
def test_through_the_command_line(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    data = {
        "cut.wav": sound_file("wav")[:4000],
        "text.flac": b"la la la\n" * 99,
        "empty.mp3": b"",
        "noise.ogg": sound_file("ogg")[:500] + os.urandom(500),
        "zip.wav": b"PK\3\4" + os.urandom(500),
    }[name]
    (tmp_path / name).write_bytes(data)
    monkeypatch.chdir(tmp_path)
    for command in ("transcribe", "continue", "info"):
        assert main([command, name]) == 3
        out, err = capfd.readouterr()
        (line,) = err.splitlines()
        assert line.startswith(f"symgen: {name}: ")
        assert out == ""
    assert [path.name for path in tmp_path.iterdir()] == [name]
