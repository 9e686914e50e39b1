"""A score as ABC 2.1.

Each part is a voice (``V:``), each bar a row of notes; what sounds beside the first line of a voice is an
overlay (``&``) of its bar. Notes are tied over bar lines, tuplets are bracketed, beams follow the beats.
Times that no note values and tuplets add up to are moved to the nearest that some do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from symgen.formats.abc.pitches import PitchWriter, key_field
from symgen.formats.abc.placing import AbcBar, abc_bars, strikes_of
from symgen.formats.abc.signs import LineCursor, Sign, on_grid, signs_in
from symgen.formats.values import Stem, beams, shortest_bpm
from symgen.music.meter import Meter
from symgen.music.score import KeyChange, Part, Score

__all__ = ["write_abc"]

_BARS_A_LINE = 4
_LONGEST_LINE = 100
_LOW = 57
"""Voices that lie lower on average have a bass clef."""
_EIGHTH, _SIXTEENTH = Fraction(1, 2), Fraction(1, 4)

Lyrics = Mapping[Fraction, str]


def write_abc(score: Score, lyrics: Sequence[Mapping[int, str]] = ()) -> bytes:
    """Write a score; `lyrics` are the syllables of each part by the tick of their note."""
    timed = [
        {Fraction(tick, score.resolution): word for tick, word in words.items()} for words in lyrics
    ]
    return (_Writer(score).text(timed) + "\n").encode()


class _Writer:
    """Writes one score."""

    def __init__(self, score: Score) -> None:
        self._score = score = on_grid(score)
        self._bars = abc_bars(score)
        self._unit = _unit_of(score)
        self._keys = _keys_of(score, self._bars)
        pitched = (number for number, part in enumerate(score.parts) if not part.is_drum)
        self._led = next(pitched, 0)

    def text(self, lyrics: Sequence[Lyrics]) -> str:
        """Return the whole tune."""
        score, first = self._score, self._bars[0]
        lines = ["%abc-2.1", "X:1", f"T:{_plain(score.title)}".rstrip(), f"M:{first.meter}"]
        lines.append(f"L:{'1/8' if self._unit == _EIGHTH else '1/16'}")
        lines.append(f"Q:{_tempo(score.tempos[0].bpm, first.meter)}")
        lines.append(f"K:{key_field(self._keys[0])}")
        for number, part in enumerate(score.parts or (Part(),)):
            lines += self._head(part, number)
            lines += self._music(part, number, lyrics[number] if number < len(lyrics) else {})
        return "\n".join(lines)

    def _head(self, part: Part, number: int) -> Iterator[str]:
        """Yield the fields that open a voice."""
        clef = _clef(part)
        several = len(self._score.parts) > 1
        if several or part.name or clef != "treble":
            name = f' name="{_plain(part.name)}"' if part.name else ""
            yield f"V:{number + 1}{name} clef={clef}"
        if part.is_drum:
            yield "%%MIDI channel 10"
        if part.program or several:
            yield f"%%MIDI program {part.program}"

    # -- bars --------------------------------------------------------------------------

    def _music(self, part: Part, number: int, lyrics: Lyrics) -> list[str]:
        """Return the lines of a voice, each with the words below it."""
        voice = _VoiceWriter(part, self._score, self._unit)
        changes = self._changes(with_tempo=not number)
        chords = self._chords() if number == self._led else []
        lines: list[str] = []
        music, words, count = "", list[str](), 0
        for place, bar in enumerate(self._bars):
            fields = self._fields(place)
            key = self._keys[place]
            inside = [(at, text) for at, text in changes if bar.start <= at < bar.end]
            over = [(at, text) for at, text in chords if bar.start <= at < bar.end]
            written, sung = voice.bar(bar, key.sharps if key else 0, (inside, over), lyrics)
            is_last = place == len(self._bars) - 1
            text = f"{fields}{written} {'|]' if is_last else '|'}"
            if music and (count == _BARS_A_LINE or len(music) + len(text) > _LONGEST_LINE):
                lines += _with_words(music, words)
                music, words, count = "", [], 0
            music = f"{music} {text}" if music else text
            words, count = [*words, *sung], count + 1
        return [*lines, *_with_words(music, words)]

    def _fields(self, place: int) -> str:
        """Return the changes of meter and key with which a bar opens."""
        if not place:
            return ""
        meter, key = self._bars[place].meter, self._keys[place]
        new_meter = f"[M:{meter}] " if meter != self._bars[place - 1].meter else ""
        new_key = f"[K:{key_field(key)}] " if key != self._keys[place - 1] else ""
        return new_meter + new_key

    def _changes(self, *, with_tempo: bool) -> list[tuple[Fraction, str]]:
        """Return the tempos behind the first, as they are written into a voice."""
        tempos = self._score.tempos[1:] if with_tempo else ()
        unit = self._score.resolution
        meter = self._bars[0].meter
        return [(Fraction(t.tick, unit), f"[Q:{_tempo(t.bpm, meter)}]") for t in tempos]

    def _chords(self) -> list[tuple[Fraction, str]]:
        """Return the chord symbols, each on the beat or part of one that is nearest."""
        unit = self._score.resolution
        found = []
        for chord in self._score.chords:
            time = Fraction(round(Fraction(4 * chord.tick, unit)), 4)
            name = chord.name.replace('"', "'").replace("♯", "#").replace("♭", "b")
            found.append((time, f'"{name}"'))
        return found


class _VoiceWriter:
    """Writes the bars of one part."""

    def __init__(self, part: Part, score: Score, unit: Fraction) -> None:
        lines = strikes_of(part.notes, score.resolution)
        self._lines = [LineCursor(line) for line in lines]
        self._unit, self._pen = unit, PitchWriter()

    def bar(
        self,
        bar: AbcBar,
        sharps: int,
        marks: tuple[Sequence[tuple[Fraction, str]], Sequence[tuple[Fraction, str]]],
        lyrics: Lyrics,
    ) -> tuple[str, list[str]]:
        """Return the music of a bar, and what is sung to its first line."""
        # what is marked there (fields, chord symbols): a chord divides the note that it falls into,
        # a tempo waits for the next one
        fields, chords = marks
        self._pen.open_bar(sharps)
        cuts = [at for at, _ in chords]
        inside = [line.within(bar) for line in self._lines]
        count = max([1, *(place + 1 for place, strikes in enumerate(inside) if strikes)])
        first = signs_in(inside[0], bar, cuts)
        texts = [self._line(first, bar, [*fields, *chords])]
        for strikes in inside[1:count]:
            self._pen.open_line()
            texts.append(self._line(signs_in(strikes, bar, []), bar, [], rest="x"))
        return " & ".join(texts), _sung(first, lyrics)

    def _line(
        self,
        signs: Sequence[Sign],
        bar: AbcBar,
        marks: Sequence[tuple[Fraction, str]],
        rest: str = "z",
    ) -> str:
        tuplets, joined = _tuplets(signs), _beamed(signs, bar)
        waiting = sorted(marks, key=lambda mark: mark[0])
        text = ""
        for place, sign in enumerate(signs):
            space = " " if text and not joined[place] else ""
            text += space
            while waiting and waiting[0][0] <= sign.onset:
                text += waiting.pop(0)[1]
            text += tuplets[place] + self._note(sign, rest)
        return text + "".join(mark for _, mark in waiting)

    def _note(self, sign: Sign, rest: str) -> str:
        actual, normal = sign.ratio
        length = _length(sign.length * actual / normal / self._unit)
        names = "".join(map(self._pen.write, sign.pitches)) or rest
        if len(sign.pitches) > 1:
            names = f"[{names}]"
        return names + length + "-" * sign.tied_on


# -- tuplets and beams ----------------------------------------------------------------


def _tuplets(signs: Sequence[Sign]) -> list[str]:
    """Return the mark of a tuplet for the first sign of each, else an empty text."""
    found = [""] * len(signs)
    first = 0
    while first < len(signs):
        actual, normal = ratio = signs[first].ratio
        end, total, unit = first, Fraction(0), signs[first].length
        while end < len(signs) and signs[end].ratio == ratio:
            total, unit = total + signs[end].length, min(unit, signs[end].length)
            end += 1
            if end - first > 1 and total % (unit * actual) == 0:
                break
        if ratio != (1, 1):
            count = end - first
            found[first] = "(3" if (*ratio, count) == (3, 2, 3) else f"({actual}:{normal}:{count}"
        first = end
    return found


def _beamed(signs: Sequence[Sign], bar: AbcBar) -> list[bool]:
    """Tell of each sign whether it is beamed to the one before."""
    lead = bar.meter.quarters - (bar.end - bar.start) if bar.number == 0 else Fraction(0)
    stems = [
        Stem(
            sign.onset - bar.start + lead,
            sign.length,
            sign.value.name if sign.value else "",
            not sign.pitches,
            sign.ratio,
        )
        for sign in signs
    ]
    marks = beams(stems, bar.meter.beat_quarters)
    return [mark[:1] in (("continue",), ("end",)) for mark in marks]


def _length(units: Fraction) -> str:
    if units == Fraction(1, 2):
        return "/"
    above = "" if units.numerator == 1 else str(units.numerator)
    return above if units.denominator == 1 else f"{above}/{units.denominator}"


# -- words -----------------------------------------------------------------------------

_WORD_SIGNS = re.compile(r"[-_*|~\\%]")


def _sung(signs: Sequence[Sign], lyrics: Lyrics) -> list[str]:
    """Return what is sung to each note: a syllable, more of the one before, or nothing."""
    if not lyrics:
        return []
    found = []
    for sign in signs:
        if not sign.pitches:
            continue
        word = lyrics.get(sign.onset, "")
        goes_on = word.endswith("-")
        plain = _WORD_SIGNS.sub("", word).strip().replace(" ", "~")
        found.append("_" if sign.tied_in else (plain or "*") + "-" * (goes_on and bool(plain)))
    return found


def _with_words(music: str, words: Sequence[str]) -> list[str]:
    if not any(word not in "*_" for word in words):
        return [music]
    return [music, f"w:{' '.join(words)}"]


# -- fields ----------------------------------------------------------------------------


def _plain(text: str) -> str:
    """Return a text in which nothing has a meaning of its own."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%")
    return escaped.replace("&", "\\&").replace('"', "&quot;")


