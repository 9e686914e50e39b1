"""Prove that a performance keeps what is written: order, bars, length, flams, and all else in the file.

    python -m lab performed-pieces CORPORA --count 1000        # the folder of the zips; minutes
    python -m lab performed-pieces CORPORA --more FOLDER --seed 2

Pieces of all kinds, drawn by the seed: tunes, songs with piano, hymns, chorales, piano, quartets, bands, lead sheets
with chords, drums that are quantized; and with `--more` the music files of a folder, such as one of odd ones. Each is
performed with a feel, a style and a seed that are drawn, written, and read again. At feel 0 the file is the same, byte
for byte. A table counts the pieces of each kind and those that keep all; the others are named, with what they lose.
"""

from __future__ import annotations

import time
import zipfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lab.benchmarks.common import print_table
from lab.benchmarks.performed_checks import violations
from lab.commands import command_parser
from symgen.formats import READABLE, load_score
from symgen.formats.midi import write_midi
from symgen.music.performed import quantized
from symgen.music.score import Score
from symgen.performer.perform import perform
from symgen.system.errors import SymgenError

KINDS = {
    "folk": ("airds", "ryans", "oneills1850", "cre"),
    "songs with piano": ("lieder_cc0",),
    "hymns and chorales": ("openhymnal", "jsfakes"),
    "piano": ("chopin_fe", "polish"),
    "quartets": ("osq_cc0",),
    "bands": ("freedoom",),
    "lead sheets": ("songs_pd", "openhymnal_abc"),
    "drums": ("groove",),
    "played piano": ("pop909",),
}
STYLES = (None, "piano", "chamber", "chorale", "folk", "band")
_MOST_NOTES = 6_000
_FEELS = (0.3, 0.7, 1.0)


@dataclass(frozen=True)
class Piece:
    """A piece of a kind, as a score."""

    kind: str
    name: str
    score: Score


def members(archive: Path) -> list[str]:
    """Name the music files of a zip, no annotations."""
    with zipfile.ZipFile(archive) as pack:
        names = [n for n in pack.namelist() if Path(n).suffix.lower() in READABLE]
    if archive.stem == "pop909":
        names = [name for name in names if "/" not in name]
    return sorted(names)


def drawn(corpora: Path, count: int, rng: np.random.Generator) -> Iterator[Piece]:
    """Draw as many pieces of each kind as make `count` together."""
    for number, kind in enumerate(KINDS):
        yield from pieces_of(
            corpora, kind, count // len(KINDS) + (number < count % len(KINDS)), rng
        )


def pieces_of(corpora: Path, kind: str, count: int, rng: np.random.Generator) -> Iterator[Piece]:
    """Draw pieces of one of `KINDS`."""
    wanted, zips = count, KINDS[kind]
    if wanted:
        names = [(name, each) for name in zips for each in members(corpora / f"{name}.zip")]
        for index in rng.permutation(len(names)).tolist():
            if not wanted:
                break
            name, each = names[index]
            score = _read(corpora / f"{name}.zip", each)
            if score is None or not 0 < score.note_count <= _MOST_NOTES:
                continue
            wanted -= 1
            # Drums that people played are laid on the grid, so that they are performed.
            yield Piece(kind, f"{name}/{each}", quantized(score, 12) if kind == "drums" else score)


def _read(archive: Path, name: str) -> Score | None:
    with zipfile.ZipFile(archive) as pack:
        try:
            return load_score(pack.read(name))
        except SymgenError:
            return None


def odd_pieces(folder: Path) -> Iterator[Piece]:
    """Yield the pieces of a folder that can be read."""
    for path in sorted(path for path in folder.rglob("*") if path.suffix.lower() in READABLE):
        try:
            score = load_score(path)
        except SymgenError:
            continue
        if score.note_count:
            yield Piece("odd files", str(path.relative_to(folder)), score)


def faults_of(piece: Piece, rng: np.random.Generator) -> list[str]:
    """Perform a piece and name what is not kept."""
    before = write_midi(piece.score)
    style = STYLES[int(rng.integers(len(STYLES)))]
    feel = float(rng.choice(_FEELS))
    seed = int(rng.integers(1000))
    try:
        if write_midi(perform(piece.score, feel=0, style=style, seed=seed)) != before:
            return ["feel 0: other bytes"]
        after = write_midi(perform(piece.score, feel=feel, style=style, seed=seed))
        found = violations(before, after)
        again = perform(load_score(after), feel=feel, style=style, seed=seed)
        if not found and load_score(write_midi(again)) != load_score(after):
            found.append("performed again: another performance")
    except Exception as error:  # noqa: BLE001
        found = [f"{type(error).__name__}: {error}"]
    return [f"{line} (feel {feel}, style {style}, seed {seed})" for line in found]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table, and the pieces that lose something."""
    parser = command_parser(__name__, __doc__)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--more", type=Path, help="a folder with more music files")
    options = parser.parse_args(arguments)
    rng = np.random.default_rng(options.seed)
    sources: list[Callable[[], Iterator[Piece]]] = [
        lambda: drawn(options.corpora, options.count, rng)
    ]
    if options.more:
        sources.append(lambda: odd_pieces(options.more))
    tried, good, notes = Counter[str](), Counter[str](), Counter[str]()
    reasons: dict[str, Counter[str]] = defaultdict(Counter)
    began = time.perf_counter()
    for source in sources:
        for piece in source():
            found = faults_of(piece, rng)
            tried[piece.kind] += 1
            notes[piece.kind] += piece.score.note_count
            good[piece.kind] += not found
            for line in found:
                print(f"{piece.name}: {line}", flush=True)
                reasons[piece.kind][line.partition(":")[0]] += 1
    rows = [
        [kind, tried[kind], notes[kind], good[kind], dict(reasons[kind]) or "-"] for kind in tried
    ]
    rows.append(["all", tried.total(), notes.total(), good.total(), ""])
    print_table(["kind", "pieces", "notes", "keep all", "lose"], rows)
    print(f"{time.perf_counter() - began:.0f} seconds")
    return int(good.total() < tried.total())
