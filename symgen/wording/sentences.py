"""A sentence such as ``lo-fi in A minor, 80 bpm, 16 bars``, read word by word into what it asks for."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from symgen.music.control_table import MOST_PARTS
from symgen.music.theory import MODES, Chord, Key
from symgen.system.errors import ControlError
from symgen.system.text import did_you_mean, one_line
from symgen.wording.lexicon import FILLERS, NUMBERS, UNITS, Ask, instruments, known_phrases

__all__ = ["read_asks"]

_MOST_SIGNS = 500
_MOST_WORDS = 5  # of one phrase
_MOST_TOLD = 5  # of what is not understood

_APART = re.compile(r"[\s,;!?()\[\]{}\"&+]+")
# Quotes and dashes of all kinds are read as the plain ones.
_SAME = {
    **dict.fromkeys(map(ord, "\u2018\u2019"), "'"),
    **dict.fromkeys(map(ord, "\u201c\u201d\u00ab\u00bb=\u2014"), " "),
    **dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013"), "-"),
}
_COUNTED = re.compile(r"(\d+(?:\.\d+)?)-?([A-Za-z]+)")
_KEY = re.compile(r"([A-Ga-g])([#♯b♭]|[ -](?:sharp|flat))?[ -]?([A-Za-z ]*)")
_MODE_WORDS = frozenset((*MODES, "min", "maj", "ionian", "aeolian"))
_KEY_WORDS = ("in", "key", "of", "to")
_FORM = re.compile(r"[A-H](?:[A-H]'?)+")
_WHITE_TONICS = {
    "major": "C", "dorian": "D", "phrygian": "E", "lydian": "F", "mixolydian": "G", "minor": "A", "locrian": "B",
}  # fmt: skip
"""A mode alone is taken on the white keys."""


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of a sentence, seen from one of them."""

    all: Sequence[str]
    place: int = 0

    def at(self, offset: int, count: int = 1) -> str:
        """Return some words as one text; empty beyond both ends."""
        first = self.place + offset
        return " ".join(self.all[first : first + count]) if first >= 0 else ""

    @property
    def before(self) -> str:
        """The word before, in small letters."""
        return self.at(-1).lower()

    @property
    def left(self) -> int:
        """How many words there are from here on."""
        return len(self.all) - self.place


# So many words are understood, and what they ask for.
_Found = tuple[int, tuple[Ask, ...]]


def read_asks(sentence: str) -> list[Ask]:
    """Return what a sentence asks for, in its order; refuse it in one line if a word of it is not known."""
    words = _split(sentence)
    asks: list[Ask] = []
    unknown: list[str] = []
    place = 0
    while place < len(words):
        here = _Words(words, place)
        count, found = next(filter(None, (rule(here) for rule in _RULES)), (0, ()))
        if not count:
            count = 1
            if here.at(0).lower() not in FILLERS:
                unknown.append(here.at(0))
        asks += found
        place += count
    if unknown:
        raise ControlError(_not_known(unknown))
    return asks


def _split(sentence: str) -> list[str]:
    """Return the words of a sentence, without the signs between them."""
    if len(sentence) > _MOST_SIGNS:
        raise ControlError(
            f"sentence {one_line(sentence, 30)!r} ...: longer than {_MOST_SIGNS} signs; say it shorter"
        )
    text = unicodedata.normalize("NFKC", sentence).translate(_SAME)
    words = [_bare(word) for word in _APART.split(text)]
    apart = (_COUNTED.fullmatch(word) for word in words)
    parted = [
        found.groups() if found else (word,) for word, found in zip(words, apart, strict=True)
    ]
    found_words = [word for group in parted for word in group if word]
    if not found_words:
        raise ControlError(
            "the sentence has no words; say what to write, such as 'jig in D, 16 bars'"
        )
    return found_words


def _bare(word: str) -> str:
    """Take off what stands around a word: stops, and quotes that are open at its front."""
    word = word.strip(".:")
    return word.strip("'") if word.startswith("'") else word


def _not_known(words: Sequence[str]) -> str:
    told = [f"{one_line(word, 30)!r}{_hint(word)}" for word in dict.fromkeys(words)]
    more = f" and {len(told) - _MOST_TOLD} more" if len(told) > _MOST_TOLD else ""
    return (
        f"not understood: {', '.join(told[:_MOST_TOLD])}{more}; say styles, moods, keys, tempos, meters, instruments, "
        "how many bars or minutes, a form, an ending; `symgen styles` lists styles"
    )


def _hint(word: str) -> str:
    if word.startswith("-"):
        return " (an option stands outside of the sentence)"
    if re.fullmatch(r"[\d.:]+", word) or word.lower() in NUMBERS:
        return f" (say what it counts: {word} bpm or {word} bars)"
    parts = (part for phrase in known_phrases() for part in (phrase, *phrase.split()))
    known = {*parts, *instruments(), *UNITS, *MODES} - {word.lower()}
    return did_you_mean(word, sorted(known))


# -- rules: each reads what begins at a word, or nothing -----------------------------------


