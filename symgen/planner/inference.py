"""The planner in numpy, one beat at a time for many plans; a test holds it to the torch network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgen.nets.numpy_layers import check_shapes, gru_step
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
        self.parameters = sum(value.size for value in weights.values())
        # In 64 bits sums differ so little from machine to machine that none draws another chord.
        self._weights = {name: np.asarray(value, np.float64) for name, value in weights.items()}
        inputs, gru = self._weights["inputs.weight"], self._weights["gru.weight_ih_l0"]
        # What the rows of the table give the gates.
        self._given: Floats = inputs @ gru.T
        self._kept = np.ascontiguousarray(self._weights["gru.weight_hh_l0"].T)

    def start(self, count: int) -> Floats:
        """Return the state before the first beat, shape (plans, hidden)."""
        return np.zeros((count, self.config.hidden))

    def step(self, state: Floats, rows: Ints) -> Floats:
        """Read the rows of a beat, shape (plans, kinds)."""
        weights = self._weights
        given: Any = self._given[rows].sum(axis=1) + weights["gru.bias_ih_l0"]
        kept: Any = state @ self._kept + weights["gru.bias_hh_l0"]
        before: Any = state
        return np.asarray(gru_step(given, kept, before), np.float64)

    def lengths(self, state: Floats, beats_left: int) -> Floats:
        """Return the log odds of the beats of a phrase, from 1 on, shape (plans, lengths)."""
        # `beats_left` are those after this one, -1 where the end is not known.
        found = self._linear("length", state)
        if beats_left >= 0:
            found[:, beats_left + 1 :] = _IMPOSSIBLE
        return found

    def cadences(self, state: Floats, lengths: Ints, beats_left: int) -> Floats:
        """Return the log odds of how phrases of so many beats end, shape (plans, cadences)."""
        table = self._weights["cadence_length.weight"]
        found: Floats = (
            self._linear("cadence", state) + table[np.minimum(lengths, LONGEST_PHRASE) - 1]
        )
        if beats_left >= 0:
            found += table[-1] * (lengths == beats_left + 1)[:, None]
        return found

    def chords(
        self, state: Floats, phrase_rows: Ints, candidates: Ints, matches: Ints, last: Ints
    ) -> Floats:
        """Return the log likelihoods of all sonorities, shape (plans, sonorities)."""
        weights = self._weights
        head = self._linear("narrow", state) + weights["phrase.weight"][phrase_rows].sum(axis=1)
        np.maximum(head, 0.0, out=head)
        known, rows = candidates >= 0, np.arange(len(last))
        stay = self._stays(head, candidates, matches, last)
        chord = self._linear("chord", head)
        pull = self._linear("chord_copy", head) + weights["chord_match.weight"][_LAGS, matches]
        kinds = chord_class(np.maximum(candidates, 0))
        np.add.at(chord, (rows[:, None], kinds), pull * known)
        chord[last == NONE, NO_CHORD] = _IMPOSSIBLE
        chord = _log_softmax(chord)
        above = self._linear("above", head)[:, None, :] + weights["inversion.weight"][:NO_CHORD]
        above += np.take(self._linear("bass", head), _BASSES, axis=1)
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
        pull = self._linear("stay_copy", head)
        pull += self._weights["stay_match.weight"][_LAGS, matches]
        same = candidates == last[:, None]
        other = (candidates >= 0) & ~same
        stay = self._linear("stay", head)[:, 0]
        stay = stay + (pull * same).sum(axis=1) - (pull * other).sum(axis=1)
        return np.where(last >= START, _IMPOSSIBLE, stay)

    def _linear(self, name: str, rows: Floats) -> Floats:
        found: Floats = rows @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"]
        return found


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
