"""Chords and phrases of scores: symbols where they are written, found ones elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise, product, zip_longest
from statistics import median

import numpy as np

from symgen.formats.limits import DEFAULT_LIMITS
from symgen.formats.musicxml.container import unpack_mxl
from symgen.formats.musicxml.tree import parse
from symgen.music.chord_symbols import ChordChange
from symgen.music.harmony import NO_CHORD_ROOT, PlacedChord, only_changes, plan_quality
from symgen.music.meter import Bar
from symgen.music.score import Note, Score
from symgen.music.theory import Chord, Key
from symgen.planner.beats import Beats, lay_beats
from symgen.system.errors import SymgenError

__all__ = ["fermatas", "key_of_chords", "phrases_of", "rests", "written_chords"]

# A phrase ends on a note that lasts so many beats or more; how many more is a matter of the tune.
_REST_BEATS = 1.5
# Phrases of a melody, in beats: the shortest one, and what is usual.
_SHORT_PHRASE, _USUAL_PHRASE, _LONG_PHRASE = 4, 6, 32
_FEWEST_NOTES = 8


# -- chords --------------------------------------------------------------------------------


def written_chords(score: Score) -> tuple[PlacedChord, ...]:
    """Return the chords that are written over the notes."""
    return only_changes(_written(change) for change in score.chords)


def _written(change: ChordChange) -> PlacedChord:
    try:
        chord = Chord.parse(change.name)
    except SymgenError:
        return PlacedChord(change.tick, NO_CHORD_ROOT)
    return PlacedChord(change.tick, chord.root, plan_quality(chord.quality), chord.bass)


def key_of_chords(chords: Sequence[PlacedChord], end: int) -> Key:
    """Return the key in which chords are most at home, and the last of which is its tonic, if it may be."""
    spans = [(b.at if b else end) - a.at for a, b in zip_longest(chords, chords[1:])]
    length = max(1, sum(spans))
    best = (-1.0, Key(0, "major"))
    for tonic, (mode, third) in product(range(12), (("major", ""), ("minor", "m"))):
        key = Key(tonic, mode)
        inside = sum(
            span
            for chord, span in zip(chords, spans, strict=True)
            if chord.pitch_classes <= key.scale
        )
        home = sum(
            span for chord, span in zip(chords, spans, strict=True)
            if chord.root == tonic and chord.quality.startswith("m") == bool(third)
        )  # fmt: skip
        last = [chord for chord in chords if chord.is_chord][-1:]
        closes = (
            bool(last) and last[0].root == tonic and last[0].quality.startswith("m") == bool(third)
        )
        best = max(
            best, (inside / length + home / length + 0.35 * closes, key), key=lambda pair: pair[0]
        )
    return best[1]


# -- phrases -------------------------------------------------------------------------------


def rests(line: Sequence[Note], bars: Sequence[Bar], resolution: int) -> list[int] | None:
    """Return the ticks at which phrases of a melody end, after its long notes; None if there are none."""
    if len(line) < _FEWEST_NOTES:
        return None
    beats = lay_beats(bars, resolution)
    beat = float(np.median(beats.ends - beats.starts))
    longest = max(b.onset - a.onset for a, b in pairwise(line))
    for least in sorted({b.onset - a.onset for a, b in pairwise(line)}):
        if least < _REST_BEATS * beat or least > longest:
            continue
        found = [0]
        for a, b in pairwise(line):
            # Two long notes in a row are one rest.
            if b.onset - a.onset >= least and b.onset - found[-1] >= _SHORT_PHRASE * beat:
                found.append(b.onset)
        spans = [b - a for a, b in pairwise([*found, bars[-1].end])]
        if _USUAL_PHRASE * beat <= median(spans):
            return [*found[1:], bars[-1].end] if median(spans) <= _LONG_PHRASE * beat else None
    return None


def fermatas(data: bytes, resolution: int) -> list[int]:
    """Return the ticks after the notes of the first part of a MusicXML file that have a fermata."""
    if data.startswith(b"PK"):
        data = unpack_mxl(data, DEFAULT_LIMITS)
    if not data.lstrip(b"\xef\xbb\xbf").startswith(b"<"):
        return []
    part = parse(data).find("part")
    found, now, unit = [], 0.0, 1.0
    for item in (
        (item for measure in part.all("measure") for item in measure.children) if part else ()
    ):
        unit = float(item.value("divisions") or unit)
        span = float(item.value("duration") or 0) / unit
        if item.tag == "backup":
            now -= span
        elif item.tag in ("note", "forward") and item.find("chord") is None:
            now += span
            if item.find("notations/fermata") is not None:
                found.append(round(now * resolution))
    return found


def phrases_of(ends: Sequence[int], beats: Beats) -> tuple[int, ...]:
    """Return the beats before which phrases end, from ticks; the last one is the end of the piece."""
    # What is left of a last bar behind the last phrase belongs to it.
    last = len(beats) - _SHORT_PHRASE
    found = {beats.beat_at(end) for end in ends}
    return (*sorted(beat for beat in found if 0 < beat <= last), len(beats))
