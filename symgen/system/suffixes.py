"""Suffixes of sound files: of those that are read as recordings, and of those that have to be converted first."""

from __future__ import annotations

__all__ = ["FOREIGN_SOUND", "SOUND"]

SOUND = (
    ".wav", ".wave", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff", ".aifc", ".caf", ".au", ".snd", ".w64",
    ".rf64", ".bw64",
)  # fmt: skip
"""Recordings that `symgen.audio.reading` reads."""

FOREIGN_SOUND = (
    ".m4a",
    ".aac",
    ".mp4",
    ".m4b",
    ".3gp",
    ".amr",
    ".wma",
    ".webm",
    ".mka",
    ".mkv",
    ".mov",
    ".ape",
    ".wv",
)
"""Recordings for which no reader comes along."""
