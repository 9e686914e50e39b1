"""Music in four voices, Bach's chorales and hymns, with the chords that music21 finds at their beats."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from lab.chords.cases import Case, KnownChord
from symgen.formats import load_score
from symgen.formats.music21_streams import to_music21
from symgen.music.score import Score
from symgen.music.theory import QUALITIES

__all__ = ["chorale_paths", "voice_cases"]

_PARTS, _HELD_OUT = 4, 60


def chorale_paths(*, held_out: bool) -> list[Path]:
    """Return Bach's chorales in music21's corpus: the last 60 by name are held out."""
    import music21

    folder = Path(music21.__file__).parent / "corpus" / "bach"
    paths = sorted(folder.glob("bwv*.mxl"))
    return paths[-_HELD_OUT:] if held_out else paths[:-_HELD_OUT]


def voice_cases(paths: Iterable[Path]) -> Iterator[Case]:
    """Read pieces of four voices, and what music21 finds at their beats."""
    for path in paths:
        score = load_score(path)
        if len(score.parts) == _PARTS:
            yield Case(score, tuple(_readings(score)), path.stem)


def _readings(score: Score) -> Iterator[KnownChord]:
    """Tell the chord of each beat at which music21 finds a triad or a seventh chord in what sounds."""
    quarter = score.resolution
    beats = [tick for bar in score.bars for tick in range(bar.start, bar.end, quarter)]
    for chord in to_music21(score).chordify().flatten().getElementsByClass("Chord"):
        if not (chord.isTriad() or chord.isSeventh()):
            continue
        start = round(chord.offset * quarter)
        end = round((chord.offset + chord.quarterLength) * quarter)
        root, quality = _named(chord)
        for tick in beats:
            if start <= tick < end:
                yield KnownChord(tick, tick + quarter, root, chord.bass().pitchClass, quality)


def _named(chord: Any) -> tuple[int, str]:
    """Return root and quality of a chord of music21: the largest quality whose tones it has."""
    root = chord.root().pitchClass
    above = {(tone - root) % 12 for tone in chord.pitchClasses}
    fitting = [name for name, steps in QUALITIES.items() if above >= set(steps)]
    return root, max(fitting, key=lambda name: len(QUALITIES[name]), default="other")
