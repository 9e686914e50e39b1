"""A take as it was drawn, and what all verbs need to draw some."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from symgen.formats.tunes import Tune
from symgen.music.controls import Controls
from symgen.music.score import Score
from symgen.studio.write_tasks import WriteTask
from symgen.verification import Check, Facts
from symgen.writing.loaded import Progress
from symgen.writing.model import Model
from symgen.writing.rewritten import Rewritten
from symgen.writing.tune_choice import choose_by_notes

__all__ = [
    "Drawn",
    "Models",
    "Report",
    "TakePlace",
    "all_bars",
    "controls_of",
    "rewritten",
]

Report = Callable[[Progress], None]


@dataclass(frozen=True)
class Drawn:
    """A take as it was drawn.

    Attributes
    ----------
    score : Score
        The whole piece, which is what is written.
    seed : int
    bars : (int, int)
        First and last bar with something new, by their printed numbers.
    checks : callable
        Holds the facts of the written piece to what was asked for.
    facts : mapping
        What else is told: scores, copies, notices.
    checked : Score, optional
        What the checks are about, where that is not the whole piece.
    """

    score: Score
    seed: int
    bars: tuple[int, int]
    checks: Callable[[Facts], list[Check]]
    facts: Mapping[str, Any] = field(default_factory=dict)
    checked: Score | None = None


class Models:
    """The models of a process: each is loaded when it is first asked for, and kept."""

    def __init__(self) -> None:
        self._loaded: dict[str, Model] = {}

    def get(self, name: str) -> Model:
        """Return a model that comes along."""
        if name not in self._loaded:
            self._loaded[name] = Model.load(name)
        return self._loaded[name]

    def for_tune(self, tune: Tune, style: str | None = None) -> Model:
        """Return the one that suits a tune."""
        return self.get(choose_by_notes(tune, None, self.get, style).name)


def controls_of(task: WriteTask, **usual: Any) -> Controls:
    """Return the controls of a task; `usual` are defaults of its verb."""
    return Controls(**{**usual, **task.controls})


class TakePlace:
    """Tells of takes that are drawn one after the other as of some of all."""

    def __init__(self, count: int, report: Report) -> None:
        self.number = 1
        self._count, self._report = count, report

    def __call__(self, progress: Progress) -> None:
        """Tell of a bar."""
        self._report(replace(progress, take=self.number, takes=self._count))


def rewritten(
    done: Rewritten,
    controls: Controls,
    bars: tuple[int, int],
    copied: Mapping[str, Any] | None = None,
) -> Drawn:
    """Return a piece that was worked on as a take."""
    facts: dict[str, Any] = {"notices": list(done.notices), "kept": round(done.kept, 4)}
    if copied is not None:
        facts["copied"] = copied
    return Drawn(done.score, done.seed, bars, partial(done.checks, controls), facts)


def all_bars(score: Score) -> tuple[int, int]:
    """Return the numbers of the first and the last bar."""
    return score.bars[0].number, score.bars[-1].number
