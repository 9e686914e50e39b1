"""What is read of a tune that parts are added to: who has the melody, the key, and where it sounds."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from symgen.formats.tunes import Tune
from symgen.music.controls import Controls
from symgen.music.harmony import PlacedChord
from symgen.music.keys import infer_key
from symgen.music.lines import is_bass, melody_part, outer_line
from symgen.music.score import Note, Part, Score
from symgen.music.theory import Key
from symgen.system.errors import ControlError, FormatError
from symgen.writing.part_names import name_parts, what_stays

__all__ = [
    "STRUM",
    "ReadTune",
    "choose_part",
    "chord_notices",
    "chords_within",
    "melody_line",
    "melody_notices",
    "sounding_span",
    "tune_key",
]

STRUM = 12
"""Notes that begin within such a part of a quarter are one chord."""


@dataclass(frozen=True)
class ReadTune:
    """A tune that is set, and what was read of it."""

    score: Score
    key: Key
    # ``"given"``, ``"from the file"`` or ``"inferred"``.
    key_origin: str

    @property
    def bars(self) -> int:
        """Full bars, a pickup not counted."""
        return sum(bar.number > 0 for bar in self.score.bars)


def chord_notices(source: str) -> list[str]:
    """Say whose chords are played, if the tune had them: its symbols, or its other parts."""
    told = {
        "symbols": "the chord symbols of the tune are kept",
        "parts": "the chords are those of the parts that are there",
    }
    return [told[source]] if source in told else []


def melody_notices(score: Score, melody: int, gone: Collection[int] = ()) -> list[str]:
    """Say which part has the melody and which ones stay, if there are others."""
    left = {*range(len(score.parts))}.difference(gone, [melody])
    rest = [number for number in sorted(left) if score.parts[number].notes]
    said = f"{name_parts(score, [melody])} has the melody; "
    return [said + what_stays(score, rest)] if rest else []


def choose_part(score: Score, part: int | None) -> int:
    """Return which part has the melody, counted from 0; `part` is the one that is asked for, counted from 1."""
    if part is not None and not 1 <= part <= len(score.parts):
        raise ControlError(f"part {part}: the tune has parts 1..{len(score.parts)}")
    chosen = melody_part(score) if part is None else part - 1
    if chosen is None or not score.parts[chosen].notes or score.parts[chosen].is_drum:
        raise FormatError("the part holds no melody; choose another one")
    return chosen


def melody_line(melody: Part, resolution: int) -> tuple[Note, ...]:
    """Return one note at a time of a part: of a bass the lowest ones, else the highest ones."""
    return outer_line(melody.notes, lowest=is_bass(melody), slack=resolution // STRUM)


def tune_key(tune: Tune, melody: Score, controls: Controls) -> tuple[Key, str]:
    """Return the key of a tune, and where it is from."""
    if controls.key:
        return controls.key, "given"
    return (tune.key, "from the file") if tune.key else (infer_key(melody), "inferred")


def sounding_span(
    score: Score, chords: Sequence[PlacedChord], *, is_given: bool, closes: bool = False
) -> tuple[int, int]:
    """Return from where to where there is an accompaniment: where something sounds, whole bars, no pickup."""
    pitched = [part for part in score.parts if not part.is_drum and part.note_count]
    first = min(part.notes[0].onset for part in pitched)
    last = max(part.end for part in pitched)
    bars = [bar for bar in score.bars if bar.end > first and bar.start < last]
    full = [bar for bar in bars if bar.number > 0] or bars
    start = min(full[0].start, chords[0].at) if is_given and chords else full[0].start
    # A file may end with its last note, in the middle of a bar; what closes is held to the bar line.
    return start, max(last, bars[-1].end if closes else min(bars[-1].end, score.length))


def chords_within(chords: Sequence[PlacedChord], span: tuple[int, int]) -> tuple[PlacedChord, ...]:
    """Return the chords of a stretch, the first from its beginning on."""
    before = [chord for chord in chords if chord.at <= span[0]][-1:]
    inside = [chord for chord in chords if span[0] < chord.at < span[1]]
    return (*(replace(chord, at=span[0]) for chord in before), *inside)
