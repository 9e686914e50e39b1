"""Where a store is made: a folder of this machine, or an address that fsspec knows."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from symgen.corpus.manner import is_manner
from symgen.corpus.store import INDEX_FILE, is_events, is_features
from symgen.system.errors import ExistsError, FormatError
from symgen.system.files import (
    PathLike,
    as_path,
    locked_folder,
    new_folder,
    remove_stale,
    scratch_folder,
)
from symgen.system.inputs import check_folder_apart
from symgen.system.places import (
    is_remote,
    join_place,
    names_in,
    put,
    remove_folder,
    remove_place,
    size_of,
    without_scheme,
)

__all__ = ["PARTS", "Target"]

PARTS = "parts"
"""Folder of the parts in that of a store to be."""


class Target:
    """The place of a store."""

    def __init__(self, output: PathLike) -> None:
        place = without_scheme(output)
        self.place: PathLike = place if is_remote(place) else as_path(place)

    @property
    def parts(self) -> PathLike:
        """Where parts lie, for other processes too."""
        place = self.place if is_remote(self.place) else Path(self.place).absolute()
        return join_place(place, PARTS)

    @contextmanager
    def opened(self, sources: Sequence[PathLike], *, overwrite: bool) -> Iterator[None]:
        """Check the place, and refuse in one line what goes wrong with it in the block."""
        if not is_remote(self.place):
            remove_stale(Path(self.place).parent)
            remove_stale(self.place)
        self.check(overwrite=overwrite)
        check_folder_apart(self.place, sources)
        try:
            yield
        except OSError as error:
            raise FormatError(
                f"{self.place}: cannot be written ({error.strerror or error}); choose another folder"
            ) from None

    def check(self, *, overwrite: bool) -> None:
        """Refuse a place where something else lies, or a store that may not be replaced."""
        is_store = size_of(join_place(self.place, INDEX_FILE)) is not None
        others = not is_store and self._exists()
        if others:
            # An earlier run that was killed may have left events without an index.
            names = names_in(self.place)
            others = size_of(self.place) is not None or not all(map(_is_ours, names))
        if (is_store or others) and not overwrite:
            raise ExistsError(
                f"{self.place}: exists already; choose another name or pass overwrite=True"
            )
        if others:
            raise ExistsError(
                f"{self.place}: exists and is no corpus store, so it is not replaced; choose another name"
            )

    def _exists(self) -> bool:
        if is_remote(self.place):
            return bool(names_in(self.place)) or size_of(self.place) is not None
        return Path(self.place).exists()

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """Make a folder for what is needed in between: beside the store, or for an address among temporary files."""
        if is_remote(self.place):
            with scratch_folder(tempfile.gettempdir()) as scratch:
                yield scratch
            return
        above = Path(self.place).parent
        with new_folder(above), scratch_folder(above) as scratch:
            yield scratch

    @contextmanager
    def writing(self, scratch: Path, *, overwrite: bool) -> Iterator[Path]:
        """Give a folder to write the store into, which is the target itself or is copied there in the end."""
        if not is_remote(self.place):
            with new_folder(self.place) as folder, locked_folder(folder):
                self.check(overwrite=overwrite)  # another process may have built it meanwhile
                yield folder
            return
        folder = scratch / "store"
        folder.mkdir()
        yield folder
        self.check(overwrite=overwrite)
        old = [name for name in names_in(self.place) if is_events(Path(name))]
        # The index comes last: until then it names what was there before.
        for path in sorted(folder.iterdir(), key=lambda path: path.name == INDEX_FILE):
            put(path, join_place(self.place, path.name))
        for name in old:
            if not (folder / name).exists():
                remove_place(join_place(self.place, name))

    def remove_parts(self) -> None:
        """Remove the parts, of which there is a store now."""
        remove_folder(self.parts)


def _is_ours(name: str) -> bool:
    path = Path(name)
    return is_events(path) or is_features(path) or is_manner(path) or name == PARTS
