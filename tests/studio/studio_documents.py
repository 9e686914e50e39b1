"""Documents, and changes drawn at random, for tests of the studio."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from symgen.music.chord_symbols import ChordChange
from symgen.music.meter import Meter
from symgen.music.score import KeyChange, MeterChange, Note, Part, Score, TempoChange
from symgen.studio.document import Document
from symgen.studio.scores import document_of

__all__ = ["band", "changes_of", "draw_op"]


def band() -> Document:
    """Return four bars for a flute and drums, with one note doubled and two locked."""
    flute = [Note(480 * i, 60 + i, 400, 70 + i) for i in range(12)]
    score = Score(
        (
            Part((*flute, Note(0, 60, 400, 70)), 73, name="Flute"),
            Part(tuple(Note(480 * i, 36, 60) for i in range(16)), 0, True, "Drums"),
        ),
        tempos=(TempoChange(0), TempoChange(3840, 600_000)),
        meters=(MeterChange(0, Meter(4, 4)),),
        keys=(KeyChange(0, 1),),
        chords=(ChordChange(0, "G"), ChordChange(1920, "D7")),
        length=4 * 1920,
        title="Band",
    )
    document = document_of(score)
    return Document(document.head, document.parts, frozenset(("n1", "n20")))


def draw_op(data: st.DataObject, document: Document, number: int) -> dict[str, Any]:
    """Draw a change that fits a document; `number` tells new names apart."""
    ids = [name for part in document.parts for name in part.ids.tolist()]
    parts = [part.id for part in document.parts]
    kinds = ["add", "add_part", "set_part", "piece"]
    kinds += ["remove", "set", "lock"] if ids else []
    kinds += ["remove_part"] if len(parts) > 1 else []
    return _OPS[data.draw(st.sampled_from(kinds))](data, ids, parts, number)


def _some(data: st.DataObject, ids: list[str]) -> list[str]:
    return data.draw(st.lists(st.sampled_from(ids), min_size=1, max_size=5, unique=True))


def _values(data: st.DataObject) -> dict[str, int]:
    # Few values, so that notes come to be equal but for their names.
    return {
        "onset": 480 * data.draw(st.integers(0, 40)),
        "duration": data.draw(st.sampled_from((60, 480, 4000))),
        "pitch": data.draw(st.sampled_from((36, 60, 127))),
        "velocity": data.draw(st.sampled_from((1, 80))),
    }


def _add(data: st.DataObject, _: list[str], parts: list[str], number: int) -> dict[str, Any]:
    count = data.draw(st.integers(1, 4))
    notes = [
        {"id": f"x{number}-{i}", "part": data.draw(st.sampled_from(parts)), **_values(data)}
        for i in range(count)
    ]
    return {"op": "add", "notes": notes}


def _set(data: st.DataObject, ids: list[str], _: list[str], number: int) -> dict[str, Any]:
    notes = []
    for name in _some(data, ids):
        values = _values(data)
        fields = data.draw(st.lists(st.sampled_from(list(values)), min_size=1, unique=True))
        notes.append({"id": name, **{field: values[field] for field in fields}})
    return {"op": "set", "notes": notes}


def _piece(data: st.DataObject, _: list[str], parts: list[str], number: int) -> dict[str, Any]:
    wanted = {
        "title": f"Take {number}",
        "tempo": data.draw(st.sampled_from((60, 120.5, 200))),
        "bars": data.draw(st.integers(1, 12)),
        "key": data.draw(st.sampled_from(("G major", "D dorian"))),
        "meter": "2/2",
    }
    fields = data.draw(st.lists(st.sampled_from(list(wanted)), min_size=1, unique=True))
    return {"op": "piece", **{field: wanted[field] for field in fields}}


def _add_part(data: st.DataObject, _: list[str], parts: list[str], number: int) -> dict[str, Any]:
    is_drum = data.draw(st.booleans())
    part = {"id": f"y{number}", "name": "New", "program": 5, "is_drum": is_drum}
    return {"op": "add_part", "part": part}


_OPS = {
    "add": _add,
    "set": _set,
    "piece": _piece,
    "add_part": _add_part,
    "remove": lambda data, ids, parts, number: {"op": "remove", "ids": _some(data, ids)},
    "lock": lambda data, ids, parts, number: {
        "op": "lock",
        "ids": _some(data, ids),
        "locked": data.draw(st.booleans()),
    },
    "set_part": lambda data, ids, parts, number: {
        "op": "set_part",
        "id": data.draw(st.sampled_from(parts)),
        "name": f"Player {number}",
        "program": data.draw(st.integers(0, 127)),
    },
    "remove_part": lambda data, ids, parts, number: {
        "op": "remove_part",
        "id": data.draw(st.sampled_from(parts)),
    },
}


def changes_of(data: st.DataObject, document: Document, most: int) -> list[dict[str, Any]]:
    """Draw changes that fit one after the other."""
    from symgen.studio.changes import apply

    ops = []
    for number in range(data.draw(st.integers(1, most))):
        ops.append(draw_op(data, document, number))
        document, _ = apply(document, ops[-1:])
    return ops
