"""The pieces that are compared, and where they come from: files, folders, zips, stores, scores in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from symgen.corpus import Store
from symgen.corpus.candidate import Candidate
from symgen.corpus.find import find_items, source_name
from symgen.corpus.load import load_items
from symgen.corpus.store import INDEX_FILE
from symgen.evaluation.discriminator import feature_rows
from symgen.evaluation.table import STEPS
from symgen.music.keys import find_key
from symgen.music.meter import convert_ticks
from symgen.music.score import Score
from symgen.music.theory import Key
from symgen.system.errors import ControlError, FormatError
from symgen.system.files import PathLike, as_path, sha256
from symgen.system.text import one_line
from symgen.tokens import decode

__all__ = [
    "SPLITS",
    "Piece",
    "PieceSet",
    "Source",
    "estimate_key",
    "read_pieces",
    "training_scores",
]

Source = PathLike | Store | Sequence[Score]
"""A file, a folder, a zip, a store, or scores."""

SPLITS = ("train", "valid", "test")

_RESOLUTION = 480
_AGREES = 0.85
"""Share of the sounding time that must lie in the scale of a key signature for it to be believed."""


@dataclass(frozen=True)
class Piece:
    """A piece to be measured."""

    name: str  # where it came from, for reports
    score: Score  # with at least one note
    group: str = ""  # what versions of one work share; empty where unknown

    @cached_property
    def key(self) -> Key:
        """As `estimate_key` finds it."""
        return estimate_key(self.score)

    @cached_property
    def digest(self) -> str:
        """The sha256 of the notes; equal for equal notes, whatever the file says besides."""
        notes = self.score.with_resolution(_RESOLUTION).note_array()[:, :3]
        return sha256(notes.tobytes())

    def features(self, kind: str) -> NDArray[np.float64]:
        """Return its row of `feature_rows`, worked out once."""
        if kind not in self._features:
            self._features[kind] = feature_rows(kind, [self.score], [self.key])[0]
        return self._features[kind]

    @cached_property
    def _features(self) -> dict[str, NDArray[np.float64]]:
        return {}

    @property
    def pitched(self) -> bool:
        """Whether it has notes that are no drums."""
        return any(part.notes and not part.is_drum for part in self.score.parts)


@dataclass(frozen=True)
class PieceSet:
    """Pieces in an order that does not depend on their names, nor on where they lie."""

    name: str
    pieces: tuple[Piece, ...]
    left_out: tuple[str, ...] = ()  # one line each on what could not be read
    store: Store | None = None  # where they come from

    def __post_init__(self) -> None:
        object.__setattr__(self, "pieces", tuple(sorted(self.pieces, key=_place)))

    def __len__(self) -> int:
        return len(self.pieces)

    @property
    def scores(self) -> list[Score]:
        """The music alone."""
        return [piece.score for piece in self.pieces]


def _place(piece: Piece) -> tuple[str, str, str, str]:
    resolution = piece.score.resolution
    bars = [f"{bar.start * STEPS / resolution} {bar.meter}" for bar in piece.score.bars]
    return piece.digest, ";".join(bars), piece.group, piece.name


def estimate_key(score: Score) -> Key:
    """Find the key of a piece from its notes and its key signature."""
    # In the same way wherever it comes from.
    #
    # The last onset is left out, so that whether a piece ends on its tonic can be asked. Drums are
    # left out too.
    rows = sorted(
        (n.onset, n.pitch, n.duration)
        for part in score.parts
        if not part.is_drum
        for n in part.notes
    )
    body = [row for row in rows if row[0] < rows[-1][0]] or rows
    pitches, weights = [row[1] for row in body], [row[2] for row in body]
    sharps = score.keys[0].sharps if score.keys else None
    if sharps is not None and weights:
        scale = Key((7 * sharps) % 12, "major").scale
        inside = sum(
            weight for pitch, weight in zip(pitches, weights, strict=True) if pitch % 12 in scale
        )
        sharps = sharps if inside >= _AGREES * sum(weights) else None
    # Not `infer_key`, which finds more keys: the shipped judges weigh features that stand on this one.
    return find_key(pitches, weights, sharps=sharps, ending=False)


def read_pieces(source: Source, *, split: str = "test") -> PieceSet:
    """Read pieces from wherever they are."""
    # `source`: a MIDI or notation file, a folder or zip of them, a store, or scores.
    if split not in SPLITS:
        raise ControlError(f"split {split!r}: use one of {', '.join(SPLITS)}")
    if isinstance(source, Store):
        found = _of_store(source, split)
    elif isinstance(source, Sequence) and not isinstance(source, str):
        scores = [
            Piece(f"score {number}", _trimmed(score)) for number, score in enumerate(source, 1)
        ]
        silent = [piece for piece in scores if not piece.score.note_count]
        kept = tuple(piece for piece in scores if piece.score.note_count)
        found = PieceSet("scores", kept, tuple(f"{piece.name}: holds no notes" for piece in silent))
    elif (as_path(source) / INDEX_FILE).is_file():
        found = _of_store(Store.open(source), split)
    else:
        found = _of_files(source)
    if not found.pieces:
        why = f"; left out: {found.left_out[0]}" if found.left_out else ""
        more = f" and {len(found.left_out) - 1} more" if len(found.left_out) > 1 else ""
        raise FormatError(
            f"{found.name}: holds no piece that can be evaluated{why}{more}; name other music"
        )
    return found


def training_scores(store: Store) -> list[Score]:
    """Read the training part of a store."""
    return [decode(store.events(record), store.vocabulary) for record in store.pieces("train")]


def _of_store(store: Store, split: str) -> PieceSet:
    records = store.pieces(split)
    if not records:
        raise FormatError(
            f"{store.path}: holds no pieces in its {split} split; choose another with --split"
        )
    pieces = []
    for record in records:
        name = f"{record.source}/{record.locator}"
        if record.form != "written":
            name += f" ({record.form})"
        score = _trimmed(decode(store.events(record), store.vocabulary))
        pieces.append(Piece(name, score, f"group {record.group}"))
    return PieceSet(f"{store.path.name} ({split})", tuple(pieces), store=store)


def _of_files(source: PathLike) -> PieceSet:
    pieces, left_out = [], []
    for found in load_items(find_items(source)):
        if not isinstance(found, Candidate):
            left_out.append(f"{found.locator}: {found.reason} ({one_line(found.detail)})")
        elif not found.score.note_count:
            left_out.append(f"{found.work}: holds no notes")
        else:
            pieces.append(Piece(found.locator, _trimmed(found.score)))
    return PieceSet(source_name(source), tuple(pieces), tuple(sorted(left_out)))


def _trimmed(score: Score) -> Score:
    """Drop empty parts, and what a file goes on for after its last bar line by less than a grid step."""
    parts = [part for part in score.parts if part.notes]
    score = score.with_parts(parts) if len(parts) < len(score.parts) else score
    bars = score.bars
    if bars and convert_ticks(score.length - bars[-1].start, score.resolution, STEPS) == 0:
        return replace(score, length=bars[-1].start)
    return score


def shares(values: Iterable[str]) -> dict[str, float]:
    """Count values as shares of all, the most frequent first, then by name."""
    counts = Counter(values)
    names = sorted(counts, key=lambda name: (-counts[name], name))
    return {name: counts[name] / counts.total() for name in names}
