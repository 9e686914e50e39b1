"""Runs as their folders tell of them: found, read without loading a network, and told in a table."""

from __future__ import annotations

import csv
import json
import math
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from symgen.system.errors import CheckpointError, FormatError, SymgenError
from symgen.system.files import as_path, locked_folder, read_bytes, unseal_json

__all__ = ["RunSummary", "duration", "find_runs", "option_text", "read_run", "summary_table"]

_STATE, _METRICS = "last/state.json", "metrics.csv"
_KINDS = {"model.json": "model", "gan.json": "gan", "transcriber.json": "transcriber"}
"""Cards of networks, and what is trained there."""
_BITS = "valid_bits_per_note"


@dataclass(frozen=True)
class RunSummary:
    """What the files of a run say of it."""

    folder: Path
    kind: str
    """``"model"``, ``"gan"``, ``"transcriber"``, or ``"?"``."""
    state: str
    """``"running"``, ``"finished"``, ``"stopped"`` or ``"killed"``; ``"?"``: it has no checkpoint."""
    step: int
    passes: float
    seconds: float
    card: Mapping[str, Any] = field(repr=False)
    options: Mapping[str, Any] = field(repr=False)
    rows: Sequence[Mapping[str, float]] = field(repr=False)
    """Figures of its validations."""

    @property
    def name(self) -> str:
        """How its folder is called."""
        return self.folder.resolve().name

    @property
    def bits(self) -> float | None:
        """Fewest bits a note on held-out pieces."""
        found = [row[_BITS] for row in self.rows if math.isfinite(row.get(_BITS, math.nan))]
        return min(found, default=None)

    @property
    def network(self) -> str:
        """Layers and width."""
        config = self.card.get("config") or {}
        return f"{config['layers']} x {config['hidden']}" if "hidden" in config else ""

    @property
    def corpus(self) -> str:
        """What the music came from."""
        sources = (self.card.get("corpus") or {}).get("sources") or ()
        return ", ".join(str(source.get("name", "")) for source in sources)

    @property
    def pieces(self) -> int | None:
        """Pieces of the corpus."""
        found = (self.card.get("corpus") or {}).get("pieces")
        return found if isinstance(found, int) else None

    @property
    def origin(self) -> str:
        """The model that it began with."""
        return str((self.card.get("from") or {}).get("name", ""))

    def to_json(self) -> dict[str, Any]:
        """Return what a program wants to know of it."""
        return {
            "run": str(self.folder),
            "kind": self.kind,
            "state": self.state,
            "network": self.network,
            "corpus": self.corpus,
            "pieces": self.pieces,
            "steps": self.step,
            "passes": round(self.passes, 2),
            "bits_per_note": self.bits,
            "seconds": round(self.seconds, 1),
            "from": self.origin,
            "options": dict(self.options),
        }


# -- finding and reading -------------------------------------------------------------------


def find_runs(
    folders: Iterable[str], complain: Callable[[str, SymgenError], object]
) -> Iterator[RunSummary]:
    """Yield all runs in and below folders; of one that cannot be read `complain` is told."""
    for folder in folders:
        top = as_path(folder)
        if not top.is_dir():
            complain(folder, FormatError(f"{folder}: no such folder; check the name"))
            continue
        for place, names, _ in os.walk(top):
            path = Path(place)
            if _is_run(path):
                names.clear()  # what lies in a run is part of it
                try:
                    yield read_run(path)
                except SymgenError as error:
                    complain(str(path), error)
            names[:] = sorted(name for name in names if not name.startswith("."))


def _is_run(folder: Path) -> bool:
    try:
        return (folder / _STATE).is_file() or (
            (folder / _METRICS).is_file()
            and any((folder / "best" / card).is_file() for card in _KINDS)
        )
    except OSError:  # it may not be looked into
        return False


