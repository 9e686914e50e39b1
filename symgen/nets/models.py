"""The models that come along: where they lie, and which one fits a job."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from os import PathLike
from pathlib import Path
from typing import Any

from symgen.music.controls import Controls
from symgen.music.lines import hardly_overlap, is_bass
from symgen.music.score import Part, Score
from symgen.nets.checkpoint import LANGUAGE_MODEL
from symgen.nets.network import (
    HUB,
    find_network,
    installed_networks,
    network_folder,
    read_card,
    shipped_networks,
)
from symgen.system.errors import CheckpointError
from symgen.system.resources import DEFAULT_MODEL, data_folder
from symgen.system.text import did_you_mean

__all__ = [
    "choose_for_controls",
    "choose_for_tune",
    "choose_model",
    "find_model",
    "installed_names",
    "known_styles",
    "model_names",
    "pretrained_name",
    "styles",
    "usual_meter",
    "writes_melodies",
]

_PREFERENCE = ("folk", "chorale", "piano", "chamber", "band")
"""Which model is asked first for a style or a period that several know."""

_KEYBOARDS = frozenset((*range(8), *range(16, 21)))
_CHOIR = frozenset((*range(16, 21), *range(52, 55)))
_BAND = frozenset((*range(24, 40), *range(80, 104)))
"""Guitars, bass guitars and synthesizers."""
_FOUR = 4
_RARE = 20


def model_names() -> tuple[str, ...]:
    """Names of the models that come along."""
    return shipped_networks(LANGUAGE_MODEL)


def installed_names() -> tuple[str, ...]:
    """Names of the models that other installed packages bring."""
    return installed_networks(LANGUAGE_MODEL)


def find_model(name: str | PathLike[str]) -> Path:
    """Return the folder of a model: a path if there is one, else a model that comes along; ``hf:`` one of a hub."""
    if not isinstance(name, str | PathLike):
        raise CheckpointError(f"model {name!r:.40}: name one that comes along, or a folder")
    if isinstance(name, str) and name.startswith(HUB):
        from symgen.nets.hub import pulled  # most models lie on this machine

        return pulled(name)
    try:
        if network_folder(LANGUAGE_MODEL, name) or Path(name).exists():
            return find_network(LANGUAGE_MODEL, name)
    except OSError as error:
        reason = error.strerror or str(error)
        raise CheckpointError(
            f"model {str(name)!r}: cannot be read ({reason}); check the name"
        ) from None
    names = (*model_names(), *installed_names())
    known, meant = ", ".join(names) or "none", did_you_mean(str(name), names)
    raise CheckpointError(
        f"model {str(name)!r}: unknown{meant}; those that are installed: {known}; or name a folder"
    )


def pretrained_name(name: str | PathLike[str]) -> str | PathLike[str]:
    """Say where a model lies that is named as hubs do: a folder that is there goes before a hub's ``owner/name``."""
    if not isinstance(name, str) or name.startswith(HUB) or name.count("/") != 1:
        return name
    is_name = re.fullmatch(r"[\w.-]+/[\w.-]+(@.+)?", name) and not name.startswith(".")
    return HUB + name if is_name and not Path(name).exists() else name


def choose_model(
    *, style: str | None = None, programs: Sequence[int] = (), period: str | None = None
) -> str:
    """Name the model for a new piece: by style, then programs of General MIDI, then period; else that for melodies."""
    for kind, value in (("styles", style), ("periods", None if programs else period)):
        knowing = [name for name in _available() if value and value in _config(name).get(kind, ())]
        if len(programs) > 1:  # a model of melodies comes last, and says why it cannot
            knowing.sort(key=writes_melodies)
        if knowing:
            return knowing[0]
    # Four voices or an organ are a chorale, keyboards a piano piece, any other ensemble chamber music.
    if len(programs) == _FOUR and set(programs) <= _CHOIR:
        wanted = "chorale"
    elif programs and set(programs) <= _KEYBOARDS:
        wanted = "piano"
    else:
        wanted = "chamber" if len(programs) > 1 else DEFAULT_MODEL
    return _or_default(wanted)


