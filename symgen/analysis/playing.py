"""How a piece is played, as a fact, and in words that can be read aloud."""

from __future__ import annotations

from collections.abc import Iterator

from symgen.analysis.words import joined, times_text
from symgen.beats.pulse import Pulse
from symgen.music.score import Score
from symgen.performer.figures import PlayingFigures, figures_of, read_playing
from symgen.performer.people import people

__all__ = ["measured_playing", "playing_text"]

# Milliseconds, per cent and presses a bar from which something is told of.
_TIMED, _BENT, _PRESSED = 1.0, 0.5, 0.01
# So much shorter notes are than written before it is told.
_DETACHED = 0.97


def measured_playing(
    score: Score, pulse: Pulse | None, plain: Score | None
) -> PlayingFigures | None:
    """Measure how a piece is played to a pulse, or from the score `plain`; None of what is typed."""
    found = figures_of(read_playing(score, pulse, plain)) if score.note_count else None
    if found is None:
        return None
    is_timed = found.late.deviation >= _TIMED or found.tempo_deviation >= _BENT
    # Signs such as p and f are a few velocities.
    return found if is_timed or found.presses >= _PRESSED else None


def playing_text(figures: PlayingFigures, *, is_drums: bool) -> str:
    """Say how a piece is played, beside what people do."""
    low, high = round(figures.velocity.low), round(figures.velocity.high)
    told = [
        f"velocities mostly {low} to {high}{_beside(figures, is_drums)}"
        if low < high
        else f"velocities of {low}"
    ]
    return f"Playing: {joined([*told, *_aspects(figures)])}."


def _beside(figures: PlayingFigures, is_drums: bool) -> str:
    """Say how far the velocities spread beside those of people."""
    least, _, most = people()["drums" if is_drums else "piano"].ranges["velocity_deviation"]
    who = "drummers" if is_drums else "pianists"
    spread = figures.velocity.deviation
    if least <= spread <= most:
        return f", as far apart as those of {who}"
    return f", {'closer together' if spread < least else 'farther apart'} than those of {who}"


def _aspects(figures: PlayingFigures) -> Iterator[str]:
    if figures.late.deviation >= _TIMED:
        yield f"onsets about {figures.late.deviation:.0f} milliseconds around the beat"
    if figures.held is not None and figures.held.mean < _DETACHED:
        yield f"notes held for {figures.held.mean:.2f} of their length"
    if figures.tempo_deviation >= _BENT:
        yield f"a tempo that moves by {figures.tempo_deviation:.0f} percent"
    if figures.presses >= _PRESSED:
        times = round(figures.presses)
        yield f"the pedal {times_text(times)} a bar" if times else "the pedal less than once a bar"
