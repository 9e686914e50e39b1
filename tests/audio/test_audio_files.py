"""Writing a WAV: whatever fails, the old file stays as it was and nothing else is left."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from wavs import read_wav

from symgen.audio.writing import write_sound
from symgen.system.errors import FormatError, RenderError

resource = pytest.importorskip("resource")
RATE, SIZE, COUNT = 8000, 3200, 10
WAV_BYTES = 44 + 4 * SIZE * COUNT


def blocks(count: int = COUNT) -> Iterator[NDArray[np.float32]]:
    for i in range(count):
        tone = 0.3 * np.sin(2 * np.pi * 440 * np.arange(i * SIZE, (i + 1) * SIZE) / RATE)
        yield np.repeat(tone[:, None], 2, axis=1).astype(np.float32)


@contextmanager
def file_limit() -> Iterator[None]:
    """Put the limit on the size of files back at the end, whatever a test did to it."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def limit_files(size: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))


@pytest.fixture
def old(tmp_path: Path) -> Path:
    path = tmp_path / "a.wav"
    path.write_bytes(b"an old file")
    return path


def unharmed(old: Path) -> bool:
    return old.read_bytes() == b"an old file" and [
        entry.name for entry in old.parent.iterdir()
    ] == ["a.wav"]


def test_a_whole_file(old: Path) -> None:
    facts = write_sound(old, blocks(), RATE, source="a test")
    wav = read_wav(old)
    assert len(wav.samples) == facts.frames == SIZE * COUNT
    assert old.stat().st_size == WAV_BYTES
    assert [entry.name for entry in old.parent.iterdir()] == ["a.wav"]


@pytest.mark.parametrize("size", np.linspace(0, 8 * SIZE * COUNT - 1, 20).astype(int).tolist())
def test_no_room_for_the_draft(size: int, old: Path) -> None:
    """The unnamed draft holds 32-bit samples, twice the size of the WAV."""
    with file_limit():
        limit_files(size)
        with pytest.raises(FormatError) as caught:
            write_sound(old, blocks(), RATE, source="a test")
    assert len(str(caught.value).splitlines()) == 1
    assert "cannot be written (File too large)" in str(caught.value)
    assert unharmed(old)


@pytest.mark.parametrize("size", np.linspace(0, WAV_BYTES - 1, 20).astype(int).tolist())
def test_no_room_for_the_wav(size: int, old: Path) -> None:
    def then_full() -> Iterator[NDArray[np.float32]]:
        yield from blocks()
        limit_files(size)

    with file_limit(), pytest.raises(FormatError) as caught:
        write_sound(old, then_full(), RATE, source="a test")
    assert len(str(caught.value).splitlines()) == 1
    assert "cannot be written (File too large)" in str(caught.value)
    assert unharmed(old)


def test_just_room_enough(old: Path) -> None:
    with file_limit():
        limit_files(8 * SIZE * COUNT)
        write_sound(old, blocks(), RATE, source="a test")
    assert old.stat().st_size == WAV_BYTES


@pytest.mark.parametrize(
    "error", [RenderError("broken"), MemoryError(), KeyboardInterrupt(), OSError(5, "odd")]
)
@pytest.mark.parametrize("after", [0, 3])
def test_sound_that_breaks_off(error: BaseException, after: int, old: Path) -> None:
    def broken() -> Iterator[NDArray[np.float32]]:
        yield from blocks(after)
        raise error

    with pytest.raises(FormatError if isinstance(error, OSError) else type(error)):
        write_sound(old, broken(), RATE, source="a test")
    assert unharmed(old)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 3e38])
def test_values_that_no_music_has(value: float, old: Path) -> None:
    sound = [*blocks(2), np.full((SIZE, 2), value, dtype=np.float32)]
    with pytest.raises(RenderError, match="a test: gives no sound"):
        write_sound(old, sound, RATE, source="a test")
    assert unharmed(old)


@pytest.mark.parametrize("kind", ["nothing", "silence", "hum", "dither", "two values"])
def test_silence_and_dither(kind: str, old: Path) -> None:
    noise = np.random.default_rng(1).choice([-1.0, 0.0, 1.0], (SIZE, 2))
    square = np.repeat(np.array([[1.0, 1.0], [-1.0, -1.0]]), SIZE // 2, axis=0)
    sound = {"nothing": np.zeros((0, 2)), "silence": np.zeros((SIZE, 2)), "hum": np.full((SIZE, 2), 9e-6),
             "dither": noise * 2e-5, "two values": square * 0.1}[kind]  # fmt: skip
    with pytest.raises(RenderError, match="a test: gives no sound"):
        write_sound(old, [sound.astype(np.float32)], RATE, source="a test")
    assert unharmed(old)


def test_a_new_folder_is_made_and_goes_again_if_all_fails(tmp_path: Path) -> None:
    with pytest.raises(RenderError):
        write_sound(tmp_path / "new" / "deep" / "a.wav", [], RATE, source="a test")
    assert not list(tmp_path.iterdir())
    write_sound(tmp_path / "new" / "deep" / "a.wav", blocks(), RATE, source="a test")
    assert read_wav(tmp_path / "new" / "deep" / "a.wav").distinct > 100
