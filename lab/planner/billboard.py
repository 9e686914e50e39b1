"""Chords, bars and phrases of the McGill Billboard annotations (Burgoyne, Wild and Fujinaga 2011)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from lab.planner.pieces import Piece, on_beats, split_of
from symgen.music.harmony import NO_CHORD_ROOT, PlacedChord, only_changes
from symgen.music.meter import Meter
from symgen.music.theory import parse_tonic
from symgen.planner.beats import lay_beats
from symgen.tokens.events import BarRun
from symgen.tokens.plans import bars_of

__all__ = ["read_song"]

_GRID = 12
_QUALITIES = {
    "maj": "", "min": "m", "7": "7", "min7": "m7", "maj7": "maj7", "dim": "dim", "dim7": "dim7", "hdim7": "m7b5",
    "aug": "aug", "sus4": "sus4", "sus2": "sus4", "9": "7", "11": "7", "13": "7", "min9": "m7", "min11": "m7",
    "min13": "m7", "maj9": "maj7", "maj13": "maj7", "maj6": "", "min6": "m", "minmaj7": "m", "5": "", "1": "", "": "",
}  # fmt: skip
_DEGREES = {"1": 0, "2": 2, "3": 4, "4": 5, "5": 7, "6": 9, "7": 11, "9": 2, "11": 5, "13": 9}
_CHORD = re.compile(r"([A-G][#b]?):([a-z0-9]*)(?:\([^)]*\))?(?:/([#b]*)(\d+))?")

Bar = tuple[Meter, int, list[PlacedChord | None]]
"""Meter, tonic and what is written on its parts; nothing where a chord goes on."""


def read_song(name: str, text: str) -> Piece | None:
    """Read a song; its tonic may move, and chords are relative to the tonic of the day."""
    bars: list[Bar] = []
    ends: list[int] = []
    title, meter, tonic = name, Meter(4, 4), 0
    for line in text.splitlines():
        head, _, value = line.partition(":")
        if head == "# title":
            title = value.strip()
        elif head == "# metre":
            meter = Meter.parse(value)
        elif head == "# tonic":
            tonic = parse_tonic(_plain(value.strip()))
        elif "|" in line:
            bars += _line(line, meter, tonic)
            # A line is a phrase, but for those that run on into the next one.
            if "->" not in line:
                ends.append(len(bars))
    if len(bars) < 8 or not ends:
        return None
    return _piece(title, bars, sorted({*ends, len(bars)}))


def _plain(tone: str) -> str:
    return {"Cb": "B", "Fb": "E", "B#": "C", "E#": "F"}.get(tone, tone)


def _line(line: str, meter: Meter, tonic: int) -> list[Bar]:
    inside, _, after = line[line.index("|") :].rpartition("|")
    bars = [_bar(text.split(), meter, tonic) for text in inside.split("|")[1:]]
    bars = [bar for bar in bars if bar[2]]
    times = re.search(r"x(\d+)", after)
    return bars * (int(times[1]) if times else 1)


def _bar(words: list[str], meter: Meter, tonic: int) -> Bar:
    found: list[PlacedChord | None] = []
    for word in words:
        if re.fullmatch(r"\(\d+/\d+\)", word):
            meter = Meter.parse(word[1:-1])
        elif word == ".":
            found.append(None)
        else:
            found.append(_chord(word))
    return meter, tonic, found


def _chord(word: str) -> PlacedChord:
    found = _CHORD.match(word)
    if not found:
        return PlacedChord(0, NO_CHORD_ROOT)
    root = parse_tonic(_plain(found[1]))
    signs = found[3] or ""
    above = _DEGREES.get(found[4] or "1", 0) + signs.count("#") - signs.count("b")
    return PlacedChord(0, root, _QUALITIES.get(found[2], ""), (root + above) % 12)


def _piece(title: str, bars: list[Bar], ends: list[int]) -> Piece:
    rows = [(str(meter), int(meter.quarters * _GRID)) for meter, _, _ in bars]
    runs = tuple((len(list(same)), *row) for row, same in groupby(rows))
    laid = bars_of(
        [BarRun(count, Meter.parse(meter), steps) for count, meter, steps in runs], False
    )
    beats = lay_beats(laid, _GRID)
    chords: list[PlacedChord] = []
    for bar, (_, tonic, written) in zip(laid, bars, strict=True):
        for i, chord in enumerate(written):
            place = bar.start + i * bar.length // len(written)
            if chord is not None or not i:
                chords.append(_moved(chord or PlacedChord(0, NO_CHORD_ROOT), place, -tonic))
    mode = "minor" if _is_minor(chords) else "major"
    starts = [bar.start for bar in laid] + [laid[-1].end]
    phrases = tuple(beats.beat_at(starts[end]) for end in ends)
    sonorities = on_beats(only_changes(chords), beats, 0)
    work = f"billboard {title.lower()}"
    return Piece(
        "billboard",
        work,
        "pop",
        f"C {mode}",
        runs,
        False,
        _GRID,
        sonorities,
        phrases,
        split=split_of(work),
    )


def _moved(chord: PlacedChord, place: int, semitones: int) -> PlacedChord:
    if not chord.is_chord:
        return PlacedChord(place, NO_CHORD_ROOT)
    tones = (chord.root + semitones) % 12, (chord.bass + semitones) % 12
    return PlacedChord(place, tones[0], chord.quality, tones[1])


def _is_minor(chords: list[PlacedChord]) -> bool:
    """Whether chords on the tonic are minor more often than major."""
    on_tonic = [
        chord.quality.startswith("m") and chord.quality != "maj7" for chord in _tonics(chords)
    ]
    return 2 * sum(on_tonic) > len(on_tonic)


def _tonics(chords: list[PlacedChord]) -> Iterator[PlacedChord]:
    return (chord for chord in chords if chord.is_chord and chord.root == 0)
