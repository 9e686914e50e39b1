"""FluidSynth in a process of its own, for fonts that are not known.

Whatever a font makes the library do, this process stays alive: the child has a limit on
memory, is ended when it is silent for too long, and hands the sound over block by block.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgen.audio.performance import Messages, Performance, Playing, make_messages
from symgen.audio.presets import preset_pitches
from symgen.audio.soundfonts import Soundfont
from symgen.system.errors import RenderError
from symgen.system.processes import Fault, Worker

__all__ = ["isolated_blocks", "isolated_count"]

_WORKER = "symgen.audio.font_worker"
_PATIENCE = 60.0
_MEMORY = 2 * 2**30
_FRAME = 8
"""Bytes: two channels of four."""
_REMEDY = "take another one with --soundfont, or leave it out for the one shipped"


def isolated_blocks(
    font: Soundfont, performance: Performance, playing: Playing, tell: Callable[[str], object]
) -> Generator[NDArray[np.float32], None, None]:
    """Play with FluidSynth in a child process; see `symgen.audio.synthesizer.fluidsynth_blocks`."""
    # Unless a length is asked for, each preset has to sound in a trial before the piece is played;
    # `tell` is given a line on those that do not.
    tried = preset_pitches(performance.messages) if playing.frames is None else {}
    trials = [(*preset, pitches) for preset, pitches in sorted(tried.items())]
    with _started(
        font, {"playing": asdict(playing), "trials": trials}, performance.messages
    ) as child:
        silent = [font.presets[bank, program] for bank, program in _answer(child, "silent")]
        if silent and len(silent) == len(trials):
            raise RenderError(
                f"soundfont {font.path}: gives no sound for {', '.join(silent)}; {_REMEDY}"
            )
        if silent:
            tell(
                f"{font.path.name} gives no sound for {', '.join(silent)} at the pitches that are asked for"
            )
        while block := child.block(_FRAME, _PATIENCE):
            yield np.frombuffer(block, dtype="<f4").reshape(-1, 2)


def isolated_count(font: Soundfont) -> int:
    """Load a soundfont in a child process; see `symgen.audio.synthesizer.count_presets`."""
    with _started(font, {"count": sorted(font.presets)}, make_messages(0)) as child:
        return int(_answer(child, "count"))


@contextmanager
def _started(font: Soundfont, job: dict[str, Any], messages: Messages) -> Iterator[Worker]:
    """Start a worker, and end it with the block."""

    def explain(fault: Fault) -> RenderError:
        what = f"gave no sound for {_PATIENCE:g} s" if fault == "late" else "broke down"
        return RenderError(
            f"soundfont {font.path}: FluidSynth {what} with it, it may be damaged; {_REMEDY}"
        )

    try:
        path = font.path.resolve()
        limits = {"memory": _MEMORY + 4 * path.stat().st_size, "patience": _PATIENCE}
        with tempfile.TemporaryFile() as question:
            question.write(json.dumps(job | limits | {"font": str(path)}).encode() + b"\n")
            question.write(np.ascontiguousarray(messages).view(np.uint8).data)
            question.seek(0)
            worker = Worker(["-m", _WORKER], explain, stdin=question, refuse=_refused)
    except OSError as error:
        reason = error.strerror or str(error)
        raise RenderError(
            f"soundfont {font.path}: no process can be started to try it ({reason}); "
            "close other programs, or leave it out for the one shipped"
        ) from None
    with worker:
        yield worker


def _refused(error: str) -> RenderError:
    return RenderError(" ".join(error.split()))


def _answer(worker: Worker, name: str) -> Any:
    said = worker.hear(_PATIENCE)
    if name not in said:
        raise worker.explain("nonsense")
    return said[name]
