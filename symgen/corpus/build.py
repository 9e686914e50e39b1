"""Build a corpus: find, read, clean, encode, compare, split, write."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from itertools import chain, groupby
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from symgen.corpus.candidate import CorpusReport, Drop, DropTable, SourceCount
from symgen.corpus.dedupe import join_signatures
from symgen.corpus.find import (
    LICENCES,
    Item,
    add_facts,
    find_places,
    parse_condition,
    read_facts,
    unwanted,
)
from symgen.corpus.heldout import HeldOut, read_held_out
from symgen.corpus.label_values import choose_columns
from symgen.corpus.labelling import Labels, find_labels
from symgen.corpus.labels import merge_rare
from symgen.corpus.load import Progress
from symgen.corpus.options import CorpusOptions
from symgen.corpus.prepare import Found, Prepared
from symgen.corpus.sharing import prepare_items
from symgen.corpus.split import Piece, Work, assign_works
from symgen.corpus.store import (
    INDEX_FILE,
    LEFT_OUT_FILE,
    STORE_VERSION,
    PieceRecord,
    is_events,
    is_features,
    write_store,
)
from symgen.system.errors import ExistsError, FormatError
from symgen.system.files import (
    PathLike,
    as_path,
    locked_folder,
    new_folder,
    remove_stale,
    scratch_folder,
    write_atomic,
)
from symgen.system.inputs import check_folder_apart
from symgen.tokens import FIELDS, Vocabulary

__all__ = ["build_corpus"]

_NO_LICENCE = "not stated"


@dataclass
class _Spool:
    """Events of all pieces that passed, one after the other in a file."""

    file: BinaryIO
    rows: int = 0
    works: list[Work] = field(default_factory=list)
    held: HeldOut = field(default_factory=lambda: HeldOut({}))


def build_corpus(
    sources: Sequence[PathLike] | PathLike,
    output: PathLike,
    *,
    options: CorpusOptions | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> CorpusReport:
    """Build a corpus store from sources.

    Parameters
    ----------
    sources : sequence of path or str, or one of them
        See `symgen.corpus.find.find_places`; earlier sources win over later ones where tunes are the same.
    output : path
        Folder of the store; it appears when it is complete.
    options : CorpusOptions, optional
        What to keep.
    overwrite : bool
        Whether an existing store may be replaced.
    progress : callable, optional
        Called with the tunes done and the tunes known so far.

    Returns
    -------
    CorpusReport

    Raises
    ------
    FormatError
        If a source cannot be read at all, no piece is left, or the output cannot be written.
    ExistsError
        If the output exists and may not be replaced.
    ControlError
        If a source lies in the output.
    """
    if isinstance(sources, str | os.PathLike):
        sources = [sources]
    if not isinstance(sources, Iterable):
        raise FormatError(f"sources {sources!r:.40}: give a list of folders or files")
    options = options or CorpusOptions()
    target = as_path(output)
    remove_stale(target.parent)
    remove_stale(target)
    _check_target(target, overwrite)
    check_folder_apart(target, sources)
    labels = find_labels(sources, options)
    items = chain.from_iterable(
        find_places(source, most=options.limits.bytes) for source in sources
    )
    try:
        with new_folder(target.parent), scratch_folder(target.parent) as scratch:
            return _build(scratch, target, (items, labels), options, progress, overwrite)
    except OSError as error:
        raise FormatError(
            f"{target}: cannot be written ({error.strerror or error}); choose another folder"
        ) from None


def _build(
    scratch: Path,
    target: Path,
    found: tuple[Iterator[Item], Labels],
    options: CorpusOptions,
    progress: Progress | None,
    overwrite: bool,
) -> CorpusReport:
    """Write the store; the events of all pieces go to `scratch` first."""
    items, labels = found
    # Which pieces stay is known when all are read, and a large corpus has more events than memory
    # holds: so events wait in a spool on disk, and only signatures and headers in memory.
    drops = DropTable()
    with (scratch / "spool").open("w+b") as file:
        spool = _Spool(file, held=read_held_out(options.hold_out))
        facts = {source: read_facts(path) for source, path in options.facts.items()}
        wanted = _wanted(add_facts(labels.add(items), facts), options)
        with closing(prepare_items(wanted, options, progress)) as prepared:
            _fill(spool, prepared, drops)
        works = assign_works(spool.works, options, drops.add)
        if not works:
            raise FormatError(
                f"no piece is left for a corpus; left out: {dict(drops.counts)}; check the limits"
            )
        if options.style_words == "genres":
            _merge_styles(works)
        lines = _label(works, labels, options)
        with new_folder(target), locked_folder(target):
            _check_target(target, overwrite)  # another process may have built it meanwhile
            return _write(target, spool, works, options, drops, lines)


def _check_target(target: Path, overwrite: bool) -> None:
    is_store = (target / INDEX_FILE).is_file()
    others = target.exists() and not is_store
    if others and target.is_dir():
        # An earlier run that was killed may have left events without an index.
        others = any(not (is_events(path) or is_features(path)) for path in target.iterdir())
    if (is_store or others) and not overwrite:
        raise ExistsError(f"{target}: exists already; choose another name or pass overwrite=True")
    if others:
        raise ExistsError(
            f"{target}: exists and is no corpus store, so it is not replaced; choose another name"
        )


def _wanted(items: Iterator[Item], options: CorpusOptions) -> Iterator[Item]:
    """Mark the items that are not asked for."""
    conditions = [parse_condition(text) for text in options.where]
    for item in items:
        broken = unwanted(item, conditions)
        if broken is None:
            yield item
        else:
            value = item.meta.get(broken.field, "")
            yield replace(item, broken=f"{broken.field}: {value}")


def _fill(spool: _Spool, found: Iterable[Found], drops: DropTable) -> None:
    """Put the events into the spool; the rest stays in memory."""
    for _, forms in groupby(_kept(found, drops), key=lambda piece: piece.candidate.work):
        pieces, signatures, chords = [], [], []
        for form in forms:
            spool.file.write(form.events)
            place = (spool.rows, form.length)
            pieces.append(Piece(form.candidate, *place, form.header, form.notes, form.moved))
            spool.rows += form.length
            signatures.append(form.signature)
            chords.append(form.chords)
        held = spool.held.split_of(chords) if spool.held.pieces else ""
        spool.works.append(Work(pieces, join_signatures(signatures), held))


def _kept(found: Iterable[Found], drops: DropTable) -> Iterator[Prepared]:
    """Yield the pieces, and count what is left out."""
    for piece in found:
        if isinstance(piece, Drop):
            drops.add(piece, piece.locator.partition("/")[0])
        else:
            yield piece


def _merge_styles(works: Sequence[Work]) -> None:
    """Keep few and common styles, and all that a table of labels gives."""
    given = {work.pieces[0].candidate.labels.get("style", "") for work in works}
    changes = dict(merge_rare(work.pieces[0].header.style for work in works))
    for style in given & set(changes):
        del changes[style]

    def renamed(piece: Piece) -> Piece:
        style = changes.get(piece.header.style, piece.header.style)
        return replace(piece, header=replace(piece.header, style=style))

    for work in works:
        work.pieces = [renamed(piece) for piece in work.pieces]


def _label(works: Sequence[Work], labels: Labels, options: CorpusOptions) -> Sequence[str]:
    """Put the labels that become controls into the headers, and return what is told of them."""
    if not labels.lines:
        return ()
    chosen = choose_columns(
        [each.pieces[0].candidate.labels for each in works], options.label_columns
    )

    def labelled(piece: Piece) -> Piece:
        return replace(
            piece, header=replace(piece.header, labels=chosen.of(piece.candidate.labels))
        )

    for work in works:
        work.pieces = [labelled(piece) for piece in work.pieces]
    return (*labels.lines, *chosen.lines)


def _write(
    folder: Path,
    spool: _Spool,
    works: list[Work],
    options: CorpusOptions,
    drops: DropTable,
    label_lines: Sequence[str],
) -> CorpusReport:
    """Copy the chosen events to the store and write the index."""
    pieces = [(work, piece) for work in works for piece in work.pieces]
    records: list[PieceRecord] = []
    offset = 0
    for work, piece in pieces:
        source = piece.candidate
        records.append(
            PieceRecord(
                offset=offset,
                length=piece.length,
                split=work.split,
                title=source.title,
                source=source.source,
                locator=source.locator,
                form=source.form,
                group=work.group,
                header=piece.header,
            )
        )
        offset += piece.length

    def rows() -> Iterator[NDArray[np.uint8]]:
        for _, piece in pieces:
            spool.file.seek(piece.offset * len(FIELDS))
            data = spool.file.read(piece.length * len(FIELDS))
            yield np.frombuffer(data, dtype=np.uint8).reshape(-1, len(FIELDS))

    report = replace(_report(works, records, options, drops), label_lines=label_lines)
    write_store(folder, rows, offset, _index(records, options, report))
    write_atomic(folder / LEFT_OUT_FILE, drops.to_csv())
    return report


def _index(
    records: list[PieceRecord], options: CorpusOptions, report: CorpusReport
) -> dict[str, Any]:
    """Return all of the index but what tells the file of events."""
    vocabulary = Vocabulary(options.grid)
    plain = {}
    for name, value in vars(options).items():
        plain[name] = dict(value) if isinstance(value, Mapping) else value
    for name in ("facts", "hold_out"):  # where a file lies says nothing of the corpus
        plain[name] = {key: Path(path).name for key, path in plain[name].items()}
    plain.pop("workers")
    if plain["labels"]:
        plain["labels"] = Path(options.labels).name
    else:  # the index of a corpus without labels stays as it was
        for name in ("labels", "label_columns"):
            plain.pop(name)
    plain["limits"] = asdict(options.limits)
    return {
        "version": STORE_VERSION,
        "vocabulary": vocabulary.to_json(),
        "vocabulary_hash": vocabulary.hash,
        "options": plain,
        "report": report.to_json(),
        "pieces": [record.to_json() for record in records],
    }


def _report(
    works: list[Work], records: list[PieceRecord], options: CorpusOptions, drops: DropTable
) -> CorpusReport:
    pieces = [piece for work in works for piece in work.pieces]
    kept = Counter(record.source for record in records)
    licences = {**LICENCES, **_told_licences(pieces), **options.licences}
    sources = []
    for name in sorted(set(kept) | set(drops.by_source)):
        licence = licences.get(name, _NO_LICENCE)
        sources.append(SourceCount(name, licence, kept[name], drops.by_source[name]))
    return CorpusReport(
        kept=len(records),
        works=len(works),
        dropped=dict(drops.counts),
        examples=drops.examples,
        splits=dict(Counter(record.split for record in records)),
        meters=dict(Counter(str(record.header.meter) for record in records)),
        styles=dict(Counter(record.header.style for record in records)),
        periods=dict(Counter(record.header.period for record in records)),
        notes=sum(piece.notes for piece in pieces),
        bars=sum(record.header.bars for record in records),
        moved=sum(piece.moved for piece in pieces),
        unclicked=sum(piece.candidate.unclicked for piece in pieces),
        sources=tuple(sources),
        labels=_label_counts(records),
    )


def _told_licences(pieces: Sequence[Piece]) -> dict[str, str]:
    """Return the licences that tables of labels tell, by source."""
    found: dict[str, set[str]] = {}
    for piece in pieces:
        if "licence" in piece.candidate.labels:
            found.setdefault(piece.candidate.source, set()).add(piece.candidate.labels["licence"])
    return {source: "; ".join(sorted(names)) for source, names in found.items()}


def _label_counts(records: Sequence[PieceRecord]) -> dict[str, dict[str, int]]:
    """Count the pieces of each label."""
    counts: dict[str, Counter[str]] = {}
    for record in records:
        for name, value in record.header.labels:
            counts.setdefault(name, Counter())[value] += 1
    return {name: dict(counts[name]) for name in sorted(counts)}
