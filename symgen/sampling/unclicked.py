"""Tunes that were played without a click: read on their pulse, and written back in the ticks of their file."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from symgen.beats.placing import FINE, Division
from symgen.beats.pulse import Pulse, find_pulse, score_on_pulse
from symgen.formats.delaying import delayed
from symgen.formats.tunes import Tune
from symgen.midi.excerpt import select_parts
from symgen.midi.joining import carry_on, signed
from symgen.music.chord_symbols import ChordChange
from symgen.music.meter import Meter
from symgen.music.performed import quantized
from symgen.music.score import MeterChange, Note, Score
from symgen.sampling.expression import playable
from symgen.tokens import Vocabulary

__all__ = ["Played", "as_played", "beneath_played", "on_pulse", "written_down"]

_USUAL_GRID = 16


@dataclass(frozen=True)
class Played:
    """A tune as its file has it, and the pulse that was found in it."""

    # The parts that are kept, in ticks of the file.
    score: Score
    pulse: Pulse
    # By how many ticks of the score on the pulse, and of the file, both begin later than they were read.
    late: int = 0
    late_in_file: int = 0

    def tick(self, laid: int) -> int:
        """Return the tick of the file at a tick of the score on the pulse; a beat before the file is at its start."""
        return max(0, self._tick(laid - self.late) + self.late_in_file)

    def _tick(self, laid: int) -> int:
        return round(float(self.pulse.ticks(np.array([laid / self.score.resolution]))[0]))

    def delayed(self, ticks: int) -> Played:
        """Return it with so many more ticks of the score on the pulse before its first one."""
        more = max(0, -self._tick(-ticks)) if ticks else 0
        return replace(self, score=delayed(self.score, more), late=ticks, late_in_file=more)


def on_pulse(tune: Tune, part: int | None) -> tuple[Tune, Played | None]:
    """Lay a tune on its pulse if its notes leave the grid of its file; any other tune comes back as it is."""
    pulse = find_pulse(tune.score) if tune.score.note_count else None
    if pulse is None:
        return tune, None
    chosen = part is not None and 1 <= part <= len(tune.score.parts)
    kept = select_parts(tune.score, [part - 1]) if chosen and part else tune.score
    return replace(tune, score=score_on_pulse(tune.score, pulse)), Played(kept, pulse)


def written_down(
    score: Score,
    *,
    tempo: float | None = None,
    meter: Meter | None = None,
    grid: int | str = _USUAL_GRID,
    quantize: bool = True,
) -> tuple[Score, Pulse | None]:
    """Write a played piece down: its notes on the pulse that they have, on sixteenths and triplets."""
    division = Division.parse(grid)
    pulse = find_pulse(score, tempo=tempo, meter=meter)
    if pulse is not None:
        laid = score_on_pulse(score, pulse)
    else:
        laid = score if meter is None else replace(score, meters=(MeterChange(0, meter),))
    if not quantize:
        return laid, pulse
    places = None if grid in (_USUAL_GRID, str(_USUAL_GRID)) else _Places(laid, division)
    return quantized(laid, Vocabulary().grid, places), pulse


class _Places:
    """The places of a division in the bars of a score."""

    def __init__(self, score: Score, division: Division) -> None:
        self._starts = np.array([bar.start for bar in score.bars] or [0], dtype=np.int64)
        self._resolution = score.resolution
        around = np.arange(2 * FINE)
        self._inside = around[division.allows(around)] / FINE

    def __call__(self, ticks: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the nearest places."""
        bars = np.searchsorted(self._starts, ticks, side="right") - 1
        start = self._starts[np.maximum(bars, 0)]
        quarters, part = np.divmod((ticks - start) / self._resolution, 1)
        off = np.abs(self._inside - np.asarray(part)[..., None])
        nearest = self._inside[np.argmin(off, axis=-1)]
        moved = np.rint((quarters + nearest) * self._resolution)
        return start + np.asarray(moved).astype(np.int64)

    nearest = __call__


def as_played(played: Played, laid: Score, join: int, signature: str) -> Score:
    """Return a continuation in the ticks of the file: what was there as it was, new notes at the tempo played last."""
    begin = played.tick(join)
    parts = []
    for old, new in zip(played.score.parts, laid.parts, strict=True):
        fresh = [_moved(note, played) for note in new.notes if note.onset >= join]
        parts.append(
            replace(old, notes=(*old.notes, *playable(fresh, old.notes)), program=new.program)
        )
    length = max(played.tick(laid.length), played.score.length)
    whole = replace(
        played.score.with_parts(parts, length=length), chords=_symbols(played, laid, join)
    )
    return signed(carry_on(whole, begin), begin, signature)


def beneath_played(played: Played, laid: Score) -> Score:
    """Return the tune as its file has it, with the parts that a score on its pulse has behind its own."""
    own = played.score.parts
    added = [
        part.with_notes(_moved(note, played) for note in part.notes)
        for part in laid.parts[len(own) :]
    ]
    chords = (replace(chord, tick=played.tick(chord.tick)) for chord in laid.chords)
    length = max(played.tick(laid.length), played.score.length)
    whole = played.score.with_parts((*own, *added), length=length)
    return replace(whole, chords=played.score.chords or tuple(chords))


def _symbols(played: Played, laid: Score, join: int) -> tuple[ChordChange, ...]:
    """Return the chord symbols of the file, and those of the new bars at its ticks."""
    begin = played.tick(join)
    old = [chord for chord in played.score.chords if chord.tick < begin]
    new = [chord for chord in laid.chords if chord.tick >= join]
    return (*old, *(replace(chord, tick=played.tick(chord.tick)) for chord in new))


def _moved(note: Note, played: Played) -> Note:
    onset = played.tick(note.onset)
    return replace(note, onset=onset, duration=max(1, played.tick(note.end) - onset))
