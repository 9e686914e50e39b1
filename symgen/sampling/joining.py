"""New bars behind a tune: the notes that were drawn, and drums that go on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from symgen.midi.joining import carry_on
from symgen.music.controls import Controls
from symgen.music.meter import convert_ticks
from symgen.music.score import MeterChange, Note, Score, TempoChange
from symgen.music.tempo import usual_tempo
from symgen.sampling.continuation import Prompt
from symgen.sampling.expression import continued_drums, playable
from symgen.sampling.keeping import phrase_bars
from symgen.sampling.pedaling import prompt_bars, with_prompt_pedals
from symgen.sampling.steady_drums import steadied
from symgen.tokens import Events, Header, Vocabulary
from symgen.tokens.codec import decode
from symgen.tokens.vocabulary import FORM, TIME

__all__ = ["join", "joined_as_played", "lengthened", "with_varied_drums"]


def lengthened(prompt: Prompt, header: Header, vocabulary: Vocabulary, controls: Controls) -> Score:
    """Return a prompt with the new bars behind it, which are still empty."""
    score, end, starts = prompt.score, prompt.end, header.bar_starts
    new = len(starts) - 1 - prompt.new_bars
    first = int(starts[new])

    def tick(step: int) -> int:
        return end + convert_ticks(step - first, vocabulary.grid, score.resolution)

    meters = score.meters
    for bar, meter in enumerate(header.bar_meters[new:], new):
        if meters[-1].meter != meter:
            meters = (*meters, MeterChange(tick(int(starts[bar])), meter))
    tempo = TempoChange.of_bpm(end, controls.tempo) if controls.tempo else usual_tempo(score, end)
    return replace(
        score, meters=meters, tempos=(*score.tempos, tempo), length=tick(int(starts[-1]))
    )


def join(
    prompt: Prompt,
    events: Events,
    vocabulary: Vocabulary,
    *,
    controls: Controls,
    accents: bool,
    seed: int = 0,
) -> Score:
    """Put the new bars behind the prompt."""
    # The prompt's notes are copied, not decoded, so they come back as they were; so does all else
    # that its file says, see `symgen.midi.joining`.
    score, end, starts = prompt.score, prompt.end, events.header.bar_starts
    first = int(starts[len(starts) - 1 - prompt.new_bars])

    def tick(step: int) -> int:
        return end + convert_ticks(step - first, vocabulary.grid, score.resolution)

    begin = first
    if controls.complete_bar:
        begin = -(-score.music_end * vocabulary.grid // score.resolution)
    whole = lengthened(prompt, events.header, vocabulary, controls)
    parts = list(whole.parts)
    drawn = decode(events, vocabulary, resolution=vocabulary.grid).parts
    like = prompt_bars(whole.bars, end, seed)
    for lane, (i, part) in enumerate(zip(prompt.lanes, drawn, strict=True)):
        notes = [
            Note(tick(n.onset), n.pitch, tick(n.end) - tick(n.onset), n.velocity)
            for n in part.notes
            if n.onset >= begin
        ]
        fresh = prompt.playing.played(
            lane, notes, whole, like, swing=prompt.swing, loudness=accents, first=end
        )
        fresh = _clear_of(
            score.parts[i].notes, fresh, end, score.resolution // (2 * vocabulary.grid)
        )
        if parts[i].is_drum:
            fresh = steadied(parts[i].notes, fresh, whole.bars, whole.resolution)
        fresh = playable(fresh, parts[i].notes)
        parts[i] = replace(parts[i], notes=(*parts[i].notes, *fresh), program=part.program)
    sources = _sources(prompt, events, vocabulary, len(whole.bars))
    whole = _with_drums(whole.with_parts(parts), prompt, sources)
    whole = carry_on(with_varied_drums(whole, prompt, controls, seed), end)
    lines = [*(bar.start for bar in whole.bars), whole.length]
    return with_prompt_pedals(whole, lines, like, prompt.sounding)


def joined_as_played(prompt: Prompt, laid: Score, signature: str, seed: int) -> Score:
    """Return a continuation of what was played without a click in the ticks of its file, its pedal too."""
    if prompt.played is None:
        return laid
    from symgen.sampling.unclicked import as_played  # most tunes have a click

    played = prompt.played
    lines = [played.tick(line) for line in (*(bar.start for bar in laid.bars), laid.length)]
    like = prompt_bars(laid.bars, prompt.end, seed)
    whole = as_played(played, laid, prompt.end, signature)
    return with_prompt_pedals(whole, lines, like, prompt.sounding)


def with_varied_drums(
    whole: Score, prompt: Prompt, controls: Controls, seed: int, *, varies: bool = False
) -> Score:
    """Let drums play fills where they would only repeat what they did, and if they vary some bars otherwise."""
    here = [*prompt.sounding, *prompt.drums]
    going = [i for i in here if whole.parts[i].is_drum and prompt.score.parts[i].notes]
    if not going or controls.asks_for_returns or controls.form or controls.grid:
        return whole
    from symgen.drummer.going_on import Going, varied_drums  # most tunes have no drums

    bpm = whole.tempos[-1].bpm
    how = Going(prompt.end, whole.resolution, bpm, seed, controls.temperature, varies)
    varied = varied_drums([whole.parts[i] for i in going], whole.bars, how)
    parts = list(whole.parts)
    for i, part in zip(going, varied, strict=True):
        parts[i] = part
    return whole.with_parts(parts)


def _clear_of(old: Sequence[Note], fresh: Sequence[Note], end: int, near: int) -> list[Note]:
    """Leave out what would strike again at the join where the prompt strikes a little before it."""
    struck = any(end - near <= note.onset < end for note in old)
    return [note for note in fresh if not (struck and note.onset <= end + near)]


def _with_drums(whole: Score, prompt: Prompt, sources: Sequence[int | None]) -> Score:
    """Let the drums go on in the new bars."""
    parts = list(whole.parts)
    for i in prompt.drums:
        strokes = continued_drums(parts[i].notes, whole.bars, sources, whole.resolution)
        old = parts[i].notes
        parts[i] = parts[i].with_notes([*old, *playable(strokes, old)])
    return whole.with_parts(parts)


def _sources(prompt: Prompt, events: Events, vocabulary: Vocabulary, bars: int) -> list[int | None]:
    """Return for each bar the one that it takes up: by its form, else a phrase earlier; None for the prompt's."""
    forms = events.fields[events.fields[:, TIME] == vocabulary.bar, FORM].tolist()
    lengths = np.diff(events.header.bar_starts)
    phrase = phrase_bars(prompt.bars)
    found: list[int | None] = [None] * prompt.old_bars
    for bar in range(prompt.old_bars, len(forms)):
        lags = (vocabulary.form_lag(forms[bar]) or phrase, phrase, *range(1, bar + 1))
        fitting = (bar - lag for lag in lags if lag <= bar and lengths[bar - lag] == lengths[bar])
        found.append(next(fitting, bar - 1))
    # What is struck a hair before the join stands behind it on the grid, where it opens one bar more.
    more = max(0, len(found) - bars)
    return [None if source is None else max(0, source - more) for source in found[more:]]
