"""The parts of a corpus joined into a store: what must be known of all pieces at once is done here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgen.corpus.candidate import CorpusReport, DropTable, SourceCount
from symgen.corpus.dedupe import Grams
from symgen.corpus.find import LICENCES
from symgen.corpus.heldout import HeldOut
from symgen.corpus.label_values import LabelColumns, choose_columns
from symgen.corpus.labelling import Labels
from symgen.corpus.labels import merge_rare
from symgen.corpus.options import SPLITS, CorpusOptions
from symgen.corpus.parts import OpenParts
from symgen.corpus.split import Works, assign_works
from symgen.corpus.store import STORE_VERSION, PieceRecord
from symgen.system.arrays import distinct
from symgen.system.errors import FormatError
from symgen.tokens import FIELDS, Header, Vocabulary

__all__ = ["Joined", "join"]

_NO_LICENCE = "not stated"

Column = NDArray[np.int64]


class Joined:
    """The pieces that a store shall hold, in order; they stay in their parts until they are asked for."""

    def __init__(self, parts: OpenParts, works: Works, kept: Column, first: Column) -> None:
        # `first`: the first piece of each work.
        self._parts, self._works, self._kept, self._first = parts, works, kept, first
        counts = works.forms[kept]
        self.pieces = np.repeat(first[kept], counts) + _counted(counts)
        self._owners = np.repeat(kept, counts)
        lengths = self._column("event_count")
        self._offsets = np.cumsum(lengths) - lengths
        # Styles by their numbers in the parts.
        self._styles = list(parts.words["style"])
        self._chosen, self._label_lines = LabelColumns(), tuple[str, ...]()

    def label(self, labels: Labels, options: CorpusOptions) -> None:
        """Keep few and common styles, and choose the labels that become controls."""
        told: list[dict[str, str]] = []
        if labels.lines:
            told = [self._labels(piece) for piece in self._first[self._kept].tolist()]
        if options.style_words == "genres":
            numbers = self._parts.pieces["style"][self._first[self._kept]].tolist()
            changes = merge_rare(self._styles[number] for number in numbers)
            given = {each.get("style", "") for each in told}
            self._styles = [
                style if style in given else changes.get(style, style) for style in self._styles
            ]
        if labels.lines:
            self._chosen = choose_columns(told, options.label_columns)
            self._label_lines = (*labels.lines, *self._chosen.lines)

    @property
    def events(self) -> int:
        """Rows of all pieces."""
        return int(self._column("event_count").sum())

    def rows(self) -> Iterator[NDArray[np.uint8]]:
        """Yield the events of all pieces."""
        for piece in self.pieces.tolist():
            yield np.frombuffer(self._parts.events(piece), np.uint8).reshape(-1, len(FIELDS))

    def manner(self) -> Iterator[bytes]:
        """Yield how the events of all pieces were played."""
        return map(self._parts.manner, self.pieces.tolist())

    def stay_in_parts(self) -> list[tuple[Path, str]]:
        """Leave the events where they are: return their files, in which records then say where pieces lie."""
        self._offsets = self._parts.place_in_files()[self.pieces]
        return self._parts.event_files()

    def records(self) -> Iterator[dict[str, Any]]:
        """Yield the records of all pieces, as an index holds them."""
        owners, offsets = self._owners.tolist(), self._offsets.tolist()
        for piece, work, offset in zip(self.pieces.tolist(), owners, offsets, strict=True):
            source, locator, title, form, header, labels = self._parts.text(piece)
            row = self._parts.pieces[piece]
            style = self._styles[row["style"]]
            record = PieceRecord(
                offset=offset,
                length=int(row["event_count"]),
                split=SPLITS[self._works.split[work]],
                title=title,
                source=source,
                locator=locator,
                form=form,
                group=self._works.name(int(self._works.key[work])),
                header=replace(
                    Header.from_json(header), style=style, labels=self._chosen.of(labels)
                ),
            )
            yield record.to_json()

    def report(self, options: CorpusOptions, drops: DropTable) -> CorpusReport:
        """Count them."""
        words = {name: list(known) for name, known in self._parts.words.items()}
        kept = _counts(self._column("source"), words["source"])
        told_licences, labels = self._told()
        licences = {**LICENCES, **told_licences, **options.licences}
        sources = []
        for name in sorted(set(kept) | set(drops.by_source)):
            licence = licences.get(name, _NO_LICENCE)
            sources.append(SourceCount(name, licence, kept.get(name, 0), drops.by_source[name]))
        return CorpusReport(
            kept=len(self.pieces),
            works=len(self._kept),
            dropped=dict(drops.counts),
            examples=drops.examples,
            splits=_counts(self._works.split[self._owners], SPLITS),
            meters=_counts(self._column("meter"), words["meter"]),
            styles=_counts(self._column("style"), self._styles),
            periods=_counts(self._column("period"), words["period"]),
            notes=int(self._column("notes").sum()),
            bars=int(self._column("bars").sum()),
            moved=int(self._column("moved").sum()),
            unclicked=int(self._column("unclicked").sum()),
            performed=int(self._column("played").sum()),
            hint=drops.hint(len(self.pieces)),
            lost_drums=int(self._column("lost_drums").sum()),
            sources=tuple(sources),
            labels=labels,
            label_lines=self._label_lines,
        )

    def _labels(self, piece: int) -> dict[str, str]:
        return dict(self._parts.text(piece)[5])

    def _told(self) -> tuple[dict[str, str], dict[str, dict[str, int]]]:
        """Return the licences that tables of labels tell, by source, and the pieces of each label."""
        licences: dict[str, set[str]] = {}
        counts: dict[str, Counter[str]] = {}
        for piece in self.pieces.tolist() if self._label_lines else ():
            source, *_, labels = self._parts.text(piece)
            if "licence" in labels:
                licences.setdefault(source, set()).add(labels["licence"])
            for name, value in self._chosen.of(labels):
                counts.setdefault(name, Counter())[value] += 1
        told = {source: "; ".join(sorted(names)) for source, names in licences.items()}
        return told, {name: dict(counts[name]) for name in sorted(counts)}

    def index(self, options: CorpusOptions, report: CorpusReport) -> dict[str, Any]:
        """Return all of the index but what tells the file of events."""
        vocabulary = Vocabulary(options.grid)
        plain = {}
        for name, value in vars(options).items():
            plain[name] = dict(value) if isinstance(value, Mapping) else value
        for name in ("facts", "hold_out"):  # where a file lies says nothing of the corpus
            plain[name] = {key: Path(path).name for key, path in plain[name].items()}
        for name in ("workers", "keep_parts"):
            plain.pop(name)
        if plain["labels"]:
            plain["labels"] = Path(options.labels).name
        else:  # the index of a corpus without labels stays as it was
            for name in ("labels", "label_columns"):
                plain.pop(name)
        if not options.performed:  # nor does that of any other corpus tell of it
            plain.pop("performed")
        plain["limits"] = asdict(options.limits)
        return {
            "version": STORE_VERSION,
            "vocabulary": vocabulary.to_json(),
            "vocabulary_hash": vocabulary.hash,
            "options": plain,
            "report": report.to_json(),
            "pieces": self.records,
        }

    def _column(self, name: str) -> Column:
        column: Column = self._parts.pieces[name][self.pieces].astype(np.int64)
        return column


def join(
    parts: OpenParts,
    options: CorpusOptions,
    known: tuple[HeldOut, Labels],
    drops: DropTable,
    scratch: Path,
) -> Joined:
    """Leave out doubles, keep kin together, split, and name styles and labels."""
    held, labels = known
    for drop in parts.left_out():
        drops.add(drop, drop.locator.partition("/")[0])
    names = parts.pieces["name"]
    # Forms of one work stand side by side.
    first = np.flatnonzero(np.append(True, names[1:] != names[:-1])[: len(names)])
    forms = np.diff(np.append(first, len(names)))
    works = _works(parts, first, forms, held, scratch)
    kept = assign_works(works, options, drops.add, scratch)
    if not len(kept):
        raise FormatError(
            f"no piece is left for a corpus; left out: {dict(drops.counts)}; {drops.hint(0) or 'check the limits'}"
        )
    joined = Joined(parts, works, kept, first)
    joined.label(labels, options)
    return joined


def _works(parts: OpenParts, first: Column, forms: Column, held: HeldOut, scratch: Path) -> Works:
    """Return the works as columns."""
    pieces = parts.pieces
    grams = Grams(scratch / "grams", int(pieces["gram_count"].sum()))
    splits = np.full(len(first), -1, np.int8)
    for work, (start, count) in enumerate(zip(first.tolist(), forms.tolist(), strict=True)):
        mine = range(start, start + count)
        found = [parts.grams(piece) for piece in mine]
        grams.add(found[0] if count == 1 else distinct(np.concatenate(found)))
        if held.pieces and (split := held.split_of([parts.chords(piece) for piece in mine])):
            splits[work] = SPLITS.index(split)

    def name(work: int) -> str:
        source, locator, *_ = parts.text(int(first[work]))
        return f"{source}/{locator}"

    columns = {
        "owner": np.repeat(np.arange(len(first)), forms),
        "exact": pieces["exact"].copy(),
        "forms": forms,
        "held": splits,
        "source": pieces["source"][first],
        "titles": pieces["title"][first],
        "named": pieces["named"][first],
        "told": pieces["told"][first],
        "told_split": pieces["split"][first],
        "points": pieces["name"][first],
    }
    return Works(columns, list(parts.words["source"]), grams, name)


def _counted(counts: Column) -> Column:
    """Return 0, 1, ... for each of the counts."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) - np.repeat(ends - counts, counts)


def _counts(numbers: NDArray[Any], words: list[str] | tuple[str, ...]) -> dict[str, int]:
    """Count words by their numbers, in the order in which they come first."""
    found = Counter[str]()
    values, firsts, counts = np.unique(numbers, return_index=True, return_counts=True)
    for place in np.argsort(firsts).tolist():
        found[words[values[place]]] += int(counts[place])
    return dict(found)
