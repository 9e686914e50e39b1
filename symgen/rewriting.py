"""Work on a tune that is there: fill in bars, harmonize a melody, vary it. What is kept comes back note for note."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from symgen.errors import ControlError, FormatError
from symgen.formats import load_tune
from symgen.formats.tunes import Tune
from symgen.generator import Generator, load_model, seeds
from symgen.meter import convert_ticks
from symgen.sampling import Controls
from symgen.sampling.continuation import Prompt, melody_part, of_some_bars, read_prompt
from symgen.sampling.expression import Accents
from symgen.sampling.forcing import Given
from symgen.sampling.swing import straightened, swung, swung_notes
from symgen.score import Note, Score
from symgen.tokens import Events
from symgen.tokens.codec import decode
from symgen.tokens.notes import Notes, event_notes
from symgen.tokens.vocabulary import FORM, TIME
from symgen.verification import Check, Facts, check_changes, score_facts

__all__ = ["HARMONY_MODEL", "HARMONY_TEMPERATURE", "Rewritten", "harmonize", "infill", "vary"]

Ints = NDArray[np.int64]

HARMONY_MODEL = "chorale"
HARMONY_TEMPERATURE = 0.8
_VOICES = ("Soprano", "Alto", "Tenor", "Bass")
_AHEAD = 4
"""Bars behind a gap that are asked how likely they are."""


@dataclass(frozen=True)
class Rewritten:
    """A tune that was worked on.

    Parameters
    ----------
    score : Score
    seed : int
        Gives it again.
    prompt : Prompt
        What was read of the tune.
    kept : float
        Share of the notes that stayed as they were.
    stays : Score
        What had to stay of the tune.
    share : float
        So much of that, at least.
    """

    score: Score
    seed: int
    prompt: Prompt
    kept: float
    stays: Score
    share: float = 1.0

    def checks(self, controls: Controls, facts: Facts | None = None) -> list[Check]:
        """Hold the tune to controls.

        Parameters
        ----------
        controls : Controls
        facts : Facts, optional
            Of the written file; of what would be written, if left out.
        """
        before, after = score_facts(self.prompt.score), facts or score_facts(self.score)
        stay = score_facts(self.stays).notes
        return check_changes(before, after, controls, stay=stay, share=self.share, key=self.prompt.key)


def infill(
    tune: Any,
    bars: tuple[int, int],
    *,
    model: Generator | None = None,
    controls: Controls | None = None,
    seed: int | None = None,
    part: int | None = None,
    particles: int = 16,
) -> Rewritten:
    """Write some bars of a tune anew; all others stay as they are.

    Drawn are several takes side by side, and of them one that makes the bars that follow likely.

    Parameters
    ----------
    tune : Score, path, bytes, PrettyMIDI, MidiFile or music21 stream
    bars : (int, int)
        The first and the last bar to write, counted from 1; 0 is a pickup.
    model : Generator, optional
        The one for melodies if left out.
    controls : Controls, optional
        Key, range, grid, density and what else holds for the new bars.
    seed : int, optional
        The same one gives the same version; drawn if left out.
    part : int, optional
        1 for the first part: write in that one only.
    particles : int
        Takes side by side; with 1 there is no look ahead.

    Returns
    -------
    Rewritten

    Raises
    ------
    FormatError
        If the tune cannot be read, or holds no melody.
    ControlError
        If it has no such bars, or a control has a bad value.
    """
    return _infilled(tune, bars, model or load_model(), controls or Controls(), seeds(1, seed)[0], part, particles)


def harmonize(
    melody: Any,
    *,
    model: Generator | None = None,
    controls: Controls | None = None,
    seed: int | None = None,
    part: int | None = None,
    particles: int = 16,
) -> Rewritten:
    """Set a melody for four voices: it stays as it is, as the soprano.

    Parameters
    ----------
    melody : Score, path, bytes, PrettyMIDI, MidiFile or music21 stream
        Of chords, the highest notes are taken.
    model : Generator, optional
        Of four voices; ``"chorale"`` if left out.
    controls : Controls, optional
        A temperature of 0.8 if left out: at 1 the harmony is rougher than Bach's.
    seed, part, particles
        As in `infill`.

    Returns
    -------
    Rewritten
        Soprano, alto, tenor and bass.

    Raises
    ------
    FormatError
        If the tune cannot be read, or holds no melody.
    ControlError
        If the model does not write parts of one note at a time, or a control has a bad value.
    """
    controls, one = controls or Controls(temperature=HARMONY_TEMPERATURE), seeds(1, seed)[0]
    return _harmonized(melody, model or load_model(HARMONY_MODEL), controls, one, part, particles)


def vary(
    tune: Any,
    amount: float = 0.3,
    *,
    model: Generator | None = None,
    controls: Controls | None = None,
    seed: int | None = None,
    part: int | None = None,
    particles: int = 8,
) -> Rewritten:
    """Change some notes of a tune and keep its form: bars that were the same stay so.

    Parameters
    ----------
    tune : Score, path, bytes, PrettyMIDI, MidiFile or music21 stream
    amount : float
        Share of the notes that may change, 0..1; those off the beat first.
    model, controls, seed, part, particles
        As in `infill`.

    Returns
    -------
    Rewritten

    Raises
    ------
    FormatError
        If the tune cannot be read, or holds no melody.
    ControlError
        If the amount is no share, or a control has a bad value.
    """
    if not 0 <= amount <= 1:
        raise ControlError(f"amount {amount}: must be 0..1, the share of the notes that may change")
    model, controls = model or load_model(), controls or Controls()
    prompt = of_some_bars(_read(tune, model, controls, part))
    return _varied(prompt, amount, model, controls, seeds(1, seed)[0], particles)


def _infilled(
    tune: Any, bars: tuple[int, int], model: Generator, controls: Controls, seed: int, part: int | None, particles: int
) -> Rewritten:
    prompt = _read(tune, model, controls, part)
    first, last = _bar_indices(prompt.score, bars)
    events = model.planned(prompt.events)
    starts = events.header.bar_starts
    gap = (int(starts[first]), int(starts[last + 1]))
    notes = event_notes(events.fields, events.header, model.vocabulary)
    kept = (notes.onset < gap[0]) | (notes.onset >= gap[1])
    given_bars = np.ones(events.header.bars, dtype=bool)
    given_bars[first : last + 1] = False
    free = {i: [gap] * most for i, most in enumerate(_most_at_once(notes, len(prompt.parts)))}
    given = Given(events, kept, free, model.vocabulary, bars=given_bars, alone=model.alone)

    stop = min(last + 1 + _AHEAD, events.header.bars)
    drawn = model.draw_around(events, given, controls, seed=seed, particles=particles, span=(first, stop))
    score = _merged(prompt, drawn, model, kept)
    lines = prompt.score.bars
    outside = [
        part.with_notes(note for note in part.notes if not lines[first].start <= note.onset < lines[last].end)
        if i in prompt.parts
        else part
        for i, part in enumerate(prompt.score.parts)
    ]
    stays = prompt.score.with_parts(outside)
    return Rewritten(score, seed, prompt, _share_kept(prompt.score, score), stays)


def _harmonized(
    melody: Any, model: Generator, controls: Controls, seed: int, part: int | None, particles: int
) -> Rewritten:
    if not (model.voices and model.info.get("monophonic_parts")):
        raise ControlError(f"model {model.name!r} does not write single voices; harmonize with {HARMONY_MODEL!r}")
    tune = melody if isinstance(melody, Tune) else load_tune(melody)
    alone = replace(controls, instrument=None, instruments=None)
    prompt = of_some_bars(_read(replace(tune, score=_top_line(tune.score, part)), model, alone, None))
    program = controls.program if controls.program is not None else int(model.info.get("program", 0))
    programs = controls.programs or (program,) * len(_VOICES)
    if len(programs) != len(_VOICES):
        raise ControlError(f"instruments: {len(programs)} for four voices; name each")
    style = controls.style or ("chorale" if "chorale" in model.styles else "")
    header = replace(
        prompt.events.header, programs=tuple(programs), drums=(False,) * 4, names=_VOICES, style=style, period=""
    )
    events = Events(prompt.events.fields, header)
    whole = (0, int(header.bar_starts[-1]))
    kept = np.ones(int((events.fields[:, TIME] < model.vocabulary.skip).sum()), dtype=bool)
    none = np.zeros(header.bars, dtype=bool)
    given = Given(events, kept, {1: [whole], 2: [whole], 3: [whole]}, model.vocabulary, bars=none, alone=True)

    drawn = model.draw_around(events, given, controls, seed=seed, particles=particles)
    lower = _played(decode(drawn, model.vocabulary, resolution=model.vocabulary.grid), prompt, model)
    lower = swung(lower, prompt.swing)
    soprano = replace(prompt.score.parts[0], program=programs[0], name=_VOICES[0])
    return Rewritten(prompt.score.with_parts([soprano, *lower.parts[1:]]), seed, prompt, 1.0, prompt.score)


def _varied(
    prompt: Prompt, amount: float, model: Generator, controls: Controls, seed: int, particles: int
) -> Rewritten:
    events, header = model.planned(prompt.events), prompt.events.header
    notes = event_notes(events.fields, header, model.vocabulary)
    sources = _sources(events, model)
    changed = _choose_changes(events, sources, amount, model, seed)
    free: dict[int, list[tuple[int, int]]] = {}
    for i in np.flatnonzero(changed).tolist():
        free.setdefault(int(notes.part[i]), []).append((int(notes.onset[i]), int(notes.onset[i] + notes.duration[i])))
    columns = (notes.onset, notes.part, notes.pitch)
    refused = frozenset(zip(*(column[changed].tolist() for column in columns), strict=True))
    bars = np.ones(header.bars, dtype=bool)
    given = Given(events, ~changed, free, model.vocabulary, bars=bars, alone=model.alone, refused=refused)
    drawn = model.draw_around(events, given, controls, seed=seed, particles=particles)
    score = _with_repeats(_merged(prompt, drawn, model, ~changed), prompt, sources)
    return Rewritten(score, seed, prompt, _share_kept(prompt.score, score), prompt.score, 1 - amount)


def _choose_changes(events: Events, sources: Ints, amount: float, model: Generator, seed: int) -> NDArray[np.bool_]:
    """Choose notes that may change, off the beat first; those of a bar that repeats another one follow it."""
    notes = event_notes(events.fields, events.header, model.vocabulary)
    rng = np.random.Generator(np.random.PCG64([seed, 4]))
    weight = np.where(notes.onset % model.vocabulary.grid == 0, 1.0, 3.0) * rng.random(len(notes))
    times = np.bincount(sources, minlength=events.header.bars)[notes.bar]
    wanted, changed = int(amount * len(notes) + 1e-9), np.zeros(len(notes), dtype=bool)
    for i in np.argsort(-weight).tolist():
        if sources[notes.bar[i]] == notes.bar[i] and times[i] <= wanted:
            changed[i], wanted = True, wanted - int(times[i])
    return changed


def _sources(events: Events, model: Generator) -> Ints:
    """Return for each bar the first bar that it repeats note for note, or itself."""
    forms = events.fields[events.fields[:, TIME] == model.vocabulary.bar, FORM].tolist()
    found: list[int] = []
    for bar, form in enumerate(forms):
        lag = model.vocabulary.form_lag(form)
        found.append(found[bar - lag] if form % 2 and 0 < lag <= bar else bar)  # odd classes repeat literally
    return np.array(found, dtype=np.int64)


def _with_repeats(score: Score, prompt: Prompt, sources: Ints) -> Score:
    """Let the bars that repeated another one repeat what it has become."""
    bars, parts = score.bars, list(score.parts)
    for i in prompt.parts:
        notes = list(parts[i].notes)
        for bar, source in enumerate(sources.tolist()):
            if source == bar:
                continue
            here, there = bars[bar], bars[source]
            notes = [note for note in notes if not here.start <= note.onset < here.end]
            copied = [note for note in notes if there.start <= note.onset < there.end]
            notes += [replace(note, onset=note.onset - there.start + here.start) for note in copied]
        parts[i] = parts[i].with_notes(notes)
    return score.with_parts(parts)


def _most_at_once(notes: Notes, parts: int) -> list[int]:
    """Return how many notes of each part sound at once at most, one at least."""
    most = []
    for part in range(parts):
        mine = notes.part == part
        steps = np.concatenate([notes.onset[mine], notes.onset[mine] + notes.duration[mine]])
        moves = np.repeat([1, -1], int(mine.sum()))
        order = np.lexsort((moves, steps))
        most.append(max(1, int(np.cumsum(moves[order]).max(initial=1))))
    return most


# -- reading and merging -----------------------------------------------------------------


def _read(tune: Any, model: Generator, controls: Controls, part: int | None) -> Prompt:
    """Read a whole tune."""
    found = tune if isinstance(tune, Tune) else load_tune(tune)
    return read_prompt(
        found,
        model.vocabulary,
        controls=controls,
        part=part,
        several=model.voices > 0,
        more=False,
    )


def _bar_indices(score: Score, bars: tuple[int, int]) -> tuple[int, int]:
    """Return the indices of the first and the last bar, of numbers as a musician counts."""
    numbers = [bar.number for bar in score.bars]
    if not numbers[0] <= bars[0] <= bars[1] <= numbers[-1]:
        raise ControlError(f"bars {bars[0]}-{bars[1]}: the tune has bars {numbers[0]}-{numbers[-1]}")
    return numbers.index(bars[0]), numbers.index(bars[1])


def _top_line(score: Score, part: int | None) -> Score:
    """Return the melody of a score, one note at a time."""
    if part is not None and not 1 <= part <= len(score.parts):
        raise ControlError(f"part {part}: the tune has parts 1..{len(score.parts)}")
    line = score.parts[melody_part(score) if part is None else part - 1]
    if not line.notes or line.is_drum:
        raise FormatError("the part holds no melody; choose another one")
    kept: list[Note] = []
    for note in sorted(line.notes, key=lambda note: (note.onset, note.pitch)):
        if kept and kept[-1].onset == note.onset:
            kept.pop()
        elif kept and kept[-1].end > note.onset:
            kept[-1] = replace(kept[-1], duration=note.onset - kept[-1].onset)
        kept.append(note)
    return score.with_parts([line.with_notes(kept)])


def _merged(prompt: Prompt, drawn: Events, model: Generator, kept: NDArray[np.bool_]) -> Score:
    """Put the notes that were drawn in the place of those that were not kept."""
    grid, resolution = model.vocabulary.grid, prompt.score.resolution
    notes = event_notes(prompt.events.fields, prompt.events.header, model.vocabulary)
    keys = list(zip(notes.part.tolist(), notes.onset.tolist(), notes.pitch.tolist(), strict=True))
    given = {key for key, keep in zip(keys, kept, strict=True) if keep}
    lost = set(keys) - given
    fresh = _played(decode(drawn, model.vocabulary, resolution=grid), prompt, model)
    parts, straight = list(prompt.score.parts), straightened(prompt.score, prompt.swing).parts

    def key(number: int, note: Note) -> tuple[int, int, int]:
        return number, (2 * note.onset * grid + resolution) // (2 * resolution), note.pitch

    for number, i in enumerate(prompt.parts):
        pairs = zip(parts[i].notes, straight[i].notes, strict=True)
        old = [note for note, there in pairs if key(number, there) not in lost]
        new = [note for note in fresh.parts[number].notes if key(number, note) not in given]
        parts[i] = parts[i].with_notes([*old, *swung_notes(new, prompt.score, prompt.swing)])
    return prompt.score.with_parts(parts)


def _played(drawn: Score, prompt: Prompt, model: Generator) -> Score:
    """Give notes on the grid the ticks of the tune, and velocities like its own."""
    grid, whole = model.vocabulary.grid, prompt.score

    def tick(step: int) -> int:
        return convert_ticks(step, grid, whole.resolution)

    accents = Accents.of(whole.parts[prompt.part].notes, whole.bars, whole.resolution)
    parts = []
    for part in drawn.parts:
        notes = [Note(tick(n.onset), n.pitch, max(1, tick(n.end) - tick(n.onset)), n.velocity) for n in part.notes]
        if model.draws_no_velocity:
            notes = list(accents.apply(notes, whole.bars, whole.resolution))
        parts.append(part.with_notes(notes))
    return whole.with_parts(parts)


def _share_kept(before: Score, after: Score) -> float:
    """Share of the notes that a tune still has."""
    old = {(i, note.onset, note.pitch) for i, part in enumerate(before.parts) for note in part.notes}
    new = {(i, note.onset, note.pitch) for i, part in enumerate(after.parts) for note in part.notes}
    return len(old & new) / max(1, len(old))
