"""What lets the parts of a new piece sound as their instruments can: who plays them, and when a silent one comes in."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from symgen.music.constraints import Form, PitchRange
from symgen.music.controls import Controls
from symgen.music.players import Player, player_of
from symgen.sampling.filters import Draft, Filter, narrow_to
from symgen.sampling.guides import Guide
from symgen.sampling.part_limits import PartLimit, PartLimits
from symgen.tokens import Header, Vocabulary
from symgen.tokens.prefix import Prefix
from symgen.tokens.vocabulary import PART

__all__ = ["Entries", "ensemble_rules", "most_silent_bars", "players_of"]

Mask = NDArray[np.bool_]
Floats = NDArray[np.float64]

# A part may be silent for a phrase, and in a piece of fewer than four of them for less.
_PHRASE, _PHRASES = 4, 4
# What each bar of silence after the first one adds to the logit of a part, and the most that it
# adds: of 32 takes each of eight ensembles, from 0 to 3 a bar change little beside the entry that
# is due.
_STRENGTH, _STRONGEST = 1.0, 4.0
# Drums and cymbals of a drum set; what else General MIDI has is hand percussion.
_KIT = range(35, 60)
# Where an instrument has less in common with the range that is asked for, the range holds.
_OCTAVE = 12


def ensemble_rules(
    header: Header, controls: Controls, vocabulary: Vocabulary, *, lines: bool
) -> tuple[list[Filter], list[Guide]]:
    """Put together what lets the parts of a new piece sound as their instruments can; `lines`: one note each."""
    limits = [_limit(player, controls.range, lines=lines) for player in players_of(header)]
    if len(limits) == 1 and controls.instrument is None and controls.instruments is None:
        # A melody that is for any instrument: the one that plays it here may be changed.
        return [], []
    filters: list[Filter] = []
    if any(limit != PartLimit() for limit in limits):
        filters.append(PartLimits(limits, vocabulary, lanes=range(len(limits)), first=0))
    if len(limits) < 2:
        return filters, []
    entries = Entries(len(limits), most_silent_bars(header.bars, controls.form))
    return [*filters, entries], [entries]


def players_of(header: Header) -> tuple[Player | None, ...]:
    """Return who plays each part; nobody for drums."""
    kinds = zip(header.programs, header.drums, header.names, strict=True)
    return tuple(None if is_drum else player_of(program, name) for program, is_drum, name in kinds)


def _limit(player: Player | None, asked: PitchRange | None, *, lines: bool) -> PartLimit:
    if player is None:
        return PartLimit(low=_KIT[0], high=_KIT[-1], kit=frozenset(_KIT))
    low, high = player.low, player.high
    if asked is not None and min(high, asked.high) - max(low, asked.low) < _OCTAVE:
        # What is asked for holds: an instrument that has hardly any of it gives way.
        low, high = 0, 127
    if lines or player.at_once is None:
        return PartLimit(low, high)
    most = player.at_once
    return PartLimit(low, high, chord=most, polyphony=most, player=None if most == 1 else player)


def most_silent_bars(bars: int, form: Form | None = None) -> int:
    """Return for how many bars on end a part may be silent: four, in a short piece or section a quarter of it."""
    own = bars // len(form.sections) if form else bars
    return min(_PHRASE, max(bars > 1, own // _PHRASES))


class Entries:
    """A part is likelier the longer it has been silent, comes in after a phrase, and is there for some of each two."""

    # One that comes in for a bar only, because it is due, and is silent again is as good as gone:
    # of 1,288 hands of real piano pieces of 16 bars 9 sound in fewer than three of eight bars.

    fields = frozenset({"time", "part"})

    def __init__(self, parts: int, phrase: int, bars: Collection[int] | None = None) -> None:
        # `bars`: in which a part may come in, if not in all of them.
        self._parts, self._phrase, self._bars = range(parts), phrase, bars
        # The parts that were hardly there, of the open bar, and that bar with the last note before.
        self._sparse: Sequence[int] = ()
        self._seen: tuple[int, tuple[int, ...] | None] = (-1, None)

    def bias(self, field: str, prefix: Prefix, draft: Draft) -> Floats | None:
        """Return what is added to the logits of a field, shape (classes,), or nothing."""
        if field != "part":
            return None
        onset, starts = prefix.now + draft.time, prefix.starts
        bar = starts[prefix.bar + 1] - starts[prefix.bar]
        silences = [(onset - prefix.parts.end(part)) / bar - 1 for part in self._parts]
        if max(silences) <= 0:
            return None
        found = np.zeros(prefix.vocabulary.sizes[PART])
        for part, silence in enumerate(silences):
            found[part] = min(_STRONGEST, _STRENGTH * max(0.0, silence))
        return found

    def allow(self, field: str, prefix: Prefix, draft: Draft, allowed: Mask) -> None:
        """Let nothing pass over a part that has been silent for a phrase, or for most of two."""
        if self._bars is not None and prefix.bar not in self._bars:
            return
        if prefix.bar < self._phrase or not (due := self._due(prefix)):
            return
        v, onset = prefix.vocabulary, prefix.now + max(0, draft.time)
        last = prefix.notes[-1][0] if prefix.onsets and prefix.onsets[-1] == onset else -1
        coming = next((part for part in due if part > last), None)
        if field == "part" and coming is not None:
            narrow_to(allowed, 0, coming + 1)
        elif field == "time":
            waits = last >= 0 and coming is not None
            narrow_to(allowed, 0, 1 if waits else v.skip + 1)

    def _due(self, prefix: Prefix) -> Sequence[int]:
        """Return the parts that are to come in, as long as the open bar is without them."""
        bar, end = prefix.bar, prefix.parts.end
        start = prefix.starts[bar - self._phrase]
        found = [part for part in self._parts if end(part) <= start]
        more = [part for part in self._hardly_there(prefix) if end(part) <= prefix.starts[bar]]
        return sorted({*found, *more}) if more else found

    def _hardly_there(self, prefix: Prefix) -> Sequence[int]:
        """Return the parts that would sound in fewer bars of two phrases than are due, if the open bar had none."""
        before = prefix.bar_start_note(prefix.bar) - 1
        note = prefix.notes[before] if before >= 0 else None
        if self._seen[0] != prefix.bar or self._seen[1] is not note:
            self._seen = prefix.bar, note
            first = prefix.bar - 2 * self._phrase + 1
            bars = range(first, prefix.bar) if first >= 0 else ()
            self._sparse = [
                part
                for part in self._parts
                if bars and sum(_sounds(prefix, part, bar) for bar in bars) < self._phrase - 1
            ]
        return self._sparse


def _sounds(prefix: Prefix, part: int, bar: int) -> bool:
    start, stop = prefix.starts[bar : bar + 2]
    notes = prefix.parts.between(part, start - prefix.vocabulary.longest, stop)
    return any(onset + duration > start for onset, duration in notes)
