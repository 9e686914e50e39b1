"""What the network of the pitched player is told of notes: where they stand in bar, chord, line, phrase and piece."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symgen.beats.strokes import Clock
from symgen.music.keys import infer_key
from symgen.music.lines import melody_part
from symgen.music.score import Score
from symgen.performer.groups import Groups

__all__ = ["FEATURES", "ScoreNotes", "note_features", "score_notes"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Parts of a quarter that tell places apart.
_FINE = 24
# Bars over which a stretch is compared with the whole piece.
_SPANS = (1, 2, 4, 8)
# Quarters on both sides in which notes are counted.
_NEAR = (0.5, 1.0, 2.0, 4.0)
# A rest of so many quarters ends a phrase.
_REST = 0.75


@dataclass(frozen=True, eq=False)
class ScoreNotes:
    """The pitched notes of a score as columns, in the order of `Score.note_array`, and the bars around them."""

    # (notes,): quarters from the beginning, and seconds.
    onset: Floats
    duration: Floats
    seconds: Floats
    pitch: Floats
    part: Ints
    # (notes,): place in `starts` of the bar of each.
    bar: Ints
    # (bars,): first quarter, quarters, quarters of a felt beat.
    starts: Floats
    lengths: Floats
    beats: Floats
    # Number of the part with the melody, and pitch class of the major tonic of the key.
    melody: int
    tonic: int
    # Where notes begin together: in all parts, and in one part.
    chords: Groups
    own: Groups


def score_notes(score: Score, rows: Ints) -> ScoreNotes:
    """Lay out the notes `rows` of a score, indices into `Score.note_array` that rise."""
    notes = score.note_array()[rows]
    quarter = float(score.resolution)
    bars = score.bars
    starts = np.array([bar.start for bar in bars], dtype=np.float64) / quarter
    onset = notes[:, 0] / quarter
    key = infer_key(score)
    melody = melody_part(score)
    return ScoreNotes(
        onset=onset,
        duration=notes[:, 1] / quarter,
        seconds=Clock.played(score).to_seconds(notes[:, 0]),
        pitch=notes[:, 2].astype(np.float64),
        part=notes[:, 4],
        bar=np.maximum(np.searchsorted(starts, onset, side="right") - 1, 0),
        starts=starts,
        lengths=np.array([bar.length for bar in bars], dtype=np.float64) / quarter,
        beats=np.array([float(bar.meter.beat_quarters) for bar in bars]),
        melody=-1 if melody is None else melody,
        tonic=(7 * key.sharps) % 12,
        chords=Groups.of(notes[:, 0]),
        own=Groups.of(notes[:, 4] << 32 | notes[:, 0]),
    )


def note_features(notes: ScoreNotes) -> NDArray[np.float32]:
    """Return what is known of each note, shape (notes, len(FEATURES))."""
    columns: dict[str, Floats] = {}
    for group in (_places, _heights, _chords, _lines, _phrases, _density, _piece):
        columns |= group(notes)
    return np.stack([columns[name] for name in FEATURES], axis=1).astype(np.float32)


# -- where a note stands in its bar ---------------------------------------------------------


def _places(notes: ScoreNotes) -> dict[str, Floats]:
    length, beat = notes.lengths[notes.bar], notes.beats[notes.bar]
    place = notes.onset - notes.starts[notes.bar]
    fine = np.rint(place * _FINE)
    unit = np.maximum(np.rint(beat * _FINE), 1)
    is_first = fine == 0
    on_beat = fine % unit == 0
    half = on_beat & (np.abs(place - length / 2) < 1 / _FINE)
    eighth = fine % (_FINE // 2) == 0
    sixteenth = fine % (_FINE // 4) == 0
    found = {
        "first": is_first,
        "half": half & ~is_first,
        "beat": on_beat & ~is_first & ~half,
        "eighth": eighth & ~on_beat,
        "sixteenth": sixteenth & ~eighth & ~on_beat,
        "between": ~sixteenth & ~on_beat,
    }
    turn, inside = 2 * np.pi * place / length, 2 * np.pi * place / beat
    return {name: value.astype(np.float64) for name, value in found.items()} | {
        "bar_sin": np.sin(turn),
        "bar_cos": np.cos(turn),
        "beat_sin": np.sin(inside),
        "beat_cos": np.cos(inside),
        "bar_length": length / 4,
        "compound": (np.abs(beat - 1.5) < 0.01).astype(np.float64),
        "bar_in_2": np.cos(np.pi * notes.bar),
        "bar_in_4_sin": np.sin(np.pi / 2 * notes.bar),
        "bar_in_4_cos": np.cos(np.pi / 2 * notes.bar),
        "bar_in_8_sin": np.sin(np.pi / 4 * notes.bar),
        "bar_in_8_cos": np.cos(np.pi / 4 * notes.bar),
    }


# -- how high it lies -----------------------------------------------------------------------


def _heights(notes: ScoreNotes) -> dict[str, Floats]:
    pitch, part = notes.pitch, notes.part
    count = np.bincount(part)
    known = np.maximum(count, 1)
    mean = np.bincount(part, pitch) / known
    spread = np.sqrt(np.maximum(np.bincount(part, pitch**2) / known - mean**2, 1.0))
    heard = np.flatnonzero(count)
    chords = np.bincount(part[notes.own.first_notes], minlength=len(count))
    span = max(1.0, float(notes.onset[-1] - notes.onset[0]))
    is_melody = (part == notes.melody) & (len(heard) > 1)
    degree = (notes.pitch.astype(np.int64) - notes.tonic) % 12
    found = {
        "pitch": (pitch - 64) / 12,
        "above_part": (pitch - mean[part]) / 12,
        "above_part_spread": (pitch - mean[part]) / spread[part],
        "above_all": (pitch - pitch.mean()) / 12,
        "melody": is_melody.astype(np.float64),
        "alone": np.full(len(pitch), float(len(heard) == 1)),
        "parts": np.full(len(pitch), np.log(len(heard))),
        "part_height": (mean[part] - 64) / 12,
        "part_above": (mean[part] - pitch.mean()) / 12,
        "highest_part": (part == heard[np.argmax(mean[heard])]).astype(np.float64),
        "lowest_part": (part == heard[np.argmin(mean[heard])]).astype(np.float64),
        "part_chord": np.log(known / np.maximum(chords, 1))[part],
        "part_share": (count / len(part))[part],
        "part_density": np.log1p(chords / span)[part],
    }
    return found | {f"degree{i}": (degree == i).astype(np.float64) for i in range(12)}


# -- the chord it stands in -----------------------------------------------------------------


def _chords(notes: ScoreNotes) -> dict[str, Floats]:
    pitch = notes.pitch
    found: dict[str, Floats] = {}
    for name, groups in (("", notes.chords), ("own_", notes.own)):
        size = groups.size
        top, low = groups.highest(pitch), groups.lowest(pitch)
        found |= {
            f"{name}size": np.log(size),
            f"{name}rank": groups.rank(pitch) / np.maximum(size - 1, 1),
            f"{name}is_top": (pitch == top).astype(np.float64),
            f"{name}is_low": (pitch == low).astype(np.float64),
            f"{name}below_top": (top - pitch) / 12,
            f"{name}above_low": (pitch - low) / 12,
            f"{name}doubled": groups.doubled(pitch),
        }
    # What sounds just now, from an onset to the next: the highest and the lowest note still held.
    high, low = _sounding(notes)
    above = (pitch - low).astype(np.int64)
    found |= {
        "under_sounding": (high - pitch) / 12,
        "over_sounding": (pitch - low) / 12,
        "topmost": (pitch >= high).astype(np.float64),
        "bass": (pitch <= low).astype(np.float64),
    }
    return found | {f"over_bass{i}": ((above % 12) == i).astype(np.float64) for i in range(12)}


def _sounding(notes: ScoreNotes) -> tuple[Floats, Floats]:
    """Return the highest and the lowest pitch that sounds when each note begins."""
    # A note is held through few onsets on the whole, so that a loop over how many is short.
    onsets = notes.onset[notes.chords.first_notes]
    begin = notes.chords.index
    end = np.searchsorted(onsets, notes.onset + notes.duration - 1e-6, side="left")
    high, low = np.full(len(onsets), -np.inf), np.full(len(onsets), np.inf)
    held = np.arange(len(begin))
    for step in range(_LONGEST):
        if not len(held):
            break
        at = begin[held] + step
        np.maximum.at(high, at, notes.pitch[held])
        np.minimum.at(low, at, notes.pitch[held])
        held = held[at + 1 < end[held]]
    return high[begin], low[begin]


# Onsets through which a held note is followed.
_LONGEST = 48


# -- the line it belongs to -----------------------------------------------------------------


def _lines(notes: ScoreNotes) -> dict[str, Floats]:
    """Describe the part's chords before and behind: steps of its top and bottom, times, repetitions."""
    own, pitch = notes.own, notes.pitch
    order = own.first_notes  # one note of each chord of a part, the parts one after the other
    part, onset = notes.part[order], notes.onset[order]
    top, low = own.of_groups(pitch, np.maximum), own.of_groups(pitch, np.minimum)
    size = own.sizes.astype(np.float64)
    found: dict[str, Floats] = {}
    for name, step in (("before2", -2), ("before", -1), ("after", 1), ("after2", 2)):
        at, there = _shifted(part, step)
        gap = np.where(there, np.abs(onset[at] - onset), 4.0)
        found |= {
            f"{name}_is": there.astype(np.float64)[own.index],
            f"{name}_gap": np.log2(np.clip(gap, 1 / 24, 16))[own.index],
            f"{name}_top": np.where(there, top[at] - top, 0)[own.index] / 12,
            f"{name}_top_note": np.clip(
                np.where(there[own.index], top[at][own.index] - pitch, 0) / 12, -2, 2
            ),
            f"{name}_low_note": np.clip(
                np.where(there[own.index], low[at][own.index] - pitch, 0) / 12, -2, 2
            ),
            f"{name}_size": np.where(there, np.log(size[at]), 0)[own.index],
        }
    next_at, there = _shifted(part, 1)
    way = np.where(there, onset[next_at] - onset, 4.0)[own.index]
    found |= {
        "duration": np.log2(np.clip(notes.duration, 1 / 24, 16)),
        "held_share": np.clip(notes.duration / np.maximum(way, 1 / 24), 0, 2),
        "rest": np.clip(way - notes.duration, 0, 4),
        **_repetitions(notes),
        **_peaks(part, top, own),
    }
    return found


