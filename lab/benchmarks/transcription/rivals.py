"""basic-pitch and pYIN, in a Python of their own: ``PYTHON rivals.py SYSTEM < paths > notes``.

Reads paths of sound files, one a line; writes one JSON object a line: ``notes`` (rows of onset and offset in seconds,
pitch as a MIDI number, strength), ``cpu`` (seconds of CPU for this file) and first of all ``start`` (seconds of CPU
until the system was ready). Nothing of symgen is imported here, and nothing of this is imported by symgen.

    pip install librosa onnxruntime
    pip install --no-deps basic-pitch resampy pretty_midi mido six importlib_resources

gives both without TensorFlow: basic-pitch takes its ONNX model, with its own default settings (onset threshold 0.5,
frame threshold 0.3, notes of 127.7 ms or more). It is polyphonic; of its notes that sound together only the strongest
is kept here, which is better for it by up to three points on single lines.

pYIN (librosa.pyin with its defaults, from C2 to C7) only tracks pitch. Its notes are runs of voiced frames whose pitch,
smoothed by a median of 50 ms and less the performer's tuning, rounds to one semitone, cut where librosa's onset
detector finds an onset (the same note again), if 60 ms or longer.
"""

from __future__ import annotations

import json
import logging
import sys
import time
import warnings

RATE = 22_050
HOP = 256
SHORTEST = 0.06


def basic_pitch_notes(path: str, model: object) -> list[list[float]]:
    from basic_pitch.inference import predict

    *_, events = predict(path, model)
    return sorted(
        [float(on), float(off), float(pitch), float(strength)]
        for on, off, pitch, strength, _ in events
    )


def top_notes(rows: list[list[float]]) -> list[list[float]]:
    """Keep the strongest of the notes that sound together, and cut what still overlaps."""
    kept: list[list[float]] = []
    for row in sorted(rows, key=lambda row: -row[3] * (row[1] - row[0])):
        inside = sum(max(0.0, min(row[1], other[1]) - max(row[0], other[0])) for other in kept)
        if inside < 0.5 * (row[1] - row[0]):
            kept.append(row)
    kept.sort()
    return [
        [on, min(off, *(row[0] for row in kept[i + 1 : i + 2]), off), *rest]
        for i, (on, off, *rest) in enumerate(kept)
    ]


def pyin_notes(path: str) -> list[list[float]]:
    import librosa
    import numpy as np
    from scipy.signal import medfilt

    samples, _ = librosa.load(path, sr=RATE, mono=True)
    pitch, voiced, sure = librosa.pyin(
        samples, fmin=65.4, fmax=2093.0, sr=RATE, frame_length=2048, hop_length=HOP
    )
    if not voiced.any():
        return []
    midi = np.where(voiced, librosa.hz_to_midi(np.where(voiced, pitch, 440.0)), 0.0)
    tuning = np.angle(np.exp(2j * np.pi * midi[voiced]).sum()) / (2 * np.pi)
    smooth = np.where(voiced, medfilt(midi, 5), 0.0)
    step = np.where(voiced & (smooth > 0), np.round(smooth - tuning), -1)
    cut = np.zeros(len(step), bool)
    cut[librosa.onset.onset_detect(y=samples, sr=RATE, hop_length=HOP)] = True
    starts = np.flatnonzero((np.diff(step, prepend=-1) != 0) | cut)
    seconds = HOP / RATE
    rows = []
    for first, last in zip(starts, [*starts[1:], len(step)], strict=True):
        if step[first] >= 0 and (last - first) * seconds >= SHORTEST:
            center = float(np.median(midi[first:last]))
            rows.append(
                [first * seconds, last * seconds, center, float(np.nanmean(sure[first:last]))]
            )
    return rows


def main() -> int:
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    system = sys.argv[1]
    answers, sys.stdout = sys.stdout, sys.stderr
    if system == "basic-pitch":
        from basic_pitch import ICASSP_2022_MODEL_PATH
        from basic_pitch.inference import Model

        model = Model(ICASSP_2022_MODEL_PATH)
    else:
        import librosa
        import scipy.signal  # noqa: F401

        librosa.pyin  # noqa: B018
    print(json.dumps({"start": time.process_time()}), file=answers, flush=True)
    for line in sys.stdin:
        path, start = line.rstrip("\n"), time.process_time()
        notes = pyin_notes(path) if system == "pyin" else top_notes(basic_pitch_notes(path, model))
        print(
            json.dumps({"notes": notes, "cpu": time.process_time() - start}),
            file=answers,
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
