"""Chords and phrases of scores: symbols where they are written, found ones elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby, pairwise, product, zip_longest
from statistics import median

import numpy as np

from lab.planner.pieces import SHORTEST, Piece, on_beats
from symgen.formats.limits import DEFAULT_LIMITS
from symgen.formats.musicxml.container import unpack_mxl
from symgen.formats.musicxml.tree import parse
from symgen.music.chord_symbols import ChordChange
from symgen.music.chords import chords_of
from symgen.music.harmony import NO_CHORD_ROOT, PLAN_QUALITIES, PlacedChord, only_changes
from symgen.music.keys import infer_key
from symgen.music.meter import Bar
from symgen.music.score import Note, Score
from symgen.music.theory import QUALITIES, Chord, Key, parse_tonic
from symgen.planner.beats import lay_beats
from symgen.system.errors import SymgenError

__all__ = ["fermatas", "found_chords", "key_of_chords", "pieces_of", "rests", "written_chords"]

# A phrase ends on a note that lasts so many beats or more; how many more is a matter of the tune.
_REST_BEATS = 1.5
# Phrases of a melody, in beats: the shortest one, and what is usual.
_SHORT_PHRASE, _USUAL_PHRASE, _LONG_PHRASE = 4, 6, 32
_FEWEST_NOTES = 8
_SHORT_STRETCH = 8


# -- chords --------------------------------------------------------------------------------


def plan_quality(quality: str) -> str:
    """Return the quality of a plan that shares most with one of `QUALITIES`."""
    tones = set(QUALITIES.get(quality, (0, 4, 7)))

    def distance(name: str) -> tuple[int, int]:
        own = set(QUALITIES[name])
        # A seventh is worth more than a missing fifth: thirds first, then all tones.
        third = len({3, 4, 5} & own ^ {3, 4, 5} & tones)
        return third, len(own ^ tones)

    return min(PLAN_QUALITIES, key=distance)


def placed(tick: int, chord: Chord) -> PlacedChord:
    """Return a chord with its place; its bass is written behind a slash."""
    _, slash, bass = chord.name.rpartition("/")
    try:
        lowest = parse_tonic(bass) if slash else chord.root
    except SymgenError:
        lowest = chord.root
    return PlacedChord(tick, chord.root, plan_quality(chord.quality), lowest)


def found_chords(score: Score) -> tuple[PlacedChord, ...]:
    """Return the chords that are heard in the notes."""
    return only_changes(placed(tick, chord) for tick, chord in chords_of(score))


def written_chords(score: Score) -> tuple[PlacedChord, ...]:
    """Return the chords that are written over the notes."""
    return only_changes(_written(change) for change in score.chords)


def _written(change: ChordChange) -> PlacedChord:
    try:
        return placed(change.tick, Chord.parse(change.name))
    except SymgenError:
        return PlacedChord(change.tick, NO_CHORD_ROOT)


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


# -- pieces --------------------------------------------------------------------------------


def pieces_of(
    score: Score,
    names: tuple[str, str, str, str],
    chords: Sequence[PlacedChord],
    ends: Sequence[int] | None,
    key: Key | None = None,
) -> Iterator[Piece]:
    """Yield the stretches of a score in one key signature; `names` are source, work, style and split."""
    lines = [change.tick for change in score.keys if change.tick > 0]
    groups = groupby(score.bars, key=lambda bar: sum(tick <= bar.start for tick in lines))
    stretches = [list(bars) for _, bars in groups]
    for bars in stretches:
        if len(bars) < _SHORT_STRETCH and len(stretches) > 1:
            continue
        begin, stop = bars[0].start, bars[-1].end
        own = key or infer_key(_between(score, begin, stop))
        moved = tuple(
            Bar(bar.number, bar.start - begin, bar.end - begin, bar.meter) for bar in bars
        )
        found = _piece(
            score,
            names,
            moved,
            [_shifted(chord, -begin) for chord in chords if chord.at < stop],
            own,
        )
        beats = found.beats()
        if len(found.sonorities) < SHORTEST:
            continue
        phrases = None
        if ends is not None:
            inside = [beats.beat_at(end - begin) for end in ends if begin < end < stop]
            # What is left of a last bar behind the last phrase belongs to it.
            last = len(beats) - _SHORT_PHRASE
            phrases = (*sorted({beat for beat in inside if 0 < beat <= last}), len(beats))
        yield _with(found, phrases, ends=bars is stretches[-1])


def _with(piece: Piece, phrases: tuple[int, ...] | None, *, ends: bool) -> Piece:
    return replace(piece, phrases=phrases, ends=ends)


def _between(score: Score, begin: int, stop: int) -> Score:
    parts = []
    for part in score.parts:
        inside = tuple(note for note in part.notes if begin <= note.onset < stop)
        parts.append(replace(part, notes=inside))
    keys = [change for change in score.keys if change.tick <= begin][-1:]
    return replace(score, parts=tuple(parts), keys=tuple(keys))


def _shifted(chord: PlacedChord, ticks: int) -> PlacedChord:
    return PlacedChord(max(0, chord.at + ticks), chord.root, chord.quality, chord.bass)


def _piece(
    score: Score,
    names: tuple[str, str, str, str],
    bars: Sequence[Bar],
    chords: Sequence[PlacedChord],
    key: Key,
) -> Piece:
    source, work, style, split = names
    rows = [(str(bar.meter), bar.length) for bar in bars]
    runs = tuple((len(list(same)), *row) for row, same in groupby(rows))
    pickup = bars[0].number == 0
    piece = Piece(
        source, work, style, str(key), runs, pickup, score.resolution, (), None, True, split
    )
    return replace(piece, sonorities=on_beats(only_changes(chords), piece.beats(), key.tonic))
