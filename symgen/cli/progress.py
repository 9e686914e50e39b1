"""How far the work is and how long it will still take, on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from symgen.cli.telling import detail, has_color, is_shown, note, over_the_line
from symgen.system.following import followed

if TYPE_CHECKING:
    from typing_extensions import Self

    from symgen.writing.generator import Progress

    class Telling(Protocol):
        """What tells how far it is."""

        @property
        def name(self) -> str:
            """Its name."""

        @property
        def parameters(self) -> int:
            """Number of weights."""

        def reporting(self, progress: Callable[[Progress], None]) -> Self:
            """Return the same that tells how far it is."""

    Told = TypeVar("Told", bound=Telling)

__all__ = ["CLEAR", "Bar", "ProgressLine", "counted", "shown", "working"]

CLEAR = "\r\x1b[K"
# Seconds between two looks of a bar: a terminal is slow beside a corpus.
_EVERY = 0.1
# Seconds that work takes before anything is shown of it.
_PATIENCE = 1.0
_WIDTH = 24


class ProgressLine:
    """A line on stderr: what is `shown` is written over, on a terminal alone."""

    # What is `kept` stays, everywhere but where all is to be quiet.

    def __init__(self, patience: float = 0.0) -> None:
        self._live, self._from = is_shown(), monotonic() + patience

    def show(self, text: str) -> None:
        """Write over what was shown."""
        if self._live and monotonic() > self._from:
            # Written over and then cut off: a line that is cleared first would flicker.
            print(f"\r{text}\x1b[K", end="", file=sys.stderr, flush=True)

    def keep(self, text: str) -> None:
        """Write a line that stays."""
        note(f"{CLEAR}{text}" if self._live else text)


class Bar:
    """A bar on stderr with the time that is left: after a while, and on a terminal alone."""

    def __init__(self, what: str, *, patience: float = _PATIENCE) -> None:
        self._what, self._live = what, is_shown()
        self._next = monotonic() + patience
        self._display: Any = None

    def show(self, done: float, total: float, text: str = "") -> None:
        """Show how much is done; `text` says it in words."""
        now = monotonic()
        if not self._live or now < self._next:
            return
        self._next = now + _EVERY
        if self._display is None:
            self._display = _display()
            self._display.add_task(self._what, total=total, text=text)
        (task,) = self._display.task_ids
        self._display.update(task, completed=done, total=total, text=text)
        over_the_line(self.hide)
        self._display.start()
        self._display.refresh()

    def hide(self) -> None:
        """Leave the line clean; the next look draws it anew."""
        if self._display is not None:
            self._display.stop()


def _display() -> Any:
    """Return a display of rich, which is loaded where work takes a while and somebody looks."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(file=sys.stderr, force_terminal=True, no_color=not has_color(sys.stderr))
    # It draws when it is told to, from no thread of its own: others are forked off beside it.
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(_WIDTH),
        TextColumn("{task.fields[text]}", markup=False),
        TimeRemainingColumn(),
        TextColumn("left"),
        console=console,
        transient=True,
        auto_refresh=False,
        redirect_stdout=False,
        redirect_stderr=False,
    )


@contextmanager
def working(what: str, unit: str = "", *, patience: float = _PATIENCE) -> Iterator[Bar]:
    """Show how far the work of the block is, as it says itself; `unit` is what it counts, parts of it if empty."""
    bar = Bar(what, patience=patience)

    def follow(done: float, total: float) -> None:
        share = f"{done / max(total, 1e-9):.0%}"
        bar.show(done, total, f"{done:.0f} of {total:.0f} {unit}" if unit else share)

    try:
        with followed(follow):
            yield bar
    finally:
        bar.hide()


@contextmanager
def counted(what: str, unit: str) -> Iterator[Callable[[int, int], None]]:
    """Yield what shows how many of all are done."""
    with working(what) as bar:
        yield lambda done, known: bar.show(done, known, f"{done} of {known} {unit}")


@contextmanager
def shown(model: Told, *, patience: float = _PATIENCE) -> Iterator[Told]:
    """Yield a model that shows which bar it writes, if anybody looks and it takes a while."""
    detail(f"model {model.name}: {model.parameters:,} parameters")
    if not is_shown():
        yield model
        return

    def show(progress: Progress) -> None:
        take = f"take {progress.take} of {progress.takes}, " if progress.takes > 1 else ""
        done = (progress.take - 1) * progress.bars + progress.bar
        bar.show(
            done,
            progress.takes * progress.bars,
            f"{take}bar {progress.bar} of {progress.bars}",
        )

    with working("writing", patience=patience) as bar:
        yield model.reporting(show)
