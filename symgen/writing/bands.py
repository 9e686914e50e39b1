"""Give a tune a band: chords, bass and drums in a style, which is an example; all that the tune has stays."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from math import gcd
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, TypedDict, overload

from symgen.accompanying.examples import Example, load_example
from symgen.accompanying.textures import Layout, lay_example
from symgen.formats import load_tune
from symgen.formats.delaying import delayed
from symgen.formats.tunes import Music, Tune
from symgen.harmonizer.choosing import Wish
from symgen.midi.excerpt import select_parts
from symgen.music.charts import ChordChart
from symgen.music.controls import Controls
from symgen.music.harmony import PlacedChord
from symgen.music.laid_charts import chart_chords
from symgen.music.meter import Bar
from symgen.music.score import Note, Part, Score
from symgen.music.tempo import usual_tempo
from symgen.music.theory import Chord, Key
from symgen.sampling.seeds import seeds
from symgen.sampling.unclicked import beneath_played, on_pulse
from symgen.verification import Check, Facts, score_facts
from symgen.verification.bands import BandAsked, band_names, check_band
from symgen.writing.band_players import (
    OF_STYLE,
    BandWish,
    Players,
    Roles,
    choose_players,
    parts_of_band,
)
from symgen.writing.band_stage import Stage, TuneBars, set_stage
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
# Who draws notes of its parts anew.
_NETWORK = "band"
_OF_BAND = ("lock", "drop", "again", "intro", "ending", "drums", "loosen")
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
    wish: BandWish | None = None,
    *,
    controls: Controls | None = None,
    seed: int | None = None,
    part: int | None = None,
) -> Accompanied:
    """Add the parts of a style to a tune; `controls` are its key and its chords."""
    one, controls, wish = seeds(1, seed)[0], controls or Controls(), wish or BandWish()
    kit = _kit(wish)
    found = tune if isinstance(tune, Tune) else load_tune(tune)
    example = style if isinstance(style, Example) else load_example(style)
    # A tune that was played without a click has its beats where its player has them.
    found, played = on_pulse(replace(found, score=_fine(found.score)), None)
    melody = choose_part(found.score, part)
    players = choose_players(example, found.score, melody, wish)
    bars = _bars(found, melody, controls, players)
    stage = set_stage(bars, example, intro=wish.intro, ending=wish.ending)
    stays = delayed(_without(found.score, players.gone), stage.late, stage.opening)
    made = _made(example, stage, players, wish, one)
    symbols = stays.chords or plan_symbols(stage.chords, bars.key)
    if bars.source == "chart":
        symbols = plan_symbols(stage.chords, bars.key)
    chords, end = stage.chords, stage.end
    length = max(stays.length, end) if wish.ending else stays.length
    whole = replace(stays.with_parts((*stays.parts, *made), length=length), chords=symbols)
    whole = _loosened(whole, len(stays.parts), wish.loosen, one)
    if played:
        own = replace(played, score=_without(played.score, players.gone)).delayed(stage.late)
        whole, stays, end = beneath_played(own, whole), own.score, own.tick(end)
        chords = tuple(replace(chord, at=own.tick(chord.at)) for chord in chords)
    band = BandAsked(tuple(role.title() for role in players.made), chords, example.kit | kit, end)
    return Accompanied(
        whole,
        one,
        ReadTune(stays, bars.key, bars.origin),
        1.0,
        stays,
        notices=_notices(found.score, melody, bars, stage, players, wish),
        band=band if players.made else None,
        style=example.name,
    )


def _kit(wish: BandWish) -> frozenset[int]:
    """Return the drums that are struck beside those of the example."""
    if wish.drums == OF_STYLE:
        return frozenset()
    # Who plays the drums of the style does without the drummer.
    from symgen.writing.band_drums import DRAWN_KIT, check_drums

    check_drums(wish.drums)
    return DRAWN_KIT


def _loosened(score: Score, first: int, amount: float, seed: int) -> Score:
    """Have the network of bands draw some notes of the new pitched parts anew."""
    new = [n for n in range(first, len(score.parts)) if not score.parts[n].is_drum]
    if not amount or not new:
        return score
    # What needs no network loads none.
    from symgen.writing.generator import load_model
    from symgen.writing.loosening import loosened

    return loosened(score, new, amount, model=load_model(_NETWORK), seed=seed)


def _without(score: Score, gone: Collection[int]) -> Score:
    """Take parts out of a score and of its file."""
    kept = [number for number in range(len(score.parts)) if number not in gone]
    return select_parts(score, kept) if gone else score


def _bars(tune: Tune, melody: int, controls: Controls, players: Players) -> TuneBars:
    """Return the bars in which a band plays, the chords in them, and whose they are."""
    score = tune.score
    line = melody_line(score.parts[melody], score.resolution)
    key, origin = tune_key(tune, score.with_parts([score.parts[melody]]), controls)
    there = [score.parts[n] for ns in parts_of_band(score, melody).values() for n in ns]
    played = (min(p.notes[0].onset for p in there), max(p.end for p in there)) if there else None
    bpm = usual_tempo(score, score.length).bpm

    def laid(bars: Sequence[Bar], chords: Sequence[PlacedChord], source: str) -> TuneBars:
        known = key, origin, source, score.resolution, bpm, played
        cut = bars[0].start if bars[0].start * _GRID < score.resolution else 0
        chords = [replace(chord, at=max(cut, chord.at)) for chord in chords]
        return TuneBars(tuple(bars), line, tuple(chords), *known)

    if set(players.made) <= {"drums"}:
        return laid(_bars_within(score, sounding_span(score, (), is_given=False)), (), "none")
    if controls.chords is not None:
        bars = _bars_within(score, sounding_span(score, (), is_given=False))
        return laid(bars, chart_chords(controls.chords, bars, score.resolution), "chart")
    # The chords that suit the tune best, whatever the seed: that one is for how they are played.
    wish = Wish("half bar", bool(controls.end), controls.strict_key)
    chords, source = find_plan(score, line, melody, key, wish, 0)
    span = sounding_span(score, chords, is_given=source == "symbols")
    bars = _bars_within(score, span)
    return laid(bars, chords_within(chords, (min(span[0], bars[0].start), bars[-1].end)), source)


def _made(
    example: Example, stage: Stage, players: Players, wish: BandWish, seed: int
) -> tuple[Part, ...]:
    """Return the new parts."""
    layout = Layout(
        stage.planned,
        stage.chords,
        stage.tune.key,
        stage.tune.resolution,
        tuple(players.made),
        seed,
        {role: own for role, own in players.made.items() if own is not None},
        _level(stage.tune.line, example),
    )
    parts = lay_example(example, layout)
    if wish.drums == OF_STYLE or "drums" not in players.made:
        return parts
    from symgen.writing.band_drums import with_drawn_drums

    return with_drawn_drums(parts, example, layout, wish.drums, stage.tune.bpm)


class BandWords(TypedDict, total=False):
    """Keywords of `accompany`."""

    key: Key | str | None
    chords: ChordChart | Sequence[Chord | str | None] | str | None
    lock: Roles | None
    drop: Roles | None
    again: Roles | None
    intro: bool
    ending: bool
    drums: str
    loosen: float


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
        Such as ``"chords,bass,drums"``; all that the style has if left out, but for what a band of the tune plays
        already. A part with a seed of its own, as in ``"drums:7"``, is drawn anew while the others stay.
    count, seed
        As in `generate`. The seed says which of its bars a style plays when; the chords are the same for all seeds.
    part : int, optional
        1 for the first part: that one has the melody.
    **keywords
        `key`, such as ``"D dorian"``, found if left out; and `chords`, such as ``"C G Am F"``, one a bar, which come
        round: if left out the symbols of the tune, the chords of its other parts, or such as suit its melody. `intro`
        and `ending`, whether the band plays before the tune and behind it; `drums`, ``"style"`` as the example has
        them, ``"drawn"`` by a network, or a style of `drums`; `loosen`, 0..1, what share of the notes of chords, bass
        and others the model ``band`` draws anew. Of a band that the tune has already `lock` says what
        stays while all else is made anew, `drop` what is left out, and `again` what is made anew, as in ``"bass:7"``.

    Returns
    -------
    Score, or list of Score if `count` is given
        The tune with new parts behind its own, in ticks as fine as the style needs; behind an introduction it begins
        later.

    Raises
    ------
    FormatError
        If the tune or the example cannot be read, or the tune holds no melody.
    ControlError
        If there is no such style or part, or a control has a bad value.
    """
    how = {name: keywords[name] for name in _OF_BAND if name in keywords}  # type: ignore[literal-required]
    words = {name: value for name, value in keywords.items() if name not in how}
    request = Request(verb="accompany", count=count, seed=seed, part=part, words=words)
    controls = request.asked(("key", "chords"))
    wish = BandWish(parts, **how)
    found, example = read_music(tune), load_example(style)
    told: set[str] = set()
    scores = []
    for one in request.seeds:
        done = accompany_with_band(found, example, wish, controls=controls, seed=one, part=part)
        warn_once(done.notices, told)
        scores.append(done.score)
    return one_or_all(scores, count)


