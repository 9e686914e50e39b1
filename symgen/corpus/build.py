"""Build a corpus: find, read, clean, encode, compare, split, write; at once, or in shards whose parts are joined."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, nullcontext
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import chain
from pathlib import Path
from typing import Any

from symgen.corpus.candidate import CorpusReport, DropTable
from symgen.corpus.conditions import Condition, parse_condition, unwanted
from symgen.corpus.dealing import Dealt, items_of, ranked
from symgen.corpus.find import (
    Facts,
    Item,
    add_facts,
    find_places,
    read_facts,
)
from symgen.corpus.heldout import read_held_out
from symgen.corpus.joining import join
from symgen.corpus.labelling import Labels, find_labels
from symgen.corpus.load import Progress
from symgen.corpus.manner import remove_manner, write_manner
from symgen.corpus.options import CorpusOptions
from symgen.corpus.parts import PART_VERSION, OpenParts, part_writer
from symgen.corpus.prepare import options_to_json
from symgen.corpus.sharing import prepare_items
from symgen.corpus.store import LEFT_OUT_FILE, write_store, write_store_of_parts
from symgen.corpus.targets import PARTS, Target
from symgen.system.cluster import run_on_cluster
from symgen.system.errors import CheckpointError, FormatError
from symgen.system.files import (
    PathLike,
    atomic_file,
    new_folder,
    remove_stale,
    sha256,
)
from symgen.system.large_files import scratch_lines
from symgen.system.places import is_remote
from symgen.system.shards import Part, Shard, found_parts

__all__ = ["PARTS", "Prepared", "build_corpus", "prepare_shard"]

# Files of a part on a cluster; parts of few files, and of many.
_FILES, _FEW_PARTS, _MOST_PARTS = 1000, 16, 4096
# What only the joining looks at.
_JOINING = (
    "workers",
    "keep_parts",
    "near",
    "kin",
    "leak",
    "ratios",
    "train_only",
    "licences",
    "label_columns",
)


def build_corpus(
    sources: Sequence[PathLike] | PathLike,
    output: PathLike,
    *,
    options: CorpusOptions | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
    scheduler: str | None = None,
) -> CorpusReport:
    """Build a corpus store from sources.

    Parameters
    ----------
    sources : sequence of path or str, or one of them
        Folders, zips and files, or addresses of such that fsspec knows; see `symgen.corpus.find.find_places`.
        Earlier sources win over later ones where tunes are the same.
    output : path
        Folder of the store, or an address that fsspec knows; it appears when it is complete. Parts that
        `prepare_shard` has made there are
        joined; those that are missing are made first.
    options : CorpusOptions, optional
        What to keep.
    overwrite : bool
        Whether an existing store may be replaced.
    progress : callable, optional
        Called with the tunes done and the tunes known so far.
    scheduler : str, optional
        Address of a dask scheduler, such as ``tcp://host:8786``: its workers make the parts. They must see
        sources and output under the same paths. The store is the same.

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
    CheckpointError
        If parts are there that were made of other sources or with other options.
    SymgenError
        If the scheduler cannot be reached or is gone; parts that are done are kept.
    """
    work = _Work(_listed(sources), Target(output), options or CorpusOptions(), progress)
    with (
        work.target.opened(work.sources, overwrite=overwrite),
        work.target.scratch() as scratch,
    ):
        count = _count_parts(work, scheduler)
        parts = work.all_parts(count, scratch, scheduler) if count else [work.alone(scratch)]
        report = work.join(parts, scratch, overwrite=overwrite)
    work.target.remove_parts()
    return report


def _count_parts(work: _Work, scheduler: str | None) -> int:
    """Return in how many parts a store is made: as many as are there, or as the files ask for; 0 for no parts."""
    done = found_parts(work.target.parts)
    if done or scheduler is None:
        return done[0].shard.count if done else 0
    # By the files alone, so that a command that is given again goes on with what is there.
    files = sum(1 for _ in work.listing())
    return max(1, min(files, _MOST_PARTS, max(_FEW_PARTS, files // _FILES)))


@dataclass(frozen=True)
class Prepared:
    """What `prepare_shard` did."""

    shard: Shard
    # Pieces that may go into the store, and how many were left out.
    pieces: int
    left_out: int
    # Whether it was there already.
    was_done: bool
    # Parts that are done by now, of all shards.
    done: int

    def told(self) -> str:
        """Say it in a line, and what comes next."""
        what = f"{self.pieces:,} pieces, {self.left_out:,} left out"
        missing = self.shard.count - self.done
        after = f"{missing:,} of {self.shard.count:,} parts are missing"
        if not missing:
            after = "all parts are there: the same command without --shard joins them"
        return f"part {self.shard}{' was there already' * self.was_done}: {what}; {after}"


def prepare_shard(
    sources: Sequence[PathLike] | PathLike,
    output: PathLike,
    shard: Shard,
    *,
    options: CorpusOptions | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Prepared:
    """Make one part of a corpus store, of the files that fall to a shard; `build_corpus` joins all parts."""
    # What is done already is not done again, unless `overwrite` says so.
    work = _Work(_listed(sources), Target(output), options or CorpusOptions(), progress)
    folder = work.target.parts
    with (
        work.target.opened(work.sources, overwrite=overwrite),
        nullcontext() if is_remote(folder) else new_folder(folder),
    ):
        if not is_remote(folder):
            remove_stale(folder)
        if any(part.shard.count != shard.count for part in found_parts(folder)):
            raise CheckpointError(
                f"{folder}: holds parts of another number of shards; go on with that, or remove them"
            )
        part = Part(folder, shard)
        items, files = items_of(work.listing(), shard)
        made_of = work.made_of(files)
        was_done = not overwrite and part.is_done(made_of)
        if not was_done:
            make_part(part, made_of, items, work.options, progress)
        told = part.told()
        return Prepared(shard, told["pieces"], told["left_out"], was_done, len(found_parts(folder)))


def _listed(sources: Sequence[PathLike] | PathLike) -> Sequence[PathLike]:
    if isinstance(sources, str | os.PathLike):
        return [sources]
    if not isinstance(sources, Iterable):
        raise FormatError(f"sources {sources!r:.40}: give a list of folders or files")
    return list(sources)


def make_part(
    part: Part,
    made_of: Mapping[str, Any],
    items: Iterable[Item],
    options: CorpusOptions,
    progress: Progress | None = None,
) -> None:
    """Prepare files and write what comes of them as a part: nothing else is read or changed."""
    with (
        closing(prepare_items(items, options, progress)) as tunes,
        part_writer(part, made_of, options.works) as writer,
    ):
        for rank, tune in tunes:
            for found in tune:
                writer.add(rank, found)


@dataclass(frozen=True)
class _Work:
    """A corpus that is being built."""

    sources: Sequence[PathLike]
    target: Target
    options: CorpusOptions
    progress: Progress | None

    @cached_property
    def labels(self) -> Labels:
        """What tables of labels say of the files."""
        return find_labels(self.sources, self.options)

    @cached_property
    def facts(self) -> Mapping[str, Facts]:
        """What tables say of the files of sources."""
        return {source: read_facts(path) for source, path in self.options.facts.items()}

    def listing(self) -> Iterator[Item]:
        """List all files."""
        most = self.options.limits.bytes
        items = chain.from_iterable(find_places(source, most=most) for source in self.sources)
        conditions = [parse_condition(text) for text in self.options.where]
        return _wanted(add_facts(self.labels.add(items), self.facts), conditions)

    def made_of(self, files: str) -> dict[str, Any]:
        """Return what a part is made of; `files`: a hash of its files."""
        told = options_to_json(self.options)
        told["options"] = {n: v for n, v in told["options"].items() if n not in _JOINING}
        options = sha256(json.dumps(told, sort_keys=True).encode())
        return {"version": PART_VERSION, "files": files, "options": options}

    def alone(self, scratch: Path) -> Part:
        """Prepare all files as one part, which is not kept."""
        part = Part(scratch, Shard(1, 1))
        make_part(part, {}, ranked(self.listing()), self.options, self.progress)
        return part

    def all_parts(self, count: int, scratch: Path, scheduler: str | None) -> list[Part]:
        """Return all parts; those that are missing are made."""
        dealt = Dealt(self.listing(), count, scratch)
        parts = [Part(self.target.parts, shard) for shard in Shard.all(count)]
        made_of = [self.made_of(files) for files in dealt.digests]
        missing = [i for i, part in enumerate(parts) if not part.is_done(made_of[i])]
        if scheduler is None:
            for i in missing:
                items = dealt.items(parts[i].shard)
                make_part(parts[i], made_of[i], items, self.options, self.progress)
            return parts
        options = replace(self.options, workers=1)
        calls = [
            lambda i=i: (parts[i], made_of[i], dealt.items(parts[i].shard), options)
            for i in missing
        ]
        read, total = [0], sum(dealt.sizes[i] for i in missing)

        def tell(call: int, _: object) -> None:
            read[0] += dealt.sizes[missing[call]]
            if self.progress is not None:
                self.progress(read[0], total)

        run_on_cluster(scheduler, make_part, calls, tell)
        # What a worker has written must be seen here too, whole.
        for part, made in zip(parts, made_of, strict=True):
            if not part.is_done(made):
                raise FormatError(
                    f"{part.folder}: part {part.shard} was made by a worker, and is not there as it was; "
                    "name a folder that all machines share"
                )
        return parts

    def join(self, parts: Sequence[Part], scratch: Path, *, overwrite: bool) -> CorpusReport:
        """Write the store."""
        # Which pieces stay is known when all are read, and a large corpus has more of everything than
        # memory holds: so events, n-grams and titles wait on disk.
        held = read_held_out(self.options.hold_out)
        left_out = scratch / LEFT_OUT_FILE
        with OpenParts(parts, scratch) as opened, scratch_lines(left_out) as lines:
            drops = DropTable(lines)
            joined = join(opened, self.options, (held, self.labels), drops, scratch)
            with self.target.writing(scratch, overwrite=overwrite) as folder:
                report = joined.report(self.options, drops)
                index = joined.index(self.options, report)
                if self.options.performed:
                    index |= write_manner(folder, joined.manner, joined.events)
                lines.flush()
                beside = {LEFT_OUT_FILE: partial(_copy, left_out, folder / LEFT_OUT_FILE)}
                if self.options.keep_parts:
                    files = joined.stay_in_parts()
                    write_store_of_parts(folder, joined.rows(), files, index, beside)
                else:
                    write_store(folder, joined.rows, joined.events, index, beside)
                remove_manner(folder, index.get("manner_file", ""))
        return report


def _copy(source: Path, target: Path) -> None:
    with atomic_file(target) as file, source.open("rb") as rows:
        shutil.copyfileobj(rows, file)


def _wanted(items: Iterator[Item], conditions: Sequence[Condition]) -> Iterator[Item]:
    """Mark the items that are not asked for."""
    for item in items:
        broken = unwanted(item, conditions)
        if broken is None:
            yield item
        else:
            value = item.meta.get(broken.field, "")
            yield replace(item, broken=f"{broken.field}: {value}")
