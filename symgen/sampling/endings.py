"""Closing on the tonic in the last bar."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from symgen.music.constraints import PitchRange
from symgen.music.theory import Key
from symgen.sampling.bits import bits_from, bits_of, bits_up_to, mask_of
from symgen.sampling.filters import Draft, narrow, narrow_to, without
from symgen.tokens import Vocabulary
from symgen.tokens.prefix import Prefix

__all__ = ["HIGHEST_BASS", "ClosesInTime", "Closing", "Ending"]

_CHORDS = {True: (0, 3, 7), False: (0, 4, 7)}
# Above, parts that come later at the same onset could find no tone left.
HIGHEST_BASS, _HIGHEST = 108, 120

Mask = NDArray[np.bool_]
_WHOLE = PitchRange(0, 127)


@dataclass(frozen=True)
class Closing:
    """Where and how a piece closes."""

    # Places in the closing bar on which to close, in steps.
    strong: frozenset[int] = frozenset({0})
    # Index of the bar that closes: the last one, or the one that it repeats.
    bar: int = -1
    # The part that closes. Those after it do not strike with the last chord.
    bass: int = 0
    # Parts play one note at a time: all that played hold their tone of the chord to the end.
    monophonic_parts: bool = True
    # How many notes may sound at once.
    most: int = 128
    # What the parts may play.
    span: PitchRange = _WHOLE
    # Parts that are given: they close as they do; one below the bass is that of the last chord.
    given: frozenset[int] = frozenset()


class Ending:
    """The piece closes on the tonic, on a strong beat of its last bar, and holds it to the end."""

    # In several parts it closes on the chord of the tonic with the tonic below. The time from the
    # last strong beat on is kept free for it: what sounds in it belongs to the chord. At its
    # beginning, at the latest, the bass strikes the tonic below all that sounds.

    fields = frozenset({"time", "part", "pitch", "duration", "goal"})

    # Sets of pitches are whole numbers here, a bit for each: whether one is left is asked of many
    # parts at many steps.

    def __init__(self, key: Key, vocabulary: Vocabulary, closing: Closing) -> None:
        inside = range(closing.span.low, closing.span.high + 1)
        degrees = _CHORDS[key.minor]
        self._goal = np.arange(128) % 12 == key.tonic
        self._chord = bits_of(
            pitch for pitch in inside if (pitch - key.tonic) % 12 in degrees and pitch <= _HIGHEST
        )
        lows = [pitch for pitch in inside if pitch % 12 == key.tonic and pitch <= HIGHEST_BASS]
        self._lows, self._lowest = bits_of(lows), min(lows, default=0)
        self._strong, self._last_strong = closing.strong, max(closing.strong)
        self._bar, self._bass, self._most = closing.bar, closing.bass, closing.most
        self._monophonic_parts, self._longest = closing.monophonic_parts, vocabulary.longest
        self._given = closing.given
        self._beneath = frozenset(part for part in closing.given if part > closing.bass)

    def allow(self, field: str, prefix: Prefix, draft: Draft, allowed: Mask) -> None:
        """Set ``allowed[class]`` to false for what is out."""
        starts = prefix.starts
        bar = self._bar % (len(starts) - 1)
        if prefix.bar > bar:
            return
        onset, last = prefix.now + max(0, draft.time), starts[bar] + self._last_strong
        if field == "goal" and prefix.bar + 1 == bar:
            narrow(allowed, self._goal)
        elif field == "duration" and last - onset < self._longest:
            self._duration(prefix, bar, draft, allowed)
        elif field == "time" and prefix.bar == bar:
            self._time(self._moment(prefix, bar), last, allowed)
        elif field == "part" and onset >= last:
            self._part(self._moment(prefix, bar), onset, allowed)
        elif field == "pitch" and onset >= last:
            tones = self._tones(self._moment(prefix, bar), draft.part, onset)
            narrow(allowed, mask_of(tones, 128))

    def wait(self, field: str, prefix: Prefix, draft: Draft, allowed: Mask) -> None:
        """In the closing bar, let nothing pass over a part that has not closed."""
        bar = self._bar % (len(prefix.starts) - 1)
        if prefix.bar != bar or not (waiting := self._open(self._moment(prefix, bar))):
            return
        last = prefix.starts[bar] + self._last_strong
        if field == "time":
            _wait(allowed, last - prefix.now, self._longest)
        elif prefix.now + draft.time >= last:
            narrow_to(allowed, waiting[0], waiting[0] + 1)

    def _moment(self, prefix: Prefix, bar: int) -> _Moment:
        held, stop = _held(prefix, self._longest), prefix.starts[bar + 1]
        if self._beneath:
            held = [note for note in held if note.part not in self._beneath]
        return _Moment(prefix, prefix.starts[bar], stop, held, self._root(prefix, bar, held))

    def _root(self, prefix: Prefix, bar: int, held: Sequence[_Held]) -> int:
        """Return the lowest of the notes that sound to the end, if it closes, else -1."""
        start, stop = prefix.starts[bar], prefix.starts[bar + 1]
        holding = [note for note in held if note.end >= stop and note.part not in self._given]
        lowest = min((note.pitch for note in holding), default=127)
        closes = any(
            note.pitch == lowest
            and note.onset - start in self._strong
            and (not self._monophonic_parts or note.part == self._bass)
            for note in holding
        )
        return lowest if closes and self._lows >> lowest & 1 else -1

    def _duration(self, prefix: Prefix, bar: int, draft: Draft, allowed: Mask) -> None:
        """Only what belongs to the chord sounds on into it, to its end."""
        start, stop, is_bass = prefix.starts[bar], prefix.starts[bar + 1], draft.part == self._bass
        onset, last = prefix.now + max(0, draft.time), start + self._last_strong
        room, before = stop - onset, 0
        closes = room <= self._longest and bool(allowed[room])
        if onset < last:
            before = last - onset + 1
            closes = closes and (not is_bass or (onset >= start and onset - start in self._strong))
            if closes:
                tones = self._tones(self._moment(prefix, bar), draft.part, onset)
                closes = bool(tones >> draft.pitch & 1)
        elif not (self._monophonic_parts or (is_bass and self._moment(prefix, bar).root < 0)):
            return
        if closes or np.count_nonzero(allowed[:before]):
            allowed[before:] = False
            if closes:
                allowed[room] = True

    def _time(self, moment: _Moment, last: int, allowed: Mask) -> None:
        """Wait for what has not closed; from the last strong beat on strike only where a tone of the chord is left."""
        now = moment.prefix.now
        if self._open(moment):
            _wait(allowed, last - now, self._longest)
        first, stop = max(last, now), min(moment.stop, now + self._longest)
        # In between nothing changes.
        turns = {now + 1, last + 1, *(note.end for note in moment.held)}
        lines = [first, *sorted(turn for turn in turns if first < turn < stop), stop]
        closed: list[int] = []
        for start, until in pairwise(lines):
            if not self._may_strike(moment, start, last):
                closed += [time for time in range(start - now, until - now) if allowed[time]]
        without(allowed, closed)

    def _may_strike(self, moment: _Moment, onset: int, last: int) -> bool:
        if self._monophonic_parts and onset > last:
            return False
        return any(self._tones(moment, part, onset) for part in range(self._bass + 1))

    def _part(self, moment: _Moment, onset: int, allowed: Mask) -> None:
        parts: Iterable[int] = range(min(self._bass + 1, len(allowed)))
        if self._monophonic_parts:
            parts = self._open(moment)[:1]  # parts come in their order
        wanted = [part for part in parts if allowed[part] and self._tones(moment, part, onset)]
        if wanted:
            allowed.fill(False)
            for part in wanted:
                allowed[part] = True

    def _tones(self, moment: _Moment, part: int, onset: int) -> int:
        """Return the pitches that a part may close on at a step: the bass below the others, they above it."""
        prefix = moment.prefix
        last_part, last_pitch = 0, -1
        if prefix.onsets and prefix.onsets[-1] == onset:
            last_part, last_pitch, *_ = prefix.notes[-1]
        if part > self._bass or part < last_part:
            return 0
        if self._monophonic_parts and prefix.parts.last_end(part) > onset:
            return 0
        holding = [note.pitch for note in moment.held if note.end > onset]
        if part == self._bass and moment.root < 0:
            tones = bits_up_to(self._lows, min(holding, default=127))
        elif len(holding) + (moment.root < 0) >= self._most:
            return 0
        else:
            tones = bits_from(self._chord, max(moment.root, self._lowest))
        if part == last_part:
            tones = bits_from(tones, last_pitch + 1)
        return tones & ~bits_of(prefix.parts.sounding(part, onset))

    def _open(self, moment: _Moment) -> list[int]:
        """Return the parts that must still close: the bass and, where parts play alone, all others that played."""
        found: list[int] = []
        if self._monophonic_parts:
            ends = [moment.prefix.parts.last_end(part) for part in range(self._bass)]
            found = [part for part, end in enumerate(ends) if end not in (0, moment.stop)]
        if moment.root < 0:
            found.append(self._bass)
        return [part for part in found if part not in self._given]


class ClosesInTime:
    """What is given later does not pass over a part that has not closed."""

    fields = frozenset({"time", "part"})

    def __init__(self, ending: Ending) -> None:
        self._ending = ending

    def allow(self, field: str, prefix: Prefix, draft: Draft, allowed: Mask) -> None:
        """Set ``allowed[class]`` to false for what is out."""
        if field in self.fields:
            self._ending.wait(field, prefix, draft, allowed)


class _Held(NamedTuple):
    """A note that sounds on."""

    pitch: int
    onset: int
    part: int
    end: int


class _Moment(NamedTuple):
    """What the close of a piece finds: its bar, the notes that sound on, and their root, -1 as long as none closes."""

    prefix: Prefix
    start: int
    stop: int
    held: Sequence[_Held]
    root: int


def _held(prefix: Prefix, longest: int) -> list[_Held]:
    """Return the notes that sound on after the last event."""
    now, found = prefix.now, []
    for number in range(len(prefix.onsets) - 1, -1, -1):
        onset = prefix.onsets[number]
        if now - onset >= longest:
            break
        part, pitch, duration, _ = prefix.notes[number]
        if onset + duration > now:
            found.append(_Held(pitch, onset, part, onset + duration))
    return found


def _wait(allowed: Mask, room: int, longest: int) -> None:
    """Leave the times at which a note begins in `room` steps or earlier."""
    kept = allowed.copy()
    kept[min(max(0, room) + 1, longest) : longest] = False
    if room < longest:
        kept[longest] = False  # the class that skips
    kept[longest + 1] = kept[longest + 2] = False  # a bar line and the end
    if np.count_nonzero(kept):
        allowed[:] = kept
