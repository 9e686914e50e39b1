"""What recorders and files do to sound: clipping, low rates, lossy formats."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from numpy.typing import NDArray

from symgen.audio.reading import RATE

__all__ = ["limit_rate", "lossy", "overdrive"]

Samples = NDArray[np.float32]

_FORMATS = (("MP3", "MPEG_LAYER_III"), ("OGG", "VORBIS"), ("OGG", "OPUS"))
_FORMAT_SHARES = (0.45, 0.45, 0.1)
_SEARCH = 2048


def overdrive(samples: Samples, rng: np.random.Generator) -> tuple[Samples, str]:
    """Record too loud a sound, bent softly (``"soft"``) or cut (``"hard"``); say which."""
    peak = float(np.abs(samples).max(initial=0.0))
    if peak <= 0:
        return samples, "soft"
    if rng.random() < 0.6:
        drive = np.float32(rng.uniform(1.5, 6.0) / peak)
        return np.tanh(samples * drive), "soft"
    limit = np.float32(peak * rng.uniform(0.15, 0.8))
    return np.clip(samples, -limit, limit), "hard"


def limit_rate(samples: Samples, rng: np.random.Generator) -> tuple[Samples, int]:
    """Send a sound through a lower rate and back; name the rate."""
    import soxr

    rate = int(rng.choice([8000, 11025, 12000], p=[0.6, 0.25, 0.15]))
    there = soxr.resample(samples, RATE, rate, quality=str(rng.choice(["HQ", "LQ"])))
    back = soxr.resample(there, rate, RATE, quality="HQ")
    return _fitted(back, len(samples)), rate


def _fitted(samples: Samples, count: int) -> Samples:
    fitted = np.zeros(count, dtype=np.float32)
    fitted[: min(count, len(samples))] = samples[:count]
    return fitted


def lossy(samples: Samples, rng: np.random.Generator) -> tuple[Samples, str]:
    """Write a sound in a lossy format and read it again; what the format delays is taken back.

    The name of the format is empty where this machine's library does not write it.
    """
    import soundfile

    kind, subtype = _FORMATS[int(rng.choice(len(_FORMATS), p=_FORMAT_SHARES))]
    level = float(rng.uniform(0.4, 0.95))
    peak = float(np.abs(samples).max(initial=0.0))
    if peak <= 0:
        return samples, subtype
    file = BytesIO()
    try:
        soundfile.write(
            file,
            samples * np.float32(0.7 / peak),
            RATE,
            format=kind,
            subtype=subtype,
            compression_level=level,
        )
        file.seek(0)
        heard, rate = soundfile.read(file, dtype="float32")
    except (soundfile.LibsndfileError, ValueError, TypeError):
        return samples, ""
    if rate != RATE or heard.ndim != 1:
        return samples, ""
    return _fitted(heard[_delay(samples, heard) :], len(samples)) * np.float32(peak / 0.7), subtype


def _delay(samples: Samples, heard: Samples) -> int:
    """Return by how many frames a sound comes later, 0 where that cannot be told."""
    center = int(np.argmax(np.abs(samples)))
    first = max(center - 4096, 0)
    piece = samples[first : first + 8192]
    other = np.zeros(len(piece) + _SEARCH, dtype=np.float32)
    part = heard[first : first + len(other)]
    other[: len(part)] = part
    size = 1 << (len(other) + len(piece)).bit_length()
    match = np.fft.irfft(np.fft.rfft(other, size) * np.conj(np.fft.rfft(piece, size)), size)[
        :_SEARCH
    ]
    return int(np.argmax(match))
