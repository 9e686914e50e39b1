"""A small example of a style, as MIDI with markers, for tests of bands."""

from __future__ import annotations

from dataclasses import replace

from small import tune

from symgen.midi.events import MARKER, META, TICK, MidiFile, encode_midi
from symgen.midi.layout import lay_out
from symgen.music.score import Note, Part, Score

SECTIONS = ("Intro", "Main A", "Main B", "Fill", "Ending")
"""Of the example, two bars each but for the fill, which has one."""

_STARTS = (0, 2, 4, 6, 7)
_BARS = 9


def band_score() -> Score:
    """Return the music of the example: drums, a bass, chords and a riff."""
    quarter, bar = 12, 48
    bass = tune("|".join(["C2:2 G2 B2"] * _BARS)).parts[0].notes
    chords = [
        Note(start * bar + beat * quarter, pitch, quarter, 70)
        for start in range(_BARS)
        for beat in (1, 3)
        for pitch in (55, 60, 64)
    ]
    riff = tune("|".join(["- C5:.5 D5:.5 E5:2"] * _BARS)).parts[0].notes
    drums = [
        Note(start * bar + beat * quarter, (36, 38)[beat % 2], 3, 90)
        for start in range(_BARS)
        for beat in range(4)
    ]
    # The fill and no other bar has toms.
    drums += [Note(6 * bar + 36 + 3 * i, 47, 3, 90) for i in range(4)]
    parts = (
        Part(tuple(drums), is_drum=True, name="Drums"),
        Part(tuple(bass), 33, name="Bass"),
        Part(tuple(chords), 4, name="Chords"),
        Part(tuple(riff), 27, name="Riff"),
    )
    return Score(parts, quarter, length=_BARS * bar)


def band_midi(markers: tuple[tuple[int, str], ...] = ()) -> bytes:
    """Return the file; more markers stand in bars, from 0."""
    file: MidiFile = lay_out(band_score())
    places = [*zip(_STARTS, SECTIONS, strict=True), *markers]
    first, *others = file.tracks
    events = [(48 * bar, META, MARKER, text.encode()) for bar, text in places]
    marked = replace(first, events=tuple(sorted([*first.events, *events], key=TICK)))
    return encode_midi(replace(file, tracks=(marked, *others)))
