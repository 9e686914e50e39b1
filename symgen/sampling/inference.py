"""What a prompt tells of the music that is to follow, besides key and meter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import exp, log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgen.music.constraints import NoteGrid, PitchRange
from symgen.music.players import Player, player_of
from symgen.sampling.swing import STRAIGHT
from symgen.tokens import Events, Header, Vocabulary
from symgen.tokens.codec import whole_notes
from symgen.tokens.events import Notes, event_notes
from symgen.tokens.statistics import STATISTICS, piece_statistics

__all__ = ["Inferred", "PartHabits", "find_habits", "guess_style", "in_manner", "infer"]

_SURE = 0.7
# The statistics say the same thing twice: their evidence counts half.
_SHARED = 0.5
_SMALLEST = 0.02
_ON_GRID = 0.98
_NEARLY_ALL = 0.97
_GRIDS = tuple(NoteGrid(part, triplets) for part in (1, 2, 4, 8, 16) for triplets in (False, True))


@dataclass(frozen=True)
class Inferred:
    """What a prompt tells."""

    # The likeliest style of those that the model knows, empty if none is much likelier than the
    # others.
    style: str
    # Quarters a minute at its end.
    tempo: float
    # Its lowest and its highest note; none of drums alone.
    range: PitchRange | None
    notes_per_bar: float
    # The coarsest one on which nearly all of its notes begin.
    grid: NoteGrid | None
    # Place in the quarter of its off-beat eighths; 0.5 if it is straight.
    swing: float
    # What each part that goes on usually does.
    parts: tuple[PartHabits | None, ...] = ()
    # Pitch classes that make nearly all of what sounds.
    tones: frozenset[int] = frozenset()

    def __str__(self) -> str:
        said = [f"style {self.style}"] if self.style else []
        said += [f"{self.tempo:g} quarters a minute"]
        said += [str(self.range)] if self.range else []
        said += [f"{self.notes_per_bar:.3g} notes a bar"]
        said += [f"grid {self.grid}"] if self.grid else []
        said += [f"swing {self.swing:.2f}"] if self.swing != STRAIGHT else []
        return ", ".join(said)

    def to_json(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "style": self.style or None,
            "tempo": round(self.tempo, 3),
            "range": str(self.range) if self.range else None,
            "notes_per_bar": round(self.notes_per_bar, 2),
            "grid": str(self.grid) if self.grid else None,
            "swing": round(self.swing, 3),
            "parts": [habits.to_json() if habits else None for habits in self.parts],
        }


def infer(
    events: Events,
    vocabulary: Vocabulary,
    info: Mapping[str, Any],
    *,
    tempo: float,
    swing: float,
    bars: int,
    lanes: Sequence[int],
) -> Inferred:
    """Read what a prompt tells."""
    header = events.header
    notes = event_notes(events.fields, header, vocabulary)
    habits = find_habits(events, vocabulary, bars=bars, lanes=lanes)
    bars = max(1, int(notes.bar[-1]) + 1 - header.pickup)
    places = notes.onset - header.bar_starts[notes.bar]
    grid = next((one for one in _GRIDS if _share_on(one, places, vocabulary) >= _ON_GRID), None)
    statistics = piece_statistics(notes, header, vocabulary.grid)
    statistics[0] = len(notes) / bars
    style = guess_style(statistics, str(header.meter), info)
    tones = _pitched(notes, header)
    span = PitchRange(int(tones.pitch.min()), int(tones.pitch.max()))
    pitches = None if all(header.drums) else span
    return Inferred(style, tempo, pitches, len(notes) / bars, grid, swing, habits, _tones(tones))


def in_manner(tune: Inferred, other: Inferred) -> Inferred:
    """Return what the new bars of a tune keep to in the manner of other bars: its own key, tempo and range."""
    pairs = zip(tune.parts, other.parts, strict=True)
    return replace(
        tune,
        style=other.style,
        notes_per_bar=other.notes_per_bar,
        grid=other.grid,
        swing=other.swing,
        parts=tuple(_in_manner(*pair) for pair in pairs),
    )


def _in_manner(mine: PartHabits | None, other: PartHabits | None) -> PartHabits | None:
    if mine is None or other is None:
        return mine or other
    kit = None if mine.kit is None else mine.kit | (other.kit or frozenset())
    return replace(other, range=mine.range, kit=kit)


def _pitched(notes: Notes, header: Header) -> Notes:
    """Return the notes that are no drums; all, if there are no others."""
    kept = ~np.array(header.drums, dtype=bool)[notes.part]
    return Notes(*(column[kept] for column in vars(notes).values())) if kept.any() else notes


def _tones(notes: Notes) -> frozenset[int]:
    """Return the pitch classes that make nearly all of what sounds."""
    weight = np.bincount(notes.pitch % 12, np.sqrt(notes.duration), 12)
    order = np.argsort(-weight, kind="stable")
    count = int(np.searchsorted(np.cumsum(weight[order]) / weight.sum(), _NEARLY_ALL)) + 1
    return frozenset(order[:count].tolist())


def _share_on(grid: NoteGrid, places: np.ndarray[Any, Any], vocabulary: Vocabulary) -> float:
    """Share of the notes that begin on a grid."""
    units = [int(unit * vocabulary.grid) for unit in grid.units]
    return float(np.any([places % max(1, unit) == 0 for unit in units], axis=0).mean())


def guess_style(statistics: list[float], meter: str, info: Mapping[str, Any]) -> str:
    """Return the likeliest style of a piece, or nothing if it is not much likelier than the others."""
    norms = {style: norm for style, norm in info.get("norms", {}).items() if style}
    counts = dict.fromkeys(norms, 0.1)
    for other, style, _, count in info.get("usual", ()):
        if style in counts and other == meter:
            counts[style] += count
    odds = {}
    for style, norm in norms.items():
        rows = zip(STATISTICS, statistics, norm["mean"], norm["deviation"], strict=True)
        odds[style] = log(counts[style]) + _SHARED * sum(
            -0.5 * ((value - mean) / max(deviation, _SMALLEST)) ** 2
            - log(max(deviation, _SMALLEST))
            for name, value, mean, deviation in rows
            if name != "mean_pitch"
        )
    if not odds:
        return ""
    best = max(odds, key=lambda style: odds[style])
    chance = 1 / sum(exp(min(50.0, value - odds[best])) for value in odds.values())
    return best if chance > _SURE else ""


Ints = NDArray[np.int64]


@dataclass(frozen=True)
class PartHabits:
    """What a part usually does."""

    # Its lowest and its highest note.
    range: PitchRange
    # Most notes that it strikes at once.
    chord: int
    # Most notes that both hands strike at once; the same for a part that is not played by two.
    together: int
    # Most notes that it sounds at once.
    polyphony: int
    notes_per_bar: float
    # Share of the time in which it is silent.
    rests: float
    # Its shortest and its longest note in grid steps.
    shortest: int
    longest: int
    # Where its notes begin, in grid steps from the start of every second beat.
    places: frozenset[int]
    # Grid steps a quarter.
    grid: int
    # Who plays it, where what it sounds at once lies in the hands of its instrument.
    player: Player | None = None
    # The drums that it strikes, if it is one of drums.
    kit: frozenset[int] | None = None

    def __str__(self) -> str:
        pitches = f"{self.range}" if self.kit is None else f"drums, {len(self.kit)} of them"
        return (
            f"{pitches}, {self.chord} at once, {self.notes_per_bar:.3g} notes a bar, "
            f"{self.rests:.0%} rests, shortest note {self.shortest / self.grid:.3g} quarters"
        )

    def to_json(self) -> dict[str, Any]:
        """Return plain data; lengths of notes in quarters."""
        return {
            "range": str(self.range),
            "chord": self.chord,
            "polyphony": self.polyphony,
            "notes_per_bar": round(self.notes_per_bar, 2),
            "rests": round(self.rests, 3),
            "shortest": round(self.shortest / self.grid, 3),
            "longest": round(self.longest / self.grid, 3),
        }


def find_habits(
    events: Events, vocabulary: Vocabulary, *, bars: int, lanes: Sequence[int]
) -> tuple[PartHabits | None, ...]:
    """Say of each part what it usually does."""
    rows = whole_notes(events, vocabulary)
    starts = events.header.bar_starts[: bars + 1]
    beats = [int(meter.beat_quarters * vocabulary.grid) for meter in events.header.bar_meters]
    onsets = rows[:, 0]
    bar = np.clip(np.searchsorted(starts, onsets, side="right") - 1, 0, bars - 1)
    two_beats = 2 * np.array(beats, dtype=np.int64)[bar]
    places = (onsets - starts[bar]) % two_beats
    owners = np.array(lanes, dtype=np.int64)[rows[:, 1]]
    found = []
    for part, owner in enumerate(lanes):
        mine = rows[:, 1] == part
        habits = _habits(rows[mine], places[mine], starts, vocabulary.grid)
        if habits is not None:
            # Both hands of a keyboard are one player: each of them alone is held to nothing here.
            is_alone = habits.polyphony > 1 and lanes.count(owner) == 1
            player = _player(events.header, part, rows[mine]) if is_alone else None
            together = _most_struck(rows[owners == owner, 0])
            kit = frozenset(rows[mine, 2].tolist()) if events.header.drums[part] else None
            habits = replace(habits, together=together, player=player, kit=kit)
        found.append(habits)
    return tuple(found)


def _player(header: Header, part: int, rows: Ints) -> Player | None:
    """Return who plays a part, if there is more to say than how many notes, and all of its chords can be played."""
    if header.drums[part]:
        return None
    player = player_of(header.programs[part], header.names[part])
    if not player.strings and not player.hands:
        return None
    sounding: list[tuple[int, int]] = []
    for onset, _, pitch, duration in rows[:, :4].tolist():
        sounding = [note for note in sounding if note[0] > onset]
        sounding.append((onset + duration, pitch))
        if not player.plays_together([each for _, each in sounding]):
            return None
    return player


def _habits(rows: Ints, places: Ints, starts: Ints, grid: int) -> PartHabits | None:
    if not len(rows):
        return None
    onset, pitch, duration = rows[:, 0], rows[:, 2], rows[:, 3]
    chord = _most_struck(onset)
    # A part that enters late has its usual number of notes from its entry on.
    entry = int(np.searchsorted(starts[1:-1], onset.min(), side="right"))
    return PartHabits(
        PitchRange(int(pitch.min()), int(pitch.max())),
        chord,
        chord,
        most_at_once(onset, onset + duration),
        len(rows) / (len(starts) - 1 - entry),
        1 - _sounding_time(onset, onset + duration) / int(starts[-1]),
        int(duration.min()),
        int(duration.max()),
        frozenset(places.tolist()),
        grid,
    )


def _most_struck(onsets: Ints) -> int:
    return int(np.unique(onsets, return_counts=True)[1].max())


def most_at_once(starts: Sequence[int] | Ints, ends: Sequence[int] | Ints) -> int:
    """Return how many spans overlap at most; one that ends where another begins does not."""
    times = np.concatenate([ends, starts])
    change = np.repeat(np.array([-1, 1]), [len(ends), len(starts)])
    order = np.lexsort((change, times))  # at one time those that end come first
    return int(np.cumsum(change[order]).max(initial=0))


def _sounding_time(starts: Ints, ends: Ints) -> int:
    """Return how many steps any of the notes sounds; they are sorted by onset."""
    reached = np.maximum.accumulate(ends)
    before = np.concatenate([[0], reached[:-1]])
    return int(np.maximum(0, ends - np.maximum(starts, before)).sum())
