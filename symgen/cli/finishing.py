"""What is done once all pieces of a command are written: a table of takes, the page that compares them, their sound."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from symgen.cli.choosing import choice_table
from symgen.cli.outputs import print_paths, sheet_page
from symgen.cli.playing import play_written
from symgen.cli.telling import note
from symgen.music.score import Score
from symgen.writing.takes import Take

__all__ = ["Written", "finish"]


@dataclass(frozen=True)
class Written:
    """A piece that was written."""

    path: Path
    score: Score
    # The command that gives it again.
    line: str
    take: Take | None = None
    seed: int | None = None
    # First tick of the new bars of a continuation.
    prompt_end: int | None = None


def finish(pieces: Sequence[Written], options: argparse.Namespace) -> None:
    """Tell what was chosen, write the page with all pieces, and play them, as far as that is asked for."""
    for row in choice_table([(piece.path, piece.take) for piece in pieces if piece.take]):
        note(row)
    page = sheet_page(options)
    if page is not None:
        _write_page(pieces, page, options)
    play_written([(piece.path, piece.score, piece.prompt_end) for piece in pieces], options)


def _write_page(pieces: Sequence[Written], page: Path, options: argparse.Namespace) -> None:
    from symgen.pages import PageTake, write_takes_page

    takes = [
        PageTake(
            score=piece.score,
            name=piece.path.stem,
            seed=piece.seed,
            rating=_rating(piece.take),
            command=piece.line,
            prompt_end=piece.prompt_end,
        )
        for piece in pieces
    ]
    source = vars(options).get("tune")
    title = f"Takes of {Path(source).stem}" if source else "Takes"
    write_takes_page(
        takes,
        page,
        title=title,
        soundfont=options.soundfont,
        feel=options.feel,
        overwrite=options.overwrite,
    )
    if options.json:  # standard output is for objects
        note(f"page: {page}")
    else:
        print_paths(page)


def _rating(take: Take | None) -> float | None:
    return take.scores.odds if take and take.scores else None
