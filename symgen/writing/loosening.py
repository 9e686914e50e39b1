"""Parts that were laid out by an example, loosened by a network: some of their notes are drawn anew."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from symgen.formats.tunes import Tune
from symgen.music.controls import Controls
from symgen.music.score import Score
from symgen.sampling.continuation import of_some_bars
from symgen.writing.generator import Generator
from symgen.writing.tunes import read_tune
from symgen.writing.varying import Able, vary_lanes

__all__ = ["loosened"]


def loosened(
    score: Score, parts: Collection[int], amount: float, *, model: Generator, seed: int
) -> Score:
    """Draw a share of the notes of some parts anew, as suits the others; bars that were the same stay so."""
    named = replace(score, source=None)
    prompt = of_some_bars(read_tune(Tune(named), model, Controls(), None))
    lanes = tuple(lane for lane, owner in enumerate(prompt.lanes) if owner in parts)
    if not lanes or not amount:
        return score
    made = vary_lanes(
        prompt, Able(lanes), amount, model=model, controls=Controls(), seed=seed
    ).score
    new = [made.parts[i] if i in parts else part for i, part in enumerate(score.parts)]
    return score.with_parts(new)
