"""An index of tunes as hashes, to look for copies of them: small, and without their notes.

Every run of six notes of every line (see `symgen.music.lines`) is one hash of 16 bits, in order;
where that would be too much, every run of five notes is one of 8 bits. So a match is a stretch of
equal hashes, and its length is exact: every common run of `CopyIndex.shortest` notes or more is
found, and a stretch is taken one note too long with a chance of 2^-16 (2^-8) at its end. Of a
random file of 200 notes, a run of the shortest length is found by mistake with a chance below 200 x
places x 2^-48, which is 10^-6 for a million places.

Not the notes but only hashes are stored. They tell whether a tune that one has is in the index.
They are no cipher: whoever knows the beginning of a tune can guess on, note by note, as with any
index that tells how long a copy is.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from symgen.copies.report import (
    COVER,
    OWN_BANDS,
    CopyReport,
    Floor,
    Match,
    PartCopies,
    measure_floor,
)
from symgen.music.instruments import program_name
from symgen.music.lines import LINE_KINDS, Ints, Line, hash_runs, score_lines
from symgen.music.score import Score
from symgen.nets.checkpoint import INDEX_STEM, LANGUAGE_MODEL
from symgen.nets.network import attach_file, read_attached
from symgen.system.errors import CheckpointError, ControlError
from symgen.system.files import PathLike

__all__ = ["INDEX_LIMIT", "CopyIndex", "Indexed"]

INDEX_LIMIT = 4 << 20
"""Bytes that an index may take."""

_VERSION = 1
_LONGEST_CARD = 1 << 26
_RUN = 6
_SHORTEST = {16: 8, 8: 10}
"""By the bits of a hash: notes of the shortest match that is told; 48 bits or more must agree for it."""

_LAYOUTS = (("parts", 16), ("parts", 8), ("outer", 8))
"""Lines and bits of a hash, the best first; the first that is small enough is taken."""

Indexed = tuple[Score, str, str]
"""A tune to be indexed, its title and its source."""

_MALFORMED = (KeyError, TypeError, ValueError, AttributeError, RecursionError)
"""What reading data of another shape raises."""


class _Found(NamedTuple):
    """A match: its length, the line it is on, the place of its last note there, and where it is in the index."""

    run: int
    line: Line
    end: int
    place: int


@dataclass(frozen=True, eq=False)
class CopyIndex:
    """Tunes to look for copies of."""

    codes: NDArray[Any] = field(repr=False)  # shape (places,); hashes of the runs, line after line
    # shape (lines,); runs of each line, and the tune it belongs to
    lengths: NDArray[np.uint32] = field(repr=False)
    tunes: NDArray[np.uint32] = field(repr=False)
    # One a tune
    titles: tuple[str, ...] = field(repr=False)
    sources: tuple[str, ...] = field(repr=False)
    kind: str = "parts"  # which lines are indexed: one of `symgen.music.lines.LINE_KINDS`
    floor: Floor = field(default_factory=Floor)

    @property
    def bits(self) -> int:
        """Bits of a hash."""
        return 8 * self.codes.dtype.itemsize

    @property
    def shortest(self) -> int:
        """Notes of the shortest match that is told: every common run as long as this is found."""
        return _SHORTEST[self.bits]

    # -- making and keeping ----------------------------------------------------------

    @classmethod
    def build(
        cls,
        tunes: Iterable[Indexed],
        held_out: Iterable[Score] = (),
        *,
        limit: int | None = INDEX_LIMIT,
    ) -> CopyIndex:
        """Index tunes, and measure what others share with them."""
        # `limit`: bytes that it may take; None if it is not kept
        names: list[tuple[str, str]] = []
        moves: dict[str, list[tuple[int, Ints]]] = {kind: [] for kind in LINE_KINDS}
        for score, title, source in tunes:
            for kind, found in moves.items():
                for line in score_lines(score, kind):
                    # 32 bits are enough, and all lines of a corpus are in memory here
                    found.append((len(names), line.moves.astype(np.int32)))
            names.append((title, source))
        for kind, bits in _LAYOUTS:
            index = cls._encode(moves[kind], names, kind, bits)
            if limit is None or len(index.to_bytes()) <= limit:
                break
        else:
            size = f"{len(index.codes):,} places do not fit into {limit:,} bytes"
            raise ControlError(f"copy index: {size}; index fewer tunes")
        reports = [index.find(score) for score in held_out]
        return replace(index, floor=measure_floor(reports)) if reports else index

    @classmethod
    def _encode(
        cls,
        moves: Sequence[tuple[int, Ints]],
        names: Sequence[tuple[str, str]],
        kind: str,
        bits: int,
    ) -> CopyIndex:
        codes, tunes, stored = [np.zeros(0, dtype=f"u{bits // 8}")], [], set()
        for tune, line in moves:
            runs = _codes(line, bits)
            content = runs.tobytes()
            # Editions of one work share whole lines: one of them is enough to find a copy.
            if content and content not in stored:
                stored.add(content)
                codes.append(runs)
                tunes.append(tune)
        return cls(
            codes=np.concatenate(codes),
            lengths=np.array([len(runs) for runs in codes[1:]], dtype=np.uint32),
            tunes=np.array(tunes, dtype=np.uint32),
            titles=tuple(title for title, _ in names),
            sources=tuple(source for _, source in names),
            kind=kind,
        )

    def to_bytes(self) -> bytes:
        """Return the index as a file: safetensors, with titles and floor as compressed JSON."""
        from safetensors.numpy import save

        card = {
            "version": _VERSION,
            "kind": self.kind,
            "titles": self.titles,
            "sources": self.sources,
            "floor": asdict(self.floor),
        }
        text = zlib.compress(json.dumps(card, separators=(",", ":"), sort_keys=True).encode(), 9)
        arrays = {"codes": self.codes, "lengths": self.lengths, "tunes": self.tunes}
        return bytes(save({**arrays, "card": np.frombuffer(text, dtype=np.uint8)}))

    @classmethod
    def from_bytes(cls, data: bytes) -> CopyIndex:
        """Rebuild from `to_bytes`."""
        from safetensors import SafetensorError
        from safetensors.numpy import load

        try:
            arrays = load(data)
            # A small file could unpack to any size.
            text = zlib.decompressobj().decompress(arrays["card"].tobytes(), _LONGEST_CARD)
            card = json.loads(text)
            if card["version"] != _VERSION:
                raise CheckpointError(f"made for another version of symgen ({card['version']})")
            index = cls(
                codes=arrays["codes"],
                lengths=arrays["lengths"],
                tunes=arrays["tunes"],
                titles=tuple(map(str, card["titles"])),
                sources=tuple(map(str, card["sources"])),
                kind=str(card["kind"]),
                floor=Floor.from_json(card["floor"]),
            )
            index._check()
        except (SafetensorError, zlib.error, *_MALFORMED) as error:
            raise CheckpointError(f"damaged ({error!r})") from None
        return index

    def _check(self) -> None:
        sound = (
            self.codes.dtype in (np.uint8, np.uint16)
            and self.lengths.dtype == self.tunes.dtype == np.uint32
            and self.codes.ndim == self.lengths.ndim == 1
            and self.lengths.shape == self.tunes.shape
            and int(self.lengths.sum()) == len(self.codes)
            and len(self.titles) == len(self.sources)
            and bool((self.tunes < len(self.titles)).all())
            and bool((self.lengths > 0).all())
            and self.kind in LINE_KINDS
        )
        if not sound:
            raise ValueError("its arrays do not agree")

    def save(self, folder: PathLike) -> str:
        """Put the index beside the weights of a model, and its checksum onto the model's card."""
        # Return its name.
        return attach_file(LANGUAGE_MODEL, folder, INDEX_STEM, self.to_bytes())

    @classmethod
    def load(cls, folder: PathLike) -> CopyIndex:
        """Read the index that lies beside a model."""
        place = Path(folder)
        data = read_attached(LANGUAGE_MODEL, folder, INDEX_STEM)
        if data is None:
            why = (
                "this model has no index of its training tunes; name one that has with --model, "
                "or look in the music itself: symgen copies FILE --reference STORE"
            )
            raise CheckpointError(f"{place}: {why}")
        try:
            return cls.from_bytes(data)
        except CheckpointError as error:
            why = f"the index of copies is {error}; copy the model again"
            raise CheckpointError(f"{place}: {why}") from None

    # -- searching -------------------------------------------------------------------

    def find(self, score: Score, *, notes: int = COVER) -> CopyReport:
        """Look for copies in a piece."""
        # `notes`: length from which a match counts towards the share; at least `shortest`.
        # Each part's highest notes are looked up, and the highest and the lowest of the whole.
        if notes < self.shortest:
            told = f"this index tells those of {self.shortest} or more"
            raise ControlError(f"matches of {notes} notes: {told}")
        table = score.note_array()
        on_line = np.zeros(len(table), dtype=bool)
        covered = np.zeros(len(table), dtype=bool)
        best: _Found | None = None
        for line in _query_lines(score):
            on_line[line.row] = True
            for end, run, place in self.matches(line):
                if run >= notes:
                    covered[line.row[end - run + 1 : end + 1]] = True
                if best is None or run > best.run:
                    best = _Found(run, line, end, place)
        total = int(on_line.sum())
        share = float(covered.sum() / total) if total else 0.0
        return CopyReport(total, share, self._match(score, table, best) if best else None)

    def find_parts(self, score: Score, *, notes: int = COVER) -> tuple[PartCopies, ...]:
        """Look for copies in each pitched part of a piece alone."""
        found = []
        for number, part in enumerate(score.parts):
            if part.notes and not part.is_drum:
                report = self.find(score.with_parts([part]), notes=notes)
                match = replace(report.match, part=number) if report.match else None
                name = part.name or program_name(part.program)
                found.append(PartCopies(number, name, replace(report, match=match)))
        return tuple(found)

    @cached_property
    def of_others(self) -> CopyIndex:
        """The index without what our own playing styles play under melodies: that is no copy of anyone's music."""
        own = np.array([source == OWN_BANDS for source in self.sources], dtype=bool)[self.tunes]
        first = np.append(True, self.tunes[1:] != self.tunes[:-1])[: len(own)]
        kept = first | ~own
        if kept.all():
            return self
        codes = self.codes[np.repeat(kept, self.lengths)]
        return replace(self, codes=codes, lengths=self.lengths[kept], tunes=self.tunes[kept])

    def matches(self, line: Line) -> Iterator[tuple[int, int, int]]:
        """Yield the last note, the length and the place in the index of the longest match that ends at each note."""
        # A note costs time in proportion to the places that have its last six notes, not to the
        # notes before it.
        before, lengths = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
        for end, key in enumerate(_keys(line.moves, self.bits).tolist(), _RUN - 1):
            places = self._places(key)
            lengths = self._grow(before, lengths, places)
            before = places
            longest = int(lengths.max(initial=0))
            if longest >= self.shortest:
                yield end, longest, int(places[lengths.argmax()])

    def _grow(self, before: Ints, lengths: Ints, places: Ints) -> Ints:
        """Lengths of the matches that end at places, from those that ended one note earlier."""
        grown = np.full(len(places), _RUN)
        if len(places) and len(before):
            # A match goes on where the run before stood one place earlier on the same line.
            near = np.minimum(np.searchsorted(before, places - 1), len(before) - 1)
            goes_on = (before[near] == places - 1) & ~self._line_starts[places]
            grown[goes_on] = lengths[near[goes_on]] + 1
        return grown

    def _match(self, score: Score, table: Ints, best: _Found) -> Match:
        line, end = best.line, best.end
        first, last = int(line.row[end - best.run + 1]), int(line.row[end])
        starts = [bar.start for bar in score.bars]
        bars = []
        for row in (first, last):
            place = int(np.searchsorted(starts, table[row, 0], "right")) - 1
            bars.append(score.bars[max(0, place)].number)
        ends = np.cumsum(self.lengths)
        tune = int(self.tunes[np.searchsorted(ends, best.place, side="right")])
        return Match(
            notes=best.run,
            row=first,
            part=int(table[first, 4]),
            bars=(bars[0], bars[1]),
            title=self.titles[tune],
            source=self.sources[tune],
        )

    def _places(self, key: int) -> Ints:
        """Return the places of all runs of six notes with a key, rising."""
        order, starts = self._table
        return order[starts[key] : starts[key + 1]]

    @cached_property
    def _table(self) -> tuple[Ints, Ints]:
        """All places sorted by key, and where each key begins among them."""
        codes, ends = self.codes.astype(np.uint16), np.cumsum(self.lengths).astype(np.int64)
        if self.bits == 16:
            order = np.argsort(codes, kind="stable")
        else:
            # Two neighbors of 8 bits make a key of 16; the last of a line has none.
            keys = (codes[:-1] << np.uint16(8)) | codes[1:]
            valid = np.ones(len(keys), dtype=bool)
            valid[ends[:-1] - 1] = False
            places = np.flatnonzero(valid)
            codes = keys[places]
            order = places[np.argsort(codes, kind="stable")]
        counts = np.bincount(codes, minlength=1 << 16)
        return order, np.append(0, np.cumsum(counts))

    @cached_property
    def _line_starts(self) -> NDArray[np.bool_]:
        """Whether a place is the first of its line; shape ``(places,)``."""
        first = np.zeros(len(self.codes), dtype=bool)
        ends = np.cumsum(self.lengths).astype(np.int64)
        first[np.append(0, ends)[:-1]] = True
        return first


def _codes(moves: Ints, bits: int) -> NDArray[Any]:
    """Hash the runs of a line: six notes in 16 bits, or five in 8; nothing if it has no run of six."""
    runs = np.zeros(0, dtype=np.uint64)
    if len(moves) >= _RUN - 1:
        runs = hash_runs(moves, _RUN if bits == 16 else _RUN - 1)
    return (runs >> np.uint64(64 - bits)).astype(f"u{bits // 8}")


def _keys(moves: Ints, bits: int) -> NDArray[np.uint16]:
    """Return 16 bits for each run of six notes of a line."""
    codes = _codes(moves, bits).astype(np.uint16)
    return codes if bits == 16 else (codes[:-1] << np.uint16(8)) | codes[1:]


def _query_lines(score: Score) -> list[Line]:
    """Return all lines of a score, each once."""
    lines = {}
    for kind in LINE_KINDS:
        for line in score_lines(score, kind):
            lines[line.row.tobytes()] = line
    return list(lines.values())
