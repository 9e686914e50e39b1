"""What is told of a take: measured on the MIDI file that it would be written to."""

from __future__ import annotations

from typing import Any

from symgen.formats import load_score, score_bytes
from symgen.formats.limits import WRITTEN_LIMITS
from symgen.formats.parcels import pack_score
from symgen.music.theory import pitch_name
from symgen.studio.take_drawing import Drawn
from symgen.studio.take_scores import lost_locked, new_notes
from symgen.studio.write_tasks import WriteTask
from symgen.verification import Check, score_facts

__all__ = ["told_take"]


def told_take(task: WriteTask, drawn: Drawn, number: int) -> dict[str, Any]:
    """Return what is said of a take, or why it is not offered: locked notes that its file lacks."""
    read = load_score(score_bytes(drawn.score), allow_empty=True, limits=WRITTEN_LIMITS)
    lost = lost_locked(task.locked, task.tune.score, read)
    if lost:
        _, onset, _, pitch, _ = lost[0]
        bar = next((b.number for b in task.tune.score.bars if onset < b.end), 0)
        return {
            "lost": f"take {number} of {task.count} is not offered: it would change "
            f"{len(lost)} locked {_plural('note', len(lost))}, such as {pitch_name(pitch)} in bar {bar}"
        }
    checked = read
    if drawn.checked is not None:
        checked = load_score(score_bytes(drawn.checked), allow_empty=True, limits=WRITTEN_LIMITS)
    checks = drawn.checks(score_facts(checked))
    notes = new_notes(task.tune.score, drawn.score)
    facts = {
        "number": number,
        "of": task.count,
        "seed": drawn.seed,
        "bars": list(drawn.bars),
        "notes": notes,
        "checks": [_told_check(check) for check in checks],
        "said": _said(task, drawn, number, notes, checks),
        **drawn.facts,
    }
    return {"take": facts, "score": pack_score(drawn.score)}


def _told_check(check: Check) -> dict[str, Any]:
    wanted, found = _text(check.asked), _text(check.found)
    return {"name": check.name, "wanted": wanted, "found": found, "met": check.met}


def _text(value: Any) -> str:
    """Return a value of a check as words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_text(each)}" for name, each in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(_text, value)) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _said(task: WriteTask, drawn: Drawn, number: int, notes: int, checks: list[Check]) -> str:
    first, last = drawn.bars
    bars = f"bar {first}" if first == last else f"bars {first} to {last}"
    words = [f"take {number} of {task.count}", bars, f"{notes} new {_plural('note', notes)}"]
    missed = [check.name.replace("_", " ") for check in checks if not check.met]
    if missed:
        words.append(f"not met: {', '.join(missed)}")
    elif checks:
        words.append("all controls met")
    return ", ".join(words)


def _plural(word: str, count: int) -> str:
    return word if count == 1 else f"{word}s"
