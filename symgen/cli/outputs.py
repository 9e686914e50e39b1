"""Files that commands write: names that are free, names beside them, and names as scripts can read them."""

from __future__ import annotations

import argparse
import os
import unicodedata
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path

from symgen.cli.saving import check_feel
from symgen.cli.telling import note, say
from symgen.formats import WRITABLE
from symgen.system.errors import ControlError
from symgen.system.files import check_writable
from symgen.system.inputs import is_input
from symgen.system.requirements import need
from symgen.system.temporary import claim_names

__all__ = [
    "LEAD_KINDS",
    "SUFFIXES",
    "beside",
    "free_base",
    "free_names",
    "free_sheet",
    "name_targets",
    "print_paths",
    "printable_path",
    "sheet_page",
    "stem_of",
    "suffix_asked",
]

_MOST_PIECES = 100_000
_BESIDE = {"wav": ".wav", "xml": ".musicxml", "abc": ".abc", "plot": ".png", "report": ".json"}
_LEAD, LEAD_KINDS = "-lead", (".musicxml", ".abc")
"""What names of lead sheets end in."""
_PAGES = (".html", ".htm")
SUFFIXES = {
    "mid": ".mid", "musicxml": ".musicxml", "abc": ".abc", "wav": ".wav", "flac": ".flac", "ogg": ".ogg",
    "mp3": ".mp3", "png": ".png", "svg": ".svg", "pdf": ".pdf",
}  # fmt: skip
"""Suffixes of what ``--format`` names."""
_SHEET_BESIDE = ".pdf"
"""What ``--sheet`` without a name stands for."""
# Unicode categories: control characters, bytes that are no text, what parts lines and paragraphs.
_ESCAPED = ("Cc", "Cs", "Zl", "Zp")


def stem_of(options: argparse.Namespace, file: str) -> str:
    """Return what names of files made of one that is read begin with; among many of one name, each is told apart."""
    return vars(options).get("stem") or Path(file).stem


def suffix_asked(options: argparse.Namespace, usual: str) -> str:
    """Return the suffix that ``--format`` asks for, or the usual one; a name that is given has to agree."""
    kind = vars(options).get("format")
    if kind is None:
        return usual
    suffix, output = SUFFIXES[kind], vars(options).get("output") or ""
    if Path(output).suffix.lower() not in ("", suffix):
        raise ControlError(f"output {output}: does not end in {suffix}, as --format {kind} asks")
    return suffix


def name_targets(options: argparse.Namespace, name: str, suffix: str = ".mid") -> list[Path]:
    """Name the files, and refuse those that exist or cannot be written and a bad soundfont."""
    # Before any work is done.
    #
    # A folder that is missing is made when the first file is written.
    # A name that `-o` gives is taken as it is; without it, `name` and if need be a number that is
    # free for all files.
    if options.soundfont and not options.wav:
        raise ControlError(
            "soundfont: is for --wav, which is not given; add --wav or leave --soundfont out"
        )
    check_feel(options)
    if options.plot:
        need("matplotlib")
    if options.wav:
        from symgen.audio.soundfonts import open_soundfont

        open_soundfont(options.soundfont)
    suffix = suffix_asked(options, suffix)
    if suffix == ".wav":
        raise ControlError("format wav: is for -o - alone; with --wav the sound is written too")
    base = Path(vars(options).get("out_dir") or "", options.output or f"{name}{suffix}")
    if base.suffix.lower() not in WRITABLE:
        raise ControlError(f"output {base}: name a file that ends in {', '.join(WRITABLE)}")
    if not 1 <= options.count <= _MOST_PIECES:
        more = "; --packed writes more" if "packed" in vars(options) else ""
        raise ControlError(f"count {options.count}: must be 1..{_MOST_PIECES}{more}")
    if not options.output:
        base = free_base(base, options, overwrite=options.overwrite)
    _check_sheets(base, options)
    for path in _files_of(base, options):
        check_writable(path, overwrite=options.overwrite)
    return _numbered(base, options.count)


def _check_sheets(base: Path, options: argparse.Namespace) -> None:
    """Refuse a page of takes or sheet music that cannot be written."""
    page, sheet = sheet_page(options), _sheet_of(base, options)
    if page is not None:
        check_writable(page, overwrite=options.overwrite)
    if sheet is None:
        return
    from symgen.sheets.engraving import SHEETS, check_sheet

    if sheet.suffix.lower() not in SHEETS:
        kinds = ", ".join((_PAGES[0], *SHEETS))
        raise ControlError(f"sheet {sheet}: name a file that ends in {kinds}")
    check_sheet(sheet)


