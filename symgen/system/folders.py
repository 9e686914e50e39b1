"""Where the files of a user lie that are no music: the configuration, and what is remembered."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Literal

__all__ = ["cache_folder", "user_folder"]

_NAME = "symgen"
_XDG = {
    "config": ("XDG_CONFIG_HOME", "~/.config"),
    "data": ("XDG_DATA_HOME", "~/.local/share"),
}


def user_folder(kind: Literal["config", "data"]) -> Path:
    """Return the folder in which this system keeps the configuration, or the data, of a user's programs."""
    # platformdirs knows it for every system; where there is nothing to know, it need not be loaded.
    if sys.platform == "linux" and "ANDROID_DATA" not in os.environ:
        variable, usual = _XDG[kind]
        folder = os.environ.get(variable, "").strip() or os.path.expanduser(usual)  # noqa: PTH111
        if os.path.isabs(folder):  # noqa: PTH117
            return Path(folder, _NAME)
    import platformdirs

    find = {"config": platformdirs.user_config_path, "data": platformdirs.user_data_path}[kind]
    return find(_NAME, appauthor=False)


def cache_folder() -> Path:
    """Return ``$SYMGEN_CACHE``, or the platform's folder for caches plus ``symgen``."""
    given = os.environ.get("SYMGEN_CACHE")
    if given:
        return Path(given)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home())) / "symgen" / "cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "symgen"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "symgen"
