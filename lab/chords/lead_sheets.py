"""Lead sheets: a melody with the chord symbols that it was printed with."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from lab.chords.cases import NO_CHORD, Case, KnownChord
from symgen.formats import load_score
from symgen.music.chord_symbols import ChordSymbol, Tone
from symgen.music.score import Score
from symgen.music.theory import LETTERS

__all__ = ["lead_sheets"]


def lead_sheets(archive: Path) -> Iterator[Case]:
    """Read a zip of MusicXML lead sheets; where no symbol stands yet, no chord sounds."""
    with zipfile.ZipFile(archive) as opened:
        for name in sorted(opened.namelist()):
            if name.endswith(".mxl"):
                score = load_score(opened.read(name))
                title = re.sub(r"_\d{4}$", "", Path(name).stem).replace("_", " ")
                if score.chords:
                    yield Case(score, tuple(_symbols(score)), title)


def _symbols(score: Score) -> Iterator[KnownChord]:
    ticks = [change.tick for change in score.chords]
    if ticks[0] > 0:
        yield KnownChord(0, ticks[0], NO_CHORD, NO_CHORD)
    for change, (start, end) in zip(score.chords, pairwise([*ticks, score.length]), strict=True):
        symbol = ChordSymbol.parse(change.name)
        if end <= start:
            continue
        if symbol is None:
            yield KnownChord(start, end, NO_CHORD, NO_CHORD)
        else:
            root = _pitch_class(symbol.root)
            bass = _pitch_class(symbol.bass) if symbol.bass else root
            yield KnownChord(start, end, root, bass, symbol.kind)


def _pitch_class(tone: Tone) -> int:
    return (LETTERS[tone[0]] + tone[1]) % 12
