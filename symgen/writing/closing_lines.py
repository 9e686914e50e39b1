"""How a line that is set for four voices lets them close on the tonic."""

from __future__ import annotations

from symgen.music.constraints import PitchRange
from symgen.music.controls import Controls
from symgen.music.theory import Key, pitch_name
from symgen.sampling.limits import closing_steps
from symgen.system.errors import ControlError
from symgen.tokens import Events, Vocabulary
from symgen.tokens.events import event_notes

__all__ = ["closing_notices"]

_WHOLE = PitchRange(0, 127)


def closing_notices(
    events: Events, controls: Controls, vocabulary: Vocabulary, *, is_bass: bool
) -> tuple[str, ...]:
    """Say where a line rubs against the chord it is to close on; refuse a line above or below which none can close."""
    header = events.header
    key = controls.key or header.key
    if key is None:
        return ()  # refused elsewhere
    notes = event_notes(events.fields, header, vocabulary)
    last = int(header.bar_starts[-2]) + max(closing_steps(header.runs[-1].meter, vocabulary))
    held = notes.pitch[notes.onset + notes.duration > last].tolist()
    name, tonic = str(key), str(key).split()[0]
    if is_bass:
        _check_bass(int(notes.pitch[-1]), key, tonic)
        return ()
    if not held:
        return ()
    span = controls.range or _WHOLE
    if not any(pitch % 12 == key.tonic for pitch in range(span.low, min(held))):
        raise ControlError(
            f"end closes on {tonic}, but range {span} has none below {pitch_name(held[-1])}, "
            "on which the tune ends; widen the range"
        )
    chord = {(key.tonic + step) % 12 for step in (0, 3 if key.minor else 4, 7)}
    if held[-1] % 12 in chord:
        return ()
    return (f"the tune ends on {_tone(held[-1])}, which is no tone of the chord of {name}",)


def _check_bass(pitch: int, key: Key, tonic: str) -> None:
    if pitch % 12 != key.tonic:
        raise ControlError(
            f"end closes on {tonic}, but the tune is the bass and ends on {_tone(pitch)}; "
            "give --key, or leave end out"
        )


def _tone(pitch: int) -> str:
    """Return the name of a pitch without its octave."""
    return pitch_name(pitch).rstrip("-0123456789")
