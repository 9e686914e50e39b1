"""Set a tune for one part of accompaniment, or for strings: all that it has stays, and parts are added."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from symgen.accompanying.placing import Limits
from symgen.accompanying.playing import accompany
from symgen.accompanying.styles import Player, Style
from symgen.formats.tunes import Tune
from symgen.harmonizer.choosing import Wish
from symgen.music.controls import Controls
from symgen.music.harmony import PlacedChord
from symgen.music.instruments import program_name
from symgen.music.meter import convert_ticks
from symgen.music.score import Score
from symgen.music.theory import Key
from symgen.sampling.inference import most_at_once
from symgen.sampling.limits import closing_steps
from symgen.system.errors import ControlError
from symgen.tokens import Vocabulary
from symgen.writing.rewritten import Rewritten
from symgen.writing.symbols import plan_symbols
from symgen.writing.tune_chords import find_plan
from symgen.writing.tune_reading import (
    ReadTune,
    chord_notices,
    chords_within,
    melody_line,
    melody_notices,
    sounding_span,
    tune_key,
)

__all__ = ["accompany_tune"]


def accompany_tune(tune: Tune, part: int, style: Style, controls: Controls, seed: int) -> Rewritten:
    """Add an accompaniment in a style to a tune whose melody is in a part, counted from 0."""
    score = tune.score
    melody = score.parts[part]
    line = melody_line(melody, score.resolution)
    key, origin = tune_key(tune, score.with_parts([melody]), controls)
    chosen = _cast(style, controls)
    closes = bool(controls.end)
    wish = Wish(chosen.rate, closes, controls.strict_key, controls.temperature)
    chords, source = find_plan(score, line, part, key, wish, seed)
    span = sounding_span(score, chords, is_given=source == "symbols", closes=closes)
    chords = chords_within(chords, span)
    if closes and source != "symbols":
        chords = _closing(chords, score)
    parts = accompany(
        score, line, chords, chosen, seed=seed, span=span, limits=_limits(controls, key, score)
    )
    symbols = score.chords or plan_symbols(chords, key)
    whole = replace(score, parts=(*score.parts, *parts), chords=symbols)
    read = ReadTune(score, key, origin)
    notices = _notices(score, part, source, closes=closes)
    return Rewritten(whole, seed, read, 1.0, score, notices=notices)


def _cast(style: Style, controls: Controls) -> Style:
    """Return a style with the instruments that are asked for."""
    programs = controls.instruments or ()
    if controls.instrument is not None:
        programs = (controls.instrument,) * len(style.players)
    if not programs:
        return style
    if len(programs) != len(style.players):
        count = len(style.players)
        raise ControlError(
            f"instruments: {len(programs)} for {count} of an accompaniment; name each"
        )
    players = tuple(Player(program_name(program), program) for program in programs)
    return replace(style, players=players)


def _closing(chords: Sequence[PlacedChord], score: Score) -> tuple[PlacedChord, ...]:
    """Let the last chord begin on a beat on which a piece may close: no later than it is heard."""
    last = chords[-1]
    bar = next(bar for bar in reversed(score.bars) if bar.start <= last.at)
    grid = Vocabulary()
    steps = sorted(closing_steps(bar.meter, grid))
    ticks = [bar.start + convert_ticks(step, grid.grid, score.resolution) for step in steps]
    begun = max((tick for tick in ticks if tick <= last.at), default=last.at)
    return (*(chord for chord in chords if chord.at < begun), replace(last, at=begun))


def _limits(controls: Controls, key: Key, score: Score) -> Limits:
    """Return what the notes of the accompaniment must keep to."""
    asked = controls.range
    low, high = (asked.low, asked.high) if asked else (0, 127)
    at_once = controls.max_polyphony
    notes = score.note_array()
    sounding = most_at_once(notes[:, 0], notes[:, 0] + notes[:, 1])
    return Limits(
        low,
        high,
        99 if at_once is None else max(1, at_once - sounding),
        key.scale if controls.strict_key else frozenset(),
        float(min(controls.grid.units)) if controls.grid else 0.0,
        bool(controls.end),
    )


def _notices(score: Score, part: int, source: str, *, closes: bool) -> tuple[str, ...]:
    """Say whose chords are played, and what stays."""
    found = chord_notices(source)
    if closes and source != "melody":
        found.append("the end is that of these chords")
    return (*found, *melody_notices(score, part))
