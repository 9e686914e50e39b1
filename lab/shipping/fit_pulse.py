"""Fit the numbers by which `symgen.beats` reads several notes at once, and write symgen/beats/data/ensemble.json.

    python -m lab fit-pulse CORPORA

Excerpts of bands, songs with piano, string quartets, hymns and keyboard music of the zips in CORPORA (not `pop909`,
which the pulse is measured with), one of four of a single part, are played as in `free_playing.py`, three of ten of
them from within a bar on; the readings of each are listed, and a conditional logit is fitted as by `beats_fit.py`.
Two of ten works are left out. Then a preference for 90 quarters a minute is added: without it ballads are read twice as
fast; its strength was chosen on the half of the songs of POP909 that `pulse.py` leaves alone.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from lab.benchmarks.beats import METERS, SAME, Floats
from lab.benchmarks.free_playing import Playing, play_freely
from lab.benchmarks.pulse import is_held_out, read_scores
from lab.commands import command_parser
from lab.shipping.fit_beats import Clip, choice_columns, fit_weights, write_weights
from symgen.beats.evidence import ENSEMBLE_FEATURES, FEATURES
from symgen.beats.lattice import share_on_grid
from symgen.beats.reading import RhythmConstraints, list_choices
from symgen.beats.strokes import Clock, merge_notes
from symgen.beats.tracking import EXTRA
from symgen.music.score import Score
from symgen.music.tempo import usual_tempo

SOURCES = {
    "freedoom": (237, 4), "lieder_cc0": (300, 3), "osq_cc0": (60, 6), "openhymnal": (150, 1), "chopin_fe": (150, 2),
    "polish": (300, 2),
}  # fmt: skip
"""Files of each zip, and excerpts of each."""
TEMPOS_KNOWN = ("freedoom", "lieder_cc0", "osq_cc0")
CENTER, STRENGTH = 90.0, 8.0
DECAY = 1e-3


def excerpt(score: Score, rng: np.random.Generator, bpm: float) -> tuple[Score, str, float] | None:
    """Return bars of one meter, the meter, and the quarters before the first full bar; or None if there are too few."""
    bars = score.bars
    if len(bars) < 6:
        return None
    first = 0 if rng.random() < 0.4 else int(rng.integers(0, len(bars) - 5))
    meter = bars[first].meter
    seconds = rng.uniform(15, 70 if rng.random() < 0.75 else 240)
    count = 0
    for bar in bars[first:]:
        if (
            bar.meter != meter
            or (bar.end - bars[first].start) / score.resolution * 60 / bpm > seconds
        ):
            break
        count += 1
    start = bars[first].start
    line = start if bars[first].number else bars[first].end
    if rng.random() < 0.3:
        start += int(rng.integers(0, 16)) * bars[first].length // 16
    if count < 4 or SAME.get(str(meter), str(meter)) not in METERS:
        return None
    part = score.slice_ticks(start, bars[first + count - 1].end)
    return (
        (part, SAME.get(str(meter), str(meter)), (line - start) / score.resolution)
        if part.note_count > 23
        else None
    )


def draw_bpm(score: Score, source: str, rng: np.random.Generator) -> float:
    """Return the tempo of a score, or one to play it at where the file knows none."""
    if source in TEMPOS_KNOWN:
        return usual_tempo(score, score.length).bpm
    if source == "openhymnal":
        return float(np.exp(rng.uniform(np.log(65), np.log(125))))
    step = np.median(np.diff(np.unique(score.note_array()[:, 0]))) / score.resolution
    return float(60 * step / np.exp(rng.uniform(np.log(0.12), np.log(0.45))))


def describe(score: Score, source: str, rng: np.random.Generator) -> Clip | None:
    """Play an excerpt and list its readings."""
    alone = [part for part in score.parts if len(part.notes) > 40 and not part.is_drum]
    if rng.random() < 0.25 and alone:
        score = score.with_parts([alone[int(rng.integers(len(alone)))]])
    bpm = draw_bpm(score, source, rng)
    chosen = excerpt(score, rng, bpm)
    if chosen is None or not 40 <= bpm <= 230:
        return None
    part, meter, line = chosen
    played = play_freely(part, Playing.drawn(bpm, rng), rng)
    strokes = merge_notes(played.score, Clock.even(played.score, 120))
    places = played.places(strokes.rows[:, 0])
    true = np.rint((places - line) * 12).astype(np.int64)
    mean = 60 * float(places[-1] - places[0]) / float(strokes.rows[-1, 0] - strokes.rows[0, 0])
    columns, right, right_tempo, known = [], [], [], []
    for choice in list_choices(strokes.rows, RhythmConstraints(), strokes):
        near = abs(choice.bpm / mean - 1) < 0.05
        put = choice.path.ticks != EXTRA
        apart = (choice.path.ticks[put] - true[: len(put)][put])[None, :] + choice.shifts[:, None]
        off = np.abs((apart + choice.rhythm.bar / 2) % choice.rhythm.bar - choice.rhythm.bar / 2)
        right.append(((off <= 1).mean(axis=1) > 0.5) & near & (str(choice.rhythm.meter) == meter))
        right_tempo.append(np.full(len(off), near))
        columns.append(choice_columns(choice))
        said = choice.features @ choice.weights.features + choice.weights.tempo_odds(
            choice.rhythm.meter, choice.bpm
        )
        known.append(choice.scores - said)
    if not columns:
        return None
    return Clip(*(np.concatenate(rows) for rows in (columns, right, right_tempo, known)))


def play_all(corpora: Path) -> list[Clip]:
    clips = []
    for source, (files, times) in SOURCES.items():
        for name, score in read_scores(corpora / f"{source}.zip", files):
            if is_held_out(source, name) or score.note_count < 40 or share_on_grid(score) < 0.7:
                continue
            for number in range(times):
                clip = describe(
                    score, source, np.random.default_rng([zlib.crc32(name.encode()), number])
                )
                clips += [clip] if clip is not None and clip.right_tempo.any() else []
        print(f"{source}: {len(clips)} clips so far", flush=True)
    return clips


def with_preference(tempo: Floats) -> Floats:
    """Add the preference for a tempo to the odds of a meter: constant, by the logarithm, by its square."""
    away = float(np.log(CENTER / 120))
    return tempo + STRENGTH * np.array([-(away**2), 2 * away, -1.0])


def write(weights: Floats) -> None:
    names = (*FEATURES, *ENSEMBLE_FEATURES)
    tempos = [with_preference(row) for row in weights[len(names) :].reshape(-1, 3)]
    write_weights("ensemble", names, weights[: len(names)], np.array(tempos))


def agreement(clips: Sequence[Clip], weights: Floats) -> tuple[float, float]:
    """Shares of clips whose best reading has the right tempo, and the right meter and bar lines too."""
    best = [int(np.argmax(clip.columns @ weights + clip.known)) for clip in clips]
    pairs = [(clip.right_tempo[i], clip.right[i]) for clip, i in zip(clips, best, strict=True)]
    tempo, whole = np.mean(pairs, axis=0)
    return float(tempo), float(whole)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = command_parser(__name__, __doc__)
    parser.add_argument("corpora", type=Path)
    args = parser.parse_args(arguments)
    torch.set_num_threads(1)
    clips = play_all(args.corpora)
    weights = fit_weights(clips, DECAY)
    print("tempo right {:.3f}, all right {:.3f}".format(*agreement(clips, weights)))
    write(weights)
    return 0
