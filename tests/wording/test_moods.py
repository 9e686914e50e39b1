"""Moods: what they add, what stays as it is given, and how they fit other pieces; lengths in seconds."""

from __future__ import annotations

from typing import Any

import pytest

import symgen
from symgen.cli.settings import _OWN, _load
from symgen.nets.models import choose_model, usual_meter, writes_melodies
from symgen.system.errors import ControlError
from symgen.wording.moods import MOODS, add_mood
from symgen.wording.reading import Reading, read_sentence, with_defaults

MELODY = ("tempo", "key", "density", "range")


def added(mood: str, given: dict[str, Any], around: dict[str, Any] | None = None) -> Any:
    return with_defaults(Reading({}, mood), given, around)


@pytest.mark.parametrize("name", MOODS)
def test_a_mood_is_made_of_legal_controls(name: str) -> None:
    mood = MOODS[name]
    controls = symgen.Controls(
        tempo=mood.tempo, key=mood.key, density=mood.density, range=mood.range
    )
    assert controls == symgen.read_controls(name)


def test_moods_differ_as_they_are_described() -> None:
    tempo = {name: mood.tempo for name, mood in MOODS.items()}
    assert tempo["sad"] < tempo["calm"] < tempo["epic"] < tempo["happy"] < tempo["tense"]
    major = {name for name, mood in MOODS.items() if "major" in mood.key}
    assert major == {"happy", "calm"}


@pytest.mark.parametrize("name", ["happy", "sad"])
def test_the_presets_of_the_same_names_agree(name: str) -> None:
    preset, mood = _load(_OWN / f"{name}.toml"), MOODS[name]
    stated = {each: preset[each] for each in MELODY if each in preset}
    assert stated == {each: getattr(mood, each) for each in stated}
    assert {"tempo", "key", "range"} <= set(stated)


def test_what_is_given_stays() -> None:
    values, told = added("happy", {"key": "A minor", "tempo": 90.0, "range": "C4-C5"})
    assert values == {"density": "4-10"}
    assert told == [
        "tempo 90 stays, where the mood happy asks for 132",
        "key A minor stays, where the mood happy asks for a major key",
        "range C4-C5 stays, where the mood happy asks for D4-B5",
    ]
    assert added("happy", {"key": "G"})[1] == []
    assert added("sad", {"key": "D dorian", "tempo": 66.0})[1] == []


def test_a_mood_fits_the_piece() -> None:
    """Density and register are for a melody, in proportion to its bars and within its instrument."""
    assert set(added("sad", {"style": "chorale"})[0]) == {"tempo", "key"}
    assert set(added("sad", {"instruments": "flute,oboe"})[0]) == {"tempo", "key"}
    assert set(added("sad", {}, {"model": "chamber"})[0]) == {"tempo", "key"}
    assert added("sad", {"meter": "2/4"})[0]["density"] == "1-3"
    assert added("happy", {"meter": "4x4/4,2x3/4"})[0]["density"] == "4-10"
    assert added("happy", {"instrument": "cello"})[0]["range"] == "D3-B4"
    assert added("sad", {"instrument": "flute"})[0]["range"] == "E4-C6"
    assert "density" not in added("happy", {"grid": "1/4"})[0]
    assert "key" not in added("happy", {"chords": "Am Dm"})[0]


def test_a_mood_goes_before_a_preset() -> None:
    values, told = added("sad", {}, {"key": "G major", "tempo": 150.0})
    assert (values["key"], values["tempo"], told) == ("A minor", 66, [])


def test_an_unknown_mood_is_refused() -> None:
    with pytest.raises(
        ControlError, match=r"mood 'hapy' \(did you mean happy\?\): use one of happy, sad"
    ):
        add_mood("hapy", {}, {}, for_melody=True)
    with pytest.raises(ControlError, match="mood: sad and happy; say one of them"):
        read_sentence("sad").in_mood("happy")
    assert read_sentence("sad").in_mood("sad").mood == "sad"


@pytest.mark.parametrize(
    ("sentence", "given", "length"),
    [
        ("1 minute", {}, {"meter": "4/4", "tempo": 120.0, "bars": 30}),
        ("1 minute, 60 bpm", {}, {"meter": "4/4", "tempo": 60.0, "bars": 15}),
        ("jig, 1 minute", {}, {"meter": "6/8", "tempo": 180.0, "bars": 60}),
        ("1 minute in 3/4", {"tempo": 90.0}, {"meter": "3/4", "tempo": 90.0, "bars": 30}),
        ("1 minute, AABB", {}, {"meter": "4/4", "tempo": 120.0, "bars": 32}),
        ("1 second, 4 bpm", {}, {"meter": "4/4", "tempo": 4.0, "bars": 1}),
        ("1 minute", {"bars": 8}, {}),
    ],
)
def test_seconds_become_bars(sentence: str, given: dict[str, Any], length: dict[str, Any]) -> None:
    values, _ = with_defaults(read_sentence(sentence), given)
    assert {**given, **values} == {**values, **given, **length}


def test_a_length_beside_runs_of_meters_is_refused() -> None:
    with pytest.raises(ControlError, match="meter 8x4/4,8x3/4: tells how many bars"):
        with_defaults(read_sentence("1 minute"), {"meter": "8x4/4,8x3/4"})
    with pytest.raises(ControlError, match="bars"):
        symgen.read_controls("999 minutes")


def test_several_instruments_lead_to_a_model_of_several_parts() -> None:
    assert choose_model(style="march") == "folk"
    assert choose_model(style="march", programs=(73, 42)) == "piano"
    assert choose_model(style="jig", programs=(73, 42)) == "folk"


def test_what_models_say_of_themselves() -> None:
    assert writes_melodies("folk")
    assert not writes_melodies("piano")
    assert usual_meter("folk", "jig") == "6/8"
    assert usual_meter("folk", None) is None
    assert usual_meter("folk", "nothing") is None


@pytest.mark.long
@pytest.mark.parametrize("style", ["", *symgen.styles()["folk"]])
@pytest.mark.parametrize("mood", MOODS)
def test_every_mood_goes_with_every_style_of_melodies(mood: str, style: str) -> None:
    controls = symgen.read_controls(f"{mood} {style}, 4 bars")
    tune = symgen.generate(controls, seed=1)
    assert all(check.met for check in tune.checks if check.name != "key")
