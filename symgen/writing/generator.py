"""What writes with a network: new pieces, continuations, and notes around those that are given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symgen.formats import load_tune
from symgen.formats.tunes import Music, Tune
from symgen.music.controls import Controls, check_needs
from symgen.music.harmony import PlacedChord
from symgen.music.lines import holds_drums_only
from symgen.music.meter import convert_ticks
from symgen.music.score import Score
from symgen.nets.checkpoint import load_model_files
from symgen.nets.inference import InferenceNet
from symgen.nets.models import find_model
from symgen.sampling.assembly import check_together
from symgen.sampling.forcing import FixedNotes, Span
from symgen.sampling.guides import Guide
from symgen.sampling.particles import Lookahead
from symgen.sampling.planning import check_asked, check_pair, plan_piece
from symgen.sampling.seeds import candidate_seeds, seeds
from symgen.sampling.together import Drawer
from symgen.system.errors import ControlError
from symgen.system.files import PathLike
from symgen.system.resources import DEFAULT_MODEL
from symgen.tokens import Events, Header
from symgen.tokens.form import with_goals
from symgen.writing.choosing import Chooser, check_candidates
from symgen.writing.composing import Composer, Pending, TakePlan
from symgen.writing.loaded import LoadedModel, Progress
from symgen.writing.symbols import with_symbols
from symgen.writing.takes import Take

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

    from symgen.copies.index import CopyIndex
    from symgen.evaluation.discriminator import Discriminator
    from symgen.sampling.continuation import Prompt, PromptWords, Written
    from symgen.writing.drum_tunes import DrumTunes

__all__ = ["DEFAULT_MODEL", "Generator", "Progress", "Take", "load_model", "seeds"]

# So many takes are drawn side by side, fewer of long ones: more are hardly faster, and the first would
# be waited for longer, and more be lost where the work is interrupted.
_TOGETHER, _FEW, _BARS = 32, 4, 512
# So many events of a tune say how likely it is: a minute of most melodies.
_WEIGHED = 256


class Generator:
    """A network that is ready to write, for several threads too; `symgen.writing.model.Model` is what users hold.

    Parameters
    ----------
    net : InferenceNet
    info : mapping
        The model's card.
    folder : path, optional
        Where the model lies, with the discriminator that ranks its takes.
    progress : callable, optional
        See `reporting`.
    """

    def __init__(
        self,
        net: InferenceNet,
        info: Mapping[str, Any],
        folder: Path | None = None,
        progress: Callable[[Progress], None] | None = None,
    ) -> None:
        self.info = dict(info)
        self._model = LoadedModel(net, self.info, folder, progress)
        self.vocabulary = net.vocabulary

    @classmethod
    def load(cls, name: PathLike = DEFAULT_MODEL) -> Self:
        """Load a model; see `symgen.load_model`."""
        folder = find_model(name)
        model = load_model_files(folder)
        info = {"name": folder.name, **model.info}
        return cls(InferenceNet(model), info, folder)

    @property
    def name(self) -> str:
        """Name of the model."""
        return str(self.info.get("name", ""))

    @property
    def folder(self) -> Path | None:
        """Where the model lies, if it was read from the disk."""
        return self._model.folder

    @property
    def parameters(self) -> int:
        """Number of weights."""
        return self._model.net.parameters

    @property
    def styles(self) -> tuple[str, ...]:
        """Styles that `Controls.style` may name."""
        return self._model.net.config.styles

    @property
    def periods(self) -> tuple[str, ...]:
        """Periods that `Controls.period` may name."""
        return self._model.net.config.periods

    @property
    def labels(self) -> dict[str, tuple[str, ...]]:
        """Labels that `Controls.labels` may name, each with its values."""
        return dict(self._model.net.config.labels)

    @property
    def voices(self) -> int:
        """Parts that the network follows one by one; 0: it writes melodies."""
        return self._model.net.config.voices

    def stream(
        self,
        controls: Controls | None = None,
        *,
        tune: Music | Tune | None = None,
        seed: int | None = None,
        **which: Unpack[PromptWords],
    ) -> Iterator[Score]:
        """Write a piece, or continue a tune, and hand it out at each bar line; see `symgen.Model.stream`."""
        controls, one = controls or Controls(), seeds(1, seed)[0]
        turn = TakePlan(one, self._signature(one))
        if tune is not None:
            tune = tune if isinstance(tune, Tune) else load_tune(tune)
            if holds_drums_only(tune.score, which.get("part")):
                return self._drums().stream(tune, controls=controls, seed=one, **which)
            prompt = self._prompt(tune, controls, "", which)
            return self._composer().stream_next(prompt, controls, turn)
        self._check_new(controls)
        return self._composer().stream_new(self._plan(controls, one), controls, turn)

    # -- with all that led to them ---------------------------------------------------

    def takes(
        self,
        controls: Controls | None = None,
        *,
        count: int = 1,
        seed: int | None = None,
        candidates: int = 1,
        chords: Sequence[PlacedChord] = (),
    ) -> Iterator[Take]:
        """Write new pieces one by one, and say what led to them; see `symgen.generate`.

        `chords`, in grid steps, are a plan that the network is told; nothing else holds notes to it.
        """
        controls = controls or Controls()
        self._check_new(controls)
        chooser = self._chooser() if check_candidates(candidates, count) else None
        wanted, composer = seeds(count, seed), self._composer()

        def planned(one: int) -> Header:
            return replace(self._plan(controls, one), chords=tuple(chords))

        def plan(place: int, turn: TakePlan) -> Pending:
            return composer.new_take(planned(wanted[place]), controls, turn)

        return self._kept(composer, plan, wanted, candidates, chooser)

    def drafts(
        self, controls: Controls, wanted: Sequence[int], chords: Sequence[PlacedChord] = ()
    ) -> list[Take]:
        """Write a new piece for each seed, some side by side; `chords` as in `takes`."""
        self._check_new(controls)
        composer = self._composer()

        def plan(_: int, turn: TakePlan) -> Pending:
            header = replace(self._plan(controls, turn.seed), chords=tuple(chords))
            return composer.new_take(header, controls, turn)

        turns = (
            TakePlan(one, self._signature(one), place, len(wanted))
            for place, one in enumerate(wanted, 1)
        )
        return list(_drawn(composer, plan, turns, len(wanted)))

    def continuations(
        self,
        tune: Music | Tune,
        *,
        count: int = 1,
        seed: int | None = None,
        controls: Controls | None = None,
        name: str = "",
        candidates: int = 1,
        **which: Unpack[PromptWords],
    ) -> Iterator[Take]:
        """Continue a tune one take at a time, and say what led to them; see `symgen.continue_`.

        `name` is what messages call the tune; a `Tune` brings its key. `which` says what of it goes on.
        """
        controls = controls or Controls()
        name = name or (str(tune) if isinstance(tune, (str, Path)) else "the tune")
        found = tune if isinstance(tune, Tune) else load_tune(tune)
        if holds_drums_only(found.score, which.get("part")):
            how: dict[str, Any] = {"count": count, "seed": seed, "candidates": candidates}
            return self._drums().continuations(found, controls=controls, name=name, **how, **which)
        prompt = self._prompt(found, controls, name, which)
        chooser = self._chooser(continuing=True) if check_candidates(candidates, count) else None
        composer, wanted = self._composer(), seeds(count, seed)
        read = composer.read_prompt(prompt, controls)

        def plan(_: int, turn: TakePlan) -> Pending:
            take = composer.next_take(prompt, read, controls, turn)
            if prompt.played is None:
                return take
            return replace(take, drawer=_as_played(take.drawer, prompt, turn))

        return self._kept(composer, plan, wanted, candidates, chooser)

    def bits_a_note(self, tune: Tune, part: int | None = None) -> float:
        """Return how unlikely the network finds the notes with which a tune begins, each with its time and length."""
        which: PromptWords = {} if part is None else {"part": part}
        return self._composer().bits_a_note(self._prompt(tune, Controls(), "", which), _WEIGHED)

    def take_like(self, header: Header, *, seed: int) -> Take:
        """Write a piece of given bars, pickup, key, style and parts, such as those of a real one."""
        composer, turn = self._composer(), TakePlan(seed, self._signature(seed))
        return composer.draw([composer.new_take(header, Controls(), turn)])[0]

    def planned(self, events: Events) -> Events:
        """Write the goals of the bars into the events of a whole piece, if the network plans them."""
        goals = self._model.net.config.goals
        return with_goals(events, self.vocabulary, self.voices) if goals else events

    def planned_tune(self, prompt: Prompt) -> Events:
        """Write the goals and the plan of chords into the events of a tune, if the network is told them."""
        header = self._composer().plans.of_tune(prompt)
        return self.planned(Events(prompt.events.fields, header))

    def with_new_symbols(
        self, score: Score, prompt: Prompt, drawn: Events, bars: tuple[int, int], seed: int
    ) -> Score:
        """Let the chords of bars ``[first, stop)`` that were drawn stand over them, if the tune has chord symbols."""
        if not prompt.score.chords:
            return score
        first, stop = (int(drawn.header.bar_starts[bar]) for bar in bars)
        chords = self._composer().plans.beneath(drawn, prompt.score, (first, stop), seed)
        lines = [bar.start for bar in prompt.score.bars] + [prompt.score.bars[-1].end]
        resolution, grid = score.resolution, self.vocabulary.grid
        placed = [replace(one, at=convert_ticks(one.at, grid, resolution)) for one in chords]
        return with_symbols(score, placed, (lines[bars[0]], lines[bars[1]]), prompt.key)

    def with_suiting_plan(
        self, events: Events, symbols: Sequence[PlacedChord], seed: int, *, is_bass: bool
    ) -> Events:
        """Give a line that is to be set chords that suit it, or its own symbols, if the network is told a plan."""
        return self._composer().plans.suiting(events, symbols, seed, is_bass=is_bass)

    def replanned(
        self, events: Events, bars: Span, controls: Controls, seed: int, held: Sequence[Span] = ()
    ) -> Events:
        """Draw new chords for bars ``[first, stop)`` but for spans that are held, if the network is told a plan."""
        return self._composer().plans.between(events, bars, controls, seed, held)

    def draw_around(
        self,
        events: Events,
        given: FixedNotes,
        controls: Controls,
        *,
        seed: int,
        look: Lookahead,
        guides: Sequence[Guide] = (),
    ) -> Events:
        """Draw what is not given of a piece, in a span of bars; see `symgen.writing.infilling`."""
        check_asked(controls, self._model.net.config)
        return self._composer().around(events, given, controls, seed=seed, look=look, guides=guides)

    def reporting(self, progress: Callable[[Progress], None]) -> Self:
        """Return the same model that tells how far it is, bar by bar.

        Parameters
        ----------
        progress : callable
            Called with a `Progress` after each bar. What it raises ends the writing.
        """
        if progress is not None and not callable(progress):
            raise ControlError(f"progress {progress!r:.40}: give a function to be called each bar")
        return type(self)(self._model.net, self.info, self._model.folder, progress)

    def discriminator(self, *, continuing: bool = False) -> Discriminator:
        """Load what ranks the takes of this model.

        Parameters
        ----------
        continuing : bool
            The one for continuations, if the model has one of its own for them.

        Raises
        ------
        ControlError
            If none lies beside it.
        CheckpointError
            If it is damaged.
        """
        return self._model.discriminator(continuing=continuing)

    def copy_index(self) -> CopyIndex | None:
        """Load the index of the training pieces, or nothing if none lies beside the model.

        Raises
        ------
        CheckpointError
            If it is damaged.
        """
        return self._model.copy_index()

    # -- what the verbs share --------------------------------------------------------

    @property
    def monophonic_parts(self) -> bool:
        """Whether each part plays one note at a time."""
        return self._model.monophonic_parts

    @property
    def writes(self) -> Written:
        """Which parts of a tune it writes."""
        return self._model.writes

    @property
    def draws_no_velocity(self) -> bool:
        """Whether new notes get velocities by rule."""
        return self._model.draws_no_velocity

    def _drums(self) -> DrumTunes:
        from symgen.writing.drum_tunes import DrumTunes  # tunes of pitches need no drummer

        return DrumTunes(self._model.progress)

    def _composer(self) -> Composer:
        return Composer(self._model)

    def _chooser(self, *, continuing: bool = False) -> Chooser:
        return Chooser(
            self.discriminator(continuing=continuing), self.copy_index(), self.info, self.vocabulary
        )

    def _signature(self, seed: int) -> str:
        return f"symgen {self.name} seed {seed}"

    def _check_index(self, controls: Controls) -> None:
        if controls.max_copy and self.copy_index() is None:
            raise ControlError(
                f"max-copy: model {self.name!r} has no index of its training pieces; leave it out"
            )

    def _check_new(self, controls: Controls) -> None:
        check_asked(controls, self._model.net.config)
        check_needs(controls)
        check_pair(controls, self.info.get("usual", ()))
        self._check_index(controls)

    def _plan(self, controls: Controls, seed: int) -> Header:
        header = plan_piece(controls, self.info, self.vocabulary, seed=seed)
        check_together(controls, header, self.vocabulary, new_bars=header.bars)
        return header

    def _prompt(
        self, tune: Music | Tune, controls: Controls, name: str, which: PromptWords
    ) -> Prompt:
        from symgen.sampling.continuation import read_prompt, with_inferred
        from symgen.sampling.unclicked import on_pulse

        check_asked(controls, self._model.net.config)
        found, played = tune if isinstance(tune, Tune) else load_tune(tune), None
        if controls.tempo is None:
            found, played = on_pulse(found, which.get("part"))
        prompt = read_prompt(
            found,
            self.vocabulary,
            controls=controls,
            writes=self._model.writes,
            name=name or "the tune",
            **which,
        )
        prompt = replace(prompt, played=played)
        self._check_index(controls)
        return with_inferred(prompt, controls, self.info, self.vocabulary)

    def _kept(
        self,
        composer: Composer,
        plan: Callable[[int, TakePlan], Pending],
        wanted: range,
        candidates: int,
        chooser: Chooser | None,
    ) -> Iterator[Take]:
        """Draw the takes, and keep as many as are wanted; with nothing to choose they come as they are done."""
        first, count = wanted[0], len(wanted)
        if chooser is None:
            alone = (
                TakePlan(one, self._signature(one), place, count)
                for place, one in enumerate(wanted, 1)
            )
            yield from _drawn(composer, plan, alone, count)
            return
        turns = (
            TakePlan(
                one, f"{self._signature(first)}, take {take} of {candidates}", take, candidates
            )
            for take, one in enumerate(candidate_seeds(first, candidates), 1)
        )
        takes = list(_drawn(composer, plan, turns, count))
        kept = sorted(chooser.choose(takes, count, first), key=lambda take: take.rank)
        yield from (replace(take, seed=first) for take in kept)


def _drawn(
    composer: Composer,
    plan: Callable[[int, TakePlan], Pending],
    turns: Iterable[TakePlan],
    count: int,
) -> Iterator[Take]:
    """Draw takes, some side by side: faster for each of them, and the same as alone."""
    group: list[Pending] = []
    for turn in turns:
        group.append(plan((turn.take - 1) % count, turn))
        bars = sum(take.new_bars for take in group)
        if len(group) == _TOGETHER or (len(group) >= _FEW and bars >= _BARS):
            yield from composer.draw(group)
            group = []
    if group:
        yield from composer.draw(group)


def _as_played(drawer: Drawer[Take], prompt: Prompt, turn: TakePlan) -> Drawer[Take]:
    """Draw a take, and lay it into the ticks of the file that its prompt was played into."""
    take = yield from drawer
    if prompt.played is None:
        return take
    from symgen.sampling.joining import joined_as_played

    return replace(take, played=joined_as_played(prompt, take.score, turn.signature, turn.seed))


def load_model(name: PathLike = DEFAULT_MODEL) -> Generator:
    """Load a model; see `symgen.load_model`."""
    return Generator.load(name)
