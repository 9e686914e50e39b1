"""How pieces are played: figures of a piece, and how far apart two sets are in each of them.

A distance is that of Wasserstein: how far the values of one set must be moved, on average, to become those of the
other. Each piece counts alike, however many notes it has.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from symgen.beats.pulse import find_pulse
from symgen.music.score import Score
from symgen.performer.figures import Playing, PlayingFigures, figures_of, read_playing
from symgen.performer.keeping import kept_score
from symgen.performer.people import distance, people, quantiles_of

__all__ = ["PlayedPiece", "played_piece", "playing_distances", "playing_metrics"]

Floats = NDArray[np.float64]

_ASPECTS = (
    ("velocity", "drums", "velocity_drums"),
    ("velocity", "piano", "velocity_pitched"),
    ("late", "drums", "late_drums"),
    ("late", "piano", "late_pitched"),
    ("held", "piano", "held_pitched"),
)
"""What is compared of which notes, and the row of the table."""
_MOVES = ("late_deviation", "tempo_deviation", "pedal_presses")
_NONE = 1e-6


@dataclass(frozen=True, eq=False)
class PlayedPiece:
    """How a piece is played: its figures, and of each row of the distances its values in short."""

    figures: Mapping[str, float]
    values: Mapping[str, Floats]

    @property
    def is_typed(self) -> bool:
        """Whether all notes are as loud, on the beat, in one tempo, and without a pedal."""
        found = self.figures
        return found.get("velocity_levels", 1) == 1 and not any(
            found.get(name, 0) > _NONE for name in _MOVES
        )


def played_piece(score: Score) -> PlayedPiece:
    """Measure how a piece is played; without figures where it has no notes."""
    plain = kept_score(score)
    pulse = find_pulse(score) if plain is None and score.note_count else None
    playing = read_playing(score, pulse, plain)
    figures = figures_of(playing)
    if figures is None:
        return PlayedPiece({}, {})
    return PlayedPiece(playing_metrics(figures), dict(_values(score, playing)))


def playing_metrics(figures: PlayingFigures) -> dict[str, float]:
    """Return the figures of a piece as rows of a table."""
    found = {
        "velocity": figures.velocity.mean,
        "velocity_deviation": figures.velocity.deviation,
        "velocity_levels": float(figures.levels),
        "level_steps": figures.level_steps,
        "late_deviation": figures.late.deviation,
        "late_memory": figures.late_memory,
    }
    if figures.held is not None:
        found["held"] = figures.held.mean
    return found | {
        "tempo_deviation": figures.tempo_deviation,
        "slowing": figures.slowing,
        "pedal_presses": figures.presses,
        "pedal_down": figures.pedal_down,
    }


def _values(score: Score, playing: Playing) -> Iterator[tuple[str, Floats]]:
    """Yield the values of each row, as quantiles."""
    drums = np.array([part.is_drum for part in score.parts], dtype=bool)[playing.part]
    for aspect, kind, row in _ASPECTS:
        found = getattr(playing, aspect)[drums == (kind == "drums")]
        if len(found) and not np.isnan(found).any():
            yield row, quantiles_of(found)
    if len(playing.tempo):
        yield "tempo", quantiles_of(playing.tempo)


def playing_distances(
    real: Sequence[PlayedPiece], ours: Sequence[PlayedPiece]
) -> dict[str, dict[str, float]]:
    """Return how far apart two sets are in each aspect, beside two halves of the first, and how far from people.

    Rows are what is compared; columns ``distance``, ``distance_floor``, ``people`` (generated) and
    ``people_reference``, where both sides have such notes. Velocities are in MIDI steps, lateness in milliseconds,
    ``held`` in shares of the written length, tempos in per cent. Empty where all pieces are typed.
    """
    if all(piece.is_typed for piece in (*real, *ours)):
        return {}
    kinds = {row: (aspect, kind) for aspect, kind, row in _ASPECTS}
    table: dict[str, dict[str, float]] = {}
    for row in (*kinds, "tempo"):
        mine, theirs = (
            [each.values[row] for each in side if row in each.values] for side in (ours, real)
        )
        cells: dict[str, float] = {}
        if mine and theirs:
            cells["distance"] = _apart(mine, theirs)
        if len(theirs) > 1:
            cells["distance_floor"] = _apart(theirs[::2], theirs[1::2])
        aspect, kind = kinds.get(row, ("", ""))
        known = people()[kind].values.get(aspect) if kind else None
        if known is not None:
            if mine:
                cells["people"] = _apart(mine, [known])
            if theirs:
                cells["people_reference"] = _apart(theirs, [known])
        if cells:
            table[row] = cells
    return table


def _apart(one: Sequence[Floats], other: Sequence[Floats]) -> float:
    return distance(np.concatenate(one), np.concatenate(other))
