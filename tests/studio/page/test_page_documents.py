"""What the page makes of a change is what the server makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from studio_documents import band, draw_op

from symgen.studio.changes import DOCUMENT, apply, told_ops
from symgen.studio.document import Document
from symgen.studio.op_reading import read_ops
from symgen.system.errors import ControlError

if TYPE_CHECKING:
    from playwright.sync_api import Page

APPLY = """async ([doc, ops]) => {
  const { applyOps } = await import("/page/model.js");
  const before = JSON.stringify(doc);
  const after = applyOps(doc, ops);
  return { after, untouched: JSON.stringify(doc) === before };
}"""
NAMES = """async ([doc, ticks, key, pitches]) => {
  const model = await import("/page/model.js");
  return [
    ticks.map((tick) => model.beatText(doc, tick)),
    pitches.map((pitch) => model.pitchName(pitch, key)),
    ticks.map((tick) => model.snapTick(doc, tick, "1/8t")),
  ];
}"""


def _told(document: Document) -> dict[str, Any]:
    """Return what the page changes by itself; the name of an instrument follows from the program."""
    found = document.to_json()
    parts = [
        {name: value for name, value in part.items() if name != "instrument"}
        for part in found["parts"]
    ]
    return {"parts": parts, "locked": found["locked"]}


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_changes_are_those_of_the_server(page: Page, data: st.DataObject) -> None:
    document = band()
    shown = document.to_json()
    for number in range(data.draw(st.integers(1, 6))):
        try:
            ops = read_ops([draw_op(data, document, number)])
            changed, _ = apply(document, ops)
        except ControlError:
            continue
        told = told_ops(document, changed, ops)
        document = changed
        if told == [DOCUMENT]:
            shown = document.to_json()
            continue
        found = page.evaluate(APPLY, [shown, told])
        assert found["untouched"]
        shown = found["after"]
        parts = [{n: v for n, v in part.items() if n != "instrument"} for part in shown["parts"]]
        assert {"parts": parts, "locked": shown["locked"]} == _told(document)


@pytest.mark.parametrize(
    "ops",
    [
        [{"op": "remove", "ids": ["n999"]}],
        [{"op": "set", "notes": [{"id": "n999", "pitch": 60}]}],
        [{"op": "lock", "ids": ["n999"], "locked": True}],
        [{"op": "remove_part", "id": "p9"}],
        [{"op": "set_part", "id": "p9", "name": "x"}],
        [{"op": "remove_part", "id": "p1"}, {"op": "remove_part", "id": "p2"}],
    ],
)
def test_what_does_not_fit_there_does_not_fit_here(page: Page, ops: list[dict[str, Any]]) -> None:
    with pytest.raises(ControlError):
        apply(band(), read_ops(ops))
    refused = f"(given) => ({APPLY})(given).then(() => '', (error) => error.constructor.name)"
    assert page.evaluate(refused, [band().to_json(), ops]) == "MisfitError"


def test_places_and_names(page: Page) -> None:
    doc = band().to_json()
    ticks = [0, 480, 720, 1920, 1920 + 160]
    flat = {"tonic": 8, "mode": "major"}
    beats, names, snapped = page.evaluate(NAMES, [doc, ticks, flat, [60, 61, 70]])
    assert beats == ["1.1", "1.2", "1.2+1/2", "2.1", "2.1+1/3"]
    assert names == ["C4", "Db4", "Bb4"]
    assert snapped == [0, 480, 800, 1920, 2080]
    sharp = {"tonic": 2, "mode": "dorian"}
    assert page.evaluate(NAMES, [doc, [], sharp, [61, 70]])[1] == ["C#4", "A#4"]
