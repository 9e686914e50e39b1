"""Edits that need no network: transpose, quantize, set a tempo or an instrument, cut bars.

Each is a pure function from score to score. The file that a score was read from goes along, and is edited as the score
is: what is not asked for stays.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Collection
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from math import floor

from symgen.beats.placing import FINE, Division
from symgen.formats.musicxml.tempo_marks import one_tempo, scaled_tempos
from symgen.formats.musicxml.transposing import transposed_document
from symgen.midi.events import MidiFile
from symgen.midi.excerpt import cut_out
from symgen.midi.transposing import transposed_file
from symgen.music.chord_symbols import moved_chords
from symgen.music.instruments import parse_instrument, program_name
from symgen.music.keys import infer_key
from symgen.music.score import FASTEST, SLOWEST, KeyChange, Note, Part, Score, TempoChange
from symgen.music.sources import Source, XmlDocument
from symgen.music.theory import Key, pitch_name
from symgen.system.errors import ControlError, FormatError
from symgen.system.words import check_whole

__all__ = [
    "bars_between",
    "quantized",
    "semitones_to",
    "transposed",
    "with_instrument",
    "with_tempo",
]

_HIGHEST = 127
_OCTAVE = 12
# Modes whose third is a minor one.
_MINOR_THIRD = frozenset(
    ("minor", "dorian", "phrygian", "locrian", "harmonic minor", "melodic minor", "minor pentatonic", "blues")
)  # fmt: skip
_PERCENT = re.compile(r"\s*(\d{1,4}(?:\.\d{1,6})?)\s*%\s*")


def transposed(score: Score, by: int | str | Key, *, part: int | None = None) -> Score:
    """Move a piece by semitones, or to a key by the nearest way; drums stay, and key signatures follow."""
    # `part` is counted from 1; where one part moves, the signatures of the piece stay.
    chosen = _melodic(score, part, "transpose")
    semitones = semitones_to(score, by)
    if not semitones:
        return score
    _check_range(score, chosen, semitones)
    moved = _moved(score, semitones, chosen)
    if part is None:
        moved = _signed(moved, semitones)
    return replace(moved, source=_moved_source(score, semitones, chosen, whole=part is None))


def semitones_to(score: Score, by: int | str | Key) -> int:
    """Return by how many semitones a piece is to move: a number, or the nearest way to a key."""
    if isinstance(by, str) and re.fullmatch(r"\s*[+-]?\d{1,3}\s*", by):
        by = int(by)
    if isinstance(by, int):
        if abs(by) > _HIGHEST:
            raise ControlError(f"transpose {by}: must be -{_HIGHEST}..{_HIGHEST} semitones")
        return by
    wanted, is_named = (by, True) if isinstance(by, Key) else _key(by)
    there = infer_key(score)
    is_minor = there.mode in _MINOR_THIRD
    if is_named and is_minor != (wanted.mode in _MINOR_THIRD):
        possible = Key(wanted.tonic, "minor" if is_minor else "major")
        raise ControlError(
            f"transpose {str(by)!r}: the tune is in {there}, and moving it keeps its mode; "
            f"ask for '{possible}', or for a number of semitones"
        )
    distance = (wanted.tonic - there.tonic) % _OCTAVE
    return distance - _OCTAVE if distance > _OCTAVE // 2 else distance


def quantized(score: Score, grid: int | str, *, part: int | None = None) -> Score:
    """Move the notes to the nearest places of a grid, such as ``"1/16"`` or ``"1/8t"``."""
    # The ends move too, and a note lasts one step at least; drums keep their lengths.
    try:
        units = Division.parse(grid).units
    except ControlError as error:
        raise ControlError(str(error).replace("grid", "quantize", 1)) from None
    chosen = _chosen(score, part)
    place = _places(score, units)
    step = max(1, round(Fraction(min(units), FINE) * score.resolution))
    parts = [
        _on_grid(one, place, step, score.length) if i in chosen else one
        for i, one in enumerate(score.parts)
    ]
    return score.with_parts(parts)


def with_tempo(score: Score, tempo: float | str) -> Score:
    """Let one tempo hold throughout, in quarter notes a minute; ``"80%"`` scales what is there."""
    percent = _PERCENT.fullmatch(tempo) if isinstance(tempo, str) else None
    if percent:
        return _scaled(score, Fraction(percent[1]) / 100)
    try:
        change = TempoChange.of_bpm(0, float(tempo))
    except (TypeError, ValueError, FormatError):
        raise ControlError(
            f"tempo {str(tempo)!r}: write 4..10000 quarter notes a minute, such as 96, or a share such as 80%"
        ) from None
    source = score.source
    if isinstance(source, XmlDocument):
        source = one_tempo(source, float(tempo))
    return replace(score, tempos=(change,), source=source)


def with_instrument(score: Score, instrument: int | str, *, part: int | None = None) -> Score:
    """Give all parts but the drums another instrument, or only part number `part`."""
    program = parse_instrument(str(instrument))
    chosen = _melodic(score, part, "instrument")

    def given(one: Part) -> Part:
        # A part that was called by its instrument is called by the new one.
        old, new = program_name(one.program), program_name(program)
        return replace(one, program=program, name=new if one.name == old else one.name)

    parts = [given(one) if i in chosen else one for i, one in enumerate(score.parts)]
    return score.with_parts(parts)


def bars_between(score: Score, first: int, last: int) -> Score:
    """Cut a piece to bars, counted from 1 (0: a pickup); they begin at time 0."""
    return cut_out(score, *score.bar_ticks(first, last))


# -- what is chosen --------------------------------------------------------------------------


def _chosen(score: Score, part: int | None) -> set[int]:
    """Return the indices of all parts, or of the one that is asked for."""
    if part is None:
        return set(range(len(score.parts)))
    check_whole("part", part)
    if not 1 <= part <= len(score.parts):
        raise ControlError(f"part {part}: the piece has parts 1-{len(score.parts)}")
    return {part - 1}


def _melodic(score: Score, part: int | None, what: str) -> set[int]:
    """Return the parts that are no drums."""
    chosen = {i for i in _chosen(score, part) if not score.parts[i].is_drum}
    if part is not None and not chosen:
        raise ControlError(f"{what}: is for parts with a pitch, and part {part} holds drums")
    return chosen


# -- transposing -----------------------------------------------------------------------------


def _key(text: str) -> tuple[Key, bool]:
    """Read a key, and whether its mode is named."""
    try:
        return Key.parse(text), bool(re.sub(r"^\s*.[#b♯♭]?", "", text).strip())
    except ControlError:
        raise ControlError(
            f"transpose {text!r}: write semitones such as +2 or -12, or a key such as 'D major'"
        ) from None


def _moved(score: Score, semitones: int, chosen: Collection[int]) -> Score:
    def higher(part: Part) -> Part:
        return part.with_notes(replace(n, pitch=n.pitch + semitones) for n in part.notes)

    parts = [higher(one) if i in chosen else one for i, one in enumerate(score.parts)]
    return score.with_parts(parts)


def _signed(score: Score, semitones: int) -> Score:
    """Move the key signatures and the chord symbols of a piece."""

    def signed(key: KeyChange) -> KeyChange:
        return replace(key, sharps=(key.sharps + 7 * semitones + 5) % _OCTAVE - 5)

    # By whole octaves a signature stays as it is written, with seven sharps even.
    keys = tuple(map(signed, score.keys)) if semitones % _OCTAVE else score.keys
    moves = [(old.tick, new.sharps - old.sharps) for old, new in zip(score.keys, keys, strict=True)]
    return replace(score, keys=keys, chords=moved_chords(score.chords, semitones, moves))


def _check_range(score: Score, chosen: Collection[int], semitones: int) -> None:
    pitches = [note.pitch for i in chosen for note in score.parts[i].notes]
    if not pitches:
        return
    low, high = min(pitches), max(pitches)
    if low + semitones < 0 or high + semitones > _HIGHEST:
        which = (
            f"highest note, {pitch_name(high)},"
            if semitones > 0
            else f"lowest note, {pitch_name(low)},"
        )
        raise FormatError(
            f"transpose {semitones:+d}: the {which} would leave the range of MIDI; "
            f"the piece can move by {-low}..{_HIGHEST - high:+d}"
        )


def _moved_source(
    score: Score, semitones: int, chosen: Collection[int], *, whole: bool
) -> Source | None:
    """Return the file of a score with some parts moved; as it was, if the notes are to be woven into it."""
    source = score.source
    if isinstance(source, MidiFile):
        places = sorted(i for i in chosen if i < len(source.places))
        return transposed_file(source, semitones, None if whole else places)
    keeps_signature = whole or semitones % _OCTAVE == 0
    if (
        isinstance(source, XmlDocument)
        and keeps_signature
        and len(source.places) == len(score.parts)
    ):
        return transposed_document(source, semitones, chosen) or source
    return source


# -- quantizing ------------------------------------------------------------------------------


def _places(score: Score, units: Collection[int]) -> Callable[[int], int]:
    """Return what finds the nearest place of a grid that begins anew with each bar."""
    lines = [bar.start for bar in score.bars] or [0]
    ends = [bar.end for bar in score.bars] or [0]
    steps = [Fraction(unit, FINE) * score.resolution for unit in units]

    def place(tick: int) -> int:
        bar = max(0, bisect_right(lines, tick) - 1)
        inside = tick - lines[bar]
        near = [round(floor(inside / step + Fraction(1, 2)) * step) for step in steps]
        nearest = lines[bar] + min(near, key=lambda at: abs(at - inside))
        # A bar that a change of meter cuts short may end between two places.
        return min(nearest, ends[bar]) if tick <= ends[bar] else nearest

    return place


def _on_grid(part: Part, place: Callable[[int], int], step: int, length: int) -> Part:
    """Put the notes of a part on a grid; of two that come to be one the longer one stays."""
    found: dict[tuple[int, int], Note] = {}
    for note in part.notes:
        onset = place(note.onset)
        if onset >= length:  # the bar with which it would begin is not there
            onset = place(max(0, onset - step))
        end = onset + note.duration if part.is_drum else place(note.end)
        moved = replace(note, onset=onset, duration=max(end - onset, 1 if part.is_drum else step))
        old = found.get((onset, note.pitch))
        if old is None or old.duration < moved.duration:
            found[onset, note.pitch] = moved
    return part.with_notes(_apart(part, list(found.values())))


def _apart(part: Part, notes: list[Note]) -> list[Note]:
    """End notes where their key is struck again, if they did not overlap before."""
    by_pitch: dict[int, list[Note]] = {}
    for note in sorted(notes):
        by_pitch.setdefault(note.pitch, []).append(note)
    if _overlaps(part):
        return notes
    for row in by_pitch.values():
        for i, (one, other) in enumerate(pairwise(row)):
            if one.end > other.onset:
                row[i] = replace(one, duration=other.onset - one.onset)
    return [note for row in by_pitch.values() for note in row]


def _overlaps(part: Part) -> bool:
    ends: dict[int, int] = {}
    for note in part.notes:
        if ends.get(note.pitch, 0) > note.onset:
            return True
        ends[note.pitch] = note.end
    return False


# -- tempo -----------------------------------------------------------------------------------


def _scaled(score: Score, factor: Fraction) -> Score:
    """Multiply all tempos, those that a file says too."""
    if not factor:
        raise ControlError("tempo 0%: the piece would stand still; write a share such as 80%")
    tempos = [_faster(change, factor) for change in score.tempos]
    source = score.source
    if isinstance(source, XmlDocument):
        source = scaled_tempos(source, factor, tempos[0].bpm)
    return replace(score, tempos=tuple(tempos), source=source)


def _faster(change: TempoChange, factor: Fraction) -> TempoChange:
    """Return a tempo that is so many times as fast."""
    microseconds = round(change.microseconds / factor)
    if not FASTEST <= microseconds <= SLOWEST:
        raise ControlError(
            f"tempo {float(factor) * 100:g}%: {change.bpm:.4g} quarters a minute would become "
            f"{change.bpm * float(factor):.4g}; they must be 4..10000"
        )
    return TempoChange(change.tick, microseconds)
