"""What a piece was played with already, which no performance takes away."""

from __future__ import annotations

import numpy as np

from symgen.midi.channels import PEDALS, channel_messages, setting_of
from symgen.midi.events import CONTROLLER, MidiFile
from symgen.music.performed import WrittenOnsets
from symgen.music.score import Part, Score
from symgen.performer.interpretation import Interpretation, as_written

__all__ = ["has_own_pedal", "has_own_tempo", "has_own_time", "has_own_velocity", "left_alone"]

# Players use many velocities and change them from note to note; signs such as p and f do neither.
_FEWEST_VELOCITIES, _CHANGING = 8, 0.5
# Grid steps a quarter on which written onsets stand.
_GRID = 12
# A tempo that changes more often than every so many bars was played.
_BARS_A_TEMPO = 2


def left_alone(score: Score, played: Interpretation) -> Interpretation:
    """Return an interpretation that leaves alone what the piece was played with already."""
    plain = as_written(score)
    part = score.note_array()[:, 4]
    own = np.array([has_own_velocity(each) for each in score.parts], dtype=bool)
    timed = np.array(
        [has_own_time(score, number) for number in range(len(score.parts))], dtype=bool
    )
    # The harmony of what was played off the grid changes where no bar line and no beat of the file is.
    pedals = tuple(
        none if timed[number] or has_own_pedal(score, number) else pedal
        for number, (none, pedal) in enumerate(zip(plain.pedals, played.pedals, strict=True))
    )
    return Interpretation(
        velocity=np.where(own[part], plain.velocity, played.velocity),
        late=np.where(timed[part], plain.late, played.late),
        held=np.where(timed[part], plain.held, played.held),
        # Who played in time with the bars of the file would be bent with them.
        clock=plain.clock if timed.any() or has_own_tempo(score) else played.clock,
        pedals=pedals,
    )


def has_own_velocity(part: Part) -> bool:
    """Whether the velocities of a part were played."""
    velocity = part.note_array()[:, 3]
    if len(velocity) < _FEWEST_VELOCITIES:
        return False
    changing = float((np.diff(velocity) != 0).mean())
    return len(set(velocity.tolist())) >= _FEWEST_VELOCITIES and changing >= _CHANGING


def has_own_time(score: Score, part: int) -> bool:
    """Whether the onsets of a part leave the grid as those of players do."""
    alone = score.with_parts([score.parts[part]])
    return (
        bool(score.parts[part].note_count) and WrittenOnsets(alone, score.resolution / _GRID).played
    )


def has_own_tempo(score: Score) -> bool:
    """Whether the tempo of a piece moves as that of players does."""
    return len(score.tempos) > max(1.0, len(score.bars) / _BARS_A_TEMPO)


def has_own_pedal(score: Score, part: int) -> bool:
    """Whether the file of a score has a pedal for a part."""
    source = score.source
    if not isinstance(source, MidiFile) or part >= len(source.places):
        return False
    track, channel = source.places[part]
    messages = channel_messages(source).get((source.tracks[track].port, channel), ())
    settings = (setting_of(message.event) for message in messages)
    return any(each == (CONTROLLER, number) for each in settings for number in PEDALS)
