"""The command line that makes the last accepted take again, from the piece as it was before."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from symgen.music.control_table import CONTROLS
from symgen.studio.takes import Take

__all__ = ["command_line", "command_text"]

_WITHOUT_TUNE = ("generate", "drums")
_BY_PARTS = ("infill", "vary")
"""Verbs whose commands take `--parts`; those of the others take one part."""


def command_text(name: str, takes: Sequence[Take]) -> str:
    """Return lines for a shell: comments that say what the command starts from, and the command.

    Parameters
    ----------
    name : str
        Of the file of the piece, without a suffix.
    takes : sequence of Take
        All takes of a project; the last one that was accepted counts.
    """
    accepted = [take for take in takes if take.state == "accepted" and "asked" in take.facts]
    if not accepted:
        return "# No take of this piece was accepted: it was drawn by hand, or comes from a file.\n"
    take = accepted[-1]
    asked = take.facts["asked"]
    lines = [f"# {take.facts.get('said', 'a take')}"]
    if take.facts["verb"] not in _WITHOUT_TUNE:
        lines.append(
            f"# {name}.mid: the piece as it was at revision {take.base} of its history, as MIDI"
        )
    if asked.get("locked"):
        lines.append(
            f"# {asked['locked']} notes were locked; name their places with --pin, or the take is another"
        )
    if take.facts["verb"] == "vary" and asked.get("bars"):
        lines.append(f"# of what it writes, bars {_span(asked['bars'])} were taken over")
    if take.facts["verb"] == "generate":
        lines.append(
            "# bars, meter, key, tempo and instruments that it does not name were the piece's"
        )
    if take.facts["verb"] == "drums":
        lines.append("# it writes the drums alone")
    lines.append(command_line(name, take.facts["verb"], asked, take.facts["seed"]))
    return "\n".join(lines) + "\n"


def command_line(name: str, verb: str, asked: Mapping[str, Any], seed: int) -> str:
    """Return a command; `asked` has bars, parts (numbers from 0 on), controls and own values as JSON."""
    words = ["symgen", verb]
    if verb not in _WITHOUT_TUNE:
        words.append(f"{name}.mid")
    words += _bars(verb, asked.get("bars"))
    parts = [str(number + 1) for number in asked.get("parts") or ()]
    if parts and verb in _BY_PARTS:
        words += ["--parts", ",".join(parts)]
    elif parts and verb not in _WITHOUT_TUNE:
        words += ["--part", parts[0]]
    for field, value in (asked.get("controls") or {}).items():
        row = CONTROLS[field]
        for one in value if row.each and isinstance(value, list) else [value]:
            words += _option(row.label, one)
    for field, value in (asked.get("own") or {}).items():
        is_usual = (verb, field) == ("generate", "intro")
        words += _option(field, value) if not is_usual else ["--no-intro"] * (not value)
    return shlex.join([*words, "--seed", str(seed), "-o", f"{name}-again.mid"])


def _bars(verb: str, bars: Sequence[int] | None) -> list[str]:
    if not bars:
        return []
    if verb == "infill":
        return ["--bars", _span(bars)]
    if verb == "continue":
        return ["--use-bars", f"{min(1, bars[0])}-{bars[1]}"]
    return ["--bars", str(bars[1] - bars[0] + 1)] if verb == "drums" else []


def _span(bars: Sequence[int]) -> str:
    return f"{bars[0]}-{bars[1]}"


def _option(label: str, value: Any) -> list[str]:
    if isinstance(value, bool):
        return [f"--{label}"] * value
    text = ",".join(map(str, value)) if isinstance(value, list) else str(value)
    return [f"--{label}", text]
