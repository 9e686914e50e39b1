"""Key finding: from the notes of a whole score, or from a row of pitches."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from symgen.music.lines import is_bass
from symgen.music.score import Score
from symgen.music.theory import FIFTHS, Key

__all__ = ["MODES_FOUND", "describe_pitches", "find_key", "infer_key", "key_of_shares"]

Floats = NDArray[np.float64]

MODES_FOUND = ("major", "minor", "dorian", "mixolydian")
"""The modes that are told apart."""

# Share of the sounding time that must lie in the scale of a key signature for it to be believed.
_AGREES = 0.85

# Log odds. Chosen on the lowest parts of 293 hymns, quartets and band pieces, whether `is_bass`
# takes them for a bass or not: for .73 of them the key of the whole piece is found without, for
# .77 with.
_OPENS = 2.0

# Logistic regression, fitted by python -m lab keys. Rows of a mode: what each pitch class above
# the tonic says by the time that it sounds, by the time that it sounds from the first beats of
# bars on, and by opening the piece.
_WEIGHTS = np.array([
    [  # major
        [10.15, -1.24, 0.19, -2.92, 5.82, 3.47, -4.38, 4.64, -1.78, -2.03, -7.83, 3.73],
        [1.17, -1.60, 0.14, -1.47, 0.99, -0.12, -1.50, 1.40, -1.01, 0.39, -1.07, -0.72],
        [1.20, -0.56, -0.12, -0.82, 0.54, -0.58, -0.08, 1.06, 0.10, -0.07, -0.36, -0.30],
    ],
    [  # minor
        [8.98, -3.24, 2.89, 1.21, -4.14, -0.04, -2.89, 5.04, 0.98, -5.32, -1.79, 0.77],
        [1.69, -0.76, 0.17, 1.73, -1.43, 1.01, -1.16, 2.52, 0.17, -3.44, 1.44, -0.98],
        [1.18, -0.99, 0.21, 0.35, -0.54, 0.41, -0.26, 0.81, -0.88, -0.58, 0.30, -0.03],
    ],
    [  # dorian
        [5.41, -5.05, 2.04, 2.55, -4.61, -1.17, -3.37, 4.01, -3.83, 1.18, 0.30, -2.06],
        [2.21, -3.30, 1.94, 1.43, -0.78, 1.60, -2.78, 2.83, -0.82, -0.22, 1.83, -1.35],
        [1.50, -0.33, 0.28, -0.20, -0.44, 0.54, -0.44, 0.12, -0.85, -0.29, 0.43, -0.35],
    ],
    [  # mixolydian
        [5.94, -1.93, -0.40, -5.28, 2.79, 0.79, -3.29, 0.80, -3.21, -0.43, 2.57, -4.04],
        [1.88, -0.96, 1.31, -2.84, 1.12, 1.56, -2.19, 1.36, -1.73, 1.69, 0.51, -1.81],
        [1.01, -0.57, -0.14, -0.57, -0.41, 1.15, -0.37, 0.31, -0.44, 0.19, -0.40, 0.25],
    ],
])  # fmt: skip
# Pitch classes from each tonic on.
_TURNS = (np.arange(12)[:, None] + np.arange(12)) % 12
_KEYS = tuple(Key(tonic, mode) for tonic in range(12) for mode in MODES_FOUND)
_BIAS = np.array([-0.36, -0.27, -0.77, 1.41])


def describe_pitches(score: Score) -> Floats:
    """Describe the pitch classes of a piece, drums left out; shape (3, 12).

    Square roots of the shares of the sounding time that they have, of all notes and of those that
    begin on a bar line, and 1 for the lowest note that opens the piece.
    """
    rows = [part.note_array() for part in score.parts if not part.is_drum]
    notes = np.concatenate(rows) if rows else np.zeros((0, 4), dtype=np.int64)
    onset, duration, pitch, _ = notes.T
    lines = np.array([bar.start for bar in score.bars] or [-1])
    line = lines[np.minimum(np.searchsorted(lines, onset), len(lines) - 1)] == onset
    found = np.stack([
        np.bincount(pitch % 12, duration, 12),
        np.bincount(pitch[line] % 12, duration[line], 12),
        np.zeros(12),
    ])  # fmt: skip
    shares: Floats = np.sqrt(found / np.maximum(found.sum(axis=1, keepdims=True), 1e-12))
    if len(notes):
        shares[2, pitch[onset == onset.min()].min() % 12] = 1.0
    return shares


def infer_key(score: Score) -> Key:
    """Estimate the key of a piece, or of a beginning of one, from its notes."""
    shares = describe_pitches(score)
    if not shares[0].any():
        return Key(0, "major")
    odds = _odds(shares)
    if _is_bass(score):
        odds += _opening(int(np.argmax(shares[2])))
    if not score.keys:
        return _KEYS[int(np.argmax(odds))]
    ranked: list[Key] = [_KEYS[i] for i in np.argsort(-odds.ravel(), kind="stable").tolist()]
    # A signature leaves only the modes that share it, but many files say C major whatever they
    # hold, so the notes must agree with it. Minor is believed: no program writes it unasked.
    last = score.keys[-1]
    signed = [key for key in ranked if (key.sharps - last.sharps) % 12 == 0]
    signed.sort(key=lambda key: last.minor and key.mode != "minor")
    agreement = sum(shares[0, sorted(signed[0].scale)] ** 2)
    return signed[0] if agreement >= _AGREES else ranked[0]


def key_of_shares(shares: Floats) -> Key:
    """Estimate a key from what pitch classes have, shape (3, 12), as `describe_pitches` tells it."""
    return _KEYS[int(np.argmax(_odds(shares)))]


def _odds(shares: Floats) -> Floats:
    """Return the log odds of each key, shape (12, modes)."""
    turned = np.ascontiguousarray(shares[:, _TURNS].transpose(1, 0, 2))
    found: Floats = np.einsum("tkp,mkp->tm", turned, _WEIGHTS) + _BIAS
    return found


def _is_bass(score: Score) -> bool:
    """Whether nothing sounds but bass parts and drums."""
    return all(is_bass(part) for part in score.parts if part.note_count and not part.is_drum)


def _opening(first: int) -> Floats:
    """Return what the first pitch class of a bass says, shape (12, modes): it is the tonic, and hardly the third."""
    odds = np.zeros((12, len(MODES_FOUND)))
    odds[first] += _OPENS
    for mode, third in enumerate((4, 3, 3, 4)):
        odds[(first - third) % 12, mode] -= _OPENS
    return odds


# Krumhansl and Kessler (1982), probe-tone ratings of the 12 pitch classes above the tonic.
_PROFILES = {
    "major": (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88),
    "minor": (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17),
}


def find_key(
    pitches: Sequence[int],
    weights: Sequence[float],
    *,
    sharps: int | None = None,
    ending: bool = True,
) -> Key:
    """Estimate the key of a melody by the weights of its notes, from its key signature if that is known.

    `pitches`: in the order of time. `ending`: the last note counts extra; not where it is to be
    asked whether a piece ends on its tonic.
    """
    # The beat finder and the judges of evaluation were fitted with this one; `infer_key` finds
    # more keys.
    if not pitches:
        return Key(0, "major")
    weight = [0.0] * 12
    for pitch, amount in zip(pitches, weights, strict=True):
        weight[pitch % 12] += amount
    total = sum(weight) or 1.0
    first = pitches[0] % 12
    last = pitches[-1] % 12 if ending else -1
    if sharps is not None:
        return _key_of_signature([w / total for w in weight], sharps, first, last)
    best, choice = float("-inf"), Key(0, "major")
    for mode, profile in _PROFILES.items():
        # The correlation with the profile, but for the spread of the weights, which is the same
        # for all keys (Krumhansl, Cognitive Foundations of Musical Pitch, 1990, chapter 4).
        mean = sum(profile) / 12
        centered = [rating - mean for rating in profile]
        spread = sum(rating**2 for rating in centered) ** 0.5
        for tonic in range(12):
            turned = weight[tonic:] + weight[:tonic]
            fit = sum(c * w for c, w in zip(centered, turned, strict=True))
            score = fit / spread / total + 0.06 * (last == tonic)
            if score > best:
                best, choice = score, Key(tonic, mode)
    return choice


def _key_of_signature(share: list[float], sharps: int, first: int, last: int) -> Key:
    """Choose among the modes that share a signature, by the weights of tonic, fifth and third."""
    best, choice = float("-inf"), Key(0, "major")
    # How usual the modes are, in the units of the weights below.
    prior = {"major": 0.12, "minor": 0.06, "dorian": 0.04, "mixolydian": 0.05}
    for mode, bonus in prior.items():
        tonic = ((sharps - FIFTHS[mode]) * 7) % 12
        third = (tonic + (3 if mode in ("minor", "dorian") else 4)) % 12
        score = share[tonic] + 0.6 * share[(tonic + 7) % 12] + 0.4 * share[third]
        score += 0.3 * (last == tonic) + 0.05 * (first == tonic) + bonus
        if score > best:
            best, choice = score, Key(tonic, mode)
    return choice