def _tempo(bpm: float, meter: Meter) -> str:
    """Return a tempo in quarters a minute, in dotted ones where the meter goes by them and the number is whole."""
    dotted = round(bpm / 1.5)
    if meter.beat_quarters == Fraction(3, 2) and round(6e7 / (1.5 * dotted)) == round(6e7 / bpm):
        return f"3/8={dotted}"
    return f"1/4={shortest_bpm(bpm)}"


def _unit_of(score: Score) -> Fraction:
    """Return an eighth, or a sixteenth where most notes are shorter than an eighth."""
    half = score.resolution // 2
    lengths = [note.duration for part in score.parts for note in part.notes]
    short = sum(length < half for length in lengths)
    return _SIXTEENTH if 2 * short > len(lengths) else _EIGHTH


def _keys_of(score: Score, bars: Sequence[AbcBar]) -> list[KeyChange | None]:
    """Return the key that each bar has from its bar line on."""
    found: list[KeyChange | None] = []
    for bar in bars:
        before = [k for k in score.keys if Fraction(k.tick, score.resolution) <= bar.start]
        found.append(before[-1] if before else None)
    return found


def _clef(part: Part) -> str:
    if part.is_drum:
        return "perc"
    mean = sum(note.pitch for note in part.notes) / max(1, len(part.notes))
    return "bass" if part.notes and mean < _LOW else "treble"
