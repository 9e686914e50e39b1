"""Files that are opened as projects: what they are is told by their first bytes, and each has its reader."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from symgen.formats.kinds import MIDI_SUFFIXES, NOTATION_SUFFIXES, kind_of
from symgen.formats.limits import DEFAULT_LIMITS
from symgen.formats.midi import read_midi_tunes
from symgen.formats.notation import tunes_in
from symgen.formats.tunes import Tune
from symgen.studio.hearing import hear
from symgen.studio.op_reading import MOST_NOTES
from symgen.studio.project import Project
from symgen.studio.project_files import PROJECT_SUFFIX, is_project_file, open_project_file
from symgen.studio.projects import Projects
from symgen.system.errors import FormatError
from symgen.system.resources import FOREIGN_SOUND, SOUND
from symgen.system.text import one_line

__all__ = ["OPENED", "open_file", "plain_name", "read_tune"]

_LIMITS = replace(DEFAULT_LIMITS, notes=MOST_NOTES, bytes=16 * 2**20)
OPENED = (*MIDI_SUFFIXES, *NOTATION_SUFFIXES, *SOUND, PROJECT_SUFFIX)
"""Suffixes of what is opened."""
_LONGEST_NAME = 120


def open_file(projects: Projects, name: str, data: bytes) -> Project:
    """Make a project of the content of a file.

    Parameters
    ----------
    projects : Projects
    name : str
        Of the file; its suffix counts where the first bytes say nothing.
    data : bytes

    Raises
    ------
    FormatError
        If it cannot be read, is too large, or holds no notes.
    """
    name = plain_name(name)
    if is_project_file(data):
        return open_project_file(projects, name, data)
    tune = read_tune(name, data)
    return projects.create_of(tune.score, name, key=tune.key)


def read_tune(name: str, data: bytes) -> Tune:
    """Read a file of music; notation and recordings are read in child processes with limits of time and memory."""
    suffix = Path(name).suffix.lower()
    kind = kind_of(data, suffix)
    if kind in MIDI_SUFFIXES:
        tune = read_midi_tunes(data, name, _LIMITS)[0]
    elif kind in NOTATION_SUFFIXES:
        tune = tunes_in(data, Path(name), limits=_LIMITS)[0]
    elif kind in SOUND or kind in FOREIGN_SOUND:
        tune = hear(name, data).tune
    else:
        raise FormatError(
            f"{name}: is no file that is opened; choose MIDI, MusicXML, ABC, kern, a recording or a project"
        )
    if tune.unreadable:
        raise FormatError(f"{name}: {tune.unreadable}; correct it or choose another file")
    if not tune.score.note_count:
        raise FormatError(f"{name}: holds no notes; choose a file with music")
    return tune


def plain_name(name: str) -> str:
    """Return the name of a file without folders, as one line."""
    plain = one_line(name.replace("\\", "/").rpartition("/")[2], _LONGEST_NAME)
    return plain or "file"