def choose_for_controls(controls: Controls) -> str:
    """Name the model for a new piece by what is asked of it."""
    one = () if controls.instrument is None else (controls.instrument,)
    programs = controls.instruments or one
    return choose_model(style=controls.style, programs=programs, period=controls.period)


def choose_for_tune(score: Score, part: int | None = None) -> str:
    """Name the model that continues a tune, or part number `part` of it."""
    # By who plays, how many parts, and whether each plays one note at a time: a band, a melody, a
    # chorale of four lines, what two hands play, and all else.
    parts = [each for each in score.parts if each.notes and not each.is_drum]
    drums = any(each.notes and each.is_drum for each in score.parts)
    if part is not None and 1 <= part <= len(score.parts):
        parts, drums = [score.parts[part - 1]], False
    single = [_is_line(each) for each in parts]
    low = bool(parts) and all(map(is_bass, parts))
    programs = {each.program for each in parts}
    is_for_hands = len(parts) == 1 or (len(parts) == 2 and programs <= _KEYBOARDS)
    is_band = bool(parts) and (drums or (len(parts) > 1 and bool(programs & _BAND)))
    if is_band and "band" in model_names():
        wanted = "band"
    elif len(parts) <= 1 and all(map(_is_sung, parts)) and not low:
        wanted = DEFAULT_MODEL
    elif len(parts) == _FOUR and all(single):
        wanted = "chorale"
    elif is_for_hands and not low:
        wanted = "piano"
    else:
        wanted = "chamber"
    return _or_default(wanted)


def known_styles(kind: str = "styles") -> dict[str, tuple[str, ...]]:
    """Return the styles, or the periods, that each model that comes along knows."""
    return {name: tuple(_config(name).get(kind, ())) for name in _available()}


def styles() -> dict[str, tuple[str, ...]]:
    """Name the models that come along, each with the styles that it knows.

    Returns
    -------
    dict of str to tuple of str
        Such as ``{"folk": ("air", "jig", ...), ...}``: `load_model` takes the names, `Controls.style` the styles.
    """
    return known_styles()


def writes_melodies(name: str | PathLike[str]) -> bool:
    """Whether a model writes one melody and nothing beside it."""
    return bool(read_card(LANGUAGE_MODEL, find_model(name)).get("monophonic"))


def usual_meter(name: str | PathLike[str], style: str | None) -> str | None:
    """Return the meter that most training pieces of a style have, such as ``"6/8"``; none for what is not known."""
    counts = Counter[str]()
    for meter, known, _, count in read_card(LANGUAGE_MODEL, find_model(name)).get("usual", ()):
        if known == style:
            counts[meter] += count
    return max(counts, key=lambda meter: counts[meter]) if style and counts else None


def _is_sung(part: Part) -> bool:
    """Whether a part alone is a melody, though its notes may be bound so that they overlap a little."""
    rows = part.note_array()
    return _is_line(part) or hardly_overlap(rows[:, 0], rows[:, 1])


def _is_line(part: Part) -> bool:
    """Whether hardly a note begins before the one before it has ended."""
    ordered = sorted((note.onset, note.end) for note in part.notes)
    overlaps = sum(later[0] < earlier[1] for earlier, later in pairwise(ordered))
    return overlaps * _RARE <= len(ordered)


def _available() -> tuple[str, ...]:
    names = model_names()
    preferred = [name for name in _PREFERENCE if name in names]
    return (*preferred, *(name for name in names if name not in _PREFERENCE))


def _or_default(name: str) -> str:
    return name if name in model_names() else DEFAULT_MODEL


@cache
def _config(name: str) -> dict[str, Any]:
    """Return the configuration of a model's network."""
    try:
        return dict(read_card(LANGUAGE_MODEL, data_folder("models") / name)["config"])
    except (CheckpointError, ValueError, KeyError, TypeError):
        return {}  # a damaged card knows nothing; loading it says why
