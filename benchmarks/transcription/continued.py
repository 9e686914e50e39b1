"""From a hum to a song: ``symgen continue IN.wav --bars 8`` on held-out tunes that were played or sung.

The tune's key is the one that its header names, transposed as it was played. Beside it stand the keys that
`symgen.keyfinding.infer_key` finds in what was written, its key signature taken out: of the eight new bars alone, and
of heard and new bars together. "Scale" takes keys of the same notes, such as G major and E minor, for one. The row
below gives the same notes as a MIDI file in place of the recording: what the language model makes of them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from common import Tune, print_table, run_symgen

import symgen
from symgen.keyfinding import infer_key
from symgen.score import Score
from symgen.theory import Key
from transcription.clips import INSTRUMENTS, play, record

__all__ = ["continued_table"]

BARS = 8


@dataclass(frozen=True)
class Keys:
    """What keys were found, and the tune's."""

    true: Key
    new: Key | None
    whole: Key | None


def continued_table(tunes: Sequence[Tune], font: Path, seconds: float, *, hear: bool) -> None:
    """Print shares of tunes whose key the continuation is in."""
    names = list(INSTRUMENTS)
    sung: list[Keys] = []
    known: list[Keys] = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for number, tune in enumerate(tunes):
            clip = play(tune, names[number % len(names)], font, 2000 + number, seconds=seconds, whole=1.0)
            key = clip.truth.key or infer_key(tune.score)
            part = _opening(tune.score, clip.truth.words)
            symgen.save_score(part, folder / "part.mid", overwrite=True)
            true = tune.key or infer_key(tune.score)
            known.append(_keys(folder / "part.mid", true, number, folder))
            if hear:
                (path,) = record([clip], "clean", folder)
                sung.append(_keys(path, key, number, folder))
    header = ["given", "tunes", "failed", "new bars: key", "new bars: scale", "all bars: key", "all bars: scale"]
    rows = [_row("recording", sung)] if hear else []
    print_table(header, [*rows, _row("the same notes as MIDI", known)])


def _opening(score: Score, words: Sequence[tuple[int, ...]]) -> Score:
    """Cut a tune after the notes that the clip holds, without its key signature."""
    onsets = sorted({note.onset for part in score.parts for note in part.notes})
    last = onsets[min(len(words), len(onsets)) - 1]
    end = next(bar.end for bar in score.bars if bar.start <= last < bar.end)
    return replace(score.slice_ticks(0, end), keys=())


def _keys(path: Path, true: Key, number: int, folder: Path) -> Keys:
    target = folder / f"{path.stem}-{number}-longer.mid"
    done = run_symgen(["continue", path, "--bars", str(BARS), "--seed", str(number), "-o", target], cwd=folder)
    if done.returncode:
        return Keys(true, None, None)
    score = replace(symgen.load_score(target), keys=())
    start = score.bars[-BARS].start
    return Keys(true, infer_key(score.slice_ticks(start, score.length)), infer_key(score))


def _row(name: str, keys: Sequence[Keys]) -> list[object]:
    def share(attribute: str, *, scale: bool) -> float:
        found = [(each.true, getattr(each, attribute)) for each in keys]
        same = [k is not None and (set(k.scale) == set(t.scale) if scale else k == t) for t, k in found]
        return float(np.mean(same))

    failed = sum(each.whole is None for each in keys)
    shares = [share(attribute, scale=scale) for attribute in ("new", "whole") for scale in (False, True)]
    return [name, len(keys), failed, *shares]
