"""The score inside a performed file, from which it comes back byte for byte.

A sequencer-specific event at the start of the first track holds the MIDI file of the score, compressed, and a digest of
the performance. Whoever changes a note of the performance in another program has a file of a new digest, and that is
read as it is.
"""

from __future__ import annotations

import hashlib
import zlib
from contextlib import suppress
from dataclasses import replace

import numpy as np

from symgen.formats.limits import WRITTEN_LIMITS
from symgen.formats.midi import read_midi, write_midi
from symgen.midi.edits import Edits
from symgen.midi.events import META, PRIVATE, MidiFile, encode_midi
from symgen.midi.parts import find_parts
from symgen.midi.weave import weave
from symgen.music.note_tables import sorted_table
from symgen.music.score import Score
from symgen.performer.marks import SCORE_MARK
from symgen.system.errors import FormatError

__all__ = ["keep_score", "kept_score", "midi_score"]

_DIGEST = 16
# A file that unpacks to more than this is no score of ours.
_MOST = 2**26


def midi_score(score: Score) -> Score:
    """Return a score with the MIDI file that it writes as its source."""
    if isinstance(score.source, MidiFile):
        return score
    found = read_midi(write_midi(score), limits=WRITTEN_LIMITS)
    return replace(found, chords=score.chords)


def keep_score(performed: Score, written: Score) -> Score:
    """Return a performed score whose MIDI file holds the written one."""
    file = _without(weave(performed))
    if not _says(file, performed):
        performed = replace(
            read_midi(encode_midi(file), limits=WRITTEN_LIMITS), chords=performed.chords
        )
    payload = SCORE_MARK + _digest(file) + zlib.compress(write_midi(written), 9)
    edits = Edits(file)
    edits.add(file.played[0], early=[(0, META, PRIVATE, payload)])
    return replace(performed, source=edits.made())


def _says(file: MidiFile, score: Score) -> bool:
    """Tell whether a file is read as the notes of a score; one that lets a key go while it is down may not be."""
    played = {part.place: sorted_table(part.table).T for part in find_parts(file)[0]}
    return all(
        np.array_equal(played.get(place, part.note_array()[:0]), part.note_array())
        for place, part in zip(file.places, score.parts, strict=True)
    )


def kept_score(score: Score) -> Score | None:
    """Return the written score that a performed one was made of, or None."""
    source = score.source
    if not isinstance(source, MidiFile):
        return None
    found = [payload for *_, payload in source.metas(PRIVATE) if payload.startswith(SCORE_MARK)]
    # What was changed since is a piece of its own.
    if len(found) != 1 or found[0][len(SCORE_MARK) :][:_DIGEST] != _digest(_without(weave(score))):
        return None
    unpacking = zlib.decompressobj()
    with suppress(zlib.error, FormatError):
        data = unpacking.decompress(found[0][len(SCORE_MARK) + _DIGEST :], _MOST)
        return read_midi(data)
    return None


def _without(file: MidiFile) -> MidiFile:
    edits = Edits(file)
    for track, number, _, payload in file.metas(PRIVATE):
        if payload.startswith(SCORE_MARK):
            edits.remove((track, number))
    return edits.made()


def _digest(file: MidiFile) -> bytes:
    return hashlib.sha256(encode_midi(file)).digest()[:_DIGEST]
