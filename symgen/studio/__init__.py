"""The studio: a page in the browser where a piece is drawn, locked, written on and heard, and its API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symgen.system.lazy import lazy_names

if TYPE_CHECKING:
    from symgen.studio.client import Client as Client
    from symgen.studio.client import StudioError as StudioError
    from symgen.studio.client import StudioTake as StudioTake
else:
    __getattr__, __dir__, __all__ = lazy_names(
        __name__, {"client": "Client StudioError StudioTake"}
    )
