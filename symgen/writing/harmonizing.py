"""Set a melody or a bass for four voices, or give a tune an accompaniment."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from symgen.accompanying.styles import STYLES
from symgen.formats import load_tune
from symgen.formats.tunes import Music, Tune
from symgen.midi.events import MidiFile
from symgen.midi.excerpt import select_parts
from symgen.midi.lyrics import file_lyrics
from symgen.music.controls import Controls
from symgen.music.harmony import PlacedChord, placed_symbol
from symgen.music.lines import is_bass, outer_line
from symgen.music.meter import convert_ticks
from symgen.music.players import CHOIR, voice_player
from symgen.music.score import Part, Score
from symgen.music.sources import TextDocument
from symgen.sampling.continuation import Prompt, of_some_bars
from symgen.sampling.ensembles import Entries
from symgen.sampling.filters import NoParallels
from symgen.sampling.forcing import FixedNotes, Span, bar_plans
from symgen.sampling.part_limits import PartLimit, PartLimits
from symgen.sampling.particles import Lookahead, usual_particles
from symgen.sampling.swing import swung_notes
from symgen.system.errors import ControlError
from symgen.tokens import Events
from symgen.tokens.codec import decode
from symgen.tokens.events import event_notes
from symgen.tokens.vocabulary import PART, TIME
from symgen.writing.closing_lines import closing_notices
from symgen.writing.generator import Generator, load_model, seeds
from symgen.writing.part_names import name_parts
from symgen.writing.rewritten import Rewritten
from symgen.writing.tune_reading import STRUM, choose_part
from symgen.writing.tunes import on_ticks, read_tune

__all__ = [
    "ACCOMPANIMENTS",
    "HARMONY_MODEL",
    "HARMONY_TEMPERATURE",
    "harmonize",
]

HARMONY_MODEL = "chorale"
HARMONY_TEMPERATURE = 0.8
ACCOMPANIMENTS = tuple(STYLES)
"""Styles that need no model of notes."""
_VOICES = tuple(CHOIR)
# A voice rests for so many bars at most while the line sounds.
_PHRASE = 2
_PLACES = {"soprano": 0, "bass": 3}
# Where the network knows a melody and a bass; others are shown to it some octaves away.
_RANGES = {0: (48, 86), 3: (36, 64)}


def harmonize(
    melody: Music | Tune,
    *,
    model: Generator | None = None,
    controls: Controls | None = None,
    seed: int | None = None,
    part: int | None = None,
    particles: int | None = None,
    voice: str | None = None,
) -> Rewritten:
    """Set a line for four voices, or give a tune an accompaniment; what is there stays as it is.

    Parameters
    ----------
    melody : Score, path, bytes, PrettyMIDI, MidiFile or music21 stream
        Of several parts the one with the melody is taken, and of its chords the highest notes (of a bass the lowest).
        An accompaniment takes the chord symbols of the tune, or the chords of its other parts, if there are any.
    model : Generator, optional
        Of four voices; ``"chorale"`` if left out.
    controls : Controls, optional
        A temperature of 0.8 if left out: at 1 the harmony is rougher than Bach's. Its style is ``"chorale"``,
        ``"hymn"`` or another one of the model for four voices; ``"piano"``, ``"guitar"``, ``"pad"`` or ``"strings"``
        for an accompaniment, which needs no model.
    seed, part, particles
        As in `infill`.
    voice : str, optional
        ``"soprano"`` or ``"bass"``: what the line is to be, however high it lies.

    Returns
    -------
    Rewritten
        Soprano, alto, tenor and bass, or the whole tune with new parts.

    Raises
    ------
    FormatError
        If the tune cannot be read, or holds no melody.
    ControlError
        If the model does not write parts of one note at a time, or a control has a bad value.
    """
    if voice not in (None, *_PLACES):
        raise ControlError(f"voice {voice!r}: must be {' or '.join(_PLACES)}")
    one, controls = seeds(1, seed)[0], controls or Controls(temperature=HARMONY_TEMPERATURE)
    tune = melody if isinstance(melody, Tune) else load_tune(melody)
    if controls.style in ACCOMPANIMENTS:
        return _accompanied(tune, controls, one, part, voice)
    model = model or load_model(HARMONY_MODEL)
    if not (model.voices and model.info.get("monophonic_parts")):
        raise ControlError(
            f"model {model.name!r} does not write single voices; harmonize with {HARMONY_MODEL!r}"
        )
    if controls.style and controls.style not in model.styles:
        known = ", ".join((*model.styles, *ACCOMPANIMENTS))
        raise ControlError(f"style {controls.style!r}: must be one of {known}")
    return _set(tune, _choose_line(tune.score, part, voice), model, controls, one, particles)


def _accompanied(
    tune: Tune, controls: Controls, seed: int, part: int | None, voice: str | None
) -> Rewritten:
    """Give a tune an accompaniment."""
    # Four voices need none of it.
    from symgen.writing.accompanying import accompany_tune

    if voice is not None:
        raise ControlError(f"voice: says which of four voices a line is; {controls.style} has none")
    style = STYLES[controls.style or ""]
    return accompany_tune(tune, choose_part(tune.score, part), style, controls, seed)


def _set(
    tune: Tune, line: _Line, model: Generator, controls: Controls, seed: int, particles: int | None
) -> Rewritten:
    alone = replace(controls, instrument=None, instruments=None)
    prompt = of_some_bars(read_tune(replace(tune, score=line.score), model, alone, None))
    programs = _programs(model, controls)
    events = model.planned(_for_choir(prompt.events, line, model, controls, programs))
    is_bass = line.place == _PLACES["bass"]
    events = model.with_suiting_plan(events, _symbols(tune.score, model), seed, is_bass=is_bass)
    count = usual_particles(len(_VOICES) * len(events)) if particles is None else particles
    look = Lookahead(count, after_each_note=line.place > 0)
    notices = line.notices
    if controls.end:
        notices += closing_notices(events, controls, model.vocabulary, is_bass=is_bass)
    given = _given(events, line, model, closes=bool(controls.end))
    drawn = model.draw_around(events, given, controls, seed=seed, look=look)
    prompt = replace(
        prompt, score=prompt.score.with_parts([_moved(prompt.score.parts[0], -line.shift)])
    )
    voices = _voices(drawn, prompt, line, model, programs)
    # A setting of its own, with the words of the line.
    source = _words(prompt.score, line.place)
    score = replace(prompt.score, parts=tuple(voices), source=source)
    stays = prompt.score
    return Rewritten(
        score, seed, prompt, 1.0, stays, particles=count, notices=notices, line=line.place
    )


def _words(score: Score, place: int) -> TextDocument | None:
    """Return the words of a line for the voice that it becomes."""
    if score.source is None:
        return None
    if isinstance(score.source, MidiFile):
        found = file_lyrics(score.source, [{note.onset for note in score.parts[0].notes}])
    else:
        # What reads MusicXML is loaded where it is needed.
        from symgen.formats.musicxml.marks import lyrics_of

        found = lyrics_of(score)
    said = [each for words in found[:1] for each in words.items()]
    return TextDocument((), tuple((place, *each) for each in said)) if said else None


def _symbols(score: Score, model: Generator) -> list[PlacedChord]:
    """Return the chord symbols of a tune on the grid of a model."""
    grid, resolution = model.vocabulary.grid, score.resolution
    placed = map(placed_symbol, score.chords)
    return [replace(each, at=convert_ticks(each.at, resolution, grid)) for each in placed]


@dataclass(frozen=True)
class _Line:
    """What is set."""

    # The line alone, moved to where the network knows its voice.
    score: Score
    # Semitones by which it was moved, whole octaves.
    shift: int
    # Which of the four voices it is.
    place: int
    notices: tuple[str, ...]


def _choose_line(score: Score, part: int | None, voice: str | None) -> _Line:
    """Choose the part, its outer notes and the voice that they are."""
    chosen = choose_part(score, part)
    whole = score.parts[chosen]
    is_low = is_bass(whole) if voice is None else voice == "bass"
    line = whole.with_notes(outer_line(whole.notes, lowest=is_low, slack=score.resolution // STRUM))
    place = _PLACES["bass" if is_low else "soprano"]
    shift = _octaves(line, _RANGES[place])
    notices = _notices(score, chosen, len(whole.notes) - len(line.notes), low=is_low)
    alone = select_parts(score, [chosen]).with_parts([_moved(line, shift)])
    return _Line(alone, shift, place, notices)


def _notices(score: Score, chosen: int, fewer: int, *, low: bool) -> tuple[str, ...]:
    """Say what was chosen, and what is left out of it and beside it."""
    name, found = name_parts(score, [chosen]), []
    rest = [i for i, part in enumerate(score.parts) if part.notes and i != chosen]
    if rest:
        found.append(f"{name} is set for four voices; left out: {name_parts(score, rest)}")
    if low:
        found.append(
            f"{name} lies low: it becomes the bass of the four voices; --voice soprano sets it on top"
        )
    if fewer:
        which = "lowest" if low else "highest"
        found.append(
            f"{name}: of its chords the {which} notes are taken, {fewer} others are left out"
        )
    return tuple(found)


def _octaves(line: Part, span: tuple[int, int]) -> int:
    """Return by how many whole octaves a line is to be moved so that it lies in a range, or about there."""
    low, high = (pick(note.pitch for note in line.notes) for pick in (min, max))
    if low >= span[0] and high <= span[1]:
        return 0
    return 12 * round((sum(span) - low - high) / 24)


def _moved(part: Part, semitones: int) -> Part:
    return part.with_notes(replace(note, pitch=note.pitch + semitones) for note in part.notes)


def _programs(model: Generator, controls: Controls) -> tuple[int, ...]:
    program = (
        controls.instrument
        if controls.instrument is not None
        else int(model.info.get("program", 0))
    )
    programs = controls.instruments or (program,) * len(_VOICES)
    if len(programs) != len(_VOICES):
        raise ControlError(f"instruments: {len(programs)} for four voices; name each")
    return programs


def _for_choir(
    events: Events, line: _Line, model: Generator, controls: Controls, programs: tuple[int, ...]
) -> Events:
    """Return the events of a line as one of four voices."""
    style = controls.style or ("chorale" if "chorale" in model.styles else "")
    drums = (False,) * len(_VOICES)
    header = replace(
        events.header, programs=programs, drums=drums, names=_VOICES, style=style, period=""
    )
    fields = events.fields.copy()
    fields[fields[:, TIME] < model.vocabulary.skip, PART] = line.place
    return Events(fields, header)


def _given(events: Events, line: _Line, model: Generator, *, closes: bool) -> FixedNotes:
    """Give the line, and the goals of the bars if it is the bass, which they are of; in silent bars all are silent."""
    bars, spans = events.header.bars, _sounding_bars(events, model, closes=closes)
    free = {place: spans for place in range(len(_VOICES)) if place != line.place}
    kept = np.ones(int((events.fields[:, TIME] < model.vocabulary.skip).sum()), dtype=bool)
    goals = np.full(bars, line.place == _PLACES["bass"])
    plans = bar_plans(events, model.vocabulary, forms=np.zeros(bars, dtype=bool), goals=goals)
    notes = event_notes(events.fields, events.header, model.vocabulary)
    steps = zip(notes.onset.tolist(), notes.part.tolist(), strict=True)
    coming = dict(zip(steps, notes.pitch.tolist(), strict=True))
    given = FixedNotes(events, kept, free, model.vocabulary, plans=plans, monophonic_parts=True)
    sounding = _bars_of(spans, events)
    entries = Entries(len(_VOICES), _PHRASE, sounding)
    return given.within(_limits(events, line, model), [NoParallels(len(_VOICES), coming), entries])


def _limits(events: Events, line: _Line, model: Generator) -> PartLimits:
    """Hold each new voice to its range."""
    players = map(voice_player, _VOICES, events.header.programs)
    limits = [PartLimit(player.low, player.high) for player in players]
    limits[line.place] = PartLimit()
    return PartLimits(limits, model.vocabulary, lanes=range(len(limits)), first=0)


def _bars_of(spans: list[Span], events: Events) -> frozenset[int]:
    """Return the indices of the bars of some stretches."""
    starts = events.header.bar_starts[:-1]
    found = [np.flatnonzero((starts >= first) & (starts < stop)) for first, stop in spans]
    return frozenset(np.concatenate(found).tolist()) if found else frozenset()


def _sounding_bars(events: Events, model: Generator, *, closes: bool) -> list[Span]:
    """Return the stretches of bars in which a line sounds, with the last bar if the piece closes in it."""
    notes, starts = (
        event_notes(events.fields, events.header, model.vocabulary),
        events.header.bar_starts,
    )
    ends = np.searchsorted(starts, notes.onset + notes.duration, side="left")
    sounds = np.zeros(events.header.bars + 2, dtype=bool)  # with a silent bar on either side
    for first, stop in zip(notes.bar.tolist(), ends.tolist(), strict=True):
        sounds[first + 1 : stop + 1] = True
    sounds[-2] |= closes
    changes = np.flatnonzero(np.diff(sounds))
    return [(int(starts[first]), int(starts[stop])) for first, stop in changes.reshape(-1, 2)]


def _voices(
    drawn: Events, prompt: Prompt, line: _Line, model: Generator, programs: tuple[int, ...]
) -> list[Part]:
    """Return the four voices: the line as it was, the others as they were drawn."""
    parts = []
    for place, part in enumerate(
        decode(drawn, model.vocabulary, resolution=model.vocabulary.grid).parts
    ):
        if place == line.place:
            part = prompt.score.parts[0]
        else:
            notes = on_ticks(part.notes, prompt.score, 0, model)
            part = part.with_notes(swung_notes(notes, prompt.score, prompt.swing))
        parts.append(replace(part, program=programs[place], name=_VOICES[place], is_drum=False))
    return parts
