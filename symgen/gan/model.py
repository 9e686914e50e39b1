"""The bar GAN as a library: load it, write tunes with it, go on from a tune."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from symgen.formats import load_tune
from symgen.formats.tunes import Tune
from symgen.gan.checkpoint import GAN, GanModel, read_gan
from symgen.gan.inference import InferenceGenerator
from symgen.gan.steps import STEP_METERS, STEP_MODES, StepTune, bar_notes, from_steps, to_steps
from symgen.gan.writing import CONFIDENT_SHARE, Request, read_forms, write_bars
from symgen.midi.joining import signed
from symgen.music.controls import Controls
from symgen.music.score import Note, Score
from symgen.music.theory import Key
from symgen.nets.models import find_model
from symgen.nets.network import find_network
from symgen.sampling.continuation import Prompt, read_prompt
from symgen.sampling.joining import join
from symgen.sampling.planning import plan_piece
from symgen.sampling.seeds import seeds
from symgen.system.errors import CheckpointError, ControlError, FormatError
from symgen.system.files import PathLike
from symgen.system.following import planned
from symgen.tokens import Events, Header, Vocabulary, decode, encode
from symgen.writing.takes import Take

if TYPE_CHECKING:
    from symgen.copies.index import CopyIndex

__all__ = ["BARS", "SHIPPED_GAN", "BarGan", "load_gan"]

SHIPPED_GAN = "gan"

BARS = 8
"""Bars of a new tune, if nothing else is asked for."""
_FOLLOWED = ("bars", "key", "meter", "tempo", "instrument")
"""The controls that the GAN follows."""

Symbols = NDArray[np.uint8]


class BarGan:
    """A generator that is ready to write."""

    # `confident_share`: 0..1: of two bars, how often the one that the generator is more confident of
    # is taken; 0: its bars as they come.

    def __init__(
        self, model: GanModel, *, form: bool = True, confident_share: float = CONFIDENT_SHARE
    ) -> None:
        if not 0 <= confident_share <= 1:
            raise ControlError(f"surer {confident_share}: must be 0..1")
        self._model, self._confident_share = model, confident_share
        self._forms = read_forms(model.info.get("forms", [])) if form else ()
        self.config, self.info = model.config, dict(model.info)
        self._open(model)
        self.vocabulary = Vocabulary()

    @property
    def name(self) -> str:
        """Name of the model."""
        return str(self.info.get("name", ""))

    def as_it_comes(self) -> BarGan:
        """Return the same generator without forms and without a choice of bars."""
        return type(self)(self._model, form=False, confident_share=0.0)

    @property
    def parameters(self) -> int:
        """Number of weights."""
        return sum(value.size for value in self._model.weights.values())

    def sample(
        self, controls: Controls | None = None, *, count: int = 1, seed: int | None = None
    ) -> list[Score]:
        """Write new tunes."""
        return [take.score for take in self.takes(controls, count=count, seed=seed)]

    def continue_score(
        self,
        tune: Any,
        controls: Controls | None = None,
        *,
        count: int = 1,
        seed: int | None = None,
    ) -> list[Score]:
        """Go on from a tune; its notes come back as they were."""
        return [take.score for take in self.continuations(tune, controls, count=count, seed=seed)]

    def takes(
        self, controls: Controls | None = None, *, count: int = 1, seed: int | None = None
    ) -> Iterator[Take]:
        """Write new tunes one by one, and say what led to them; see `sample`."""
        controls = _checked(controls or Controls())
        controls = replace(controls, bars=controls.bars or BARS)
        for one in seeds(count, seed):
            asked = controls
            if not controls.meter:
                asked = replace(controls, meter=self._usual_meter(one))
            header = plan_piece(asked, self.info, self.vocabulary, seed=one)
            if not header.key:
                header = replace(header, key=Key(0, "major"))
            (tune,) = self.write([_request_of(header)], seed=one)
            bpm = 60e6 / header.tempos[0][1]
            score = from_steps(tune, tempo=bpm, program=header.programs[0])
            title = f"symgen {self.name} seed {one}"
            yield Take(replace(score, title=title), one, header)

    def continuations(
        self,
        tune: Any,
        controls: Controls | None = None,
        *,
        count: int = 1,
        seed: int | None = None,
        part: int | None = None,
        name: str = "",
    ) -> Iterator[Take]:
        """Go on from a tune one take at a time, and say what led to them; see `continue_score`."""
        # `part` chooses one, 1 for the first; `name` is what messages call the tune.
        controls = _checked(controls or Controls())
        if not name:
            name = str(tune) if isinstance(tune, (str, Path)) else "the tune"
        found = tune if isinstance(tune, Tune) else load_tune(tune)
        prompt = read_prompt(found, self.vocabulary, controls=controls, part=part, name=name)
        meter = prompt.score.meters[-1].meter
        if controls.steady_meter and controls.meter != meter:
            why = f"{name} is in {meter}, and goes on in it; leave --meter out"
            raise ControlError(f"meter {controls.meter}: {why}")
        request, base = self._request_after(prompt, name)
        for one in seeds(count, seed):
            (written,) = self.write([request], seed=one)
            score = _joined(prompt, replace(written, base=base), controls, self.vocabulary)
            score = signed(score, prompt.end, f"symgen {self.name} seed {one}")
            yield Take(score, one, prompt.events.header, prompt)

    def write(self, requests: Sequence[Request], *, seed: int) -> list[StepTune]:
        """Write tunes on steps, all side by side."""
        seed = seeds(1, seed)[0]
        found: dict[int, StepTune] = {}
        # Bars of one length fit into one array: 4/4 apart from 3/4 and 6/8.
        groups = [
            [i for i, request in enumerate(requests) if request.meter in meters]
            for meters in ((STEP_METERS[0],), STEP_METERS[1:])
        ]
        written: list[Sequence[Symbols]] = []
        with planned(sum(max((requests[i].bars for i in group), default=0) for group in groups)):
            for group in groups:
                asked = [requests[i] for i in group]
                rngs = [np.random.default_rng([seed, i]) for i in group]
                written.append(self._write_bars(asked, rngs) if group else ())
        for numbers, bars in zip(groups, written, strict=True):
            for number, symbols in zip(numbers, bars, strict=True):
                request = requests[number]
                own, base = symbols[: request.bars], self._base(request.key)
                found[number] = StepTune(own, request.meter, request.key, base, self.grid)
        return [found[i] for i in range(len(requests))]

    @property
    def grid(self) -> int:
        """Steps a quarter."""
        return self.config.grid

    def copy_index(self) -> CopyIndex | None:
        """Load the index of the training pieces."""
        # That of the model that the card names, as it learned from the same.
        from symgen.copies.index import CopyIndex

        name = self.info.get("copies")
        return CopyIndex.load(find_model(name)) if isinstance(name, str) and name else None

    # -- how it is done ----------------------------------------------------------------

    def _open(self, model: GanModel) -> None:
        if model.is_tutorial:
            raise CheckpointError(
                "the GAN of a tutorial only compares, and is in the lab: python -m lab train-gan-tutorial"
            )
        self._net = InferenceGenerator(model.config, model.weights)

    def _write_bars(
        self, requests: Sequence[Request], rngs: Sequence[np.random.Generator]
    ) -> Sequence[Symbols]:
        """Write the bars of tunes of one bar length, shape (bars, steps) each."""
        share = self._confident_share
        return list(write_bars(self._net, requests, rngs, self._forms, share))

    def _usual_meter(self, seed: int) -> str:
        """Draw a meter as the corpus has them."""
        counts: dict[str, int] = dict.fromkeys(STEP_METERS, 0)
        for meter, _, _, count in self.info.get("usual", ()):
            counts[meter] = counts.get(meter, 0) + count
        shares = np.cumsum([counts[meter] for meter in STEP_METERS])
        drawn = np.random.default_rng([seed, 2]).random() * shares[-1]
        place = int(np.searchsorted(shares, drawn, side="right"))
        return STEP_METERS[min(place, len(STEP_METERS) - 1)]

    def _base(self, key: Key) -> int:
        """Return where the pitches of new tunes begin: where most tunes of the corpus on this tonic do."""
        bases = self.info.get("bases", {})
        usual = 48 + key.tonic
        return int(bases.get(str(key.tonic), usual)) if isinstance(bases, dict) else usual

    def _request_after(self, prompt: Prompt, name: str) -> tuple[Request, int]:
        try:
            tune = to_steps(prompt.events, prompt.key, grid=self.grid, vocabulary=self.vocabulary)
        except FormatError as error:
            raise FormatError(f"{name}: {error}") from None
        before = tune.bars[: len(tune) - prompt.new_bars]
        return Request(tune.meter, prompt.key, prompt.new_bars, before), tune.base


def _checked(controls: Controls) -> Controls:
    """Refuse what the GAN does not follow."""
    meters = ", ".join(STEP_METERS)
    for name in controls.given():
        if name not in _FOLLOWED:
            option, followed = name.replace("_", "-"), ", ".join(_FOLLOWED)
            raise ControlError(f"{option}: the GAN follows {followed} alone; leave it out")
    if controls.key and controls.key.mode not in STEP_MODES:
        modes = ", ".join(STEP_MODES)
        raise ControlError(f"key {controls.key}: the GAN knows {modes}; name one of these modes")
    if controls.meter_plan:
        raise ControlError(
            f"meter {controls.meter}: the GAN writes in one meter; give one of {meters}"
        )
    if controls.steady_meter and str(controls.meter) not in STEP_METERS:
        raise ControlError(f"meter {controls.meter}: the GAN writes in {meters}; give one of them")
    return controls


def _request_of(header: Header) -> Request:
    meter = str(header.meter)
    if meter not in STEP_METERS or header.key is None:
        meters = ", ".join(STEP_METERS)
        raise ControlError(
            f"meter {meter}: the GAN writes in {meters}; give one of them with --meter"
        )
    return Request(meter, header.key, header.bars, np.zeros((0, 0), dtype=np.uint8))


def _joined(prompt: Prompt, tune: StepTune, controls: Controls, vocabulary: Vocabulary) -> Score:
    """Put new bars behind a prompt, whose notes stay as they are."""
    header = prompt.events.header
    start = int(header.bar_starts[-1 - prompt.new_bars])
    unit = vocabulary.grid // tune.grid
    fresh = []
    for onset, duration, pitch in bar_notes(tune.bars.reshape(-1)).tolist():
        fresh.append(Note(start + onset * unit, tune.base + pitch, duration * unit))
    old = decode(prompt.events, vocabulary, resolution=vocabulary.grid)
    part = old.parts[0]
    whole = old.with_parts([part.with_notes((*part.notes, *fresh))])
    events, _ = encode(whole, vocabulary, key=prompt.key, style=header.style, whole=True)
    return join(prompt, Events(events.fields, header), vocabulary, controls=controls, accents=True)


def load_gan(
    name: PathLike = SHIPPED_GAN, *, form: bool = True, confident_share: float = CONFIDENT_SHARE
) -> BarGan:
    """Load a GAN."""
    folder = find_network(GAN, name)
    model = read_gan(folder)
    model = replace(model, info={"name": folder.name, **model.info})
    return BarGan(model, form=form, confident_share=confident_share)
