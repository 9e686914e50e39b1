"""A piece as a file to take away: MIDI, sound, notation, sheet music, a report."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from symgen.formats import score_bytes
from symgen.music.score import Score
from symgen.studio.rendering import sound_file, stems_zip, zipped

__all__ = ["KINDS", "Export", "disposition", "export", "file_name"]


@dataclass(frozen=True)
class Export:
    """The content of a file, what it is (a media type), and the suffix of its name."""

    data: bytes
    media: str
    suffix: str


def _midi(score: Score, _name: str) -> Export:
    return Export(score_bytes(score), "audio/midi", ".mid")


def _musicxml(score: Score, _name: str) -> Export:
    data = score_bytes(score, "musicxml")
    return Export(data, "application/vnd.recordare.musicxml+xml", ".musicxml")


def _abc(score: Score, _name: str) -> Export:
    return Export(score_bytes(score, "abc"), "text/vnd.abc; charset=utf-8", ".abc")


def _wav(score: Score, _name: str) -> Export:
    return Export(sound_file(score, ".wav"), "audio/wav", ".wav")


def _flac(score: Score, _name: str) -> Export:
    return Export(sound_file(score, ".flac"), "audio/flac", ".flac")


def _ogg(score: Score, _name: str) -> Export:
    return Export(sound_file(score, ".ogg"), "audio/ogg", ".ogg")


def _stems(score: Score, name: str) -> Export:
    return Export(stems_zip(score, name), "application/zip", "-stems.zip")


def _pdf(score: Score, _name: str) -> Export:
    from symgen.sheets.engraving import engrave

    return Export(engrave(score, "pdf")[0], "application/pdf", ".pdf")


def _png(score: Score, name: str) -> Export:
    from symgen.sheets.engraving import engrave

    pages = engrave(score, "png")
    if len(pages) == 1:
        return Export(pages[0], "image/png", ".png")
    named = {f"{name}-{number}.png": page for number, page in enumerate(pages, 1)}
    return Export(zipped(named), "application/zip", "-png.zip")


def _report(score: Score, _name: str) -> Export:
    from symgen.analysis import describe, read_bars

    facts = describe(score).to_json() | {"reading": read_bars(score).splitlines()}
    return Export(json.dumps(facts, indent=1).encode(), "application/json", "-report.json")


KINDS: dict[str, Callable[[Score, str], Export]] = {
    "mid": _midi,
    "wav": _wav,
    "flac": _flac,
    "ogg": _ogg,
    "musicxml": _musicxml,
    "abc": _abc,
    "pdf": _pdf,
    "png": _png,
    "stems": _stems,
    "report": _report,
}
"""What a score can be exported as, and what makes it."""


def export(score: Score, kind: str, title: str = "") -> Export:
    """Return a piece as one of `KINDS`.

    Sheet music of several pages is a PDF of several pages, or a zip of PNG files; ``"stems"`` is a zip of
    WAV files; ``"report"`` is what ``symgen describe --full --json`` tells.
    """
    return KINDS[kind](score, file_name(title))


def file_name(title: str) -> str:
    """Return a title as a plain name for a file, ``piece`` where nothing of it is left."""
    plain = re.sub(r"[^A-Za-z0-9]+", "-", title).strip("-").lower()
    return plain[:60].strip("-") or "piece"


def disposition(title: str, suffix: str) -> str:
    """Return the header that gives a download its name: a plain one, and the title as it is."""
    whole = quote(re.sub(r'[\x00-\x1f/\\:*?"<>|]+', " ", title).strip()[:100] or "piece", safe="")
    return f"attachment; filename=\"{file_name(title)}{suffix}\"; filename*=UTF-8''{whole}{suffix}"
