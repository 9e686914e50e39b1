"""Takes that change notes of the piece: bars that are written anew, and variations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from symgen.music.pins import Pin
from symgen.music.score import Score
from symgen.studio.take_drawing import (
    Drawn,
    Models,
    Report,
    TakePlace,
    all_bars,
    controls_of,
    rewritten,
)
from symgen.studio.take_scores import placed
from symgen.studio.write_tasks import WriteTask
from symgen.system.errors import ControlError
from symgen.writing.generator import Generator
from symgen.writing.infilling import infills
from symgen.writing.rewritten import Chosen, Rewritten
from symgen.writing.varying import vary

__all__ = ["infilled", "varied"]

_VARIATION = 1.0
"""Who asks for bars anew wants others: left alone, a network writes bars that return as they were."""
_TRIES = 5
"""So many times as many takes are drawn at most, if some are alike."""
_WEAK = 0.15
"""Bars that have no larger share of new notes are offered only where nothing newer comes."""


def infilled(task: WriteTask, models: Models, report: Report) -> Iterator[Drawn]:
    """Yield takes in which the marked bars are written anew."""
    bars = task.bars or all_bars(task.tune.score)
    controls = controls_of(task, variation=_VARIATION)
    model, place = models.for_tune(task.tune), TakePlace(task.count, report)
    takes = infills(
        task.tune,
        bars,
        count=_TRIES * task.count,
        model=model.reporting(place),
        controls=controls,
        seed=task.seed,
        **_chosen(task),
    )
    # Who sets the variation says how much is to be new.
    least = 0.0 if "variation" in task.controls else _WEAK
    for done in _different(task, takes, lambda score: _share_of_new(task, score, bars) <= least):
        yield rewritten(done, controls, bars, _copies(model, done.score, bars))
        place.number += 1


def varied(task: WriteTask, models: Models, report: Report) -> Iterator[Drawn]:
    """Yield takes in which a share of the notes is another one."""
    score, controls, amount = task.tune.score, controls_of(task), task.own.get("amount", 0.3)
    place = TakePlace(task.count, report)
    model, which = models.for_tune(task.tune).reporting(place), _chosen(task)
    takes = (
        vary(task.tune, amount, model=model, controls=controls, seed=seed, **which)
        for seed in range(task.seed, task.seed + _TRIES * task.count)
    )
    if task.bars:
        bars = task.bars
        takes = (replace(done, score=placed(score, done.score, bars)) for done in takes)
    for done in _different(task, takes):
        yield rewritten(done, controls, task.bars or all_bars(score))
        place.number += 1


def _different(
    task: WriteTask,
    takes: Iterable[Rewritten],
    is_weak: Callable[[Score], bool] = lambda _: False,
) -> Iterator[Rewritten]:
    """Yield as many takes as are asked for, none of which is the piece as it is or one that was there.

    Where bars return earlier ones, a network may well write them as they were, or all but a note: weak takes come
    last, and only where there are too few others.
    """
    known, found = [task.tune.score], 0
    weak: list[Rewritten] = []
    for done in takes:
        if any(_are_alike(done.score, each) for each in known):
            continue
        known.append(done.score)
        if is_weak(done.score):
            weak.append(done)
            continue
        yield done
        found += 1
        if found == task.count:
            return
    yield from weak[: task.count - found]
    if not found and not weak:
        raise ControlError(
            f"{task.verb}: these notes come out as they are, each time; "
            "mark other bars or more of them, unlock some, or raise the temperature"
        )


def _share_of_new(task: WriteTask, score: Score, bars: tuple[int, int]) -> float:
    """Return the share of new notes among those of a take that could be others: in the bars, of parts that changed."""
    old = task.tune.score
    first, last = old.bar_ticks(*bars)
    locked = sum(first <= onset < last for _, onset, *_ in task.locked)
    start, end = score.bar_ticks(*bars)
    new = there = 0
    for before, after in zip(old.with_resolution(score.resolution).parts, score.parts, strict=True):
        known = set(map(tuple, before.note_array()[:, :3].tolist()))
        inside = [tuple(row) for row in after.note_array()[:, :3].tolist() if start <= row[0] < end]
        if changed := sum(row not in known for row in inside):
            new, there = new + changed, there + len(inside)
    return new / max(1, there - locked)


def _are_alike(one: Score, other: Score) -> bool:
    """Whether the same notes begin at the same time and last as long."""
    other = other.with_resolution(one.resolution)
    pairs = zip(one.parts, other.parts, strict=True)
    return all(np.array_equal(a.note_array()[:, :3], b.note_array()[:, :3]) for a, b in pairs)


def _chosen(task: WriteTask) -> Chosen:
    """Return which notes may be written anew: those of the marked parts that are not locked."""
    parts = task.tune.score.parts
    busy = [n for n, part in enumerate(parts) if part.notes and not part.is_drum]
    # Drums are written where they alone are marked; beside others they stay.
    drums = [n for n in task.parts if parts[n].is_drum and parts[n].notes]
    marked = [n for n in task.parts if n in busy] or drums
    if task.parts and not marked:
        raise ControlError(
            f"{task.verb}: the marked parts have no notes yet; draw some, "
            "or ask for harmonize or accompany"
        )
    chosen: Chosen = {"particles": task.own.get("particles")}
    if task.locked:
        chosen["pins"] = [Pin(part + 1, onset, pitch) for part, onset, _, pitch, _ in task.locked]
    if marked and marked != busy:
        chosen["parts"] = [n + 1 for n in marked]
    return chosen


def _copies(model: Generator, score: Score, bars: tuple[int, int]) -> dict[str, Any] | None:
    """Return what of the new bars a training piece has too, if the model has an index of them."""
    index = model.copy_index()
    if index is None:
        return None
    report = index.of_others.find(score.slice_bars(*bars))
    return {"longest": report.longest, "share": round(report.share, 4)}
