"""Calls of tools that nobody should make, and files that nobody can read: each must be refused in one line."""

from __future__ import annotations

import zipfile
from itertools import product
from pathlib import Path
from typing import Any

from symgen.doors.tools import TOOLS
from symgen.system.files import write_atomic

__all__ = ["broken_files", "hostile_calls"]

_OUTSIDE = (
    "../secret.mid", "sub/../../secret.mid", "/etc/passwd.mid", "~/tune.mid", "C:\\Windows\\tune.mid", "..\\secret.mid",
    "C:/tune.mid", ".hidden.mid", "-o.mid", "--overwrite.mid", "tune.mid\0.txt", "folk.mid\n", "out.mid", "loop.mid",
    "sub", "", "folk.txt", "x" * 100_000 + ".mid", "https://example.org/tune.mid", "hf:someone/tune.mid",
)  # fmt: skip
_BROKEN = (
    "empty.mid",
    "cut.mid",
    "text.mid",
    "silent.mid",
    "entity.musicxml",
    "cut.mxl",
    "nul.abc",
)
_READING = ("continue", "vary", "describe", "render")
_WRONG: tuple[Any, ...] = (None, [], {}, "yes", [1, [2]], {"$ref": "#"}, "$(touch x)", -1)


def hostile_calls() -> list[tuple[str, dict[str, Any]]]:
    """Return calls that must be refused."""
    calls: list[tuple[str, dict[str, Any]]] = []
    for number, name in enumerate(_OUTSIDE):
        tool = TOOLS[_READING[number % len(_READING)]]
        calls.append((tool.name, {tool.reads: name}))
        calls.append(("generate", {"bars": 2, "output": name.replace("sub", "sub/folk.mid/x")}))
    for name, file in product(("continue", "harmonize", "report"), _BROKEN):
        given = {TOOLS[name].reads: file}
        calls.append((name, {**given, "bars": 4} if name == "report" else given))
    for value in _WRONG:
        calls += [
            ("generate", {"bars": value}),
            ("continue", {"tune": "folk.mid", "temperature": value}),
        ]
        if value != "yes":
            calls.append(("infill", {"tune": "folk.mid", "bars": value}))
    return [*calls, *_unknown(), *_contradicting(), *_huge()]


def _unknown() -> list[tuple[str, dict[str, Any]]]:
    return [
        ("generates", {}),
        ("__class__", {}),
        ("generate; rm -rf /", {}),
        ("", {}),
        ("generate", {"barz": 4}),
        ("generate", {"--overwrite": True}),
        ("generate", {"style": "dubstep"}),
        ("generate", {"model": "/etc"}),
        ("generate", {"key": "H major"}),
        ("generate", {"preset": "../x.toml"}),
        ("accompany", {"tune": "folk.mid", "style": "../secret.mid"}),
        ("accompany", {"tune": "folk.mid"}),
        ("infill", {"tune": "folk.mid"}),
        ("render", {"file": "folk.mid", "soundfont": "/etc/passwd"}),
        ("drums", {"style": "polka"}),
        ("continue", {"tune": "folk.mid", "style_from": "../secret.mid"}),
        ("copies", {"file": "folk.mid", "reference": "/"}),
    ]


def _contradicting() -> list[tuple[str, dict[str, Any]]]:
    return [
        ("generate", {"instrument": "flute", "instruments": ["violin"]}),
        ("generate", {"grid": "1/8", "swing": 0.66}),
        ("generate", {"strict_chords": True}),
        ("generate", {"bars": 2, "output": "folk.mid"}),
        ("generate", {"bars": 2, "output": "waltz.musicxml", "overwrite": False}),
        ("vary", {"tune": "folk.mid", "output": "folk.mid", "overwrite": True}),
        ("infill", {"tune": "folk.mid", "bars": "7-5"}),
        ("infill", {"tune": "folk.mid", "bars": "90-95"}),
        ("vary", {"tune": "folk.mid", "part": 9}),
        ("render", {"file": "folk.mid", "output": "folk.mid"}),
        ("report", {"file": "folk.mid"}),
        ("report", {"file": "folk.mid", "bars": 8, "first_bar": 900}),
        ("generate", {"bars": 4, "range": "C6-C4"}),
        ("generate", {"bars": 4, "density": "9-2"}),
        ("generate", {"bars": 4, "meter": "8x4/4"}),
    ]


def _huge() -> list[tuple[str, dict[str, Any]]]:
    return [
        ("generate", {"bars": 10**9}),
        ("generate", {"seed": 10**30}),
        ("generate", {"count": 10**6}),
        ("generate", {"temperature": 1e308}),
        ("generate", {"chords": "C " * 100_000}),
        ("generate", {"instruments": ["violin"] * 10_000}),
        ("generate", {"form": "A" * 50_000}),
        ("generate", {"labels": {"a" * 1000: "b" * 100_000}}),
        ("vary", {"tune": "folk.mid", "amount": 1e9}),
        ("copies", {"file": "folk.mid", "min_notes": 10**12}),
        ("continue", {"tune": "folk.mid", "parts": "bass," * 50_000}),
        ("generate", {"x" * 100_000: 1}),
    ]


def broken_files(folder: Path) -> None:
    """Write files of music that are none, and links that lead out or nowhere."""
    write_atomic(folder / "empty.mid", b"")
    write_atomic(folder / "cut.mid", (folder / "folk.mid").read_bytes()[:40])
    write_atomic(folder / "text.mid", b"no music\n")
    track = b"\x00\xff\x2f\x00"
    head = b"MThd\x00\x00\x00\x06\x00\x00\x00\x01\x01\xe0MTrk\x00\x00\x00\x04"
    write_atomic(folder / "silent.mid", head + track)
    entity = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    write_atomic(
        folder / "entity.musicxml", f"{entity}<score-partwise>&e;</score-partwise>".encode()
    )
    write_atomic(folder / "nul.abc", b"X:1\nK:\x00\n\x00\x00")
    with zipfile.ZipFile(folder / "whole.zip", "w") as archive:
        archive.writestr("score.xml", "<score-partwise/>")
    write_atomic(folder / "cut.mxl", (folder / "whole.zip").read_bytes()[:60])
    (folder / "out.mid").symlink_to(folder.parent / "secret.mid")
    (folder / "loop.mid").symlink_to("loop.mid")
