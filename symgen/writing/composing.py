"""Writing one piece: the network, the controls that filters hold, and what watches over the bars."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from symgen.midi.joining import signed
from symgen.music.controls import Controls
from symgen.music.meter import convert_ticks
from symgen.music.score import Score
from symgen.nets.session import Session
from symgen.sampling.assembly import check_together, make_filters
from symgen.sampling.closing import closing_watch
from symgen.sampling.endings import ClosesInTime, Ending
from symgen.sampling.ensembles import ensemble_rules
from symgen.sampling.events import Rules
from symgen.sampling.expression import Accents
from symgen.sampling.forcing import FixedNotes
from symgen.sampling.guides import Guide, make_guides
from symgen.sampling.keeping import FIRM, LOOSE, RhythmGuide, ToneGuide, phrase_bars
from symgen.sampling.measured import measured_guides
from symgen.sampling.part_limits import PartLimits, make_limits
from symgen.sampling.particles import Lookahead, draw_around
from symgen.sampling.sampler import bar_drawer
from symgen.sampling.seeds import candidate_seed
from symgen.sampling.swing import STRAIGHT, swung
from symgen.sampling.together import Drawer, draw_alone, draw_together
from symgen.sampling.watches import Watch, loop_watch
from symgen.system.awaiting import stop_point
from symgen.system.threads import one_thread
from symgen.tokens import Events, Header
from symgen.tokens.codec import decode
from symgen.tokens.events import event_notes
from symgen.tokens.statistics import bar_contents, is_literal_repeat
from symgen.tokens.vocabulary import DURATION, TIME
from symgen.verification import FILTERED
from symgen.writing.chord_plans import ChordPlans
from symgen.writing.copying import CopyWatch
from symgen.writing.loaded import LoadedModel, Progress
from symgen.writing.symbols import with_symbols
from symgen.writing.takes import Take, with_chords

if TYPE_CHECKING:
    from symgen.copies.index import CopyIndex
    from symgen.sampling.continuation import Prompt

__all__ = ["Composer", "Pending", "TakePlan"]

# How often a take is drawn until its controls are met.
_ATTEMPTS = 16
# How often a continuation is drawn until it is not its prompt again, if there is nothing else to
# meet.
_NEW_ATTEMPTS = 6


@dataclass(frozen=True, slots=True)
class TakePlan:
    """One take that is to be drawn."""

    seed: int
    # Goes into the title of a new piece, and into a text where the new bars of a continuation
    # begin.
    signature: str
    # Which one it is, of how many.
    take: int = 1
    takes: int = 1


@dataclass(frozen=True, slots=True)
class Pending:
    """A take that is yet to be drawn."""

    drawer: Drawer[Take]
    turn: TakePlan
    new_bars: int


class Composer:
    """Writes pieces, alone or side by side."""

    def __init__(self, model: LoadedModel) -> None:
        self._model, self._net, self._info = model, model.net, model.info
        self._vocabulary = model.vocabulary

    @cached_property
    def plans(self) -> ChordPlans:
        """The plans of chords of its pieces."""
        return ChordPlans.of_model(self._net.config, self._info, self._vocabulary)

    @cached_property
    def _index(self) -> CopyIndex | None:
        return self._model.copy_index()

    # -- whole takes -----------------------------------------------------------------

    def draw(self, takes: Sequence[Pending]) -> list[Take]:
        """Draw takes side by side; they are told of as if they came one after the other."""
        report, done, first = self._model.progress, [0] * len(takes), takes[0].turn

        def tell(number: int, session: Session) -> None:
            quiet.rest()
            stop_point()
            new_bars = takes[number].new_bars
            done[number] = session.prefix.bar + session.ended - session.header.bars + new_bars
            if report:
                take, bar = divmod(sum(done) - 1, new_bars)
                report(Progress(first.take + take, first.takes, bar + 1, new_bars))

        with one_thread(needed=not self._net.is_compiled) as quiet:
            return draw_together([take.drawer for take in takes], tell)

    def new_take(self, header: Header, controls: Controls, turn: TakePlan) -> Pending:
        """Write the music of a plan."""

        def draw(seed: int) -> Drawer[Take]:
            planned = self.plans.of_new(header, controls, seed)
            bars = self._bars(self._open(planned, controls), controls, seed)
            session = yield from bars
            score = self._new_score(session.events, controls, turn)
            return Take(score, seed, planned, bits=_bits_a_note(session, 0))

        return Pending(self._until_met(draw, controls, turn.seed), turn, header.bars)

    def next_take(
        self, prompt: Prompt, read: Session, controls: Controls, turn: TakePlan
    ) -> Pending:
        """Go on from a prompt that `read_prompt` has read."""

        def draw(seed: int) -> Drawer[Take]:
            start = len(read.prefix.notes)
            opened = self.plans.go_on(read.copy(), prompt, controls, seed)
            session = yield from self._bars(opened, controls, seed, prompt)
            score = self._joined(prompt, session.events, controls, turn)
            repeats = self._repeats(session.events, prompt.new_bars)
            stuck = not controls.chords and self.plans.is_stuck(session.events, prompt.new_bars)
            return Take(
                score,
                seed,
                session.header,
                prompt,
                bits=_bits_a_note(session, start),
                repeats=repeats,
                is_stuck=stuck,
            )

        return Pending(self._until_met(draw, controls, turn.seed), turn, prompt.new_bars)

    def read_prompt(self, prompt: Prompt, controls: Controls) -> Session:
        """Let the network read a prompt."""
        check_together(controls, prompt.events.header, self._vocabulary, new_bars=prompt.new_bars)
        session = self._open(self.plans.of_tune(prompt), controls, prompt)
        with one_thread(needed=not self._net.is_compiled):
            session.read(prompt.events)
        return session

    def bits_a_note(self, prompt: Prompt, events: int) -> float:
        """Return how unlikely the network finds the first events of a prompt, in bits for each note with its place."""
        session = self._open(prompt.events.header, Controls(), prompt)
        with one_thread(needed=not self._net.is_compiled):
            session.weigh(replace(prompt.events, fields=prompt.events.fields[:events]))
        return _bits_a_note(session, 0)

    def _until_met(
        self, draw: Callable[[int], Drawer[Take]], controls: Controls, seed: int
    ) -> Drawer[Take]:
        """Draw again while a control that filters hold is not met: a filter gives way where nothing else is left."""
        # So is what repeats its prompt note for note or stays on few chords of many, unless returns are asked for.
        wanted = set(FILTERED) & set(controls.given())
        if controls.form:
            wanted.add("bars")
        index = self._index if controls.max_copy else None
        asked = controls.asks_for_returns or controls.form is not None
        repeat: Take | None = None
        for number in range(_ATTEMPTS):
            take = yield from draw(candidate_seed(seed, number))
            copied = index.find(take.new_bars()).longest if index else 0
            met = not wanted or all(
                check.met or check.name not in wanted for check in take.checks(controls)
            )
            if not met or copied >= (controls.max_copy or 1):
                continue
            if asked or not (take.repeats or take.is_stuck):
                return take
            repeat = repeat or take
            if number + 1 >= _NEW_ATTEMPTS:
                break
        return repeat or take

    def _repeats(self, events: Events, new_bars: int) -> bool:
        """Whether the new bars are the full bars of the prompt again."""
        header = events.header
        bars = bar_contents(event_notes(events.fields, header, self._vocabulary), header)
        first = len(bars) - new_bars
        return is_literal_repeat(bars[header.pickup : first], bars[first:])

    # -- bar by bar ------------------------------------------------------------------

    def stream_new(self, header: Header, controls: Controls, turn: TakePlan) -> Iterator[Score]:
        """Yield a new piece up to each bar line."""
        header = self.plans.of_new(header, controls, turn.seed)
        bars = self._bars(self._open(header, controls), controls, turn.seed)
        for session in self._each(bars, turn, header.bars):
            yield self._new_score(self._whole_bars(session), controls, turn)

    def stream_next(self, prompt: Prompt, controls: Controls, turn: TakePlan) -> Iterator[Score]:
        """Yield a prompt with its continuation up to each new bar line."""
        read = self.read_prompt(prompt, controls)
        read = self.plans.go_on(read, prompt, controls, turn.seed)
        bars = self._bars(read, controls, turn.seed, prompt)
        for session in self._each(bars, turn, prompt.new_bars):
            events = self._whole_bars(session)
            so_far = prompt.new_bars - (session.header.bars - events.header.bars)
            yield self._joined(replace(prompt, new_bars=so_far), events, controls, turn)

    def _each(self, drawer: Drawer[Session], turn: TakePlan, new_bars: int) -> Iterator[Session]:
        """Draw new bars one by one; other pieces can be drawn between them."""
        bars = draw_alone(drawer)
        for bar in range(1, new_bars + 1):
            stop_point()
            with one_thread(needed=not self._net.is_compiled):
                drawn = next(bars, None)
            if drawn is None:
                return
            if self._model.progress:
                self._model.progress(Progress(turn.take, turn.takes, bar, new_bars))
            yield drawn

    def _bars(
        self, session: Session, controls: Controls, seed: int, prompt: Prompt | None = None
    ) -> Drawer[Session]:
        """Draw the new bars of a piece."""
        header, first = session.header, session.header.bars - prompt.new_bars if prompt else 0
        filters = make_filters(
            controls,
            header,
            self._vocabulary,
            self._info,
            first=first,
            tracks_parts=self._model.tracks_parts,
        )
        usual = self._model.usual_returns
        guides = make_guides(controls, header, self._vocabulary, first=first, usual=usual)
        if prompt is None:
            more = ensemble_rules(
                header, controls, self._vocabulary, lines=self._model.monophonic_parts
            )
            filters, guides = [*filters, *more[0]], [*guides, *more[1]]
        guides += measured_guides(self._info, header, self._vocabulary)
        if prompt and prompt.inferred:
            habits, polyphonic = prompt.inferred.parts, not self._info.get("monophonic")
            limits = [
                replace(limit, silent=lane in prompt.silent_lanes)
                for lane, limit in enumerate(
                    make_limits(habits, controls, header, rhythm=polyphonic)
                )
            ]
            filters.append(PartLimits(limits, self._vocabulary, lanes=prompt.lanes, first=first))
            if polyphonic:
                rates = [
                    each.notes_per_bar if each and lane not in prompt.silent_lanes else 0.0
                    for lane, each in enumerate(habits)
                ]
                lead = LOOSE if self._model.writes == "all" else FIRM
                rhythm = RhythmGuide(phrase_bars(prompt.leading_bars), first, rates, lead=lead)
                guides.append(rhythm)
                guides.append(ToneGuide(prompt.inferred.tones, first, drums=header.drums))
                filters.append(rhythm)
        return bar_drawer(
            session,
            seed=seed,
            rules=Rules(filters, guides),
            drawing=self._model.drawing(controls),
            watches=self._watches(controls, session, seed, first),
        )

    def _watches(
        self, controls: Controls, session: Session, seed: int, first: int
    ) -> Sequence[Watch]:
        header = session.header
        loops = loop_watch(
            controls, self._info, header.style, first=first, bars=header.bars - first
        )
        found: list[Watch] = [loops] if loops else []
        if not (controls.end or session.prefix.hides_end):
            close = closing_watch(self._info, header, seed)
            found += [close] if close else []
        index = self._index if controls.max_copy else None
        if index and controls.max_copy:
            parts, grid = len(header.programs), self._vocabulary.grid
            found.append(CopyWatch(index, controls.max_copy, first=first, parts=parts, grid=grid))
        return found

    def _whole_bars(self, session: Session) -> Events:
        """Return the bars that are whole, as a piece of their own: one that was opened only is left out."""
        events = session.events
        if session.ended:
            return events
        runs, bars = [], session.prefix.bar
        for run in events.header.runs:
            count = min(run.count, bars)
            if count:
                runs.append(replace(run, count=count))
            bars -= count
        header, fields = replace(events.header, runs=tuple(runs)), events.fields[:-1]
        notes = np.flatnonzero(fields[:, TIME] < self._vocabulary.skip)
        room = header.bar_starts[-1] - event_notes(fields, header, self._vocabulary).onset
        fields[notes, DURATION] = np.minimum(fields[notes, DURATION], room)
        return Events(fields, header)

    # -- around what is given --------------------------------------------------------

    def around(
        self,
        events: Events,
        given: FixedNotes,
        controls: Controls,
        *,
        seed: int,
        look: Lookahead,
        guides: Sequence[Guide] = (),
    ) -> Events:
        """Draw what is not given of a piece, in a span of bars."""
        header, span = self.plans.of_known(events), look.span or (0, events.header.bars)
        check_together(controls, header, self._vocabulary, new_bars=header.bars)
        filters = make_filters(
            controls,
            header,
            self._vocabulary,
            self._info,
            first=0,
            tracks_parts=self._model.tracks_parts,
            given=given.fixed_parts(len(header.programs)),
        )
        for ending in filters:
            if isinstance(ending, Ending):
                given = given.closing(ClosesInTime(ending))
        lines = np.flatnonzero(events.fields[:, TIME] == self._vocabulary.bar)
        session = Session(self._net, header)
        report = self._model.progress

        def tell(bar: int) -> None:
            stop_point()
            if report and bar > span[0]:
                report(Progress(look.take, look.takes, bar - span[0], span[1] - span[0]))

        with one_thread(needed=not self._net.is_compiled):
            stop_point()  # others may have drawn before
            session.read(Events(events.fields[: lines[span[0]]], header))
            return draw_around(
                session,
                given,
                seed=seed,
                filters=filters,
                drawing=self._model.drawing(controls),
                look=replace(look, span=span, on_bar=tell),
                guides=guides,
            )

    # -- scores ----------------------------------------------------------------------

    def _open(self, header: Header, controls: Controls, prompt: Prompt | None = None) -> Session:
        ending = controls.end if controls.end is not None else prompt is None
        return Session(self._net, header, hide_end=not ending)

    def _new_score(self, events: Events, controls: Controls, turn: TakePlan) -> Score:
        score = replace(decode(events, self._vocabulary), title=turn.signature)
        score = swung(score, controls.swing or STRAIGHT)
        score = with_chords(score, controls, 0)
        if not self._model.draws_no_velocity:
            return score
        accents = Accents()
        parts = [accents.on(part, score.bars, score.resolution) for part in score.parts]
        return score.with_parts(parts)

    def _joined(self, prompt: Prompt, events: Events, controls: Controls, turn: TakePlan) -> Score:
        from symgen.sampling.joining import join  # new pieces have no prompt

        whole = join(
            prompt,
            events,
            self._vocabulary,
            controls=controls,
            accents=self._model.draws_no_velocity,
            seed=turn.seed,
        )
        whole = with_chords(whole, controls, prompt.end)
        if prompt.score.chords and not controls.chords:
            whole = self._symbols_behind(prompt, whole, events, controls, turn.seed)
        return signed(whole, prompt.end, turn.signature)

    def _symbols_behind(
        self, prompt: Prompt, whole: Score, events: Events, controls: Controls, seed: int
    ) -> Score:
        """Let the chords of the new bars stand over them as symbols, as those of the prompt do."""
        first, last = self.plans.new_symbols_from(events, prompt), int(events.header.bar_starts[-1])
        join = int(events.header.bar_starts[events.header.bars - prompt.new_bars])
        if first >= last:
            return whole
        closes = controls.end is not False
        chords = self.plans.beneath(events, prompt.score, (first, last), seed, closes=closes)

        def tick(step: int) -> int:
            return prompt.end + convert_ticks(step - join, self._vocabulary.grid, whole.resolution)

        placed = [replace(each, at=max(0, tick(each.at))) for each in chords]
        return with_symbols(whole, placed, (tick(first), whole.length), prompt.key)


def _bits_a_note(session: Session, start: int) -> float:
    """How unlikely the network finds the notes from one on, each with its time."""
    return session.bits / max(1, len(session.prefix.notes) - start)
