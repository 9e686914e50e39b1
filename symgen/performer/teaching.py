"""Teach a player with performances of one's own: what `symgen train-performer` does."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from symgen.formats import load_score
from symgen.formats.kinds import MIDI_SUFFIXES
from symgen.nets.network import find_network
from symgen.performer.aligning import align_performance
from symgen.performer.checkpoint import (
    ASPECTS,
    PLAYER,
    SHIPPED_PLAYER,
    PlayerConfig,
    PlayerModel,
    read_player,
    save_player,
)
from symgen.performer.inference import InferencePlayer, find_player
from symgen.performer.judging import SongFigures, foretelling, mean_figures
from symgen.performer.lessons import LEAST_SPREAD, lesson_of, with_plain_ends
from symgen.performer.played import PlayedNotes, as_one_part, read_unclicked
from symgen.system.errors import ControlError, ExistsError, FormatError
from symgen.system.files import PathLike
from symgen.system.requirements import need

__all__ = ["Performance", "Taught", "read_performances", "teach_player"]

# Notes from which a performance says something, and performances from which some are held out.
_FEWEST, _FEWEST_PIECES = 32, 2
# One of so many performances is held out.
_HELD_OUT = 5
_RATE = 1e-3


@dataclass(frozen=True, eq=False)
class Performance:
    """A performance by the name of its file, and what it says of its notes."""

    name: str
    played: PlayedNotes
    # Whether there was a score: only then is it known how long notes are written, and where.
    has_score: bool


@dataclass(frozen=True)
class Taught:
    """What was learned: where it lies, and the figures of performances that were held out."""

    folder: Path
    learned: int
    held_out: tuple[str, ...]
    aspects: tuple[str, ...]
    # Of the new player, and of the one that it began with.
    own: SongFigures
    before: SongFigures
    # Files that were left out, one line each.
    left_out: tuple[str, ...]


def read_performances(folder: PathLike) -> tuple[list[Performance], list[str]]:
    """Read the performances of a folder, and say what was left out.

    With subfolders ``scores`` and ``performances`` each performance (MIDI) is laid beside the score of the same name,
    of any kind that can be read. Without them each MIDI file is a performance, and its beats are found.
    """
    place = Path(folder)
    if not place.is_dir():
        raise FormatError(f"{place}: is no folder; name one that holds performances as MIDI files")
    paired = (place / "scores").is_dir() and (place / "performances").is_dir()
    within = place / "performances" if paired else place
    files = sorted(
        path
        for path in within.rglob("*")
        if path.suffix.lower() in MIDI_SUFFIXES and path.is_file()
    )
    if not files:
        raise FormatError(f"{within}: holds no MIDI file; put performances there that end in .mid")
    scores = {path.stem: path for path in sorted((place / "scores").rglob("*")) if path.is_file()}
    read = [_read(path, scores.get(path.stem), paired=paired) for path in files]
    found = [each for each in read if isinstance(each, Performance)]
    return found, [str(each) for each in read if isinstance(each, FormatError)]


def _read(path: Path, score: Path | None, *, paired: bool) -> Performance | FormatError:
    """Return a performance, or why there is none."""
    try:
        if paired and score is None:
            raise FormatError(f"{path.name}: scores/ holds no file of this name")
        return _read_whole(path, score)
    except FormatError as error:
        return error


def _read_whole(path: Path, score: Path | None) -> Performance:
    performance = load_score(path)
    if score is None:
        played = read_unclicked(performance)
    else:
        played = align_performance(path.name, load_score(score), performance)
    if len(played.velocity) < _FEWEST:
        raise FormatError(f"{path.name}: has {len(played.velocity)} notes, too few to learn from")
    if played.velocity.std() < LEAST_SPREAD / 3:
        raise FormatError(f"{path.name}: all notes are equally loud; nobody played it")
    return Performance(path.stem, played, score is not None)


def teach_player(
    folder: PathLike,
    output: PathLike,
    *,
    minutes: float = 3.0,
    seed: int = 0,
    overwrite: bool = False,
    tell: Callable[[float, float], None] | None = None,
) -> Taught:
    """Go on from the shipped player with performances of a folder, and write the new one into another folder.

    Parameters
    ----------
    folder : path
        As `read_performances` reads it.
    output : path
        Folder of the player.
    minutes : float
        CPU time, above 0.
    seed : int
        Of the order in which is learned.
    overwrite : bool
        Whether a player that is there may go; else it is an ExistsError.
    tell : callable, optional
        Hears the share that is done, and the loss.

    Raises
    ------
    FormatError
        If the folder holds fewer than two performances that can be read.
    """
    if not 0 < minutes <= 10_000:
        raise ControlError(f"minutes {minutes:g}: must be above 0")
    if (Path(output) / PLAYER.card).exists() and not overwrite:
        raise ExistsError(f"{output}: holds a player already; choose another folder or --overwrite")
    pieces, left_out = _enough(folder)
    need("torch")
    learned, held_out = _split(pieces)
    model, spread = _fitted(learned, minutes, seed, tell)
    heard = [piece.played for piece in held_out]
    own = mean_figures(heard, foretelling(InferencePlayer(model.config, model.weights), spread))
    before = mean_figures(heard, foretelling(find_player(), spread))
    info = {
        **model.info,
        "name": Path(output).name,
        "licence": "MIT of the player that it began with; that of the performances",
        "corpus": {"pieces": len(learned), "notes": sum(len(p.played.velocity) for p in learned)},
        "metrics": {"held_out_r": round(own.r, 3), "held_out_r2": round(own.deviations, 3)},
    }
    save_player(replace(model, info=info), output)
    return Taught(
        folder=Path(output),
        learned=len(learned),
        held_out=tuple(piece.name for piece in held_out),
        aspects=model.config.aspects,
        own=own,
        before=before,
        left_out=tuple(left_out),
    )


def _enough(folder: PathLike) -> tuple[list[Performance], list[str]]:
    """Read performances, and refuse too few of them."""
    pieces, left_out = read_performances(folder)
    if len(pieces) < _FEWEST_PIECES:
        why = f" ({left_out[0]})" if left_out else ""
        raise FormatError(
            f"{folder}: {len(pieces)} performance{'s' * (len(pieces) != 1)} to learn from{why}; two are needed at least"
        )
    return pieces, left_out


def _split(pieces: Sequence[Performance]) -> tuple[list[Performance], list[Performance]]:
    """Hold out one of five by the hashes of the names, one at least."""
    order = sorted(pieces, key=lambda piece: hashlib.sha256(piece.name.encode()).digest())
    count = max(1, len(order) // _HELD_OUT)
    return order[count:], order[:count]


def _fitted(
    pieces: Sequence[Performance],
    minutes: float,
    seed: int,
    tell: Callable[[float, float], None] | None,
) -> tuple[PlayerModel, float]:
    """Train; return the player, and the mean deviation of velocities."""
    import torch

    from symgen.performer.fitting import FitOptions, fit_player

    # Where a note is written and how long is only known of a score.
    aspects = ASPECTS if all(piece.has_score for piece in pieces) else ASPECTS[:1]
    lessons = []
    for piece in pieces:
        for played in (piece.played, as_one_part(piece.played)):
            lessons.append(lesson_of(played, aspects))
            if not piece.has_score:
                lessons.append(lesson_of(with_plain_ends(played), aspects))
    start = read_player(find_network(PLAYER, SHIPPED_PLAYER))
    config = PlayerConfig(start.config.hidden, start.config.reaches, aspects)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        options = FitOptions(minutes=minutes, rate=_RATE, seed=seed)
        model = fit_player(lessons, config, options, tell, start)
    finally:
        torch.set_num_threads(threads)
    return model, float(np.mean([lesson.spread for lesson in lessons]))
