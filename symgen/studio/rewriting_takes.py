"""Takes that change notes of the piece: bars that are written anew, and variations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from symgen.music.score import Score
from symgen.studio.take_drawing import (
    Drawn,
    Models,
    Report,
    all_bars,
    controls_of,
    numbered_seeds,
    placed_in,
    rewritten,
)
from symgen.studio.take_scores import placed
from symgen.studio.write_tasks import WriteTask
from symgen.system.errors import ControlError
from symgen.writing.generator import Generator
from symgen.writing.infilling import infill
from symgen.writing.rewritten import Rewritten
from symgen.writing.varying import vary

__all__ = ["infilled", "varied"]


def infilled(task: WriteTask, models: Models, report: Report) -> Iterator[Drawn]:
    """Yield takes in which the marked bars are written anew."""
    bars, controls = task.bars or (1, 1), controls_of(task)
    model = models.for_tune(task.tune)
    work = partial(infill, bars=bars, controls=controls, particles=task.own.get("particles"))
    for number, seed in numbered_seeds(task):
        told = model.reporting(placed_in(task, report, number))
        done = _by_parts(task, partial(work, model=told, seed=seed))
        yield rewritten(done, controls, bars, _copies(model, done.score, bars))


def varied(task: WriteTask, models: Models, report: Report) -> Iterator[Drawn]:
    """Yield takes in which a share of the notes is another one."""
    controls, model = controls_of(task), models.for_tune(task.tune)
    amount = task.own.get("amount", 0.3)
    work = partial(vary, amount=amount, controls=controls, particles=task.own.get("particles"))
    bars = task.bars or all_bars(task.tune.score)
    for number, seed in numbered_seeds(task):
        told = model.reporting(placed_in(task, report, number))
        done = _by_parts(task, partial(work, model=told, seed=seed))
        if task.bars:
            done = replace(done, score=placed(task.tune.score, done.score, task.bars))
        yield rewritten(done, controls, bars)


def _by_parts(task: WriteTask, work: Callable[..., Rewritten]) -> Rewritten:
    """Work on the marked parts, one after the other if they are some of many."""
    parts = task.tune.score.parts
    busy = [n for n, part in enumerate(parts) if part.notes and not part.is_drum]
    marked = [n for n in task.parts if n in busy]
    if task.parts and not marked:
        raise ControlError(
            f"{task.verb}: the marked parts have no notes yet; draw some, or ask for harmonize or accompany"
        )
    if not marked or marked == busy:
        return work(task.tune)
    done = work(task.tune, part=marked[0] + 1)
    for number in marked[1:]:
        more = work(replace(task.tune, score=done.score), part=number + 1)
        done = replace(more, prompt=done.prompt, stays=_common(done.stays, more.stays))
    return done


def _common(one: Score, other: Score) -> Score:
    """Return what stays in both."""
    pairs = zip(one.parts, other.parts, strict=True)
    return one.with_parts([a if a.note_count < b.note_count else b for a, b in pairs])


def _copies(model: Generator, score: Score, bars: tuple[int, int]) -> dict[str, Any] | None:
    """Return what of the new bars a training piece has too, if the model has an index of them."""
    index = model.copy_index()
    if index is None:
        return None
    report = index.of_others.find(score.slice_bars(*bars))
    return {"longest": report.longest, "share": round(report.share, 4)}
