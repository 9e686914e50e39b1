"""Which presets of a soundfont play what a score or a file asks for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from symgen.audio.performance import NOTE_ON, PRESET, Messages
from symgen.audio.soundfonts import DRUM_BANK, Soundfont, nearest_program
from symgen.music.instruments import program_name
from symgen.system.arrays import distinct

__all__ = ["Preset", "choose_presets", "note_presets", "preset_pitches"]

Preset = tuple[int, int]
"""Bank and program."""

_TRIALS = 8


def choose_presets(messages: Messages, font: Soundfont) -> tuple[Messages, tuple[str, ...]]:
    """Replace presets that a soundfont does not hold."""
    made = messages.copy()
    notices: dict[str, None] = {}
    silent = np.zeros(len(made), dtype=np.bool_)
    for preset, notes in _runs(made):
        wanted = (int(made["first"][preset]), int(made["second"][preset]))
        chosen, notice = _choose(wanted, font)
        if notice and len(notes):
            notices[notice] = None
        if chosen is None:
            silent[notes] = True
            silent[preset] = True
        else:
            made["first"][preset], made["second"][preset] = chosen
    return made[~silent], tuple(notices)


def note_presets(messages: Messages) -> Iterator[tuple[Preset, Messages]]:
    """Yield each preset that is played, and the notes that it plays; one that comes again comes anew."""
    for preset, notes in _runs(messages):
        if len(notes):
            yield (int(messages["first"][preset]), int(messages["second"][preset])), messages[notes]


def preset_pitches(messages: Messages) -> dict[Preset, list[int]]:
    """Return for each preset the pitches that are asked of it, the most usual first."""
    counts: dict[Preset, Counter[int]] = {}
    for preset, notes in note_presets(messages):
        counts.setdefault(preset, Counter()).update(notes["first"].tolist())
    return {
        preset: [pitch for pitch, _ in count.most_common(_TRIALS)]
        for preset, count in counts.items()
    }


def _runs(messages: Messages) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Yield the place of each preset and those of the notes on its channel up to the next one."""
    presets, notes = (np.flatnonzero(messages["kind"] == kind) for kind in (PRESET, NOTE_ON))
    channels = messages["channel"]
    for channel in distinct(channels[presets]).tolist():
        heads = presets[channels[presets] == channel]
        mine = notes[channels[notes] == channel]
        cuts = [*np.searchsorted(mine, heads).tolist(), len(mine)]
        for head, (start, stop) in zip(heads.tolist(), pairwise(cuts), strict=True):
            yield head, mine[start:stop]


def _choose(wanted: Preset, font: Soundfont) -> tuple[Preset | None, str]:
    """Return bank and program for what is wanted, and a notice if it is not that."""
    bank, program = wanted
    if wanted in font.presets:
        return wanted, ""
    if bank == DRUM_BANK:
        if not font.kits:
            return None, f"{font.path.name} holds no drum kit: the drums are left out"
        # Many files leave a stray program on the drum channel: the standard kit is what they mean.
        return (DRUM_BANK, min(font.kits)), ""
    found = nearest_program(program, font.programs)
    name = f"{program_name(program)} ({program})"
    if found is None:
        return None, f"{font.path.name} holds no melodic program: {name} is left out"
    if found == program:
        return (
            0,
            program,
        ), f"{font.path.name} holds no {name} of bank {bank}: that of bank 0 plays instead"
    instead = f"{program_name(found)} ({found})"
    return (0, found), f"{font.path.name} holds no {name}: {instead} plays instead"
