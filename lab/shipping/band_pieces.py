"""Make pieces for a band of pieces for many parts: six pitched parts at most, and one of drums.

    python -m lab band-pieces FREEDOOM.zip STORE -o FOLDER

STORE: the same zip as ``symgen corpus FREEDOOM.zip --performed`` packs it; it says which pieces are kin. The six parts
with most notes are kept. Of a piece with more, training gets a second arrangement, of parts that are drawn. Beside
the MIDI files lies ``metadata.csv`` with split and style: kin go to one split.
"""

from __future__ import annotations

import csv
import hashlib
import io
import random
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory

from lab.commands import command_parser
from symgen import load_score, save_score
from symgen.corpus import Store
from symgen.music.score import Part, Score
from symgen.system.errors import SymgenError
from symgen.system.files import write_atomic

_MOST = 6
_FEWEST_NOTES = 8
_HELD_OUT = {"test": 8, "valid": 16}
"""Of a hundred groups of kin, up to which one goes to the split."""
_MOST_KIN = 30
"""More kin than this are one musician's drum patterns: they stay together, and in training."""
_STYLE = "game"


def arrangements(score: Score, seed: str) -> Iterator[Score]:
    """Yield the piece for its busiest parts, and for some that are drawn, if it has more than a band has."""
    pitched = [
        part for part in score.parts if not part.is_drum and part.note_count >= _FEWEST_NOTES
    ]
    busiest = sorted(pitched, key=lambda part: -part.note_count)
    yield _band(score, busiest[:_MOST])
    if len(busiest) > _MOST:
        rng = random.Random(seed)  # noqa: S311 - music, not secrets
        yield _band(score, rng.sample(busiest, min(_MOST, len(busiest) - 3)))


def _band(score: Score, pitched: Sequence[Part]) -> Score:
    """Return the parts from the highest to the lowest, and all drums as one part behind them."""
    drums = [part for part in score.parts if part.is_drum and part.note_count]
    strokes = sorted((note for part in drums for note in part.notes), key=lambda note: note.onset)
    ordered = sorted(pitched, key=lambda part: -fmean(note.pitch for note in part.notes))
    parts = (*ordered, *(part.with_notes(strokes) for part in drums[:1]))
    # The parts stand in an order of their own, so the file that they were read from is left behind.
    return replace(score, parts=parts, source=None)


def split_of(group: str, kin: int) -> str:
    """Return the split of a group of so many kin."""
    place = int(hashlib.sha256(group.encode()).hexdigest(), 16) % 100
    held = next((split for split, most in _HELD_OUT.items() if place < most), "train")
    return "train" if kin > _MOST_KIN else held


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser(__name__, __doc__)
    parser.add_argument("zip", type=Path)
    parser.add_argument("store", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    options = parser.parse_args(arguments)
    groups = {record.locator: record.group for record in Store.open(options.store).pieces()}
    kin = {group: list(groups.values()).count(group) for group in groups.values()}
    options.output.mkdir(parents=True)
    rows: list[tuple[str, str, str]] = []
    with zipfile.ZipFile(options.zip) as archive, TemporaryDirectory() as work:
        for name in sorted(set(archive.namelist()) & set(groups)):
            path = Path(work) / "piece.mid"
            path.write_bytes(archive.read(name))
            try:
                score = load_score(path)
            except SymgenError as error:
                print(error)
                continue
            split = split_of(groups[name], kin[groups[name]])
            for letter, piece in zip("ab", arrangements(score, name), strict=False):
                if piece.note_count and (letter == "a" or split == "train"):
                    made = f"{Path(name).stem}~{letter}.mid"
                    save_score(piece, options.output / made)
                    rows.append((made, split, _STYLE))
    write_table(options.output, rows)
    print(f"{options.output}: {len(rows)} pieces")
    return 0


def write_table(folder: Path, rows: Iterable[Sequence[str]]) -> None:
    """Write the file, split and style of each piece."""
    table = io.StringIO()
    csv.writer(table).writerows([("file", "split", "style"), *rows])
    write_atomic(folder / "metadata.csv", table.getvalue())
