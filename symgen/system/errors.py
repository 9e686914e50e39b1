"""Every error that symgen raises, in one tree.

::

    SymgenError                      exit status
    ├── FormatError                  3   a file cannot be read or written, or holds no notes
    ├── ControlError                 2   a control has a bad value, or two controls contradict
    │   └── ExistsError              2   the output exists and ``overwrite`` was not given
    ├── CheckpointError              4   a model or a store is missing, damaged or does not fit
    ├── RenderError                  5   no sound could be made
    └── MissingDependencyError       5   an optional library is not installed

Each message says what is wrong, where, and what to do.
"""

from __future__ import annotations

__all__ = [
    "CheckpointError",
    "ControlError",
    "ExistsError",
    "FormatError",
    "MissingDependencyError",
    "RenderError",
    "SymgenError",
    "error_called",
]


class SymgenError(Exception):
    """Base of all errors of this package.

    Attributes
    ----------
    exit_status : int
        What the command line returns when this error ends it.
    is_told : bool
        Whether another process that works on the same has told of it.
    """

    exit_status = 1
    is_told = False


class FormatError(SymgenError):
    """A file cannot be read or written, or holds nothing usable."""

    exit_status = 3


class ControlError(SymgenError):
    """A control has a value out of range, or contradicts another one."""

    exit_status = 2


class ExistsError(ControlError):
    """The output file exists and may not be replaced."""


class CheckpointError(SymgenError):
    """A model, checkpoint or corpus store is missing, damaged or does not fit."""

    exit_status = 4


class RenderError(SymgenError):
    """A piece could not be turned into sound."""

    exit_status = 5


class MissingDependencyError(RenderError):
    """A library that this job needs is not installed."""


def error_called(kind: object) -> type[SymgenError]:
    """Return the class of an error that another process has told of."""
    found = globals().get(str(kind))
    return found if isinstance(found, type) and issubclass(found, SymgenError) else SymgenError
