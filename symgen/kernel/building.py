"""Compile the C files beside this one: ``python -m symgen.kernel.building``; an installation does it by itself.

It imports nothing of the package, so that the build of a wheel can load it from its file.
"""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

__all__ = ["build", "library_path"]

_FOLDER = Path(__file__).resolve().parent
# Products and sums stay two roundings each, so that every processor gives the same numbers.
_FLAGS = ("-O3", "-std=gnu11", "-ffp-contract=off", "-fno-math-errno", "-fvisibility=hidden")
_PATIENCE = 300.0


def _sources() -> list[Path]:
    return sorted([*_FOLDER.glob("*.c"), *_FOLDER.glob("*.h")])


def library_path() -> Path:
    """Return where the library of these sources lies; its name changes with every change of them."""
    # A library of other sources would read memory that is laid out otherwise: it must never be loaded.
    digest = hashlib.sha256()
    for path in _sources():
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    suffix = {"win32": ".dll", "darwin": ".dylib"}.get(sys.platform, ".so")
    return _FOLDER / f"_kernel_{digest.hexdigest()[:12]}{suffix}"


def build() -> Path | None:
    """Compile the library and return its path; nothing if there is no compiler, or it fails."""
    # Only who builds needs these: every command loads this module to find the library.
    import shutil
    import subprocess
    import tempfile

    path = library_path()
    if path.exists():
        return path
    compiler = next(filter(None, map(shutil.which, _compilers())), None)
    if compiler is None:
        return None
    files = [str(source) for source in _sources() if source.suffix == ".c"]
    with tempfile.TemporaryDirectory(dir=_FOLDER) as scratch:
        made = Path(scratch) / path.name
        command = [compiler, *_FLAGS, "-shared", "-fPIC", "-o", str(made), *files, "-lm"]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=_PATIENCE)
        except (OSError, subprocess.SubprocessError):
            return None
        made.replace(path)
    for old in _FOLDER.glob("_kernel_*"):
        if old != path:
            old.unlink(missing_ok=True)
    return path


def _compilers() -> list[str]:
    asked = os.environ.get("CC")
    return [asked] if asked else ["cc", "gcc", "clang"]


if __name__ == "__main__":
    sys.exit(None if build() else "not built: there is no C compiler, or it failed")
