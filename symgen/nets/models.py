"""The models that come along: where they lie, and which one fits a job."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from symgen.music.lines import is_bass
from symgen.music.score import Score
from symgen.nets.checkpoint import CARD
from symgen.system.errors import CheckpointError
from symgen.system.files import PathLike, unseal_json
from symgen.system.resources import DEFAULT_MODEL, data_folder

__all__ = ["choose_for_tune", "choose_model", "find_model", "folder_with", "model_names"]

_PREFERENCE = ("folk", "chorale", "piano", "chamber")
"""Which model is asked first for a style or a period that several know."""

_KEYBOARDS = frozenset((*range(8), *range(16, 21)))
_CHOIR = frozenset((*range(16, 21), *range(52, 55)))
_FOUR = 4


def model_names() -> tuple[str, ...]:
    """Names of the models that come along."""
    return tuple(sorted(card.parent.name for card in data_folder("models").glob(f"*/{CARD}")))


def find_model(name: PathLike) -> Path:
    """Return the folder of a model: a path if there is one, else a model that comes along.

    Raises
    ------
    CheckpointError
        If it is unknown or cannot be read.
    """
    path = Path(name)
    places = [path, path / "best"]
    if len(path.parts) == 1:
        places.append(data_folder("models") / path)
    try:
        for folder in places:
            if (folder / CARD).is_file():
                return folder
        there = path.exists()
    except OSError as error:
        reason = error.strerror or str(error)
        raise CheckpointError(
            f"model {str(name)!r}: cannot be read ({reason}); check the name"
        ) from None
    if there:
        raise CheckpointError(f"{name}: holds no model; name a folder that `symgen train` wrote")
    known = ", ".join(model_names()) or "none"
    raise CheckpointError(
        f"model {str(name)!r}: unknown; those that come along: {known}; or name a folder"
    )


def folder_with(name: PathLike, card: str) -> Path | None:
    """Return the folder of a network that has a card of this file name, or nothing if there is none.

    Parameters
    ----------
    name : str or path
        A folder, a run with the network in ``best``, or the name of one that comes along.
    card : str
    """
    path = Path(name)
    places = [path, path / "best"]
    if len(path.parts) == 1:
        places.append(data_folder("models") / path)
    try:
        return next((folder for folder in places if (folder / card).is_file()), None)
    except OSError:  # no name that a file can have
        return None


def choose_model(
    *, style: str | None = None, programs: Sequence[int] = (), period: str | None = None
) -> str:
    """Name the model for a new piece: by style, then instruments, then period; without any the one for melodies.

    Parameters
    ----------
    style, period : str, optional
    programs : sequence of int
        General MIDI programs of the parts.
    """
    for kind, value in (("styles", style), ("periods", None if programs else period)):
        knowing = [name for name in _available() if value and value in _known(name, kind)]
        if knowing:
            return knowing[0]
    if len(programs) == _FOUR and set(programs) <= _CHOIR:
        wanted = "chorale"
    elif programs and set(programs) <= _KEYBOARDS:
        wanted = "piano"
    else:
        wanted = "chamber" if len(programs) > 1 else DEFAULT_MODEL
    return _or_default(wanted)


def choose_for_tune(score: Score, part: int | None = None) -> str:
    """Name the model that continues a tune: by how many parts play, and whether each plays one note at a time.

    Parameters
    ----------
    score : Score
    part : int, optional
        The one part that is asked for.
    """
    parts = [each for each in score.parts if each.notes and not each.is_drum]
    if part is not None and 1 <= part <= len(score.parts):
        parts = [score.parts[part - 1]]
    single = [_is_line([(note.onset, note.end) for note in each.notes]) for each in parts]
    low = bool(parts) and all(map(is_bass, parts))
    if len(parts) <= 1 and all(single) and not low:
        wanted = DEFAULT_MODEL
    elif len(parts) == _FOUR and all(single):
        wanted = "chorale"
    elif (
        len(parts) <= 2
        and not low
        and (len(parts) == 1 or {each.program for each in parts} <= _KEYBOARDS)
    ):
        wanted = "piano"
    else:
        wanted = "chamber"
    return _or_default(wanted)


def _is_line(spans: Sequence[tuple[int, int]]) -> bool:
    """Whether hardly a note begins before the one before it has ended."""
    ordered = sorted(spans)
    overlaps = sum(later[0] < earlier[1] for earlier, later in pairwise(ordered))
    return overlaps * 20 <= len(ordered)


def _available() -> tuple[str, ...]:
    names = model_names()
    return (
        *(name for name in _PREFERENCE if name in names),
        *(name for name in names if name not in _PREFERENCE),
    )


def _or_default(name: str) -> str:
    return name if name in model_names() else DEFAULT_MODEL


def _known(name: str, kind: str) -> tuple[str, ...]:
    return tuple(_config(name).get(kind, ()))


@cache
def _config(name: str) -> dict[str, Any]:
    """Return the configuration of a model's network; a damaged card knows nothing, loading it says why."""
    try:
        card = unseal_json((data_folder("models") / name / CARD).read_bytes())
        return dict(card["config"])
    except (OSError, ValueError, KeyError, TypeError):
        return {}
