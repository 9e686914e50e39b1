"""The planner in numpy, one beat at a time for many plans; a test holds it to the torch network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgen.nets.numpy_layers import check_shapes
from symgen.nets.table_gru import TableGru
from symgen.planner.checkpoint import PlannerConfig, shapes_of
from symgen.planner.sonorities import NO_CHORD, NONE, SONORITIES, START, chord_class
from symgen.planner.tables import LAGS, LONGEST_PHRASE

__all__ = ["InferencePlanner"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_IMPOSSIBLE = -1e9
# The bass of each root and each place above it, in semitones above the tonic.
_BASSES = (np.arange(NO_CHORD)[:, None] + np.arange(12)) % 12


class InferencePlanner:
    """The weights of the network, laid out for one step after the other."""

    def __init__(self, config: PlannerConfig, weights: Mapping[str, NDArray[Any]]) -> None:
        check_shapes("planner", shapes_of(config), weights)
        self.config = config
        self._gru = TableGru(weights)
        self.parameters = self._gru.parameters

    def start(self, count: int) -> Floats:
        """Return the state before the first beat, shape (plans, hidden)."""
        return np.zeros((count, self.config.hidden))

    def step(self, state: Floats, rows: Ints) -> Floats:
        """Read the rows of a beat, shape (plans, kinds)."""
        return self._gru.step(state, rows)

    def lengths(self, state: Floats, beats_left: int) -> Floats:
        """Return the log odds of the beats of a phrase, from 1 on, shape (plans, lengths)."""
        # `beats_left` are those after this one, -1 where the end is not known.
        found = self._gru.linear("length", state)
        if beats_left >= 0:
            found[:, beats_left + 1 :] = _IMPOSSIBLE
        return found

    def cadences(self, state: Floats, lengths: Ints, beats_left: int) -> Floats:
        """Return the log odds of how phrases of so many beats end, shape (plans, cadences)."""
        table = self._gru.weights["cadence_length.weight"]
        found: Floats = (
            self._gru.linear("cadence", state) + table[np.minimum(lengths, LONGEST_PHRASE) - 1]
        )
        if beats_left >= 0:
            found += table[-1] * (lengths == beats_left + 1)[:, None]
        return found

    def chords(
        self, state: Floats, phrase_rows: Ints, candidates: Ints, matches: Ints, last: Ints
    ) -> Floats:
        """Return the log likelihoods of all sonorities, shape (plans, sonorities)."""
        weights = self._gru.weights
        head = self._gru.linear("narrow", state) + weights["phrase.weight"][phrase_rows].sum(axis=1)
        np.maximum(head, 0.0, out=head)
        known, rows = candidates >= 0, np.arange(len(last))
        stay = self._stays(head, candidates, matches, last)
        chord = self._gru.linear("chord", head)
        pull = self._gru.linear("chord_copy", head) + weights["chord_match.weight"][_LAGS, matches]
        kinds = chord_class(np.maximum(candidates, 0))
        np.add.at(chord, (rows[:, None], kinds), pull * known)
        chord[last == NONE, NO_CHORD] = _IMPOSSIBLE
        chord = _log_softmax(chord)
        above = self._gru.linear("above", head)[:, None, :] + weights["inversion.weight"][:NO_CHORD]
        above += np.take(self._gru.linear("bass", head), _BASSES, axis=1)
        is_chord = known & (candidates < NONE)
        pull = weights["bass_match.weight"][_LAGS, matches] * is_chord
        place = np.minimum(np.maximum(candidates, 0), NONE - 1)
        np.add.at(above, (rows[:, None], place // 12, place % 12), pull)
        stands = last < NONE
        above[rows[stands], last[stands] // 12, last[stands] % 12] = _IMPOSSIBLE
        above = _log_softmax(above)
        changes = np.empty((len(last), SONORITIES))
        changes[:, :NONE] = (chord[:, :NO_CHORD, None] + above).reshape(len(last), NONE)
        changes[:, NONE] = chord[:, NO_CHORD]
        changes += _log_logistic(-stay)[:, None]
        goes_on = last < START
        changes[rows[goes_on], last[goes_on]] = _log_logistic(stay[goes_on])
        return changes

    def _stays(self, head: Floats, candidates: Ints, matches: Ints, last: Ints) -> Floats:
        pull = self._gru.linear("stay_copy", head)
        pull += self._gru.weights["stay_match.weight"][_LAGS, matches]
        same = candidates == last[:, None]
        other = (candidates >= 0) & ~same
        stay = self._gru.linear("stay", head)[:, 0]
        stay = stay + (pull * same).sum(axis=1) - (pull * other).sum(axis=1)
        return np.where(last >= START, _IMPOSSIBLE, stay)


_LAGS = np.arange(len(LAGS))


def _log_softmax(logits: Floats) -> Floats:
    # The greatest of few columns is found several times faster across them.
    most = np.ascontiguousarray(np.moveaxis(logits, -1, 0)).max(axis=0)[..., None]
    shifted = logits - most
    found: Floats = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return found


def _log_logistic(logits: Floats) -> Floats:
    found: Floats = -np.logaddexp(0.0, -logits)
    return found
