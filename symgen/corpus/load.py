"""Read the files of a source into candidates: MIDI here, notation in worker processes, with a cache.

music21 is slow, and a few bytes can make it hang; so notation is read by worker processes with
limits on time and memory, ABC tune by tune, and what came out is kept in the user's cache folder
as JSON.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from symgen.corpus.candidate import Candidate, Drop
from symgen.corpus.find import Archives, Item
from symgen.corpus.pickup import with_pickup
from symgen.formats.kinds import DATA_SUFFIX, MIDI_SUFFIXES, TOKENIZER, plain_text
from symgen.formats.limits import DEFAULT_LIMITS, Limits
from symgen.formats.midi import read_midi_tunes
from symgen.formats.tunes import Tune
from symgen.formats.worker_pool import MOST_REPLY, WorkerPool
from symgen.music.meter import Meter
from symgen.music.score import MeterChange, Score
from symgen.music.theory import Key
from symgen.system.errors import ControlError, FormatError
from symgen.system.files import sha256, write_atomic
from symgen.system.folders import cache_folder
from symgen.system.pool import in_order

__all__ = [
    "REPEATS",
    "Progress",
    "cut_sections",
    "load_items",
    "split_books",
    "tune_jobs",
]

REPEATS = ("written", "played", "both")
"""How repeat signs of notation are taken: left alone, expanded, or the tune in both forms."""

Progress = Callable[[int, int], None]
"""Called with the tunes done and the tunes known so far."""

# Of the readers; what an older one said is read anew.
_VERSION = {"abc": 3, "file": 2}
# Jobs a thread that may wait, so that memory stays small.
_WINDOW = 64
# Labels of a file that cannot be those of each of several tunes in it.
_OF_ONE_TUNE = ("title", "work", "key", "meter", "tempo")


def load_items(
    items: Iterator[Item],
    *,
    repeats: str = "written",
    workers: int | None = None,
    timeout: float = 60.0,
    progress: Progress | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> Iterator[Candidate | Drop]:
    """Read items, taken a few at a time, in parallel; results come in their order.

    `workers` are processes, by default one a core; `timeout` is in seconds for one tune.
    """
    count = workers if workers is not None else os.cpu_count() or 1
    if repeats not in REPEATS or count < 1:
        raise ControlError(
            f"repeats {repeats!r}, workers {count}: use one of {', '.join(REPEATS)} and 1 or more workers"
        )
    known = 0

    def jobs(pool: WorkerPool) -> Iterator[_Job]:
        nonlocal known
        for item in items:
            for job in tune_jobs(item, repeats, pool, limits):
                known += 1
                yield job

    with WorkerPool(timeout) as pool:
        for done, results in enumerate(in_order(jobs(pool), count, ahead=_WINDOW), 1):
            yield from results
            if progress is not None:
                progress(done, known)


def split_books(items: Iterable[Item], archives: Archives, most: int) -> Iterator[Item]:
    """Cut the books of ABC among items into tunes; files that are not called ABC are not read for it."""
    for item in items:
        if item.suffix != ".abc" or item.broken:
            yield item
        else:
            yield from _split(item.loaded(archives, most))


def _split(item: Item) -> Iterator[Item]:
    """Cut a book of ABC into its tunes; yield any other item as it is."""
    if item.kind != ".abc" or item.problem or item.broken or item.number:
        yield item
        return
    from symgen.formats.notation import split_book

    for number, tune in enumerate(split_book(plain_text(item.data)), 1):
        meta = {"date": _abc_year(tune), **item.meta}
        yield replace(item, data=tune.encode(), meta=meta, number=number)


def tune_jobs(
    item: Item, repeats: str, pool: WorkerPool, limits: Limits = DEFAULT_LIMITS
) -> Iterator[_Job]:
    """Yield a job for each tune of an item, which returns its forms, or why it is left out."""
    for tune in _split(item):
        yield _Job(tune, repeats, pool, limits)


def _abc_year(tune: str) -> str:
    """Find the year that a ``C:`` field names, of the music before that of the words."""
    music = re.search(r"(?m)^C:.*Music:[^.\n]*?\b(1\d{3})\b", tune)
    found = music or re.search(r"(?m)^C:.*?\b(1\d{3})\b", tune)
    return found[1] if found else ""


@dataclass(frozen=True)
class _Job:
    """The reading of one tune; called in a thread."""

    item: Item
    repeats: str
    pool: WorkerPool
    limits: Limits

    def __call__(self) -> list[Candidate | Drop]:
        item = self.item
        where = item.where
        drop = Drop("unreadable", item.problem, f"{item.source}/{where}")
        if item.broken:
            return [replace(drop, reason="not asked for", detail=item.broken)]
        if item.problem:
            return [drop]
        bad_bars = item.meta.get("abc_errors")
        if bad_bars:
            return [replace(drop, reason="bar errors", detail=f"{bad_bars} bars of a wrong length")]
        is_midi = item.kind in MIDI_SUFFIXES
        read = self._read_midi if is_midi else self._read_notation
        if item.kind == DATA_SUFFIX:
            read = self._read_data
        try:
            tunes = read()
        except FormatError as error:
            return [replace(drop, detail=str(error))]
        numbered = is_midi and len(tunes) > 1  # the patterns of a file of format 2
        found: list[Candidate | Drop] = []
        for number, (form, tune) in enumerate(tunes, 1):
            found += _movements(tune, form, item, f"{where}#{number}" if numbered else where)
        return found or [replace(drop, detail="holds no tune")]

    def _read_midi(self) -> list[tuple[str, Tune]]:
        """Read the tunes without titles: names of tracks are no sure ones."""
        tunes = read_midi_tunes(self.item.data, self.item.locator, self.limits)
        return [("written", replace(tune, title="")) for tune in tunes]

    def _read_data(self) -> list[tuple[str, Tune]]:
        """Read a file of another library's data set."""
        from symgen.formats.datasets import read_data

        item = self.item
        score = read_data(item.data, item.locator, str(item.meta.get(TOKENIZER, "")), self.limits)
        return [("written", Tune(score, score.title))]

    def _read_notation(self) -> list[tuple[str, Tune]]:
        """Look into the cache, or ask a worker; what a worker says is kept, even an error."""
        from symgen.formats.notation import ask_pieces, pieces_of

        item = self.item
        kind = item.kind
        version = _VERSION["abc" if kind == ".abc" else "file"]
        # Other limits give other answers, but the usual ones keep the entries that are there
        # already.
        limits = "" if self.limits == DEFAULT_LIMITS else f"{self.limits}|"
        key = f"{version}|{kind}|{self.repeats}|{limits}".encode() + item.data
        reply = _cached(key)
        if reply is not None:
            try:
                return pieces_of(reply, self.limits)
            except FormatError:
                # An error that was kept is the answer; a damaged entry is read anew.
                if "error" in reply:
                    raise
        reply = ask_pieces(self.pool, item.data, kind, repeats=self.repeats, limits=self.limits)
        _keep(key, reply)
        return pieces_of(reply, self.limits)


