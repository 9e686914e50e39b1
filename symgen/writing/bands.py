"""Give a tune a band: chords, bass and drums in a style, which is an example; all that the tune has stays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import gcd
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, TypedDict, overload

from symgen.accompanying.examples import Example, load_example
from symgen.accompanying.forms import find_sections
from symgen.accompanying.textures import Layout, lay_example, plan_bars
from symgen.formats import load_tune
from symgen.formats.tunes import Music, Tune
from symgen.harmonizer.choosing import Wish
from symgen.music.charts import ChordChart
from symgen.music.controls import Controls
from symgen.music.harmony import PlacedChord
from symgen.music.laid_charts import chart_chords
from symgen.music.meter import Bar
from symgen.music.roles import ROLES, Role, parse_roles, roles_of
from symgen.music.score import Note, Score
from symgen.music.theory import Chord, Key
from symgen.sampling.seeds import seeds
from symgen.sampling.unclicked import beneath_played, on_pulse
from symgen.verification import Check, Facts, score_facts
from symgen.verification.bands import BandAsked, band_names, check_band
from symgen.writing.request import Request, one_or_all, read_music, warn_once
from symgen.writing.rewritten import Rewritten
from symgen.writing.symbols import plan_symbols
from symgen.writing.tune_chords import find_plan
from symgen.writing.tune_reading import (
    ReadTune,
    choose_part,
    chord_notices,
    chords_within,
    melody_line,
    melody_notices,
    sounding_span,
    tune_key,
)

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["Accompanied", "accompany", "accompany_with_band"]

# Ticks a quarter that hold sixteenths and triplets.
_GRID, _FINE = 12, 48
# The band is softer than the melody by so much of it, on average.
_BELOW = 0.92


@dataclass(frozen=True)
class Accompanied(Rewritten):
    """A tune with its band.

    Parameters
    ----------
    band : BandAsked, optional
        What its parts are held to.
    style : str
        The name of the style, or of the file with the example.
    """

    band: BandAsked | None = None
    style: str = ""

    def checks(self, controls: Controls, facts: Facts | None = None) -> list[Check]:
        """Hold the tune to controls, and the band to the chords, the kit and what its players can play."""
        found = facts or score_facts(self.score)
        # Chords are checked as they sound, and not as a chart lies over the bars of a new piece.
        checks = super().checks(Controls(key=controls.key), found)
        if self.band is None:
            return checks
        names = band_names(found, self.score.parts[len(self.stays.parts) :])
        return [*checks, *check_band(found, self.band, names)]


def accompany_with_band(
    tune: Music | Tune,
    style: str | Path | Example,
    *,
    parts: str | Iterable[str] | None = None,
    controls: Controls | None = None,
    seed: int | None = None,
    part: int | None = None,
) -> Accompanied:
    """Add the parts of a style to a tune; `parts` such as ``"chords,bass,drums:7"``, `controls` its key and chords."""
    one, controls = seeds(1, seed)[0], controls or Controls()
    found = tune if isinstance(tune, Tune) else load_tune(tune)
    example = style if isinstance(style, Example) else load_example(style)
    # A tune that was played without a click has its beats where its player has them.
    found, played = on_pulse(replace(found, score=_fine(found.score)), None)
    score = found.score
    melody = choose_part(score, part)
    asked, left = _asked(example, score, melody, parts)
    line = melody_line(score.parts[melody], score.resolution)
    key, origin = tune_key(found, score.with_parts([score.parts[melody]]), controls)
    bars, chords, source = _plan(
        score, line, melody, key, controls, drums_alone=set(asked) <= {"drums"}
    )
    layout = Layout(
        plan_bars(bars, *find_sections(bars, line)),
        chords,
        key,
        score.resolution,
        tuple(asked),
        one,
        {role: own for role, own in asked.items() if own is not None},
        _level(line, example),
    )
    made = lay_example(example, layout)
    symbols = score.chords or plan_symbols(chords, key)
    if source == "chart":
        symbols = plan_symbols(chords, key)
    whole = replace(score, parts=(*score.parts, *made), chords=symbols)
    stays, end = score, bars[-1].end
    if played:
        whole, stays, end = beneath_played(played, whole), played.score, played.tick(end)
        chords = tuple(replace(chord, at=played.tick(chord.at)) for chord in chords)
    band = BandAsked(
        tuple(role.title() for role in asked),
        chords,
        example.kit,
        end,
    )
    return Accompanied(
        whole,
        one,
        ReadTune(stays, key, origin),
        1.0,
        stays,
        notices=_notices(score, melody, source, left),
        band=band,
        style=example.name,
    )


class BandWords(TypedDict, total=False):
    """Keywords of `accompany`."""

    key: Key | str | None
    chords: ChordChart | Sequence[Chord | str | None] | str | None


@overload
def accompany(
    tune: Music | Tune,
    style: str | Path,
    *,
    parts: str | Sequence[str] | None = None,
    count: None = None,
    seed: int | None = None,
    part: int | None = None,
    **keywords: Unpack[BandWords],
) -> Score: ...
@overload
def accompany(
    tune: Music | Tune,
    style: str | Path,
    *,
    parts: str | Sequence[str] | None = None,
    count: int,
    seed: int | None = None,
    part: int | None = None,
    **keywords: Unpack[BandWords],
) -> list[Score]: ...
def accompany(
    tune: Music | Tune,
    style: str | Path,
    *,
    parts: str | Sequence[str] | None = None,
    count: int | None = None,
    seed: int | None = None,
    part: int | None = None,
    **keywords: Unpack[BandWords],
) -> Score | list[Score]:
    """Give a tune a band: chords, bass and drums in a style; all that the tune has stays note for note.

    Parameters
    ----------
    tune : Score, path, bytes, open file, PrettyMIDI, mido.MidiFile or music21 stream
        Of several parts the band follows the one with the melody.
    style : str or path
        Such as ``"rock"``, or a file of your own: a MIDI of some bars that a band plays.
    parts : str or sequence of str, optional
        Such as ``"chords,bass,drums"``; all that the style has if left out, but for a bass and drums that the tune has
        already. A part with a seed of its own, as in ``"drums:7"``, is drawn anew while the others stay.
    count, seed
        As in `generate`. The seed says which of its bars a style plays when; the chords are the same for all seeds.
    part : int, optional
        1 for the first part: that one has the melody.
    **keywords
        `key`, such as ``"D dorian"``, found if left out; and `chords`, such as ``"C G Am F"``, one a bar, which come
        round: if left out the symbols of the tune, the chords of its other parts, or such as suit its melody.

    Returns
    -------
    Score, or list of Score if `count` is given
        The tune with new parts behind its own, in ticks as fine as the style needs.

    Raises
    ------
    FormatError
        If the tune or the example cannot be read, or the tune holds no melody.
    ControlError
        If there is no such style or part, or a control has a bad value.
    """
    request = Request(verb="accompany", count=count, seed=seed, part=part, words=keywords)
    controls = request.asked(("key", "chords"))
    found, example = read_music(tune), load_example(style)
    told: set[str] = set()
    scores = []
    for one in request.seeds:
        done = accompany_with_band(
            found, example, parts=parts, controls=controls, seed=one, part=part
        )
        warn_once(done.notices, told)
        scores.append(done.score)
    return one_or_all(scores, count)


def _fine(score: Score) -> Score:
    """Return a score whose ticks hold what styles play; it is the same music."""
    if score.resolution >= _FINE or score.resolution % _GRID == 0:
        return score
    return score.with_resolution(score.resolution * (_GRID // gcd(_GRID, score.resolution)))


def _asked(
    example: Example, score: Score, melody: int, parts: str | Iterable[str] | None
) -> tuple[dict[Role, int | None], tuple[Role, ...]]:
    """Return the roles that are played, with seeds of their own, and those that the tune has already."""
    known = tuple(role for role in ROLES if role in example.roles and role != "melody")
    if parts is not None:
        return parse_roles(parts, known), ()
    there = {
        role
        for number, role in enumerate(roles_of(score))
        if number != melody and role in ("drums", "bass") and score.parts[number].note_count
    }
    left = tuple(role for role in known if role in there)
    return {role: None for role in known if role not in there}, left


def _plan(
    score: Score,
    line: Sequence[Note],
    melody: int,
    key: Key,
    controls: Controls,
    *,
    drums_alone: bool,
) -> tuple[list[Bar], tuple[PlacedChord, ...], str]:
    """Return the bars in which a band plays, the chords in them, and whose they are."""
    if drums_alone:
        span = sounding_span(score, (), is_given=False)
        return _bars_within(score, span), (), "none"
    if controls.chords is not None:
        bars = _bars_within(score, sounding_span(score, (), is_given=False))
        return bars, chart_chords(controls.chords, bars, score.resolution), "chart"
    # The chords that suit the tune best, whatever the seed: that one is for how they are played.
    wish = Wish("half bar", bool(controls.end), controls.strict_key)
    chords, source = find_plan(score, line, melody, key, wish, 0)
    span = sounding_span(score, chords, is_given=source == "symbols")
    bars = _bars_within(score, span)
    return bars, chords_within(chords, (min(span[0], bars[0].start), bars[-1].end)), source


def _bars_within(score: Score, span: tuple[int, int]) -> list[Bar]:
    """Return the full bars of a span, or a pickup where there is nothing else."""
    inside = [bar for bar in score.bars if bar.end > span[0] and bar.start < span[1]]
    return [bar for bar in inside if bar.number > 0] or inside


def _level(line: Sequence[Note], example: Example) -> float:
    """Return what velocities of the band are multiplied by, so that the melody is heard, whichever parts play."""
    mine = fmean(note.velocity for note in line)
    parts = [part.notes for part in example.main.score.parts if part.note_count]
    loudest = max((fmean(note.velocity for note in notes) for notes in parts), default=mine)
    return min(1.0, _BELOW * mine / loudest)


def _notices(score: Score, melody: int, source: str, left: Sequence[Role]) -> tuple[str, ...]:
    """Say whose chords are played, and what stays."""
    found = chord_notices(source)
    found += [
        f"the tune has {role} already, which stay; --parts {role} adds others" for role in left
    ]
    return (*found, *melody_notices(score, melody))
