"""What the routes of a studio share: its projects, its jobs, and how it was started."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["USUAL_PORT", "Settings", "Studio"]

USUAL_PORT = 8765


@dataclass(frozen=True)
class Settings:
    """How a studio was started.

    Attributes
    ----------
    folder : Path
        Where the projects are kept.
    token : str
        What a request has to bring along; whoever has it may read and change the projects.
    host, port
        The address that is bound; the port is never 0 once the studio serves.
    """

    folder: Path
    token: str = field(repr=False)
    host: str = "127.0.0.1"
    port: int = USUAL_PORT


@dataclass(frozen=True)
class Studio:
    """What the routes are given: each is made by a function ``…_routes(studio)``."""

    settings: Settings
    projects: Any = None
    """The `Projects` of the folder."""
    jobs: Any = None
    """The `Jobs` that write takes."""