def _fine(score: Score) -> Score:
    """Return a score whose ticks hold what styles play; it is the same music."""
    if score.resolution >= _FINE or score.resolution % _GRID == 0:
        return score
    return score.with_resolution(score.resolution * (_GRID // gcd(_GRID, score.resolution)))


def _bars_within(score: Score, span: tuple[int, int]) -> list[Bar]:
    """Return the full bars of a span, or a pickup where there is nothing else."""
    inside = [bar for bar in score.bars if bar.end > span[0] and bar.start < span[1]]
    full = [bar for bar in inside if bar.number > 0] or inside
    # Some files say their meter a tick too late: what that cuts off is no bar.
    first = int(len(full) > 1 and full[0].length * _GRID < score.resolution)
    return full[first:]


def _level(line: Sequence[Note], example: Example) -> float:
    """Return what velocities of the band are multiplied by, so that the melody is heard, whichever parts play."""
    mine = fmean(note.velocity for note in line)
    parts = [part.notes for part in example.main.score.parts if part.note_count]
    loudest = max((fmean(note.velocity for note in notes) for notes in parts), default=mine)
    return min(1.0, _BELOW * mine / loudest)


def _notices(
    score: Score, melody: int, bars: TuneBars, stage: Stage, players: Players, wish: BandWish
) -> tuple[str, ...]:
    """Say whose chords are played, and what stays."""
    found = chord_notices(bars.source)
    if players.left:
        names = ", ".join(players.left)
        again = f"--again {players.left[0]} makes that part anew"
        found.append(f"the tune has {names} already, which stay; {again}")
    for name, asked, made in (
        ("introduction", wish.intro, stage.intro),
        ("ending", wish.ending, stage.ending),
    ):
        if asked and not made:
            found.append(f"the tune has an {name} already, in which the new parts play too")
    gone = {score.parts[number].name for number in players.gone}
    if gone:
        found.append(f"taken out: {', '.join(sorted(gone))}")
    return (*found, *melody_notices(score, melody, players.gone))
