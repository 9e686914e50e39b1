"""Tunes that were played without a click: read on their pulse, and written back in the ticks of their file."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from symgen.beats.onpulse import score_on_pulse
from symgen.beats.pulse import Pulse, find_pulse
from symgen.formats.tunes import Tune
from symgen.meter import Meter
from symgen.performed import notated
from symgen.sampling.striking import playable
from symgen.score import Note, Score
from symgen.tokens import Vocabulary, encode
from symgen.tokens.codec import decode
from symgen.weaving import carry_on, select_parts, signed

__all__ = ["Played", "as_played", "on_pulse", "written_down"]


@dataclass(frozen=True)
class Played:
    """A tune as its file has it, and the pulse that was found in it.

    Parameters
    ----------
    score : Score
        The parts that are kept, in ticks of the file.
    pulse : Pulse
    """

    score: Score
    pulse: Pulse

    def tick(self, laid: int) -> int:
        """Return the tick of the file at a tick of the score on the pulse."""
        return round(float(self.pulse.ticks(np.array([laid / self.score.resolution]))[0]))


def on_pulse(tune: Tune, part: int | None) -> tuple[Tune, Played | None]:
    """Lay a tune on its pulse if its notes leave the grid of its file; any other tune comes back as it is.

    Parameters
    ----------
    tune : Tune
    part : int, optional
        The one part that is kept, 1 for the first.
    """
    pulse = find_pulse(tune.score) if tune.score.note_count else None
    if pulse is None:
        return tune, None
    chosen = part is not None and 1 <= part <= len(tune.score.parts)
    kept = select_parts(tune.score, [part - 1]) if chosen and part else tune.score
    return replace(tune, score=score_on_pulse(tune.score, pulse)), Played(kept, pulse)


def written_down(
    score: Score, *, tempo: float | None = None, meter: Meter | None = None, quantize: bool = True
) -> tuple[Score, Pulse | None]:
    """Write a played piece down: its notes on the pulse that they have, on sixteenths and triplets.

    Parameters
    ----------
    score : Score
    tempo : float, optional
        Quarters a minute at which it was played, else it is looked for.
    meter : Meter, optional
        Else it is looked for.
    quantize : bool
        Leave the notes where they were played if false.

    Returns
    -------
    score : Score
    pulse : Pulse or None
        None where the notes follow the beat of their file, which then stays.
    """
    pulse = find_pulse(score, tempo=tempo, meter=meter)
    laid = score if pulse is None else score_on_pulse(score, pulse)
    if not quantize:
        return laid, pulse
    vocabulary = Vocabulary()
    read = notated(laid, vocabulary.grid).score
    return decode(encode(read, vocabulary, whole=True)[0], vocabulary), pulse


def as_played(played: Played, laid: Score, join: int, signature: str) -> Score:
    """Return a continuation in the ticks of the file: what was there as it was, new notes at the tempo played last.

    Parameters
    ----------
    played : Played
    laid : Score
        Prompt and new bars on the pulse.
    join : int
        First tick of the new bars in it.
    signature : str
        What has made them.
    """
    begin = played.tick(join)
    parts = []
    for old, new in zip(played.score.parts, laid.parts, strict=True):
        fresh = [_moved(note, played) for note in new.notes if note.onset >= join]
        parts.append(replace(old, notes=(*old.notes, *playable(fresh, old.notes)), program=new.program))
    length = max(played.tick(laid.length), played.score.length)
    return signed(carry_on(played.score.with_parts(parts, length=length), begin), begin, signature)


def _moved(note: Note, played: Played) -> Note:
    onset = played.tick(note.onset)
    return replace(note, onset=onset, duration=max(1, played.tick(note.end) - onset))
