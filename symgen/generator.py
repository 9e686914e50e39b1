"""Load a model, then use its verbs: generate and continue."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from symgen.errors import ControlError
from symgen.files import PathLike
from symgen.formats import load_tune
from symgen.formats.tunes import Tune
from symgen.models import find_model
from symgen.nets.checkpoint import load_model_files, read_attached
from symgen.nets.light import LightNet, Session
from symgen.resources import DEFAULT_MODEL
from symgen.sampling.continuation import Prompt, infer_key, join, read_prompt
from symgen.sampling.controls import Controls
from symgen.sampling.endings import ChordEnding, Ending
from symgen.sampling.expression import Accents
from symgen.sampling.filters import Filter, Grammar, NoUnison, StrictKey
from symgen.sampling.planning import check_known, check_pair, plan_piece
from symgen.sampling.sampler import Drawing, draw_piece
from symgen.sampling.seeds import candidate_seeds, resample, seeds, several
from symgen.sampling.voice_leading import NoParallels
from symgen.score import Score
from symgen.theory import Key
from symgen.tokens import Events, Header
from symgen.tokens.codec import decode

if TYPE_CHECKING:
    from symgen.evaluation.discriminator import Discriminator

__all__ = ["DEFAULT_MODEL", "Generator", "Take", "load_model", "seeds"]


@dataclass(frozen=True)
class Take:
    """A piece with what led to it.

    Parameters
    ----------
    score : Score
    seed : int
        Gives this piece again with ``count=1`` and as many candidates.
    header : Header
        Bars, key, style and parts that were planned.
    prompt : Prompt, optional
        What was continued.
    candidates : int
        Takes of which this one was kept.
    odds : float, optional
        The judgement, where there were several: log odds that it is a real piece.
    rank : int
        Its place among them by that judgement, 1 for the best.
    """

    score: Score
    seed: int
    header: Header
    prompt: Prompt | None = None
    candidates: int = 1
    odds: float | None = None
    rank: int = 1

    def new_bars(self) -> Score:
        """Return what was added to the prompt, from time 0; a new piece as it is."""
        if self.prompt is None:
            return self.score
        return self.judged().slice_ticks(self.prompt.end, self.score.length)

    def judged(self) -> Score:
        """Return what candidates are ranked by: of a continuation, the parts that go on, with their prompt."""
        if self.prompt is None:
            return self.score
        return self.score.with_parts([self.score.parts[i] for i in self.prompt.parts])

    @property
    def key(self) -> Key:
        """The key that was planned, else the likeliest one of the notes."""
        return self.header.key or infer_key(self.judged())


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
            found.score,
            self.vocabulary,
            controls=controls,
            known_key=found.key,
            part=part,
            several=self.voices > 0,
            name=name,
        )
        read = self._session(prompt.events.header, controls, prompt)
        judge = self.discriminator() if several(candidates) else None

        def draw(one: int, signature: str) -> Take:
            return self._continuation(prompt, read.copy(), controls, one, signature)

        return (self._choose(draw, one, candidates, judge) for one in seeds(count, seed))

    def take_like(self, header: Header, *, seed: int) -> Take:
        """Write a piece of given bars, pickup, key, style and parts, such as those of a real one."""
        return self._fill(header, Controls(), seed, f"symgen {self.name} seed {seed}")

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
        return replace(takes[kept], seed=seed, candidates=candidates, odds=float(odds[kept]), rank=rank)

    def _new_piece(self, controls: Controls, seed: int, candidates: int, judge: Discriminator | None) -> Take:
        header = plan_piece(controls, self.info, self.vocabulary, seed=seed)

        def draw(one: int, signature: str) -> Take:
            return self._fill(header, controls, one, signature)

        return self._choose(draw, seed, candidates, judge)

    def _fill(self, header: Header, controls: Controls, seed: int, title: str) -> Take:
        """Write the music of a plan."""
        events = self._draw(self._session(header, controls, None), controls, seed)
        score = replace(decode(events, self.vocabulary), title=title)
        if self._draws_no_velocity:
            accents = Accents()
            parts = [part.with_notes(accents.apply(part.notes, score.bars, score.resolution)) for part in score.parts]
            score = score.with_parts(parts)
        return Take(score, seed, header)

    def _continuation(self, prompt: Prompt, read: Session, controls: Controls, seed: int, signature: str) -> Take:
        events = self._draw(read, controls, seed)
        whole = join(prompt, events, self.vocabulary, controls=controls, accents=self._draws_no_velocity)
        title = f"{whole.title} ({signature})".strip()
        return Take(replace(whole, title=title), seed, events.header, prompt)

    @property
    def _draws_no_velocity(self) -> bool:
        return "velocity" in self._net.inputs.fixed

    def _session(self, header: Header, controls: Controls, prompt: Prompt | None) -> Session:
        """Open a piece, and read its prompt."""
        ending = controls.end if controls.end is not None else prompt is None
        session = Session(self._net, header, hide_end=not ending)
        if prompt is not None:
            with _one_thread():
                session.read(prompt.events)
        return session

    def _draw(self, session: Session, controls: Controls, seed: int) -> Events:
        header = session.header
        monophonic, alone = bool(self.info.get("monophonic")), bool(self.info.get("monophonic_parts"))
        parts = len(header.programs)
        filters: list[Filter] = [Grammar(self.vocabulary, parts=parts, monophonic=monophonic, voices=alone)]
        if controls.strict_key:
            if header.key is None:
                raise ControlError("strict-key: no key is known; add --key")
            filters.append(StrictKey(header.key))
        if controls.end:
            if header.key is None:
                raise ControlError("end: no key is known to close in; add --key")
            filters.append(self._ending(header, header.key))
        if self.voices:  # last, as these give way
            filters.append(NoParallels(parts) if alone else NoUnison())
        drawing = Drawing(controls.temperature, controls.top_p, controls.top_k)
        with _one_thread():
            return draw_piece(session, seed=seed, filters=filters, drawing=drawing)

    def _ending(self, header: Header, key: Key) -> Filter:
        if self.info.get("monophonic") or self.info.get("monophonic_parts"):
            return Ending(key, self.vocabulary, parts=len(header.programs))
        pitched = [part for part, is_drum in enumerate(header.drums) if not is_drum]
        return ChordEnding(key, self.vocabulary, bass=pitched[-1] if pitched else 0)


_drawing = Lock()


@contextmanager
def _one_thread() -> Iterator[None]:
    """Let the linear algebra use one thread: the same sums in the same order, and faster for products this small.

    The limit holds for the whole process, so only one piece is drawn at a time.
    """
    from threadpoolctl import threadpool_limits

    with _drawing, threadpool_limits(1):
        yield


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
