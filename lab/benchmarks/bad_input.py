"""Run the command line on bad input: the right exit status, one clear line, no traceback, nothing overwritten.

    python -m lab bad-input [--model FOLDER]

Exit status 1 if any case fails.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

import mido

from lab.benchmarks.common import print_table, run_symgen
from lab.commands import command_parser
from lab.modules import ROOT
from symgen.system.files import sha256

USAGE, UNREADABLE, MODEL, AUDIO = 2, 3, 4, 5


CASES: list[tuple[str, list[str], int]] = [
    ("missing file", ["continue", "gone.mid", "-o", "new.mid"], UNREADABLE),
    ("empty file", ["continue", "empty.mid", "-o", "new.mid"], UNREADABLE),
    ("text renamed .mid", ["continue", "text.mid", "-o", "new.mid"], UNREADABLE),
    ("cut MIDI", ["continue", "cut.mid", "-o", "new.mid"], UNREADABLE),
    ("MIDI without notes", ["continue", "silent.mid", "-o", "new.mid"], UNREADABLE),
    ("drums only", ["continue", "drums.mid", "-o", "new.mid"], UNREADABLE),
    ("unknown suffix", ["continue", "text.xyz", "-o", "new.mid"], UNREADABLE),
    ("text renamed .musicxml", ["continue", "text.musicxml", "-o", "new.mid"], UNREADABLE),
    ("text renamed .mxl", ["continue", "text.mxl", "-o", "new.mid"], UNREADABLE),
    ("ABC without a tune", ["continue", "text.abc", "-o", "new.mid"], UNREADABLE),
    ("zip bomb", ["render", "bomb.mxl", "-o", "new.wav"], UNREADABLE),
    ("XML that reads a file", ["info", "entity.musicxml"], UNREADABLE),
    ("a pipe as tune", ["continue", "pipe.mid", "-o", "new.mid"], UNREADABLE),
    ("a million notes", ["render", "many.mid", "-o", "new.wav"], UNREADABLE),
    ("a gap of 30 hours", ["render", "gap.mid", "-o", "new.wav"], UNREADABLE),
    ("unknown limit", ["info", "good.mid", "--limit", "bars=3"], USAGE),
    (
        "missing soundfont",
        ["render", "good.mid", "--soundfont", "gone.sf2", "-o", "new.wav"],
        AUDIO,
    ),
    (
        "text as soundfont",
        ["render", "good.mid", "--soundfont", "text.mid", "-o", "new.wav"],
        AUDIO,
    ),
    ("cut soundfont", ["render", "good.mid", "--soundfont", "cut.sf3", "-o", "new.wav"], AUDIO),
    (
        "one flipped bit in a soundfont",
        ["render", "good.mid", "--soundfont", "flipped.sf3", "-o", "new.wav"],
        AUDIO,
    ),
    ("text as store", ["train", "text.mid", "-o", "run"], UNREADABLE),
    ("one changed letter in a card", ["generate", "--model", "card", "-o", "new.mid"], MODEL),
    ("a folder as tune", ["continue", "folder", "-o", "new.mid"], UNREADABLE),
    ("no such part", ["continue", "good.mid", "--part", "9", "-o", "new.mid"], USAGE),
    ("no such bars", ["continue", "good.mid", "--use-bars", "90-99", "-o", "new.mid"], UNREADABLE),
    ("render: missing file", ["render", "gone.mid"], UNREADABLE),
    ("render: no notes", ["render", "silent.mid"], UNREADABLE),
    ("plot: text", ["plot", "text.mid"], UNREADABLE),
    ("info: empty", ["info", "empty.mid"], UNREADABLE),
    ("unknown instrument", ["generate", "--instrument", "flutte", "-o", "new.mid"], USAGE),
    ("unknown key", ["generate", "--key", "H major", "-o", "new.mid"], USAGE),
    ("unknown mode", ["generate", "--key", "C bluesy", "-o", "new.mid"], USAGE),
    ("unknown style", ["generate", "--style", "dubstep", "-o", "new.mid"], USAGE),
    ("no meter", ["generate", "--meter", "four", "-o", "new.mid"], USAGE),
    ("impossible meter", ["generate", "--meter", "4/5", "-o", "new.mid"], USAGE),
    ("--bars 0", ["generate", "--bars", "0", "-o", "new.mid"], USAGE),
    ("--bars -3", ["generate", "--bars", "-3", "-o", "new.mid"], USAGE),
    ("--bars many", ["generate", "--bars", "many", "-o", "new.mid"], USAGE),
    ("--tempo 0", ["generate", "--tempo", "0", "-o", "new.mid"], USAGE),
    ("--temperature -1", ["generate", "--temperature", "-1", "-o", "new.mid"], USAGE),
    ("--temperature nan", ["generate", "--temperature", "nan", "-o", "new.mid"], USAGE),
    ("--top-p 2", ["generate", "--top-p", "2", "-o", "new.mid"], USAGE),
    ("--top-k -1", ["generate", "--top-k", "-1", "-o", "new.mid"], USAGE),
    ("-n 0", ["generate", "-n", "0", "-o", "new.mid"], USAGE),
    ("--strict-key without --key", ["generate", "--strict-key", "-o", "new.mid"], USAGE),
    ("unknown option", ["generate", "--loud", "-o", "new.mid"], USAGE),
    ("unknown command", ["compose"], USAGE),
    ("output exists", ["generate", "-o", "good.mid"], USAGE),
    ("WAV of the output exists", ["generate", "--wav", "-o", "taken.mid"], USAGE),
    ("continuation onto its own tune", ["continue", "good.mid", "-o", "good.mid"], USAGE),
    ("output is a folder", ["generate", "-o", "folder"], USAGE),
    ("output below a file", ["generate", "-o", "text.mid/new.mid"], UNREADABLE),
    ("output of unknown suffix", ["generate", "-o", "new.docx"], USAGE),
    ("no such model", ["generate", "--model", "nonsense", "-o", "new.mid"], MODEL),
    ("text as model", ["generate", "--model", "text.mid", "-o", "new.mid"], MODEL),
    ("empty folder as model", ["generate", "--model", "folder", "-o", "new.mid"], MODEL),
    ("one flipped bit in the weights", ["generate", "--model", "flipped", "-o", "new.mid"], MODEL),
    ("weights cut short", ["generate", "--model", "short", "-o", "new.mid"], MODEL),
    ("no weights", ["generate", "--model", "bare", "-o", "new.mid"], MODEL),
]


def write_midi(path: Path, *, channel: int | None) -> None:
    """Write four notes on a channel, or none at all."""
    midi, track = mido.MidiFile(), mido.MidiTrack()
    midi.tracks.append(track)
    for pitch in (60, 62, 64, 65) if channel is not None else ():
        track.append(mido.Message("note_on", channel=channel, note=pitch, velocity=80))
        track.append(mido.Message("note_off", channel=channel, note=pitch, time=480))
    midi.save(path)


def prepare(folder: Path, model: Path | None) -> None:
    """Lay out the files that the cases name."""
    write_midi(folder / "good.mid", channel=0)
    write_midi(folder / "drums.mid", channel=9)
    write_midi(folder / "silent.mid", channel=None)
    (folder / "cut.mid").write_bytes((folder / "good.mid").read_bytes()[:30])
    (folder / "empty.mid").touch()
    (folder / "taken.wav").write_bytes(b"kept")
    for suffix in ("mid", "xyz", "musicxml", "mxl", "abc"):
        (folder / f"text.{suffix}").write_text("This is no music.\n", encoding="utf-8")
    (folder / "folder").mkdir()
    os.mkfifo(folder / "pipe.mid")
    with zipfile.ZipFile(folder / "bomb.mxl", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("score.xml", b" " * 200_000_000)
    (folder / "entity.musicxml").write_text(
        '<!DOCTYPE a [<!ENTITY b SYSTEM "good.mid">]><score-partwise>&b;</score-partwise>',
        encoding="utf-8",
    )
    note, wait = b"\x00\x90\x3c\x40\x01\x3c\x00", b"\xff\xff\xff\x7f\x90\x3c\x40\x01\x3c\x00"
    for name, events in (
        ("many", note + b"\x00\x3c\x40\x01\x3c\x00" * 999_999),
        ("gap", note + wait),
    ):
        body = events + b"\x00\xff\x2f\x00"
        head = b"MThd\x00\x00\x00\x06\x00\x00\x00\x01" + (1_242).to_bytes(2, "big")
        (folder / f"{name}.mid").write_bytes(head + b"MTrk" + len(body).to_bytes(4, "big") + body)
    font = bytearray(next((ROOT / "soundfonts").glob("*.sf3")).read_bytes())
    (folder / "cut.sf3").write_bytes(font[: len(font) // 3])
    font[len(font) // 2] ^= 1
    (folder / "flipped.sf3").write_bytes(font)
    if model is None:
        return
    shutil.copytree(model, folder / "card")
    card = folder / "card" / "model.json"
    card.write_bytes(card.read_bytes().replace(b"event", b"evenT", 1))
    for name in ("flipped", "short", "bare"):
        shutil.copytree(model, folder / name)
        weights = next((folder / name).glob("model-*.safetensors"))
        data = bytearray(weights.read_bytes())
        data[len(data) // 2] ^= 4
        if name == "bare":
            weights.unlink()
        else:
            weights.write_bytes(bytes(data) if name == "flipped" else bytes(data[: len(data) // 2]))


def snapshot(folder: Path) -> dict[str, str]:
    """Hash every file below a folder."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): sha256(path.read_bytes()) for path in files}


