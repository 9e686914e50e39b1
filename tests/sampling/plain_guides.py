"""What leads the drawing, plainly: each call starts from nothing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symgen.music.constraints import Form
from symgen.sampling.charting import PlacedTones
from symgen.sampling.filters import Draft
from symgen.tokens.prefix import Prefix
from symgen.tokens.vocabulary import PART, PITCH, TIME

Floats = NDArray[np.float64]


class VariationGuide:
    """Earlier bars are taken up more often or less often than learned."""

    def __init__(self, variation: float, usual: float = 0.0) -> None:
        self._strength = usual + 8.0 * (0.5 - variation)

    def bias(self, field: str, prefix: Prefix, draft: Draft) -> Floats | None:
        """Return what is added to the logits of a field, shape (classes,), or nothing."""
        if field != "form":
            return None
        return np.append(0.0, np.full(2 * len(prefix.vocabulary.lags), self._strength))


class VariedGuide:
    """In varied sections of a form the notes of the bar that is taken up are likelier."""

    def __init__(self, form: Form, first: int, bars: int, strength: float = 3.0) -> None:
        self._form, self._first, self._bars, self._strength = form, first, bars, strength

    def bias(self, field: str, prefix: Prefix, draft: Draft) -> Floats | None:
        """Return what is added to the logits of a field, shape (classes,), or nothing."""
        bar = prefix.bar - self._first
        source = self._form.bar_source(bar, self._bars) if bar >= 0 else None
        if source is None or not source[1] or field not in ("time", "part", "pitch"):
            return None
        there = source[0] + self._first
        shift = prefix.starts[prefix.bar] - prefix.starts[there]
        last = (-1, 0, 0)
        if prefix.bar_notes:
            last = (prefix.onsets[-1], *prefix.notes[-1][:2])
        found = range(prefix.bar_start_note(there), prefix.bar_start_note(there + 1))
        notes = [(prefix.onsets[note] + shift, *prefix.notes[note][:2]) for note in found]
        after = [note for note in notes if note > last]
        onset, part, pitch = after[0] if after else (prefix.bar_end, 0, 0)
        vocabulary = prefix.vocabulary
        time = onset - prefix.now if onset < prefix.bar_end else vocabulary.bar
        sizes = vocabulary.sizes
        if field == "time":
            size, value = (
                sizes[TIME],
                min(time, vocabulary.bar) if time == vocabulary.bar else min(time, vocabulary.skip),
            )
        elif draft.time != time:
            return None
        else:
            size, value = (sizes[PART], part) if field == "part" else (sizes[PITCH], pitch)
            if field == "pitch" and draft.part != part:
                return None
        return np.where(np.arange(size) == value, np.float64(self._strength), 0.0)


class ChordGuide:
    """Tones of the chord that holds are likelier, the more so on the beats."""

    def __init__(self, placed: PlacedTones, first: int, strength: float = 3.0) -> None:
        self._placed = list(zip(placed.starts, placed.chords, strict=True))
        self._first, self._strength = first, strength

    def bias(self, field: str, prefix: Prefix, draft: Draft) -> Floats | None:
        """Return what is added to the logits of a field, shape (classes,), or nothing."""
        bar = prefix.bar + (field == "goal")
        if field not in ("pitch", "goal") or bar < self._first:
            return None
        step = prefix.starts[bar + 1] - 1 if field == "goal" else prefix.now + draft.time
        chord = [chord for start, chord in self._placed if start <= step][-1]
        if chord is None:
            return None
        tones: Floats = self._strength * np.isin(np.arange(128) % 12, list(chord.tones))
        if field == "goal":
            return tones / 2
        place = step - prefix.starts[bar]
        return tones if place % prefix.beat(bar) == 0 else tones / 2
