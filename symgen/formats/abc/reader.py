"""ABC tunes read by the standard (ABC 2.1), and by what old tune books do beside it.

Each line is cut into signs by one pattern; the signs of a line act on the voice that is open. What is only ignored,
words or chord names is passed over. The bars of all voices make the measures that `symgen.formats.measures` joins.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from symgen.formats.abc.text import (
    FIELD,
    AbcKey,
    abc_fields,
    abc_key,
    abc_lines,
    chord_name,
    is_prose,
    length_of,
    meter_of_field,
    plain_title,
    properties_of,
    signature_of,
    split_book,
    tempo_of,
)
from symgen.formats.abc.voices import NoteHead, Voice, join_voices
from symgen.formats.limits import DEFAULT_LIMITS, Limits, check_line, check_score
from symgen.formats.measures import MOST_PASSES, build_score, expand_repeats, label_endings
from symgen.formats.tunes import UNREADABLE, Tune, one_line
from symgen.music.meter import COMMON_TIME, Meter
from symgen.music.score import Part, Score
from symgen.system.errors import FormatError, SymgenError

__all__ = ["parse_abc_tunes"]

_MOST_VOICES = 64
_LENGTH = r"\d*/*\d*"
_NOTE = rf"(?:\^{{1,2}}|_{{1,2}}|=)?(?:\d*/\d*|\d+)?[A-Ga-g][,']*{_LENGTH}"
_ONE_NOTE = re.compile(
    rf"(\^{{1,2}}|_{{1,2}}|=)?(\d*/\d*|\d+)?([A-Ga-g])([,']*)({_LENGTH})(\s*\.?-)?"
)
# The grammar of ABC's music, one alternative a sign, is tried in this order at each place: what is
# longer or begins with the same character comes first. ``[`` alone begins a field (``[K:G]``), an
# ending (``[1``), a bar line (``[|``) and a chord (``[CE]``); a number is an ending only behind a bar
# line, else a length; ``(3`` is a tuplet, ``(`` a slur. ABC has no errors that a reader could rely on:
# every text is a row of signs, those that say nothing of the sound are ignored, and what no rule
# knows goes to ``other``, which counts only if the tune turns out to have no notes.
_SIGNS = re.compile(
    rf"""
      (?P<field>\[[A-Za-z]:[^\]]*\]) | (?P<text>"[^"]*") | (?P<grace>\{{[^}}]*\}})
    | (?P<decoration>![^!|\s]*!|!D\.[^!|]*!)
    | (?P<plus>\+[^+|\n]*\+{_LENGTH})
    | (?P<ending>\[[ ]*\d[\d,\-. ]*|(?<=[|:])[ ]*\d[\d,\-.]*|(?<=[|:]\])\d[\d,\-.]*)
    | (?P<bar>\.?(?:\[\|\]|(?:\[(?=[|:])|[|:]|(?<=[|:])\])+))
    | (?P<tuplet>\(\d+(?::\d*)?(?::\d*)?)
    | (?P<chord>\[[^\[\]|]*\]{_LENGTH})
    | (?P<note>{_NOTE})
    | (?P<rest>[zx]{_LENGTH}) | (?P<bars>[ZX]\d*) | (?P<space>y{_LENGTH})
    | (?P<broken>>+|<+) | (?P<tie>-) | (?P<overlay>&+)
    | (?P<ignored>[\s()~.`$*\\;?@\#H-Wh-w!]+?)
    | (?P<other>.)
    """,
    re.VERBOSE,
)
_SIGN_HOLDER = re.compile(r'(H|"[^"]*(?:D\.? ?[CS]|Segno|Fine)[^"]*")x(?=\s*[|:])', re.IGNORECASE)
"""An invisible rest that only carries a fermata or a jump over a bar line, as in old books, takes no time."""
_DIRECTIVE = re.compile(
    r"\s*(?:MIDI\s*=?\s*)?(program|channel|transpose|propagate-accidentals)\b\s*(.*)"
)
_FORTE = re.compile(r"f{1,4}")
_ACCIDENTALS = {None: None, "": None, "^": 1, "^^": 2, "_": -1, "__": -2, "=": 0}
_BODY_FIELDS = "IKLMPQUVm"


def parse_abc_tunes(
    text: str, repeats: str = "written", limits: Limits = DEFAULT_LIMITS
) -> list[Tune]:
    """Read all tunes of an ABC text."""
    tunes = []
    for chunk in split_book(text):
        fields = abc_fields(chunk)
        title, number = plain_title(fields.get("T", "")), fields.get("X", "")
        try:
            score, problems = _TuneReader(limits).read(chunk, repeats)
        except SymgenError as error:
            # one bad tune of a book must not keep the others out
            reason = one_line(str(error), 200).removeprefix(": ")
            score, problems = Score(), (f"{UNREADABLE}: {reason}",)
        score = replace(score, title=title)
        key = abc_key(fields.get("K", ""))
        tunes.append(Tune(score, score.title, key, fields.get("R", "").lower(), number, problems))
    return [replace(tune, count=len(tunes)) for tune in tunes]


class _TuneReader:
    """Reads one tune."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._meter: Meter | None = COMMON_TIME
        self._unit: Fraction | None = None
        self._key = AbcKey()
        self._tempo = ""
        self._directives: list[str] = []
        self._macros: list[tuple[str, str]] = []
        self._voices: dict[str, Voice] = {}
        self._properties: dict[str, str] = {}
        self._open: Voice | None = None
        self._notes = 0
        self._problems: list[str] = []
        self._unknown = ""
        self._handlers: dict[str, Callable[[str], None]] = {
            "field": lambda sign: self._field(sign[1], sign[3:-1]),
            "grace": self._grace,
            "plus": self._plus,
            "text": self._text,
            "ending": self._ending,
            "bar": lambda sign: self._voice().bar_line(sign),
            "tuplet": self._tuplet,
            "chord": lambda sign: self._chord(*sign[1:].rsplit("]", 1)),
            "note": lambda sign: self._chord(sign, ""),
            "rest": lambda sign: self._voice().add([], length_of(sign[1:])),
            "bars": lambda sign: self._voice().rest_bars(int(sign[1:] or 1)),
            "broken": lambda sign: self._voice().break_rhythm(sign),
            "tie": lambda _: self._voice().tie(),
            "overlay": lambda sign: self._voice().overlay(len(sign)),
            "other": self._other,
        }

    def read(self, chunk: str, repeats: str) -> tuple[Score, tuple[str, ...]]:
        """Return the music and what is wrong with it."""
        lines = list(abc_lines(chunk))
        for line in lines:
            check_line(line, numbers=False)
        keys = [number for number, line in enumerate(lines) if re.match(r"\s*K:", line)]
        music = [
            number for number, line in enumerate(lines) if line.strip() and not _is_field(line)
        ]
        first = music[0] if music else len(lines)
        head = keys[0] + 1 if keys else first  # the key ends the head; without one the first music
        for line in lines[:head]:
            self._head_line(line)
        for line in lines[head:]:
            self._body_line(line)
        # prose without a single note is a file of another kind, not an empty tune
        if not self._notes and self._unknown:
            raise FormatError(f"has no notes, but {self._unknown[:20]!r}; check the file's type")
        return self._build(repeats)

    # -- lines -------------------------------------------------------------------------

    def _head_line(self, line: str) -> None:
        if line.startswith("%%"):
            self._directive(line[2:])
        found = FIELD.match(line)
        if found:
            self._head_field(found[1], found[2].strip())

    def _head_field(self, letter: str, text: str) -> None:
        if letter in "KLMQ":
            check_line(f"{letter}:{text}", numbers=True)
        if letter == "M":
            self._meter = meter_of_field(text)
        elif letter == "L":
            self._unit = _unit(text)
        elif letter == "K":
            self._key = signature_of(text) or AbcKey()
            self._properties[""] = text
        elif letter == "Q":
            self._tempo = text
        elif letter == "m":
            self._macro(text)
        elif letter == "I":
            self._directive(text)
        elif letter == "V":
            name, _, properties = text.partition(" ")
            self._properties[name] = f"{self._properties.get(name, '')} {properties}"

    def _body_line(self, line: str) -> None:
        if line.startswith("%%"):
            self._directive(line[2:])
            return
        found = FIELD.match(line)
        if found:
            if found[1] in _BODY_FIELDS:
                self._field(found[1], found[2].strip())
            return
        if line.startswith("+:") or not line.strip():
            return
        if "|" not in line and is_prose(line):
            self._problems.append(
                f"a line that is no music was passed over: {one_line(line, 40)!r}"
            )
            return
        for name, music in self._macros:  # a macro stands for its music, letter by letter
            line = line.replace(name, music)
        line = _SIGN_HOLDER.sub(r"\1", line)
        check_line(re.sub(r'"[^"]*"|\[[A-Za-z]:[^\]]*\]', "", line), numbers=True)
        for found in _SIGNS.finditer(line):
            act = self._handlers.get(found.lastgroup or "")
            if act is not None:
                act(found[0])

    def _field(self, letter: str, text: str) -> None:
        """Follow a field within the music; before the first note it still belongs to the head."""
        text = text.strip()
        if letter == "V":
            self._choose_voice(text)
        elif letter == "m":
            self._macro(text)
        elif letter == "I":
            self._directive(text)
        elif self._open is None and letter in "LMQ":
            self._head_field(letter, text)
        elif letter in "KLMPQ":
            check_line(f"{letter}:{text}", numbers=letter != "P")
            self._change(self._voice(), letter, text)

    def _change(self, voice: Voice, letter: str, text: str) -> None:
        if letter == "M":
            voice.set_meter(meter_of_field(text))
        elif letter == "L":
            voice.unit = _unit(text)
        elif letter == "K":
            key = signature_of(text)
            if key is not None:
                voice.set_key(key)
            voice.take(properties_of(text))
        elif letter == "P":
            voice.set_section(text[:1])
        else:
            tempo = tempo_of(text, voice.unit)
            if tempo:
                voice.mark(tempo)

    def _directive(self, text: str) -> None:
        """Follow what a directive says of the sound; in the head it holds for all voices."""
        if self._open is None:
            self._directives.append(text)
            return
        found = _DIRECTIVE.match(text)
        if not found:
            return
        word, value = found.groups()
        numbers = [int(number) for number in re.findall(r"-?\d{1,3}", value)]
        if word == "propagate-accidentals":
            self._open.propagation = value.strip()
        elif "MIDI" in text and numbers:
            self._midi(self._open, word, numbers)

    def _midi(self, voice: Voice, word: str, numbers: list[int]) -> None:
        if word == "program":
            voice.program = max(0, min(127, numbers[-1]))
        elif word == "channel":
            voice.is_drum = numbers[0] == 10
        else:
            voice.midi_transpose = numbers[0]

    def _macro(self, text: str) -> None:
        name, equals, music = text.partition("=")
        if equals and name.strip() and "n" not in name:
            self._macros.append((name.strip(), music.strip()))

    # -- voices ------------------------------------------------------------------------

    def _voice(self) -> Voice:
        """Return the voice that is open; music before any ``V:`` field belongs to the first."""
        if self._open is None:
            names = (name for name in self._properties if name not in ("", "*"))
            return self._choose_voice(next(names, ""))
        return self._open

    def _choose_voice(self, text: str) -> Voice:
        name, _, properties = text.partition(" ")
        if name not in self._voices:
            self._voices[name] = self._new_voice(name)
        self._open = self._voices[name]
        self._open.take(properties_of(properties))
        return self._open

    def _new_voice(self, name: str) -> Voice:
        if len(self._voices) >= _MOST_VOICES:
            raise FormatError(f"has more than {_MOST_VOICES} voices; split the tune")
        unit = self._unit or _usual_unit(self._meter)
        shown = "" if name.isdigit() else name
        voice = Voice(shown, unit, self._meter, self._key)
        # what the key says of all voices, then what is said of all, then of this one
        for owner in ("", "*", name) if name else ("", "*"):
            voice.take(properties_of(self._properties.get(owner, "")))
        self._open = voice
        for text in self._directives:
            self._directive(text)
        voice.mark(self._key)
        tempo = tempo_of(self._tempo, unit)
        if tempo:
            voice.mark(tempo)
        return voice

    # -- signs -------------------------------------------------------------------------

    def _chord(self, inner: str, length: str) -> None:
        whole = length_of(length)
        found = list(_ONE_NOTE.finditer(re.sub(r'"[^"]*"|![^!]*!', "", inner)))
        lengths = [length_of(note[5]) * whole for note in found]
        heads = [self._head(note, size) for note, size in zip(found, lengths, strict=True)]
        if not heads:
            return
        self._notes += len(heads)
        if self._notes > self._limits.notes:
            raise self._limits.refusal("", "notes", self._notes)
        self._voice().add(heads, lengths[0])

    def _head(self, note: re.Match[str], length: Fraction) -> NoteHead:
        sign, micro, letter, marks, _, tie = note.groups()
        accidental = _ACCIDENTALS[sign]
        semitones = None if accidental is None else Fraction(accidental)
        if semitones is not None and micro:  # a quarter tone up is ^1/2 or ^/
            semitones *= length_of(micro)
        octave = (letter.islower() + marks.count("'")) - marks.count(",")
        head = self._voice().head(letter.upper(), octave, semitones, length)
        head.ties_on = bool(tie)
        return head

    def _grace(self, sign: str) -> None:
        """Grace notes take no time, but their accidentals hold."""
        for note in _ONE_NOTE.finditer(sign):
            if note[1]:
                self._head(note, Fraction(1))

    def _plus(self, sign: str) -> None:
        """Old signs: a chord (``+CE+``), else a decoration (``+trill+``)."""
        inner, length = sign[1:].rsplit("+", 1)
        if re.fullmatch(rf"(?:{_NOTE})+", inner) and not _FORTE.fullmatch(inner):
            self._chord(inner, length)

    def _text(self, sign: str) -> None:
        """Take a text over the music for a chord symbol if it begins with a tone, or says that there is none."""
        name = chord_name(sign)
        if name:
            self._voice().mark(name)

    def _ending(self, sign: str) -> None:
        passes: set[int] = set()
        for first, last in re.findall(r"(\d+)(?:-(\d+))?", sign):
            end = int(last or first)
            if end > MOST_PASSES:
                raise FormatError(f"has an ending for pass {last or first}; use 1..{MOST_PASSES}")
            passes.update(range(int(first), end + 1))
        self._voice().ending(frozenset(passes))

    def _tuplet(self, sign: str) -> None:
        # (p:q:r plays p notes in the time of q for the next r; q is usually given by p, and for 5, 7
        # and 9 by the meter: 3 in compound meters, else 2
        numbers = [int(text or 0) for text in sign[1:].split(":")]
        written, time, count = (*numbers, 0, 0)[:3]
        meter = self._voice().meter or COMMON_TIME
        by_meter = 3 if meter.beat_quarters.numerator == 3 else 2
        usual = {2: 3, 3: 2, 4: 3, 6: 2, 8: 3}.get(written, by_meter)
        self._voice().tuplet(written, time or usual, count or written)

    def _other(self, sign: str) -> None:
        self._unknown += sign if len(self._unknown) < 20 else ""

    # -- the whole ---------------------------------------------------------------------

    def _build(self, repeats: str) -> tuple[Score, tuple[str, ...]]:
        # a voice that is named and never plays is no part
        voices = [
            voice for voice in self._voices.values() if not all(bar.is_empty for bar in voice.bars)
        ]
        measures = label_endings(join_voices(voices, self._problems))
        parts = [Part((), voice.program, voice.is_drum, voice.name) for voice in voices]
        order = expand_repeats(measures, repeats, sections_repeat=True)
        counts = [measure.note_count for measure in measures]
        notes = sum(counts[i] for i in order)
        if notes > self._limits.notes:
            raise self._limits.refusal("", "notes", notes)
        score, problems = build_score(measures, order, parts)
        bent = sum(voice.bent for voice in voices)
        if bent:
            problems += (
                f"{bent} notes between the keys, or out of the range of MIDI, were moved to the nearest",
            )
        return check_score(score, "", self._limits), (*self._problems, *problems)


def _unit(text: str) -> Fraction:
    """Read an ``L:`` field as quarters."""
    found = re.match(r"(\d+)(?:\s*/\s*(\d+))?", text)
    if not found or not int(found[1]) or not int(found[2] or 1):
        raise FormatError(f"has the unit length {text[:20]!r}; write it like 1/8")
    return Fraction(4 * int(found[1]), int(found[2] or 1))


def _usual_unit(meter: Meter | None) -> Fraction:
    """Quarters of a note without a length where no ``L:`` field says it."""
    return Fraction(1, 4) if meter is not None and meter.quarters < 3 else Fraction(1, 2)


def _is_field(line: str) -> bool:
    return line.startswith("%") or FIELD.match(line) is not None
