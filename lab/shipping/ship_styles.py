"""Write the style examples of the band, which lie beside it as text, as MIDI files into symgen/accompanying.

    python -m lab ship-styles [NAME...] [-o FOLDER]

`lab.shipping.style_texts` says how the text is read. In the file a marker opens each section, and markers such as
``Chord: G7`` say over which chord it sounds where that is not C.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate
from pathlib import Path

from lab.commands import command_parser
from lab.modules import PACKAGE
from lab.shipping.style_texts import STEPS, Section, Style, read_style
from symgen.midi.event_tables import Event
from symgen.midi.events import MARKER, META, TICK, MidiFile, encode_midi
from symgen.midi.layout import lay_out
from symgen.music.score import MeterChange, Part, Score, TempoChange
from symgen.system.files import write_atomic

__all__ = ["STYLES", "main", "style_midi"]

TEXTS = Path(__file__).parent / "styles"
FOLDER = PACKAGE / "accompanying" / "data" / "styles"
STYLES = tuple(sorted(path.stem for path in TEXTS.glob("*.txt")))
"""Names of the texts."""

RESOLUTION = 480


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the files, and print what they hold."""
    parser = command_parser(__name__, __doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="a style (all of them)")
    text = "where the files go (the package)"
    parser.add_argument("-o", "--output", type=Path, default=FOLDER, metavar="FOLDER", help=text)
    options = parser.parse_args(arguments)
    for name in options.names or STYLES:
        path = TEXTS / f"{name}.txt"
        style = read_style(path.read_text(encoding="utf-8"), str(path))
        data = style_midi(style, name)
        write_atomic(options.output / f"{name}.mid", data)
        sections = ", ".join(f"{section.name} {section.bars}" for section in style.sections)
        print(f"{name}: {len(data):,} bytes; bars: {sections}")
    return 0


def style_midi(style: Style, title: str) -> bytes:
    """Return the MIDI file of a style."""
    starts = [0, *accumulate(section.bars * style.bar for section in style.sections)]
    placed = list(zip(style.sections, starts, strict=False))
    score = Score(
        tuple(_part(name, program, placed) for name, program in style.parts.items()),
        STEPS,
        tempos=(TempoChange.of_bpm(0, style.tempo),),
        meters=(MeterChange(0, style.meter),),
        length=starts[-1],
        title=title,
    )
    markers = [mark for section, start in placed for mark in _marks(section, start)]
    return encode_midi(_marked(lay_out(score.with_resolution(RESOLUTION)), markers))


def _part(name: str, program: int | None, placed: Sequence[tuple[Section, int]]) -> Part:
    notes = [
        replace(note, onset=start + note.onset)
        for section, start in placed
        for note in section.notes[name]
    ]
    return Part(tuple(notes), program or 0, is_drum=program is None, name=name)


def _marks(section: Section, start: int) -> Iterator[Event]:
    """Yield what says that a section begins, and over which chords it sounds."""
    for at, text in [(0, section.name), *((at, f"Chord: {name}") for at, name in section.chords)]:
        yield (start + at) * RESOLUTION // STEPS, META, MARKER, text.encode("ascii")


def _marked(file: MidiFile, markers: Sequence[Event]) -> MidiFile:
    """Return a file with markers in its first track."""
    conductor, *others = file.tracks
    events = sorted([*conductor.events, *markers], key=TICK)
    return replace(file, tracks=(replace(conductor, events=tuple(events)), *others))
