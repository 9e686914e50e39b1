"""Sentences, word by word: what each asks for, what contradicts, what is not understood."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import symgen
from symgen.music.instruments import instrument_names
from symgen.nets.models import known_styles
from symgen.system.errors import ControlError
from symgen.wording import lexicon
from symgen.wording.lexicon import FILLERS, known_phrases, nearest_style
from symgen.wording.reading import read_sentence, with_defaults
from symgen.wording.sentences import read_asks

_FOUR = "violin,violin,viola,cello"


def read(sentence: str) -> dict[str, Any]:
    """What a sentence asks for, without what its mood and its length stand for."""
    reading = read_sentence(sentence)
    more = {"mood": reading.mood, "seconds": reading.seconds}
    return {**reading.values, **{name: value for name, value in more.items() if value}}


@pytest.mark.parametrize(
    ("sentence", "asked"),
    [
        ("jig in D, 16 bars", {"style": "jig", "key": "D major", "bars": 16}),
        ("A sad waltz, please.", {"mood": "sad", "style": "waltz", "meter": "3/4"}),
        ("waltz in 3/8", {"style": "waltz", "meter": "3/8"}),
        ("set dance", {"style": "set dance"}),
        ("slip jig", {"style": "slip jig"}),
        ("a song for me", {}),
        ("baroque", {"period": "baroque"}),
        ("80bpm", {"tempo": 80.0}),
        ("92.5 BPM", {"tempo": 92.5}),
        ("90 beats per minute", {"tempo": 90.0}),
        ("tempo=90", {"tempo": 90.0}),
        ("tempo 90 bpm", {"tempo": 90.0}),
        ("slow", {"tempo": 66.0}),
        ("very slow", {"tempo": 50.0}),
        ("slow, 80 bpm", {"tempo": 80.0}),
        ("80 bpm and 80 bpm", {"tempo": 80.0}),
        ("Andante", {"tempo": 84.0}),
        ("mid-tempo", {"tempo": 100.0}),
        ("in A", {"key": "A major"}),
        ("in a", {"key": "A major"}),
        ("in a minor", {"key": "A minor"}),
        ("in a minor key", {"key": "A minor"}),
        ("in a major key", {"key": "C major"}),
        ("minor", {"key": "A minor"}),
        ("dorian reel", {"key": "D dorian", "style": "reel"}),
        ("in F#m", {"key": "F# minor"}),
        ("F♯ minor", {"key": "F# minor"}),
        ("c sharp minor", {"key": "C# minor"}),
        ("b flat", {"key": "Bb major"}),
        ("B-flat major", {"key": "Bb major"}),
        ("in the key of e minor", {"key": "E minor"}),
        ("Key: G", {"key": "G major"}),
        ("E minor pentatonic", {"key": "E minor pentatonic"}),
        ("C blues", {"key": "C blues"}),
        ("3/4 time", {"meter": "3/4"}),
        ("waltz time", {"meter": "3/4"}),
        ("in six eight", {"meter": "6/8"}),
        ("16-bar reel", {"bars": 16, "style": "reel"}),
        ("sixteen measures", {"bars": 16}),
        ("bars 8", {"bars": 8}),
        ("two minutes", {"seconds": 120.0}),
        ("a minute", {"seconds": 60.0}),
        ("half a minute", {"seconds": 30.0}),
        ("1 minute and 30 seconds", {"seconds": 90.0}),
        ("1:30 minutes", {"seconds": 90.0}),
        ("45s", {"seconds": 45.0}),
        ("form ABAB", {"form": "ABAB"}),
        ("AABA, please", {"form": "AABA"}),
        ("AA\u2019BA form", {"form": "AA'BA"}),
        ("with an ending", {"end": True}),
        ("without an ending", {"end": False}),
        ("swung", {"swing": 0.67}),
        ("for flute", {"instrument": "flute"}),
        ("for flute and piano", {"instruments": "flute,piano"}),
        ("for flute & oboe + cello", {"instruments": "flute,oboe,cello"}),
        ("two violins and a cello", {"instruments": "violin,violin,cello"}),
        ("grand piano", {"instrument": "grand piano"}),
        ("for alto sax", {"instrument": "alto sax"}),
        ("string quartet", {"style": "quartet", "instruments": _FOUR}),
        ("over C G Am F", {"chords": "C G Am F"}),
        ("chords: C-G-Am-F, 8 bars", {"chords": "C G Am F", "bars": 8}),
        ("\u00abcheerful\u00bb \u2018reel\u2019", {"mood": "happy", "style": "reel"}),
        ("folk waltz", {"style": "waltz", "meter": "3/4"}),
        ("something calm\nand\tgentle", {"mood": "calm"}),
    ],
)
def test_what_a_sentence_asks_for(sentence: str, asked: dict[str, Any]) -> None:
    assert read(sentence) == asked


@pytest.mark.parametrize(
    ("sentence", "told"),
    [
        ("80 bpm, 120 bpm", "tempo: 80 and 120; say one of them"),
        ("slow and fast", "tempo: 66 and 144; say one of them"),
        ("in D, in G", "key: D major and G major; say one of them"),
        ("happy and sad", "mood: happy and sad; say one of them"),
        ("jig or reel", "not understood: 'or'"),
        ("jig, reel", "style: jig and reel; say one of them"),
        ("with an ending, without an ending", "end: True and False; say one of them"),
        ("16 bars, 2 minutes", "length: 16 bars and 120 seconds; say one of them"),
        ("16.5 bars", "bars 16.5: must be a whole number"),
        ("", "the sentence has no words"),
        (" , ; \n", "the sentence has no words"),
        ("\u200b", "not understood"),
        ("jigg", r"not understood: 'jigg' \(did you mean jig\?\)"),
        ("80", r"'80' \(say what it counts: 80 bpm or 80 bars\)"),
        ("jig --bars 8", r"'--bars' \(an option stands outside of the sentence\)"),
        ("two jigs", r"'two' \(say what it counts"),
        ("not sad", "not understood: 'not'"),
        ("tranquilo y dulce", "not understood: 'tranquilo'"),
        ("в ля миноре", "not understood: 'в', 'ля', 'миноре'"),
        ("\u266a\x1b[31m", "not understood"),
        ("x " * 200, "not understood: 'x';"),
        ("q w r t z u", "'q', 'w', 'r', 't', 'z' and 1 more;"),
        ("x" * 501, "longer than 500 signs; say it shorter"),
    ],
)
def test_what_is_refused(sentence: str, told: str) -> None:
    with pytest.raises(ControlError, match=told) as caught:
        read_sentence(sentence)
    assert str(caught.value).isprintable()


def is_readable(sentence: str) -> bool:
    """Whether a sentence is read; it is refused by an error of ours, or not at all."""
    try:
        read_sentence(sentence)
    except ControlError:
        return False
    return True


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(sentence: str) -> None:
    assert is_readable(sentence) in (True, False)


_PIECES = ("jig", "in D", "sad", "80 bpm", "16 bars", "for flute", "3/4", "form AABA", "an ending")


@given(st.permutations(_PIECES), st.sampled_from((", ", " ", "; ", " and ", " with ")))
def test_order_does_not_matter(words: list[str], sign: str) -> None:
    assert read(sign.join(words)) == read(", ".join(_PIECES))


def test_all_names_are_understood() -> None:
    names = {
        name
        for kind in ("styles", "periods")
        for each in known_styles(kind).values()
        for name in each
    }
    for name in {*names, *instrument_names()} - {"song"}:
        assert read_asks(name), name
    for phrase in known_phrases():
        assert read_asks(phrase), phrase
    assert not FILLERS & set(known_phrases())


def test_words_for_styles() -> None:
    assert nearest_style("folk") == "air"
    assert nearest_style("jig") is None
    assert nearest_style("nonsense") is None
    assert nearest_style("pop", of_tunes=True) == "popular"
    assert nearest_style("irish", of_tunes=True) == "reel"
    assert nearest_style("jazz", of_tunes=True) is None


@pytest.fixture
def bands(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Styles of songs with a band, whatever else is known."""
    names = ["pop-ballad", "blues-shuffle", "swing", "lo-fi", "film", "rock", "waltz"]
    monkeypatch.setattr(lexicon, "known_values", lambda kind: names if kind == "styles" else [])
    known_phrases.cache_clear()
    yield
    known_phrases.cache_clear()


