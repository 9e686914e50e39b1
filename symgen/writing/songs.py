"""Full songs: chords for a form, a melody over them, and a band in a style, with an introduction and an ending."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from symgen.accompanying.examples import load_example
from symgen.accompanying.frames import framed_chords
from symgen.accompanying.textures import Layout, lay_example, plan_bars
from symgen.music.constraints import Form
from symgen.music.controls import Controls, check_needs
from symgen.music.harmony import PlacedChord
from symgen.music.laid_charts import chart_chords
from symgen.music.meter import Bar
from symgen.music.roles import ROLES, Role, parse_roles
from symgen.music.score import KeyChange, MeterChange, Note, Part, Score, TempoChange
from symgen.music.theory import Key
from symgen.sampling.seeds import seeds
from symgen.sampling.swing import STRAIGHT, swung
from symgen.system.errors import ControlError
from symgen.tokens import BarRun, Header
from symgen.tokens.plans import bars_of
from symgen.verification import Check, Facts, score_facts
from symgen.verification.songs import SongAsked, check_song
from symgen.writing.generator import Generator, load_model
from symgen.writing.loaded import Progress
from symgen.writing.song_dynamics import phrased
from symgen.writing.song_melodies import MELODY_MODEL, draw_melody, melody_controls
from symgen.writing.song_plans import SongForm, key_of_chart, plan_song
from symgen.writing.song_styles import SONG_STYLES
from symgen.writing.symbols import plan_symbols
from symgen.writing.takes import Take

if TYPE_CHECKING:
    from symgen.copies.index import CopyIndex

__all__ = ["Song", "SongWriter", "usual_form"]

_BARS, _SECTION = 32, 8
_RESOLUTION, _GRID = 480, 12
# Shorter songs have no introduction and no ending.
_FRAMED = 8
_FORMS = {1: "A", 2: "AB", 3: "AAB", 4: "AABA"}
_GOES_ROUND = "ABABCB"
_MINOR = 0.4
_MELODY, _LOUDNESS = "Melody", 100


@dataclass(frozen=True)
class Song(Take):
    """A song with what it is held to."""

    asked: SongAsked | None = None

    @property
    def resting(self) -> frozenset[str]:
        """The names of the parts of the band: who plays in one variation alone rests in the other."""
        return frozenset(self.of_style)

    @property
    def of_style(self) -> tuple[str, ...]:
        """The names of the parts of the band, in the order of the score."""
        return tuple(part.name for part in self.score.parts if part.name != _MELODY)

    def new_bars(self) -> Score:
        """Return the melody, which is drawn; a band plays what its style says."""
        melody = [part for part in self.score.parts if part.name == _MELODY]
        return self.score.with_parts(melody or self.score.parts)

    def checks(
        self, controls: Controls, facts: Facts | None = None, *, start: int | None = None
    ) -> list[Check]:
        """Hold the bars between introduction and ending to controls, and the band to its chords."""
        found = facts or score_facts(self.score)
        if self.asked is None:
            return super().checks(controls, found, start=start)
        return check_song(found, controls, self.asked, self.header.key)


@dataclass(frozen=True)
class _Laid:
    """A song whose bars and chords are known: in ticks, introduction and ending too."""

    form: SongForm
    key: Key
    bars: tuple[Bar, ...]
    chords: tuple[PlacedChord, ...]
    intro: int
    ending: int

    @property
    def start(self) -> int:
        """First tick behind the introduction."""
        return self.bars[self.intro].start

    @property
    def length(self) -> int:
        """Ticks of the whole."""
        return self.bars[-1].end


class SongWriter:
    """Writes songs in one style.

    Parameters
    ----------
    style : str
        One of `SONG_STYLES`.
    parts : str or iterable of str, optional
        Such as ``"melody,bass,drums"``; all that the style has if left out.
    framed : bool
        Whether the song has an introduction and an ending beside its bars.
    progress : callable, optional
        See `Generator.reporting`.
    """

    def __init__(
        self,
        style: str,
        parts: str | Iterable[str] | None = None,
        *,
        framed: bool = True,
        progress: Callable[[Progress], None] | None = None,
    ) -> None:
        self.style, self._parts, self._framed, self._progress = style, parts, framed, progress
        self._example, self._usual = load_example(style), SONG_STYLES[style]
        known = tuple(role for role in ROLES if role == "melody" or role in self._example.roles)
        self._roles: Mapping[Role, int | None] = (
            dict.fromkeys(known) if parts is None else parse_roles(parts, known)
        )

    @property
    def name(self) -> str:
        """The name of what writes, as reports have it."""
        return f"song {self.style}"

    @property
    def parameters(self) -> int:
        """Number of weights of the network that writes the melody."""
        return _melody_model().parameters

    def copy_index(self) -> CopyIndex | None:
        """Load the index of the training pieces of the network that writes the melody."""
        return _melody_model().copy_index()

    def reporting(self, progress: Callable[[Progress], None]) -> SongWriter:
        """Return the same that tells how many songs are done."""
        return SongWriter(self.style, self._parts, framed=self._framed, progress=progress)

    def takes(
        self,
        controls: Controls | None = None,
        *,
        count: int = 1,
        seed: int | None = None,
        candidates: int = 1,
    ) -> Iterator[Song]:
        """Write songs one by one."""
        controls = controls or Controls()
        self._check(controls, candidates)
        wanted = seeds(count, seed)
        for number, one in enumerate(wanted, 1):
            song = self._song(controls, one)
            if self._progress:
                bars = song.header.bars
                self._progress(Progress(number, count, bars, bars))
            yield song

    def _check(self, controls: Controls, candidates: int) -> None:
        """Refuse what songs do not have."""
        check_needs(controls)
        refused = {
            "period": controls.period,
            "label": controls.labels,
            "candidates": candidates > 1,
            "strict-key": controls.strict_key and set(self._roles) != {"melody"},
            "max-polyphony": controls.max_polyphony and set(self._roles) != {"melody"},
        }
        for name, given in refused.items():
            if given:
                raise ControlError(
                    f"{name}: is not for songs with a band such as {self.style}; leave it out"
                )
        if controls.meter_plan:
            raise ControlError(
                f"meter {controls.meter}: a song keeps one meter; give one, such as 4/4"
            )
        if self._usual.swing != STRAIGHT and controls.grid and not controls.grid.triplets:
            raise ControlError(
                f"grid {controls.grid}: {self.style} swings, off this grid; take 1/8t or leave it out"
            )

    # -- one song --------------------------------------------------------------------

    def _song(self, controls: Controls, seed: int) -> Song:
        laid, plan = self._laid(controls, seed)
        asked = replace(
            controls,
            bars=laid.form.bars,
            form=laid.form.form,
            meter=laid.form.meter,
            key=laid.key,
            end=controls.end is not False,
        )
        melody = self._melody(asked, laid.key, plan, seed) if "melody" in self._roles else None
        parts = [self._melody_part(melody, laid, controls)] if melody else []
        parts += self._band(laid, seed)
        parts = _with_instruments(parts, controls)
        if not any(part.note_count for part in parts):
            raise ControlError(f"parts: none of them plays in {self.style}; name more")
        score = Score(
            parts=tuple(parts),
            resolution=_RESOLUTION,
            tempos=(TempoChange.of_bpm(0, controls.tempo or self._example.tempo),),
            meters=(MeterChange(0, laid.form.meter),),
            keys=(KeyChange(0, laid.key.sharps, laid.key.minor),),
            chords=plan_symbols(laid.chords, laid.key),
            length=laid.length,
            title=f"symgen {self.name} seed {seed}",
        )
        score = self._swung(score, controls)
        header = Header(
            (BarRun(laid.form.bars, laid.form.meter, laid.form.bar_steps),),
            key=laid.key,
            style=self.style,
            programs=tuple(part.program for part in parts),
            drums=tuple(part.is_drum for part in parts),
            names=tuple(part.name for part in parts),
            chords=plan,
        )
        wanted = SongAsked(
            tuple(role.title() for role in self._roles),
            (laid.start, laid.bars[len(laid.bars) - laid.ending - 1].end),
            laid.form.form,
            laid.chords,
            self._example.kit,
            closes=controls.end is not False,
        )
        bits = melody.bits if melody else None
        return Song(score, seed, header, bits=bits, asked=wanted)

    def _laid(self, controls: Controls, seed: int) -> tuple[_Laid, tuple[PlacedChord, ...]]:
        """Return bars and chords, and the chords of the form alone in grid steps."""
        meter = controls.steady_meter or self._example.main.bars[0].meter
        bars = controls.bars or _BARS
        form = SongForm(bars, controls.form or usual_form(bars), meter)
        key = controls.key or self._key(controls, form, seed)
        chart = controls.chords or plan_song(form, key, self._usual, seed)
        plan = chart_chords(chart, bars_of((BarRun(bars, meter, form.bar_steps),), False), _GRID)
        # One part alone, such as a groove of drums, has as many bars as are asked for.
        framed = self._framed and bars >= _FRAMED and len(self._roles) > 1
        # In another meter than its own a band has nothing to open and to close with.
        framed = framed and meter == self._example.main.bars[0].meter
        intro, ending = (self._frame_bars(name) if framed else 0 for name in ("Intro", "Ending"))
        ending = ending if controls.end is not False else 0
        length = form.bar_steps * _RESOLUTION // _GRID
        whole = tuple(
            Bar(number + 1, number * length, (number + 1) * length, meter)
            for number in range(intro + bars + ending)
        )
        scale, start = _RESOLUTION // _GRID, intro * length
        inner = [replace(chord, at=chord.at * scale + start) for chord in plan]
        chords = framed_chords(inner, key, whole, intro, ending)
        return _Laid(form, key, whole, chords, intro, ending), plan

    @staticmethod
    def _key(controls: Controls, form: SongForm, seed: int) -> Key:
        """Return the key of the chords that are given, else one that is drawn."""
        if controls.chords and any(bar.tones != (frozenset(),) for bar in controls.chords.bars):
            return key_of_chart(controls.chords, form, seed)
        chance = random.Random(f"key of a song {seed}")  # noqa: S311
        return Key(chance.randrange(12), "minor" if chance.random() < _MINOR else "major")

    def _frame_bars(self, name: str) -> int:
        section = self._example.section(name)
        return len(section.bars) if section else 0

    def _melody(self, asked: Controls, key: Key, plan: Sequence[PlacedChord], seed: int) -> Take:
        own = self._roles["melody"]
        wanted = melody_controls(asked, self._usual)
        return draw_melody(_melody_model(), wanted, plan, key, seed if own is None else own)

    def _melody_part(self, take: Take, laid: _Laid, controls: Controls) -> Part:
        """Return the melody behind the introduction, phrased; it is louder than it was drawn."""
        program = self._usual.program if controls.instrument is None else controls.instrument
        drawn = take.score.with_resolution(_RESOLUTION).parts[0].notes
        moved = [replace(note, onset=note.onset + laid.start) for note in drawn]
        letters = laid.form.letters()
        known = sorted(set(letters), key=letters.index)
        louder = [known.index(letter) % 2 == 1 for letter in letters]
        inner = laid.bars[laid.intro : laid.intro + laid.form.bars]
        notes = phrased(moved, inner, laid.form.section_bars, louder, _LOUDNESS)
        closing = self._closing(notes[-1], laid) if notes else ()
        return Part((*notes, *closing), program, name=_MELODY)

    def _closing(self, own: Note, laid: _Laid) -> Iterator[Note]:
        """Yield the last note of a melody once more, with the last one of the bass in the ending."""
        section = self._example.section("Ending") if laid.ending else None
        if section is None or "bass" not in self._example.roles:
            return
        part = section.score.parts[self._example.roles.index("bass")]
        if part.note_count:
            last, scale = max(part.notes), _RESOLUTION / section.score.resolution
            start = laid.bars[-laid.ending].start
            yield replace(
                own,
                onset=start + round(last.onset * scale),
                duration=round(last.duration * scale),
            )

    def _band(self, laid: _Laid, seed: int) -> list[Part]:
        roles = tuple(role for role in self._roles if role != "melody")
        if not roles:
            return []
        form = laid.form
        starts = [
            laid.intro + number * form.section_bars for number in range(len(form.form.sections))
        ]
        planned = plan_bars(laid.bars, starts, form.letters(), intro=laid.intro, ending=laid.ending)
        own = {role: one for role, one in self._roles.items() if one is not None}
        layout = Layout(planned, laid.chords, laid.key, _RESOLUTION, roles, seed, own)
        return list(lay_example(self._example, layout))

    def _swung(self, score: Score, controls: Controls) -> Score:
        """Let the melody swing as the band does, or all as is asked for."""
        band = self._usual.swing
        if controls.swing is None or controls.swing == band:
            return _swung_melody(score, band)
        if band != STRAIGHT:
            raise ControlError(
                f"swing {controls.swing}: {self.style} swings at {band:.2g}; leave it out"
            )
        return swung(score, controls.swing)


def usual_form(bars: int) -> Form:
    """Return the form of a song of so many bars, where none is asked for: sections of eight bars, else of four."""
    for length in (_SECTION, _SECTION // 2):
        count, rest = divmod(bars, length)
        if not rest:
            rounds = _GOES_ROUND * (count // len(_GOES_ROUND) + 1)
            return Form.parse(_FORMS.get(count, rounds[:count]))
    return Form.parse("A")


def _swung_melody(score: Score, swing: float) -> Score:
    is_melody = [part.name == _MELODY for part in score.parts]
    late = swung(score, swing).parts
    parts = zip(score.parts, late, is_melody, strict=True)
    return score.with_parts([moved if own else part for part, moved, own in parts])


def _with_instruments(parts: Sequence[Part], controls: Controls) -> list[Part]:
    """Give the parts the instruments that are asked for, drums left out."""
    if controls.instruments is None:
        return list(parts)
    pitched = [part for part in parts if not part.is_drum]
    if len(controls.instruments) != len(pitched):
        names = ", ".join(part.name for part in pitched)
        raise ControlError(
            f"instruments: {len(controls.instruments)} for {len(pitched)} parts; name one for each of {names}"
        )
    programs = iter(controls.instruments)
    return [part if part.is_drum else replace(part, program=next(programs)) for part in parts]


@lru_cache(maxsize=1)
def _melody_model() -> Generator:
    return load_model(MELODY_MODEL)
