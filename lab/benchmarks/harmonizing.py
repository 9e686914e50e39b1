"""How well chosen chords fit melodies, and how often they are those that a lead sheet was printed with.

    python -m lab harmonizing SONGS

SONGS: a zip or folder of MusicXML lead sheets (OpenEWLD). Those whose title falls to one fifth by its hash are
measured; no model has seen them. The melody alone is harmonized; root, and root and quality, are compared beat by beat
with the printed symbol, where there is one. Fit is the share of bar lines and half bars on which the melody has a tone
of the chord. Clash is the share of the time of the melody, beside each tone of its chords, in which the two are a
semitone or a major seventh apart. Beside it stand the tonic throughout, and of each half bar the triad that its tones
fill most, weighed by the profile of the key (Krumhansl and Kessler 1982).
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lab.benchmarks.common import print_table
from lab.commands import command_parser
from symgen.formats import load_score
from symgen.harmonizer.choosing import Wish, choose_chords
from symgen.music.harmony import PlacedChord, chord_beats, placed_symbol
from symgen.music.keys import infer_key
from symgen.music.score import Score
from symgen.music.theory import Key
from symgen.system.errors import SymgenError
from symgen.writing.harmonizing import HARMONY_TEMPERATURE

__all__ = [
    "FOLDS",
    "LeadSheet",
    "chords_by_beat",
    "clash_times",
    "fold_of",
    "is_held_out",
    "lead_sheets",
    "main",
    "sheet_files",
]

FOLDS = 5
_FACTS = "meta.json"


@dataclass(frozen=True)
class LeadSheet:
    """A melody, and the chords that are printed over it, in ticks."""

    title: str
    score: Score
    chords: tuple[PlacedChord, ...]


def fold_of(title: str) -> int:
    """Return to which fifth of the songs a song belongs, by the hash of its title."""
    return int(hashlib.sha256(title.lower().encode()).hexdigest(), 16) % FOLDS


def is_held_out(title: str) -> bool:
    """Whether a song is measured, and none learns of it."""
    return fold_of(title) == 0


def sheet_files(path: Path, suffixes: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """Yield the files of a zip or folder in the order of their names, and these."""
    if path.is_dir():
        for each in sorted(path.rglob("*")):
            if each.suffix in suffixes:
                yield each.name, each.read_bytes()
        return
    with zipfile.ZipFile(path) as archive:
        for name in sorted(archive.namelist()):
            if name.endswith(suffixes):
                yield name, archive.read(name)


def lead_sheets(path: Path) -> Iterator[LeadSheet]:
    """Read lead sheets."""
    known = {name: json.loads(data) for name, data in sheet_files(path, (_FACTS,))}.get(_FACTS, {})
    for name, data in sheet_files(path, (".mxl",)):
        try:
            score = load_score(data)
        except SymgenError:
            continue
        chords = tuple(map(placed_symbol, score.chords))
        if chords and score.note_count:
            title = known.get(name, {}).get("title", score.title)
            yield LeadSheet(title, replace(score, chords=(), source=None), chords)


# -- what is set beside the harmonizer ---------------------------------------------------

_PROFILES = {
    False: (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88),
    True: (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17),
}

Chooser = Callable[[Score, Key], Sequence[PlacedChord]]


def _tonic(score: Score, key: Key) -> list[PlacedChord]:  # noqa: ARG001
    return [PlacedChord(0, key.tonic, "m" * key.minor)]


def _templates(score: Score, key: Key) -> list[PlacedChord]:
    """Choose the triad of each half bar by its tones and the profile of the key."""
    starts, _, levels = chord_beats(score.bars, score.resolution)
    lines = starts[levels < 2]
    profile = np.roll(_PROFILES[key.minor], key.tonic)
    filled = np.zeros((len(lines), 12))
    for note in score.parts[0].notes:
        first = int(np.searchsorted(lines, note.onset, side="right")) - 1
        filled[first, note.pitch % 12] += note.duration
    found = []
    for tick, tones in zip(lines.tolist(), filled, strict=True):
        triads = [PlacedChord(tick, root, quality) for root in range(12) for quality in ("", "m")]
        within = [chord for chord in triads if chord.pitch_classes <= key.scale] or triads
        worth = [
            sum(tones[tone] * profile[tone] for tone in chord.pitch_classes)
            + profile[chord.root] / 9
            for chord in within
        ]
        found.append(within[int(np.argmax(worth))])
    return found


def _chosen(wish: Wish) -> Chooser:
    def choose(score: Score, key: Key) -> Sequence[PlacedChord]:
        return choose_chords(score, score.parts[0].notes, key, wish)

    return choose


# -- measures ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Figures:
    """What chords are worth for some songs, each an array of one value a beat or song."""

    root: float
    whole: float
    fit: float
    clash: float
    changes: float


def chords_by_beat(
    chords: Sequence[PlacedChord], starts: NDArray[np.int64]
) -> list[PlacedChord | None]:
    ticks = [chord.at for chord in chords]
    rows = (np.searchsorted(ticks, starts, side="right") - 1).tolist()
    return [chords[row] if row >= 0 and chords[row].is_chord else None for row in rows]


def measured(sheets: Sequence[LeadSheet], choose: Chooser | None) -> Figures:
    """Measure chosen chords, or the printed ones."""
    roots, wholes, fits, changes, bars = [], [], [], 0, 0
    clashes = np.zeros(2)
    for sheet in sheets:
        score = sheet.score
        starts, _, levels = chord_beats(score.bars, score.resolution)
        chords = sheet.chords if choose is None else choose(score, infer_key(score))
        mine, printed = chords_by_beat(chords, starts), chords_by_beat(sheet.chords, starts)
        for ours, theirs in zip(mine, printed, strict=True):
            if theirs is not None:
                same = ours is not None and ours.root == theirs.root
                roots.append(same)
                wholes.append(same and ours is not None and ours.quality == theirs.quality)
        fits += _fits(score, starts[levels < 2], mine, levels)
        clashes += clash_times(score, starts, mine)
        pairs = pairwise(each and (each.root, each.quality) for each in mine)
        changes += sum(before != after for before, after in pairs)
        bars += len(score.bars)
    return Figures(
        float(np.mean(roots)), float(np.mean(wholes)), float(np.mean(fits)),
        float(clashes[0] / clashes[1]), changes / bars,
    )  # fmt: skip


def clash_times(
    score: Score, starts: NDArray[np.int64], chords: Sequence[PlacedChord | None]
) -> NDArray[np.float64]:
    """Return how long notes of the melody clash with tones of their chords, and how long they sound beside them."""
    ends = [*starts[1:].tolist(), score.bars[-1].end]
    clash = total = 0.0
    for note in score.parts[0].notes:
        first = max(0, int(np.searchsorted(starts, note.onset, side="right")) - 1)
        for beat in range(first, int(np.searchsorted(starts, note.end))):
            chord = chords[beat]
            time = min(ends[beat], note.end) - max(int(starts[beat]), note.onset)
            if chord is not None and time > 0:
                tones = chord.pitch_classes
                total += time * len(tones)
                clash += time * sum((note.pitch - tone) % 12 in (1, 11) for tone in tones)
    return np.array([clash, total])


def _fits(
    score: Score,
    strong: NDArray[np.int64],
    chords: Sequence[PlacedChord | None],
    levels: NDArray[np.int64],
) -> list[bool]:
    """Return on which strong beats the melody has a tone of the chord."""
    sounding = [(note.onset, note.end, note.pitch % 12) for note in score.parts[0].notes]
    over = [chord for chord, level in zip(chords, levels, strict=True) if level < 2]
    found = []
    for tick, chord in zip(strong.tolist(), over, strict=True):
        tones = [tone for onset, end, tone in sounding if onset <= tick < end]
        if chord is not None and tones:
            found.append(tones[-1] in chord.pitch_classes)
    return found


def main(arguments: Sequence[str]) -> int:
    """Measure."""
    parser = command_parser(__name__, __doc__)
    parser.add_argument("songs", type=Path)
    options = parser.parse_args(arguments)
    sheets = [sheet for sheet in lead_sheets(options.songs) if is_held_out(sheet.title)]
    ways: dict[str, Chooser | None] = {
        "as printed": None,
        "the tonic throughout": _tonic,
        "triads by the profile of the key, a half bar": _templates,
        "harmonize, a bar": _chosen(Wish("bar")),
        "harmonize, a half bar": _chosen(Wish("half bar")),
        "harmonize, a beat": _chosen(Wish("beat")),
        "harmonize, a half bar, drawn as by default": _chosen(
            Wish(temperature=HARMONY_TEMPERATURE)
        ),
    }
    rows = []
    for name, choose in ways.items():
        found = measured(sheets, choose)
        rows.append([name, found.root, found.whole, found.fit, found.clash, found.changes])
    header = [f"{len(sheets)} songs", "root", "root and quality", "fit", "clash", "changes a bar"]
    print_table(header, rows)
    return 0
