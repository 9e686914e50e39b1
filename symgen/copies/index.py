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
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgen.copies.report import COVER, CopyReport, Floor, Match, measure_floor
from symgen.music.lines import LINE_KINDS, Ints, Line, hash_runs, score_lines
from symgen.music.score import Score
from symgen.nets.checkpoint import INDEX_STEM, LANGUAGE_MODEL
from symgen.nets.network import attach_file, read_attached
from symgen.system.errors import CheckpointError, ControlError
from symgen.system.files import PathLike

__all__ = ["INDEX_LIMIT", "CopyIndex", "Indexed", "Tracker"]

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
        cls, tunes: Iterable[Indexed], held_out: Iterable[Score] = (), *, limit: int = INDEX_LIMIT
    ) -> CopyIndex:
        """Index tunes, and measure what others share with them."""
        names: list[tuple[str, str]] = []
        moves: dict[str, list[tuple[int, Ints]]] = {kind: [] for kind in LINE_KINDS}
        for score, title, source in tunes:
            for kind, found in moves.items():
                found += [
                    (len(names), line.moves.astype(np.int32)) for line in score_lines(score, kind)
                ]
            names.append((title, source))
        for kind, bits in _LAYOUTS:
            index = cls._encode(moves[kind], names, kind, bits)
            if len(index.to_bytes()) <= limit:
                break
        else:
            raise ControlError(
                f"copy index: {len(index.codes):,} places do not fit into {limit:,} bytes; index fewer tunes"
            )
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
        codes, tunes, seen = [np.zeros(0, dtype=f"u{bits // 8}")], [], set()
        for tune, line in moves:
            runs = _codes(line, bits)
            if (
                len(runs) and (content := runs.tobytes()) not in seen
            ):  # several editions of one work
                seen.add(content)
                codes.append(runs)
                tunes.append(tune)
        lengths = np.array([len(runs) for runs in codes[1:]], dtype=np.uint32)
        titles, sources = (tuple(name[i] for name in names) for i in (0, 1))
        return cls(
            np.concatenate(codes), lengths, np.array(tunes, dtype=np.uint32), titles, sources, kind
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
            card = json.loads(
                zlib.decompressobj().decompress(arrays["card"].tobytes(), _LONGEST_CARD)
            )
            if card["version"] != _VERSION:
                raise CheckpointError(f"made for another version of symgen ({card['version']})")
            floor = Floor.from_json(card["floor"])
            titles, sources = tuple(map(str, card["titles"])), tuple(map(str, card["sources"]))
            index = cls(
                arrays["codes"],
                arrays["lengths"],
                arrays["tunes"],
                titles,
                sources,
                str(card["kind"]),
                floor,
            )
            index._check()
        except (
            SafetensorError,
            zlib.error,
            KeyError,
            TypeError,
            ValueError,
            AttributeError,
            RecursionError,
        ) as error:
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
        data = read_attached(LANGUAGE_MODEL, folder, INDEX_STEM)
        if data is None:
            raise CheckpointError(
                f"{Path(folder)}: this model has no index of its training tunes; name one that has with --model"
            )
        try:
            return cls.from_bytes(data)
        except CheckpointError as error:
            raise CheckpointError(
                f"{Path(folder)}: the index of copies is {error}; copy the model again"
            ) from None

    # -- searching -------------------------------------------------------------------

    def find(self, score: Score, *, notes: int = COVER) -> CopyReport:
        """Look for copies in a piece."""
        # `notes`: length from which a match counts towards the share; at least `shortest`.
        # Each part's highest notes are looked up, and the highest and the lowest of the whole.
        if notes < self.shortest:
            raise ControlError(
                f"matches of {notes} notes: this index tells those of {self.shortest} or more"
            )
        table = score.note_array()
        seen, covered = (np.zeros(len(table), dtype=bool) for _ in "ab")
        best: tuple[int, Line, int, int] | None = None
        for line in _query_lines(score):
            seen[line.row] = True
            for end, run, place in self._runs(line):
                if run >= notes:
                    covered[line.row[end - run + 1 : end + 1]] = True
                if best is None or run > best[0]:
                    best = run, line, end, place
        total = int(seen.sum())
        return CopyReport(
            total, float(covered.sum() / total) if total else 0.0, self._match(score, table, best)
        )

    def _runs(self, line: Line) -> Iterator[tuple[int, int, int]]:
        """Yield the last note, the length and the place in the index of the longest match that ends at each note."""
        tracker = self.tracker()
        for end, key in enumerate(_keys(line.moves, self.bits).tolist(), _RUN - 1):
            run, place = tracker.step(key)
            if run >= self.shortest:
                yield end, run, place

    def _match(
        self, score: Score, table: Ints, best: tuple[int, Line, int, int] | None
    ) -> Match | None:
        if best is None:
            return None
        run, line, end, place = best
        first, last = int(line.row[end - run + 1]), int(line.row[end])
        starts = [bar.start for bar in score.bars]
        bars = [
            score.bars[max(0, int(np.searchsorted(starts, table[row, 0], "right")) - 1)].number
            for row in (first, last)
        ]
        tune = int(self.tunes[np.searchsorted(np.cumsum(self.lengths), place, side="right")])
        return Match(
            run,
            first,
            int(table[first, 4]),
            (bars[0], bars[1]),
            self.titles[tune],
            self.sources[tune],
        )

    def tracker(self) -> Tracker:
        """Return a search that is fed note by note."""
        return Tracker(self)

    def places(self, key: int) -> Ints:
        """Return the places of all runs of six notes with a key, rising."""
        order, starts = self._table
        return order[starts[key] : starts[key + 1]]

    @cached_property
    def _table(self) -> tuple[Ints, Ints]:
        """All places sorted by key, and where each key begins among them."""
        codes, ends = self.codes.astype(np.uint16), np.cumsum(self.lengths).astype(np.int64)
        if self.bits == 16:
            order = np.argsort(codes, kind="stable")
        else:  # two neighbors make a key; the last of a line has none
            keys, valid = (
                (codes[:-1] << np.uint16(8)) | codes[1:],
                np.ones(max(0, len(codes) - 1), dtype=bool),
            )
            valid[ends[:-1] - 1] = False
            places = np.flatnonzero(valid)
            codes = keys[places]
            order = places[np.argsort(codes, kind="stable")]
        return order, np.append(0, np.cumsum(np.bincount(codes, minlength=1 << 16)))

    @cached_property
    def line_starts(self) -> NDArray[np.bool_]:
        """Whether a place is the first of its line; shape ``(places,)``."""
        first = np.zeros(len(self.codes), dtype=bool)
        first[np.append(0, np.cumsum(self.lengths))[:-1].astype(np.int64)] = True
        return first


class Tracker:
    """A search that is fed note by note, for a line that is being written."""

    # Feeding all notes of a line gives what `CopyIndex.find` sees in it. A note costs time in
    # proportion to the places that have its last six notes, not to the notes before it.

    def __init__(self, index: CopyIndex) -> None:
        self._index = index
        self._notes: tuple[tuple[int, int], ...] = ()
        self._places = np.zeros(0, dtype=np.int64)
        self._lengths = np.zeros(0, dtype=np.int64)

    def copy(self) -> Tracker:
        """Return another one in the same state; cheap."""
        twin = Tracker(self._index)
        twin._notes, twin._places, twin._lengths = self._notes, self._places, self._lengths
        return twin

    def feed(self, onset: int, pitch: int) -> int:
        """Add a note. `onset`: in steps of a 12th of a quarter, after the note before."""
        self._notes = (*self._notes[1 - _RUN :], (pitch, onset))
        notes = np.array(self._notes, dtype=np.int64)
        keys = _keys(notes[1:] - notes[:-1], self._index.bits)
        run = self.step(int(keys[0]))[0] if len(keys) else 0
        return run if run >= self._index.shortest else 0

    def step(self, key: int) -> tuple[int, int]:
        """Add the run of six notes that ends with the next note, by its key; return the longest match and its place."""
        places = self._index.places(key)
        lengths = np.full(len(places), _RUN)
        if len(places) and len(self._places):
            near = np.minimum(np.searchsorted(self._places, places - 1), len(self._places) - 1)
            goes_on = (self._places[near] == places - 1) & ~self._index.line_starts[places]
            lengths[goes_on] = self._lengths[near[goes_on]] + 1
        self._places, self._lengths = places, lengths
        if not len(places):
            return 0, 0
        longest = int(np.argmax(lengths))
        return int(lengths[longest]), int(places[longest])


def _codes(moves: Ints, bits: int) -> NDArray[Any]:
    """Hash the runs of a line: six notes in 16 bits, or five in 8; nothing if it has no run of six."""
    notes = _RUN if bits == 16 else _RUN - 1
    runs = hash_runs(moves, notes) if len(moves) >= _RUN - 1 else np.zeros(0, dtype=np.uint64)
    return (runs >> np.uint64(64 - bits)).astype(f"u{bits // 8}")


def _keys(moves: Ints, bits: int) -> NDArray[np.uint16]:
    """Return 16 bits for each run of six notes of a line."""
    codes = _codes(moves, bits).astype(np.uint16)
    return codes if bits == 16 else (codes[:-1] << np.uint16(8)) | codes[1:]


def _query_lines(score: Score) -> list[Line]:
    """Return all lines of a score, each once."""
    lines = {line.row.tobytes(): line for kind in LINE_KINDS for line in score_lines(score, kind)}
    return list(lines.values())
