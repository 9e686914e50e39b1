"""What leads the drawing without forbidding anything: values that are added to the logits."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from symgen.music.constraints import Form
from symgen.music.controls import Controls
from symgen.sampling.charting import PlacedTones
from symgen.sampling.filters import Draft
from symgen.tokens import Header, Vocabulary
from symgen.tokens.prefix import Prefix
from symgen.tokens.vocabulary import DURATION, FORM, PART, PITCH, TIME

__all__ = [
    "BassGuide",
    "ChordGuide",
    "Guide",
    "VariationGuide",
    "VariedGuide",
    "make_guides",
    "variation_guides",
]

Floats = NDArray[np.float64]


class Guide(Protocol):
    """Adds to logits."""

    def bias(self, field: str, prefix: Prefix, draft: Draft) -> Floats | None:
        """Return what is added to the logits of a field, shape (classes,), or nothing."""
        ...


class VariationGuide:
    """Earlier bars are taken up more often or less often than learned."""

    fields = frozenset({"form"})

    def __init__(self, variation: float, usual: float = 0.0) -> None:
        self._strength = usual + 8.0 * (0.5 - variation)
        self._biases: dict[int, Floats] = {}  # by the number of forms

    def bias(self, field: str, prefix: Prefix, draft: Draft) -> Floats | None:  # noqa: ARG002
        """Return what is added to the logits of a field, shape (classes,), or nothing."""
        if field != "form":
            return None
        forms = prefix.vocabulary.sizes[FORM]
        if forms not in self._biases:
            self._biases[forms] = np.append(0.0, np.full(forms - 1, self._strength))
        return self._biases[forms]


class VariedGuide:
    """In varied sections of a form the notes of the bar that is taken up are likelier."""

    fields = frozenset({"time", "part", "pitch"})

    def __init__(self, form: Form, first: int, bars: int, strength: float = 3.0) -> None:
        self._form, self._first, self._bars, self._strength = form, first, bars, strength
        self._sources: dict[int, tuple[int, bool] | None] = {}

    def bias(self, field: str, prefix: Prefix, draft: Draft) -> Floats | None:
        """Return what is added to the logits of a field, shape (classes,), or nothing."""
        bar = prefix.bar - self._first
        source = self._source(bar) if bar >= 0 and field in self.fields else None
        if source is None or not source[1]:
            return None
        onset, part, pitch = self._next(prefix, source[0] + self._first)
        vocabulary, is_over = prefix.vocabulary, onset >= prefix.bar_end
        time = vocabulary.bar if is_over else onset - prefix.now
        if field == "time":
            value = time if time == vocabulary.bar else min(time, vocabulary.skip)
            return self._peak(vocabulary.sizes[TIME], value)
        if draft.time != time:
            return None
        if field == "part":
            return self._peak(vocabulary.sizes[PART], part)
        return self._peak(vocabulary.sizes[PITCH], pitch) if draft.part == part else None

    def _next(self, prefix: Prefix, there: int) -> tuple[int, int, int]:
        """Return onset, part and pitch of the note of an earlier bar that comes next in the open one."""
        first, stop = prefix.bar_start_note(there), prefix.bar_start_note(there + 1)
        shift = prefix.starts[prefix.bar] - prefix.starts[there]
        last = (-1, 0, 0)
        if prefix.bar_notes:
            last = (prefix.onsets[-1], *prefix.notes[-1][:2])
            first = bisect_left(prefix.onsets, last[0] - shift, first, stop)
        for number in range(first, stop):
            note = (prefix.onsets[number] + shift, *prefix.notes[number][:2])
            if note > last:
                return note
        return prefix.bar_end, 0, 0

    def _source(self, bar: int) -> tuple[int, bool] | None:
        if bar not in self._sources:
            self._sources[bar] = self._form.bar_source(bar, self._bars)
        return self._sources[bar]

    def _peak(self, size: int, value: int) -> Floats:
        found = np.zeros(size)
        if 0 <= value < size:
            found[value] = self._strength
        return found


class ChordGuide:
    """Tones of the chord that holds are likelier, the more so on the beats."""

    fields = frozenset({"pitch", "goal"})

    def __init__(self, placed: PlacedTones, first: int, strength: float = 3.0) -> None:
        self._placed, self._first = placed, first
        # None where no chord sounds.
        self._tones = [
            None if tones is None else np.where(tones, np.float64(strength), 0.0)
            for tones in placed.masks
        ]
        self._weak = [None if tones is None else tones / 2 for tones in self._tones]

    def bias(self, field: str, prefix: Prefix, draft: Draft) -> Floats | None:
        """Return what is added to the logits of a field, shape (classes,), or nothing."""
        if field not in self.fields:
            return None
        bar = prefix.bar + (field == "goal")
        if bar < self._first:
            return None
        if field == "goal":  # the note on which the bar comes to rest, in its last chord
            return self._weak[self._placed.number(prefix.starts[bar + 1] - 1)]
        onset = prefix.now + draft.time
        is_weak = (onset - prefix.starts[bar]) % prefix.beat(bar)
        return (self._weak if is_weak else self._tones)[self._placed.number(onset)]


class BassGuide:
    """Where a chord with a bass after a slash begins, the lowest part strikes that bass."""

    fields = frozenset({"pitch", "duration"})

    def __init__(self, placed: PlacedTones, part: int, strength: float = 12.0) -> None:
        self._part, self._strength = part, strength
        basses = [
            (step, chord.bass)
            for step, chord in zip(placed.starts, placed.chords, strict=True)
            if chord and chord.names_bass
        ]
        self._starts = [step for step, _ in basses]
        classes = np.arange(128) % 12
        self._tones = {step: strength * (classes == bass) for step, bass in basses}

    def bias(self, field: str, prefix: Prefix, draft: Draft) -> Floats | None:
        """Return what is added to the logits of a field, shape (classes,), or nothing."""
        if field not in self.fields or draft.part != self._part:
            return None
        onset = prefix.now + draft.time
        if field == "pitch":
            return self._tones.get(onset)
        coming = bisect_right(self._starts, onset)
        if coming == len(self._starts):
            return None
        # What sounds on into the chord would be its bass.
        room = self._starts[coming] - onset
        lengths = np.arange(prefix.vocabulary.sizes[DURATION])
        return np.where(lengths > room, -self._strength, 0.0)


def make_guides(
    controls: Controls, header: Header, vocabulary: Vocabulary, *, first: int, usual: float
) -> list[Guide]:
    """Put together what steers a piece."""
    found: list[Guide] = []
    if controls.chords:
        placed = PlacedTones(controls.chords, header, vocabulary, first)
        found.append(ChordGuide(placed, first))
        pitched = [part for part, is_drum in enumerate(header.drums) if not is_drum]
        if len(pitched) > 1 and any(chord and chord.names_bass for chord in placed.chords):
            found.append(BassGuide(placed, pitched[-1]))
    found += variation_guides(controls, usual if first else 0.0)
    if controls.form:
        found.append(VariedGuide(controls.form, first, header.bars - first))
    return found


def variation_guides(controls: Controls, usual: float = 0.0) -> list[Guide]:
    """Return what makes new bars likelier, or earlier ones, where that is asked for or the model needs it."""
    if not usual and controls.variation is None:
        return []
    return [VariationGuide(0.5 if controls.variation is None else controls.variation, usual)]
