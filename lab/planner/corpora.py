"""The corpora that the planner learns from, as pieces."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from pathlib import Path

from lab.planner.billboard import read_song
from lab.planner.pieces import Piece, on_beats, split_of
from lab.planner.scores import key_of_chords, phrases_of, rests, written_chords
from lab.planner.stores import read_store
from symgen.corpus.find import Item, find_items
from symgen.corpus.store import Store
from symgen.formats import load_score
from symgen.music.lines import outer_line
from symgen.music.score import Score
from symgen.planner.beats import lay_beats
from symgen.system.errors import SymgenError
from symgen.system.files import PathLike

__all__ = ["LICENCES", "read_corpora"]

LICENCES = {
    "music21:bach": "public domain (J. S. Bach, chorales, as distributed with music21)",
    "billboard": "CC0 (McGill Billboard annotations; Burgoyne, Wild and Fujinaga 2011)",
    "chopin_fe": "CC BY 4.0 (NIFC, pl-wnifc/humdrum-chopin-first-editions)",
    "lieder_cc0": "CC0 (OpenScore Lieder)",
    "openhymnal_abc": "public domain (Open Hymnal Project)",
    "osq_cc0": "CC0 (OpenScore String Quartets)",
    "polish": "CC BY 4.0 (NIFC, pl-wnifc/humdrum-polish-scores)",
    "songs_pd": "MIT (00sapo/OpenEWLD), songs first performed before 1931",
}
"""Of each source."""


def read_corpora(
    folder: Path, stores: Iterable[PathLike], tell: Callable[[str], None]
) -> list[Piece]:
    """Read the songs of a folder of zips, and the pieces of stores."""
    pieces = [*_billboard(folder), *_standards(folder)]
    tell(f"songs: {len(pieces)} pieces")
    for store in stores:
        found = list(read_store(Store.open(store)))
        tell(f"{store}: {len(found)} pieces")
        pieces += found
    return _without_doubles(pieces)


def _without_doubles(pieces: Iterable[Piece]) -> list[Piece]:
    """Leave out what stands in several stores."""
    seen: dict[tuple[int, ...], Piece] = {}
    for piece in pieces:
        seen.setdefault(piece.sonorities, piece)
    return list(seen.values())


def _billboard(folder: Path) -> Iterator[Piece]:
    with zipfile.ZipFile(folder / "billboard_chords.zip") as archive:
        for name in sorted(archive.namelist()):
            piece = read_song(name, archive.read(name).decode())
            if piece is not None:
                yield piece


def _standards(folder: Path) -> Iterator[Piece]:
    path = folder / "songs_pd.zip"
    with zipfile.ZipFile(path) as archive:
        facts = json.loads(archive.read("meta.json"))
    for item in find_items(path):
        score = _load(item)
        if score is None or not score.chords:
            continue
        work = f"standards {facts[item.locator]['title'].lower()}"
        chords = written_chords(score)
        # The keys of its table are those of the signatures, which are missing in many.
        key = key_of_chords(chords, score.bars[-1].end)
        rows = [(str(bar.meter), bar.length) for bar in score.bars]
        runs = tuple((len(list(same)), *row) for row, same in groupby(rows))
        beats = lay_beats(score.bars, score.resolution)
        ends = rests(outer_line(score.parts[0].notes), score.bars, score.resolution)
        phrases = None if ends is None else phrases_of(ends, beats)
        yield Piece(
            "songs_pd", work, "standard", str(key), runs, score.has_pickup, score.resolution,
            on_beats(chords, beats, key.tonic), phrases, split=split_of(work),
        )  # fmt: skip


def _load(item: Item) -> Score | None:
    try:
        score = load_score(item.data) if item.suffix == ".mxl" else None
    except SymgenError:
        return None
    return score if score is not None and score.bars else None
