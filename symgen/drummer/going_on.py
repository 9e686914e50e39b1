"""Drums that go on: bars that repeat others give way to fills and to variations that the drummer plays."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from symgen.drummer.drummer import DrumRequest, Hit, load_drummer
from symgen.drummer.grooves import BEAT, FILL, GROOVE
from symgen.drummer.hearing import Heard, hear, phrase_events
from symgen.music.drum_kit import drum_of_keys
from symgen.music.meter import Bar
from symgen.music.score import Note, Part

__all__ = ["Going", "varied_drums"]

# So many of the new bars may be the same as earlier ones, as of real bands .55 to .63 are.
_MOST_LITERAL = 0.6
# Without fills before, the last bar of so many is one.
_PHRASE = 8
# What is played instead of a bar has at most so many times its strokes, and at least that part of them.
_DENSER = 2
# How often the drummer tries to play a bar that is not one of the others; the first tries are what the bar is to be,
# the others fills.
_TRIES, _PLAIN = 5, 2
_DRUM_OF = drum_of_keys()
# Hits this far off the grid, in parts of a quarter, are loose; so many of them make a loose part.
_OFF, _LOOSE = 60, 0.2
_TICKS = 480

_Content = frozenset[tuple[int, int]]
"""Step and key of what is struck in a bar."""


@dataclass(frozen=True)
class Going:
    """How drums go on."""

    # First tick of the new bars, ticks and quarters a minute.
    begin: int
    resolution: int
    bpm: float
    seed: int
    temperature: float = 1.0
    # Whether bars between fills may be played otherwise too: of bands, most of which play one bar all the time, none.
    varies: bool = False


def varied_drums(parts: Sequence[Part], bars: Sequence[Bar], how: Going) -> list[Part]:
    """Return parts of drums whose new bars are as seldom the same as earlier ones as those of people."""
    # Kit and places stay those of the prompt. Where it has fills, they come at the same place of the phrase.
    notes = sorted(note for part in parts for note in part.notes)
    old, new = ([bar for bar in bars if (bar.start < how.begin) == side] for side in (True, False))
    before = [note for note in notes if note.onset < how.begin]
    heard = hear(before, old, how.resolution, how.bpm) if before else None
    if heard is None or not new:
        return list(parts)
    playing = _Playing(heard, before, old, new, how)
    played = _by_bar(notes, bars, how.resolution)
    seen = {_content(each, bar, how.resolution) for each, bar in zip(played, old, strict=False)}
    literal, changed = 0, dict[int, list[Note]]()
    for number, bar in enumerate(new):
        mine = played[len(old) + number]
        content = _content(mine, bar, how.resolution)
        is_literal = bool(content) and content in seen
        if is_literal and playing.gives_way(number, literal, content):
            fresh = playing.otherwise(number, mine, seen)
            if fresh:
                changed[len(old) + number] = fresh
                content, is_literal = _content(fresh, bar, how.resolution), False
        literal += is_literal
        seen.add(content)
    return _shared(parts, played, changed)


class _Playing:
    """What the drummer would play in the new bars."""

    def __init__(
        self,
        heard: Heard,
        before: Sequence[Note],
        old: Sequence[Bar],
        bars: Sequence[Bar],
        how: Going,
    ) -> None:
        self._heard, self._bars, self._how = heard, bars, how
        self._first = heard.first + heard.groove.bars
        count = len(bars)
        self._events = phrase_events(heard.events, heard.first, count)
        self._fills = _fills(heard)
        if FILL not in heard.events:
            numbers = range(self._first, self._first + count)
            self._events = tuple(
                FILL if number % _PHRASE == _PHRASE - 1 else GROOVE for number in numbers
            )
        self._is_loose = _is_loose(before, how.resolution)
        self._places, self._at_once = _limits(before, old, how.resolution)
        self._by_key: dict[int, list[Note]] = defaultdict(list)
        for note in before:
            self._by_key[note.pitch].append(note)
        self._draws: list[tuple[Hit, ...]] = []

    def gives_way(self, number: int, literal: int, content: _Content) -> bool:
        """Whether a bar that is the same as an earlier one is played otherwise."""
        share = (literal + 1) / (number + 1)
        if self._events[number] == FILL:
            known = frozenset(each for each in content if _DRUM_OF[each[1]] >= 0)
            return known not in self._fills and share > _MOST_LITERAL
        is_second = (self._first + number) % 2 == 1
        return self._how.varies and is_second and share > _MOST_LITERAL

    def otherwise(
        self, number: int, played: Sequence[Note], seen: Collection[_Content]
    ) -> list[Note]:
        """Return a bar that is none of those before; nothing where the drummer finds none."""
        # What he does not know, such as a tambourine, stays.
        bar, others = self._bars[number], [note for note in played if _DRUM_OF[note.pitch] < 0]
        for attempt in range(_TRIES):
            if attempt == len(self._draws):
                self._draws.append(self._draw(attempt))
            notes = self._notes([hit for hit in self._draws[attempt] if hit.bar == number], bar)
            whole = sorted([*notes, *others])
            fits = len(played) <= _DENSER * len(whole) and len(whole) <= _DENSER * len(played)
            if notes and fits and _content(whole, bar, self._how.resolution) not in seen:
                return whole
        return []

    def _draw(self, attempt: int) -> tuple[Hit, ...]:
        how, count = self._how, len(self._bars)
        request = DrumRequest(
            meters=tuple(str(bar.meter) for bar in self._bars),
            steps=tuple(-(-bar.length * BEAT // how.resolution) for bar in self._bars),
            bpm=how.bpm,
            events=self._events if attempt < _PLAIN else (FILL,) * count,
            phases=tuple(range(self._first, self._first + count)),
            before=self._heard.groove,
            temperature=how.temperature,
        )
        return load_drummer().draw(request, seed=how.seed + attempt)

    def _notes(self, hits: Sequence[Hit], bar: Bar) -> list[Note]:
        """Write hits on the drums that are there, as loud and as loose as they were played."""
        made = dict[tuple[int, int], Note]()
        resolution, keys = self._how.resolution, self._heard.keys
        for hit in hits:
            key = keys.get((hit.drum, hit.other), keys.get((hit.drum, False)))
            at = bar.start + round(hit.step * resolution / BEAT)
            if key is None or at >= bar.end or not self._may_strike(hit.step, bar):
                continue
            if self._is_loose:
                late = round(hit.late * resolution / _TICKS)
                at = min(max(at + late, bar.start), bar.end - 1)
            old = self._by_key[key]
            is_even = len({note.velocity for note in old}) == 1
            velocity = old[0].velocity if is_even else hit.velocity
            duration = Counter(note.duration for note in old).most_common(1)[0][0]
            made[key, at] = Note(at, key, duration, velocity)
        return self._together(made.values())

    def _together(self, notes: Iterable[Note]) -> list[Note]:
        """Leave out the softest of what more hands would strike at once than there are."""
        struck = Counter[int]()
        kept = []
        for note in sorted(notes, key=lambda note: (-note.velocity, note.pitch)):
            step = round(note.onset * BEAT / self._how.resolution)
            if struck[step] < self._at_once:
                struck[step] += 1
                kept.append(note)
        return sorted(kept)

    def _may_strike(self, step: int, bar: Bar) -> bool:
        return step % _two_beats(bar) in self._places


def _two_beats(bar: Bar) -> int:
    return max(1, int(2 * bar.meter.beat_quarters * BEAT))


def _limits(
    notes: Sequence[Note], bars: Sequence[Bar], resolution: int
) -> tuple[frozenset[int], int]:
    """Return where in two beats something is struck, in steps, and how much at once at most."""
    places, struck = set[int](), Counter[int]()
    for mine, bar in zip(_by_bar(notes, bars, resolution), bars, strict=True):
        for step, _ in _content(mine, bar, resolution):
            places.add(step % _two_beats(bar))
        struck.update(round(note.onset * BEAT / resolution) for note in mine)
    return frozenset(places), max(struck.values())


def _fills(heard: Heard) -> set[_Content]:
    """Return the fills that were heard, as contents of bars."""
    groove, found = heard.groove, set[_Content]()
    for bar, event in enumerate(heard.events):
        if event == FILL:
            rows = [row for row in range(len(groove.bar)) if groove.bar[row] == bar]
            struck = (
                (int(groove.place[row]), key)
                for row in rows
                for (drum, other), key in heard.keys.items()
                if groove.levels[row, drum] and bool(groove.other[row, drum]) == other
            )
            found.add(frozenset(struck))
    return found


def _is_loose(notes: Sequence[Note], resolution: int) -> bool:
    half = resolution // 2
    off = [abs((note.onset * BEAT + half) % resolution - half) for note in notes]
    return sum(each * _OFF > resolution * BEAT for each in off) > _LOOSE * len(notes)


def _by_bar(notes: Sequence[Note], bars: Sequence[Bar], resolution: int) -> list[list[Note]]:
    """Return the notes of each bar; what is struck a hair before a bar line belongs behind it."""
    starts, early = [bar.start for bar in bars], resolution // (2 * BEAT)
    found: list[list[Note]] = [[] for _ in bars]
    for note in notes:
        found[max(0, bisect_right(starts, note.onset + early) - 1)].append(note)
    return found


def _content(notes: Sequence[Note], bar: Bar, resolution: int) -> _Content:
    steps = ((round((note.onset - bar.start) * BEAT / resolution), note.pitch) for note in notes)
    return frozenset((max(0, step), pitch) for step, pitch in steps)


def _shared(
    parts: Sequence[Part], played: Sequence[Sequence[Note]], changed: dict[int, list[Note]]
) -> list[Part]:
    """Put new bars into the parts, each note into the part that strikes its key most."""
    gone = {note for bar in changed for note in played[bar]}
    strokes = [Counter(note.pitch for note in part.notes) for part in parts]
    kept = [[note for note in part.notes if note not in gone] for part in parts]
    for note in (note for notes in changed.values() for note in notes):
        best = max(range(len(parts)), key=lambda part: strokes[part][note.pitch])
        kept[best].append(note)
    return [part.with_notes(sorted(notes)) for part, notes in zip(parts, kept, strict=True)]
