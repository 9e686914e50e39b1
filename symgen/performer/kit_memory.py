"""What the player of a drum kit remembers of the strokes that it has played: how loud they were, and how late."""

from __future__ import annotations

from symgen.performer.kit_strokes import BEAT, INSTRUMENTS

__all__ = ["LATE_UNIT", "REMEMBERED", "KitMemory", "told_late", "told_velocity"]

LATE_UNIT = 0.03
"""Seconds that count as one."""
REMEMBERED = 59
"""How many numbers are remembered at each stroke."""

_FARTHEST = 4.0
# How much of a mean a stroke leaves: of one instrument, of a place in the bar, in the beat, of all.
_OWN, _THERE, _BEAT, _ALL = 0.9, 0.6, 0.8, 0.97
# The same of the clock, by onset.
_FAST, _SLOW, _SLOWEST = 0.5, 0.9, 0.98
_LEADERS = (0, 1, 2, 8)


def told_velocity(velocity: float) -> float:
    """Return a velocity as the network is told it."""
    return velocity / 64 - 1


def told_late(late: float) -> float:
    """Return seconds behind the place as the network is told them."""
    return min(max(late / LATE_UNIT, -_FARTHEST), _FARTHEST)


class KitMemory:
    """Plain numbers, as there are few of them at each stroke and numpy would take longer to begin."""

    def __init__(self) -> None:
        self._own: list[list[float] | None] = [None] * INSTRUMENTS
        self._there: dict[tuple[int, int], list[float]] = {}
        # The last four strokes by instrument and place; means by context.
        self._past: dict[tuple[int, int], list[tuple[float, float]]] = {}
        self._like: tuple[dict[int, list[float]], dict[int, list[float]]] = ({}, {})
        # How far strokes went of late from what is usual at their places: velocity, lateness fast and slowly.
        self._strayed = [0.0, 0.0, 0.0]
        self._louder = [0.0] * INSTRUMENTS
        # By instrument and place in the beat, by place in the beat and by place in the bar.
        self._beat: dict[tuple[int, int], list[float]] = {}
        self._all = [0.0, 0.0, 0.0]
        self._clock = [0.0, 0.0, 0.0]
        self._deviation = 0.0
        self._last = [0.0, 0.0]
        self._onsets = [0.0, 0.0]
        self._step: int | None = None
        # Number of strokes of this onset, sums of velocities and of lateness, and the loudest.
        self._now = [0.0, 0.0, 0.0, -1.0]

    def recall(
        self, instrument: int, step: int, place: int, contexts: tuple[int, int]
    ) -> list[float]:
        """Return what is remembered at a stroke, REMEMBERED numbers."""
        if step != self._step:
            self._close(step)
        own, there = self._own[instrument], self._there.get((instrument, place))
        count, loud, late, loudest = self._now
        slow = self._clock[1]
        found = [
            *self._all, *self._clock, self._deviation, *self._last, *self._onsets,
            min(count, 3.0) / 3, loud / count if count else 0.0, late / count if count else 0.0, loudest,
            late / count - slow if count else 0.0,
        ]  # fmt: skip
        # Last velocity, last lateness, means of both, deviation of velocity.
        found += [1.0, *own, own[3] - slow] if own else [0.0] * 7
        found += [1.0, *there] if there else [0.0] * 5
        for key in _wider(instrument, place):
            mean = self._beat.get(key)
            found += [1.0, mean[0], mean[1], mean[1] - slow] if mean else [0.0] * 4
        for leader in _LEADERS:
            other = self._own[leader]
            found.append(other[0] if other else 0.0)
        past = self._past.get((instrument, place), ())
        found += [1.0, *past[-2]] if len(past) > 1 else [0.0] * 3
        found += [1.0, past[0][0]] if len(past) > 3 else [0.0] * 2
        for number, context in enumerate(contexts):
            mean = self._like[number].get(context)
            found += [1.0, *mean] if mean else [0.0] * 3
        found += self._strayed
        found.append(self._louder[instrument])
        return found

    def add(
        self,
        instrument: int,
        place: int,
        contexts: tuple[int, int],
        velocity: float,
        late: float,
    ) -> None:
        """Remember the stroke of the last `recall`: velocity 1..127, seconds behind its place."""
        v, o = told_velocity(velocity), told_late(late)
        own = self._own[instrument]
        if own is None:
            self._own[instrument] = [v, o, v, o, 0.25]
        else:
            own[0], own[1] = v, o
            own[4] += (1 - _OWN) * (abs(v - own[2]) - own[4])
            own[2] += (1 - _OWN) * (v - own[2])
            own[3] += (1 - _OWN) * (o - own[3])
        there = self._there.get((instrument, place))
        if there is None:
            self._there[instrument, place] = [v, o, v, o]
        else:
            louder, later, strayed = v - there[2], o - there[3], self._strayed
            strayed[0] += 0.2 * (louder - strayed[0])
            strayed[1] += 0.4 * (later - strayed[1])
            strayed[2] += 0.1 * (later - strayed[2])
            self._louder[instrument] += 0.3 * (louder - self._louder[instrument])
            there[0], there[1] = v, o
            there[2] += (1 - _THERE) * (v - there[2])
            there[3] += (1 - _THERE) * (o - there[3])
        past = self._past.setdefault((instrument, place), [])
        past.append((v, o))
        if len(past) > 4:
            del past[0]
        for number, context in enumerate(contexts):
            mean = self._like[number].get(context)
            if mean is None:
                self._like[number][context] = [v, o]
            else:
                mean[0] += (1 - _BEAT) * (v - mean[0])
                mean[1] += (1 - _BEAT) * (o - mean[1])
        for key in _wider(instrument, place):
            mean = self._beat.get(key)
            if mean is None:
                self._beat[key] = [v, o]
            else:
                mean[0] += (1 - _BEAT) * (v - mean[0])
                mean[1] += (1 - _BEAT) * (o - mean[1])
        every = self._all
        share = max(1 - _ALL, 1 / (every[2] * 100 + 1))
        every[0] += share * (v - every[0])
        every[1] += share * (o - every[1])
        every[2] = min(every[2] + 0.01, 1.0)
        self._last[0], self._last[1] = v, o
        now = self._now
        now[0] += 1
        now[1] += v
        now[2] += o
        now[3] = max(now[3], v)

    def _close(self, step: int) -> None:
        """Take the onset that is over into the clock."""
        count, late = self._now[0], self._now[2]
        if count:
            mean = late / count
            clock = self._clock
            self._deviation += (1 - _SLOW) * (abs(mean - clock[1]) - self._deviation)
            clock[0] += (1 - _FAST) * (mean - clock[0])
            clock[1] += (1 - _SLOW) * (mean - clock[1])
            clock[2] += (1 - _SLOWEST) * (mean - clock[2])
            self._onsets = [mean, self._onsets[0]]
        self._now = [0.0, 0.0, 0.0, -1.0]
        self._step = step


def _wider(instrument: int, place: int) -> tuple[tuple[int, int], ...]:
    """Return what else a stroke is like: those of its instrument at that place of a beat, and any at its places."""
    return (instrument, place % BEAT), (-1, place % BEAT), (-2, place)
