"""The corpora that the planner learns from, as pieces."""

from __future__ import annotations

import json
import re
import tempfile
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from lab.planner.billboard import read_song
from lab.planner.pieces import Piece, split_of
from lab.planner.scores import (
    fermatas,
    found_chords,
    key_of_chords,
    pieces_of,
    rests,
    written_chords,
)
from symgen.corpus.find import Item, find_items
from symgen.corpus.heldout import HeldOut, chord_grams, read_held_out
from symgen.corpus.labels import find_genre
from symgen.formats import load_score
from symgen.music.lines import outer_line
from symgen.music.score import Score
from symgen.system.errors import SymgenError

__all__ = ["LICENCES", "read_corpora"]

LICENCES = {
    "bach": "public domain (J. S. Bach, chorales, as distributed with music21)",
    "billboard": "CC0 (McGill Billboard annotations; Burgoyne, Wild and Fujinaga 2011)",
    "lieder_cc0": "CC0 (OpenScore Lieder)",
    "openhymnal": "public domain (Open Hymnal Project)",
    "osq_cc0": "CC0 (OpenScore String Quartets)",
    "polish": "CC BY 4.0 (NIFC, pl-wnifc/humdrum-polish-scores)",
    "songs_pd": "MIT (00sapo/OpenEWLD), songs first performed before 1931",
}
"""Of each source."""

# A style of Polish scores has at most so many files, so that masses do not outnumber all else.
_MOST = 400
_LARGEST = 120_000


def read_corpora(folder: Path, tell: Callable[[str], None]) -> list[Piece]:
    """Read all corpora of a folder of zips, and Bach's chorales of music21."""
    readers = (_billboard, _standards, _hymns, _lieder, _quartets, _polish, _chorales)
    pieces: list[Piece] = []
    for reader in readers:
        before = len(pieces)
        pieces += reader(folder)
        tell(f"{reader.__name__[1:]}: {len(pieces) - before} pieces")
    return pieces


def _scores(source: str | Path) -> Iterator[tuple[Item, Score]]:
    """Yield the pieces of a source that can be read."""
    for item in find_items(source):
        try:
            score = load_score(item.data)
        except SymgenError:
            continue
        if score.bars:
            yield item, score


def _melody_ends(score: Score) -> list[int] | None:
    return rests(outer_line(score.parts[0].notes), score.bars, score.resolution)


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
    for item, score in _scores(path):
        if not score.chords:
            continue
        fact = facts[item.locator]
        work = f"standards {fact['title'].lower()}"
        names = "songs_pd", work, "standard", split_of(work)
        chords = written_chords(score)
        # The keys of its table are those of the signatures, which are missing in many.
        key = key_of_chords(chords, score.bars[-1].end)
        yield from pieces_of(score, names, chords, _melody_ends(score), key)


def _hymns(folder: Path) -> Iterator[Piece]:
    for item, score in _scores(folder / "openhymnal_abc.zip"):
        work = f"hymns {Path(item.locator).stem.lower()}"
        names = "openhymnal", work, "hymn", split_of(work)
        yield from pieces_of(score, names, found_chords(score), _melody_ends(score))


def _lieder(folder: Path) -> Iterator[Piece]:
    for item, score in _scores(folder / "lieder_cc0.zip"):
        work = f"lieder {item.locator.split('__lc')[0].lower()}"
        names = "lieder_cc0", work, "song", split_of(work)
        yield from pieces_of(score, names, found_chords(score), _melody_ends(score))


def _quartets(folder: Path) -> Iterator[Piece]:
    for item, score in _scores(folder / "osq_cc0.zip"):
        work = f"quartets {item.locator.lower()}"
        names = "osq_cc0", work, "quartet", split_of(work)
        yield from pieces_of(score, names, found_chords(score), None)


def _polish(folder: Path) -> Iterator[Piece]:
    path = folder / "polish.zip"
    with zipfile.ZipFile(path) as archive:
        facts = json.loads(archive.read("meta.json"))
    seen: Counter[str] = Counter()
    for item in find_items(path):
        fact = facts.get(item.locator)
        if fact is None or len(item.data) > _LARGEST:
            continue
        style = find_genre(fact["genre"] or "", fact["title"] or "")
        seen[style] += 1
        if not style or seen[style] > _MOST:
            continue
        found = re.match(r"^(.*?--\d{3})-\d{3}_", item.locator)
        title = f"{fact['com']} {fact['title']}".lower()
        # Several sources of one work have one title, and so one split.
        work = f"polish {title if fact['title'] else found[1] if found else item.locator}"
        try:
            score = load_score(item.data)
        except SymgenError:
            continue
        names = "polish", work, style, split_of(work)
        yield from pieces_of(score, names, found_chords(score), None)


def _chorales(folder: Path) -> Iterator[Piece]:
    with tempfile.TemporaryDirectory() as place:
        frames = Path(place) / "frames.json"
        with zipfile.ZipFile(folder / "eval_splits.zip") as archive:
            frames.write_bytes(archive.read("jsb/jsb-chorales-16th.json"))
        held: HeldOut = read_held_out({"test": frames, "valid": frames})
    for item, score in _scores("music21:bach"):
        if len(score.parts) != 4:
            continue
        split = held.split_of([chord_grams(score)]) or "train"
        names = "bach", f"bach {Path(item.locator).stem}", "chorale", split
        ends = fermatas(item.data, score.resolution)
        yield from pieces_of(score, names, found_chords(score), ends or None)
