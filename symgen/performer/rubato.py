"""The clock that all parts share: phrases that begin and end slower, a final ritardando, and a hand that is not exact.

Phrases: the tempo rises and falls as things do that are pushed evenly and then slow down evenly, so that its square
goes up and down in straight lines over the score (N. Todd, The dynamics of dynamics, 1992), on two levels, phrases and
sections (N. Todd, A model of expressive timing in tonal music, 1985; the phrase arch of the KTH rules: A. Friberg, R.
Bresin and J. Sundberg, Overview of the KTH rule system for musical performance, 2006). The end of a phrase slows down
more than its beginning.

Final ritardando: A. Friberg and J. Sundberg (Does music performance allude to locomotion?, 1999), v(x) = (1 + (w^q - 1)
x)^(1/q) with q = 3, as runners come to a stop.

Short notes take a little less time than is written, long ones more (duration contrast, one of the KTH rules), and beats
stray a little, each much as the one before (1/f noise: D. Gilden, T. Thornton and M. Mallon, 1/f noise in human
cognition, 1995; P. Juslin, A. Friberg and R. Bresin, Toward a computational model of expression, 2002).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from symgen.music.harmony import chord_beats
from symgen.music.lines import melody_part
from symgen.music.score import Score
from symgen.music.tempo import tick_seconds, usual_tempo
from symgen.performer.manners import Manner
from symgen.performer.phrases import Phrase, find_phrases

__all__ = ["final_tempo", "phrase_tempo", "tempo_curve"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# The exponent of the final ritardando.
_RUNNERS = 3.0
# It begins so many bars before the last onset, and takes this share of the piece and so many seconds at most.
_BARS, _SHARE, _LONGEST = 2, 0.25, 6.0
# What it takes is given back over the piece, but never more than this share of its time.
_GIVEN_BACK = 0.06
# A phrase begins slower than its middle by this share of what its end is.
_OPENING = 0.4
# Of a section's arch, beside that of a phrase; what every ending has of it, and what its cadence and its pause add.
_SECTION, _EVERY, _PAUSE = 0.6, 0.4, 0.3
_CADENCES = {"full": 0.3, "half": 0.15}
# Duration contrast: what a beat gains for notes twice as long as usual, and at most.
_CONTRAST, _MOST_CONTRAST = 0.01, 0.02
# Persistence from beat to beat of what strays, at three scales of time, whose sum is nearly 1/f.
_SCALES = (0.0, 0.7, 0.95)
# Of a band, whose clock strays around the beat that is written.
_STEADY = 0.9
# Beats are never stretched by more.
_SHORTEST, _LONGEST_BEAT = 0.6, 2.0


def tempo_curve(score: Score, manner: Manner, rng: np.random.Generator) -> Floats:
    """Return how the clock that all parts share bends.

    Parameters
    ----------
    score : Score
        As it is written.
    manner : Manner
        Says how free the tempo is.
    rng : Generator
        For what strays.

    Returns
    -------
    ndarray of float64, shape (k, 2)
        Ticks, rising from 0 to the length, a row for each beat and where phrases begin, and how many seconds the clock
        is behind the written time there. The first and the last are 0. No rows for a piece without length.
    """
    phrases = find_phrases(score)
    ticks = _knots(score, phrases)
    if len(ticks) < 2:
        return np.zeros((0, 2))
    seconds = tick_seconds(score, ticks)
    if not manner.rubato and manner.ritardando >= 1:
        behind = _steady(len(ticks), manner.noise / 1000, rng)
    else:
        arch = phrase_tempo(phrases, (ticks[1:] + ticks[:-1]) / 2, manner.rubato)
        stretch = _contrast(score, ticks) / arch if manner.rubato else np.ones(len(arch))
        stretch *= _ritardando(score, manner, ticks, seconds)
        behind = _bent(stretch, np.diff(seconds), manner.noise / 1000, rng)
    behind[[0, -1]] = 0.0
    return np.column_stack([ticks, behind])


def _knots(score: Score, phrases: Sequence[Phrase]) -> Ints:
    """Return the beats, the onsets that open phrases, and the last onset."""
    if score.length < 1 or not score.note_count:
        return np.zeros(0, dtype=np.int64)
    starts, *_ = chord_beats(score.bars, score.resolution)
    opening = [phrase.start for phrase in phrases]
    found: Ints = np.unique([0, *starts.tolist(), *opening, _last_onset(score), score.length])
    return found[found <= score.length]


def _last_onset(score: Score) -> int:
    return int(max(part.note_array()[-1, 0] for part in score.parts if part.note_count))


def _steady(count: int, deviation: float, rng: np.random.Generator) -> Floats:
    """Return how far a clock strays that comes back to the written time."""
    return deviation * _persisting(count, _STEADY, rng)


def _persisting(count: int, persistence: float, rng: np.random.Generator) -> Floats:
    """Return noise of deviation 1, each value much as the one before (AR(1))."""
    fresh = rng.normal(size=count)
    found, value = np.empty(count), float(fresh[0])
    scale = np.sqrt(1 - persistence**2)
    for number in range(count):
        value = value if number == 0 else persistence * value + scale * float(fresh[number])
        found[number] = value
    return found


def _bent(stretch: Floats, spans: Floats, noise: float, rng: np.random.Generator) -> Floats:
    """Return the clock whose stretches of so many seconds are longer by a factor, and stray."""
    strays = np.sum([_persisting(len(spans), each, rng) for each in _SCALES], axis=0)
    strays *= noise / np.sqrt(len(_SCALES)) * np.minimum(1.0, spans / np.median(spans))
    lengths = np.clip(spans * stretch + strays, _SHORTEST * spans, _LONGEST_BEAT * spans)
    # The piece takes as long as it is written: all beats give back their share.
    lengths *= spans.sum() / lengths.sum()
    return np.concatenate([[0.0], np.cumsum(lengths - spans)])


def phrase_tempo(phrases: Sequence[Phrase], ticks: Floats, rubato: float) -> Floats:
    """Return the tempo at ticks as a share of that in the middle of phrases.

    Parameters
    ----------
    phrases : sequence of Phrase
        Without gaps.
    ticks : ndarray of float, shape (n,)
        Where it is asked for.
    rubato : float
        By which share a beat at the end of a phrase is longer that pauses long, with a full cadence.

    Returns
    -------
    ndarray of float64, shape (n,)
        1 in the middle of a section, less elsewhere.
    """
    found = np.ones(len(ticks))
    arches = [(each.start, each.end, _weight(each)) for each in phrases]
    start = 0
    for each in phrases:
        if each.closes:
            arches.append((start, each.end, _SECTION))
            start = each.end
    for first, last, share in arches:
        inside = np.flatnonzero((ticks >= first) & (ticks < last))
        depth = rubato * share
        opening, closing = 1 / (1 + _OPENING * depth), 1 / (1 + depth)
        place = (ticks[inside] - first) / max(1, last - first)
        edge = np.where(place < 0.5, opening, closing)
        # The square of the tempo goes in straight lines.
        found[inside] *= np.sqrt(edge**2 + (1 - edge**2) * (1 - np.abs(2 * place - 1)))
    return found


def _weight(phrase: Phrase) -> float:
    """Return how far a phrase slows down at its end, 0..1."""
    return _EVERY + _PAUSE * phrase.strength + _CADENCES.get(phrase.cadence, 0.0)


def final_tempo(place: Floats, final: float) -> Floats:
    """Return the tempo in a final ritardando as a share of that before.

    Parameters
    ----------
    place : ndarray of float, shape (n,)
        0 where it begins, 1 at the last onset.
    final : float
        The tempo there.

    Returns
    -------
    ndarray of float64, shape (n,)
        ``(1 + (final**3 - 1) * place) ** (1 / 3)``.
    """
    found: Floats = (1 + (final**_RUNNERS - 1) * np.clip(place, 0.0, 1.0)) ** (1 / _RUNNERS)
    return found


def _ritardando(score: Score, manner: Manner, ticks: Ints, seconds: Floats) -> Floats:
    """Return by how much each stretch between knots is longer because the piece ends."""
    stretch = np.ones(len(ticks) - 1)
    last = _last_onset(score)
    end = float(tick_seconds(score, np.array([last]))[0])
    if manner.ritardando >= 1 or _slows_down(score) or end <= seconds[0]:
        return stretch
    bar = max(each.length for each in score.bars[-_BARS:]) / score.resolution
    lasts = _BARS * bar * usual_tempo(score, score.length).microseconds / 1e6
    lasts = min(lasts, _SHARE * float(end - seconds[0]), _LONGEST)
    middles = (seconds[1:] + seconds[:-1]) / 2
    place = (middles - (end - lasts)) / lasts
    stretch = 1 / final_tempo(place, manner.ritardando)
    spans = np.diff(seconds)
    taken = float((spans * (stretch - 1)).sum() / spans.sum())
    return 1 + (stretch - 1) * min(1.0, _GIVEN_BACK / max(taken, 1e-9))


def _slows_down(score: Score) -> bool:
    """Tell whether the end is written slower."""
    written = [change.microseconds for change in score.tempos if change.tick < score.length]
    return written[-1] > usual_tempo(score, score.length).microseconds * 1.05


def _contrast(score: Score, ticks: Ints) -> Floats:
    """Return how much time each stretch gets by how many notes of the melody begin in it."""
    tune = melody_part(score)
    if tune is None:
        return np.ones(len(ticks) - 1)
    onsets = np.unique(score.parts[tune].note_array()[:, 0])
    counts = np.histogram(onsets, ticks)[0]
    lengths = np.diff(ticks) / np.maximum(1, counts)
    octaves = np.log2(lengths / np.median(lengths[counts > 0]))
    gains = np.clip(_CONTRAST * octaves, -_MOST_CONTRAST, _MOST_CONTRAST)
    found: Floats = np.where(counts > 0, 1 + gains, 1.0)
    return found
