"""Build a corpus: find, read, clean, encode, compare, split, write."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, groupby
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from symgen.corpus.candidate import Candidate, Drop
from symgen.corpus.clean import clean
from symgen.corpus.dedupe import Signature, find_duplicates, find_kin, group_works, leaking_works, sign_scores
from symgen.corpus.find import LICENCES, Item, find_items
from symgen.corpus.load import Progress, load_items
from symgen.corpus.options import CorpusOptions
from symgen.corpus.report import CorpusReport, DropTable, SourceCount
from symgen.corpus.split import SPLITS, fill_split, split_of
from symgen.corpus.store import EVENTS_FILE, INDEX_FILE, STORE_VERSION, PieceRecord, file_digest
from symgen.corpus.styles import find_style
from symgen.errors import ExistsError, FormatError
from symgen.files import PathLike, new_folder, write_atomic
from symgen.tokens import Header, Vocabulary, decode, encode

__all__ = ["build_corpus"]

_FIELDS = 6
_NO_LICENCE = "not stated"
_DULL = frozenset(
    ["the", "a", "an", "of", "no", "untitled", "reel", "jig", "hornpipe", "polka", "slide", "march", "air", "slip"]
)


@dataclass(frozen=True)
class _Piece:
    """A piece whose events lie in the spool."""

    candidate: Candidate
    offset: int
    length: int
    header: Header
    notes: int
    moved: int


@dataclass
class _Work:
    """All forms of one tune."""

    pieces: list[_Piece]
    signature: Signature
    split: str = ""
    group: str = ""


@dataclass
class _Spool:
    """Events of all pieces that passed, one after the other in a file."""

    file: BinaryIO
    rows: int = 0
    works: list[_Work] = field(default_factory=list)


def build_corpus(
    sources: Sequence[PathLike],
    output: PathLike,
    *,
    options: CorpusOptions | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> CorpusReport:
    """Build a corpus store from sources.

    Parameters
    ----------
    sources : sequence of path or str
        See `symgen.corpus.find.find_items`; earlier sources win over later ones where tunes are the same.
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
    """
    options = options or CorpusOptions()
    target = Path(output)
    _check_target(target, overwrite)
    items = chain.from_iterable(find_items(source) for source in sources)
    try:
        with (
            new_folder(target.parent),
            tempfile.TemporaryDirectory(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent) as scratch,
        ):
            report = _build(Path(scratch), items, options, progress)
            _publish(Path(scratch) / "store", target, overwrite)
    except OSError as error:
        raise FormatError(f"{target}: cannot be written ({error.strerror or error}); choose another folder") from None
    return report


def _build(scratch: Path, items: Iterator[Item], options: CorpusOptions, progress: Progress | None) -> CorpusReport:
    """Write the store into ``scratch/store``."""
    drops = DropTable()
    folder = scratch / "store"
    folder.mkdir(mode=0o755)
    with (scratch / "spool").open("w+b") as file:
        spool = _Spool(file)
        candidates = load_items(
            items, repeats=options.repeats, workers=options.workers, timeout=options.timeout, progress=progress
        )
        _fill(spool, candidates, options, drops)
        works = _choose(spool.works, options, drops)
        if not works:
            raise FormatError(f"no piece is left for a corpus; left out: {dict(drops.counts)}; check the limits")
        return _write(folder, spool, works, options, drops)


def _check_target(target: Path, overwrite: bool) -> None:
    if target.exists() and not overwrite:
        raise ExistsError(f"{target}: exists already; choose another name or pass --overwrite")
    if target.exists() and not (target / INDEX_FILE).is_file() and (not target.is_dir() or any(target.iterdir())):
        raise ExistsError(f"{target}: exists and is no corpus store, so it is not replaced; choose another name")


def _publish(folder: Path, target: Path, overwrite: bool) -> None:
    _check_target(target, overwrite)
    if target.exists():
        shutil.rmtree(target)
    folder.rename(target)


def _fill(spool: _Spool, candidates: Iterator[Candidate | Drop], options: CorpusOptions, drops: DropTable) -> None:
    """Clean and encode; the events go to the spool, the rest stays in memory."""
    vocabulary = Vocabulary(options.grid)
    kept: Iterator[Candidate] = _cleaned(candidates, options, drops)
    for _, forms in groupby(kept, key=lambda candidate: candidate.work):
        pieces, scores = [], []
        for candidate in forms:
            style = find_style(candidate.rhythm, candidate.title, Path(candidate.locator.partition("#")[0]).stem)
            try:
                events, snap = encode(candidate.score, vocabulary, key=candidate.key, style=style)
            except FormatError as error:
                drops.add(Drop("off the grid", str(error), candidate.work), candidate.source)
                continue
            score = decode(events, vocabulary)
            spool.file.write(np.ascontiguousarray(events.fields).tobytes())
            light = Candidate(
                score.with_parts(()), candidate.source, candidate.locator, candidate.title, form=candidate.form
            )
            pieces.append(_Piece(light, spool.rows, len(events), events.header, snap.notes - snap.merged, snap.moved))
            spool.rows += len(events)
            scores.append(score)
        if pieces:
            spool.works.append(_Work(pieces, sign_scores(scores)))


def _cleaned(candidates: Iterator[Candidate | Drop], options: CorpusOptions, drops: DropTable) -> Iterator[Candidate]:
    for candidate in candidates:
        result = clean(candidate, options) if isinstance(candidate, Candidate) else candidate
        if isinstance(result, Drop):
            drops.add(result, result.locator.partition("/")[0])
        else:
            yield result


def _choose(works: list[_Work], options: CorpusOptions, drops: DropTable) -> list[_Work]:
    """Drop duplicates, keep kin together, split."""
    signatures = [work.signature for work in works]
    doubles = find_duplicates(signatures, find_kin(signatures), limit=options.near)
    for i, original in doubles.items():
        for piece in works[i].pieces:
            detail = f"as {works[original].pieces[0].candidate.work}"
            drops.add(Drop("duplicate", detail, piece.candidate.work), piece.candidate.source)
    works = [work for i, work in enumerate(works) if i not in doubles]
    signatures = [work.signature for work in works]
    titles = [_plain_title(work.pieces[0].candidate.title) for work in works]
    groups = group_works(signatures, find_kin(signatures), titles, share=options.kin)
    keys: dict[int, str] = {}
    for work, group in zip(works, groups, strict=True):
        keys[group] = min(keys.get(group, "\uffff"), work.pieces[0].candidate.work)
    for work, group in zip(works, groups, strict=True):
        work.group = keys[group]
        work.split = split_of(work.group, options.ratios)
    _stop_leaks(works, signatures, options.leak)
    for name in SPLITS:
        _fill_split(name, works, signatures, options)
    return works


def _stop_leaks(works: list[_Work], signatures: list[Signature], limit: float) -> None:
    """Move groups to the training part until no held-out tune is made of what is trained on."""
    while leaks := leaking_works(signatures, [work.split for work in works], limit=limit):
        moved = {works[i].group for i in leaks}
        for work in works:
            if work.group in moved:
                work.split = "train"


def _fill_split(name: str, works: list[_Work], signatures: list[Signature], options: CorpusOptions) -> None:
    """Give a small corpus a piece to choose the checkpoint by, and one to test."""

    def leaks(group: str) -> bool:
        splits = [name if work.group == group else work.split for work in works]
        return any(works[i].group == group for i in leaking_works(signatures, splits, limit=options.leak))

    chosen = fill_split(name, {work.group: work.split for work in works}, options.ratios, leaks)
    for work in works:
        if work.group == chosen:
            work.split = name


def _plain_title(title: str) -> str:
    """Letters of a title without articles, numbers and the kind of dance."""
    words = re.findall(r"[a-z]+", title.lower().replace("'", ""))
    return " ".join(word for word in words if word not in _DULL)


def _write(folder: Path, spool: _Spool, works: list[_Work], options: CorpusOptions, drops: DropTable) -> CorpusReport:
    """Copy the chosen events to the store and write the index."""
    total = sum(piece.length for work in works for piece in work.pieces)
    array = np.lib.format.open_memmap(folder / EVENTS_FILE, mode="w+", dtype=np.uint8, shape=(total, _FIELDS))
    records: list[PieceRecord] = []
    offset = 0
    for work in works:
        for piece in work.pieces:
            spool.file.seek(piece.offset * _FIELDS)
            rows = np.frombuffer(spool.file.read(piece.length * _FIELDS), dtype=np.uint8).reshape(-1, _FIELDS)
            array[offset : offset + piece.length] = rows
            c = piece.candidate
            records.append(PieceRecord(offset, piece.length, work.split, c.title, c.source, c.locator, c.form,
                                       work.group, piece.header))  # fmt: skip
            offset += piece.length
    array.flush()
    del array
    report = _report(works, records, options, drops)
    write_atomic(folder / INDEX_FILE, json.dumps(_index(folder, records, options, report), separators=(",", ":")))
    return report


def _index(folder: Path, records: list[PieceRecord], options: CorpusOptions, report: CorpusReport) -> dict[str, Any]:
    vocabulary = Vocabulary(options.grid)
    plain = {**vars(options), "licences": dict(options.licences)}
    plain.pop("workers")
    return {
        "version": STORE_VERSION,
        "vocabulary": vocabulary.to_json(),
        "vocabulary_hash": vocabulary.hash,
        "events_sha256": file_digest(folder / EVENTS_FILE),
        "options": plain,
        "report": report.to_json(),
        "pieces": [record.to_json() for record in records],
    }


def _report(works: list[_Work], records: list[PieceRecord], options: CorpusOptions, drops: DropTable) -> CorpusReport:
    pieces = [piece for work in works for piece in work.pieces]
    kept = Counter(record.source for record in records)
    licences: Mapping[str, str] = {**LICENCES, **options.licences}
    sources = [SourceCount(name, licences.get(name, _NO_LICENCE), kept[name], drops.by_source[name])
               for name in sorted(set(kept) | set(drops.by_source))]  # fmt: skip
    return CorpusReport(
        kept=len(records),
        works=len(works),
        dropped=dict(drops.counts),
        examples=drops.examples,
        splits=dict(Counter(record.split for record in records)),
        meters=dict(Counter(str(record.header.meter) for record in records)),
        styles=dict(Counter(record.header.style for record in records)),
        notes=sum(piece.notes for piece in pieces),
        bars=sum(record.header.bars for record in records),
        moved=sum(piece.moved for piece in pieces),
        sources=tuple(sources),
    )