def _shifted(part: Ints, step: int) -> tuple[Ints, NDArray[np.bool_]]:
    """Return which chord stands so many chords on, and whether it is of the same part."""
    at = np.clip(np.arange(len(part)) + step, 0, max(0, len(part) - 1))
    moved = at == np.arange(len(part)) + step
    return at, moved & (part[at] == part)


def _repetitions(notes: ScoreNotes) -> dict[str, Floats]:
    """Tell how long ago the same key of a part was struck, and how soon it is again, as log quarters."""
    order = np.lexsort((notes.onset, notes.pitch, notes.part))
    same = (np.diff(notes.part[order]) == 0) & (np.diff(notes.pitch[order]) == 0)
    gap = np.where(same, np.diff(notes.onset[order]), 16.0)
    ago, soon = np.full((2, len(order)), 16.0)
    ago[order[1:]], soon[order[:-1]] = gap, gap
    return {
        "struck_ago": np.log2(np.clip(ago, 1 / 24, 16)),
        "struck_soon": np.log2(np.clip(soon, 1 / 24, 16)),
    }


def _peaks(part: Ints, top: Floats, own: Groups) -> dict[str, Floats]:
    """Tell how high the top of a chord lies among those around it in the part."""
    found = {}
    for reach in (4, 12):
        mean = _moving_mean(top, part, reach)
        found[f"above_{reach}"] = ((top - mean) / 12)[own.index]
    return found


