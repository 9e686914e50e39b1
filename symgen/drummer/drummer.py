"""The drummer in use: drums for bars of a piece, drawn by a seed."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from symgen.drummer.checkpoint import DRUMMER, DrummerModel, read_drummer
from symgen.drummer.grooves import BEAT, EVENTS, Groove, slots_of_beat
from symgen.drummer.inference import InferenceDrummer
from symgen.drummer.loudness import SOURCES, LoudnessMemory
from symgen.drummer.tables import (
    COLUMNS,
    KEPT,
    LAGS,
    LATE_STEP,
    LATENESS,
    MOST_PLACES,
    MOST_SINCE,
    PHASES,
    column,
    first_row,
    loudness_rows,
    memory_columns,
    piece_rows,
    usual_class,
    usual_columns,
    usual_rows,
)
from symgen.music.drum_kit import CYMBALS, DRUMS, TOMS
from symgen.nets.network import find_network
from symgen.system.errors import ControlError
from symgen.system.files import PathLike

__all__ = ["SHIPPED_DRUMMER", "DrumRequest", "Drummer", "Hit", "load_drummer"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SHIPPED_DRUMMER = "drums"
"""The drummer that comes along."""

# Seeds of drums are apart from those of notes and of plans.
_DRUMS = 41
_DRAWN = -1
_MEMORY_FIRSTS = {
    lag: np.array([first_row(f"memory{lag}.{drum}") for drum in range(len(DRUMS))]) for lag in LAGS
}
_MIDDLE = LATENESS // 2
# Toms and crash are seldom likely anywhere, and yet are struck: of them more that is less likely stays.
_RARE = dict.fromkeys((*TOMS, CYMBALS[0]), 0.1)


@dataclass(frozen=True, slots=True)
class Hit:
    """A drum that is struck: bar, step in the bar, how many 480ths of a quarter late, and how loud, 1 to 127."""

    bar: int
    step: int
    drum: int
    late: int
    velocity: int
    other: bool


@dataclass(frozen=True)
class DrumRequest:
    """The bars that drums are for."""

    # The meter of each bar as text, and its steps, 12 a quarter.
    meters: tuple[str, ...]
    steps: tuple[int, ...]
    bpm: float = 120.0
    # What the drummer does not know counts as no style.
    style: str = ""
    # What each bar is, -1 to have it drawn; without any all are drawn.
    events: tuple[int, ...] = ()
    # The number of each bar in its phrase, from 0; without any they are counted through.
    phases: tuple[int, ...] = ()
    # What was played just before.
    before: Groove | None = None
    temperature: float = 1.0
    # What is less likely is not struck, and what is as likely not to be left out is. One chance hit calls for others.
    floor: float = 0.03
    # Temperature of how loud hits are: one that is soft by chance sounds like a hit between beats, and calls for more.
    evenness: float = 0.85

    def __post_init__(self) -> None:
        if not self.temperature > 0:
            raise ControlError(f"temperature {self.temperature:g}: must be above 0")


@dataclass
class _Playing:
    """What has been played so far."""

    hidden: Floats
    # Hits by step and drum of each bar.
    laid: list[Ints] = field(default_factory=list)
    events: list[int] = field(default_factory=list)
    since: int = MOST_SINCE
    last: Ints = field(default_factory=lambda: np.zeros(len(DRUMS), np.int64))
    # Hits by step and drum in the bars so far, the last ones counting most; of how many; and its classes.
    sums: Floats = field(default_factory=lambda: np.zeros((0, len(DRUMS))))
    weight: float = 0.0
    usual: Ints = field(default_factory=lambda: np.zeros((0, len(DRUMS)), np.int64))
    # How loud drums were in bars of this length, and what of it is recalled in this one.
    loudness: LoudnessMemory = field(default_factory=lambda: LoudnessMemory(0))
    recalled: Ints = field(default_factory=lambda: np.zeros((0, len(DRUMS), SOURCES), np.int64))


class Drummer:
    """Draws drums."""

    def __init__(self, model: DrummerModel) -> None:
        self.info = model.info
        self.styles = model.config.styles
        self.net = InferenceDrummer(model.config, model.weights)

    def draw(self, request: DrumRequest, *, seed: int) -> tuple[Hit, ...]:
        """Draw the hits of all bars; one seed gives the same ones."""
        rng = np.random.Generator(np.random.PCG64([seed, _DRUMS]))
        style = 1 + self.styles.index(request.style) if request.style in self.styles else 0
        now, hits = _Playing(self.net.start()), list[Hit]()
        first = request.phases[0] if request.phases else 0
        if request.before is not None:
            self._hear(now, request.before, request.bpm, style, first)
        rows = np.zeros(len(COLUMNS), dtype=np.int64)
        for bar, (meter, steps) in enumerate(zip(request.meters, request.steps, strict=True)):
            _set(rows, piece_rows(meter, request.bpm, style))
            phase = (request.phases[bar] if request.phases else bar) % PHASES
            event = request.events[bar] if request.events else _DRAWN
            if event == _DRAWN:
                odds = self.net.events(now.hidden, phase, now.since)
                event = _pick(odds / request.temperature, rng)
            self._open(now, rows, event, phase, steps)
            for start in range(0, steps, BEAT):
                chance = _chance(self.net.feel(now.hidden) / request.temperature)
                feel = int(rng.random() < chance)
                for place in slots_of_beat(feel, min(BEAT, steps - start)):
                    struck = self._slot(now, rows, (start + place, feel), request, rng)
                    hits += (Hit(bar, start + place, *how) for how in struck)
        return tuple(hits)

    def _open(self, now: _Playing, rows: Ints, event: int, phase: int, steps: int) -> None:
        """Begin a bar."""
        last = now.events[-1] if now.events else len(EVENTS)
        values = {"event": event, "last_event": last, "phase": phase, "since": now.since}
        _set(rows, {name: first_row(name) + value for name, value in values.items()})
        now.since = 0 if event else min(now.since + 1, MOST_SINCE)
        now.events.append(event)
        self._remember(now, steps)
        now.laid.append(np.zeros((steps, len(DRUMS)), dtype=np.int64))

    def _remember(self, now: _Playing, steps: int) -> None:
        """Count the last bar in what is usual; bars of another length begin anew."""
        if not now.laid or len(now.laid[-1]) != steps:
            now.sums, now.weight = np.zeros((steps, len(DRUMS))), 0.0
            now.usual = np.zeros((steps, len(DRUMS)), dtype=np.int64)
            now.loudness = LoudnessMemory(steps)
            now.recalled = now.loudness.recall()
            return
        now.loudness.add(now.laid[-1])
        now.recalled = now.loudness.recall()
        now.sums, now.weight = KEPT * now.sums + (now.laid[-1] > 0), KEPT * now.weight + 1
        now.usual = usual_class(now.sums, now.weight)

    def _read(self, now: _Playing, rows: Ints, step: int, feel: int) -> tuple[Floats, Ints]:
        """Read what is known of a slot; return what stood there bars ago, by drum and lag, and what is usual."""
        place = first_row("place") + min(step, MOST_PLACES - 1)
        _set(rows, {"place": place, "feel": first_row("feel") + feel})
        first = column("last0")
        rows[first : first + len(DRUMS)] = loudness_rows(now.last)
        memory = np.zeros((len(DRUMS), len(LAGS)))
        for number, lag in enumerate(LAGS):
            known = len(now.laid) > lag and len(now.laid[-1 - lag]) == len(now.laid[-1])
            struck = now.laid[-1 - lag][step] > 0 if known else np.zeros(len(DRUMS), bool)
            rows[memory_columns(lag)] = _MEMORY_FIRSTS[lag] + (1 + struck if known else 0)
            memory[:, number] = np.where(struck, 1.0, -1.0) if known else 0.0
        usual = now.usual[step]
        rows[usual_columns()] = usual_rows(usual)
        now.hidden = self.net.step(now.hidden, rows)
        return memory, usual

    def _slot(
        self,
        now: _Playing,
        rows: Ints,
        slot: tuple[int, int],
        request: DrumRequest,
        rng: np.random.Generator,
    ) -> list[tuple[int, int, int, bool]]:
        """Draw a slot, and return its drums: number, lateness, velocity, whether it is the second sound."""
        # The slot is read first: its hits are drawn from the state behind it.
        memory, usual = self._read(now, rows, *slot)
        odds = self.net.hits(now.hidden, memory, usual)
        found = []
        for drum, dice in enumerate(rng.random(len(DRUMS)).tolist()):
            chance = _chance(odds[drum] / request.temperature)
            floor = request.floor * _RARE.get(drum, 1.0)
            if floor < chance and dice < chance / (1 - floor):
                odds = odds + self.net.struck(drum)
                found.append(drum)
        now.last = np.zeros(len(DRUMS), np.int64)
        if not found:
            return []
        level, late, other = self.net.manner(now.hidden, np.array(found), now.recalled[slot[0]])
        played = []
        for drum in found:
            loud = _pick(level[drum] / request.evenness, rng)
            delay = (_pick(late[drum], rng) - _MIDDLE) * LATE_STEP
            velocity = max(1, 16 * loud + int(16 * rng.random()))
            played.append((drum, delay, velocity, bool(rng.random() < _chance(other[drum]))))
            now.last[drum] = loud + 1
        now.laid[-1][slot[0]] = now.last
        return played

    def _hear(self, now: _Playing, groove: Groove, bpm: float, style: int, first: int) -> None:
        """Take in what was played before the first bar."""
        rows = np.zeros(len(COLUMNS), dtype=np.int64)
        _set(rows, piece_rows(groove.meter, bpm, style))
        slots = zip(groove.bar.tolist(), groove.place.tolist(), groove.feel.tolist(), strict=True)
        for number, (bar, place, feel) in enumerate(slots):
            if place == 0:
                phase = (first - groove.bars + bar) % PHASES
                self._open(now, rows, int(groove.events[bar]), phase, groove.steps)
            self._read(now, rows, place, feel)
            now.last = groove.levels[number]
            now.laid[-1][place] = now.last


def load_drummer(name: PathLike = SHIPPED_DRUMMER) -> Drummer:
    """Load a drummer by the name of one that comes along, or from its folder."""
    return _load(str(find_network(DRUMMER, name)))


def _set(rows: Ints, values: dict[str, int]) -> None:
    for name, row in values.items():
        rows[column(name)] = row


def _chance(odds: float) -> float:
    return float(0.5 + 0.5 * np.tanh(0.5 * odds))


def _pick(odds: Floats, rng: np.random.Generator) -> int:
    """Draw a number by log odds."""
    chances = np.exp(odds - odds.max())
    total = np.cumsum(chances)
    return int(min(np.searchsorted(total, rng.random() * total[-1], side="right"), len(odds) - 1))


@lru_cache(maxsize=2)
def _load(folder: str) -> Drummer:
    return Drummer(read_drummer(folder))