def _cache_file(key: bytes) -> Path:
    digest = sha256(key)
    return cache_folder() / "tunes" / digest[:2] / f"{digest[2:]}.json.gz"


def _cached(key: bytes) -> dict[str, Any] | None:
    try:
        with gzip.open(_cache_file(key)) as file:
            reply = json.loads(file.read(MOST_REPLY))
    except (OSError, ValueError, EOFError, RecursionError, zlib.error):
        return None
    return reply if isinstance(reply, dict) else None


def _keep(key: bytes, reply: dict[str, Any]) -> None:
    """Write a cache entry; a cache that cannot be written is done without."""
    file = _cache_file(key)
    text = json.dumps(reply, separators=(",", ":"))
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(file, gzip.compress(text.encode(), 5, mtime=0))
    except (OSError, FormatError):
        return


def _movements(tune: Tune, form: str, item: Item, where: str) -> list[Candidate | Drop]:
    """Judge a tune, or each of its movements where the source tells them."""
    sections = item.meta.get("sections")
    if not sections or not tune.score.note_count:
        return [_judge(tune, form, item, where)]
    scores = cut_sections(tune.score, sections)
    found = []
    for number, score in enumerate(scores, 1):
        if score.note_count:
            name = where if len(scores) == 1 else f"{where}#{number}"
            key = tune.key if number == 1 else None  # movements have keys of their own
            found.append(_judge(replace(tune, score=score, key=key), form, item, name))
    return found


def cut_sections(score: Score, sections: Sequence[Sequence[float]]) -> list[Score]:
    """Cut a score at starts in quarter notes, and give each movement the pickup that it has, in quarter notes too.

    Movements after the end of the music are passed over.
    """
    exact = [[Fraction(value).limit_denominator(96) for value in row] for row in sections]
    rows = [(round(start * score.resolution), pickup) for start, pickup in exact]
    rows = [row for row in rows if row[0] < score.music_end] or [(0, Fraction(0))]
    if len(rows) == 1:
        return [_with_pickup(score, rows[0][1])]
    ends = [*(start for start, _ in rows[1:]), score.length]
    found = []
    for (start, pickup), end in zip(rows, ends, strict=True):
        found.append(_with_pickup(score.slice_ticks(start, end), pickup))
    return found


def _with_pickup(score: Score, pickup: Fraction) -> Score:
    """Put in the pickup, unless no meter can say it."""
    if score.has_pickup:
        return score
    try:
        return with_pickup(score, pickup)
    except ControlError:
        return score


def _judge(tune: Tune, form: str, item: Item, where: str) -> Candidate | Drop:
    """Make a candidate of a tune, with what the source says where the tune says nothing."""
    if not tune.score.note_count and tune.problems:
        return Drop("unreadable", tune.problems[0], f"{item.source}/{where}")
    meta, labels = item.meta, item.labels
    if where != item.locator:  # one of several tunes of a file, which a row tells of together
        labels = {name: value for name, value in labels.items() if name not in _OF_ONE_TUNE}
    title = labels.get("title") or tune.title or str(meta.get("title") or "")
    if not title and item.kind in MIDI_SUFFIXES:
        names = [part.name.strip() for part in tune.score.parts]
        title = next(filter(None, names), "")
    score = tune.score
    if "meter" in labels and len(score.meters) < 2:
        score = replace(score, meters=(MeterChange(0, Meter.parse(labels["meter"])),))
    return Candidate(
        # A corpus needs the notes, not the events of many files.
        score=replace(score, source=None),
        source=item.source,
        locator=where,
        title=title,
        key=_key(labels.get("key")) or tune.key or _key(meta.get("key")),
        rhythm=tune.rhythm or str(meta.get("rhythm") or ""),
        form=form,
        problems=tune.problems,
        meta=meta,
        labels=labels,
    )


def _key(text: object) -> Key | None:
    if not isinstance(text, str) or not text.strip():
        return None
    try:
        return Key.parse(text)
    except ControlError:
        return None
