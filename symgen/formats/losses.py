"""What a written file does not hold of the one that its music was read from: marks and events, counted."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Literal

from symgen.midi.chords import find_chords
from symgen.midi.event_tables import Event
from symgen.midi.events import (
    ESCAPE,
    KEY,
    LYRIC,
    MESSAGE_NAMES,
    META,
    META_NAMES,
    METER,
    NAME,
    NOTE_OFF,
    NOTE_ON,
    PROGRAM,
    SYSEX,
    TEMPO,
    MidiFile,
    Track,
)
from symgen.midi.keys import EventIndex
from symgen.midi.parts import SIGNED
from symgen.midi.weave import weave
from symgen.music.score import Score
from symgen.music.sources import TextDocument, XmlDocument

__all__ = [
    "abc_marks",
    "count_events",
    "count_marks",
    "kern_marks",
    "lost_in_abc",
    "lost_in_midi",
    "lost_in_musicxml",
]

_WRITTEN = frozenset((PROGRAM, NOTE_ON, NOTE_OFF))
_WRITTEN_METAS = frozenset((NAME, TEMPO, METER, KEY))
"""What notation says too, in its own way."""


def count_events(events: Iterable[Event]) -> str:
    """Count events by their kinds: ``"2 controllers, 1 lyric"``."""
    counts = Counter(map(_kind, events))
    return ", ".join(f"{count} {name}{'s' * (count > 1)}" for name, count in counts.items())


def count_marks(score: Score) -> Counter[str]:
    """Count what the file that a score was read from holds besides notes, by kinds."""
    if isinstance(score.source, MidiFile):
        return Counter(map(_kind, _unwritten(score.source)))
    return +_marks(score)


def lost_in_midi(before: Score, after: Score) -> tuple[str, ...]:
    """Say which events of a file, notes aside, a MIDI file of a score does not hold in their place."""
    if not isinstance(before.source, MidiFile):
        return _lost_of_notation(before, after, "midi")
    if isinstance(after.source, MidiFile):
        missing = count_events(_missing(before.source, weave(after)))
        if not missing:
            return ()
        return (f"{missing} of the file that was read cannot stay: new notes are in the way",)
    left_out = _without_lyrics(_unwritten(before.source), after)
    return (f"{left_out} of the file that was read are left out",) if left_out else ()


def lost_in_musicxml(before: Score, after: Score) -> tuple[str, ...]:
    """Say what a MusicXML file does not hold of the file that was read; see `lost_in_midi`."""
    if not isinstance(before.source, MidiFile):
        return _lost_of_notation(before, after, "musicxml")
    lost = _without_lyrics(_unwritten(before.source), after)
    return (f"{lost} of the MIDI file have no place in notation",) if lost else ()


def _without_lyrics(events: Iterable[Event], after: Score) -> str:
    """Count events, but for the lyrics that a score has at its notes."""
    found = list(events)
    has_lyrics = any(event[1] == META and event[2] == LYRIC for event in found)
    left = _kept_lyrics(after) if has_lyrics else 0
    rest = []
    for event in found:
        if left and event[1] == META and event[2] == LYRIC:
            left -= 1
        else:
            rest.append(event)
    return count_events(rest)


def lost_in_abc(before: Score, after: Score) -> tuple[str, ...]:
    """Say what an ABC file does not hold of the file that was read; see `lost_in_midi`."""
    from symgen.formats.abc.signs import off_grid

    if isinstance(before.source, MidiFile):
        lost = count_events(_unwritten(before.source))
        lines = [f"{lost} of the MIDI file have no place in notation"] if lost else []
    else:
        lines = list(_lost_of_notation(before, after, "abc"))
    moved = off_grid(after)
    if moved:
        lines.append(f"{moved} notes lie between the note values of ABC and were moved to them")
    levels = {note.velocity for part in after.parts for note in part.notes}
    if len(levels) > 1:
        lines.append("how loud each note is, is left out: ABC has no word for it")
    return tuple(lines)


def _missing(before: MidiFile, after: MidiFile) -> Iterable[Event]:
    chords = _of_chords(before)
    for index, (old, new) in enumerate(zip(before.tracks, after.tracks, strict=False)):
        gone = _without_notes(old) - _without_notes(new)
        # Chords may have moved with the music.
        gone -= Counter(old.events[number] for at, number in chords if at == index)
        yield from gone.elements()


def _without_notes(track: Track) -> Counter[Event]:
    # note offs and note ons are the two kinds that differ in bit 4 only
    return Counter(event for event in track.events if event[1] & 0xE0 != NOTE_OFF)


def _unwritten(file: MidiFile) -> Iterable[Event]:
    chords = _of_chords(file)
    return (
        event
        for index in file.played
        for number, event in enumerate(file.tracks[index].events)
        if not _is_written(event) and (index, number) not in chords
    )


def _of_chords(file: MidiFile) -> frozenset[EventIndex]:
    """Return the events that say chords, which every format holds."""
    return frozenset(event for found in find_chords(file) for event in found.events)


def _is_written(event: Event) -> bool:
    _, status, first, payload = event
    if status != META:
        return status < SYSEX and status & 0xF0 in _WRITTEN
    return first in _WRITTEN_METAS or (isinstance(payload, bytes) and payload.startswith(SIGNED))


def _kind(event: Event) -> str:
    if event[1] == META:
        return META_NAMES.get(event[2], "other event")
    return (
        "system exclusive message"
        if event[1] in (SYSEX, ESCAPE)
        else MESSAGE_NAMES[event[1] & 0xF0]
    )


# -- of notation -----------------------------------------------------------------------
# What reads MusicXML is loaded where it is needed: most scores come from MIDI.


def _lost_of_notation(
    before: Score, after: Score, kind: Literal["abc", "midi", "musicxml"]
) -> tuple[str, ...]:
    """Say what of the notation that a score was read from a file does not hold."""
    if before.source is None:
        return ()
    has_document = isinstance(after.source, XmlDocument)
    if kind == "midi":
        marks = _marks(before)
        if after.chords:
            del marks["chord symbol"]
        marks["lyric"] -= _kept_lyrics(after)  # the words that are sung have a place in MIDI
        if not has_document:
            return _line("left out:", marks)
        return _line("MIDI has no place for", marks)
    if kind == "abc":
        marks = _marks(before)
        marks["lyric"] -= _kept_lyrics(after)
        if after.chords:
            del marks["chord symbol"]
        return _line("left out:", marks)
    if isinstance(after.source, XmlDocument) and len(after.source.places) <= len(after.parts):
        from symgen.formats.musicxml import edit_document

        return _line("gone with their notes:", edit_document(after, after.source).lost)
    marks = _marks(before)
    marks["lyric"] -= _kept_lyrics(after)
    if after.chords:  # they are written anew
        del marks["chord symbol"]
    return _line("left out:", marks)


def _kept_lyrics(score: Score) -> int:
    from symgen.formats.musicxml.marks import lyrics_of

    return sum(map(len, lyrics_of(score)))


def _marks(score: Score) -> Counter[str]:
    """Count the marks of the notation that a score was read from."""
    from symgen.formats.musicxml.marks import document_marks
    from symgen.formats.musicxml.reading import read_document
    from symgen.formats.musicxml.tree import parse

    if isinstance(score.source, TextDocument):
        return Counter(dict(score.source.marks))
    if not isinstance(score.source, XmlDocument):
        return Counter()
    document = read_document(score.source.data)
    found: Counter[str] = Counter()
    for index in dict.fromkeys(index for index, _ in score.source.places):
        for measure in document.parts[index].measures:
            element = parse(document.data, measure.start, measure.end)
            found += document_marks(element.children)
    return found


def _line(what: str, marks: Counter[str]) -> tuple[str, ...]:
    from symgen.formats.musicxml.marks import describe_marks

    found = +marks
    return (f"{what} {describe_marks(found)}",) if found else ()


# -- marks in texts --------------------------------------------------------------------

_FIELD = r"^[A-Za-z+]:|^%"
_ABC = (
    ("chord symbol", r'"(?![\^_<>@])[^"]+"'),
    ("annotation", r'"[\^_<>@][^"]*"'),
    ("ornament", r"![^!\s]+!|[.~HLMOPSTuv](?=[\^_=]*[A-Ga-g\[])"),
    ("slur", r"\((?!\d)"),
    ("repeat sign", r"\|:|:\||::"),
)
_QUOTED = r'"[^"]*"|![^!\s]*!|\[[A-Za-z]:[^\]]*\]'
_GRACE = r"\{[^}]*\}"
_NOTE = r"[A-Ga-g]"
_SYLLABLE = r"[^\s*_|~-]+"
_KERN = (
    ("slur", r"\("),
    ("articulation", r"['\"`~^]"),
    ("fermata", r";"),
    ("ornament", r"[tTmMwWSsO$]"),
    ("grace note", r"[qQ]"),
)
_SPINES = {
    "**text": "lyric", "**silbe": "lyric", "**dynam": "dynamic mark", "**mxhm": "chord symbol",
    "**harm": "chord symbol",
}  # fmt: skip


def abc_marks(text: str) -> Counter[str]:
    """Count the marks of one tune of ABC."""
    found: Counter[str] = Counter()
    for line in text.splitlines():
        if line.startswith("w:"):
            found["lyric"] += len(re.findall(_SYLLABLE, line[2:]))
        if re.match(_FIELD, line):
            continue
        music = line.partition("%")[0]
        graces = "".join(re.findall(_GRACE, music))
        found["grace note"] += len(re.findall(_NOTE, graces))
        signs = re.sub(_QUOTED, _bare, re.sub(_GRACE, "", music))
        for name, sign in _ABC:
            is_text = name in ("chord symbol", "annotation")
            found[name] += len(re.findall(sign, music if is_text else signs))
    return +found


def _bare(quoted: re.Match[str]) -> str:
    """Keep decorations only of what is quoted."""
    return quoted[0] if quoted[0].startswith("!") else ""


def kern_marks(text: str) -> Counter[str]:
    """Count the marks of a kern file."""
    found: Counter[str] = Counter()
    kinds: list[str] = []
    for line in text.splitlines():
        tokens = line.split("\t")
        if any(token.startswith("**") for token in tokens):
            kinds = tokens
        if line.startswith(("!", "*", "=")) or len(tokens) != len(kinds):
            continue
        # a dot repeats what stands above it
        words = [pair for pair in zip(kinds, tokens, strict=True) if pair[1].strip(".")]
        found.update(_SPINES[kind] for kind, _ in words if kind in _SPINES)
        notes = [word for kind, word in words if kind == "**kern"]
        for name, sign in _KERN:
            found[name] += sum(len(re.findall(sign, word)) for word in notes)
    return +found
