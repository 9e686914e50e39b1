"""Rendering beside FluidSynth's own command line, and what is left of it in mono.

    python -m lab rendering [--soundfont FILE] [--only fluidsynth|mono|levels|width] [PIECE ...]

Needs the program ``fluidsynth``. Small MIDI files, each of which says one thing, are played by both with one
soundfont, without chorus, with reverb, ours with ``--mix plain``; our gain for loudness is taken out again. Between
each two messages the levels of left and right are compared, where they are less than 40 dB below the loudest, and the
pitch of the strongest partial. The largest differences are printed. Of whole pieces, windows of 0.4 s are compared, and
it is told how wide they are.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path

import mido
import numpy as np
from numpy.typing import NDArray

import symgen
from lab.commands import command_parser
from symgen.audio import open_soundfont
from symgen.audio.loudness import BLOCK_SECONDS, LoudnessMeter
from symgen.audio.performance import GRAIN
from symgen.audio.soundfonts import DRUM_BANK
from symgen.music.instruments import program_name
from tests.audio.smallfont import banked_font

Floats = NDArray[np.float64]

RATE = 44100
GAIN = 0.5
"""Of both synthesizers."""
FLOOR = 10 ** (-40 / 20)
FLUTE, VIOLIN, ORGAN, PIANO, CELLO = 73, 40, 16, 0, 42

Say = tuple[int, mido.Message]
"""A tick, and what is said then."""


def say(tick: int, kind: str, **values: int) -> Say:
    return tick, mido.Message(kind, **values)


def notes(*pitches: int, length: int = 480, held: int | None = None, channel: int = 0) -> list[Say]:
    found = []
    for i, pitch in enumerate(pitches):
        found.append(say(i * length, "note_on", note=pitch, velocity=90, channel=channel))
        found.append(say(i * length + (held or length), "note_off", note=pitch, channel=channel))
    return found


def program(number: int, tick: int = 0, channel: int = 0) -> list[Say]:
    return [say(tick, "program_change", program=number, channel=channel)]


def control(number: int, *values: int, every: int = 240, channel: int = 0) -> list[Say]:
    return [
        say(i * every, "control_change", control=number, value=value, channel=channel)
        for i, value in enumerate(values)
    ]


def bends(*values: int, every: int = 120) -> list[Say]:
    return [say(i * every, "pitchwheel", pitch=value) for i, value in enumerate(values)]


def bend_range(semitones: int) -> list[Say]:
    return [*control(101, 0), *control(100, 0), *control(6, semitones)]


SCALE = (60, 62, 64, 65, 67, 69, 71, 72)
PIECES: dict[str, list[Say]] = {
    "notes": [*program(FLUTE), *notes(*SCALE)],
    "bend of 2 semitones": [*program(FLUTE), *bends(0, 4096, 8191, -8192, 0), *notes(69, length=1920)],
    "bend of 12 semitones": [*program(FLUTE), *bend_range(12), *bends(0, 2731, 5461, -4096), *notes(69, length=1920)],
    "volume 0 (mute)": [*program(CELLO), *control(7, 0), *notes(48, 50, 52, 53), *program(FLUTE, channel=1),
                        *notes(72, 74, 76, 77, channel=1)],
    "volume": [*program(ORGAN), *control(7, 127, 90, 60, 30, 100), *notes(69, length=1920)],
    "expression": [*program(VIOLIN), *control(11, 20, 60, 127, 40, 90, 127, 10), *notes(69, length=1920)],
    "pan": [*program(ORGAN), *control(10, 0, 30, 64, 100, 127), *notes(69, length=1920)],
    "pedal": [*program(PIANO), *control(64, 127, 0, 127, 0, every=960), *notes(*SCALE, held=80)],
    "sostenuto": [*program(PIANO), say(240, "control_change", control=66, value=127), *notes(*SCALE, held=300),
                  say(2400, "control_change", control=66, value=0)],
    "soft pedal": [*program(PIANO), *control(67, 0, 127, every=960), *notes(*SCALE)],
    "modulation": [*program(FLUTE), *control(1, 0, 127, 40, every=480), *notes(69, length=1920)],
    "reverb and chorus send": [*program(FLUTE), *control(91, 0, 127, every=960), *control(93, 127), *notes(*SCALE)],
    "pressures": [*program(FLUTE), say(480, "aftertouch", value=127), say(960, "polytouch", note=69, value=100),
                  *notes(69, length=1920)],
    "bank": [*control(0, 8), *program(FLUTE), *notes(60, 62), *[(t + 960, m) for t, m in control(0, 0)],
             *program(FLUTE, 960), *[(t + 960, m) for t, m in notes(60, 62)]],
    "program changes": [*program(VIOLIN), *program(FLUTE, 1920), *program(PIANO, 2880), *notes(*SCALE)],
    "drums": [*notes(36, 42, 38, 42, 36, 46, 38, 49, length=240, channel=9)],
    "reset of controllers": [*program(FLUTE), *control(11, 30), *control(1, 127),
                             say(1920, "control_change", control=121, value=0), *notes(*SCALE)],
    "reset to General MIDI": [*control(7, 30), (960, mido.Message("sysex", data=(0x7E, 0x7F, 9, 1))), *notes(*SCALE)],
}  # fmt: skip


def write_piece(path: Path, said: Iterable[Say]) -> None:
    track, last = mido.MidiTrack(), 0
    for tick, message in sorted(said, key=lambda one: (one[0], one[1].type == "note_on")):
        track.append(message.copy(time=tick - last))
        last = tick
    mido.MidiFile(tracks=[track], ticks_per_beat=480, type=0).save(path)


def play_fluidsynth(piece: Path, font: Path, target: Path) -> Floats:
    options = [
        "-o",
        "synth.chorus.active=0",
        "-o",
        "synth.polyphony=1024",
        "-o",
        "synth.dynamic-sample-loading=1",
    ]
    command = [
        "fluidsynth",
        "-ni",
        "-g",
        str(GAIN),
        "-r",
        str(RATE),
        *options,
        "-F",
        str(target),
        str(font),
        str(piece),
    ]
    subprocess.run(command, check=True, capture_output=True)
    return read(target)[GRAIN:]  # its player begins when the first buffer has been played


def play_symgen(piece: Path, font: Path, target: Path) -> Floats:
    report = symgen.render(
        symgen.load_score(piece),
        target,
        soundfont=font,
        rate=RATE,
        mix="plain",
        feel=0,
        overwrite=True,
    )
    return read(target) / report.gain


def read(path: Path) -> Floats:
    import soundfile

    samples: Floats = soundfile.read(path, always_2d=True)[0]
    return samples


def segments(said: Iterable[Say]) -> list[tuple[int, int]]:
    """Return first and last frame of what lies between two messages: 20 ms after the one, 5 ms before the other."""
    ticks = sorted({tick for tick, _ in said})
    times = [
        (round((one / 960 + 0.02) * RATE), round((two / 960 - 0.005) * RATE))
        for one, two in pairwise(ticks)
    ]
    return [(start, stop) for start, stop in times if stop - start > RATE // 20]


def pitch(sound: Floats, near: float | None = None) -> float:
    """Frequency of the strongest partial, or of the one within half a semitone of a frequency."""
    size = 16 * len(sound)
    power = np.abs(np.fft.rfft(sound.sum(axis=1) * np.hanning(len(sound)), n=size)) + 1e-12
    bins = np.arange(1, len(power) - 1)
    if near is not None:
        bins = bins[np.abs(np.log2(bins * RATE / size / near)) < 1 / 24]
    peak = int(bins[np.argmax(power[bins])])
    low, mid, high = np.log(power[peak - 1 : peak + 2])
    return float((peak + 0.5 * (low - high) / (low - 2 * mid + high)) * RATE / size)


def compare(ours: Floats, theirs: Floats, parts: Iterable[tuple[int, int]]) -> tuple[float, float]:
    """Return the largest difference of levels in decibels, and of pitches in cents."""
    most = max(np.sqrt(np.mean(theirs[start:stop] ** 2)) for start, stop in parts)
    level, cents = 0.0, 0.0
    for start, stop in parts:
        one, two = (np.sqrt(np.mean(sound[start:stop] ** 2, axis=0)) for sound in (ours, theirs))
        loud = two > FLOOR * most
        if loud.any():
            level = max(
                level, float(np.abs(20 * np.log10(np.maximum(one[loud], 1e-9) / two[loud])).max())
            )
            right = pitch(theirs[start:stop])
            cents = max(cents, abs(1200 * np.log2(pitch(ours[start:stop], right) / right)))
    return level, cents


def beside_fluidsynth(font: Path, folder: Path) -> None:
    print("| what the file says | levels, dB | pitch, cents |\n|---|---|---|")
    (folder / "banks.sf2").write_bytes(banked_font())
    for name, said in PIECES.items():
        piece = folder / "piece.mid"
        write_piece(piece, said)
        used = folder / "banks.sf2" if name == "bank" else font
        ours, theirs = (
            play_symgen(piece, used, folder / "a.wav"),
            play_fluidsynth(piece, used, folder / "b.wav"),
        )
        level, cents = compare(ours, theirs, segments(said))
        print(f"| {name} | {level:.2f} | {'' if name == 'drums' else f'{cents:.2f}'} |", flush=True)


def in_mono(font: Path, folder: Path, play: Callable[..., object] = symgen.render) -> None:
    """Print what each program of the font, and each lead and pad of General MIDI, loses in mono."""
    presets = open_soundfont(font).presets
    programs = sorted({program for bank, program in presets if bank == 0} | set(range(80, 96)))
    print("| program | mono sum, dB | with `--chorus`, dB |\n|---|---|---|")
    for number in programs:
        write_piece(
            folder / "piece.mid", [*program(number), *notes(48, 60, 64, 67, 72, length=960)]
        )
        score = symgen.load_score(folder / "piece.mid")
        row = []
        for chorus in (False, True):
            play(score, folder / "a.wav", soundfont=font, chorus=chorus, overwrite=True)
            sound = read(folder / "a.wav")
            row.append(decibels(np.mean(sound.mean(axis=1) ** 2) / np.mean(sound**2)))
        print(f"| {program_name(number)} ({number}) | {row[0]:.2f} | {row[1]:.2f} |", flush=True)


def in_width(font: Path, folder: Path, pieces: list[Path]) -> None:
    """Print how levels of whole pieces differ from FluidSynth's, and how wide they are with and without seats."""
    print(
        "| piece | parts | levels, dB | correlation off | auto | mono sum, dB | left - right, dB |"
    )
    print("|---|---|---|---|---|---|---|")
    for path in pieces:
        score = symgen.load_score(path)
        levels = whole_levels(
            play_symgen(path, font, folder / "a.wav"), play_fluidsynth(path, font, folder / "b.wav")
        )
        plain = read(folder / "a.wav")
        symgen.render(score, folder / "a.wav", soundfont=font, overwrite=True)
        sound = read(folder / "a.wav")
        left, right = np.mean(sound**2, axis=0)
        mono = np.mean(sound.mean(axis=1) ** 2)
        row = [
            sum(bool(part.notes) for part in score.parts),
            levels,
            correlation(plain),
            correlation(sound),
            decibels(2 * mono / (left + right)),
            decibels(left / right),
        ]
        print(f"| {path.stem} |", " | ".join(f"{value:.2f}" for value in row), "|", flush=True)


