"""Labels for the files of sources: the tables found, each row given to its file, and what did not fit told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath

from symgen.corpus.find import Item, find_places, find_table, source_name
from symgen.corpus.label_table import NOWHERE, SEVERAL, LabelTable, RowFinder, parse_table
from symgen.corpus.label_values import NO_COLUMNS, check_columns
from symgen.corpus.options import CorpusOptions
from symgen.formats.kinds import DATA_SUFFIX, MIDI_SUFFIXES, NOTATION_SUFFIXES
from symgen.system.errors import FormatError
from symgen.system.files import PathLike, read_bytes
from symgen.system.text import one_line

__all__ = ["NO_LABELS", "Labels", "find_labels"]

NO_LABELS = "none"
"""What is given for a table so that none is looked for."""

_BESIDE = ("metadata.csv", "metadata.tsv", "labels.csv", "labels.tsv", "info.csv")
"""Tables that are taken where they lie in a source, the first that is there."""
_MOST_BYTES = 2**30
_SUFFIXES = (*MIDI_SUFFIXES, *NOTATION_SUFFIXES, DATA_SUFFIX)


@dataclass
class _Claim:
    """What takes a row: how near, in which folder and stem, and whether several do so."""

    distance: int
    place: str
    is_one: bool = True


class Labels:
    """What tables say of the files of sources, and how the two fit together."""

    def __init__(self) -> None:
        self._finders: dict[str, tuple[LabelTable, RowFinder]] = {}
        self._claims: dict[str, dict[int, _Claim]] = {}
        self._lines: list[str] = []

    @property
    def columns(self) -> list[str]:
        """The columns of all tables that are used."""
        return sorted({name for table, _ in self._finders.values() for name in table.columns})

    @property
    def lines(self) -> Sequence[str]:
        """What fits and what does not, a line each."""
        return tuple(self._lines)

    def learn(
        self, table: LabelTable, sources: Sequence[PathLike], most: int, *, given: bool
    ) -> None:
        """Look which rows belong to which files of sources; refuse a table that was given and fits none."""
        finder, claims = RowFinder(table, _SUFFIXES), dict[int, _Claim]()
        files = bare = several = 0
        examples: dict[str, str] = {}
        for source in sources:
            for item in find_places(source, most=most):
                files += 1
                row, distance = finder.find(item.locator, item.source)
                if row < 0:
                    bare, several = bare + (row == NOWHERE), several + (row == SEVERAL)
                    examples.setdefault("bare" if row == NOWHERE else "several", item.locator)
                    continue
                _claim(claims, row, distance, _stem(item))
        if not claims:
            if given:
                raise FormatError(_no_match(table, files, examples))
            return
        for source in sources:
            self._finders[source_name(source)] = (table, finder)
            self._claims[source_name(source)] = claims
        doubtful = [row for row, claim in claims.items() if not claim.is_one]
        unused = [row for row in range(len(table)) if row not in claims]
        fits = f"{PurePath(table.name).name}: {len(claims) - len(doubtful):,} of {len(table):,} rows belong to files"
        self._lines += [f"{fits}, found by {table.file_column!r}"]
        self._tell("files have no row", bare, examples.get("bare", ""))
        self._tell("files fit several rows, and take none", several, examples.get("several", ""))
        self._tell("rows fit no file", len(unused), table.files[unused[0]] if unused else "")
        doubt = table.files[doubtful[0]] if doubtful else ""
        self._tell("rows fit files in several folders, and go to none", len(doubtful), doubt)
        for what, (count, example) in table.oddities.items():
            self._tell(what, count, example)

    def _tell(self, what: str, count: int, example: str) -> None:
        if count:
            self._lines.append(f"  {count:>6,} {what}, e.g. {example}")

    def add(self, items: Iterable[Item]) -> Iterator[Item]:
        """Add to each item what its row says."""
        for item in items:
            found = self._finders.get(item.source)
            if found is None:
                yield item
                continue
            table, finder = found
            row, distance = finder.find(item.locator, item.source)
            claim = self._claims[item.source].get(row)
            mine = claim is not None and claim.is_one and claim.distance == distance
            yield replace(item, labels=table.rows[row]) if mine else item


def _stem(item: Item) -> str:
    """Return the place of a file without its suffix: two formats of one piece share a row."""
    return f"{item.source}/{item.locator.removesuffix(item.suffix)}"


def _claim(claims: dict[int, _Claim], row: int, distance: int, place: str) -> None:
    """Let the nearest file have a row, unless it lies in several places."""
    now = claims.get(row)
    if now is None or distance < now.distance:
        claims[row] = _Claim(distance, place)
    elif distance == now.distance and place != now.place:
        now.is_one = False


def _no_match(table: LabelTable, files: int, examples: dict[str, str]) -> str:
    first = one_line(table.files[0], 40) if table.files else "no file"
    example = examples.get("bare") or examples.get("several") or "none"
    return (
        f"{table.name}: none of its {len(table):,} rows belongs to one of the {files:,} files: its column "
        f"{one_line(table.file_column, 40)!r} says {first!r}, the files are called like {example!r}; "
        "name files by path, name or stem"
    )


def find_labels(sources: Sequence[PathLike], options: CorpusOptions) -> Labels:
    """Read the table that is given, or those that lie in sources."""
    labels, most = Labels(), options.limits.bytes
    if options.labels == NO_LABELS:
        return labels
    _learn_all(labels, sources, options, most)
    # Now, and not when all the music is read.
    asked = [name for name in options.label_columns if name != NO_COLUMNS]
    check_columns(asked, labels.columns)
    return labels


def _learn_all(
    labels: Labels, sources: Sequence[PathLike], options: CorpusOptions, most: int
) -> None:
    if options.labels:
        table = parse_table(read_bytes(options.labels, _MOST_BYTES), str(options.labels))
        labels.learn(table, sources, most, given=True)
        return
    for source in sources:
        names = (*_BESIDE, f"{source_name(source)}.csv")
        found = find_table(source, names, _MOST_BYTES)
        own = _own_table(*found) if found else None
        if own:
            name = f"{PurePath(own.name).name} of {source_name(source)}"
            labels.learn(replace(own, name=name), [source], most, given=False)


def _own_table(name: str, data: bytes) -> LabelTable | None:
    """Read a table that nobody has asked for: one that names no files, or is none, says nothing."""
    try:
        table = parse_table(data, name)
    except FormatError:
        return None
    return table if table.is_sure else None
