"""What the workers of `speed-takes` do, through what `symgen` offers in every checkout; most return how many notes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from typing import Any
from unittest.mock import patch

import numpy as np

import symgen
from symgen.sampling.watches import LoopWatch

__all__ = [
    "continue_tune",
    "dense",
    "harmonize",
    "infill",
    "load",
    "plain_loop",
    "random_model",
    "read_prompt",
    "redrawn",
    "single",
    "together",
]

EVERY = 4
"""Of so many bars, one is drawn again."""


@cache
def _model(name: str) -> symgen.Model:
    return symgen.load_model(name)


@cache
def _tune(model: str, bars: int) -> symgen.Score:
    return _model(model).generate(bars=bars, seed=1)


@cache
def _prompt(model: str, notes: int) -> symgen.Score:
    """Play a piece over and over, until there are at least so many notes: no tune is that long."""
    tune = _tune(model, 16)
    times = -(-notes // _notes(tune))
    shifts = [tune.length * i for i in range(times)]
    parts = [
        part.with_notes([replace(note, onset=note.onset + shift) for shift in shifts for note in part.notes])
        for part in tune.parts
    ]  # fmt: skip
    return replace(tune.with_parts(parts), length=tune.length * times)


def _notes(score: symgen.Score) -> int:
    return len(score.note_array())


def load(model: str) -> None:
    """Load a model: what a worker holds before it does anything."""
    _model(model)


def single(
    model: str, bars: int, count: int = 1, seed: int = 0, max_copy: int | None = None
) -> int:
    """Write takes one by one."""
    return _one_by_one(model, symgen.Controls(bars=bars, max_copy=max_copy), count, seed)


def dense(model: str, bars: int, count: int) -> int:
    """Write takes of eight notes a bar: a network of random weights would write few."""
    return _one_by_one(model, symgen.Controls(bars=bars, density="8-8"), count, 0)


def _one_by_one(model: str, asked: symgen.Controls, count: int, seed: int) -> int:
    net = _model(model)
    return sum(_notes(net.generate(asked, seed=seed + i)) for i in range(count))


def together(model: str, bars: int, count: int, seed: int = 0) -> int:
    """Write the same takes, asked for at once."""
    return sum(map(_notes, _model(model).generate(bars=bars, count=count, seed=seed)))


def infill(model: str, bars: int) -> int:
    """Fill in the second quarter of a piece, with as many particles as usual; return the number of new bars."""
    tune = _tune(model, bars)
    span = (bars // 4 + 1, bars // 2)
    _model(model).infill(tune, bars=span, seed=1)
    return span[1] - span[0] + 1


def harmonize(bars: int) -> int:
    """Set a melody for four voices, with as many particles as usual; return the number of bars."""
    _model("chorale").harmonize(_tune("folk", bars), seed=1)
    return bars


def continue_tune(model: str, notes: int) -> int:
    """Write one bar after a long prompt; return the notes of the prompt."""
    prompt = _prompt(model, notes)
    _model(model).continue_(prompt, bars=1, seed=1)
    return _notes(prompt)


def read_prompt(model: str, notes: int) -> int:
    """Let the network read a prompt, and nothing else; return its notes."""
    read = _model(model)._composer().read_prompt(_prepared(model, notes), symgen.Controls(bars=1))
    return len(read.prefix.notes)


@cache
def _prepared(model: str, notes: int) -> Any:
    """Return a prompt as the network is given it."""
    return _model(model)._prompt(_prompt(model, notes), symgen.Controls(bars=1), "", {})


def redrawn(model: str, bars: int, *, again: bool) -> int:
    """Write a piece in which one of `EVERY` bars is drawn again, or none is; return how many bars were drawn."""
    with _refusing(EVERY if again else 0) as refused:
        single(model, bars)
    return bars + len(refused)


@contextmanager
def _refusing(every: int) -> Iterator[set[int]]:
    """Let the watch over loops refuse some bars once, and no others; tell which."""
    refused: set[int] = set()

    def accepts(_: LoopWatch, __: object, bar: int) -> bool:
        refuse = every > 0 and bar % every == every - 1 and bar not in refused
        if refuse:
            refused.add(bar)
        return not refuse

    with patch.object(LoopWatch, "accepts", accepts):
        yield refused


@cache
def _loop(model: str) -> object:
    import torch

    from lab.benchmarks.plain_loop import PlainLoop
    from symgen.nets.checkpoint import load_model_files
    from symgen.nets.models import find_model

    torch.set_num_threads(1)
    files = load_model_files(find_model(model))
    return PlainLoop(files.config, files.vocabulary)


def plain_loop(model: str, notes: int) -> int:
    """Draw notes with the loop of torch."""
    from lab.benchmarks.plain_loop import PlainLoop

    loop = _loop(model)
    assert isinstance(loop, PlainLoop)
    return len(loop.draw(notes))


def random_model(folder: str, hidden: int, layers: int) -> float:
    """Write a model of random weights beside the card of folk; return how many millions they are."""
    from symgen.nets.checkpoint import NetConfig, load_model_files, save_model_files
    from symgen.nets.inference import weight_shapes
    from symgen.nets.inputs import Inputs
    from symgen.nets.models import find_model

    known = load_model_files(find_model("folk"))
    config: NetConfig = replace(known.config, hidden=hidden, layers=layers, head=hidden * 7 // 10)
    rng = np.random.default_rng(0)
    weights = {
        name: (rng.standard_normal(shape) / np.sqrt(shape[-1])).astype(np.float32)
        for name, shape in weight_shapes(Inputs(config, known.vocabulary)).items()
    }
    info = {"name": f"{layers}x{hidden}", "norms": {}}
    info |= {key: known.info[key] for key in ("monophonic", "monophonic_parts", "program", "usual")}
    save_model_files(replace(known, config=config, weights=weights, info=info), folder)
    return sum(map(np.size, weights.values())) / 1e6
