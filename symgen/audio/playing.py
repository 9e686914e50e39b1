"""Play a piece or a recording aloud: through FluidSynth's own driver, else through a player of the system."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from symgen.audio.decoding import decoded
from symgen.audio.rendering import RenderOptions, prepared, render
from symgen.audio.synthesizer import play_live
from symgen.audio.writing import write_sound
from symgen.music.score import Score
from symgen.system.errors import RenderError
from symgen.system.files import PathLike, open_to_read, scratch_folder

__all__ = ["play", "play_recording"]

# The first that is there and does not fail plays; each is told to open no window.
_PLAYERS = (
    ("pw-play",),
    ("paplay",),
    ("aplay", "-q"),
    ("afplay",),
    ("ffplay", "-nodisp", "-autoexit", "-loglevel", "error"),
    ("mpv", "--no-video", "--really-quiet"),
    ("play", "-q"),
)
_NAMES = ", ".join(command[0] for command in _PLAYERS)


def play(
    score: Score,
    *,
    soundfont: PathLike | None = None,
    settings: Mapping[str, str] | None = None,
    feel: float | None = None,
) -> str:
    """Play a piece aloud, wait until it ends, and say what played it."""
    # `settings` of FluidSynth, such as ``{"audio.driver": "pulseaudio"}``; `feel` as for `render`.
    options = RenderOptions(soundfont=soundfont, feel=feel)
    stage, performance = prepared(score, options)
    # A font that is not known may break the library down, so it is played by a process of its own.
    if stage.fluidsynth is not None and stage.font.shipped:
        opened = play_live(
            stage.fluidsynth, stage.font, performance, stage.playing(performance), settings or {}
        )
        if opened:
            return "fluidsynth"
        if settings:
            raise RenderError(
                f"driver {settings.get('audio.driver')}: FluidSynth cannot open it; name another, or leave --driver out"
            )
    _need_player()
    with scratch_folder(tempfile.gettempdir()) as folder:
        sound = folder / "piece.wav"
        render(score, sound, soundfont=soundfont, feel=feel)
        return _played(sound)


def play_recording(path: PathLike) -> str:
    """Play a sound file aloud, wait until it ends, and say what played it."""
    path = Path(path)
    with open_to_read(path) as file:
        if path.suffix.lower() in (".wav", ".wave"):
            return _played(path)
        # Not every player reads every kind.
        with scratch_folder(tempfile.gettempdir()) as folder, decoded(file, str(path)) as sound:
            copy = folder / "recording.wav"
            write_sound(copy, _in_stereo(sound.blocks()), sound.rate, source=str(path))
            return _played(copy)


def _need_player() -> None:
    """Refuse to render what nothing would play."""
    if sys.platform != "win32" and not any(shutil.which(command[0]) for command in _PLAYERS):
        raise _silent("")


def _in_stereo(blocks: Iterator[NDArray[np.float32]]) -> Iterator[NDArray[np.float32]]:
    for block in blocks:
        yield np.ascontiguousarray(block[:, [0, min(1, block.shape[1] - 1)]])


def _played(sound: Path) -> str:
    """Let the first player of the system that can play a file."""
    if sys.platform == "win32":
        return _played_by_windows(sound)
    trouble = ""
    for command, *how in _PLAYERS:
        program = shutil.which(command)
        if program is None:
            continue
        wrong = _run([program, *how, str(sound.absolute())])
        if wrong is None:
            return command
        trouble = trouble or f" ({command}: {wrong})"
    raise _silent(trouble)


def _silent(trouble: str) -> RenderError:
    return RenderError(
        f"nothing here can play sound{trouble}: FluidSynth finds no audio device, and no player of {_NAMES} works; "
        "install one, such as alsa-utils, or write a file with `symgen render`"
    )


def _run(command: list[str]) -> str | None:
    """Run a player to its end; return what it complains of if it fails."""
    try:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
    except OSError as error:
        return error.strerror or str(error)
    with process:
        try:
            _, said = process.communicate()
        except BaseException:  # Ctrl-C: the sound ends with the command
            process.kill()
            raise
    lines = said.decode(errors="replace").split("\n")
    told = next((line.strip() for line in lines if line.strip()), f"ends with {process.returncode}")
    return told[:100] if process.returncode else None


def _played_by_windows(sound: Path) -> str:
    import winsound

    try:
        winsound.PlaySound(str(sound.absolute()), winsound.SND_FILENAME)  # type: ignore[attr-defined,unused-ignore]
    except RuntimeError as error:
        raise RenderError(
            f"nothing here can play sound ({error}); write a file with `symgen render`"
        ) from None
    return "winsound"
