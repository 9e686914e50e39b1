"""Judge a candidate: make it fit for training, or say why it is left out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from symgen.beats.pulse import find_pulse, score_on_pulse
from symgen.corpus.candidate import DRUMS_ONLY, Candidate, Drop
from symgen.corpus.notating import notate
from symgen.corpus.options import CorpusOptions
from symgen.corpus.pickup import accent_fit, estimate_pickup, with_pickup
from symgen.music.keys import infer_key
from symgen.music.lines import mean_pitch, melody_part, outer_line
from symgen.music.performed import WrittenOnsets, quantized
from symgen.music.score import MeterChange, Part, Score, TempoChange
from symgen.music.tempo import usual_tempo
from symgen.system.arrays import distinct

__all__ = ["choose_voices", "clean", "merge_ornaments"]


# Notes that are shorter than a quarter by this factor are ornaments.
_SHORT = 6
# Velocity of all notes where velocities are kept apart.
_EVEN = 80


def clean(candidate: Candidate, options: CorpusOptions) -> Candidate | Drop:
    """Return the candidate as it goes into the store, or why it does not."""
    where = candidate.work

    def drop(reason: str, detail: str = "", *, played: bool = False) -> Drop:
        return Drop(reason, detail, where, played)

    if not _sounding(candidate.score, options):
        drums = bool(candidate.score.note_count)
        played = drums and _is_played(candidate.score, options.grid)
        return drop(DRUMS_ONLY if drums else "no notes", played=played)
    candidate = _written_down(candidate, options)
    score = candidate.score
    parts, reason = _choose_parts(score, options)
    if reason:
        return drop(*reason)
    bad_bars = [p for p in candidate.problems if "bar" in p.lower() or "measure" in p.lower()]
    if bad_bars and not options.metre_changes:
        return drop("bar errors", bad_bars[0])
    parts = [merge_ornaments(part, score.resolution) for part in parts]
    score = replace(score, parts=tuple(parts), length=0)
    if candidate.source in options.pickups and not score.has_pickup:
        # Accents that stand otherwise than one bar apart are of another meter than the file says.
        if _accents_disagree(score):
            return drop("bar errors", "accents of the converter are not one bar apart")
        score = with_pickup(score, estimate_pickup(score))
    velocity = _EVEN if options.velocity is None and options.performed else options.velocity
    if velocity is not None:
        score = _with_velocity(score, velocity)
    score = replace(score, tempos=(_steady(score),), meters=_used(score))
    reason = _measure(score, options)
    if reason:
        return drop(*reason, played=_is_played(score, options.grid))
    # As the key of a prompt is found, so that a network is used on keys of the kind it learned.
    pitched = any(not part.is_drum for part in score.parts) or not options.performed
    key = candidate.key or (infer_key(score) if pitched else None)
    lost_drums = not options.keeps_drums and any(p.is_drum for p in _struck(candidate.score))
    return replace(candidate, score=score, key=key, lost_drums=lost_drums)


def _written_down(candidate: Candidate, options: CorpusOptions) -> Candidate:
    """Write down what was played."""
    score = candidate.score
    if options.performed:
        found = notate(score, options.grid)
        return replace(
            candidate,
            score=found.score,
            performance=found.performance,
            unclicked=found.unclicked,
            was_played=found.performance.moved,
        )
    # MIDI played without a click has bar lines that mean nothing: it is laid on its own pulse.
    pulse = find_pulse(score)
    if pulse is None:
        return candidate
    score = quantized(score_on_pulse(score, pulse), options.grid)
    return replace(candidate, score=score, unclicked=True)


def _choose_parts(score: Score, options: CorpusOptions) -> tuple[list[Part], tuple[str, ...]]:
    """Return the parts that are asked for, and why there are none."""
    parts = _sounding(score, options)
    if options.parts == "melody":
        parts = [_melody(score.with_parts(parts))]
    if options.voices is not None:
        voices, why = choose_voices(parts, options.voices)
        if why:
            return [], ("other voices", why)
        parts = list(voices)
    if not options.min_parts <= len(parts) <= options.max_parts:
        return [], ("number of parts", f"{len(parts)} parts")
    if options.program is not None:
        parts = [replace(part, program=options.program) for part in parts]
    return parts, ()


def _sounding(score: Score, options: CorpusOptions) -> list[Part]:
    """Return the parts that may stay."""
    return [p for p in _struck(score) if options.keeps_drums or not p.is_drum]


def _struck(score: Score) -> list[Part]:
    """Return the parts that have notes."""
    return [part for part in score.parts if part.note_count]


def _melody(score: Score) -> Part:
    """Return the part with the melody, one note at a time."""
    part = score.parts[melody_part(score) or 0]
    return part.with_notes(outer_line(part.notes))


def _measure(score: Score, options: CorpusOptions) -> tuple[str, ...]:
    """Check meter, length and grid; return what is wrong, or nothing."""
    if len(score.meters) > 1 + score.has_pickup and not options.metre_changes:
        return "meter changes", ", ".join(str(change.meter) for change in score.meters[:6])
    if any(change.meter.quarters * options.grid % 1 for change in score.meters):
        return "off the grid", "a bar is no whole number of steps"
    bars = len(score.bars) - score.has_pickup
    notes, found = score.note_count, f"{bars} bars, {score.note_count} notes"
    if options.performed:  # it may be as short as a bar, but one chord is no music
        notes = len(distinct(score.note_array()[:, 0]))
        found += f" at {notes} moments"
    if bars < options.min_bars or notes < options.min_notes:
        return "too short", found
    if bars > options.max_bars or score.note_count > options.max_notes:
        return "too long", found
    moved = _moved(score, options.grid)
    if moved > options.off_grid:
        return "off the grid", f"{moved:.0%} of the onsets"
    return ()


def _is_played(score: Score, grid: int) -> bool:
    """Whether so many notes are off the grid that it was played."""
    return WrittenOnsets(score, score.resolution / grid).played


def _moved(score: Score, grid: int) -> float:
    """Return the share of onsets further than an eighth of a step from the grid."""
    steps = score.note_array()[:, 0] * grid / score.resolution
    return float(np.mean(np.abs(steps - np.rint(steps)) > 0.125))


def _steady(score: Score) -> TempoChange:
    """Return the one tempo that a piece gets: slow endings are no structure."""
    end = max(score.length, score.tempos[-1].tick + 1)
    return replace(usual_tempo(score, end), tick=0)


def _used(score: Score) -> tuple[MeterChange, ...]:
    """Return the meter changes that stand before the end of the music."""
    end = score.music_end
    return tuple(change for change in score.meters if change.tick < end)


def _with_velocity(score: Score, velocity: int) -> Score:
    """Return a score whose notes are all equally loud."""

    def leveled(part: Part) -> Part:
        rows = part.note_array()
        rows[:, 3] = velocity
        return Part.from_array(rows, part.program, part.is_drum, part.name)

    return score.with_parts([leveled(part) for part in score.parts])


def _accents_disagree(score: Score) -> bool:
    """Whether notes are accented as by a bar line, but not one bar apart."""
    notes = score.parts[0].note_array()[:, [0, 3]].astype(np.float64)
    bar, pickup = float(score.meters[0].meter.quarters), float(estimate_pickup(score))
    fit = accent_fit(notes[:, 0] / score.resolution, notes[:, 1], bar, pickup)
    return notes[:, 1].min() < notes[:, 1].max() and fit < 0.9


def merge_ornaments(part: Part, resolution: int) -> Part:
    """Drop single very short notes that push a neighbor off the grid, and lengthen the neighbor."""
    # A note under 1/6 quarter that touches its neighbors is an ornament: if it begins on a 12th
    # of a quarter and the next note does not, the next note takes its place; if it is the other
    # way round, the note before goes on over it. Runs of short notes are left as they are.
    rows = part.note_array()
    onset, duration = rows[:, 0], rows[:, 1]
    end = onset + duration
    short = duration * _SHORT < resolution
    touches = short[:-1] & ~short[1:] & (onset[1:] == end[:-1])
    if not touches.any():
        return part
    rest = onset * 12 % resolution
    on_grid = 8 * np.minimum(rest, resolution - rest) <= resolution
    leads = np.flatnonzero(touches & on_grid[:-1] & ~on_grid[1:])
    # The note before must be no ornament itself, and last until this one.
    follows = touches & ~on_grid[:-1]
    follows &= np.append(False, ~short[:-2] & (end[:-2] == onset[1:-1]))
    trails = np.flatnonzero(follows)
    if not len(leads) + len(trails):
        return part
    # None of these is short, so none is an ornament of another one.
    begun, ended = onset.copy(), end.copy()
    begun[leads + 1] = onset[leads]
    ended[trails - 1] = end[trails]
    rows[:, 0], rows[:, 1] = begun, ended - begun
    rows = np.delete(rows, np.concatenate([leads, trails]), axis=0)
    return Part.from_array(rows, part.program, part.is_drum, part.name)


_NAMES = (
    r"sopr|cant(?!.*continuo)|discant|treble",
    r"alt|contralto",
    r"tenor",
    r"bass(?!o? cont)|basso$|baritone",
)
# C2 and C6: what a choir sings.
_LOWEST, _HIGHEST = 36, 84
# Share of the notes of a voice that may be lost or cut when it is read as one note at a time.
_OVERLAP = 0.02
# Share of the piece for which a voice must sound.
_SILENT = 0.4


def choose_voices(parts: Sequence[Part], count: int) -> tuple[tuple[Part, ...], str]:
    """Return the parts (none empty) as voices, the highest first, or no parts and why they are none."""
    # A choir's score may hold an organ or continuo too: its four voices are known by their names.
    if count == len(_NAMES) < len(parts):
        parts = _named(parts) or parts
    if len(parts) != count:
        return (), f"{len(parts)} parts"
    voices = [part.with_notes(outer_line(part.notes)) for part in parts]
    ends = max(part.end for part in parts)
    for part, voice in zip(parts, voices, strict=True):
        changed = len(part.notes) - len(voice.notes) + _count_cut(part, voice)
        if changed > _OVERLAP * len(part.notes):
            return (), "a part with chords"
        if sum(n.duration for n in voice.notes) < _SILENT * ends:
            return (), "a part that is mostly silent"
        if not all(_LOWEST <= n.pitch <= _HIGHEST for n in voice.notes):
            return (), "a part beyond the range of voices"
    return tuple(sorted(voices, key=lambda part: -mean_pitch(part))), ""


def _named(parts: Sequence[Part]) -> list[Part]:
    """Return the parts named soprano, alto, tenor and bass, if there is one of each."""
    chosen = []
    for pattern in _NAMES:
        fitting = [part for part in parts if re.match(pattern, part.name.strip().lower())]
        if len(fitting) != 1:
            return []
        chosen += fitting
    return chosen


def _count_cut(part: Part, voice: Part) -> int:
    """Count the notes of a part that its voice had to cut short, if any."""
    if sum(n.duration for n in part.notes) <= sum(n.duration for n in voice.notes):
        return 0
    pairs = pairwise(part.notes)
    return sum(a.end > b.onset for a, b in pairs if a.onset < b.onset)
