"""Who plays what: drums, pitched parts, tempo and pedal each have a player of their own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from symgen.music.score import Score
from symgen.performer.articulation import held_by_rule, late_by_rule
from symgen.performer.inference import find_player
from symgen.performer.interpretation import Interpretation, as_written, merged_clocks
from symgen.performer.kit import play_kit
from symgen.performer.manners import Manner, manner_of
from symgen.performer.pedal import pedals_of
from symgen.performer.pitched import play_pitched
from symgen.performer.rubato import tempo_curve
from symgen.performer.swells import swells
from symgen.system.files import PathLike

__all__ = ["interpret"]

# Each player has chances of its own, so that one of them does not change what another one does.
_TIME, _CLOCK, _PITCHED, _KIT = range(4)


def interpret(
    score: Score, style: str | None, seed: int, model: PathLike | None = None
) -> Interpretation:
    """Return how a score is played at full strength; `model` is a player of pitched notes."""
    manner = manner_of(score, style)
    chance = np.random.Generator(np.random.PCG64([seed, _CLOCK]))
    played = replace(
        _with_pitched(score, _by_rule(score, as_written(score), manner, seed), manner, seed, model),
        clock=tempo_curve(score, manner, chance),
        pedals=pedals_of(score, manner),
    )
    return _with_drums(score, played, manner, seed)


def _with_drums(score: Score, played: Interpretation, manner: Manner, seed: int) -> Interpretation:
    """Let the kit play its notes, and all parts follow its clock."""
    drums = np.array([part.is_drum for part in score.parts], dtype=bool)
    rows = np.flatnonzero(drums[score.note_array()[:, 4]]) if drums.any() else np.arange(0)
    if not len(rows):
        return played
    chance = np.random.Generator(np.random.PCG64([seed, _KIT]))
    kit = play_kit(score, rows, manner.kit, chance)
    velocity, late = played.velocity.copy(), played.late.copy()
    # Drummers are early or late as a whole to a click, but not to those they play with.
    together = kit.late.mean() if len(rows) < len(late) else 0.0
    velocity[rows], late[rows] = kit.velocity, kit.late - together
    clock = merged_clocks(score, played.clock, kit.clock)
    return replace(played, velocity=velocity, late=late, clock=clock)


def _by_rule(score: Score, plain: Interpretation, manner: Manner, seed: int) -> Interpretation:
    """Return an interpretation in which pitched notes are held and struck by rule."""
    drums = np.array([part.is_drum for part in score.parts], dtype=bool)
    rows = np.flatnonzero(~drums[score.note_array()[:, 4]])
    chance = np.random.Generator(np.random.PCG64([seed, _TIME]))
    late, held = plain.late.copy(), plain.held.copy()
    late[rows] = late_by_rule(score, rows, manner, chance)
    held[rows] = held_by_rule(score, rows, manner)
    return replace(plain, late=late, held=held)


def _with_pitched(
    score: Score,
    played: Interpretation,
    manner: Manner,
    seed: int,
    model: PathLike | None,
) -> Interpretation:
    """Return an interpretation in which all notes but those of drums are as the pitched player has them."""
    is_drum = np.array([part.is_drum for part in score.parts], dtype=bool)
    rows = np.flatnonzero(~is_drum[score.note_array()[:, 4]])
    chance = np.random.Generator(np.random.PCG64([seed, _PITCHED]))
    player = find_player() if model is None else find_player(model)
    own = play_pitched(score, rows, manner, chance, player)
    velocity, late, held = played.velocity.copy(), played.late.copy(), played.held.copy()
    swelling = swells(score, manner, score.note_array()[rows, 0].astype(np.float64))
    velocity[rows] = np.clip(own.velocity + swelling, 1, 127)
    if own.late is not None:
        late[rows] = own.late
    if own.held is not None:
        held[rows] = own.held
    return replace(played, velocity=velocity, late=late, held=held)
