"""Takes with new bars: continuations, and whole pieces."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from symgen.formats.tunes import Tune
from symgen.music.controls import Controls
from symgen.music.score import Note, Part, Score
from symgen.studio.take_drawing import Drawn, Models, Report, TakePlace, all_bars, controls_of
from symgen.studio.take_scores import followed
from symgen.studio.write_tasks import WriteTask
from symgen.verification import Facts, score_facts
from symgen.writing.loaded import Progress
from symgen.writing.model import Model
from symgen.writing.reporting import checks_of, copied_share
from symgen.writing.takes import Take

__all__ = ["composed", "continued", "from_nothing"]


def continued(task: WriteTask, models: Models, report: Report) -> Iterator[Drawn]:
    """Yield takes with new bars behind the last note, or behind the marked bars."""
    score, controls = task.tune.score, controls_of(task)
    end = _prompt_end(task)
    stop = score.music_end if controls.complete_bar and not task.bars else end
    tune = replace(task.tune, score=score.slice_ticks(0, stop))
    model = models.for_tune(tune, controls.style)
    which = {"parts": [n + 1 for n in task.parts]} if task.parts else {}
    work = partial(_continuations, model, tune, controls, which)
    for seed, take in _one_then_all(work, task, report):
        whole = followed(score, take.written, stop)
        yield _new_take(seed, take, model, controls, whole)


def _continuations(
    model: Model, tune: Tune, controls: Controls, which: dict[str, Any], report: Report, **how: Any
) -> Iterator[Take]:
    return model.reporting(report).continuations(tune, controls=controls, **which, **how)


def _prompt_end(task: WriteTask) -> int:
    """Return where the new bars begin: behind the marked bars, else behind the bar of the last note."""
    score = task.tune.score
    if task.bars:
        return score.bar_ticks(*task.bars)[1]
    return next((bar.end for bar in score.bars if bar.end >= score.music_end), score.length)


def _one_then_all(
    work: Callable[..., Iterator[Take]], task: WriteTask, report: Report
) -> Iterator[tuple[int, Take]]:
    """Draw the first take alone, so that it is there soon, and the others side by side, which is faster.

    Each comes with the seed that was asked for it: one that was drawn again has another of its own.
    """
    candidates = task.own.get("candidates", 1)
    if candidates > 1:
        count = max(candidates, task.count)
        for take in work(report, count=task.count, seed=task.seed, candidates=count):
            yield task.seed, take
        return

    def tell(progress: Progress) -> None:
        report(replace(progress, take=progress.take + 1, takes=task.count))

    (first,) = work(TakePlace(task.count, report), count=1, seed=task.seed)
    yield task.seed, first
    if task.count > 1:
        others = work(tell, count=task.count - 1, seed=task.seed + 1)
        yield from enumerate(others, task.seed + 1)


def _new_take(seed: int, take: Take, model: Any, controls: Controls, whole: Score) -> Drawn:
    facts: dict[str, Any] = {}
    copied = copied_share(take, model)
    if copied is not None:
        facts["copied"] = {name: copied[name] for name in ("longest", "share")}
    if take.scores:
        facts |= {"scores": take.scores.to_json(), "rank": take.rank}
    count = take.prompt.new_bars if take.prompt else take.header.bars
    first = next((bar.number for bar in whole.bars if bar.start >= (take.written_end or 0)), 1)
    first = max(1, first)
    is_played = take.played is not None
    return Drawn(
        whole,
        seed,
        (first, first + count - 1),
        lambda read: checks_of(take, _facts_of(take, read, is_played), controls, model),
        facts,
        take.written,
    )


def _facts_of(take: Take, read: Facts, is_played: bool) -> Facts:
    """Return the facts that a take is held to: of what was played without a click those on its pulse."""
    return score_facts(take.score) if is_played else read


def composed(task: WriteTask, models: Models, report: Report) -> Iterator[Drawn]:
    """Yield new pieces in the place of the one that is there."""
    controls = Controls(**_of_piece(task))
    for seed, take, model in _new_pieces(task, controls, models, report):
        whole = replace(take.score, title=task.tune.score.title)
        yield _new_take(seed, take, model, controls, whole)


def from_nothing(task: WriteTask, models: Models, report: Report) -> Iterator[Drawn]:
    """Write marked bars of a piece without notes."""
    score = task.tune.score
    bars = task.bars or all_bars(score)
    start, end = score.bar_ticks(*bars)
    inside = score.slice_ticks(start, end)
    alone = replace(task, tune=replace(task.tune, score=inside), bars=None)
    given = {**_of_piece(alone), "bars": sum(bar.number > 0 for bar in inside.bars)}
    controls = Controls(**given)
    owners = task.parts or tuple(n for n, part in enumerate(score.parts) if not part.is_drum)
    for seed, take, model in _new_pieces(task, controls, models, report):
        made = take.score.with_resolution(score.resolution)
        parts, fresh = list(score.parts), list(made.parts)
        for owner in owners[: len(fresh)]:
            parts[owner] = parts[owner].with_notes(_moved(fresh.pop(0), start))
        parts += [part.with_notes(_moved(part, start)) for part in fresh]
        drawn = _new_take(seed, take, model, controls, score.with_parts(parts))
        yield replace(drawn, bars=bars)


def _moved(part: Part, by: int) -> list[Note]:
    return [replace(note, onset=note.onset + by) for note in part.notes]


def _of_piece(task: WriteTask) -> dict[str, Any]:
    """Return the controls of a new piece: what is asked for, and else what the empty piece says."""
    score, given = task.tune.score, dict(task.controls)
    meter = given.get("meter")
    if not (isinstance(meter, str) and "x" in meter):
        given.setdefault("bars", max(1, sum(bar.number > 0 for bar in score.bars)))
    if task.tune.key is not None:
        given.setdefault("key", str(task.tune.key))
    if given.get("style"):  # which brings its meter, and its tempo
        return given
    given.setdefault("meter", str(score.meters[-1].meter))
    given.setdefault("tempo", round(score.tempos[0].bpm, 3))
    programs = [
        part.program
        for n, part in enumerate(score.parts)
        if not part.is_drum and (not task.parts or n in task.parts)
    ]
    if programs and not {"instrument", "instruments", "period"} & given.keys():
        given |= {"instrument": programs[0]} if len(programs) == 1 else {"instruments": programs}
    return given


def _new_pieces(
    task: WriteTask, controls: Controls, models: Models, report: Report
) -> Iterator[tuple[int, Take, Any]]:
    from symgen.nets.models import choose_for_controls
    from symgen.writing.song_choice import SongWish, song_writer

    song = SongWish(task.own.get("parts"), framed=task.own.get("intro", True))
    writer: Any = song_writer(controls, song) or models.get(choose_for_controls(controls))

    def work(report: Report, **how: Any) -> Iterator[Take]:
        yield from writer.reporting(report).takes(controls, **how)

    for seed, take in _one_then_all(work, task, report):
        yield seed, take, writer
