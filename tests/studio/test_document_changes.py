"""Changes to a document, what takes them back, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from studio_documents import band, changes_of

from symgen.music.meter import Meter
from symgen.music.score import KeyChange, MeterChange, TempoChange
from symgen.studio.changes import DOCUMENT, MisfitError, apply, told_ops
from symgen.studio.differences import difference
from symgen.studio.document import Document, Head
from symgen.studio.op_reading import read_ops
from symgen.system.errors import ControlError

NOTE = {"id": "x1", "part": "p1", "onset": 0, "pitch": 60, "duration": 480, "velocity": 80}


def notes_of(document: Document, part: str) -> list[list[Any]]:
    return next(p["notes"] for p in document.to_json()["parts"] if p["id"] == part)


# -- what each change does -----------------------------------------------------------------


def test_a_note_is_added_in_its_place_and_taken_out_again() -> None:
    before = band()
    after, inverse = apply(before, [{"op": "add", "notes": [{**NOTE, "onset": 480}]}])
    assert ["x1", 480, 60, 480, 80] in notes_of(after, "p1")
    assert notes_of(after, "p1") == sorted(notes_of(after, "p1"), key=lambda note: note[1:3])
    assert inverse == [{"op": "remove", "ids": ["x1"]}]
    assert apply(after, inverse)[0] == before


def test_a_note_that_is_removed_comes_back_locked_as_it_was() -> None:
    before = band()
    after, inverse = apply(before, [{"op": "remove", "ids": ["n1", "n2", "n20"]}])
    assert after.note_count == before.note_count - 3
    assert after.locked == frozenset()
    assert apply(after, inverse)[0] == before


def test_values_of_a_note_are_set() -> None:
    before = band()
    after, inverse = apply(
        before, [{"op": "set", "notes": [{"id": "n3", "pitch": 20, "onset": 5}]}]
    )
    (note,) = [note for note in notes_of(after, "p1") if note[0] == "n3"]
    assert note[1:3] == [5, 20]
    assert apply(after, inverse)[0] == before


def test_locks_that_hold_already_are_not_taken_back() -> None:
    before = band()
    after, inverse = apply(before, [{"op": "lock", "ids": ["n1", "n2"], "locked": True}])
    assert after.locked == {"n1", "n2", "n20"}
    assert inverse == [{"op": "lock", "ids": ["n2"], "locked": False}]


def test_a_part_comes_back_where_it_was_with_notes_and_locks() -> None:
    before = band()
    after, inverse = apply(before, [{"op": "remove_part", "id": "p1"}])
    assert [part.id for part in after.parts] == ["p2"]
    assert after.locked == {"n20"}
    assert apply(after, inverse)[0] == before


def test_the_last_part_stays() -> None:
    one, _ = apply(band(), [{"op": "remove_part", "id": "p1"}])
    with pytest.raises(ControlError, match="the last part cannot be removed; add another one"):
        apply(one, [{"op": "remove_part", "id": "p2"}])


# -- the piece -----------------------------------------------------------------------------


def test_a_shorter_piece_loses_what_stands_behind_its_end() -> None:
    before = band()
    ops = [{"op": "add", "notes": [{**NOTE, "duration": 9000}]}, {"op": "piece", "bars": 1}]
    after, inverse = apply(before, ops)
    assert after.length == 1920
    assert [bar.number for bar in after.bars] == [1]
    assert ["x1", 0, 60, 1920, 80] in notes_of(after, "p1")
    assert len(notes_of(after, "p2")) == 4
    assert len(after.head.tempos) == 1
    assert apply(after, inverse)[0] == before


def test_a_longer_piece_has_empty_bars() -> None:
    after, inverse = apply(band(), [{"op": "piece", "bars": 7}])
    assert len(after.bars) == 7
    assert after.note_count == band().note_count
    assert apply(after, inverse)[0] == band()


def test_a_new_tempo_keeps_the_ratios_of_those_that_follow() -> None:
    after, _ = apply(band(), [{"op": "piece", "tempo": 60}])
    assert [change.microseconds for change in after.head.tempos] == [1_000_000, 1_200_000]


def test_a_key_is_told_with_its_mode() -> None:
    after, _ = apply(band(), [{"op": "piece", "key": "D dorian"}])
    assert after.to_json()["key"] == {"tonic": 2, "mode": "dorian", "origin": "from the file"}
    assert after.to_json()["keys"] == [[0, 0, True]]


def test_bar_lines_do_not_move_under_notes() -> None:
    with pytest.raises(ControlError, match="notes written in bars of 4/4 would fall across"):
        apply(band(), [{"op": "piece", "meter": "3/4"}])
    after, _ = apply(band(), [{"op": "piece", "meter": "2/2"}])
    assert after.to_json()["meters"] == [[0, "2/2"]]


def test_an_empty_piece_takes_any_meter_and_keeps_its_bars() -> None:
    empty, _ = apply(
        Document(Head(length=4 * 1920)),
        [{"op": "add_part", "part": {"id": "a", "name": "", "program": 0, "is_drum": False}}],
    )
    after, inverse = apply(empty, [{"op": "piece", "meter": "3/4"}])
    assert len(after.bars) == 4
    assert after.length == 4 * 1440
    assert apply(after, inverse)[0] == empty


def test_a_pickup_is_no_bar_that_is_counted() -> None:
    meters = (MeterChange(0, Meter(1, 4)), MeterChange(480, Meter(4, 4)))
    part = {"id": "a", "name": "", "program": 0, "is_drum": False}
    start = Document(Head(length=480 + 1920, meters=meters))
    start, _ = apply(start, [{"op": "add_part", "part": part}])
    for bars in (3, 1):
        after, inverse = apply(start, [{"op": "piece", "bars": bars}])
        assert [bar.number for bar in after.bars] == list(range(bars + 1))
        assert after.length == 480 + bars * 1920
        assert apply(after, inverse)[0] == start


def test_one_key_or_meter_does_not_stand_for_several() -> None:
    keys = (KeyChange(0, 1), KeyChange(1920, 2))
    meters = (MeterChange(0, Meter(4, 4)), MeterChange(1920, Meter(3, 4)))
    start = Document(replace(band().head, keys=keys, meters=meters), band().parts)
    for op, line in (
        ({"op": "piece", "key": "C"}, "the piece has 2 key signatures, and one cannot stand"),
        ({"op": "piece", "meter": "2/2"}, "the piece has 2 meters, and its bar lines would move"),
    ):
        with pytest.raises(ControlError, match=line):
            apply(start, [op])


def test_a_tempo_that_would_leave_the_range_is_refused() -> None:
    tempos = (TempoChange(0, 500_000), TempoChange(1920, 10_000_000))
    start = Document(replace(band().head, tempos=tempos), band().parts)
    with pytest.raises(ControlError, match="a tempo that follows would leave"):
        apply(start, [{"op": "piece", "tempo": 60}])


def test_notes_behind_the_end_make_the_piece_longer_and_the_page_gets_it_anew() -> None:
    before, late = band(), {"op": "add", "notes": [{**NOTE, "onset": 4 * 1920}]}
    after, inverse = apply(before, [late])
    assert len(after.bars) == 5
    assert told_ops(before, after, [late]) == [DOCUMENT]
    assert apply(after, inverse)[0] == before
    inside = {"op": "add", "notes": [NOTE]}
    assert told_ops(before, apply(before, [inside])[0], [inside]) == [inside]


# -- what holds of all changes -------------------------------------------------------------


@settings(deadline=None)
@given(st.data())
def test_undoing_all_gives_the_same_document_and_redoing_all_too(data: st.DataObject) -> None:
    start = band()
    document, ops = start, changes_of(data, start, 12)
    undoing = []
    for op in ops:
        document, inverse = apply(document, read_ops(json.loads(json.dumps([op]))))
        undoing.append(json.loads(json.dumps(inverse)))
    end, redoing = document, []
    for inverse in reversed(undoing):
        document, again = apply(document, inverse)
        redoing.append(again)
    assert document == start
    for again in reversed(redoing):
        document, _ = apply(document, again)
    assert document == end
    assert document.to_json() == end.to_json()


@settings(deadline=None)
@given(st.data())
def test_a_difference_leads_from_one_document_to_the_other(data: st.DataObject) -> None:
    before = band()
    after, _ = apply(before, changes_of(data, before, 10))
    for one, other in ((before, after), (after, before)):
        ops = json.loads(json.dumps(difference(one, other)))
        made, inverse = apply(one, ops)
        assert made == other
        assert apply(made, inverse)[0] == one
    assert difference(before, before) == []


# -- what is refused -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("op", "line"),
    [
        ({"op": "remove", "ids": ["n99"]}, "note n99: is not there"),
        ({"op": "set", "notes": [{"id": "n99", "pitch": 1}]}, "note n99: is not there"),
        ({"op": "lock", "ids": ["n99"], "locked": True}, "note n99: is not there"),
        ({"op": "add", "notes": [{**NOTE, "id": "n1"}]}, "note n1: is there already"),
        ({"op": "add", "notes": [{**NOTE, "part": "p9"}]}, "part p9: is not there"),
        ({"op": "remove_part", "id": "p9"}, "part p9: is not there"),
        (
            {"op": "add_part", "part": {"id": "p1", "name": "", "program": 0, "is_drum": False}},
            "part p1: is there already",
        ),
    ],
)
def test_what_does_not_fit_is_refused(op: dict[str, Any], line: str) -> None:
    with pytest.raises(MisfitError, match=line):
        apply(band(), read_ops([op]))


@pytest.mark.parametrize(
    ("ops", "line"),
    [
        (None, "ops: must be a list"),
        ([], "ops: must be a list with one change"),
        ({}, "ops: must be a list"),
        (["add"], "op 1: must be an object"),
        ([{}], "op 1: no change None; use one of add"),
        ([{"op": ["add"]}], "no change"),
        ([{"op": "ad"}], r"no change 'ad' \(did you mean add\?\)"),
        ([{"op": "head", "head": {}}], "no change 'head'"),
        ([{"op": "arrange", "ids": ["p1"]}], "no change 'arrange'"),
        ([{"op": "document"}], "no change 'document'"),
        ([{"op": "remove"}], "remove: ids is missing"),
        ([{"op": "remove", "ids": []}], "ids must be a list with one entry"),
        ([{"op": "remove", "ids": ["N1"]}], "note 'N1': use 1 to 32 small letters"),
        ([{"op": "remove", "ids": ["n1\n"]}], "use 1 to 32 small letters"),
        ([{"op": "remove", "ids": ["n1", "n1"]}], "named twice"),
        ([{"op": "remove", "ids": ["n" * 33]}], "use 1 to 32"),
        ([{"op": "remove", "ids": ["n1"], "why": 1}], "no field 'why'; use ids"),
        ([{"op": "lock", "ids": ["n1"], "locked": 1}], "locked 1: must be true or false"),
        ([{"op": "add", "notes": [NOTE, NOTE]}], "two notes have one id"),
        ([{"op": "add", "notes": [{**NOTE, "pitch": 128}]}], "pitch 128: must be a whole"),
        ([{"op": "add", "notes": [{**NOTE, "pitch": True}]}], "pitch True: must be a whole"),
        ([{"op": "add", "notes": [{**NOTE, "onset": 1.0}]}], "onset 1.0: must be a whole"),
        ([{"op": "add", "notes": [{**NOTE, "onset": 2**31 - 9}]}], "would end behind"),
        ([{"op": "add", "notes": [{**NOTE, "duration": 0}]}], "duration 0: must be"),
        ([{"op": "add", "notes": [{**NOTE, "onset": 10**30}]}], "onset 10+: must be"),
        ([{"op": "set", "notes": [{"id": "n1"}]}], "a note without values"),
        ([{"op": "set", "notes": [{"id": "n1", "pitch": "60"}]}], "pitch '60'"),
        ([{"op": "set_part", "id": "p1"}], "nothing to set"),
        ([{"op": "set_part", "id": "p1", "name": 5}], "name: must be a text"),
        ([{"op": "set_part", "id": "p1", "name": "x" * 201}], "200 characters at most"),
        ([{"op": "set_part", "id": "p1", "program": 128}], "program 128"),
        ([{"op": "piece"}], "nothing to set"),
        ([{"op": "piece", "tempo": float("nan")}], "tempo nan: must be 4..10000"),
        ([{"op": "piece", "tempo": "120"}], "tempo '120'"),
        ([{"op": "piece", "bars": 0}], "bars 0: must be"),
        ([{"op": "piece", "bars": 10**9}], "bars 1000000000: must be"),
        ([{"op": "piece", "key": "H"}], "key 'H': write a tonic"),
        ([{"op": "piece", "meter": "5/3"}], "meter 5/3: use n/d"),
        ([{"op": "remove", "ids": ["n1"]}] * 2001, "2,001 changes at once"),
    ],
)
def test_nonsense_is_refused_in_one_line(ops: Any, line: str) -> None:
    with pytest.raises(ControlError, match=line) as caught:
        read_ops(ops)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.lists(st.fixed_dictionaries({"op": st.sampled_from(["add", "set", "piece"])}) | JSON))
def test_whatever_comes_is_read_or_refused(ops: list[Any]) -> None:
    try:
        found = read_ops(ops)
    except ControlError as error:
        assert "\n" not in str(error)  # noqa: PT017
    else:
        assert len(found) == len(ops)


def test_text_of_any_kind_is_kept_on_one_line() -> None:
    (op,) = read_ops([{"op": "piece", "title": "a\nb\ud800"}])
    assert op["title"] == "a b?"


def test_a_note_far_away_does_not_make_a_million_bars() -> None:
    with pytest.raises(ControlError, match="more than 2,000 bars"):
        apply(band(), [{"op": "add", "notes": [{**NOTE, "onset": 2**31 - 9000}]}])