def correlation(sound: Floats) -> float:
    left, right = sound.T
    return float(np.corrcoef(left, right)[0, 1])


def decibels(ratio: float) -> float:
    return float(10 * np.log10(ratio))


def whole_levels(ours: Floats, theirs: Floats) -> float:
    """Return the largest difference of levels over windows of 0.4 s that are less than 40 dB below the loudest."""
    size, count = round(0.4 * RATE), min(len(ours), len(theirs))
    one, two = (
        np.sqrt(np.mean(sound[: len(sound) // size * size].reshape(-1, size, 2) ** 2, axis=1))
        for sound in (ours[:count], theirs[:count])
    )
    loud = two > FLOOR * two.max()
    return float(np.abs(20 * np.log10(np.maximum(one[loud], 1e-9) / two[loud])).max())


def in_levels(font: Path, folder: Path) -> None:
    """Print how loud the presets are: notes of half a second, for drums the usual ones."""
    print("| preset | loudness, LUFS |\n|---|---|")
    for bank, number in sorted(open_soundfont(font).presets):
        drum = bank == DRUM_BANK
        pitches = (
            (36, 38, 42, 46)
            if drum
            else (36, 40, 43, 48)
            if 32 <= number < 40
            else (48, 55, 60, 67)
        )
        write_piece(
            folder / "piece.mid", [*program(number), *notes(*pitches, channel=9 if drum else 0)]
        )
        report = symgen.render(
            symgen.load_score(folder / "piece.mid"),
            folder / "a.wav",
            soundfont=font,
            mix="plain",
            feel=0,
            overwrite=True,
        )
        meter, sound = LoudnessMeter(RATE), read(folder / "a.wav")[: 2 * RATE].astype(np.float32)
        for start in range(0, len(sound), round(RATE * BLOCK_SECONDS)):
            meter.add(sound[start : start + round(RATE * BLOCK_SECONDS)])
        print(
            f"| {bank}, {number} | {meter.loudness - 20 * np.log10(report.gain):.1f} |", flush=True
        )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser(__name__, __doc__)
    parser.add_argument("pieces", metavar="PIECE", type=Path, nargs="*")
    parser.add_argument("--soundfont", type=Path)
    parser.add_argument("--only", choices=("fluidsynth", "mono", "levels", "width"))
    options = parser.parse_args(arguments)
    font = open_soundfont(options.soundfont).path
    tables: dict[str, Callable[[Path, Path], None]] = {
        "fluidsynth": beside_fluidsynth,
        "mono": in_mono,
        "levels": in_levels,
        "width": partial(in_width, pieces=options.pieces),
    }
    with tempfile.TemporaryDirectory() as folder:
        for name, table in tables.items():
            if options.only in (None, name):
                table(font, Path(folder))
                print()
    return 0
