"""A corpus as MidiTok has it: a folder of token files beside their tokenizer, written and read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from symgen.corpus.candidate import Drop
from symgen.corpus.find import find_items
from symgen.corpus.load import Progress, load_items
from symgen.formats import score_bytes
from symgen.formats.kinds import TOKENIZER
from symgen.formats.limits import DEFAULT_LIMITS, Limits
from symgen.formats.miditok_tokens import KINDS, Miditok, holds_tokens
from symgen.system.errors import ExistsError, FormatError
from symgen.system.files import PathLike, check_writable, make_folder, read_bytes, write_atomic
from symgen.system.inputs import check_folder_apart

__all__ = ["Exchanged", "midi_from_tokens", "tokens_from_music"]


@dataclass(frozen=True)
class Exchanged:
    """What was written into a folder, and what was left out, each with the reason."""

    folder: Path
    written: int
    left_out: tuple[Drop, ...]


def tokens_from_music(
    sources: Sequence[PathLike],
    output: PathLike,
    *,
    tokenizer: str = KINDS[0],
    overwrite: bool = False,
    limits: Limits = DEFAULT_LIMITS,
    progress: Progress | None = None,
) -> Exchanged:
    """Write pieces as token files of MidiTok; `tokenizer` is a kind, or a file or folder of MidiTok's."""
    known = Path(tokenizer).exists()
    miditok = Miditok.load(tokenizer) if known else Miditok.named(tokenizer)
    folder = _open(output, sources, TOKENIZER, overwrite=overwrite)
    items = (item for source in sources for item in find_items(source, most=limits.bytes))
    left_out, written = [], 0
    names: Counter[str] = Counter()
    for found in load_items(items, workers=1, limits=limits, progress=progress):
        if isinstance(found, Drop):
            left_out.append(found)
            continue
        where = f"{found.source}/{found.locator}"
        try:
            if not found.score.note_count:
                raise FormatError("holds no notes")
            data = miditok.encode(found.score, folder)
        except FormatError as error:
            left_out.append(Drop("not encoded", str(error), where))
            continue
        _write(folder, _target(found.locator, ".json", names), data, overwrite=overwrite)
        written += 1
    if not written:
        raise _nothing(sources, left_out)
    write_atomic(folder / TOKENIZER, miditok.save(folder), overwrite=overwrite)
    return Exchanged(folder, written, tuple(left_out))


def midi_from_tokens(
    folder: PathLike, output: PathLike, *, overwrite: bool = False, limits: Limits = DEFAULT_LIMITS
) -> Exchanged:
    """Write the token files of a folder as MIDI files."""
    if not holds_tokens(folder):
        raise FormatError(
            f"{folder}: holds no {TOKENIZER} of MidiTok; name the folder that it was saved to"
        )
    miditok = Miditok.load(folder)
    target = _open(output, [folder], "*.mid", overwrite=overwrite)
    left_out, written = [], 0
    names: Counter[str] = Counter()
    for path in token_files(Path(folder)):
        try:
            score = miditok.decode(read_bytes(path, limits.bytes), str(path))
        except FormatError as error:
            left_out.append(Drop("unreadable", str(error), str(path)))
            continue
        name = _target(path.relative_to(folder).as_posix(), ".mid", names)
        _write(target, name, score_bytes(score), overwrite=overwrite)
        written += 1
    if not written:
        raise _nothing([folder], left_out)
    return Exchanged(target, written, tuple(left_out))


def token_files(folder: Path) -> Iterator[Path]:
    """Yield the token files below a folder, by name."""
    yield from sorted(path for path in folder.rglob("*.json") if path.name != TOKENIZER)


def _open(output: PathLike, sources: Sequence[PathLike], holds: str, *, overwrite: bool) -> Path:
    folder = Path(output)
    check_folder_apart(folder, sources)
    if not overwrite and any(folder.glob(holds)):
        raise ExistsError(f"{folder}: holds such files already; choose another name or --overwrite")
    folder = make_folder(folder)
    check_writable(folder / TOKENIZER, overwrite=True)
    return folder


def _target(locator: str, suffix: str, names: Counter[str]) -> PurePosixPath:
    """Name a file after the piece; of equal names, and of a tune of a book, a number follows."""
    path = PurePosixPath(locator.replace("#", "-"))
    stem = path.with_name(path.name.rpartition(".")[0] or path.name) if "#" not in locator else path
    stem = PurePosixPath(*(part for part in stem.parts if part not in ("/", "..")))
    key = str(stem).casefold()
    names[key] += 1
    name = stem.name if names[key] == 1 else f"{stem.name}-{names[key]}"
    return stem.with_name(name + suffix)


def _write(folder: Path, name: PurePosixPath, data: bytes, *, overwrite: bool) -> None:
    make_folder((folder / name).parent)
    write_atomic(folder / name, data, overwrite=overwrite)


def _nothing(sources: Sequence[PathLike], left_out: Sequence[Drop]) -> FormatError:
    why = f"; the first: {left_out[0].locator}: {left_out[0].detail}" if left_out else ""
    return FormatError(f"{', '.join(map(str, sources))}: no piece could be written{why}")
