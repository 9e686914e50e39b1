"""The planner in use: plans of chords for whole pieces, drawn by a seed or weighed beat by beat."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgen.music.harmony import PlacedChord, only_changes
from symgen.music.theory import Key
from symgen.nets.network import find_network
from symgen.planner.beats import Beats, lay_beats
from symgen.planner.checkpoint import PLANNER, PlannerModel, read_planner
from symgen.planner.hearing import is_heard_in
from symgen.planner.inference import InferencePlanner
from symgen.planner.memory import Memory, phrase_rows
from symgen.planner.sonorities import SONORITIES, cadence_of, chord_at, mode_of, sonority_of
from symgen.planner.tables import LONGEST_PHRASE, first_row
from symgen.system.errors import ControlError
from symgen.system.files import PathLike
from symgen.tokens.events import BarRun, Header
from symgen.tokens.plans import bars_of

__all__ = [
    "SHIPPED_PLANNER",
    "Drawing",
    "PlanRequest",
    "PlanState",
    "Planner",
    "known_sonorities",
    "load_planner",
    "pick",
    "placed_plan",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SHIPPED_PLANNER = "planner"
"""The planner that comes along."""

# Seeds of plans are apart from those of notes.
_PLAN = 22
_UNKNOWN = -1
# Beats after a gap by which its drafts are weighed, and how many drafts there are.
_AHEAD, _DRAFTS = 8, 32
# Class of a match from which on a plan is taken to follow an earlier bar: two beats or more.
_FOLLOWED = 2
# Drafts of a phrase.
_TRIES = 6
_SHORTEST_PHRASE = 4


@dataclass(frozen=True)
class PlanRequest:
    """The piece that a plan is for, and what is known of its chords."""

    # As in a header.
    runs: tuple[BarRun, ...]
    pickup: bool = False
    # Without a key one is found in the chords that are given, or drawn.
    key: Key | None = None
    # What the planner does not know counts as no style.
    style: str = ""
    # Chords on the grid, and from and up to which steps they hold; elsewhere chords are drawn.
    given: tuple[PlacedChord, ...] = ()
    held: tuple[tuple[int, int], ...] = ()
    # Steps before which phrases end, where they are known; the last phrase ends with the piece. Without any the
    # planner chooses where.
    ends: tuple[int, ...] = ()
    # Whether the last bar is the end of the piece; else the plan stays open.
    closes: bool = True
    # Steps a quarter.
    grid: int = 12

    @classmethod
    def of_header(cls, header: Header, **more: Any) -> PlanRequest:
        """Ask for a plan of the piece of a header; `more` are other fields."""
        usual = max(header.runs, key=lambda run: run.count)
        grid = round(usual.steps / usual.meter.quarters)
        return cls(header.runs, header.pickup, header.key, header.style, grid=grid, **more)

    def beats(self) -> Beats:
        """Lay the beats of the piece."""
        return lay_beats(bars_of(self.runs, self.pickup), self.grid, ends_known=self.closes)


@dataclass(frozen=True)
class Drawing:
    """How chords are drawn."""

    temperature: float = 1.0
    top_p: float = 0.99
    # Temperature of the last beats, so that the piece closes.
    close: float = 0.45
    closing_beats: int = 6
    # What is added to the log odds of going on as bars ago, where the plan has gone on so for some beats.
    returns: float = 0.0
    # Drafts of what follows all that is given, of which the first one stays that is heard in the key.
    drafts: int = 1

    def __post_init__(self) -> None:
        if not (self.temperature > 0 and self.close > 0 and 0 < self.top_p <= 1):
            raise ControlError(f"{self}: temperatures are above 0, top_p is above 0 and up to 1")
        if self.drafts < 1:
            raise ControlError(f"{self}: there is one draft at least")


@dataclass
class PlanState:
    """Plans side by side before a beat; what is pushed is what sounds on it."""

    beats: Beats
    # What the rows of all beats are: mode and style.
    fixed: Ints
    beat: int
    memory: Memory
    hidden: Floats
    # Beats after this one up to the end of the phrase, and its cadence; -1 where unknown. Shape (plans,).
    phrase_left: Ints
    cadence: Ints
    # Beats before which phrases end, where that is known.
    ends: tuple[int, ...] = ()
    # Of the beat at hand, once it has been read.
    _read: Floats | None = field(default=None, repr=False)

    def chosen(self, which: Ints) -> PlanState:
        """Return some of the plans, any of them several times."""
        read = None if self._read is None else self._read[which]
        return replace(
            self,
            memory=self.memory.chosen(which),
            hidden=self.hidden[which],
            phrase_left=self.phrase_left[which],
            cadence=self.cadence[which],
            _read=read,
        )

    def __len__(self) -> int:
        return len(self.hidden)


class Planner:
    """Draws plans of chords."""

    def __init__(self, model: PlannerModel) -> None:
        self.info = model.info
        self.styles = model.config.styles
        self.net = InferencePlanner(model.config, model.weights)

    # -- whole plans -----------------------------------------------------------------------

    def draw(
        self, request: PlanRequest, *, seed: int, how: Drawing | None = None
    ) -> tuple[PlacedChord, ...]:
        """Draw the chords of a piece in grid steps, only changes; one seed gives one plan."""
        how = how or Drawing()
        rng = np.random.Generator(np.random.PCG64([seed, _PLAN]))
        beats = request.beats()
        if not len(beats):
            return ()
        key = request.key or self.key_of(request, rng)
        known = known_sonorities(request, beats, key)
        state = self.begin(request, 1, key)
        while state.beat < len(beats):
            if known[state.beat] >= 0:
                self.push(state, known[state.beat : state.beat + 1])
            elif (known[state.beat :] < 0).all():
                state = self._ending(state, key, how, rng)
            else:
                state = self._gap(state, known, how, rng)
        return placed_plan(request, state.memory.sonorities[0], beats, known, key)

    def key_of(self, request: PlanRequest, rng: np.random.Generator) -> Key:
        """Return the key in which the chords that are given are likeliest; without any, draw one."""
        keys = [Key(tonic, mode) for mode in ("major", "minor") for tonic in range(12)]
        if not request.given:
            return keys[int(rng.random() * 12) + 12 * (rng.random() < _MINOR)]
        beats = request.beats()
        totals = []
        for key in keys:
            known = known_sonorities(request, beats, key)
            state, total = self.begin(request, 1, key), 0.0
            while state.beat < len(beats) and known[state.beat] >= 0:
                total += float(self.logits(state)[0, known[state.beat]])
                self.push(state, known[state.beat : state.beat + 1])
            totals.append(total)
        return keys[int(np.argmax(totals))]

    def _ending(
        self, state: PlanState, key: Key, how: Drawing, rng: np.random.Generator
    ) -> PlanState:
        """Draw up to the end of the piece, several times if need be, until what is new is heard in its key."""
        first = state.beat
        drafts: list[PlanState] = []
        for _ in range(how.drafts):
            draft = state.chosen(np.zeros(1, np.int64))
            while draft.beat < len(draft.beats):
                draft = self._phrase(draft, how, rng)
            drafts.append(draft)
            if how.drafts == 1 or is_heard_in(key, draft.memory.sonorities[0], draft.beats, first):
                return draft
        return drafts[0]

    def _gap(
        self, state: PlanState, known: Ints, how: Drawing, rng: np.random.Generator
    ) -> PlanState:
        """Draw up to the next chords that are given, so that they follow well."""
        end = state.beat
        while known[end] < 0:
            end += 1
        state = state.chosen(np.zeros(_DRAFTS, np.int64))
        while state.beat < end:
            self.plan_phrases(state, rng, how.close)
            self._draw_beat(state, how, rng)
        draft, weights = state.chosen(np.arange(len(state))), np.zeros(len(state))
        while draft.beat < min(len(known), end + _AHEAD) and known[draft.beat] >= 0:
            follows = int(known[draft.beat])
            weights += self.logits(draft)[:, follows]
            self.push(draft, np.full(len(draft), follows))
        return state.chosen(pick(weights[None], rng))

    def _phrase(self, state: PlanState, how: Drawing, rng: np.random.Generator) -> PlanState:
        """Draw a phrase, several times side by side, and keep the first draft that closes as was planned."""
        self.plan_phrases(state, rng, how.close)
        first, cadence = state.beat, int(state.cadence[0])
        stop = min(len(state.beats), first + 1 + int(state.phrase_left[0]))
        drafts = state.chosen(np.zeros(_TRIES if cadence >= 0 else 1, np.int64))
        while drafts.beat < stop:
            self._draw_beat(drafts, how, rng)
        rows = drafts.memory.sonorities[:, first:stop].tolist()
        closing = [number for number, row in enumerate(rows) if cadence_of(row) == cadence]
        return drafts.chosen(np.array([*closing, 0][:1]))

    def _draw_beat(self, state: PlanState, how: Drawing, rng: np.random.Generator) -> None:
        left = len(state.beats) - state.beat
        is_close = state.beats.ends_known and left <= how.closing_beats
        warmth = how.close if is_close else how.temperature
        odds = self.logits(state)
        if how.returns and not is_close:
            odds = odds + how.returns * self._goes_on(state)
        self.push(state, _drawn(odds, warmth, how.top_p, rng))

    @staticmethod
    def _goes_on(state: PlanState) -> Floats:
        """Tell the sonorities that stood here in bars that the plan has followed for some beats, 1 or 0."""
        memory = state.memory
        candidates = memory.candidates(state.beats.earlier[state.beat])
        followed = (candidates >= 0) & (memory.matches() >= _FOLLOWED)
        found = np.zeros((len(state), SONORITIES))
        rows, lags = np.nonzero(followed)
        found[rows, candidates[rows, lags]] = 1.0
        return found

    # -- beat by beat ----------------------------------------------------------------------

    def begin(self, request: PlanRequest, count: int, key: Key) -> PlanState:
        """Begin so many plans side by side, in a key; chords that are given are not looked at."""
        beats = request.beats()
        row = 1 + self.styles.index(request.style) if request.style in self.styles else 0
        fixed = np.array([first_row("mode") + mode_of(key), first_row("style") + row])
        unknown = np.full(count, _UNKNOWN)
        memory = Memory(count, len(beats))
        ends = (*sorted(beats.beat_at(end) for end in request.ends), len(beats))
        known = ends if request.ends else ()
        return PlanState(beats, fixed, 0, memory, self.net.start(count), unknown, unknown, known)

    def logits(self, state: PlanState) -> Floats:
        """Return the log likelihoods of all sonorities on the beat at hand, shape (plans, sonorities)."""
        memory = state.memory
        hidden = self._read_beat(state)
        candidates = memory.candidates(state.beats.earlier[state.beat])
        rows = phrase_rows(state.phrase_left, state.cadence)
        return self.net.chords(hidden, rows, candidates, memory.matches(), memory.last)

    def push(self, state: PlanState, sonorities: Ints) -> None:
        """Put down what sounds on the beat at hand, one sonority a plan, and go to the next one."""
        state.hidden = self._read_beat(state)
        candidates = state.memory.candidates(state.beats.earlier[state.beat])
        state.memory.push(state.beat, np.asarray(sonorities, np.int64), candidates)
        state.beat += 1
        state._read = None
        left = state.phrase_left - 1
        # A phrase that is over is followed by one of which nothing is known yet.
        state.phrase_left = np.maximum(left, _UNKNOWN)
        state.cadence = np.where(left < 0, _UNKNOWN, state.cadence)

    def _read_beat(self, state: PlanState) -> Floats:
        if state._read is None:
            memory, beat = state.memory, state.beat
            candidates = memory.candidates(state.beats.earlier[beat])
            told = np.concatenate([state.beats.rows[beat], state.fixed])
            fixed = np.broadcast_to(told, (len(state), len(told)))
            rows = np.concatenate([fixed, memory.rows(candidates)], axis=1)
            state._read = self.net.step(state.hidden, rows)
        return state._read

    def plan_phrases(
        self, state: PlanState, rng: np.random.Generator, close: float = Drawing.close
    ) -> None:
        """Draw length and cadence of the phrases that begin on the beat at hand; else nothing is known of them."""
        begins = np.flatnonzero(state.phrase_left < 0)
        if not len(begins):
            return
        hidden = self._read_beat(state)[begins]
        left = len(state.beats) - state.beat - 1 if state.beats.ends_known else _UNKNOWN
        ahead = [end - state.beat for end in state.ends if end > state.beat]
        odds = self.net.lengths(hidden, left)
        if left >= 0:
            # What would be left of the piece is no phrase.
            odds[:, max(0, left + 1 - _SHORTEST_PHRASE) : left] = -np.inf
        lengths = np.full(len(begins), ahead[0]) if ahead else 1 + pick(odds, rng)
        odds = self.net.cadences(hidden, lengths, left)
        # The piece closes as surely as its last chords do.
        is_last = (lengths == left + 1)[:, None]
        cadence = pick(np.where(is_last, odds / close, odds), rng)
        state.phrase_left = state.phrase_left.copy()
        state.cadence = state.cadence.copy()
        state.phrase_left[begins] = lengths - 1
        # How a phrase ends that goes on for longer than is told apart is not known yet.
        state.cadence[begins] = np.where(lengths < LONGEST_PHRASE, cadence, _UNKNOWN)


_MINOR = 0.25
"""Share of minor keys, where none is asked for."""


def known_sonorities(request: PlanRequest, beats: Beats, key: Key) -> Ints:
    """Return the sonorities of the beats that are given, -1 elsewhere."""
    known = np.full(len(beats), _UNKNOWN)
    chords = sorted(request.given, key=lambda chord: chord.at)
    places = np.array([chord.at for chord in chords], dtype=np.int64)
    for first, stop in request.held:
        inside = np.flatnonzero((beats.starts >= first) & (beats.starts < stop))
        numbers = np.searchsorted(places, (beats.starts + beats.ends)[inside] // 2, "right") - 1
        for beat, number in zip(inside.tolist(), numbers.tolist(), strict=True):
            if number >= 0:
                known[beat] = sonority_of(chords[number], key.tonic)
    return known


def placed_plan(
    request: PlanRequest, sonorities: Ints, beats: Beats, known: Ints, key: Key
) -> tuple[PlacedChord, ...]:
    """Return the plan, with the chords that are given as they are."""
    drawn = [
        chord_at(int(beats.starts[beat]), int(sonorities[beat]), key.tonic)
        for beat in np.flatnonzero(known < 0).tolist()
    ]
    held = [
        chord
        for chord in request.given
        if chord.at < beats.ends[-1]
        and any(first <= chord.at < stop for first, stop in request.held)
    ]
    opened = [
        chord_at(int(beats.starts[beat]), int(known[beat]), key.tonic)
        for beat in np.flatnonzero(known >= 0).tolist()
        if beat and known[beat - 1] < 0 and not any(c.at == beats.starts[beat] for c in held)
    ]
    return only_changes([*opened, *drawn, *held])


def _drawn(odds: Floats, temperature: float, top_p: float, rng: np.random.Generator) -> Ints:
    """Draw one of each row of log likelihoods."""
    if temperature != 1.0:
        odds = odds / temperature
    chances = _chances(odds)
    if top_p < 1:
        falling = np.sort(chances, axis=1)[:, ::-1]
        total = np.cumsum(falling, axis=1)
        # The likeliest ones that reach the share together, and at least one.
        kept = (total - falling < top_p * total[:, -1:]).sum(axis=1, keepdims=True)
        least = np.take_along_axis(falling, kept - 1, axis=1)
        chances = np.where(chances >= least, chances, 0.0)
    return _picked(chances, rng)


def pick(odds: Floats, rng: np.random.Generator) -> Ints:
    """Draw one of each row by its log odds."""
    return _picked(_chances(odds), rng)


def _chances(odds: Floats) -> Floats:
    """Return the chances of log odds, the greatest of a row 1."""
    found: Floats = np.exp(odds - odds.max(axis=1, keepdims=True))
    return found


def _picked(chances: Floats, rng: np.random.Generator) -> Ints:
    total = np.cumsum(chances, axis=1)
    places = (total <= rng.random((len(chances), 1)) * total[:, -1:]).sum(axis=1)
    found: Ints = np.minimum(places, chances.shape[1] - 1)
    return found


@lru_cache(maxsize=4)
def _load(folder: str) -> Planner:
    return Planner(read_planner(folder))


def load_planner(name: PathLike = SHIPPED_PLANNER) -> Planner:
    """Load a planner by the name of one that comes along, or from its folder."""
    return _load(str(find_network(PLANNER, name)))
