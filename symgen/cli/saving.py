"""Pieces as they are written and heard: notation as it stands, MIDI and sound performed as ``--feel`` asks."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from symgen.formats import save_score
from symgen.formats.kinds import MIDI_SUFFIXES
from symgen.music.score import Score
from symgen.performer.marks import holds_score

if TYPE_CHECKING:
    from symgen.audio.rendering import RenderReport

__all__ = ["as_asked", "as_notated", "check_feel", "heard_as_asked", "render_piece", "save_piece"]


def check_feel(options: argparse.Namespace) -> None:
    """Refuse a strength that is out of range, before any work is done."""
    if vars(options).get("feel") is not None:
        from symgen.performer.perform import check_feel as check  # loaded where it is used

        check(options.feel)


def as_asked(score: Score, options: argparse.Namespace, prompt_end: int | None = None) -> Score:
    """Return a piece as MIDI has it: as it stands without ``--feel``, else with new bars that are performed."""
    feel = vars(options).get("feel")
    if not feel:
        return score
    from symgen.performer.perform import perform

    return perform(score, feel=feel, since=prompt_end or 0)


def heard_as_asked(
    score: Score, options: argparse.Namespace, prompt_end: int | None = None
) -> tuple[Score, float | None]:
    """Return a piece and the feel that it is to be rendered with: as its MIDI, without ``--feel`` moderately."""
    # What is performed already stays as it is where nothing is asked for.
    feel = vars(options).get("feel")
    return (as_asked(score, options, prompt_end), None) if feel else (score, feel)


def as_notated(score: Score) -> Score:
    """Return the score that a performance was made of; any other score comes back as it is."""
    if not holds_score(score):
        return score
    from symgen.performer.perform import written  # few files are performances

    return written(score)


def save_piece(
    score: Score, target: Path, options: argparse.Namespace, prompt_end: int | None = None
) -> None:
    """Write a piece; notation as it stands, of a performance its score."""
    is_midi = target.suffix.lower() in MIDI_SUFFIXES
    piece = as_asked(score, options, prompt_end) if is_midi else as_notated(score)
    save_score(piece, target, overwrite=options.overwrite)


def render_piece(
    score: Score, target: Path, options: argparse.Namespace, prompt_end: int | None = None
) -> RenderReport:
    """Render a piece into a sound file."""
    from symgen.audio.rendering import render

    sound, feel = heard_as_asked(score, options, prompt_end)
    return render(
        sound,
        target,
        soundfont=options.soundfont,
        overwrite=options.overwrite,
        stems=bool(vars(options).get("stems")),
        feel=feel,
    )
