"""The words that sentences are made of, and what each of them asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Any

from symgen.music.actions import known_values
from symgen.music.instruments import instrument_names
from symgen.nets.models import known_styles

__all__ = [
    "FILLERS",
    "NUMBERS",
    "UNITS",
    "Ask",
    "instruments",
    "known_phrases",
    "nearest_style",
    "style_names",
]


@dataclass(frozen=True, slots=True)
class Ask:
    """One thing that is asked for; a vague one gives way to an exact one, such as ``slow`` to ``80 bpm``."""

    name: str
    value: Any
    is_vague: bool = False


# Words people use for styles, each with those that come nearest; the first one that is known is taken.
_BROAD: Mapping[str, Sequence[str]] = {
    "pop": ("pop-ballad", "popular"), "pop song": ("pop-ballad", "popular"),
    "pop music": ("pop-ballad", "popular"), "ballad": ("pop-ballad", "popular"),
    "pop tune": ("popular",), "popular song": ("popular",), "tin pan alley": ("popular",), "art song": ("lied",),
    "soft rock": ("pop-ballad",), "rock and roll": ("rock",), "rock'n'roll": ("rock",), "hard rock": ("rock",),
    "indie": ("rock",), "punk": ("rock",), "dance music": ("disco",), "house": ("disco",), "soul": ("funk",),
    "funky": ("funk",), "ska": ("reggae",), "dub": ("reggae",), "bossa nova": ("bossa",), "latin": ("bossa",),
    "jazz": ("swing",), "jazzy": ("swing",), "big band": ("swing",), "blues": ("blues-shuffle",),
    "bluesy": ("blues-shuffle",), "shuffle": ("blues-shuffle",), "bluegrass": ("country",), "western": ("country",),
    "lo fi": ("lo-fi",), "lofi": ("lo-fi",), "chill": ("lo-fi",), "chillhop": ("lo-fi",), "hip hop": ("lo-fi",),
    "hip-hop": ("lo-fi",), "film music": ("film",), "film score": ("film",), "movie": ("film",),
    "cinematic": ("film",), "soundtrack": ("film",), "folk": ("air",), "celtic": ("air",), "irish": ("reel",),
    "church": ("hymn",), "choral": ("chorale",), "orchestral": ("symphony",), "chamber music": ("quartet",),
}  # fmt: skip
# Said of any piece, though a model has a style of that name.
_ANY_PIECE = ("song",)

_MOOD_WORDS: Mapping[str, Sequence[str]] = {
    "happy": ("cheerful", "joyful", "merry", "bright", "upbeat", "playful"),
    "sad": ("melancholy", "melancholic", "sorrowful", "mournful", "gloomy", "blue"),
    "calm": ("peaceful", "relaxed", "relaxing", "gentle", "quiet", "tranquil", "dreamy"),
    "tense": ("nervous", "scary", "anxious", "suspenseful", "threatening"),
    "epic": ("heroic", "triumphant", "majestic", "grand"),
}

_TEMPOS: Mapping[int, Sequence[str]] = {
    40: ("grave",), 50: ("largo", "very slow"), 54: ("lento",), 60: ("larghetto",),
    66: ("slow", "slowly"), 70: ("adagio",), 84: ("andante", "walking pace"), 92: ("andantino",),
    100: ("medium tempo", "mid-tempo", "medium"), 108: ("moderato", "moderate"), 116: ("allegretto",),
    132: ("allegro",), 144: ("fast", "quick", "quickly", "lively", "up-tempo", "uptempo"), 160: ("vivace",),
    176: ("very fast", "very quick"), 184: ("presto",), 200: ("prestissimo",),
}  # fmt: skip

_METERS: Mapping[str, Sequence[str]] = {
    "3/4": ("waltz time", "three four", "three-four"), "4/4": ("common time", "four four", "four-four"),
    "2/2": ("cut time", "alla breve"), "6/8": ("six eight", "six-eight"), "2/4": ("two four", "two-four"),
}  # fmt: skip

_ENDINGS: Mapping[bool, Sequence[str]] = {
    True: ("with an ending", "with ending", "an ending", "ending", "with an end", "that ends", "with a close"),
    False: ("without an ending", "without ending", "no ending", "with no ending", "with an open end", "open end"),
}  # fmt: skip

_QUARTET = ("violin", "violin", "viola", "cello")

NUMBERS: Mapping[str, int] = {
    "a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "twelve": 12, "sixteen": 16, "twenty": 20, "twenty-four": 24, "thirty": 30, "thirty-two": 32,
    "forty": 40, "sixty": 60, "sixty-four": 64,
}  # fmt: skip

UNITS: Mapping[str, tuple[str, float]] = {
    **dict.fromkeys(("bars", "bar", "measures", "measure"), ("bars", 1.0)),
    **dict.fromkeys(("bpm", "beats per minute", "beats a minute"), ("tempo", 1.0)),
    **dict.fromkeys(("minutes", "minute", "mins", "min"), ("seconds", 60.0)),
    **dict.fromkeys(("seconds", "second", "secs", "sec", "s"), ("seconds", 1.0)),
}
"""What may be counted, and by what its number is multiplied."""

FILLERS = frozenset(
    (
        "a", "about", "an", "and", "around", "as", "at", "be", "by", "compose", "create", "feel", "feeling", "for",
        "form", "from", "generate", "give", "in", "instrument", "instruments", "is", "it", "it's", "key", "lasting",
        "length", "like", "long", "make", "me", "melody", "meter", "metre", "mood", "music", "my", "of", "on", "piece",
        "pieces", "play", "played", "playing", "plays", "please", "should", "solo", "some", "something", "song",
        "sounding", "style", "styled", "tempo", "that", "the", "time", "to", "tune", "with", "write",
    )
)  # fmt: skip
"""Words that ask for nothing."""


def nearest_style(word: str, *, of_tunes: bool = False) -> str | None:
    """Return the style that is meant by a word that people use, such as ``pop``; none for a style itself."""
    # `of_tunes`: of the styles in which a tune can go on, which those of full songs are not.
    names = sorted(chain.from_iterable(known_styles().values())) if of_tunes else style_names()
    nearest = () if word in names else _BROAD.get(word.lower().strip(), ())
    return next((name for name in nearest if name in names), None)


def style_names() -> list[str]:
    """Return the styles that new pieces may have, those of songs among them."""
    return known_values("styles")


@cache
def known_phrases() -> Mapping[str, tuple[Ask, ...]]:
    """Return every word or group of words that asks for something, but for numbers, keys and instruments."""
    return dict(_phrases())


def _phrases() -> Iterator[tuple[str, tuple[Ask, ...]]]:
    # What comes later wins: a style that is called as a word of ours goes before it.
    for mood, words in _MOOD_WORDS.items():
        for word in (mood, *words):
            yield word, (Ask("mood", mood),)
    for tempo, words in _TEMPOS.items():
        for word in words:
            yield word, (Ask("tempo", float(tempo), is_vague=True),)
    for meter, words in _METERS.items():
        for word in words:
            yield word, (Ask("meter", meter),)
    for ends, words in _ENDINGS.items():
        for word in words:
            yield word, (Ask("end", ends),)
    yield "swung", (Ask("swing", 0.67),)
    yield from _style_phrases()
    yield (
        "string quartet",
        (Ask("style", "quartet"), *(Ask("instrument", each) for each in _QUARTET)),
    )


def _style_phrases() -> Iterator[tuple[str, tuple[Ask, ...]]]:
    names = style_names()
    for word in _BROAD:
        if found := nearest_style(word):
            yield word, (Ask("style", found, is_vague=True),)
    for period in known_values("periods"):
        yield period, (Ask("period", period),)
    for name in names:
        if name not in _ANY_PIECE:
            meter = (Ask("meter", "3/4", is_vague=True),) if name == "waltz" else ()
            yield from ((word, (Ask("style", name), *meter)) for word in _written(name))


def _written(name: str) -> Iterator[str]:
    """Yield how a style is written: as it is called, with or without hyphens, one or many."""
    for word in dict.fromkeys((name, name.replace("-", " "))):
        yield from (word, f"{word}s")


@cache
def instruments() -> Mapping[str, str]:
    """Return the names of instruments as they are said, one or many, and what each is called."""
    names = [name.lower() for name in instrument_names()]
    return {f"{name}s": name for name in names} | {name: name for name in names}
