"""``symgen play``, and ``--play`` of the commands that write."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from symgen.cli.options import Context, Result
from symgen.cli.reading import is_heard, read_piece
from symgen.cli.saving import heard_as_asked
from symgen.cli.telling import note
from symgen.music.score import Score
from symgen.system.errors import ControlError

__all__ = ["play", "play_written"]


def play(context: Context) -> Result:
    """Play a file, or a piece of the history, aloud."""
    from symgen.audio.playing import play as play_score
    from symgen.audio.playing import play_recording

    options = context.options
    path = options.piece
    if path.isdecimal() and not Path(path).exists():
        from symgen.cli.history import find_piece

        path = str(find_piece(int(path)).path)
    if is_heard(path):
        note(f"playing {path}")
        play_recording(path)
        return Result()
    tune, notices = read_piece(path, options)
    settings = _settings(options)
    _announce(path, tune.score)
    play_score(tune.score, soundfont=options.soundfont, settings=settings, feel=options.feel)
    return Result(notices)


def play_written(
    pieces: Sequence[tuple[Path, Score, int | None]], options: argparse.Namespace
) -> None:
    """Play pieces, each with the end of its prompt, one after the other, if that is asked for."""
    if not options.play:
        return
    from symgen.audio.playing import play as play_score

    for path, score, prompt_end in pieces:
        _announce(str(path), score)
        sound, feel = heard_as_asked(score, options, prompt_end)
        play_score(sound, soundfont=options.soundfont, feel=feel)


def _announce(path: str, score: Score) -> None:
    seconds = round(score.seconds(score.music_end))
    note(f"playing {path} ({seconds // 60}:{seconds % 60:02}); Ctrl-C stops")


def _settings(options: argparse.Namespace) -> dict[str, str]:
    if options.driver == "file":
        raise ControlError("driver file: makes no sound; write a file with `symgen render`")
    return {"audio.driver": options.driver} if options.driver else {}
