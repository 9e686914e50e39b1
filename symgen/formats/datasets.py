"""Files of the data sets of other libraries: MusPy's music, MidiTok's tokens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from symgen.formats.kinds import DATA_SUFFIX, HEAD, TOKENIZER, plain_text
from symgen.formats.limits import DEFAULT_LIMITS, Limits
from symgen.formats.miditok_tokens import Miditok, holds_tokens
from symgen.formats.muspy_json import is_muspy, read_muspy
from symgen.music.score import Score
from symgen.system.errors import FormatError
from symgen.system.files import read_bytes

__all__ = ["data_files", "read_data"]


def data_files(paths: Sequence[Path]) -> Iterator[tuple[Path, str]]:
    """Yield those of some files that are of a data set, each with the folder of its tokenizer, if it has one."""
    # Many folders of music hold JSON files that are no music: tables, settings. They are passed over
    # in silence, so a look into each has to say what it is.
    near: dict[Path, str] = {}
    for path in paths:
        if path.suffix.lower() != DATA_SUFFIX or path.name == TOKENIZER:
            continue
        folder = path.parent
        if folder not in near:
            near[folder] = _tokens_near(folder)
        if tokens := near[folder]:
            yield path, tokens
        elif is_muspy(plain_text(read_bytes(path, HEAD))):
            yield path, ""


def read_data(
    data: bytes, name: str, tokenizer: str = "", limits: Limits = DEFAULT_LIMITS
) -> Score:
    """Read a file of a data set; `tokenizer` is the folder of MidiTok's, where it is a file of tokens."""
    if is_muspy(plain_text(data[:HEAD])):
        return read_muspy(data, name, limits)
    if not tokenizer:
        raise FormatError(f"{name}: neither a file of MusPy nor, without a {TOKENIZER}, of MidiTok")
    written = (Path(tokenizer) / TOKENIZER).stat().st_mtime_ns
    return _loaded(tokenizer, written).decode(data, name)


def _tokens_near(folder: Path) -> str:
    """Return the folder with the tokenizer: this one, or the one above it, as MidiTok keeps folders of its files."""
    found = next((near for near in (folder, folder.parent) if holds_tokens(near)), None)
    return str(found) if found else ""


@lru_cache(maxsize=4)
def _loaded(folder: str, written: int) -> Miditok:  # noqa: ARG001 - a new file is another tokenizer
    return Miditok.load(folder)