def _moving_mean(values: Floats, part: Ints, reach: int) -> Floats:
    """Return the mean over so many values on both sides, those of the same part alone."""
    total = np.concatenate([[0.0], np.cumsum(values)])
    index = np.arange(len(values))
    begin = np.searchsorted(part, part, side="left")
    end = np.searchsorted(part, part, side="right")
    low, high = np.maximum(begin, index - reach), np.minimum(end, index + reach + 1)
    mean: Floats = (total[high] - total[low]) / np.maximum(high - low, 1)
    return mean


# -- phrases --------------------------------------------------------------------------------


def _phrases(notes: ScoreNotes) -> dict[str, Floats]:
    """Describe the stretch between two rests of a part."""
    own = notes.own
    order = own.first_notes
    part, onset = notes.part[order], notes.onset[order]
    end = own.of_groups(notes.onset + notes.duration, np.maximum)
    count = len(order)
    is_new = np.ones(count, dtype=bool)
    # A note that is held on through others ends no phrase.
    sounds = end.copy()
    for start in np.flatnonzero(np.diff(part, prepend=-1)).tolist():
        stop = int(np.searchsorted(part, part[start], side="right"))
        sounds[start:stop] = np.maximum.accumulate(end[start:stop])
    is_new[1:] = (part[1:] != part[:-1]) | (onset[1:] - sounds[:-1] >= _REST)
    number = np.cumsum(is_new) - 1
    first = np.flatnonzero(is_new)
    last = np.append(first[1:], count) - 1
    since = onset - onset[first][number]
    until = sounds[last][number] - onset
    index = np.arange(count)
    length = np.maximum(since + until, 1e-6)
    tops = own.of_groups(notes.pitch, np.maximum)
    peak = np.maximum.reduceat(tops, first)[number] if count else tops
    found = {
        "phrase_since": np.log1p(since),
        "phrase_until": np.log1p(np.maximum(until, 0)),
        "phrase_share": since / length,
        "phrase_first": (index == first[number]).astype(np.float64),
        "phrase_last": (index == last[number]).astype(np.float64),
        "phrase_peak": (peak - tops) / 12,
        "phrase_length": np.log1p(length),
    }
    return {name: value[own.index] for name, value in found.items()}


# -- how much goes on -----------------------------------------------------------------------


