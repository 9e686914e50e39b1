"""Drums that people played to a click, read from the Groove MIDI Dataset onto the grid of the drummer."""

from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from symgen.drummer.grooves import BEAT, FILL, GROOVE, PLACES, Groove, bar_events, slots_of_beat
from symgen.formats import load_score
from symgen.music.drum_kit import DRUMS, OTHER_KEYS, drum_of_keys
from symgen.music.meter import Meter

__all__ = ["PlacedHits", "Take", "place_hits", "read_takes"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# How far hits lie from their places, in quarters; what it costs to change the feel, and a hit in triplets, whose
# places are more, so that all hits lie nearer to one.
_SPREAD, _CHANGE, _TRIPLETS = 0.05, 3.0, 0.5
# A last bar that breaks off before its half is left out.
_WHOLE = 0.5
_TICKS = 480


@dataclass(frozen=True)
class PlacedHits:
    """Played hits and the places in the grid that they are meant for; bars are whole."""

    # Of a bar, and how many bars there are.
    steps: int
    bars: int
    # First step, length and feel of each quarter.
    beats: tuple[Ints, Ints, Ints]
    # Step in the piece, drum, velocity and key of each hit; shape (hits,).
    step: Ints
    drum: Ints
    velocity: Ints
    key: Ints
    # How far behind its place each hit is, in quarters.
    late: Floats


@dataclass(frozen=True)
class Take:
    """A recording: where it comes from, which part of the data it is in, and what was played."""

    name: str
    # As in the table: ``dance/disco``.
    label: str
    split: str
    is_fill: bool
    groove: Groove
    hits: PlacedHits


def read_takes(path: Path) -> list[Take]:
    """Read all recordings of ``groove.zip`` that hold a bar, in the order of its table."""
    takes = []
    with zipfile.ZipFile(path) as pack:
        names = set(pack.namelist())
        table = next(name for name in names if name.endswith("info.csv"))
        folder = table[: -len("info.csv")]
        for row in csv.DictReader(io.StringIO(pack.read(table).decode("utf-8"))):
            name = folder + row["midi_filename"]
            if name not in names:
                continue
            take = _take(row, pack.read(name))
            if take is not None:
                takes.append(take)
    return takes


def _take(row: dict[str, str], data: bytes) -> Take | None:
    score = load_score(data)
    hits = np.concatenate([part.note_array() for part in score.parts])
    is_fill = row["beat_type"] == "fill"
    meter = Meter.parse(row["time_signature"].replace("-", "/"))
    style = row["style"].partition("/")[0]
    placed = place_hits(hits, score.resolution, meter)
    if placed is None:
        return None
    groove = _groove(placed, str(meter), float(row["bpm"]), style, is_fill=is_fill)
    return Take(row["id"], row["style"], row["split"], is_fill, groove, placed)


def _groove(hits: PlacedHits, meter: str, bpm: float, style: str, *, is_fill: bool) -> Groove:
    """Lay hits into the slots of the drummer's grid."""
    steps, bars = hits.steps, hits.bars
    places, feel = _slots(*hits.beats)
    none = np.zeros((len(places), len(DRUMS)), dtype=np.int64)
    groove = Groove(
        meter, steps, bpm, style, places // steps, places % steps, feel,
        none, none.copy(), none.copy(), np.full(bars, FILL if is_fill else GROOVE, np.int64),
    )  # fmt: skip
    return _laid(hits, places, groove, is_fill=is_fill)


def place_hits(rows: Ints, resolution: int, meter: Meter) -> PlacedHits | None:
    """Find the places of played hits, beat by beat in sixteenths or triplets; None without a hit of the kit.

    `rows` are those of `Score.note_array`.
    """
    drums = drum_of_keys()[rows[:, 2]]
    rows, drums = rows[drums >= 0], drums[drums >= 0]
    if not len(rows):
        return None
    steps = round(float(meter.quarters) * BEAT)
    starts, lengths = _beats(rows[:, 0].max() / resolution * BEAT, steps)
    at = rows[:, 0] / resolution * BEAT
    beat = np.searchsorted(starts, at, side="right") - 1
    near = [_nearest(at - starts[beat], lengths[beat], feel) for feel in range(len(PLACES))]
    wrong = np.stack([(at - starts[beat] - found) / BEAT for found in near], axis=1)
    feels = _feels(wrong, beat, len(starts))
    feel = feels[beat]
    step = starts[beat] + np.stack(near, axis=1)[np.arange(len(beat)), feel]
    late = wrong[np.arange(len(beat)), feel]
    bars = int(step.max()) // steps + 1
    if bars > 1 and step.max() - (bars - 1) * steps < _WHOLE * steps:
        bars -= 1
    kept, whole = step < bars * steps, starts < bars * steps
    beats = (starts[whole], lengths[whole], feels[whole])
    drum, velocity, key = drums[kept], rows[kept, 3], rows[kept, 2]
    return PlacedHits(steps, bars, beats, step[kept], drum, velocity, key, late[kept])


def _beats(last: float, steps: int) -> tuple[Ints, Ints]:
    """Return the first step and the length of each quarter of the bars, one bar more than needed."""
    bars = int(last) // steps + 2
    inside = np.arange(0, steps, BEAT)
    starts = (np.arange(bars)[:, None] * steps + inside).ravel()
    return starts, np.tile(np.minimum(BEAT, steps - inside), bars)


def _nearest(inside: Floats, lengths: Ints, feel: int) -> Ints:
    """Return the places that are nearest to steps inside quarters, the next quarter among them."""
    found = np.empty((len(inside), len(PLACES[feel]) + 1), dtype=np.int64)
    found[:, :-1] = PLACES[feel]
    found = np.minimum(found, lengths[:, None])
    found[:, -1] = lengths
    best = np.abs(found - inside[:, None]).argmin(axis=1)
    chosen: Ints = found[np.arange(len(found)), best]
    return chosen


def _feels(wrong: Floats, beat: Ints, beats: int) -> Ints:
    """Choose the feel of each quarter, so that hits are near and the feel changes seldom."""
    costs = np.zeros((beats, len(PLACES)))
    np.add.at(costs, beat, wrong**2 / (2 * _SPREAD**2) + np.array([0.0, _TRIPLETS]))
    total, came = costs[0], np.zeros((beats, len(PLACES)), np.int64)
    for i in range(1, beats):
        changed = total[::-1] + _CHANGE
        came[i] = np.where(changed < total, [1, 0], [0, 1])
        total = np.minimum(total, changed) + costs[i]
    feels = np.zeros(beats, np.int64)
    feels[-1] = total.argmin()
    for i in range(beats - 1, 0, -1):
        feels[i - 1] = came[i, feels[i]]
    return feels


def _slots(starts: Ints, lengths: Ints, feels: Ints) -> tuple[Ints, Ints]:
    """Return the steps of all slots, and the feel of each."""
    rows = zip(starts.tolist(), lengths.tolist(), feels.tolist(), strict=True)
    found = [(start + p, feel) for start, n, feel in rows for p in slots_of_beat(feel, n)]
    at, feel = np.array(found, dtype=np.int64).T
    return at, feel


def _laid(hits: PlacedHits, places: Ints, groove: Groove, *, is_fill: bool) -> Groove:
    """Put hits into the slots; of two in one the louder stays."""
    order = np.argsort(hits.velocity, kind="stable")
    drum, key = hits.drum[order], hits.key[order]
    slot = np.searchsorted(places, hits.step[order])
    groove.levels[slot, drum] = 1 + hits.velocity[order] // 16
    groove.late[slot, drum] = np.round(hits.late[order] * _TICKS).astype(np.int64)
    others = np.array([OTHER_KEYS.get(number, -1) for number in range(len(DRUMS))])
    groove.other[slot, drum] = key == others[drum]
    if not is_fill:
        groove.events[:] = bar_events(groove.laid())
    return groove
