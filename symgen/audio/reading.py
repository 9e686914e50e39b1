"""Recordings: sound files and arrays of samples become mono sound at one rate, in flat memory."""

from __future__ import annotations

import stat
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from symgen.audio.decoding import BLOCK_SAMPLES, decoded, find_plain_wav
from symgen.system.errors import ControlError, FormatError
from symgen.system.files import PathLike, open_to_read, scratch_folder, write_atomic
from symgen.system.requirements import require
from symgen.system.resources import FOREIGN_SOUND, SOUND
from symgen.system.streams import read_stream, stream_name

__all__ = [
    "MOST_SECONDS",
    "RATE",
    "Recording",
    "is_recording",
    "read_audio",
    "read_open_audio",
    "read_samples",
    "resample",
]

Floats = NDArray[np.float32]

RATE = 16000
"""Samples a second of all recordings, once they are read."""
MOST_SECONDS = 1800.0
"""Of a recording that is read unless more are allowed."""

_RATES = (4_000, 384_000)
_MOST_CHANNELS = 32
_MOST_SAMPLES = 2**31
"""Of all channels of a file."""
_ABSURD = 1e6
_NONSENSE = 0.01
"""A larger share of samples that are no numbers, and the file holds no sound."""
_NEAR_FULL = 0.98
_CLIPPED = 0.002
"""Share of samples on plateaus near full scale above which a recording is told to be clipped."""
_CANCELS = 0.1
"""Channels cancel if their mix has less than this share of the power that it has where they are unlike each other."""

_OTHER_KINDS = (
    (0, b"MThd", "is a MIDI file, no recording; give it a name that ends in .mid"),
    (0, b"PK\x03\x04", "is an archive, no recording; unpack it, and name what was in it"),
    (
        4,
        b"ftyp",
        "is an AAC or MP4 recording, which is not read; convert it, such as with: ffmpeg -i IN.m4a OUT.wav",
    ),
    (
        0,
        b"\x1aE\xdf\xa3",
        "is a WebM or Matroska recording, which is not read; convert it to WAV, such as with ffmpeg",
    ),
    (0, b"#!AMR", "is an AMR recording, which is not read; convert it to WAV, such as with ffmpeg"),
    (
        0,
        b"0&\xb2u",
        "is a WMA recording, which is not read; convert it to WAV, such as with ffmpeg",
    ),
)
_HEADS = (
    (0, b"fLaC"),
    (0, b"OggS"),
    (0, b"ID3"),
    (8, b"WAVE"),
    (8, b"AIFF"),
    (8, b"AIFC"),
    (0, b"caff"),
)


@dataclass(frozen=True, eq=False)
class Recording:
    """Sound that can be listened to."""

    samples: Floats  # shape (samples,); Mono, without a constant part; full scale is 1
    rate: int  # samples a second
    notices: tuple[str, ...] = ()  # one line for each thing about it that is not as it should be
    name: str = "the recording"  # what messages call it

    @property
    def seconds(self) -> float:
        """Length."""
        return len(self.samples) / self.rate


def is_recording(path: PathLike) -> bool:
    """Tell whether a file is a recording: by its suffix, and where that says nothing by its first bytes."""
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix in SOUND or suffix in FOREIGN_SOUND:
        return True
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            head = file.read(16)
    except OSError:
        return False
    return any(head[place:].startswith(mark) for place, mark in _HEADS)


def read_audio(path: PathLike, *, seconds: float = MOST_SECONDS) -> Recording:
    """Read a recording."""
    # WAV, FLAC, OGG (Vorbis, Opus), MP3, AIFF, CAF, AU, W64, RF64, told apart by their content.
    #
    # WAV files of plain samples are read by this package alone, all others by libsndfile in a
    # process of its own.
    return _read_named(Path(path), str(path), seconds)


def read_open_audio(file: BinaryIO, *, seconds: float = MOST_SECONDS) -> Recording:
    """Read a recording from an open file, by way of one of our own, as another process may have to read it."""
    name = stream_name(file)
    with scratch_folder(tempfile.gettempdir()) as folder:
        copy = folder / "recording"
        write_atomic(copy, read_stream(file))
        return _read_named(copy, name, seconds)


def _read_named(path: Path, name: str, seconds: float) -> Recording:
    with _opened(path, name) as file:
        mixed = _mix(file, name, seconds)
        if mixed.cancels:
            mixed = _mix(file, name, seconds, only=mixed.loudest)
    return mixed.finish(name)


