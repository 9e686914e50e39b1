"""How long notes sound and how exactly they are struck, by rule, for what no player was taught.

Articulation: neighbors by step are bound, leaps and repeated notes detached (repetition articulation and score legato
of the KTH rules: R. Bresin and G. Battel, Articulation strategies in expressive piano performance, 2000). Where the
score itself leaves a gap, such as a rest or a note that is written staccato, a note sounds as written. At the end of a
phrase there is a breath (punctuation: A. Friberg, R. Bresin, L. Fryden and J. Sundberg, 1998).

Onsets: notes that are written at one time are struck within tens of milliseconds (R. Rasch, Synchronization in
performed ensemble music, 1979), and pianists strike the melody some 20 ms early, which is half an effect of its
loudness (W. Goebl, Melody lead in piano performance: expressive device or artifact?, 2001).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from symgen.music.lines import melody_part
from symgen.music.score import Score
from symgen.music.tempo import tick_seconds
from symgen.performer.manners import Manner
from symgen.performer.phrases import find_phrases

__all__ = ["held_by_rule", "late_by_rule"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_STEP = 2
# A gap of articulation lasts so many seconds at most, a breath so many.
_LONGEST_GAP, _LONGEST_BREATH = 0.1, 0.15
_BREATH = 0.85
# No note is struck farther from its time than so many standard deviations.
_FARTHEST = 2.5


def held_by_rule(score: Score, rows: Ints, manner: Manner) -> Floats:
    """Return the share of its written duration for which each note sounds.

    Parameters
    ----------
    score : Score
        As it is written.
    rows : ndarray of int64, shape (n,)
        Notes, as indices into `Score.note_array`.
    manner : Manner
        Says how bound steps, leaps and repeated notes are.

    Returns
    -------
    ndarray of float64, shape (n,)
        Above 0, at most 1.
    """
    notes = score.note_array()
    found = np.ones(len(notes))
    for part in np.unique(notes[rows, 4]).tolist():
        mine = np.flatnonzero(notes[:, 4] == part)
        found[mine] = _of_part(notes[mine], manner)
    ends = notes[:, 0] + notes[:, 1]
    breathes = np.isin(ends, [phrase.end for phrase in find_phrases(score)])
    found[breathes] = np.minimum(found[breathes], _BREATH)
    seconds = tick_seconds(score, ends) - tick_seconds(score, notes[:, 0])
    longest = np.where(breathes, _LONGEST_BREATH, _LONGEST_GAP)
    found = np.maximum(found, 1 - longest / np.maximum(seconds, 1e-6))
    # Where a rest follows, the note already ends as it is written.
    return np.where(_reaches(notes), found, 1.0)[rows]


def _reaches(notes: Ints) -> NDArray[np.bool_]:
    """Tell which notes end just where their part strikes the next ones."""
    keys = notes[:, 4] << 32
    found: NDArray[np.bool_] = np.isin(keys + notes[:, 0] + notes[:, 1], keys + notes[:, 0])
    return found


def _of_part(notes: Ints, manner: Manner) -> Floats:
    """Return how bound the notes of a part are to what is struck where they end."""
    ends = notes[:, 0] + notes[:, 1]
    first = np.searchsorted(notes[:, 0], ends, side="left")
    last = np.searchsorted(notes[:, 0], ends, side="right")
    found = np.ones(len(notes))
    for row in np.flatnonzero(last > first).tolist():
        following = notes[first[row] : last[row], 2]
        nearest = int(np.abs(following - notes[row, 2]).min())
        if nearest == 0:
            found[row] = manner.held.repeats
        else:
            found[row] = manner.held.steps if nearest <= _STEP else manner.held.leaps
    return found


def late_by_rule(score: Score, rows: Ints, manner: Manner, rng: np.random.Generator) -> Floats:
    """Return by how many seconds each note is struck late.

    Parameters
    ----------
    score : Score
        As it is written.
    rows : ndarray of int64, shape (n,)
        Notes, as indices into `Score.note_array`.
    manner : Manner
        Says how exact the players are, and how early the melody is.
    rng : Generator
        For what strays.

    Returns
    -------
    ndarray of float64, shape (n,)
        Negative is early: the melody, where another part plays at the same time.
    """
    notes = score.note_array()
    strays = np.clip(rng.normal(size=len(rows)), -_FARTHEST, _FARTHEST)
    late = manner.asynchrony / 1000 * strays
    tune = melody_part(score)
    if tune is not None and manner.lead:
        beside = np.isin(notes[rows, 0], notes[notes[:, 4] != tune, 0])
        late = late - manner.lead / 1000 * ((notes[rows, 4] == tune) & beside)
    return np.asarray(late)
