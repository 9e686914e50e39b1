"""Many items through one verb: lazily, in order, in several processes if that is asked for."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from inspect import signature
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, overload

from symgen.formats.parcels import unpack_score
from symgen.formats.tunes import Music, Tune
from symgen.music.controls import Controls
from symgen.music.score import Score
from symgen.sampling.seeds import seeds
from symgen.system.errors import ControlError, SymgenError, error_called
from symgen.system.files import sha256
from symgen.system.text import did_you_mean
from symgen.system.words import check_whole
from symgen.writing.awaiting import AwaitedVerbs
from symgen.writing.generator import Generator
from symgen.writing.request import LOG, read_music
from symgen.writing.tasks import VERBS, Task

if TYPE_CHECKING:
    from symgen.system.pool import Workers
    from symgen.system.processes import Fault

__all__ = ["Item", "Piped", "fingerprint"]

Item: TypeAlias = "Music | Tune | Controls | Mapping[str, Any] | None"
"""A tune to work on, or what to ask of a new piece."""
Made = Score | list[Score]
_COMMAND = ("-m", "symgen.writing.pipe_worker")
_MOST_REPLY = 256 * 2**20
_OTHER_NAMES = {"continue": "continue_", "extend": "continue_"}


class Piped(Generator, AwaitedVerbs):
    """What writes with a network, and works through many items."""

    @overload
    def pipe(
        self,
        items: Iterable[Item],
        *,
        verb: str = "continue_",
        jobs: int = 1,
        seed: int | None = None,
        start: int = 0,
        errors: Literal["raise"] = "raise",
        count: None = None,
        **options: Any,
    ) -> Iterator[Score]: ...
    @overload
    def pipe(
        self,
        items: Iterable[Item],
        *,
        verb: str = "continue_",
        jobs: int = 1,
        seed: int | None = None,
        start: int = 0,
        errors: Literal["raise"] = "raise",
        count: int,
        **options: Any,
    ) -> Iterator[list[Score]]: ...
    @overload
    def pipe(
        self,
        items: Iterable[Item],
        *,
        verb: str = "continue_",
        jobs: int = 1,
        seed: int | None = None,
        start: int = 0,
        errors: Literal["return"],
        count: int | None = None,
        **options: Any,
    ) -> Iterator[Score | list[Score] | SymgenError]: ...
    def pipe(
        self,
        items: Iterable[Item],
        *,
        verb: str = "continue_",
        jobs: int = 1,
        seed: int | None = None,
        start: int = 0,
        errors: Literal["raise", "return"] = "raise",
        count: int | None = None,
        **options: Any,
    ) -> Iterator[Any]:
        """Work through many items with one verb: lazily, and in their order.

        Parameters
        ----------
        items : iterable
            Tunes (scores, paths, bytes and whatever else is read); for ``"generate"`` what is asked of each piece, as
            a dict of keywords, `Controls` or None.
        verb : str
            ``"continue_"``, ``"infill"``, ``"vary"``, ``"harmonize"`` or ``"generate"``.
        jobs : int
            So many processes work at once; each loads the model. With 1 the work is done here.
        seed : int, optional
            Item number k, counted from 0, always has the seed ``seed + k``; drawn if left out.
        start : int
            So many items are passed over. The same call with the number of pieces that were made goes on where it
            stopped.
        errors : str
            ``"raise"`` an error that names the item, which ends the iteration, or ``"return"`` it in the place of the
            piece and go on.
        count : int, optional
            So many pieces for each item, in a list.
        **options
            What else the verb takes, the same for all items.

        Returns
        -------
        iterator of Score, or of list of Score if `count` is given
            The same for any number of jobs. At most twice as many items as `jobs` are taken before their pieces are
            asked for.

        Raises
        ------
        ControlError
            At once, if an argument makes no sense, or for ``jobs`` above 1 the model does not lie on the disk.
        SymgenError
            In the place of an item, if that cannot be worked on.
        """
        from symgen.system.pool import check_jobs

        work = _Work.of(verb, count, options, errors)
        check_jobs(jobs)
        first, left = seeds(1, seed)[0], _numbered(items, start)
        if jobs == 1:
            return (work.one(partial(_run_here, self), first, *each) for each in left)
        if self.folder is None:
            raise ControlError(f"jobs {jobs}: model {self.name!r} lies in no folder; use jobs=1")
        return _in_processes(self, work, first, left, jobs)


def _numbered(items: Iterable[Item], start: int) -> Iterator[tuple[int, Item]]:
    """Return the items from one on, with their numbers."""
    check_whole("start", start)
    if not 0 <= start < 2**62:
        raise ControlError(f"start {start}: must be 0 or more, the items that are passed over")
    try:
        return islice(enumerate(items), start, None)
    except TypeError:
        raise ControlError(f"items {items!r:.40}: cannot be iterated; give a list") from None


def _run_here(model: Piped, task: Task) -> Made:
    return task.run(model)


def _in_processes(
    model: Piped, work: _Work, first: int, left: Iterator[tuple[int, Item]], jobs: int
) -> Iterator[Made | SymgenError]:
    from symgen.system.pool import Workers, in_order

    command = [*_COMMAND, os.fspath(model.folder or ""), fingerprint(model)]
    what = "the process that writes"
    with Workers(command, _explain, most=_MOST_REPLY, what=what) as workers:
        run = partial(_run_there, workers)
        yield from in_order((partial(work.one, run, first, *each) for each in left), jobs)


def fingerprint(model: Generator) -> str:
    """Return what tells a model from another one that lies in its folder later."""
    return sha256(json.dumps(model.info, sort_keys=True, default=str).encode())


def _explain(fault: Fault) -> SymgenError:
    return SymgenError(f"the process that worked on it ended ({fault}); jobs=1 shows more")


def _run_there(workers: Workers, task: Task) -> Made:
    reply = workers.ask(task.to_json())
    for notice in reply.get("notices", ()):
        LOG.warning("%s", notice)
    if "error" in reply:
        raise error_called(reply.get("kind"))(reply["error"])
    scores = [unpack_score(data) for data in reply["scores"]]
    return scores if task.count is not None else scores[0]


@dataclass(frozen=True)
class _Work:
    """What is done with each item."""

    verb: str
    count: int | None
    options: Mapping[str, Any]
    returns_errors: bool

    @classmethod
    def of(cls, verb: str, count: int | None, options: Mapping[str, Any], errors: str) -> _Work:
        """Check it before any item is taken."""
        name = _OTHER_NAMES.get(verb, verb) if isinstance(verb, str) else verb
        if name not in VERBS:
            hint = did_you_mean(str(verb), VERBS)
            raise ControlError(f"verb {verb!r}: unknown{hint}; use {', '.join(VERBS)}")
        if errors not in ("raise", "return"):
            raise ControlError(f"errors {errors!r}: must be 'raise' or 'return'")
        if "model" in options:
            raise ControlError("model=: ask that model itself, model.pipe(...)")
        if count is not None:
            check_whole("count", count)
        work = cls(name, count, options, errors == "return")
        work.check_arguments()
        return work

    def check_arguments(self) -> None:
        """Refuse a verb that lacks an argument, such as the bars to fill in."""
        about = {} if self.verb == "generate" else {"tune": None}
        try:
            signature(getattr(Piped, self.verb)).bind(None, **about, **self.options)
        except TypeError as error:
            raise ControlError(f"{self.verb}: {error}; give it to pipe") from None

    def one(self, run: Callable[[Task], Made], first: int, number: int, item: Item) -> Any:
        """Return what is made of one item, or the error that it gives."""
        try:
            return run(self.task(item, first + number))
        except SymgenError as error:
            told = type(error)(f"{_place(number, item, str(error))}: {error}")
            if self.returns_errors:
                return told
            raise told from error

    def task(self, item: Item, seed: int) -> Task:
        """Return what is to be done with an item."""
        if self.verb != "generate":
            tune = read_music(item)
            return Task(self.verb, tune, seed, self.count, self.options)
        if isinstance(item, Controls):
            words = {**self.options, "controls": item}
        elif item is None or isinstance(item, Mapping):
            words = {**self.options, **(item or {})}
        else:
            raise ControlError(
                f"{type(item).__name__}: asks for no new piece; give a dict of keywords such as "
                "{'bars': 8}, Controls or None"
            )
        return Task(self.verb, None, seed, self.count, words)


def _place(number: int, item: Item, text: str) -> str:
    """Say which item it is: its number, and its name if the message has none."""
    name = ""
    if isinstance(item, str | Path):
        name = str(item)
    elif isinstance(item, Score | Tune):
        name = item.title
    return f"item {number} ({name})" if name and name not in text else f"item {number}"
