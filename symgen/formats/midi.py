"""Standard MIDI files, read and written by our own exact rules.

A score comes back equal from the file it was written to, and a file comes back event for event from the score that was
read from it: `symgen.midi.weave` says how. How a foreign file is read:

* what ends a note: see `symgen.midi.notes`; a note that nothing ends is cut after four quarters, with a warning;
* each track and channel with notes is a part, with the last program of that channel;
* drums: see `symgen.midi.parts`;
* the name of a first track without notes is the title; where the whole piece is one track, its name;
* names: see `symgen.midi.text`;
* a channel without a program in its own track takes the last one of any track;
* each pattern of a format 2 file that has notes is a piece of its own;
* time in film frames becomes quarter notes of half a second, whatever the tempos say.

What is done with damage stands in `symgen.formats.scan`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from symgen.formats.limits import DEFAULT_LIMITS, Limits, check_score
from symgen.formats.scan import Scan, scan_midi
from symgen.formats.tunes import Tune
from symgen.midi.chords import find_chords
from symgen.midi.event_tables import Event
from symgen.midi.events import LYRIC, META, NOTE_ON, MidiFile, encode_midi
from symgen.midi.notes import Pairing
from symgen.midi.parts import find_length, find_parts, find_title, read_maps
from symgen.midi.weave import weave
from symgen.music.score import Score, part_of_table
from symgen.music.sources import TextDocument, XmlDocument

__all__ = ["read_midi", "read_midi_tunes", "write_midi"]


def read_midi(data: bytes, name: str = "MIDI", limits: Limits = DEFAULT_LIMITS) -> Score:
    """Read a MIDI file from its bytes; of a file of format 2 the first piece."""
    return read_midi_tunes(data, name, limits)[0].score


def read_midi_tunes(
    data: bytes, name: str = "MIDI", limits: Limits = DEFAULT_LIMITS
) -> tuple[Tune, ...]:
    """Read the pieces of a MIDI file: one, or in format 2 each pattern that has notes."""
    scan = scan_midi(data, name, limits)
    files = [scan.file]
    if scan.file.format == 2:
        tracks = enumerate(scan.file.tracks)
        patterns = [index for index, track in tracks if track.channels]
        files = [replace(scan.file, places=((index, 0),)) for index in patterns] or files
    tunes = []
    for file in files:
        score, pairing = read_score(file)
        score = check_score(score, name, limits)
        problems = _problems(scan, pairing)
        tunes.append(Tune(score, score.title, problems=problems, count=len(files)))
    return tuple(tunes)


def read_score(file: MidiFile) -> tuple[Score, Pairing]:
    """Read what is played of a file, and how its notes were paired; the score keeps the file."""
    found, pairing = find_parts(file)
    if file.format == 2:  # the place by which the pattern was chosen holds nothing
        found = [part for part in found if part.played]
    parts = tuple(
        part_of_table(one.table, one.program, one.is_drum, one.name, is_sorted=one.is_sorted)
        for one in found
    )
    places = tuple(part.place for part in found)
    source = MidiFile(file.format, file.division, file.tracks, places)
    end, title = find_length(file), find_title(file)
    chords = tuple(each.chord for each in find_chords(file))
    maps = read_maps(file)._asdict()
    score = Score(
        parts, file.timing[0], **maps, length=end, title=title, source=source, chords=chords
    )
    return score, pairing


def _problems(scan: Scan, pairing: Pairing) -> tuple[str, ...]:
    """Say what was left out or repaired."""
    if not any(pairing[1:]):
        return scan.warnings
    cut = f", {pairing.cut} of them cut after four quarters" if pairing.cut else ""
    lines = {
        f"{pairing.hanging} notes that never end last to the end of their track{cut}": pairing.hanging,
        f"{pairing.restruck} notes that are not let go end where their key is struck again": pairing.restruck,
        f"{pairing.doubled} notes sound twice at once: the same key at the same time": pairing.doubled,
        f"{pairing.empty} notes of no length last one tick": pairing.empty,
    }
    found = (line for line, count in lines.items() if count)
    return (*scan.warnings, *found)


def write_midi(score: Score) -> bytes:
    """Write a score as a MIDI file, with the lyrics of its source."""
    file, source = weave(score), score.source
    if isinstance(source, XmlDocument) or (isinstance(source, TextDocument) and source.words):
        from symgen.formats.musicxml.marks import lyrics_of

        file = _with_lyrics(file, lyrics_of(score))
    return encode_midi(file)


def _with_lyrics(file: MidiFile, lyrics: Sequence[dict[int, str]]) -> MidiFile:
    """Put syllables before the notes with which they begin, in the tracks of their parts."""
    tracks = list(file.tracks)
    for (index, _), syllables in zip(file.places, lyrics, strict=False):
        # a player that shows what it reads has the syllable before the note sounds
        waiting, events = dict(syllables), list[Event]()
        for event in tracks[index].events:
            if event[1] & 0xF0 == NOTE_ON and event[0] in waiting:
                syllable = waiting.pop(event[0])
                events.append((event[0], META, LYRIC, syllable.encode("utf-8", "replace")))
            events.append(event)
        tracks[index] = replace(tracks[index], events=tuple(events))
    return replace(file, tracks=tuple(tracks))