def read_run(folder: str | Path) -> RunSummary:
    """Read what the files of a run say, without its networks."""
    path = as_path(folder)
    if not _is_run(path):
        raise CheckpointError(f"{path}: is no run; name a folder that `symgen train` wrote")
    try:
        facts = unseal_json(read_bytes(path / _STATE)) if (path / _STATE).is_file() else {}
        kind, card = _read_card(path)
        rows = _read_rows(path, facts)
        batches = facts.get("batches") or 0
        opened = facts["batch"] / batches if batches and facts.get("batch") else 0.0
        last = rows[-1] if rows else {}
        return RunSummary(
            path,
            kind,
            _state(path, facts),
            int(facts.get("step", last.get("step", 0))),
            float(facts.get("epoch", last.get("epoch", 0))) + opened,
            float(facts.get("seconds", last.get("seconds", 0))),
            card,
            facts.get("options") or {},
            rows,
        )
    except (ValueError, TypeError, LookupError, AttributeError, OSError) as error:
        raise CheckpointError(f"{path}: cannot be read ({error}); it is damaged") from None


def _read_card(folder: Path) -> tuple[str, dict[str, Any]]:
    """Return what is trained there, and the card of its best network, else of the last one."""
    for part in ("best", "last"):
        for name, kind in _KINDS.items():
            if (folder / part / name).is_file():
                return kind, unseal_json(read_bytes(folder / part / name))
    return "?", {}


def _read_rows(folder: Path, facts: Mapping[str, Any]) -> list[dict[str, float]]:
    """Return the figures of validations: of the table, else those that the checkpoint keeps."""
    path = folder / _METRICS
    if not path.is_file():
        return list(facts.get("rows", ()))
    lines = read_bytes(path).decode("utf-8").splitlines()
    return [
        {name: float(value) for name, value in row.items() if name and value}
        for row in csv.DictReader(lines)
    ]


def _state(folder: Path, facts: Mapping[str, Any]) -> str:
    if not facts:
        return "?"
    try:
        with locked_folder(folder):
            pass
    except FormatError:
        return "running"
    if "ended" in facts:
        return str(facts["ended"]) or "killed"
    return "finished" if _spent(facts) else "stopped"  # of an earlier version, which wrote no end


def _spent(facts: Mapping[str, Any]) -> bool:
    options = facts.get("options") or {}
    passes, minutes = options.get("epochs") or math.inf, options.get("minutes") or math.inf
    return bool(facts.get("epoch", 0) >= passes or facts.get("seconds", 0) >= 60 * minutes)


# -- telling -------------------------------------------------------------------------------


def summary_table(runs: Sequence[RunSummary]) -> list[str]:
    """Return lines with a run each, under a line of heads."""
    heads = ("run", "state", "network", "corpus", "pieces", "steps", "bits a note", "time", "from")
    cells = [_cells(run) for run in runs]
    widths = [max(map(len, column)) for column in zip(heads, *cells, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in (heads, *cells)
    ]


def _cells(run: RunSummary) -> tuple[str, ...]:
    kind = "" if run.kind == "model" else f" ({run.kind})"
    return (
        _plain(str(run.folder)) + kind,
        run.state,
        run.network or "-",
        _short(_plain(run.corpus)) or "-",
        "-" if run.pieces is None else f"{run.pieces:,}",
        f"{run.step:,}",
        "-" if run.bits is None else f"{run.bits:.3f}",
        duration(run.seconds),
        _plain(run.origin) or "-",
    )


_LONGEST = 30


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


def _plain(text: str) -> str:
    """Leave out of a name what would break a line or move the cursor."""
    return "".join(sign if sign.isprintable() else "?" for sign in text)


def duration(seconds: float) -> str:
    """Say how long something took: ``"42 s"``, ``"12 min"``, ``"3.5 h"``."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def option_text(value: object) -> str:
    """Return the value of an option as one reads it."""
    return value if isinstance(value, str) else json.dumps(value)
