"""What real, sampled, copied and other music shares with the training tunes of a model.

    python -m lab copies STORE [--model folk] [--count 300] [--jsb FILE --fakes ZIP] [--other ZIP]
    python -m lab copies STORE --model band --bands FOLDER [FOLDER ...]

STORE is what the model was trained on. FILE is a JSON of the JSB chorales on the 16th grid (keys train, valid, test),
ZIP an archive of MIDI files: machine-made chorales, which are looked up in an index of the chorales, or other music.
With `--bands` the parts of the MIDI files in folders are looked up one by one, and summed up by what they do in a band.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import numpy as np

import symgen
from lab.benchmarks.common import load_tunes, print_table, trimmed
from lab.commands import command_parser
from lab.shipping.train_discriminator import chosen_pieces
from symgen.copies.index import CopyIndex
from symgen.corpus import PieceRecord, Store
from symgen.music.roles import ROLES, Role, roles_of
from symgen.music.score import Note, Part, Score, TempoChange
from symgen.nets.checkpoint import INDEX_STEM, LANGUAGE_MODEL
from symgen.nets.models import find_model
from symgen.nets.network import attached_path

Row = list[object]
HEADER = [
    "tunes",
    "number",
    "longest: half",
    "90 %",
    "99 %",
    "most",
    "share, mean",
    "share, 90 %",
    "usual",
    "much",
    "copy",
]


def row(label: str, scores: Sequence[Score], index: CopyIndex) -> Row:
    """Look up tunes, and sum up what was found."""
    reports = [index.find(score) for score in scores]
    longest = [report.longest for report in reports]
    shares = [report.share for report in reports]
    verdicts = [index.floor.verdict(report) for report in reports]
    marks = [int(np.percentile(longest, q, method="higher")) for q in (50, 90, 99)]
    counts = [f"{verdicts.count(name) / len(verdicts):.0%}" for name in ("usual", "much", "copy")]
    top = float(np.percentile(shares, 90, method="higher"))
    return [label, len(scores), *marks, max(longest), float(np.mean(shares)), top, *counts]


def fitting_pieces(path: Path) -> list[tuple[int, PieceRecord]]:
    """Return the test pieces of one meter, in the order in which they are drawn."""
    store = Store.open(path)
    return chosen_pieces(store, "test", len(store.pieces("test")))


def random_melody(seed: int) -> Score:
    """Draw 200 notes, eighths and quarters within two octaves of C major: no music, but in its language."""
    rng = np.random.default_rng(seed)
    scale = np.array(
        [60 + 12 * octave + step for octave in (0, 1) for step in (0, 2, 4, 5, 7, 9, 11)]
    )
    onsets = np.cumsum(rng.choice([6, 12], 200)).tolist()
    notes = zip(onsets, rng.choice(scale, 200).tolist(), strict=True)
    return Score((Part(tuple(Note(onset, pitch, 6) for onset, pitch in notes)),), 12)


def shuffled(score: Score, seed: int) -> Score:
    """Put the pitches of a tune into another order, onsets as they are."""
    part = score.parts[0]
    pitches = np.random.default_rng(seed).permutation([note.pitch for note in part.notes]).tolist()
    return score.with_parts(
        [Part(tuple(replace(n, pitch=p) for n, p in zip(part.notes, pitches, strict=True)))]
    )


def at_another_tempo(score: Score) -> Score:
    """Move a tune three semitones up, to other ticks and twice the tempo, and cut its notes to half their length."""
    tempo = TempoChange.of_bpm(0, 2 * score.tempos[0].bpm)
    moved = replace(score.transposed(3).with_resolution(960), tempos=(tempo,))
    part = moved.parts[0]
    return moved.with_parts(
        [Part(tuple(replace(n, duration=max(1, n.duration // 2)) for n in part.notes))]
    )


def read_chorales(path: Path) -> dict[str, list[Score]]:
    """Read chorales: frames of 16ths, four pitches each, -1 for a rest; a pitch that stays is one note."""
    return {
        name: [chorale(frames) for frames in pieces]
        for name, pieces in json.loads(path.read_text()).items()
    }


def chorale(frames: Sequence[Sequence[float]]) -> Score:
    parts = []
    for voice in zip(*frames, strict=True):
        notes, step = [], 0
        for pitch, held in groupby(voice):
            length = sum(1 for _ in held)
            if pitch > 0:
                notes.append(Note(3 * step, int(pitch), 3 * length))
            step += length
        parts.append(Part(tuple(notes)))
    return Score(tuple(parts), 12)


def role_shares(scores: Sequence[Score], index: CopyIndex) -> dict[Role, float]:
    """Share of the notes of the parts with a role that lie in matches of twelve notes or more; drums have no line."""
    sums: dict[Role, list[float]] = {}
    for score in scores:
        for role, part in zip(roles_of(score), score.parts, strict=True):
            if part.notes and not part.is_drum:
                report = index.find(score.with_parts([part]))
                row = sums.setdefault(role, [0.0, 0.0])
                row[0] += report.share * report.notes
                row[1] += report.notes
    return {role: sums[role][0] / sums[role][1] for role in ROLES if role in sums}


def print_roles(sets: Mapping[str, Sequence[Score]], index: CopyIndex) -> None:
    """Print what parts share with the training tunes, a column a set; the first one is the floor."""
    found = {name: role_shares(scores, index) for name, scores in sets.items()}
    rows = [
        [role, *(shares.get(role, "") for shares in found.values())]
        for role in ROLES
        if any(role in shares for shares in found.values())
    ]
    print_table(["notes in matches of 12 or more", *found], rows)


def training_tunes(options: argparse.Namespace, index: CopyIndex) -> list[Row]:
    """Rows about what must be found: every tune, changed, with its title."""
    tunes = load_tunes(options.store, split="train")[:: max(1, len(index.titles) // options.count)]
    changed = [at_another_tempo(tune.score) for tune in tunes]
    reports = [index.find(score) for score in changed]
    whole = sum(
        report.longest == len(score.parts[0].notes)
        for report, score in zip(reports, changed, strict=True)
    )
    named = sum(
        bool(r.match) and r.match.title == t.name
        for r, t in zip(reports, tunes, strict=True)
        if r.match
    )
    print(
        f"training tunes in another key and tempo: {len(tunes)}, all notes matched in {whole}, same title in {named}"
    )
    name = tunes[0].name
    first = reports[0].match
    print(f"such as {name!r}: {first}\n")
    return [row("training tunes, another key and tempo", changed, index)]


def chorales(options: argparse.Namespace) -> None:
    """Look machine-made chorales up in an index of Bach's."""
    sets = read_chorales(options.jsb)
    held_out = sets["valid"] + sets["test"]
    began = time.process_time()
    index = CopyIndex.build(
        [(score, f"chorale {i}", "JSB") for i, score in enumerate(sets["train"])], held_out
    )
    size = len(index.to_bytes())
    print(
        f"\nindex of {len(sets['train'])} chorales: {size:,} bytes, {time.process_time() - began:.1f} s\n"
    )
    fakes = [tune.score for tune in load_tunes(options.fakes)]
    print_table(
        HEADER,
        [row("held-out chorales", held_out, index), row("machine-made chorales", fakes, index)],
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser(__name__, __doc__)
    parser.add_argument("store", type=Path)
    parser.add_argument("--model", default="folk")
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jsb", type=Path)
    parser.add_argument("--fakes", type=Path)
    parser.add_argument("--other", type=Path, action="append", default=[])
    parser.add_argument("--bands", type=Path, nargs="+", default=[], metavar="FOLDER")
    options = parser.parse_args(arguments)
    folder = find_model(options.model)
    path = attached_path(LANGUAGE_MODEL, folder, INDEX_STEM)
    began = time.process_time()
    index = CopyIndex.load(folder)
    loading = time.process_time() - began
    size = path.stat().st_size if path else 0
    about = f"{len(index.titles):,} tunes, {len(index.codes):,} places"
    print(f"index of {about}: {size:,} bytes, load {loading:.3f} s of CPU")
    real = [trimmed(tune) for tune in load_tunes(options.store)]
    scores = [tune.score for tune in real]
    if options.bands:
        sets = {each.name: [tune.score for tune in load_tunes(each)] for each in options.bands}
        print_roles({"held-out": scores, **sets}, index)
        return 0
    index.find(scores[0])
    began = time.process_time()
    rows = [row("held-out tunes (test)", scores, index)]
    print(f"search: {1000 * (time.process_time() - began) / len(scores):.1f} ms a tune\n")
    if options.count:
        rows += training_tunes(options, index)
        model, headers = (
            symgen.load_model(options.model),
            [record.header for _, record in fitting_pieces(options.store)],
        )
        seeds = range(options.seed, options.seed + options.count)
        sampled = [
            model.take_like(headers[i % len(headers)], seed=seed).score
            for i, seed in enumerate(seeds)
        ]
        rows.append(row("samples of their bars, meter, key, style and parts", sampled, index))
    rows.append(
        row(
            "held-out tunes, pitches shuffled",
            [shuffled(s, i) for i, s in enumerate(scores)],
            index,
        )
    )
    rows.append(
        row("random melodies of 200 notes", [random_melody(seed) for seed in range(300)], index)
    )
    for other in options.other:
        rows.append(row(other.stem, [tune.score for tune in load_tunes(other)], index))
    print_table(HEADER, rows)
    if options.jsb and options.fakes:
        chorales(options)
    return 0
