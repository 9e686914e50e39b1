"""From a hum to a song: ``symgen continue IN.wav --bars 8`` on held-out tunes that were played or sung.

Keys are those that `symgen.music.keys.infer_key` finds in what was written, its key signature taken out: in the eight
new bars alone, and in all bars together. "Key": it is the one that the header of the tune names, transposed as the tune
was played. "Scale": it has the same notes, as G major and E minor have. "Key found in the tune": it is the one that
`infer_key` finds in the whole true tune. The second row gives the same notes as a MIDI file in place of the recording:
what the language model makes of them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

import symgen
from lab.benchmarks.common import print_table, run_symgen
from lab.benchmarks.transcription.clips import INSTRUMENTS, Tune, play, record
from symgen.music.keys import infer_key
from symgen.music.score import Score
from symgen.music.theory import Key

__all__ = ["continued_table"]

BARS = 8
HEADER = ["given", "tunes", "failed"] + [
    f"{bars}: {what}"
    for bars in ("new bars", "all bars")
    for what in ("key", "scale", "key found in the tune")
]


@dataclass(frozen=True)
class Keys:
    """The key that the tune's header names, the one that is found in the whole tune, those of what was written."""

    named: Key
    found: Key
    new: Key | None
    whole: Key | None


def continued_table(tunes: Sequence[Tune], font: Path, seconds: float, *, has_model: bool) -> None:
    """Print shares of tunes whose key the continuation is in."""
    names = list(INSTRUMENTS)
    sung: list[Keys] = []
    known: list[Keys] = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for number, tune in enumerate(tunes):
            clip = play(
                tune, names[number % len(names)], font, 2000 + number, seconds=seconds, whole=1.0
            )
            named, found = (
                tune.key or infer_key(tune.piece.score),
                infer_key(replace(tune.piece.score, keys=())),
            )
            symgen.save_score(
                _opening(tune.piece.score, len(clip.performance.placed.notes)),
                folder / "part.mid",
                overwrite=True,
            )
            known.append(_keys(folder / "part.mid", named, found, number))
            if has_model:
                (path,) = record([clip], "clean", folder)
                up = clip.transposition
                sung.append(_keys(path, _moved(named, up), _moved(found, up), number))
    rows = [_row("recording", sung)] if has_model else []
    print_table(HEADER, [*rows, _row("the same notes as MIDI", known)])


def _moved(key: Key, semitones: int) -> Key:
    return Key((key.tonic + semitones) % 12, key.mode)


def _opening(score: Score, count: int) -> Score:
    """Cut a tune after the notes that the clip holds, without its key signature."""
    onsets = sorted({note.onset for part in score.parts for note in part.notes})
    last = onsets[min(count, len(onsets)) - 1]
    end = next(bar.end for bar in score.bars if bar.start <= last < bar.end)
    return replace(score.slice_ticks(0, end), keys=())


def _keys(path: Path, named: Key, found: Key, number: int) -> Keys:
    target = path.with_name(f"{path.stem}-{number}-longer.mid")
    done = run_symgen(
        ["continue", path, "--bars", str(BARS), "--seed", str(number), "-o", target],
        cwd=path.parent,
    )
    if done.returncode:
        return Keys(named, found, None, None)
    score = replace(symgen.load_score(target), keys=())
    start = score.bars[-BARS].start
    return Keys(named, found, infer_key(score.slice_ticks(start, score.length)), infer_key(score))


def _row(name: str, keys: Sequence[Keys]) -> list[object]:
    def same(found: Key | None, true: Key, *, scale: bool = False) -> bool:
        return found is not None and (found.scale == true.scale if scale else found == true)

    failed = sum(each.whole is None for each in keys)
    shares = [
        (
            same(key, each.named),
            same(key, each.named, scale=True),
            same(key, each.found),
        )
        for each in keys
        for key in (each.new, each.whole)
    ]
    new, whole = np.mean(shares[0::2], axis=0), np.mean(shares[1::2], axis=0)
    return [name, len(keys), failed, *map(float, new), *map(float, whole)]
