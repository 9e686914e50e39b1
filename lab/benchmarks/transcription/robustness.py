"""What ``symgen transcribe`` says of recordings that hold no melody, more than one, or hardly a recording."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lab.benchmarks.common import print_table
from lab.benchmarks.transcription.clips import Tune, make_noisy, play
from lab.modules import ROOT
from symgen.audio.reading import RATE

__all__ = ["judge", "robustness_table"]

Floats = NDArray[np.float64]

SENTENCES = (
    (
        "en",
        "The quick brown fox jumps over the lazy dog, and nobody in the room said a word about it.",
    ),
    (
        "en+f3",
        "Please leave your message after the tone, and we will call you back as soon as we can.",
    ),
    ("de", "Heute abend wird es in den Bergen regnen, morgen scheint überall die Sonne."),
    ("fr+f4", "Je voudrais deux billets pour le train de huit heures, s'il vous plaît."),
)


def noise(seconds: float, fall: float, seed: int = 0) -> Floats:
    """Return noise whose power falls with the frequency to the power `fall`; peak 0.5."""
    rng = np.random.default_rng(seed)
    count = round(seconds * RATE)
    spectrum = np.fft.rfft(rng.standard_normal(count))
    spectrum /= np.maximum(np.arange(len(spectrum)), 20 * seconds) ** (fall / 2)
    sound = np.fft.irfft(spectrum, count)
    return 0.5 * sound / float(np.abs(sound).max())


def mains(seconds: float) -> Floats:
    """Return the hum of the mains: 50 Hz and harmonics, with a little noise."""
    time_ = np.arange(round(seconds * RATE)) / RATE
    return sum(
        0.1 / k * np.sin(2 * np.pi * 50 * k * time_ + k) for k in (1, 2, 3, 5)
    ) + 0.01 * noise(seconds, 1.0)


def clapping(seconds: float) -> Floats:
    """Return claps, two a second: bursts of noise."""
    rng = np.random.default_rng(5)
    sound = 0.002 * rng.standard_normal(round(seconds * RATE))
    burst = np.exp(-np.arange(round(0.06 * RATE)) / (0.012 * RATE))
    for start in np.arange(0.4, seconds - 0.2, 0.5):
        first = round((start + rng.normal(0, 0.01)) * RATE)
        sound[first : first + len(burst)] += (
            0.5 * burst * rng.standard_normal(len(burst)).clip(-2, 2) / 2
        )
    return sound


def click_track(seconds: float) -> Floats:
    """Return a metronome: short sine bursts at 1 kHz."""
    sound = np.zeros(round(seconds * RATE))
    click = np.sin(2 * np.pi * 1000 * np.arange(320) / RATE) * np.hanning(320)
    for start in np.arange(0.5, seconds - 0.1, 0.5):
        sound[round(start * RATE) :][:320] += 0.5 * click
    return sound


def make_files(
    folder: Path, tune: Tune, others: Sequence[Tune], font: Path
) -> list[tuple[str, Path]]:
    """Write all recordings; return what each is."""
    import soundfile

    sound = play(tune, "flute", font, 1, seconds=12, whole=1.0).samples.astype(float)
    files: list[tuple[str, Path]] = []

    def put(
        what: str,
        samples: Floats,
        rate: int = RATE,
        suffix: str = "wav",
        subtype: str | None = "PCM_16",
    ) -> None:
        path = folder / f"{len(files):02d}.{suffix}"
        soundfile.write(path, samples, rate, subtype=subtype)
        files.append((what, path))

    put("a flute, 12 s", sound)
    put("silence, 10 s", np.zeros(10 * RATE))
    put(
        "nearly silence: one bit of dither",
        np.random.default_rng(0).integers(-1, 2, 10 * RATE) / 32768,
    )
    for name, fall in (("white", 0.0), ("pink", 1.0), ("brown", 2.0)):
        put(f"{name} noise, 10 s", noise(10, fall))
    put("hum of the mains, 10 s", mains(10))
    put("clapping, 10 s", clapping(10))
    put("a metronome, 10 s", click_track(10))
    files += _speech(folder)
    put(
        "two flutes, other tunes",
        0.5
        * (
            sound
            + np.resize(
                play(others[0], "flute", font, 2, seconds=12, whole=1.0).samples, len(sound)
            )
        ),
    )
    for what, samples in _chorales(folder, others, font):
        put(what, samples)
    hiss = noise(len(sound) / RATE, 1.0, 3)
    put(
        "the flute under noise as loud as it",
        sound + hiss * np.sqrt(np.mean(sound**2) / np.mean(hiss**2)),
    )
    put("the flute in a room with noise", make_noisy(sound.astype(np.float32), 3).astype(float))
    put("0.2 s", sound[RATE : RATE + RATE // 5])
    put("0.05 s", sound[RATE : RATE + RATE // 20])
    put("1 sample", sound[:1])
    put("10 minutes", np.resize(sound, 600 * RATE))
    put("clipped hard (30 times too loud)", np.clip(30 * sound, -1, 1))
    put("60 dB too soft", sound / 1000)
    put("with a constant of 0.4", 0.5 * sound + 0.4)
    _formats(put, sound)
    files += _broken(folder, files[0][1])
    return files


def _speech(folder: Path) -> list[tuple[str, Path]]:
    if not shutil.which("espeak-ng"):
        print("espeak-ng is missing: no speech", file=sys.stderr)
        return []
    files = []
    for number, (voice, text) in enumerate(SENTENCES):
        path = folder / f"speech-{number}.wav"
        subprocess.run(["espeak-ng", "-v", voice, "-w", str(path), text], check=True)  # noqa: S607
        files.append((f"speech ({voice})", path))
    return files


def _chorales(folder: Path, tunes: Sequence[Tune], font: Path) -> list[tuple[str, Floats]]:
    """Render a tune in parallel triads, and one with a chord below each of its bars."""
    import symgen
    from symgen.music.score import Note, Part

    score = tunes[1].piece.score
    notes = [note for note in score.parts[0].notes if note.onset < 16 * score.resolution]
    voices = [
        Part(tuple(Note(n.onset, max(0, n.pitch - down), n.duration, 80) for n in notes), 52)
        for down in (0, 5, 9, 16)
    ]
    chords = [
        Note(bar.start, notes[0].pitch - down, bar.end - bar.start, 60)
        for bar in score.bars
        if bar.start < 16 * score.resolution
        for down in (12, 17, 20)
    ]
    pieces = (
        ("four voices", voices),
        ("a melody over chords", [Part(tuple(notes), 73), Part(tuple(chords), 0)]),
    )
    made = []
    for what, parts in pieces:
        path = folder / "parts.wav"
        symgen.render(
            score.with_parts(parts, length=0),
            path,
            soundfont=font,
            rate=RATE,
            feel=0,
            overwrite=True,
        )
        import soundfile

        made.append((what, soundfile.read(path)[0].mean(axis=1)))
    return made


def _formats(put: Callable[..., None], sound: Floats) -> None:
    """Write the same sound in other formats."""
    import soxr

    for rate in (8000, 22_050, 44_100, 96_000):
        put(f"{rate} Hz", soxr.resample(sound, RATE, rate), rate)
    for subtype in ("PCM_U8", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW"):
        put(f"WAV {subtype}", sound, RATE, "wav", subtype)
    both = np.stack([sound, 0.3 * sound], axis=1)
    put("stereo", both)
    put("stereo, channels that cancel", np.stack([sound, -sound], axis=1))
    put("stereo, one channel silent", np.stack([sound, 0 * sound], axis=1))
    put("3 channels", np.stack([sound, 0.5 * sound, 0.1 * sound], axis=1))
    put("float, full scale of 32768", sound * 32768, RATE, "wav", "FLOAT")
    subtypes: dict[str, str | None] = {
        "flac": "PCM_16",
        "ogg": "VORBIS",
        "opus": "OPUS",
        "mp3": None,
        "aiff": "PCM_16",
    }
    for suffix, kind in subtypes.items():
        rate = 48_000 if suffix == "opus" else RATE
        put(
            suffix.upper(),
            soxr.resample(sound, RATE, rate),
            rate,
            "ogg" if suffix == "opus" else suffix,
            kind,
        )
    holes = sound.copy()
    holes[5 * RATE : 5 * RATE + 100] = np.nan
    put("100 samples that are NaN", holes, RATE, "wav", "FLOAT")
    put("all samples NaN", np.full(RATE, np.nan), RATE, "wav", "FLOAT")
    put(
        "infinite samples",
        np.where(np.arange(len(sound)) % 1000 == 0, np.inf, sound),
        RATE,
        "wav",
        "FLOAT",
    )


def _broken(folder: Path, good: Path) -> list[tuple[str, Path]]:
    data = good.read_bytes()
    cases = {
        "empty file": b"",
        "header only": data[:44],
        "half a header": data[:20],
        "cut in the middle": data[: len(data) // 2],
        "text": b"This is no sound.\n",
        "zeros": bytes(4096),
        "a MIDI file": b"MThd\x00\x00\x00\x06\x00\x00\x00\x01\x01\xe0",
        "a size that lies": data[:40] + b"\xff\xff\xff\x7f" + data[44:],
        "a rate of 0": data[:24] + bytes(4) + data[28:],
        "0 channels": data[:22] + bytes(2) + data[24:],
        "a rate of 2 GHz": data[:24] + b"\xff\xff\xff\x7f" + data[28:],
    }
    files = []
    for number, (what, content) in enumerate(cases.items()):
        path = folder / f"broken-{number:02d}.wav"
        path.write_bytes(content)
        files.append((f"{what}, named .wav", path))
    (folder / "folder.wav").mkdir()
    os.mkfifo(folder / "pipe.wav")
    return [
        *files,
        ("a folder", folder / "folder.wav"),
        ("a pipe", folder / "pipe.wav"),
        ("no file", folder / "gone.wav"),
    ]


NOTHING = (
    "silence",
    "white noise",
    "pink noise",
    "brown noise",
    "hum of the mains",
    "clapping",
    "nearly silence",
)
"""What these recordings are called begins like this: no note may be heard in them."""
MANY = ("two flutes", "four voices", "a melody over chords")
"""It must be told that more than one note sounds."""


def judge(what: str, status: int, lines: Sequence[str]) -> str:
    """Name what is wrong with an answer: its exit status and what it wrote to stderr."""
    if status < 0 or any("Traceback" in line for line in lines):
        return "broke"
    if status and len(lines) != 1:
        return f"{len(lines)} lines"
    if what.startswith(NOTHING) and not status:
        return "invented notes"
    if what.startswith(MANY) and not any("monophonic" in line for line in lines):
        return "does not tell that it is not monophonic"
    if what.startswith("speech") and not status and not any("speech" in line for line in lines):
        return "does not tell that it is no melody"
    return "ok"


def robustness_table(tunes: Sequence[Tune], font: Path, model: Path) -> int:
    """Print what is said of each file; return how many answers are not as they should be."""
    rows, bad = [], 0
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for what, path in make_files(folder, tunes[0], tunes[1:], font):
            status, lines, seconds, notes = _ask(path, folder, model)
            verdict = judge(what, status, lines)
            bad += verdict != "ok"
            said = " / ".join(lines).replace(str(folder) + "/", "").replace("|", "\\|")
            rows.append([what, status, len(lines), f"{seconds:.1f}", notes, verdict, said])
    print_table(["recording", "status", "lines", "CPU s", "notes", "verdict", "said"], rows)
    return bad


def _ask(path: Path, folder: Path, model: Path) -> tuple[int, list[str], float, object]:
    code = "import sys; from symgen.cli import main; sys.exit(main())"
    target = folder / "out" / f"{path.name}.mid"
    target.parent.mkdir(exist_ok=True)
    command = [
        sys.executable,
        "-c",
        code,
        "transcribe",
        str(path),
        "-o",
        str(target),
        "--json",
        "--model",
        str(model),
    ]
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
    except subprocess.TimeoutExpired:
        return -1, ["no answer in 300 s"], time.perf_counter() - start, ""
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    return (
        done.returncode,
        lines,
        cpu,
        json.loads(done.stdout)["notes"] if done.returncode == 0 else "",
    )
