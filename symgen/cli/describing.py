"""Written pieces held to their controls, with warnings of those that are not met."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from symgen.cli.telling import note
from symgen.music.controls import Controls
from symgen.verification import (
    Check,
    Facts,
    compare_parts,
    played_parts,
    read_facts,
    score_facts,
)
from symgen.writing.reporting import Writer, checks_of
from symgen.writing.takes import Take

__all__ = ["check_written", "part_facts", "report_checks", "written_facts"]


def check_written(
    path: Path, take: Take, controls: Controls, model: Writer, *, with_prompt: bool
) -> dict[str, Any]:
    """Hold a written file to the controls, and warn of those that are not met; it may lack the prompt."""
    facts = written_facts(path, take)[0] if with_prompt else read_facts(path)
    checks = checks_of(take, facts, controls, model, start=None if with_prompt else 0)
    if take.repeats and not controls.asks_for_returns:
        note(
            f"{path}: the new bars repeat the prompt note for note; try another --seed or --variation 1"
        )
    if take.prompt is None and (controls.instrument is not None or len(facts.programs) > 1):
        for part in played_parts(facts):
            rests = facts.names[part.part - 1] in take.resting
            told = replace(part, most_silent=len(facts.bars)) if rests else part
            for line in told.complaints():
                note(f"{path}: {line}")
    return report_checks(path, checks)


def part_facts(path: Path, take: Take) -> list[dict[str, Any]]:
    """Return what each part of a written piece asks of its player; of a continuation, beside what it did before."""
    facts, start = written_facts(path, take)
    played = {part.part: part.to_json() for part in played_parts(facts, start)}
    if take.prompt is None:
        return [{"part": part, "player": found} for part, found in played.items()]
    rows = compare_parts(facts, start)
    for row in rows:
        if row["part"] in played:
            row["player"] = played[row["part"]]
        if row["part"] - 1 in take.prompt.silent:  # as it was asked for
            row["met"] = {"silent": row["new"] is None}
    return rows


def written_facts(path: Path, take: Take) -> tuple[Facts, int]:
    """Read a written piece, and where its new bars begin; on its pulse if it was played without a click."""
    if take.played is not None:
        return score_facts(take.score), take.prompt.end if take.prompt else 0
    return read_facts(path), take.written_end or 0


def report_checks(path: Path, checks: Sequence[Check]) -> dict[str, Any]:
    """Warn of what is not met in a file, and return all checks as plain data."""
    for check in checks:
        if not check.met:
            name = check.name.replace("_", "-")
            note(f"{path}: {name} {check.asked} is not met: found {check.found}")
    return {check.name: check.to_json() for check in checks}
