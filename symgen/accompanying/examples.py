"""Styles as examples: a few bars that a band plays, with the role of each part, to be laid over other chords."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from symgen.formats import load_score
from symgen.midi.events import MARKER, MidiFile
from symgen.midi.text import decode_text
from symgen.music.chord_symbols import ChordChange, names_chord
from symgen.music.chords import chords_of
from symgen.music.harmony import PlacedChord, only_changes, placed_symbol, plan_quality
from symgen.music.meter import Bar
from symgen.music.roles import Role, roles_of
from symgen.music.score import Part, Score
from symgen.music.tempo import usual_tempo
from symgen.system.errors import ControlError, FormatError
from symgen.system.text import did_you_mean

__all__ = ["SECTIONS", "Example", "Section", "example_names", "load_example", "read_example"]

SECTIONS = ("Intro", "Main A", "Main B", "Fill", "Ending")
"""Names of sections, as markers open them."""

_MAIN = "Main A"
_FOLDER = Path(__file__).parent / "data" / "styles"
# So many bars of an example of a user's own are taken.
_MOST_BARS = 16
_CHORD = re.compile(r"chord\s*:\s*(.+)", re.IGNORECASE)
_PLAIN = PlacedChord(0, 0)


@dataclass(frozen=True)
class Section:
    """Some bars of an example, from tick 0 on."""

    # One of `SECTIONS`.
    name: str
    score: Score
    # What sounds in them, in ticks; the first one stands at 0.
    chords: tuple[PlacedChord, ...]

    @property
    def bars(self) -> tuple[Bar, ...]:
        """Whole bars, at least one."""
        return self.score.bars

    def chord_at(self, tick: int) -> PlacedChord:
        """Return the chord that sounds at a tick."""
        return self.chords[max(0, bisect_right([each.at for each in self.chords], tick) - 1)]


@dataclass(frozen=True)
class Example:
    """What a band plays in a style; every section has the same parts in the same order."""

    name: str
    # Of each part.
    roles: tuple[Role, ...]
    sections: tuple[Section, ...]
    # Quarters a minute.
    tempo: float

    def section(self, name: str) -> Section | None:
        """Return a section by its name."""
        return next((each for each in self.sections if each.name == name), None)

    @property
    def main(self) -> Section:
        """The section that is played most."""
        return self.section(_MAIN) or self.sections[0]

    @property
    def parts(self) -> tuple[Part, ...]:
        """The parts, with the notes of the first section."""
        return self.sections[0].score.parts

    @property
    def kit(self) -> frozenset[int]:
        """The drums that it strikes."""
        return frozenset(
            note.pitch
            for section in self.sections
            for part in section.score.parts
            if part.is_drum
            for note in part.notes
        )

    def has(self, role: Role) -> bool:
        """Whether a part has a role."""
        return role in self.roles


def example_names() -> tuple[str, ...]:
    """Return the names of the styles that come along."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.mid")))


def load_example(style: str | Path) -> Example:
    """Return a style by its name, or the example in a file."""
    text = str(style)
    name = re.sub(r"[\s_]+", "-", text.strip().lower())
    if name in example_names():
        return _shipped(name)
    if Path(text).suffix or Path(text).exists():
        return read_example(load_score(Path(text)), Path(text).name)
    known = ", ".join(example_names())
    near = did_you_mean(name, example_names())
    raise ControlError(f"style {text!r}: must be one of {known}, or a file of your own{near}")


@lru_cache(maxsize=16)
def _shipped(name: str) -> Example:
    return read_example(load_score(_FOLDER / f"{name}.mid"), name)


def read_example(score: Score, name: str) -> Example:
    """Read an example: its sections as markers open them, or all of it as one."""
    played = tuple(part for part in score.parts if part.note_count)
    if not played:
        raise FormatError(f"style {name}: the example has no notes")
    roles = roles_of(score.with_parts(played))
    if set(roles) <= {"melody"}:
        raise FormatError(
            f"style {name}: the example has nothing but a melody; it needs chords, a bass or drums"
        )
    markers = tuple(_markers(score))
    music = replace(score, parts=played, source=None, chords=())
    tempo = usual_tempo(music, music.length).bpm
    spans = _marked_spans(music, markers)
    if spans:
        chords = _written_chords(markers, [start for _, start, _ in spans])
    else:
        spans = [(_MAIN, *_played_bars(music))]
        chords = _found_chords(replace(music, chords=score.chords))
    sections = tuple(_cut(music, chords, *span) for span in spans)
    return Example(name, roles, sections, tempo)


def _markers(score: Score) -> Iterator[tuple[int, str]]:
    """Yield the markers of the file that a score was read from."""
    if not isinstance(score.source, MidiFile):
        return
    for track in score.source.tracks:
        for _, tick, payload in track.metas(MARKER):
            yield tick, decode_text(payload).strip()


def _marked_spans(score: Score, markers: Sequence[tuple[int, str]]) -> list[tuple[str, int, int]]:
    """Return name, first tick and first tick after each section that a marker opens, from bar line to bar line."""
    known = {name.lower(): name for name in SECTIONS}
    lines = [*(bar.start for bar in score.bars), score.bars[-1].end]
    opened = {
        min(lines, key=lambda line: abs(line - tick)): known[text.lower()]
        for tick, text in sorted(markers)
        if text.lower() in known
    }
    starts = sorted(tick for tick in opened if tick < lines[-1])
    return [(opened[start], start, end) for start, end in pairwise([*starts, lines[-1]])]


def _written_chords(
    markers: Sequence[tuple[int, str]], starts: Sequence[int]
) -> tuple[PlacedChord, ...]:
    """Return the chords that markers such as ``Chord: G7`` name; each section begins over C."""
    found = {tick: replace(_PLAIN, at=tick) for tick in starts}
    for tick, text in markers:
        named = _CHORD.fullmatch(text)
        if named and names_chord(named[1]):
            found[tick] = placed_symbol(ChordChange(tick, named[1]))
    return tuple(found[tick] for tick in sorted(found))


def _played_bars(score: Score) -> tuple[int, int]:
    """Return from where to where an example without sections goes: whole bars from the first note on."""
    first = min(part.notes[0].onset for part in score.parts)
    bars = [bar for bar in score.bars if bar.end > first and bar.start < score.music_end]
    full = ([bar for bar in bars if bar.number > 0] or bars)[:_MOST_BARS]
    return full[0].start, full[-1].end


def _found_chords(score: Score) -> tuple[PlacedChord, ...]:
    """Return the chords of an example, its symbols or what is heard; over drums alone it is C."""
    if score.chords:
        return only_changes(map(placed_symbol, score.chords))
    heard = [
        PlacedChord(tick, chord.root, plan_quality(chord.quality), chord.bass)
        for tick, chord in chords_of(score)
    ]
    return only_changes(heard) or (_PLAIN,)


def _cut(score: Score, chords: Sequence[PlacedChord], name: str, start: int, end: int) -> Section:
    before = [each for each in chords if each.at <= start][-1:] or list(chords[:1])
    inside = [each for each in chords if start < each.at < end]
    moved = [
        *(replace(each, at=0) for each in before),
        *(replace(each, at=each.at - start) for each in inside),
    ]
    return Section(name, score.slice_ticks(start, end), tuple(moved))
