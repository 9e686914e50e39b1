"""Sound for tests: plain tones, and a transcriber that is told what it hears."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def tone(pitch: float, seconds: float, *, rate: int = 16000, level: float = 0.3) -> Floats:
    """A note of six harmonics with a soft start and end."""
    at = np.arange(round(seconds * rate)) / rate
    frequency = 440.0 * 2 ** ((pitch - 69) / 12)
    sound = sum(
        0.6**k * np.sin(2 * np.pi * frequency * (k + 1) * at)
        for k in range(6)
        if frequency * (k + 1) < rate / 2
    )
    edge = np.minimum(1.0, np.minimum(at, seconds - at) / min(0.02, seconds / 4))
    return (level * 0.5 * sound * edge).astype(np.float32)


def melody(
    notes: Sequence[tuple[float, float]],
    *,
    rate: int = 16000,
    level: float = 0.3,
    lead: float = 0.0,
) -> Floats:
    """Tones one after the other: pitch (0 for a rest) and seconds of each, with a short breath between them."""
    parts = [np.zeros(round(lead * rate), dtype=np.float32)]
    for pitch, seconds in notes:
        sung = (
            tone(pitch, 0.92 * seconds, rate=rate, level=level)
            if pitch
            else np.zeros(0, dtype=np.float32)
        )
        parts += [sung, np.zeros(round(seconds * rate) - len(sung), dtype=np.float32)]
    return np.concatenate(parts)


SCALE = [(pitch, 0.5) for pitch in (60, 62, 64, 65, 67, 69, 71, 72)]
"""Two bars of quarters at 120."""


def write_sound(
    path: Path | str, samples: NDArray[Any], rate: int = 16000, subtype: str | None = None
) -> Path:
    """Write a sound file of the kind that its suffix says."""
    import soundfile

    soundfile.write(str(path), samples, rate, subtype=subtype)
    return Path(path)


def rows_of(notes: Sequence[tuple[float, float]], *, lead: float = 0.0) -> NDArray[np.float64]:
    """The note rows of `melody`."""
    rows, time = [], lead
    for pitch, seconds in notes:
        if pitch:
            rows.append([time, time + 0.92 * seconds, float(pitch), 0.7])
        time += seconds
    return np.array(rows, dtype=np.float64).reshape(-1, 4)


def hears(patch: pytest.MonkeyPatch, rows: NDArray[np.float64], **more: float) -> list[Floats]:
    """Let the transcriber hear these notes, whatever sounds; return the list that gets what it was given."""
    from symgen.transcriber import notes
    from symgen.transcriber.notes import DetectedNotes

    given: list[Floats] = []
    facts: dict[str, Any] = {"tuning": 0.0, "crowded": 0.0, "clarity": 0.9} | more

    def hear(samples: Floats, net: Any) -> DetectedNotes:
        given.append(samples)
        return DetectedNotes(rows=rows, pitches=np.rint(rows[:, 2]).astype(np.int64), **facts)

    patch.setattr(notes, "detect_notes", hear)
    patch.setattr("symgen.transcriber.transcribe.find_network", lambda _, name: Path(name))
    patch.setattr("symgen.transcriber.transcribe._load_transcriber", lambda folder: None)
    return given
