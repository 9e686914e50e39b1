"""Humdrum kern: spines that run down the page, split and join, read line by line into measures.

Every column of a line knows when its last note ends; so what stands on one line need not begin at one time, and a
line whose columns do not agree is told.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction

from symgen.formats.kern.chords import CHORD_SPINES, KernTonic, kern_chord, tonic_of
from symgen.formats.kern.tokens import (
    BarLine,
    bar_line,
    kern_notes,
    key_of,
    meter_of_kern,
    program_of,
    sharps_of,
)
from symgen.formats.limits import Limits, check_line, check_score
from symgen.formats.measures import (
    USUAL_VELOCITY,
    Measure,
    Sound,
    build_score,
    expand_repeats,
    meter_of,
    tempo_of_bpm,
    with_start,
)
from symgen.formats.tunes import Tune, one_line
from symgen.music.meter import COMMON_TIME, Meter
from symgen.music.score import KeyChange, Part, TempoChange
from symgen.music.theory import Key
from symgen.system.errors import FormatError

__all__ = ["parse_kern"]

_MOST_COLUMNS = 1000
_NO_LINE = BarLine(starts_repeat=False, ends_repeat=False, ends_section=False)
_MOVES = {"*^", "*v", "*x", "*+", "*-"}
_LIST = re.compile(r"\*>(norep)?\[([^\]]*)\]$")
_LABEL = re.compile(r"\*>([A-Za-z0-9]+)$")


@dataclass
class _Spine:
    """A ``**kern`` column and all that it splits into: one part."""

    part: Part = field(default_factory=Part)
    transposed: int = 0
    sounds: list[Sound] = field(default_factory=list)


@dataclass
class _Column:
    """A column of the line; without a spine it holds something else than notes."""

    spine: _Spine | None
    end: Fraction
    # as it was opened, such as ``**kern``
    kind: str = ""


def parse_kern(text: str, repeats: str, limits: Limits) -> Tune:
    """Read a kern file."""
    reader = _KernReader(limits)
    for number, line in enumerate(io.StringIO(text, newline=None), 1):
        line = line.rstrip("\n")
        is_music = line.startswith("*M") or not line.startswith(("!", "*"))
        check_line(line, numbers=is_music)
        try:
            reader.line(line)
        except FormatError as error:
            raise FormatError(f"line {number} {str(error).removeprefix(': ')}") from None
        reader.check_limits()
    return reader.tune(repeats)


class _KernReader:
    """Takes the lines one after the other."""

    # A line is one moment of all columns, but their notes may have begun earlier: each column knows
    # when its last note ends, which is where its next one begins. So a file whose columns do not
    # agree is still read, column by column, and is told of at the next bar line.

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._spines: list[_Spine] = []
        self._columns: list[_Column] = []
        self._measures: list[Measure] = []
        self._labels: list[str] = []
        self._lists: dict[str, list[str]] = {}
        self._label = self._title = ""
        self._start = Fraction(0)
        self._meter: Meter | None = COMMON_TIME
        self._sharps, self._has_keys = 0, False
        self._key: Key | None = None
        self._tempos: list[tuple[Fraction, TempoChange]] = []
        self._keys: list[tuple[Fraction, KeyChange]] = []
        self._chords: dict[Fraction, str] = {}
        self._tonic: KernTonic | None = None
        self._first_key: Key | None = None
        self._starts_repeat = False
        self._notes = 0
        self._problems: list[str] = []

    # -- lines -------------------------------------------------------------------------

    def line(self, line: str) -> None:
        """Take a line."""
        if line.startswith("!!!OTL") and not self._title:
            self._title = line.partition(":")[2].strip()
        if not line.strip() or line.startswith("!!"):
            return
        tokens = line.split("\t")
        self._check_columns(tokens)
        if line.startswith("*"):
            self._interpretations(tokens)
        elif line.startswith("="):
            lines = [sign for sign, _, _ in self._of_spines(tokens)] or ["="]
            self._end_measure(bar_line(lines[0]))
        elif not line.startswith("!"):
            self._take_chords(tokens)
            for sign, column, spine in self._of_spines(tokens):
                if sign.strip() not in (".", ""):
                    self._data(sign, column, spine)

    def check_limits(self) -> None:
        """Refuse more parts and notes than are read."""
        if len(self._spines) > self._limits.tracks:
            raise self._limits.refusal("", "tracks", len(self._spines))
        if self._notes > self._limits.notes:
            raise self._limits.refusal("", "notes", self._notes)

    def _check_columns(self, tokens: list[str]) -> None:
        if not self._columns and tokens[0].startswith("**"):
            self._columns = [_Column(None, Fraction(0)) for _ in tokens]
        if not self._columns:
            raise FormatError("comes before any **kern column; check the file's type")
        if len(tokens) != len(self._columns):
            raise FormatError(
                f"has {len(tokens)} columns where {len(self._columns)} run; correct its tabs"
            )

    def _of_spines(self, tokens: list[str]) -> Iterator[tuple[str, _Column, _Spine]]:
        """Yield what stands in the columns of notes."""
        for sign, column in zip(tokens, self._columns, strict=True):
            if column.spine is not None:
                yield sign, column, column.spine

    def _data(self, sign: str, column: _Column, spine: _Spine) -> None:
        notes = kern_notes(sign)
        onset = column.end - self._start
        for note in notes:
            if note.pitch is not None:
                pitch = note.pitch - spine.transposed
                ties = note.tie_start, note.tie_stop
                sound = Sound(onset, note.duration, pitch, USUAL_VELOCITY, *ties)
                self._take(sound, spine)
        if notes:  # a chord lasts as long as its first note says
            column.end += notes[0].duration

    def _take_chords(self, tokens: list[str]) -> None:
        """Note the chords of a line, before its notes; of several the first holds."""
        named = [
            kern_chord(sign, column.kind, self._tonic or (self._sharps + 1, False))
            for sign, column in zip(tokens, self._columns, strict=True)
            if column.kind in CHORD_SPINES and sign.strip() not in (".", "")
        ]
        names = [name for name in named if name]
        if names:
            began = [column.end for sign, column, _ in self._of_spines(tokens) if sign.strip(" .")]
            now = min(began) - self._start if began else self._now()
            self._chords.setdefault(now, names[0])

    def _take(self, sound: Sound, spine: _Spine) -> None:
        self._notes += 1
        if 0 <= sound.pitch <= 127:
            spine.sounds.append(sound)
        else:
            self._problems.append(
                f"a note lies out of the range of MIDI ({sound.pitch}) and was left out"
            )

    # -- interpretations ---------------------------------------------------------------

    def _interpretations(self, tokens: list[str]) -> None:
        for sign, _, spine in self._of_spines(tokens):
            self._of_part(sign, spine)
            self._of_all(sign)
        for sign, column in zip(tokens, self._columns, strict=True):
            if sign.startswith("**"):
                column.spine = self._new_spine() if sign == "**kern" else None
                column.kind = sign
            elif column.spine or column.kind in CHORD_SPINES:
                self._tonic = tonic_of(sign) or self._tonic
        if all(sign == "*-" for sign, _, _ in self._of_spines(tokens)):
            self._end_measure(_NO_LINE)
        if not _MOVES.isdisjoint(tokens):
            self._columns = list(self._moved(tokens))
            if len(self._columns) > _MOST_COLUMNS:
                raise FormatError(
                    f"splits into more than {_MOST_COLUMNS} columns, as no music does"
                )

    def _new_spine(self) -> _Spine:
        self._spines.append(_Spine())
        return self._spines[-1]

    def _of_part(self, sign: str, spine: _Spine) -> None:
        """Follow what is said of one part."""
        if sign.startswith('*I"'):
            spine.part = replace(spine.part, name=one_line(sign[3:], 100))
        elif sign.startswith("*I") and program_of(sign) is not None:
            spine.part = replace(spine.part, program=program_of(sign) or 0)
        elif moved := re.match(r"\*Trd-?\d+c(-?\d{1,3})$", sign):
            spine.transposed = int(moved[1])

    def _of_all(self, sign: str) -> None:
        """Follow what is said of all parts, most often once in each."""
        now = self._now()
        if sign.startswith("*MM"):
            rate = re.match(r"\*MM(\d+(?:\.\d+)?)", sign)
            if rate and float(rate[1]):
                self._tempos.append((now, tempo_of_bpm(float(rate[1]))))
        elif sign.startswith("*M") and not sign.startswith("*Mo"):
            self._set_meter(meter_of_kern(sign))
        elif sign.startswith("*k["):
            self._sharps, self._has_keys = sharps_of(sign), True
            self._keys.append((now, self._key_change()))
        elif key_of(sign) is not None:
            self._key = key_of(sign)
            self._first_key = self._first_key or self._key
            if self._has_keys:
                self._keys.append((now, self._key_change()))
        elif found := _LIST.match(sign):
            variant, names = found.groups()
            self._lists[variant or ""] = [name.strip() for name in names.split(",")]
        elif (found := _LABEL.match(sign)) and found[1] != self._label:
            self._part_measure()
            self._label = found[1]

    def _set_meter(self, meter: Meter | None) -> None:
        if meter != self._meter:
            self._part_measure()
        self._meter = meter

    def _part_measure(self) -> None:
        """End the measure where no bar line stands, unless a note is held on."""
        ends = {column.end for column in self._columns if column.spine}
        if len(ends) == 1:
            self._end_measure(_NO_LINE)

    def _key_change(self) -> KeyChange:
        is_minor = self._key is not None and self._key.mode == "minor"
        return KeyChange(0, self._sharps, is_minor)

    def _moved(self, tokens: list[str]) -> Iterator[_Column]:
        """Yield the columns after splits, joins, exchanges, additions and ends."""
        columns = self._columns
        exchanged = [place for place, sign in enumerate(tokens) if sign == "*x"]
        for first, second in zip(exchanged[::2], exchanged[1::2], strict=False):
            columns[first], columns[second] = columns[second], columns[first]
        joined: _Column | None = None
        for sign, column in zip(tokens, columns, strict=True):
            if sign == "*v" and joined is not None and joined.spine is column.spine:
                joined.end = max(joined.end, column.end)
                continue
            joined = column if sign == "*v" else None
            if sign != "*-":
                yield column
            if sign == "*^":
                yield _Column(column.spine, column.end, column.kind)
            elif sign == "*+":
                yield _Column(None, self._now())

    # -- measures ----------------------------------------------------------------------

    def _now(self) -> Fraction:
        """Return the time of the line: when the first column has room for a note."""
        ends = (column.end for column in self._columns if column.spine)
        return min(ends, default=self._start) - self._start

    def _end_measure(self, line: BarLine) -> None:
        """Make a measure of what has come since the last one."""
        ends = {column.end for column in self._columns if column.spine}
        if len(ends) > 1 and any(spine.sounds for spine in self._spines):
            lengths = " and ".join(f"{float(end - self._start):g}" for end in sorted(ends))
            self._problems.append(
                f"bar {len(self._measures) + 1}: its columns last {lengths} quarters"
            )
        length = max(ends, default=self._start) - self._start
        if length:
            self._measures.append(self._measure(length))
            self._labels.append(self._label)
            self._starts_repeat = False
        if self._measures:
            last = self._measures[-1]
            self._measures[-1] = replace(
                last,
                ends_repeat=last.ends_repeat or line.ends_repeat,
                ends_section=last.ends_section or line.ends_section,
            )
        self._starts_repeat = self._starts_repeat or line.starts_repeat
        self._start += length
        for column in self._columns:
            column.end = self._start

    def _measure(self, length: Fraction) -> Measure:
        last = self._measures[-1] if self._measures else None
        tempo = last.tempos[-1][1] if last else TempoChange(0)
        key = last.keys[-1][1] if last and last.keys else None
        measure = Measure(
            length,
            self._meter or meter_of(length, 4) or COMMON_TIME,
            tuple(tuple(spine.sounds) for spine in self._spines),
            tuple(with_start(_latest(self._tempos), tempo)),
            tuple(with_start(_latest(self._keys), key)),
            starts_repeat=self._starts_repeat,
            chords=tuple(sorted(self._chords.items())),
        )
        for spine in self._spines:
            spine.sounds = []
        self._tempos, self._keys, self._chords = [], [], {}
        return measure

    def tune(self, repeats: str) -> Tune:
        """Return the music, after the last line."""
        if not self._spines:
            raise FormatError("has no **kern column; check the file's type")
        self._end_measure(_NO_LINE)
        measures: list[Measure] = []
        for measure in self._measures:
            # a spine that begins late is silent before; the last spine is the top of the page
            silent = ((),) * (len(self._spines) - len(measure.sounds))
            sounds = (*measure.sounds, *silent)
            measures.append(replace(measure, sounds=sounds[::-1]))
        order = self._order(measures, repeats)
        counts = [sum(map(len, measure.sounds)) for measure in measures]
        notes = sum(counts[i] for i in order)
        if notes > self._limits.notes:
            raise self._limits.refusal("", "notes", notes)
        score, problems = build_score(
            measures, order, [spine.part for spine in reversed(self._spines)]
        )
        score = check_score(replace(score, title=self._title), "", self._limits)
        problems = (*self._problems, *problems)
        return Tune(score, score.title, self._first_key, problems=problems)

    def _order(self, measures: list[Measure], repeats: str) -> list[int]:
        sections = self._lists.get("norep" if repeats == "written" else "")
        if not sections:
            return expand_repeats(measures, repeats)
        order = [place for place, label in enumerate(self._labels) if not label]
        for name in sections:
            order += [place for place, label in enumerate(self._labels) if label == name]
            if len(order) > self._limits.tokens:
                raise self._limits.refusal("", "tokens", len(order))
        return order


def _latest(changes: list[tuple[Fraction, TempoChange]] | list[tuple[Fraction, KeyChange]]) -> list:  # type: ignore[type-arg]
    """Keep the last change of each time."""
    return sorted(dict(changes).items())