def judge(arguments: list[str], expected: int, folder: Path) -> tuple[str, str]:
    """Run one case; return what is wrong with it and its message."""
    before = snapshot(folder)
    done = run_symgen(arguments, cwd=folder)
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    wrong = []
    if done.returncode != expected:
        wrong.append(f"status {done.returncode}, not {expected}")
    if len(lines) != 1:
        wrong.append(f"{len(lines)} lines")
    if "Traceback" in done.stderr:
        wrong.append("a traceback")
    if done.stdout.strip():
        wrong.append("words on stdout")
    if snapshot(folder) != before:
        wrong.append("files changed")
    return ", ".join(wrong) or "ok", " / ".join(lines[:3])


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser(__name__, __doc__)
    parser.add_argument("--model", type=Path, default=ROOT / "models" / "folk")
    options = parser.parse_args(arguments)
    model = options.model if options.model.is_dir() else None
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        prepare(folder, model)
        for name, arguments, expected in CASES:
            if model is None and {"flipped", "short", "bare", "card"} & set(arguments):
                continue
            verdict, message = judge(arguments, expected, folder)
            rows.append(
                [name, expected, verdict, message.replace(str(folder), "").replace("|", "\\|")]
            )
    print_table(["bad input", "status", "verdict", "message"], rows)
    return int(any(row[2] != "ok" for row in rows))
