"""The chords of a piece with their places, found in its notes."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

from symgen.analysis.beat import laid_on_beat
from symgen.formats import load_tune
from symgen.formats.tunes import Music, Tune
from symgen.music.chord_symbols import NO_CHORD, ChordChange
from symgen.music.chords import ChordReading, ChordSpan
from symgen.music.score import Score
from symgen.music.theory import Key

__all__ = ["FoundChord", "chord_changes", "find_chords", "place_in_bar"]


@dataclass(frozen=True)
class FoundChord:
    """A chord of a piece, or that there is none, from a beat up to another one.

    Parameters
    ----------
    tick, end : int
        Where it begins and where the next one does, in ticks of the score.
    bar : int
        Counted from 1; 0 is a pickup.
    beat : float
        In the bar, counted from 1: beats are those of the meter, dotted quarters in 6/8 and halves in 2/2.
    name : str
        As a chord symbol, such as ``"Am7"`` or ``"C/E"``; ``"N.C."`` where no chord sounds.
    root, bass : int or None
        Pitch classes, 0 for C up to 11 for B: the root, and the lowest tone; None where no chord sounds.
    quality : str
        What follows the root in `name`: ``""`` (major), ``"m"``, ``"7"``, ``"m7"``, ``"maj7"``, ``"dim"``, ``"dim7"``,
        ``"m7b5"``, ``"aug"``, ``"sus4"``, or ``"5"`` for a fifth without a third.
    """

    tick: int
    end: int
    bar: int
    beat: float
    name: str
    root: int | None = None
    bass: int | None = None
    quality: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the values as a dict of plain data."""
        return asdict(self)


def find_chords(tune: Music | Tune, *, key: Key | str | None = None) -> tuple[FoundChord, ...]:
    """Find the chords of a piece in its notes; chord symbols that it has are not looked at.

    A chord may begin on any beat (in 2/2 on any quarter). Drums are left out. Of a single line the chords are only a
    proposal. What was played without a click is read on the beat that is found for it.

    Parameters
    ----------
    tune : path, bytes, open file, Score or any piece that `load_score` takes
        With notes or without.
    key : Key or str, optional
        Such as ``"G minor"``; by default that of the file or, if it has none, of the notes. It says how roots are
        spelled, and which chords are likely.

    Returns
    -------
    tuple of FoundChord
        In their order, without gaps from the first note to the end of the last chord; none without pitched notes.

    Raises
    ------
    FormatError
        If the piece cannot be read.
    ControlError
        If the key names none.

    Notes
    -----
    A conditional random field over the beats (Lafferty, McCallum and Pereira 2001): a small network tells from the
    notes of a beat and of those beside it which chords would fit, learned weights which chords follow each other, and
    Viterbi's algorithm finds the likeliest row.
    """
    found = tune if isinstance(tune, Tune) else load_tune(tune, allow_empty=True)
    asked = Key.parse(key) if isinstance(key, str) else key
    laid, pulse = laid_on_beat(found.score)
    spans = ChordReading.of_score(laid, asked or found.key).spans()
    edges = [span.start for span in spans] + [span.end for span in spans[-1:]]
    if pulse is not None and edges:
        moved = pulse.ticks([edge / laid.resolution for edge in edges]).tolist()
        edges = [max(0, round(tick)) for tick in moved]
    return tuple(
        _found(laid, span, start, end)
        for span, (start, end) in zip(spans, pairwise(edges), strict=True)
    )


def _found(laid: Score, span: ChordSpan, start: int, end: int) -> FoundChord:
    bar, beat = place_in_bar(laid, span.start)
    chord = span.chord
    if chord is None:
        return FoundChord(start, end, bar, beat, NO_CHORD)
    return FoundChord(start, end, bar, beat, chord.name, chord.root, chord.bass, chord.quality)


def chord_changes(chords: Sequence[FoundChord]) -> tuple[ChordChange, ...]:
    """Return chords as symbols over a score."""
    return tuple(ChordChange(chord.tick, chord.name) for chord in chords)


def place_in_bar(score: Score, tick: int) -> tuple[int, float]:
    """Return the number of the bar in which a tick lies, and its beat there, counted from 1."""
    bars = score.bars
    bar = bars[max(0, bisect_right([bar.start for bar in bars], tick) - 1)]
    beat = (tick - bar.start) / (float(bar.meter.beat_quarters) * score.resolution)
    return bar.number, round(beat + 1, 2)
