"""The asynchronous variants: the same pieces, several at once, and an end at the next bar when cancelled."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small import tune

import symgen
from symgen.music.score import Score
from symgen.system.awaiting import Stopped, awaited, in_thread, stop_point
from symgen.system.errors import ControlError
from symgen.writing.loaded import Progress
from symgen.writing.model import Model

TUNE = tune("C4 D4 E4 F4|G4 A4 B4 C5|G4 E4 F4 D4|C4:4")
CALLS: dict[str, Callable[[Any], tuple[Any, Any]]] = {
    "generate": lambda m: (m.generate, {"bars": 2}),
    "continue_": lambda m: (m.continue_, {"tune": TUNE, "bars": 2}),
    "infill": lambda m: (m.infill, {"tune": TUNE, "bars": (2, 3)}),
    "vary": lambda m: (m.vary, {"tune": TUNE, "amount": 0.4}),
}


def async_of(owner: Any, verb: str) -> Any:
    return getattr(owner, f"{verb.rstrip('_')}_async")


@pytest.mark.parametrize("verb", CALLS)
def test_what_is_awaited_is_the_same_piece(verb: str, tiny: Model) -> None:
    call, how = CALLS[verb](tiny)
    assert asyncio.run(async_of(tiny, verb)(**how, seed=3)) == call(**how, seed=3)
    many = asyncio.run(async_of(tiny, verb)(**how, seed=3, count=2))
    assert many == call(**how, seed=3, count=2)


def test_the_names_of_the_package_are_the_verbs_of_the_model_that_fits() -> None:
    made = asyncio.run(symgen.generate_async(bars=1, seed=5))
    assert made == symgen.generate(bars=1, seed=5)
    four = asyncio.run(symgen.harmonize_async(tune("C5:4"), seed=1, particles=1))
    assert [part.name for part in four.parts] == ["Soprano", "Alto", "Tenor", "Bass"]


def test_several_at_once(tiny: Model) -> None:
    async def all_of_them() -> list[Score]:
        return await asyncio.gather(*(tiny.generate_async(bars=2, seed=n) for n in range(5)))

    assert asyncio.run(all_of_them()) == [tiny.generate(bars=2, seed=n) for n in range(5)]


def test_errors_are_raised_where_it_is_awaited(tiny: Model) -> None:
    with pytest.raises(ControlError, match=r"bars 0: must be 1\.\.1000"):
        asyncio.run(tiny.generate_async(bars=0))
    with pytest.raises(ControlError, match=r"generate: no keyword barz.*did you mean bars"):
        asyncio.run(tiny.generate_async(barz=3))  # type: ignore[call-overload]


class _Held:
    """Lets a model write up to a bar, and holds it there until it is told to go on."""

    def __init__(self, model: Model, bar: int) -> None:
        self.bars: list[int] = []
        self.there, self.go_on = threading.Event(), threading.Event()
        self.model = model.reporting(self._report)
        self._bar = bar

    def _report(self, progress: Progress) -> None:
        self.bars.append(progress.bar)
        if progress.bar == self._bar:
            self.there.set()
            assert self.go_on.wait(60)

    async def cancel(self, call: Any) -> None:
        task = asyncio.create_task(call)
        await asyncio.to_thread(self.there.wait, 60)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        self.go_on.set()


def test_cancelling_ends_the_writing_at_the_next_bar(tiny: Model) -> None:
    held = _Held(tiny, 2)
    asyncio.run(held.cancel(held.model.generate_async(bars=12, seed=1)))
    assert held.bars == [1, 2]


def test_cancelling_ends_the_filling_in_at_the_next_bar(tiny: Model) -> None:
    held = _Held(tiny, 1)
    asyncio.run(held.cancel(held.model.infill_async(TUNE, (1, 4), seed=1, particles=2)))
    assert held.bars == [1]


def test_a_limit_of_time(tiny: Model) -> None:
    held = _Held(tiny, 2)

    async def limited() -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(held.model.generate_async(bars=12, seed=1), 0.01)
        held.go_on.set()

    asyncio.run(limited())
    assert held.bars in ([], [1], [1, 2])


def test_bars_are_awaited_one_by_one(tiny: Model) -> None:
    async def bars() -> list[Score]:
        return [score async for score in tiny.stream_async(symgen.Controls(bars=3), seed=4)]

    assert asyncio.run(bars()) == list(tiny.stream(symgen.Controls(bars=3), seed=4))


# -- sound -------------------------------------------------------------------------------


def test_sound_is_awaited(tmp_path: Path) -> None:
    report = asyncio.run(symgen.render_async(TUNE, tmp_path / "a.wav", rate=8000))
    symgen.render(TUNE, tmp_path / "b.wav", rate=8000)
    assert report.path == tmp_path / "a.wav"
    assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()


def test_a_rendering_that_is_cancelled_leaves_no_file(tmp_path: Path) -> None:
    """Before its first block, as nothing in it can be waited for."""

    async def cancelled() -> None:
        begun, go_on = threading.Event(), threading.Event()

        def work() -> None:
            begun.set()
            assert go_on.wait(60)
            symgen.render(TUNE, tmp_path / "a.wav", rate=8000)

        task = asyncio.create_task(in_thread(work))
        await asyncio.to_thread(begun.wait, 60)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        go_on.set()

    asyncio.run(cancelled())
    assert list(tmp_path.iterdir()) == []


def test_a_recording_is_awaited() -> None:
    times = np.arange(2 * 16_000) / 16_000
    sound = 0.3 * np.sin(2 * np.pi * 440 * times) * (times % 0.5 < 0.45)
    made = asyncio.run(symgen.transcribe_async(sound, 16_000, tempo=120))
    assert made == symgen.transcribe(sound, 16_000, tempo=120)


# -- the parts of it ---------------------------------------------------------------------


def test_nothing_stops_work_that_nobody_awaits() -> None:
    stop_point()


def test_work_that_is_awaited_goes_on_until_it_is_cancelled() -> None:
    reached = []

    async def twice() -> None:
        await in_thread(stop_point)
        begun, go_on = threading.Event(), threading.Event()

        def work() -> None:
            begun.set()
            assert go_on.wait(60)
            try:
                stop_point()
            except Stopped:
                reached.append("stopped")
                raise

        task = asyncio.create_task(in_thread(work))
        await asyncio.to_thread(begun.wait, 60)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        go_on.set()

    asyncio.run(twice())
    assert reached == ["stopped"]


def test_an_asynchronous_variant_is_called_and_described_as_such() -> None:
    def wave_(hand: str) -> str:
        """Wave a hand.

        Parameters
        ----------
        hand : str
        """
        return hand

    variant = awaited(wave_)
    assert variant.__name__ == "wave_async"
    assert (variant.__doc__ or "").splitlines()[:3] == [
        "As `wave_`, in a thread: await it. Cancelling it ends the work soon, at the next bar.",
        "",
        "Wave a hand.",
    ]
    assert inspect.iscoroutinefunction(variant)
    assert asyncio.run(variant(hand="left")) == "left"
