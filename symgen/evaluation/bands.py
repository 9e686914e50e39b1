"""What the parts of a band do, and how they go together: for pieces with drums, or with a bass guitar.

Empty bars, pitch classes of a bar, drum pattern and the distance of two parts follow Dong, Hsiao, Yang and Yang (2018),
MuseGAN; as there they are of parts, here by their roles. Departures: the drum pattern is on sixteenths, and the
distance is that of the bass from the other pitched parts, step by step. The rest are definitions of our own.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import groupby
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from symgen.evaluation.chord_melody import tonal_centroids
from symgen.evaluation.table import STEPS, NoteTable, note_table
from symgen.music.chords import chords_of
from symgen.music.harmony import placed_symbol
from symgen.music.instruments import program_family
from symgen.music.meter import Bar
from symgen.music.roles import Role, roles_of
from symgen.music.score import Part, Score

__all__ = ["band_metrics"]

_KICKS = (35, 36)
_SIXTEENTH = STEPS // 4


def band_metrics(score: Score) -> dict[str, float]:
    """Measure a band; nothing of a piece without drums and without a bass guitar."""
    if not any(part.note_count and (part.is_drum or _is_bass(part)) for part in score.parts):
        return {}
    found: dict[str, float] = {}
    tables: dict[Role, NoteTable] = {}
    for role, parts in _by_role(score):
        table = note_table(score.with_parts(parts), drums=role == "drums")
        tables[role] = table
        bars = table.bar_contents()
        found[f"empty_bars_{role}"] = fmean(not bar for bar in bars) if bars else 0.0
        literal = _literal_share(bars)
        if literal is not None:
            found[f"literal_bars_{role}"] = literal
    pitched = note_table(score)
    classes = [len({pitch % 12 for _, pitch, _ in bar}) for bar in pitched.bar_contents() if bar]
    if classes:
        found["pitch_classes_a_bar"] = fmean(classes)
    if "drums" in tables:
        found |= _drum_metrics(tables["drums"], tables.get("bass"))
    if "bass" in tables:
        found |= _bass_metrics(score, tables)
    if "melody" in tables:
        found |= _clash(score)
    return found


def _is_bass(part: Part) -> bool:
    # A choir has a bass too.
    return program_family(part.program) == "Bass"


def _by_role(score: Score) -> Iterator[tuple[Role, list[Part]]]:
    """Yield the parts of each role that plays."""
    roles = sorted(zip(roles_of(score), range(len(score.parts)), strict=True))
    for role, group in groupby(roles, key=lambda pair: pair[0]):
        parts = [score.parts[number] for _, number in group if score.parts[number].note_count]
        if parts:
            yield role, parts


def _literal_share(bars: Sequence[tuple[tuple[int, int, int], ...]]) -> float | None:
    """Return the share of the bars in which something is played that are an earlier one note for note."""
    played = [bar for bar in bars if bar]
    if len(played) < 2:
        return None
    return fmean(bar in played[:number] for number, bar in enumerate(played) if number)


def _drum_metrics(drums: NoteTable, bass: NoteTable | None) -> dict[str, float]:
    found = {
        # The share of the strokes that stand on a sixteenth.
        "drum_pattern": float(np.mean(drums.place % _SIXTEENTH == 0)),
        "drums_of_the_kit": float(len(np.unique(drums.pitch))),
    }
    kicks = set(drums.onset[np.isin(drums.pitch, _KICKS)].tolist())
    if kicks and bass is not None:
        found["bass_with_kick"] = fmean(onset in kicks for onset in set(bass.onset.tolist()))
    return found


def _bass_metrics(score: Score, tables: dict[Role, NoteTable]) -> dict[str, float]:
    """Measure how often a bass has a tone of the chord where a bar or its second half begins, and how far it is."""
    if score.chords:
        chords = [placed_symbol(change) for change in score.chords]
        spans = [
            (chord.at, frozenset(chord.pitch_classes) if chord.is_chord else frozenset())
            for chord in chords
        ]
    else:
        spans = [(tick, frozenset(chord.pitch_classes)) for tick, chord in chords_of(score)]
    starts = [tick for tick, _ in spans]
    strong = {tick for bar in score.bars if bar.number for tick in _strong(bar)}
    fits = []
    for role, parts in _by_role(score):
        for note in (note for part in parts if role == "bass" for note in part.notes):
            place = bisect_right(starts, note.onset) - 1
            if note.onset in strong and place >= 0 and spans[place][1]:
                fits.append(note.pitch % 12 in spans[place][1])
    found = {"bass_on_chords": fmean(fits)} if fits else {}
    others = [table for role, table in tables.items() if role in ("chords", "pad", "riff")]
    if others:
        end = max(int((table.onset + table.duration).max()) for table in (*others, tables["bass"]))
        low = _classes([tables["bass"]], end)
        high = _classes(others, end)
        both = low.any(axis=1) & high.any(axis=1)
        if both.any():
            apart = tonal_centroids(low[both]) - tonal_centroids(high[both])
            found["bass_distance"] = float(np.linalg.norm(apart, axis=1).mean())
    return found


def _classes(tables: Sequence[NoteTable], end: int) -> NDArray[np.bool_]:
    """Return which pitch classes sound at each step, shape (steps, 12)."""
    found = np.zeros((end, 12), dtype=bool)
    for table in tables:
        for onset, length, pitch in zip(table.onset, table.duration, table.pitch, strict=True):
            found[onset : onset + length, pitch % 12] = True
    return found


def _clash(score: Score) -> dict[str, float]:
    """Return the share of the time of the melody for which another part sounds a semitone below it, in any octave."""
    parts = dict(_by_role(score))
    melody = note_table(score.with_parts(parts["melody"]))
    others = [
        note_table(score.with_parts(mine))
        for role, mine in parts.items()
        if role not in ("melody", "drums")
    ]
    tables = [melody, *others]
    end = max(int((table.onset + table.duration).max()) for table in tables)
    tune, below = _classes([melody], end), _classes(others, end)
    sung = tune.any(axis=1)
    clashes = np.any(tune & np.roll(below, 1, axis=1), axis=1) & sung
    return {"melody_clash": float(clashes.sum() / sung.sum())} if others else {}


def _strong(bar: Bar) -> tuple[int, ...]:
    halves = bar.meter.numerator % 2 == 0 and bar.meter.numerator % 3 != 0
    compound = bar.meter.numerator in (6, 12) and bar.meter.denominator >= 8
    return (bar.start, bar.start + bar.length // 2) if halves or compound else (bar.start,)