def _amount(words: _Words) -> _Found | None:
    """Read ``16 bars``, ``80 bpm``, ``two minutes``, ``1:30``, ``tempo 80``."""
    text = words.at(0).lower()
    clock = re.fullmatch(r"(\d{1,3}):([0-5]\d)", text)
    if clock:
        unit = int(words.at(1).lower() in UNITS)
        return 1 + unit, (Ask("seconds", float(60 * int(clock[1]) + int(clock[2]))),)
    if text in ("half", "quarter") and words.at(1, 2).lower() == "a minute":
        return 3, (Ask("seconds", 30.0 if text == "half" else 15.0),)
    number = _number(text)
    if number is not None:
        for count in (3, 1):
            unit_name = words.at(1, count).lower()
            if unit_name in UNITS:
                name, factor = UNITS[unit_name]
                return 1 + count, (Ask(name, number * factor),)
        return None
    behind = _number(words.at(1))
    if (
        text in ("tempo", "bpm", "bars", "♩")
        and behind is not None
        and words.at(2).lower() not in UNITS
    ):
        return 2, (Ask("bars" if text == "bars" else "tempo", behind),)
    return None


def _number(text: str) -> float | None:
    if re.fullmatch(r"\d{1,6}(\.\d{1,3})?", text):
        return float(text)
    number = NUMBERS.get(text.lower())
    return None if number is None else float(number)


def _meter(words: _Words) -> _Found | None:
    """Read ``3/4``."""
    text = words.at(0)
    return (1, (Ask("meter", text),)) if re.fullmatch(r"\d{1,3}/\d{1,3}", text) else None


def _chords(words: _Words) -> _Found | None:
    """Read ``chords C G Am F``, or ``over C-G-Am-F``."""
    word = words.at(0).lower()
    if word not in ("chords", "over", "progression"):
        return None
    count, chords = 1, list[str]()
    while count < words.left:
        symbols = [part for part in words.at(count).split("-") if part]
        if not symbols or not all(map(_is_chord, symbols)):
            break
        chords += symbols
        count += 1
    return (count, (Ask("chords", " ".join(chords)),)) if chords else None


def _is_chord(text: str) -> bool:
    try:
        Chord.parse(text)
    except ControlError:
        return False
    return text[:1].isupper()


def _form(words: _Words) -> _Found | None:
    """Read ``AABA``, alone or after ``form``; letters of one section only after it."""
    text = words.at(0)
    is_told = words.before == "form" or words.at(1).lower() == "form"
    if not _FORM.fullmatch(text):
        return None
    letters = text.replace("'", "")
    # Alone it must look like a form: sections return, and the first is called A.
    looks_so = len(letters) >= 3 and letters[0] == "A" and len(set(letters)) < len(letters)
    return (1, (Ask("form", text),)) if is_told or looks_so else None


def _key(words: _Words) -> _Found | None:
    """Read ``A minor``, ``F#m``, ``b flat dorian``, ``in D``; and a mode alone, as in ``a minor key``."""
    if words.at(0) == "a" and words.at(1).lower() in MODES and words.at(2).lower() == "key":
        return None  # an article; the mode is read next
    for count in (4, 3, 2, 1):
        text = words.at(0, count)
        if count <= words.left and (key := _key_named(text, words, is_last=count == words.left)):
            return count, (Ask("key", str(key)),)
    for count in (2, 1):
        mode = words.at(0, count).lower()
        if mode in MODES and mode not in ("blues", "whole tone"):
            tonic = _WHITE_TONICS.get(mode, "C" if 4 in MODES[mode] else "A")
            return count, (Ask("key", f"{tonic} {mode}", is_vague=True),)
    return None


def _key_named(text: str, words: _Words, *, is_last: bool) -> Key | None:
    found = _KEY.fullmatch(text)
    if not found:
        return None
    letter, sign, mode = found[1], (found[2] or "").strip(" -"), found[3].strip()
    is_led = words.before in _KEY_WORDS
    if mode in ("", "m"):
        # A letter alone may be an article, or a slip of the finger.
        is_word = text == "A" or (letter.islower() and sign in ("", "b"))
        is_meant = not is_word or (is_led and (is_last or text != "a"))
    else:
        is_blues = mode.lower() == "blues" and letter in "aA"
        is_meant = mode.lower() in _MODE_WORDS and (is_led or not is_blues)
    if not is_meant:
        return None
    sign = {"sharp": "#", "flat": "b"}.get(sign, sign)
    return Key.parse(f"{letter}{sign} {mode.lower()}" if len(mode) > 1 else f"{letter}{sign}{mode}")


def _phrase(words: _Words) -> _Found | None:
    """Read what the lexicon knows and ``two violins``, the longest first."""
    number = _number(words.at(0))
    players = 1 if number is None or number != int(number) else min(int(number), MOST_PARTS + 1)
    first = 0 if number is None else 1
    for count in range(min(_MOST_WORDS, words.left), 0, -1):
        found = known_phrases().get(words.at(0, count).lower())
        if found:
            return count, found
        name = instruments().get(words.at(first, count).lower())
        if name and players:
            return first + count, (Ask("instrument", name),) * players
    return None


_RULES: tuple[Callable[[_Words], _Found | None], ...] = (
    _amount,
    _meter,
    _chords,
    _form,
    _key,
    _phrase,
)
