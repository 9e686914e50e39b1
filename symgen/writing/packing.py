"""Packed parts of a great many pieces: each part is made of its number alone, wherever and however often."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from symgen import __version__
from symgen.formats import score_bytes
from symgen.formats.packs import PACKED, PackedPiece, piece_name, write_pack
from symgen.music.control_table import CONTROLS, Control
from symgen.music.controls import Controls
from symgen.system.shards import Part
from symgen.verification import Check, read_facts
from symgen.verification.facts import Facts
from symgen.verification.playing import played_parts
from symgen.writing.generator import Generator
from symgen.writing.reporting import checks_of, describe
from symgen.writing.takes import Take
from symgen.writing.tasks import Task

__all__ = ["PackPlan", "write_part"]

# A part has at most so many pieces, and fewer of long ones: so much is lost where the work is killed.
_MOST_PIECES, _MOST_BARS = 1000, 16_000
_USUAL_BARS = 16


@dataclass(frozen=True)
class PackPlan:
    """Pieces that are to be packed: all numbers from `first` on are seeds."""

    # Name of the model, and what tells it from another of that name.
    model: str
    card: str
    first: int
    count: int
    controls: Controls = field(default_factory=Controls)
    # Each piece is the one that is chosen out of so many.
    candidates: int = 1
    # Whether the facts of each piece lie beside it.
    with_reports: bool = False

    def parts(self, shards: int) -> int:
        """Return how many parts there are, so that each shard has as many as the others."""
        bars = (self.controls.bars or _USUAL_BARS) * self.candidates
        most = max(1, min(_MOST_PIECES, _MOST_BARS // bars))
        each = -(-self.count // (shards * most))
        return min(self.count, shards * each)

    def made_of(self) -> dict[str, Any]:
        """Return all that the bytes of a part depend on."""
        words = self._task().to_json()["words"]
        return {
            "version": __version__,
            "model": self.model,
            "card": self.card,
            "seed": self.first,
            "count": self.count,
            "candidates": self.candidates,
            "report": self.with_reports,
            **{name: words["controls"][name] for name in CONTROLS if name in self.controls.given()},
        }

    def to_json(self) -> dict[str, Any]:
        """Return plain data; `from_json` makes the same plan of it."""
        known = {name: vars(self)[name] for name in ("model", "card", "candidates", "with_reports")}
        return {**known, "task": self._task().to_json()}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> PackPlan:
        """Rebuild from `to_json`."""
        task = Task.from_json(data["task"])
        known = {name: value for name, value in data.items() if name != "task"}
        controls = task.words["controls"]
        return cls(first=task.seed, count=task.count or 1, controls=controls, **known)

    def command(self, number: int) -> str:
        """Return the command line that writes one of the pieces alone."""
        words = ["symgen", "generate", "--model", self.model, "--seed", str(number)]
        if self.candidates > 1:
            words += ["--candidates", str(self.candidates)]
        controls = self._task().to_json()["words"]["controls"]
        for name in self.controls.given():
            words += _option(CONTROLS[name], controls[name])
        return shlex.join(words)

    def _task(self) -> Task:
        return Task("generate", None, self.first, self.count, {"controls": self.controls})


def _option(row: Control, value: Any) -> list[str]:
    """Write a control as on the command line."""
    if row.each:
        return [f"--{row.each}={'='.join(pair)}" for pair in value]
    if value is True:
        return [f"--{row.label}"]
    text = ",".join(map(str, value)) if isinstance(value, list) else str(value)
    return [f"--{row.label}={text}"]


def write_part(plan: PackPlan, model: Generator, part: Part) -> dict[str, Any]:
    """Write a part, and return what its marker says of it."""
    made_of = plan.made_of()
    places = part.shard.share(plan.count)
    numbers = range(plan.first + places.start, plan.first + places.stop)
    unmet: list[list[Any]] = []
    with part.writing(made_of) as files:
        pieces = _pieces(plan, model, numbers, unmet)
        with files.file(PACKED) as file:
            write_pack(file, pieces, {**made_of, "part": str(part.shard)})
        files.told.update({"pieces": len(numbers), "unmet": unmet})
        return files.told


def _pieces(
    plan: PackPlan, model: Generator, numbers: range, unmet: list[list[Any]]
) -> Iterator[PackedPiece]:
    """Write pieces, and note which controls are not met."""
    for take in _takes(plan, model, numbers):
        midi = score_bytes(take.score)
        read = read_facts(midi)
        checks = checks_of(take, read, plan.controls, model)
        unmet += [[take.seed, check.name, *_told(check)] for check in checks if not check.met]
        report = _report(plan, model, take, checks, read) if plan.with_reports else b""
        yield PackedPiece(take.seed, midi, report)


def _takes(plan: PackPlan, model: Generator, numbers: range) -> Iterator[Take]:
    if plan.candidates == 1:
        yield from model.takes(plan.controls, count=len(numbers), seed=numbers[0])
        return
    for number in numbers:
        yield from model.takes(plan.controls, seed=number, candidates=plan.candidates)


def _told(check: Check) -> list[str]:
    return [str(check.asked), str(check.found)]


def _report(
    plan: PackPlan, model: Generator, take: Take, checks: list[Check], read: Facts
) -> bytes:
    path = Path(f"{piece_name(take.seed)}.mid")
    others = {"report": path.with_suffix(".json")}
    facts = describe(take, take.score, path, others, model)
    facts |= {
        "controls": {check.name: check.to_json() for check in checks},
        "lost": [],
        "command": plan.command(take.seed),
        "parts": [{"part": each.part, "player": each.to_json()} for each in played_parts(read, 0)],
    }
    return f"{json.dumps(facts, indent=1)}\n".encode()
