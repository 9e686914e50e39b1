"""What a page may ask for: every legal value is in the schema, and all else is refused in one line."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

import symgen
from symgen.studio.asking import read_asked
from symgen.studio.document import Document
from symgen.studio.rewriting_takes import infilled
from symgen.studio.scores import document_of
from symgen.studio.take_drawing import Models
from symgen.studio.write_tasks import WriteTask
from symgen.system.errors import ControlError
from symgen.writing.verb_controls import VERBS
from symgen.writing.verb_schemas import verb_schemas

_BAND = {"style": "rock"}


@pytest.fixture(scope="module")
def document() -> Document:
    return document_of(symgen.generate(bars=8, style="jig", key="D", seed=2))


def _with_locked(document: Document, onset: int) -> Document:
    part = document.parts[0]
    place = next(n for n, start in enumerate(part.table[0]) if start >= onset)
    return replace(document, locked=frozenset({part.ids[place]}))


def test_what_the_page_is_told_of_the_verbs_is_plain_and_whole() -> None:
    told = json.loads(json.dumps(verb_schemas()))
    assert list(told) == list(VERBS)
    for verb in told.values():
        properties = verb["schema"]["properties"]
        assert set(verb["basic"]) <= set(properties)
        assert list(properties)[: len(verb["basic"])] == verb["basic"]
        assert all(values["description"] for values in properties.values())
        assert set(verb["schema"]["required"]) <= set(properties)


@pytest.mark.parametrize("verb", VERBS)
def test_each_value_of_an_enumeration_is_accepted(verb: str, document: Document) -> None:
    schema = verb_schemas()[verb]["schema"]
    required = {name: schema["properties"][name]["enum"][0] for name in schema["required"]}
    for name, values in schema["properties"].items():
        for value in values.get("enum", ()):
            asked = read_asked(
                {"verb": verb, "bars": [1, 2], "controls": {**required, name: value}}, document
            )
            assert {**asked.own, **asked.controls}[name] == value


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "verb None: unknown"),
        ({"verb": "infil"}, "did you mean infill"),
        ({"verb": ["infill"]}, "use one of infill, generate"),
        ({"verb": "vary", "bar": [1, 2]}, "it takes verb, bars, parts"),
        ({"verb": "infill"}, "mark the bars"),
        ({"verb": "infill", "bars": [3, 2]}, "the piece has bars 1-8"),
        ({"verb": "infill", "bars": [0, 2]}, "the piece has bars 1-8"),
        ({"verb": "infill", "bars": [1, True]}, "the first and the last one"),
        ({"verb": "infill", "bars": [1, 2.0]}, "the first and the last one"),
        ({"verb": "infill", "bars": "1-2"}, "the first and the last one"),
        ({"verb": "vary", "parts": ["p9"]}, "the parts are ['p1']"),
        ({"verb": "vary", "parts": [["p1"]]}, "give a list of parts"),
        ({"verb": "vary", "parts": []}, "give a list of parts"),
        ({"verb": "vary", "count": 0}, "a whole number 1..16"),
        ({"verb": "vary", "count": 1.5}, "a whole number 1..16"),
        ({"verb": "vary", "seed": -1}, "a whole number 0.."),
        ({"verb": "vary", "controls": [1]}, "give an object"),
        ({"verb": "vary", "controls": {"amount": 1.01}}, "must be a number 0..1"),
        ({"verb": "vary", "controls": {"amount": True}}, "must be a number 0..1"),
        ({"verb": "vary", "controls": {"amounts": 0.5}}, "did you mean amount"),
        ({"verb": "vary", "controls": {"style": "reel"}}, "vary: knows no 'style'"),
        ({"verb": "vary", "controls": {"temperature": "1"}}, "0.05..5"),
        ({"verb": "vary", "controls": {"strict_key": "yes"}}, "must be True or False"),
        ({"verb": "continue", "controls": {"style": "polka rock"}}, "use one of air"),
        ({"verb": "continue", "controls": {"grid": "1/16", "swing": 0.6}}, "give one of them"),
        ({"verb": "continue", "controls": {"strict_chords": True}}, "chords"),
        ({"verb": "accompany"}, "accompany needs one; use one of"),
        ({"verb": "accompany", "controls": {**_BAND, "parts": "kazoo"}}, "chords,bass,drums"),
        ({"verb": "accompany", "controls": {**_BAND, "intro": 1}}, "true or false"),
        ({"verb": "drums", "controls": {"style": "rok"}}, "use one of afrobeat"),
        ({"verb": "harmonize", "controls": {"voice": "alto"}}, "use one of soprano, bass"),
    ],
)  # fmt: skip
def test_what_is_not_legal_is_refused_in_a_line_that_says_what_is(
    body: dict[str, Any], said: str, document: Document
) -> None:
    with pytest.raises(ControlError) as caught:
        read_asked(body, document)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_would_change_locked_notes_is_refused_before_it_is_queued(document: Document) -> None:
    bar = document.bars[4]
    locked = _with_locked(document, bar.start)
    for body, said in (
        ({"verb": "generate"}, "unlock them, or write bars"),
        ({"verb": "accompany", "controls": {**_BAND, "intro": True}}, "moves the piece"),
        ({"verb": "continue", "bars": [1, 2]}, "hold locked notes and would be written over"),
    ):
        with pytest.raises(ControlError, match=said):
            read_asked(body, locked)
        read_asked(body, document)
    read_asked({"verb": "continue", "bars": [1, 2], "controls": {"bars": 2}}, locked)
    read_asked({"verb": "continue"}, locked)


def test_a_piece_without_notes_can_be_written_and_not_worked_on() -> None:
    empty = document_of(symgen.Score((symgen.Part(),), 480, length=8 * 1920))
    for verb in ("infill", "generate", "drums"):
        read_asked({"verb": verb, "bars": [1, 4]}, empty)
    for verb in ("continue", "vary", "harmonize"):
        with pytest.raises(ControlError, match="has no notes for it"):
            read_asked({"verb": verb}, empty)


def test_a_task_is_the_same_behind_a_pipe(document: Document) -> None:
    locked = _with_locked(document, document.bars[2].start)
    body = {"verb": "vary", "bars": [1, 2], "parts": ["p1"], "controls": {"amount": 0.5}, "seed": 3}
    task = WriteTask.of(read_asked(body, locked), locked)
    assert len(task.locked) == 1
    assert task.parts == (0,)
    assert WriteTask.from_json(json.loads(json.dumps(task.to_json()))) == task


def test_a_band_is_no_tune_and_has_no_word_for_all() -> None:
    pattern = {
        verb: verb_schemas()[verb]["schema"]["properties"]["parts"]["pattern"]
        for verb in ("accompany", "generate")
    }
    for text in ("bass", "chords,bass,drums:7"):
        assert re.match(pattern["accompany"], text)
    for text in ("all", "melody", "melody,bass", "drums,"):
        assert not re.match(pattern["accompany"], text)
    assert re.match(pattern["generate"], "all")
    assert re.match(pattern["generate"], "melody,bass")


def test_bars_are_new_by_more_than_a_note() -> None:
    """Bars 5 to 8 of this tune return: the network often writes them as they were but for a note or two."""
    tune = symgen.generate(bars=16, seed=5)
    document = document_of(tune)
    asked = read_asked({"verb": "infill", "bars": [5, 8], "count": 4, "seed": 2}, document)
    takes = list(infilled(WriteTask.of(asked, document), Models(), lambda _: None))
    old = set(tune.parts[0].notes)
    start, end = tune.bar_ticks(5, 8)
    for take in takes:
        notes = [n for n in take.score.parts[0].notes if start <= n.onset < end]
        assert sum(note not in old for note in notes) > 0.15 * len(notes)
    assert len(takes) == 4
