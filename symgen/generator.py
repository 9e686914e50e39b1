"""Load a model, then use its verbs: generate and continue."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from symgen.errors import ControlError
from symgen.files import PathLike
from symgen.formats import load_tune
from symgen.formats.tunes import Tune
from symgen.models import find_model
from symgen.nets.checkpoint import INDEX_STEM, attached_path, load_model_files, read_attached
from symgen.nets.light import LightNet, Session
from symgen.resources import DEFAULT_MODEL
from symgen.sampling.assembly import make_filters
from symgen.sampling.continuation import Prompt, join, read_prompt
from symgen.sampling.contradictions import check_together
from symgen.sampling.controls import Controls
from symgen.sampling.expression import Accents
from symgen.sampling.forcing import Given
from symgen.sampling.guides import make_guides
from symgen.sampling.particles import draw_around
from symgen.sampling.planning import check_known, check_pair, plan_piece
from symgen.sampling.sampler import Drawing, draw_piece
from symgen.sampling.seeds import candidate_seeds, resample, seeds, several
from symgen.sampling.threads import one_thread
from symgen.score import Score
from symgen.takes import Take
from symgen.tokens import Events, Header
from symgen.tokens.codec import decode
from symgen.tokens.goals import with_goals
from symgen.tokens.vocabulary import TIME
from symgen.verification import FILTERED, was_given

if TYPE_CHECKING:
    from symgen.evaluation.copy_index import CopyIndex
    from symgen.evaluation.discriminator import Discriminator

__all__ = ["DEFAULT_MODEL", "Generator", "Take", "load_model", "seeds"]


class Generator:
    """A model that is ready to write.

    Parameters
    ----------
    net : LightNet
    info : mapping
        The model's card.
    folder : path, optional
        Where the model lies, with the discriminator that ranks its takes.

    Notes
    -----
    Nothing is kept between calls; one generator may serve several threads.
    """

    def __init__(self, net: LightNet, info: Mapping[str, Any], folder: Path | None = None) -> None:
        self._net, self.info, self._folder = net, dict(info), folder
        self.vocabulary = net.vocabulary

    @property
    def name(self) -> str:
        """Name of the model."""
        return str(self.info.get("name", ""))

    @property
    def parameters(self) -> int:
        """Number of weights."""
        return self._net.parameters

    @property
    def styles(self) -> tuple[str, ...]:
        """Styles that `Controls.style` may name."""
        return self._net.config.styles

    @property
    def periods(self) -> tuple[str, ...]:
        """Periods that `Controls.period` may name."""
        return self._net.config.periods

    @property
    def voices(self) -> int:
        """Parts that the network follows one by one; 0: it writes melodies."""
        return self._net.config.voices

    def generate(
        self, controls: Controls | None = None, *, count: int = 1, seed: int | None = None, candidates: int = 1
    ) -> list[Score]:
        """Write new pieces.

        Parameters
        ----------
        controls : Controls, optional
        count : int
            How many pieces.
        seed : int, optional
            The first piece has this seed, the next one the next seed, and so on; drawn if left out.
        candidates : int
            Of each piece so many takes are drawn, and the one that looks most like a real piece is kept.

        Returns
        -------
        list of Score
            `count` pieces.

        Raises
        ------
        ControlError
            If a control has a bad value or contradicts another one, or the model has nothing to rank candidates by.
        """
        return [take.score for take in self.takes(controls, count=count, seed=seed, candidates=candidates)]

    def continue_score(
        self,
        tune: Any,
        *,
        bars: int | None = None,
        count: int = 1,
        seed: int | None = None,
        controls: Controls | None = None,
        part: int | None = None,
        candidates: int = 1,
    ) -> list[Score]:
        """Continue a tune; its notes come back as they were.

        Parameters
        ----------
        tune : Score, path, bytes, PrettyMIDI, MidiFile or music21 stream
        bars : int, optional
            New bars; 8, or as `controls` say.
        count, seed, candidates
            As in `generate`.
        controls : Controls, optional
            Key, metre, tempo, instrument override what the tune says.
        part : int, optional
            1 for the first part: keep and continue only that one.

        Returns
        -------
        list of Score
            `count` pieces: the prompt up to its last bar line, and the new bars.

        Raises
        ------
        FormatError
            If the tune cannot be read, or holds no melody.
        ControlError
            If a control has a bad value or contradicts another one.
        """
        controls = controls or Controls()
        if bars is not None:
            controls = replace(controls, bars=bars)
        takes = self.continuations(tune, count=count, seed=seed, controls=controls, part=part, candidates=candidates)
        return [take.score for take in takes]

    # -- with all that led to them ---------------------------------------------------

    def takes(
        self, controls: Controls | None = None, *, count: int = 1, seed: int | None = None, candidates: int = 1
    ) -> Iterator[Take]:
        """Write new pieces one by one, and say what led to them; see `generate`."""
        controls = controls or Controls()
        check_known(controls, self.styles, self.periods)
        if controls.strict_key and controls.key is None:
            raise ControlError("strict-key: says how to keep a key, but none is given; add --key")
        check_pair(controls, self.info.get("usual", ()))
        judge = self.discriminator() if several(candidates) else None
        return (self._new_piece(controls, one, candidates, judge) for one in seeds(count, seed))

    def continuations(
        self,
        tune: Any,
        *,
        count: int = 1,
        seed: int | None = None,
        controls: Controls | None = None,
        part: int | None = None,
        name: str = "",
        candidates: int = 1,
    ) -> Iterator[Take]:
        """Continue a tune one take at a time, and say what led to them; see `continue_score`.

        `name` is what messages call the tune; a `Tune` brings its key.
        """
        controls = controls or Controls()
        check_known(controls, self.styles, self.periods)
        name = name or (str(tune) if isinstance(tune, (str, Path)) else "the tune")
        found = tune if isinstance(tune, Tune) else load_tune(tune)
        prompt = read_prompt(
            found,
            self.vocabulary,
            controls=controls,
            part=part,
            several=self.voices > 0,
            name=name,
        )
        self._check_index(controls)
        header = prompt.events.header
        check_together(controls, header, self.vocabulary, new_bars=prompt.new_bars)
        read = self._session(header, controls, prompt)
        judge = self.discriminator() if several(candidates) else None

        def draw(one: int, signature: str) -> Take:
            return self._continuation(prompt, read, controls, one, signature)

        return (self._choose(draw, one, candidates, judge) for one in seeds(count, seed))

    def take_like(self, header: Header, *, seed: int) -> Take:
        """Write a piece of given bars, pickup, key, style and parts, such as those of a real one."""
        return self._fill(header, Controls(), seed, f"symgen {self.name} seed {seed}")

    def planned(self, events: Events) -> Events:
        """Write the goals of the bars into the events of a whole piece, if the network plans them."""
        return with_goals(events, self.vocabulary, self.voices) if self._net.config.goals else events

    def draw_around(
        self,
        events: Events,
        given: Given,
        controls: Controls,
        *,
        seed: int,
        particles: int = 16,
        start: int = 0,
        stop: int | None = None,
    ) -> Events:
        """Draw what is not given of a piece, from the bar `start` up to the bar `stop`; see `symgen.rewriting`."""
        header = events.header
        check_known(controls, self.styles, self.periods)
        check_together(controls, header, self.vocabulary, new_bars=header.bars)
        filters = make_filters(controls, header, self.vocabulary, self.info, first=0, followed=self.voices > 0)
        lines = np.flatnonzero(events.fields[:, TIME] == self.vocabulary.bar)
        session = Session(self._net, header)
        with one_thread():
            session.read(Events(events.fields[: lines[start]], header))
            return draw_around(
                session, given, seed=seed, filters=filters, particles=particles, stop=stop,
                drawing=Drawing(controls.temperature, controls.top_p, controls.top_k),
            )  # fmt: skip

    def discriminator(self) -> Discriminator:
        """Load what ranks the takes of this model.

        Raises
        ------
        ControlError
            If none lies beside it.
        CheckpointError
            If it is damaged.
        """
        from symgen.evaluation.discriminator import Discriminator

        data = read_attached(self._folder, "discriminator") if self._folder else None
        if data is None:
            raise ControlError(
                f"candidates: model {self.name!r} has no discriminator to rank takes by; leave --candidates out, "
                "or train one with benchmarks/discriminator.py"
            )
        return Discriminator.from_bytes(data)

    def copy_index(self) -> CopyIndex | None:
        """Load the index of the training pieces, or nothing if none lies beside the model.

        Raises
        ------
        CheckpointError
            If it is damaged.
        """
        from symgen.evaluation.copy_index import CopyIndex

        known = self._folder is not None and attached_path(self._folder, INDEX_STEM) is not None
        return CopyIndex.load(self._folder) if known and self._folder else None

    def _check_index(self, controls: Controls) -> None:
        if controls.max_copy and self.copy_index() is None:
            raise ControlError(f"max-copy: model {self.name!r} has no index of its training pieces; leave it out")

    def _choose(
        self, draw: Callable[[int, str], Take], seed: int, candidates: int, judge: Discriminator | None
    ) -> Take:
        """Draw takes of one piece and keep one, the likelier the more it is like a real piece."""
        signature = f"symgen {self.name} seed {seed}"
        if judge is None:
            return draw(seed, signature)
        takes = [draw(one, f"{signature}, one of {candidates}") for one in candidate_seeds(seed, candidates)]
        odds = judge.judge([take.judged() for take in takes], [take.key for take in takes])
        kept = resample(odds.tolist(), seed)
        rank = 1 + int((odds > odds[kept]).sum())
        return replace(
            takes[kept], seed=seed, candidates=candidates, odds=float(odds[kept]), rank=rank, table=tuple(odds.tolist())
        )

    def _new_piece(self, controls: Controls, seed: int, candidates: int, judge: Discriminator | None) -> Take:
        self._check_index(controls)
        header = plan_piece(controls, self.info, self.vocabulary, seed=seed)
        check_together(controls, header, self.vocabulary, new_bars=header.bars)

        def draw(one: int, signature: str) -> Take:
            return self._fill(header, controls, one, signature)

        return self._choose(draw, seed, candidates, judge)

    def _fill(self, header: Header, controls: Controls, seed: int, title: str) -> Take:
        """Write the music of a plan."""

        def draw(one: int) -> Take:
            events = self._draw(self._session(header, controls, None), controls, one)
            score = replace(decode(events, self.vocabulary), title=title)
            if self.draws_no_velocity:
                accents = Accents()
                parts = [
                    each.with_notes(accents.apply(each.notes, score.bars, score.resolution)) for each in score.parts
                ]
                score = score.with_parts(parts)
            return Take(score, seed, header)

        return self._until_met(draw, controls, seed)

    def _continuation(self, prompt: Prompt, read: Session, controls: Controls, seed: int, signature: str) -> Take:
        def draw(one: int) -> Take:
            events = self._draw(read.copy(), controls, one, prompt.events.header.bars - prompt.new_bars)
            whole = join(prompt, events, self.vocabulary, controls=controls, accents=self.draws_no_velocity)
            title = f"{whole.title} ({signature})".strip()
            return Take(replace(whole, title=title), seed, events.header, prompt)

        return self._until_met(draw, controls, seed)

    def _until_met(self, draw: Callable[[int], Take], controls: Controls, seed: int) -> Take:
        """Draw again while a control that filters hold is not met: a filter gives way where nothing else is left."""
        wanted = [name for name in FILTERED if was_given(controls, name)] + ["bars"] * bool(controls.form)
        index = self.copy_index() if controls.max_copy else None
        for one in candidate_seeds(seed, _ATTEMPTS if wanted or index else 1):
            take = draw(one)
            copied = index.find(take.new_bars()).longest if index else 0
            met = not wanted or all(check.met or check.name not in wanted for check in take.checks(controls))
            if met and copied < (controls.max_copy or 1):
                break
        return take

    @property
    def alone(self) -> bool:
        """Whether each part plays one note at a time."""
        return bool(self.info.get("monophonic") or self.info.get("monophonic_parts"))

    @property
    def draws_no_velocity(self) -> bool:
        """Whether new notes get velocities by rule."""
        return "velocity" in self._net.inputs.fixed

    def _session(self, header: Header, controls: Controls, prompt: Prompt | None) -> Session:
        """Open a piece, and read its prompt."""
        ending = controls.end if controls.end is not None else prompt is None
        session = Session(self._net, header, hide_end=not ending)
        if prompt is not None:
            with one_thread():
                session.read(prompt.events)
        return session

    def _draw(self, session: Session, controls: Controls, seed: int, first: int = 0) -> Events:
        """Draw the bars from `first` on."""
        filters = make_filters(
            controls, session.header, self.vocabulary, self.info, first=first, followed=self.voices > 0
        )
        drawing = Drawing(controls.temperature, controls.top_p, controls.top_k)
        guides = make_guides(controls, first=first, bars=session.header.bars - first, several=self.voices > 0)
        with one_thread():
            return draw_piece(session, seed=seed, filters=filters, drawing=drawing, guides=guides)


_ATTEMPTS = 16
"""How often a take is drawn until its controls are met."""


def load_model(name: PathLike = DEFAULT_MODEL) -> Generator:
    """Load a model.

    Parameters
    ----------
    name : str or path
        One that comes along, or a folder that training wrote: a run, or a checkpoint in it.

    Raises
    ------
    CheckpointError
        If it is unknown, damaged, or does not fit this version.
    """
    folder = find_model(name)
    model = load_model_files(folder)
    info = {"name": folder.name, **model.info}
    return Generator(LightNet(model), info, folder)
