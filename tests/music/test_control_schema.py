"""The controls as JSON Schema: what it accepts is accepted, and each legal value has a form in it."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

import symgen
from symgen.music.control_table import CONTROLS
from symgen.music.controls import Controls
from symgen.music.instruments import PROGRAMS
from symgen.music.theory import MODES, QUALITIES, Key
from symgen.system.errors import ControlError

SCHEMA = Controls.schema()
CHECK = jsonschema.Draft202012Validator(SCHEMA)
PARTS = SCHEMA["properties"]


def accepted(**values: Any) -> bool:
    return CHECK.is_valid(values)


def read(**values: Any) -> bool:
    try:
        Controls(**values)
    except ControlError:
        return False
    return True


def strategy(values: dict[str, Any]) -> st.SearchStrategy[Any]:
    """What a part of the schema allows, near its edges too."""
    if "anyOf" in values:
        return st.one_of(*map(strategy, values["anyOf"]))
    if "enum" in values:
        return st.sampled_from(values["enum"])
    if "pattern" in values:
        return st.from_regex(
            values["pattern"].replace("$", r"\Z"), alphabet=st.characters(codec="ascii")
        )
    return plain_strategy(values)


def plain_strategy(values: dict[str, Any]) -> st.SearchStrategy[Any]:
    """What a part of one type allows."""
    if values["type"] == "object":
        words = st.text(min_size=1).filter(lambda text: bool(text.strip()))
        return st.dictionaries(words, words, max_size=3)
    if values["type"] == "array":
        items = strategy(values["items"])
        return st.lists(items, min_size=values["minItems"], max_size=values["maxItems"])
    if values["type"] == "boolean":
        return st.booleans()
    kind = st.integers if values["type"] == "integer" else st.floats
    return kind(values["minimum"], values["maximum"])


def test_it_is_a_schema_and_plain_data() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA
    assert list(PARTS) == list(CONTROLS)
    assert all(part["description"] for part in PARTS.values())


@pytest.mark.parametrize("name", CONTROLS)
@given(data=st.data())
def test_what_it_accepts_is_accepted(name: str, data: st.DataObject) -> None:
    values: dict[str, Any] = {name: data.draw(strategy(PARTS[name]))}
    if CONTROLS[name].lacks:
        values[CONTROLS[name].needs] = "C"
    assert accepted(**values)
    try:
        Controls(**values)
    except ControlError as error:
        # no grammar says that one number is below another, or how bars add up
        told = str(error)
        assert name in ("range", "density", "meter")
        assert any(word in told for word in ("above", "0..127", "between", "fewest", "longer"))


def test_every_key_instrument_and_style_has_its_form() -> None:
    for mode in MODES:
        for tonic in range(12):
            assert accepted(key=str(Key(tonic, mode)))
    for number, name in enumerate(PROGRAMS):
        assert accepted(instrument=name)
        assert accepted(instrument=number)
    assert accepted(instruments=["Violin", 40])
    for style in {name for names in symgen.styles().values() for name in names}:
        assert accepted(style=style)
    assert accepted(period="baroque")
    for quality in QUALITIES:
        assert accepted(chords=f"Bb{quality} C{quality}")
    for part in PARTS.values():
        names = part.get("enum", [])
        assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    "values",
    [
        {"bars": 0},
        {"bars": 1001},
        {"bars": 1.5},
        {"bars": "4"},
        {"key": "H"},
        {"meter": "4/3"},
        {"meter": "0/4"},
        {"meter": "256/4"},
        {"tempo": 1000},
        {"instrument": "fluter"},
        {"instrument": 128},
        {"range": "A3"},
        {"grid": "1/3"},
        {"density": "4-"},
        {"chords": "C X"},
        {"form": "'A"},
        {"variation": 1.1},
        {"end": "yes"},
        {"strict_key": 1, "key": "C"},
        {"strict_chords": True},
        {"nonsense": 1},
        {"instrument": "Flute", "instruments": ["Flute"]},
        {"grid": "1/16", "swing": 0.6},
        {"labels": {"mood": 1}},
        {"labels": {"mood": " "}},
        {"labels": {"": "happy"}},
        {"labels": 5},
    ],
    ids=str,
)
def test_what_it_refuses_is_refused(values: dict[str, Any]) -> None:
    assert not accepted(**values)
    assert not read(**values)


@pytest.mark.parametrize(
    "values",
    [
        {"instrument": "flute"},
        {"instruments": ["violin", "Cello", 40]},
        {"density": 6},
        {"chords": "C G7/B"},
        {"labels": {"mood": "happy, or = not", "composer": "Dvořák"}},
    ],
    ids=str,
)
def test_what_people_write_is_accepted(values: dict[str, Any]) -> None:
    assert accepted(**values)
    assert read(**values)


def test_labels_are_given_in_several_ways() -> None:
    pairs = (("composer", "Bach"), ("mood", "a=b, c"))
    assert Controls(labels={"mood": "a=b, c", "composer": "Bach"}).labels == pairs
    assert Controls(labels=["mood=a=b, c", "composer = Bach"]).labels == pairs
    assert Controls(labels=pairs).labels == pairs
    assert Controls(labels="mood=happy").labels == (("mood", "happy"),)
    for nothing in ((), [], {}, None):
        assert Controls(labels=nothing) == Controls()


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ("happy", "label 'happy': write it like mood=happy"),
        (["mood="], "label 'mood=': write it like mood=happy"),
        ("=happy", "label '=happy': write it like"),
        ({"mood": 5}, r"label \('mood', 5\): write it like"),
        (5, "label 5: write it like"),
        (["mood=a", "mood=b"], "label mood: is 'a' and 'b'; give one of them"),
    ],
)
def test_labels_that_say_nothing_are_refused(labels: Any, message: str) -> None:
    with pytest.raises(ControlError, match=message):
        Controls(labels=labels)


def test_chords_are_names_too() -> None:
    assert Controls(chords=["C", "G7"]) == Controls(chords="C G7")


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"bars": "8"}, {"bars": "bars '8': is text; give a number 1..1000, without quotes"}),
        ({"style": "jigg"}, {"style": "style 'jigg' (did you mean jig?): use one of"}),
        ({"style": "", "period": None}, {}),
        ({"style": " "}, {"style": "style ' ': name one"}),
        ({"period": 5}, {"period": "period 5: name one"}),
        (
            {"bars": 0, "barz": 4, "key": "H"},
            {"bars": "bars 0: must be 1", "barz": "no keyword barz", "key": "key 'H'"},
        ),
        ({"strict_chords": True}, {"": "strict-chords: says how to keep chords"}),
        ({"grid": "1/8", "swing": 0.6}, {"": "swung notes lie off the grid"}),
        ({"bars": 4, "key": None, "style": "jig", "density": "4-8"}, {}),
        ({}, {}),
        ({5: 1}, {"5": "no keyword 5"}),
    ],
    ids=str,
)
def test_all_that_is_wrong_is_told_by_field(values: dict[str, Any], told: dict[str, str]) -> None:
    found = Controls.check(values)
    assert list(found) == list(told)
    assert all(line in found[name] for name, line in told.items())


@pytest.mark.parametrize("values", [None, 5, "bars", [("bars", 4)]])
def test_only_names_with_values_are_checked(values: Any) -> None:
    with pytest.raises(ControlError, match="give a dict such as"):
        Controls.check(values)


def test_what_is_harmless_together_is_accepted() -> None:
    assert accepted(grid="1/16", swing=0.5)
    assert read(grid="1/16", swing=0.5)
    assert accepted(strict_key=True, key="C", instrument="Flute")
    assert accepted()
    assert accepted(strict_key=True)  # of the key that a tune brings


# -- errors and one line ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"barz": 4}, "Controls: no keyword barz .did you mean bars"),
        ({"qqqq": 4}, "Controls: no keyword qqqq; it knows bars, key"),
        ({"strict_key": "no", "key": "C"}, "strict-key 'no': must be True or False"),
        ({"end": 1}, "end 1: must be True or False"),
        ({"chords": 5}, "chords 5: write them like|chords \\(5,\\)|chords 5"),
        ({"instruments": 5}, "instruments 5: name them like violin,cello"),
    ],
    ids=str,
)
def test_bad_controls_are_refused_in_one_line(words: dict[str, Any], message: str) -> None:
    with pytest.raises(ControlError, match=message):
        Controls(**words)


def test_values_without_names_are_refused() -> None:
    with pytest.raises(ControlError, match="give each value by its name, such as bars=16"):
        Controls(16)  # type: ignore[misc]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ({}, "Controls()"),
        ({"bars": 8, "key": "f# min", "end": True}, "Controls(bars=8, key='F# minor', end=True)"),
        ({"instrument": 73, "chords": "C|G/B"}, "Controls(instrument='Flute', chords='C G/B')"),
        ({"instruments": "40,42"}, "Controls(instruments=('Violin', 'Cello'))"),
        ({"meter": "2x3/4", "swing": 0.6}, "Controls(bars=2, meter='2x3/4', swing=0.6)"),
        ({"labels": ["b=1", "a=2, 3"]}, "Controls(labels={'a': '2, 3', 'b': '1'})"),
        ({"range": "a3-e6", "form": "aab'"}, "Controls(range='A3-E6', form=\"AAB'\")"),
    ],
    ids=str,
)
def test_controls_are_told_in_one_line_that_makes_them_again(
    words: dict[str, Any], told: str
) -> None:
    controls = Controls(**words)
    assert repr(controls) == told
    assert eval(told, {"Controls": Controls}) == controls  # noqa: S307
    assert copy.deepcopy(controls) == pickle.loads(pickle.dumps(controls)) == controls  # noqa: S301
