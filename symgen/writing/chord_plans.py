"""Plans of chords for pieces that are to be drawn: a chart that is given, chords that are known, the rest drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from symgen.music.chord_beats import hear
from symgen.music.controls import Controls
from symgen.music.harmony import PlacedChord, only_changes
from symgen.music.keys import infer_key
from symgen.music.laid_charts import chart_chords
from symgen.nets.checkpoint import NetConfig
from symgen.nets.session import Session
from symgen.tokens import Events, Header, Vocabulary
from symgen.tokens.codec import decode
from symgen.tokens.events import event_notes
from symgen.tokens.planned import plan_beats, read_plan
from symgen.tokens.plans import header_bars
from symgen.writing.symbols import BARS_A_SYMBOL, symbols_on_grid

if TYPE_CHECKING:
    from symgen.music.score import Score
    from symgen.sampling.continuation import Prompt

__all__ = ["ChordPlans"]

Span = tuple[int, int]

# Drafts of how a tune goes on, until one is heard in its key. Of 108 validation chorales the second
# half of the plan is in the key of the true one in .50 with one draft, .56 with two, .58 with four, and no
# more with eight; the key of the first half is that in .58.
_DRAFTS = 4
# After so many roots, as an effective number, new bars with less than this share of them are stuck, if they are
# not too few to tell.
_FEW_ROOTS, _SHARE, _FEWEST_BARS = 2.0, 0.5, 4


class ChordPlans:
    """The plans of chords of pieces; none are made for a network that is not told any."""

    def __init__(self, vocabulary: Vocabulary, *, wanted: bool, returns: float = 0.0) -> None:
        self._vocabulary, self._wanted, self._returns = vocabulary, wanted, returns

    @classmethod
    def of_model(
        cls, config: NetConfig, info: Mapping[str, Any], vocabulary: Vocabulary
    ) -> ChordPlans:
        """Return the plans of the pieces of a model, drawn as its card says."""
        returns = float(info.get("plan_returns", 0.0))
        return cls(vocabulary, wanted=config.plans, returns=returns)

    def of_new(self, header: Header, controls: Controls, seed: int) -> Header:
        """Give a new piece a plan, unless it has one."""
        if not self._wanted or header.chords:
            return header
        return self._drawn(header, controls, seed=seed)

    def of_known(self, events: Events) -> Header:
        """Give a piece the plan that its notes follow."""
        header = events.header
        if not self._wanted or header.chords:
            return header
        return replace(header, chords=read_plan(events, self._vocabulary))

    def of_tune(self, prompt: Prompt) -> Header:
        """Give a tune the plan that its chord symbols say, or its notes where there are hardly any."""
        header = prompt.events.header
        if not self._wanted:
            return header
        symbols = symbols_on_grid(prompt.score, self._vocabulary.grid)
        if prompt.apart is None and BARS_A_SYMBOL * len(symbols) >= prompt.old_bars:
            return replace(header, chords=symbols)
        return self.of_known(prompt.events)

    def beneath(
        self, events: Events, score: Score, span: Span, seed: int, *, closes: bool = True
    ) -> tuple[PlacedChord, ...]:
        """Return chords for a span of a tune with symbols, in grid steps: of the plan, else such as suit the notes."""
        if self._wanted:
            return events.header.chords
        end = int(events.header.bar_starts[-1])
        held = tuple(each for each in ((0, span[0]), (span[1], end)) if each[0] < each[1])
        symbols = symbols_on_grid(score, self._vocabulary.grid)
        return self._suiting(events, seed, given=symbols, held=held, closes=closes)

    def new_symbols_from(self, events: Events, prompt: Prompt) -> int:
        """Return the step from which on new bars have no symbols of the tune: it may name chords behind its notes."""
        starts = events.header.bar_starts.tolist()
        first = starts[events.header.bars - prompt.new_bars]
        symbols = symbols_on_grid(prompt.score, self._vocabulary.grid)
        if prompt.apart or not symbols or symbols[-1].at < first:
            return int(first)
        return int(next((start for start in starts if start > symbols[-1].at), starts[-1]))

    def between(
        self,
        events: Events,
        bars: tuple[int, int],
        controls: Controls,
        seed: int,
        held: Sequence[Span] = (),
    ) -> Events:
        """Give a piece the plan of its notes, and in bars ``[first, stop)``, but for what is held, a new one."""
        if not self._wanted:
            return events
        starts = events.header.bar_starts
        start, stop, end = (int(starts[bar]) for bar in (*bars, -1))
        spans = [span for span in ((0, start), *held, (stop, end)) if span[0] < span[1]]
        known = self.of_known(events)
        alone = replace(controls, chords=None)
        planned = self._drawn(known, alone, seed=seed, spans=spans)
        return Events(events.fields, planned)

    def suiting(
        self, events: Events, symbols: Sequence[PlacedChord], seed: int, *, is_bass: bool
    ) -> Events:
        """Give a line that is to be set a plan that suits it; chord symbols of its own, in grid steps, are the plan."""
        if not self._wanted:
            return events
        # What comes before the first symbol, as an upbeat does, is of its chord.
        first = [replace(chord, at=0) for chord in symbols[:1]]
        chords = only_changes([*first, *symbols])
        if not chords:
            chords = self._suiting(events, seed, is_bass=is_bass)
        return Events(events.fields, replace(events.header, chords=chords))

    def _suiting(
        self, events: Events, seed: int, *, is_bass: bool = False, **known: Any
    ) -> tuple[PlacedChord, ...]:
        """Draw chords that suit the notes of a piece; `known` is what a request says of some."""
        from symgen.planner.planner import PlanRequest, load_planner
        from symgen.planner.suiting import draw_suiting

        header = events.header
        key = header.key or infer_key(decode(events, self._vocabulary))
        notes = event_notes(events.fields, header, self._vocabulary)
        rows = np.stack([notes.onset, notes.duration, notes.pitch], axis=1)
        heard = hear(rows, plan_beats(header, self._vocabulary.grid))
        request = PlanRequest.of_header(header, **known)
        return draw_suiting(load_planner(), request, heard, key, seed=seed, is_bass=is_bass)

    def go_on(self, session: Session, prompt: Prompt, controls: Controls, seed: int) -> Session:
        """Let the plan of a prompt that was read go on through the new bars."""
        if self._wanted:
            header = session.header
            planned = self._drawn(
                header,
                controls,
                seed=seed,
                spans=[(0, self.new_symbols_from(session.events, prompt))],
                first=header.bars - prompt.new_bars,
                # A phrase closes, also where the music would go on after it.
                closes=controls.end is not False,
                drafts=_DRAFTS,
            )
            session.replan(planned)
        return session

    def is_stuck(self, events: Events, new_bars: int) -> bool:
        """Whether the chords that sound in the new bars have far fewer roots than those of as many bars before."""
        if not self._wanted or new_bars < _FEWEST_BARS:
            return False
        starts = plan_beats(events.header, self._vocabulary.grid).starts
        chords = read_plan(events, self._vocabulary)
        if not chords:
            return False
        places = np.searchsorted([chord.at for chord in chords], starts, side="right") - 1
        roots = np.array([chord.root for chord in chords])[np.maximum(places, 0)]
        is_new = starts >= events.header.bar_starts[events.header.bars - new_bars]
        before = _effective_number(roots[~is_new][-int(is_new.sum()) :])
        return before >= _FEW_ROOTS and _effective_number(roots[is_new]) < _SHARE * before

    def _drawn(
        self,
        header: Header,
        controls: Controls,
        *,
        seed: int,
        spans: Sequence[Span] = (),
        first: int = 0,
        closes: bool = True,
        drafts: int = 1,
    ) -> Header:
        """Draw the plan of a piece, except what it has inside of some spans; a chart holds from bar `first` on."""
        # Who writes melodies alone does without the planner.
        from symgen.planner.planner import Drawing, PlanRequest, load_planner

        given, held = list(header.chords), list(spans)
        if controls.chords:
            bars = header_bars(header, first)
            given = [chord for chord in given if chord.at < bars[0].start]
            given += chart_chords(controls.chords, bars, self._vocabulary.grid)
            held = [*_before(held, bars[0].start), (bars[0].start, bars[-1].end)]
        request = PlanRequest.of_header(header, given=tuple(given), held=tuple(held), closes=closes)
        how = Drawing(returns=self._returns, drafts=drafts)
        chords = load_planner().draw(request, seed=seed, how=how)
        if controls.form and not controls.chords:
            chords = _returning(chords, header, controls, first)
        return replace(header, chords=chords)


def _effective_number(values: NDArray[np.int64]) -> float:
    """Return two to the entropy of some values: how many there are, if each is as frequent."""
    counts = np.unique(values, return_counts=True)[1]
    shares = counts / max(1, counts.sum())
    return float(2.0 ** -(shares * np.log2(shares)).sum())


def _before(spans: Sequence[Span], step: int) -> list[Span]:
    return [(start, min(stop, step)) for start, stop in spans if start < step]


def _returning(
    chords: Sequence[PlacedChord], header: Header, controls: Controls, first: int
) -> tuple[PlacedChord, ...]:
    """Let the bars of sections that return have the chords that they had."""
    starts, count = header.bar_starts.tolist(), header.bars - first
    found = [chord for chord in chords if chord.at < starts[first]]
    for bar in range(first, header.bars):
        start, stop = starts[bar : bar + 2]
        source = controls.form.bar_source(bar - first, count) if controls.form else None
        if source is None:
            found += _inside(chords, start, stop)
        else:
            there = starts[first + source[0]]
            again = _inside(found, there, there + stop - start)
            found += [replace(chord, at=chord.at - there + start) for chord in again]
    return only_changes(found)


def _inside(chords: Sequence[PlacedChord], start: int, stop: int) -> list[PlacedChord]:
    """Return the chords of a stretch, the one that goes on into it too."""
    before = [replace(chord, at=start) for chord in chords if chord.at <= start][-1:]
    return [*before, *(chord for chord in chords if start < chord.at < stop)]
