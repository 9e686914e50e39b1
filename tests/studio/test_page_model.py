"""The page makes of changes what the server makes of them: both sides of every change, beside each other."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from documents import band

from symgen.studio.changes import DOCUMENT, apply, told_ops
from symgen.studio.document import Document

NODE = shutil.which("node")
HERE = Path(__file__).parent
MODEL = HERE.parents[1] / "symgen" / "studio" / "page" / "model.js"
pytestmark = pytest.mark.skipif(NODE is None, reason="node is not installed")


def drawn(chance: random.Random, document: Document, number: int) -> dict[str, Any]:
    """Draw a change that the page makes by itself."""
    parts = [part.id for part in document.parts]
    ids = [name for part in document.parts for name in part.ids]
    some = chance.sample(ids, min(len(ids), chance.randint(1, 4)))

    def values() -> dict[str, int]:
        return {
            "onset": 60 * chance.randrange(60),
            "pitch": chance.randrange(128),
            "duration": chance.randrange(1, 500),
            "velocity": chance.randrange(1, 128),
        }

    def fields() -> dict[str, int]:
        found = values()
        return {name: found[name] for name in chance.sample(list(found), chance.randint(1, 4))}

    name = chance.choice(parts)
    looks = {"id": f"y{number}", "name": "New", "program": 5, "is_drum": chance.random() < 0.5}
    fresh = [{"id": f"x{number}-{i}", "part": name, **values()} for i in range(3)]
    return chance.choice(
        [
            {"op": "add", "notes": fresh},
            {"op": "remove", "ids": some},
            {"op": "set", "notes": [{"id": each, **fields()} for each in some]},
            {"op": "lock", "ids": some, "locked": chance.random() < 0.7},
            {"op": "add_part", "part": looks},
            {"op": "set_part", "id": name, "name": f"Player {number}", "program": 9},
            {"op": "remove_part", "id": name} if len(parts) > 1 else {"op": "add", "notes": fresh},
        ]
    )


def told(document: dict[str, Any]) -> dict[str, Any]:
    """Return what both sides have to agree on; of notes that stand at one place the order is free."""
    parts = [
        {
            **{name: part[name] for name in ("id", "name", "program", "is_drum")},
            "notes": sorted(part["notes"]),
            "places": [note[1:3] for note in part["notes"]],
        }
        for part in document["parts"]
    ]
    return {"parts": parts, "locked": sorted(document["locked"])}


def test_the_page_and_the_server_make_the_same_of_changes() -> None:
    chance = random.Random(3)  # noqa: S311 - no secrets
    cases, wanted = [], []
    for _ in range(60):
        document = start = band()
        ops: list[dict[str, Any]] = []
        for number in range(chance.randint(1, 12)):
            op = drawn(chance, document, number)
            after, inverse = apply(document, [op])
            back = inverse if chance.random() < 0.3 else []
            undone = told_ops(after, apply(after, back)[0], back) if back else []
            if undone == [DOCUMENT] or told_ops(document, after, [op]) == [DOCUMENT]:
                continue  # the page gets the document again
            ops += [op, *undone]
            document, _ = apply(after, back)
        cases.append(json.dumps({"document": start.to_json(), "ops": ops}))
        wanted.append(told(document.to_json()))
    assert sum(len(json.loads(case)["ops"]) for case in cases) > 200
    command = [str(NODE), str(HERE / "model_cases.mjs"), MODEL.as_uri()]
    answer = subprocess.run(
        command, input="\n".join(cases), capture_output=True, text=True, check=False, timeout=60
    )
    assert answer.returncode == 0, answer.stderr
    assert [told(json.loads(line)) for line in answer.stdout.splitlines()] == wanted