def free_names(
    base: Path, files: Callable[[Path], Sequence[Path]] | None = None, *, overwrite: bool
) -> Path:
    """Return a name of which no file is there, and keep it for this process."""
    # ``NAME``, else ``NAME-2`` and so on.
    #
    # `files` gives all files that are written for a name. Where files may be replaced, ``NAME`` is
    # taken as long as none of its files is an input.
    files = files or (lambda path: [path])
    if overwrite and not any(map(is_input, files(base))):
        return base
    names = (
        base if number == 1 else base.with_name(f"{base.stem}-{number}{base.suffix}")
        for number in count(1)
    )
    return next(name for name in names if claim_names(files(name)))


def beside(target: Path, options: argparse.Namespace) -> dict[str, Path]:
    """Return what is written beside a piece, by the option that asks for it."""
    made = {
        kind: target.with_suffix(suffix)
        for kind, suffix in _BESIDE.items()
        if vars(options).get(kind)
    }
    if vars(options).get("lead_sheet"):
        stem = f"{target.stem}{_LEAD}"
        made |= {f"lead sheet {kind[1:]}": target.with_name(f"{stem}{kind}") for kind in LEAD_KINDS}
    sheet = _sheet_of(target, options)
    if sheet is not None:
        made["sheet"] = sheet
    return {kind: path for kind, path in made.items() if path != target}


def _sheet_of(target: Path, options: argparse.Namespace) -> Path | None:
    """Return the sheet music of a piece, if it is asked for; of several pieces each has its number."""
    name = vars(options).get("sheet")
    if not name or Path(name).suffix.lower() in _PAGES:
        return None
    if name == _SHEET_BESIDE:
        return target.with_suffix(_SHEET_BESIDE)
    path = Path(vars(options).get("out_dir") or "", name)
    if vars(options).get("count", 1) > 1:
        path = path.with_name(f"{path.stem}-{target.stem.rpartition('-')[2]}{path.suffix}")
    return path


def sheet_page(options: argparse.Namespace) -> Path | None:
    """Return the page that compares all pieces, if one is asked for."""
    name = vars(options).get("sheet")
    if not name or Path(name).suffix.lower() not in _PAGES:
        return None
    return Path(vars(options).get("out_dir") or "", name)


def _numbered(base: Path, pieces: int) -> list[Path]:
    return (
        [base]
        if pieces == 1
        else [base.with_name(f"{base.stem}-{i + 1}{base.suffix}") for i in range(pieces)]
    )


def free_base(base: Path, options: argparse.Namespace, *, overwrite: bool) -> Path:
    """Return a name of a piece of which no file is there."""
    # Sheet music that has a name of its own is there or not, whatever the piece is called.
    others = argparse.Namespace(**{**vars(options), "sheet": _sheet_beside(options)})
    return free_names(base, lambda path: _files_of(path, others), overwrite=overwrite)


def _sheet_beside(options: argparse.Namespace) -> str | None:
    return _SHEET_BESIDE if vars(options).get("sheet") == _SHEET_BESIDE else None


def free_sheet(options: argparse.Namespace) -> str | None:
    """Return a free name for the sheet music or page that an option names, if one does."""
    name = vars(options).get("sheet")
    if not name or name == _SHEET_BESIDE:
        return None
    path, count = Path(name), vars(options).get("count", 1)

    def pages(base: Path) -> list[Path]:
        # each piece or each page may have a number
        return [base, base.with_name(f"{base.stem}-1{base.suffix}"), *_numbered(base, count)]

    folder = Path(vars(options).get("out_dir") or "")
    free = free_names(folder / path, pages, overwrite=False)
    return str(path.with_name(free.name))


def _files_of(base: Path, options: argparse.Namespace) -> list[Path]:
    """Return all files that a command writes for a name."""
    return [
        path
        for one in _numbered(base, options.count)
        for path in (one, *beside(one, options).values())
    ]


def print_paths(*paths: str | os.PathLike[str], to_stderr: bool = False) -> None:
    """Print the names of files that were written, one a line."""
    for path in map(printable_path, paths):
        if to_stderr:
            note(path)
        else:
            say(path)


def printable_path(path: str | os.PathLike[str]) -> str:
    r"""Return a name in one line: what is no text is escaped, as in ``a\nb``, and so is a backslash that is text."""
    return "".join(
        character.encode("unicode_escape").decode("ascii")
        if unicodedata.category(character) in _ESCAPED or (character == "\\" and os.sep != "\\")
        else character
        for character in os.fspath(path)
    )
