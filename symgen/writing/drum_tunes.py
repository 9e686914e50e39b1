"""Tunes of drums alone go on as drums: the drummer plays on from what he heard, on the drums of the tune."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from symgen.drummer.drummer import load_drummer
from symgen.formats import load_tune
from symgen.formats.tunes import Music, Tune
from symgen.midi.joining import carry_on, signed
from symgen.music.controls import Controls
from symgen.music.score import Score
from symgen.sampling.continuation import Prompt, read_prompt, with_inferred
from symgen.sampling.expression import continued_drums, playable
from symgen.sampling.joining import lengthened, with_varied_drums
from symgen.sampling.keeping import phrase_bars
from symgen.sampling.seeds import seeds
from symgen.system.errors import ControlError
from symgen.tokens import Vocabulary
from symgen.writing.takes import Take

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from symgen.copies.index import CopyIndex
    from symgen.sampling.continuation import PromptWords
    from symgen.writing.loaded import Progress

__all__ = ["DrumTunes"]

# What can be asked of drums.
_KNOWN = ("bars", "meter", "tempo", "temperature")


@dataclass(frozen=True)
class DrumTunes:
    """What goes on with drums."""

    # Told of each take that stands.
    progress: Callable[[Progress], None] | None = None

    @property
    def name(self) -> str:
        """Name of the model."""
        return "drums"

    @property
    def parameters(self) -> int:
        """Number of weights."""
        return int(load_drummer().info.get("parameters", 0))

    def copy_index(self) -> CopyIndex | None:
        """Return nothing: no index of the recordings lies beside the drummer."""

    def reporting(self, progress: Callable[[Progress], None]) -> DrumTunes:
        """Return the same that tells how far it is."""
        return replace(self, progress=progress)

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
        """Continue drums one take at a time; see `symgen.writing.generator.Generator.continuations`."""
        controls, vocabulary = controls or Controls(), Vocabulary()
        _check(controls, candidates)
        if which.get("style_from"):
            raise ControlError(
                "style-from: the tune holds drums only, which go on as they are; leave it out"
            )
        found = tune if isinstance(tune, Tune) else load_tune(tune)
        name = name or (str(tune) if isinstance(tune, str | Path) else "the tune")
        prompt = read_prompt(
            found, vocabulary, controls=controls, writes="drums", name=name, **which
        )
        prompt = with_inferred(prompt, controls, {}, vocabulary)
        return self._takes(prompt, controls, vocabulary, seeds(count, seed))

    def stream(
        self,
        tune: Tune,
        *,
        controls: Controls | None = None,
        seed: int | None = None,
        **which: Unpack[PromptWords],
    ) -> Iterator[Score]:
        """Continue drums, and hand them out at each bar line; see `symgen.Model.stream`."""
        takes = self.continuations(tune, controls=controls, seed=seed, **which)
        return (so_far for take in takes for so_far in _bar_by_bar(take))

    def _takes(
        self, prompt: Prompt, controls: Controls, vocabulary: Vocabulary, wanted: range
    ) -> Iterator[Take]:
        from symgen.writing.loaded import Progress

        header = prompt.events.header
        whole = lengthened(prompt, header, vocabulary, controls)
        for number, seed in enumerate(wanted, 1):
            score = carry_on(_played(prompt, whole, controls, seed), prompt.end)
            score = signed(score, prompt.end, f"symgen {self.name} seed {seed}")
            if self.progress:
                new = prompt.new_bars
                self.progress(Progress(number, len(wanted), new, new))
            yield Take(score, seed, header, prompt)


def _bar_by_bar(take: Take) -> Iterator[Score]:
    """Yield a take up to the end of each of its new bars."""
    end = take.prompt.end if take.prompt else 0
    for bar in take.score.bars:
        if bar.start >= end:
            parts = [
                part.with_notes(note for note in part.notes if note.onset < bar.end)
                for part in take.score.parts
            ]
            yield take.score.with_parts(parts, length=bar.end)


def _check(controls: Controls, candidates: int) -> None:
    """Refuse what means nothing for drums."""
    for name in controls.given():
        if name not in _KNOWN:
            raise ControlError(
                f"{name.replace('_', '-')}: the tune holds drums only, and they go on as drums; leave it out"
            )
    if candidates > 1:
        raise ControlError("candidates: takes of drums are not ranked; leave it out")


def _played(prompt: Prompt, whole: Score, controls: Controls, seed: int) -> Score:
    """Let the drums of a prompt go on in the new bars of a score."""
    # Each bar takes up the one a phrase earlier, unless the drummer plays another one in its place.
    parts = list(whole.parts)
    sources = _sources(prompt, whole)
    for i in prompt.sounding:
        more = continued_drums(parts[i].notes, whole.bars, sources, whole.resolution)
        parts[i] = parts[i].with_notes([*parts[i].notes, *playable(more, parts[i].notes)])
    return with_varied_drums(whole.with_parts(parts), prompt, controls, seed, varies=True)


def _sources(prompt: Prompt, whole: Score) -> list[int | None]:
    """Return for each new bar the one a phrase earlier that is as long; None for those of the prompt."""
    phrase, bars = phrase_bars(prompt.bars), whole.bars
    found: list[int | None] = []
    for number, bar in enumerate(bars):
        lags = (phrase, *range(1, number + 1))
        alike = (
            number - lag
            for lag in lags
            if lag <= number and bars[number - lag].length == bar.length
        )
        found.append(None if bar.start < prompt.end else next(alike, number - 1))
    return found