def read_samples(samples: Any, rate: float) -> Recording:
    """Take samples that are in memory for a recording."""
    # `samples`: shape (frames,) or (frames, channels), floating point of full scale 1, or whole
    # numbers of the full scale of their kind; `rate`: frames a second.
    array = np.asarray(samples)
    if array.ndim == 1:
        array = array[:, None]
    if array.dtype.kind not in "fiu" or array.ndim != 2:
        raise ControlError(
            f"audio of {array.dtype}, shape {np.shape(samples)}: pass numbers, (frames,) or (frames, channels)"
        )
    if array.shape[1] > _MOST_CHANNELS:
        raise ControlError(
            f"audio of shape {np.shape(samples)}: frames come first, then channels; pass audio.T"
        )
    if (
        isinstance(rate, bool)
        or not isinstance(rate, int | float | np.number)
        or not _RATES[0] <= rate <= _RATES[1]
    ):
        raise ControlError(
            f"rate {rate}: must be {_RATES[0]}..{_RATES[1]} frames a second, such as 44100"
        )

    def blocks() -> Iterator[Floats]:
        size = max(1, BLOCK_SAMPLES // max(1, array.shape[1]))
        for start in range(0, len(array), size):
            yield _to_floats(array[start : start + size])

    mixed = _Mix(float(rate), array.shape[1]).of(blocks())
    if mixed.cancels:
        mixed = _Mix(float(rate), array.shape[1], mixed.loudest).of(blocks())
    return mixed.finish("the audio")


def resample(samples: NDArray[Any], source: float, target: float) -> Floats:
    """Change the rate of sound."""
    # `samples` has shape (frames,) or (frames, channels); `source`, `target`: frames a second,
    # before and after.
    samples = np.ascontiguousarray(samples, dtype=np.float32)
    if source == target or not len(samples):
        return samples
    return np.asarray(require("soxr").resample(samples, source, target), dtype=np.float32)


@contextmanager
def _opened(path: Path, name: str) -> Iterator[BinaryIO]:
    """Open a regular file, and refuse what is seen to be none of sound."""
    with open_to_read(path) as file:
        if not stat.S_ISREG(path.stat().st_mode):
            raise FormatError(f"{name}: is no regular file; name another")
        head = file.read(16)
        if not head:
            raise FormatError(f"{name}: is empty; record or copy it again")
        for place, mark, text in _OTHER_KINDS:
            if head[place:].startswith(mark) and not (head[8:12] == b"WAVE"):
                raise FormatError(f"{name}: {text}")
        yield file


def _mix(file: BinaryIO, name: str, seconds: float, only: int | None = None) -> _Mix:
    """Read a file into a mix of its channels, or one of them."""
    plain = find_plain_wav(file, name)
    if plain is not None:
        _check(name, plain.rate, plain.channels, plain.frames, seconds)
        return _Mix(plain.rate, plain.channels, only).of(plain.blocks(file))
    with decoded(file, name) as sound:
        _check(name, sound.rate, sound.channels, sound.frames, seconds)
        within = _within(sound.blocks(), name, sound.rate, seconds)
        return _Mix(sound.rate, sound.channels, only).of(within)


def _check(name: str, rate: int, channels: int, frames: int, seconds: float) -> None:
    if not _RATES[0] <= rate <= _RATES[1]:
        raise FormatError(
            f"{name}: has {rate:,} samples a second, {_RATES[0]:,}..{_RATES[1]:,} can be read; convert it to 44,100"
        )
    if channels > _MOST_CHANNELS:
        raise FormatError(
            f"{name}: has {channels} channels, {_MOST_CHANNELS} can be read; export one of them"
        )
    if frames > seconds * rate:
        raise _too_long(name, frames / rate, seconds)
    if frames * channels > _MOST_SAMPLES:
        raise FormatError(
            f"{name}: holds {frames * channels:,} samples; export one channel of it, at 44,100 a second"
        )


def _within(blocks: Iterable[Floats], name: str, rate: int, seconds: float) -> Iterator[Floats]:
    """Hold a stream to the limits, whatever its header says."""
    done = 0
    for block in blocks:
        done += len(block)
        _check(name, rate, block.shape[1], done, seconds)
        yield block


def _too_long(name: str, found: float, most: float) -> FormatError:
    def clock(time: float) -> str:
        return f"{int(time) // 60}:{int(time) % 60:02d} minutes"

    return FormatError(
        f"{name}: lasts {clock(found)} or more, up to {clock(most)} are read; cut the recording, "
        "or allow more with --limit seconds=N"
    )


def _to_floats(block: NDArray[Any]) -> Floats:
    """Bring whole numbers to full scale 1."""
    if block.dtype.kind == "f":
        with np.errstate(over="ignore", invalid="ignore"):
            return block.astype(np.float32)
    info = np.iinfo(block.dtype)
    middle = (int(info.max) + 1) // 2 if block.dtype.kind == "u" else 0
    scale = middle or int(info.max) + 1
    return ((block.astype(np.float64) - middle) / scale).astype(np.float32)


class _Mix:
    """A stream of blocks, mixed to mono and brought to `RATE`, with what was noticed on the way."""

    def __init__(self, rate: float, channels: int, only: int | None = None) -> None:
        self._rate, self._channels, self._only = rate, channels, only
        self._stream = (
            None if rate == RATE else require("soxr").ResampleStream(rate, RATE, 1, dtype="float32")
        )
        self._pieces: list[Floats] = []
        self._sums, self._squares = np.zeros(channels + 1), np.zeros(channels + 1)
        self._frames = self._bad = self._flat = 0

    def of(self, blocks: Iterable[Floats]) -> _Mix:
        """Take up all blocks, each of shape (frames, channels)."""
        for block in blocks:
            with np.errstate(invalid="ignore"):
                sound = np.abs(block) < _ABSURD
            bad = int(sound.size - np.count_nonzero(sound))
            if bad:
                block, self._bad = np.where(sound, block, np.float32(0)), self._bad + bad
            self._frames += len(block)
            self._flat += _on_plateaus(block)
            mono = (
                block.mean(axis=1, dtype=np.float32) if self._only is None else block[:, self._only]
            )
            for i, column in enumerate((*block.T, mono)):
                self._sums[i] += column.sum(dtype=np.float64)
                self._squares[i] += np.square(column, dtype=np.float64).sum()
            self._add(np.ascontiguousarray(mono), last=False)
        self._add(np.zeros(0, dtype=np.float32), last=True)
        return self

    def _add(self, mono: Floats, *, last: bool) -> None:
        piece = mono if self._stream is None else self._stream.resample_chunk(mono, last=last)
        if len(piece):
            self._pieces.append(np.array(piece, dtype=np.float32))

    @property
    def _powers(self) -> NDArray[np.float64]:
        """Of each channel and of the mix, without its constant part."""
        count = max(1, self._frames)
        return np.maximum(0.0, self._squares / count - np.square(self._sums / count))

    @property
    def cancels(self) -> bool:
        """Whether the channels take each other away."""
        powers = self._powers
        return (
            self._only is None
            and self._channels > 1
            and bool(powers[-1] < _CANCELS * powers[:-1].sum() / self._channels**2)
        )

    @property
    def loudest(self) -> int:
        """The channel with the most power."""
        return int(np.argmax(self._powers[:-1]))

    def finish(self, name: str) -> Recording:
        """Return the sound."""
        if not self._frames:
            raise FormatError(f"{name}: holds no sound; record it again")
        if self._bad > _NONSENSE * self._frames * self._channels:
            raise FormatError(
                f"{name}: {self._bad:,} of its samples are no numbers; export it again"
            )
        samples = np.concatenate(self._pieces) if self._pieces else np.zeros(0, dtype=np.float32)
        samples -= np.float32(self._sums[-1] / self._frames)
        peak = float(np.abs(samples).max(initial=0.0))
        if peak > 1:
            samples /= np.float32(peak)
        return Recording(samples, RATE, tuple(self._notices()), name)

    def _notices(self) -> Iterator[str]:
        if self._bad:
            yield f"{self._bad:,} samples are no numbers; they were taken for silence"
        if self._only is not None:
            yield f"its channels cancel each other; channel {self._only + 1} alone was taken"
        if self._flat > _CLIPPED * self._frames * self._channels:
            yield "it is clipped, which can hide notes; record it again with less gain"


def _on_plateaus(block: Floats) -> int:
    """Count samples near full scale that are equal to both their neighbors: those of sound that was cut off."""
    same = block[1:] == block[:-1]
    return int(np.count_nonzero(same[1:] & same[:-1] & (np.abs(block[1:-1]) > _NEAR_FULL)))