@pytest.mark.parametrize(
    ("word", "style"),
    [
        ("pop", "pop-ballad"),
        ("Pop", "pop-ballad"),
        ("jazz", "swing"),
        ("blues", "blues-shuffle"),
        ("lofi", "lo-fi"),
        ("soundtrack", "film"),
        ("bossa nova", None),
        ("lo-fi", None),
    ],
)
def test_words_for_styles_of_bands(word: str, style: str | None, bands: None) -> None:
    assert nearest_style(word) == style


def test_songs_with_a_band(bands: None) -> None:
    lo_fi = {"style": "lo-fi", "key": "A minor", "tempo": 80.0, "bars": 16}
    assert read("lo-fi in A minor, 80 bpm, 16 bars") == lo_fi
    assert read("Lo Fi in Am at 80bpm, 16 measures") == lo_fi
    assert read("a blues in G") == {"style": "blues-shuffle", "key": "G major"}
    assert read("pop ballads") == {"style": "pop-ballad"}
    assert read("rock song form ABAB") == {"style": "rock", "form": "ABAB"}
    with pytest.raises(ControlError, match="style: rock and swing"):
        read("rock, swing")
    values, _ = with_defaults(read_sentence("sad rock"), {})
    assert set(values) == {"style", "tempo", "key"}


def test_controls_from_python() -> None:
    controls = symgen.read_controls("jig in D, 16 bars, for two flutes, with an ending")
    assert controls == symgen.Controls(
        style="jig", key="D", bars=16, instruments="flute,flute", end=True
    )
    assert symgen.read_controls("a song") == symgen.Controls()
    for wrong in (None, 3, b"jig", ["jig"]):
        with pytest.raises(ControlError, match="give text"):
            symgen.read_controls(wrong)  # type: ignore[arg-type]
    with pytest.raises(ControlError, match="bars 2000"):
        symgen.read_controls("2000 bars")
