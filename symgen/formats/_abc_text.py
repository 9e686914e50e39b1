"""The text of ABC tune books: tunes, their fields, and what music21 need not see; bounds on lines of text."""

from __future__ import annotations

import re

from symgen.errors import ControlError, FormatError
from symgen.theory import Key

__all__ = ["abc_fields", "abc_key", "check_line", "plain_abc", "split_book"]

_OLD_CHORD = re.compile(r"\+((?:[_^=]*[A-Ga-g][,']*[\d/]*)+)\+")  # ABC 1.6: +CEG+
_FIELD = re.compile(r"^([A-Za-z]):(?![|:])\s*(.*)$")
_LONGEST_LINE = 20_000
_METRE = re.compile(r"(?:M:|\*M(?!M))\s*([^/\s]+)")
_MOST_BEATS = 255
_LONG_NUMBER = re.compile(r"(?<![.\d])\d{5,}", re.ASCII)


def check_line(line: str, *, numbers: bool) -> None:
    """Refuse a line of ABC or kern that is longer, or has larger numbers, than music needs.

    Parameters
    ----------
    line : str
        The text.
    numbers : bool
        Whether the line is music, whose numbers are durations, metres, tempos and repeats.

    Raises
    ------
    FormatError
        If it does. The message does not name the file.
    """
    if len(line) > _LONGEST_LINE:
        raise FormatError(f"has a line of more than {_LONGEST_LINE:,} characters ({line[:20]!r}...); split it")
    found = _LONG_NUMBER.search(line) if numbers else None
    if found:
        raise FormatError(f"has the number {found[0][:20]} (in {line.strip()[:20]!r}); use at most 4 digits")
    metre = _METRE.match(line) if numbers else None
    if metre and sum(map(int, re.findall(r"\d+", metre[1], re.ASCII))) > _MOST_BEATS:
        raise FormatError(f"has the metre {metre[1][:20]}; use at most {_MOST_BEATS} beats")


def split_book(text: str) -> list[str]:
    """Return the tunes of a book; each begins with its ``X:`` field."""
    text = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    pieces = re.split(r"(?m)^(?=X:)", text)
    return [piece for piece in pieces if piece.startswith("X:")] or [f"X:1\n{text}"]


def abc_fields(chunk: str) -> dict[str, str]:
    """Return the first value of each field of the tune's head."""
    found: dict[str, str] = {}
    for line in chunk.splitlines():
        field = _FIELD.match(line)
        if field:
            found.setdefault(field[1], field[2].split("%")[0].strip())
            if field[1] == "K":
                break
    return found


def abc_key(text: str) -> Key | None:
    """Return the key that a ``K:`` field names, None if it names none."""
    found = re.match(r"([A-G][#b]?)\s*((?:maj|min|mix|dor|phr|lyd|loc|aeo|ion)[a-z]*|m(?![a-z]))?", text, re.IGNORECASE)
    try:
        return Key.parse(f"{found[1]} {(found[2] or '')}") if found else None
    except ControlError:
        return None


def plain_abc(chunk: str) -> str:
    """Leave out what is no note, and put changes of metre and key where music21 sees them.

    Chord names, texts, decorations, grace notes, lyrics and comments go. Fields inside a
    line get a line of their own, and a bar line after them, without which they are lost.
    """
    lines: list[str] = []
    in_body = pending = False
    for line in re.sub(r"\[([KLMQV]):([^\]]*)\]", r"\n\1:\2\n", chunk).splitlines():
        line = re.sub(r"(?<!\\)%.*$", "", line).rstrip()
        field = _FIELD.match(line)
        if field and field[1] not in "XTKLMQV":
            continue
        if field:
            pending = pending or (in_body and field[1] in "KMQ")
            in_body = in_body or field[1] == "K"
        else:
            line = re.sub(r'"[^"]*"|![^!|]*!|\{[^}]*\}|[~HLMNOPSTuvy`\\]|\[[A-Za-z]:[^\]]*\]', "", line)
            line = _OLD_CHORD.sub(r"[\1]", line)
            line = line.replace("[|]", "|").replace("|||", "||").strip()
            if pending and line:
                line, pending = (line if line[0] in "|:[" else f"|{line}"), False
        if line:
            lines.append(line)
    if not re.search(r"(?m)^L:|^M:\s*(C|\d)", chunk):
        lines.insert(1, "L:1/8")
    return "\n".join(_gather_voices(lines)) + "\n"


def _gather_voices(lines: list[str]) -> list[str]:
    """Put all lines of a voice together, under a number.

    music21 takes each ``V:`` field for a new part, and overlooks those whose name is no number. The first tempo
    goes to the head and the others are left out: what only one voice says would shift its bars.
    """
    key = next((i for i, line in enumerate(lines) if line.startswith("K:")), len(lines) - 1)
    head, body = lines[: key + 1], lines[key + 1 :]
    voices: dict[str, list[str]] = {}
    name = next((_voice_name(line) for line in head if line.startswith("V:")), "")
    for line in body:
        if line.startswith("V:"):
            name = _voice_name(line)
        elif not line.startswith("Q:"):
            voices.setdefault(name, []).append(line)
    if len(voices) < 2:
        return lines
    tempo = [line for line in body if line.startswith("Q:")][:1]
    made = [line for line in head[:-1] if not line.startswith("V:")] + tempo + head[-1:]
    for number, music in enumerate(voices.values(), 1):
        made += [f"V:{number}", re.sub(r"^\|+(?!:)", "", music[0]), *music[1:]]
    return made


def _voice_name(line: str) -> str:
    return (line[2:].split() or [""])[0]
