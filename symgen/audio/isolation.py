"""FluidSynth in a process of its own, for fonts that are not known.

Whatever a font makes the library do, this process stays alive: the child has a limit on
memory, is ended when it is silent for too long, and hands the sound over block by block.
"""

from __future__ import annotations

import json
import struct
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from io import BytesIO
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from symgen.audio.events import Messages, Performance, Playing, make_messages
from symgen.audio.presets import preset_pitches
from symgen.audio.soundfonts import Soundfont
from symgen.system.errors import RenderError
from symgen.system.processes import child_options, patience

__all__ = ["BLOCK_HEAD", "isolated_blocks", "isolated_count"]

BLOCK_HEAD = struct.Struct("<I")
"""In front of each block of the answer: its number of frames, 0 after the last one."""

_WORKER = "symgen.audio._font_worker"
_PATIENCE = 60.0
_MEMORY = 2 * 2**30
_MOST_FRAMES = 2**20
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
        silent = [font.presets[bank, program] for bank, program in child.answer("silent")]
        if silent and len(silent) == len(trials):
            raise RenderError(
                f"soundfont {font.path}: gives no sound for {', '.join(silent)}; {_REMEDY}"
            )
        if silent:
            tell(
                f"{font.path.name} gives no sound for {', '.join(silent)} at the pitches that are asked for"
            )
        while len(block := child.block()):
            yield block


def isolated_count(font: Soundfont) -> int:
    """Load a soundfont in a child process; see `symgen.audio.synthesizer.count_presets`."""
    with _started(font, {"count": sorted(font.presets)}, make_messages(0)) as child:
        return int(child.answer("count"))


class _Child:
    """A worker that answers: one line of JSON, then blocks."""

    def __init__(self, process: subprocess.Popen[bytes], font: Soundfont) -> None:
        self._process, self._font = process, font
        self._stream: IO[bytes] = process.stdout or BytesIO()
        self._late = False

    def answer(self, name: str) -> Any:
        """Return what the worker says first."""
        with patience(_PATIENCE, self._give_up):
            line = self._stream.readline(2**16)
        try:
            said = json.loads(line)
        except (ValueError, RecursionError):
            raise self._broken() from None
        if isinstance(said, dict) and "error" in said:
            raise RenderError(" ".join(str(said["error"]).split()))
        if not isinstance(said, dict) or name not in said:
            raise self._broken()
        return said[name]

    def block(self) -> NDArray[np.float32]:
        """Return the next block; an empty one after the last."""
        with patience(_PATIENCE, self._give_up):
            head = self._stream.read(BLOCK_HEAD.size)
            count = BLOCK_HEAD.unpack(head)[0] if len(head) == BLOCK_HEAD.size else _MOST_FRAMES + 1
            data = self._stream.read(8 * count) if count <= _MOST_FRAMES else b""
        if count > _MOST_FRAMES or len(data) < 8 * count:
            raise self._broken()
        return np.frombuffer(data, dtype="<f4").reshape(-1, 2)

    def _give_up(self) -> None:
        self._late = True
        self._process.kill()

    def _broken(self) -> RenderError:
        what = f"gave no sound for {_PATIENCE:g} s" if self._late else "broke down"
        return RenderError(
            f"soundfont {self._font.path}: FluidSynth {what} with it, it may be damaged; {_REMEDY}"
        )


@contextmanager
def _started(font: Soundfont, job: dict[str, Any], messages: Messages) -> Iterator[_Child]:
    """Start a worker, and end it with the block."""
    with _start(font, job, messages) as process:
        try:
            yield _Child(process, font)
        finally:
            process.kill()


def _start(font: Soundfont, job: dict[str, Any], messages: Messages) -> subprocess.Popen[bytes]:
    try:
        path = font.path.resolve()
        limits = {"memory": _MEMORY + 4 * path.stat().st_size, "patience": _PATIENCE}
        with tempfile.TemporaryFile() as question:
            question.write(json.dumps(job | limits | {"font": str(path)}).encode() + b"\n")
            question.write(np.ascontiguousarray(messages).view(np.uint8).data)
            question.seek(0)
            return subprocess.Popen(
                [sys.executable, "-m", _WORKER],
                stdin=question,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                # The buffers of many threads would count against the limit on memory.
                **child_options(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1"),
            )
    except OSError as error:
        reason = error.strerror or str(error)
        raise RenderError(
            f"soundfont {font.path}: no process can be started to try it ({reason}); "
            "close other programs, or leave it out for the one shipped"
        ) from None
