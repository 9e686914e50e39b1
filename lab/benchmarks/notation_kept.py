"""What MusicXML files keep when they are continued: bytes, measures and notes, read by two readers.

    python -m lab notation-kept FILE... [--bars 2] [--seed 1]
    python -m lab notation-kept --music21 [--bars 2] [--seed 1]

Each file is continued and written as MusicXML. Counted are the bytes of the tags and texts of the file that the output
has no more, the measures that are not the same byte for byte (from last ones the final bar line moves, or rests fill
them), and the notes of the continued score that our reader, and verovio, do not find in it (of verovio: the new ones
that it does not find beside what it finds in the file itself).
`--music21` takes 30 files of the corpus that comes with music21, of one to eight parts.
"""

from __future__ import annotations

import base64
import io
import re
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import mido

import symgen
from lab.benchmarks.common import print_table
from lab.commands import command_parser
from symgen.formats.limits import DEFAULT_LIMITS
from symgen.formats.musicxml.container import unpack_mxl
from symgen.music.sources import XmlDocument
from symgen.nets.models import choose_for_tune
from symgen.system.errors import SymgenError

CORPUS = (
    "bach/bwv1.6.mxl", "bach/bwv10.7.mxl", "bach/bwv108.6.mxl", "bach/bwv112.5.mxl", "bach/bwv120.6.mxl",
    "bach/bwv133.6.mxl", "bach/bwv139.6.mxl", "bach/bwv148.6.mxl", "bach/bwv149.7.mxl", "bach/bwv66.6.mxl",
    "beach/prayer_of_a_tired_child.musicxml", "corelli/opus3no1/1grave.xml", "cpebach/h186.mxl",
    "handel/rinaldo/Lascia_chio_pianga.mxl", "haydn/opus1no1/movement2.mxl", "haydn/opus1no1/movement3.mxl",
    "haydn/opus74no1/movement3.mxl", "johnson_j_r/lift_every_voice.mxl", "joplin/maple_leaf_rag.mxl",
    "leadSheet/berlinAlexandersRagtime.mxl", "leadSheet/fosterBrownHair.mxl", "liliuokalani/aloha_oe.mxl",
    "mozart/k155/movement2.mxl", "mozart/k458/movement2.mxl", "haydn/opus1no1/movement4.mxl",
    "schumann_clara/opus17/movement3.xml", "schumann_robert/opus48no2.mxl",
    "schumann_robert/opus41no1/movement3.mxl", "verdi/laDonnaEMobile.mxl", "bach/bwv13.6.mxl",
)  # fmt: skip

MEASURE = re.compile(rb"(<measure\b[^>]*/>|<measure\b.*?</measure>)", re.DOTALL)
Notes = Counter[tuple[float, int]]


def source_of(path: Path) -> bytes:
    """Return the text of a file."""
    data = path.read_bytes()
    return unpack_mxl(data, DEFAULT_LIMITS) if data.startswith(b"PK") else data


def lost_bytes(before: bytes, after: bytes) -> int:
    """Count the tags and texts of a document that another one has no more, part by part, wherever they stand."""
    lost = 0
    for old, new in zip(
        *(re.split(rb"(?=<part[ >])", text) for text in (before, after)), strict=False
    ):
        rows, others = (
            Counter(row.strip() for row in re.split(rb"(?<=>)|(?=<)", text)) for text in (old, new)
        )
        lost += sum(len(row) * count for row, count in (rows - others).items())
    return lost


def changed_measures(before: bytes, after: bytes) -> int:
    """Count measures that are not there byte for byte, in their order."""
    changed = 0
    for old, new in zip(
        *(re.split(rb"(?=<part[ >])", text) for text in (before, after)), strict=False
    ):
        changed += sum(
            a != b for a, b in zip(MEASURE.findall(old), MEASURE.findall(new), strict=False)
        )
    return changed


def verovio_notes(data: bytes) -> Notes:
    """Return onsets in quarters and pitches, as verovio plays a document."""
    import verovio

    verovio.enableLog(verovio.LOG_OFF)
    toolkit = verovio.toolkit()
    toolkit.setOptions({"expandNever": True})  # as written: repeats are played once
    toolkit.loadData(data.decode())
    midi = mido.MidiFile(file=io.BytesIO(base64.b64decode(toolkit.renderToMIDI())))
    found: Notes = Counter()
    for track in midi.tracks:
        now = 0
        for event in track:
            now += event.time
            if event.type == "note_on" and event.velocity:
                found[round(now / midi.ticks_per_beat, 2), event.note] += 1
    return found


def score_notes(score: symgen.Score) -> Notes:
    """Return onsets in quarters and pitches."""
    return Counter(
        (round(n.onset / score.resolution, 2), n.pitch) for part in score.parts for n in part.notes
    )


def judged(path: Path, bars: int, seed: int, folder: Path) -> list[str]:
    """Continue a file, and return a row of the table."""
    score = symgen.load_score(path)
    before = source_of(path)
    model = symgen.load_model(choose_for_tune(score, None))
    longer = model.continue_(score, bars=bars, seed=seed)
    symgen.save_score(longer, folder / "out.musicxml", overwrite=True)
    after = (folder / "out.musicxml").read_bytes()
    read = symgen.load_score(folder / "out.musicxml")
    ours = sum(
        (Counter(a.notes) - Counter(b.notes)).total()
        for a, b in zip(longer.parts, read.parts, strict=False)
    )
    new = score_notes(longer) - score_notes(score)
    theirs = verovio_notes(after) - verovio_notes(before)
    pitches = Counter(pitch for _, pitch in new.elements()) - Counter(
        pitch for _, pitch in theirs.elements()
    )
    kept = isinstance(longer.source, XmlDocument)
    measures = before.count(b"<measure ")
    figures = [
        len(score.parts),
        measures,
        len(before),
        lost_bytes(before, after),
        changed_measures(before, after),
    ]
    figures += [longer.note_count - score.note_count, ours, pitches.total()]
    return [path.name, "yes" if kept else "no", *map(str, figures)]


def row_of(path: Path, bars: int, seed: int, folder: Path) -> list[str]:
    """Return a row of the table, also of a file that cannot be continued."""
    try:
        return judged(path, bars, seed, folder)
    except SymgenError as error:
        return [path.name, str(error)[:60], *[""] * 8]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = command_parser(__name__, __doc__)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--music21", action="store_true")
    parser.add_argument("--bars", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    files = list(options.files)
    if options.music21:
        import music21

        files += [Path(music21.__file__).parent / "corpus" / name for name in CORPUS]
    with tempfile.TemporaryDirectory() as folder:
        rows = [row_of(path, options.bars, options.seed, Path(folder)) for path in files]
    head = [
        "file",
        "in its document",
        "parts",
        "measures",
        "bytes",
        "bytes lost",
        "measures changed",
    ]
    print_table([*head, "new notes", "not read", "not read by verovio"], rows)
    return 0