def _density(notes: ScoreNotes) -> dict[str, Floats]:
    found: dict[str, Floats] = {}
    onset = notes.onset
    for reach in _NEAR:
        before = np.searchsorted(onset, onset - reach, side="left")
        after = np.searchsorted(onset, onset + reach, side="right")
        here = np.searchsorted(onset, onset, side="left")
        found[f"near{reach:g}"] = np.log(after - before) - np.log(2 * reach + 1)
        found[f"lean{reach:g}"] = np.log((after - here) / np.maximum(here - before + 1, 1))
    return found | _bars(notes)


def _bars(notes: ScoreNotes) -> dict[str, Floats]:
    """Compare the bars around with the whole piece: notes, height, range, the melody, other bars."""
    count, bar = len(notes.starts), notes.bar
    per_bar = np.bincount(bar, minlength=count).astype(np.float64)
    is_melody = (notes.part == notes.melody).astype(np.float64)
    melodic = np.bincount(bar, is_melody, minlength=count).astype(np.float64)
    heights = np.bincount(bar, notes.pitch, minlength=count)
    sung = np.bincount(bar, is_melody * notes.pitch, minlength=count)
    all_mean, sung_mean = notes.pitch.mean(), sung.sum() / max(1.0, melodic.sum())
    usual = per_bar.sum() / max(1, np.count_nonzero(per_bar))
    found: dict[str, Floats] = {}
    for span in _SPANS:
        many, some, high, voice, size = (
            _around(np.asarray(values, np.float64), span)
            for values in (per_bar, melodic, heights, sung, np.ones(count))
        )
        rows = {
            "notes": np.log((many / size + 1) / (usual + 1)),
            "melody": (some > 0) * np.log1p(some / size),
            "height": np.where(many > 0, high / np.maximum(many, 1) - all_mean, 0) / 12,
            "sung": np.where(some > 0, voice / np.maximum(some, 1) - sung_mean, 0) / 12,
        }
        found |= {f"{name}_{span}": value[bar] for name, value in rows.items()}
    return found


def _around(values: Floats, span: int) -> Floats:
    """Return sums over so many bars on both sides, the bar alone for one."""
    total = np.concatenate([[0.0], np.cumsum(values)])
    index = np.arange(len(values))
    reach = span - 1
    found: Floats = (
        total[np.minimum(index + reach + 1, len(values))] - total[np.maximum(index - reach, 0)]
    )
    return found


# -- the piece ------------------------------------------------------------------------------


def _piece(notes: ScoreNotes) -> dict[str, Floats]:
    span = max(1e-6, float(notes.onset[-1] - notes.onset[0]))
    share = (notes.onset - notes.onset[0]) / span
    quarters, seconds = np.ptp(notes.onset), np.ptp(notes.seconds)
    pace = np.log2(np.clip(quarters / max(seconds, 1e-6), 0.5, 8)) if quarters else 1.0
    number, last = notes.bar - notes.bar[0], notes.bar[-1] - notes.bar
    return {
        "piece_share": share,
        "piece_turn": np.sin(np.pi * share),
        "bars_gone": np.log1p(number),
        "bars_left": np.log1p(last),
        "pace": np.full(len(share), float(pace)),
        "second_duration": np.log2(np.clip(notes.duration * 2.0**-pace, 1 / 48, 8)),
    }


def _names() -> tuple[str, ...]:
    """Return the names of all features, in the order of their columns."""
    places = (
        "first half beat eighth sixteenth between bar_sin bar_cos beat_sin beat_cos bar_length"
        " compound bar_in_2 bar_in_4_sin bar_in_4_cos bar_in_8_sin bar_in_8_cos"
    )
    heights = (
        "pitch above_part above_part_spread above_all melody alone parts part_height part_above"
        " highest_part lowest_part part_chord part_share part_density"
    )
    chord = "size rank is_top is_low below_top above_low doubled"
    moved = ("is", "gap", "top", "top_note", "low_note", "size")
    names = places.split() + heights.split() + [f"degree{i}" for i in range(12)]
    names += [each + name for each in ("", "own_") for name in chord.split()]
    names += ["under_sounding", "over_sounding", "topmost", "bass"]
    names += [f"over_bass{i}" for i in range(12)]
    names += [f"{way}_{name}" for way in ("before2", "before", "after", "after2") for name in moved]
    names += ["duration", "held_share", "rest", "struck_ago", "struck_soon", "above_4", "above_12"]
    names += [
        f"phrase_{name}" for name in ["since", "until", "share", "first", "last", "peak", "length"]
    ]
    names += [f"{name}{reach:g}" for name in ("near", "lean") for reach in _NEAR]
    names += [f"{name}_{span}" for span in _SPANS for name in ("notes", "melody", "height", "sung")]
    names += ["piece_share", "piece_turn", "bars_gone", "bars_left", "pace", "second_duration"]
    return tuple(names)


FEATURES = _names()
"""Names of the columns of `note_features`."""
